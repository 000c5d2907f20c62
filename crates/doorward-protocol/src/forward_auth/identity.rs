//! The headers that tell an application who asks.
//!
//! Owns the twelve `X-authentik-*` names and the form of their values. Leaves who the person is to
//! the engine. The rule that must stay true: every answer carries all twelve, empty where there is
//! nothing to say, so that a client's own never survives (CVE-2026-30851, CVE-2025-64484).

use http::header::{HeaderMap, HeaderName, HeaderValue};
use thiserror::Error;

/// The longest value written, in bytes; a longer one is cut at a whole letter.
pub const MAX_VALUE_BYTES: usize = 32 * 1024;
const MAX_ADDITIONAL: usize = 32;

const USERNAME: HeaderName = HeaderName::from_static("x-authentik-username");
const GROUPS: HeaderName = HeaderName::from_static("x-authentik-groups");
/// What the person may do in the application.
pub const ENTITLEMENTS: HeaderName = HeaderName::from_static("x-authentik-entitlements");
const EMAIL: HeaderName = HeaderName::from_static("x-authentik-email");
const NAME: HeaderName = HeaderName::from_static("x-authentik-name");
const UID: HeaderName = HeaderName::from_static("x-authentik-uid");
const JWT: HeaderName = HeaderName::from_static("x-authentik-jwt");
const META_JWKS: HeaderName = HeaderName::from_static("x-authentik-meta-jwks");
const META_OUTPOST: HeaderName = HeaderName::from_static("x-authentik-meta-outpost");
const META_PROVIDER: HeaderName = HeaderName::from_static("x-authentik-meta-provider");
const META_APP: HeaderName = HeaderName::from_static("x-authentik-meta-app");
const META_VERSION: HeaderName = HeaderName::from_static("x-authentik-meta-version");
const EMPTY: HeaderValue = HeaderValue::from_static("");

/// The twelve names, in the order they are written.
pub const IDENTITY_HEADERS: [HeaderName; 12] = [
    USERNAME,
    GROUPS,
    ENTITLEMENTS,
    EMAIL,
    NAME,
    UID,
    JWT,
    META_JWKS,
    META_OUTPOST,
    META_PROVIDER,
    META_APP,
    META_VERSION,
];

/// Everything an application is told, borrowed; [`IdentityHeaders::write`] puts it into an answer.
#[derive(Debug, Clone, Copy, Default)]
pub struct IdentityHeaders<'a> {
    /// `X-authentik-username`.
    pub username: &'a str,
    /// `X-authentik-groups`, joined with [`join_names`].
    pub groups: &'a str,
    /// `X-authentik-entitlements`, joined with [`join_names`].
    pub entitlements: &'a str,
    /// `X-authentik-email`.
    pub email: &'a str,
    /// `X-authentik-name`.
    pub name: &'a str,
    /// `X-authentik-uid`.
    pub uid: &'a str,
    /// `X-authentik-jwt`.
    pub jwt: &'a str,
    /// `X-authentik-meta-jwks`.
    pub meta_jwks: &'a str,
    /// `X-authentik-meta-outpost`.
    pub meta_outpost: &'a str,
    /// `X-authentik-meta-provider`.
    pub meta_provider: &'a str,
    /// `X-authentik-meta-app`.
    pub meta_app: &'a str,
    /// `X-authentik-meta-version`.
    pub meta_version: &'a str,
}

impl IdentityHeaders<'_> {
    /// Writes all twelve, replacing what stood there.
    pub fn write(&self, headers: &mut HeaderMap) {
        let values = [
            self.username,
            self.groups,
            self.entitlements,
            self.email,
            self.name,
            self.uid,
            self.jwt,
            self.meta_jwks,
            self.meta_outpost,
            self.meta_provider,
            self.meta_app,
            self.meta_version,
        ];
        for (name, value) in IDENTITY_HEADERS.into_iter().zip(values) {
            headers.insert(name, header_value(value));
        }
    }
}

/// The headers about a person, made once and shared by all their sessions: writing them into an
/// answer copies no text.
#[derive(Debug, Clone)]
pub struct PersonHeaders {
    identity: [HeaderValue; 6],
    additional: Box<[(HeaderName, HeaderValue)]>,
}

impl PersonHeaders {
    /// Takes the first six fields of `from` and the attribute `additionalHeaders`, of which
    /// reserved and malformed names are left out.
    pub fn new(from: &IdentityHeaders<'_>, additional: Option<&serde_json::Value>) -> Self {
        let values = [
            from.username,
            from.groups,
            from.entitlements,
            from.email,
            from.name,
            from.uid,
        ];
        let named = additional
            .and_then(serde_json::Value::as_object)
            .into_iter()
            .flatten();
        let checked = named
            .take(MAX_ADDITIONAL)
            .filter_map(|(name, value)| Some((additional_header(name, false).ok()?, value)));
        let additional = checked
            .map(|(name, value)| (name, additional_value(value)))
            .collect();
        Self {
            identity: values.map(header_value),
            additional,
        }
    }

    /// About how many bytes the shared values take.
    pub fn size_bytes(&self) -> usize {
        let own = self.identity.iter().map(HeaderValue::len);
        size_of::<Self>()
            + own
                .chain(self.additional.iter().map(|(_, value)| value.len()))
                .sum::<usize>()
    }
}

