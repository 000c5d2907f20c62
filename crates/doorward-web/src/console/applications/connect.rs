//! `/if/admin/applications/{slug}/connect/`: what to paste where, with the real names, and whether it
//! works.
//!
//! Owns the page. Leaves the texts to `engine::snippet` and `engine::recipe`. Rule: a client's secret is
//! shown to whoever asks for it by a form, and that leaves an event.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use doorward_engine::model::ProxyMode;
use doorward_engine::recipe::{self, Address, Filled, Recipe, Values, Way};
use doorward_engine::resource::actions::new_application::PROXY_PROVIDER;
use doorward_engine::resource::actions::oauth2;
use doorward_engine::resource::{self, Refusal};
use doorward_engine::snippet::{Connection, Piece, Proxy};
use http::Uri;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::super::{Operator, Sent, answer, kind_of, refused};
use super::{App, Provider, add, recipe_of, seen, words};
use crate::pages::{
    AppPage, ConsoleConnect, Fact, FieldError, PieceShown, RecipeShown, Section, Tab,
};
use crate::state::AppState;

/// Where Doorward listens unless it was told otherwise.
const GATEWAY_PORT: u16 = 9000;
/// Where an app listens of which nothing is known.
const UPSTREAM_PORT: u16 = 8080;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(&AppPage::Connect.url("{slug}"), get(show).post(reveal))
        .route("/if/admin/applications/{slug}/seen/", get(seen_now))
}

/// What the address of the page says.
struct Asked {
    proxy: Proxy,
    gateway: Option<String>,
    upstream: Option<String>,
    recipe: Option<&'static Recipe>,
    is_new: bool,
    watches: bool,
}

impl Asked {
    fn read(uri: &Uri) -> Self {
        let query = uri.query().unwrap_or_default();
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        let value = |name: &str| {
            let found = pairs.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.trim().to_owned())
        };
        let filled = |name: &str| value(name).filter(|value| !value.is_empty());
        Self {
            proxy: value("proxy")
                .and_then(|proxy| Proxy::from_slug(&proxy))
                .unwrap_or(Proxy::TraefikLabels),
            gateway: filled("gateway"),
            upstream: filled("upstream"),
            recipe: filled("recipe").and_then(|recipe| recipe::find(&recipe)),
            is_new: value("new").is_some(),
            watches: value("watch").is_some(),
        }
    }

    /// The page's address with these parameters, one of them changed.
    fn url(&self, slug: &str, proxy: Proxy, more: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("proxy", proxy.slug());
        for (name, value) in [("gateway", &self.gateway), ("upstream", &self.upstream)] {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        if let Some(recipe) = self.recipe {
            query.append_pair("recipe", &recipe.slug);
        }
        format!("{}?{}{more}", AppPage::Connect.url(slug), query.finish())
    }
}

async fn show(
    State(state): State<AppState>,
    operator: Operator,
    Path(slug): Path<String>,
    uri: Uri,
) -> Response {
    respond(&state, &operator, &slug, &uri, false).await
}

/// The same page with the client's secret on it.
async fn reveal(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    uri: Uri,
    sent: Sent,
) -> Response {
    let shows = sent.get("secret") == "show";
    respond(&state, &sent.operator, &slug, &uri, shows).await
}

async fn respond(
    state: &AppState,
    operator: &Operator,
    slug: &str,
    uri: &Uri,
    reveals: bool,
) -> Response {
    match page(state, operator, slug, &Asked::read(uri), reveals).await {
        Ok(page) => answer(state, &page),
        Err(refusal) => refused(state, operator, refusal),
    }
}

/// What the script of the page asks.
async fn seen_now(
    State(state): State<AppState>,
    operator: Operator,
    Path(slug): Path<String>,
) -> Response {
    let seen = async {
        let app = App::load(&state, &operator, &slug).await?;
        seen::latest(&state, &operator, &app).await
    };
    match seen.await {
        Ok(seen) => Json(json!({ "state": seen.state, "sentence": seen.sentence })).into_response(),
        Err(refusal) => refused(&state, &operator, refusal),
    }
}

