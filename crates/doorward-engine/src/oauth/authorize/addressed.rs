//! A client and where it may be answered, and each parameter of its request, or why not.
//!
//! Leaves what all of them ask together to `request`. Rule: nothing is told to an address before it was
//! approved; what can be told to the client from then on goes there.

use std::sync::Arc;

use doorward_protocol::oauth::{
    Challenge, ClaimsRequest, ErrorCode, Parameters, ResponseMode, ResponseType, Scopes,
};
use doorward_protocol::redirect::registered::{RedirectUse, approve};

use super::answer::Answer;
use super::request::{PageRefusal, Refusal, Refused};
use super::{Brought, Client, Unanswerable};
use crate::broken::{self, Mutant};
use crate::oauth::bound_key::{self, BOUND_KEY};
use crate::oauth::proof;
use crate::oauth::wished::is_unmet;
use crate::snapshot::Snapshot;

const STATE_BYTES_MAX: usize = 4096;
/// So much of an address that was not approved is looked at; none that can be is longer.
const ASKED_CHARS_MAX: usize = 2048;
const RESOURCES_MAX: usize = 10;

/// A client and where it may be answered: enough to refuse something to it.
pub(super) struct Addressed {
    pub(super) client: Arc<Client>,
    pub(super) issuer: String,
    pub(super) redirect_uri: String,
    pub(super) mode: ResponseMode,
    pub(super) state: Option<String>,
}

impl Addressed {
    pub(super) fn read(snapshot: &Snapshot, asked: &Parameters) -> Result<Self, Refusal> {
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

    pub(super) fn refused(&self, code: ErrorCode, why: &str) -> Refusal {
        let to = (&*self.redirect_uri, self.mode);
        let said = (&*self.issuer, self.state.as_deref());
        Refusal::Answer(Box::new(Refused {
            code,
            why: why.to_owned(),
            answer: Answer::refusal(to, said, code, why),
        }))
    }

    /// A text that comes back to the client.
    pub(super) fn bounded(
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
    pub(super) fn check_unsupported(&self, asked: &Parameters) -> Result<(), Refusal> {
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
    pub(super) fn check_strict(
        &self,
        brought: &Brought,
        kind: ResponseType,
    ) -> Result<(), Refusal> {
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

    pub(super) fn response_type(&self, asked: &Parameters) -> Result<ResponseType, Refusal> {
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

    pub(super) fn mode(
        &self,
        asked: &Parameters,
        kind: ResponseType,
    ) -> Result<ResponseMode, Refusal> {
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
    pub(super) fn scopes(&self, asked: &Parameters, kind: ResponseType) -> Result<Scopes, Refusal> {
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
    pub(super) fn challenge(
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
    pub(super) fn check_bound(&self, kind: ResponseType) -> Result<(), Refusal> {
        if self.client.provider.dpop_bound_access_tokens && kind.has_token() {
            let why = "The client's tokens are bound to keys; they come from the token endpoint.";
            return Err(self.refused(ErrorCode::UnsupportedResponseType, why));
        }
        Ok(())
    }

    pub(super) fn thumbprint(&self, asked: &Parameters) -> Result<Option<String>, Refusal> {
        let named = proof::named_key(asked);
        named.map_err(|why| self.refused(ErrorCode::InvalidRequest, why))
    }

    /// An ID token is bound to a key where the key is proven: at the token endpoint.
    pub(super) fn check_key(
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

    pub(super) fn max_age(&self, asked: &Parameters) -> Result<Option<i64>, Refusal> {
        let Some(text) = asked.get("max_age") else {
            return Ok(self.client.provider.default_max_age);
        };
        let number = text.parse().ok().filter(|seconds: &i64| *seconds >= 0);
        let why = "The max_age must be a whole number of seconds.";
        let number = number.ok_or_else(|| self.refused(ErrorCode::InvalidRequest, why))?;
        Ok(Some(number))
    }

    pub(super) fn prompt<'a>(&self, asked: &'a Parameters) -> Result<Vec<&'a str>, Refusal> {
        let words = asked.get("prompt").unwrap_or_default().split(' ');
        let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
        if words.contains(&"none") && words.len() > 1 {
            let why = "prompt=none stands alone.";
            return Err(self.refused(ErrorCode::InvalidRequest, why));
        }
        Ok(words)
    }

    /// OpenID Connect Core §5.5; an essential `acr` that nobody can be signed in with fails (§5.5.1.1).
    pub(super) fn claims(
        &self,
        asked: &Parameters,
        scopes: &Scopes,
    ) -> Result<ClaimsRequest, Refusal> {
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
    pub(super) fn resources(&self, asked: &Parameters) -> Result<Vec<String>, Refusal> {
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
