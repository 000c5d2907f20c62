//! The same answer after the same work, whoever was named: work is counted, not timed.

use super::*;

/// What was done for somebody: what takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Work {
    pub hashes: u64,
    pub statements: u64,
}

impl Work {
    pub(super) fn since(self, before: Self) -> Self {
        Self {
            hashes: self.hashes - before.hashes,
            statements: self.statements - before.statements,
        }
    }
}

/// All that was done so far.
pub(super) fn work(engine: &Engine) -> Work {
    Work {
        hashes: engine.hashes.asked(),
        statements: engine.store.asked(),
    }
}

/// One answer on the card of a new run; what it said and what work it took.
async fn attempt(engine: &Engine, name: &str, password: &str) -> (String, Work) {
    let (ctx, visit) = (stranger(NOW), Visit::default());
    let (handle, cookie) = begun(engine, &ctx, &visit).await;
    let kept = Kept {
        slug: "pausing",
        handle: &handle,
        cookie: &cookie,
    };
    let given = answer(json!({ "uid_field": name, "password": password }));
    let before = work(engine);
    let step = resume(engine, &ctx, &visit, kept, Some(&given))
        .await
        .expect("no fault")
        .expect("a run");
    let said = match &step.next {
        Next::Show(challenge) => format!("{:?} {:?}", challenge.ask, challenge.mistakes),
        other => panic!("{other:?}"),
    };
    (said, work(engine).since(before))
}

async fn disable(engine: &Engine, id: i64) {
    let mut tx = engine.store.begin().await.expect("a transaction");
    let row = user::find(&mut tx, id)
        .await
        .expect("a row")
        .expect("a user");
    let row = user::UserRow {
        is_active: false,
        ..row
    };
    assert!(user::save(&mut tx, &row).await.expect("a save"));
    change::record(&mut tx, Topic::User, id, NOW)
        .await
        .expect("a change");
    engine.commit(tx).await.expect("a commit");
}

/// CVE-2023-39522: nobody learns who has an account here.
#[tokio::test]
async fn unknown_wrong_disabled_and_without_a_password_take_the_same_work_and_get_one_answer() {
    for (engine, _store) in every_engine().await {
        prepared(&engine).await;
        add_user(&engine, 8, "without").await;
        add_user(&engine, 9, "disabled").await;
        let mut tx = engine.store.read().await.expect("a transaction");
        let mia = user::find(&mut tx, 7).await.expect("a row").expect("mia");
        drop(tx);
        set_password(&engine, 9, &mia.password, NOW).await;
        disable(&engine, 9).await;
        let wrong = attempt(&engine, "mia", "not pw").await;
        assert_eq!(wrong.1.hashes, 1);
        assert!(wrong.1.statements > 0, "they are counted");
        assert!(wrong.0.contains("NotProven"), "{}", wrong.0);
        for (name, password) in [
            ("nobody", "pw"),
            ("without", "pw"),
            ("without", "!"),
            ("disabled", "pw"),
        ] {
            assert_eq!(attempt(&engine, name, password).await, wrong, "{name}");
        }
    }
}
