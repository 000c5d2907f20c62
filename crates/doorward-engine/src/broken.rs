//! Faults made on purpose, one at a time, so that the conformance suite can show that it sees them.
//!
//! Rule: without the feature `broken`, which only tests turn on, and in every release build whatever
//! is turned on, each question is answered no while compiling, and nothing of this is in the program.

use doorward_protocol::encoding;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The environment variable that names the one.
pub const VARIABLE: &str = "BROKEN";

/// What can be broken: each stands at the very place, and `tests/it/conformance/mutants.rs` says
/// which assertion sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mutant {
    /// A code is worth something twice.
    CodeTwice,
    /// A code's second use leaves the tokens of its first.
    ReuseForgiven,
    /// Any address may be answered.
    RedirectUnregistered,
    /// The verifier is not compared.
    VerifierUnchecked,
    /// Who sends no verifier needs none.
    VerifierOptional,
    /// ID tokens do not repeat the nonce.
    NonceDropped,
    /// No nonce is needed.
    NonceOptional,
    /// `at_hash` is of something else.
    AtHashWrong,
    /// Code and ID token are not tied together.
    CHashMissing,
    /// Answers lack the client's `state`.
    StateDropped,
    /// So do refusals.
    StateDroppedInRefusals,
    /// ID tokens name another issuer.
    IssuerWrong,
    /// ID tokens are for nobody.
    AudienceWrong,
    /// A new sign-in keeps the time of the old one.
    AuthTimeStays,
    /// `prompt=login` is as if it was not said.
    PromptLoginIgnored,
    /// `prompt=none` shows a page nevertheless.
    PromptNoneAsks,
    /// `max_age` is as if it was not said.
    MaxAgeIgnored,
    /// A hint at a sign-out is believed unread.
    LogoutHintUnverified,
    /// After signing out, any address may be gone to.
    LogoutRedirectUnregistered,
    /// The session outlives the sign-out.
    LogoutKeepsSession,
    /// Logout tokens have a nonce.
    LogoutTokenWithNonce,
    /// The event of a logout token is another.
    LogoutEventWrong,
    /// Logout tokens do not say which session.
    LogoutTokenWithoutSid,
    /// Frames get more than they should.
    FrameTellsMore,
    /// A refresh token serves every client.
    RefreshOfOthers,
    /// What belongs in a fragment stands in the query.
    QueryForFragment,
    /// A form is answered by a redirect.
    QueryForForm,
    /// Signatures do not say which key.
    KidMissing,
    /// Tokens may be kept by caches.
    CacheAllowed,
    /// Scopes tell all, whether granted or not.
    ClaimsUnasked,
    /// Scope claims stand in each ID token.
    ClaimsInIdToken,
    /// Request objects are overlooked.
    RequestObjectIgnored,
    /// Userinfo is of somebody else.
    UserinfoSubWrong,
    /// The published document leaves out the one algorithm that everybody has to know.
    Rs256Unsaid,
    /// A key is gone as soon as another one signs.
    RetiredKeyDropped,
    /// Any document makes a client a member of its sector.
    SectorUnread,
    /// Everybody knows people by the same name.
    PairwiseIgnored,
    /// Userinfo is plain for those, too, who want it signed.
    UserinfoUnsigned,
    /// The picture of a client is not shown.
    LogoHidden,
    /// Nor what it promises.
    PolicyHidden,
    /// Nor its terms.
    TermsHidden,
    /// Whoever withdraws a registration still has it.
    RegistrationStays,
    /// Any token opens a registration.
    RegistrationOpen,
    /// Keys by reference are not fetched.
    JwksUriIgnored,
}

impl Mutant {
    /// The last one, for those who count them.
    pub const LAST: Self = Self::JwksUriIgnored;
}

/// Whether this is what is broken.
#[cfg(not(all(feature = "broken", debug_assertions)))]
#[must_use]
#[inline]
pub const fn is(_mutant: Mutant) -> bool {
    false
}

/// Whether this is what is broken.
///
/// # Panics
///
/// If [`VARIABLE`] names nothing that can be.
#[cfg(all(feature = "broken", debug_assertions))]
#[must_use]
pub fn is(mutant: Mutant) -> bool {
    static CHOSEN: std::sync::OnceLock<Option<Mutant>> = std::sync::OnceLock::new();
    let chosen = || {
        let name = std::env::var(VARIABLE).ok()?;
        let chosen = serde_json::from_value(name.into()).expect("a mutant's name");
        tracing::warn!(?chosen, "broken on purpose");
        Some(chosen)
    };
    *CHOSEN.get_or_init(chosen) == Some(mutant)
}

/// The same token, with a header that does not say which key signed it.
pub(crate) fn without_kid(token: &str) -> String {
    let part = |text: &str| encoding::from_base64url(text).unwrap_or_default();
    let (header, rest) = token.split_once('.').unwrap_or_default();
    let mut header: Map<String, Value> = serde_json::from_slice(&part(header)).unwrap_or_default();
    header.remove("kid");
    let header = encoding::base64url(Value::Object(header).to_string());
    format!("{header}.{rest}")
}

/// The `sid` of a token that nobody has verified.
pub(crate) fn unread_sid(token: &str) -> Option<String> {
    let claims = encoding::from_base64url(token.split('.').nth(1)?)?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    claims["sid"].as_str().map(str::to_owned)
}

/// An address that nobody has registered, if that is what is broken.
pub(crate) fn any_address(uri: &str) -> Option<&str> {
    (is(Mutant::RedirectUnregistered) && uri.starts_with("https://")).then_some(uri)
}
