//! What an answer says.

use std::collections::BTreeMap;

use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;
use url::form_urlencoded;

use super::CALLBACK;

/// An answer.
#[derive(Debug)]
pub(in crate::oauth::tests) struct Seen {
    pub(in crate::oauth::tests) status: StatusCode,
    pub(in crate::oauth::tests) headers: HeaderMap,
    pub(in crate::oauth::tests) text: String,
}

impl Seen {
    pub(super) async fn read(response: axum::response::Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Self {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    /// Whoever is answered before the router gets what the router says, but for the reference.
    #[track_caller]
    pub(super) fn is_the_same_as(&self, early: &Self) {
        let mut headers = self.headers.clone();
        headers.remove("x-authentik-id");
        // Whoever writes to the connection adds it to both.
        headers.remove("content-length");
        assert_eq!(early.headers, headers);
        assert_eq!((early.status, &early.text), (self.status, &self.text));
    }

    #[track_caller]
    pub(in crate::oauth::tests) fn expect(self, status: u16) -> Self {
        assert_eq!(
            self.status.as_u16(),
            status,
            "{} {:?}",
            self.text,
            self.headers
        );
        self
    }

    #[track_caller]
    pub(in crate::oauth::tests) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{self:?}"))
    }

    pub(in crate::oauth::tests) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    /// The value of an attribute that follows `before` on the page.
    #[track_caller]
    pub(in crate::oauth::tests) fn after(&self, before: &str) -> String {
        let found = self.text.split_once(before);
        let (_, rest) = found.unwrap_or_else(|| panic!("no {before} in {self:?}"));
        let (value, _) = rest.split_once('"').unwrap();
        value.replace("&amp;", "&")
    }

    /// The parameters that a redirect to the client carries in its query.
    #[track_caller]
    pub(in crate::oauth::tests) fn answer(&self) -> BTreeMap<String, String> {
        let to = self.header("location");
        let (address, query) = to.split_once('?').unwrap_or_else(|| panic!("{self:?}"));
        assert_eq!(address, CALLBACK);
        form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect()
    }

    /// The same in its fragment.
    #[track_caller]
    pub(in crate::oauth::tests) fn fragment(&self) -> BTreeMap<String, String> {
        let to = self.header("location");
        let (address, rest) = to.split_once('#').unwrap_or_else(|| panic!("{self:?}"));
        assert_eq!(address, CALLBACK);
        form_urlencoded::parse(rest.as_bytes())
            .into_owned()
            .collect()
    }

    /// The word of an error of the token endpoint.
    #[track_caller]
    pub(in crate::oauth::tests) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }
}
