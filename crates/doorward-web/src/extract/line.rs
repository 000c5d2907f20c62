//! What of a request's head operators' expressions may read.
//!
//! Rule: nothing that signs somebody in, and a bounded number of bounded texts. What may be secret by
//! its name is left out.

use doorward_engine::context::Line;
use http::request::Parts;
use http::{HeaderMap, HeaderName};

const PAIRS_MAX: usize = 64;
const VALUE_MAX_BYTES: usize = 1024;
/// Headers whose name holds one of these.
const SECRET_HEADERS: &[&str] = &[
    "authorization",
    "cookie",
    "credential",
    "csrf",
    "jwt",
    "key",
    "password",
    "secret",
    "session",
    "token",
    "x-authentik-",
    "xsrf",
];
/// Parameters whose name ends so.
const SECRET_PARAMETERS: &[&str] = &[
    "assertion",
    "code",
    "hint",
    "key",
    "password",
    "response",
    "secret",
    "ticket",
    "token",
];
/// The parameter in which clients of the flow executor send the query of the page.
const PAGE_QUERY: &str = "query";

/// The line of a request to `host`.
pub(super) fn line(parts: &Parts, host: String) -> Line {
    Line {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        host,
        query: query(parts.uri.query().unwrap_or_default()),
        headers: headers(&parts.headers),
    }
}

fn query(text: &str) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = parsed(text).collect();
    let of_page = pairs.iter().filter(|(name, _)| name == PAGE_QUERY);
    let of_page: Vec<_> = of_page.flat_map(|(_, text)| parsed(text)).collect();
    pairs.retain(|(name, _)| name != PAGE_QUERY);
    pairs.extend(of_page);
    pairs.retain(|(name, value)| {
        let name = name.to_ascii_lowercase();
        let is_secret = SECRET_PARAMETERS.iter().any(|end| name.ends_with(end));
        !is_secret && name.len() + value.len() <= VALUE_MAX_BYTES
    });
    pairs.truncate(PAIRS_MAX);
    pairs
}

fn parsed(text: &str) -> impl Iterator<Item = (String, String)> {
    let pairs = url::form_urlencoded::parse(text.as_bytes());
    pairs.into_owned().take(PAIRS_MAX)
}

fn headers(all: &HeaderMap) -> Vec<(String, String)> {
    let told = all.iter().filter_map(|(name, value)| {
        let is_secret = SECRET_HEADERS
            .iter()
            .any(|part| name.as_str().contains(part));
        let value = value.to_str().ok().filter(|_| !is_secret)?;
        // Where somebody comes from is told, not what the address there held.
        let value = match name {
            name if name == http::header::REFERER => value.split(['?', '#']).next()?,
            _ => value,
        };
        (value.len() <= VALUE_MAX_BYTES).then(|| (shown(name), value.to_owned()))
    });
    told.take(PAIRS_MAX).collect()
}

/// `x-device` as `X-Device`.
fn shown(name: &HeaderName) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    let words: Vec<String> = name.as_str().split('-').map(word).collect();
    words.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(request: http::request::Builder) -> Line {
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        line(&parts, "auth.example.org".to_owned())
    }

    /// api-and-model.md 6.3, `http_request`: all but what signs somebody in.
    #[test]
    fn an_expression_reads_no_header_and_no_parameter_that_signs_somebody_in() {
        let uri = "/if/flow/x/?next=%2Fmedia&flow_token=s1&itoken=s2&code=s3&lang=de\
                   &id_token_hint=s9&SAMLResponse=s10\
                   &query=next%3D%252Fhome%26itoken%3Ds4%26client_secret%3Ds5";
        let mut request = http::Request::get(uri);
        for name in [
            "authorization",
            "proxy-authorization",
            "cookie",
            "x-csrftoken",
            "x-authentik-csrf",
            "x-authentik-jwt",
            "x-api-key",
            "x-amz-security-token",
            "sec-websocket-key",
        ] {
            request = request.header(name, "s6");
        }
        let line = read(
            request
                .header("x-device", "tv")
                .header("accept-language", "de")
                .header(
                    "referer",
                    "https://auth.example.org/if/flow/x/?flow_token=s7#s8",
                ),
        );
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            line.query,
            [
                pair("next", "/media"),
                pair("lang", "de"),
                pair("next", "/home")
            ]
        );
        assert_eq!(
            line.headers,
            [
                pair("X-Device", "tv"),
                pair("Accept-Language", "de"),
                pair("Referer", "https://auth.example.org/if/flow/x/"),
            ]
        );
    }

    #[test]
    fn what_is_told_of_a_request_is_bounded() {
        let many = "a=1&".repeat(1000);
        let mut request = http::Request::get(format!("/?{many}long={}", "x".repeat(2000)));
        for number in 0..100 {
            request = request.header(format!("x-{number}"), "y".repeat(1025));
            request = request.header(format!("y-{number}"), "y");
        }
        let line = read(request);
        assert_eq!((line.query.len(), line.headers.len()), (64, 64));
        assert!(line.headers.iter().all(|(_, value)| value == "y"));
    }
}
