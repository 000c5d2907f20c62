//! GitHub's words for apps that know nothing else: scopes, and what `/user` and `/user/teams` say.
//!
//! As in authentik every provider has them. Rule: what is told was agreed to in words of its own; a
//! group is a team, and all teams are in one organization, the brand.

use doorward_protocol::oauth::{ErrorCode, Scopes};
use doorward_store::{group, user};
use serde_json::{Map, Value, json};

use super::bearer::{Bearer, BearerRefusal};
use crate::engine::Engine;
use crate::expression::slugified;
use crate::resource::value::rfc3339;
use crate::snapshot::Snapshot;

/// Scopes, and what people read when they are asked.
const SCOPES: [(&str, &str); 4] = [
    ("user", "Your name, your user name and your e-mail address"),
    ("read:user", "Your name and your user name"),
    (
        "user:email",
        "Your name, your user name and your e-mail address",
    ),
    ("read:org", "Your groups"),
];
const PROFILE: [&str; 3] = ["user", "read:user", "user:email"];
const EMAIL: [&str; 2] = ["user", "user:email"];
const TEAMS: [&str; 1] = ["read:org"];

/// Texts that GitHub answers and that say nothing here.
const NO_TEXTS: [&str; 15] = [
    "node_id",
    "gravatar_id",
    "url",
    "html_url",
    "followers_url",
    "following_url",
    "gists_url",
    "starred_url",
    "subscriptions_url",
    "organizations_url",
    "repos_url",
    "events_url",
    "received_events_url",
    "company",
    "blog",
];

/// Whether it is one of GitHub's.
pub(super) fn is_scope(word: &str) -> bool {
    SCOPES.iter().any(|(one, _)| *one == word)
}

/// What people are asked about for those of GitHub's that are among these.
pub(super) fn permissions<'a>(scopes: &Scopes) -> impl Iterator<Item = (&'a str, &'a str)> {
    let all: [(&'a str, &'a str); 4] = SCOPES;
    all.into_iter().filter(|(word, _)| scopes.contains(word))
}

impl Engine {
    /// `/user`: who the token's person is.
    ///
    /// # Errors
    ///
    /// [`BearerRefusal`].
    pub async fn oauth_github_user(&self, bearer: &Bearer) -> Result<Value, BearerRefusal> {
        bearer.check_scope(&PROFILE)?;
        let person = &bearer.granted.person;
        let mut tx = self.store.read().await?;
        let row = user::find(&mut tx, person.id).await?;
        let since = row.map_or(0, |row| row.created_at);
        let empty = NO_TEXTS.map(|name| (name.to_owned(), json!("")));
        let mut told = Map::from_iter(empty);
        let email = bearer.check_scope(&EMAIL).is_ok().then_some(&person.email);
        let told_too = json!({
            "login": person.username, "id": person.id, "name": person.name, "email": email,
            "avatar_url": "", "type": "User", "site_admin": false, "hireable": false, "location": "",
            "bio": "", "public_repos": 0, "public_gists": 0, "followers": 0, "following": 0,
            "created_at": rfc3339(since), "updated_at": rfc3339(since),
        });
        told.extend(told_too.as_object().cloned().unwrap_or_default());
        Ok(Value::Object(told))
    }

    /// `/user/teams`: the groups that the person is in; `host` names the brand.
    ///
    /// # Errors
    ///
    /// [`BearerRefusal`].
    pub async fn oauth_github_teams(
        &self,
        snapshot: &Snapshot,
        bearer: &Bearer,
        host: &str,
    ) -> Result<Value, BearerRefusal> {
        bearer.check_scope(&TEAMS)?;
        let brand = snapshot.brand(host);
        let title = brand.map_or("", |brand| &brand.branding_title);
        let organization = json!({
            "login": slugified(title), "id": 1, "name": title, "type": "Organization",
            "node_id": "", "url": "", "avatar_url": "", "description": "",
        });
        let mut tx = self.store.read().await?;
        let groups = group::of_user(&mut tx, bearer.granted.person.id).await?;
        let team = |group: &group::GroupRow| {
            json!({
                "id": group.num_pk, "name": group.name, "slug": slugified(&group.name),
                "node_id": "", "url": "", "html_url": "", "description": "", "privacy": "closed",
                "permission": "pull", "parent": null, "organization": organization,
            })
        };
        Ok(groups.iter().map(team).collect())
    }
}

impl Bearer {
    /// Whether one of these was granted.
    fn check_scope(&self, words: &[&str]) -> Result<(), BearerRefusal> {
        if words.iter().any(|word| self.scopes.contains(word)) {
            return Ok(());
        }
        let why = "The access token was not granted a scope that this needs.";
        Err(BearerRefusal::Refused(ErrorCode::InsufficientScope, why))
    }
}