async fn page(
    state: &AppState,
    operator: &Operator,
    slug: &str,
    asked: &Asked,
    reveals: bool,
) -> Result<ConsoleConnect, Refusal> {
    let app = App::load(state, operator, slug).await?;
    let recipe = asked.recipe.or_else(|| recipe_of(&app.json));
    let mut page = bare(state, operator, &app, asked, recipe).await?;
    let Some(provider) = app.provider() else {
        return Ok(page);
    };
    if provider.model == PROXY_PROVIDER {
        guarded(state, &app, asked, recipe, &mut page);
    } else if provider.model == "authentik_providers_oauth2.oauth2provider" {
        openid(
            state,
            operator,
            &app,
            (provider, recipe),
            reveals,
            &mut page,
        )
        .await?;
    }
    Ok(page)
}

async fn bare(
    state: &AppState,
    operator: &Operator,
    app: &App,
    asked: &Asked,
    recipe: Option<&'static Recipe>,
) -> Result<ConsoleConnect, Refusal> {
    let slug = app.text("slug");
    Ok(ConsoleConnect {
        frame: operator.frame(state, Section::Applications),
        head: app.head(AppPage::Connect),
        is_new: asked.is_new,
        made: app.made(),
        way: "",
        proxies: Vec::new(),
        proxy: asked.proxy.slug().to_owned(),
        pieces: Vec::new(),
        gateway: String::new(),
        upstream: String::new(),
        facts: Vec::new(),
        secret: None,
        has_secret: false,
        settings: Vec::new(),
        recipe: recipe.map(|one| RecipeShown {
            name: one.name.clone(),
            roles: one.roles.clone(),
            note: one.note.clone(),
        }),
        recipes: add::recipes(recipe),
        seen: seen::latest(state, operator, app).await?,
        seen_url: format!("{}{slug}/seen/", Section::Applications.url()),
        watches: asked.watches,
        watch_url: asked.url(slug, asked.proxy, "&watch#seen"),
        now_ms: operator.ctx().now,
        errors: Vec::new(),
    })
}

/// For an app behind the sign-in page: the proxy's side, and its own.
fn guarded(
    state: &AppState,
    app: &App,
    asked: &Asked,
    recipe: Option<&Recipe>,
    page: &mut ConsoleConnect,
) {
    let pk = app.provider().map(|provider| provider.pk);
    let snapshot = state.engine.snapshot();
    let provider = pk.and_then(|pk| snapshot.proxy_providers.get(&pk));
    let Some(provider) = provider else { return };
    page.way = match words::mode(state, pk) {
        Some(ProxyMode::Proxy) => "carried",
        _ => "forward-auth",
    };
    let Ok(host) = Address::read(&provider.external_host) else {
        return;
    };
    let values = Values::of(&host);
    let blocks = recipe
        .map(|recipe| recipe.settings(Way::ForwardAuth))
        .unwrap_or_default();
    page.settings = settings(values.settings(blocks));
    if page.way == "carried" {
        return;
    }
    let slug = app.text("slug");
    page.proxies = tabs(asked, slug);
    let [gateway, upstream] = usual(asked.proxy, slug, recipe);
    page.gateway = asked.gateway.clone().unwrap_or(gateway);
    page.upstream = asked.upstream.clone().unwrap_or(upstream);
    let inside = |field: &str, text: &str, errors: &mut Vec<FieldError>| {
        let read = Address::read_as(text, "http").and_then(Address::without_path);
        let error = |error: &recipe::AddressError| FieldError::at(field, error.to_string());
        errors.extend(read.as_ref().err().map(error));
        read.ok()
    };
    let gateway = inside("gateway", &page.gateway, &mut page.errors);
    let upstream = inside("upstream", &page.upstream, &mut page.errors);
    let (Some(gateway), Some(upstream)) = (gateway, upstream) else {
        return;
    };
    let connection = Connection {
        app: host,
        slug: slug.to_owned(),
        upstream,
        gateway,
        hides_cookies: provider.hide_session_cookie,
        sends_credentials: provider.basic_auth_enabled,
    };
    page.pieces = pieces(asked.proxy.pieces(&connection));
}

fn tabs(asked: &Asked, slug: &str) -> Vec<Tab> {
    let tab = |proxy: Proxy| {
        // Addresses inside differ from proxy to proxy, unless somebody has said them.
        Tab {
            label: proxy.name(),
            url: asked.url(slug, proxy, "#proxy"),
            is_here: proxy == asked.proxy,
        }
    };
    Proxy::ALL.map(tab).into()
}

