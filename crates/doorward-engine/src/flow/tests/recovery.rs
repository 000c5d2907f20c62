//! Recovery by mail, on both stores: who gets a letter, what its link is worth. Leaves the confirmation
//! of an address to `confirmation`.

use super::equal_work::work;
use super::*;
use crate::mail::tests::smtp;
use crate::mail::{self, Letter};
use crate::testing::{engine_with, settings};
use doorward_protocol::seal::Purpose as Sealing;
use doorward_store::testing::TestStore;
use doorward_store::{mail as letters, one_time};

mod confirmation;

const RECOVERY: &str = "default-recovery-flow";
const NEW: &str = "a quite new password 1";

/// Engines that send mail, with mia (7), and dan (8) who may not sign in.
async fn houses() -> Vec<(Engine, TestStore)> {
    let mut houses = Vec::new();
    for store in doorward_store::testing::every_engine().await {
        let engine = mailing(&store, "https://auth.example.org").await;
        for (id, name) in [(7, "mia"), (8, "dan"), (9, "eve")] {
            add_user(&engine, id, name).await;
        }
        change_user(&engine, 8, |row| row.is_active = false).await;
        change_user(&engine, 9, |row| row.email = String::new()).await;
        houses.push((engine, store));
    }
    houses
}

/// An engine that sends mail and has the default flows.
pub(super) async fn mailing(store: &TestStore, address: &str) -> Engine {
    let settings = crate::Settings {
        mail: Some(smtp(9)),
        base_url: url::Url::parse(address).ok(),
        ..settings()
    };
    let engine = engine_with(&store.store, settings).await;
    let applied = blueprint::apply_defaults(&engine, NOW).await;
    assert!(applied.expect("the defaults"));
    engine
}

async fn change_user(engine: &Engine, id: i64, change_it: impl Fn(&mut user::UserRow)) {
    let mut tx = engine.store.begin().await.expect("a transaction");
    let mut row = user::find(&mut tx, id).await.expect("a look").expect("one");
    let version = row.version;
    change_it(&mut row);
    row.version = version;
    user::save(&mut tx, &row).await.expect("a save");
    change::record(&mut tx, Topic::User, id, NOW)
        .await
        .expect("a change");
    engine.commit(tx).await.expect("a commit");
}

async fn row(engine: &Engine, id: i64) -> user::UserRow {
    let mut tx = engine.store.read().await.expect("a transaction");
    user::find(&mut tx, id).await.expect("a look").expect("one")
}

fn acting() -> Visit {
    Visit {
        may_act: true,
        ..Visit::default()
    }
}

async fn begun_at(engine: &Engine, ctx: &Context, slug: &str) -> (Step, String, String) {
    let start = Start {
        slug,
        ..Start::default()
    };
    let step = begin(engine, ctx, &acting(), start).await;
    let step = step.expect("no fault").expect("a flow");
    let held = step.run.clone().expect("a run");
    (step, held.id, held.cookie.expect("a cookie"))
}

async fn go_on(
    engine: &Engine,
    ctx: &Context,
    slug: &str,
    (handle, cookie): (&str, &str),
    given: Option<serde_json::Value>,
) -> Step {
    let kept = Kept {
        slug,
        handle,
        cookie,
    };
    let given = given.map(answer);
    let step = resume(engine, ctx, &acting(), kept, given.as_ref()).await;
    step.expect("no fault").expect("a run")
}

/// Somebody types a name into the recovery flow.
async fn typed(engine: &Engine, now: i64, name: &str) -> (Step, String, String) {
    let ctx = stranger(now);
    let (_, handle, cookie) = begun_at(engine, &ctx, RECOVERY).await;
    let name = json!({ "uid_field": name });
    let step = go_on(engine, &ctx, RECOVERY, (&handle, &cookie), Some(name)).await;
    let held = step.run.clone().expect("a run");
    (step, handle, held.cookie.unwrap_or(cookie))
}

