//! What a browser keeps of a run, with what was given on the way there, and what is answered.

use serde_json::Value;

use super::devices::Claim;
use super::*;

/// What a browser keeps, and what was given on the way there.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts")]
pub(super) struct Line {
    pub slug: String,
    pub handle: String,
    pub cookie: String,
    /// Whose right passwords.
    pub passwords: Vec<i64>,
    pub invited: bool,
    /// Whose letters were read.
    pub letters: Vec<i64>,
    /// Whose devices were proven, beside something else.
    pub devices: Vec<i64>,
    /// Whose passkeys said who it is.
    pub alone: Vec<i64>,
    /// Whether what a device is set up with was confirmed.
    pub set_up: bool,
    /// The question that was last seen, and by whom.
    pub seen_by: Option<i64>,
    pub asked: Option<Ask>,
    /// Whether the work that was asked for was done.
    pub worked: bool,
    /// Whether the token of a question was repeated.
    pub agreed: bool,
}

impl Line {
    /// The question that is now on the page.
    pub(super) fn see(&mut self, next: &Next, by: Option<i64>) {
        self.seen_by = by;
        self.asked = match next {
            Next::Show(challenge) => Some(challenge.ask.clone()),
            _ => None,
        };
    }

    /// What an answer proves if it is taken.
    pub(super) fn note(&mut self, claim: Option<&Claim>) {
        match claim {
            Some(Claim::Device(owner, _)) => self.devices.push(*owner),
            Some(Claim::Alone(owner, _)) => self.alone.push(*owner),
            Some(Claim::SetUp) => self.set_up = true,
            None => {}
        }
    }

    /// Recovery codes are confirmed by whatever is answered: there is nothing to say but that one has
    /// them.
    pub(super) fn confirms(&self) -> Option<Claim> {
        matches!(self.asked, Some(Ask::Codes(_))).then_some(Claim::SetUp)
    }

    /// The work that was asked for, or the token that was shown, where an answer says so.
    fn fill_in(&mut self, fields: &mut Value) {
        if fields["token"] != "TOKEN" {
            return;
        }
        match &self.asked {
            Some(Ask::Captcha(puzzle)) => {
                fields["token"] = work(puzzle).into();
                self.worked = true;
            }
            Some(Ask::Consent(ask)) => {
                fields["token"] = ask.token.clone().into();
                self.agreed = true;
            }
            _ => {}
        }
    }
}

impl House {
    /// The fields of an answer on this line, and what they prove of devices.
    pub(super) fn fields(&mut self, line: &mut Line, what: What) -> (Value, Option<Claim>) {
        let at = match what {
            What::Given(at) => at,
            What::Device(with) => return self.fields_with(line, with),
            What::Fitting(whose, with) => match fitting(line, whose) {
                Some(at) => at,
                None => return self.fields_with(line, with),
            },
            What::Link => return (json!({}), None),
        };
        let (mut fields, whose) = given().swap_remove(at);
        line.passwords.extend(whose);
        line.fill_in(&mut fields);
        (fields, line.confirms())
    }

    fn fields_with(&self, line: &Line, with: With) -> (Value, Option<Claim>) {
        let (fields, claim) = self.fields_of_device(line, with);
        (fields, line.confirms().or(claim))
    }
}

/// Which of the answers fits the question that was last seen, said by one of the two people; `None` where a
/// device is asked for.
fn fitting(line: &Line, whose: usize) -> Option<usize> {
    Some(match line.asked.as_ref()? {
        Ask::Identification(_) => 1 + whose,
        Ask::Password(_) => 3 + whose,
        Ask::Prompt(ask) if ask.fields.iter().any(|field| field.key == "username") => 7,
        Ask::Prompt(_) => 5,
        Ask::Captcha(_) | Ask::Consent(_) => 8,
        Ask::App(_) | Ask::Mailbox(_) | Ask::Codes(_) | Ask::Device(_) | Ask::Passkey(_) => {
            return None;
        }
        _ => 0,
    })
}

/// Answers that are the same every time, and whose right password is in them.
pub(super) fn given() -> Vec<(Value, Option<i64>)> {
    vec![
        (json!({}), None),
        (json!({ "uid_field": "mia" }), None),
        (json!({ "uid_field": "dan" }), None),
        (json!({ "password": "pw-mia" }), Some(7)),
        (json!({ "password": "pw-dan" }), Some(8)),
        (json!({ "password": "a new password" }), None),
        (json!({ "username": "mia" }), None),
        (json!({ "username": "fresh" }), None),
        (json!({ "token": "TOKEN" }), None),
        (json!({ "token": "" }), None),
        (
            json!({ "remember_me": true, "user": 8, "pending_user": "dan", "is_active": true }),
            None,
        ),
        (json!({ "component": "ak-stage-dummy" }), None),
        (
            json!({ "component": "ak-stage-user-login", "remember_me": true }),
            None,
        ),
        (
            json!({ "component": "ak-stage-prompt", "password": "a new password", "username": "dan" }),
            None,
        ),
        (
            json!({ "component": "ak-stage-password", "password": "pw-dan" }),
            Some(8),
        ),
        (json!({ "component": "ak-stage-session-end" }), None),
    ]
}
