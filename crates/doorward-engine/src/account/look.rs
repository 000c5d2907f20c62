//! The language and the theme that people want for themselves.
//!
//! They stand where authentik's interface has them, in the account's `attributes.settings`. Rule: nothing
//! else of the account changes.

use doorward_protocol::language::Language;
use doorward_store::user;
use serde_json::{Map, Value, json};

use crate::brand::palette::Theme;
use crate::brand::{locale_in, theme_in};
use crate::context::Context;
use crate::engine::Engine;
use crate::person::Person;
use crate::resource::write::Writing;
use crate::resource::{Refusal, USER, registered};

/// What somebody wants; `None`: as their browser and their device have it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The language of pages and letters.
    pub language: Option<Language>,
    /// Light or dark.
    pub theme: Option<Theme>,
}

/// What `person` wants by now.
pub fn wanted(person: &Person) -> Wanted {
    let settings = person.attributes.get("settings");
    Wanted {
        language: Language::of_tag(locale_in(settings)),
        theme: theme_in(settings),
    }
}

/// Writes down what whoever asks wants.
///
/// # Errors
///
/// [`Refusal`].
pub async fn set(engine: &Engine, ctx: &Context, wanted: Wanted) -> Result<(), Refusal> {
    let person = ctx.actor.person().ok_or(Refusal::NotAuthenticated)?;
    let mut writing = Writing::begin(engine, ctx).await?;
    let row = user::find(&mut writing.tx, person.id).await?;
    let row = row.ok_or(Refusal::NotAuthenticated)?;
    let before: Map<String, Value> = serde_json::from_str(&row.attributes).unwrap_or_default();
    let after = with(before.clone(), wanted);
    if after != before {
        let body = json!({ "attributes": after });
        writing
            .amend(registered(USER), &person.id.to_string(), &body)
            .await?;
    }
    Ok(writing.commit().await?)
}

/// The attributes with what is wanted in them.
fn with(mut attributes: Map<String, Value>, wanted: Wanted) -> Map<String, Value> {
    let language = wanted.language.map(Language::tag);
    let theme = wanted.theme.map(Theme::name);
    let mut settings = taken(&mut attributes, "settings");
    let mut look = taken(&mut settings, "theme");
    put(&mut look, "base", theme.map(|name| json!(name)));
    let look = (!look.is_empty()).then(|| json!(look));
    put(&mut settings, "theme", look);
    put(&mut settings, "locale", language.map(|tag| json!(tag)));
    let settings = (!settings.is_empty()).then(|| json!(settings));
    put(&mut attributes, "settings", settings);
    attributes
}

fn taken(map: &mut Map<String, Value>, key: &str) -> Map<String, Value> {
    match map.remove(key) {
        Some(Value::Object(found)) => found,
        _ => Map::new(),
    }
}

fn put(map: &mut Map<String, Value>, key: &str, value: Option<Value>) {
    match value {
        Some(value) => drop(map.insert(key.to_owned(), value)),
        None => drop(map.remove(key)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_language_and_theme_change() {
        let before = json!({
            "phone": "1", "settings": { "locale": "fr", "theme": { "base": "dark", "background": "b" }, "layout": {} },
        });
        let before = before.as_object().unwrap().clone();
        let wanted = Wanted {
            language: Some(Language::De),
            theme: Some(Theme::Light),
        };
        let after = json!({
            "phone": "1", "settings": { "locale": "de", "theme": { "base": "light", "background": "b" }, "layout": {} },
        });
        assert_eq!(json!(with(before.clone(), wanted)), after);
        let none =
            json!({ "phone": "1", "settings": { "theme": { "background": "b" }, "layout": {} } });
        assert_eq!(json!(with(before, Wanted::default())), none);
        let new = with(Map::new(), wanted);
        let settings = json!({ "settings": { "locale": "de", "theme": { "base": "light" } } });
        assert_eq!(json!(new), settings);
        assert_eq!(with(new, Wanted::default()), Map::new());
    }
}
