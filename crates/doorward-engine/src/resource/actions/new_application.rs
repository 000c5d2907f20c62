//! One form makes an application: its provider, the application, who can open it, and its place at the
//! gateway.
//!
//! Rule: everything in one transaction, each part through the kernel with the permission for it, and a
//! refusal speaks of the form's own fields, all at once.

use serde_json::{Map, Value, json};

use super::openers::{group_named, may_create};
use crate::access;
use crate::context::Context;
use crate::engine::Engine;
use crate::model::EMBEDDED_OUTPOST;
use crate::recipe::{Address, Keeps, OpenId, Recipe, Values, Way};
use crate::resource::kind::Kind;
use crate::resource::permit::Verb;
use crate::resource::refusal::Refusal;
use crate::resource::tables::Row;
use crate::resource::validate::{Errors, WHOLE};
use crate::resource::world::World;
use crate::resource::write::{Writing, random_text};
use crate::resource::{OAUTH2_PROVIDER, registered};
use crate::snapshot::{Object, Snapshot};

/// The model of applications.
pub const APPLICATION: &str = "authentik_core.application";
/// The model of providers of the outpost.
pub const PROXY_PROVIDER: &str = "authentik_providers_proxy.proxyprovider";
/// The model of bindings.
pub const BINDING: &str = "authentik_policies.policybinding";
/// The model of outposts.
pub const OUTPOST: &str = "authentik_outposts.outpost";
const FLOW: &str = "authentik_flows.flow";
const SCOPE: &str = "authentik_providers_oauth2.scopemapping";
const CERTIFICATE: &str = "authentik_crypto.certificatekeypair";

/// Opens an application without asking: it is the operator's own.
const AUTHORIZATION: (&str, &str) = (
    "default-provider-authorization-implicit-consent",
    "authorization",
);
const INVALIDATION: (&str, &str) = ("default-provider-invalidation-flow", "invalidation");
/// The pair that a first start makes.
const SHIPPED_KEY: &str = "authentik Self-signed Certificate";
/// What an application behind the outpost is told of people.
const PROXY_SCOPES: [&str; 5] = ["openid", "email", "profile", "entitlements", "ak_proxy"];
/// What an application of which nothing is known may ask for.
const SCOPES: [&str; 4] = ["openid", "email", "profile", "offline_access"];
/// Letters of a client's secret: some apps keep no more than that of it.
const SECRET_LENGTH: usize = 64;
/// So many groups can be chosen at once.
const GROUPS_MAX: usize = 100;

/// What the form says.
#[derive(Clone, Debug)]
pub struct Wished {
    /// `address`: where people open it.
    pub address: String,
    /// `name`
    pub name: String,
    /// `slug`
    pub slug: String,
    /// `recipe`
    pub recipe: Option<&'static Recipe>,
    /// `way`
    pub way: Way,
    /// `who`, `group` and `new_group`
    pub open_to: OpenTo,
    /// `public_paths`: expressions, one a line.
    pub public_paths: String,
    /// `redirects`: where the app is answered, one a line; what the recipe says comes on top.
    pub redirects: String,
}

/// Who can open it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenTo {
    /// Everybody who can sign in.
    Everyone,
    /// Members of these groups alone.
    Groups {
        /// uuids.
        chosen: Vec<String>,
        /// The name of another, which is made if there is none; empty for none.
        new: String,
    },
}

/// Makes everything that the form asks for; answers the application's slug.
///
/// # Errors
///
/// [`Refusal::Invalid`] by the form's own field names.
pub async fn create(engine: &Engine, ctx: &Context, wished: &Wished) -> Result<String, Refusal> {
    let provider = registered(match wished.way {
        Way::OpenId => OAUTH2_PROVIDER,
        Way::ForwardAuth => PROXY_PROVIDER,
    });
    let mut kinds = vec![provider, registered(APPLICATION)];
    kinds.extend((wished.open_to != OpenTo::Everyone).then(|| registered(BINDING)));
    for kind in kinds {
        may_create(engine, ctx, kind)?;
    }
    let address = Address::read(&wished.address);
    let address = address.map_err(|error| Errors::one("address", error.to_string()))?;
    let mut making = Making {
        writing: Writing::begin(engine, ctx).await?,
        errors: Errors::default(),
        wished,
        address,
    };
    making.check();
    making.everything(provider).await?;
    if !making.errors.is_empty() {
        return Err(making.errors.into());
    }
    making.writing.finish().await?;
    Ok(wished.slug.trim().to_owned())
}

/// The slug itself, or with the first number that makes it free.
pub fn free_slug(snapshot: &Snapshot, slug: &str) -> String {
    let is_taken = |slug: &str| snapshot.applications.values().any(|one| one.slug == slug);
    if !is_taken(slug) {
        return slug.to_owned();
    }
    let mut numbered = (2..10_000).map(|number| format!("{slug}-{number}"));
    numbered.find(|slug| !is_taken(slug)).unwrap_or_default()
}

/// A form on its way to being objects.
struct Making<'a> {
    writing: Writing<'a>,
    errors: Errors,
    wished: &'a Wished,
    address: Address,
}

