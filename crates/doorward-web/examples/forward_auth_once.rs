//! Asks the forward-auth handler so many times in process, as Traefik would for somebody who is known:
//! no sockets, no load, one thread. `scripts/callgrind.sh` counts its instructions.
//!
//! ```text
//! forward_auth_once CHECKS
//! ```
//!
//! The rule: after the first check, which asks the store, every one is answered before the router,
//! or the run fails.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};

use axum::body::Body;
use axum::response::Response;
use doorward_engine::Engine;
use doorward_engine::session::{self, NewSession};
use doorward_engine::testing::{self, NOW};
use doorward_protocol::encoding;
use doorward_protocol::trust::TrustedProxies;
use doorward_store::resource::{self, ResourceRow};
use doorward_store::session::AppSessionRow;
use doorward_store::{Topic, Tx, change, setting};
use doorward_web::pages::Pages;
use doorward_web::{AppState, Parts, Peer, known, router};
use http::{Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt as _;

type Done<T = ()> = Result<T, Box<dyn Error>>;

const TOKEN: &str = "a-token-of-an-app-session-as-long-as-real-ones";
const CLIENT_ID: &str = "client-of-the-guarded-application";

/// What a browser and Traefik send.
const HEADERS: [(&str, &str); 19] = [
    ("host", "doorward:9000"),
    (
        "user-agent",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0",
    ),
    (
        "accept",
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    ),
    ("accept-encoding", "gzip, deflate, br, zstd"),
    ("accept-language", "en-US,en;q=0.9"),
    ("sec-fetch-dest", "document"),
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-site", "none"),
    ("sec-fetch-user", "?1"),
    ("upgrade-insecure-requests", "1"),
    ("x-forwarded-for", "203.0.113.7"),
    ("x-forwarded-host", "whoami.bench.example"),
    ("x-forwarded-method", "GET"),
    ("x-forwarded-port", "443"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-server", "gateway"),
    ("x-forwarded-uri", "/page?a=1"),
    ("x-real-ip", "203.0.113.7"),
    ("priority", "u=0, i"),
];

fn main() -> Done {
    let checks: usize = std::env::args()
        .nth(1)
        .ok_or("usage: forward_auth_once CHECKS")?
        .parse()?;
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(run(checks))
}

async fn run(checks: usize) -> Done {
    let store = doorward_store::testing::sqlite().await;
    let engine = testing::engine(&store.store).await;
    testing::add_user(&engine, 7, "jose").await;
    configure(&engine).await?;
    sign_in(&engine).await?;
    let trusted_proxies = TrustedProxies::parse(["127.0.0.0/8"])?;
    let pages = Pages::new(None);
    let state = AppState::new(Parts {
        engine,
        pages,
        trusted_proxies,
        clock: || NOW,
    });
    let cookie = cookie();
    let mut first = request(&cookie)?;
    first
        .extensions_mut()
        .insert(Peer(SocketAddr::from((Ipv4Addr::LOCALHOST, 40_000))));
    // It asks the store, by way of the router; those after it do neither.
    is_pass(&router(state.clone()).oneshot(first).await?)?;
    for _ in 0..checks {
        let request = request(&cookie)?;
        let answer = known(&state, &request, Ipv4Addr::LOCALHOST.into());
        is_pass(&answer.ok_or("a check was left to the router")?)?;
    }
    Ok(())
}

fn request(cookie: &str) -> Done<Request<Body>> {
    let mut request = Request::get("/outpost.goauthentik.io/auth/traefik");
    for (name, value) in HEADERS {
        request = request.header(name, value);
    }
    Ok(request.header("cookie", cookie).body(Body::empty())?)
}

fn is_pass(response: &Response) -> Done {
    let is_jose = response
        .headers()
        .get("x-authentik-username")
        .is_some_and(|name| name == "jose");
    if response.status() == StatusCode::OK && is_jose {
        return Ok(());
    }
    Err(format!("a check was answered {}", response.status()).into())
}

fn cookie() -> String {
    let hash = encoding::hex(encoding::sha256(CLIENT_ID.as_bytes()));
    format!("theme=dark; authentik_proxy_{}={TOKEN}", &hash[..8])
}

async fn configure(engine: &Engine) -> Done {
    let mut tx = engine.store.begin().await?;
    setting::insert_once(&mut tx, "base_url", "\"https://auth.bench.example\"", NOW).await?;
    setting::insert_once(&mut tx, "setup_done", "true", NOW).await?;
    let provider = json!({ "pk": 1, "name": "Provider for whoami", "client_id": CLIENT_ID,
        "mode": "forward_single", "external_host": "https://whoami.bench.example", "cookie_domain": "",
        "skip_path_regex": "", "access_token_validity": "hours=24", "basic_auth_enabled": false });
    save(
        &mut tx,
        "authentik_providers_proxy.proxyprovider",
        "1",
        &provider,
    )
    .await?;
    let application = json!({ "pk": "whoami", "name": "Whoami", "slug": "whoami", "provider": 1 });
    save(
        &mut tx,
        "authentik_core.application",
        "whoami",
        &application,
    )
    .await?;
    let outpost = json!({ "pk": "o", "name": "authentik Embedded Outpost", "providers": [1],
        "managed": "goauthentik.io/outposts/embedded", "config": {} });
    save(&mut tx, "authentik_outposts.outpost", "o", &outpost).await?;
    change::record(&mut tx, Topic::Configuration, "", NOW).await?;
    engine.commit(tx).await?;
    Ok(())
}

async fn save(tx: &mut Tx, kind: &str, id: &str, config: &Value) -> Done {
    let row = ResourceRow {
        kind: kind.to_owned(),
        id: id.to_owned(),
        config: config.to_string(),
        version: 1,
        created_at: NOW,
        updated_at: NOW,
    };
    resource::insert(tx, &row, &[], &[]).await?;
    Ok(())
}

async fn sign_in(engine: &Engine) -> Done {
    let mut tx = engine.store.begin().await?;
    let new = NewSession {
        user_id: 7,
        password_changed_at: NOW,
        auth_method: "password",
        lifetime: engine.settings.session,
        replaces: None,
    };
    let ctx = doorward_engine::Context::system(NOW);
    let begun = session::begin(&mut tx, &ctx, new).await?;
    let (session, _) = begun.ok_or("nobody to sign in")?;
    let app = AppSessionRow {
        token_hash: session::hash_text(TOKEN),
        session_id: session.id,
        provider_id: 1,
        created_at: NOW,
        expires_at: NOW + 86_400_000,
        policies: "{}".to_owned(),
    };
    doorward_store::session::insert_app(&mut tx, &app).await?;
    engine.commit(tx).await?;
    Ok(())
}
