//! Signing out at an app's wish, and apps that hear of it.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use doorward_protocol::jose::{Typ, VerifyingKey, read_set, verify};
use doorward_store::relying_session;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::kit::{CALLBACK, Client, Kit, Seen, claims, encoded, now, wait};

const BYE: &str = "https://photos.example.org/bye";

/// A client that may send people to `BYE`, and whose wish ends everything.
async fn client(kit: &Kit, more: Value) -> Client {
    let mut all = json!({
        "invalidation_flow": kit.flow("default-invalidation-flow"),
        "redirect_uris": [
            { "matching_mode": "strict", "url": CALLBACK },
            { "matching_mode": "strict", "url": BYE, "redirect_uri_type": "logout" },
        ],
    });
    let more = more.as_object().unwrap().clone();
    all.as_object_mut().unwrap().extend(more);
    kit.client("photos", all).await
}

async fn end(kit: &Kit, parameters: &[(&str, &str)]) -> Seen {
    let query = encoded(parameters);
    kit.browse(&format!("/application/o/photos/end-session/?{query}"))
        .await
}

async fn silently(kit: &Kit, client: &Client) -> String {
    let seen = kit
        .authorize(&[
            ("client_id", &client.id),
            ("response_type", "code"),
            ("redirect_uri", CALLBACK),
            ("scope", "openid"),
            ("prompt", "none"),
        ])
        .await;
    let answer = seen.expect(303).answer();
    answer.get("error").cloned().unwrap_or_default()
}

fn hint(tokens: &Value) -> &str {
    tokens["id_token"].as_str().unwrap()
}

#[tokio::test]
async fn a_hint_and_a_registered_address_sign_out_and_lead_there_with_the_state() {
    for kit in Kit::every().await {
        let client = client(&kit, json!({})).await;
        let tokens = kit.tokens(&client, "openid").await;
        let access = tokens["access_token"].as_str().unwrap();
        wait(2 * 3_600_000);
        let wish = [
            ("id_token_hint", hint(&tokens)),
            ("post_logout_redirect_uri", BYE),
            ("state", "a&b"),
        ];
        let seen = end(&kit, &wish).await.expect(303);
        assert_eq!(
            seen.header("location"),
            format!("{BYE}?state=a%26b"),
            "late is fine"
        );
        assert!(seen.header("set-cookie").contains("authentik_session="));
        assert_eq!(silently(&kit, &client).await, "login_required");
        kit.userinfo(access).await.expect(401);
        // Once more, with nobody signed in: nothing to do, and on (authentik #24012).
        let seen = end(&kit, &wish[..2]).await.expect(303);
        assert_eq!(seen.header("location"), BYE);
    }
}

#[tokio::test]
async fn without_a_hint_of_ours_somebody_is_asked_and_nobody_is_sent_anywhere() {
    let kit = Kit::sqlite().await;
    let client = client(&kit, json!({})).await;
    let tokens = kit.tokens(&client, "openid").await;
    let good = hint(&tokens);
    let (head, rest) = good.split_once('.').unwrap();
    let (body, _) = rest.split_once('.').unwrap();
    let none = format!("eyJhbGciOiJub25lIn0.{body}.");
    let cut = format!("{head}.{body}.AAAA");
    let access = tokens["access_token"].as_str().unwrap();
    for hint in ["", "nonsense", &none, &cut, access] {
        let wish = [("id_token_hint", hint), ("post_logout_redirect_uri", BYE)];
        let seen = end(&kit, &wish).await.expect(200);
        assert!(
            seen.text.contains("name=\"scope\" value=\"all\""),
            "{}",
            seen.text
        );
        assert_eq!(seen.header("location"), "");
    }
    for parameters in [
        vec![],
        vec![("state", "x")],
        vec![("client_id", "id-of-photos")],
    ] {
        end(&kit, &parameters).await.expect(200);
    }
    assert_eq!(silently(&kit, &client).await, "", "still signed in");
}

