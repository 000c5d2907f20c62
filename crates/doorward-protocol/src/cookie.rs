//! Reading `Cookie` and writing `Set-Cookie` (RFC 6265).
//!
//! Owns the two headers' spelling. Leaves what a value means to its reader. The rule that must
//! stay true: a name that occurs twice gives both values (a stale cookie of the parent domain must
//! not shadow the right one), and nothing unchecked reaches a `Set-Cookie`.

use std::fmt;

use http::header::{COOKIE, HeaderMap, HeaderValue};
use thiserror::Error;

/// Every name and value of all `Cookie` lines, in order. Pairs that are not UTF-8 are left out.
pub fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let lines = headers.get_all(COOKIE).into_iter();
    lines
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| {
            let (name, value) = std::str::from_utf8(pair).ok()?.split_once('=')?;
            let (name, value) = (name.trim(), value.trim());
            (!name.is_empty()).then_some((name, value))
        })
}

/// Every value of the cookie `name`, in the order the browser sent them.
pub fn find<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    pairs(headers)
        .filter(move |(found, _)| *found == name)
        .map(|(_, value)| value)
}

/// The `Cookie` header without the cookies that `hide` names; empty when none is left.
///
/// Pairs that cannot be read are left out as well.
pub fn without(headers: &HeaderMap, hide: impl Fn(&str) -> bool) -> HeaderValue {
    let mut line = String::new();
    for (name, value) in pairs(headers).filter(|(name, _)| !hide(name)) {
        if !line.is_empty() {
            line.push_str("; ");
        }
        line.push_str(name);
        line.push('=');
        line.push_str(value);
    }
    HeaderValue::from_bytes(line.as_bytes()).unwrap_or(HeaderValue::from_static(""))
}

/// The attribute `SameSite`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameSite {
    /// Sent on requests of the same site and on top-level navigations.
    Lax,
    /// Sent on requests of the same site only.
    Strict,
    /// Always sent; browsers want `Secure` beside it.
    None,
}

/// Why a cookie cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CookieError {
    /// The name is not an HTTP token.
    #[error("a cookie's name must be a token")]
    Name,
    /// The value has a letter outside RFC 6265's cookie-octet.
    #[error("a cookie's value has a letter that cannot stand there")]
    Value,
    /// Path or Domain has a control character or `;`.
    #[error("a cookie's path or domain has a letter that cannot stand there")]
    Attribute,
    /// Browsers drop cookies above 4096 bytes.
    #[error("a cookie of more than 4096 bytes")]
    TooLong,
}

/// A cookie to set. Starts as host-only, `Path=/`, `HttpOnly`, `SameSite=Lax`, for the browser's
/// session.
#[derive(Clone, PartialEq, Eq)]
pub struct SetCookie<'a> {
    name: &'a str,
    value: &'a str,
    path: &'a str,
    domain: Option<&'a str>,
    max_age_s: Option<i64>,
    secure: bool,
    http_only: bool,
    same_site: SameSite,
}

