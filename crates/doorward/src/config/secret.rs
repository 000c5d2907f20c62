//! Text that must not be printed, and the secret key's own file.
//!
//! The rule: [`Secret`] has neither `Debug` nor `Display`; whoever wants the text says so with
//! [`Secret::reveal`].

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

/// A password, key or token from the configuration.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself: never for a log, a page or an error.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// The name of the secret key's file in the data directory.
pub const KEY_FILE: &str = "secret-key";

/// Makes the data directory (mode 0700) unless it is there.
pub fn ensure_data_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// The secret key of this data directory: read from its file, or made once (mode 0600).
///
/// Two processes that start at once agree on one key: the file is written aside and linked into
/// place, and only one link can win.
pub fn key_in(data_dir: &Path) -> io::Result<Secret> {
    let path = data_dir.join(KEY_FILE);
    match read_key(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        other => return other,
    }
    let aside = data_dir.join(format!("{KEY_FILE}.{}", uuid::Uuid::new_v4()));
    write_aside(&aside)?;
    let linked = fs::hard_link(&aside, &path);
    fs::remove_file(&aside)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => read_key(&path),
    }
}

fn write_aside(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(random_key()?.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

fn read_key(path: &Path) -> io::Result<Secret> {
    let text = fs::read_to_string(path)?;
    match text.trim() {
        "" => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the file is empty",
        )),
        key => Ok(Secret::new(key)),
    }
}

/// 48 bytes of the system's randomness as 96 hexadecimal digits.
fn random_key() -> io::Result<String> {
    let mut bytes = [0_u8; 48];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    Ok(halves
        .filter_map(|half| char::from_digit(u32::from(half), 16))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn the_secret_key_is_made_once_and_only_its_owner_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        ensure_data_dir(&data).unwrap();
        let first = key_in(&data).unwrap();
        let second = key_in(&data).unwrap();
        assert!(first.reveal() == second.reveal());
        assert_eq!(first.reveal().len(), 96);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&data.join(KEY_FILE)), 0o600);
        assert_eq!(mode(&data), 0o700);
        assert_eq!(
            fs::read_dir(&data).unwrap().count(),
            1,
            "nothing is left aside"
        );
    }

    #[test]
    fn processes_that_start_at_once_agree_on_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let keys: Vec<Secret> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| key_in(folder.path()).unwrap()))
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        assert!(keys.iter().all(|key| key.reveal() == keys[0].reveal()));
    }
}
