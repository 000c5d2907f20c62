//! What all pages of a flow share: addresses, the scene around a challenge. Leaves why a run ended to
//! `refused`.

use axum::response::Response;
use url::form_urlencoded::Serializer;

use super::destination::Destination;
use crate::extract::Visitor;
use crate::pages::{Inspection, Page, SignedOut};
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
    /// What administrators see beside it.
    pub inspection: Option<&'a Inspection>,
}

impl Scene<'_> {
    /// Answers with the page that asks.
    pub(super) fn respond<P: Page>(&self, page: &P) -> Response {
        self.state.pages.respond_beside(page, self.inspection)
    }

    /// Where a run is given up.
    pub(super) fn give_up(&self) -> String {
        let next = self.to.next.as_deref();
        cancel_url(next.filter(|_| !self.is_before_opening()))
    }

    /// Where whoever is taken for somebody else goes.
    pub(super) fn not_you(&self) -> String {
        match self.to.next.as_deref() {
            Some(next) if self.is_before_opening() => sign_in_again(next),
            _ => self.give_up(),
        }
    }

    /// Whether the way on would only begin the same run again.
    fn is_before_opening(&self) -> bool {
        self.to.request.is_some() && self.visitor.session.is_some()
    }
}

/// The address of a flow's page.
pub(crate) fn address(slug: &str, run: Option<&str>, next: Option<&str>) -> String {
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

/// Where somebody who is signed in proves who they are once more.
pub(crate) fn sign_in_again(next: &str) -> String {
    let query = Serializer::new(String::new())
        .append_pair("switch", "1")
        .append_pair("next", next)
        .finish();
    format!("/flows/-/default/authentication/?{query}")
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

/// Whole seconds, at least one.
pub(super) fn seconds_until(until: i64, now: i64) -> u32 {
    u32::try_from((until.saturating_sub(now) + 999) / 1000)
        .unwrap_or(0)
        .max(1)
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
