//! `/if/admin/people/invite/`: a link by which somebody makes their own account, with groups to begin with.
//!
//! Owns the form's words. Leaves invitations to the engine and the flow that ships for them. Rule: an
//! invitation made here works once, in that flow alone, and ends.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use doorward_engine::resource::actions::invitation;
use doorward_engine::resource::value::{milliseconds, rfc3339};
use doorward_engine::resource::{self, Errors, GROUP, Refusal};
use doorward_protocol::qr;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Operator, Sent, answer, beside, kind_of, refused, results};
use crate::extract::Asks;
use crate::pages::{AddChoice, ConsoleInvite, ConsoleInvited, FieldError, Section};
use crate::respond::see_other;
use crate::state::AppState;

const PATH: &str = "/if/admin/people/invite/";
const MODEL: &str = "authentik_stages_invitation.invitation";
/// The flow that ships for invitations.
const FLOW: &str = "enrollment-by-invitation";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How long a link works: what is sent and what is read.
const DAYS: [(&str, &str); 4] = [
    ("1", "A day"),
    ("7", "A week"),
    ("30", "Thirty days"),
    ("365", "A year"),
];

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(PATH, get(show).post(make))
        .route(&format!("{PATH}{{id}}/"), get(made).post(send))
}

/// What stands in the fields.
#[derive(Default)]
struct Typed {
    name: String,
    email: String,
    groups: Vec<String>,
    days: String,
}

/// What the palette names.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Named {
    name: String,
}

async fn show(
    State(state): State<AppState>,
    operator: Operator,
    Asks(named): Asks<Named>,
) -> Response {
    let typed = Typed {
        name: named.name,
        ..Typed::default()
    };
    form(&state, &operator, &typed, Vec::new()).await
}

async fn form(
    state: &AppState,
    operator: &Operator,
    typed: &Typed,
    errors: Vec<FieldError>,
) -> Response {
    let groups = match groups(state, operator, &typed.groups).await {
        Ok(groups) => groups,
        Err(refusal) => return refused(state, operator, refusal),
    };
    let wanted = if typed.days.is_empty() {
        "7"
    } else {
        &typed.days
    };
    let page = ConsoleInvite {
        frame: operator.frame(state, Section::People),
        name: typed.name.clone(),
        email: typed.email.clone(),
        groups,
        days: DAYS
            .map(|(value, label)| choice(value, label, value == wanted))
            .into(),
        errors,
    };
    answer(state, &page)
}

fn choice(value: &str, label: &str, chosen: bool) -> AddChoice {
    AddChoice {
        value: value.to_owned(),
        label: label.to_owned(),
        about: String::new(),
        chosen,
    }
}

/// The groups that anybody may be put into from here: those that make nobody an administrator.
async fn groups(
    state: &AppState,
    operator: &Operator,
    chosen: &[String],
) -> Result<Vec<AddChoice>, Refusal> {
    let params = operator.params([
        ("page_size", "100"),
        ("include_users", "false"),
        ("ordering", "name"),
    ]);
    let found = resource::list(&state.engine, operator.ctx(), kind_of(GROUP)?, &params).await?;
    let closed = invitation::closed_groups(&state.engine).await?;
    let is_open = |group: &&Value| {
        let pk = group["pk"].as_str().unwrap_or_default();
        !closed.iter().any(|one| one == pk)
    };
    let one = |group: &Value| {
        let text = |key: &str| group[key].as_str().unwrap_or_default();
        let is_chosen = chosen.iter().any(|one| one == text("pk"));
        choice(text("pk"), text("name"), is_chosen)
    };
    Ok(results(&found).iter().filter(is_open).map(one).collect())
}

async fn make(State(state): State<AppState>, sent: Sent) -> Response {
    let typed = Typed {
        name: sent.get("name").trim().to_owned(),
        email: sent.get("email").trim().to_owned(),
        groups: sent.all("group").map(str::to_owned).collect(),
        days: sent.get("days").to_owned(),
    };
    match invited(&state, &sent.operator, &typed).await {
        Ok(id) => see_other(&format!(
            "{PATH}{id}/?{}",
            mailed(&state, &sent.operator, &typed, &id).await
        )),
        Err(Refusal::Invalid(errors)) => {
            form(
                &state,
                &sent.operator,
                &typed,
                beside(&errors, &["name", "email", "groups"]),
            )
            .await
        }
        Err(refusal) => refused(&state, &sent.operator, refusal),
    }
}

/// Makes the invitation and answers its key.
async fn invited(state: &AppState, operator: &Operator, typed: &Typed) -> Result<String, Refusal> {
    let snapshot = state.engine.snapshot();
    let flow = snapshot.flows.get(FLOW).map(|flow| flow.pk.clone());
    let flow = flow.ok_or_else(|| {
        Errors::one("non_field_errors", format!("The flow “{FLOW}” that invitations lead to is gone. Apply the blueprint “Default - Enrollment by invitation” again."))
    })?;
    let closed = invitation::closed_groups(&state.engine).await?;
    if typed.groups.iter().any(|one| closed.contains(one)) {
        let said =
            "Nobody is invited into a group of administrators. Put them there when you know them.";
        return Err(Errors::one("groups", said).into());
    }
    let known = DAYS.iter().find(|(value, _)| *value == typed.days);
    let days: i64 = known.and_then(|(value, _)| value.parse().ok()).unwrap_or(7);
    let filled_in = match &*typed.email {
        "" => json!({}),
        email => json!({ "email": email }),
    };
    let body = json!({
        "name": slug(&typed.name), "flow": flow, "single_use": true, "groups": typed.groups,
        "expires": rfc3339(operator.ctx().now + days * DAY_MS), "fixed_data": filled_in,
    });
    let made = resource::create(&state.engine, operator.ctx(), kind_of(MODEL)?, &body).await?;
    Ok(made["pk"].as_str().unwrap_or_default().to_owned())
}

