//! From a posted form to an answer and the form's token.
//!
//! Both encodings that browsers post without a script are read: the plain one, and the one for
//! files, which become `data:` addresses as authentik's clients send them. Rule: whatever cannot
//! be read is not there.

use axum::body::{Body, Bytes};
use axum::extract::multipart::{Field, Multipart};
use axum::extract::{FromRequest as _, Request};
use doorward_engine::flow::Answer;
use doorward_protocol::encoding;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use crate::pages::CSRF_FIELD;

/// More parts than any form has.
const MAX_PARTS: usize = 200;

/// The fields of a form, and its token.
pub(super) async fn read(headers: &HeaderMap, body: Bytes) -> (Answer, String) {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if kind.starts_with("multipart/form-data") {
        return answer(parts(kind, body).await);
    }
    let pairs = url::form_urlencoded::parse(&body);
    answer(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())))
}

/// A box that is not ticked is not sent, so its absence says no.
fn answer(pairs: impl IntoIterator<Item = (String, String)>) -> (Answer, String) {
    let (mut fields, mut component, mut token) = (Map::new(), None, String::new());
    for (name, value) in pairs {
        match &*name {
            CSRF_FIELD => token = value,
            "component" => component = Some(value),
            _ => drop(fields.insert(name, Value::String(value))),
        }
    }
    fields.entry("remember_me").or_insert(Value::Bool(false));
    (Answer { component, fields }, token)
}

async fn parts(kind: &str, body: Bytes) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let request = Request::builder().header(CONTENT_TYPE, kind);
    let Ok(request) = request.body(Body::from(body)) else {
        return pairs;
    };
    let Ok(mut multipart) = Multipart::from_request(request, &()).await else {
        return pairs;
    };
    while let Ok(Some(field)) = multipart.next_field().await {
        pairs.extend(part(field).await);
        if pairs.len() >= MAX_PARTS {
            break;
        }
    }
    pairs
}

async fn part(field: Field<'_>) -> Option<(String, String)> {
    let name = field.name()?.to_owned();
    let file = field.file_name().map(|_| {
        let kind = field.content_type().unwrap_or("application/octet-stream");
        kind.to_owned()
    });
    let bytes = field.bytes().await.ok()?;
    let value = match file {
        None => String::from_utf8(bytes.to_vec()).ok()?,
        // No file was chosen.
        Some(_) if bytes.is_empty() => String::new(),
        Some(kind) => format!("data:{kind};base64,{}", encoding::base64(&bytes)),
    };
    Some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: &str = "multipart/form-data; boundary=x";

    async fn read_as(kind: &str, body: &'static str) -> (Answer, String) {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, kind.parse().unwrap());
        read(&headers, Bytes::from_static(body.as_bytes())).await
    }

    #[tokio::test]
    async fn a_file_becomes_a_data_address() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nt\r\n\
                    --x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a.txt\"\r\n\
                    Content-Type: text/plain\r\n\r\nhi\r\n\
                    --x\r\nContent-Disposition: form-data; name=\"b\"; filename=\"\"\r\n\r\n\r\n--x--\r\n";
        let (answer, token) = read_as(KIND, body).await;
        assert_eq!(token, "t");
        assert_eq!(answer.fields["a"], "data:text/plain;base64,aGk=");
        assert_eq!(answer.fields["b"], "");
    }

    #[tokio::test]
    async fn a_broken_multipart_body_has_no_fields() {
        let (answer, token) = read_as(KIND, "--x\r\nContent-Disp").await;
        assert_eq!((answer.fields.len(), &*token), (1, ""));
    }
}
