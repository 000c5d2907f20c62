//! A grant that begins with its access token, and the event that tells of it: one message to the
//! database instead of three, for each machine that asks for a token waits for it.
//!
//! Rule: these are the very rows that [`super::insert`], [`super::insert_token`] and
//! [`crate::event::insert`] would have written.

use super::{GrantRow, GrantTokenRow};
use crate::event::{EventRow, Subject, actor_pk, insert_event};
use crate::{Result, Tx, execute};

macro_rules! first_token {
    () => {
        insert_token!("$1, $2, $3, $10, $11, $12, $13, $14, $15")
    };
}

macro_rules! told {
    () => {
        insert_event!("$16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29")
    };
}

const ISSUE_SQLITE: &str = concat!(insert_grant!(), "; ", first_token!(), "; ", told!());
const ISSUE_POSTGRES: &str = concat!(
    "WITH granted AS (",
    insert_grant!(),
    "), issued AS (",
    first_token!(),
    ") ",
    told!()
);

/// Adds all three; of the token's row, what the grant says as well is not looked at.
///
/// # Errors
///
/// [`crate::StoreError::Conflict`] if the token's hash exists.
pub async fn issue(
    tx: &mut Tx,
    grant: &GrantRow,
    token: &GrantTokenRow,
    event: &EventRow,
) -> Result<()> {
    let subject = Subject::of(&event.context);
    let sql = tx.either(ISSUE_SQLITE, ISSUE_POSTGRES);
    execute!(
        tx,
        sql,
        &grant.id,
        grant.provider_id,
        grant.user_id,
        &grant.session_id,
        grant.ends_with_session,
        &grant.scopes,
        &grant.facts,
        grant.created_at,
        grant.expires_at,
        &token.kind,
        &token.hash,
        &token.scopes,
        &token.data,
        token.created_at,
        token.expires_at,
        &event.id,
        &event.action,
        &event.app,
        &event.username,
        &event.actor,
        &event.context,
        &event.client_ip,
        event.created_at,
        event.expires_at,
        subject.model_app,
        subject.model_name,
        subject.model_pk,
        subject.authorized_app,
        actor_pk(&event.actor)
    )
    .map(drop)
}
