//! What a blueprint may not do: read elsewhere, or grow without end.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use crate::blueprint::{Document, Folders, Origin, Source, apply_source, apply_text};
use crate::context::Context;
use crate::testing::NOW;

fn group(description: &str) -> String {
    format!(
        "version: 1\nentries:\n- model: authentik_core.group\n  identifiers: {{name: crew}}\n  attrs: {{attributes: {{made: {description}}}}}\n"
    )
}

/// A folder for blueprints, one for secrets, and one that is neither.
fn folders() -> (tempfile::TempDir, Vec<PathBuf>) {
    let root = tempfile::tempdir().expect("a folder");
    let paths: Vec<_> = ["blueprints", "secrets", "other"]
        .iter()
        .map(|name| root.path().join(name))
        .collect();
    for path in &paths {
        fs::create_dir(path).expect("a folder");
    }
    fs::write(paths[0].join("near"), " near\n").expect("a file");
    fs::write(paths[1].join("password"), "hidden\n").expect("a file");
    fs::write(paths[2].join("shadow"), "never").expect("a file");
    symlink(paths[2].join("shadow"), paths[0].join("link")).expect("a link");
    symlink(paths[1].join("password"), paths[0].join("good")).expect("a link");
    symlink(&paths[2], paths[0].join("folder")).expect("a link");
    (root, paths)
}

/// security.md, pen-tests: blueprint path traversal.
#[tokio::test]
async fn files_are_read_in_the_allowed_folders_and_nowhere_else() {
    let (_root, paths) = folders();
    let store = doorward_store::testing::sqlite().await;
    let engine = crate::testing::engine(&store.store).await;
    let ctx = Context::system(NOW);
    let apply = async |tag: &str| {
        let source = Source {
            origin: Origin::Operator(paths[..2].to_vec()),
            ..Source::of_operator(group(tag))
        };
        let applied = apply_source(&engine, &ctx, &source).await;
        applied.map(drop).map_err(|error| error.to_string())
    };
    let secret = paths[1].join("password");
    for tag in [
        "near".to_owned(),
        "./near".to_owned(),
        "good".to_owned(),
        secret.display().to_string(),
    ] {
        apply(&format!("!File {tag}")).await.expect(&tag);
    }
    let shadow = paths[2].join("shadow");
    for tag in [
        shadow.display().to_string(),
        "/etc/passwd".to_owned(),
        "/etc/no-such-file".to_owned(),
        "../other/shadow".to_owned(),
        "../other/no-such-file".to_owned(),
        "../secrets/../other/shadow".to_owned(),
        "link".to_owned(),
        "folder/shadow".to_owned(),
        format!("[{}, default]", shadow.display()),
    ] {
        let said = apply(&format!("!File {tag}")).await.expect_err(&tag);
        assert!(said.contains("only files below"), "{tag}: {said}");
        assert!(!said.contains("never"), "{tag}: {said}");
    }
    let said = apply("!File missing").await.expect_err("no file");
    assert!(said.contains("there is no such file"), "{said}");
    apply("!File [missing, other]").await.expect("a default");
    let said = apply("!File .").await.expect_err("a folder");
    assert!(said.contains("this is not a file"), "{said}");
}

/// An admin of the application is not an admin of the machine.
#[tokio::test]
async fn what_comes_by_the_api_reads_neither_environment_nor_files() {
    let store = doorward_store::testing::sqlite().await;
    let engine = crate::testing::engine(&store.store).await;
    for tag in ["!Env HOME", "!Env [NONE, x]", "!File near"] {
        let source = Source {
            origin: Origin::Api,
            ..Source::of_operator(group(tag))
        };
        let ctx = Context::system(NOW);
        let said = apply_source(&engine, &ctx, &source).await.expect_err(tag);
        assert!(
            said.to_string()
                .contains("only files in the blueprints folder"),
            "{said}"
        );
    }
}

