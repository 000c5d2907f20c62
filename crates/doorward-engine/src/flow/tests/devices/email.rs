//! Codes by mail: an address proves that it is read, and a code counts once, where it was asked for.

use super::*;
use crate::authenticator::email::{self, Mailbox, NewCode};
use crate::flow::tests::recovery::{fill_with_strangers_letters, key, mailing, posted};
use crate::mail::Purse;

const SET_UP: &str = "default-authenticator-email-setup";

/// Engines that send mail, with the people of the other houses.
async fn mail_houses() -> Vec<(Engine, TestStore)> {
    let mut houses = Vec::new();
    for test in doorward_store::testing::every_engine().await {
        let engine = mailing(&test, ORIGIN).await;
        for (id, name) in [(MIA, "mia"), (DAN, "dan")] {
            add_user(&engine, id, name).await;
            set_password(&engine, id, PW, NOW).await;
        }
        houses.push((engine, test));
    }
    houses
}

fn mailbox(engine: &Engine, address: &str) -> Mailbox {
    let snapshot = engine.snapshot();
    let stages = snapshot.objects("authentik_stages_authenticator_email.authenticatoremailstage");
    Mailbox {
        email: address.to_owned(),
        stage: stages[0].id.clone(),
    }
}

/// Gives somebody a mailbox; answers the device's number.
async fn with_mailbox(engine: &Engine, user: i64, address: &str) -> i64 {
    let mut tx = engine.store.begin().await.expect("a transaction");
    let (ctx, mailbox) = (Context::system(NOW), mailbox(engine, address));
    email::keep(engine, &mut tx, &ctx, user, &mailbox)
        .await
        .expect("a mailbox");
    engine.commit(tx).await.expect("a commit");
    let all = authenticator::of_user(engine, user).await.expect("a list");
    all.last().expect("a device").id
}

/// The code in the one letter that waits, and where it goes.
async fn mailed(engine: &Engine) -> (String, String) {
    let mut all = posted(engine, NOW).await;
    assert_eq!(all.len(), 1);
    let letter = all.remove(0);
    (letter.code.expect("a code"), letter.to)
}

fn wrong(code: &str) -> String {
    let first = if code.starts_with('1') { "2" } else { "1" };
    format!("{first}{}", &code[1..])
}

#[tokio::test]
async fn an_address_is_kept_once_its_code_has_come_back() {
    for (engine, _store) in mail_houses().await {
        let visit = visit_of(&engine, MIA, NOW).await;
        let mut tab = Tab::open(&engine, SET_UP, visit.clone(), NOW).await;
        assert!(matches!(tab.ask(), Ask::Mailbox(ask) if ask.sent_to.is_none()));
        assert_eq!(posted(&engine, NOW).await, [], "a look mails nothing");
        for nonsense in [
            json!({}),
            json!({ "email": "mia" }),
            json!({ "code": "123456" }),
        ] {
            tab.answer(nonsense).await;
            assert_eq!(tab.mistakes().len(), 1);
        }
        tab.answer(json!({ "email": "other@example.org" })).await;
        let (code, to) = mailed(&engine).await;
        assert_eq!(to, "other@example.org");
        tab.answer(json!({ "code": wrong(&code) })).await;
        assert_eq!(tab.mistakes().len(), 1);
        tab.answer(json!({ "code": format!("{} {}", &code[..3], &code[3..]) }))
            .await;
        assert!(matches!(tab.step.next, Next::Redirect(_)), "{:?}", tab.step);
        let rows = authenticator::of_user(&engine, MIA).await.expect("a list");
        let kept = email::mailbox(&rows[0]).expect("a mailbox");
        assert_eq!((rows.len(), kept.email.as_str()), (1, "other@example.org"));
        let mut again = Tab::open(&engine, SET_UP, visit, NOW).await;
        again.answer(json!({ "email": "Other@example.org" })).await;
        assert_eq!(again.mistakes().len(), 1, "it is set up already");
    }
}

