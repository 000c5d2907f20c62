//! What came back, and what every answer of a sort has in common.

use http::HeaderMap;

/// An answer with its body read.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .get(name)
            .map(|value| std::str::from_utf8(value.as_bytes()).unwrap())
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{:?} {}", self.headers, self.text);
        self
    }

    #[track_caller]
    pub(crate) fn location(&self) -> String {
        self.header("location").expect("a Location").to_owned()
    }

    /// Every cookie that is set, as `name=value`, and every one taken away, as `name=`.
    pub(crate) fn cookies(&self) -> Vec<String> {
        let lines = self.headers.get_all("set-cookie").into_iter();
        let pair = |line: &str| line.split(';').next().unwrap_or_default().to_owned();
        lines.map(|line| pair(line.to_str().unwrap())).collect()
    }

    #[track_caller]
    pub(crate) fn set_cookie(&self, prefix: &str) -> String {
        let lines = self
            .headers
            .get_all("set-cookie")
            .into_iter()
            .map(|line| line.to_str().unwrap());
        let mut found =
            lines.filter(|line| line.starts_with(prefix) && !line.contains("Max-Age=0"));
        found
            .next_back()
            .unwrap_or_else(|| panic!("no cookie {prefix}"))
            .to_owned()
    }

    #[track_caller]
    pub(crate) fn is_a_bare_401(&self) {
        assert_eq!(self.status, 401, "{}", self.text);
        assert_eq!(self.header("location"), None);
        assert_eq!(self.header("set-cookie"), None);
        assert_eq!(self.header("cache-control"), Some("no-store"));
        assert!(self.text.starts_with('{'), "{}", self.text);
    }

    #[track_caller]
    pub(crate) fn is_empty_200(&self) {
        assert_eq!(self.status, 200, "{}", self.text);
        let identity = self
            .headers
            .iter()
            .filter(|(name, _)| name.as_str().starts_with("x-authentik-"));
        let values: Vec<_> = identity.map(|(_, value)| value.clone()).collect();
        assert_eq!(values.len(), 12);
        assert!(
            values.iter().all(http::HeaderValue::is_empty),
            "{:?}",
            self.headers
        );
    }
}
