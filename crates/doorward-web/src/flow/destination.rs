//! Where somebody is on the way to, as far as the sign-in page needs to know.

use doorward_engine::Snapshot;
use doorward_engine::flow::approved_path;
use doorward_engine::outpost;

use crate::state::AppState;

/// The outpost's page on the public address.
const AUTHORIZE: &str = "/application/proxy/authorize/";

/// The way on after a flow.
#[derive(Clone, Debug, Default)]
pub(super) struct Destination {
    /// An approved path of ours.
    pub next: Option<String>,
    /// Something was asked for that is not on our own pages.
    pub is_refused: bool,
    /// uuid of the application behind it.
    pub application: Option<String>,
    /// The outpost's sealed request, if the way on is the page that answers it.
    pub request: Option<String>,
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
        let (request, found) = behind.unzip();
        let (application, origins) = found.map(|one| (one.application, one.origins)).unzip();
        Self {
            next,
            is_refused,
            application,
            request,
            origin: origins.map(|origins| origins.join(" ")),
        }
    }
}

/// The request that the outpost's authorize page is asked to answer, and where that leads.
fn behind(
    state: &AppState,
    snapshot: &Snapshot,
    next: &str,
) -> Option<(String, outpost::Destination)> {
    let query = next.strip_prefix(AUTHORIZE)?.strip_prefix('?')?;
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let (_, request) = pairs.find(|(name, _)| name == "request")?;
    let found = state.engine.outpost_destination(snapshot, &request)?;
    Some((request.into_owned(), found))
}
