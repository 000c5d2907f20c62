//! The members of a registration, and what may stand together.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::addresses::{check_asked, check_https, check_redirects};
use super::{ApplicationType, AuthMethod, MetadataError, REGISTRATION_MAX_BYTES};
use crate::oauth::{ResponseType, Scopes};
use crate::redirect::registered::RedirectUse;

const NAME_CHARS_MAX: usize = 80;
const TEXT_BYTES_MAX: usize = 255;
const CONTACTS_MAX: usize = 10;
const WORDS_MAX: usize = 20;
/// Ten years.
const MAX_AGE_S_MAX: i64 = 315_360_000;

/// What a client says of itself. A member that is `null` is one that is not there (RFC 7592 §2.2).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are the standards' own")]
pub struct Metadata {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_uris: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post_logout_redirect_uris: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_types: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_types: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contacts: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sector_identifier_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token_signed_response_alg: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_signed_response_alg: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiate_login_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_session_required: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frontchannel_logout_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frontchannel_logout_session_required: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dpop_bound_access_tokens: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_pushed_authorization_requests: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_max_age: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_auth_time: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
    /// Of a change alone (RFC 7592 §2.2): who it is.
    #[serde(skip_serializing)]
    pub client_id: Option<String>,
    /// Of a change alone: what it has.
    #[serde(skip_serializing)]
    pub client_secret: Option<String>,
    /// What we cannot do for one client, and a client may not believe that we do.
    #[serde(flatten, skip_serializing)]
    others: Map<String, Value>,
}

/// Whoever asks for one of these would be answered less safely than they asked for.
const REFUSED: [&str; 4] = [
    "id_token_encrypted_response_alg",
    "userinfo_encrypted_response_alg",
    "authorization_encrypted_response_alg",
    "introspection_encrypted_response_alg",
];

impl Metadata {
    /// Reads a registration, fills in what the standards say of what is missing, and checks it.
    ///
    /// # Errors
    ///
    /// [`MetadataError`], for the first thing that is wrong.
    pub fn read(body: &[u8]) -> Result<Self, MetadataError> {
        if body.len() > REGISTRATION_MAX_BYTES {
            let why = format!("A registration has at most {REGISTRATION_MAX_BYTES} bytes.");
            return Err(MetadataError::new(why));
        }
        let said: Self = serde_json::from_slice(body).map_err(|error| {
            let why = "The body is not a JSON object of client metadata";
            MetadataError::new(format!("{why}: {error}."))
        })?;
        let said = said.completed();
        said.check()?;
        Ok(said)
    }

    fn completed(mut self) -> Self {
        let words = |all: &[&str]| Some(all.iter().map(|one| (*one).to_owned()).collect());
        self.grant_types = self.grant_types.or_else(|| words(&["authorization_code"]));
        if self.response_types.is_none() {
            let by_code = self.has_grant("authorization_code");
            self.response_types = words(if by_code { &["code"] } else { &[] });
        }
        let method = || AuthMethod::Basic.word().to_owned();
        self.token_endpoint_auth_method.get_or_insert_with(method);
        self.application_type
            .get_or_insert_with(|| "web".to_owned());
        // `subject_type` is as it is where the client registers.
        self
    }

    fn check(&self) -> Result<(), MetadataError> {
        self.check_texts()?;
        self.check_others()?;
        self.check_addresses()?;
        self.check_flows()?;
        self.check_keys()?;
        let subject = self.subject_type.as_deref();
        one_of("subject_type", subject, &["public", "pairwise"])?;
        match self.default_max_age {
            Some(age) if !(0..=MAX_AGE_S_MAX).contains(&age) => Err(MetadataError::new(
                "default_max_age is no number of seconds.",
            )),
            _ => Ok(()),
        }
    }

    fn check_texts(&self) -> Result<(), MetadataError> {
        let name = self.client_name.as_deref().unwrap_or("x");
        if name.trim().is_empty() || name.chars().count() > NAME_CHARS_MAX || is_odd(name) {
            let why = format!("client_name has 1 to {NAME_CHARS_MAX} characters in one line.");
            return Err(MetadataError::new(why));
        }
        let contacts = self.contacts.as_deref().unwrap_or_default();
        if contacts.len() > CONTACTS_MAX {
            let why = format!("At most {CONTACTS_MAX} contacts can be named.");
            return Err(MetadataError::new(why));
        }
        let software = [&self.software_id, &self.software_version];
        let all = contacts.iter().chain(software.into_iter().flatten());
        if all
            .into_iter()
            .any(|one| one.len() > TEXT_BYTES_MAX || is_odd(one))
        {
            let why = "contacts, software_id and software_version are lines of at most 255 bytes.";
            return Err(MetadataError::new(why));
        }
        match self.scope.as_deref().map(Scopes::parse) {
            Some(Err(error)) => Err(MetadataError::new(format!("scope: {error}."))),
            _ => Ok(()),
        }
    }

    fn check_others(&self) -> Result<(), MetadataError> {
        let asked = |name: &&&str| {
            self.others
                .get(**name)
                .is_some_and(|value| !value.is_null())
        };
        match REFUSED.iter().find(asked) {
            Some(name) => Err(MetadataError::new(format!(
                "{name}: answers are not encrypted for registered clients."
            ))),
            None => Ok(()),
        }
    }

