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
use crate::pages::{Look, Page};

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
pub fn response<P: Page>(
    page: &P,
    html: String,
    assets: &Assets,
    look: &Look,
) -> http::Response<String> {
    let mut response = http::Response::new(html);
    *response.status_mut() = page.status();
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let pictures: Vec<_> = look.pictures().chain(page.pictures()).collect();
    let sources = Sources {
        forms: page.form_action_origin().unwrap_or_default(),
        styles: look.style_url.as_deref().unwrap_or_default(),
        pictures: &pictures,
        scripts: &page.script_origins().unwrap_or_default(),
        frame: look.frame(),
        frames: &page.frames(),
        has_calls: page.has_calls(),
    };
    headers.insert(CONTENT_SECURITY_POLICY, policy(assets, &sources));
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

/// Other origins that a page needs, by addresses at them. What is no address of the web is left out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sources<'a> {
    /// Where its forms may end: addresses with blanks between them.
    pub forms: &'a str,
    /// Where its stylesheet is.
    pub styles: &'a str,
    /// Where its pictures are.
    pub pictures: &'a [&'a str],
    /// Where a script of somebody else's, its frames and its calls are: origins with blanks between.
    pub scripts: &'a str,
    /// The page that it shows in a frame.
    pub frame: Option<&'a str>,
    /// Where other pages that it shows in frames are: addresses at them.
    pub frames: &'a [&'a str],
    /// Whether a script of ours asks us for more.
    pub has_calls: bool,
}

/// The Content Security Policy.
pub fn policy(assets: &Assets, sources: &Sources<'_>) -> HeaderValue {
    let targets = sources.forms.split_ascii_whitespace();
    let own_schemes = targets.clone().filter(|one| is_scheme(one));
    let own_schemes: String = own_schemes.flat_map(|one| [" ", one]).collect();
    let forms = format!("{}{own_schemes}", origins(targets));
    let styles = origins([sources.styles]);
    let pictures = origins(sources.pictures.iter().copied());
    let scripts = others(sources.scripts);
    let frame = sources
        .frame
        .map(|frame| format!(" 'self'{}", origins([frame])));
    let others = origins(sources.frames.iter().copied());
    let frames = format!("{}{others}{scripts}", frame.unwrap_or_default());
    let own_calls = if sources.has_calls { " 'self'" } else { "" };
    let calls = format!("{own_calls}{scripts}");
    let directive = |name: &str, from: &str| match from {
        "" => String::new(),
        from => format!("{name}{from}; "),
    };
    // Scripts of others know nothing of trusted types.
    let typed = match &*scripts {
        "" => "; require-trusted-types-for 'script'; trusted-types 'none'",
        _ => "",
    };
    let policy = format!(
        "default-src 'none'; script-src 'self'{scripts}; style-src 'self' {hashes}{styles}{scripts}; \
         img-src 'self' data:{pictures}{scripts}; {frames}{calls}\
         form-action 'self'{forms}; base-uri 'none'; frame-ancestors 'none'{typed}",
        frames = directive("frame-src", &frames),
        calls = directive("connect-src", &calls),
        hashes = assets.style_sources(),
    );
    HeaderValue::from_str(&policy).unwrap_or_else(|_| HeaderValue::from_static(NOTHING))
}

/// Whether this is the scheme of somebody's app (RFC 8252 §7.1), as a source of a policy.
fn is_scheme(text: &str) -> bool {
    let known = [
        "javascript",
        "data",
        "vbscript",
        "file",
        "blob",
        "about",
        "http",
        "https",
        "ws",
        "wss",
    ];
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+.-".contains(&byte);
    text.strip_suffix(':').is_some_and(|scheme| {
        scheme.starts_with(|c: char| c.is_ascii_lowercase())
            && scheme.bytes().all(plain)
            && !known.contains(&scheme)
    })
}

/// Origins of the web as they are, each with a blank before it; one may begin with `https://*.`.
fn others(origins: &str) -> String {
    let is_plain = |one: &&str| {
        let host = one.replacen("://*.", "://", 1);
        origin(&host).is_some_and(|origin| origin == host)
    };
    let plain = origins.split_ascii_whitespace().filter(is_plain);
    plain.flat_map(|one| [" ", one]).collect()
}

