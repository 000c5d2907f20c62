//! What robots pay for: work that counts once, a wait, or a service that is asked.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::flow::captcha::work;
use crate::testing;

fn flows(stage: &str) -> String {
    format!(
        r"
version: 1
metadata: {{ name: captcha }}
entries:
  - {{ model: authentik_stages_captcha.captchastage, id: captcha, identifiers: {{ name: c-captcha }},
      attrs: {{ public_key: public, private_key: a-private-key, {stage} }} }}
  - {{ model: authentik_flows.flow, id: alone, identifiers: {{ slug: alone }}, attrs: {{ name: A, title: A, designation: authentication }} }}
  - {{ model: authentik_flows.flowstagebinding, identifiers: {{ target: !KeyOf alone, stage: !KeyOf captcha, order: 0 }} }}
  - {{ model: authentik_stages_identification.identificationstage, identifiers: {{ name: test-name }}, state: present, attrs: {{ captcha_stage: !KeyOf captcha }} }}
"
    )
}

const WORK: &str = "js_url: built-in";

fn acting() -> Visit {
    Visit {
        may_act: true,
        ..Visit::default()
    }
}

async fn begun_at(engine: &Engine, slug: &str, now: i64) -> (AskCaptcha, String, String) {
    let start = Start {
        slug,
        ..Start::default()
    };
    let step = begin(engine, &stranger(now), &acting(), start).await;
    let step = step.expect("no fault").expect("a flow");
    let asked = asked(&step);
    let held = step.run.expect("a run");
    (asked, held.id, held.cookie.expect("a cookie"))
}

fn asked(step: &Step) -> AskCaptcha {
    let Next::Show(challenge) = &step.next else {
        panic!("{step:?}")
    };
    match &challenge.ask {
        Ask::Captcha(ask) => ask.clone(),
        Ask::Identification(ask) => ask.captcha.clone().expect("a captcha"),
        other => panic!("{other:?}"),
    }
}

async fn answered(
    engine: &Engine,
    now: i64,
    slug: &str,
    (handle, cookie): (&str, &str),
    fields: serde_json::Value,
) -> Step {
    let kept = Kept {
        slug,
        handle,
        cookie,
    };
    let given = answer(fields);
    let step = resume(engine, &stranger(now), &acting(), kept, Some(&given)).await;
    step.expect("no fault").expect("a run")
}

fn passed(step: &Step) -> bool {
    matches!(step.next, Next::Redirect(_))
}

fn mistake(step: &Step) -> Mistake {
    match &step.next {
        Next::Show(challenge) => challenge.mistakes[0].clone(),
        other => panic!("{other:?}"),
    }
}

async fn apply(engine: &Engine, stage: &str) {
    blueprint::apply_text(engine, NOW, &flows(stage))
        .await
        .expect("the flows");
}

#[tokio::test]
async fn work_counts_once_and_for_the_run_that_was_asked() {
    for (engine, _store) in every_engine().await {
        prepared(&engine).await;
        apply(&engine, WORK).await;
        let (ask, handle, cookie) = begun_at(&engine, "alone", NOW).await;
        let (other, ..) = begun_at(&engine, "alone", NOW).await;
        let held = (&*handle, &*cookie);
        for wrong in [
            json!({ "token": "nothing" }),
            json!({ "token": work(&other) }),
        ] {
            let step = answered(&engine, NOW, "alone", held, wrong).await;
            assert!(matches!(mistake(&step), Mistake::Said { .. }));
            assert_ne!(asked(&step).site_key, ask.site_key, "another question");
        }
        let right = json!({ "token": work(&ask) });
        let step = answered(&engine, NOW, "alone", held, right.clone()).await;
        assert!(passed(&step), "{step:?}");
        let again = answered(&engine, NOW, "alone", held, right).await;
        assert!(
            !passed(&again),
            "the cookie of before is worth nothing more"
        );
    }
}

