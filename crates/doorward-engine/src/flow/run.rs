//! One run of a flow: which stages are left and what has been proven.

use doorward_protocol::encoding;
use doorward_store::user::UserRow;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::captcha::Puzzle;
use super::consent::Insist;
use super::errand::Errand;
use super::person::Lookup;
use super::{RUN_MS, Start, Visit};
use crate::authenticator::Remembered;
use crate::expression::Kind;
use crate::model::Flow;
use crate::person::Person;
use crate::policy::FlowFacts;

/// A thing that somebody has proven in this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Proof {
    /// They know the account's password.
    Password,
    /// They made the account in this very run.
    Enrolled,
    /// They read the account's mail.
    Mail,
    /// They have one of the account's devices. It never says who somebody is.
    Device,
    /// They have a passkey of the account and were verified by it.
    Passkey,
}

/// The state of a run. It never holds who an unproven name belongs to: its sealed form must have
/// the same length whether or not there is such an account (CVE-2023-39522), unless the operator
/// wants unknown names to be told at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Run {
    /// Stands in the address of the page.
    pub id: String,
    /// The flow's slug.
    pub flow: String,
    /// uuids of the stage bindings that are left, in order.
    pub stages: Vec<String>,
    /// uuids of those that are done, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub done: Vec<String>,
    /// What was typed as the name.
    pub identifier: String,
    /// The user name of the account that was found, where the stage may show it.
    pub matched: Option<String>,
    /// How the name is understood.
    pub lookup: Lookup,
    /// Who it is; only ever set together with a proof.
    pub user: Option<i64>,
    /// What `user` has proven.
    pub proofs: Vec<Proof>,
    /// Which devices of theirs were proven on the way, and when; without anybody proven, of whoever
    /// is signed in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<Remembered>,
    /// When that password was set, Unix milliseconds; once it is replaced, it proves nothing more.
    pub password_of: i64,
    /// Whether to stay signed in, once that was said.
    pub remember: Option<bool>,
    /// Who had a session when a flow began that is only for the signed-in: it stays theirs.
    #[serde(default)]
    pub visitor: Option<i64>,
    /// What was learned on the way, under authentik's names (api-and-model.md 3.5): `prompt_data`
    /// and whatever policies add. Never anything that proves who somebody is.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub context: Map<String, Value>,
    /// uuid of the invitation that this run came with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<String>,
    /// Whether an invitation stage found that it counts.
    #[serde(default)]
    pub invited: bool,
    /// Whether another flow led here.
    #[serde(default)]
    pub redirected: bool,
    /// What the stage whose turn it is remembers between its question and the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_state: Option<Value>,
    /// The device that a code was mailed to in this step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mailed: Option<i64>,
    /// The work that the browser was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub puzzle: Option<Puzzle>,
    /// uuid of a stage that is to be done in place of the one whose turn it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detour: Option<String>,
    /// Where to go at the end, if it is short enough to be kept here.
    pub next: Option<String>,
    /// uuid of the application that the person is on the way to.
    pub application: Option<String>,
    /// The version of the account that this run made, as it wrote it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_at: Option<i64>,
    /// What the end of this run grants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errand: Option<Errand>,
    /// Whether the person has to agree although the flow would not ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insist: Option<Insist>,
    /// Who has agreed on the way, or had before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreed: Option<i64>,
    /// Wrong passwords so far.
    pub failures: u32,
    /// Unix milliseconds.
    pub expires_at: i64,
}

/// authentik's name for what was filled in.
pub(super) const PROMPT_DATA: &str = "prompt_data";

/// A cookie holds 4096 bytes; longer targets travel in the address alone.
const MAX_NEXT_BYTES: usize = 1024;

impl Run {
    pub(super) fn new(start: Start<'_>, visit: &Visit, now: i64) -> Self {
        let next = visit
            .next
            .clone()
            .filter(|next| next.len() <= MAX_NEXT_BYTES);
        Self {
            id: encoding::random_token(16),
            flow: start.slug.to_owned(),
            stages: Vec::new(),
            done: Vec::new(),
            identifier: start.identifier.to_owned(),
            matched: None,
            lookup: Lookup::default(),
            user: None,
            proofs: Vec::new(),
            devices: Vec::new(),
            password_of: 0,
            remember: None,
            visitor: None,
            context: Map::new(),
            invitation: start.invitation.and_then(super::invitation::token),
            invited: false,
            redirected: false,
            stage_state: None,
            mailed: None,
            puzzle: None,
            detour: None,
            next,
            application: start.application.map(str::to_owned),
            left_at: None,
            errand: None,
            insist: None,
            agreed: None,
            failures: 0,
            expires_at: now + RUN_MS,
        }
    }

