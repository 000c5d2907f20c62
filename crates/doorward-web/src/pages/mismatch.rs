//! The page for an administrator in front of a request whose address is not registered.
//!
//! Rule: it names what is registered, so it is for those alone who may change that.

use doorward_protocol::redirect::difference;
use http::StatusCode;
use serde::Serialize;

use super::Page;

/// An address with the piece of it that differs.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Marked {
    /// The same in both.
    pub before: String,
    /// What differs; may be empty.
    pub differing: String,
    /// The same in both again.
    pub after: String,
}

impl Marked {
    /// The same, owned.
    pub fn of(marked: difference::Marked<'_>) -> Self {
        Self {
            before: marked.before.to_owned(),
            differing: marked.differing.to_owned(),
            after: marked.after.to_owned(),
        }
    }

    /// An address that nothing is compared with.
    pub fn plain(address: &str) -> Self {
        Self {
            before: address.to_owned(),
            ..Self::default()
        }
    }
}

/// A registered address beside the nearest one.
#[derive(Clone, Debug, Serialize)]
pub struct OtherAddress {
    /// As it is registered.
    pub address: String,
    /// Whether it is an expression.
    pub is_expression: bool,
}

/// "This address is not registered", `oauth/mismatch.html`. Answered with 400. Posts `proposal`.
#[derive(Clone, Debug, Serialize)]
pub struct Mismatch {
    /// The application's name.
    pub app_name: String,
    /// The address that was sent.
    pub sent: Marked,
    /// The registered one that is nearest to it.
    pub nearest: Option<Marked>,
    /// In what these two differ, in words.
    pub differs: Vec<String>,
    /// The other registered ones.
    pub others: Vec<OtherAddress>,
    /// What the form carries, sealed; `None` if the address cannot be allowed here and now.
    pub proposal: Option<String>,
    /// Where the form goes.
    pub action: String,
    /// The masked token for the hidden field.
    pub csrf: String,
    /// Signs in again first, if that is what is missing.
    pub sign_in_again_url: Option<String>,
    /// What to quote.
    pub reference_id: String,
}

impl Page for Mismatch {
    const TEMPLATE: &'static str = "oauth/mismatch.html";

    fn status(&self) -> StatusCode {
        StatusCode::BAD_REQUEST
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let marked = |before: &str, differing: &str| Marked {
            before: before.into(),
            differing: differing.into(),
            after: String::new(),
        };
        let slash = Self {
            app_name: "Grafana".into(),
            sent: marked("https://grafana.example.org/login/generic_oauth", "/"),
            nearest: Some(marked(
                "https://grafana.example.org/login/generic_oauth",
                "",
            )),
            differs: vec!["the slash at its end".into()],
            others: vec![OtherAddress {
                address: r"https://grafana-[a-z]+\.example\.org/login/generic_oauth".into(),
                is_expression: true,
            }],
            proposal: Some("v1.k1.AAAA".into()),
            action: "/application/o/authorize/allow/".into(),
            csrf: "6f1c".into(),
            sign_in_again_url: None,
            reference_id: "01jd-9x4k-7q".into(),
        };
        let none = Self {
            sent: Marked::plain("https://grafana.example.org/"),
            nearest: None,
            differs: Vec::new(),
            others: Vec::new(),
            proposal: None,
            sign_in_again_url: Some("/flows/-/default/authentication/?switch=1".into()),
            ..slash.clone()
        };
        vec![("slash", slash), ("none", none)]
    }
}