fn asked(step: &Step) -> &AskMail {
    match &step.next {
        Next::Show(challenge) => match &challenge.ask {
            Ask::Mail(ask) => ask,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

/// Takes every letter out of the queue, those to nobody included.
pub(super) async fn posted(engine: &Engine, now: i64) -> Vec<Letter> {
    let mut found = Vec::new();
    let mut tx = engine.store.begin().await.expect("a transaction");
    while let Some(row) = letters::claim(&mut tx, now, i64::MAX)
        .await
        .expect("a look")
    {
        let about = row.id.as_bytes();
        let body = engine.keys.open(Sealing::AtRest, about, &row.body);
        found.push(serde_json::from_slice(&body.expect("ours")).expect("a letter"));
        letters::delete(&mut tx, &row.id).await.expect("a write");
    }
    engine.commit(tx).await.expect("a commit");
    found
}

pub(super) fn key(letter: &Letter) -> String {
    let url = letter.url.as_deref().expect("a link");
    let (before, key) = url.split_once("?flow_token=").expect("a key");
    assert!(before.starts_with("https://auth.example."), "{before}");
    key.to_owned()
}

fn link<'a>(slug: &'a str, key: &'a str) -> Link<'a> {
    Link {
        slug,
        key,
        handle: None,
    }
}

async fn followed(engine: &Engine, now: i64, slug: &str, key: &str) -> Option<Step> {
    let ctx = stranger(now);
    let step = follow(engine, &ctx, &acting(), link(slug, key)).await;
    step.expect("no fault")
}

/// A letter for mia; its key.
async fn letter_for_mia(engine: &Engine) -> String {
    typed(engine, NOW, "mia").await;
    let all = posted(engine, NOW).await;
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].to, "mia@example.org");
    key(&all[0])
}

/// security.md section 1: CVE-2023-39522. Nothing tells a known name from others: not the answer,
/// not what the browser keeps, not what is written, not how many statements and hashes it took: time
/// is not measured, work is.
#[tokio::test]
async fn cve_2023_39522_a_name_that_nobody_has_is_answered_like_any_other() {
    for (engine, _store) in houses().await {
        let mut seen = Vec::new();
        for name in [
            "mia",
            "dan",
            "eve",
            "abe",
            "mia@example.org",
            "abe@example.org",
        ] {
            let before = work(&engine);
            let (step, handle, cookie) = typed(&engine, NOW, name).await;
            let (ctx, more) = (stranger(NOW), Some(json!({})));
            let again = go_on(&engine, &ctx, RECOVERY, (&handle, &cookie), more).await;
            let work = work(&engine).since(before);
            let Next::Show(challenge) = &again.next else {
                panic!("{again:?}")
            };
            let kept = cookie.len() - name.len() * 4 / 3;
            let letters = posted(&engine, NOW).await;
            let to: Vec<_> = letters.iter().map(|one| !one.to.is_empty()).collect();
            let is_known = name.starts_with("mia");
            assert_eq!(to, [is_known; 2], "{name}");
            seen.push((
                asked(&step).clone(),
                challenge.mistakes.clone(),
                kept / 8,
                work,
            ));
        }
        for other in &seen[1..] {
            assert_eq!(other, &seen[0]);
        }
        assert!(seen[0].0.sent && seen[0].0.to.is_none());
        assert!(seen[0].3.statements > 0, "they are counted");
    }
}

#[tokio::test]
async fn a_letter_leads_to_a_new_password_in_another_browser() {
    for (engine, _store) in houses().await {
        let key = letter_for_mia(&engine).await;
        let title = peek(&engine, &stranger(NOW), link(RECOVERY, &key)).await;
        assert_eq!(
            title.expect("no fault").as_deref(),
            Some("Reset your password")
        );
        let step = followed(&engine, NOW + 1, RECOVERY, &key).await;
        let step = step.expect("it counts: a look has not spent it");
        let Next::Show(challenge) = &step.next else {
            panic!("{step:?}")
        };
        assert!(matches!(challenge.ask, Ask::Prompt(_)), "{challenge:?}");
        let held = step.run.expect("a run");
        let cookie = held.cookie.expect("a cookie");
        let both = json!({ "password": NEW, "password_repeat": NEW });
        let ctx = stranger(NOW + 2);
        let done = go_on(&engine, &ctx, RECOVERY, (&held.id, &cookie), Some(both)).await;
        assert!(
            matches!(done.session, SessionChange::SignedIn(_)),
            "{done:?}"
        );
        assert_eq!(row(&engine, 7).await.password_changed_at, NOW + 2);
        let late = followed(&engine, NOW + 3, RECOVERY, &key).await;
        assert!(late.is_none(), "it works once");
    }
}

#[tokio::test]
async fn of_fifty_uses_of_a_link_at_once_one_succeeds_on_both_stores() {
    for (engine, _store) in houses().await {
        let key = letter_for_mia(&engine).await;
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let (engine, key) = (engine.clone(), key.clone());
            all.spawn(async move { followed(&engine, NOW, RECOVERY, &key).await.is_some() });
        }
        let won = all.join_all().await.into_iter().filter(|won| *won).count();
        assert_eq!(won, 1);
    }
}

