//! The folder of the media.
//!
//! Rule: a file is reached part by part from the folder, and no part may be a symbolic link; a file
//! appears whole or not at all, and never in the place of another.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, mkdirat, openat, unlinkat};
use rustix::io::Errno;

use super::{FILE_MAX_BYTES, FILES_MAX, MediaName};

/// What became of a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is there.
    New,
    /// One of this name was there before.
    Exists,
    /// There are too many, or no folder for them.
    Full,
}

pub(super) struct Shelf {
    folder: Arc<PathBuf>,
}

const FOLDER: OFlags = OFlags::DIRECTORY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

impl Shelf {
    pub(super) fn new(folder: Arc<PathBuf>) -> Self {
        Self { folder }
    }

    /// Every file that could be read by its name.
    pub(super) fn list(&self) -> io::Result<Vec<MediaName>> {
        let mut found = Vec::new();
        list_below(&self.folder, "", &mut found)?;
        found.sort();
        Ok(found)
    }

    pub(super) fn read(&self, name: &MediaName) -> io::Result<Option<Vec<u8>>> {
        let (folders, file) = name.parts();
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = self
            .open_folder(&folders, false)
            .and_then(|folder| openat(folder, file, flags, Mode::empty()));
        let file = match opened {
            Ok(file) => File::from(file),
            Err(error) if is_missing(error) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        if !file.metadata()?.is_file() {
            return Ok(None);
        }
        let limit = u64::try_from(FILE_MAX_BYTES).unwrap_or(u64::MAX);
        let mut bytes = Vec::new();
        file.take(limit + 1).read_to_end(&mut bytes)?;
        Ok(Some(bytes).filter(|bytes| bytes.len() <= FILE_MAX_BYTES))
    }

    pub(super) fn keep(&self, name: &MediaName, bytes: &[u8]) -> io::Result<Kept> {
        std::fs::create_dir_all(&*self.folder)?;
        if self.list()?.len() >= FILES_MAX {
            return Ok(Kept::Full);
        }
        let (folders, file) = name.parts();
        let folder = match self.open_folder(&folders, true) {
            Ok(folder) => folder,
            // A file, or a link, in the place of a folder.
            Err(Errno::NOTDIR | Errno::LOOP | Errno::EXIST) => return Ok(Kept::Exists),
            Err(error) => return Err(error.into()),
        };
        // Hidden, so that no name can name it.
        let aside = format!(".{}", uuid::Uuid::new_v4());
        let kept = write(&folder, &aside, bytes).and_then(|()| put(&folder, &aside, file));
        unlinkat(&folder, &*aside, AtFlags::empty()).ok();
        kept
    }

    pub(super) fn remove(&self, name: &MediaName) -> io::Result<bool> {
        let (folders, file) = name.parts();
        let removed = self
            .open_folder(&folders, false)
            .and_then(|folder| unlinkat(folder, file, AtFlags::empty()));
        match removed {
            Ok(()) => Ok(true),
            Err(error) if is_missing(error) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn open_folder(&self, folders: &[&str], make: bool) -> rustix::io::Result<OwnedFd> {
        // The folder itself may be reached by a link: the operator chose it.
        let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
        let mut folder = openat(CWD, &*self.folder, flags, Mode::empty())?;
        for part in folders {
            if make {
                match mkdirat(&folder, *part, Mode::from_raw_mode(0o755)) {
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(error) => return Err(error),
                }
            }
            folder = openat(&folder, *part, FOLDER, Mode::empty())?;
        }
        Ok(folder)
    }
}

fn write(folder: &OwnedFd, name: &str, bytes: &[u8]) -> io::Result<()> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let file = openat(folder, name, flags, Mode::from_raw_mode(0o644))?;
    let mut file = File::from(file);
    file.write_all(bytes)?;
    file.sync_all()
}

/// Gives a written file its name, unless something has it.
fn put(folder: &OwnedFd, aside: &str, name: &str) -> io::Result<Kept> {
    match linkat(folder, aside, folder, name, AtFlags::empty()) {
        Ok(()) => Ok(Kept::New),
        Err(Errno::EXIST) => Ok(Kept::Exists),
        Err(error) => Err(error.into()),
    }
}

/// Nothing there, or something that is never followed.
fn is_missing(error: Errno) -> bool {
    matches!(
        error,
        Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::ISDIR | Errno::NXIO
    )
}

fn list_below(folder: &Path, prefix: &str, found: &mut Vec<MediaName>) -> io::Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let (kind, name) = (entry.file_type()?, format!("{prefix}{name}"));
        let is_deep = name.matches('/').count() >= 3;
        if kind.is_dir() && !is_deep {
            list_below(&entry.path(), &format!("{name}/"), found)?;
        } else if kind.is_file() && found.len() < FILES_MAX {
            found.extend(MediaName::parse(&name).ok());
        }
    }
    Ok(())
}
