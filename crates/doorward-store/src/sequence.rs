//! Integers that clients see, given out once each.

use crate::{Result, Tx, on};

crate::statements! {
    NEXT = "INSERT INTO sequences (name, value) VALUES ($1, 1) \
            ON CONFLICT (name) DO UPDATE SET value = sequences.value + 1 RETURNING value";
}

/// Who draws from which sequence.
#[derive(Clone, Copy, Debug)]
pub enum Sequence {
    /// `users.id`.
    User,
    /// Providers of all kinds share one.
    Provider,
    /// Devices of all kinds share one.
    Device,
}

/// The next integer; two callers never get the same.
///
/// # Errors
///
/// Only if the database fails.
pub async fn next(tx: &mut Tx, sequence: Sequence) -> Result<i64> {
    let name = match sequence {
        Sequence::User => "user",
        Sequence::Provider => "provider",
        Sequence::Device => "device",
    };
    on!(tx, |c| sqlx::query_scalar(NEXT)
        .bind(name)
        .fetch_one(c)
        .await)
}
