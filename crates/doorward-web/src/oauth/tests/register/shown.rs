//! What a registered client says of itself, where people are asked for something in its name (OpenID
//! Connect Registration 1.0 §2).

use serde_json::{Value, json};

use super::super::kit::{CALLBACK, Client, Kit, Seen, challenge};
use super::{call, client, open, place, register, registered, said, server};

/// The smallest that is one by its first bytes.
const PICTURE: &str = "GIF89a a picture of the client";
const CONSENT: &str = "default-provider-authorization-explicit-consent";

/// A provider whose registered clients ask for consent, and a token to register there.
async fn asking(kit: &Kit) -> String {
    let flow = kit.flow(CONSENT);
    open(kit, json!({ "override_authorization_flow": flow }))
        .await
        .1
}

fn pages() -> Value {
    json!({
        "client_uri": "https://photos.example.org/",
        "policy_uri": "https://photos.example.org/policy?a=1&b=2",
        "tos_uri": "https://terms.example.org/tos",
    })
}

/// The page that asks Mia whether a client may know who she is.
pub(super) async fn question(kit: &Kit, client: &Client) -> Seen {
    let challenge = challenge();
    let asked = [
        ("client_id", &*client.id),
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid profile"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let mut seen = kit.authorize(&asked).await;
    if seen.status == 303 {
        let to = seen.header("location").to_owned();
        seen = kit.browse(&to).await;
    }
    let seen = seen.expect(200);
    assert!(seen.text.contains("ak-stage-consent"), "{seen:?}");
    seen
}

#[track_caller]
fn links_to(seen: &Seen, address: &str, host: &str) {
    let address = address.replace('&', "&amp;");
    let link = format!("<a href=\"{address}\" target=\"_blank\" rel=\"noopener noreferrer\">");
    let (_, rest) = seen
        .text
        .split_once(&link)
        .unwrap_or_else(|| panic!("{link}: {}", seen.text));
    let (item, _) = rest.split_once("</li>").unwrap();
    assert!(item.contains(host), "whose server it is: {item}");
}

/// oidc.md 3.6 `oidcc-registration-policy-uri`, `oidcc-registration-tos-uri`
#[tokio::test]
async fn who_is_asked_for_consent_is_shown_what_the_client_says_of_itself() {
    for kit in Kit::every().await {
        let token = asking(&kit).await;
        let mut more = pages();
        more["client_name"] = json!("Photos of everybody");
        more["client_name#de"] = json!("Bilder");
        let told = registered(&kit, &token, &more).await;
        assert!(told.get("client_name#de").is_none(), "it is not kept");
        let seen = question(&kit, &client(&told)).await;
        links_to(&seen, "https://photos.example.org/", "photos.example.org");
        let policy = more["policy_uri"].as_str().unwrap();
        links_to(&seen, policy, "photos.example.org");
        links_to(&seen, "https://terms.example.org/tos", "terms.example.org");
        let unchecked = "Photos of everybody registered itself here.";
        assert!(seen.text.contains(unchecked), "{}", seen.text);
        assert!(
            seen.text.contains("Photos of everybody will know"),
            "{}",
            seen.text
        );
    }
}

/// Whoever has yet to sign in sees on the way where they are going.
#[tokio::test]
async fn who_signs_in_on_the_way_to_a_registered_client_sees_it_as_well() {
    let mut kit = Kit::sqlite().await;
    let token = asking(&kit).await;
    let told = registered(&kit, &token, &pages()).await;
    let own = client(&told);
    kit.cookie = String::new();
    let asked = [
        ("client_id", &*own.id),
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid"),
    ];
    let mut seen = kit.authorize(&asked).await;
    for _ in 0..5 {
        if seen.status.is_redirection() {
            let to = seen.header("location").to_owned();
            seen = kit.browse(&to).await;
        }
    }
    let seen = seen.expect(200);
    assert!(seen.text.contains("uid_field"), "{}", seen.text);
    links_to(&seen, "https://terms.example.org/tos", "terms.example.org");
}

/// RFC 8628 §5.4: so does who lets a device in.
#[tokio::test]
async fn who_lets_a_device_in_sees_whose_it_is() {
    let kit = Kit::sqlite().await;
    let (_, token) = open(&kit, json!({})).await;
    let mut more = pages();
    more["grant_types"] = json!(["urn:ietf:params:oauth:grant-type:device_code"]);
    more["response_types"] = json!([]);
    let own = client(&registered(&kit, &token, &more).await);
    let form = [("client_id", &*own.id), ("scope", "openid")];
    let path = "/application/o/device/";
    let begun = kit.post(path, Some(&own.basic()), &form).await;
    let code = begun.expect(200).json()["user_code"].clone();
    let field = kit.browse("/device").await.expect(200);
    let csrf = field.after("name=\"csrf\" value=\"");
    let form = [("csrf", &*csrf), ("code", code.as_str().unwrap())];
    let seen = kit.submit("/device", &form).await.expect(200);
    links_to(&seen, "https://terms.example.org/tos", "terms.example.org");
}

/// oidc.md 3.6 `oidcc-registration-logo-uri`; no browser asks the client's server for it.
#[tokio::test]
async fn a_clients_picture_is_fetched_once_and_shown_from_here() {
    for kit in Kit::every_near().await {
        let token = asking(&kit).await;
        let (near, asked) = server(vec![PICTURE.to_owned(), "GIF89a another".to_owned()]);
        let told = registered(&kit, &token, &json!({ "logo_uri": near })).await;
        assert_eq!(told["logo_uri"], near);
        for _ in 0..2 {
            let seen = question(&kit, &client(&told)).await;
            assert!(!seen.text.contains(&near), "{}", seen.text);
            let policy = seen.header("content-security-policy");
            assert!(policy.contains("img-src 'self' data:;"), "{policy}");
            let shown = seen.after("<img class=\"logo\" src=\"");
            let picture = kit.get(&shown).await.expect(200);
            assert_eq!(picture.text, PICTURE);
            assert_eq!(picture.header("content-type"), "image/gif");
            assert_eq!(picture.header("x-content-type-options"), "nosniff");
            let policy = picture.header("content-security-policy");
            assert_eq!(policy, "default-src 'none'; sandbox");
        }
        assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 1);
    }
}