    fn check_addresses(&self) -> Result<(), MetadataError> {
        let application = one_of(
            "application_type",
            self.application_type.as_deref(),
            &["web", "native"],
        );
        application?;
        let (answers, leaving) = (self.redirects(), self.leaving());
        let application = self.application();
        check_redirects(answers, RedirectUse::Authorization, application)?;
        check_redirects(leaving, RedirectUse::Logout, application)?;
        let named = [
            ("client_uri", &self.client_uri),
            ("policy_uri", &self.policy_uri),
            ("tos_uri", &self.tos_uri),
            ("initiate_login_uri", &self.initiate_login_uri),
            ("backchannel_logout_uri", &self.backchannel_logout_uri),
            ("frontchannel_logout_uri", &self.frontchannel_logout_uri),
        ];
        check_asked("jwks_uri", self.jwks_uri.as_deref())?;
        check_asked("logo_uri", self.logo_uri.as_deref())?;
        let sector = self.sector_identifier_uri.as_deref();
        check_asked("sector_identifier_uri", sector)?;
        named
            .into_iter()
            .try_for_each(|(name, address)| check_https(name, address.as_deref()))
    }

    /// RFC 7591 §2.1: the two lists agree, and whoever is answered in a browser says where.
    fn check_flows(&self) -> Result<(), MetadataError> {
        let grants = self.grants();
        if grants.is_empty() || grants.len() > WORDS_MAX {
            return Err(MetadataError::new("grant_types names 1 to 20 grant types."));
        }
        let types = self.response_types()?;
        for one in &types {
            let has = |grant: &str| self.has_grant(grant);
            let (code, implicit) = match one.grant_type() {
                "authorization_code" => (true, false),
                "implicit" => (false, true),
                _ => (true, true),
            };
            if (code && !has("authorization_code")) || (implicit && !has("implicit")) {
                let why = format!("response_types: {} needs more grant_types.", one.word());
                return Err(MetadataError::new(why));
            }
        }
        if types.is_empty() && self.has_grant("authorization_code") {
            return Err(MetadataError::new(
                "grant_types: authorization_code needs response_types.",
            ));
        }
        if !types.is_empty() && self.redirects().is_empty() {
            let why = "redirect_uris must name where the client is answered.";
            return Err(MetadataError::redirect(why));
        }
        if self.method()? == AuthMethod::None && self.has_grant("client_credentials") {
            let why = "A client that proves nothing cannot have client_credentials.";
            return Err(MetadataError::new(why));
        }
        Ok(())
    }

    fn check_keys(&self) -> Result<(), MetadataError> {
        let by_key = self.method()? == AuthMethod::PrivateKeyJwt;
        match (&self.jwks, &self.jwks_uri) {
            (Some(_), Some(_)) => Err(MetadataError::new("Give jwks or jwks_uri, not both.")),
            (None, None) if by_key => Err(MetadataError::new(
                "private_key_jwt needs jwks or jwks_uri.",
            )),
            _ => Ok(()),
        }
    }

    /// How it proves itself.
    ///
    /// # Errors
    ///
    /// For a way that we do not have.
    pub fn method(&self) -> Result<AuthMethod, MetadataError> {
        let word = self.token_endpoint_auth_method.as_deref();
        let word = word.unwrap_or(AuthMethod::Basic.word());
        let found = AuthMethod::ALL.into_iter().find(|one| one.word() == word);
        let known = AuthMethod::ALL.map(AuthMethod::word).join(", ");
        let why = || format!("token_endpoint_auth_method is one of {known}.");
        found.ok_or_else(|| MetadataError::new(why()))
    }

    /// What it is answered with.
    ///
    /// # Errors
    ///
    /// For one that we do not have.
    pub fn response_types(&self) -> Result<Vec<ResponseType>, MetadataError> {
        let said = self.response_types.as_deref().unwrap_or_default();
        if said.len() > WORDS_MAX {
            return Err(MetadataError::new("response_types names at most 20."));
        }
        let one = |text: &String| {
            ResponseType::parse(text)
                .ok_or_else(|| MetadataError::new("response_types: there is no such type."))
        };
        said.iter().map(one).collect()
    }

    /// The ways to tokens.
    pub fn grants(&self) -> &[String] {
        self.grant_types.as_deref().unwrap_or_default()
    }

    fn has_grant(&self, grant: &str) -> bool {
        self.grants().iter().any(|one| one == grant)
    }

    /// Where it may be answered.
    pub fn redirects(&self) -> &[String] {
        self.redirect_uris.as_deref().unwrap_or_default()
    }

    /// Where people may go who have signed out.
    pub fn leaving(&self) -> &[String] {
        self.post_logout_redirect_uris
            .as_deref()
            .unwrap_or_default()
    }

    fn application(&self) -> ApplicationType {
        match self.application_type.as_deref() {
            Some("native") => ApplicationType::Native,
            _ => ApplicationType::Web,
        }
    }

    /// Whether people are known to it by a name that only its sector has.
    pub fn is_pairwise(&self) -> bool {
        self.subject_type.as_deref() == Some("pairwise")
    }
}

fn one_of(name: &str, said: Option<&str>, known: &[&str]) -> Result<(), MetadataError> {
    match said {
        Some(said) if !known.contains(&said) => {
            let why = format!("{name} is one of {}.", known.join(", "));
            Err(MetadataError::new(why))
        }
        _ => Ok(()),
    }
}

/// Characters that do not stay in their line, or turn it round.
fn is_odd(text: &str) -> bool {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().any(|c| c.is_control() || turns(c))
}
