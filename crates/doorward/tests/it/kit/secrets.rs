//! Owns the list of everything that must never stand in a log: passwords, tokens, cookies, codes.
//! The whole log of each server and of each proxy in front is searched for all of them when it stops
//! (`Server`, `Kit`).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use url::Url;

use super::http::Answer;

/// Shortest value that is searched for: anything shorter stands in a log by chance.
const SHORTEST: usize = 8;

/// Query parameters whose value lets somebody in.
const PARAMETERS: [&str; 6] = ["ticket", "code", "token", "itoken", "request", "flow_token"];

/// What stands behind this in an address lets somebody in.
const RECOVERY_PATH: &str = "/recovery/use-token/";

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
            self.add_from_cookie(line);
        }
        if let Some(location) = answer.location() {
            self.add_from_url(&location);
        }
    }

    /// Remembers the cookie of a `Set-Cookie` line.
    pub(crate) fn add_from_cookie(&self, line: &str) {
        let pair = line.split(';').next().unwrap_or_default();
        if let Some((name, value)) = pair.split_once('=') {
            self.add(&format!("cookie {name}"), value);
        }
    }

    /// Remembers the one-time values of an address.
    pub(crate) fn add_from_url(&self, url: &Url) {
        if let Some(key) = url.path().strip_prefix(RECOVERY_PATH) {
            self.add("recovery key", key.trim_end_matches('/'));
        }
        for (name, value) in url.query_pairs() {
            if PARAMETERS.contains(&&*name) {
                self.add(&format!("parameter {name}"), &value);
            }
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.lock().expect("no panic inside").len()
    }

    /// Fails if one of the secrets stands in the log of `whose`.
    #[track_caller]
    pub(crate) fn assert_none_in(&self, whose: &str, log: &str) {
        let found = self.found_in(log);
        assert!(
            found.is_empty(),
            "the log of {whose} holds {} secrets:\n{}",
            found.len(),
            found.join("\n")
        );
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
