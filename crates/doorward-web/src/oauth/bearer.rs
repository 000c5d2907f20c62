//! The access token of a request (RFC 6750), and the proofs beside it (RFC 9449).

use doorward_engine::oauth::Scheme;
use doorward_protocol::oauth::Parameters;
use http::HeaderMap;
use http::header::AUTHORIZATION;

/// What is said to a request that brings several tokens.
pub(crate) const SEVERAL: &str = "The token is given in more than one way.";

/// The one token that a request brings, in its header or in its form, and how; `Err` if it brings
/// several (RFC 6750 §2).
pub(crate) fn token(
    headers: &HeaderMap,
    form: Option<&Parameters>,
) -> Result<Option<(Scheme, String)>, ()> {
    let mut found = Vec::new();
    for value in headers.get_all(AUTHORIZATION) {
        let (scheme, rest) = value
            .to_str()
            .unwrap_or_default()
            .split_once(' ')
            .unwrap_or_default();
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "bearer" => Scheme::Bearer,
            "dpop" => Scheme::Dpop,
            _ => continue,
        };
        found.push((scheme, rest.trim().to_owned()));
    }
    let posted = form.and_then(|form| form.get("access_token"));
    found.extend(posted.map(|token| (Scheme::Bearer, token.to_owned())));
    match found.len() {
        0 => Ok(None),
        1 => Ok(found.pop()),
        _ => Err(()),
    }
}

/// The same where no proof is looked at: a token that was shown by itself, in the header.
pub(super) fn plain(headers: &HeaderMap) -> Result<Option<String>, ()> {
    let shown = token(headers, None)?;
    Ok(shown.and_then(|(scheme, token)| (scheme == Scheme::Bearer).then_some(token)))
}

/// The values of the headers `DPoP`; one that is no text is no proof.
pub(crate) fn proofs(headers: &HeaderMap) -> Vec<String> {
    let shown = headers.get_all("dpop").into_iter();
    let shown = shown.map(|value| value.to_str().unwrap_or_default().to_owned());
    // Two are as wrong as a thousand.
    shown.take(2).collect()
}