#[tokio::test]
async fn a_code_by_mail_is_a_second_factor_where_it_was_asked_for() {
    for (engine, _store) in mail_houses().await {
        with_mailbox(&engine, MIA, "mia@example.org").await;
        let mut tab = Tab::password(&engine, "mia", NOW).await;
        assert!(!tab.is_signed_in());
        let choice = &tab.device().devices[0];
        assert_eq!(choice.hint.as_deref(), Some("m***@example.org"));
        assert!(choice.mailed, "who has nothing else need not ask");
        let (code, _) = mailed(&engine).await;
        let mut other = Tab::password(&engine, "mia", NOW).await;
        other.answer(json!({ "code": code })).await;
        assert!(!other.is_signed_in(), "the code of another sign-in");
        tab.answer(json!({ "code": wrong(&code) })).await;
        assert!(!tab.is_signed_in());
        tab.answer(json!({ "code": code })).await;
        assert!(tab.is_signed_in(), "{:?}", tab.step);
    }
}

/// Whether a word stands anywhere in what a step shows, on the page or in JSON.
fn shows(tab: &Tab<'_>, secret: &str) -> bool {
    let shown = format!("{:?}", tab.step);
    let mut words = shown.split(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_'));
    words.any(|word| word == secret)
}

/// CVE-2026-105211: what somebody has to prove that they got stands in no answer to them. Pages and JSON
/// are made of the step alone.
#[tokio::test]
async fn cve_2026_105211_no_answer_holds_what_was_mailed() {
    for (engine, _store) in mail_houses().await {
        let visit = visit_of(&engine, MIA, NOW).await;
        let mut set_up = Tab::open(&engine, SET_UP, visit, NOW).await;
        set_up.answer(json!({ "email": "mia@example.org" })).await;
        let (code, _) = mailed(&engine).await;
        assert!(shows(&set_up, "Mailbox") && !shows(&set_up, &code));
        set_up.answer(json!({ "code": wrong(&code) })).await;
        assert!(!shows(&set_up, &code));
        set_up.answer(json!({ "code": code })).await;

        let mut tab = Tab::password(&engine, "mia", NOW).await;
        let (code, _) = mailed(&engine).await;
        assert!(shows(&tab, "Device") && !shows(&tab, &code));
        for fields in [json!({}), json!({ "code": wrong(&code) })] {
            tab.answer(fields).await;
            assert!(!shows(&tab, &code), "{:?}", tab.step);
        }

        let visit = Visit::default();
        let mut lost = Tab::open(&engine, "default-recovery-flow", visit, NOW).await;
        lost.answer(json!({ "uid_field": "mia" })).await;
        let key = key(&posted(&engine, NOW).await[0]);
        assert!(shows(&lost, "Mail") && !shows(&lost, &key));
    }
}

/// decision 24: strangers spend from a purse of their own.
#[tokio::test]
async fn a_stranger_who_fills_a_mailbox_keeps_no_code_from_its_owner() {
    for (engine, _store) in mail_houses().await {
        with_mailbox(&engine, MIA, "mia@example.org").await;
        fill_with_strangers_letters(&engine, "mia@example.org").await;
        let mut tab = Tab::password(&engine, "mia", NOW).await;
        let (code, to) = mailed(&engine).await;
        assert_eq!(to, "mia@example.org");
        tab.answer(json!({ "code": code })).await;
        assert!(tab.is_signed_in(), "{:?}", tab.step);
    }
}

#[tokio::test]
async fn with_another_device_a_code_is_mailed_when_it_is_asked_for_and_only_so_often() {
    for (engine, _store) in mail_houses().await {
        with_app(&engine, MIA).await;
        let id = with_mailbox(&engine, MIA, "mia@example.org").await;
        let theirs = with_mailbox(&engine, DAN, "dan@example.org").await;
        let mut tab = Tab::password(&engine, "mia", NOW).await;
        assert_eq!(posted(&engine, NOW).await, []);
        let select = |id: i64| json!({ "selected_challenge": { "device_class": "email", "device_uid": id.to_string() } });
        tab.answer(select(theirs)).await;
        assert_eq!(posted(&engine, NOW).await, [], "nobody else's");
        for _ in 0..5 {
            tab.answer(select(id)).await;
            assert_eq!(tab.mistakes(), []);
        }
        tab.answer(select(id)).await;
        assert!(matches!(tab.mistakes()[0], Mistake::TooMany { .. }));
        let letters = posted(&engine, NOW).await;
        assert_eq!(letters.len(), 5);
        let code = letters[4].code.as_deref().expect("a code");
        tab.answer(json!({ "code": code })).await;
        assert!(tab.is_signed_in(), "{:?}", tab.step);
    }
}

#[tokio::test]
async fn of_fifty_uses_of_a_code_at_once_one_counts_and_none_when_it_is_late() {
    for (engine, _store) in mail_houses().await {
        let person = engine.person(MIA).await.expect("a look").expect("mia");
        let to = mailbox(&engine, "mia@example.org");
        let mut codes = Vec::new();
        for about in ["a run", "a late run"] {
            let new = NewCode {
                person: &person,
                to: &to,
                about,
                purse: Purse::Own(MIA),
            };
            let mut tx = engine.store.begin().await.expect("a transaction");
            let sent = email::send(&engine, &mut tx, &Context::system(NOW), new).await;
            assert_eq!(sent.expect("no fault"), None);
            engine.commit(tx).await.expect("a commit");
            codes.push(mailed(&engine).await.0);
        }
        let used = async |engine: Engine, about: &'static str, code: String, now: i64| {
            let mut tx = engine.store.begin().await.expect("a transaction");
            let used = email::use_code(&engine, &mut tx, about, &code, now).await;
            engine.commit(tx).await.expect("a commit");
            used.expect("no fault")
        };
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..50 {
            all.spawn(used(engine.clone(), "a run", codes[0].clone(), NOW));
        }
        let won = all.join_all().await.into_iter().filter(|won| *won).count();
        assert_eq!(won, 1);
        let late = NOW + 15 * 60 * 1000;
        assert!(!used(engine.clone(), "a late run", codes[1].clone(), late).await);
        assert!(used(engine.clone(), "a late run", codes[1].clone(), late - 1).await);
    }
}

