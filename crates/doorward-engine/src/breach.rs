//! How often a password is on a list of breached ones.
//!
//! Owns the two forms of the list: a server that is asked for the first five digits of the
//! password's SHA-1 and answers every hash that begins so (k-anonymity, the range API of
//! haveibeenpwned.com), and files in that form, one for each five digits or one sorted file of
//! everything. Rule: neither the password nor its whole hash leaves the process, and a list that
//! cannot be asked is an error, never an unbreached password.

mod file;

use std::path::PathBuf;
use std::time::Duration;

use doorward_protocol::encoding::sha1_hex;
use url::Url;

use crate::engine::Engine;
use crate::remote::Bounds;

/// So many digits are told.
const TOLD: usize = 5;
/// A range has some 1000 lines.
const BOUNDS: Bounds = Bounds {
    patience: Duration::from_secs(5),
    most: 512 * 1024,
};
/// Answers of one length, so that nobody on the way guesses the range.
const PADDED: (&str, &str) = ("add-padding", "true");
const NO_LIST: &str =
    "there is no list of breached passwords to ask: set breaches.address or breaches.list";

/// Where the list is.
#[derive(Clone, Debug, Default)]
pub struct Breaches {
    /// The range API; the five digits follow.
    pub address: Option<Url>,
    /// A folder of ranges, or one sorted file; asked instead of the address.
    pub list: Option<PathBuf>,
}

impl Engine {
    /// How often a password was breached.
    ///
    /// # Errors
    ///
    /// Why nobody knows.
    pub(crate) async fn breaches_of(&self, password: &str) -> Result<u64, String> {
        let hash = sha1_hex(password.as_bytes()).to_ascii_uppercase();
        let found = match (
            &self.settings.breaches.list,
            &self.settings.breaches.address,
        ) {
            (Some(path), _) => file::count(path.clone(), hash).await,
            (None, Some(address)) => self.ask_range(address, &hash).await,
            (None, None) => Err(NO_LIST.to_owned()),
        };
        found.inspect_err(|error| {
            tracing::warn!(error, "the list of breached passwords cannot be asked");
        })
    }

    async fn ask_range(&self, address: &Url, hash: &str) -> Result<u64, String> {
        let (told, kept) = hash.split_at(TOLD);
        let address = format!("{address}{told}");
        let answer = self.remote.get(&address, &[PADDED], BOUNDS).await;
        let answer = answer.map_err(|error| format!("the list of breached passwords: {error}"))?;
        let text = std::str::from_utf8(&answer.body).unwrap_or_default();
        if answer.status != 200 || !is_range(text) {
            let status = answer.status;
            return Err(format!(
                "the list of breached passwords answers {status}, and no range"
            ));
        }
        Ok(count_in(text, kept))
    }
}

/// Whether the first line is one of a range: a page of somebody else's is not.
fn is_range(text: &str) -> bool {
    let first = text.lines().next().and_then(entry);
    first.is_some_and(|(rest, _)| rest.len() == 40 - TOLD)
}

/// How often the hash that ends so is listed.
fn count_in(text: &str, kept: &str) -> u64 {
    let mut entries = text.lines().filter_map(entry);
    let found = entries.find(|(rest, _)| rest.eq_ignore_ascii_case(kept));
    found.map_or(0, |(_, count)| count)
}

/// `0018A45C4D1DEF81644B54AB7F969B88D65:3`
fn entry(line: &str) -> Option<(&str, u64)> {
    let (hash, count) = line.trim().split_once(':')?;
    let is_hash = hash.bytes().all(|one| one.is_ascii_hexdigit());
    Some((hash, count.trim().parse().ok()?)).filter(|_| is_hash)
}

#[cfg(test)]
mod tests;
