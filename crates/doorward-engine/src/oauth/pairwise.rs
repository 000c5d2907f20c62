//! What a client knows people by, if only its sector does (OpenID Connect Core §8.1).
//!
//! Rules: a name is the same for ever, for all clients of a sector and for them alone; nobody without
//! the installation's first key can tell whose it is.

use doorward_protocol::encoding;
use doorward_protocol::seal::{Keys, Purpose};
use serde_json::Value;
use url::Url;

use super::provider::{Provider, SubjectType};
use crate::broken::{self, Mutant};
use crate::keys::FIRST_KID;
use crate::person::Person;

/// The secret of one sector. No `Debug`.
pub(super) struct Sector([u8; 32]);

impl Sector {
    /// That of a provider, if it has one. No key of the ring is ever removed, so the first stays.
    pub(super) fn of(provider: &Provider, keys: &Keys) -> Result<Option<Self>, String> {
        let is_public = provider.subject_type == SubjectType::Public;
        if is_public || broken::is(Mutant::PairwiseIgnored) {
            return Ok(None);
        }
        let sector = if provider.is_alone {
            // No host has a blank in it.
            format!("client {}", provider.pk)
        } else {
            sector(&provider.sector_identifier_uri, &provider.redirect_uris)
                .ok_or("its addresses have several hosts, or none, and no sector")?
        };
        let secret = keys.mac_with(FIRST_KID, Purpose::Subject, sector.as_bytes());
        let secret = secret.ok_or("the key ring lacks its first key")?;
        Ok(Some(Self(secret)))
    }

    /// What it knows somebody by.
    pub(super) fn sub(&self, person: &Person) -> String {
        encoding::base64url(encoding::hmac_sha256(&self.0, person.uuid.as_bytes()))
    }
}

/// The host that names a sector: that of its own address, else the only one of the addresses to be
/// sent to.
pub(crate) fn sector(named: &str, redirect_uris: &[Value]) -> Option<String> {
    if !named.is_empty() {
        return host(named);
    }
    let is_for_answers = |uri: &&Value| uri["redirect_uri_type"] != "logout";
    let answers = redirect_uris.iter().filter(is_for_answers);
    let mut hosts = answers.map(|uri| {
        let is_exact = uri["matching_mode"] != "regex";
        uri["url"].as_str().filter(|_| is_exact).and_then(host)
    });
    let first = hosts.next()??;
    let is_first = |other: Option<String>| other.as_ref() == Some(&first);
    hosts.all(is_first).then_some(first)
}

fn host(address: &str) -> Option<String> {
    Some(Url::parse(address).ok()?.host_str()?.to_owned())
}
