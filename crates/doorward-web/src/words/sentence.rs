//! Finds the words for a sentence that the program said in English.
//!
//! Its key is found by the sentence itself, or by its shape where values stand in it: the text around
//! them. Rule: a shape begins with words of its own, so that it is not taken for what an operator wrote.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use doorward_protocol::language::Language;
use fluent_bundle::{FluentArgs, FluentValue};

use super::{SENTENCE, keys, say};

/// What stands around a variable while an English sentence is taken apart; no text has it.
const MARK: char = '\u{1}';

/// What can be said in other languages.
struct Sentences {
    whole: HashMap<String, &'static str>,
    shapes: Vec<Shape>,
}

/// A sentence with values in it.
pub(super) struct Shape {
    key: &'static str,
    /// What it begins with.
    pub(super) head: String,
    /// Each variable, and the text after it.
    pub(super) rest: Vec<(String, String)>,
}

/// A sentence that was said in English, in another language if it is one of ours.
pub(crate) fn translated(language: Language, english: &str) -> Cow<'_, str> {
    if language == Language::En {
        return Cow::Borrowed(english);
    }
    own(language, english).map_or(Cow::Borrowed(english), Cow::Owned)
}

fn own(language: Language, english: &str) -> Option<String> {
    static ALL: LazyLock<Sentences> = LazyLock::new(Sentences::read);
    if let Some(key) = ALL.whole.get(english) {
        return say(language, key, &FluentArgs::new());
    }
    let found = |shape: &Shape| Some((shape.key, shape.values(english)?));
    let (key, values) = ALL.shapes.iter().find_map(found)?;
    say(language, key, &values)
}

impl Sentences {
    fn read() -> Self {
        let (mut whole, mut shapes) = (HashMap::new(), Vec::new());
        for key in keys(Language::En).filter(|key| key.starts_with(SENTENCE)) {
            match Shape::of(key) {
                Some(shape) if shape.rest.is_empty() => drop(whole.insert(shape.head, key)),
                Some(shape) => shapes.push(shape),
                None => {}
            }
        }
        Self { whole, shapes }
    }
}

impl Shape {
    /// The English sentence of a key, taken apart.
    pub(super) fn of(key: &'static str) -> Option<Self> {
        let names = super::variables(Language::En, key);
        let marked = |name: &String| (name.clone(), format!("{MARK}{name}{MARK}"));
        let given: FluentArgs<'_> = names.iter().map(marked).collect();
        let text = say(Language::En, key, &given)?;
        let mut parts = text.split(MARK).map(str::to_owned);
        let head = parts.next()?;
        let mut rest = Vec::new();
        while let Some((name, after)) = parts.next().zip(parts.next()) {
            rest.push((name, after));
        }
        Some(Self { key, head, rest })
    }

    /// What stands at the variables of `sentence`, if it has this shape.
    fn values<'a>(&self, sentence: &'a str) -> Option<FluentArgs<'a>> {
        let mut left = sentence.strip_prefix(&*self.head)?;
        let mut values = FluentArgs::new();
        for (at, (name, after)) in self.rest.iter().enumerate() {
            let is_last = at + 1 == self.rest.len();
            let (value, further) = if is_last {
                (left.strip_suffix(&**after)?, "")
            } else {
                left.split_once(&**after)?
            };
            values.set(name.clone(), value_of(value));
            left = further;
        }
        Some(values)
    }
}

/// A number has its plural forms.
fn value_of(text: &str) -> FluentValue<'_> {
    match text.parse::<u32>() {
        Ok(number) if number.to_string() == text => FluentValue::from(number),
        _ => FluentValue::from(text),
    }
}
