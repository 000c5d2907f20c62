//! What an authorization answers with, and how the answer travels.

use serde::{Deserialize, Serialize};
use url::form_urlencoded;

/// `response_type` (OAuth 2.0 Multiple Response Type Encoding Practices §3 and §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResponseType {
    /// `code`
    Code,
    /// `id_token`
    IdToken,
    /// `id_token token`
    IdTokenToken,
    /// `code token`
    CodeToken,
    /// `code id_token`
    CodeIdToken,
    /// `code id_token token`
    CodeIdTokenToken,
}

impl ResponseType {
    /// Each, as discovery names them.
    pub const ALL: [Self; 6] = [
        Self::Code,
        Self::IdToken,
        Self::IdTokenToken,
        Self::CodeToken,
        Self::CodeIdToken,
        Self::CodeIdTokenToken,
    ];

    /// Reads the parameter; the words may stand in any order.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words: Vec<_> = text.split(' ').collect();
        words.sort_unstable();
        let sorted = |one: &Self| {
            let mut own: Vec<_> = one.word().split(' ').collect();
            own.sort_unstable();
            own
        };
        Self::ALL.into_iter().find(|one| sorted(one) == words)
    }

    /// As discovery names it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::IdToken => "id_token",
            Self::IdTokenToken => "id_token token",
            Self::CodeToken => "code token",
            Self::CodeIdToken => "code id_token",
            Self::CodeIdTokenToken => "code id_token token",
        }
    }

    /// The grant type that a client needs for it, in authentik's words.
    pub fn grant_type(self) -> &'static str {
        match self {
            Self::Code => "authorization_code",
            Self::IdToken | Self::IdTokenToken => "implicit",
            Self::CodeToken | Self::CodeIdToken | Self::CodeIdTokenToken => "hybrid",
        }
    }

    /// Whether a code is answered.
    pub fn has_code(self) -> bool {
        !matches!(self, Self::IdToken | Self::IdTokenToken)
    }

    /// Whether an ID token is answered at once.
    pub fn has_id_token(self) -> bool {
        !matches!(self, Self::Code | Self::CodeToken)
    }

    /// Whether an access token is answered at once.
    pub fn has_token(self) -> bool {
        matches!(
            self,
            Self::IdTokenToken | Self::CodeToken | Self::CodeIdTokenToken
        )
    }

    /// How it travels when nobody says.
    pub fn default_mode(self) -> ResponseMode {
        match self {
            Self::Code => ResponseMode::Query,
            _ => ResponseMode::Fragment,
        }
    }
}

/// `response_mode`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query.
    Query,
    /// In the fragment.
    Fragment,
    /// In a form that the browser posts.
    FormPost,
}

impl ResponseMode {
    /// Each.
    pub const ALL: [Self; 3] = [Self::Query, Self::Fragment, Self::FormPost];

    /// Reads the parameter.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }

    /// As discovery names it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Fragment => "fragment",
            Self::FormPost => "form_post",
        }
    }
}

/// The address to which an answer in the query or the fragment sends the browser; `uri` was
/// approved and has no fragment. A form is posted to `uri` as it is.
pub fn delivery_address(uri: &str, mode: ResponseMode, answer: &[(&str, String)]) -> String {
    let encoded = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(answer)
        .finish();
    match mode {
        ResponseMode::FormPost => uri.to_owned(),
        ResponseMode::Fragment => format!("{uri}#{encoded}"),
        ResponseMode::Query => {
            let joint = match uri.split_once('?') {
                None => "?",
                Some((_, "")) => "",
                Some((_, query)) if query.ends_with('&') => "",
                Some(_) => "&",
            };
            format!("{uri}{joint}{encoded}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn response_types_are_read_in_any_order() {
        for one in ResponseType::ALL {
            assert_eq!(ResponseType::parse(one.word()), Some(one));
        }
        let turned = ResponseType::parse("token id_token");
        assert_eq!(turned, Some(ResponseType::IdTokenToken));
        for bad in [
            "",
            "token",
            "none",
            "code code",
            "code  token",
            "Code",
            "code device",
        ] {
            assert_eq!(ResponseType::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn an_answer_joins_the_query_that_the_address_has() {
        let answer = [("code", "a b".to_owned()), ("state", "&=#".to_owned())];
        for (uri, mode, expected) in [
            (
                "https://a.example/cb",
                ResponseMode::Query,
                "https://a.example/cb?code=a+b&state=%26%3D%23",
            ),
            (
                "https://a.example/cb?x=1",
                ResponseMode::Query,
                "https://a.example/cb?x=1&code=a+b&state=%26%3D%23",
            ),
            (
                "https://a.example/cb?",
                ResponseMode::Query,
                "https://a.example/cb?code=a+b&state=%26%3D%23",
            ),
            (
                "https://a.example/cb",
                ResponseMode::Fragment,
                "https://a.example/cb#code=a+b&state=%26%3D%23",
            ),
            (
                "com.example:/cb",
                ResponseMode::Query,
                "com.example:/cb?code=a+b&state=%26%3D%23",
            ),
            (
                "https://a.example/cb",
                ResponseMode::FormPost,
                "https://a.example/cb",
            ),
        ] {
            assert_eq!(delivery_address(uri, mode, &answer), expected);
        }
    }
}
