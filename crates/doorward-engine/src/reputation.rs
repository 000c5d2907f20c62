//! How trustworthy names and addresses have been of late: every sign-in counts.
//!
//! Owns whose and which row an attempt counts for. Leaves the counting to
//! `doorward_store::reputation`, and what follows to the reputation policy. Rule: a name that nobody
//! has is never kept, as people type passwords there, but a keyed hash of it; it counts just like
//! one that somebody has, so that no score tells the two apart.

use doorward_protocol::encoding;
use doorward_protocol::seal::{Keys, Purpose};
use doorward_store::reputation::{self as rows, Change, Name};
use doorward_store::user::{self, fold};
use doorward_store::{StoreError, Tx};

use crate::context::Context;
use crate::engine::Engine;
use crate::throttle::network;

/// An attempt that failed.
pub(crate) const FAILED: i64 = -1;
/// An attempt that worked.
pub(crate) const WORKED: i64 = 1;

/// The row's name for what somebody typed: the account's user name, else a hash.
///
/// # Errors
///
/// Only if the database fails.
pub(crate) async fn name(tx: &mut Tx, keys: &Keys, typed: &str) -> Result<Name, StoreError> {
    if typed.is_empty() {
        return Ok(known(String::new()));
    }
    let key = fold(typed);
    let by_name = user::find_by_username_key(tx, &key).await?;
    let by_email = user::find_by_email_key(tx, &key).await?;
    let row = by_name.into_iter().chain(by_email).next();
    Ok(row.map_or_else(|| unknown(keys, &key), |row| known(row.username)))
}

fn known(username: String) -> Name {
    Name {
        identifier: username.clone(),
        spill: username,
    }
}

/// A name of its own; with too many of them, one of 4096.
fn unknown(keys: &Keys, key: &str) -> Name {
    let mac = keys.mac(Purpose::Throttle, format!("reputation {key}").as_bytes());
    let hash = encoding::hex(&mac[..8]);
    Name {
        spill: format!("unknown-{}", &hash[..3]),
        identifier: format!("unknown-{hash}"),
    }
}

/// Counts an attempt of whoever was named.
///
/// # Errors
///
/// Only if the database fails.
pub(crate) async fn note(
    engine: &Engine,
    tx: &mut Tx,
    ctx: &Context,
    typed: &str,
    by: i64,
) -> Result<(), StoreError> {
    let name = name(tx, &engine.keys, typed).await?;
    let geo = &engine.settings.geo;
    let object = |value: serde_json::Value| match value {
        serde_json::Value::Null => "{}".to_owned(),
        value => value.to_string(),
    };
    let change = Change {
        name: &name,
        ip: &network(ctx.client_ip).to_string(),
        ip_geo_data: &object(geo.place_value(ctx.client_ip)),
        ip_asn_data: &object(geo.network_value(ctx.client_ip)),
        by,
    };
    let limits = engine.snapshot_ref().reputation_limits();
    rows::change(tx, change, limits, ctx.now).await
}