/// The origins of addresses, each once, with a blank before it.
fn origins<'a>(addresses: impl IntoIterator<Item = &'a str>) -> String {
    let mut seen: Vec<String> = addresses.into_iter().filter_map(origin).collect();
    seen.sort_unstable();
    seen.dedup();
    seen.iter().flat_map(|origin| [" ", origin]).collect()
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
    use super::{Sources, policy};
    use crate::assets::Assets;

    #[test]
    fn the_policy_allows_nothing_unsafe_and_no_other_origin() {
        let assets = Assets::new();
        let policy = policy(&assets, &Sources::default());
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
            ("com.example.app:", "form-action 'self' com.example.app:;"),
            ("javascript:", "form-action 'self';"),
            ("https:", "form-action 'self';"),
        ] {
            let sources = Sources {
                forms: given,
                ..Sources::default()
            };
            let policy = policy(&assets, &sources);
            assert!(
                policy.to_str().unwrap().contains(expected),
                "{given}: {policy:?}"
            );
        }
    }

    #[test]
    fn a_script_of_somebody_else_is_allowed_by_its_origins_alone() {
        let sources = Sources {
            scripts: "https://js.example.org https://*.example.net https://x.example/path *",
            ..Sources::default()
        };
        let policy = policy(&Assets::new(), &sources);
        let policy = policy.to_str().unwrap();
        let both = "https://js.example.org https://*.example.net;";
        for directive in ["script-src 'self'", "frame-src", "connect-src"] {
            assert!(policy.contains(&format!("{directive} {both}")), "{policy}");
        }
        assert!(
            !policy.contains("x.example") && !policy.contains(" *"),
            "{policy}"
        );
        assert!(
            !policy.contains("unsafe-") && !policy.contains("trusted-types"),
            "{policy}"
        );
    }

    #[test]
    fn pictures_and_a_stylesheet_may_come_from_other_origins_by_their_address_alone() {
        let sources = Sources {
            styles: "https://auth.example.org/static/doorward/brand.x.css",
            pictures: &[
                "/files/media/public/a.png",
                "https://b.example/1.png",
                "https://a.example/x;script-src *",
                "https://b.example/2.png",
                "data:image/png;base64,x",
            ],
            ..Sources::default()
        };
        let policy = policy(&Assets::new(), &sources);
        let policy = policy.to_str().unwrap();
        let pictures = "img-src 'self' data: https://a.example https://b.example;";
        assert!(policy.contains(pictures), "{policy}");
        assert!(policy.contains("' https://auth.example.org;"), "{policy}");
        assert!(policy.contains("script-src 'self';"), "{policy}");
        assert!(!policy.contains("frame-src"), "{policy}");
    }

    #[test]
    fn pages_in_frames_come_from_their_own_origins() {
        let sources = Sources {
            frames: &[
                "https://a.example/bye?sid=1",
                "javascript:alert(1)",
                "https://b.example/",
            ],
            ..Sources::default()
        };
        let policy = policy(&Assets::new(), &sources);
        let policy = policy.to_str().unwrap();
        let frames = "; frame-src https://a.example https://b.example; form";
        assert!(policy.contains(frames), "{policy}");
    }

    #[test]
    fn a_page_in_a_frame_comes_from_its_own_origin_and_no_other() {
        let framed = |frame| {
            let sources = Sources {
                frame: Some(frame),
                ..Sources::default()
            };
            policy(&Assets::new(), &sources)
        };
        let own = framed("https://news.example/today?x");
        assert!(
            own.to_str()
                .unwrap()
                .contains("; frame-src 'self' https://news.example; form")
        );
        for (frame, allowed) in [
            ("/welcome/", "; frame-src 'self'; form"),
            ("https://a; script-src *", "; frame-src 'self'; form"),
            ("javascript:alert(1)", "; frame-src 'self'; form"),
        ] {
            let policy = framed(frame);
            assert!(policy.to_str().unwrap().contains(allowed), "{policy:?}");
        }
    }
}
