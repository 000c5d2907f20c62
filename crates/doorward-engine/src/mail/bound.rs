//! How many letters one mailbox gets, whatever they are about, from each kind of sender.
//!
//! Rule: a letter is counted, by one conditional write, in the transaction that queues it, and only
//! if it is queued. What strangers can ask for is counted apart from all else, so that they shut
//! nobody's codes out. Writing an address in another way (capitals, a tag behind `+`) leads to no
//! other count; a letter to nobody is counted as well, for itself, so that it is the same work.

use std::time::Duration;

use doorward_store::attempt::Limit;
use doorward_store::user::fold;
use doorward_store::{StoreError, Tx};

use crate::engine::Engine;
use crate::settings::milliseconds;
use crate::throttle;

/// Who can make a letter go; each kind spends on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purse {
    /// Whoever has proven nothing, or only that they have just made their account.
    Strangers,
    /// Somebody proven, signed in or at the command line, for an address that may be anybody's.
    People,
    /// This account alone, for a mailbox that it has shown to read.
    Own(i64),
    /// What operators wrote, whoever sets it off.
    Expressions,
}

impl Purse {
    fn of(self, mailbox: &str) -> String {
        match self {
            Self::Strangers => format!("letters of strangers to {mailbox}"),
            Self::People => format!("letters of people to {mailbox}"),
            Self::Own(user) => format!("letters of {user} to {mailbox}"),
            Self::Expressions => format!("letters of expressions to {mailbox}"),
        }
    }
}

/// So many letters in a row, then one each pause.
pub(crate) const LETTERS_MAX: i64 = 30;
const PAUSE: Duration = Duration::from_mins(5);
const WINDOW: Duration = Duration::from_hours(1);

/// Counts a letter to `address`. Answers until when to wait if the mailbox has had enough from this
/// purse.
pub(crate) async fn count(
    engine: &Engine,
    tx: &mut Tx,
    address: &str,
    purse: Purse,
    now: i64,
) -> Result<Option<i64>, StoreError> {
    let limit = Limit {
        free: LETTERS_MAX,
        pause_ms: milliseconds(PAUSE),
        window_ms: milliseconds(WINDOW),
    };
    let name = match address {
        "" => format!("letter to nobody {}", uuid::Uuid::new_v4()),
        address => purse.of(&mailbox(address)),
    };
    throttle::count(engine, tx, &name, limit, now).await
}

/// The mailbox behind an address.
fn mailbox(address: &str) -> String {
    let folded = fold(address.trim());
    match folded.rsplit_once('@') {
        Some((name, host)) => {
            let name = name.split_once('+').map_or(name, |(name, _)| name);
            format!("{name}@{host}")
        }
        None => folded,
    }
}

/// Each mailbox once, in the one order in which all count: in two orders two transactions would wait
/// for each other.
pub(crate) fn in_order(addresses: &mut Vec<String>) {
    addresses.sort_by_cached_key(|address| mailbox(address));
    addresses.dedup_by_key(|address| mailbox(address));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mailbox_has_many_spellings() {
        for spelling in [
            "mia@example.org",
            " Mia+shop@EXAMPLE.org",
            "mia+@example.org",
        ] {
            assert_eq!(mailbox(spelling), "mia@example.org");
        }
        assert_ne!(mailbox("mia.m@example.org"), mailbox("miam@example.org"));
        let mut all = ["b@x.org", "a+2@x.org", "A@x.org"]
            .map(String::from)
            .to_vec();
        in_order(&mut all);
        assert_eq!(all, ["a+2@x.org", "b@x.org"]);
    }
}
