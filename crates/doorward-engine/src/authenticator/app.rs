//! Authenticator apps: the key, sealed, and the codes that it makes.
//!
//! Rule: an app is kept only after it has shown a right code, and of any number of uses of one
//! code one counts (ASVS 6.5.1).

use doorward_protocol::qr::{self, Drawing};
use doorward_protocol::seal::{Keys, Purpose};
use doorward_protocol::totp::{Digits, Key};
use doorward_store::device::{self, DeviceRow};
use doorward_store::{StoreError, Tx};

use super::{Class, NewDevice, add, next_id};
use crate::context::Context;
use crate::engine::Engine;

/// What a person needs to set an app up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForApp {
    /// `otpauth://…`
    pub url: String,
    /// For typing.
    pub key: String,
    /// The address as a QR code.
    pub qr: Option<Drawing>,
}

/// What `account` at `issuer` shows to their app.
pub(crate) fn for_app(key: &Key, digits: Digits, issuer: &str, account: &str) -> ForApp {
    let url = key.url(issuer, account, digits);
    ForApp {
        key: key.base32(),
        qr: qr::draw(&url),
        url,
    }
}

/// The key's sealed form: how many digits, then its bytes.
pub(crate) fn seal(keys: &Keys, about: &str, key: &Key, digits: Digits) -> String {
    let clear = [&[digits.count()], key.secret()].concat();
    keys.seal(Purpose::AtRest, about.as_bytes(), &clear)
}

/// The other way round.
pub(crate) fn open(keys: &Keys, about: &str, sealed: &str) -> Option<(Key, Digits)> {
    let clear = keys.open(Purpose::AtRest, about.as_bytes(), sealed).ok()?;
    let (digits, secret) = clear.split_first()?;
    let digits = Digits::from_count(i64::from(*digits))?;
    Some((Key::new(secret.to_vec(), digits), digits))
}

/// What a device's key is sealed for.
fn about(id: i64) -> String {
    format!("device {id}")
}

/// Keeps an app that has shown the code of `step`, which is used by that; answers its number.
pub(crate) async fn keep(
    engine: &Engine,
    tx: &mut Tx,
    ctx: &Context,
    user: i64,
    (key, digits): (&Key, Digits),
    step: i64,
) -> Result<i64, StoreError> {
    let id = next_id(tx).await?;
    let new = NewDevice {
        id,
        user,
        class: Class::Totp,
        name: "Authenticator app",
        data: seal(&engine.keys, &about(id), key, digits),
        credential: None,
        counter: step,
    };
    add(engine, tx, ctx, new).await?;
    Ok(id)
}

/// Uses `code` of one of these apps; answers which.
pub(crate) async fn use_code(
    engine: &Engine,
    tx: &mut Tx,
    devices: &[&DeviceRow],
    code: &str,
    now: i64,
) -> Result<Option<i64>, StoreError> {
    for row in devices {
        let Some((key, _)) = open(&engine.keys, &about(row.id), &row.data) else {
            tracing::error!(device = row.id, "the key of an app cannot be opened");
            continue;
        };
        if let Some(step) = key.step_of(code, now)
            && device::use_step(tx, row.id, step, now).await?
        {
            return Ok(Some(row.id));
        }
    }
    Ok(None)
}
