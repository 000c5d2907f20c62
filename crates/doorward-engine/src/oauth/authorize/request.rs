//! From the parameters of a request to what it asks, or why it cannot be.
//!
//! Pure: no store, no clock. Rule: the client first, then its address, then everything else, so that
//! nothing is told to an address that was not approved.

use std::sync::Arc;

use doorward_protocol::oauth::{
    Challenge, ClaimsRequest, ErrorCode, Parameters, ResponseMode, ResponseType, Scopes,
    is_thumbprint,
};
use doorward_protocol::redirect::registered::{RedirectUse, UriRefusal, approve};

use serde_json::Value;

use super::answer::Answer;
use super::{Brought, Client, Unanswerable};
use crate::broken::{self, Mutant};
use crate::flow::Insist;
use crate::oauth::bound_key::{self, BOUND_KEY, verify_hint};
use crate::oauth::wished::is_unmet;
use crate::outpost::Destination;
use crate::person::Person;
use crate::snapshot::Snapshot;

const STATE_BYTES_MAX: usize = 4096;
const NONCE_BYTES_MAX: usize = 1024;
const HINT_BYTES_MAX: usize = 255;
/// So much of an address that was not approved is looked at; none that can be is longer.
const ASKED_CHARS_MAX: usize = 2048;
const RESOURCES_MAX: usize = 10;

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

/// A client and where it may be answered: enough to refuse something to it.
struct Addressed {
    client: Arc<Client>,
    issuer: String,
    redirect_uri: String,
    mode: ResponseMode,
    state: Option<String>,
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

impl Addressed {
    fn read(snapshot: &Snapshot, asked: &Parameters) -> Result<Self, Refusal> {
        let page = |refusal, client: Option<&Arc<Client>>| {
            Refusal::Page(Box::new(Unanswerable::page(refusal, client)))
        };
        let id = asked
            .get("client_id")
            .ok_or_else(|| page(PageRefusal::NoClient, None))?;
        let client = snapshot.oauth.named(id);
        let client = client.ok_or_else(|| page(PageRefusal::UnknownClient, None))?;
        let uri = asked.get("redirect_uri").unwrap_or_default();
        let approved = approve(uri, &client.redirect_uris, RedirectUse::Authorization);
        let approved = approved.or_else(|why| broken::any_address(uri).ok_or(why));
        let redirect_uri = approved.map_err(|why| {
            let asked = uri.chars().take(ASKED_CHARS_MAX).collect();
            let refusal = PageRefusal::RedirectUri { asked, why };
            page(refusal, Some(client))
        })?;
        let at = client.addresses(snapshot.public_url().as_ref());
        let at = at.ok_or_else(|| page(PageRefusal::NoAddress, Some(client)))?;
        // Until the mode is known, refusals go where the response type would have gone.
        let response_type = asked.get("response_type").and_then(ResponseType::parse);
        let mode = response_type.map_or(ResponseMode::Query, ResponseType::default_mode);
        let said = asked.get("response_mode").and_then(ResponseMode::parse);
        let to = Self {
            client: Arc::clone(client),
            issuer: at.issuer().to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            mode: said
                .filter(|one| allows(mode, *one))
                .filter(|one| *one != ResponseMode::FormPost || is_web(redirect_uri))
                .unwrap_or(mode),
            state: None,
        };
        let state = to.bounded(asked, "state", STATE_BYTES_MAX)?;
        Ok(Self { state, ..to })
    }

    fn refused(&self, code: ErrorCode, why: &str) -> Refusal {
        let to = (&*self.redirect_uri, self.mode);
        let said = (&*self.issuer, self.state.as_deref());
        Refusal::Answer(Box::new(Refused {
            code,
            why: why.to_owned(),
            answer: Answer::refusal(to, said, code, why),
        }))
    }

    /// A text that comes back to the client.
    fn bounded(
        &self,
        asked: &Parameters,
        name: &str,
        bytes_max: usize,
    ) -> Result<Option<String>, Refusal> {
        match asked.get(name) {
            Some(text) if text.len() > bytes_max => {
                let why = format!("The {name} is longer than {bytes_max} bytes.");
                Err(self.refused(ErrorCode::InvalidRequest, &why))
            }
            text => Ok(text.map(str::to_owned)),
        }
    }

    /// OpenID Connect Core §3.1.2.6: what is not done is refused, never ignored.
    fn check_unsupported(&self, asked: &Parameters) -> Result<(), Refusal> {
        for (name, code) in [
            ("request", ErrorCode::RequestNotSupported),
            ("request_uri", ErrorCode::RequestUriNotSupported),
            ("registration", ErrorCode::RegistrationNotSupported),
            ("authorization_details", ErrorCode::InvalidRequest),
        ] {
            if asked.get(name).is_some() && !broken::is(Mutant::RequestObjectIgnored) {
                let why = format!("The parameter {name} is not supported.");
                return Err(self.refused(code, &why));
            }
        }
        Ok(())
    }

