//! Reads the operator's templates folder once, at start.
//!
//! Rule: only regular `.html` and `.txt` files of a sane size, at most [`MAX_DEPTH`] folders down; symbolic
//! links are followed to files (Kubernetes mounts configuration that way), never to folders.

use std::fs;
use std::path::Path;

use super::{Files, Rejected};

/// Folders below the templates folder that are looked into.
const MAX_DEPTH: usize = 3;
/// A template larger than this is a mistake.
const MAX_BYTES: u64 = 256 * 1024;

/// All templates in `folder`, by their path in it, and what could not be read.
pub(super) fn read(folder: &Path) -> (Files, Vec<Rejected>) {
    let mut found = (Files::new(), Vec::new());
    read_below(folder, "", 0, &mut found);
    found
}

fn read_below(folder: &Path, prefix: &str, depth: usize, found: &mut (Files, Vec<Rejected>)) {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return reject(found, prefix, &error.to_string()),
    };
    for entry in entries.flatten() {
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if name.starts_with('.') || (is_folder && depth == MAX_DEPTH) {
            continue;
        }
        if is_folder {
            read_below(&entry.path(), &format!("{prefix}{name}/"), depth + 1, found);
        } else if Path::new(&name)
            .extension()
            .is_some_and(|extension| extension == "html" || extension == "txt")
        {
            read_file(&entry.path(), format!("{prefix}{name}"), found);
        }
    }
}

fn read_file(path: &Path, name: String, found: &mut (Files, Vec<Rejected>)) {
    match fs::metadata(path) {
        Ok(meta) if !meta.is_file() => return,
        Ok(meta) if meta.len() > MAX_BYTES => {
            return reject(found, &name, "larger than 256 KiB");
        }
        Ok(_) | Err(_) => {}
    }
    match fs::read_to_string(path) {
        Ok(text) => drop(found.0.insert(name, text)),
        Err(error) => reject(found, &name, &error.to_string()),
    }
}

fn reject(found: &mut (Files, Vec<Rejected>), name: &str, reason: &str) {
    found.1.push(Rejected {
        name: name.into(),
        reason: reason.into(),
    });
}
