//! Access tokens at this server's own REST API: what the scope `goauthentik.io/api` opens.
//!
//! Leaves finding a token to `bearer`, and what somebody may do to the API. Rules: whoever brings one is
//! the person whose it is, with that person's own rights, never with an administrator's because of an
//! app; the provider has to have the scope now, not only when it was granted; a token for another
//! resource, or with which somebody acts for another, opens nothing here.

use std::sync::Arc;

use super::bearer::{Bearer, BearerRefusal, Shown, UNKNOWN};
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::person::Person;
use crate::snapshot::Snapshot;

/// Opens this server's own API: nobody gets that by registering.
pub(super) const API_SCOPE: &str = "goauthentik.io/api";

const NO_SCOPE: &str = "The access token was not granted the scope goauthentik.io/api.";
const NO_MAPPING: &str = "The app's provider does not have the scope goauthentik.io/api any more.";
const ELSEWHERE: &str = "The access token is for another resource (aud).";
const FOR_ANOTHER: &str =
    "The access token tells that somebody acts for another (act), which opens no API here.";

/// Why an access token does not open the API.
#[derive(Debug)]
pub enum ApiRefusal {
    /// Unknown, late, revoked, or of somebody who is not active.
    Unknown,
    /// It counts, and not here, or not so.
    Refused(&'static str),
    /// Ours.
    Fault(Fault),
}

impl From<BearerRefusal> for ApiRefusal {
    fn from(refusal: BearerRefusal) -> Self {
        match refusal {
            BearerRefusal::Refused(_, UNKNOWN) => Self::Unknown,
            BearerRefusal::Refused(_, why) => Self::Refused(why),
            BearerRefusal::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl Engine {
    /// As whom a request to the API acts that shows an access token.
    ///
    /// # Errors
    ///
    /// [`ApiRefusal`].
    pub async fn oauth_api_person(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        shown: &Shown<'_>,
    ) -> Result<Arc<Person>, ApiRefusal> {
        let bearer = self.oauth_shown(snapshot, ctx, shown).await?;
        opens(&bearer).map_err(ApiRefusal::Refused)?;
        Ok(bearer.granted.person)
    }
}

/// Whether a live token opens the API; `Err` says why not.
fn opens(bearer: &Bearer) -> Result<(), &'static str> {
    if !bearer.scopes.contains(API_SCOPE) {
        return Err(NO_SCOPE);
    }
    if bearer.client.scope(API_SCOPE).is_none() {
        return Err(NO_MAPPING);
    }
    let facts = &bearer.granted.facts;
    if facts.resources.iter().any(|one| one != bearer.client.id()) {
        return Err(ELSEWHERE);
    }
    if facts.act.is_some() {
        return Err(FOR_ANOTHER);
    }
    Ok(())
}
