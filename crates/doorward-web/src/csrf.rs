//! Requests that another site made the browser send: refused twice over.
//!
//! Every form carries a token (a MAC of what the form belongs to, masked anew in each response, so
//! that compression gives nothing away), and the browser's own word on where the request comes
//! from is asked (`Sec-Fetch-Site`, else `Origin`). Leaves to others: which handlers change
//! something. Rule: a missing header is no proof of innocence for a form; its token still counts.

use doorward_protocol::cookie::SetCookie;
use doorward_protocol::encoding::{base64url, from_base64url, random_bytes};
use doorward_protocol::seal::{Keys, Purpose};
use http::header::{HOST, HeaderName, ORIGIN};
use http::{HeaderMap, HeaderValue};
use url::Url;

use crate::extract::Asked;
use crate::state::AppState;

/// The cookie that scripts of our own origin copy into [`HEADER`]; authentik's name.
pub const COOKIE: &str = "authentik_csrf";
/// The header in which API calls with a session carry their token; authentik's name.
pub const HEADER: &str = "x-authentik-csrf";

static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const TAG_BYTES: usize = 32;

/// What a token belongs to; it is worth nothing for anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject<'a> {
    /// A flow's run, by its id.
    Run(&'a str),
    /// A central session, by its id.
    Session(&'a str),
    /// Something else of one browser, by a word and a value that only this browser has.
    Other(&'a str, &'a str),
}

impl Subject<'_> {
    fn text(self) -> String {
        match self {
            Self::Run(id) => format!("run\0{id}"),
            Self::Session(id) => format!("session\0{id}"),
            Self::Other(word, value) => format!("other {word}\0{value}"),
        }
    }
}

/// A token for a form or a cookie; no two are alike.
pub fn issue(keys: &Keys, subject: Subject<'_>) -> String {
    let tag = keys.mac(Purpose::Csrf, subject.text().as_bytes());
    let mask = random_bytes::<TAG_BYTES>();
    let mut token = mask.to_vec();
    token.extend(tag.iter().zip(mask).map(|(tag, mask)| tag ^ mask));
    base64url(token)
}

/// Whether `token` was issued for `subject`.
pub fn fits(keys: &Keys, subject: Subject<'_>, token: &str) -> bool {
    let Some(token) = from_base64url(token).filter(|token| token.len() == 2 * TAG_BYTES) else {
        return false;
    };
    let (mask, masked) = token.split_at(TAG_BYTES);
    let tag: Vec<u8> = mask
        .iter()
        .zip(masked)
        .map(|(mask, masked)| mask ^ masked)
        .collect();
    keys.verify_mac(Purpose::Csrf, subject.text().as_bytes(), &tag)
}

/// Whether a form came from our own page: not from another site, and with the token of `subject`.
pub(crate) fn is_ours(
    state: &AppState,
    asked: &Asked,
    headers: &HeaderMap,
    subject: Subject<'_>,
    token: &str,
) -> bool {
    !is_foreign(state, asked, headers) && fits(&state.engine.keys, subject, token)
}

/// Whether the browser says that the request comes from another site (or cannot say which).
///
/// Where it says nothing at all, the request does not count as foreign: programs send neither
/// header, and a form still has its token.
pub fn is_foreign(state: &AppState, asked: &Asked, headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get(&SEC_FETCH_SITE) {
        return site != "same-origin" && site != "none";
    }
    let Some(origin) = headers.get(ORIGIN) else {
        return false;
    };
    let Some(origin) = origin
        .to_str()
        .ok()
        .and_then(|origin| Url::parse(origin).ok())
    else {
        return true;
    };
    let public = state.engine.snapshot().public_url();
    let is_public = public.is_some_and(|public| public.origin() == origin.origin());
    !is_public && !names_host(&origin, asked, headers)
}

/// Whether an origin is the host that was asked; a page elsewhere cannot choose that.
fn names_host(origin: &Url, asked: &Asked, headers: &HeaderMap) -> bool {
    let authority = origin.authority();
    let own = asked.host.as_ref().map(ToString::to_string);
    let sent = headers.get(HOST).and_then(|host| host.to_str().ok());
    own.is_some_and(|own| own.eq_ignore_ascii_case(authority))
        || sent.is_some_and(|sent| sent.eq_ignore_ascii_case(authority))
}

/// Whether an API call with this session carries its token.
pub fn has_api_token(keys: &Keys, session_id: &str, headers: &HeaderMap) -> bool {
    let token = headers.get(HEADER).and_then(|token| token.to_str().ok());
    token.is_some_and(|token| fits(keys, Subject::Session(session_id), token))
}

/// The cookie that gives scripts of our own origin their token.
///
/// # Panics
/// Never: the token is base64url.
pub fn api_cookie(
    keys: &Keys,
    session_id: &str,
    secure: bool,
    max_age_s: Option<i64>,
) -> HeaderValue {
    let token = issue(keys, Subject::Session(session_id));
    let cookie = SetCookie::new(COOKIE, &token)
        .http_only(false)
        .secure(secure);
    let cookie = match max_age_s {
        Some(seconds) => cookie.max_age_s(seconds),
        None => cookie,
    };
    cookie.header().expect("base64url fits a cookie")
}

/// Takes that cookie away.
///
/// # Panics
/// Never: an empty cookie is well formed.
pub fn api_cookie_ended(secure: bool) -> HeaderValue {
    let cookie = SetCookie::expired(COOKIE).http_only(false).secure(secure);
    cookie.header().expect("an empty cookie is well formed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_protocol::seal::RingKey;

    fn keys() -> Keys {
        Keys::new(vec![RingKey::new("k1", [1; 32]).unwrap()], "k1").unwrap()
    }

    #[test]
    fn a_token_fits_what_it_was_issued_for_and_nothing_else() {
        let keys = keys();
        let token = issue(&keys, Subject::Run("a"));
        assert!(fits(&keys, Subject::Run("a"), &token));
        for other in [
            Subject::Run("b"),
            Subject::Session("a"),
            Subject::Other("run", "a"),
        ] {
            assert!(!fits(&keys, other, &token), "{other:?}");
        }
        for wrong in ["", "A", &token[1..], &token.replace(&token[..4], "AAAA")] {
            assert!(!fits(&keys, Subject::Run("a"), wrong), "{wrong}");
        }
    }

    #[test]
    fn no_two_tokens_are_alike() {
        let keys = keys();
        assert_ne!(
            issue(&keys, Subject::Run("a")),
            issue(&keys, Subject::Run("a"))
        );
    }
}
