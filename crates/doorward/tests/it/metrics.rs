//! The metrics of the outpost: their names and labels (forward-auth.md 17), and that no client can
//! make them grow.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::kit::http::Request;
use crate::kit::process::until;
use crate::kit::{Engine, Kit};

const HOST: &str = "app.localhost";

/// A check as Traefik sends it, straight to the server.
fn check(kit: &Kit, host: &str, path: &str, method: &str) -> u16 {
    let url = kit.direct("/outpost.goauthentik.io/auth/traefik");
    let request = Request::new(method, &url).headers(&[
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", host),
        ("X-Forwarded-Uri", path),
        ("X-Forwarded-Method", method),
        ("Accept", "text/html"),
    ]);
    request.answer().status
}

/// Every kind of request, with hosts, paths and methods that nobody has seen before.
fn visit(kit: &Kit, round: usize) {
    let own = format!("{HOST}:{}", kit.port);
    for (host, path, method) in [
        (own.as_str(), format!("/page-{round}"), "GET"),
        (own.as_str(), format!("/page-{round}"), "PROPFIND"),
        ("evil.localhost", format!("/{round}"), "GET"),
        (&format!("h{round}.evil.localhost"), "/".into(), "GET"),
        (&format!("evil {round}"), "/".into(), "GET"),
        (
            &own,
            format!("/outpost.goauthentik.io/callback?ticket={round}"),
            "GET",
        ),
        (
            &own,
            format!("/outpost.goauthentik.io/callback?again=2&x={round}"),
            "GET",
        ),
    ] {
        check(kit, host, &path, method);
    }
    for path in ["ping", "static/none.css"] {
        let url = kit.direct(&format!("/outpost.goauthentik.io/{path}"));
        Request::get(&url).header("Host", "evil.localhost").answer();
    }
}

/// The series without their values.
fn series(kit: &Kit) -> BTreeSet<String> {
    let page = kit.server.metrics().expect(200).text();
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    let series = lines.filter_map(|line| Some(line.rsplit_once(' ')?.0.to_owned()));
    series.collect()
}

/// Labels of each metric, in the order of the alphabet.
fn labels(series: &BTreeSet<String>) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for one in series {
        let (name, labels) = one.split_once('{').unwrap_or((one, ""));
        let pairs = labels.trim_end_matches('}').split("\",");
        let names = pairs.filter_map(|pair| Some(pair.split_once("=\"")?.0));
        found.entry(name).or_default().extend(names);
    }
    found
}

const NAMES: [(&str, &str); 6] = [
    (
        "authentik_outpost_proxy_request_duration_seconds_count",
        "host,method,outpost_name,type",
    ),
    (
        "authentik_outpost_proxy_request_duration_seconds_bucket",
        "host,le,method,outpost_name,type",
    ),
    ("doorward_outpost_checks_total", "outcome,provider"),
    ("doorward_outpost_logins_total", "outcome,provider"),
    (
        "authentik_outposts_connected",
        "expected,outpost,tenant,uid",
    ),
    (
        "authentik_outposts_last_update",
        "outpost,tenant,uid,version",
    ),
];

#[test]
fn the_outposts_metrics_have_authentiks_names_and_no_client_makes_them_grow() {
    let kit = Kit::new(Engine::Sqlite);
    kit.application("app", HOST, &json!({}));
    visit(&kit, 0);
    let connected = || {
        let found = series(&kit);
        let shown = found
            .iter()
            .any(|one| one.starts_with("authentik_outposts_last_update"));
        shown.then_some(found)
    };
    let before = until("the outpost's gauges", connected);
    for (name, expected) in NAMES {
        let all = labels(&before);
        let found = all
            .get(name)
            .unwrap_or_else(|| panic!("no {name} in {before:#?}"));
        let found: Vec<&str> = found.iter().copied().collect();
        assert_eq!(found.join(","), expected, "{name}");
    }
    for round in 1..40 {
        visit(&kit, round);
    }
    let after = series(&kit);
    let grown: Vec<_> = after.difference(&before).collect();
    assert!(grown.is_empty(), "{grown:#?}");
    assert!(!after.iter().any(|one| one.contains("evil")));
    for kind in ["app", "ping", "static"] {
        let label = format!("type=\"{kind}\"");
        assert!(after.iter().any(|one| one.contains(&label)), "{kind}");
    }
    for outcome in [
        "misconfigured",
        "unknown_host",
        "redirect",
        "deny401",
        "restart",
        "lost",
    ] {
        let label = format!("outcome=\"{outcome}\"");
        let page = kit.server.metrics().expect(200).text();
        let mut lines = page.lines().filter(|line| line.contains(&label));
        assert!(lines.any(|line| !line.ends_with(" 0")), "{outcome}");
    }
}
