//! `authentik_providers_oauth2.oauth2provider`, as decisions read it.

use doorward_protocol::jose::Algorithm;
use serde::Deserialize;
use serde_json::Value;

/// Whether a client can keep a secret (RFC 6749 §2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientType {
    /// It can.
    #[default]
    Confidential,
    /// It runs in a browser or on somebody's phone.
    Public,
}

/// What an app knows people by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubMode {
    /// SHA-256 of `<id>-<install id>`.
    #[default]
    HashedUserId,
    /// The integer key.
    UserId,
    /// The uuid.
    UserUuid,
    /// The user name.
    UserUsername,
    /// The e-mail address.
    UserEmail,
    /// The attribute `upn`, else the hashed key.
    UserUpn,
}

/// What tokens call this server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IssuerMode {
    /// By the application's own address.
    #[default]
    PerProvider,
    /// By the server's.
    Global,
}

/// How an app hears that somebody signed out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogoutMethod {
    /// We call it.
    #[default]
    Backchannel,
    /// The browser does.
    Frontchannel,
}

/// Which grants end with the session in which they began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndWithSession {
    /// All.
    Always,
    /// All without `offline_access`.
    #[default]
    Online,
    /// None.
    Never,
}

/// Whether clients can compare whom they know (OpenID Connect Core §8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectType {
    /// They can.
    #[default]
    Public,
    /// Only within their sector.
    Pairwise,
}

/// The provider's own settings.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches of an operator's, each by itself"
)]
pub struct Provider {
    /// Integer key.
    pub pk: i64,
    /// For operators.
    pub name: String,
    /// uuid of the flow that signs people in for this app.
    pub authentication_flow: Option<String>,
    /// uuid of the flow before the app opens.
    pub authorization_flow: Option<String>,
    /// uuid of the flow that signs out.
    pub invalidation_flow: Option<String>,
    /// uuids of the scopes that it may be granted.
    pub property_mappings: Vec<String>,
    /// Whether it can keep a secret.
    pub client_type: ClientType,
    /// The ways to a token that it may go.
    pub grant_types: Vec<String>,
    /// How it names itself.
    pub client_id: String,
    /// `minutes=1`
    pub access_code_validity: String,
    /// `hours=1`
    pub access_token_validity: String,
    /// `days=30`
    pub refresh_token_validity: String,
    /// Refresh tokens are renewed when less than this is left; zero: each time.
    pub refresh_token_threshold: String,
    /// Whether scope claims stand in ID tokens, too.
    pub include_claims_in_id_token: bool,
    /// uuid of the pair that signs.
    pub signing_key: Option<String>,
    /// uuid of the pair for which tokens are encrypted.
    pub encryption_key: Option<String>,
    /// Where it may be answered, as it was written down.
    pub redirect_uris: Vec<Value>,
    /// Where it hears that somebody signed out.
    pub logout_uri: String,
    /// How.
    pub logout_method: LogoutMethod,
    /// What it knows people by.
    pub sub_mode: SubMode,
    /// What tokens call this server.
    pub issuer_mode: IssuerMode,
    /// Providers whose tokens count as proof of a machine.
    pub jwt_federation_providers: Vec<i64>,
    /// Ours: a JWK set of the client's, with which it proves itself.
    pub(super) client_keys: Value,
    /// Ours: where the client publishes them.
    pub client_jwks_uri: String,
    /// Ours: whether clients can compare whom they know.
    pub subject_type: SubjectType,
    /// Whether its sector is its own: nobody asked whose it is, for it was not to be pairwise.
    #[serde(skip)]
    pub(super) is_alone: bool,
    /// Ours: whose name for people a client of a pairwise sector shares.
    pub sector_identifier_uri: String,
    /// Ours: how userinfo is answered.
    pub(super) userinfo_signed_response_alg: String,
    /// Ours: where the app begins a sign-in.
    pub initiate_login_uri: String,
    /// Ours: after so many seconds people sign in anew.
    pub default_max_age: Option<i64>,
    /// Ours: the provider whose name it uses.
    #[serde(rename = "issuer_provider")]
    pub issuer_pk: Option<i64>,
    /// Ours: what the client says of itself.
    pub client_metadata: Value,
    /// Ours: authentik's weak spots are kept.
    pub compatibility: bool,
    /// Ours: how long a device waits for somebody, `minutes=10`
    pub device_code_validity: String,
    /// Ours: what its tokens may be for besides itself, an address a line.
    pub resources: String,
    /// Ours: its access tokens are bound to keys (RFC 9449), without exception.
    pub dpop_bound_access_tokens: bool,
    /// Ours: its requests are sent ahead (RFC 9126), with a challenge, for a code alone.
    pub require_pushed_authorization_requests: bool,
    /// Ours: which grants end with the session.
    pub tokens_end_with_session: EndWithSession,
    /// Ours: how its tokens are signed, in the words of RFC 7518; empty: as its key does.
    pub id_token_signed_response_alg: String,
}

impl Provider {
    /// As it counts below the provider whose name it uses: tokens are verified with what that one
    /// publishes, and what it insists on, its clients do.
    pub(super) fn below(self, issuer: &Self) -> Self {
        let is_pairwise = issuer.subject_type == SubjectType::Pairwise;
        let was_public = self.subject_type == SubjectType::Public;
        Self {
            signing_key: issuer.signing_key.clone(),
            issuer_mode: issuer.issuer_mode,
            dpop_bound_access_tokens: self.dpop_bound_access_tokens
                || issuer.dpop_bound_access_tokens,
            require_pushed_authorization_requests: self.require_pushed_authorization_requests
                || issuer.require_pushed_authorization_requests,
            subject_type: if is_pairwise {
                SubjectType::Pairwise
            } else {
                self.subject_type
            },
            is_alone: is_pairwise && was_public,
            ..self
        }
    }

    /// How its userinfo is signed; `None`: not at all.
    pub(super) fn userinfo_signed_by(&self) -> Option<Algorithm> {
        Algorithm::from_word(&self.userinfo_signed_response_alg)
    }

    /// The algorithm that it wants, whatever its key is.
    pub(super) fn signed_by(&self) -> Option<Algorithm> {
        Algorithm::from_word(&self.id_token_signed_response_alg)
    }

    /// How long access tokens and ID tokens are good.
    pub(super) fn access_ms(&self) -> i64 {
        super::span_ms(&self.access_token_validity, 3600)
    }
}
