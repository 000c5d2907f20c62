//! Pages, styles and scripts a third as long on the way (RFC 9110 §8.4.1.3).
//!
//! Owns when and how. Leaves the API's JSON, pictures and whatever the outpost carries as they are. Rule: a
//! compressed page tells nothing by its length, because the one secret of a page that a stranger's words
//! could stand beside, the form's token, is masked anew in each answer (`crate::csrf`; BREACH).

use std::io::Write as _;

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue};

/// Shorter bodies fit one packet as they are.
const BODY_MIN_BYTES: u64 = 1200;
/// Longer ones are no pages.
const BODY_MAX_BYTES: u64 = 2 * 1024 * 1024;
/// The media types that shrink.
const SHRINKING: [&str; 4] = ["text/html", "text/css", "text/javascript", "image/svg+xml"];
/// A page of 20 KB takes a fifth of a millisecond; the next level takes twice that for a percent.
const LEVEL: Compression = Compression::new(5);

/// Compresses the answer, if the browser takes that and it is worth it.
pub(crate) async fn compress(request: Request, next: Next) -> Response {
    let is_taken = takes_gzip(request.headers());
    let mut response = next.run(request).await;
    if !is_worth_it(&response) {
        return response;
    }
    let vary = HeaderValue::from_static("Accept-Encoding");
    response.headers_mut().append(VARY, vary);
    if is_taken {
        gzipped(response).await
    } else {
        response
    }
}

/// Whether `gzip` (or anything) is listed, and not with a weight of nothing.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(ACCEPT_ENCODING).iter();
    let mut listed = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','));
    listed.any(|one| {
        let (coding, weight) = one.split_once(';').unwrap_or((one, "q=1"));
        let weight = weight.trim().strip_prefix("q=").unwrap_or("1");
        coding.trim().eq_ignore_ascii_case("gzip") && weight.parse().is_ok_and(|q: f32| q > 0.0)
    })
}

fn is_worth_it(response: &Response) -> bool {
    let headers = response.headers();
    let media_type = headers
        .get(CONTENT_TYPE)
        .and_then(|text| text.to_str().ok());
    let essence = media_type
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    let length = response.body().size_hint().exact();
    SHRINKING.contains(&essence.trim())
        && !headers.contains_key(CONTENT_ENCODING)
        && length.is_some_and(|bytes| (BODY_MIN_BYTES..=BODY_MAX_BYTES).contains(&bytes))
}

async fn gzipped(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let limit = usize::try_from(BODY_MAX_BYTES).unwrap_or(usize::MAX);
    // It is in memory already: its length was known.
    let Ok(plain) = to_bytes(body, limit).await else {
        return Response::from_parts(parts, Body::empty());
    };
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 3), LEVEL);
    let written = encoder.write_all(&plain).and_then(|()| encoder.finish());
    let Ok(shorter) = written else {
        return Response::from_parts(parts, Body::from(plain));
    };
    parts.headers.remove(CONTENT_LENGTH);
    let gzip = HeaderValue::from_static("gzip");
    parts.headers.insert(CONTENT_ENCODING, gzip);
    Response::from_parts(parts, Body::from(shorter))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use axum::Router;
    use axum::middleware::from_fn;
    use axum::routing::get;
    use flate2::read::GzDecoder;
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    use super::*;

    fn asking(accept: &str) -> HeaderMap {
        let value = HeaderValue::from_str(accept).unwrap();
        [(ACCEPT_ENCODING, value)].into_iter().collect()
    }

    #[test]
    fn gzip_is_taken_where_it_is_listed_with_some_weight() {
        for (accept, taken) in [
            ("gzip", true),
            ("deflate, GZIP;q=0.5, br", true),
            ("gzip;q=0", false),
            ("gzip; q=0.0", false),
            ("identity", false),
            ("gzipped", false),
        ] {
            assert_eq!(takes_gzip(&asking(accept)), taken, "{accept}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }

    async fn answer(media_type: &'static str, length: usize, accept: &str) -> (HeaderMap, Vec<u8>) {
        let body = "<p>page</p>".repeat(length / 11 + 1);
        let page = move || async move { ([(CONTENT_TYPE, media_type)], body) };
        let router = Router::new().route("/", get(page)).layer(from_fn(compress));
        let mut request = Request::new(Body::empty());
        *request.headers_mut() = asking(accept);
        let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
        (
            parts.headers,
            body.collect().await.unwrap().to_bytes().to_vec(),
        )
    }

    #[tokio::test]
    async fn a_page_is_the_same_when_it_is_unpacked() {
        let (headers, body) = answer("text/html; charset=utf-8", 5000, "gzip, br").await;
        assert_eq!(headers[CONTENT_ENCODING], "gzip");
        assert_eq!(headers[VARY], "Accept-Encoding");
        assert!(body.len() < 500, "{}", body.len());
        let mut text = String::new();
        GzDecoder::new(&*body).read_to_string(&mut text).unwrap();
        assert_eq!(text, "<p>page</p>".repeat(5000 / 11 + 1));
    }

    #[tokio::test]
    async fn what_is_short_or_no_page_or_not_asked_for_stays_as_it_is() {
        for (media_type, length, accept) in [
            ("text/html", 100, "gzip"),
            ("application/json", 5000, "gzip"),
            ("image/png", 5000, "gzip"),
            ("text/html", 5000, "br"),
        ] {
            let (headers, body) = answer(media_type, length, accept).await;
            assert!(
                !headers.contains_key(CONTENT_ENCODING),
                "{media_type} {length} {accept}"
            );
            assert!(body.starts_with(b"<p>page</p>"));
        }
    }
}
