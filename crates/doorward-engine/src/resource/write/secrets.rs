//! What is random is made, what is secret is sealed, before an object is stored.
//!
//! Rule: a secret goes where it went when it was entered. Whoever may change the address, but was never
//! told the secret, would be told it by their own server.

use doorward_protocol::seal::Purpose;
use serde_json::{Map, Value, json};

use super::Writing;
use crate::resource::field::{Access, Default, FieldType};
use crate::resource::kind::{Kind, Pk};
use crate::resource::validate::Errors;

impl Writing<'_> {
    /// Makes what is random, seals what is secret, and adds the key.
    pub(super) fn complete(
        &self,
        kind: &Kind,
        body: &Value,
        values: &mut Map<String, Value>,
        id: &str,
    ) {
        for field in kind.fields {
            let taken = field.access != Access::Hidden || self.is_system();
            let mut fresh = taken && body.get(field.key).is_some();
            if let Default::Random(length) = field.default
                && values
                    .get(field.key)
                    .and_then(Value::as_str)
                    .is_none_or(str::is_empty)
            {
                values.insert(field.key.into(), json!(random_text(length)));
                fresh = true;
            }
            if field.default == Default::Maker && !values.contains_key(field.key) {
                let maker = self.ctx.actor.person().map(|person| person.id);
                values.insert(field.key.into(), json!(maker));
            }
            if field.holds == FieldType::Secret && fresh {
                self.seal(kind, field.key, values);
            }
        }
        let pk = match kind.pk {
            Pk::Uuid => json!(id),
            Pk::Integer => json!(id.parse::<i64>().unwrap_or_default()),
        };
        values.insert(kind.pk_field.into(), pk);
    }

    /// The secrets that would go to another address than they were entered for.
    pub(super) fn misdirected(
        &self,
        kind: &Kind,
        body: &Value,
        values: &Map<String, Value>,
        before: Option<&Map<String, Value>>,
    ) -> Errors {
        let mut errors = Errors::default();
        let Some(before) = before else { return errors };
        for (secret, places) in kind.sent_to {
            let goes_on = places
                .iter()
                .all(|key| values.get(*key) == before.get(*key));
            let is_entered = body.get(*secret).is_some_and(Value::is_string);
            if !goes_on && !is_entered && self.holds(kind, secret, before) {
                errors.add(
                    secret,
                    format!("{} has changed: enter this again.", places.join(", ")),
                );
            }
        }
        errors
    }

    /// Whether a secret is kept, which may be an empty one.
    fn holds(&self, kind: &Kind, key: &str, values: &Map<String, Value>) -> bool {
        let sealed = values.get(key).and_then(Value::as_str).unwrap_or_default();
        let context = format!("{}.{key}", kind.model);
        let keys = &self.engine.keys;
        let clear = keys.open(Purpose::AtRest, context.as_bytes(), sealed);
        !sealed.is_empty() && clear.is_ok_and(|clear| !clear.is_empty())
    }

    fn seal(&self, kind: &Kind, key: &str, values: &mut Map<String, Value>) {
        let Some(clear) = values.get(key).and_then(Value::as_str) else {
            return;
        };
        let context = format!("{}.{key}", kind.model);
        let sealed = self
            .engine
            .keys
            .seal(Purpose::AtRest, context.as_bytes(), clear.as_bytes());
        values.insert(key.into(), json!(sealed));
    }
}

/// Random letters and digits.
pub(crate) fn random_text(length: usize) -> String {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut text = String::with_capacity(length);
    while text.len() < length {
        // 248 is the greatest multiple of 62 below 256: no letter is likelier than another.
        let bytes = doorward_protocol::encoding::random_bytes::<64>();
        let letters = bytes
            .into_iter()
            .filter(|byte| *byte < 248)
            .map(|byte| char::from(LETTERS[usize::from(byte) % 62]));
        text.extend(letters.take(length - text.len()));
    }
    text
}