/// CVE-2026-115770: a link is for the person as they were when it was mailed.
#[tokio::test]
async fn a_link_is_worth_nothing_once_its_person_has_changed_or_it_is_late() {
    type Change = fn(&mut user::UserRow);
    let changes: [(&str, Change); 2] = [
        ("disabled", |row| row.is_active = false),
        ("another address", |row| row.email = "x@example.org".into()),
    ];
    for (engine, _store) in houses().await {
        for (what, change_it) in changes {
            let before = row(&engine, 7).await;
            let key = letter_for_mia(&engine).await;
            change_user(&engine, 7, change_it).await;
            assert!(
                followed(&engine, NOW, RECOVERY, &key).await.is_none(),
                "{what}"
            );
            change_user(&engine, 7, |row| *row = before.clone()).await;
            let back = followed(&engine, NOW, RECOVERY, &key).await;
            assert!(back.is_some(), "{what}: it was the change");
        }
        let key = letter_for_mia(&engine).await;
        let in_time = NOW + 30 * 60 * 1000 - 1;
        assert!(
            followed(&engine, in_time + 1, RECOVERY, &key)
                .await
                .is_none()
        );
        for (slug, key) in [
            (RECOVERY, "unknown"),
            ("default-authentication-flow", &*key),
        ] {
            assert!(followed(&engine, NOW, slug, key).await.is_none(), "{slug}");
        }
        assert!(followed(&engine, in_time, RECOVERY, &key).await.is_some());
        let key = letter_for_mia(&engine).await;
        set_password(&engine, 7, "!", NOW + 5).await;
        assert!(followed(&engine, NOW + 6, RECOVERY, &key).await.is_none());
    }
}

/// Whoever asks with the name and with the address gets letters from one purse, and does not learn
/// that they belong together.
#[tokio::test]
async fn letters_are_bounded_for_a_name_aloud_and_for_an_account_in_silence() {
    for (engine, _store) in houses().await {
        let (mut sent, mut now) = (0, NOW);
        for name in ["mia", "mia@example.org", "abe"] {
            for _ in 0..5 {
                let (step, ..) = typed(&engine, now, name).await;
                assert!(asked(&step).sent, "{name}");
                now += 1;
            }
            let (step, ..) = typed(&engine, now, name).await;
            let until = asked(&step).until.expect("a wait");
            assert!(!asked(&step).sent && until > now + 4 * 60 * 1000, "{until}");
            let letters = posted(&engine, now).await;
            assert_eq!(letters.len(), 5, "{name}");
            sent += letters.iter().filter(|one| !one.to.is_empty()).count();
        }
        assert_eq!(sent, 5, "all of them by one of mia's names");
        let (step, ..) = typed(&engine, now + 5 * 60 * 1000, "mia").await;
        assert!(asked(&step).sent, "later there is another");
    }
}

