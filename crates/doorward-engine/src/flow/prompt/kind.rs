//! The kinds of fields a form may have.

use doorward_protocol::language::Language;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Choice;

/// What a field holds, in authentik's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the contract's words say what they are")]
pub enum PromptType {
    Text,
    TextArea,
    TextReadOnly,
    TextAreaReadOnly,
    Username,
    Email,
    Password,
    Number,
    Checkbox,
    #[serde(rename = "radio-button-group")]
    RadioButtonGroup,
    Dropdown,
    Date,
    #[serde(rename = "date-time")]
    DateTime,
    File,
    Separator,
    Hidden,
    Static,
    AlertInfo,
    AlertWarning,
    AlertDanger,
    #[serde(rename = "ak-locale")]
    AkLocale,
}

impl PromptType {
    /// Every word, in authentik's order.
    pub const WORDS: &'static [&'static str] = &[
        "text",
        "text_area",
        "text_read_only",
        "text_area_read_only",
        "username",
        "email",
        "password",
        "number",
        "checkbox",
        "radio-button-group",
        "dropdown",
        "date",
        "date-time",
        "file",
        "separator",
        "hidden",
        "static",
        "alert_info",
        "alert_warning",
        "alert_danger",
        "ak-locale",
    ];

    /// The word of the API.
    pub fn word(self) -> &'static str {
        Self::WORDS[self as usize]
    }

    /// Whether it only shows something and has no answer.
    pub fn is_shown_only(self) -> bool {
        matches!(
            self,
            Self::Separator | Self::AlertInfo | Self::AlertWarning | Self::AlertDanger
        )
    }

    /// Whether its answer is its own value, whatever is sent.
    pub fn is_fixed(self) -> bool {
        matches!(
            self,
            Self::Hidden | Self::Static | Self::TextReadOnly | Self::TextAreaReadOnly
        )
    }

    /// Whether what was typed stands in it again: no password, no file, nothing fixed.
    pub(super) fn is_retyped(self) -> bool {
        !matches!(self, Self::Password | Self::File) && !self.is_shown_only() && !self.is_fixed()
    }

    /// What can be chosen: as an earlier step said, else the one that the placeholder names.
    pub(super) fn choices(self, said: Option<&Value>, placeholder: &Value) -> Option<Vec<Choice>> {
        match self {
            Self::AkLocale => Some(languages()),
            Self::RadioButtonGroup | Self::Dropdown => Some(match said.unwrap_or(placeholder) {
                Value::Array(list) => list.iter().filter_map(Choice::read).collect(),
                Value::String(none) if none.is_empty() => Vec::new(),
                one => Choice::read(one).into_iter().collect(),
            }),
            _ => None,
        }
    }
}

/// The languages that people can choose, or none of them.
fn languages() -> Vec<Choice> {
    let ours = Language::ALL.map(|one| Choice::new(one.tag(), one.name()));
    let none = Choice::new("", "As the browser says");
    std::iter::once(none).chain(ours).collect()
}

impl Choice {
    fn new(value: &str, label: &str) -> Self {
        Self {
            value: value.to_owned(),
            label: label.to_owned(),
        }
    }

    /// A text, or `{value, label}`.
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Object(one) => {
                let value = one.get("value").map(super::plain)?;
                let label = one.get("label").map_or_else(|| value.clone(), super::plain);
                Some(Self { value, label })
            }
            Value::Null => None,
            other => {
                let text = super::plain(other);
                Some(Self::new(&text, &text))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_and_written_the_same_way() {
        for word in PromptType::WORDS {
            let kind: PromptType = serde_json::from_value((*word).into()).expect(word);
            assert_eq!(kind.word(), *word);
        }
    }
}
