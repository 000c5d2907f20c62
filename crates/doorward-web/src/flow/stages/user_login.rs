//! "Stay signed in?", where no earlier card has asked it.

use axum::response::Response;
use doorward_engine::flow::Challenge;
use serde_json::Value;

use super::{card, with_user};
use crate::flow::page::Scene;

pub(super) fn json(challenge: &Challenge) -> Value {
    with_user(challenge)
}

pub(super) fn page(scene: &Scene<'_>, challenge: &Challenge) -> Response {
    scene.respond(&card::login(scene, challenge))
}