/// security.md, pen-tests: blueprint path traversal, here of the blueprints themselves.
#[test]
fn only_plain_files_of_the_folder_are_blueprints() {
    let (_root, paths) = folders();
    let folders = Folders {
        blueprints: Some(paths[0].clone()),
        files: Vec::new(),
    };
    for name in [
        "z.yaml",
        "apps/b.yaml",
        "apps/.git/c.yaml",
        ".d.yaml",
        "readme.yml",
    ] {
        let path = paths[0].join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, "x").expect("a file");
    }
    fs::write(paths[2].join("away.yaml"), "x").expect("a file");
    symlink(paths[2].join("away.yaml"), paths[0].join("away.yaml")).expect("a link");
    symlink(&paths[0], paths[0].join("loop")).expect("a link");
    let found = folders.list().expect("a list");
    let names: Vec<_> = found.iter().map(|file| file.path.as_str()).collect();
    assert!(names.starts_with(&["apps/b.yaml"]), "{names:?}");
    assert!(names.contains(&"z.yaml") && !names.iter().any(|name| name.contains("away")));
    assert_eq!(folders.read("apps/b.yaml").expect("a text"), "x");
    for path in [
        "../other/away.yaml",
        "away.yaml",
        "folder/away.yaml",
        "/etc/passwd",
        "",
        "apps",
        "a\0b",
    ] {
        assert!(folders.read(path).is_err(), "{path}");
    }
    assert!(Folders::default().read("z.yaml").is_err());
}

/// The billion laughs, flat and deep.
#[test]
fn aliases_cannot_make_a_small_file_large() {
    let level = |n: usize| format!("l{n}: &l{n} [{}]\n", format!("*l{}, ", n - 1).repeat(9));
    let levels: String = (1..12).map(level).collect();
    let laughs = format!("version: 1\nentries: []\nl0: &l0 [lol, lol]\n{levels}");
    assert!(Document::parse(&laughs).is_err());
    let list = "a, ".repeat(10_000);
    let flat = format!(
        "version: 1\nentries: []\na: &a [{list}]\nb: [{}]\n",
        "*a, ".repeat(10_000)
    );
    let said = Document::parse(&flat).expect_err("too large").to_string();
    assert!(said.contains("aliases"), "{said}");
    let text = format!(
        "version: 1\nentries: []\na: &a {}\nb: [{}]\n",
        "x".repeat(100_000),
        "*a, ".repeat(1000)
    );
    assert!(Document::parse(&text).is_err());
    let few =
        "version: 1\nentries: []\nbase: &base {a: 1}\ncontext: {b: {<<: *base, c: 2}, d: *base}\n";
    let few = Document::parse(few).expect("a blueprint").context;
    assert_eq!(
        serde_json::to_value(few).expect("JSON")["b"],
        serde_json::json!({ "a": 1, "c": 2 })
    );
}

#[test]
fn size_depth_and_number_of_entries_are_bounded() {
    let deep = format!(
        "version: 1\nentries: []\na: {}{}\n",
        "[".repeat(80),
        "]".repeat(80)
    );
    let long = format!(
        "version: 1\nentries: []\n# {}\n",
        "x".repeat(2 * 1024 * 1024)
    );
    let many = format!("version: 1\nentries:\n{}", "- {model: a}\n".repeat(5001));
    for (text, words) in [
        (deep, "deeper than"),
        (long, "larger than"),
        (many, "more than 5000 entries"),
    ] {
        let said = Document::parse(&text).expect_err(words).to_string();
        assert!(said.contains(words), "{said}");
    }
}

#[tokio::test]
async fn products_of_enumerations_end() {
    let store = doorward_store::testing::sqlite().await;
    let engine = crate::testing::engine(&store.store).await;
    let list = format!("[{}]", "1, ".repeat(200));
    let mut body = "!Value 0".to_owned();
    for _ in 0..4 {
        body = format!("!Enumerate [{list}, SEQ, {body}]");
    }
    let said = apply_text(&engine, NOW, &group(&body))
        .await
        .expect_err("too much")
        .to_string();
    assert!(said.contains("too large"), "{said}");
}

#[test]
fn what_is_no_blueprint_is_told_with_its_place() {
    for (text, words) in [
        ("", "no `version`"),
        ("- a\n", "no `version`"),
        ("entries: []\n", "`version: 1` is missing"),
        ("version: 2\nentries: []\n", "version 2 is unknown"),
        ("version: 1\n", "`entries` is missing"),
        ("version: 1\nentries: 7\n", "neither a list"),
        (
            "version: 1\nentries:\n- model: a\n- 7\n",
            "entry 2 (line 4): an entry is a map",
        ),
        (
            "version: 1\nentries:\n- model: a\n  state: gone\n",
            "entry 1 (line 3): state gone",
        ),
        (
            "version: 1\nentries:\n- model: a\n  identifiers: []\n",
            "`identifiers` is not a map",
        ),
        (
            "version: 1\nentries:\n- model: a\n  model: b\n",
            "there twice",
        ),
        ("version: 1\nentries: [\n", "line 3"),
        ("version: 1\nversion: 1\n", "there twice"),
    ] {
        let said = Document::parse(text).expect_err(text).to_string();
        assert!(said.contains(words), "{text}: {said}");
    }
}
