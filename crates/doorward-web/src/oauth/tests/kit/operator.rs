//! What operators do: clients, groups, bindings, tokens, accounts that are shut.

use doorward_engine::resource::write::Writing;
use doorward_engine::resource::{self, World};
use doorward_engine::{Context, session, testing};
use doorward_store::{Topic, change, group, token, user};
use serde_json::{Value, json};

use super::{CALLBACK, Client, Kit, MIA, now, pk};

impl Kit {
    /// A confidential client with the shipped scopes; `more` adds to or replaces its settings.
    pub(in crate::oauth::tests) async fn client(&self, slug: &str, more: Value) -> Client {
        let all = self.clients(&[slug.to_owned()], &more).await;
        all.into_iter().next().unwrap()
    }

    /// Several that differ in their names.
    pub(in crate::oauth::tests) async fn clients(
        &self,
        slugs: &[String],
        more: &Value,
    ) -> Vec<Client> {
        let ctx = Context::system(testing::NOW);
        let mut writing = Writing::begin(&self.engine, &ctx).await.unwrap();
        let mut all = Vec::new();
        for slug in slugs {
            all.push(add_client(&mut writing, slug, more).await);
        }
        writing.commit().await.unwrap();
        all
    }

    /// A token of Mia's with this key and intent.
    pub(in crate::oauth::tests) async fn mias_token(&self, key: &str, intent: &str) {
        self.token_of(MIA, key, intent).await;
    }

    /// A token of somebody's.
    pub(in crate::oauth::tests) async fn token_of(&self, user_id: i64, key: &str, intent: &str) {
        let row = token::TokenRow {
            id: uuid::Uuid::new_v4().to_string(),
            identifier: format!("{intent}-{key}"),
            intent: intent.to_owned(),
            user_id,
            description: String::new(),
            description_key: String::new(),
            key_hash: session::hash_text(key),
            key_sealed: String::new(),
            expiring: false,
            expires_at: None,
            managed: None,
            created_at: now(),
            updated_at: now(),
        };
        let mut tx = self.engine.store.begin().await.unwrap();
        token::insert(&mut tx, &row).await.unwrap();
        self.engine.commit(tx).await.unwrap();
    }

    /// Somebody is in a new group; answers its key.
    pub(in crate::oauth::tests) async fn put_into(&self, user: i64, group: &str) -> String {
        self.join(user, json!({ "name": group })).await
    }

    /// Somebody administrates.
    pub(in crate::oauth::tests) async fn promote(&self, user: i64) {
        let group = json!({ "name": "admins", "is_superuser": true });
        self.join(user, group).await;
    }

    async fn join(&self, user: i64, group: Value) -> String {
        let ctx = Context::system(testing::NOW);
        let mut writing = Writing::begin(&self.engine, &ctx).await.unwrap();
        let kind = |model| resource::kind(model).unwrap();
        let groups = kind("authentik_core.group");
        let group = writing.insert(groups, &group, None).await.unwrap();
        let (users, key) = (kind("authentik_core.user"), user.to_string());
        let body = json!({ "groups": [group] });
        writing.amend(users, &key, &body).await.unwrap();
        writing.commit().await.unwrap();
        group
    }

    /// Nobody but this account may open the application of a client any more.
    pub(in crate::oauth::tests) async fn open_only_to(&self, slug: &str, user: i64) {
        let ctx = Context::system(testing::NOW);
        let snapshot = self.engine.snapshot();
        let target = &snapshot.oauth.of_application(slug).unwrap().application.pk;
        let binding = json!({ "target": target, "user": user, "order": 0 });
        let kind = resource::kind("authentik_policies.policybinding").unwrap();
        let mut writing = Writing::begin(&self.engine, &ctx).await.unwrap();
        writing.insert(kind, &binding, None).await.unwrap();
        writing.commit().await.unwrap();
    }

    /// An operator changes these settings of a client.
    pub(in crate::oauth::tests) async fn amend_provider(&self, client: &Client, more: &Value) {
        let ctx = Context::system(now());
        let kind = resource::kind("authentik_providers_oauth2.oauth2provider").unwrap();
        let mut writing = Writing::begin(&self.engine, &ctx).await.unwrap();
        let key = client.provider.to_string();
        writing.amend(kind, &key, more).await.unwrap();
        writing.commit().await.unwrap();
    }

