//! authentik's published OpenAPI file as the judge of what tests have sent and got:
//! `tests/contract/contract.py` reads the file (from npm) and compares.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Every body fits the file, and names nothing that is not in it. An exchange has `method`, `path`,
/// `status`, `request` and `response`.
#[track_caller]
pub(crate) fn judge(exchanges: &[Value]) {
    let mut wrong: Vec<_> = verdicts(exchanges)
        .into_iter()
        .filter(|one| one["verdict"] != "valid")
        .map(|one| format!("{} {}", one["path"], one["detail"]))
        .collect();
    let count = wrong.len();
    wrong.sort();
    wrong.dedup();
    assert!(
        wrong.is_empty(),
        "{count} of {}:\n{}",
        exchanges.len(),
        wrong.join("\n")
    );
}

fn verdicts(written: &[Value]) -> Vec<Value> {
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = tempfile::tempdir().unwrap();
    let (given, told) = (folder.path().join("given"), folder.path().join("told"));
    std::fs::write(&given, serde_json::to_vec(written).unwrap()).unwrap();
    let output = Command::new(tree.join(".run/venv/bin/python"))
        .arg(tree.join("tests/contract/contract.py"))
        .arg("--exchanges")
        .arg(&given)
        .arg("--json")
        .arg(&told)
        .output()
        .expect("scripts/install.sh test");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&std::fs::read(told).unwrap()).unwrap()
}