/// Strangers ask for letters until the mailbox gets no more from them; answers how many it still got.
pub(super) async fn fill_with_strangers_letters(engine: &Engine, address: &str) -> i64 {
    let mut tx = engine.store.begin().await.expect("a transaction");
    let mut letters = 0;
    let (count, purse) = (mail::bound::count, mail::Purse::Strangers);
    while count(engine, &mut tx, address, purse, NOW)
        .await
        .expect("a count")
        .is_none()
    {
        letters += 1;
    }
    engine.commit(tx).await.expect("a commit");
    letters
}

/// decision 24: a letter that the stage keeps back spends nothing of the mailbox's.
#[tokio::test]
async fn a_letter_that_is_not_sent_is_not_counted_for_its_mailbox() {
    for (engine, _store) in houses().await {
        for name in ["mia", "mia@example.org"] {
            for _ in 0..5 {
                let (step, ..) = typed(&engine, NOW, name).await;
                assert!(asked(&step).sent, "{name}");
            }
        }
        let letters = posted(&engine, NOW).await;
        let sent = letters.iter().filter(|one| !one.to.is_empty()).count();
        assert_eq!(sent, 5);
        let left = fill_with_strangers_letters(&engine, "mia@example.org").await;
        assert_eq!(left, mail::bound::LETTERS_MAX - 5);
    }
}

/// CVE-2026-54730: a stage whose proof comes by another way keeps to that, whatever is submitted on its
/// page, and however often.
#[tokio::test]
async fn cve_2026_54730_the_page_of_a_letter_passes_by_the_letters_link_alone() {
    for (engine, _store) in houses().await {
        let before = row(&engine, 7).await;
        let (_, handle, mut cookie) = typed(&engine, NOW, "mia").await;
        let key = key(&posted(&engine, NOW).await[0]);
        for given in [
            json!({}),
            json!({ "component": "ak-stage-email" }),
            json!({ "token": key, "flow_token": key, "key": key, "code": key }),
            json!({ "is_restored": true, "email_verified": true }),
            json!({ "password": NEW, "password_repeat": NEW }),
        ] {
            let (ctx, kept) = (stranger(NOW), (&*handle, &*cookie));
            let step = go_on(&engine, &ctx, RECOVERY, kept, Some(given.clone())).await;
            assert!(!step.solved && asked(&step).sent, "{given}: {step:?}");
            assert!(matches!(step.session, SessionChange::Keep), "{step:?}");
            cookie = step.run.and_then(|held| held.cookie).unwrap_or(cookie);
        }
        assert!(row(&engine, 7).await == before);
        let step = followed(&engine, NOW, RECOVERY, &key).await;
        assert!(step.is_some_and(|step| matches!(step.next, Next::Show(_))));
    }
}

/// The last review: a mailbox that other stages have filled gets no link either, and nobody hears of
/// it who does not read that mail.
#[tokio::test]
async fn a_mailbox_that_has_had_enough_gets_no_link_and_nothing_tells() {
    for (engine, _store) in houses().await {
        let (before, ..) = typed(&engine, NOW, "mia").await;
        fill_with_strangers_letters(&engine, "Mia+shop@example.org").await;
        drop(posted(&engine, NOW).await);
        let (after, ..) = typed(&engine, NOW, "mia").await;
        assert_eq!(asked(&after), asked(&before));
        let letters = posted(&engine, NOW).await;
        assert_eq!((letters.len(), &*letters[0].to), (1, ""));
        let worth = followed(&engine, NOW, RECOVERY, &key(&letters[0])).await;
        assert!(worth.is_none(), "the link is nobody's: {worth:?}");
    }
}

