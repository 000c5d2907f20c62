//! The sector of a client to whom people are known by names of their own: whose it is has to be shown
//! (OpenID Connect Registration 1.0 §5, Core §8.1).
//!
//! Rule: whoever gets a sector's names has been let in by its host. A registered address shows it
//! where tokens go to that address alone; for ways that end somewhere else (a device, a password) the
//! host's document lists the client's own key set, and the client proves that it holds a key of it.
//! An address of everybody's own machine belongs to nobody.

use std::time::Duration;

use doorward_protocol::oauth::{AuthMethod, Metadata, MetadataError};
use url::{Host, Url};

use super::RegistrationRefusal;
use crate::broken::{self, Mutant};
use crate::engine::Engine;
use crate::remote::Bounds;

const BOUNDS: Bounds = Bounds {
    patience: Duration::from_secs(5),
    most: 64 * 1024,
};

/// The ways whose tokens go to a registered address, or follow from one that did.
const BY_ADDRESS: [&str; 3] = ["authorization_code", "implicit", "refresh_token"];

impl Engine {
    /// Asks the document, if the client names one or needs one.
    pub(super) async fn check_sector(
        &self,
        metadata: &Metadata,
    ) -> Result<(), RegistrationRefusal> {
        let wanted = wanted(metadata)?;
        let Some(address) = &metadata.sector_identifier_uri else {
            return Ok(());
        };
        let answer = self.guarded.get(address, BOUNDS).await;
        let answer = answer.inspect_err(|why| {
            tracing::info!(address, why, "a sector's document cannot be fetched");
        });
        // Why is not told: it would tell what there is in this network.
        let listed = answer
            .ok()
            .filter(|answer| answer.status == 200)
            .and_then(|answer| serde_json::from_slice::<Vec<String>>(&answer.body).ok());
        let why = "sector_identifier_uri cannot be fetched, or is no JSON array of addresses.";
        let listed = listed.ok_or_else(|| MetadataError::new(why))?;
        let is_missing = |one: &&str| !listed.iter().any(|listed| listed == one);
        match wanted.into_iter().find(is_missing) {
            Some(missing) if !broken::is(Mutant::SectorUnread) => {
                let why = format!("sector_identifier_uri does not list {missing}.");
                Err(MetadataError::new(why).into())
            }
            _ => Ok(()),
        }
    }
}

/// What the document has to list.
fn wanted(metadata: &Metadata) -> Result<Vec<&str>, MetadataError> {
    let mut wanted: Vec<_> = metadata.redirects().iter().map(String::as_str).collect();
    if !metadata.is_pairwise() {
        return Ok(wanted);
    }
    let goes_elsewhere = |one: &String| !BY_ADDRESS.contains(&&**one);
    if let Some(way) = metadata.grants().iter().find(|one| goes_elsewhere(one)) {
        wanted.push(own_keys(metadata, way)?);
    } else if metadata.sector_identifier_uri.is_none()
        && metadata.redirects().iter().any(|one| is_near(one))
    {
        let why = "An address on the person's own machine is nobody's: pairwise names need a \
                   sector_identifier_uri that lists it.";
        return Err(MetadataError::new(why));
    }
    Ok(wanted)
}

/// The key set that a sector's document lists for a client whose tokens go to no address.
fn own_keys<'a>(metadata: &'a Metadata, way: &str) -> Result<&'a str, MetadataError> {
    let is_proven = metadata.method()? == AuthMethod::PrivateKeyJwt;
    let named = metadata.sector_identifier_uri.as_ref();
    let keys = named.and(metadata.jwks_uri.as_deref());
    keys.filter(|_| is_proven).ok_or_else(|| {
        MetadataError::new(format!(
            "Tokens by {way} go to no registered address. With pairwise names the client needs \
             private_key_jwt, a jwks_uri, and a sector_identifier_uri that lists it."
        ))
    })
}

/// Whether an address is one of whatever machine it is opened on, or of no host at all.
fn is_near(address: &str) -> bool {
    let url = Url::parse(address).ok();
    match url.as_ref().and_then(Url::host) {
        Some(Host::Domain(name)) => {
            let name = name.to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => true,
    }
}
