//! A challenge as a page.

use axum::response::Response;
use doorward_engine::flow::{Ask, Challenge, Mistake, Refusal, UserField};
use http::StatusCode;
use url::form_urlencoded::Serializer;

use super::destination::Destination;
use crate::extract::Visitor;
use crate::pages::{FieldError, Login, LoginFields, Message, Person, SignOutConfirm, SignedOut};
use crate::state::AppState;

/// What a challenge is shown with.
pub(super) struct Scene<'a> {
    pub state: &'a AppState,
    pub visitor: &'a Visitor,
    /// Where the form goes.
    pub action: String,
    /// The form's token.
    pub csrf: String,
    pub to: &'a Destination,
    pub notice: Option<&'static str>,
}

/// The address of a flow's page.
pub(super) fn address(slug: &str, run: Option<&str>, next: Option<&str>) -> String {
    let mut query = Serializer::new(String::new());
    if let Some(run) = run {
        query.append_pair("run", run);
    }
    if let Some(next) = next {
        query.append_pair("next", next);
    }
    let query = query.finish();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("/if/flow/{slug}/{mark}{query}")
}

/// The address at which somebody who is signed in signs in as somebody else.
pub(super) fn switching_address(slug: &str, next: Option<&str>) -> String {
    let address = address(slug, None, next);
    let mark = if next.is_some() { "&" } else { "?" };
    format!("{address}{mark}switch=1")
}

/// The page that asks.
pub(super) fn challenge(scene: &Scene<'_>, challenge: &Challenge) -> Response {
    let pages = &scene.state.pages;
    match &challenge.ask {
        Ask::Identification { .. } | Ask::Password { .. } | Ask::UserLogin => {
            pages.respond(&login(scene, challenge))
        }
        Ask::SignOut => pages.respond(&sign_out(scene, challenge)),
        Ask::SessionEnd => pages.respond(&session_end(scene, challenge)),
    }
}

fn login(scene: &Scene<'_>, challenge: &Challenge) -> Login {
    let (wait_s, errors) = mistakes(&challenge.mistakes, scene.visitor.ctx().now);
    let card = Login {
        username: challenge.pending_user.clone(),
        errors,
        wait_s,
        notice: scene.notice.map(str::to_owned),
        form_action_origin: scene.to.origin.clone(),
        ..headed(scene, challenge)
    };
    asking(scene, &challenge.ask, card)
}

/// A card with its heading and nothing else.
fn headed(scene: &Scene<'_>, challenge: &Challenge) -> Login {
    let card = Login::new(scene.action.clone(), scene.csrf.clone());
    let flow = &challenge.flow;
    let title = Some(flow.title.clone()).filter(|title| !title.is_empty());
    Login {
        title: title.unwrap_or_else(|| card.title.clone()),
        app_name: flow.application.as_ref().map(|app| app.name.clone()),
        ..card
    }
}

/// The card with the fields and links of what is asked.
fn asking(scene: &Scene<'_>, ask: &Ask, card: Login) -> Login {
    match ask {
        Ask::Identification {
            user_fields,
            password,
            show_password,
            remember,
            enrollment,
            recovery,
            ..
        } => Login {
            fields: identification_fields(*password),
            username_label: label(user_fields).to_owned(),
            show_password: *show_password,
            remember: remember.then_some(false),
            enrollment_url: flow_url(scene, enrollment.as_deref()),
            recovery_url: flow_url(scene, recovery.as_deref()),
            ..card
        },
        Ask::Password {
            show_password,
            remember,
            recovery,
        } => Login {
            fields: LoginFields::PasswordOnly,
            show_password: *show_password,
            remember: remember.then_some(false),
            cancel_url: Some(cancel_url(scene.to.next.as_deref())),
            recovery_url: flow_url(scene, recovery.as_deref()),
            ..card
        },
        Ask::UserLogin | Ask::SignOut | Ask::SessionEnd => card,
    }
}

fn identification_fields(with_password: bool) -> LoginFields {
    if with_password {
        LoginFields::NameAndPassword
    } else {
        LoginFields::NameOnly
    }
}