#[tokio::test]
async fn a_key_is_stored_by_its_hash_and_the_run_beside_it_is_sealed() {
    for (engine, _store) in houses().await {
        let key = letter_for_mia(&engine).await;
        let mut tx = engine.store.read().await.expect("a transaction");
        let hash = crate::session::hash_text(&key);
        let purpose = one_time::Purpose::FlowLink;
        let found = one_time::find_live(&mut tx, &hash, purpose, NOW).await;
        let payload = found.expect("a look").expect("a row");
        assert!(
            !payload.contains("mia") && !payload.contains(RECOVERY),
            "{payload}"
        );
        let raw = one_time::find_live(&mut tx, &key, purpose, NOW).await;
        assert_eq!(raw.expect("a look"), None);
    }
}

/// Nobody's browser sends letters or spends links for looking at a page, and nobody's session is
/// mixed with somebody else's link.
#[tokio::test]
async fn a_look_sends_nothing_and_a_strange_session_spends_nothing() {
    for (engine, _store) in houses().await {
        let (_, handle, cookie) = typed(&engine, NOW, "mia").await;
        let key = key(&posted(&engine, NOW).await[0]);
        let ctx = stranger(NOW);
        let look = go_on(&engine, &ctx, RECOVERY, (&handle, &cookie), None).await;
        assert!(asked(&look).sent);
        assert_eq!(posted(&engine, NOW).await, []);
        let followed_by = async |id| {
            let person = engine.person(id).await.expect("a look").expect("one");
            let (ctx, visit) = (ctx.acting_as(&person), acting());
            let step = follow(&engine, &ctx, &visit, link(RECOVERY, &key)).await;
            step.expect("no fault").expect("a step")
        };
        let strange = followed_by(9).await;
        let refused = matches!(strange.next, Next::Refused(Refusal::SomebodyElse, _));
        assert!(refused && strange.run.is_none(), "{strange:?}");
        let own = followed_by(7).await;
        assert!(matches!(own.next, Next::Show(_)), "{own:?}");
    }
}

/// ASVS 6.4.3.
#[tokio::test]
async fn recovery_by_mail_asks_for_the_second_factor_of_whoever_has_one() {
    for (engine, _store) in houses().await {
        devices::with_app(&engine, 7).await;
        let key = letter_for_mia(&engine).await;
        let step = followed(&engine, NOW, RECOVERY, &key)
            .await
            .expect("it counts");
        let Next::Show(challenge) = &step.next else {
            panic!("{step:?}")
        };
        assert!(matches!(challenge.ask, Ask::Device(_)), "{challenge:?}");
    }
}

/// Where no mail can be sent, the card offers no way by mail, and the flow says so to everybody.
#[tokio::test]
async fn the_way_by_mail_is_offered_while_mail_is_set_up() {
    for (engine, store) in houses().await {
        let offered = async |engine: &Engine| {
            let ctx = stranger(NOW);
            let (step, ..) = begun_at(engine, &ctx, "default-authentication-flow").await;
            match step.next {
                Next::Show(challenge) => match challenge.ask {
                    Ask::Identification(ask) => ask.recovery,
                    other => panic!("{other:?}"),
                },
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(offered(&engine).await.as_deref(), Some(RECOVERY));
        let without = engine_with(&store.store, settings()).await;
        assert_eq!(offered(&without).await, None);
        let ctx = stranger(NOW);
        for name in ["mia", "abe"] {
            let (_, handle, cookie) = begun_at(&without, &ctx, RECOVERY).await;
            let name = json!({ "uid_field": name });
            let step = go_on(&without, &ctx, RECOVERY, (&handle, &cookie), Some(name)).await;
            let refused = matches!(step.next, Next::Refused(Refusal::NoMail, _));
            assert!(refused, "{step:?}");
        }
    }
}