    /// The stage whose turn it was is done, or the one in its place.
    pub(super) fn pass(&mut self) {
        self.done.extend(self.stages.first().cloned());
        self.skip();
    }

    /// The stage whose turn it was is not for this person.
    pub(super) fn skip(&mut self) {
        self.stages.remove(0);
        (self.stage_state, self.detour) = (None, None);
        (self.mailed, self.puzzle) = (None, None);
    }

    /// How somebody signed in, in the words of sessions and events.
    pub(super) fn auth_method(&self) -> &'static str {
        if self.has(Proof::Passkey) {
            "auth_webauthn_pwl"
        } else if self.has(Proof::Device) {
            "auth_mfa"
        } else if self.has(Proof::Enrolled) {
            "enrollment"
        } else if self.has(Proof::Mail) {
            "recovery"
        } else {
            "password"
        }
    }

    /// The run as policies see it; `person` is whom it is about.
    pub(super) fn facts(&self, flow: &Flow, person: Option<&Person>) -> FlowFacts {
        let learned = self.context.iter();
        let mut context: Vec<_> = learned
            .map(|(key, value)| (key.clone(), Kind::Json, value.clone()))
            .collect();
        if !self.identifier.is_empty() {
            let typed = json!(self.identifier);
            context.push(("pending_user_identifier".to_owned(), Kind::Json, typed));
        }
        if let Some(person) = person {
            let told = json!({ "pk": person.id });
            context.push(("pending_user".to_owned(), Kind::User, told));
        }
        FlowFacts {
            pk: flow.pk.clone(),
            slug: flow.slug.clone(),
            context,
        }
    }

    /// The person, if this run holds a proof of them.
    pub(super) fn proven(&self) -> Option<i64> {
        let says_who = |proof: &Proof| *proof != Proof::Device;
        self.user.filter(|_| self.proofs.iter().any(says_who))
    }

    /// Whether what this run holds still says something about an account: it is active, and has the
    /// password that it had when somebody was proven.
    pub(super) fn still_counts(&self, row: &UserRow) -> bool {
        let is_proven = self.proven() == Some(row.id);
        row.is_active && (!is_proven || row.password_changed_at == self.password_of)
    }

    /// What somebody else proved before counts for nobody now.
    pub(super) fn prove(&mut self, user: i64, proof: Proof, password_of: i64) {
        if self.user != Some(user) {
            self.proofs.clear();
            self.devices.clear();
        }
        self.user = Some(user);
        self.password_of = password_of;
        self.proofs.push(proof);
    }

    /// What people filled in on this run's forms, by field.
    pub(super) fn prompt_data(&self) -> Option<&Map<String, Value>> {
        self.context.get(PROMPT_DATA)?.as_object()
    }

    /// Adds what somebody filled in.
    pub(super) fn fill_in(&mut self, fields: Map<String, Value>) {
        let data = self
            .context
            .entry(PROMPT_DATA)
            .or_insert_with(|| Map::new().into());
        match data {
            Value::Object(data) => data.extend(fields),
            // A policy may have put anything here.
            other => *other = fields.into(),
        }
    }

    /// Forgets who was named and proven, and with `whole` everything that was filled in.
    pub(super) fn forget(&mut self, whole: bool) {
        (self.user, self.remember, self.matched) = (None, None, None);
        self.left_at = None;
        self.proofs.clear();
        self.devices.clear();
        (self.stage_state, self.detour) = (None, None);
        if whole {
            self.identifier.clear();
            self.context.clear();
            self.invited = false;
        }
    }

    /// Whether this account was made in this very run, and is still as the run left it: what an
    /// administrator has shut since stays shut.
    pub(super) fn made(&self, row: &UserRow) -> bool {
        self.user == Some(row.id) && self.has(Proof::Enrolled) && self.left_at == Some(row.version)
    }

    /// Whether whoever is on the way has to agree and has not, whatever the flow's stages asked.
    pub(super) fn owes_consent(&self) -> bool {
        let has_not = |errand: &Errand| self.agreed != Some(errand.user);
        self.insist.is_some() && self.errand.as_ref().is_some_and(has_not)
    }

    /// As a link takes it along when nobody is proven: what a stranger filled in or came with is not
    /// to become that of whoever reads the mail. Where they were on the way to stays.
    pub(super) fn without_what_strangers_said(mut self) -> Self {
        self.context.remove(PROMPT_DATA);
        (self.remember, self.invitation) = (None, None);
        self.invited = false;
        self
    }

    pub(super) fn has(&self, proof: Proof) -> bool {
        self.user.is_some() && self.proofs.contains(&proof)
    }
}
