//! What somebody answered: a form's fields or a JSON object, as one thing.

use serde_json::{Map, Value};

use super::Mistake;

/// An answer to a challenge. No `Debug`: it holds passwords.
#[derive(Clone, Default)]
pub struct Answer {
    /// The challenge it is for; `None` if it does not say.
    pub component: Option<String>,
    /// Everything else.
    pub fields: Map<String, Value>,
}

impl Answer {
    /// The answer in a JSON object, or `None` if it is none.
    pub fn from_json(value: Value) -> Option<Self> {
        let Value::Object(mut fields) = value else {
            return None;
        };
        let component = fields.remove("component");
        let component = component.map(|name| name.as_str().unwrap_or_default().to_owned());
        Some(Self { component, fields })
    }

    /// A field that must be text; empty when it is not there.
    pub(super) fn text(&self, name: &'static str) -> Result<&str, Mistake> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(""),
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(Mistake::NotText(name)),
        }
    }

    /// A field that is a JSON object, or the text of one as forms send it.
    pub(super) fn object(&self, name: &str) -> Option<Value> {
        let value = match self.fields.get(name)? {
            Value::String(text) => serde_json::from_str(text).ok()?,
            value => value.clone(),
        };
        value.is_object().then_some(value)
    }

    /// A field that must be a truth value.
    pub(super) fn truth(&self, name: &'static str) -> Result<Option<bool>, Mistake> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(truth)) => Ok(Some(*truth)),
            Some(Value::String(text)) => match text.to_ascii_lowercase().as_str() {
                "true" | "on" | "1" => Ok(Some(true)),
                "false" | "off" | "0" | "" => Ok(Some(false)),
                _ => Err(Mistake::NotTruth(name)),
            },
            Some(_) => Err(Mistake::NotTruth(name)),
        }
    }
}
