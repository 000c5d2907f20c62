//! ID tokens that are bound to a key of the client (OpenID Connect Key Binding 1.0; scope `bound_key`).
//!
//! Leaves proofs to `proof`, and the ways to tokens to `token`. Rules: only a request that named the key
//! beforehand (`dpop_jkt`) leads to a bound ID token, and only beside a proof of that key that was made for
//! the very code; what begins bound stays bound, to the same key
//! ([decision 48](../../../../docs/decisions/0048-id-tokens-bound-to-a-key.md)).

use doorward_protocol::jose::{JoseError, PublicKey, Signed, Typ, verify};
use doorward_protocol::oauth::Scopes;
use serde_json::{Value, json};

use super::keys::KeySet;

/// Asks for it.
pub(super) const BOUND_KEY: &str = "bound_key";

const NO_KEY: &str = "The scope bound_key needs the thumbprint of a key: dpop_jkt.";
const NO_ID_TOKEN: &str = "The scope bound_key binds an ID token: ask for the scope openid, too.";

/// What a request for a bound ID token lacks (§2.1, §3.1).
pub(super) fn lacks(scopes: &Scopes, jkt: Option<&str>) -> Option<&'static str> {
    if !scopes.contains(BOUND_KEY) {
        return None;
    }
    if !scopes.contains("openid") {
        return Some(NO_ID_TOKEN);
    }
    jkt.is_none().then_some(NO_KEY)
}

/// Whether ID tokens below a grant with these scopes are bound; `jkt` is what the request named (§2.3:
/// without it they must not be).
pub(super) fn binds(granted: &Scopes, jkt: Option<&str>) -> bool {
    jkt.is_some() && granted.contains(BOUND_KEY) && granted.contains("openid")
}

/// What says in an ID token which key it is bound to (§4, RFC 7800 §3.2).
pub(super) fn confirmation(key: &PublicKey) -> Value {
    json!({ "jwk": key.members() })
}

/// An ID token of ours, bound or not, that a client brings back as a hint: it proves nobody.
pub(super) fn verify_hint(hint: &str, keys: &KeySet) -> Result<Signed, JoseError> {
    verify(hint, Typ::Jwt, keys.hints()).or_else(|_| verify(hint, Typ::BoundIdToken, keys.hints()))
}
