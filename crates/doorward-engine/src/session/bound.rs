//! Sessions that stay where they began: in a network, in a place.
//!
//! Owns what is compared and the end of a session whose client left. Rules as authentik's: the same
//! address always counts, another one only if everything that the binding names is known of both and
//! equal; whoever has moved is signed out, with an event; where a proxy's word cannot be read, a bound
//! session waits and no other is bound. A session without a binding costs nothing.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use doorward_store::one_time::{self, Purpose};
use doorward_store::{StoreError, Tx, session};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{LiveSession, end, hash_text};
use crate::context::{ClientSource, Context};
use crate::engine::Engine;
use crate::event::{self, Action};
use crate::geo::Geo;

/// How long a browser can be told why it was signed out.
const TOLD_MS: i64 = 24 * 60 * 60 * 1000;

/// Which network a session stays in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NetworkBinding {
    /// Any.
    #[default]
    NoBinding,
    /// One provider's.
    BindAsn,
    /// One part of it.
    BindAsnNetwork,
    /// One address.
    BindAsnNetworkIp,
}

/// Which place a session stays in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PlaceBinding {
    /// Anywhere.
    #[default]
    NoBinding,
    /// One continent.
    BindContinent,
    /// One country.
    BindContinentCountry,
    /// One city.
    BindContinentCountryCity,
}

/// A fact about an address, under authentik's name.
type Fact = (&'static str, Option<String>);

/// What a session is bound to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Binding {
    network: NetworkBinding,
    place: PlaceBinding,
    /// Where it began.
    ip: IpAddr,
    /// What was known of that address, in the order of [`facts`].
    facts: Vec<Option<String>>,
}

impl Binding {
    /// Bound as a login stage says to where somebody is now; `None` if it says nothing.
    pub(crate) fn new(
        geo: &Geo,
        network: NetworkBinding,
        place: PlaceBinding,
        ip: IpAddr,
    ) -> Option<Self> {
        let facts: Vec<_> = facts(geo, network, place, ip)
            .into_iter()
            .map(|(_, value)| value)
            .collect();
        (!facts.is_empty()).then_some(Self {
            network,
            place,
            ip,
            facts,
        })
    }

    /// The first fact that another address does not have in common: name, before, now.
    fn broken_by(&self, geo: &Geo, ip: IpAddr) -> Option<(Fact, Option<String>)> {
        let now = facts(geo, self.network, self.place, ip).into_iter();
        let pairs = now.zip(&self.facts);
        pairs
            .filter(|((_, now), before)| now.is_none() || now != *before)
            .map(|((name, now), before)| ((name, before.clone()), now))
            .next()
    }
}

fn facts(geo: &Geo, network: NetworkBinding, place: PlaceBinding, ip: IpAddr) -> Vec<Fact> {
    let mut facts = Vec::new();
    if network >= NetworkBinding::BindAsn {
        let found = geo.network(ip).unwrap_or_default();
        facts.push(("network.asn", found.asn.map(|asn| asn.to_string())));
        if network >= NetworkBinding::BindAsnNetwork {
            facts.push(("network.asn_network", found.network));
        }
        if network == NetworkBinding::BindAsnNetworkIp {
            facts.push(("network.ip", Some(ip.to_string())));
        }
    }
    if place >= PlaceBinding::BindContinent {
        let found = geo.place(ip).unwrap_or_default();
        facts.push(("geoip.continent", found.continent));
        if place >= PlaceBinding::BindContinentCountry {
            facts.push(("geoip.country", found.country));
        }
        if place == PlaceBinding::BindContinentCountryCity {
            let city = Some(found.city).filter(|city| !city.is_empty());
            facts.push(("geoip.city", city));
        }
    }
    facts
}

/// A session's binding, and the last address that met it.
#[derive(Debug)]
pub(super) struct Bound {
    binding: Binding,
    met_by: Mutex<IpAddr>,
}

impl Bound {
    /// Reads what the store keeps; empty is none. What cannot be read admits no address.
    pub(super) fn read(text: &str) -> Option<Box<Self>> {
        if text.is_empty() {
            return None;
        }
        let nowhere = Binding {
            network: NetworkBinding::BindAsnNetworkIp,
            place: PlaceBinding::NoBinding,
            ip: IpAddr::from([0, 0, 0, 0]),
            facts: vec![None; 3],
        };
        let binding: Binding = serde_json::from_str(text).unwrap_or(nowhere);
        let met_by = Mutex::new(binding.ip);
        Some(Box::new(Self { binding, met_by }))
    }

    fn broken_by(&self, geo: &Geo, ip: IpAddr) -> Option<(Fact, Option<String>)> {
        let mut met_by = self.met_by.lock().unwrap_or_else(PoisonError::into_inner);
        if ip == *met_by || ip == self.binding.ip {
            return None;
        }
        let broken = self.binding.broken_by(geo, ip);
        if broken.is_none() {
            *met_by = ip;
        }
        broken
    }
}

/// Binds a session that has just begun.
pub(crate) async fn bind(tx: &mut Tx, id: &str, binding: &Binding) -> Result<(), StoreError> {
    let text = serde_json::to_string(binding).expect("texts and numbers serialize");
    session::bind(tx, id, &text).await
}

impl LiveSession {
    /// Whether its client has to stay somewhere.
    pub(crate) fn is_bound(&self) -> bool {
        self.bound.is_some()
    }
}

impl Engine {
    /// Whether the client of this request may use the session where it is now. A session whose
    /// client has left what it is bound to ends here.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn stays(&self, session: &LiveSession, ctx: &Context) -> Result<bool, StoreError> {
        let Some(bound) = &session.bound else {
            return Ok(true);
        };
        // The address that is left is the proxy's own. Nobody has moved, and nobody is let in.
        if ctx.client_source == ClientSource::Unreadable {
            return Ok(false);
        }
        let Some((before, now)) = bound.broken_by(&self.settings.geo, ctx.client_ip) else {
            return Ok(true);
        };
        let (reason, before) = before;
        let told = json!({
            "logout_reason": "Session binding broken",
            "binding": { "reason": reason, "previous_value": before, "new_value": now },
            "ip": { "previous": bound.binding.ip.to_string(), "new": ctx.client_ip.to_string() },
        });
        self.end_moved(session, ctx, told).await?;
        Ok(false)
    }

    async fn end_moved(
        &self,
        session: &LiveSession,
        ctx: &Context,
        told: serde_json::Value,
    ) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        let row = session::find(&mut tx, &session.id, ctx.now).await?;
        let Some(row) = row else { return Ok(()) };
        if !end(&mut tx, &row.id, ctx.now).await? {
            return Ok(());
        }
        let until = ctx.now.saturating_add(TOLD_MS);
        one_time::insert(&mut tx, &row.sid_hash, Purpose::Moved, "{}", until).await?;
        let ctx = ctx.acting_as(&session.person());
        let app = "authentik.stages.user_login";
        event::record(self, &mut tx, &ctx, Action::Logout, app, told).await?;
        self.commit(tx).await
    }

    /// Whether the session with this secret ended because its client had moved.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn has_moved(&self, sid: &str, now: i64) -> Result<bool, StoreError> {
        let mut tx = self.store.read().await?;
        let mark = one_time::find_live(&mut tx, &hash_text(sid), Purpose::Moved, now).await?;
        Ok(mark.is_some())
    }
}