impl Making<'_> {
    /// What no object would say by itself.
    fn check(&mut self) {
        let snapshot = self.writing.world.snapshot().clone();
        let own = snapshot.public_url().map(|url| url.origin());
        let origin = self.address.origin();
        if own.is_some_and(|own| own.ascii_serialization() == origin) {
            let why = "This is where people sign in. Paste the address of the application.";
            self.errors.add("address", why);
        }
        match &self.wished.open_to {
            OpenTo::Everyone if !access::is_open_by_default(&snapshot) => {
                let why = "The system settings say that an application opens for nobody until somebody is \
                           named: choose a group.";
                self.errors.add("who", why);
            }
            OpenTo::Groups { chosen, new } if chosen.is_empty() && new.trim().is_empty() => {
                let why = "Choose a group, or type the name of a new one.";
                self.errors.add("new_group", why);
            }
            OpenTo::Groups { chosen, .. } if chosen.len() > GROUPS_MAX => {
                let why = format!("Choose at most {GROUPS_MAX} groups.");
                self.errors.add("group", why);
            }
            _ => {}
        }
    }

    async fn everything(&mut self, provider: &'static Kind) -> Result<(), Refusal> {
        let body = self.provider_body()?;
        let key = self.add(provider, &body, PROVIDER_FIELDS).await?;
        let number = key.as_deref().and_then(|key| key.parse::<i64>().ok());
        let body = self.application_body(number);
        let application = self.add(registered(APPLICATION), &body, &[]).await?;
        let groups = self.groups().await?;
        if let Some(target) = application {
            self.bind(&target, &groups).await?;
        }
        match (self.wished.way, number) {
            (Way::ForwardAuth, Some(number)) => self.guard(number).await,
            _ => Ok(()),
        }
    }

    /// Adds one object; what is wrong with it is collected under the form's names.
    async fn add(
        &mut self,
        kind: &'static Kind,
        body: &Value,
        names: &[(&str, &str)],
    ) -> Result<Option<String>, Refusal> {
        match self.writing.insert(kind, body, None).await {
            Ok(key) => Ok(Some(key)),
            // Somebody has written at the same time: the transaction is over.
            Err(Refusal::Invalid(errors)) if errors.has(WHOLE) => Err(errors.into()),
            Err(Refusal::Invalid(errors)) => {
                let moved = names.iter();
                let errors = moved.fold(errors, |errors, (from, to)| errors.moved(from, to));
                self.errors.join(errors);
                Ok(None)
            }
            Err(refusal) => Err(refusal),
        }
    }

    fn provider_body(&self) -> Result<Value, Errors> {
        let world = &self.writing.world;
        let mut body = json!({
            "name": free_name(world, self.wished.name.trim()),
            "authorization_flow": flow(world, AUTHORIZATION)?,
            "invalidation_flow": flow(world, INVALIDATION)?,
        });
        let more = match self.wished.way {
            Way::OpenId => self.openid_fields(),
            Way::ForwardAuth => json!({
                "mode": "forward_single",
                "external_host": self.address.origin(),
                "skip_path_regex": lines(&self.wished.public_paths).join("\n"),
                "property_mappings": scopes(world, &PROXY_SCOPES),
            }),
        };
        extend(&mut body, more);
        Ok(body)
    }

    fn openid_fields(&self) -> Value {
        let world = &self.writing.world;
        let known = self.wished.recipe.and_then(|recipe| recipe.openid.as_ref());
        let wanted = known.map(|known| known.scopes.iter().map(String::as_str).collect());
        let wanted: Vec<&str> = wanted.unwrap_or_else(|| SCOPES.to_vec());
        let keeps = known.map_or(Keeps::Confidential, |known| known.client);
        json!({
            "client_type": if keeps == Keeps::Public { "public" } else { "confidential" },
            "client_secret": random_text(SECRET_LENGTH),
            "redirect_uris": self.redirects(known),
            "property_mappings": scopes(world, &wanted),
            "signing_key": key_that_signs(world),
        })
    }

    /// What the form says, then what the recipe says.
    fn redirects(&self, known: Option<&OpenId>) -> Vec<Value> {
        let entry = |url: &str, mode: &str, purpose: &str| json!({ "matching_mode": mode, "url": url, "redirect_uri_type": purpose });
        let mut all: Vec<Value> = Vec::new();
        for url in lines(&self.wished.redirects) {
            all.push(entry(url, "strict", "authorization"));
        }
        for (url, is_expression) in known
            .iter()
            .flat_map(|known| known.redirects_at(&self.address))
        {
            let mode = if is_expression { "regex" } else { "strict" };
            all.push(entry(&url, mode, "authorization"));
        }
        let values = Values::of(&self.address);
        let after = known.iter().flat_map(|known| &known.after_sign_out);
        all.extend(after.map(|url| entry(&values.fill(url), "strict", "logout")));
        let mut unique = Vec::new();
        for one in all {
            if !unique.contains(&one) {
                unique.push(one);
            }
        }
        unique
    }

    fn application_body(&self, provider: Option<i64>) -> Value {
        let opens_itself = self.wished.way == Way::ForwardAuth && !self.address.has_path();
        json!({
            "name": self.wished.name.trim(),
            "slug": self.wished.slug.trim(),
            "provider": provider,
            "meta_launch_url": if opens_itself { String::new() } else { self.address.whole() },
        })
    }

    /// The groups that are let in, a new one made.
    async fn groups(&mut self) -> Result<Vec<String>, Refusal> {
        let OpenTo::Groups { chosen, new } = &self.wished.open_to else {
            return Ok(Vec::new());
        };
        let mut groups = chosen.clone();
        let name = new.trim();
        if !name.is_empty() {
            match group_named(&mut self.writing, name).await {
                Ok(group) if groups.contains(&group) => {}
                Ok(group) => groups.push(group),
                Err(Refusal::Invalid(errors)) => {
                    self.errors.join(errors.moved("name", "new_group"));
                }
                Err(refusal) => return Err(refusal),
            }
        }
        Ok(groups)
    }

    async fn bind(&mut self, target: &str, groups: &[String]) -> Result<(), Refusal> {
        for (order, group) in groups.iter().enumerate() {
            let body = json!({ "target": target, "group": group, "order": order });
            self.add(registered(BINDING), &body, &[]).await?;
        }
        Ok(())
    }

    /// The outpost in this process serves the provider.
    async fn guard(&mut self, provider: i64) -> Result<(), Refusal> {
        let kind = registered(OUTPOST);
        let outposts = self.writing.world.objects(OUTPOST).iter();
        let embedded = |one: &&std::sync::Arc<Object>| one.config["managed"] == EMBEDDED_OUTPOST;
        let Some(id) = outposts.clone().find(embedded).map(|one| one.id.clone()) else {
            let why = "There is no gateway in this server: make the embedded outpost first.";
            self.errors.add("way", why);
            return Ok(());
        };
        let Row::Object(outpost) = self.writing.reach(Verb::Change, kind, &id).await? else {
            return Err(Refusal::NotFound { model: "Outpost" });
        };
        let served = outpost.config.get("providers").and_then(Value::as_array);
        let mut served = served.cloned().unwrap_or_default();
        served.push(json!(provider));
        self.writing
            .amend(kind, &id, &json!({ "providers": served }))
            .await
    }
}