#[tokio::test]
async fn of_fifty_uses_of_one_solution_at_once_one_passes() {
    for (engine, _store) in every_engine().await {
        prepared(&engine).await;
        apply(&engine, WORK).await;
        let (ask, handle, cookie) = begun_at(&engine, "alone", NOW).await;
        let token = work(&ask);
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let (engine, handle, cookie) = (engine.clone(), handle.clone(), cookie.clone());
            let right = json!({ "token": token });
            all.spawn(async move {
                passed(&answered(&engine, NOW, "alone", (&handle, &cookie), right).await)
            });
        }
        let won = all.join_all().await.into_iter().filter(|won| *won).count();
        assert_eq!(won, 1);
    }
}

#[tokio::test]
async fn whoever_runs_no_scripts_waits_and_only_so_many_of_one_network_do() {
    for (engine, _store) in every_engine().await {
        prepared(&engine).await;
        apply(&engine, WORK).await;
        let later = NOW + 15_000;
        let mut passed_so_far = 0;
        for _ in 0..12 {
            let (_, handle, cookie) = begun_at(&engine, "alone", NOW).await;
            let held = (&*handle, &*cookie);
            let soon = answered(&engine, later - 1, "alone", held, json!({})).await;
            assert_eq!(mistake(&soon), Mistake::TooMany { until: later });
            let step = answered(&engine, later, "alone", held, json!({})).await;
            passed_so_far += usize::from(passed(&step));
        }
        assert_eq!(passed_so_far, 10);
    }
}

#[tokio::test]
async fn on_the_sign_in_card_no_password_is_looked_at_before_the_work_is_done() {
    for (engine, _store) in every_engine().await {
        prepared(&engine).await;
        apply(&engine, WORK).await;
        let (ask, handle, cookie) = begun_at(&engine, "pausing", NOW).await;
        let held = (&*handle, &*cookie);
        let right = json!({ "uid_field": "mia", "password": "pw" });
        let step = answered(&engine, NOW, "pausing", held, right.clone()).await;
        assert!(matches!(mistake(&step), Mistake::TooMany { .. }));
        let mut paid = right;
        paid["captcha_token"] = json!(work(&ask));
        let step = answered(&engine, NOW, "pausing", held, paid).await;
        let Next::Show(challenge) = &step.next else {
            panic!("{step:?}")
        };
        assert_eq!(challenge.ask, Ask::UserLogin);
    }
}

/// What a service was asked, head and body.
type Asked = Arc<Mutex<Vec<(String, String)>>>;

/// A service that answers each question so; the fields of a stage that asks it, and what it was
/// asked.
async fn service(status: u16, says: &'static str) -> (String, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let asked = Asked::default();
    let kept = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let question = converse(stream, status, says).await;
            kept.lock().expect("no panic").extend(question);
        }
    });
    let fields = format!(
        "js_url: 'https://captcha.example.org/api.js', api_url: 'http://127.0.0.1:{port}/verify'"
    );
    (fields, asked)
}

async fn converse(mut stream: TcpStream, status: u16, says: &str) -> Option<(String, String)> {
    let mut text = String::new();
    loop {
        let mut bytes = [0; 4096];
        let count = stream
            .read(&mut bytes)
            .await
            .ok()
            .filter(|count| *count > 0)?;
        text.push_str(std::str::from_utf8(&bytes[..count]).ok()?);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let head = head.to_ascii_lowercase();
        let (_, length) = head.split_once("content-length: ")?;
        let length: usize = length.lines().next()?.parse().ok()?;
        if body.len() < length {
            continue;
        }
        let answer = format!(
            "HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{says}",
            says.len()
        );
        stream.write_all(answer.as_bytes()).await.ok()?;
        return Some((head, body.to_owned()));
    }
}

