//! Names of media files.

use std::fmt;

use super::kind::MediaType;

/// Bytes of a name.
const BYTES_MAX: usize = 200;
/// Folders and file.
const PARTS_MAX: usize = 4;

/// A name that names one place below the folder and nothing else: plain letters, no hidden part, no
/// way up, the ending of a picture.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MediaName(String);

impl MediaName {
    /// Reads `logo.svg` or `application-icons/sonarr.png`.
    ///
    /// # Errors
    ///
    /// What is wrong with it, for whoever chose it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let parts: Vec<_> = text.split('/').collect();
        if text.len() > BYTES_MAX || parts.len() > PARTS_MAX {
            return Err("The name is too long.");
        }
        let is_plain = |one: u8| one.is_ascii_alphanumeric() || b"._-()%".contains(&one);
        let is_named = |part: &&str| !part.is_empty() && !part.starts_with('.');
        if !parts
            .iter()
            .all(|part| is_named(part) && part.bytes().all(is_plain))
        {
            return Err(
                "The name may hold letters, digits, dots, dashes and underscores, with a slash between folders, \
                 and no part may begin with a dot.",
            );
        }
        let name = Self(text.to_owned());
        if name.media_type().is_none() {
            return Err(
                "The name must end like a picture: .png, .jpg, .gif, .webp, .avif, .ico or .svg.",
            );
        }
        Ok(name)
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Folders and file.
    pub(super) fn parts(&self) -> (Vec<&str>, &str) {
        let mut parts: Vec<_> = self.0.split('/').collect();
        let file = parts.pop().unwrap_or_default();
        (parts, file)
    }

    /// What its ending says.
    pub fn media_type(&self) -> Option<MediaType> {
        let (_, ending) = self.0.rsplit_once('.')?;
        MediaType::of_ending(&ending.to_ascii_lowercase())
    }
}

impl fmt::Display for MediaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
