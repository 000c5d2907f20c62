//! Signs the claims of an access token so many times: the limit of whatever answers with one. Used by
//! `make bench` only, which takes the processor time of two such runs and divides the difference.
//!
//! ```text
//! signature_cost RS256|ES256|EdDSA SIGNATURES
//! ```

use std::error::Error;

use doorward_protocol::jose::{SigningKey, Typ, sign};
use serde_json::json;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str = "usage: signature_cost RS256|ES256|EdDSA SIGNATURES";

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let pem = pem(&words.next().ok_or(USAGE)?)?;
    let signatures: usize = words.next().ok_or(USAGE)?.parse()?;
    let key = SigningKey::from_pem(pem, None)?;
    let claims = json!({
        "iss": "https://auth.bench.example/application/o/bench-rs256/",
        "sub": "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",
        "aud": "bench-rs256", "exp": 1_800_003_600, "iat": 1_800_000_000,
        "acr": "goauthentik.io/providers/oauth2/default", "azp": "bench-rs256",
        "client_id": "bench-rs256", "uid": "kGz0a5mJ1mWJ8gQ2cK3z5A", "jti": "kGz0a5mJ1mWJ8gQ2cK3z5A",
        "scope": "profile email",
    });
    for _ in 0..signatures {
        drop(sign(&key, Typ::AccessToken, &claims)?);
    }
    Ok(())
}

/// The test keys of `doorward_protocol::jose`: RSA of 2048 bits, P-256, Ed25519.
fn pem(algorithm: &str) -> Result<&'static str, &'static str> {
    match algorithm {
        "RS256" => Ok(include_str!(
            "../../doorward-protocol/src/jose/tests/rsa.pem"
        )),
        "ES256" => Ok(include_str!(
            "../../doorward-protocol/src/jose/tests/p256.pem"
        )),
        "EdDSA" => Ok(include_str!(
            "../../doorward-protocol/src/jose/tests/ed25519.pem"
        )),
        _ => Err(USAGE),
    }
}
