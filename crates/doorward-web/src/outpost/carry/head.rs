//! What of a request's and an answer's head goes through.
//!
//! Owns the hop-by-hop fields (RFC 9110 §7.6.1), the forwarded ones, and who the application is told
//! asks. Rule: whatever could be read as one of our identity headers is removed before ours are
//! written, whoever sent it (CVE-2025-64484, CVE-2026-88011).

use doorward_engine::outpost::{Admitted, App};
use doorward_protocol::cookie;
use doorward_protocol::forward_auth::{remove_aliases, write_empty};
use http::header::{
    AUTHORIZATION, CONNECTION, COOKIE, FORWARDED, HOST, HeaderName, PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE, VIA,
};
use http::{HeaderMap, HeaderValue};

use super::super::is_own_cookie;
use super::super::known::injected;
use super::super::verdict::Proof;
use crate::extract::Asked;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// Everything that a client could say about itself in a proxy's name.
const FORWARDED_FIELDS: [&str; 8] = [
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-forwarded-uri",
    "x-forwarded-method",
    "x-real-ip",
];
const HOP_BY_HOP: [HeaderName; 9] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];
const WEBSOCKET: HeaderValue = HeaderValue::from_static("websocket");
const TO_UPGRADE: HeaderValue = HeaderValue::from_static("upgrade");

/// Our name in `Via` (RFC 9110 §7.6.3) for one application: a request that already carries it came
/// from us, and would go round for ever.
pub(super) fn pseudonym(app: &App) -> String {
    format!("doorward-{}", &app.application.slug)
}

/// Whether a request has been through here before.
pub(super) fn went_round(headers: &HeaderMap, app: &App) -> bool {
    let own = pseudonym(app);
    let lines = headers.get_all(VIA).into_iter();
    let mut hops = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','));
    hops.any(|hop| hop.trim().split_ascii_whitespace().nth(1) == Some(&own))
}

/// Makes a browser's head the one that the application gets; `visitor` is nobody on a public path.
pub(super) fn onward(
    headers: &mut HeaderMap,
    app: &App,
    asked: &Asked,
    visitor: Option<(&Admitted, Proof)>,
) {
    let websocket = wants_websocket(headers);
    drop_hop_by_hop(headers);
    drop_claims(headers);
    forward(headers, app, asked);
    let cookies = cookie::without(headers, is_own_cookie);
    headers.remove(COOKIE);
    if !cookies.is_empty() {
        headers.insert(COOKIE, cookies);
    }
    match visitor {
        None => write_empty(headers),
        Some((admitted, proof)) => {
            if proof == Proof::Credentials {
                headers.remove(AUTHORIZATION);
            }
            let person = &*admitted.person;
            app.write_headers(admitted, asked.ctx.now, headers);
            if let Some(basic) = injected(app, person) {
                headers.insert(AUTHORIZATION, basic);
            }
        }
    }
    if websocket {
        join_upgrade(headers);
    }
}

/// Makes the application's head the browser's.
pub(super) fn back(headers: &mut HeaderMap, switches: bool) {
    drop_hop_by_hop(headers);
    if switches {
        join_upgrade(headers);
    }
}

/// Only WebSocket: an upgrade to HTTP/2 would carry requests past us.
pub(super) fn wants_websocket(headers: &HeaderMap) -> bool {
    let is = |name: HeaderName, wanted: &str| {
        let lines = headers.get_all(name).into_iter();
        let mut words = lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','));
        words.any(|word| word.trim().eq_ignore_ascii_case(wanted))
    };
    is(CONNECTION, "upgrade") && is(UPGRADE, "websocket")
}

fn join_upgrade(headers: &mut HeaderMap) {
    headers.insert(CONNECTION, TO_UPGRADE);
    headers.insert(UPGRADE, WEBSOCKET);
}

fn drop_hop_by_hop(headers: &mut HeaderMap) {
    let lines = headers.get_all(CONNECTION).into_iter();
    let named: Vec<HeaderName> = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.into_iter().chain(HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// What the client says about who it is.
fn drop_claims(headers: &mut HeaderMap) {
    remove_aliases(headers);
    let names = headers
        .keys()
        .filter(|name| name.as_str().starts_with("x-authentik-"));
    for name in names.cloned().collect::<Vec<_>>() {
        headers.remove(name);
    }
}

/// The whole way of the request, of which only what trusted proxies said is kept.
fn forward(headers: &mut HeaderMap, app: &App, asked: &Asked) {
    let earlier = headers.get(FORWARDED_FOR).filter(|_| asked.peer_is_trusted);
    let way = match earlier.and_then(|way| way.to_str().ok()) {
        Some(way) => format!("{way}, {}", asked.peer),
        None => asked.peer.to_string(),
    };
    headers.remove(FORWARDED);
    if !asked.peer_is_trusted {
        for name in FORWARDED_FIELDS {
            headers.remove(name);
        }
    }
    if let Ok(hop) = HeaderValue::from_str(&format!("1.1 {}", pseudonym(app))) {
        headers.append(VIA, hop);
    }
    set(headers, FORWARDED_FOR, &way);
    set(
        headers,
        FORWARDED_PROTO,
        if asked.is_https { "https" } else { "http" },
    );
    if let Some(host) = &asked.host {
        set(headers, FORWARDED_HOST, &host.to_string());
        set(headers, HOST, &host.to_string());
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn only_a_websocket_is_an_upgrade_that_passes() {
        for (connection, upgrade, expected) in [
            ("upgrade", "websocket", true),
            ("keep-alive, Upgrade", "WebSocket", true),
            ("upgrade, HTTP2-Settings", "h2c", false),
            ("keep-alive", "websocket", false),
        ] {
            let asked = headers(&[("connection", connection), ("upgrade", upgrade)]);
            assert_eq!(wants_websocket(&asked), expected, "{connection} {upgrade}");
        }
    }

    #[test]
    fn what_connection_names_is_for_one_hop() {
        let mut asked = headers(&[
            ("connection", "close, X-Private"),
            ("x-private", "1"),
            ("te", "trailers"),
            ("accept", "*/*"),
        ]);
        drop_hop_by_hop(&mut asked);
        assert_eq!(asked, headers(&[("accept", "*/*")]));
    }

    #[test]
    fn cases_37_and_63_nobody_names_themselves() {
        let mut asked = headers(&[
            ("x-authentik-username", "akadmin"),
            ("x-authentik-anything", "1"),
            ("x_authentik_username", "akadmin"),
            ("x-mine", "1"),
        ]);
        drop_claims(&mut asked);
        assert_eq!(asked, headers(&[("x-mine", "1")]));
    }
}