    /// What a client asks whose requests have to be sent ahead comes so, with a code alone for an
    /// answer (FAPI 2.0 Security Profile §5.3.2).
    fn check_strict(&self, brought: &Brought, kind: ResponseType) -> Result<(), Refusal> {
        if !self.client.provider.require_pushed_authorization_requests {
            return Ok(());
        }
        if !brought.is_pushed() {
            let why = "The client has to send its requests ahead (RFC 9126).";
            return Err(self.refused(ErrorCode::InvalidRequest, why));
        }
        if kind.has_token() || kind.has_id_token() {
            let why = "A client that sends its requests ahead is answered with a code alone.";
            return Err(self.refused(ErrorCode::UnsupportedResponseType, why));
        }
        Ok(())
    }

    fn response_type(&self, asked: &Parameters) -> Result<ResponseType, Refusal> {
        let Some(text) = asked.get("response_type") else {
            return Err(self.refused(ErrorCode::InvalidRequest, "The response_type is missing."));
        };
        let Some(found) = ResponseType::parse(text) else {
            let why = "There is no such response_type.";
            return Err(self.refused(ErrorCode::UnsupportedResponseType, why));
        };
        let needed = found.grant_type();
        if self.client.may(needed) {
            return Ok(found);
        }
        let why = format!("The client's grant types do not have {needed}.");
        Err(self.refused(ErrorCode::UnauthorizedClient, &why))
    }

    fn mode(&self, asked: &Parameters, kind: ResponseType) -> Result<ResponseMode, Refusal> {
        let Some(word) = asked.get("response_mode") else {
            return Ok(if broken::is(Mutant::QueryForFragment) {
                ResponseMode::Query
            } else {
                kind.default_mode()
            });
        };
        let found = ResponseMode::parse(word).filter(|one| allows(kind.default_mode(), *one));
        let is_web = is_web(&self.redirect_uri);
        let found = found.filter(|one| is_web || *one != ResponseMode::FormPost);
        let why = "There is no such response_mode for this response_type and address.";
        found.ok_or_else(|| self.refused(ErrorCode::InvalidRequest, why))
    }

    /// Those that there are; without any, those that every app is meant to have, or, in the old way,
    /// all but `offline_access`.
    fn scopes(&self, asked: &Parameters, kind: ResponseType) -> Result<Scopes, Refusal> {
        let parsed = Scopes::parse(asked.get("scope").unwrap_or_default());
        let parsed =
            parsed.map_err(|why| self.refused(ErrorCode::InvalidScope, &why.to_string()))?;
        let mut scopes = self.client.known(&parsed);
        if parsed.is_empty() {
            let all = self.client.scopes.iter().map(|one| &*one.scope_name);
            let usual = ["openid", "profile", "email"];
            let is_meant = |word: &&str| {
                let is_special = ["offline_access", BOUND_KEY].contains(word);
                usual.contains(word) || self.client.provider.compatibility && !is_special
            };
            all.filter(is_meant).for_each(|word| scopes.add(word));
        }
        if kind.has_id_token() && !scopes.contains("openid") {
            let why = "An ID token needs the scope openid.";
            return Err(self.refused(ErrorCode::InvalidScope, why));
        }
        let stays = kind.has_code() && self.client.may("refresh_token");
        Ok(scopes.only(|word| word != "offline_access" || stays))
    }

    /// RFC 7636; RFC 9700 §2.1.1: a public client must use it, and `plain` is of before.
    fn challenge(
        &self,
        asked: &Parameters,
        kind: ResponseType,
    ) -> Result<Option<Challenge>, Refusal> {
        let strict = self.client.provider.require_pushed_authorization_requests;
        let compatible = self.client.provider.compatibility && !strict;
        let read = Challenge::read(
            asked.get("code_challenge"),
            asked.get("code_challenge_method"),
            compatible,
        );
        let read = read.map_err(|why| self.refused(ErrorCode::InvalidRequest, &why.to_string()))?;
        let is_needed = self.client.is_public() && !compatible || strict;
        if read.is_none() && kind.has_code() && is_needed {
            let why = "This client must send a code_challenge (PKCE, S256).";
            return Err(self.refused(ErrorCode::InvalidRequest, why));
        }
        Ok(read)
    }

