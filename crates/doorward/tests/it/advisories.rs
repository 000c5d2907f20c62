//! `docs/advisories.md` names tests that exist.

use std::collections::BTreeSet;
use std::path::Path;

use crate::kit::process::work_tree;

/// The names of the tests in all files below a folder.
fn tests(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            tests(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source file");
            let marked = ["#[test]", "#[tokio::test"].map(|mark| text.split(mark).skip(1));
            let names = marked.into_iter().flatten().filter_map(name_of);
            found.extend(names.map(str::to_owned));
        }
    }
}

/// The name of the function that a mark stands before.
fn name_of(after: &str) -> Option<&str> {
    let (_, function) = after.split_once("fn ")?;
    Some(function.split_once('(')?.0)
}

#[test]
fn every_test_in_the_table_of_advisories_exists() {
    let tree = work_tree();
    let mut found = BTreeSet::new();
    tests(&tree.join("crates"), &mut found);
    let table = std::fs::read_to_string(tree.join("docs/advisories.md")).expect("the table");
    let rows = table.lines().filter(|line| line.starts_with("| ")).skip(1);
    let cells = rows.map(|row| row.rsplit('|').nth(1).expect("a last cell"));
    let named: Vec<&str> = cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect();
    assert!(named.len() > 50, "only {} tests are named", named.len());
    let missing: Vec<_> = named
        .iter()
        .filter(|name| !found.contains(**name))
        .collect();
    assert!(missing.is_empty(), "no such tests: {missing:#?}");
}
