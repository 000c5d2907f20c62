//! Pairs that come from files.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use doorward_protocol::certificate::{NewCertificate, NewKey, Pair, make};

use super::*;
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