/// Where a run is given up: back to its start.
pub(super) fn cancel_url(next: Option<&str>) -> String {
    match next {
        Some(next) => {
            let query = Serializer::new(String::new())
                .append_pair("next", next)
                .finish();
            format!("/flows/-/cancel/?{query}")
        }
        None => "/flows/-/cancel/".to_owned(),
    }
}

fn flow_url(scene: &Scene<'_>, slug: Option<&str>) -> Option<String> {
    slug.map(|slug| address(slug, None, scene.to.next.as_deref()))
}

fn label(fields: &[UserField]) -> &'static str {
    match (
        fields.contains(&UserField::Username),
        fields.contains(&UserField::Email),
    ) {
        (true, false) => "Username",
        (false, true) => "Email",
        _ => "Username or email",
    }
}

/// Seconds to wait, and what was wrong in words.
fn mistakes(mistakes: &[Mistake], now: i64) -> (Option<u32>, Vec<FieldError>) {
    let wait_s = mistakes.iter().find_map(|mistake| match mistake {
        Mistake::TooMany { until } => Some(seconds_until(*until, now)),
        _ => None,
    });
    (wait_s, mistakes.iter().copied().map(words).collect())
}

fn words(mistake: Mistake) -> FieldError {
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
        Mistake::WrongComponent => {
            FieldError::form("This was meant for another step. Please answer this one.")
        }
        Mistake::Missing(_) | Mistake::NotText(_) | Mistake::NotTruth(_) => {
            FieldError::form("Something in the form could not be read. Please try again.")
        }
    }
}

/// Whole seconds, at least one.
pub(super) fn seconds_until(until: i64, now: i64) -> u32 {
    u32::try_from((until.saturating_sub(now) + 999) / 1000)
        .unwrap_or(0)
        .max(1)
}

fn sign_out(scene: &Scene<'_>, challenge: &Challenge) -> SignOutConfirm {
    let person = scene.visitor.person();
    SignOutConfirm {
        person: person.map(|person| Person::new(&*person.name, &*person.username)),
        app_name: challenge
            .flow
            .application
            .as_ref()
            .map(|app| app.name.clone()),
        csrf: scene.csrf.clone(),
        action: scene.action.clone(),
        central_choice: false,
        back_url: "/if/user/".to_owned(),
        form_action_origin: scene.to.origin.clone(),
    }
}

fn session_end(scene: &Scene<'_>, challenge: &Challenge) -> SignedOut {
    let signed_in = scene.visitor.session.is_some();
    let app = challenge.flow.application.as_ref();
    SignedOut {
        app: app.map(|app| app.name.clone()),
        apps_url: signed_in.then(|| "/if/user/".to_owned()),
        login_url: "/flows/-/default/authentication/".to_owned(),
    }
}

/// The page after signing out of everything.
pub(super) fn signed_out(state: &AppState) -> Response {
    let login_url = "/flows/-/default/authentication/".to_owned();
    state.pages.respond(&SignedOut {
        app: None,
        apps_url: None,
        login_url,
    })
}

/// The page of a run that ended without its aim.
pub(super) fn refused(
    state: &AppState,
    visitor: &Visitor,
    refusal: Refusal,
    again: &str,
) -> Response {
    let (title, text) = match refusal {
        Refusal::NotApplicable => (
            "This page is not for you right now",
            "It does not apply to how you are signed in.",
        ),
        Refusal::TooManyFailures | Refusal::Inactive | Refusal::NotProven => (
            "You are not signed in",
            "Too many answers did not fit. Start again.",
        ),
        Refusal::UnknownStage | Refusal::Undecidable => (
            "Signing in is not possible this way",
            "One of the steps cannot be carried out. Tell an administrator the reference below.",
        ),
    };
    let page = Message::new(StatusCode::FORBIDDEN, title, text)
        .with_reference(&*visitor.ctx().request_id)
        .with_next_step("Start again", again);
    state.pages.respond(&page)
}
