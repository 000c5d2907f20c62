//! The authorization endpoint: a browser on its way to an application.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::Response;
use doorward_engine::Person;
use doorward_engine::Snapshot;
use doorward_engine::flow::{self, Ask, Next, Start};
use doorward_engine::oauth::{Asked, Authorization, PageRefusal, Request, Unanswerable};
use doorward_engine::policy::Step;
use doorward_protocol::forward_auth::component;
use doorward_protocol::oauth::{ErrorCode, Parameters, ParametersError};
use http::{HeaderMap, StatusCode, Uri};

use super::{AUTHORIZE, deliver};
use crate::extract::Visitor;
use crate::flow::{address, before_opening, silent_visit};
use crate::outpost::reasons;
use crate::pages::{self, Message, Refused};
use crate::respond::{Failure, see_other};
use crate::state::AppState;

/// `GET /application/o/authorize/`
pub(super) async fn by_query(
    State(state): State<AppState>,
    visitor: Visitor,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Failure> {
    let parameters = Parameters::read(uri.query().unwrap_or_default().as_bytes());
    authorize(&state, &visitor, &headers, parameters).await
}

/// `POST /application/o/authorize/` (OpenID Connect Core §3.1.2.1). It comes from the app's page,
/// without our cookie (`SameSite=Lax`), so it goes on as a `GET`.
pub(super) async fn by_form(
    State(state): State<AppState>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Ok(body) = body else {
        return state.pages.respond(&Message::body_too_large());
    };
    match Parameters::read(&body) {
        Ok(parameters) => see_other(&format!("{AUTHORIZE}?{}", parameters.encoded())),
        Err(error) => malformed(&state, &error),
    }
}

async fn authorize(
    state: &AppState,
    visitor: &Visitor,
    headers: &HeaderMap,
    parameters: Result<Parameters, ParametersError>,
) -> Result<Response, Failure> {
    let parameters = match parameters {
        Ok(parameters) => parameters,
        Err(error) => return Ok(malformed(state, &error)),
    };
    let snapshot = state.engine.snapshot();
    let asked = Asked {
        parameters: &parameters,
        session: visitor.session.as_deref(),
    };
    let ctx = visitor.ctx();
    let here = |parameters: &Parameters| format!("{AUTHORIZE}?{}", parameters.encoded());
    let answered = state.engine.oauth_authorize(&snapshot, ctx, asked).await?;
    Ok(match answered {
        Authorization::Page(told) => page(state, visitor, &told),
        Authorization::Answer(answer) => deliver::respond(state, &answer),
        Authorization::SignIn {
            flow,
            hint,
            again,
            switch,
        } => {
            let mut to = address(&flow, None, Some(&here(&again)));
            if !hint.is_empty() {
                to = format!("{to}&login_hint={}", component(&hint));
            }
            see_other(&if switch { format!("{to}&switch=1") } else { to })
        }
        Authorization::Run { flow, silently } => match silently {
            Some(request) => {
                let next = here(&parameters);
                return silent(state, visitor, headers, (&flow, next), &request).await;
            }
            None => {
                return before_opening(state, visitor, headers, &flow, here(&parameters)).await;
            }
        },
        Authorization::Refused {
            request,
            person,
            steps,
            messages,
        } => {
            let refusal = Refusal {
                request: &request,
                person: &person,
                steps: &steps,
                messages,
            };
            refused(state, &snapshot, visitor, refusal, &here(&parameters))
        }
    })
}

/// `prompt=none`: the flow is begun, and if it would ask anything the client is told that.
async fn silent(
    state: &AppState,
    visitor: &Visitor,
    headers: &HeaderMap,
    (slug, next): (&str, String),
    request: &Request,
) -> Result<Response, Failure> {
    let (visit, application) = silent_visit(state, visitor, headers, &next);
    let start = Start {
        slug,
        application: application.as_deref(),
        ..Start::default()
    };
    let step = flow::begin(&state.engine, visitor.ctx(), &visit, start).await?;
    let code = match step.as_ref().map(|step| &step.next) {
        Some(Next::Redirect(to)) => return Ok(see_other(to)),
        Some(Next::Show(challenge)) if matches!(challenge.ask, Ask::Consent(_)) => {
            ErrorCode::ConsentRequired
        }
        _ => ErrorCode::InteractionRequired,
    };
    let why = "Somebody would have to be asked something.";
    Ok(deliver::respond(state, &request.refused(code, why)))
}

/// Who may not open what, and why.
struct Refusal<'a> {
    request: &'a Request,
    person: &'a Person,
    steps: &'a [Step],
    messages: Vec<String>,
}

fn refused(
    state: &AppState,
    snapshot: &Snapshot,
    visitor: &Visitor,
    refusal: Refusal<'_>,
    here: &str,
) -> Response {
    let application = &refusal.request.client.application;
    let ctx = visitor.ctx();
    tracing::info!(
        request.id = &*ctx.request_id, client.address = %ctx.client_ip,
        user.name = &*refusal.person.username, application = application.slug,
        "somebody may not open an application"
    );
    let switch = format!(
        "/flows/-/default/authentication/?switch=1&next={}",
        component(here)
    );
    state.pages.respond(&Refused {
        person: pages::Person::new(&*refusal.person.name, &*refusal.person.username),
        app: application.name.clone(),
        reference_id: ctx.request_id.to_string(),
        switch_account_url: Some(switch),
        back_url: "/if/user/".to_owned(),
        messages: refusal.messages,
        reasons: reasons(snapshot, application, refusal.person, refusal.steps),
    })
}

/// What is wrong with a request that can be answered nowhere. Administrators are told what differs.
fn page(state: &AppState, visitor: &Visitor, told: &Unanswerable) -> Response {
    let name = told.client.as_ref().map(|one| &*one.application.name);
    let who = name.map_or_else(|| "The application".to_owned(), |name| format!("“{name}”"));
    let text = match &told.refusal {
        PageRefusal::NoClient => "The application did not say which one it is (client_id).".into(),
        PageRefusal::UnknownClient => {
            "No application is registered here under the name that was sent (client_id).".into()
        }
        PageRefusal::RedirectUri { why, .. } => format!(
            "{who} asked to be answered at an address that cannot be used: {why}. Nothing was sent \
             there."
        ),
        PageRefusal::NoAddress => {
            "The public address of this server is not set, so nothing can be said in its name."
                .into()
        }
    };
    let title = "This sign-in request is not right";
    let page = Message::new(StatusCode::BAD_REQUEST, title, text);
    let is_admin = visitor.ctx().actor.is_superuser();
    let page = match &told.refusal {
        PageRefusal::RedirectUri { asked, .. } if is_admin && !asked.is_empty() => Message {
            text: format!("{} The address was: {asked}", page.text),
            ..page
        },
        _ => page,
    };
    let page = page.with_reference(&*visitor.ctx().request_id);
    state.pages.respond(&page)
}

fn malformed(state: &AppState, error: &ParametersError) -> Response {
    let title = "This sign-in request is not right";
    let page = Message::new(StatusCode::BAD_REQUEST, title, error.to_string());
    state.pages.respond(&page)
}
