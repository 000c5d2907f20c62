//! Where somebody is on the way to, as far as the sign-in page needs to know.

use doorward_engine::Snapshot;
use doorward_engine::flow::{Gate, approved_path};
use doorward_engine::oauth::NotBrought;
use doorward_engine::{oauth, outpost};
use doorward_protocol::oauth::Parameters;

use crate::extract::Visitor;
use crate::respond::Failure;
use crate::state::AppState;

/// The outpost's page on the public address.
const AUTHORIZE: &str = "/application/proxy/authorize/";
/// Where the flow before a device's application is run.
const DEVICE_OPEN: &str = crate::oauth::DEVICE_OPEN;
/// Where the flow around the page for codes is run.
const DEVICE_AROUND: &str = crate::oauth::DEVICE_AROUND;
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
    pub(super) async fn read(
        state: &AppState,
        visitor: &Visitor,
        next: Option<&str>,
    ) -> Result<Self, Failure> {
        let Some(asked_for) = next.filter(|next| !next.is_empty()) else {
            return Ok(Self::default());
        };
        let snapshot = &state.engine.snapshot();
        let next = approved_path(snapshot, asked_for);
        let is_refused = next.is_none();
        let behind = match next.as_deref() {
            Some(next) => behind(state, snapshot, next, visitor.ctx().now).await?,
            None => None,
        };
        let (gate, found) = behind.unzip();
        let (application, origins) = found.map(|one| (one.application, one.origins)).unzip();
        Ok(Self {
            next,
            is_refused,
            application: application.filter(|one| !one.is_empty()),
            gate,
            origin: origins.map(|origins| origins.join(" ")),
        })
    }
}

/// What a page that opens an application is asked to answer, and where that leads.
async fn behind(
    state: &AppState,
    snapshot: &Snapshot,
    next: &str,
    now: i64,
) -> Result<Option<(Gate, outpost::Destination)>, Failure> {
    let Some((path, query)) = next.split_once('?') else {
        return Ok(None);
    };
    let Ok(parameters) = Parameters::read(query.as_bytes()) else {
        return Ok(None);
    };
    if path == OAUTH_AUTHORIZE {
        let brought = state.engine.oauth_brought(snapshot, parameters, now);
        let brought = match brought.await {
            Ok(brought) => brought,
            Err(NotBrought::Page(_)) => return Ok(None),
            Err(NotBrought::Fault(fault)) => return Err(fault.into()),
        };
        let found = oauth::destination(snapshot, &brought);
        return Ok(found.map(|found| (Gate::Oauth(brought), found)));
    }
    Ok(sealed(state, snapshot, path, &parameters))
}

/// The same for pages whose request is sealed.
fn sealed(
    state: &AppState,
    snapshot: &Snapshot,
    path: &str,
    parameters: &Parameters,
) -> Option<(Gate, outpost::Destination)> {
    let sealed = parameters.get("request")?.to_owned();
    let plain = |application: String| outpost::Destination {
        application,
        origins: Vec::new(),
    };
    match path {
        AUTHORIZE => {
            let found = state.engine.outpost_destination(snapshot, &sealed)?;
            Some((Gate::Outpost(sealed), found))
        }
        DEVICE_OPEN => {
            let application = state.engine.oauth_device_application(snapshot, &sealed)?;
            Some((Gate::Device(sealed), plain(application)))
        }
        // No application is behind it yet.
        DEVICE_AROUND => Some((Gate::DevicePage(sealed), plain(String::new()))),
        _ => None,
    }
}