/// Where the two are reached while nobody says: by their names among containers, else on one machine.
fn usual(proxy: Proxy, slug: &str, recipe: Option<&Recipe>) -> [String; 2] {
    let port = recipe
        .and_then(|recipe| recipe.port)
        .unwrap_or(UPSTREAM_PORT);
    let (gateway, app) = match proxy {
        Proxy::TraefikLabels | Proxy::NginxProxyManager => ("doorward", slug),
        Proxy::Kubernetes => ("doorward.default.svc", slug),
        Proxy::TraefikFile | Proxy::Nginx | Proxy::Caddy => ("127.0.0.1", "127.0.0.1"),
    };
    [
        format!("http://{gateway}:{GATEWAY_PORT}"),
        format!("http://{app}:{port}"),
    ]
}

fn pieces(pieces: Vec<Piece>) -> Vec<PieceShown> {
    let shown = |(index, piece): (usize, Piece)| PieceShown {
        id: format!("piece-{index}"),
        place: piece.place.to_owned(),
        about: piece.about.to_owned(),
        once: piece.once,
        text: piece.text,
    };
    pieces.into_iter().enumerate().map(shown).collect()
}

fn settings(blocks: Vec<Filled>) -> Vec<PieceShown> {
    let shown = |(index, block): (usize, Filled)| PieceShown {
        id: format!("own-{index}"),
        place: block.title,
        about: String::new(),
        once: false,
        text: block.text,
    };
    blocks.into_iter().enumerate().map(shown).collect()
}

/// For an app that speaks OpenID Connect: its addresses and its own settings.
async fn openid(
    state: &AppState,
    operator: &Operator,
    app: &App,
    (provider, recipe): (Provider<'_>, Option<&Recipe>),
    reveals: bool,
    page: &mut ConsoleConnect,
) -> Result<(), Refusal> {
    let pk = provider.pk.to_string();
    let (engine, ctx) = (&state.engine, operator.ctx());
    let urls = oauth2::setup_urls(engine, ctx, &pk).await?;
    let snapshot = engine.snapshot();
    let object = snapshot.object(provider.model, &pk);
    let config = object
        .map(|object| object.config.clone())
        .unwrap_or_default();
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    page.way = "openid";
    page.has_secret = config
        .get("client_type")
        .is_some_and(|kind| kind == "confidential");
    if reveals && page.has_secret {
        let params = operator.params([]);
        let shown = resource::retrieve(engine, ctx, kind_of(provider.model)?, &pk, &params).await?;
        page.secret = Some(text(shown.get("client_secret")));
    }
    let address = Address::read(app.text("launch_url"));
    let base = address
        .map(|address| Values::of(&address))
        .unwrap_or_default();
    let url = |name: &str| text(urls.get(name));
    let values = Values {
        redirect: first_redirect(&config),
        client_id: text(config.get("client_id")),
        client_secret: page.secret.clone().unwrap_or_default(),
        issuer: url("issuer"),
        discovery: url("provider_info"),
        authorize: url("authorize"),
        token: url("token"),
        userinfo: url("user_info"),
        jwks: url("jwks"),
        logout: url("logout"),
        ..base
    };
    page.facts = facts(&values);
    let blocks = recipe
        .map(|recipe| recipe.settings(Way::OpenId))
        .unwrap_or_default();
    page.settings = settings(values.settings(blocks));
    Ok(())
}

fn first_redirect(config: &serde_json::Map<String, Value>) -> String {
    let all = config.get("redirect_uris").and_then(Value::as_array);
    let is_one =
        |one: &&Value| one["matching_mode"] != "regex" && one["redirect_uri_type"] != "logout";
    let first = all.and_then(|all| all.iter().find(is_one));
    first
        .and_then(|one| one["url"].as_str())
        .unwrap_or_default()
        .to_owned()
}

fn facts(values: &Values) -> Vec<Fact> {
    let all = [
        ("client-id", "Client id", &values.client_id),
        ("issuer", "Issuer", &values.issuer),
        ("discovery", "Discovery", &values.discovery),
        ("authorize", "Authorization", &values.authorize),
        ("token", "Token", &values.token),
        ("userinfo", "Userinfo", &values.userinfo),
        ("jwks", "Keys", &values.jwks),
        ("logout", "Signing out", &values.logout),
        ("redirect", "Where the app is answered", &values.redirect),
    ];
    let fact = |(id, label, value): (&str, &str, &String)| Fact {
        id: id.to_owned(),
        label: label.to_owned(),
        value: value.clone(),
    };
    let filled = all.into_iter().filter(|(_, _, value)| !value.is_empty());
    filled.map(fact).collect()
}
