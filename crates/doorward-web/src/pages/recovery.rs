//! A one-time link that signs somebody in: the question before it is spent.
//!
//! Rule: a `GET` never spends the link, for mail scanners and link previews open it too.

use serde::Serialize;

use super::Page;

/// The question, `flow/recovery.html`. Posts an empty form to `action`.
#[derive(Clone, Debug, Serialize)]
pub struct Recovery {
    /// Whom the link signs in.
    pub username: String,
    /// Where the form goes: the link itself.
    pub action: String,
    /// The masked token for the hidden field.
    pub csrf: String,
}

impl Page for Recovery {
    const TEMPLATE: &'static str = "flow/recovery.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let one = Self {
            username: "mia".into(),
            action: "/recovery/use-token/0n3t1m3/".into(),
            csrf: "6f1c".into(),
        };
        vec![("one", one)]
    }
}
