//! Stages that mail, their templates, and invitations by mail.

use doorward_store::mail;
use serde_json::json;

use super::kit::{Role, Server};

#[tokio::test]
async fn a_stages_mail_password_is_kept_sealed_and_never_shown() {
    for server in Server::every().await {
        let body = json!({ "name": "own server", "host": "mail.example.org", "port": 587,
            "use_tls": true, "username": "door", "password": "green-letter-box" });
        let made = server.post("/stages/email/", &body).await;
        assert_eq!(made.get("password"), None);
        let path = format!("/stages/email/{}/", made["pk"].as_str().unwrap());
        let change = json!({ "timeout": 20 });
        let seen = server.call(Role::Admin, "patch", &path, &change).await;
        assert!(!Server::expect(seen, 200).to_string().contains("green"));
        let snapshot = server.engine.snapshot();
        let stage = &snapshot.stages[made["pk"].as_str().unwrap()];
        let kept = stage.config["password"].as_str().unwrap();
        assert!(kept.starts_with("v1.") && !kept.contains("green"), "{kept}");
        for (field, value) in [("port", json!(70_000)), ("timeout", json!(0))] {
            let wrong = json!({ field: value });
            let seen = server.call(Role::Admin, "patch", &path, &wrong).await;
            assert_eq!(seen.status.as_u16(), 400, "{field}");
            assert!(seen.body[field].is_array(), "{}", seen.body);
        }
    }
}

/// The last review: whoever may change the address of a server, and never knew the password, had it
/// sent to their own.
#[tokio::test]
async fn a_stored_secret_goes_to_no_other_address_than_it_was_entered_for() {
    let mail = json!({ "name": "own", "host": "mail.example.org", "port": 587, "use_tls": true,
        "username": "door", "password": "green-letter-box" });
    let captcha = json!({ "name": "robots", "public_key": "p", "private_key": "green-letter-box",
        "js_url": "https://captcha.example.org/a.js", "api_url": "https://captcha.example.org/verify" });
    for server in Server::every().await {
        for (path, body, secret, place, elsewhere) in [
            (
                "stages/email",
                &mail,
                "password",
                "host",
                json!("evil.example.net"),
            ),
            ("stages/email", &mail, "password", "port", json!(2525)),
            (
                "stages/authenticator/email",
                &mail,
                "password",
                "host",
                json!("evil.example.net"),
            ),
            (
                "stages/captcha",
                &captcha,
                "private_key",
                "api_url",
                json!("https://evil.example.net/"),
            ),
        ] {
            let made = server.post(&format!("/{path}/"), body).await;
            let path = format!("/{path}/{}/", made["pk"].as_str().unwrap());
            let change = json!({ place: elsewhere });
            let seen = server.call(Role::Admin, "patch", &path, &change).await;
            assert_eq!(seen.status.as_u16(), 400, "{path} {place}");
            let told = seen.body[secret][0].as_str().unwrap_or_default();
            assert!(
                told.contains(place) && told.contains("enter this again"),
                "{}",
                seen.body
            );
            // With the secret, or where nothing moves, it is as ever.
            let whole = json!({ place: elsewhere, secret: "another-letter-box" });
            for change in [json!({ "name": "renamed" }), whole] {
                let seen = server.call(Role::Admin, "patch", &path, &change).await;
                Server::expect(seen, 200);
            }
            let seen = server
                .call(Role::Admin, "delete", &path, &json!(null))
                .await;
            assert_eq!(seen.status.as_u16(), 204);
        }
        let bare = json!({ "name": "bare", "host": "a.example.org" });
        let made = server.post("/stages/email/", &bare).await;
        let path = format!("/stages/email/{}/", made["pk"].as_str().unwrap());
        let change = json!({ "host": "b.example.org" });
        Server::expect(server.call(Role::Admin, "patch", &path, &change).await, 200);
    }
}

