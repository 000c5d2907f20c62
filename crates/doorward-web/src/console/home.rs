//! `/if/admin/`: is it healthy, who signed in, what failed.
//!
//! Leaves what there is to the engine's lists. Rule: what wants attention stands first, with the way to
//! mend it.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use doorward_engine::resource::{self, Refusal, actions};
use doorward_engine::{Snapshot, account};
use http::{HeaderMap, Uri};
use serde_json::Value;

use super::{Operator, answer, chart, kind_of, refused, results, sentence};
use crate::address;
use crate::pages::{Chart, ConsoleHome, EventLine, Figure, Finding, Section};
use crate::respond::see_other;
use crate::state::AppState;
use crate::user_pages::with_api_cookie;

/// Seven days of the engine's steps.
const STEPS: i64 = 28;
const EVENT: &str = "authentik_events.event";

pub(super) fn routes() -> Router<AppState> {
    Router::new().route(Section::Home.url(), get(show))
}

async fn show(
    State(state): State<AppState>,
    operator: Operator,
    headers: HeaderMap,
    _: Uri,
) -> Response {
    if address::is_asked(&state, &operator.visitor) {
        return see_other(address::ADDRESS);
    }
    match page(&state, &operator).await {
        Ok(page) => {
            let response = answer(&state, &page);
            with_api_cookie(
                &state,
                &operator.visitor,
                &headers,
                &operator.session,
                response,
            )
        }
        Err(refusal) => refused(&state, &operator, refusal),
    }
}

async fn page(state: &AppState, operator: &Operator) -> Result<ConsoleHome, Refusal> {
    let snapshot = state.engine.snapshot();
    let people = account::count_people(&state.engine).await?;
    let failures = "login_failed,policy_exception,property_mapping_exception,configuration_error,suspicious_request";
    Ok(ConsoleHome {
        frame: operator.frame(state, Section::Home),
        base_url: address_of(&snapshot),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        findings: findings(state, &snapshot),
        figures: figures(&snapshot, people),
        signed_in: latest(state, operator, "login").await?,
        failed: latest(state, operator, failures).await?,
        chart: sign_ins(state, operator).await?,
        now_ms: operator.ctx().now,
    })
}

fn address_of(snapshot: &Snapshot) -> String {
    snapshot
        .public_url()
        .map(|url| url.to_string())
        .unwrap_or_default()
}

/// The last events of some kinds.
async fn latest(
    state: &AppState,
    operator: &Operator,
    actions: &str,
) -> Result<Vec<EventLine>, Refusal> {
    let kind = kind_of(EVENT)?;
    let params = operator.params([("actions", actions), ("page_size", "6")]);
    let page = resource::list(&state.engine, operator.ctx(), kind, &params).await?;
    Ok(results(&page).iter().map(sentence::line).collect())
}

async fn sign_ins(state: &AppState, operator: &Operator) -> Result<Chart, Refusal> {
    let params = operator.params([("actions", "login,login_failed"), ("history_days", "7")]);
    let volume: Value = actions::event::volume(&state.engine, operator.ctx(), &params).await?;
    Ok(chart::bars(
        &volume,
        STEPS,
        operator.ctx().now,
        |since, until| {
            let query = [
                ("actions", "login,login_failed"),
                ("since", since),
                ("until", until),
            ];
            super::events::address(&query)
        },
    ))
}

fn figures(snapshot: &Snapshot, people: u64) -> Vec<Figure> {
    let figure = |label: &str, value: u64, url: &str| Figure {
        label: label.to_owned(),
        value,
        url: url.to_owned(),
    };
    let number = |kind| u64::try_from(snapshot.objects(kind).len()).unwrap_or(u64::MAX);
    let flows = "/if/admin/objects/authentik_flows.flow/";
    vec![
        figure("People", people, Section::People.url()),
        figure(
            "Applications",
            number("authentik_core.application"),
            Section::Applications.url(),
        ),
        figure("Sign-in flows", number("authentik_flows.flow"), flows),
    ]
}

/// What is not well comes first.
fn findings(state: &AppState, snapshot: &Snapshot) -> Vec<Finding> {
    let mut all = vec![store(state), public_address(snapshot), transport(snapshot)];
    all.sort_by_key(|finding| finding.ok);
    all
}

fn store(state: &AppState) -> Finding {
    // The numbers of the page came from the store a moment ago.
    let text = match state.engine.store.engine_name() {
        "sqlite" => "SQLite answers.",
        _ => "PostgreSQL answers.",
    };
    well("Store", text)
}

fn public_address(snapshot: &Snapshot) -> Finding {
    let address = address_of(snapshot);
    if !address.is_empty() {
        return well("Public address", &address);
    }
    Finding {
        name: "Public address".to_owned(),
        ok: false,
        text: "Not set. Sign-in from other hosts fails until it is.".to_owned(),
        fix_url: Some(address::ADDRESS.to_owned()),
        fix_label: "Set it".to_owned(),
    }
}

/// Passkeys and secure cookies need https.
fn transport(snapshot: &Snapshot) -> Finding {
    let url = snapshot.public_url();
    let is_local = |host: &str| host == "localhost" || host.ends_with(".localhost");
    let is_secure = url
        .as_ref()
        .is_none_or(|url| url.scheme() == "https" || url.host_str().is_some_and(is_local));
    if is_secure {
        return well("Encryption", "The public address is reached safely.");
    }
    Finding {
        name: "Encryption".to_owned(),
        ok: false,
        text: "The public address begins with http://. Browsers offer no passkeys there, and anybody on the \
               way can read passwords. Let the proxy serve it with https and change the address."
            .to_owned(),
        fix_url: None,
        fix_label: String::new(),
    }
}

fn well(name: &str, text: &str) -> Finding {
    Finding {
        name: name.to_owned(),
        ok: true,
        text: text.to_owned(),
        fix_url: None,
        fix_label: String::new(),
    }
}