/// RFC 7592 §2.2: what is not said any more is not shown any more, and with the client it is gone.
#[tokio::test]
async fn a_picture_goes_when_its_client_names_none_or_goes() {
    for kit in Kit::every_near().await {
        let token = asking(&kit).await;
        let (near, _) = server(vec![PICTURE.to_owned()]);
        let logo = json!({ "logo_uri": near });
        let told = registered(&kit, &token, &logo).await;
        let shown = question(&kit, &client(&told)).await;
        let shown = shown.after("<img class=\"logo\" src=\"");
        let (path, key) = place(&told);
        for (more, status) in [(json!({}), 404), (logo, 200)] {
            let mut body = said(&more);
            body["client_id"] = told["client_id"].clone();
            call(&kit, "PUT", &path, &key, Some(&body))
                .await
                .expect(200);
            kit.get(&shown).await.expect(status);
        }
        let pk = {
            kit.engine
                .snapshot()
                .oauth
                .named(&client(&told).id)
                .unwrap()
                .provider
                .pk
        };
        call(&kit, "DELETE", &path, &key, None).await.expect(204);
        kit.get(&shown).await.expect(404);
        let mut tx = kit.engine.store.read().await.unwrap();
        let left = doorward_store::client_logo::find(&mut tx, pk).await;
        assert_eq!(left.unwrap(), None);
    }
}

/// CVE-2026-4874: a picture is no way to ask this server's own network, nor to put a page of one's own
/// under its name; what cannot be shown is not said back (RFC 7591 §3.2.1).
#[tokio::test]
async fn what_is_no_picture_of_the_internet_is_not_shown_and_not_said_back() {
    let kit = Kit::sqlite().await;
    let token = asking(&kit).await;
    let (near, asked) = server(vec![PICTURE.to_owned()]);
    let port = near.rsplit(':').next().unwrap().to_owned();
    for uri in [
        near.clone(),
        format!("https://127.0.0.1:{port}"),
        "https://169.254.169.254/latest/meta-data/".to_owned(),
        "https://10.0.0.1/logo.png".to_owned(),
    ] {
        let told = registered(&kit, &token, &json!({ "logo_uri": uri })).await;
        assert!(told.get("logo_uri").is_none(), "{told}");
        let seen = question(&kit, &client(&told)).await;
        assert!(!seen.text.contains("/logo/"), "{}", seen.text);
    }
    assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 0);
    for kit in Kit::every_near().await {
        let token = asking(&kit).await;
        let large = format!("GIF89a{}", "x".repeat(128 * 1024));
        for body in ["<html><script>alert(1)</script>", "{}", "", &large] {
            let (near, _) = server(vec![body.to_owned()]);
            let told = registered(&kit, &token, &json!({ "logo_uri": near })).await;
            assert!(told.get("logo_uri").is_none(), "{told}");
        }
        let drawing = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script>\
                       <rect width=\"1\" height=\"1\" onload=\"alert(2)\"/></svg>";
        let (near, _) = server(vec![drawing.to_owned()]);
        let told = registered(&kit, &token, &json!({ "logo_uri": near })).await;
        assert_eq!(told["logo_uri"], near);
        let seen = question(&kit, &client(&told)).await;
        let shown = seen.after("<img class=\"logo\" src=\"");
        let picture = kit.get(&shown).await.expect(200);
        assert_eq!(picture.header("content-type"), "image/svg+xml");
        assert!(picture.text.contains("<rect"), "{}", picture.text);
        assert!(!picture.text.contains("alert"), "{}", picture.text);
    }
}

/// A link is one of the web, whoever wrote it down.
#[tokio::test]
async fn no_link_of_a_client_is_one_that_a_browser_runs() {
    let kit = Kit::sqlite().await;
    let token = asking(&kit).await;
    for name in ["client_uri", "policy_uri", "tos_uri", "logo_uri"] {
        for uri in [
            "javascript:alert(1)",
            "data:text/html,x",
            "http://photos.example.org/",
        ] {
            let seen = register(&kit, &token, &said(&json!({ name: uri }))).await;
            assert_eq!(seen.expect(400).error(), "invalid_client_metadata");
        }
    }
    let told = registered(&kit, &token, &json!({})).await;
    let own = client(&told);
    let provider = {
        kit.engine
            .snapshot()
            .oauth
            .named(&own.id)
            .unwrap()
            .provider
            .pk
    };
    let own = Client { provider, ..own };
    let said = json!({ "client_uri": "javascript:alert(1)", "tos_uri": "//evil.example/" });
    kit.amend_provider(&own, &json!({ "client_metadata": said }))
        .await;
    let seen = question(&kit, &own).await;
    for wrong in ["javascript:", "evil.example"] {
        assert!(!seen.text.contains(wrong), "{}", seen.text);
    }
}
