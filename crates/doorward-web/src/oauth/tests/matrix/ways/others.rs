//! Requests sent ahead, tokens bound to a key, and GitHub's addresses.

use http::Request;

use super::{came_of, text};
use crate::oauth::tests::kit::proofs::{for_userinfo, proof};
use crate::oauth::tests::kit::{CALLBACK, Client, Kit, Seen, challenge, encoded, exchange};

const OWN_KEY: &str = super::OWN_KEY;
const TOKEN: &str = "/application/o/token/";

/// The name of a request that the client sent ahead.
pub(super) async fn pushed(kit: &Kit, client: &Client) -> String {
    let challenge = challenge();
    let form = [
        ("client_id", &*client.id),
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let basic = client.basic();
    let seen = kit.post("/application/o/par/", Some(&basic), &form).await;
    text(&seen.expect(201).json(), "request_uri")
}

/// The browser brings it.
pub(super) async fn brought(kit: &Kit, client: &Client, name: &str) -> String {
    let asked = [("client_id", &*client.id), ("request_uri", name)];
    came_of(&kit.authorize(&asked).await)
}

/// An access token that is worth something with [`OWN_KEY`] alone.
pub(super) async fn with_key(kit: &Kit, client: &Client) -> Option<String> {
    let code = super::code_for(kit, client, "openid", "").await?;
    let proof = proof(OWN_KEY, "POST", TOKEN, &serde_json::json!({}));
    let request = Request::post(TOKEN)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("authorization", client.basic())
        .header("dpop", proof);
    let told = kit.send(request, encoded(&exchange(&code))).await;
    Some(text(&told.expect(200).json(), "access_token"))
}

pub(super) async fn userinfo_with_key(kit: &Kit, token: &str) -> Seen {
    let request = Request::get("/application/o/userinfo/")
        .header("authorization", format!("DPoP {token}"))
        .header("dpop", for_userinfo(OWN_KEY, token));
    kit.send(request, String::new()).await
}

/// As GitHub's apps ask, over to our own endpoint.
async fn asked_at_githubs(kit: &Kit, client: &Client) -> Seen {
    let asked = encoded(&[("client_id", &client.id), ("redirect_uri", CALLBACK)]);
    let path = format!("/login/oauth/authorize?{asked}");
    let over = kit.browse(&path).await.expect(303);
    let seen = kit.browse(over.header("location")).await;
    kit.agreed(seen).await
}

pub(super) async fn authorized_at_githubs(kit: &Kit, client: &Client) -> String {
    came_of(&asked_at_githubs(kit, client).await)
}

/// A code, and the token that another one led to.
pub(super) async fn begun_at_githubs(kit: &Kit, client: &Client) -> Option<[String; 2]> {
    let mut codes = Vec::new();
    for _ in 0..2 {
        let seen = asked_at_githubs(kit, client).await;
        let is_answer = seen.header("location").starts_with(CALLBACK);
        codes.push(is_answer.then(|| seen.answer()["code"].clone())?);
    }
    let told = exchanged_at_githubs(kit, client, &codes.pop()?).await;
    Some([codes.pop()?, text(&told.expect(200).json(), "access_token")])
}

pub(super) async fn exchanged_at_githubs(kit: &Kit, client: &Client, code: &str) -> Seen {
    let form = [
        ("client_id", &*client.id),
        ("client_secret", &*client.secret),
        ("code", code),
        ("redirect_uri", CALLBACK),
    ];
    let request = Request::post("/login/oauth/access_token")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "application/json");
    kit.send(request, encoded(&form)).await
}

pub(super) async fn user_at_githubs(kit: &Kit, token: &str) -> Seen {
    let request = Request::get("/user").header("authorization", format!("token {token}"));
    kit.send(request, String::new()).await
}
