//! Signing in, step by step: a flow's stages, one run at a time.
//!
//! Owns the run, the order of its stages and what each stage asks. Leaves forms, JSON and cookies
//! to the web. Stages never call stages: [`resume`] reads the run, asks the stage whose turn it
//! is, and decides. Rule: nobody is signed in without a proof that this very run holds, and
//! whatever cannot be decided (an unknown stage, a policy that cannot be asked) refuses.

mod answer;
mod captcha;
mod challenge;
mod consent;
mod custody;
mod deny;
mod device;
mod dummy;
mod email;
mod errand;
mod identification;
mod inspect;
mod invitation;
mod link;
mod mail_code;
mod may_change;
mod next;
mod passkey;
mod password;
mod person;
mod plan;
mod prompt;
mod proof;
mod redirect;
mod run;
mod set_up_app;
mod set_up_codes;
mod set_up_email;
mod set_up_passkey;
mod stage;
mod tell;
mod user_delete;
mod user_login;
mod user_logout;
mod user_write;
mod validate;
mod walk;

#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use answer::Answer;
pub use captcha::AskCaptcha;
pub(crate) use captcha::{BUILT_IN, CAPTCHA};
pub use challenge::{AppInfo, Ask, Challenge, FlowInfo, Mistake, Refusal, UserField};
pub(crate) use consent::Insist;
pub use consent::{AskConsent, Permission};
pub use custody::Held;
pub use email::AskMail;
pub use identification::AskName;
pub use inspect::{Inspection, inspect, may_inspect};
pub(crate) use invitation::{INVITATION, ends_at, is_over};
pub use link::{Link, follow, peek};
pub use next::{approved_path, approved_target};
pub use password::AskPassword;
pub use person::MAX_NAME_BYTES;
pub(crate) use plan::asks_nothing;
pub use prompt::{AskPrompt, Choice, PromptField, PromptType, preview};
pub use set_up_app::ForApp;
pub use set_up_email::ForMailbox;
pub use validate::{AskDevice, Configure, DeviceChoice};

use crate::oauth::Brought;

use crate::authenticator::Remembered;
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::session::LiveSession;
use crate::throttle::KnownBrowser;
use run::Run;
use walk::Walk;

/// How long a run waits for its next answer, milliseconds.
pub const RUN_MS: i64 = 30 * 60 * 1000;

/// The browser that a run belongs to, as the request shows it.
#[derive(Clone, Default)]
pub struct Visit {
    /// Its central session, if it has one.
    pub session: Option<Arc<LiveSession>>,
    /// Who has signed in with it before.
    pub browser: KnownBrowser,
    /// The device that was proven in it lately.
    pub proven_device: Option<Remembered>,
    /// The host that was asked for; its brand may name flows.
    pub host: String,
    /// Where to go at the end: a path that [`approved_path`] approved.
    pub next: Option<String>,
    /// What is asked for there, if that path is a page that opens an application.
    pub gate: Option<Gate>,
    /// Whether the request may change something (a form post, a same-origin call).
    pub may_act: bool,
}

/// A page that opens an application once its flow is done: what that page was asked.
#[derive(Clone, PartialEq, Eq)]
pub enum Gate {
    /// The outpost's sealed request.
    Outpost(String),
    /// A request to authorize.
    Oauth(Brought),
    /// A device that somebody agreed to let in, sealed.
    Device(String),
    /// The page on which codes of devices are typed, sealed.
    DevicePage(String),
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Outpost(_) => "Outpost",
            Self::Oauth(_) => "Oauth",
            Self::Device(_) => "Device",
            Self::DevicePage(_) => "DevicePage",
        })
    }
}

/// A flow to begin.
#[derive(Clone, Copy, Debug, Default)]
pub struct Start<'a> {
    /// The flow.
    pub slug: &'a str,
    /// Under which name the browser keeps the run; `None`: under the run's own id.
    pub handle: Option<&'a str>,
    /// uuid of the application that the person is on the way to.
    pub application: Option<&'a str>,
    /// What was typed as the name before.
    pub identifier: &'a str,
    /// The invitation that the address names, if it does.
    pub invitation: Option<&'a str>,
}

/// What comes next.
#[derive(Debug)]
pub enum Next {
    /// Ask this.
    Show(Box<Challenge>),
    /// The flow is over: go there, a path of ours or where a stage or an application said.
    Redirect(String),
    /// The flow is over, and somebody signed out.
    SignedOut {
        /// Where to go, if that was said.
        to: Option<String>,
        /// Pages of apps that hear of it in the browser.
        frames: Vec<String>,
    },
    /// It ends here.
    Refused(Refusal, Box<FlowInfo>),
}

