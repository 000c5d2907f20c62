//! Claims that are asked for one by one: the parameter `claims` (OpenID Connect Core §5.5).
//!
//! Owns reading it within bounds. Leaves to others what may be told. Rule: what is not understood
//! within it is left out where the standard says so (§5.5), and refused in words otherwise.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::jose::members;

const BYTES_MAX: usize = 8 * 1024;
const COUNT_MAX: usize = 50;
const VALUES_MAX: usize = 20;
const NAME_BYTES_MAX: usize = 100;

/// Why the parameter is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ClaimsError {
    /// More than 8 KiB, 50 claims at one place or 20 values of one.
    #[error("The parameter claims is too long, or asks for too many claims or values.")]
    TooLong,
    /// No JSON object, one that is too deep, or a member that stands twice.
    #[error("The parameter claims is no JSON object, is too deep, or has a member twice.")]
    Malformed,
    /// `userinfo` or `id_token` is no object.
    #[error("In the parameter claims, {0} is no JSON object.")]
    Place(&'static str),
    /// A claim is neither `null` nor an object whose members are as they must be.
    #[error(
        "In the parameter claims, a claim is neither null nor an object with essential (true or \
         false), value or values (a list)."
    )]
    Claim,
}

/// How one claim is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wish {
    /// Whether the client cannot do without it.
    pub essential: bool,
    /// The values that it takes; none: any.
    pub values: Vec<Value>,
}

/// What is asked for, by name and place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimsRequest {
    /// From userinfo.
    pub userinfo: BTreeMap<String, Wish>,
    /// In the ID token.
    pub id_token: BTreeMap<String, Wish>,
}

impl ClaimsRequest {
    /// Reads the parameter.
    ///
    /// # Errors
    ///
    /// [`ClaimsError`].
    pub fn read(text: &str) -> Result<Self, ClaimsError> {
        if text.len() > BYTES_MAX {
            return Err(ClaimsError::TooLong);
        }
        let all = members::read(text.as_bytes()).ok_or(ClaimsError::Malformed)?;
        Ok(Self {
            userinfo: wishes(&all, "userinfo")?,
            id_token: wishes(&all, "id_token")?,
        })
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.userinfo.is_empty() && self.id_token.is_empty()
    }

    /// Every name that is asked for, at either place, each once.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let ids = self.id_token.keys();
        let ids = ids.filter(|name| !self.userinfo.contains_key(*name));
        self.userinfo.keys().chain(ids).map(String::as_str)
    }

    /// How a claim is asked for, at each place.
    pub fn wishes<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Wish> {
        let places = [&self.userinfo, &self.id_token];
        places.into_iter().filter_map(move |place| place.get(name))
    }
}

impl Wish {
    /// Whether this value is one that was asked for.
    pub fn is_met_by(&self, value: &Value) -> bool {
        self.values.is_empty() || self.values.contains(value)
    }

    fn read(given: &Value) -> Result<Self, ClaimsError> {
        let given = match given {
            Value::Null => return Ok(Self::default()),
            Value::Object(given) => given,
            _ => return Err(ClaimsError::Claim),
        };
        let essential = match given.get("essential") {
            None => false,
            Some(Value::Bool(essential)) => *essential,
            Some(_) => return Err(ClaimsError::Claim),
        };
        let several = match given.get("values") {
            None => &[][..],
            Some(Value::Array(values)) => values,
            Some(_) => return Err(ClaimsError::Claim),
        };
        if several.len() > VALUES_MAX {
            return Err(ClaimsError::TooLong);
        }
        let values = several.iter().chain(given.get("value")).cloned();
        Ok(Self {
            essential,
            values: values.collect(),
        })
    }
}

/// What is asked for at one place. Names that no claim of ours can have are left out.
fn wishes(
    all: &Map<String, Value>,
    place: &'static str,
) -> Result<BTreeMap<String, Wish>, ClaimsError> {
    let given = match all.get(place) {
        None | Some(Value::Null) => return Ok(BTreeMap::new()),
        Some(Value::Object(given)) => given,
        Some(_) => return Err(ClaimsError::Place(place)),
    };
    if given.len() > COUNT_MAX {
        return Err(ClaimsError::TooLong);
    }
    let read = given
        .iter()
        .map(|(name, wish)| Ok((name, Wish::read(wish)?)));
    let read: Vec<_> = read.collect::<Result<_, ClaimsError>>()?;
    let known = read.into_iter().filter(|(name, _)| is_name(name));
    Ok(known.map(|(name, wish)| (name.clone(), wish)).collect())
}