/// RP-Initiated Logout 1.0 §3
#[tokio::test]
async fn an_address_that_is_not_registered_for_it_ends_nothing() {
    let kit = Kit::sqlite().await;
    let client = client(&kit, json!({})).await;
    let tokens = kit.tokens(&client, "openid").await;
    let more = format!("{BYE}?foo=bar");
    for uri in [CALLBACK, &*more, "https://evil.tld/", "javascript:alert(1)"] {
        let wish = [
            ("id_token_hint", hint(&tokens)),
            ("post_logout_redirect_uri", uri),
        ];
        let seen = end(&kit, &wish).await.expect(400);
        assert_eq!(seen.header("location"), "", "{uri}");
    }
    assert_eq!(silently(&kit, &client).await, "");
}

#[tokio::test]
async fn the_answer_to_the_question_ends_the_app_or_all_and_only_in_its_session() {
    for scope in ["app", "all"] {
        let mut kit = Kit::sqlite().await;
        let client = client(&kit, json!({})).await;
        let tokens = kit.tokens(&client, "openid").await;
        let seen = end(&kit, &[]).await.expect(200);
        let question = seen.after("name=\"csrf\" value=\"");
        let action = seen.after("method=\"post\" action=\"");
        let form = [("csrf", &*question), ("scope", scope)];
        let first = kit.cookie.clone();
        kit.sign_in().await;
        kit.submit(&action, &form).await.expect(403);
        kit.cookie = first;
        let seen = kit.submit(&action, &form).await.expect(200);
        assert_eq!(
            seen.header("set-cookie").contains("authentik_session="),
            scope == "all"
        );
        kit.userinfo(tokens["access_token"].as_str().unwrap())
            .await
            .expect(401);
        let after = silently(&kit, &client).await;
        assert_eq!(after == "login_required", scope == "all", "{after}");
    }
}

/// OpenID Connect Front-Channel Logout 1.0 §3
#[tokio::test]
async fn apps_that_hear_in_the_browser_are_framed_with_issuer_and_sid_alone() {
    for kit in Kit::every().await {
        let front = json!({ "logout_uri": "https://wiki.example.org/bye?a=b", "logout_method": "frontchannel" });
        let wiki = kit.client("wiki", front).await;
        let client = client(&kit, json!({})).await;
        let heard = kit.tokens(&wiki, "openid").await;
        let tokens = kit.tokens(&client, "openid").await;
        let wish = [
            ("id_token_hint", hint(&tokens)),
            ("post_logout_redirect_uri", BYE),
        ];
        let seen = end(&kit, &wish).await.expect(200);
        let frame = seen.after("<iframe hidden src=\"");
        let id = claims(hint(&heard));
        let issuer = encoded(&[("iss", id["iss"].as_str().unwrap())]);
        let sid = id["sid"].as_str().unwrap();
        assert_eq!(
            frame,
            format!("https://wiki.example.org/bye?a=b&{issuer}&sid={sid}")
        );
        let policy = seen.header("content-security-policy");
        assert!(
            policy.contains("frame-src https://wiki.example.org;"),
            "{policy}"
        );
        assert_eq!(seen.header("refresh"), format!("3; url={BYE}"));
        assert_eq!(silently(&kit, &client).await, "login_required");
    }
}

/// An app that listens for logout tokens: answers each call with the next status.
fn listener(statuses: &'static [u16]) -> (String, std::thread::JoinHandle<Vec<String>>) {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/logout", socket.local_addr().unwrap());
    let heard = std::thread::spawn(move || {
        let mut all = Vec::new();
        for status in statuses {
            let (mut stream, _) = socket.accept().unwrap();
            let mut text = String::new();
            let mut bytes = [0; 8192];
            while !text.contains("logout_token=") {
                let count = stream.read(&mut bytes).unwrap();
                assert!(count > 0, "the request ends early: {text}");
                text.push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
            let answer =
                format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).unwrap();
            all.push(text);
        }
        all
    });
    (address, heard)
}

