//! The picture of a client: fetched once, when the client names it, and shown from here.
//!
//! Rules: no browser of anybody's and no page view asks a client's server, so that it does not learn who
//! looks at what, nor can it show another picture than the one that it registered with; what is kept is
//! a picture by its bytes, and a drawing only as `protocol::svg` writes it.

use std::time::Duration;

use doorward_protocol::encoding;
use doorward_protocol::oauth::Metadata;
use doorward_store::{Tx, client_logo};

use crate::engine::{Engine, Fault};
use crate::media::{Media, presentable};
use crate::remote::Bounds;
use crate::snapshot::Snapshot;

const BOUNDS: Bounds = Bounds {
    patience: Duration::from_secs(5),
    most: 128 * 1024,
};

/// A picture that can be kept.
pub(super) struct Logo(String);

impl Engine {
    /// What a client names, if it can be had and is a picture. Why not is not told: it would tell what
    /// there is in this network.
    pub(super) async fn fetch_logo(&self, metadata: &Metadata) -> Option<Logo> {
        let address = metadata.logo_uri.as_deref()?;
        let answer = self.guarded.get(address, BOUNDS).await;
        let picture = answer.and_then(|answer| match answer.status {
            200 => presentable(answer.body.to_vec()),
            status => Err(format!("it answered {status}")),
        });
        let picture = picture.inspect_err(|why| {
            tracing::info!(address, why, "a client's picture is not shown");
        });
        let (_, bytes) = picture.ok()?;
        Some(Logo(encoding::base64(&bytes)))
    }

    /// The picture of the client whose application has this slug.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn oauth_logo(
        &self,
        snapshot: &Snapshot,
        slug: &str,
    ) -> Result<Option<Media>, Fault> {
        let client = snapshot.oauth.of_application(slug);
        let Some(client) = client.filter(|client| client.about().logo.is_some()) else {
            return Ok(None);
        };
        let mut tx = self.store.read().await?;
        let kept = client_logo::find(&mut tx, client.provider.pk).await?;
        let bytes = kept.and_then(encoding::from_base64);
        let shown = bytes.and_then(|bytes| presentable(bytes).ok());
        Ok(shown.map(|(media_type, bytes)| Media {
            media_type,
            bytes,
            is_public: true,
        }))
    }
}

/// Writes down what a client shows by now.
pub(super) async fn keep(
    tx: &mut Tx,
    provider: i64,
    logo: Option<&Logo>,
    now: i64,
) -> doorward_store::Result<()> {
    match logo {
        Some(logo) => client_logo::save(tx, provider, &logo.0, now).await,
        None => client_logo::delete(tx, provider).await,
    }
}