    /// An application uses this provider from now on, or none.
    pub(in crate::oauth::tests) async fn use_provider(&self, slug: &str, provider: Option<i64>) {
        let ctx = Context::system(testing::NOW);
        let mut writing = Writing::begin(&self.engine, &ctx).await.unwrap();
        let application = pk(&writing.world, "authentik_core.application", slug);
        let kind = resource::kind("authentik_core.application").unwrap();
        let body = json!({ "provider": provider });
        writing.amend(kind, &application, &body).await.unwrap();
        writing.commit().await.unwrap();
    }

    /// Mia may change everything.
    pub(in crate::oauth::tests) async fn make_mia_an_admin(&self) {
        let ctx = Context::system(testing::NOW);
        let group = json!({ "name": "admins of the test", "is_superuser": true, "users": [MIA] });
        let kind = resource::kind("authentik_core.group").unwrap();
        let mut writing = Writing::begin(&self.engine, &ctx).await.unwrap();
        writing.insert(kind, &group, None).await.unwrap();
        writing.commit().await.unwrap();
    }

    /// Nobody is an administrator any more but those who were before.
    pub(in crate::oauth::tests) async fn demote_mia(&self) {
        let ctx = Context::system(testing::NOW);
        let mut writing = Writing::begin(&self.engine, &ctx).await.unwrap();
        let group = group::find_by_name(&mut writing.tx, "admins of the test").await;
        let group = group.unwrap().unwrap().id;
        let kind = resource::kind("authentik_core.group").unwrap();
        let none = json!({ "users": [] });
        writing.amend(kind, &group, &none).await.unwrap();
        writing.commit().await.unwrap();
    }

    /// Mia's account is shut.
    pub(in crate::oauth::tests) async fn shut_mia(&self) {
        self.shut(MIA).await;
    }

    /// An account is shut.
    pub(in crate::oauth::tests) async fn shut(&self, id: i64) {
        let mut tx = self.engine.store.begin().await.unwrap();
        let mut row = user::find(&mut tx, id).await.unwrap().unwrap();
        row.is_active = false;
        assert!(user::save(&mut tx, &row).await.unwrap());
        change::record(&mut tx, Topic::User, id, now())
            .await
            .unwrap();
        self.engine.commit(tx).await.unwrap();
    }
}

async fn add_client(writing: &mut Writing<'_>, slug: &str, more: &Value) -> Client {
    let mut body = json!({
        "name": slug, "client_id": format!("id-of-{slug}"), "client_secret": format!("secret-of-{slug}"),
        "authorization_flow": pk(&writing.world, "authentik_flows.flow", "default-provider-authorization-implicit-consent"),
        "invalidation_flow": pk(&writing.world, "authentik_flows.flow", "default-provider-invalidation-flow"),
        "property_mappings": scopes(&writing.world),
        "redirect_uris": [{ "matching_mode": "strict", "url": CALLBACK }],
    });
    let more = more.as_object().cloned().unwrap_or_default();
    body.as_object_mut().unwrap().extend(more);
    let kind = resource::kind("authentik_providers_oauth2.oauth2provider").unwrap();
    let provider = writing.insert(kind, &body, None).await.unwrap();
    let provider: i64 = provider.parse().unwrap();
    let application = json!({ "name": slug, "slug": slug, "provider": provider });
    let kind = resource::kind("authentik_core.application").unwrap();
    writing.insert(kind, &application, None).await.unwrap();
    Client {
        id: body["client_id"].as_str().unwrap().to_owned(),
        secret: body["client_secret"].as_str().unwrap().to_owned(),
        provider,
    }
}

fn scopes(world: &World) -> Vec<String> {
    let objects = world.objects("authentik_providers_oauth2.scopemapping");
    let of_oauth = objects.iter().filter(|one| {
        let managed = one.config["managed"].as_str();
        managed.is_some_and(|managed| managed.starts_with("goauthentik.io/providers/oauth2/"))
    });
    of_oauth.map(|one| one.id.clone()).collect()
}
