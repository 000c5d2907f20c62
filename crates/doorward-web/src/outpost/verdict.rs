//! Who asks for an address of an application, and whether they may: the same for a check of another
//! proxy and for a request that the outpost carries itself.
//!
//! Owns the order: session, then credentials, then public paths (forward-auth.md 5). Leaves how the
//! answer looks to `check` and `carry`. Rule: what is not known is nobody, and credentials count
//! only where the provider wants them looked at.

use std::sync::Arc;

use doorward_engine::outpost::{Admitted, App, Missing, Outcome, Standing};
use doorward_engine::policy::Step;
use doorward_engine::trace::PathRule;
use doorward_engine::{Context, Person, Snapshot};
use doorward_protocol::cookie;
use doorward_protocol::forward_auth::{Credentials, OriginalRequest};
use doorward_store::StoreError;
use http::HeaderMap;

use super::check::COOKIES_MAX;
use crate::state::AppState;

/// A request for an address of an application.
pub(super) struct Visit<'a> {
    pub(super) state: &'a AppState,
    pub(super) snapshot: &'a Snapshot,
    pub(super) app: &'a App,
    pub(super) original: &'a OriginalRequest<'a>,
    pub(super) headers: &'a HeaderMap,
    pub(super) ctx: &'a Context,
}

/// What a person was recognized by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// The application's cookie.
    Session,
    /// `Authorization`, which is then nobody else's business.
    Credentials,
}

/// What somebody unknown has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offered {
    /// Nothing that we look at.
    Nothing,
    /// Credentials of nobody.
    WrongCredentials,
}

/// Who it is.
pub(super) enum Verdict {
    /// Somebody who may.
    In(Admitted, Proof),
    /// Whoever it is: everybody may, as this says.
    Public(PathRule),
    /// Somebody who may not, and what each binding said.
    Refused(Arc<Person>, Vec<Step>),
    /// Nobody we know, and why.
    Nobody(Offered, Missing),
}

impl Verdict {
    /// For the counter.
    pub(super) fn outcome(&self, redirects: bool) -> Outcome {
        match self {
            Self::In(..) => Outcome::Allow,
            Self::Public(_) => Outcome::Skip,
            Self::Refused(..) => Outcome::Refused,
            Self::Nobody(..) if redirects => Outcome::Redirect,
            Self::Nobody(..) => Outcome::Deny401,
        }
    }
}

impl Visit<'_> {
    /// Asks, in this order: the session, the credentials, the public paths. Public means for
    /// everybody, also for those who may not open the rest and while the store is away.
    pub(super) async fn verdict(&self) -> Result<Verdict, StoreError> {
        let identified = self.identified().await;
        if let Ok(Verdict::In(..)) = identified {
            return identified;
        }
        if let Some(open) = self.open() {
            return Ok(Verdict::Public(open));
        }
        // From some networks nobody has to be known.
        if self.is_admitted().await {
            return Ok(Verdict::Public(PathRule::Network));
        }
        identified
    }

    async fn identified(&self) -> Result<Verdict, StoreError> {
        let standing = self.standing().await?;
        let credentials = match standing {
            Standing::Nobody(_) => self.credentials(),
            Standing::In(_) | Standing::Refused(..) => None,
        };
        let Some(credentials) = credentials else {
            return Ok(verdict(standing, Proof::Session, Offered::Nothing));
        };
        let engine = &self.state.engine;
        let (snapshot, app) = (self.snapshot, self.app);
        let standing = engine
            .standing_of(snapshot, app, &credentials, self.ctx)
            .await?;
        Ok(verdict(
            standing,
            Proof::Credentials,
            Offered::WrongCredentials,
        ))
    }

    async fn standing(&self) -> Result<Standing, StoreError> {
        let tokens = cookie::find(self.headers, &self.app.cookie_name);
        let tokens: Vec<&str> = tokens.take(COOKIES_MAX).collect();
        let (engine, ctx) = (&self.state.engine, self.ctx);
        engine.standing(self.snapshot, self.app, &tokens, ctx).await
    }

    fn credentials(&self) -> Option<Credentials> {
        let looks = self.app.provider.intercept_header_auth;
        looks.then(|| Credentials::read(self.headers)).flatten()
    }

    async fn is_admitted(&self) -> bool {
        let engine = &self.state.engine;
        engine
            .admits_nobody(self.snapshot, self.app, self.ctx)
            .await
    }

    fn open(&self) -> Option<PathRule> {
        if self.original.preflight && self.app.provider.let_preflights_through {
            return Some(PathRule::Preflight);
        }
        let is_public = self.app.skip.matches(self.original);
        is_public.then_some(PathRule::Public)
    }
}

fn verdict(standing: Standing, proof: Proof, offered: Offered) -> Verdict {
    match standing {
        Standing::In(admitted) => Verdict::In(admitted, proof),
        Standing::Refused(person, steps) => Verdict::Refused(person, steps),
        Standing::Nobody(why) => Verdict::Nobody(offered, why),
    }
}
