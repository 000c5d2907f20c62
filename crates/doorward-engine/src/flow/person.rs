//! Whom a typed name means.

use doorward_store::user::{self, UserRow, fold};
use doorward_store::{StoreError, Tx, upn};
use serde::{Deserialize, Serialize};

use super::UserField;

/// Longer names belong to nobody: a user name has at most 150 characters, an address 254 bytes.
pub const MAX_NAME_BYTES: usize = 600;

/// How a typed name is understood.
#[expect(clippy::struct_excessive_bools, reason = "four independent facts")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lookup {
    username: bool,
    email: bool,
    #[serde(default)]
    upn: bool,
    ignore_case: bool,
}

impl Lookup {
    pub(super) fn new(fields: &[UserField], ignore_case: bool) -> Self {
        Self {
            username: fields.contains(&UserField::Username),
            email: fields.contains(&UserField::Email),
            upn: fields.contains(&UserField::Upn),
            ignore_case,
        }
    }

    /// The one account with this name. The user name wins over the address, and that over `upn`; a name that fits
    /// several accounts means the one whose case fits, else nobody.
    pub(super) async fn find(self, tx: &mut Tx, name: &str) -> Result<Option<UserRow>, StoreError> {
        let key = fold(name);
        let by_name = user::find_by_username_key(tx, &key).await?;
        let exact = user::find_by_username(tx, name).await?;
        let by_email = user::find_by_email_key(tx, &key).await?;
        let named = match exact {
            Some(row) => Some(row),
            None if self.ignore_case => only(by_name),
            None => None,
        };
        let addressed = only(by_email).filter(|row| self.ignore_case || row.email == name);
        let named = named.filter(|_| self.username);
        let addressed = addressed.filter(|_| self.email && !name.is_empty());
        match named.or(addressed) {
            None if self.upn && !name.is_empty() => self.by_upn(tx, name, &key).await,
            found => Ok(found),
        }
    }

    /// The one account whose attribute `upn` this is.
    async fn by_upn(
        self,
        tx: &mut Tx,
        name: &str,
        key: &str,
    ) -> Result<Option<UserRow>, StoreError> {
        let found = upn::find(tx, key).await?;
        let [only] = found[..] else {
            return Ok(None);
        };
        let row = user::find(tx, only).await?;
        let is_exact = |row: &UserRow| upn::of(&row.attributes).is_some_and(|upn| upn == name);
        Ok(row.filter(|row| self.ignore_case || is_exact(row)))
    }
}

fn only(mut rows: Vec<UserRow>) -> Option<UserRow> {
    if rows.len() == 1 { rows.pop() } else { None }
}

/// Whether somebody could have this name at all.
pub(super) fn is_plausible(name: &str) -> bool {
    name.len() <= MAX_NAME_BYTES && !name.chars().any(char::is_control)
}

/// The beginning of a name, to be shown again.
pub(super) fn shortened(name: &str) -> String {
    name.chars()
        .filter(|one| !one.is_control())
        .take(150)
        .collect()
}
