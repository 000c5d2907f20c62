//! Mail that is still to be sent.
//!
//! Rule: [`claim`] is the only way to a letter, and of any number of senders one gets it; if that
//! one dies, the letter is due again after the lease.

use crate::{Result, Tx, execute, on};

/// A letter on its way.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct MailRow {
    /// uuid
    pub id: String,
    /// Sealed.
    pub body: String,
    /// How often it was tried, this time included.
    pub tries: i64,
    /// Unix milliseconds; not before then.
    pub due_at: i64,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds; not after then.
    pub expires_at: i64,
}

crate::statements! {
    INSERT = "INSERT INTO mail (id, body, tries, due_at, created_at, expires_at) \
              VALUES ($1, $2, $3, $4, $5, $6)";
    COUNT = "SELECT CAST(count(*) AS BIGINT) FROM mail";
    IS_DUE = "SELECT CAST(count(*) AS BIGINT) FROM \
              (SELECT id FROM mail WHERE due_at <= $1 AND expires_at > $1 LIMIT 1) AS due";
    CLAIM = "UPDATE mail SET tries = tries + 1, due_at = $2 WHERE due_at <= $1 AND id = \
              (SELECT id FROM mail WHERE due_at <= $1 AND expires_at > $1 ORDER BY due_at, id LIMIT 1) \
              RETURNING id, body, tries, due_at, created_at, expires_at";
    POSTPONE = "UPDATE mail SET due_at = $2 WHERE id = $1";
    DELETE = "DELETE FROM mail WHERE id = $1";
}

/// Adds a letter.
///
/// # Errors
///
/// Only if the database fails.
pub async fn insert(tx: &mut Tx, row: &MailRow) -> Result<()> {
    execute!(
        tx,
        INSERT,
        &row.id,
        &row.body,
        row.tries,
        row.due_at,
        row.created_at,
        row.expires_at
    )
    .map(drop)
}

/// How many letters wait.
///
/// # Errors
///
/// Only if the database fails.
pub async fn count(tx: &mut Tx) -> Result<i64> {
    on!(tx, |c| sqlx::query_scalar(COUNT).fetch_one(c).await)
}

/// Whether a letter is due, without taking it.
///
/// # Errors
///
/// Only if the database fails.
pub async fn is_due(tx: &mut Tx, now: i64) -> Result<bool> {
    let count: i64 = on!(tx, |c| sqlx::query_scalar(IS_DUE)
        .bind(now)
        .fetch_one(c)
        .await)?;
    Ok(count > 0)
}

/// Takes the letter that has been due longest; nobody else gets it before `leased_until`.
///
/// # Errors
///
/// Only if the database fails.
pub async fn claim(tx: &mut Tx, now: i64, leased_until: i64) -> Result<Option<MailRow>> {
    on!(tx, |c| sqlx::query_as(CLAIM)
        .bind(now)
        .bind(leased_until)
        .fetch_optional(c)
        .await)
}

/// Makes a letter due at another time.
///
/// # Errors
///
/// Only if the database fails.
pub async fn postpone(tx: &mut Tx, id: &str, due_at: i64) -> Result<()> {
    execute!(tx, POSTPONE, id, due_at).map(drop)
}

/// Removes a letter that was sent or given up.
///
/// # Errors
///
/// Only if the database fails.
pub async fn delete(tx: &mut Tx, id: &str) -> Result<()> {
    execute!(tx, DELETE, id).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::every_engine;

    const NOW: i64 = 1_800_000_000_000;

    fn letter(id: &str, due_at: i64) -> MailRow {
        MailRow {
            id: id.to_owned(),
            body: "sealed".to_owned(),
            tries: 0,
            due_at,
            created_at: NOW,
            expires_at: NOW + 100,
        }
    }

    #[tokio::test]
    async fn of_many_senders_one_gets_a_letter_and_another_only_after_the_lease() {
        for test in every_engine().await {
            let mut tx = test.store.begin().await.unwrap();
            insert(&mut tx, &letter("one", NOW)).await.unwrap();
            insert(&mut tx, &letter("later", NOW + 50)).await.unwrap();
            drop(tx.commit().await.unwrap());
            let claims = (0..50).map(|_| async {
                let mut tx = test.store.begin().await.unwrap();
                let found = claim(&mut tx, NOW, NOW + 10).await.unwrap();
                drop(tx.commit().await.unwrap());
                found
            });
            let found = futures_util::future::join_all(claims).await;
            let found: Vec<_> = found.into_iter().flatten().collect();
            assert_eq!(found.len(), 1, "{}", test.store.engine_name());
            assert_eq!((found[0].id.as_str(), found[0].tries), ("one", 1));
            let mut tx = test.store.begin().await.unwrap();
            assert!(!is_due(&mut tx, NOW + 9).await.unwrap());
            assert!(is_due(&mut tx, NOW + 10).await.unwrap());
            let again = claim(&mut tx, NOW + 10, NOW + 20).await.unwrap().unwrap();
            assert_eq!((again.id.as_str(), again.tries), ("one", 2));
            delete(&mut tx, "one").await.unwrap();
            postpone(&mut tx, "later", NOW + 100).await.unwrap();
            assert_eq!(count(&mut tx).await.unwrap(), 1);
            assert_eq!(
                claim(&mut tx, NOW + 100, NOW + 200).await.unwrap(),
                None,
                "too late"
            );
        }
    }
}
