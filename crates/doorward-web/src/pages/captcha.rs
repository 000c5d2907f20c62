//! What robots pay for: a piece of work or a wait of our own, or the box of a service.
//!
//! Rule: a service's script is loaded on the page that needs it and nowhere else.

use serde::Serialize;
use url::Url;

use super::Page;
use super::device::Card;

/// The question, on a card of its own or on the sign-in card.
#[derive(Clone, Debug, Serialize)]
pub struct Puzzle {
    /// The field that the answer stands in.
    pub field: &'static str,
    /// What the script is asked with.
    pub site_key: String,
    /// The service's script; `None`: the work of our own.
    pub script: Option<String>,
    /// The class that the service's script looks for.
    pub class: &'static str,
    /// What the service's script is called by other scripts.
    pub service: &'static str,
    /// Whether the service shows something to click on; else it is asked for a token by ours.
    pub interactive: bool,
    /// Leading zero bits of the work.
    pub bits: u32,
    /// Seconds to wait for whoever runs no scripts.
    pub wait_s: u32,
    /// Whether the form goes on by itself once the work is done.
    pub alone: bool,
}

/// Services by the host of their script: what their script looks for in a page, and whatever else
/// they load, as they document it.
const SERVICES: [(&str, &str, &str); 5] = [
    (
        "hcaptcha.com",
        "h-captcha",
        "https://hcaptcha.com https://*.hcaptcha.com",
    ),
    ("challenges.cloudflare.com", "cf-turnstile", ""),
    ("recaptcha.net", "g-recaptcha", "https://www.gstatic.com"),
    ("google.com", "g-recaptcha", "https://www.gstatic.com"),
    ("gstatic.com", "g-recaptcha", "https://www.google.com"),
];

impl Puzzle {
    /// The class that the script at this address looks for.
    pub fn class_of(script: &str) -> &'static str {
        service(script).map_or("g-recaptcha", |(_, class, _)| class)
    }

    /// What the script at this address is called by other scripts, by the class it looks for.
    pub fn service_of(script: &str) -> &'static str {
        match Self::class_of(script) {
            "h-captcha" => "hcaptcha",
            "cf-turnstile" => "turnstile",
            _ => "grecaptcha",
        }
    }

    /// Where the service's script and all it needs come from, with blanks between.
    pub fn origins(&self) -> Option<String> {
        let script = self.script.as_deref()?;
        let url = Url::parse(script).ok()?;
        let more = service(script).map_or("", |(.., more)| more);
        let own = url.origin().ascii_serialization();
        Some(format!("{own} {more}").trim_end().to_owned())
    }

    pub(super) fn sample() -> Self {
        Self {
            field: "token",
            site_key: "AAAA".into(),
            script: None,
            class: "",
            service: "",
            interactive: false,
            bits: 16,
            wait_s: 15,
            alone: true,
        }
    }
}

fn service(script: &str) -> Option<(&'static str, &'static str, &'static str)> {
    let url = Url::parse(script).ok()?;
    let host = url.host_str()?;
    let is_its = |name: &str| host == name || host.ends_with(&format!(".{name}"));
    SERVICES.into_iter().find(|(name, ..)| is_its(name))
}

/// The card, `flow/captcha.html`. Posts `component` = `ak-stage-captcha` and `token`.
#[derive(Clone, Debug, Serialize)]
pub struct Captcha {
    /// What all cards hold.
    #[serde(flatten)]
    pub card: Card,
    /// The question.
    pub puzzle: Puzzle,
}

impl Page for Captcha {
    const TEMPLATE: &'static str = "flow/captcha.html";

    fn status(&self) -> http::StatusCode {
        self.card.status()
    }

    fn retry_after_s(&self) -> Option<u32> {
        self.card.wait_s
    }

    fn form_action_origin(&self) -> Option<&str> {
        self.card.form_action_origin.as_deref()
    }

    fn script_origins(&self) -> Option<String> {
        self.puzzle.origins()
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let work = Self {
            card: Card {
                username: String::new(),
                ..Card::sample("Sign in")
            },
            puzzle: Puzzle::sample(),
        };
        let service = Self {
            card: work.card.clone().wrong(
                "token",
                "Invalid captcha response. Retrying may solve this issue.",
            ),
            puzzle: Puzzle {
                script: Some("https://challenges.cloudflare.com/turnstile/v0/api.js".into()),
                class: "cf-turnstile",
                service: "turnstile",
                interactive: true,
                ..Puzzle::sample()
            },
        };
        let unseen = Self {
            puzzle: Puzzle {
                interactive: false,
                ..service.puzzle.clone()
            },
            ..work.clone()
        };
        let waiting = Self {
            card: Card {
                wait_s: Some(7),
                ..work.card.clone()
            },
            ..work.clone()
        };
        vec![
            ("work", work),
            ("service", service),
            ("unseen", unseen),
            ("waiting", waiting),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::Puzzle;

    #[test]
    fn a_page_loads_what_its_service_documents_and_of_others_the_script_alone() {
        for (script, class, service, origins) in [
            (
                "https://challenges.cloudflare.com/turnstile/v0/api.js",
                "cf-turnstile",
                "turnstile",
                "https://challenges.cloudflare.com",
            ),
            (
                "https://js.hcaptcha.com/1/api.js",
                "h-captcha",
                "hcaptcha",
                "https://js.hcaptcha.com https://hcaptcha.com https://*.hcaptcha.com",
            ),
            (
                "https://captcha.example.org:8443/api.js?x",
                "g-recaptcha",
                "grecaptcha",
                "https://captcha.example.org:8443",
            ),
            (
                "https://hcaptcha.com.evil.example/api.js",
                "g-recaptcha",
                "grecaptcha",
                "https://hcaptcha.com.evil.example",
            ),
        ] {
            assert_eq!(Puzzle::class_of(script), class);
            assert_eq!(Puzzle::service_of(script), service);
            let puzzle = Puzzle {
                script: Some(script.into()),
                ..Puzzle::sample()
            };
            assert_eq!(puzzle.origins().as_deref(), Some(origins));
        }
        assert_eq!(Puzzle::sample().origins(), None);
    }
}
