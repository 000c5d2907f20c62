//! The access token of a request (RFC 6750).

use doorward_protocol::oauth::Parameters;
use http::HeaderMap;
use http::header::AUTHORIZATION;

/// The one token that a request brings, in its header or in its form; `Err` if it brings several
/// (RFC 6750 §2).
pub(super) fn token(headers: &HeaderMap, form: Option<&Parameters>) -> Result<Option<String>, ()> {
    let mut found = Vec::new();
    for value in headers.get_all(AUTHORIZATION) {
        let (scheme, rest) = value
            .to_str()
            .unwrap_or_default()
            .split_once(' ')
            .unwrap_or_default();
        if scheme.eq_ignore_ascii_case("bearer") {
            found.push(rest.trim().to_owned());
        }
    }
    found.extend(
        form.and_then(|form| form.get("access_token"))
            .map(str::to_owned),
    );
    match found.len() {
        0 => Ok(None),
        1 => Ok(found.pop()),
        _ => Err(()),
    }
}