/// How the form calls what providers call otherwise.
const PROVIDER_FIELDS: &[(&str, &str)] = &[
    ("external_host", "address"),
    ("skip_path_regex", "public_paths"),
    ("redirect_uris", "redirects"),
];

fn extend(body: &mut Value, more: Value) {
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
}

/// The lines that say something.
fn lines(text: &str) -> Vec<&str> {
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty()).collect()
}

fn has(map: &Map<String, Value>, key: &str, value: &str) -> bool {
    map.get(key).and_then(Value::as_str) == Some(value)
}

/// The shipped flow, or the first one that does the same.
fn flow(world: &World, (slug, designation): (&str, &str)) -> Result<String, Errors> {
    let all = world.objects(FLOW);
    let shipped = all.iter().find(|one| has(&one.config, "slug", slug));
    let other = || {
        all.iter()
            .find(|one| has(&one.config, "designation", designation))
    };
    let found = shipped.or_else(other).map(|one| one.id.clone());
    found.ok_or_else(|| {
        let why = format!("There is no flow of the kind {designation} to use. Make one first.");
        Errors::one("way", why)
    })
}

fn scopes(world: &World, wanted: &[&str]) -> Vec<String> {
    let all = world.objects(SCOPE).iter();
    // An operator may have several for one scope; those that ship are meant.
    let fits = |one: &&std::sync::Arc<Object>| {
        let is_shipped = one.config.get("managed").is_some_and(Value::is_string);
        is_shipped
            && wanted
                .iter()
                .any(|name| has(&one.config, "scope_name", name))
    };
    all.filter(fits).map(|one| one.id.clone()).collect()
}

/// The shipped pair; without one the installation's own key signs.
fn key_that_signs(world: &World) -> Option<String> {
    let mut all = world.objects(CERTIFICATE).iter();
    let shipped = all.find(|one| {
        has(&one.config, "name", SHIPPED_KEY)
            && one.config.get("key_data").is_some_and(Value::is_string)
    });
    shipped.map(|one| one.id.clone())
}

/// A provider's name is its own among all of them, and nobody has asked for it.
fn free_name(world: &World, name: &str) -> String {
    let taken = |name: &str| {
        let providers = crate::resource::family_of(crate::resource::Family::Provider);
        let mut objects = providers.flat_map(|kind| world.objects(kind.model));
        objects.any(|one| has(&one.config, "name", name))
    };
    let first = format!("Provider for {name}");
    if !taken(&first) {
        return first;
    }
    let numbered = (2..).map(|number| format!("{first} ({number})"));
    numbered
        .take(10_000)
        .find(|name| !taken(name))
        .unwrap_or(first)
}

#[cfg(test)]
mod tests;