/// Letters, digits and `_.:/#-`: names are shown to people.
fn is_name(name: &str) -> bool {
    let is_of_one = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:/#-".contains(&byte);
    (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(is_of_one)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// OpenID Connect Core §5.5
    #[test]
    fn the_example_of_the_standard_is_read() {
        let text = r#"{
            "userinfo": {
                "given_name": {"essential": true}, "nickname": null, "email": {"essential": true},
                "email_verified": {"essential": true}, "picture": null,
                "http://example.info/claims/groups": null
            },
            "id_token": {
                "auth_time": {"essential": true},
                "acr": {"values": ["urn:mace:incommon:iap:silver"]}
            },
            "more": "is not understood and left out"
        }"#;
        let read = ClaimsRequest::read(text).unwrap();
        assert!(read.userinfo["given_name"].essential && !read.userinfo["nickname"].essential);
        assert!(
            read.userinfo
                .contains_key("http://example.info/claims/groups")
        );
        assert!(!read.id_token["acr"].is_met_by(&json!("bronze")));
        assert!(read.id_token["acr"].is_met_by(&json!("urn:mace:incommon:iap:silver")));
        assert!(read.id_token["auth_time"].is_met_by(&json!(1)));
        assert_eq!(read.names().count(), 8);
        let kept = serde_json::to_string(&read).unwrap();
        assert_eq!(serde_json::from_str::<ClaimsRequest>(&kept).unwrap(), read);
    }

    #[test]
    fn value_and_values_are_both_what_is_wanted() {
        let text = r#"{"id_token":{"a":{"value":1},"b":{"values":[1,{"c":2}],"value":null}}}"#;
        let read = ClaimsRequest::read(text).unwrap();
        assert!(
            read.id_token["a"].is_met_by(&json!(1)) && !read.id_token["a"].is_met_by(&json!("1"))
        );
        assert!(read.id_token["b"].is_met_by(&json!({ "c": 2 })));
        assert!(read.id_token["b"].is_met_by(&Value::Null));
        assert!(!read.id_token["b"].is_met_by(&json!({})));
    }

    #[test]
    fn what_is_not_as_the_standard_says_is_refused_in_words() {
        for (text, error) in [
            ("", ClaimsError::Malformed),
            ("[]", ClaimsError::Malformed),
            ("{", ClaimsError::Malformed),
            ("{} {}", ClaimsError::Malformed),
            (r#"{"userinfo":{},"userinfo":{}}"#, ClaimsError::Malformed),
            (r#"{"userinfo":{"a":null,"a":{}}}"#, ClaimsError::Malformed),
            (r#"{"userinfo":[]}"#, ClaimsError::Place("userinfo")),
            (r#"{"id_token":"x"}"#, ClaimsError::Place("id_token")),
            (r#"{"id_token":{"a":true}}"#, ClaimsError::Claim),
            (
                r#"{"id_token":{"a":{"essential":"yes"}}}"#,
                ClaimsError::Claim,
            ),
            (r#"{"id_token":{"a":{"values":"b"}}}"#, ClaimsError::Claim),
        ] {
            assert_eq!(ClaimsRequest::read(text), Err(error), "{text}");
        }
        assert_eq!(
            ClaimsRequest::read("{}").map(|read| read.is_empty()),
            Ok(true)
        );
        let null = ClaimsRequest::read(r#"{"userinfo":null}"#);
        assert_eq!(null.map(|read| read.is_empty()), Ok(true));
    }

    /// oidc.md 6.3 number 15
    #[test]
    fn it_is_bounded_in_length_depth_and_number() {
        let long = format!(
            r#"{{"userinfo":{{"a":{{"value":"{}"}}}}}}"#,
            "x".repeat(8200)
        );
        assert_eq!(ClaimsRequest::read(&long), Err(ClaimsError::TooLong));
        let deep = format!("{}{}", r#"{"a":"#.repeat(1000), "}".repeat(1000));
        assert_eq!(ClaimsRequest::read(&deep), Err(ClaimsError::Malformed));
        let many: Vec<_> = (0..=COUNT_MAX)
            .map(|at| format!("\"a{at}\":null"))
            .collect();
        let many = format!("{{\"userinfo\":{{{}}}}}", many.join(","));
        assert_eq!(ClaimsRequest::read(&many), Err(ClaimsError::TooLong));
        let values = vec!["1"; VALUES_MAX + 1].join(",");
        let values = format!(r#"{{"userinfo":{{"a":{{"values":[{values}]}}}}}}"#);
        assert_eq!(ClaimsRequest::read(&values), Err(ClaimsError::TooLong));
    }

    #[test]
    fn a_name_that_could_be_a_sentence_to_people_is_none() {
        let text =
            r#"{"userinfo":{"Press yes to win":null,"":null,"ä":null,"<b>":null,"name#de":null}}"#;
        let read = ClaimsRequest::read(text).unwrap();
        assert_eq!(read.names().collect::<Vec<_>>(), ["name#de"]);
    }
}
