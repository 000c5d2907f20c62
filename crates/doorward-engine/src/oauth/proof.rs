//! Proofs that a client holds a key (`DPoP`, RFC 9449), and what is bound to the key.
//!
//! Leaves what a proof must say to `protocol::oauth`. Rules: a proof counts once, by one conditional
//! insert in the commit that it is used for, so that nobody who proves nothing writes a row; what is
//! bound to a key is worth nothing without a proof of that key.

use doorward_protocol::jose::Algorithm;
use doorward_protocol::oauth::{
    ErrorCode, Expected, PROOF_ALGORITHMS, Parameters, Proof, ProofError, is_thumbprint,
};
use doorward_store::one_time::{self, Purpose};
use doorward_store::{StoreError, Tx};
use serde_json::{Map, Value, json};

use super::bearer::At;
use super::client::Client;
use super::token::TokenRefusal;
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::session::hash_text;
use crate::snapshot::Snapshot;

impl From<ProofError> for TokenRefusal {
    fn from(error: ProofError) -> Self {
        Self::new(ErrorCode::InvalidDpopProof, error.to_string())
    }
}

/// The proof of a request at one of the endpoints that clients share, if it brings one.
pub(super) fn at_endpoint(
    (snapshot, ctx): (&Snapshot, &Context),
    client: &Client,
    endpoint: &str,
    shown: &[String],
) -> Result<Option<Proof>, TokenRefusal> {
    if shown.is_empty() {
        return Ok(None);
    }
    let expected = Expected {
        method: "POST",
        address: &address(snapshot, client, endpoint)?,
        now_s: ctx.now / 1000,
        access_token: None,
    };
    Ok(Proof::read(shown.iter().map(String::as_str), expected)?)
}

/// The key that a request names for its code (RFC 9449 §10).
pub(super) fn named_key(asked: &Parameters) -> Result<Option<String>, &'static str> {
    let jkt = asked.get("dpop_jkt");
    if !jkt.is_none_or(is_thumbprint) {
        return Err("The dpop_jkt is no thumbprint of a key (RFC 7638, SHA-256).");
    }
    Ok(jkt.map(str::to_owned))
}

/// Where something is that an access token was shown at.
pub(super) fn address_of(
    snapshot: &Snapshot,
    client: &Client,
    at: At<'_>,
) -> Result<String, Fault> {
    let path = match at {
        At::Shared(endpoint) => return address(snapshot, client, endpoint),
        At::Path(path) => path,
    };
    let base = snapshot.public_url();
    let base = base.ok_or_else(|| Fault::Broken("the public address is not known".to_owned()))?;
    Ok(format!("{}{path}", base.as_str().trim_end_matches('/')))
}

/// Where an endpoint is for those who ask it.
pub(super) fn address(
    snapshot: &Snapshot,
    client: &Client,
    endpoint: &str,
) -> Result<String, Fault> {
    let at = client.addresses(snapshot.public_url().as_ref());
    let at = at.ok_or_else(|| Fault::Broken("the public address is not known".to_owned()))?;
    Ok(at.shared(endpoint))
}

impl Engine {
    /// Uses a proof up; answers whether this was the one use of it.
    pub(super) async fn spend_proof(&self, tx: &mut Tx, proof: &Proof) -> Result<bool, StoreError> {
        let hash = hash_text(&proof.once());
        let until = proof.remembered_until_s().saturating_mul(1000);
        one_time::insert_new(tx, &hash, Purpose::Proof, "{}", until).await
    }
}

/// What says in tokens which key they are bound to (RFC 9449 §6.1).
pub(super) fn confirmation(jkt: &str) -> Value {
    json!({ "jkt": jkt })
}

/// The key that claims are bound to.
pub(super) fn bound_to(claims: &Map<String, Value>) -> Option<&str> {
    claims.get("cnf")?.get("jkt")?.as_str()
}

/// The key that the data of a stored token is bound to.
pub(super) fn bound_data(data: &str) -> Option<String> {
    let claims: Map<String, Value> = serde_json::from_str(data).ok()?;
    bound_to(&claims).map(str::to_owned)
}

/// How proofs may be signed, as words.
pub fn proof_algorithms() -> [&'static str; 5] {
    PROOF_ALGORITHMS.map(Algorithm::word)
}
