//! Where somebody is on the way to, as far as the sign-in page needs to know.

use doorward_engine::Snapshot;
use doorward_engine::flow::{Gate, approved_path};
use doorward_engine::{oauth, outpost};
use doorward_protocol::oauth::Parameters;

use crate::state::AppState;

/// The outpost's page on the public address.
const AUTHORIZE: &str = "/application/proxy/authorize/";
/// Where the flow before a device's application is run.
const DEVICE_OPEN: &str = crate::oauth::DEVICE_OPEN;
/// The authorization endpoint of OAuth.
const OAUTH_AUTHORIZE: &str = crate::oauth::AUTHORIZE;

/// The way on after a flow.
#[derive(Clone, Debug, Default)]
pub(super) struct Destination {
    /// An approved path of ours.
    pub next: Option<String>,
    /// Something was asked for that is not on our own pages.
    pub is_refused: bool,
    /// uuid of the application behind it.
    pub application: Option<String>,
    /// What is asked for there, if the way on is a page that opens an application.
    pub gate: Option<Gate>,
    /// The origins that the way leads through, with a blank between them: browsers apply
    /// `form-action` to the redirects after a form as well.
    pub origin: Option<String>,
}

impl Destination {
    /// The same way, with these origins on it as well.
    pub(super) fn through(&self, origins: &[String]) -> Self {
        let all = self.origin.iter().chain(origins).cloned();
        let all: Vec<_> = all.collect();
        Self {
            origin: (!all.is_empty()).then(|| all.join(" ")),
            ..self.clone()
        }
    }

    /// Reads the parameter `next`.
    pub(super) fn read(state: &AppState, snapshot: &Snapshot, next: Option<&str>) -> Self {
        let Some(asked_for) = next.filter(|next| !next.is_empty()) else {
            return Self::default();
        };
        let next = approved_path(snapshot, asked_for);
        let is_refused = next.is_none();
        let behind = next
            .as_deref()
            .and_then(|next| behind(state, snapshot, next));
        let (gate, found) = behind.unzip();
        let (application, origins) = found.map(|one| (one.application, one.origins)).unzip();
        Self {
            next,
            is_refused,
            application,
            gate,
            origin: origins.map(|origins| origins.join(" ")),
        }
    }
}

/// What a page that opens an application is asked to answer, and where that leads.
fn behind(
    state: &AppState,
    snapshot: &Snapshot,
    next: &str,
) -> Option<(Gate, outpost::Destination)> {
    let (path, query) = next.split_once('?')?;
    let parameters = Parameters::read(query.as_bytes()).ok()?;
    match path {
        AUTHORIZE => {
            let sealed = parameters.get("request")?.to_owned();
            let found = state.engine.outpost_destination(snapshot, &sealed)?;
            Some((Gate::Outpost(sealed), found))
        }
        DEVICE_OPEN => {
            let sealed = parameters.get("request")?.to_owned();
            let application = state.engine.oauth_device_application(snapshot, &sealed)?;
            let origins = Vec::new();
            let found = outpost::Destination {
                application,
                origins,
            };
            Some((Gate::Device(sealed), found))
        }
        OAUTH_AUTHORIZE => {
            let found = oauth::destination(snapshot, &parameters)?;
            Some((Gate::Oauth(parameters), found))
        }
        _ => None,
    }
}