/// OpenID Connect Back-Channel Logout 1.0 §2.4 to §2.8
#[tokio::test]
async fn an_app_is_told_once_that_a_session_ended_and_again_until_it_has_heard() {
    for kit in Kit::every().await {
        let (address, heard) = listener(&[500, 204]);
        let client = client(&kit, json!({ "logout_uri": address })).await;
        let tokens = kit.tokens(&client, "openid").await;
        assert_eq!(
            kit.engine.tell_logouts_once(now()).await.unwrap(),
            0,
            "nothing ended"
        );
        let wish = [("id_token_hint", hint(&tokens))];
        end(&kit, &wish).await.expect(200);
        assert_eq!(
            kit.engine.tell_logouts_once(now()).await.unwrap(),
            0,
            "it failed"
        );
        assert_eq!(
            kit.engine.tell_logouts_once(now()).await.unwrap(),
            0,
            "not yet again"
        );
        wait(60_000);
        assert_eq!(kit.engine.tell_logouts_once(now()).await.unwrap(), 1);
        wait(3_600_000);
        assert_eq!(
            kit.engine.tell_logouts_once(now()).await.unwrap(),
            0,
            "told once"
        );
        let heard = heard.join().unwrap();
        let (line, body) = heard[1].split_once("\r\n\r\n").unwrap();
        assert!(line.starts_with("POST /logout "), "{line}");
        let form: Vec<_> = form_urlencoded::parse(body.as_bytes())
            .into_owned()
            .collect();
        assert_eq!(form.len(), 1, "only the token");
        let set = kit.get("/application/o/photos/jwks/").await.text;
        let keys = read_set(set.as_bytes()).unwrap();
        let keys: Vec<_> = keys
            .iter()
            .map(|key| VerifyingKey::new(key).unwrap())
            .collect();
        let told = verify(&form[0].1, Typ::LogoutToken, &keys).unwrap().claims;
        let id = claims(hint(&tokens));
        for same in ["iss", "sub", "aud", "sid"] {
            assert_eq!(told[same], id[same], "{same}");
        }
        assert_eq!(
            told["events"],
            json!({ "http://schemas.openid.net/event/backchannel-logout": {} })
        );
        assert!(
            told.contains_key("jti") && told.contains_key("iat") && !told.contains_key("nonce")
        );
    }
}

#[tokio::test]
async fn whatever_ends_a_session_is_heard_of() {
    for how in ["its time", "an account that was shut"] {
        for mut kit in Kit::every().await {
            kit.sign_in().await;
            let (address, heard) = listener(&[200]);
            let client = client(&kit, json!({ "logout_uri": address })).await;
            kit.tokens(&client, "openid").await;
            match how {
                "its time" => wait(31 * 86_400_000),
                _ => kit.shut_mia().await,
            }
            assert_eq!(
                kit.engine.tell_logouts_once(now()).await.unwrap(),
                1,
                "{how}"
            );
            heard.join().unwrap();
        }
    }
}

/// The tokens that an app was sent.
fn logout_tokens(heard: &[String]) -> Vec<serde_json::Map<String, Value>> {
    let token = |request: &String| {
        let (_, body) = request.split_once("\r\n\r\n").unwrap();
        claims(body.strip_prefix("logout_token=").unwrap())
    };
    heard.iter().map(token).collect()
}

#[tokio::test]
async fn a_notice_keeps_its_name_each_time_and_no_other_has_it() {
    for mut kit in Kit::every().await {
        let (address, heard) = listener(&[500, 500, 200, 200]);
        let client = client(&kit, json!({ "logout_uri": address })).await;
        for tries in [3, 1] {
            kit.sign_in().await;
            let tokens = kit.tokens(&client, "openid").await;
            end(&kit, &[("id_token_hint", hint(&tokens))])
                .await
                .expect(200);
            for _ in 0..tries {
                kit.engine.tell_logouts_once(now()).await.unwrap();
                wait(3_600_000);
            }
        }
        let told = logout_tokens(&heard.join().unwrap());
        assert_eq!(told[0]["jti"], told[1]["jti"]);
        assert_eq!(told[0]["jti"], told[2]["jti"]);
        assert_ne!(told[0]["jti"], told[3]["jti"]);
    }
}

