//! OAuth's and OpenID Connect's own words: parameters, scopes, challenges, modes, errors, and who a
//! client says it is.
//!
//! Owns reading them within bounds and writing them. Leaves what they lead to to the engine. Rule:
//! nothing is repaired: a parameter that is sent twice, a scope with a character that none has, or
//! a challenge of a wrong length is refused in words.

mod claims;
mod client;
mod dpop;
mod error;
mod mode;
mod parameters;
mod pkce;
mod registration;
mod scope;

pub use claims::{ClaimsError, ClaimsRequest, Wish};
pub use client::{Presented, PresentedError};
pub use dpop::{Expected, PROOF_ALGORITHMS, Proof, ProofError, is_thumbprint};
pub use error::ErrorCode;
pub use mode::{ResponseMode, ResponseType, delivery_address};
pub use parameters::{Parameters, ParametersError};
pub use pkce::{Challenge, ChallengeError};
pub use registration::{
    ApplicationType, AuthMethod, Metadata, MetadataError, REGISTRATION_MAX_BYTES,
};
pub use scope::{ScopeError, Scopes};