/// The headers about an application and its outpost, made once a snapshot.
#[derive(Debug, Clone)]
pub struct AppHeaders([HeaderValue; 5]);

impl AppHeaders {
    /// Takes the five `meta_` fields of `from`.
    pub fn new(from: &IdentityHeaders<'_>) -> Self {
        let meta = [
            from.meta_jwks,
            from.meta_outpost,
            from.meta_provider,
            from.meta_app,
        ];
        let [jwks, outpost, provider, app] = meta.map(header_value);
        Self([
            jwks,
            outpost,
            provider,
            app,
            header_value(from.meta_version),
        ])
    }

    /// Writes all twelve for this person at this application, then their additional ones; `jwt` is
    /// what is known of their session, and may be empty.
    pub fn write(&self, person: &PersonHeaders, jwt: &HeaderValue, headers: &mut HeaderMap) {
        let identity = person.identity.iter().chain([jwt]).cloned();
        let values = identity.chain(self.0.iter().cloned());
        for (name, value) in IDENTITY_HEADERS.into_iter().zip(values) {
            headers.insert(name, value);
        }
        for (name, value) in &person.additional {
            headers.insert(name, value.clone());
        }
    }
}

/// Writes all twelve, empty: a public path names nobody and lets nobody name themselves.
pub fn write_empty(headers: &mut HeaderMap) {
    for name in IDENTITY_HEADERS {
        headers.insert(name, EMPTY);
    }
}

/// A value of any text: UTF-8 bytes stay, control characters become blanks, and what is longer
/// than [`MAX_VALUE_BYTES`] is cut. Blanks around it are kept from looking like none.
pub fn header_value(text: &str) -> HeaderValue {
    let text = &text[..text.floor_char_boundary(MAX_VALUE_BYTES)];
    if let Ok(value) = HeaderValue::from_bytes(text.as_bytes()) {
        return value;
    }
    let visible = |c: char| if c.is_control() { ' ' } else { c };
    let text: String = text.chars().map(visible).collect();
    HeaderValue::from_bytes(text.as_bytes()).unwrap_or(EMPTY)
}

/// Joins names with `|`, as many whole ones as fit into [`MAX_VALUE_BYTES`].
///
/// A `|` inside a name becomes `_`: a group called `x|admins` must not read as a membership of
/// `admins`.
pub fn join_names<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut joined = String::new();
    for name in names {
        if joined.len() + name.len() + 1 > MAX_VALUE_BYTES {
            break;
        }
        if !joined.is_empty() {
            joined.push('|');
        }
        joined.extend(name.chars().map(|c| if c == '|' { '_' } else { c }));
    }
    joined
}

/// Why an additional header is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum HeaderRefusal {
    /// Not letters, digits and dashes: other spellings are read as dashes by some applications.
    #[error("a header's name may have letters, digits and dashes only")]
    Name,
    /// The name belongs to identity, routing or framing.
    #[error("this header is reserved")]
    Reserved,
}

const RESERVED: [&str; 27] = [
    "accept-encoding",
    "alt-svc",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "cookie2",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "location",
    "origin",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "referer",
    "set-cookie",
    "set-cookie2",
    "te",
    "trailer",
    "trailers",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// Checks the name of a header from the attribute `additionalHeaders`.
///
/// Reserved: `X-authentik-*` in any spelling, `X-Forwarded-*`, `X-Original-*`, `Sec-*`, `Host`,
/// `Cookie`, hop-by-hop and framing headers; `Authorization` unless `allow_authorization`.
pub fn additional_header(
    name: &str,
    allow_authorization: bool,
) -> Result<HeaderName, HeaderRefusal> {
    let fold = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let folded: String = name.chars().map(fold).collect();
    let families = [
        "x-authentik-",
        "x-forwarded-",
        "x-original-",
        "x-real-",
        "sec-",
    ];
    let reserved = families.iter().any(|family| folded.starts_with(family))
        || RESERVED.contains(&folded.as_str())
        || (folded == "authorization" && !allow_authorization);
    if reserved {
        return Err(HeaderRefusal::Reserved);
    }
    if !is_plain(name) {
        return Err(HeaderRefusal::Name);
    }
    HeaderName::try_from(name).map_err(|_| HeaderRefusal::Name)
}

/// The value of an additional header: a text as it is, `null` empty, anything else as JSON.
pub fn additional_value(value: &serde_json::Value) -> HeaderValue {
    match value {
        serde_json::Value::Null => EMPTY,
        serde_json::Value::String(text) => header_value(text),
        other => header_value(&other.to_string()),
    }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Removes every header whose name has more than letters, digits and dashes: `X_authentik_uid` and
/// `X.authentik.uid` are read as `X-authentik-uid` by some applications (CVE-2026-88011).
pub fn remove_aliases(headers: &mut HeaderMap) {
    let odd = headers.keys().filter(|name| !is_plain(name.as_str()));
    for name in odd.cloned().collect::<Vec<_>>() {
        headers.remove(name);
    }
}

#[cfg(test)]
#[path = "identity_tests.rs"]
mod tests;
