//! Pairs that come from files.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use doorward_protocol::certificate::{NewCertificate, NewKey, Pair, make};

use super::*;
use crate::resource::actions::rotation::rotate;
use crate::settings::Settings;
use crate::snapshot::Object;
use crate::testing::{NOW, engine_with, settings};

fn made(key: NewKey) -> Pair {
    make(&NewCertificate {
        common_name: "x",
        names: Vec::new(),
        now: NOW,
        validity_days: 30,
        key,
    })
    .unwrap()
}

async fn over(store: &doorward_store::Store, folder: &Path) -> Engine {
    let settings = Settings {
        certs: Some(folder.to_owned()),
        ..settings()
    };
    engine_with(store, settings).await
}

fn put(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn names(engine: &Engine) -> Vec<String> {
    let snapshot = engine.snapshot();
    let text = |one: &Object| one.config["name"].as_str().unwrap().to_owned();
    let mut names: Vec<_> = snapshot.objects(PAIR).iter().map(|one| text(one)).collect();
    names.sort();
    names
}

#[tokio::test]
async fn files_of_either_layout_become_pairs_under_authentiks_managed_names() {
    for store in doorward_store::testing::every_engine().await {
        let folder = tempfile::tempdir().unwrap();
        let (plain, certbot, bare) = (
            made(NewKey::Ecdsa),
            made(NewKey::Ed25519),
            made(NewKey::EcdsaP384),
        );
        put(folder.path(), "wiki.pem", &plain.certificate);
        put(folder.path(), "wiki.key", &plain.private_key);
        put(
            folder.path(),
            "live/door.example.org/fullchain.pem",
            &certbot.certificate,
        );
        put(
            folder.path(),
            "live/door.example.org/cert.pem",
            &certbot.certificate,
        );
        put(
            folder.path(),
            "live/door.example.org/privkey.pem",
            &certbot.private_key,
        );
        put(
            folder.path(),
            "archive/door.example.org/old.pem",
            &bare.certificate,
        );
        put(folder.path(), "ca.crt", &bare.certificate);
        put(folder.path(), "notes.txt", &bare.certificate);
        put(folder.path(), "broken.pem", "nothing");
        put(folder.path(), "torn.pem", &plain.certificate);
        put(folder.path(), "torn.key", &certbot.private_key);
        let engine = over(&store.store, folder.path()).await;
        Watch::default().look(&engine, NOW).await.unwrap();
        assert_eq!(names(&engine), ["ca", "door.example.org", "wiki"]);
        let snapshot = engine.snapshot();
        for pair in snapshot.objects(PAIR) {
            let name = pair.config["name"].as_str().unwrap();
            assert_eq!(pair.config["managed"], format!("{DISCOVERED}{name}"));
            let key = pair.config["key_data"].as_str();
            assert_eq!(key.is_some(), name != "ca");
            assert!(
                key.is_none_or(|key| !key.contains("PRIVATE")),
                "it is sealed"
            );
        }
    }
}

#[tokio::test]
async fn a_changed_file_changes_its_pair_once_however_many_servers_look() {
    for store in doorward_store::testing::every_engine().await {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (made(NewKey::Ecdsa), made(NewKey::Ecdsa));
        put(folder.path(), "wiki.pem", &old.certificate);
        put(folder.path(), "wiki.key", &old.private_key);
        let engine = over(&store.store, folder.path()).await;
        let mut watch = Watch::default();
        watch.look(&engine, NOW).await.unwrap();
        let pair = || engine.snapshot().objects(PAIR)[0].clone();
        let (id, version) = (pair().id.clone(), pair().version);
        watch.look(&engine, NOW).await.unwrap();
        Watch::default().look(&engine, NOW).await.unwrap();
        assert_eq!(pair().version, version, "nothing has changed");

        // One half is there before the other.
        put(folder.path(), "wiki.pem", &new.certificate);
        let later = SystemTime::now() + Duration::from_secs(5);
        let touched = fs::File::options()
            .write(true)
            .open(folder.path().join("wiki.pem"));
        touched.unwrap().set_modified(later).unwrap();
        watch.look(&engine, NOW).await.unwrap();
        assert_eq!(pair().version, version);
        put(folder.path(), "wiki.key", &new.private_key);
        let touched = fs::File::options()
            .write(true)
            .open(folder.path().join("wiki.key"));
        touched.unwrap().set_modified(later).unwrap();
        let other = over(&store.store, folder.path()).await;
        let mut second = Watch::default();
        let (one, two) = tokio::join!(watch.look(&engine, NOW), second.look(&other, NOW));
        one.unwrap();
        two.unwrap();
        engine.forget_everything().await.unwrap();
        assert_eq!(pair().version, version + 1);
        assert_eq!(pair().id, id, "whatever names the pair goes on to");
        assert_eq!(pair().config["certificate_data"], new.certificate.trim());

        fs::remove_file(folder.path().join("wiki.pem")).unwrap();
        watch.look(&engine, NOW).await.unwrap();
        assert_eq!(
            names(&engine),
            ["wiki"],
            "a file that goes takes no pair away"
        );
    }
}

#[tokio::test]
async fn what_lies_elsewhere_is_not_read_and_a_folder_may_be_missing() {
    let store = doorward_store::testing::sqlite().await;
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let pair = made(NewKey::Ecdsa);
    put(elsewhere.path(), "secret.pem", &pair.certificate);
    let link = folder.path().join("secret.pem");
    std::os::unix::fs::symlink(elsewhere.path().join("secret.pem"), link).unwrap();
    let engine = over(&store.store, folder.path()).await;
    Watch::default().look(&engine, NOW).await.unwrap();
    assert_eq!(names(&engine), [""; 0]);
    let engine = over(&store.store, &folder.path().join("none")).await;
    Watch::default().look(&engine, NOW).await.unwrap();
}

/// A pair of an elliptic curve in the folder, as if written at this many seconds.
fn put_pair(folder: &Path, pair: &Pair, seconds: u64) {
    for (name, text) in [
        ("wiki.pem", &pair.certificate),
        ("wiki.key", &pair.private_key),
    ] {
        put(folder, name, text);
        let file = fs::File::options().write(true).open(folder.join(name));
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds);
        file.unwrap().set_modified(at).unwrap();
    }
}

