//! The original request, as each reverse proxy describes it.
//!
//! Owns which header says what for Traefik, Caddy, nginx and Envoy. Leaves whether the peer may
//! say so to `trust`. The rule that must stay true: a header that is missing, sent twice, or a
//! list, is an error; nothing falls back to another host (CVE-2024-45410).

use std::fmt;

use http::header::{HOST, HeaderMap, HeaderName};
use http::{Method, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use thiserror::Error;
use url::Url;

use super::OUTPOST_PREFIX;
use super::purpose::{is_navigation, is_preflight};
use crate::host::Host;

const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_URI: HeaderName = HeaderName::from_static("x-forwarded-uri");
const FORWARDED_METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");
const ORIGINAL_URL: HeaderName = HeaderName::from_static("x-original-url");
const ORIGINAL_URI: HeaderName = HeaderName::from_static("x-original-uri");
const ORIGINAL_METHOD: HeaderName = HeaderName::from_static("x-original-method");
const ENVOY_PREFIX: &str = "/outpost.goauthentik.io/auth/envoy";

/// The reverse proxies that ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Proxy {
    /// `forwardAuth`; `X-Forwarded-Proto`, `-Host`, `-Uri`, `-Method`.
    Traefik,
    /// `forward_auth`; the same headers.
    Caddy,
    /// `auth_request`; `X-Original-URL`, or `X-Original-URI` with `Host`.
    Nginx,
    /// nginx after a refusal, for the page to show in place of its own; the same headers.
    NginxPage,
    /// `ext_authz` over HTTP; the path after the prefix and `Host`.
    Envoy,
}

impl Proxy {
    /// The last segment of the address that the proxy asks, and its label in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Traefik => "traefik",
            Self::Caddy => "caddy",
            Self::Nginx | Self::NginxPage => "nginx",
            Self::Envoy => "envoy",
        }
    }

    /// Whether every answer reaches the browser. `auth_request` knows only 2xx, 401 and 403.
    pub const fn passes_answers(self) -> bool {
        !matches!(self, Self::Nginx)
    }
}

/// http or https; WebSocket schemes count as the one they run over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `http` or `ws`.
    Http,
    /// `https` or `wss`.
    Https,
}

impl Scheme {
    /// Reads a scheme's name in any case.
    pub fn parse(text: &str) -> Option<Self> {
        let is = |name: &str| text.eq_ignore_ascii_case(name);
        match () {
            () if is("https") || is("wss") => Some(Self::Https),
            () if is("http") || is("ws") => Some(Self::Http),
            () => None,
        }
    }

    /// `http` or `https`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// Why the original request cannot be told: the proxy is set up wrongly, or somebody plays. The
/// answer is 500, never a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum OriginalError {
    /// A header that this proxy always sends is not there.
    #[error("the header {0} is missing")]
    Missing(&'static str),
    /// A header came twice or as a list.
    #[error("the header {0} has more than one value")]
    Duplicate(&'static str),
    /// A header holds something else.
    #[error("the header {0} cannot be read")]
    Malformed(&'static str),
}

/// What the browser asked of the proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginalRequest<'a> {
    /// The scheme the browser used.
    pub scheme: Scheme,
    /// The host the browser asked, normalized.
    pub host: Host,
    /// Path and query as sent, beginning with `/`.
    pub path_and_query: &'a str,
    /// The method the browser used, as far as the proxy says.
    pub method: &'a str,
    /// Whether a person is opening a page: only then is a redirect of use.
    pub navigation: bool,
    /// Whether a browser asks for permission before a script's request (CORS): no cookies come.
    pub preflight: bool,
}

impl<'a> OriginalRequest<'a> {
    /// Reads the sub-request of `proxy`.
    pub fn read(
        proxy: Proxy,
        method: &'a Method,
        uri: &'a Uri,
        headers: &'a HeaderMap,
    ) -> Result<Self, OriginalError> {
        let (scheme, host, path_and_query) = match proxy {
            Proxy::Traefik | Proxy::Caddy => forwarded(headers)?,
            Proxy::Nginx | Proxy::NginxPage => original_url(headers)?,
            Proxy::Envoy => envoy(uri, headers)?,
        };
        let own = method.as_str();
        let method = match proxy {
            Proxy::Traefik | Proxy::Caddy => said_method(headers, &FORWARDED_METHOD, method),
            Proxy::Nginx | Proxy::NginxPage => said_method(headers, &ORIGINAL_METHOD, method),
            Proxy::Envoy => own,
        };
        // Not every nginx sets X-Original-Method, and then it is the client's word: what opens
        // something is the method that nginx itself used.
        let proven = match proxy {
            Proxy::Nginx => own,
            _ => method,
        };
        let navigation = method == "GET" && is_navigation(headers);
        Ok(Self {
            scheme,
            host,
            path_and_query,
            method,
            navigation,
            preflight: proven == "OPTIONS" && is_preflight(headers),
        })
    }

    /// A request that came to us as the browser sent it (proxy mode); scheme and host as the caller
    /// found them.
    pub fn received(
        scheme: Scheme,
        host: Host,
        method: &'a Method,
        uri: &'a Uri,
        headers: &'a HeaderMap,
    ) -> Result<Self, OriginalError> {
        let said = uri
            .path_and_query()
            .map_or("", http::uri::PathAndQuery::as_str);
        Ok(Self {
            scheme,
            host,
            path_and_query: path_of(said, "the path")?,
            method: method.as_str(),
            navigation: method == Method::GET && is_navigation(headers),
            preflight: method == Method::OPTIONS && is_preflight(headers),
        })
    }

    /// The path without the query.
    pub fn path(&self) -> &'a str {
        self.path_and_query.split(['?', '#']).next().unwrap_or("/")
    }

    /// The query without its question mark, `None` when there is none.
    pub fn query(&self) -> Option<&'a str> {
        let (_, query) = self.path_and_query.split_once('?')?;
        query.split('#').next()
    }

