//! Sessions as a resource.

use std::net::IpAddr;

use doorward_store::session::SessionRow;
use serde_json::{Value, json};

use crate::geo::Geo;
use crate::resource::list::Params;
use crate::resource::value::rfc3339;

/// The answer.
pub(crate) fn show(row: &SessionRow, geo: &Geo, params: &Params) -> Value {
    let address: Option<IpAddr> = row.last_ip.parse().ok();
    let idle_end = row.last_used_at.saturating_add(row.idle_ms);
    json!({
        "uuid": row.id,
        "current": params.session.as_deref() == Some(&row.id),
        "user_agent": user_agent(&row.user_agent),
        "geo_ip": address.map(|address| geo.place_value(address)),
        "asn": address.map(|address| geo.network_value(address)),
        "user": row.user_id,
        "last_ip": row.last_ip,
        "last_user_agent": row.user_agent,
        "last_used": rfc3339(row.last_used_at),
        "expires": rfc3339(row.expires_at.min(idle_end)),
    })
}

/// Browser and system in the form that the contract wants; unknown is `Other`.
fn user_agent(text: &str) -> Value {
    let browsers = [
        ("Edg/", "Edge"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];
    let systems = [
        ("Android", "Android"),
        ("iPhone", "iOS"),
        ("iPad", "iOS"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac OS X"),
        ("Linux", "Linux"),
    ];
    let browser = browsers.iter().find(|(mark, _)| text.contains(mark));
    let system = systems
        .iter()
        .find(|(mark, _)| text.contains(mark))
        .map_or("Other", |(_, name)| name);
    let version = browser
        .and_then(|(mark, _)| text.split_once(mark))
        .map_or("", |(_, rest)| rest);
    let number: String = version
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == '.')
        .collect();
    let mut parts = number.split('.');
    let mut part = || parts.next().unwrap_or_default().to_owned();
    json!({
        "device": { "brand": null, "family": "Other", "model": null },
        "os": { "family": system, "major": null, "minor": null, "patch": null, "patch_minor": null },
        "user_agent": {
            "family": browser.map_or("Other", |(_, name)| name),
            "major": part(),
            "minor": part(),
            "patch": part(),
        },
        "string": text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_says_where_it_was_last_used_as_far_as_the_files_know() {
        let geo = crate::geo::samples();
        let row = |address: &str| SessionRow {
            last_ip: address.to_owned(),
            ..SessionRow::default()
        };
        let known = show(&row("198.51.100.9"), &geo, &Params::default());
        assert_eq!(known["geo_ip"]["city"], "New York");
        assert_eq!(known["asn"]["asn"], 64501);
        for nowhere in ["10.0.0.1", ""] {
            let unknown = show(&row(nowhere), &geo, &Params::default());
            assert!(unknown["geo_ip"].is_null() && unknown["asn"].is_null());
        }
    }
}