#[tokio::test]
async fn an_app_that_does_not_answer_keeps_no_other_waiting() {
    for kit in Kit::every().await {
        // Each answers only once both were asked.
        let both = std::sync::Arc::new(std::sync::Barrier::new(2));
        for slug in ["photos", "music"] {
            let socket = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = format!("http://{}/logout", socket.local_addr().unwrap());
            let both = std::sync::Arc::clone(&both);
            std::thread::spawn(move || {
                let (mut stream, _) = socket.accept().unwrap();
                let _read = stream.read(&mut [0; 8192]).unwrap();
                both.wait();
                let answer = "HTTP/1.1 204 x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                stream.write_all(answer.as_bytes()).unwrap();
            });
            let client = kit.client(slug, json!({ "logout_uri": address })).await;
            kit.tokens(&client, "openid").await;
        }
        kit.shut_mia().await;
        assert_eq!(kit.engine.tell_logouts_once(now()).await.unwrap(), 2);
    }
}

#[tokio::test]
async fn what_an_app_is_to_be_told_waits_while_its_provider_cannot_be_served() {
    for kit in Kit::every().await {
        let (address, heard) = listener(&[200]);
        let client = client(&kit, json!({ "logout_uri": address })).await;
        kit.tokens(&client, "openid").await;
        kit.use_provider("photos", None).await;
        kit.shut_mia().await;
        for _ in 0..3 {
            assert_eq!(kit.engine.tell_logouts_once(now()).await.unwrap(), 0);
            wait(3_600_000);
        }
        kit.use_provider("photos", Some(client.provider)).await;
        assert_eq!(kit.engine.tell_logouts_once(now()).await.unwrap(), 1);
        heard.join().unwrap();
    }
}

#[tokio::test]
async fn sessions_that_ended_are_looked_for_in_bounded_turns() {
    for kit in Kit::every().await {
        let client = client(&kit, json!({})).await;
        let mut tx = kit.engine.store.begin().await.unwrap();
        for number in 0..450 {
            let row = relying_session::RelyingSessionRow {
                session_id: format!("gone {number}"),
                provider_id: client.provider,
                user_id: super::kit::MIA,
                sub: "mia".to_owned(),
                created_at: now(),
            };
            relying_session::insert(&mut tx, &row).await.unwrap();
        }
        kit.engine.commit(tx).await.unwrap();
        for is_any_left in [true, true, false] {
            kit.engine.tell_logouts_once(now()).await.unwrap();
            let mut tx = kit.engine.store.read().await.unwrap();
            let left = relying_session::is_any_left(&mut tx, now()).await.unwrap();
            assert_eq!(left, is_any_left);
        }
    }
}

/// Front-Channel Logout 1.0 §3: whatever the person was asked by, the apps of the session are told.
#[tokio::test]
async fn whoever_signs_out_here_leads_the_browser_to_the_apps_that_hear_in_it() {
    for kit in Kit::every().await {
        let front = json!({ "logout_uri": "https://wiki.example.org/bye", "logout_method": "frontchannel" });
        let wiki = kit.client("wiki", front).await;
        let heard = kit.tokens(&wiki, "openid").await;
        let page = "/if/flow/default-invalidation-flow/";
        let question = kit.browse(page).await.expect(200);
        let seen = kit
            .answered(&question, &[("scope", "all")])
            .await
            .expect(200);
        let id = claims(hint(&heard));
        let told = encoded(&[
            ("iss", id["iss"].as_str().unwrap()),
            ("sid", id["sid"].as_str().unwrap()),
        ]);
        let frame = seen.after("<iframe hidden src=\"");
        assert_eq!(
            frame.replace("&amp;", "&"),
            format!("https://wiki.example.org/bye?{told}")
        );
        assert_eq!(seen.header("refresh"), "3; url=/");
        assert_eq!(silently(&kit, &wiki).await, "login_required");
    }
}

/// CVE-2026-4874
#[tokio::test]
async fn a_client_that_registered_itself_has_nothing_called_in_this_network() {
    for kit in Kit::every().await {
        let parent = kit.client("parent", json!({})).await;
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        let address = format!("http://{}/logout", socket.local_addr().unwrap());
        let more = json!({ "logout_uri": address, "issuer_provider": parent.provider });
        let client = client(&kit, more).await;
        kit.tokens(&client, "openid").await;
        kit.shut_mia().await;
        assert_eq!(kit.engine.tell_logouts_once(now()).await.unwrap(), 0);
        assert!(socket.accept().is_err(), "it was called");
    }
}
