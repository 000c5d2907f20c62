//! Somebody can always administer: no write takes that from the last one who could.
//!
//! Rule: an installation that had an active person in a superuser group, with a password or a passkey, has
//! one after each write. One that had none (before the first run, or by its own database) is not held up.

use doorward_store::{Topic, group};

use super::Writing;
use crate::resource::refusal::Refusal;
use crate::resource::validate::{Errors, WHOLE};

const LAST: &str = "After this nobody could administer Doorward any more: there has to be an active person \
                    with a password or a passkey in a group of superusers. Add another one first.";

/// Refuses what would lock everybody out.
pub(super) async fn check_last(writing: &mut Writing<'_>) -> Result<(), Refusal> {
    let is_about = writing.tx.touches(Topic::User) || writing.tx.touches(Topic::Group);
    if !is_about || group::has_admin(&mut writing.tx).await? {
        return Ok(());
    }
    // As it is for everybody else until this is committed.
    let mut before = writing.engine.store.read().await?;
    if group::has_admin(&mut before).await? {
        return Err(Errors::one(WHOLE, LAST).into());
    }
    Ok(())
}
