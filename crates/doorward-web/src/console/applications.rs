//! `/if/admin/applications/`: what people open.
//!
//! Owns the list, and what the pages of one application have in common. Leaves what somebody may see and
//! change to the engine. Rule: an application, its provider and its bindings are shown as one thing.

mod add;
mod connect;
mod one;
mod seen;
mod words;

use std::collections::HashMap;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use doorward_engine::recipe::{self, Address, Guess, Recipe};
use doorward_engine::resource::actions::event;
use doorward_engine::resource::actions::new_application::{APPLICATION, BINDING};
use doorward_engine::resource::{self, Refusal};
use serde::Deserialize;
use serde_json::Value;
use url::form_urlencoded::Serializer;

use super::{Operator, answer, kind_of, refused, results};
use crate::extract::Asks;
use crate::look;
use crate::pages::{
    AppHead, AppLine, AppPage, AppTile, ConsoleApplications, MadeObject, Pager, Section,
};
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(Section::Applications.url(), get(list))
        .merge(add::routes())
        .merge(connect::routes())
        .merge(one::routes())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    search: String,
    page: String,
    gone: String,
}

async fn list(
    State(state): State<AppState>,
    operator: Operator,
    Asks(asked): Asks<Asked>,
) -> Response {
    match page(&state, &operator, &asked).await {
        Ok(page) => answer(&state, &page),
        Err(refusal) => refused(&state, &operator, refusal),
    }
}

async fn page(
    state: &AppState,
    operator: &Operator,
    asked: &Asked,
) -> Result<ConsoleApplications, Refusal> {
    let params = operator.params([
        ("search", &*asked.search),
        ("page", &*asked.page),
        ("superuser_full_list", "true"),
    ]);
    let found = resource::list(
        &state.engine,
        operator.ctx(),
        kind_of(APPLICATION)?,
        &params,
    )
    .await?;
    let apps = results(&found);
    let keys: Vec<&str> = apps.iter().filter_map(|app| app["pk"].as_str()).collect();
    let used = used(state, operator, &keys).await?;
    let bindings = bindings(state, operator, &keys).await?;
    let line = |app: &Value| {
        let pk = app["pk"].as_str().unwrap_or_default();
        let own: Vec<&Value> = bindings.iter().filter(|one| one["target"] == pk).collect();
        line(state, app, &own, used.get(pk).copied())
    };
    Ok(ConsoleApplications {
        frame: operator.frame(state, Section::Applications),
        search: asked.search.clone(),
        apps: apps.iter().map(line).collect(),
        pager: Pager::of(&found["pagination"], |page| page_url(&asked.search, page)),
        now_ms: operator.ctx().now,
        notice: notice(&asked.gone),
    })
}

fn notice(gone: &str) -> Option<String> {
    let name: String = gone.chars().take(100).collect();
    (!name.is_empty()).then(|| format!("“{name}” is gone, with what signed people in to it."))
}

/// When applications were opened last; nothing for whoever may not see events.
async fn used(
    state: &AppState,
    operator: &Operator,
    keys: &[&str],
) -> Result<HashMap<String, i64>, Refusal> {
    match event::last_opened(&state.engine, operator.ctx(), keys).await {
        Err(Refusal::Forbidden) => Ok(HashMap::new()),
        found => found,
    }
}

/// The bindings on applications, as the API answers them.
async fn bindings(
    state: &AppState,
    operator: &Operator,
    keys: &[&str],
) -> Result<Vec<Value>, Refusal> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let keys = keys.join(",");
    let (mut all, mut page) = (Vec::new(), 1);
    // One that is left out would be told as "Everyone".
    while page > 0 {
        let number = page.to_string();
        let params = operator.params([
            ("target_in", &*keys),
            ("page_size", "100"),
            ("page", &*number),
        ]);
        let found = resource::list(&state.engine, operator.ctx(), kind_of(BINDING)?, &params).await;
        let found = match found {
            Err(Refusal::Forbidden) => return Ok(Vec::new()),
            found => found?,
        };
        all.extend_from_slice(results(&found));
        page = found["pagination"]["next"].as_i64().unwrap_or(0);
    }
    Ok(all)
}

