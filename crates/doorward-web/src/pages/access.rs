//! What a person lets applications know and do.

use serde::Serialize;

use super::{Nav, Page, Person};

/// Something that the person agreed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AgreedRow {
    /// Posted back as `consent`.
    pub id: String,
    /// The application's name.
    pub application: String,
    /// What it may know.
    pub permissions: Vec<String>,
    /// Since when, Unix milliseconds.
    pub since_ms: i64,
    /// Until when, Unix milliseconds; nothing if it does not end by itself.
    pub until_ms: Option<i64>,
}

/// An application that gets in without asking again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeptRow {
    /// Posted back as `access`.
    pub id: String,
    /// Its name.
    pub application: String,
    /// What it may know.
    pub permissions: Vec<String>,
    /// In how many places it does.
    pub count: u32,
    /// Since when, Unix milliseconds.
    pub since_ms: i64,
    /// Until when, Unix milliseconds.
    pub until_ms: i64,
}

/// What a person lets applications know and do, `account/access.html`. Posts `consent` or `access`.
#[derive(Clone, Debug, Serialize)]
pub struct Access {
    /// Who looks.
    pub person: Person,
    /// The links in the head.
    pub nav: Nav,
    /// Applications that get in without asking.
    pub kept: Vec<KeptRow>,
    /// What was agreed to.
    pub agreed: Vec<AgreedRow>,
    /// The masked token for the hidden fields.
    pub csrf: String,
    /// Where the forms go.
    pub action: String,
    /// What was just done.
    pub notice: Option<String>,
}

impl Page for Access {
    const TEMPLATE: &'static str = "account/access.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let now_ms = 1_795_478_400_000;
        let none = Self {
            person: Person::sample(),
            nav: Nav::new(false),
            kept: Vec::new(),
            agreed: Vec::new(),
            csrf: "6f1c".into(),
            action: "/if/user/access/".into(),
            notice: None,
        };
        let permissions = vec![
            "Your name, user name and groups".to_owned(),
            "Your email address".to_owned(),
            "wiki.write".to_owned(),
        ];
        let agreed = |application: &str, until_ms| AgreedRow {
            id: "4".into(),
            application: application.into(),
            permissions: permissions.clone(),
            since_ms: now_ms - 800_000_000,
            until_ms,
        };
        let kept = KeptRow {
            id: "17".into(),
            application: "Immich".into(),
            permissions: permissions[..2].to_vec(),
            count: 2,
            since_ms: now_ms - 800_000_000,
            until_ms: now_ms + 900_000_000,
        };
        let some = Self {
            kept: vec![kept],
            agreed: vec![
                agreed("Immich", Some(now_ms + 900_000_000)),
                AgreedRow {
                    permissions: Vec::new(),
                    ..agreed("whoami", None)
                },
            ],
            notice: Some("Taken back. The application has to ask again.".into()),
            ..none.clone()
        };
        vec![("none", none), ("some", some)]
    }
}
