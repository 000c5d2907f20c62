//! The words by which an endpoint says what is wrong.

/// An `error` of OAuth, OpenID Connect or one of their extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// RFC 6749 §4.1.2.1: something is missing, repeated or malformed.
    InvalidRequest,
    /// RFC 6749 §5.2: the client did not prove who it is.
    InvalidClient,
    /// RFC 6749 §5.2: the code or token is worth nothing to this client.
    InvalidGrant,
    /// RFC 6749 §4.1.2.1: the client may not do this.
    UnauthorizedClient,
    /// RFC 6749 §5.2: there is no such way.
    UnsupportedGrantType,
    /// RFC 6749 §4.1.2.1: there is no such response.
    UnsupportedResponseType,
    /// RFC 6749 §4.1.2.1: a scope is unknown, malformed or more than was granted.
    InvalidScope,
    /// RFC 6749 §4.1.2.1: the person or the server said no.
    AccessDenied,
    /// RFC 6749 §4.1.2.1: there is too much of it right now.
    TemporarilyUnavailable,
    /// RFC 8707 §2: the resource is unknown or not for this client.
    InvalidTarget,
    /// OpenID Connect Core §3.1.2.6: somebody would have to sign in.
    LoginRequired,
    /// OpenID Connect Core §3.1.2.6: somebody would have to agree.
    ConsentRequired,
    /// OpenID Connect Core §3.1.2.6: somebody would have to do something.
    InteractionRequired,
    /// OpenID Connect Core §3.1.2.6: request objects are not read.
    RequestNotSupported,
    /// OpenID Connect Core §3.1.2.6: nor are they fetched.
    RequestUriNotSupported,
    /// OpenID Connect Core §3.1.2.6: nor does a client register itself in a request.
    RegistrationNotSupported,
    /// RFC 8628 §3.5: nobody has answered yet.
    AuthorizationPending,
    /// RFC 8628 §3.5: the same, and the device asks too often.
    SlowDown,
    /// RFC 8628 §3.5: nobody answered in time.
    ExpiredToken,
    /// RFC 6750 §3.1: the token is unknown, late or revoked.
    InvalidToken,
    /// RFC 6750 §3.1: it may do less than that.
    InsufficientScope,
    /// RFC 7591 §3.2.2: an address to be sent to cannot be registered.
    InvalidRedirectUri,
    /// RFC 7591 §3.2.2: something else that a client says of itself cannot.
    InvalidClientMetadata,
    /// OpenID Connect Core Error Code `unmet_authentication_requirements` 1.0 §2: nobody can be signed in
    /// in the way that is wanted.
    UnmetAuthenticationRequirements,
    /// RFC 9449 §5: nothing proves that whoever asks holds the key.
    InvalidDpopProof,
}

impl ErrorCode {
    /// As it stands in answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::InvalidTarget => "invalid_target",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::InteractionRequired => "interaction_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::RegistrationNotSupported => "registration_not_supported",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::ExpiredToken => "expired_token",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::InvalidRedirectUri => "invalid_redirect_uri",
            Self::InvalidClientMetadata => "invalid_client_metadata",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
            Self::InvalidDpopProof => "invalid_dpop_proof",
        }
    }
}
