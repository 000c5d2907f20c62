//! The steps around devices: proving one, and setting one up.
//!
//! The field names are those of authentik's challenge responses (`code`, `webauthn`, `response`,
//! `selected_stage`). Rule: all but passkeys work without a script, and a page tells about devices
//! only to whoever has proven who they are.

use http::StatusCode;
use serde::Serialize;

use super::{AppAbout, FieldError, Page, form_status};

/// What all of these cards hold.
#[derive(Clone, Debug, Serialize)]
pub struct Card {
    /// The heading: the flow's title.
    pub title: String,
    /// The application the person is on the way to, if known.
    pub app_name: Option<String>,
    /// What it says of itself.
    pub about: Option<AppAbout>,
    /// Where the form goes.
    pub flow_action: String,
    /// The masked token for the hidden field.
    pub csrf: String,
    /// Who it is; empty if nobody was named.
    pub username: String,
    /// What was wrong, in words.
    pub errors: Vec<FieldError>,
    /// Something to know that is not an error.
    pub notice: Option<String>,
    /// Seconds until the next try, after too many.
    pub wait_s: Option<u32>,
    /// Where to go instead.
    pub cancel_url: Option<String>,
    /// The origin the flow will end at, if it is not ours.
    #[serde(skip)]
    pub form_action_origin: Option<String>,
}

impl Card {
    pub(super) fn status(&self) -> StatusCode {
        form_status(self.wait_s, &self.errors)
    }

    pub(super) fn sample(title: &str) -> Self {
        Self {
            title: title.into(),
            app_name: None,
            about: None,
            flow_action: "/if/flow/default-authentication-flow/?run=3f2a".into(),
            csrf: "6f1c0a2d9b8e4c7f".into(),
            username: "mia".into(),
            errors: Vec::new(),
            notice: None,
            wait_s: None,
            cancel_url: Some("/flows/-/cancel/".into()),
            form_action_origin: None,
        }
    }

    /// On the way to an application that registered itself.
    fn going_to_app(self) -> Self {
        Self {
            app_name: Some("Grafana".into()),
            about: Some(AppAbout::sample()),
            ..self
        }
    }

    pub(super) fn wrong(self, field: &str, text: &str) -> Self {
        Self {
            errors: vec![FieldError::at(field, text)],
            ..self
        }
    }
}

macro_rules! answered_like_its_card {
    () => {
        fn status(&self) -> StatusCode {
            self.card.status()
        }

        fn retry_after_s(&self) -> Option<u32> {
            self.card.wait_s
        }

        fn form_action_origin(&self) -> Option<&str> {
            self.card.form_action_origin.as_deref()
        }
    };
}

/// A device that can be set up.
#[derive(Clone, Debug, Serialize)]
pub struct SetUpChoice {
    /// The stage's uuid; posted as `selected_stage`.
    pub pk: String,
    /// Its name.
    pub name: String,
}

/// A mailbox that a code can be sent to.
#[derive(Clone, Debug, Serialize)]
pub struct MailCode {
    /// Most of it hidden.
    pub address: String,
    /// Whether a code is on its way.
    pub mailed: bool,
    /// Posted as `selected_challenge`: a code is sent (again).
    pub choice: String,
}

/// Prove one of your devices, `flow/device.html`. Posts `code`, `webauthn`, `selected_stage` or
/// `selected_challenge`.
#[derive(Clone, Debug, Serialize)]
pub struct ProveDevice {
    /// What all cards hold.
    #[serde(flatten)]
    pub card: Card,
    /// What the browser is asked for a passkey, as JSON.
    pub passkey: Option<String>,
    /// A passkey that nobody has: the browser can forget it.
    pub unknown_credential: Option<String>,
    /// Whether the code of an app will do.
    pub app: bool,
    /// Whether a recovery code will do.
    pub codes: bool,
    /// Where a code can be mailed.
    pub mail: Vec<MailCode>,
    /// What can be set up instead.
    pub configure: Vec<SetUpChoice>,
}

impl ProveDevice {
    /// The card of somebody with mailboxes, and other devices as well or not.
    fn with_mail(&self, others: bool) -> Self {
        let mailbox = |mailed| MailCode {
            address: "m***@example.org".into(),
            mailed,
            choice: "{\"device_class\":\"email\",\"device_uid\":\"7\"}".into(),
        };
        Self {
            passkey: self.passkey.clone().filter(|_| others),
            app: others,
            mail: vec![mailbox(false), mailbox(others)],
            ..self.clone()
        }
    }
}

impl Page for ProveDevice {
    const TEMPLATE: &'static str = "flow/device.html";

    answered_like_its_card!();