    /// What is answered in an address can be bound to no key.
    fn check_bound(&self, kind: ResponseType) -> Result<(), Refusal> {
        if self.client.provider.dpop_bound_access_tokens && kind.has_token() {
            let why = "The client's tokens are bound to keys; they come from the token endpoint.";
            return Err(self.refused(ErrorCode::UnsupportedResponseType, why));
        }
        Ok(())
    }

    fn thumbprint(&self, asked: &Parameters) -> Result<Option<String>, Refusal> {
        match asked.get("dpop_jkt") {
            Some(text) if !is_thumbprint(text) => {
                let why = "The dpop_jkt is no thumbprint of a key (RFC 7638, SHA-256).";
                Err(self.refused(ErrorCode::InvalidRequest, why))
            }
            text => Ok(text.map(str::to_owned)),
        }
    }

    /// An ID token is bound to a key where the key is proven: at the token endpoint.
    fn check_key(
        &self,
        scopes: &Scopes,
        jkt: Option<&str>,
        kind: ResponseType,
    ) -> Result<(), Refusal> {
        let at_once = kind.has_id_token() || kind.has_token();
        let why = match bound_key::lacks(scopes, jkt) {
            Some(why) => why,
            None if scopes.contains(BOUND_KEY) && at_once => {
                "The scope bound_key goes with response_type=code."
            }
            None => return Ok(()),
        };
        Err(self.refused(ErrorCode::InvalidRequest, why))
    }

    fn max_age(&self, asked: &Parameters) -> Result<Option<i64>, Refusal> {
        let Some(text) = asked.get("max_age") else {
            return Ok(self.client.provider.default_max_age);
        };
        let number = text.parse().ok().filter(|seconds: &i64| *seconds >= 0);
        let why = "The max_age must be a whole number of seconds.";
        let number = number.ok_or_else(|| self.refused(ErrorCode::InvalidRequest, why))?;
        Ok(Some(number))
    }

    fn prompt<'a>(&self, asked: &'a Parameters) -> Result<Vec<&'a str>, Refusal> {
        let words = asked.get("prompt").unwrap_or_default().split(' ');
        let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
        if words.contains(&"none") && words.len() > 1 {
            let why = "prompt=none stands alone.";
            return Err(self.refused(ErrorCode::InvalidRequest, why));
        }
        Ok(words)
    }

    /// OpenID Connect Core §5.5; an essential `acr` that nobody can be signed in with fails (§5.5.1.1).
    fn claims(&self, asked: &Parameters, scopes: &Scopes) -> Result<ClaimsRequest, Refusal> {
        let Some(text) = asked.get("claims") else {
            return Ok(ClaimsRequest::default());
        };
        let read = ClaimsRequest::read(text);
        let read = read.map_err(|why| self.refused(ErrorCode::InvalidRequest, &why.to_string()))?;
        if !scopes.contains("openid") {
            return Ok(ClaimsRequest::default());
        }
        if is_unmet(&read.id_token) {
            let why = "Nobody can be signed in here in the way that acr asks for.";
            return Err(self.refused(ErrorCode::UnmetAuthenticationRequirements, why));
        }
        Ok(read)
    }

    /// RFC 8707 §2: whole addresses without a fragment.
    fn resources(&self, asked: &Parameters) -> Result<Vec<String>, Refusal> {
        resources(&self.client, asked).map_err(|why| self.refused(ErrorCode::InvalidTarget, why))
    }
}

/// What a request names as resources, of those that an operator has listed: every client's tokens
/// are signed with the same key, and whoever takes them looks at `aud`. `Err` says what is wrong.
pub(in crate::oauth) fn resources(
    client: &Client,
    asked: &Parameters,
) -> Result<Vec<String>, &'static str> {
    let all: Vec<_> = asked.all("resource").map(str::to_owned).collect();
    let is_known = |one: &String| is_resource(one) && client.has_resource(one);
    if all.len() <= RESOURCES_MAX && all.iter().all(is_known) {
        return Ok(all);
    }
    Err("The resource is not one of those that the client may have tokens for.")
}

/// Whether a form can be posted there.
fn is_web(uri: &str) -> bool {
    uri.starts_with("https://") || uri.starts_with("http://")
}

fn is_resource(text: &str) -> bool {
    text.len() <= 2048 && url::Url::parse(text).is_ok_and(|url| url.fragment().is_none())
}

/// What stands in the fragment by default must not stand in a query, where logs keep it
/// (OAuth 2.0 Multiple Response Type Encoding Practices §3).
fn allows(default: ResponseMode, wanted: ResponseMode) -> bool {
    default == ResponseMode::Query || wanted != ResponseMode::Query
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
