//! What a browser is up to with a request, as far as it says.
//!
//! Owns telling a navigation and a CORS preflight from everything else. Leaves the method to
//! `original`. The rule that must stay true: what is not said clearly is neither.

use http::header::{ACCEPT, ACCESS_CONTROL_REQUEST_METHOD, COOKIE, HeaderMap, HeaderName, ORIGIN};

const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
const WEBSOCKET_KEY: HeaderName = HeaderName::from_static("sec-websocket-key");

/// Whether the headers are those of a CORS preflight (Fetch standard, 4.8): it names an origin and
/// the method to come, and carries no cookie.
pub(super) fn is_preflight(headers: &HeaderMap) -> bool {
    headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
        && !headers.contains_key(COOKIE)
}

/// Fetch metadata (W3C) decides where the browser sends it, `Accept` where it does not.
pub(super) fn is_navigation(headers: &HeaderMap) -> bool {
    if headers.contains_key(WEBSOCKET_KEY) {
        return false;
    }
    match (headers.get(FETCH_MODE), headers.get(FETCH_DEST)) {
        (Some(mode), _) => mode == "navigate",
        (None, Some(dest)) => dest == "document",
        (None, None) => accepts_html(headers),
    }
}

fn accepts_html(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(ACCEPT).into_iter();
    let mut ranges = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    ranges.any(|range| {
        let kind = range
            .split(|byte| *byte == b';')
            .next()
            .unwrap_or_default()
            .trim_ascii();
        kind.eq_ignore_ascii_case(b"text/html")
            || kind.eq_ignore_ascii_case(b"application/xhtml+xml")
    })
}
