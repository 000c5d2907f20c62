//! The operator's folder of blueprints.
//!
//! Rule: nothing is read that does not lie in the folder when all links and `..` are followed, and
//! nothing that is not a plain file; hidden names are passed over.

use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use super::document::{Document, Metadata};
use super::source::Origin;
use super::tree::BYTES_MAX;

/// So deep folders may lie in each other.
const DEPTH_MAX: usize = 16;
/// So many files are looked at.
const FILES_MAX: usize = 2000;

/// Where blueprints, and the files that they read, are.
#[derive(Clone, Debug, Default)]
pub struct Folders {
    /// The folder of blueprints, if there is one.
    pub blueprints: Option<PathBuf>,
    /// More folders that `!File` may read.
    pub files: Vec<PathBuf>,
}

/// A file of the folder.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// Its place in the folder, with `/`.
    pub path: String,
    /// When it was last changed, Unix milliseconds.
    pub modified: i64,
    /// Its length, with `modified` a cheap sign of a change.
    pub bytes: u64,
}

impl Folders {
    /// What a file of the folder may read.
    pub fn origin(&self) -> Origin {
        Origin::Operator(self.blueprints.iter().chain(&self.files).cloned().collect())
    }

    /// The text of a file in the folder.
    ///
    /// # Errors
    ///
    /// It is not there, or outside, or too large.
    pub fn read(&self, path: &str) -> io::Result<String> {
        let folder = self
            .blueprints
            .as_ref()
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "blueprints_dir is not set"))?;
        if !is_inside(path) {
            return Err(outside());
        }
        let real = real(folder, &folder.join(path)).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::NotFound,
                "there is no such file in the blueprints folder",
            )
        })?;
        if real.metadata()?.len() > BYTES_MAX as u64 {
            let words = format!("the file is larger than {BYTES_MAX} bytes: split it");
            return Err(io::Error::new(io::ErrorKind::InvalidData, words));
        }
        std::fs::read_to_string(real)
    }

    /// Every blueprint of the folder, by name.
    ///
    /// # Errors
    ///
    /// The folder itself cannot be read.
    pub fn list(&self) -> io::Result<Vec<File>> {
        let mut found = Vec::new();
        if let Some(folder) = &self.blueprints {
            walk(folder, folder, 0, &mut found)?;
        }
        found.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(found)
    }
}

/// What a text says of itself, if it is a blueprint.
pub(super) fn metadata(text: &str) -> Option<Metadata> {
    Document::parse(text).ok().map(|document| document.metadata)
}

fn outside() -> io::Error {
    io::Error::new(
        io::ErrorKind::PermissionDenied,
        "the path must lie in the blueprints folder",
    )
}

/// Whether a path is relative and takes no step upwards.
pub(crate) fn is_inside(path: &str) -> bool {
    let normal = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    !path.is_empty() && !path.contains('\0') && Path::new(path).components().all(normal)
}

/// A plain file below the folder, with all links followed.
fn real(folder: &Path, path: &Path) -> Option<PathBuf> {
    let real = path.canonicalize().ok()?;
    let is_below = real.starts_with(folder.canonicalize().ok()?);
    (is_below && real.metadata().ok()?.is_file()).then_some(real)
}

fn walk(folder: &Path, at: &Path, depth: usize, found: &mut Vec<File>) -> io::Result<()> {
    for entry in std::fs::read_dir(at)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        if name.as_encoded_bytes().starts_with(b".") || found.len() >= FILES_MAX {
            continue;
        }
        if path.is_dir() {
            // A folder that cannot be read hides only itself.
            if depth < DEPTH_MAX && walk(folder, &path, depth + 1, found).is_err() {
                tracing::warn!(folder = %path.display(), "a folder of blueprints cannot be read");
            }
        } else if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            found.extend(file(folder, &path));
        }
    }
    Ok(())
}

fn file(folder: &Path, path: &Path) -> Option<File> {
    let metadata = real(folder, path)?.metadata().ok()?;
    let since = metadata
        .modified()
        .ok()?
        .duration_since(SystemTime::UNIX_EPOCH);
    Some(File {
        path: path.strip_prefix(folder).ok()?.to_str()?.to_owned(),
        modified: i64::try_from(since.ok()?.as_millis()).ok()?,
        bytes: metadata.len(),
    })
}
