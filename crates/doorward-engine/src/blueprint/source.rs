//! What a blueprint may read of the machine it is applied on.
//!
//! Rule: only files that the operator put there read anything of the machine, and `!File` never
//! leaves the allowed folders, wherever `..` and links lead; what came in by the API reads nothing.

use std::io::Read as _;
use std::path::{Path, PathBuf};

/// So many bytes of a file are taken at most.
const FILE_MAX: u64 = 256 * 1024;

/// Where a blueprint came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The program's own, or a file that the operator put on the machine; `!File` reads below these
    /// folders, and paths that are not absolute begin in the first.
    Operator(Vec<PathBuf>),
    /// The API.
    Api,
}

impl Origin {
    /// A variable of the environment; an empty one counts as missing.
    pub(super) fn variable(&self, name: &str) -> Result<Option<String>, String> {
        match self {
            Self::Operator(_) => Ok(std::env::var(name).ok().filter(|text| !text.is_empty())),
            Self::Api => Err(refusal("!Env")),
        }
    }

    /// A file's text without the white space around it; `None` if there is no such file.
    pub(super) fn file(&self, path: &str) -> Result<Option<String>, String> {
        let Self::Operator(folders) = self else {
            return Err(refusal("!File"));
        };
        let Some(first) = folders.first() else {
            return Err("!File reads nothing here: set blueprints_dir or file_dirs".to_owned());
        };
        match first.join(path).canonicalize() {
            Ok(real) if folders.iter().any(|folder| is_below(&real, folder)) => text(&real, path),
            // Whether something is there must not be told for places outside.
            Err(_) if is_plain(path) || folders.iter().any(|folder| leads_into(path, folder)) => {
                Ok(None)
            }
            _ => Err(outside(path, folders)),
        }
    }
}

fn refusal(tag: &str) -> String {
    format!("{tag} reads the server's machine: only files in the blueprints folder may do so")
}

fn outside(path: &str, folders: &[PathBuf]) -> String {
    let folders: Vec<_> = folders
        .iter()
        .map(|one| one.display().to_string())
        .collect();
    format!(
        "!File {path}: only files below {} may be read; blueprint_file_dirs names more folders",
        folders.join(", ")
    )
}

fn is_below(real: &Path, folder: &Path) -> bool {
    folder
        .canonicalize()
        .is_ok_and(|folder| real.starts_with(folder))
}

/// Relative, without a step upwards.
fn is_plain(path: &str) -> bool {
    use std::path::Component;
    let normal = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    Path::new(path).components().all(normal)
}

fn leads_into(path: &str, folder: &Path) -> bool {
    let inside = Path::new(path).strip_prefix(folder);
    inside.is_ok_and(|inside| inside.to_str().is_some_and(is_plain))
}

fn text(found: &Path, path: &str) -> Result<Option<String>, String> {
    let unreadable = |error: &dyn std::fmt::Display| format!("!File {path}: {error}");
    let is_file = found.metadata().is_ok_and(|metadata| metadata.is_file());
    if !is_file {
        return Err(unreadable(&"this is not a file"));
    }
    let file = std::fs::File::open(found).map_err(|error| unreadable(&error))?;
    let mut text = String::new();
    let read = file.take(FILE_MAX + 1).read_to_string(&mut text);
    let bytes = read.map_err(|error| unreadable(&error))?;
    if bytes as u64 > FILE_MAX {
        return Err(unreadable(&format_args!("larger than {FILE_MAX} bytes")));
    }
    Ok(Some(text.trim().to_owned()))
}
