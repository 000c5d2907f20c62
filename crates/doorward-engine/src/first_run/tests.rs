//! The first admin on a real store.

use std::net::IpAddr;

use doorward_protocol::password::Verdict;

use doorward_store::{group, token};

use super::answers::origin;
use super::*;
use crate::testing::{self, NOW};

pub(crate) fn context() -> Context {
    Context {
        client_ip: IpAddr::from([192, 0, 2, 1]),
        ..Context::system(NOW)
    }
}

const FIRST: &str = "the first one";

fn answers() -> Answers {
    Answers {
        base_url: "https://auth.example.org".into(),
        username: FIRST_ADMIN.into(),
        name: String::new(),
        email: String::new(),
        password: "correct horse battery".into(),
    }
}

async fn row(engine: &Engine, username: &str) -> user::UserRow {
    let mut tx = engine.store.read().await.unwrap();
    user::find_by_username(&mut tx, username)
        .await
        .unwrap()
        .expect("the user exists")
}

#[tokio::test]
async fn set_up_makes_one_admin_who_is_signed_in_and_remembers_the_address() {
    for (engine, _store) in testing::every_engine().await {
        assert!(is_open(&engine));
        let done = complete(&engine, &context(), &link_token(&engine), answers())
            .await
            .unwrap();
        let session = engine
            .session(&done.sid, NOW)
            .await
            .unwrap()
            .expect("signed in");
        assert!(session.person().is_superuser);
        assert_eq!(&*session.person().username, FIRST_ADMIN);
        assert_eq!(
            engine.snapshot().public_url().unwrap().as_str(),
            "https://auth.example.org/"
        );
        let encoded = row(&engine, FIRST_ADMIN).await.password;
        let verdict = engine
            .hashes
            .verify("correct horse battery".into(), encoded)
            .await
            .unwrap();
        assert_eq!(
            verdict,
            Verdict::Match {
                needs_rehash: false
            }
        );
    }
}

#[tokio::test]
async fn cve_2023_46249_set_up_stays_closed_when_all_admins_are_deleted_and_after_a_restart() {
    for (engine, store) in testing::every_engine().await {
        let link = link_token(&engine);
        let done = complete(&engine, &context(), &link, answers())
            .await
            .unwrap();
        let mut tx = engine.store.begin().await.unwrap();
        assert!(user::delete(&mut tx, done.user_id).await.unwrap());
        change::record(&mut tx, Topic::User, done.user_id, NOW)
            .await
            .unwrap();
        engine.commit(tx).await.unwrap();
        let restarted = testing::engine(&store.store).await;
        for engine in [&engine, &restarted] {
            assert!(!is_open(engine));
            let again = complete(engine, &context(), &link, answers()).await;
            assert!(matches!(again, Err(SetupError::Done)));
            let given = Bootstrap {
                password: Some("again again".into()),
                ..Bootstrap::default()
            };
            assert!(!bootstrap(engine, &context(), given).await.unwrap());
        }
    }
}

