//! `ak_send_email` (api-and-model.md 6.2), over every engine.

use doorward_store::mail as rows;

use super::*;
use crate::context::Actor;
use crate::mail::tests::smtp;
use crate::testing::{engine_with, settings};

pub(super) async fn mailing(store: &doorward_store::Store) -> Engine {
    let settings = crate::Settings {
        mail: Some(smtp(9)),
        ..settings()
    };
    engine_with(store, settings).await
}

pub(super) async fn waiting(engine: &Engine) -> i64 {
    let mut tx = engine.store.read().await.unwrap();
    rows::count(&mut tx).await.unwrap()
}

async fn said(engine: &Engine, snapshot: &Snapshot, source: &str) -> Result<bool, String> {
    let ctx = Context::system(NOW);
    let question = Question::new(snapshot, &ctx, None);
    let ruling = engine.rule_on(&question, &text("p", source)).await?;
    Ok(ruling.passing)
}

#[tokio::test]
async fn an_expression_sends_one_letter_to_each_mailbox() {
    for store in doorward_store::testing::every_engine().await {
        let engine = mailing(&store.store).await;
        let snapshot = Snapshot::default();
        let one = "return ak_send_email(\"mia@example.org\", \"Seen\", body=\"At the door\")";
        assert_eq!(said(&engine, &snapshot, one).await, Ok(true));
        assert_eq!(waiting(&engine).await, 1);
        let many = "return ak_send_email([\"a@x.org\", \"b@x.org\", \"A@x.org\"], \"Seen\", \
                    template=\"email/notice.html\", context={\"door\": \"garden\"}, cc=\"c@x.org\", bcc=[\"d@x.org\"])";
        assert_eq!(said(&engine, &snapshot, many).await, Ok(true));
        assert_eq!(waiting(&engine).await, 5);
        // Without a server there is no letter, and the answer says so.
        let bare = crate::testing::engine(&store.store).await;
        assert_eq!(said(&bare, &snapshot, one).await, Ok(false));
    }
}

/// Trying out, "why", and whatever those ask in turn send nothing, say so, and find it sent.
#[tokio::test]
async fn whoever_tries_an_expression_out_sends_nothing() {
    for store in doorward_store::testing::every_engine().await {
        let engine = mailing(&store.store).await;
        let person = mia(&engine).await;
        let mails = "return ak_send_email(\"mia@example.org\", \"Seen\", body=\"x\")";
        let asks = "return ak_call_policy(\"mails\").passing";
        let snapshot = snapshot(vec![text("mails", mails)], Vec::new());
        let ctx = Context::system(NOW);
        let question = Question::new(&snapshot, &ctx, Some(&person)).trial();
        for source in [mails, asks] {
            let ruling = engine.rule_on(&question, &text("p", source)).await.unwrap();
            assert!(ruling.passing);
            let (level, said) = &ruling.logs[0];
            assert_eq!((level.as_str(), said.contains("tried out")), ("info", true));
        }
        let wrong = text("p", &mails.replace("mia@", ""));
        let failure = engine.rule_on(&question, &wrong).await.unwrap_err();
        assert!(failure.contains("no mail address"), "{failure}");
        assert_eq!(waiting(&engine).await, 0);
    }
}

#[tokio::test]
async fn letters_are_bounded_for_each_evaluation_and_each_mailbox() {
    for store in doorward_store::testing::every_engine().await {
        let engine = mailing(&store.store).await;
        let loud = "for n in range(21):\n    ak_send_email(f\"m{n}@x.org\", \"Seen\", body=\"x\")";
        let nested = "for n in range(3):\n    ak_call_policy(\"ten\")\nreturn True";
        let ten = "for n in range(10):\n    ak_send_email(f\"n{n}@x.org\", \"Seen\", body=\"x\")\nreturn True";
        let snapshot = snapshot(vec![text("ten", ten)], Vec::new());
        for source in [loud, nested] {
            let failure = said(&engine, &snapshot, source).await.unwrap_err();
            assert!(failure.contains("at most 20 letters"), "{failure}");
        }
        assert_eq!(waiting(&engine).await, 40);
        let same = "for n in range(15):\n    sent = ak_send_email(\"mia@x.org\", \"Seen\", body=\"x\")\nreturn sent";
        assert_eq!(said(&engine, &snapshot, same).await, Ok(true));
        assert_eq!(said(&engine, &snapshot, same).await, Ok(true));
        assert_eq!(said(&engine, &snapshot, same).await, Ok(false));
        assert_eq!(waiting(&engine).await, 70);
    }
}

/// Whoever is not signed in sets off as many letters as the network may make attempts, to whomever.
#[tokio::test]
async fn letters_that_strangers_set_off_are_bounded_for_each_network() {
    for store in doorward_store::testing::every_engine().await {
        let engine = mailing(&store.store).await;
        let free = i64::from(engine.settings.throttle.address_free);
        let snapshot = Snapshot::default();
        let sent = async |ctx: &Context, number: i64| {
            let source = format!("return ak_send_email(\"m{number}@x.org\", \"S\", body=\"x\")");
            let question = Question::new(&snapshot, ctx, None);
            let ruling = engine.rule_on(&question, &text("p", &source)).await;
            ruling.unwrap().passing
        };
        let mut stranger = Context {
            actor: Actor::Anonymous,
            ..Context::system(NOW)
        };
        for number in 0..free {
            assert!(sent(&stranger, number).await, "{number}");
        }
        assert!(!sent(&stranger, free).await);
        assert_eq!(waiting(&engine).await, free);
        assert!(sent(&Context::system(NOW), free).await, "the program's own");
        stranger.client_ip = "198.51.100.77".parse().unwrap();
        assert!(sent(&stranger, free).await, "another network");
    }
}

#[tokio::test]
async fn what_is_no_letter_is_told_in_words() {
    let store = doorward_store::testing::sqlite().await;
    let engine = mailing(&store.store).await;
    let long = "x".repeat(201);
    for (arguments, words) in [
        ("\"mia@x.org\", \"Seen\"", "either a body or a template"),
        (
            "\"mia@x.org\", \"S\", body=\"x\", template=\"email/a.html\"",
            "either",
        ),
        ("\"mia\", \"Seen\", body=\"x\"", "no mail address"),
        (
            "\"m@x.org\\r\\nBcc: e@x.org\", \"Seen\", body=\"x\"",
            "no mail address",
        ),
        ("[], \"Seen\", body=\"x\"", "goes to somebody"),
        ("\"mia@x.org\", \" \", body=\"x\"", "the subject"),
        (
            &*format!("\"mia@x.org\", \"{long}\", body=\"x\""),
            "200 characters",
        ),
        (
            "\"mia@x.org\", \"S\", body=\"x\" * 70000",
            "longer than 65536 bytes",
        ),
        ("\"mia@x.org\", \"S\", body=3", "body is a text"),
        (
            "\"mia@x.org\", \"S\", template=\"login.html\"",
            "one of letters",
        ),
        (
            "\"mia@x.org\", \"S\", body=\"x\", stage=\"gone\"",
            "no e-mail stage",
        ),
    ] {
        let source = format!("return ak_send_email({arguments})");
        let failure = said(&engine, &Snapshot::default(), &source).await;
        let failure = failure.unwrap_err();
        assert!(failure.contains(words), "{arguments}: {failure}");
    }
    assert_eq!(waiting(&engine).await, 0);
}
