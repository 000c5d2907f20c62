//! Asking other servers something, over the connections of proxy mode.
//!
//! Rule: an answer is short and comes soon, or there is none; no redirect is followed.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::Body;
use doorward_engine::outgoing::{Call, Outgoing};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{Method, Request};
use http_body_util::{BodyExt as _, Limited};

use crate::outpost::{Connections, to_servers};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// No more of it is read.
const ANSWER_MAX_BYTES: usize = 64 * 1024;

/// The way out of this process; its connections are made when the first call is.
pub fn outgoing() -> Outgoing {
    let made = Arc::new(OnceLock::new());
    Outgoing::new(move |call| {
        let made = Arc::clone(&made);
        Box::pin(async move {
            let asked = ask(made.get_or_init(to_servers), call);
            let answered = tokio::time::timeout(PATIENCE, asked).await;
            answered.unwrap_or_else(|_| Err("no answer in time".to_owned()))
        })
    })
}

async fn ask(connections: &Connections, call: Call) -> Result<Vec<u8>, String> {
    let request = Request::builder()
        .method(Method::POST)
        .uri(call.url.as_str())
        .header(CONTENT_TYPE, call.content_type)
        .header(ACCEPT, "application/json")
        .body(Body::from(call.body))
        .map_err(|error| error.to_string())?;
    let answer = connections.request(request).await;
    let answer = answer.map_err(|error| error.to_string())?;
    if !answer.status().is_success() {
        return Err(format!("it answered with {}", answer.status().as_u16()));
    }
    let body = Limited::new(answer.into_body(), ANSWER_MAX_BYTES);
    let body = body.collect().await.map_err(|error| error.to_string())?;
    Ok(body.to_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::response::Redirect;
    use axum::routing::post;
    use http::{HeaderMap, StatusCode};
    use url::Url;

    use super::*;

    /// A server on loopback; its address.
    async fn server() -> Url {
        let echo = async |headers: HeaderMap, body: String| {
            let kind = headers[CONTENT_TYPE].to_str().unwrap_or_default();
            format!("{kind} {body}")
        };
        let router = Router::new()
            .route("/echo", post(echo))
            .route("/sorry", post(async || StatusCode::INTERNAL_SERVER_ERROR))
            .route("/away", post(async || Redirect::temporary("/echo")))
            .route("/long", post(async || vec![b'x'; ANSWER_MAX_BYTES + 1]));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Url::parse(&format!("http://{address}/")).unwrap()
    }

    #[tokio::test]
    async fn a_call_is_answered_and_what_is_no_answer_is_said() {
        let base = server().await;
        let out = outgoing();
        let call = |path: &str| Call {
            url: base.join(path).unwrap(),
            content_type: "application/json",
            body: "{}".to_owned(),
        };
        let answered = out.post(call("echo")).await;
        assert_eq!(answered.as_deref(), Ok(&b"application/json {}"[..]));
        for (path, words) in [("sorry", "500"), ("away", "307"), ("long", "length limit")] {
            let error = out.post(call(path)).await.unwrap_err();
            assert!(error.contains(words), "{path}: {error}");
        }
        let nobody = Url::parse("http://127.0.0.1:1/").unwrap();
        let call = Call {
            url: nobody,
            ..call("echo")
        };
        assert!(out.post(call).await.is_err());
    }
}
