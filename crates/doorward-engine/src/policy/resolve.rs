//! Names of hosts to addresses, for expressions.
//!
//! Rule: the system's resolver is asked once for each call, by a bounded number at once (it does not
//! stop when nobody waits for it any more), and an answer is a bounded number of addresses in their
//! order.

use std::net::{IpAddr, ToSocketAddrs as _};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Semaphore;

const PATIENCE: Duration = Duration::from_secs(2);
static LOOKING: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(16)));
const ADDRESSES_MAX: usize = 32;
/// RFC 1035: the longest name.
const NAME_MAX: usize = 253;

/// The addresses of `host`; none if nobody knows it, which is an answer.
pub(super) async fn addresses(asked: &Value) -> Result<Value, String> {
    let host = asked["host"].as_str().unwrap_or_default();
    let is_name = !host.is_empty() && host.len() <= NAME_MAX && !host.contains(['/', ':', ' ']);
    if !is_name {
        return Err("resolve_dns takes the name of a host".to_owned());
    }
    let version = match &asked["version"] {
        Value::Null => None,
        version if version == 4 || version == 6 => version.as_u64(),
        _ => return Err("the version is 4 or 6".to_owned()),
    };
    let found = tokio::time::timeout(PATIENCE, looked_up(host.to_owned())).await;
    let found = found.map_err(|_| "no name server has answered in time".to_owned())?;
    let found = found.into_iter().flatten();
    let fits = |ip: &IpAddr| version.is_none_or(|version| (version == 4) == ip.is_ipv4());
    let mut texts: Vec<String> = found.filter(fits).map(|ip| ip.to_string()).collect();
    texts.dedup();
    texts.truncate(ADDRESSES_MAX);
    Ok(json!(texts))
}

/// The place in the line is kept until the resolver is done.
async fn looked_up(host: String) -> Option<Vec<IpAddr>> {
    let place = LOOKING.clone().acquire_owned().await.ok()?;
    let looked = tokio::task::spawn_blocking(move || {
        let found = (host.as_str(), 0).to_socket_addrs();
        drop(place);
        found
            .into_iter()
            .flatten()
            .map(|found| found.ip())
            .collect()
    });
    looked.await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_has_addresses_of_the_wanted_kind_and_an_unknown_one_has_none() {
        let of = async |asked: Value| addresses(&asked).await;
        let local = of(json!({ "host": "localhost", "version": 4 })).await;
        assert_eq!(local, Ok(json!(["127.0.0.1"])));
        let fixed = of(json!({ "host": "192.0.2.1", "version": null })).await;
        assert_eq!(fixed, Ok(json!(["192.0.2.1"])));
        let other = of(json!({ "host": "192.0.2.1", "version": 6 })).await;
        assert_eq!(other, Ok(json!([])));
        for wrong in [
            json!({ "host": "" }),
            json!({ "host": "a b" }),
            json!({ "host": "x".repeat(254) }),
            json!({ "host": "localhost", "version": 5 }),
        ] {
            assert!(of(wrong.clone()).await.is_err(), "{wrong}");
        }
    }
}
