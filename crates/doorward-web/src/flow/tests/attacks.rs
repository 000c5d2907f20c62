//! What others have tried elsewhere.

use serde_json::json;

use super::kit::{Browser, EXECUTOR, Form, Kit, PAGE};

#[tokio::test]
async fn a_form_without_its_token_or_from_another_site_does_nothing() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let fields = [("uid_field", "mia"), ("password", "pw-mia")];
    let foreign = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ];
    for header in foreign {
        let mut browser = Browser::default();
        let page = browser.get(&kit, PAGE).await.expect(200);
        browser.headers.push((header.0, header.1.to_owned()));
        browser.submit(&kit, &page, &fields).await.expect(403);
        browser
            .post_json(
                &kit,
                EXECUTOR,
                &json!({ "uid_field": "mia", "password": "pw-mia" }),
            )
            .await
            .expect(403);
        browser.headers.clear();
        assert_eq!(browser.who(&kit).await, "", "{header:?}");
    }
    let mut browser = Browser::default();
    let page = browser.get(&kit, PAGE).await.expect(200);
    let other = Form::of(&browser.get(&kit, PAGE).await.expect(200));
    for token in [String::new(), "AAAA".to_owned(), other.csrf] {
        let form = Form {
            csrf: token,
            ..Form::of(&page)
        };
        browser
            .post_form(&kit, &form.action, form.body(&fields))
            .await
            .expect(403);
    }
    assert_eq!(browser.who(&kit).await, "");
    browser
        .headers
        .push(("origin", "https://auth.example.org".to_owned()));
    browser.submit(&kit, &page, &fields).await.expect(303);
}

#[tokio::test]
async fn cve_2026_7507_a_run_of_the_attackers_browser_is_worth_nothing_in_the_victims() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    kit.person(9, "eve").await;
    let (mut attacker, mut victim) = (Browser::default(), Browser::default());
    let page = attacker.get(&kit, PAGE).await.expect(200);
    let late = victim
        .submit(&kit, &page, &[("uid_field", "mia"), ("password", "pw-mia")])
        .await
        .expect(200);
    assert!(late.text.contains("too long"));
    assert_eq!(
        (attacker.who(&kit).await, victim.who(&kit).await),
        (String::new(), String::new())
    );
    let at = "/api/v3/flows/executor/two-pages/?query=";
    for answer in [
        json!({ "uid_field": "eve" }),
        json!({ "password": "pw-eve" }),
    ] {
        attacker.post_json(&kit, at, &answer).await.expect(302);
    }
    let asked = victim
        .post_json(&kit, at, &json!({ "remember_me": true }))
        .await
        .expect(200)
        .json();
    assert_eq!(asked["component"], "ak-stage-identification");
    assert_eq!(victim.who(&kit).await, "");
}

#[tokio::test]
async fn cve_2026_7507_each_sign_in_gets_a_new_session_and_ends_the_former_one() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    kit.person(8, "dan").await;
    let mut browser = Browser::default();
    browser
        .cookies
        .insert("authentik_session".into(), "planted".into());
    browser.sign_in(&kit, "mia", "pw-mia").await.expect(303);
    let first = browser.clone();
    assert_ne!(first.cookies["authentik_session"], "planted");
    browser.sign_in(&kit, "dan", "pw-dan").await.expect(303);
    assert_ne!(
        browser.cookies["authentik_session"],
        first.cookies["authentik_session"]
    );
    assert_eq!(browser.who(&kit).await, "dan");
    assert_eq!(
        first.clone().who(&kit).await,
        "",
        "mia's session ended with dan's sign-in"
    );
    let again = browser.clone();
    browser.sign_in(&kit, "dan", "pw-dan").await.expect(303);
    assert_eq!(again.clone().who(&kit).await, "");
    assert_eq!(browser.who(&kit).await, "dan");
}

#[tokio::test]
async fn every_changed_byte_of_a_sealed_run_begins_anew() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let at = "/api/v3/flows/executor/two-pages/?query=";
    let mut browser = Browser::default();
    browser
        .post_json(&kit, at, &json!({ "uid_field": "mia" }))
        .await
        .expect(302);
    let sealed = browser.cookies["doorward_run_two-pages"].clone();
    for index in (0..sealed.len()).step_by(7) {
        let mut changed = sealed.clone().into_bytes();
        changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
        let mut copy = browser.clone();
        copy.cookies.insert(
            "doorward_run_two-pages".into(),
            String::from_utf8(changed).unwrap(),
        );
        assert_eq!(
            copy.get(&kit, at).await.json()["component"],
            "ak-stage-identification",
            "{index}"
        );
    }
    let mut moved = browser.clone();
    moved
        .cookies
        .insert("doorward_run_default-authentication-flow".into(), sealed);
    assert!(
        moved.get(&kit, EXECUTOR).await.json()["password_fields"]
            .as_bool()
            .unwrap()
    );
}

