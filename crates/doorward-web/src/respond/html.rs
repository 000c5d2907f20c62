//! A page's response: the policy and the headers every page has.
//!
//! Rule: no page leaves without the policy; the policy never says `unsafe-`.

use axum::response::{IntoResponse, Response};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY, RETRY_AFTER,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderValue, StatusCode};

use crate::assets::Assets;
use crate::pages::Page;

/// What every page says besides its policy. `same-origin`, because with `no-referrer` browsers
/// send `Origin: null` with forms.
const HEADERS: [(HeaderName, &str); 5] = [
    (CONTENT_TYPE, "text/html; charset=utf-8"),
    (CACHE_CONTROL, "no-store"),
    (REFERRER_POLICY, "same-origin"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
];

/// The policy if none can be written, which base64 and a serialized origin exclude.
const NOTHING: &str = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/// The answer that shows `html`, the rendered `page`.
pub fn response<P: Page>(page: &P, html: String, assets: &Assets) -> http::Response<String> {
    let mut response = http::Response::new(html);
    *response.status_mut() = page.status();
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(
        CONTENT_SECURITY_POLICY,
        policy(assets, page.form_action_origin()),
    );
    if let Some(wait_s) = page.retry_after_s() {
        headers.insert(RETRY_AFTER, HeaderValue::from(wait_s));
    }
    response
}

/// The answer when not even the built-in template renders; logs why.
pub fn broken(template: &str, error: &minijinja::Error) -> Response {
    tracing::error!(template.name = template, reason = %error, "built-in template failed");
    let text = "Something went wrong on our side. The log says what.";
    let headers = [
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (StatusCode::INTERNAL_SERVER_ERROR, headers, text).into_response()
}

/// The Content Security Policy; forms may also end at `form_action_origin`: one origin, or several
/// with a blank between them. What is no origin is left out.
pub fn policy(assets: &Assets, form_action_origin: Option<&str>) -> HeaderValue {
    let widened: String = form_action_origin
        .into_iter()
        .flat_map(str::split_ascii_whitespace)
        .filter_map(origin)
        .flat_map(|origin| [" ".to_owned(), origin])
        .collect();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' {styles}; img-src 'self' data:; \
         form-action 'self'{forms}; base-uri 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'",
        styles = assets.style_sources(),
        forms = widened,
    );
    HeaderValue::from_str(&policy).unwrap_or_else(|_| HeaderValue::from_static(NOTHING))
}

/// The origin of `url` as browsers write it; `None` for anything but http(s).
fn origin(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    let web = matches!(url.scheme(), "http" | "https");
    let safe = |origin: &String| !origin.contains([';', ',', '\'', ' ']);
    web.then(|| url.origin().ascii_serialization()).filter(safe)
}

#[cfg(test)]
mod tests {
    use super::policy;
    use crate::assets::Assets;

    #[test]
    fn the_policy_allows_nothing_unsafe_and_no_other_origin() {
        let assets = Assets::new();
        let policy = policy(&assets, None);
        let policy = policy.to_str().unwrap();
        assert!(
            !policy.contains("unsafe-") && !policy.contains("http"),
            "{policy}"
        );
        for directive in [
            "default-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(directive), "{directive}");
        }
    }

    #[test]
    fn forms_may_end_at_one_more_origin_but_the_value_cannot_add_directives() {
        let assets = Assets::new();
        for (given, expected) in [
            (
                "https://app.example.com/path?x",
                "form-action 'self' https://app.example.com;",
            ),
            (
                "https://App.Example.com:8443",
                "form-action 'self' https://app.example.com:8443;",
            ),
            ("javascript:alert(1)", "form-action 'self';"),
            ("https://a; script-src *", "form-action 'self';"),
            ("*", "form-action 'self';"),
        ] {
            let policy = policy(&assets, Some(given));
            assert!(
                policy.to_str().unwrap().contains(expected),
                "{given}: {policy:?}"
            );
        }
    }
}
