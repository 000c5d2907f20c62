//! From the parameters of a request to what it asks, or why it cannot be.
//!
//! Pure: no store, no clock. Leaves each parameter to `addressed`. Rule: the client first, then its address, then everything else, so that
//! nothing is told to an address that was not approved.

use std::sync::Arc;

use doorward_protocol::oauth::{
    Challenge, ClaimsRequest, ErrorCode, ResponseMode, ResponseType, Scopes,
};
use doorward_protocol::redirect::registered::UriRefusal;
use serde_json::Value;

use super::addressed::Addressed;
use super::answer::Answer;
use super::{Brought, Client, Unanswerable};
use crate::broken::{self, Mutant};
use crate::flow::Insist;
use crate::oauth::bound_key::verify_hint;
use crate::outpost::Destination;
use crate::person::Person;
use crate::snapshot::Snapshot;

const NONCE_BYTES_MAX: usize = 1024;
const HINT_BYTES_MAX: usize = 255;

/// Why a page, and nobody else, is told what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageRefusal {
    /// No client is named.
    NoClient,
    /// Nobody names themselves so.
    UnknownClient,
    /// The address is not one of those that the client has registered.
    RedirectUri {
        /// What was asked for.
        asked: String,
        /// Why not.
        why: UriRefusal,
    },
    /// What was sent ahead is unknown, too old, was used before, or is another client's.
    Pushed,
    /// While the public address is not known nothing can be said in its name.
    NoAddress,
}

/// Either kind of refusal.
pub(super) enum Refusal {
    Page(Box<Unanswerable>),
    Answer(Box<Refused>),
}

/// What the client is told, and how it gets there.
pub(super) struct Refused {
    pub(super) code: ErrorCode,
    pub(super) why: String,
    pub(super) answer: Answer,
}

/// What a well-formed request of a known client asks.
#[derive(Clone, Debug)]
pub struct Request {
    /// Whose it is.
    pub client: Arc<Client>,
    /// What we are called in answers.
    pub(in crate::oauth) issuer: String,
    /// Approved.
    pub redirect_uri: String,
    pub(in crate::oauth) response_type: ResponseType,
    pub(in crate::oauth) mode: ResponseMode,
    pub(in crate::oauth) state: Option<String>,
    /// Those of the asked-for scopes that there are.
    pub scopes: Scopes,
    pub(in crate::oauth) nonce: Option<String>,
    pub(in crate::oauth) challenge: Option<Challenge>,
    /// The thumbprint of the key that the code is to be bound to (RFC 9449 §10).
    pub(in crate::oauth) jkt: Option<String>,
    pub(in crate::oauth) max_age_s: Option<i64>,
    pub(in crate::oauth) resources: Vec<String>,
    /// What is asked for by name; nothing without `openid`.
    pub(in crate::oauth) claims: ClaimsRequest,
    /// Those of them that no scope covers and that may be told.
    beyond: Vec<String>,
    pub(super) login_hint: String,
    id_token_hint: Option<String>,
    silent: bool,
    sign_in: bool,
    consent: bool,
    /// The hash of the name under which it was sent ahead.
    pub(super) pushed: Option<String>,
}

