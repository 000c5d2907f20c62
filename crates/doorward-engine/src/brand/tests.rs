//! Which brand a host has, and what it names.

use std::sync::Arc;

use super::FlowUse;
use crate::model::{Brand, Flow};
use crate::snapshot::Snapshot;

fn brand(domain: &str) -> Arc<Brand> {
    Arc::new(Brand {
        domain: domain.to_owned(),
        default: domain == "authentik-default",
        ..Brand::default()
    })
}

fn snapshot(domains: &[&str]) -> Snapshot {
    Snapshot {
        brands: domains.iter().map(|domain| brand(domain)).collect(),
        ..Snapshot::default()
    }
}

#[test]
fn the_longest_domain_that_the_host_lies_below_wins_else_the_default() {
    let domains = [
        "example.org",
        "authentik-default",
        "app.example.org",
        "org",
        "localhost:9000",
    ];
    for order in [domains.to_vec(), domains.iter().rev().copied().collect()] {
        let snapshot = snapshot(&order);
        for (host, domain) in [
            ("example.org", "example.org"),
            ("APP.Example.org", "app.example.org"),
            ("x.app.example.org:8443", "app.example.org"),
            ("badexample.org", "org"),
            ("example.org.evil.example", "authentik-default"),
            ("localhost:9000", "localhost:9000"),
            ("localhost:9001", "authentik-default"),
            ("[::1]:9000", "authentik-default"),
            ("", "authentik-default"),
        ] {
            let found = snapshot.brand(host).map(|brand| brand.domain.as_str());
            assert_eq!(found, Some(domain), "{host}");
        }
    }
}

#[test]
fn without_a_default_brand_an_unknown_host_has_none() {
    assert!(snapshot(&["example.org"]).brand("other.example").is_none());
}

#[test]
fn a_brand_names_its_flows_and_the_first_by_slug_serves_otherwise() {
    let mut snapshot = snapshot(&["example.org"]);
    for (pk, slug) in [("1", "b-flow"), ("2", "a-flow"), ("3", "own")] {
        let flow = Flow {
            pk: pk.to_owned(),
            slug: slug.to_owned(),
            designation: "authentication".to_owned(),
            ..Flow::default()
        };
        snapshot.flow_slugs.insert(pk.to_owned(), slug.to_owned());
        snapshot.flows.insert(slug.to_owned(), Arc::new(flow));
    }
    let own = |purpose: &str| Some(purpose.to_owned());
    snapshot.brands = vec![Arc::new(Brand {
        domain: "example.org".to_owned(),
        flow_authentication: own("3"),
        flow_recovery: own("1"),
        flow_unenrollment: own("gone"),
        ..Brand::default()
    })];
    let flow = |host, purpose| snapshot.default_flow(host, purpose);
    assert_eq!(
        flow("www.example.org", FlowUse::Authentication),
        Some("own")
    );
    assert_eq!(flow("example.org", FlowUse::Recovery), Some("b-flow"));
    assert_eq!(flow("example.org", FlowUse::Unenrollment), None);
    assert_eq!(flow("other", FlowUse::Authentication), Some("a-flow"));
    assert_eq!(flow("other", FlowUse::Recovery), None);
}

#[test]
fn a_sheet_that_does_not_read_is_not_used() {
    let with = |css: &str| Brand {
        branding_custom_css: css.to_owned(),
        ..Brand::default()
    };
    assert_eq!(with("").sheet(), None);
    assert_eq!(with(":root{--ink:#fff}").sheet(), None);
    let sheet = with(":root{--brand-color:#fd4b2d}")
        .sheet()
        .expect("a sheet");
    assert!(sheet.name.starts_with("brand.") && sheet.name.contains(".css"));
}
