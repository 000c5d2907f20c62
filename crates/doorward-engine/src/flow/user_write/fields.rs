//! What of a form belongs to an account.
//!
//! Rule: only these names are taken (`username`, `name`, `email`, `password`, `attributes.…`);
//! everything else in a form is for policies. A form never says groups, type, folder or whether
//! the account is active.

use serde_json::{Map, Value, json};

/// The fields of an account that a form named.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Written {
    pub username: Option<String>,
    pub name: Option<String>,
    pub email: Option<String>,
    pub password: Option<String>,
    attributes: Vec<(Vec<String>, Value)>,
}

/// Deeper attributes than anybody names.
const MAX_DEPTH: usize = 16;

pub(super) fn of(data: &Map<String, Value>) -> Written {
    let text = |key: &str| data.get(key)?.as_str().map(str::to_owned);
    Written {
        username: text("username"),
        name: text("name"),
        email: text("email"),
        // A field that need not be filled in leaves the password alone.
        password: text("password").filter(|password| !password.is_empty()),
        attributes: data.iter().filter_map(attribute).collect(),
    }
}

/// `attributes.a.b`, or authentik's older `attributes_a`.
fn attribute((key, value): (&String, &Value)) -> Option<(Vec<String>, Value)> {
    let rest = key.strip_prefix("attributes")?;
    let path: Vec<_> = match rest.strip_prefix('_') {
        Some(name) => vec![name.to_owned()],
        None => rest
            .strip_prefix('.')?
            .split('.')
            .map(str::to_owned)
            .collect(),
    };
    let is_path = path.len() <= MAX_DEPTH && path.iter().all(|part| !part.is_empty());
    is_path.then(|| (path, value.clone()))
}

impl Written {
    /// What changes, as the kernel takes it; `attributes` is what the account has (JSON).
    pub(super) fn change(&self, attributes: &str) -> Value {
        let mut body = json!({});
        for (key, value) in [
            ("username", &self.username),
            ("name", &self.name),
            ("email", &self.email),
        ] {
            if let Some(value) = value {
                body[key] = json!(value);
            }
        }
        if !self.attributes.is_empty() {
            body["attributes"] = self.attributes_over(attributes);
        }
        body
    }

    fn attributes_over(&self, before: &str) -> Value {
        let before = serde_json::from_str(before).unwrap_or_default();
        let mut whole = Value::Object(before);
        for (path, value) in &self.attributes {
            set(&mut whole, path, value.clone());
        }
        whole
    }
}

/// Sets a value within; what stands in the way and is no object is replaced.
fn set(place: &mut Value, path: &[String], value: Value) {
    let Some((first, rest)) = path.split_first() else {
        *place = value;
        return;
    };
    if !place.is_object() {
        *place = json!({});
    }
    set(&mut place[first.as_str()], rest, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(data: &Value) -> Written {
        of(data.as_object().expect("an object"))
    }

    #[test]
    fn attributes_are_set_within_and_leave_the_others() {
        let written =
            read(&json!({ "attributes.a.b": 1, "attributes_c": "x", "attributes.d.": 2 }));
        let change = written.change(r#"{"a":{"z":0},"k":true}"#);
        let expected = json!({ "a": { "b": 1, "z": 0 }, "c": "x", "k": true });
        assert_eq!(change, json!({ "attributes": expected }));
    }

    #[test]
    fn what_a_form_may_not_say_is_dropped() {
        let written = read(&json!({
            "groups": ["admins"], "is_active": true, "type": "internal", "path": "x", "id": 1,
            "is_superuser": true, "attributes": { "a": 1 }, "password": "", "uuid": "x",
        }));
        assert_eq!(written, Written::default());
        assert_eq!(written.change("{}"), json!({}));
    }
}
