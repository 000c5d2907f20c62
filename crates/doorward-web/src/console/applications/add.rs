//! `/if/admin/applications/new/`: one form makes an application.
//!
//! Owns what stands in its fields. Leaves making to `engine::resource::actions::new_application`. Rule:
//! nothing that was typed is lost, and everything that is wrong is said at once.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use doorward_engine::recipe::{self, Address, Guess, Recipe, Way};
use doorward_engine::resource::actions::new_application::{self, OpenTo, Wished};
use doorward_engine::resource::{self, GROUP, Refusal};
use serde::Deserialize;

use super::super::{Operator, Sent, answer, beside, kind_of, refused, results};
use crate::extract::Asks;
use crate::pages::{AddChoice, AppPage, ConsoleAddApplication, FieldError, Section};
use crate::respond::see_other;
use crate::state::AppState;

const PATH: &str = "/if/admin/applications/new/";
/// What the form asks for.
const SHOWN: [&str; 10] = [
    "address",
    "recipe",
    "name",
    "slug",
    "way",
    "who",
    "group",
    "new_group",
    "public_paths",
    "redirects",
];

pub(super) fn routes() -> Router<AppState> {
    Router::new().route(PATH, get(show).post(create))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    address: String,
}

/// What stands in the fields.
#[derive(Clone, Debug)]
struct Typed {
    address: String,
    recipe: Option<&'static Recipe>,
    name: String,
    slug: String,
    way: Way,
    everyone: bool,
    groups: Vec<String>,
    new_group: String,
    public_paths: String,
    redirects: String,
}

impl Typed {
    /// What an address says.
    fn guessed(state: &AppState, address: &str, recipe: Option<&'static Recipe>) -> Self {
        let read = Address::read(address).ok();
        let guess = read.map(|read| Guess::of(&read, recipe));
        let recipe = recipe.or(guess.as_ref().and_then(|guess| guess.recipe));
        let snapshot = state.engine.snapshot();
        let slug = guess
            .as_ref()
            .map(|guess| new_application::free_slug(&snapshot, &guess.slug));
        Self {
            address: address.trim().to_owned(),
            recipe,
            name: guess.map(|guess| guess.name).unwrap_or_default(),
            slug: slug.unwrap_or_default(),
            way: recipe.map_or(Way::ForwardAuth, Recipe::preferred),
            everyone: true,
            groups: Vec::new(),
            new_group: String::new(),
            public_paths: recipe.map(Recipe::public_paths).unwrap_or_default(),
            redirects: String::new(),
        }
    }

    fn sent(sent: &Sent) -> Self {
        let text = |name: &str| sent.get(name).trim().to_owned();
        Self {
            address: text("address"),
            recipe: recipe::find(sent.get("recipe")),
            name: text("name"),
            slug: text("slug"),
            way: Way::from_word(sent.get("way")).unwrap_or(Way::ForwardAuth),
            everyone: sent.get("who") != "groups",
            groups: sent.all("group").map(str::to_owned).collect(),
            new_group: text("new_group"),
            public_paths: sent.get("public_paths").to_owned(),
            redirects: sent.get("redirects").to_owned(),
        }
    }

    fn wished(&self) -> Wished {
        let open_to = if self.everyone {
            OpenTo::Everyone
        } else {
            OpenTo::Groups {
                chosen: self.groups.clone(),
                new: self.new_group.clone(),
            }
        };
        Wished {
            address: self.address.clone(),
            name: self.name.clone(),
            slug: self.slug.clone(),
            recipe: self.recipe,
            way: self.way,
            open_to,
            public_paths: self.public_paths.clone(),
            redirects: self.redirects.clone(),
        }
    }
}

async fn show(
    State(state): State<AppState>,
    operator: Operator,
    Asks(asked): Asks<Asked>,
) -> Response {
    let typed = Typed::guessed(&state, &asked.address, None);
    let asks = asked.address.is_empty();
    let read = Address::read(&asked.address);
    let errors = match read.err().filter(|_| !asks) {
        Some(error) => vec![FieldError::at("address", error.to_string())],
        None => Vec::new(),
    };
    let asks = asks || !errors.is_empty();
    form(&state, &operator, &typed, asks, errors).await
}

async fn create(State(state): State<AppState>, sent: Sent) -> Response {
    let mut typed = Typed::sent(&sent);
    if !sent.get("again").is_empty() {
        let anew = Typed::guessed(&state, &typed.address, typed.recipe);
        typed = Typed {
            everyone: typed.everyone,
            groups: typed.groups,
            new_group: typed.new_group,
            ..anew
        };
        return form(&state, &sent.operator, &typed, false, Vec::new()).await;
    }
    let made = new_application::create(&state.engine, sent.operator.ctx(), &typed.wished()).await;
    match made {
        Ok(slug) => see_other(&made_url(&slug, &typed)),
        Err(Refusal::Invalid(errors)) => {
            let errors = beside(&errors, &SHOWN);
            form(&state, &sent.operator, &typed, false, errors).await
        }
        Err(refusal) => refused(&state, &sent.operator, refusal),
    }
}

