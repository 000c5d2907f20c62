//! The authorization endpoint: a browser on its way to an application.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::Response;
use doorward_engine::flow::{self, Ask, Next, Start};
use doorward_engine::oauth::{
    Asked, Authorization, NotBrought, PageRefusal, Request, Unanswerable,
};
use doorward_engine::trace::ClientOutcome;
use doorward_protocol::forward_auth::component;
use doorward_protocol::oauth::{ErrorCode, Parameters, ParametersError};
use http::{HeaderMap, StatusCode, Uri};

use super::{AUTHORIZE, deliver, mismatch, traced};
use crate::extract::Visitor;
use crate::flow::{address, before_opening, silent_visit};
use crate::pages::Message;
use crate::refusal::{self, Refusal};
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

#[expect(
    clippy::too_many_lines,
    reason = "one answer for each thing that the engine says"
)]
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
    let ctx = visitor.ctx();
    let brought = state.engine.oauth_brought(&snapshot, parameters, ctx.now);
    let brought = match brought.await {
        Ok(brought) => brought,
        Err(NotBrought::Page(told)) => {
            let client = told.client.as_ref();
            let id = client.map_or("", |one| &*one.provider.client_id);
            let outcome = ClientOutcome::Page(&told.refusal);
            traced::client(state, &visitor.asked, &snapshot, (AUTHORIZE, id), outcome).await;
            return Ok(page(state, visitor, &told, &Parameters::default()));
        }
        Err(NotBrought::Fault(fault)) => return Err(fault.into()),
    };
    let parameters = brought.again();
    let asked = Asked {
        brought: &brought,
        session: visitor.session.as_deref(),
    };
    let here = |parameters: &Parameters| format!("{AUTHORIZE}?{}", parameters.encoded());
    let answered = state.engine.oauth_authorize(&snapshot, ctx, asked).await?;
    if let Some(outcome) = ClientOutcome::of(&answered) {
        let id = brought.client_id();
        traced::client(state, &visitor.asked, &snapshot, (AUTHORIZE, id), outcome).await;
    }
    Ok(match answered {
        Authorization::Page(told) => page(state, visitor, &told, parameters),
        Authorization::Answer(answer) => deliver::respond(state, &answer),
        Authorization::SignIn {
            flow,
            hint,
            again,
            switch,
        } => {
            let to = address(&flow, None, Some(&here(&again)));
            sign_in(to, &hint, switch)
        }
        Authorization::Run { flow, silently } => {
            let next = here(parameters);
            return match silently {
                Some(request) => silent(state, visitor, headers, (&flow, next), &request).await,
                None => before_opening(state, visitor, headers, &flow, next).await,
            };
        }
        Authorization::Slow { until } => state.pages.respond(&too_often(ctx.now, until)),
        Authorization::Refused {
            request,
            person,
            steps,
        } => {
            refusal::log(ctx, &request.client.application, &person);
            let refusal = Refusal {
                application: &request.client.application,
                person: &person,
                steps: &steps,
                switch_url: Some(switch_url(&here(parameters))),
                elsewhere: false,
            };
            refusal.page(state, &snapshot, ctx)
        }
    })
}

fn sign_in(mut to: String, hint: &str, switch: bool) -> Response {
    if !hint.is_empty() {
        to = format!("{to}&login_hint={}", component(hint));
    }
    see_other(&if switch { format!("{to}&switch=1") } else { to })
}

fn switch_url(next: &str) -> String {
    let next = component(next);
    format!("/flows/-/default/authentication/?switch=1&next={next}")
}

/// `prompt=none`: the flow is begun, and if it would ask anything the client is told that.
async fn silent(
    state: &AppState,
    visitor: &Visitor,
    headers: &HeaderMap,
    (slug, next): (&str, String),
    request: &Request,
) -> Result<Response, Failure> {
    let (visit, application) = silent_visit(state, visitor, headers, &next).await?;
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
    let refused = request.refused(code, why);
    let snapshot = state.engine.snapshot();
    let id = &*request.client.provider.client_id;
    let outcome = ClientOutcome::answered(&refused);
    traced::client(state, &visitor.asked, &snapshot, (AUTHORIZE, id), outcome).await;
    Ok(deliver::respond(state, &refused))
}

fn too_often(now: i64, until: i64) -> Message {
    let seconds = until.saturating_sub(now).div_euclid(1000) + 1;
    Message {
        title: "The application asks again and again".to_owned(),
        text: "You are signed in, and the application does not take it. Wait a little, then open it again."
            .to_owned(),
        ..Message::too_many(u32::try_from(seconds).unwrap_or(1))
    }
}

/// The heading of a request that cannot be answered.
pub(super) const NOT_RIGHT: &str = "This sign-in request is not right";

/// What is wrong with a request that can be answered nowhere.
fn page(
    state: &AppState,
    visitor: &Visitor,
    told: &Unanswerable,
    parameters: &Parameters,
) -> Response {
    let text = match (&told.refusal, &told.client) {
        (PageRefusal::RedirectUri { asked, why }, Some(client)) => {
            return mismatch::page(state, visitor, client, (asked, why), parameters);
        }
        (PageRefusal::NoClient, _) => "The application did not say which one it is (client_id).",
        (PageRefusal::Pushed, _) => {
            "The application sent this request ahead (request_uri), and it is too old or was used. \
             Go back to the application and start again."
        }
        (PageRefusal::NoAddress, _) => {
            "The public address of this server is not set, so nothing can be said in its name."
        }
        _ => "No application is registered here under the name that was sent (client_id).",
    };
    let page = Message::new(StatusCode::BAD_REQUEST, NOT_RIGHT, text);
    let page = page.with_reference(&*visitor.ctx().request_id);
    state.pages.respond(&page)
}

pub(super) fn malformed(state: &AppState, error: &ParametersError) -> Response {
    let page = Message::new(StatusCode::BAD_REQUEST, NOT_RIGHT, error.to_string());
    state.pages.respond(&page)
}
