//! The bodies of actions: fields like a kind's, checked in the same way and in the same words.
//!
//! Owns reading a body into checked values. Leaves what they do to the actions. Rule: an action
//! takes nothing from a body that its form does not name, so that the OpenAPI file is complete.

use serde_json::{Map, Value};

use super::field::Field;
use super::validate::{Errors, WHOLE};
use super::value;
use super::world::World;

/// The body of an action.
pub struct Form {
    /// The schema's name.
    pub schema: &'static str,
    /// What it may hold.
    pub fields: &'static [Field],
}

/// A body that was checked, with defaults for what it left out.
pub struct Given(Map<String, Value>);

impl Form {
    /// Checks a body.
    ///
    /// # Errors
    ///
    /// Every message at once.
    pub fn read(&self, body: &Value, world: &World) -> Result<Given, Errors> {
        let Some(body) = body.as_object() else {
            return Err(Errors::one(WHOLE, "Invalid data. Expected a dictionary."));
        };
        let (mut values, mut errors) = (Map::new(), Errors::default());
        for field in self.fields {
            match one(field, body.get(field.key), world) {
                Ok(Some(value)) => drop(values.insert(field.key.to_owned(), value)),
                Ok(None) => {}
                Err(messages) => messages
                    .into_iter()
                    .for_each(|message| errors.add(field.key, message)),
            }
        }
        if errors.is_empty() {
            Ok(Given(values))
        } else {
            Err(errors)
        }
    }
}

fn one(field: &Field, given: Option<&Value>, world: &World) -> Result<Option<Value>, Vec<String>> {
    match given {
        Some(value) => value::check(field, value, world).map(Some),
        None if field.required => Err(vec!["This field is required.".to_owned()]),
        None => Ok(field.default.value()),
    }
}

impl Given {
    /// A field as text; empty if it is none.
    pub fn text(&self, key: &str) -> &str {
        self.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether the field is true.
    pub fn flag(&self, key: &str) -> bool {
        self.get(key).and_then(Value::as_bool).unwrap_or(false)
    }

    /// A field as a number; zero if it is none.
    pub fn integer(&self, key: &str) -> i64 {
        self.get(key).and_then(Value::as_i64).unwrap_or(0)
    }

    /// A field as it is.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }
}
