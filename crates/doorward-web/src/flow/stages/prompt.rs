//! A form of the operator's.

use axum::response::Response;
use doorward_engine::flow::{AskPrompt, Challenge, PromptField, PromptType};
use serde_json::{Value, json};

use super::card;
use crate::flow::page::Scene;
use crate::pages::{Form, FormChoice, FormField, FormInput};

pub(crate) fn json(ask: &AskPrompt) -> Value {
    json!({ "fields": ask.fields.iter().map(field).collect::<Vec<_>>() })
}

fn field(field: &PromptField) -> Value {
    let choices = field.choices.as_ref().map(|choices| {
        let one = |choice: &doorward_engine::flow::Choice| json!({ "value": choice.value, "label": choice.label });
        choices.iter().map(one).collect::<Vec<_>>()
    });
    json!({
        "field_key": field.key,
        "label": field.label,
        "type": field.kind.word(),
        "required": field.required,
        "placeholder": field.placeholder,
        "initial_value": field.initial_value,
        "order": field.order,
        "sub_text": field.sub_text,
        "choices": choices,
    })
}

pub(super) fn page(scene: &Scene<'_>, challenge: &Challenge, ask: &AskPrompt) -> Response {
    let (wait_s, errors) = card::mistakes(&challenge.mistakes, scene.visitor.ctx().now);
    scene.respond(&Form {
        title: challenge.flow.title.clone(),
        notice: scene.notice.map(str::to_owned),
        flow_action: scene.action.clone(),
        csrf: scene.csrf.clone(),
        fields: ask.fields.iter().map(shown).collect(),
        has_file: ask
            .fields
            .iter()
            .any(|field| field.kind == PromptType::File),
        errors,
        wait_s,
        cancel_url: scene.give_up(),
        form_action_origin: scene.to.origin.clone(),
    })
}

fn shown(field: &PromptField) -> FormField {
    let choices = field.choices.iter().flatten();
    let choices = choices.map(|choice| FormChoice {
        value: choice.value.clone(),
        label: choice.label.clone(),
        chosen: choice.value == field.initial_value,
    });
    FormField {
        name: field.key.clone(),
        label: field.label.clone(),
        input: input(field.kind),
        required: field.required,
        placeholder: field.placeholder.clone(),
        value: value(field),
        help: field.sub_text.clone(),
        choices: choices.collect(),
    }
}

/// As the browser's own inputs spell it.
fn value(field: &PromptField) -> String {
    let text = &field.initial_value;
    match field.kind {
        // 2026-01-02T03:04:05Z: its input takes no zone.
        PromptType::DateTime => text.trim_end_matches('Z').to_owned(),
        _ => text.clone(),
    }
}

fn input(kind: PromptType) -> FormInput {
    match kind {
        PromptType::Text => FormInput::Text,
        PromptType::TextArea => FormInput::Area,
        PromptType::TextReadOnly => FormInput::TextFixed,
        PromptType::TextAreaReadOnly => FormInput::AreaFixed,
        PromptType::Username => FormInput::Username,
        PromptType::Email => FormInput::Email,
        PromptType::Password => FormInput::NewPassword,
        PromptType::Number => FormInput::Number,
        PromptType::Checkbox => FormInput::Checkbox,
        PromptType::RadioButtonGroup => FormInput::Radio,
        PromptType::Dropdown | PromptType::AkLocale => FormInput::Select,
        PromptType::Date => FormInput::Date,
        PromptType::DateTime => FormInput::DateTime,
        PromptType::File => FormInput::File,
        PromptType::Separator => FormInput::Separator,
        PromptType::Hidden => FormInput::Hidden,
        PromptType::Static => FormInput::Static,
        PromptType::AlertInfo => FormInput::Info,
        PromptType::AlertWarning => FormInput::Warning,
        PromptType::AlertDanger => FormInput::Danger,
    }
}
