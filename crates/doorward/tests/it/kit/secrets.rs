//! Owns the list of everything that must never stand in a log: passwords, tokens, cookies, codes.
//! Each server's whole log is searched for all of them when it stops (`Server`).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use url::Url;

use super::http::Answer;

/// Shortest value that is searched for: anything shorter stands in a log by chance.
const SHORTEST: usize = 8;

/// Query parameters whose value lets somebody in.
const PARAMETERS: [&str; 6] = ["ticket", "code", "token", "itoken", "request", "flow_token"];

/// A shared list of issued secrets, each with where it came from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets(Arc<Mutex<BTreeMap<String, String>>>);

impl Secrets {
    /// Remembers one secret; `what` says which it is when it is found in a log.
    pub(crate) fn add(&self, what: &str, value: &str) {
        if value.len() >= SHORTEST {
            let mut all = self.0.lock().expect("no panic inside");
            all.entry(value.to_owned())
                .or_insert_with(|| what.to_owned());
        }
    }

    /// Takes one out that the log must show: the set-up link is meant to be read there.
    pub(crate) fn allow(&self, text: &str) {
        let mut all = self.0.lock().expect("no panic inside");
        all.retain(|secret, _| !text.contains(secret));
    }

    /// Remembers the cookies and one-time values of an answer.
    pub(crate) fn add_from(&self, answer: &Answer) {
        for line in answer.all("set-cookie") {
            if let Some((name, value)) =
                line.split(';').next().and_then(|pair| pair.split_once('='))
            {
                self.add(&format!("cookie {name}"), value);
            }
        }
        if let Some(location) = answer.location() {
            self.add_from_url(&location);
        }
    }

    /// Remembers the one-time values of an address.
    pub(crate) fn add_from_url(&self, url: &Url) {
        for (name, value) in url.query_pairs() {
            if PARAMETERS.contains(&&*name) {
                self.add(&format!("parameter {name}"), &value);
            }
        }
    }

    /// Which of the secrets stand in `text`, by what they are, with the line they are in.
    pub(crate) fn found_in(&self, text: &str) -> Vec<String> {
        let all = self.0.lock().expect("no panic inside");
        let line_with = |secret: &str| text.lines().find(|line| line.contains(secret));
        all.iter()
            .filter_map(|(secret, what)| Some(format!("{what}: {}", line_with(secret)?)))
            .collect()
    }
}