#[tokio::test]
async fn of_fifty_answers_with_one_mailed_code_at_once_one_signs_in() {
    for (engine, store) in mail_houses().await {
        let engine = unhurried_house(&engine, &store).await;
        with_mailbox(&engine, MIA, "mia@example.org").await;
        let tab = Tab::password(&engine, "mia", NOW).await;
        let code = json!({ "code": mailed(&engine).await.0 });
        let won = race(std::iter::repeat_n(&tab, RACERS), &code).await;
        assert_eq!(won, 1);
        assert_eq!(sessions(&engine, MIA).await.len(), 1);
    }
}

/// ASVS 6.4.3: whoever reads the mail has shown so by the link, and shows nothing more by a code.
#[tokio::test]
async fn recovery_by_mail_takes_no_code_by_mail_for_a_second_factor() {
    for (engine, _store) in mail_houses().await {
        with_mailbox(&engine, MIA, "mia@example.org").await;
        with_app(&engine, MIA).await;
        let mut tab = Tab::open(&engine, "default-recovery-flow", Visit::default(), NOW).await;
        tab.answer(json!({ "uid_field": "mia" })).await;
        let key = key(&posted(&engine, NOW).await[0]);
        let link = Link {
            slug: "default-recovery-flow",
            key: &key,
            handle: None,
        };
        let step = follow(&engine, &stranger(NOW), &Visit::default(), link).await;
        tab.step = step.expect("no fault").expect("it counts");
        let classes: Vec<_> = tab.device().devices.iter().map(|one| one.class).collect();
        assert_eq!(classes, [authenticator::Class::Totp]);
    }
}
