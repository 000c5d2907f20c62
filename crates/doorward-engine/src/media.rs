//! Media: the pictures that brands, applications and flows show, as files in one place.
//!
//! Owns which files there can be ([`MediaName`], [`MediaType`]), what is done to them before they
//! are kept or shown, and who may see them. Leaves a folder to `shelf`, S3 to `bucket`, what was just
//! read from there to `memory`, the choice between them to `place`, and multipart to the web.
//! Rule: a stranger gets a file only if something shows it, and a drawing only as
//! `protocol::svg` writes it.

mod bucket;
mod kind;
mod memory;
mod name;
mod place;
mod shelf;
#[cfg(test)]
mod tests;

use doorward_protocol::svg;

pub use bucket::Bucket;
pub use kind::MediaType;
pub(crate) use memory::Memory;
pub use name::MediaName;
pub use place::Place;
pub use shelf::Kept;

use crate::engine::{Engine, Fault};
use crate::person::Person;

/// The largest file.
pub const FILE_MAX_BYTES: usize = 4 * 1024 * 1024;
/// So many files at most.
pub const FILES_MAX: usize = 1000;

/// A file as it is shown.
#[derive(Debug)]
pub struct Media {
    /// What it is.
    pub media_type: MediaType,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whether everybody may see it.
    pub is_public: bool,
}

/// The file of this name, if it is there and this person may see it.
///
/// # Errors
///
/// The place cannot be reached.
pub async fn find(
    engine: &Engine,
    person: Option<&Person>,
    name: &str,
) -> Result<Option<Media>, Fault> {
    let Ok(name) = MediaName::parse(name) else {
        return Ok(None);
    };
    let is_public = engine.snapshot().shown_media.contains(name.as_str());
    if !is_public && !person.is_some_and(|person| person.is_superuser) {
        return Ok(None);
    }
    let Some(place) = &engine.settings.media else {
        return Ok(None);
    };
    let bytes = place.read(engine, &name).await?;
    let shown = bytes.and_then(|bytes| presentable(bytes).ok());
    Ok(shown.map(|(media_type, bytes)| Media {
        media_type,
        bytes,
        is_public,
    }))
}

/// Every file, by name.
///
/// # Errors
///
/// The place cannot be reached.
pub(crate) async fn list(engine: &Engine) -> Result<Vec<MediaName>, Fault> {
    match &engine.settings.media {
        Some(place) => place.list(engine).await,
        None => Ok(Vec::new()),
    }
}

/// Keeps a new file; none of this name may be there.
pub(crate) async fn keep(engine: &Engine, name: MediaName, bytes: Vec<u8>) -> Result<Kept, Fault> {
    match &engine.settings.media {
        Some(place) => place.keep(engine, &name, bytes).await,
        None => Ok(Kept::Full),
    }
}

/// Takes a file away; whether it was there.
pub(crate) async fn remove(engine: &Engine, name: MediaName) -> Result<bool, Fault> {
    match &engine.settings.media {
        Some(place) => place.remove(engine, &name).await,
        None => Ok(false),
    }
}

/// What a file is by its bytes, and the bytes that may be kept and shown.
///
/// # Errors
///
/// What is wrong with it, as the end of a sentence.
pub(crate) fn presentable(bytes: Vec<u8>) -> Result<(MediaType, Vec<u8>), String> {
    const NO_PICTURE: &str = "is no picture (PNG, JPEG, GIF, WebP, AVIF, ICO or SVG)";
    let media_type = MediaType::sniff(&bytes).ok_or(NO_PICTURE)?;
    if media_type != MediaType::Svg {
        return Ok((media_type, bytes));
    }
    let text = String::from_utf8(bytes).map_err(|_| NO_PICTURE)?;
    let text = svg::sanitize(&text).map_err(|error| error.to_string())?;
    Ok((media_type, text.into_bytes()))
}