/// A name as the contract has it: letters, digits and hyphens.
fn slug(name: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || c == '_' {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let all: String = name.chars().map(plain).collect();
    let parts: Vec<_> = all.split('-').filter(|part| !part.is_empty()).collect();
    match parts.join("-") {
        // Nothing is left of a name in another script.
        slug if slug.is_empty() && !name.is_empty() => "guest".to_owned(),
        slug => slug,
    }
}

/// Mails a new invitation if an address was given; what the next page is told.
async fn mailed(state: &AppState, operator: &Operator, typed: &Typed, id: &str) -> &'static str {
    if typed.email.is_empty() {
        return "new";
    }
    match mail(state, operator, id, &typed.email).await {
        Ok(()) => "sent",
        Err(_) => "unsent",
    }
}

async fn mail(state: &AppState, operator: &Operator, id: &str, to: &str) -> Result<(), Refusal> {
    let body = json!({ "email_addresses": [to] });
    invitation::send_email(&state.engine, operator.ctx(), id, &body).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    sent: Option<String>,
    unsent: Option<String>,
}

async fn made(
    State(state): State<AppState>,
    operator: Operator,
    Path(id): Path<String>,
    Asks(asked): Asks<Asked>,
) -> Response {
    let notice = asked.sent.map(|_| "The invitation is on its way.");
    let errors = match asked.unsent {
        Some(_) => vec![FieldError::form(
            "The invitation was made, but it could not be mailed. Pass the link on yourself, or look at the mail settings and send it again below.",
        )],
        None => Vec::new(),
    };
    show_made(&state, &operator, &id, "", (notice, errors)).await
}

async fn send(State(state): State<AppState>, Path(id): Path<String>, sent: Sent) -> Response {
    let to = sent.get("email").trim().to_owned();
    match mail(&state, &sent.operator, &id, &to).await {
        Ok(()) => see_other(&format!("{PATH}{id}/?sent")),
        Err(Refusal::Invalid(errors)) => {
            let errors = errors.moved("email_addresses", "email");
            let said = (None, beside(&errors, &["email"]));
            show_made(&state, &sent.operator, &id, &to, said).await
        }
        Err(refusal) => refused(&state, &sent.operator, refusal),
    }
}

async fn show_made(
    state: &AppState,
    operator: &Operator,
    id: &str,
    email: &str,
    (notice, errors): (Option<&str>, Vec<FieldError>),
) -> Response {
    match invitation_of(state, operator, id).await {
        Ok(page) => {
            let (notice, email) = (notice.map(str::to_owned), email.to_owned());
            answer(
                state,
                &ConsoleInvited {
                    email,
                    notice,
                    errors,
                    ..page
                },
            )
        }
        Err(refusal) => refused(state, operator, refusal),
    }
}

async fn invitation_of(
    state: &AppState,
    operator: &Operator,
    id: &str,
) -> Result<ConsoleInvited, Refusal> {
    let params = operator.params([]);
    let one =
        resource::retrieve(&state.engine, operator.ctx(), kind_of(MODEL)?, id, &params).await?;
    let snapshot = state.engine.snapshot();
    let object = snapshot.object(MODEL, id).ok_or(Refusal::NotFound {
        model: "Invitation",
    })?;
    let link = invitation::link(&snapshot, object);
    let problem = link.as_ref().err().map(ToString::to_string);
    let link = link.unwrap_or_default();
    let drawing = if link.is_empty() {
        None
    } else {
        qr::draw(&link)
    };
    let joined: Vec<String> = one["groups"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|pk| Some(pk.as_str()?.to_owned()))
        .collect();
    let groups = groups(state, operator, &joined).await?;
    Ok(ConsoleInvited {
        frame: operator.frame(state, Section::People),
        name: one["name"].as_str().unwrap_or_default().to_owned(),
        problem,
        qr_side: drawing.as_ref().map_or(0, |drawing| drawing.side),
        qr_path: drawing.map(|drawing| drawing.path),
        link,
        groups: groups
            .into_iter()
            .filter(|group| group.chosen)
            .map(|group| group.label)
            .collect(),
        ends_ms: one["expires"].as_str().and_then(milliseconds),
        email: String::new(),
        notice: None,
        errors: Vec::new(),
        object_url: format!("/if/admin/objects/{MODEL}/{id}/"),
    })
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn a_name_becomes_what_the_contract_takes() {
        for (name, expected) in [
            ("Mia Müller", "mia-m-ller"),
            ("  Uncle Bob! ", "uncle-bob"),
            ("Ольга", "guest"),
            ("", ""),
        ] {
            assert_eq!(slug(name), expected, "{name}");
        }
    }
}