#[tokio::test]
async fn a_service_that_says_no_or_nothing_or_rates_badly_lets_nobody_pass() {
    let lenient = "error_on_invalid_score: false";
    for (status, says, stage, expected) in [
        (200, r#"{"success":true}"#, "", true),
        (200, r#"{"success":true,"score":0.9}"#, "", true),
        (200, r#"{"success":true,"score":0.3}"#, "", false),
        (200, r#"{"success":true,"score":0.3}"#, lenient, true),
        (200, r#"{"success":false}"#, "", false),
        (200, r#"{"success":false}"#, lenient, false),
        (200, r#"{"success":"true"}"#, "", false),
        (200, "{}", "", false),
        (200, "<html>", "", false),
        (500, r#"{"success":true}"#, lenient, false),
        (302, r#"{"success":true}"#, lenient, false),
    ] {
        let store = doorward_store::testing::sqlite().await;
        let (fields, calls) = service(status, says).await;
        let engine = testing::engine(&store.store).await;
        prepared(&engine).await;
        apply(&engine, &format!("{fields}, {stage}")).await;
        let (ask, handle, cookie) = begun_at(&engine, "alone", NOW).await;
        assert_eq!(ask.site_key, "public");
        let held = (&*handle, &*cookie);
        let none = answered(&engine, NOW, "alone", held, json!({})).await;
        assert_eq!(mistake(&none), Mistake::Missing("token"));
        let token = json!({ "cf-turnstile-response": "a&b" });
        let step = answered(&engine, NOW, "alone", held, token).await;
        assert_eq!(passed(&step), expected, "{status} {says} {stage}");
        let is_silent = status != 200 || says == "<html>";
        if let Next::Show(challenge) = &step.next {
            let text = format!("{:?}", challenge.mistakes);
            assert_eq!(text.contains("does not answer"), is_silent, "{text}");
        }
        let calls = calls.lock().expect("no panic");
        let asked = "secret=a-private-key&response=a%26b&remoteip=127.0.0.1";
        assert_eq!((calls.len(), &*calls[0].1), (1, asked));
        assert!(calls[0].0.starts_with("post /verify "));
    }
}

#[tokio::test]
async fn a_service_is_asked_in_json_where_the_stage_says_so() {
    let store = doorward_store::testing::sqlite().await;
    let (fields, calls) = service(200, r#"{"success":true}"#).await;
    let engine = testing::engine(&store.store).await;
    prepared(&engine).await;
    let stage = format!("{fields}, request_content_type: application/json");
    apply(&engine, &stage).await;
    let (_, handle, cookie) = begun_at(&engine, "alone", NOW).await;
    let token = json!({ "token": "t" });
    let step = answered(&engine, NOW, "alone", (&handle, &cookie), token).await;
    assert!(passed(&step));
    let long = json!({ "token": "t".repeat(17_000) });
    let step = answered(&engine, NOW, "alone", (&handle, &cookie), long).await;
    assert!(
        matches!(mistake(&step), Mistake::Said { .. }),
        "never sent on"
    );
    let calls = calls.lock().expect("no panic");
    assert_eq!(calls.len(), 1);
    assert!(calls[0].0.contains("content-type: application/json"));
    let body: serde_json::Value = serde_json::from_str(&calls[0].1).expect("JSON");
    assert_eq!(body["secret"], "a-private-key");
}

/// Each answer of a stranger is a call of ours.
#[tokio::test]
async fn a_service_is_asked_so_often_for_one_network() {
    let store = doorward_store::testing::sqlite().await;
    let (fields, calls) = service(200, r#"{"success":false}"#).await;
    let engine = testing::engine(&store.store).await;
    prepared(&engine).await;
    apply(&engine, &fields).await;
    let (_, handle, cookie) = begun_at(&engine, "alone", NOW).await;
    let held = (&*handle, &*cookie);
    for _ in 0..60 {
        let step = answered(&engine, NOW, "alone", held, json!({ "token": "t" })).await;
        assert!(matches!(mistake(&step), Mistake::Said { .. }));
    }
    answered(&engine, NOW, "alone", held, json!({ "token": "t" })).await;
    let step = answered(&engine, NOW, "alone", held, json!({ "token": "t" })).await;
    assert!(
        matches!(mistake(&step), Mistake::TooMany { .. }),
        "{step:?}"
    );
    assert!(calls.lock().expect("no panic").len() <= 61);
}