    /// The original address; it fails only for what the URL standard cannot hold.
    pub fn url(&self) -> Result<Url, OriginalError> {
        Url::parse(&self.to_string()).map_err(|_| OriginalError::Malformed("the address"))
    }
}

impl fmt::Display for OriginalRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}://{}{}",
            self.scheme.as_str(),
            self.host,
            self.path_and_query
        )
    }
}

type Place<'a> = (Scheme, Host, &'a str);

fn forwarded(headers: &HeaderMap) -> Result<Place<'_>, OriginalError> {
    let scheme = single(headers, &FORWARDED_PROTO, "X-Forwarded-Proto")?;
    let host = single(headers, &FORWARDED_HOST, "X-Forwarded-Host")?;
    let path = single(headers, &FORWARDED_URI, "X-Forwarded-Uri")?;
    if scheme.contains(',') {
        return Err(OriginalError::Duplicate("X-Forwarded-Proto"));
    }
    let scheme = Scheme::parse(scheme).ok_or(OriginalError::Malformed("X-Forwarded-Proto"))?;
    Ok((
        scheme,
        host_of(host, "X-Forwarded-Host")?,
        path_of(path, "X-Forwarded-Uri")?,
    ))
}

/// nginx: the whole address, or path and query beside `Host` in older snippets. With both, one of
/// them may be the client's own: they have to say the same.
fn original_url(headers: &HeaderMap) -> Result<Place<'_>, OriginalError> {
    let url = optional(single(headers, &ORIGINAL_URL, "X-Original-URL"))?;
    let uri = optional(single(headers, &ORIGINAL_URI, "X-Original-URI"))?;
    match (url, uri) {
        (None, None) => Err(OriginalError::Missing("X-Original-URL")),
        (None, Some(uri)) => beside_host(headers, path_of(uri, "X-Original-URI")?),
        (Some(url), uri) => {
            let place = whole_address(url)?;
            let agree = uri.is_none_or(|uri| uri == place.2);
            agree
                .then_some(place)
                .ok_or(OriginalError::Malformed("X-Original-URI"))
        }
    }
}

fn whole_address(url: &str) -> Result<Place<'_>, OriginalError> {
    const NAME: &str = "X-Original-URL";
    let (scheme, rest) = url
        .split_once("://")
        .ok_or(OriginalError::Malformed(NAME))?;
    let scheme = Scheme::parse(scheme).ok_or(OriginalError::Malformed(NAME))?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let path = if path.is_empty() { "/" } else { path };
    Ok((scheme, host_of(host, NAME)?, path_of(path, NAME)?))
}

