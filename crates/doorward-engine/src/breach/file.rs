//! The list as files of one's own.
//!
//! Rule: a file is searched, never read whole; in one that is not sorted nothing would be found, so
//! what is not a hash where one has to be is an error.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::{BOUNDS, TOLD, count_in, entry, is_range};

/// Longer lines are none of this list.
const LINE_MAX: u64 = 200;

/// How often `hash` is listed, without blocking anybody else.
pub(super) async fn count(path: PathBuf, hash: String) -> Result<u64, String> {
    let read = tokio::task::spawn_blocking(move || {
        let found = if path.is_dir() {
            in_folder(&path, &hash)
        } else {
            in_sorted(&path, &hash)
        };
        found.map_err(|error| format!("{}: {error}", path.display()))
    });
    read.await.map_err(|error| error.to_string())?
}

/// In the file that is named by the first digits, with or without `.txt`.
fn in_folder(folder: &Path, hash: &str) -> io::Result<u64> {
    let (told, kept) = hash.split_at(TOLD);
    let plain = folder.join(told);
    let path = if plain.is_file() {
        plain
    } else {
        folder.join(format!("{told}.txt"))
    };
    let text = io::read_to_string(io::Read::take(File::open(path)?, BOUNDS.most as u64))?;
    if !is_range(&text) {
        return Err(strange());
    }
    Ok(count_in(&text, kept))
}

/// In one file of whole hashes in order: half of what is left is put aside each time.
fn in_sorted(path: &Path, hash: &str) -> io::Result<u64> {
    let file = File::open(path)?;
    let (mut low, mut high) = (0, file.metadata()?.len());
    let mut file = BufReader::new(file);
    while low < high {
        let middle = low + (high - low) / 2;
        match line_from(&mut file, middle)? {
            Some((found, count, _)) if found == hash => return Ok(count),
            Some((found, _, end)) if found.as_str() < hash => low = end,
            _ => high = middle,
        }
    }
    Ok(0)
}

/// The first line that begins at `place` or later: its hash, its count and where it ends.
fn line_from(file: &mut BufReader<File>, place: u64) -> io::Result<Option<(String, u64, u64)>> {
    let mut at = place.saturating_sub(1);
    file.seek(SeekFrom::Start(at))?;
    if place > 0 {
        at += read_line(file)?.1;
    }
    let (line, length) = read_line(file)?;
    if length == 0 {
        return Ok(None);
    }
    let (hash, count) = entry(&line)
        .filter(|(hash, _)| hash.len() == 40)
        .ok_or_else(strange)?;
    Ok(Some((hash.to_ascii_uppercase(), count, at + length)))
}

fn read_line(file: &mut BufReader<File>) -> io::Result<(String, u64)> {
    let mut line = String::new();
    let length = io::Read::take(file, LINE_MAX).read_line(&mut line)?;
    Ok((line, length as u64))
}

fn strange() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "no list of SHA-1 hashes with counts",
    )
}
