//! From where on the map somebody comes, and whether they can be there already.
//!
//! Rule: what no file knows is an error, never a place that will do.

use doorward_store::event::{self, EventRow};
use serde_json::Value;

use super::rule::GeoIp;
use super::{Question, Ruling, readable_address};
use crate::engine::Engine;
use crate::event::Action;
use crate::geo::Place;

/// Nobody travels faster.
const KM_PER_HOUR: f64 = 1000.0;
const NO_PLACE: &str = "no file of places knows the client's address";
const NO_NETWORK: &str = "no file of networks knows the client's address";
/// Who is not known yet has no history: that is no reason to let them pass.
const NOBODY: &str = "nobody is known yet whose sign-ins could be looked at";
const ELSEWHERE: &str = "You cannot sign in from this place or network.";
const TOO_FAR: &str = "You are too far away from where you signed in last.";
const TOO_FAST: &str = "Nobody travels so fast from where you signed in last.";

impl Engine {
    /// The lists first, then how far and how fast.
    pub(super) async fn geoip(
        &self,
        rule: &GeoIp,
        question: &Question<'_>,
    ) -> Result<Ruling, String> {
        if !is_listed(rule, question)? {
            return Ok(Ruling::no(ELSEWHERE));
        }
        if !rule.looks_back() {
            return Ok(Ruling::plain(true));
        }
        let here = here(question)?;
        let logins = self.last_logins(rule, question).await?;
        let messages = travels(rule, &here, &logins, question.ctx.now);
        Ok(Ruling {
            messages: messages.iter().map(|text| (*text).to_owned()).collect(),
            ..Ruling::plain(messages.is_empty()).with_io()
        })
    }

    async fn last_logins(
        &self,
        rule: &GeoIp,
        question: &Question<'_>,
    ) -> Result<Vec<(Place, i64)>, String> {
        let Some(person) = question.person else {
            return Err(NOBODY.to_owned());
        };
        let rows = async {
            let mut tx = self.store.read().await?;
            let word = Action::Login.word();
            let (name, most) = (&person.username, rule.history_login_count);
            event::latest(&mut tx, person.id, name, word, most).await
        };
        let rows = rows.await.map_err(|error| error.to_string())?;
        Ok(rows
            .iter()
            .filter_map(|row| login_of(row, person.id))
            .collect())
    }
}

/// Where and when a sign-in was; none of somebody else who had the name before.
fn login_of(row: &EventRow, user: i64) -> Option<(Place, i64)> {
    let actor: Value = serde_json::from_str(&row.actor).ok()?;
    let context: Value = serde_json::from_str(&row.context).ok()?;
    let place = Place::from_value(&context["geo"])?;
    (actor["pk"] == user).then_some((place, row.created_at))
}

/// In one of the listed networks or countries; where nothing is listed, everywhere.
fn is_listed(rule: &GeoIp, question: &Question<'_>) -> Result<bool, String> {
    let mut found = Vec::new();
    if !rule.asns.is_empty() {
        let network = question.snapshot.geo.network(readable_address(question)?);
        let asn = network.and_then(|network| network.asn).ok_or(NO_NETWORK)?;
        found.push(rule.asns.contains(&i64::from(asn)));
    }
    if !rule.countries.is_empty() {
        let country = here(question)?.country.ok_or(NO_PLACE)?;
        found.push(rule.countries.contains(&country));
    }
    Ok(found.is_empty() || found.contains(&true))
}

fn here(question: &Question<'_>) -> Result<Place, String> {
    let place = question.snapshot.geo.place(readable_address(question)?);
    place.ok_or_else(|| NO_PLACE.to_owned())
}

/// What is wrong with being `here` after those sign-ins.
fn travels(rule: &GeoIp, here: &Place, logins: &[(Place, i64)], now: i64) -> Vec<&'static str> {
    let away = logins
        .iter()
        .filter_map(|(place, at)| Some((place.distance_km(here)?, hours(now - at))));
    let away: Vec<(f64, f64)> = away.collect();
    let far = rule.history_max_distance_km + rule.distance_tolerance_km;
    let is_far = away.iter().any(|(km, _)| *km >= far);
    let is_fast =
        |(km, hours): &(f64, f64)| *km >= KM_PER_HOUR * hours + rule.impossible_tolerance_km;
    let mut wrong = Vec::new();
    if rule.check_history_distance && is_far {
        wrong.push(TOO_FAR);
    }
    if rule.check_impossible_travel && away.iter().any(is_fast) {
        wrong.push(TOO_FAST);
    }
    wrong
}

#[expect(
    clippy::cast_precision_loss,
    reason = "years of milliseconds are exact"
)]
fn hours(milliseconds: i64) -> f64 {
    milliseconds.max(0) as f64 / 3_600_000.0
}