#[tokio::test]
async fn of_two_who_finish_set_up_at_once_one_becomes_admin() {
    for (here, store) in testing::every_engine().await {
        let there = testing::engine(&store.store).await;
        assert_eq!(
            link_token(&here),
            link_token(&there),
            "any process's link is right"
        );
        let link = link_token(&here);
        let other = Answers {
            username: "mallory".into(),
            ..answers()
        };
        let ctx = context();
        let (first, second) = tokio::join!(
            complete(&here, &ctx, &link, answers()),
            complete(&there, &ctx, &link, other)
        );
        assert!(first.is_ok() != second.is_ok());
        let mut tx = here.store.read().await.unwrap();
        assert_eq!(user::count_superusers(&mut tx).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn without_the_link_nothing_happens() {
    for (engine, _store) in testing::every_engine().await {
        let almost = link_token(&engine).replace(|_: char| true, "A");
        for wrong in ["", "akadmin", almost.as_str()] {
            let refused = complete(&engine, &context(), wrong, answers()).await;
            assert!(matches!(refused, Err(SetupError::WrongLink)), "{wrong}");
        }
        assert!(is_open(&engine));
    }
}

#[tokio::test]
async fn every_unusable_answer_is_named_at_once_and_set_up_stays_open() {
    for (engine, _store) in testing::every_engine().await {
        let wrong = Answers {
            base_url: "https://auth.example.org/sso/".into(),
            username: " \n".into(),
            name: String::new(),
            email: "mia@".into(),
            password: "short".into(),
        };
        let refused = complete(&engine, &context(), &link_token(&engine), wrong)
            .await
            .err()
            .unwrap();
        let SetupError::Unusable(list) = refused else {
            panic!("{refused}")
        };
        let wanted = [
            Unusable::BaseUrl,
            Unusable::Username,
            Unusable::Email,
            Unusable::Password(PasswordError::TooShort),
        ];
        assert_eq!(list, wanted);
        assert!(is_open(&engine));
        complete(&engine, &context(), &link_token(&engine), answers())
            .await
            .unwrap();
    }
}

#[test]
fn the_public_address_is_an_origin() {
    let cases = [
        ("https://auth.example.org", Some("https://auth.example.org")),
        (
            "https://Auth.Example.org:443/",
            Some("https://auth.example.org"),
        ),
        ("http://localhost:9000", Some("http://localhost:9000")),
        ("auth.example.org", None),
        ("javascript:alert(1)", None),
        ("https://user:pass@auth.example.org", None),
        ("https://auth.example.org/path", None),
        ("https://auth.example.org/?x", None),
        ("", None),
    ];
    for (text, wanted) in cases {
        assert_eq!(origin(text).as_deref(), wanted, "{text}");
    }
}

#[tokio::test]
async fn the_environment_skips_set_up_once() {
    for (engine, _store) in testing::every_engine().await {
        let given = || Bootstrap {
            password: Some("from the environment".into()),
            token: Some("t".repeat(60)),
            email: Some("mia@example.org".into()),
            password_hash: None,
        };
        assert!(bootstrap(&engine, &context(), given()).await.unwrap());
        assert!(!is_open(&engine));
        assert!(
            !bootstrap(&engine, &context(), given()).await.unwrap(),
            "a restart changes nothing"
        );
        let admin = row(&engine, FIRST_ADMIN).await;
        assert_eq!(admin.email, "mia@example.org");
        assert!(engine.person(admin.id).await.unwrap().unwrap().is_superuser);
        let mut tx = engine.store.read().await.unwrap();
        let hash = session::hash_text(&"t".repeat(60));
        let token = token::find_live(&mut tx, &hash, i64::MAX)
            .await
            .unwrap()
            .expect("never expires");
        assert_eq!(
            (token.identifier.as_str(), token.user_id),
            (BOOTSTRAP_TOKEN, admin.id)
        );
    }
}

#[tokio::test]
async fn a_password_of_the_environment_follows_the_same_rule_and_set_up_stays_open() {
    for (engine, _store) in testing::every_engine().await {
        let given = Bootstrap {
            password: Some("akadmin".into()),
            ..Bootstrap::default()
        };
        let refused = bootstrap(&engine, &context(), given).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the password has fewer than 8 characters"
        );
        assert!(is_open(&engine));
    }
}

#[tokio::test]
async fn a_bootstrap_hash_is_taken_as_it_is() {
    for (engine, _store) in testing::every_engine().await {
        let encoded = engine
            .hashes
            .hash("hashed elsewhere".into())
            .await
            .unwrap()
            .unwrap();
        let given = Bootstrap {
            password_hash: Some(encoded.clone()),
            ..Bootstrap::default()
        };
        assert!(bootstrap(&engine, &context(), given).await.unwrap());
        assert_eq!(row(&engine, FIRST_ADMIN).await.password, encoded);
        assert!(
            !bootstrap(&engine, &context(), Bootstrap::default())
                .await
                .unwrap()
        );
    }
}

#[tokio::test]
async fn the_command_line_makes_admins_of_new_and_known_users_and_closes_set_up() {
    for (engine, _store) in testing::every_engine().await {
        let first = create_admin(&engine, &context(), "mia", "mia@example.org", FIRST.into()).await;
        first.unwrap();
        assert!(!is_open(&engine));
        let before = row(&engine, "mia").await;
        create_admin(&engine, &context(), "mia", "", "the second one".into())
            .await
            .unwrap();
        let after = row(&engine, "mia").await;
        assert_eq!(
            (after.id, after.email.as_str()),
            (before.id, "mia@example.org")
        );
        assert_ne!(after.password, before.password);
        let refused = create_admin(&engine, &context(), "", "", String::new()).await;
        assert!(matches!(refused, Err(SetupError::Unusable(list)) if list.len() == 2));
    }
}

#[tokio::test]
async fn a_known_user_becomes_an_admin_and_an_unknown_one_does_not_appear() {
    for (engine, _store) in testing::every_engine().await {
        create_admin(&engine, &context(), "mia", "", FIRST.into())
            .await
            .unwrap();
        let id = row(&engine, "mia").await.id;
        let mut tx = engine.store.begin().await.unwrap();
        group::set_groups_of(&mut tx, id, &[]).await.unwrap();
        change::record(&mut tx, Topic::User, id, NOW).await.unwrap();
        engine.commit(tx).await.unwrap();
        assert!(!engine.person(id).await.unwrap().unwrap().is_superuser);
        assert!(promote(&engine, &context(), "mia").await.unwrap());
        assert!(engine.person(id).await.unwrap().unwrap().is_superuser);
        assert!(!promote(&engine, &context(), "nobody").await.unwrap());
    }
}