#[tokio::test]
async fn next_and_names_are_text_on_the_page_and_lead_nowhere_else() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let payloads = [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/%2f%2fevil.example",
        "\"><script>alert(1)</script>",
        "/if/user/?x=\"><script>alert(1)</script>",
    ];
    for payload in payloads {
        let next: String = url::form_urlencoded::byte_serialize(payload.as_bytes()).collect();
        let mut browser = Browser::default();
        let page = browser
            .get(&kit, &format!("{PAGE}?next={next}"))
            .await
            .expect(200);
        assert!(
            !page.text.contains("<script>") && !page.text.contains("evil"),
            "{payload}: {}",
            page.text
        );
        let wrong = browser
            .submit(&kit, &page, &[("uid_field", payload), ("password", "x")])
            .await
            .expect(422);
        assert!(!wrong.text.contains("<script>alert"), "{payload}");
        let done = browser
            .submit(
                &kit,
                &wrong,
                &[("uid_field", "mia"), ("password", "pw-mia")],
            )
            .await
            .expect(303);
        assert!(
            done.location() == "/" || done.location().starts_with("/if/user/?x="),
            "{}",
            done.location()
        );
        let inner: String =
            url::form_urlencoded::byte_serialize(format!("next={next}").as_bytes()).collect();
        let executor = format!("/api/v3/flows/executor/default-authentication-flow/?query={inner}");
        let mut client = Browser::default();
        let answer = json!({ "uid_field": "mia", "password": "pw-mia" });
        let done = client
            .post_json(&kit, &executor, &answer)
            .await
            .expect(200)
            .json();
        if payload.starts_with("/if/") {
            assert_eq!(done["component"], "xak-flow-redirect");
        } else {
            assert_eq!(done["error_message"], "Invalid next URL", "{payload}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_50_parallel_answers_to_one_step_one_signs_in() {
    let kit = std::sync::Arc::new(Kit::new().await);
    kit.person(7, "mia").await;
    let at = "/api/v3/flows/executor/two-pages/?query=";
    let mut browser = Browser::default();
    for answer in [
        json!({ "uid_field": "mia" }),
        json!({ "password": "pw-mia" }),
    ] {
        browser.post_json(&kit, at, &answer).await.expect(302);
    }
    let answers = (0..50).map(|_| {
        let (kit, mut copy) = (std::sync::Arc::clone(&kit), browser.clone());
        tokio::spawn(async move {
            copy.post_json(&kit, at, &json!({ "remember_me": false }))
                .await
                .expect(200);
            copy.cookies.contains_key("authentik_session")
        })
    });
    let mut winners = 0;
    for answer in answers.collect::<Vec<_>>() {
        winners += u32::from(answer.await.unwrap());
    }
    assert_eq!(winners, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn go_2026_5296_parallel_sign_ins_of_200_people_each_end_as_themselves() {
    let kit = std::sync::Arc::new(Kit::new().await);
    for id in 0..200 {
        kit.person(100 + id, &format!("person-{id}-x")).await;
    }
    // The queue of the hashing thread holds 64; a browser would try again.
    let gate = std::sync::Arc::new(tokio::sync::Semaphore::new(40));
    let people = (0..200).map(|id| {
        let (kit, gate) = (std::sync::Arc::clone(&kit), std::sync::Arc::clone(&gate));
        tokio::spawn(async move {
            let name = format!("person-{id}-x");
            let mut browser = Browser::from(&format!("198.51.{}.{id}", id % 100));
            let page = browser.get(&kit, PAGE).await.expect(200);
            let _turn = gate.acquire().await.unwrap();
            let password = format!("pw-{name}");
            browser
                .submit(
                    &kit,
                    &page,
                    &[("uid_field", &name), ("password", &password)],
                )
                .await
                .expect(303);
            let library = browser.get(&kit, "/if/user/").await.expect(200);
            assert!(library.text.contains(&name), "{name}");
        })
    });
    for one in people.collect::<Vec<_>>() {
        one.await.unwrap();
    }
}

/// Headers that an attacker may send with a login, each of which something reads.
const STRANGE: [(&str, &str); 12] = [
    ("x-forwarded-for", "garbage"),
    ("x-forwarded-for", "1.2.3.4, x"),
    ("x-forwarded-for", ""),
    ("x-forwarded-for", "::::"),
    ("x-forwarded-host", "a b"),
    ("x-forwarded-host", "a,b"),
    ("x-forwarded-proto", "gopher"),
    ("cookie", "authentik_session=%00; authentik_device=x"),
    ("user-agent", "é"),
    ("accept", ""),
    ("accept-language", "x"),
    ("origin", "null, null"),
];

#[tokio::test]
async fn cve_2024_47070_no_header_makes_a_step_of_the_sign_in_fall_away() {
    let kit = Kit::new().await;
    for (at, (name, value)) in STRANGE.into_iter().enumerate() {
        let (id, who) = (100 + i64::try_from(at).unwrap(), format!("user-{at}"));
        kit.person(id, &who).await;
        let mut browser = Browser::default();
        let first = browser.get(&kit, "/if/flow/two-pages/").await.expect(200);
        browser.headers.push((name, value.to_owned()));
        let named = browser.submit(&kit, &first, &[("uid_field", &who)]).await;
        let second = match named.location() {
            "" => first,
            place => browser.get(&kit, place).await,
        };
        for password in ["", "no"] {
            browser
                .submit(&kit, &second, &[("password", password)])
                .await;
            let signed_in = browser.cookies.contains_key("authentik_session");
            assert!(!signed_in, "{name}: {value}");
        }
    }
}
