//! The signed-in person's own pages: what they may change, and sessions.

use serde::Serialize;

use super::{LanguageName, Nav, Page, Person, Switch};

/// A session of one application below a central one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppSession {
    /// The application's name.
    pub name: String,
    /// When it was opened, Unix milliseconds.
    pub opened_ms: i64,
}

/// One place where the person is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SessionRow {
    /// Posted back as `session` to end it; never the session's secret.
    pub id: String,
    /// Whether it is the one that looks.
    pub current: bool,
    /// The browser, or its system if that alone is known, or "Unknown device".
    pub device: String,
    /// The system that the browser runs on, if both are known.
    pub system: Option<String>,
    /// The client's address.
    pub address: String,
    /// Where that is, if it is known.
    pub place: String,
    /// When it was last used, Unix milliseconds.
    pub last_used_ms: i64,
    /// When the person signed in, Unix milliseconds.
    pub signed_in_ms: i64,
    /// The applications opened from it.
    pub apps: Vec<AppSession>,
}

/// Where a person is signed in, `account/sessions.html`. Posts `session` = an id, or `others`
/// for all but the current one.
#[derive(Clone, Debug, Serialize)]
pub struct Sessions {
    /// Who looks.
    pub person: Person,
    /// The links in the head.
    pub nav: Nav,
    /// The sessions, the current one first.
    pub sessions: Vec<SessionRow>,
    /// The masked token for the hidden fields.
    pub csrf: String,
    /// Where the forms go.
    pub action: String,
    /// The time of the request, Unix milliseconds; ages are counted from it.
    pub now_ms: i64,
    /// What was just done, for example "Signed out there."
    pub notice: Option<String>,
}

/// Something that a person may change about themselves.
#[derive(Clone, Debug, Serialize)]
pub struct OwnThing {
    /// What it is.
    pub title: String,
    /// What for, in a sentence.
    pub text: String,
    /// The words on the link.
    pub action: String,
    /// Where it is changed.
    pub url: String,
}

/// What people may change about themselves, `account/settings.html`.
#[derive(Clone, Debug, Serialize)]
pub struct OwnSettings {
    /// Who is signed in.
    pub person: Person,
    /// Links in the head.
    pub nav: Nav,
    /// Each of them.
    pub things: Vec<OwnThing>,
    /// The languages to choose from.
    pub languages: Vec<LanguageName>,
    /// The chosen one; empty for what the browser says.
    pub language: String,
    /// `light`, `dark` or, for what the device says, empty.
    pub theme: String,
    /// Where everything about them is downloaded.
    pub export_url: String,
    /// The masked token for the hidden field.
    pub csrf: String,
    /// Where the form with `language` and `theme` goes.
    pub action: String,
    /// What was just done.
    pub notice: Option<String>,
}

impl Page for OwnSettings {
    const TEMPLATE: &'static str = "account/settings.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let thing = |title: &str, text: &str, action: &str| OwnThing {
            title: title.into(),
            text: text.into(),
            action: action.into(),
            url: "/if/flow/default-password-change/".into(),
        };
        let profile = "Your name, your address and your language.";
        let devices = "What you sign in with beside the password, and your recovery codes.";
        let tokens = "For apps and programs that cannot show our sign-in page.";
        let some = Self {
            person: Person::sample(),
            nav: Nav::new(false),
            things: vec![
                thing("Profile", profile, "Change"),
                thing("Password", "What you sign in with.", "Change"),
                thing("Passkeys and codes", devices, "Open"),
                thing("Tokens and app passwords", tokens, "Open"),
                thing("Account", "Ends your account here, for good.", "Delete"),
            ],
            languages: Switch::new("").languages,
            language: String::new(),
            theme: String::new(),
            export_url: "/if/user/export/".into(),
            csrf: "6f1c".into(),
            action: "/if/user/settings/".into(),
            notice: None,
        };
        let chosen = Self {
            language: "de".into(),
            theme: "dark".into(),
            notice: Some("Saved.".into()),
            ..some.clone()
        };
        vec![("some", some), ("chosen", chosen)]
    }
}

impl Page for Sessions {
    const TEMPLATE: &'static str = "account/sessions.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let now_ms = 1_795_478_400_000;
        let row = |id: &str, current, device: &str, minutes: i64| SessionRow {
            id: id.into(),
            current,
            device: device.into(),
            system: Some("Linux".into()),
            address: "192.0.2.7".into(),
            place: "Berlin, DE".into(),
            last_used_ms: now_ms - minutes * 60_000,
            signed_in_ms: now_ms - 400_000_000,
            apps: Vec::new(),
        };
        let one = Self {
            person: Person::sample(),
            nav: Nav::new(false),
            sessions: vec![row("a1", true, "Chrome", 0)],
            csrf: "6f1c".into(),
            action: "/if/user/sessions/".into(),
            now_ms,
            notice: None,
        };
        let mut many = Self {
            notice: Some("Signed out there.".into()),
            ..one.clone()
        };
        many.sessions.push(SessionRow {
            address: "2001:db8:85a3:1234:5678:8a2e:370:7334".into(),
            place: String::new(),
            apps: vec![
                AppSession {
                    name: "Grafana".into(),
                    opened_ms: now_ms - 7_200_000,
                },
                AppSession {
                    name: "Sonarr".into(),
                    opened_ms: now_ms - 90_000_000,
                },
            ],
            ..row("b2", false, "Firefox", 119)
        });
        many.sessions.push(SessionRow {
            system: None,
            ..row("c3", false, "Unknown device", 6000)
        });
        vec![("one", one), ("many", many)]
    }
}
