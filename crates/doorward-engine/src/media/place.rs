//! Where the files are: in a folder, or in a bucket of S3.
//!
//! Rule: both keep a file whole or not at all, and never in the place of another.

use std::path::PathBuf;
use std::sync::Arc;

use super::bucket::Bucket;
use super::shelf::{Kept, Shelf};
use super::{FILES_MAX, MediaName};
use crate::engine::{Engine, Fault};

/// A place for files.
#[derive(Clone, Debug)]
pub enum Place {
    /// A folder of ours.
    Folder(Arc<PathBuf>),
    /// A bucket of S3, or of what speaks like it.
    Bucket(Arc<Bucket>),
}

impl Place {
    pub(super) async fn list(&self, engine: &Engine) -> Result<Vec<MediaName>, Fault> {
        match self {
            Self::Folder(folder) => on_shelf(folder, Shelf::list).await,
            Self::Bucket(bucket) => bucket.list(&engine.remote).await,
        }
    }

    pub(super) async fn read(
        &self,
        engine: &Engine,
        name: &MediaName,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let name = name.clone();
        match self {
            Self::Folder(folder) => on_shelf(folder, move |shelf| shelf.read(&name)).await,
            Self::Bucket(bucket) => {
                if let Some(bytes) = engine.media_memory.find(&name) {
                    return Ok(Some(bytes));
                }
                let bytes = bucket.read(&engine.remote, &name).await?;
                if let Some(bytes) = &bytes {
                    engine.media_memory.keep(&name, bytes);
                }
                Ok(bytes)
            }
        }
    }

    pub(super) async fn keep(
        &self,
        engine: &Engine,
        name: &MediaName,
        bytes: Vec<u8>,
    ) -> Result<Kept, Fault> {
        let name = name.clone();
        match self {
            Self::Folder(folder) => on_shelf(folder, move |shelf| shelf.keep(&name, &bytes)).await,
            Self::Bucket(bucket) if bucket.list(&engine.remote).await?.len() >= FILES_MAX => {
                Ok(Kept::Full)
            }
            Self::Bucket(bucket) => bucket.keep(&engine.remote, &name, bytes).await,
        }
    }

    pub(super) async fn remove(&self, engine: &Engine, name: &MediaName) -> Result<bool, Fault> {
        let name = name.clone();
        match self {
            Self::Folder(folder) => on_shelf(folder, move |shelf| shelf.remove(&name)).await,
            Self::Bucket(bucket) => {
                let removed = bucket.remove(&engine.remote, &name).await;
                engine.media_memory.forget(&name);
                removed
            }
        }
    }
}

/// Does something with the folder where waiting is allowed.
async fn on_shelf<T: Send + 'static>(
    folder: &Arc<PathBuf>,
    work: impl FnOnce(&Shelf) -> std::io::Result<T> + Send + 'static,
) -> Result<T, Fault> {
    let shelf = Shelf::new(Arc::clone(folder));
    let worked = tokio::task::spawn_blocking(move || work(&shelf)).await;
    let worked = worked.map_err(|error| Fault::Broken(error.to_string()))?;
    Ok(worked?)
}