#[tokio::test]
async fn a_compromised_key_of_a_file_signs_nothing_until_the_file_holds_another() {
    for store in doorward_store::testing::every_engine().await {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (made(NewKey::Ecdsa), made(NewKey::Ecdsa));
        put_pair(folder.path(), &old, 0);
        let engine = over(&store.store, folder.path()).await;
        let mut watch = Watch::default();
        watch.look(&engine, NOW).await.unwrap();
        let id = engine.snapshot().objects(PAIR)[0].id.clone();
        let ctx = Context::system(NOW);
        let refused = rotate(&engine, &ctx, &id, &json!({})).await;
        let Err(Refusal::Invalid(errors)) = refused else {
            panic!("a key of a file is rotated in its file");
        };
        let said = errors.into_value().to_string();
        assert!(said.contains("compromised"), "{said}");

        let told = rotate(&engine, &ctx, &id, &json!({ "compromised": true })).await;
        let state = |told: &Value| told["signing_keys"][0]["state"].clone();
        assert_eq!(state(&told.unwrap()), "withdrawn");
        let withdrawn = |engine: &Engine| {
            let snapshot = engine.snapshot();
            crate::oauth::pairs::Pair::read(&snapshot.objects(PAIR)[0])
                .unwrap()
                .is_withdrawn
        };
        // Another look, and another process, at the same files.
        watch.look(&engine, NOW).await.unwrap();
        Watch::default().look(&engine, NOW).await.unwrap();
        let other = over(&store.store, folder.path()).await;
        Watch::default().look(&other, NOW).await.unwrap();
        assert!(withdrawn(&engine) && withdrawn(&other));

        put_pair(folder.path(), &new, 10);
        watch.look(&engine, NOW).await.unwrap();
        assert!(!withdrawn(&engine));
        put_pair(folder.path(), &old, 20);
        watch.look(&engine, NOW).await.unwrap();
        assert!(withdrawn(&engine), "the same key is not believed again");
        put_pair(folder.path(), &new, 30);
        watch.look(&engine, NOW).await.unwrap();
        let again = rotate(&engine, &ctx, &id, &json!({ "compromised": true })).await;
        assert_eq!(state(&again.unwrap()), "withdrawn");
        put_pair(folder.path(), &old, 40);
        watch.look(&engine, NOW).await.unwrap();
        assert!(withdrawn(&engine), "nor once another was withdrawn as well");
    }
}
