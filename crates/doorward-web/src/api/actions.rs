//! What kinds can do besides the seven operations, and what belongs to no kind.
//!
//! [`all`] names every operation once; the router and the OpenAPI document are made from it, so
//! that neither knows one that the other does not.

mod authenticator;
mod blueprint;
mod certificate;
mod event;
mod flow;
mod mail;
mod mapping;
mod media;
mod oauth2;
mod one;
mod policy;
mod system;
mod user;

use axum::Router;

use super::route::Route;
use crate::state::AppState;

/// Every one of them.
pub(super) fn all() -> Vec<Route> {
    let mut all = system::routes();
    all.extend(one::routes());
    all.extend(blueprint::routes());
    all.extend(authenticator::routes());
    all.extend(certificate::routes());
    all.extend(event::routes());
    all.extend(flow::routes());
    all.extend(mail::routes());
    all.extend(mapping::routes());
    all.extend(media::routes());
    all.extend(oauth2::routes());
    all.extend(policy::routes());
    all.extend(user::routes());
    all
}

/// Their routes.
pub(super) fn routes() -> Router<AppState> {
    let served = all().into_iter().filter_map(Route::served);
    served.fold(Router::new(), |router, (address, handler)| {
        router.route(&address, handler)
    })
}