/// The scheme as far as the proxy says it, and the host that it asked.
fn beside_host<'a>(headers: &'a HeaderMap, path: &'a str) -> Result<Place<'a>, OriginalError> {
    let proto = optional(single(headers, &FORWARDED_PROTO, "X-Forwarded-Proto"))?;
    let scheme = match proto {
        None => Scheme::Http,
        Some(proto) => Scheme::parse(proto).ok_or(OriginalError::Malformed("X-Forwarded-Proto"))?,
    };
    let host = single(headers, &HOST, "Host")?;
    Ok((scheme, host_of(host, "Host")?, path))
}

fn envoy<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Result<Place<'a>, OriginalError> {
    let said = uri
        .path_and_query()
        .map_or("/", http::uri::PathAndQuery::as_str);
    let path = said
        .strip_prefix(ENVOY_PREFIX)
        .ok_or(OriginalError::Malformed("the path"))?;
    let path = if path.is_empty() { "/" } else { path };
    beside_host(headers, path_of(path, "the path")?)
}

/// What is missing is no error here.
fn optional<T>(found: Result<T, OriginalError>) -> Result<Option<T>, OriginalError> {
    match found {
        Err(OriginalError::Missing(_)) => Ok(None),
        other => other.map(Some),
    }
}

/// The only value of a header, as UTF-8.
fn single<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
    shown: &'static str,
) -> Result<&'a str, OriginalError> {
    let mut values = headers.get_all(name).into_iter();
    let value = values.next().ok_or(OriginalError::Missing(shown))?;
    if values.next().is_some() {
        return Err(OriginalError::Duplicate(shown));
    }
    let text =
        std::str::from_utf8(value.as_bytes()).map_err(|_| OriginalError::Malformed(shown))?;
    if text.is_empty() {
        Err(OriginalError::Missing(shown))
    } else {
        Ok(text)
    }
}

fn host_of(text: &str, shown: &'static str) -> Result<Host, OriginalError> {
    if text.contains(',') {
        return Err(OriginalError::Duplicate(shown));
    }
    Host::parse(text).map_err(|_| OriginalError::Malformed(shown))
}

fn path_of<'a>(text: &'a str, shown: &'static str) -> Result<&'a str, OriginalError> {
    if text.starts_with('/') {
        Ok(text)
    } else {
        Err(OriginalError::Malformed(shown))
    }
}

/// The method that the proxy names. Two names are no method, so never a navigation.
fn said_method<'a>(headers: &'a HeaderMap, name: &HeaderName, own: &'a Method) -> &'a str {
    let mut values = headers.get_all(name).into_iter();
    match (values.next(), values.next()) {
        (None, _) => own.as_str(),
        (Some(only), None) => only.to_str().unwrap_or_default(),
        (Some(_), Some(_)) => "",
    }
}

/// Everything but RFC 3986's unreserved letters.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The absolute address at which a login starts, with the original address in `rd`.
///
/// Only scheme, host and port of `app_url` are used: the outpost's paths lie at the root.
pub fn start_location(app_url: &Url, original: &OriginalRequest<'_>) -> String {
    let origin = &app_url[..url::Position::BeforePath];
    format!(
        "{origin}{OUTPOST_PREFIX}start?rd={}",
        component(&original.to_string())
    )
}

/// Percent-encodes a text so that it can stand as one value of a query.
pub fn component(text: &str) -> impl fmt::Display + '_ {
    utf8_percent_encode(text, COMPONENT)
}

/// The target that a start address names: the parameter `rd`, decoded once.
///
/// nginx cannot encode, so its snippets write the address as it is (`rd=https://host/a?b&c`): a
/// value with a bare `://` reaches to the end of the query and is not decoded.
pub fn start_target(query: &str) -> Option<std::borrow::Cow<'_, str>> {
    let rest = match query.strip_prefix("rd=") {
        Some(rest) => rest,
        None => &query[query.find("&rd=")? + 4..],
    };
    if rest.starts_with("http://") || rest.starts_with("https://") {
        return Some(rest.into());
    }
    let value = rest.split('&').next().unwrap_or_default();
    let pair = format!("rd={value}");
    let (_, value) = url::form_urlencoded::parse(pair.as_bytes()).next()?;
    Some(value.into_owned().into())
}

#[cfg(test)]
#[path = "original_tests.rs"]
mod tests;
