//! What goes to the browser besides HTML: the styles and some small scripts.
//!
//! The styles are part of the page and named in the policy by their SHA-256; the
//! scripts, and the operators' pages' style, are files whose names hold their hashes, so that they can be
//! kept for a year. Everything is computed once at start.
//!
//! Rule: nothing here is ever loaded from another origin.

use aws_lc_rs::digest::{SHA256, digest};
use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};

/// Where the files are served: the router mounts `{PREFIX}{file}` and calls [`Assets::serve`].
pub const PREFIX: &str = "/static/doorward/";

/// For every page, for every page but the sign-in card, what signed-in pages need besides, and cards
/// that do not stand in the middle of nothing; apart so that the sign-in card stays small.
const STYLES: [&str; 4] = [
    include_str!("../assets/doorward.css"),
    include_str!("../assets/form.css"),
    include_str!("../assets/signed_in.css"),
    include_str!("../assets/layout.css"),
];
/// What the operators' pages need besides the first of those: many pages in a row, so a file.
const CONSOLE: [&str; 3] = [
    include_str!("../assets/form.css"),
    include_str!("../assets/signed_in.css"),
    include_str!("../assets/console.css"),
];
/// Each by its name before hashing.
const SCRIPTS: [(&str, &str); 7] = [
    ("console", include_str!("../assets/console.js")),
    ("captcha", include_str!("../assets/captcha.js")),
    ("deliver", include_str!("../assets/deliver.js")),
    ("library", include_str!("../assets/library.js")),
    ("login", include_str!("../assets/login.js")),
    ("passkey", include_str!("../assets/passkey.js")),
    ("work", include_str!("../assets/work.js")),
];

/// The embedded files with their computed names.
#[derive(Debug)]
pub struct Assets {
    styles: [String; 4],
    style_sources: String,
    files: Vec<File>,
}

#[derive(Debug)]
struct File {
    stem: &'static str,
    name: String,
    media_type: &'static str,
    body: Bytes,
}

impl Assets {
    /// Names and hashes all files.
    #[expect(clippy::new_without_default, reason = "made once at start, by name")]
    pub fn new() -> Self {
        let styles = STYLES.map(compact);
        let style_sources = styles.each_ref().map(|style| source(style)).join(" ");
        let script = |(stem, text): (&'static str, &'static str)| {
            let body = Bytes::from_static(text.as_bytes());
            File::new(stem, "js", "text/javascript; charset=utf-8", body)
        };
        let console = CONSOLE.map(compact).concat().into();
        let console = File::new("console", "css", "text/css; charset=utf-8", console);
        let scripts = SCRIPTS.into_iter().map(script);
        Self {
            styles,
            style_sources,
            files: scripts.chain([console]).collect(),
        }
    }

    /// The style of every page, as it stands in it.
    pub fn style(&self) -> &str {
        &self.styles[0]
    }

    /// The style that every page but the sign-in card has besides.
    pub fn form_style(&self) -> &str {
        &self.styles[1]
    }

    /// The style that signed-in pages have besides.
    pub fn signed_in_style(&self) -> &str {
        &self.styles[2]
    }

    /// The style of cards before a background or beside it.
    pub fn layout_style(&self) -> &str {
        &self.styles[3]
    }

    /// `'sha256-…'` of each style, for `style-src` (CSP Level 3 §2.3.1).
    pub fn style_sources(&self) -> &str {
        &self.style_sources
    }

    /// The path of the script called `stem` before hashing, for example `login`.
    pub fn path(&self, stem: &str) -> Option<String> {
        self.path_of(stem, ".js")
    }

    /// The path of the operators' pages' style.
    pub fn console_style_path(&self) -> Option<String> {
        self.path_of("console", ".css")
    }

    fn path_of(&self, stem: &str, extension: &str) -> Option<String> {
        let mut files = self.files.iter();
        let file = files.find(|file| file.stem == stem && file.name.ends_with(extension))?;
        Some(format!("{PREFIX}{}", file.name))
    }

    /// Every file's hashed name and content.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files
            .iter()
            .map(|file| (file.name.as_str(), &*file.body))
    }

    /// Answers a request for the file `name` (the part after [`PREFIX`]): 200, kept for a year,
    /// or 404.
    pub fn serve(&self, name: &str) -> Response {
        let Some(file) = self.files.iter().find(|file| file.name == name) else {
            return (StatusCode::NOT_FOUND, [(CACHE_CONTROL, "no-store")]).into_response();
        };
        kept(Body::from(file.body.clone()), file.media_type)
    }
}

/// Answers with a stylesheet of a brand; its name holds its hash too.
pub(crate) fn stylesheet(text: &str) -> Response {
    kept(Body::from(text.to_owned()), "text/css; charset=utf-8")
}

/// An answer that browsers keep for a year.
fn kept(body: Body, media_type: &'static str) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    headers.insert(CACHE_CONTROL, forever);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

impl File {
    fn new(stem: &'static str, extension: &str, media_type: &'static str, body: Bytes) -> Self {
        let hash = URL_SAFE_NO_PAD.encode(&digest(&SHA256, &body).as_ref()[..9]);
        Self {
            stem,
            name: format!("{stem}.{hash}.{extension}"),
            media_type,
            body,
        }
    }
}

/// The style as a source of the policy.
fn source(style: &str) -> String {
    format!(
        "'sha256-{}'",
        STANDARD.encode(digest(&SHA256, style.as_bytes()))
    )
}

/// The stylesheet without comments and indentation; the source may be written for people.
fn compact(style: &str) -> String {
    let mut rest = style;
    let mut kept = String::with_capacity(style.len());
    while let Some((before, comment)) = rest.split_once("/*") {
        kept.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept.lines().map(str::trim).collect()
}

#[cfg(test)]
mod tests {
    use super::{Assets, PREFIX, compact};
    use http::StatusCode;

    #[test]
    fn a_file_is_served_under_its_hashed_name_for_a_year_and_under_no_other() {
        let assets = Assets::new();
        let path = assets.path("login").expect("the script");
        let name = path.strip_prefix(PREFIX).expect("the prefix");
        let response = assets.serve(name);
        assert_eq!(response.status(), StatusCode::OK);
        assert!(
            response.headers()["cache-control"]
                .to_str()
                .unwrap()
                .contains("immutable")
        );
        for other in ["login.js", "", "../login.js", "login.AAAAAAAAAAAA.js"] {
            assert_eq!(
                assets.serve(other).status(),
                StatusCode::NOT_FOUND,
                "{other}"
            );
        }
    }

    #[test]
    fn the_stylesheet_loses_comments_and_indentation_only() {
        assert_eq!(
            compact("/* a */a {\n  b: c;\n}\n/* d */ e{}"),
            "a {b: c;}e{}"
        );
    }
}