/// What happened to the browser's central session.
#[derive(Debug, Default)]
pub enum SessionChange {
    /// Nothing.
    #[default]
    Keep,
    /// A new one began; a former one of this browser has ended.
    SignedIn(SignedIn),
    /// It ended.
    SignedOut,
}

/// What the web needs to set the cookies of a new session.
pub struct SignedIn {
    /// The session's public id.
    pub session_id: String,
    /// The session's secret.
    pub sid: String,
    /// The person's uid.
    pub uid: String,
    /// Seconds that the cookie stays; `None`: until the browser is closed.
    pub max_age_s: Option<i64>,
    /// The browser as its owner's, sealed.
    pub browser: String,
    /// Seconds that the browser is known for.
    pub browser_max_age_s: i64,
}

impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedIn")
            .field("uid", &self.uid)
            .finish_non_exhaustive()
    }
}

/// A device that was proven, sealed.
pub struct ProvenDevice {
    /// The cookie's value.
    pub sealed: String,
    /// Seconds that it may matter.
    pub max_age_s: i64,
}

impl std::fmt::Debug for ProvenDevice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ProvenDevice")
    }
}

/// The result of one request to a flow.
#[derive(Debug)]
pub struct Step {
    /// What comes next.
    pub next: Next,
    /// What the browser keeps of the run; `None` when it is over.
    pub run: Option<Held>,
    /// What happened to the session.
    pub session: SessionChange,
    /// A device that was proven, for the browser to keep.
    pub proven_device: Option<ProvenDevice>,
    /// Whether the answer passed its stage.
    pub solved: bool,
    /// The flow it is in now: a stage may lead into another one.
    pub slug: String,
}

/// Begins a run. `None` when there is no such flow.
///
/// # Errors
///
/// A [`Fault`] of ours.
pub async fn begin(
    engine: &Engine,
    ctx: &Context,
    visit: &Visit,
    start: Start<'_>,
) -> Result<Option<Step>, Fault> {
    let run = Run::new(start, visit, ctx.now);
    let handle = start.handle.unwrap_or(&run.id).to_owned();
    let Some(mut walk) = Walk::new(engine, ctx, visit, run, handle) else {
        return Ok(None);
    };
    walk.take_errand();
    if let Err(refusal) = walk.plan().await {
        return Ok(Some(walk.not_applicable(refusal)));
    }
    walk.forget_name_unless_asked();
    if walk.is_session_end() {
        return Ok(Some(walk.session_end()));
    }
    walk.go(None).await.map(Some)
}

/// Goes on with the run that the browser keeps under `handle`, with an answer or without.
///
/// `None` when there is no such run (any more): it is too old, of another flow or another browser,
/// or its flow has changed meanwhile.
///
/// # Errors
///
/// A [`Fault`] of ours.
pub async fn resume(
    engine: &Engine,
    ctx: &Context,
    visit: &Visit,
    held: Kept<'_>,
    answer: Option<&Answer>,
) -> Result<Option<Step>, Fault> {
    let Some(step) = resume_once(engine, ctx, visit, held, answer).await? else {
        return Ok(None);
    };
    if step.is_none() {
        // Somebody else answered this step first: show where the run is now.
        return resume_once(engine, ctx, visit, held, None)
            .await
            .map(Option::flatten);
    }
    Ok(step)
}

/// What the browser sent of a run.
#[derive(Clone, Copy)]
pub struct Kept<'a> {
    /// The flow.
    pub slug: &'a str,
    /// The name under which the browser keeps the run.
    pub handle: &'a str,
    /// The cookie's value.
    pub cookie: &'a str,
}

/// The inner `None` says that another answer was first.
async fn resume_once(
    engine: &Engine,
    ctx: &Context,
    visit: &Visit,
    held: Kept<'_>,
    answer: Option<&Answer>,
) -> Result<Option<Option<Step>>, Fault> {
    let Some((run, row)) = custody::take(engine, ctx, held.handle, held.cookie).await? else {
        return Ok(None);
    };
    if run.flow != held.slug {
        return Ok(None);
    }
    let Some(mut walk) = Walk::new(engine, ctx, visit, run, held.handle.to_owned()) else {
        return Ok(None);
    };
    walk.row = row;
    walk.is_resumed = true;
    if !walk.fits_flow() || !walk.fits_visitor() {
        return Ok(None);
    }
    let step = walk.go(answer).await?;
    Ok(Some((!walk.lost).then_some(step)))
}