#[tokio::test]
async fn a_private_key_is_sent_to_another_machine_encrypted_or_not_at_all() {
    let server = Server::sqlite().await;
    let with = |name: &str, url: &str| {
        json!({ "name": name, "public_key": "p", "private_key": "k", "api_url": url,
            "js_url": "https://captcha.example.org/a.js" })
    };
    let path = "/stages/captcha/";
    for url in [
        "http://captcha.example.org/verify",
        "http://192.0.2.1/",
        "http://localhost.example.org/",
    ] {
        let seen = server
            .call(Role::Admin, "post", path, &with("a", url))
            .await;
        assert_eq!(seen.status.as_u16(), 400, "{url}");
        assert!(seen.body["api_url"][0].as_str().unwrap().contains("https"));
    }
    for (name, url) in [
        ("b", "http://127.0.0.1:9/"),
        ("c", "http://localhost:9/"),
        ("d", "http://[::1]:9/"),
    ] {
        server.post(path, &with(name, url)).await;
    }
}

#[tokio::test]
async fn the_templates_that_a_stage_may_name_are_listed() {
    let server = Server::sqlite().await;
    let list = server.get("/stages/email/templates/").await.body;
    let names: Vec<_> = list.as_array().unwrap().iter().collect();
    let names: Vec<_> = names.iter().map(|one| one["name"].clone()).collect();
    for name in [
        "password_reset",
        "account_confirmation",
        "email_otp",
        "invitation",
        "setup",
    ] {
        assert!(
            names.contains(&json!(format!("email/{name}.html"))),
            "{name}"
        );
    }
    assert!(!names.contains(&json!("email/base.html")));
}

#[tokio::test]
async fn an_invitation_goes_to_everybody_in_a_letter_of_their_own_or_to_nobody() {
    let server = Server::sqlite().await;
    let flow =
        json!({ "name": "Join", "title": "Join", "slug": "join", "designation": "enrollment" });
    let flow = server.post("/flows/instances/", &flow).await["pk"].clone();
    let body = json!({ "name": "guests", "flow": flow });
    let made = server.post("/stages/invitation/invitations/", &body).await;
    let aimless = server
        .post(
            "/stages/invitation/invitations/",
            &json!({ "name": "aimless" }),
        )
        .await;
    let send = async |made: &serde_json::Value, body: serde_json::Value| {
        let pk = made["pk"].as_str().unwrap();
        let path = format!("/stages/invitation/invitations/{pk}/send_email/");
        server.call(Role::Admin, "post", &path, &body).await
    };
    let both = json!({ "email_addresses": ["ann@example.org", "bob@example.org"],
        "cc_addresses": ["bob@example.org"] });
    let seen = send(&made, both.clone()).await;
    assert_eq!(seen.status.as_u16(), 400, "there is no public address yet");
    let stage = json!({ "name": "own server", "host": "localhost" });
    server.post("/stages/email/", &stage).await;
    let base = json!({ "base_url": "https://auth.example.org" });
    let seen = server
        .call(Role::Admin, "patch", "/admin/settings/", &base)
        .await;
    Server::expect(seen, 200);
    let seen = send(&made, both.clone()).await;
    let words = seen.body["non_field_errors"][0].as_str().unwrap();
    assert!(words.contains("mail is not set up"), "{words}");
    for (body, field) in [
        (json!({}), "email_addresses"),
        (json!({ "email_addresses": [] }), "email_addresses"),
        (
            json!({ "email_addresses": "ann@example.org" }),
            "email_addresses",
        ),
        (json!({ "email_addresses": ["ann"] }), "email_addresses"),
        (
            json!({ "email_addresses": ["a@b.org"], "bcc_addresses": [7] }),
            "bcc_addresses",
        ),
        (
            json!({ "email_addresses": vec![""; 500] }),
            "email_addresses",
        ),
    ] {
        let seen = send(&made, body.clone()).await;
        assert!(seen.body[field].is_array(), "{body}: {}", seen.body);
    }
    assert_eq!(send(&aimless, both).await.status.as_u16(), 400);
    let mut tx = server.engine.store.read().await.unwrap();
    assert_eq!(mail::count(&mut tx).await.unwrap(), 0);
}
