//! What a person signs in with beside the password.

use serde::Serialize;

use super::{Nav, Page, Person};

/// One device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeviceRow {
    /// Posted back as `device`.
    pub id: String,
    /// "Passkey", "Authenticator app", "Recovery codes".
    pub kind: String,
    /// As its owner calls it.
    pub name: String,
    /// What a passkey says it is, if that is not its name.
    pub model: Option<String>,
    /// Whether a passkey is synced to other devices; nothing for what is none.
    pub synced: Option<bool>,
    /// How many codes are left; nothing for what is no list.
    pub codes_left: Option<i64>,
    /// When it was set up, Unix milliseconds.
    pub created_ms: i64,
    /// When it was last used, Unix milliseconds.
    pub last_used_ms: Option<i64>,
}

/// A way to set a device up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeviceAdd {
    /// For people.
    pub name: String,
    /// Where.
    pub url: String,
}

/// A person's devices, `account/devices.html`. Posts `device` with `do` = `rename` (and `name`) or
/// `remove`.
#[derive(Clone, Debug, Serialize)]
pub struct Devices {
    /// Who looks.
    pub person: Person,
    /// The links in the head.
    pub nav: Nav,
    /// What they have.
    pub devices: Vec<DeviceRow>,
    /// What they can add.
    pub add: Vec<DeviceAdd>,
    /// Where to sign in before anything can be changed; nothing if that was just done.
    pub sign_in_again_url: Option<String>,
    /// What browsers are told of passkeys that still count, as JSON.
    pub accepted: Option<String>,
    /// The masked token for the hidden fields.
    pub csrf: String,
    /// Where the forms go.
    pub action: String,
    /// The time of the request, Unix milliseconds; ages are counted from it.
    pub now_ms: i64,
    /// What was just done.
    pub notice: Option<String>,
}

impl Page for Devices {
    const TEMPLATE: &'static str = "account/devices.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let now_ms = 1_795_478_400_000;
        let row = |kind: &str, name: &str| DeviceRow {
            id: "totp 7".into(),
            kind: kind.into(),
            name: name.into(),
            model: None,
            synced: None,
            codes_left: None,
            created_ms: now_ms - 400_000_000,
            last_used_ms: Some(now_ms - 90_000),
        };
        let add = |name: &str| DeviceAdd {
            name: name.into(),
            url: "/if/flow/default-authenticator-totp-setup/?next=/if/user/devices/".into(),
        };
        let none = Self {
            person: Person::sample(),
            nav: Nav::new(false),
            devices: Vec::new(),
            add: vec![
                add("Passkey"),
                add("Authenticator app"),
                add("Recovery codes"),
            ],
            sign_in_again_url: None,
            accepted: None,
            csrf: "6f1c".into(),
            action: "/if/user/devices/".into(),
            now_ms,
            notice: None,
        };
        let some = Self {
            devices: vec![
                DeviceRow {
                    model: Some("Bitwarden".into()),
                    synced: Some(true),
                    ..row("Passkey", "Work")
                },
                row("Authenticator app", "Authenticator app"),
                DeviceRow {
                    codes_left: Some(4),
                    last_used_ms: None,
                    ..row("Recovery codes", "Recovery codes")
                },
            ],
            accepted: Some("{}".into()),
            notice: Some("The name is saved.".into()),
            ..none.clone()
        };
        let stale = Self {
            sign_in_again_url: Some("/flows/-/default/authentication/?switch=1".into()),
            notice: None,
            ..some.clone()
        };
        vec![("none", none), ("some", some), ("stale", stale)]
    }
}
