//! What the sign-in card shows on every stage that uses it: heading, what was typed, mistakes.

use doorward_engine::flow::{Challenge, Mistake};

use super::about;
use crate::flow::page::{Scene, address, seconds_until};
use crate::pages::{FieldError, Login};

/// The card without fields.
pub(super) fn login(scene: &Scene<'_>, challenge: &Challenge) -> Login {
    let (wait_s, errors) = mistakes(&challenge.mistakes, scene.visitor.ctx().now);
    Login {
        username: challenge.pending_user.clone(),
        errors,
        wait_s,
        notice: scene.notice.map(str::to_owned),
        form_action_origin: scene.to.origin.clone(),
        ..headed(scene, challenge)
    }
}

/// A card with its heading and nothing else.
fn headed(scene: &Scene<'_>, challenge: &Challenge) -> Login {
    let card = Login::new(scene.action.clone(), scene.csrf.clone());
    let flow = &challenge.flow;
    let title = Some(flow.title.clone()).filter(|title| !title.is_empty());
    Login {
        title: title.unwrap_or_else(|| card.title.clone()),
        app_name: flow.application.as_ref().map(|app| app.name.clone()),
        about: about(flow),
        ..card
    }
}

/// The address of another flow, with the same way on.
pub(super) fn flow_url(scene: &Scene<'_>, slug: Option<&str>) -> Option<String> {
    slug.map(|slug| address(slug, None, scene.to.next.as_deref()))
}

/// Seconds to wait, and what was wrong in words.
pub(super) fn mistakes(mistakes: &[Mistake], now: i64) -> (Option<u32>, Vec<FieldError>) {
    let wait_s = mistakes.iter().find_map(|mistake| match mistake {
        Mistake::TooMany { until } => Some(seconds_until(*until, now)),
        _ => None,
    });
    (wait_s, mistakes.iter().map(words).collect())
}

fn words(mistake: &Mistake) -> FieldError {
    match mistake {
        Mistake::NoName | Mistake::Missing("uid_field") => {
            FieldError::at("uid_field", "Enter your user name or email address.")
        }
        Mistake::NoPassword | Mistake::Missing("password") => {
            FieldError::at("password", "Enter your password.")
        }
        Mistake::NotProven | Mistake::WrongPassword | Mistake::TooMany { .. } => {
            FieldError::form(Login::CHECK_BOTH)
        }
        Mistake::Missing("token" | "captcha_token") => {
            FieldError::form("Answer the question that keeps robots out, then go on.")
        }
        // No field of ours that could be led to.
        Mistake::Said { field, text, .. }
            if matches!(field.as_str(), "token" | "captcha_token") =>
        {
            FieldError::form(text)
        }
        Mistake::WrongComponent => {
            FieldError::form("This was meant for another step. Please answer this one.")
        }
        Mistake::Missing(_) | Mistake::NotText(_) | Mistake::NotTruth(_) => {
            FieldError::form("Something in the form could not be read. Please try again.")
        }
        Mistake::Said { field, text, .. } if field == "non_field_errors" => FieldError::form(text),
        Mistake::Said { field, text, .. } => FieldError::at(field, text),
    }
}