/// What was made, with the settings of the app that was chosen.
fn made_url(slug: &str, typed: &Typed) -> String {
    let recipe = typed.recipe.map_or("", |recipe| &recipe.slug);
    format!("{}?new&recipe={recipe}", AppPage::Connect.url(slug))
}

async fn form(
    state: &AppState,
    operator: &Operator,
    typed: &Typed,
    asks_address: bool,
    errors: Vec<FieldError>,
) -> Response {
    let groups = match groups(state, operator).await {
        Ok(groups) => groups,
        Err(refusal) => return refused(state, operator, refusal),
    };
    let behind = ["slug", "public_paths", "redirects"];
    let page = ConsoleAddApplication {
        frame: operator.frame(state, Section::Applications),
        asks_address,
        address: typed.address.clone(),
        recipes: recipes(typed.recipe),
        about: typed
            .recipe
            .map(|recipe| recipe.note.clone())
            .unwrap_or_default(),
        name: typed.name.clone(),
        slug: typed.slug.clone(),
        ways: ways(typed),
        who: if typed.everyone { "everyone" } else { "groups" }.to_owned(),
        has_more_groups: groups.1,
        groups: choices(groups.0, &typed.groups),
        new_group: typed.new_group.clone(),
        public_paths: typed.public_paths.clone(),
        redirects: typed.redirects.clone(),
        shows_more: errors.iter().any(|error| behind.contains(&&*error.field)),
        errors,
    };
    answer(state, &page)
}

/// Groups by name, and whether there are more.
async fn groups(
    state: &AppState,
    operator: &Operator,
) -> Result<(Vec<(String, String)>, bool), Refusal> {
    let params = operator.params([
        ("page_size", "100"),
        ("include_users", "false"),
        ("ordering", "name"),
    ]);
    let found = resource::list(&state.engine, operator.ctx(), kind_of(GROUP)?, &params).await;
    let found = match found {
        Err(Refusal::Forbidden) => return Ok((Vec::new(), false)),
        found => found?,
    };
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let all = results(&found).iter();
    let all = all
        .map(|one| (text(&one["pk"]), text(&one["name"])))
        .collect();
    Ok((
        all,
        found["pagination"]["next"]
            .as_i64()
            .is_some_and(|next| next > 0),
    ))
}

fn choices(groups: Vec<(String, String)>, chosen: &[String]) -> Vec<AddChoice> {
    let choice = |(value, label): (String, String)| AddChoice {
        chosen: chosen.contains(&value),
        value,
        label,
        about: String::new(),
    };
    groups.into_iter().map(choice).collect()
}

/// Every app that is known, after the one that is not.
pub(super) fn recipes(chosen: Option<&Recipe>) -> Vec<AddChoice> {
    let other = AddChoice {
        value: String::new(),
        label: "Another app".into(),
        about: String::new(),
        chosen: chosen.is_none(),
    };
    let choice = |one: &Recipe| AddChoice {
        value: one.slug.clone(),
        label: one.name.clone(),
        about: String::new(),
        chosen: chosen.is_some_and(|chosen| chosen.slug == one.slug),
    };
    std::iter::once(other)
        .chain(recipe::all().iter().map(choice))
        .collect()
}

/// The ways, the recipe's own first.
fn ways(typed: &Typed) -> Vec<AddChoice> {
    let known = typed
        .recipe
        .map(|recipe| recipe.ways.as_slice())
        .unwrap_or_default();
    let others = Way::ALL.into_iter().filter(|way| !known.contains(way));
    let all = known.iter().copied().chain(others);
    let choice = |way: Way| AddChoice {
        value: way.word().to_owned(),
        label: label(way).to_owned(),
        about: about(way, typed.recipe),
        chosen: way == typed.way,
    };
    all.map(choice).collect()
}

fn label(way: Way) -> &'static str {
    match way {
        Way::ForwardAuth => "A sign-in page in front of it",
        Way::OpenId => "The app signs people in itself, over OpenID Connect",
    }
}

fn about(way: Way, recipe: Option<&Recipe>) -> String {
    let general = match way {
        Way::ForwardAuth => {
            "Your reverse proxy asks before anybody reaches the app. The app needs to know nothing of it."
        }
        Way::OpenId => "The app sends people here and is told who they are. It has to be able to.",
    };
    match recipe {
        Some(recipe) if recipe.preferred() == way => format!("Best for {}. {general}", recipe.name),
        Some(recipe) if !recipe.ways.contains(&way) => {
            format!(
                "{general} {} is not known to work well with it.",
                recipe.name
            )
        }
        _ => general.to_owned(),
    }
}