fn line(state: &AppState, app: &Value, bindings: &[&Value], used_ms: Option<i64>) -> AppLine {
    let text = |key: &str| app[key].as_str().unwrap_or_default().to_owned();
    AppLine {
        name: text("name"),
        url: AppPage::Overview.url(&text("slug")),
        tile: tile(app),
        address: text("launch_url"),
        way: words::way(state, app).to_owned(),
        who: words::who(state, app, bindings),
        used_ms,
    }
}

/// What is known of the app behind an application.
fn recipe_of(app: &Value) -> Option<&'static Recipe> {
    let text = |key: &str| app[key].as_str().unwrap_or_default();
    let by_address = || {
        let address = Address::read(text("launch_url")).ok()?;
        Guess::of(&address, None).recipe
    };
    let named = recipe::all()
        .iter()
        .find(|one| one.name.eq_ignore_ascii_case(text("name")));
    recipe::find(text("slug")).or(named).or_else(by_address)
}

fn page_url(search: &str, page: i64) -> String {
    let mut query = Serializer::new(String::new());
    if !search.is_empty() {
        query.append_pair("search", search);
    }
    let query = query.append_pair("page", &page.to_string()).finish();
    format!("{}?{query}", Section::Applications.url())
}

fn tile(app: &Value) -> AppTile {
    let icon = app["meta_icon"].as_str().filter(|icon| !icon.is_empty());
    let name = app["name"].as_str().unwrap_or_default();
    let letter = name.chars().find(|letter| letter.is_alphanumeric());
    let recipe = recipe_of(app);
    AppTile {
        icon: icon.and_then(|icon| look::shown(icon, None)),
        letter: letter.map_or_else(|| "·".to_owned(), |one| one.to_uppercase().to_string()),
        color: recipe
            .map(|recipe| recipe.tile.color.clone())
            .unwrap_or_default(),
    }
}

/// One application, as the API answers it.
struct App {
    json: Value,
}

impl App {
    async fn load(state: &AppState, operator: &Operator, slug: &str) -> Result<Self, Refusal> {
        let params = operator.params([]);
        let kind = kind_of(APPLICATION)?;
        let json = resource::retrieve(&state.engine, operator.ctx(), kind, slug, &params).await?;
        Ok(Self { json })
    }

    fn text(&self, key: &str) -> &str {
        self.json[key].as_str().unwrap_or_default()
    }

    /// Its provider: model, key, name and authentik's word.
    fn provider(&self) -> Option<Provider<'_>> {
        let object = &self.json["provider_obj"];
        Some(Provider {
            model: object["meta_model_name"].as_str()?,
            pk: object["pk"].as_i64()?,
            name: object["name"].as_str().unwrap_or_default(),
            verbose: object["verbose_name"].as_str().unwrap_or_default(),
        })
    }

    fn head(&self, page: AppPage) -> AppHead {
        let (name, slug) = (self.text("name"), self.text("slug"));
        AppHead::new(name, slug, tile(&self.json), self.text("launch_url"), page)
    }

    /// The objects that it is made of.
    fn made(&self) -> Vec<MadeObject> {
        let application = MadeObject {
            what: "The application".into(),
            name: self.text("name").to_owned(),
            authentik: "Application".into(),
            url: object_url(APPLICATION, self.text("slug")),
        };
        let provider = self.provider().map(|provider| provider.shown());
        std::iter::once(application).chain(provider).collect()
    }
}

/// How an application signs in.
#[derive(Clone, Copy)]
struct Provider<'a> {
    model: &'a str,
    pk: i64,
    name: &'a str,
    verbose: &'a str,
}

impl Provider<'_> {
    fn shown(&self) -> MadeObject {
        MadeObject {
            what: "How it signs in".into(),
            name: self.name.to_owned(),
            authentik: self.verbose.to_owned(),
            url: object_url(self.model, &self.pk.to_string()),
        }
    }
}

/// The page of an object among all of them.
fn object_url(model: &str, key: &str) -> String {
    format!("{}{model}/{key}/", Section::Objects.url())
}
