//! The flow that a brand puts around the page on which codes are typed (`flow_device_code`).
//!
//! Rules: without such a flow, or with one that asks nothing, the page is open to whoever is signed
//! in; with one it is open to the person and the session that went through it, for a while, and no
//! code is looked at before. What an application has in front of it is not this, and is run as well
//! (decision 49).

use doorward_protocol::seal::Purpose;
use serde::{Deserialize, Serialize};

use crate::brand::FlowUse;
use crate::context::Context;
use crate::engine::Engine;
use crate::flow::{RUN_MS, asks_nothing};
use crate::outpost::sealed;
use crate::session::LiveSession;
use crate::snapshot::Snapshot;

/// The page is open so long after the flow, milliseconds.
const OPEN_MS: i64 = 10 * 60_000;
/// So much of a code is carried through the flow.
const CODE_CHARS_MAX: usize = 20;
/// The page.
const PAGE: &str = "/device";
/// What it is sealed as.
const SEALED_AS: &str = "device page";

/// Whether codes may be typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DevicePage {
    /// They may.
    Open {
        /// What the field is filled with.
        code: String,
        /// What the form brings along.
        passed: String,
    },
    /// The flow comes first.
    Run {
        /// Its slug.
        flow: String,
        /// What its end opens.
        around: String,
    },
}

/// Somebody on the way to the page, or one who may see it; sealed, so that nobody says so themselves.
#[derive(Serialize, Deserialize)]
pub(crate) struct Around {
    user: i64,
    session: String,
    /// Slug of the flow.
    pub(crate) flow: String,
    code: String,
    expires_at: i64,
    is_passed: bool,
}

impl Around {
    /// What was sealed, if it is not late.
    pub(crate) fn open(engine: &Engine, text: &str, now: i64) -> Option<Self> {
        let purpose = Purpose::OauthRequest;
        let opened: Option<Self> = sealed::open(&engine.keys, purpose, SEALED_AS, text);
        opened.filter(|around| around.expires_at > now)
    }

    fn seal(&self, engine: &Engine) -> String {
        sealed::seal(&engine.keys, Purpose::OauthRequest, SEALED_AS, self)
    }

    fn is_of(&self, ctx: &Context, session: &str) -> bool {
        let user = ctx.actor.person().map(|person| person.id);
        user == Some(self.user) && self.session == session
    }
}

impl Engine {
    /// Whether somebody who is signed in may type a code on this host's page, with what their
    /// request brought along as proof.
    pub fn oauth_device_page(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        session: &LiveSession,
        host: &str,
        (code, passed): (&str, &str),
    ) -> DevicePage {
        let code: String = code.chars().take(CODE_CHARS_MAX).collect();
        let person = ctx.actor.person().map(|person| person.id);
        let (Some(user), Some(flow)) = (person, flow_around(snapshot, host)) else {
            let passed = String::new();
            return DevicePage::Open { code, passed };
        };
        let proof = Around::open(self, passed, ctx.now)
            .filter(|one| one.is_passed && one.flow == flow && one.is_of(ctx, &session.id));
        if let Some(proof) = proof {
            let code = if code.is_empty() { proof.code } else { code };
            let passed = passed.to_owned();
            return DevicePage::Open { code, passed };
        }
        let around = Around {
            user,
            session: session.id.to_string(),
            flow: flow.to_owned(),
            code,
            expires_at: ctx.now.saturating_add(RUN_MS),
            is_passed: false,
        };
        DevicePage::Run {
            flow: flow.to_owned(),
            around: around.seal(self),
        }
    }

    /// The flow that somebody is in the midst of, if it is still the one of this host.
    pub fn oauth_device_page_flow(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        (session, host): (&LiveSession, &str),
        around: &str,
    ) -> Option<String> {
        let around = Around::open(self, around, ctx.now)?;
        let is_so = flow_around(snapshot, host) == Some(&*around.flow);
        (is_so && around.is_of(ctx, &session.id)).then_some(around.flow)
    }

    /// Where the end of that flow leads: to the page, with the proof that it was gone through in this
    /// session, which is another one if the flow began it.
    pub(crate) fn oauth_device_page_opened(
        &self,
        ctx: &Context,
        around: &str,
        session: &str,
    ) -> Option<String> {
        let around = Around::open(self, around, ctx.now)?;
        let user = ctx.actor.person()?.id;
        if around.user != user {
            return None;
        }
        let passed = Around {
            session: session.to_owned(),
            expires_at: ctx.now.saturating_add(OPEN_MS),
            is_passed: true,
            ..around
        };
        Some(format!("{PAGE}?passed={}", passed.seal(self)))
    }
}

/// Slug of the flow around the page of this host, if it asks or decides anything.
fn flow_around<'a>(snapshot: &'a Snapshot, host: &str) -> Option<&'a str> {
    let slug = snapshot.default_flow(host, FlowUse::DeviceCode)?;
    let flow = snapshot.flows.get(slug)?;
    (!asks_nothing(snapshot, flow)).then_some(slug)
}