    fn samples() -> Vec<(&'static str, Self)> {
        let all = Self {
            card: Card::sample("Confirm that it is you").going_to_app(),
            passkey: Some("{\"challenge\":\"AAAA\"}".into()),
            unknown_credential: None,
            app: true,
            codes: true,
            mail: Vec::new(),
            configure: Vec::new(),
        };
        let codes = Self {
            passkey: None,
            app: false,
            ..all.clone()
        };
        let wrong = Self {
            card: all.card.clone().wrong("code", "Enter the code."),
            unknown_credential: Some("AAAA".into()),
            ..all.clone()
        };
        let wait = Self {
            card: Card {
                wait_s: Some(30),
                ..all.card.clone()
            },
            ..all.clone()
        };
        let nobody = Self {
            card: Card {
                username: String::new(),
                ..all.card.clone()
            },
            app: false,
            codes: false,
            ..all.clone()
        };
        let choice = |name: &str| SetUpChoice {
            pk: "4f1c".into(),
            name: name.into(),
        };
        let configure = Self {
            passkey: None,
            app: false,
            codes: false,
            configure: vec![choice("Authenticator app"), choice("Passkey")],
            ..all.clone()
        };
        let (mail, mail_alone) = (all.with_mail(true), all.with_mail(false));
        vec![
            ("all", all),
            ("codes", codes),
            ("mail", mail),
            ("mail-alone", mail_alone),
            ("wrong", wrong),
            ("wait", wait),
            ("nobody", nobody),
            ("configure", configure),
        ]
    }
}

/// Set an app up, `flow/app.html`. Posts `code`.
#[derive(Clone, Debug, Serialize)]
pub struct SetUpApp {
    /// What all cards hold.
    #[serde(flatten)]
    pub card: Card,
    /// `otpauth://…`, written as a link by the template: no other scheme ever gets here.
    pub url: String,
    /// The key for typing, in groups of four.
    pub key: String,
    /// Digits of a code.
    pub digits: u8,
    /// The QR code's path, if the address is short enough for one.
    pub qr_path: Option<String>,
    /// The side of its view box.
    pub qr_side: usize,
}

impl Page for SetUpApp {
    const TEMPLATE: &'static str = "flow/app.html";

    answered_like_its_card!();

    fn samples() -> Vec<(&'static str, Self)> {
        let one = Self {
            card: Card::sample("Set up an authenticator app"),
            url: "otpauth://totp/auth.example.com:mia?secret=JBSWY3DPEHPK3PXP&issuer=auth.example.com".into(),
            key: "JBSW Y3DP EHPK 3PXP".into(),
            digits: 6,
            qr_path: Some("M4 4h7v1h-7z".into()),
            qr_side: 41,
        };
        let wrong = Self {
            card: one.card.clone().wrong("code", "Enter the code."),
            qr_path: None,
            ..one.clone()
        };
        vec![("one", one), ("wrong", wrong)]
    }
}

/// Get codes by mail, `flow/mailbox.html`. Posts `email`, or `code` once one was sent.
#[derive(Clone, Debug, Serialize)]
pub struct SetUpMailbox {
    /// What all cards hold.
    #[serde(flatten)]
    pub card: Card,
    /// Where a code has gone; nothing while an address is asked for.
    pub sent_to: Option<String>,
    /// The address of the account.
    pub suggestion: String,
}

impl Page for SetUpMailbox {
    const TEMPLATE: &'static str = "flow/mailbox.html";

    answered_like_its_card!();

    fn samples() -> Vec<(&'static str, Self)> {
        let ask = Self {
            card: Card::sample("Get codes by mail"),
            sent_to: None,
            suggestion: "mia@example.org".into(),
        };
        let wrong = Self {
            card: ask.card.clone().wrong("email", "Enter an address."),
            ..ask.clone()
        };
        let sent = Self {
            sent_to: Some("mia@example.org".into()),
            ..ask.clone()
        };
        let wait = Self {
            card: Card {
                wait_s: Some(300),
                ..sent.card.clone()
            },
            ..sent.clone()
        };
        vec![
            ("ask", ask),
            ("wrong", wrong),
            ("sent", sent),
            ("wait", wait),
        ]
    }
}

/// Recovery codes to be written down, `flow/codes.html`. Posts nothing but that they are.
#[derive(Clone, Debug, Serialize)]
pub struct SetUpCodes {
    /// What all cards hold.
    #[serde(flatten)]
    pub card: Card,
    /// The codes.
    pub codes: Vec<String>,
}

impl Page for SetUpCodes {
    const TEMPLATE: &'static str = "flow/codes.html";

    answered_like_its_card!();

    fn samples() -> Vec<(&'static str, Self)> {
        let one = Self {
            card: Card::sample("Recovery codes"),
            codes: vec!["k3v9-x2mq-7htd".into(), "9wzb-4n8r-e5pa".into()],
        };
        vec![("one", one)]
    }
}

/// Make a passkey, `flow/passkey.html`. Posts `response`.
#[derive(Clone, Debug, Serialize)]
pub struct SetUpPasskey {
    /// What all cards hold.
    #[serde(flatten)]
    pub card: Card,
    /// What the browser is asked, as JSON.
    pub options: String,
}

impl Page for SetUpPasskey {
    const TEMPLATE: &'static str = "flow/passkey.html";

    answered_like_its_card!();

    fn samples() -> Vec<(&'static str, Self)> {
        let one = Self {
            card: Card::sample("Create a passkey"),
            options: "{\"challenge\":\"AAAA\"}".into(),
        };
        let wrong = Self {
            card: one
                .card
                .clone()
                .wrong("", "Registration failed. Please try again."),
            ..one.clone()
        };
        vec![("one", one), ("wrong", wrong)]
    }
}
