//! Why the kernel did not do what it was asked, without words for HTTP.

use doorward_store::StoreError;

use super::validate::Errors;
use crate::engine::Fault;

/// An answer that is no.
#[derive(Debug)]
pub enum Refusal {
    /// Nobody has signed in.
    NotAuthenticated,
    /// Somebody has, and may not.
    Forbidden,
    /// There is no such object, as far as the caller may know.
    NotFound {
        /// The verbose name of the kind; empty for addresses that do not exist.
        model: &'static str,
    },
    /// A page beyond the last.
    InvalidPage,
    /// The kind has no such operation.
    NotAllowed,
    /// The body is wrong.
    Invalid(Errors),
    /// An outer system's fault or ours.
    Fault(Fault),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Invalid(Errors::one(
                super::validate::WHOLE,
                "This conflicts with something that was saved at the same time.",
            )),
            error => Self::Fault(error.into()),
        }
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Errors> for Refusal {
    fn from(errors: Errors) -> Self {
        Self::Invalid(errors)
    }
}
