//! The parameters of one request, form-encoded.

use thiserror::Error;
use url::form_urlencoded;

/// Bytes of a query or a body.
const BYTES_MAX: usize = 32 * 1024;
const COUNT_MAX: usize = 64;
/// The only ones that may stand several times (RFC 8707 §2, RFC 8693 §2.1).
const REPEATABLE: [&str; 2] = ["resource", "audience"];

/// Why parameters are not read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ParametersError {
    /// More than 32 KiB.
    #[error("The request is too long.")]
    TooLong,
    /// More than 64 parameters.
    #[error("The request has too many parameters.")]
    TooMany,
    /// A parameter that may stand once stands again (RFC 6749 §3.1).
    #[error("The parameter {0} is given more than once.")]
    Repeated(String),
}

/// What a request says, each name once; an empty value is as if it were not there (RFC 6749 §3.1).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads a query or a body.
    ///
    /// # Errors
    ///
    /// [`ParametersError`]; the first that stands in the way.
    pub fn read(bytes: &[u8]) -> Result<Self, ParametersError> {
        if bytes.len() > BYTES_MAX {
            return Err(ParametersError::TooLong);
        }
        let mut all: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(bytes) {
            if all.len() == COUNT_MAX {
                return Err(ParametersError::TooMany);
            }
            let is_again = all.iter().any(|(known, _)| *known == name);
            if is_again && !REPEATABLE.contains(&&*name) {
                let shown = name.chars().filter(char::is_ascii_graphic).take(40);
                return Err(ParametersError::Repeated(shown.collect()));
            }
            all.push((name.into_owned(), value.into_owned()));
        }
        all.retain(|(_, value)| !value.is_empty());
        Ok(Self(all))
    }

    /// What a parameter says.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// What a parameter says each time.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let found = self.0.iter().filter(move |(known, _)| known == name);
        found.map(|(_, value)| &**value)
    }

    /// Form-encoded again, without the empty ones.
    pub fn encoded(&self) -> String {
        let mut text = form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(&self.0).finish()
    }

    /// The same with one more.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same without one of them.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.0.retain(|(known, _)| known != name);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_that_is_sent_twice_is_refused_rfc_6749_3_1() {
        let refused = Parameters::read(b"client_id=a&state=1&state=2").err();
        assert_eq!(refused, Some(ParametersError::Repeated("state".into())));
        let refused = Parameters::read(b"state=&state=2").err();
        assert_eq!(refused, Some(ParametersError::Repeated("state".into())));
        let read = Parameters::read(b"resource=a&resource=b&scope=").unwrap();
        assert_eq!(read.all("resource").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(read.get("scope"), None, "an empty one is not there");
    }

    #[test]
    fn a_request_is_bounded() {
        let long = vec![b'a'; BYTES_MAX + 1];
        assert_eq!(
            Parameters::read(&long).err(),
            Some(ParametersError::TooLong)
        );
        let many: Vec<_> = (0..=COUNT_MAX).map(|at| format!("p{at}=1")).collect();
        let refused = Parameters::read(many.join("&").as_bytes()).err();
        assert_eq!(refused, Some(ParametersError::TooMany));
    }

    #[test]
    fn what_was_read_is_written_again() {
        let read = Parameters::read(b"a=b%20c&state=%26%3D").unwrap();
        assert_eq!(read.encoded(), "a=b+c&state=%26%3D");
        assert_eq!(read.without("a").encoded(), "state=%26%3D");
    }
}