impl fmt::Debug for SetCookie<'_> {
    /// Without the value, which is a secret more often than not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetCookie")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl<'a> SetCookie<'a> {
    /// A cookie with the careful defaults named above.
    pub fn new(name: &'a str, value: &'a str) -> Self {
        let (domain, max_age_s, secure, http_only) = (None, None, false, true);
        let same_site = SameSite::Lax;
        Self {
            name,
            value,
            path: "/",
            domain,
            max_age_s,
            secure,
            http_only,
            same_site,
        }
    }

    /// Takes the cookie away again; path and domain must be those it was set with.
    pub fn expired(name: &'a str) -> Self {
        Self::new(name, "").max_age_s(0)
    }

    /// `Path`.
    #[must_use]
    pub fn path(self, path: &'a str) -> Self {
        Self { path, ..self }
    }

    /// `Domain`; `None` or empty keeps the cookie host-only. A leading dot is dropped.
    #[must_use]
    pub fn domain(self, domain: Option<&'a str>) -> Self {
        let domain = domain.map(|domain| domain.trim_start_matches('.'));
        Self {
            domain: domain.filter(|domain| !domain.is_empty()),
            ..self
        }
    }

    /// `Max-Age` in seconds; zero or less takes the cookie away.
    #[must_use]
    pub fn max_age_s(self, seconds: i64) -> Self {
        Self {
            max_age_s: Some(seconds),
            ..self
        }
    }

    /// `Secure`.
    #[must_use]
    pub fn secure(self, secure: bool) -> Self {
        Self { secure, ..self }
    }

    /// `HttpOnly`.
    #[must_use]
    pub fn http_only(self, http_only: bool) -> Self {
        Self { http_only, ..self }
    }

    /// `SameSite`.
    #[must_use]
    pub fn same_site(self, same_site: SameSite) -> Self {
        Self { same_site, ..self }
    }

    /// Writes the header's value, refusing what could break out of it.
    pub fn header(&self) -> Result<HeaderValue, CookieError> {
        self.check()?;
        let mut text = format!("{}={}; Path={}", self.name, self.value, self.path);
        if let Some(domain) = self.domain {
            text.push_str("; Domain=");
            text.push_str(domain);
        }
        if let Some(seconds) = self.max_age_s {
            text.push_str("; Max-Age=");
            text.push_str(&seconds.max(0).to_string());
        }
        text.push_str(if self.http_only { "; HttpOnly" } else { "" });
        text.push_str(if self.secure { "; Secure" } else { "" });
        text.push_str(match self.same_site {
            SameSite::Lax => "; SameSite=Lax",
            SameSite::Strict => "; SameSite=Strict",
            SameSite::None => "; SameSite=None",
        });
        HeaderValue::from_str(&text).map_err(|_| CookieError::Attribute)
    }

    fn check(&self) -> Result<(), CookieError> {
        let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        // RFC 6265 §4.1.1, cookie-octet.
        let octet = |b: u8| b.is_ascii_graphic() && !b"\",;\\".contains(&b);
        let attribute = |b: u8| b.is_ascii_graphic() && b != b';';
        if self.name.is_empty() || !self.name.bytes().all(token) {
            return Err(CookieError::Name);
        }
        if !self.value.bytes().all(octet) {
            return Err(CookieError::Value);
        }
        let attributes = self
            .path
            .bytes()
            .chain(self.domain.unwrap_or_default().bytes());
        if !attributes.into_iter().all(attribute) {
            return Err(CookieError::Attribute);
        }
        if self.name.len() + self.value.len() > 4096 {
            return Err(CookieError::TooLong);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn headers(lines: &[&[u8]]) -> HeaderMap {
        let value = |line: &&[u8]| (COOKIE, HeaderValue::from_bytes(line).unwrap());
        lines.iter().map(value).collect()
    }

    #[test]
    fn several_cookie_lines_are_read_as_one() {
        let headers = headers(&[b"a=1; b=2", b" c = 3;;x; =9; b=4"]);
        let found: Vec<_> = pairs(&headers).collect();
        assert_eq!(found, [("a", "1"), ("b", "2"), ("c", "3"), ("b", "4")]);
    }

    #[test]
    fn a_name_sent_twice_gives_both_values() {
        let headers = headers(&[b"s=stale; other=1; s=right"]);
        assert_eq!(find(&headers, "s").collect::<Vec<_>>(), ["stale", "right"]);
        assert_eq!(find(&headers, "S").count(), 0);
    }

    #[test]
    fn a_value_may_hold_an_equals_sign_and_a_broken_pair_hides_no_other() {
        let headers = headers(&[b"t=a=b==; bad=\xff; u=1"]);
        assert_eq!(
            pairs(&headers).collect::<Vec<_>>(),
            [("t", "a=b=="), ("u", "1")]
        );
    }

    #[test]
    fn hidden_cookies_are_left_out_of_the_line() {
        let headers = headers(&[b"authentik_session=x; app=1", b"lang=de"]);
        assert_eq!(
            without(&headers, |name| name.starts_with("authentik_")),
            "app=1; lang=de"
        );
        assert_eq!(without(&headers, |_| true), "");
    }

    #[test]
    fn set_cookie_is_careful_by_default() {
        let header = SetCookie::new("n", "v").header().unwrap();
        assert_eq!(header, "n=v; Path=/; HttpOnly; SameSite=Lax");
        let full = SetCookie::new("n", "v")
            .path("/p")
            .domain(Some(".example.com"));
        let full = full
            .max_age_s(60)
            .secure(true)
            .http_only(false)
            .same_site(SameSite::None);
        let expected = "n=v; Path=/p; Domain=example.com; Max-Age=60; Secure; SameSite=None";
        assert_eq!(full.header().unwrap(), expected);
        let gone = SetCookie::expired("n").domain(Some("")).header().unwrap();
        assert_eq!(gone, "n=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    }

    #[test]
    fn nothing_breaks_out_of_a_set_cookie() {
        for (name, value, domain, error) in [
            ("", "v", "", CookieError::Name),
            ("a b", "v", "", CookieError::Name),
            ("a=b", "v", "", CookieError::Name),
            ("n", "v; Domain=evil.test", "", CookieError::Value),
            ("n", "v\r\nX: y", "", CookieError::Value),
            ("n", "é", "", CookieError::Value),
            ("n", "v", "a; Secure", CookieError::Attribute),
            ("n", "v", "a\r\n", CookieError::Attribute),
        ] {
            let cookie = SetCookie::new(name, value).domain(Some(domain));
            assert_eq!(cookie.header(), Err(error), "{name} {value} {domain}");
        }
        let long = "x".repeat(4096);
        assert_eq!(
            SetCookie::new("n", &long).header(),
            Err(CookieError::TooLong)
        );
    }

    proptest! {
        #[test]
        fn reading_cookies_never_panics(line in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(value) = HeaderValue::from_bytes(&line) {
                let headers: HeaderMap = [(COOKIE, value)].into_iter().collect();
                prop_assert!(pairs(&headers).all(|(name, _)| !name.is_empty()));
                let _hidden = without(&headers, |name| name.len() > 3);
            }
        }
    }
}
