//! The form that takes an answer to an application. It posts itself where scripts run; everybody
//! else has a button.

use doorward_engine::oauth::Answer;
use serde::Serialize;

use super::Page;

/// One hidden field.
#[derive(Clone, Debug, Serialize)]
pub struct Carried {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// The form, `oauth/deliver.html`. No `Debug`: its fields hold codes and tokens.
#[derive(Clone, Serialize)]
pub struct Deliver {
    /// Where it goes: an approved address of the application's.
    pub deliver_url: String,
    /// Its host, for people.
    pub host: String,
    /// What it carries.
    pub fields: Vec<Carried>,
}

impl Deliver {
    /// The form for an answer.
    pub fn new(answer: &Answer) -> Self {
        let url = url::Url::parse(&answer.uri).ok();
        let host = url
            .as_ref()
            .and_then(url::Url::host_str)
            .unwrap_or_default();
        let one = |(name, value): &(String, String)| Carried {
            name: name.clone(),
            value: value.clone(),
        };
        Self {
            host: host.to_owned(),
            deliver_url: answer.uri.clone(),
            fields: answer.parameters.iter().map(one).collect(),
        }
    }
}

impl Page for Deliver {
    const TEMPLATE: &'static str = "oauth/deliver.html";

    fn form_action_origin(&self) -> Option<&str> {
        Some(&self.deliver_url)
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let field = |name: &str, value: &str| Carried {
            name: name.into(),
            value: value.into(),
        };
        let page = Self {
            deliver_url: "https://photos.example.org/callback".into(),
            host: "photos.example.org".into(),
            fields: vec![field("code", "dwc_sample"), field("state", "\"><script>")],
        };
        vec![("plain", page)]
    }
}
