//! The document of a sector: it lists every address of a client that says it belongs to it
//! (OpenID Connect Registration 1.0 §5).

use std::time::Duration;

use doorward_protocol::oauth::{Metadata, MetadataError};

use super::RegistrationRefusal;
use crate::engine::Engine;
use crate::remote::Bounds;

const BOUNDS: Bounds = Bounds {
    patience: Duration::from_secs(5),
    most: 64 * 1024,
};

impl Engine {
    /// Asks for it, if the client names one.
    pub(super) async fn check_sector(
        &self,
        metadata: &Metadata,
    ) -> Result<(), RegistrationRefusal> {
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
        match metadata
            .redirects()
            .iter()
            .find(|one| !listed.contains(one))
        {
            Some(missing) => {
                let why = format!("sector_identifier_uri does not list {missing}.");
                Err(MetadataError::new(why).into())
            }
            None => Ok(()),
        }
    }
}