impl Request {
    /// Reads the parameters.
    pub(super) fn read(snapshot: &Snapshot, brought: &Brought) -> Result<Self, Refusal> {
        let asked = brought.asked();
        let to = Addressed::read(snapshot, asked)?;
        to.check_unsupported(asked)?;
        let response_type = to.response_type(asked)?;
        to.check_strict(brought, response_type)?;
        to.check_bound(response_type)?;
        let to = Addressed {
            mode: to.mode(asked, response_type)?,
            ..to
        };
        let scopes = to.scopes(asked, response_type)?;
        let nonce = to.bounded(asked, "nonce", NONCE_BYTES_MAX)?;
        let is_needed = response_type.has_id_token() && !broken::is(Mutant::NonceOptional);
        if is_needed && nonce.is_none() {
            let why = "A nonce is needed where an ID token is answered at once.";
            return Err(to.refused(ErrorCode::InvalidRequest, why));
        }
        let prompt = to.prompt(asked)?;
        let claims = to.claims(asked, &scopes)?;
        let hint = asked.get("login_hint").unwrap_or_default();
        let jkt = to.thumbprint(asked)?;
        to.check_key(&scopes, jkt.as_deref(), response_type)?;
        Ok(Self {
            challenge: to.challenge(asked, response_type)?,
            jkt,
            max_age_s: to.max_age(asked)?,
            resources: to.resources(asked)?,
            login_hint: hint.chars().take(HINT_BYTES_MAX).collect(),
            id_token_hint: asked.get("id_token_hint").map(str::to_owned),
            silent: prompt.contains(&"none"),
            sign_in: prompt.contains(&"login") || prompt.contains(&"select_account"),
            consent: prompt.contains(&"consent"),
            beyond: to.client.beyond(claims.names(), &scopes),
            claims,
            client: to.client,
            issuer: to.issuer,
            redirect_uri: to.redirect_uri,
            mode: to.mode,
            state: to.state,
            response_type,
            scopes,
            nonce,
            pushed: brought.spent_by().map(str::to_owned),
        })
    }

    /// The same for those who only ask what it would be.
    pub(crate) fn asked(snapshot: &Snapshot, brought: &Brought) -> Option<Self> {
        Self::read(snapshot, brought).ok()
    }

    /// Whether nobody may be asked anything.
    pub fn is_silent(&self) -> bool {
        self.silent
    }

    pub(super) fn wants_sign_in(&self) -> bool {
        self.sign_in
    }

    /// Whether somebody has to be asked whether they agree, even where the flow would not.
    pub(crate) fn insists(&self) -> Option<Insist> {
        if self.consent {
            Some(Insist::Always)
        } else {
            self.scopes
                .contains("offline_access")
                .then_some(Insist::Once)
        }
    }

    /// What the person is asked about: scope and description.
    pub(crate) fn permissions(&self) -> Vec<(String, String)> {
        let scopes = self.client.permissions(&self.scopes).into_iter();
        let scopes = scopes.map(|(word, text)| (word.to_owned(), text.to_owned()));
        // Nobody has written a sentence for a claim: its name is all that there is.
        let claims = self.beyond.iter();
        let claims = claims.map(|name| (format!("claim {name}"), name.clone()));
        scopes.chain(claims).collect()
    }

    /// Whether the hint names somebody else, or cannot be believed, or `sub` is asked for with
    /// another value. A hint may be late (OpenID Connect Core §3.1.2.1, §5.5.1).
    pub(super) fn is_for_somebody_else(&self, snapshot: &Snapshot, person: &Person) -> bool {
        let sub = self.client.sub(snapshot, person);
        let said = Value::from(&*sub);
        if self.claims.wishes("sub").any(|wish| !wish.is_met_by(&said)) {
            return true;
        }
        let Some(hint) = &self.id_token_hint else {
            return false;
        };
        let signed = verify_hint(hint, &self.client.keys);
        !signed.is_ok_and(|signed| signed.claims.get("sub").is_some_and(|one| *one == *sub))
    }

    /// The refusal, for the client.
    pub fn refused(&self, code: ErrorCode, why: &str) -> Answer {
        Answer::refusal(
            (&self.redirect_uri, self.mode),
            (&self.issuer, self.state.as_deref()),
            code,
            why,
        )
    }
}

/// The application that somebody is on the way to, and the origin that the way leads through; `None`
/// for a request that is none.
pub fn destination(snapshot: &Snapshot, brought: &Brought) -> Option<Destination> {
    let request = Request::asked(snapshot, brought)?;
    let uri = url::Url::parse(&request.redirect_uri).ok()?;
    let origin = match uri.scheme() {
        "http" | "https" => uri[..url::Position::BeforePath].to_owned(),
        // An app's own scheme: browsers take it as a source by itself.
        scheme => format!("{scheme}:"),
    };
    Some(Destination {
        application: request.client.application.pk.clone(),
        origins: vec![origin],
    })
}
