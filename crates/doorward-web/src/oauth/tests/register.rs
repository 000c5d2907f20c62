//! Clients that register themselves (RFC 7591), look at that, change it and go (RFC 7592).

mod attacks;
mod clients;
mod going;
mod inherited;
mod keys;
mod sectors;
mod shown;
mod strict;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use doorward_engine::Context;
use doorward_engine::resource::{self, write::Writing};
use doorward_store::user;
use http::Request;
use serde_json::{Value, json};

use super::kit::{CALLBACK, Client, Kit, Seen, now};

const PLACE: &str = "/application/o/photos/register/";
const SCOPE: &str = "goauthentik.io/oidc/dcr";
const ISSUER: &str = "https://auth.example.org/application/o/photos/";
const RULES: &str = "authentik_providers_oauth2.oauth2dynamicclientregistration";

/// A provider with which clients may be registered, and a token of its own to do so.
async fn open(kit: &Kit, more: Value) -> (Client, String) {
    let parent = kit
        .client("photos", json!({ "grant_types": ["client_credentials"] }))
        .await;
    allow(kit, &parent, more).await;
    let token = initial(kit, &parent, SCOPE).await;
    (parent, token)
}

/// An operator allows registrations; answers the permission's key.
async fn allow(kit: &Kit, parent: &Client, more: Value) -> String {
    let mut rules = json!({ "provider": parent.provider });
    let more = more.as_object().cloned().unwrap_or_default();
    rules.as_object_mut().unwrap().extend(more);
    let ctx = Context::system(now());
    let mut writing = Writing::begin(&kit.engine, &ctx).await.unwrap();
    let kind = resource::kind(RULES).unwrap();
    let key = writing.insert(kind, &rules, None).await.unwrap();
    writing.commit().await.unwrap();
    key
}

/// An access token of a client's own account with this scope.
async fn initial(kit: &Kit, client: &Client, scope: &str) -> String {
    let form = [("grant_type", "client_credentials"), ("scope", scope)];
    let tokens = kit.token(client, &form).await.expect(200).json();
    tokens["access_token"].as_str().unwrap().to_owned()
}

async fn call(kit: &Kit, method: &str, path: &str, token: &str, body: Option<&Value>) -> Seen {
    let mut request = Request::builder().method(method).uri(path);
    if !token.is_empty() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    if body.is_some() {
        request = request.header("content-type", "application/json");
    }
    let body = body.map(Value::to_string).unwrap_or_default();
    kit.send(request, body).await
}

async fn register(kit: &Kit, token: &str, said: &Value) -> Seen {
    call(kit, "POST", PLACE, token, Some(said)).await
}

/// Metadata of a usual client with these members instead or beside.
fn said(more: &Value) -> Value {
    let mut said = json!({ "client_name": "An app", "redirect_uris": [CALLBACK] });
    let more = more.as_object().cloned().unwrap_or_default();
    said.as_object_mut().unwrap().extend(more);
    said
}

async fn registered(kit: &Kit, token: &str, more: &Value) -> Value {
    let seen = register(kit, token, &said(more)).await.expect(201);
    seen.json()
}

/// The same as the kit knows clients.
fn client(told: &Value) -> Client {
    Client {
        id: told["client_id"].as_str().unwrap().to_owned(),
        secret: told["client_secret"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        provider: 0,
    }
}

/// Where a client looks at its registration, and with what.
fn place(told: &Value) -> (String, String) {
    let uri = told["registration_client_uri"].as_str().unwrap();
    let path = uri.strip_prefix("https://auth.example.org").unwrap();
    let token = told["registration_access_token"].as_str().unwrap();
    (path.to_owned(), token.to_owned())
}

/// Only this account passes what is bound to `target`.
async fn bind(kit: &Kit, target: &str, user: i64) {
    let binding = json!({ "target": target, "user": user, "order": 0 });
    let ctx = Context::system(now());
    let mut writing = Writing::begin(&kit.engine, &ctx).await.unwrap();
    let kind = resource::kind("authentik_policies.policybinding").unwrap();
    writing.insert(kind, &binding, None).await.unwrap();
    writing.commit().await.unwrap();
}

/// The id of an account.
async fn account(kit: &Kit, name: &str) -> i64 {
    let mut tx = kit.engine.store.read().await.unwrap();
    let row = user::find_by_username(&mut tx, name).await.unwrap();
    row.unwrap().id
}

/// A server on this machine that answers these bodies, one after the other and the last for ever; its
/// address and how often it was asked.
fn server(bodies: Vec<String>) -> (String, Arc<AtomicUsize>) {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/document", socket.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in socket.incoming() {
            let mut stream = stream.unwrap();
            let at = counted.fetch_add(1, Ordering::SeqCst);
            let mut head = [0; 4096];
            drop(stream.read(&mut head));
            let body = &bodies[at.min(bodies.len() - 1)];
            let length = body.len();
            let head =
                format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
            drop(stream.write_all(format!("{head}{body}").as_bytes()));
        }
    });
    (address, asked)
}
