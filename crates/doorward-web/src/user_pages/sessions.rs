//! `/if/user/sessions/`: where a person is signed in, and ending it there.
//!
//! Leaves which sessions are theirs to `engine::account`. Rule: what is shown of a session is never
//! its secret.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use doorward_engine::account::{self, Place};
use doorward_engine::session::LiveSession;
use doorward_engine::{Context, Person, Snapshot};
use http::{HeaderMap, Uri};
use serde::Deserialize;

use super::{here, shown, signed_in, to_sign_in};
use crate::csrf::{self, Subject};
use crate::extract::{Asks, Visitor};
use crate::pages::{AppSession, CSRF_FIELD, Message, Nav, SessionRow, Sessions};
use crate::respond::{Failure, see_other};
use crate::state::AppState;

pub(super) const PATH: &str = "/if/user/sessions/";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// What was just ended.
    ended: String,
}

/// `GET /if/user/sessions/`
pub(super) async fn show(
    State(state): State<AppState>,
    Asks(asked): Asks<Asked>,
    visitor: Visitor,
    uri: Uri,
) -> Result<Response, Failure> {
    let Some((person, session)) = signed_in(&visitor) else {
        return Ok(to_sign_in(&here(&uri)));
    };
    let now = visitor.ctx().now;
    let snapshot = state.engine.snapshot();
    let mut places = account::places(&state.engine, &person, now).await?;
    places.sort_by_key(|place| *place.session.id != *session.id);
    let rows = places.iter().map(|place| row(&snapshot, place, session));
    let page = Sessions {
        person: shown(&person),
        nav: Nav::new(person.is_superuser),
        sessions: rows.collect(),
        csrf: csrf::issue(&state.engine.keys, Subject::Session(&session.id)),
        action: PATH.to_owned(),
        now_ms: now,
        notice: notice(&asked.ended).map(str::to_owned),
    };
    Ok(state.pages.respond(&page))
}

fn notice(ended: &str) -> Option<&'static str> {
    match ended {
        "one" => Some("Signed out there."),
        "others" => Some("Signed out everywhere else."),
        _ => None,
    }
}

/// Where an address is, in words.
fn place_of(snapshot: &Snapshot, address: &str) -> String {
    let place = address
        .parse()
        .ok()
        .and_then(|address| snapshot.geo.place(address));
    place.map(|place| place.words()).unwrap_or_default()
}

fn row(snapshot: &Snapshot, place: &Place, current: &LiveSession) -> SessionRow {
    let session = &place.session;
    let apps = place.apps.iter().filter_map(|app| {
        let application = snapshot.application_of_provider.get(&app.provider_id)?;
        Some(AppSession {
            name: application.name.clone(),
            opened_ms: app.created_at,
        })
    });
    let (device, system) = device(&session.user_agent);
    SessionRow {
        id: session.id.clone(),
        current: *session.id == *current.id,
        device: device.to_owned(),
        system: system.map(str::to_owned),
        address: session.last_ip.clone(),
        place: place_of(snapshot, &session.last_ip),
        last_used_ms: session.last_used_at,
        signed_in_ms: session.created_at,
        apps: apps.collect(),
    }
}

/// "Firefox" and "Linux", as far as a browser's own words can be believed.
fn device(user_agent: &str) -> (&'static str, Option<&'static str>) {
    const BROWSERS: [(&str, &str); 6] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    let find = |list: &[(&str, &'static str)]| {
        list.iter()
            .find(|(mark, _)| user_agent.contains(mark))
            .map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), system) => (browser, system),
        (None, Some(system)) => (system, None),
        (None, None) => ("Unknown device", None),
    }
}

/// `POST /if/user/sessions/`
pub(super) async fn end(
    State(state): State<AppState>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let Some((person, session)) = signed_in(&visitor) else {
        return Ok(to_sign_in(PATH));
    };
    let field = |wanted: &str| {
        let mut pairs = url::form_urlencoded::parse(&body);
        pairs
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
    };
    let token = field(CSRF_FIELD).unwrap_or_default();
    let subject = Subject::Session(&session.id);
    if !csrf::is_ours(&state, &visitor.asked, &headers, subject, &token) {
        return Ok(state.pages.respond(&Message::foreign_form(PATH)));
    }
    let which = field("session").unwrap_or_default();
    let what = ended(&state, visitor.ctx(), &person, (session, &which)).await?;
    Ok(see_other(&format!("{PATH}?ended={what}")))
}

/// Ends one session, or all but the current one; what was done, as [`notice`] knows it.
async fn ended(
    state: &AppState,
    ctx: &Context,
    person: &Arc<Person>,
    (current, which): (&LiveSession, &str),
) -> Result<&'static str, Failure> {
    if which == "others" {
        account::leave_other_places(&state.engine, ctx, person, &current.id).await?;
        return Ok("others");
    }
    let left = account::leave_place(&state.engine, ctx, person, which).await?;
    Ok(if left { "one" } else { "none" })
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn a_browser_is_named_by_its_own_words() {
        for (words, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                ("Firefox", Some("Linux")),
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/156.0 Safari/537.36 Edg/156.0",
                ("Edge", Some("Windows")),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1",
                ("Safari", Some("iPhone")),
            ),
            ("curl/8.0", ("Unknown device", None)),
            ("", ("Unknown device", None)),
        ] {
            assert_eq!(device(words), name);
        }
    }
}
