//! The assertions of the OpenID certification (`tests/oidc`), against the certified provider of npm
//! and against Doorward on both stores ([decision 43](../../../../docs/decisions/0043-conformance-suite.md)).
//!
//! What must stay true: every module of [`PLANS`] runs with every variant of its plan, and none is
//! skipped but for a reason that `tests/oidc/deviations.mjs` has. And every mutant is seen
//! ([`mutants`]).

mod mutants;
mod plans;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde::Deserialize;
use serde_json::{Value, json};

use self::plans::{PLANS, Plan};
use crate::kit::process::{bare, work_tree};
use crate::kit::proxies::Proxy;
use crate::kit::tls::authority;
use crate::kit::{Engine, Kit, PASSWORD};

/// What a run of the suite reports.
#[derive(Deserialize)]
struct Report {
    results: Vec<Outcome>,
    /// Lines of the list of deviations that nothing was found for.
    unused: Vec<Value>,
}

/// What came of one module with one variant.
#[derive(Deserialize)]
struct Outcome {
    plan: String,
    module: String,
    variant: String,
    result: String,
    #[serde(default)]
    findings: Vec<Finding>,
}

/// An assertion that does not hold.
#[derive(Deserialize)]
struct Finding {
    assertion: String,
    detail: String,
}

impl Outcome {
    /// For whoever reads a failed test.
    fn told(&self) -> String {
        let findings = self.findings.iter();
        let findings = findings.map(|one| format!("\n    {}: {}", one.assertion, one.detail));
        let findings: String = findings.collect();
        format!("{}/{} [{}]{findings}", self.plan, self.module, self.variant)
    }
}

/// The suite against what `told` names.
fn suite(mut told: Value) -> Report {
    let authority = authority();
    let files = [
        ("ca", authority.ca()),
        ("cert", authority.certificate()),
        ("key", authority.key()),
    ];
    for (name, file) in files {
        told[name] = json!(file);
    }
    let mut command: Command = bare("node");
    command
        .args(["run.mjs", "--json"])
        .current_dir(work_tree().join("tests/oidc"))
        .env("CONFORMANCE", told.to_string());
    let output = command.output().expect("node: scripts/install.sh test");
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

/// A Doorward behind a real Traefik, and what the suite has to know of it.
fn doorward(engine: Engine) -> (Kit, Value) {
    let ca = authority().ca();
    let environment = [
        ("SSL_CERT_FILE", ca.to_str().expect("UTF-8")),
        ("DOORWARD_FETCH__PRIVATE_NETWORKS", "127.0.0.0/8"),
    ];
    let mut kit = Kit::with(engine, &environment);
    kit.behind(Proxy::Traefik, &[]);
    kit.person("mia", "Mia Muster");
    let url = kit.url("auth.localhost", "");
    let told = json!({ "op": "doorward", "url": url, "token": kit.token(), "user": "mia", "password": PASSWORD });
    (kit, told)
}

/// Every module of every plan ran as often as the plan has variants for it, and nothing was found.
fn assert_green(report: &Report, plans: &[Plan]) {
    let failed = report.results.iter().filter(|one| one.result == "failed");
    let failed: Vec<_> = failed.map(Outcome::told).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(
        report.unused.is_empty(),
        "nothing found for {:#?}",
        report.unused
    );
    let mut ran: BTreeMap<&str, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
    for one in &report.results {
        let modules = ran.entry(&one.plan).or_default();
        let is_new = modules.entry(&one.module).or_default().insert(&one.variant);
        assert!(is_new, "twice: {}", one.told());
    }
    let expected = plans.iter().map(|plan| (plan.name, plan.runs())).collect();
    assert_eq!(ran, expected);
}

#[test]
fn the_certified_provider_of_npm_passes_every_module() {
    let report = suite(json!({ "op": "oidc-provider" }));
    assert_green(&report, PLANS);
}

fn doorward_passes(engine: Engine) {
    let (_kit, told) = doorward(engine);
    assert_green(&suite(told), PLANS);
}

#[test]
fn doorward_passes_every_module_on_sqlite() {
    doorward_passes(Engine::Sqlite);
}

#[test]
fn doorward_passes_every_module_on_postgresql() {
    doorward_passes(Engine::Postgres);
}
