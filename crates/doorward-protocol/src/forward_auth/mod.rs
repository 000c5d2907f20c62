//! The words between a reverse proxy and the outpost.
//!
//! Owns what the sub-request says about the original request, the outpost's own paths and query
//! signatures, the identity headers of the answer. Leaves the decision to the engine. The rule
//! that must stay true: a request that cannot be read is an error and never a pass
//! (CVE-2021-32637), and no identity header of a request is ever read.

mod basic;
mod identity;
mod in_band;
mod original;
mod path;
mod purpose;
mod skip;

pub use basic::{Credentials, basic_authorization, basic_credentials, basic_injection, bearer};
pub use identity::{
    AppHeaders, ENTITLEMENTS, HeaderRefusal, IDENTITY_HEADERS, IdentityHeaders, MAX_VALUE_BYTES,
    PersonHeaders, additional_header, additional_value, header_value, join_names, remove_aliases,
    write_empty,
};
pub use in_band::{InBand, is_signature};
pub use original::{
    OriginalError, OriginalRequest, Proxy, Scheme, component, start_location, start_target,
};
pub use path::{Ambiguous, normalize_path};
pub use skip::{SkipRuleError, SkipRules, SkipScope};

/// The prefix of the outpost's own paths, with both slashes: only this form counts.
pub const OUTPOST_PREFIX: &str = "/outpost.goauthentik.io/";
/// The query parameter that marks a callback on any path.
pub const CALLBACK_SIGNATURE: &str = "X-authentik-auth-callback";
/// The query parameter that marks a sign-out on any path.
pub const LOGOUT_SIGNATURE: &str = "X-authentik-logout";
