//! A server with at least one of everything, and whose calls are tried on it.

use doorward_engine::resource;
use doorward_engine::testing::NOW;
use doorward_store::grant::{self, GrantRow, GrantTokenRow, TokenKind};
use doorward_store::{consent, reputation};
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE};
use serde_json::{Value, json};

use super::kit::{Role, Seen, Server, pair, sign_in};
use crate::csrf;

/// Who calls, as the rules see them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    Anonymous,
    /// Whose the objects are, as far as they can be somebody's.
    Owner,
    /// Somebody else.
    Other,
    /// The account of the outpost that serves the provider.
    Outpost,
    Admin,
}

/// How they prove it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    Token,
    Session,
}

/// The server and what was put into it.
pub(super) struct Estate {
    pub(super) server: Server,
    credentials: Vec<(Caller, Proof, String, Option<String>)>,
    used_sessions: Vec<String>,
}

/// What the fixtures are called; a list's first one of these is what a path names.
const MARKED: [&str; 9] = [
    "matrix",
    "spare-provider",
    "app",
    "pair",
    "mia",
    "Family",
    "spare",
    "default-authentication-flow",
    "authentik Embedded Outpost",
];

impl Estate {
    pub(super) async fn over(server: Server) -> Self {
        let mut estate = Self {
            server,
            credentials: Vec::new(),
            used_sessions: Vec::new(),
        };
        estate.furnish().await;
        estate.give_credentials().await;
        estate
    }

    async fn furnish(&self) {
        let server = &self.server;
        let pair = pair(0);
        let pair = json!({ "name": "pair", "certificate_data": pair.certificate, "key_data": pair.private_key });
        let pair = server.post("/crypto/certificatekeypairs/", &pair).await["pk"].clone();
        let provider = server.provider("matrix").await;
        server.provider("spare-provider").await;
        server.set_address().await;
        server.oauth_provider("photos").await;
        for number in 0..4 {
            let name = format!("registering-{number}");
            let rules = json!({ "provider": server.oauth_provider(&name).await });
            server.post("/providers/oauth2-dcr/", &rules).await;
        }
        let guard = json!({ "certificate": pair });
        self.admin(
            "patch",
            &format!("/providers/proxy/{provider}/"),
            &guard,
            200,
        )
        .await;
        let app = json!({ "name": "App", "slug": "app", "provider": provider });
        let app = server.post("/core/applications/", &app).await["pk"].clone();
        let outpost = server.pk("authentik_outposts.outpost", "authentik Embedded Outpost");
        let guarding = json!({ "providers": [provider] });
        self.admin(
            "patch",
            &format!("/outposts/instances/{outpost}/"),
            &guarding,
            200,
        )
        .await;
        let binding = json!({ "target": app, "user": server.mia, "order": 0 });
        server.post("/policies/bindings/", &binding).await;
        let flow = server.flow("default-invalidation-flow");
        let lasting = json!({ "target": flow, "user": server.mia, "order": 0 });
        server.post("/policies/bindings/", &lasting).await;
        self.furnish_stages().await;
        self.furnish_consents().await;
        self.furnish_grants().await;
        self.furnish_policies().await;
        self.furnish_scores().await;
        let family = json!({ "name": "Family", "users": [server.mia] });
        server.post("/core/groups/", &family).await;
        let blueprint = json!({ "name": "spare", "content": "version: 1\nentries: []" });
        server.post("/managed/blueprints/", &blueprint).await;
        let brand = json!({ "domain": "other.example.org" });
        server.post("/core/brands/", &brand).await;
    }

    /// Consents of the owner's, as many as may be taken back, for an application that stays.
    async fn furnish_consents(&self) {
        let app = json!({ "name": "Lasting", "slug": "lasting" });
        let app = self.server.post("/core/applications/", &app).await["pk"].clone();
        for number in 0..6 {
            let entitlement = json!({ "name": format!("spare-{number}"), "app": app });
            let path = "/core/application_entitlements/";
            self.server.post(path, &entitlement).await;
        }
        let mut tx = self.server.engine.store.begin().await.unwrap();
        for number in 0..6 {
            let row = consent::ConsentRow {
                id: 0,
                user_id: self.server.mia,
                application: app.as_str().unwrap().to_owned(),
                permissions: format!("permission{number}"),
                expires_at: None,
                created_at: 0,
            };
            consent::save(&mut tx, &row).await.unwrap();
        }
        self.server.engine.commit(tx).await.unwrap();
    }

    /// Codes and tokens of the owner's, each of a grant of its own, for a provider that is gone.
    async fn furnish_grants(&self) {
        let mut tx = self.server.engine.store.begin().await.unwrap();
        let (user_id, provider_id) = (self.server.mia, i64::MAX);
        let expires_at = NOW + 3_600_000;
        for kind in [TokenKind::Code, TokenKind::Access, TokenKind::Refresh] {
            for number in 0..6 {
                let id = format!("{}-{number}", kind.word());
                let token = GrantTokenRow {
                    id: 0,
                    grant_id: id.clone(),
                    provider_id,
                    user_id,
                    kind: kind.word().to_owned(),
                    hash: id.clone(),
                    scopes: "openid".to_owned(),
                    data: "{}".to_owned(),
                    created_at: NOW,
                    expires_at,
                    used_at: None,
                };
                let row = GrantRow {
                    id,
                    provider_id,
                    user_id,
                    session_id: None,
                    ends_with_session: false,
                    scopes: "openid".to_owned(),
                    facts: "{}".to_owned(),
                    created_at: NOW,
                    expires_at,
                };
                grant::insert(&mut tx, &row).await.unwrap();
                grant::insert_token(&mut tx, &token).await.unwrap();
            }
        }
        self.server.engine.commit(tx).await.unwrap();
    }

    /// One of each kind that a new store has none of.
    async fn furnish_stages(&self) {
        let prompt = json!({ "name": "spare", "field_key": "a", "label": "A", "type": "text" });
        let prompt = self.server.post("/stages/prompt/prompts/", &prompt).await["pk"].clone();
        let sources = self.server.get("/sources/all/").await.body;
        let source = sources["results"][0]["pk"].clone();
        for (path, more) in [
            (
                "captcha",
                json!({ "public_key": "-", "private_key": "-", "js_url": "built-in" }),
            ),
            ("consent", json!({})),
            ("deny", json!({})),
            ("dummy", json!({})),
            ("invitation/stages", json!({})),
            ("invitation/invitations", json!({})),
            ("prompt/stages", json!({ "fields": [prompt] })),
            (
                "redirect",
                json!({ "mode": "static", "target_static": "/if/user/" }),
            ),
            ("source", json!({ "source": source })),
            ("user_delete", json!({})),
            ("user_logout", json!({})),
            ("user_write", json!({})),
        ] {
            let mut stage = json!({ "name": format!("spare-{}", path.replace('/', "-")) });
            stage
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            self.server.post(&format!("/stages/{path}/"), &stage).await;
        }
    }

    /// As many of each kind as are deleted, by the kind's path and by the family's.
    async fn furnish_policies(&self) {
        let fields = json!({
            "countries": ["DE"], "days": 30, "domains": "example.org", "expression": "return True",
            "networks": "192.0.2.0/24", "saml_name": "name", "scope_name": "scope", "static_settings": {},
        });
        let families = [resource::Family::Policy, resource::Family::PropertyMapping];
        for kind in families.into_iter().flat_map(resource::family_of) {
            let taken = kind.fields.iter().filter(|field| field.required);
            let mut body: serde_json::Map<_, _> = taken
                .map(|field| (field.key.to_owned(), fields[field.key].clone()))
                .collect();
            for number in 0..4 {
                body.insert("name".into(), json!(format!("{} {number}", kind.verbose)));
                let path = format!("/{}/", kind.path);
                self.server.post(&path, &body.clone().into()).await;
            }
        }
    }

    async fn furnish_scores(&self) {
        let limits = reputation::Limits {
            lower: -5,
            upper: 5,
        };
        let mia = reputation::Name {
            identifier: "mia".to_owned(),
            spill: "mia".to_owned(),
        };
        let mut tx = self.server.engine.store.begin().await.unwrap();
        for ip in ["192.0.2.1", "192.0.2.2", "192.0.2.3"] {
            let change = reputation::Change {
                name: &mia,
                ip,
                ip_geo_data: "{}",
                ip_asn_data: "{}",
                by: -1,
            };
            reputation::change(&mut tx, change, limits, NOW)
                .await
                .unwrap();
        }
        self.server.engine.commit(tx).await.unwrap();
    }

    async fn admin(&self, method: &str, path: &str, body: &Value, status: u16) -> Value {
        Server::expect(
            self.server.call(Role::Admin, method, path, body).await,
            status,
        )
    }

    /// A token and a session for everybody, and spare ones of the owner's. Those that may do anything
    /// come last, because they do it.
    async fn give_credentials(&mut self) {
        let sam = json!({ "username": "sam", "name": "Sam" });
        let sam = self.server.post("/core/users/", &sam).await["pk"]
            .as_i64()
            .unwrap();
        let outpost = self.outpost_account().await;
        let (admin, mia) = (self.server.admin, self.server.mia);
        self.credentials
            .push((Caller::Anonymous, Proof::Token, String::new(), None));
        for (caller, user) in [
            (Caller::Other, sam),
            (Caller::Outpost, outpost),
            (Caller::Owner, mia),
            (Caller::Admin, admin),
        ] {
            self.give(caller, user).await;
        }
        for number in 0..4 {
            let spare = json!({ "identifier": format!("spare-{number}"), "user": mia });
            self.server.post("/core/tokens/", &spare).await;
            sign_in(&self.server, mia).await;
        }
        devices(&self.server, mia).await;
    }

    async fn give(&mut self, caller: Caller, user: i64) {
        let token = json!({ "identifier": format!("key-{user}"), "user": user, "expiring": false });
        self.server.post("/core/tokens/", &token).await;
        let shown = format!("/core/tokens/key-{user}/view_key/");
        let key = self.server.get(&shown).await.body["key"]
            .as_str()
            .unwrap()
            .to_owned();
        self.credentials.push((caller, Proof::Token, key, None));
        let (id, cookie) = sign_in(&self.server, user).await;
        let csrf = csrf::issue(&self.server.engine.keys, csrf::Subject::Session(&id));
        self.credentials
            .push((caller, Proof::Session, cookie, Some(csrf)));
        self.used_sessions.push(id);
    }

    async fn outpost_account(&self) -> i64 {
        let list = self
            .server
            .get("/core/users/?type=internal_service_account")
            .await;
        list.body["results"][0]["pk"].as_i64().unwrap()
    }

    /// Every way in which somebody can call.
    pub(super) fn callers(&self) -> impl Iterator<Item = (Caller, Proof)> {
        let all = self.credentials.iter();
        all.map(|(caller, proof, ..)| (*caller, *proof))
    }

    /// Calls as somebody.
    pub(super) async fn call(
        &self,
        (caller, proof): (Caller, Proof),
        method: &str,
        path: &str,
    ) -> Seen {
        let found = self
            .credentials
            .iter()
            .find(|one| (one.0, one.1) == (caller, proof));
        let (.., secret, csrf) = found.unwrap();
        let (media_type, body) = match (method, path) {
            (_, "/managed/blueprints/import/") => ("multipart/form-data; boundary=x", "--x--\r\n"),
            ("get", _) => ("application/json", ""),
            _ => ("application/json", "{}"),
        };
        let mut request = http::Request::builder()
            .method(method.to_ascii_uppercase().as_str())
            .uri(format!("/api/v3{path}"))
            .header(CONTENT_TYPE, media_type);
        request = match (caller, proof) {
            (Caller::Anonymous, _) => request,
            (_, Proof::Token) => request.header(AUTHORIZATION, format!("Bearer {secret}")),
            (_, Proof::Session) => request.header(COOKIE, secret),
        };
        if let Some(csrf) = csrf {
            request = request.header(csrf::HEADER, csrf);
        }
        self.server.send(request, body).await
    }

    /// The path of the document with the key of an object that is there: the owner's, if it can be
    /// somebody's. Of what cannot exist yet, a key that nothing has.
    pub(super) async fn concrete(&self, path: &str) -> String {
        let Some((collection, rest)) = path.split_once('{') else {
            return path.to_owned();
        };
        let (parameter, tail) = rest.split_once('}').unwrap();
        let key = match collection {
            "/admin/version/history/" => "1".to_owned(),
            "/flows/executor/" | "/flows/inspector/" => "default-authentication-flow".to_owned(),
            _ => self.key_of(collection, parameter).await,
        };
        let query = if collection == "/flows/executor/" {
            "?query="
        } else {
            ""
        };
        format!("{collection}{key}{tail}{query}")
    }

    async fn key_of(&self, collection: &str, parameter: &str) -> String {
        let query = "superuser_full_list=true&ordering=pk&page_size=100";
        let list = self.server.get(&format!("{collection}?{query}")).await.body;
        let all = list["results"].as_array().unwrap();
        let free: Vec<_> = all.iter().filter(|one| self.is_free(one)).collect();
        let marked = free.iter().find(|one| is_marked(one));
        let one = marked.or(free.first());
        let one = one.unwrap_or_else(|| panic!("{collection} is empty"));
        let lookup = [parameter, "pk", "uuid"].map(|key| &one[key]);
        let key = lookup.into_iter().find(|value| !value.is_null()).unwrap();
        key.as_str().map_or_else(|| key.to_string(), str::to_owned)
    }

    /// Whether the object is no credential, and the owner's if it is a session.
    fn is_free(&self, object: &Value) -> bool {
        let Some(id) = object
            .get("uuid")
            .filter(|_| object.get("last_ip").is_some())
        else {
            return true;
        };
        object["user"] == self.server.mia && !self.used_sessions.iter().any(|used| id == used)
    }

    /// Everything that may not be shown, by value.
    pub(super) async fn secrets(&self) -> Vec<String> {
        let configs = self.server.get("/outposts/proxy/").await.body;
        let config = &configs["results"][0];
        let mut secrets: Vec<_> = ["client_secret", "cookie_secret"]
            .iter()
            .map(|key| config[*key].as_str().unwrap().to_owned())
            .collect();
        let tokens = self.credentials.iter().filter(|one| one.1 == Proof::Token);
        secrets.extend(tokens.map(|one| one.2.clone()));
        let key = pair(0).private_key.lines().nth(1).unwrap();
        secrets.push(key.to_owned());
        let mut tx = self.server.engine.store.read().await.unwrap();
        let mia = doorward_store::user::find(&mut tx, self.server.mia)
            .await
            .unwrap();
        secrets.push(mia.unwrap().password);
        secrets.retain(|secret| !secret.is_empty());
        assert!(secrets.len() > 6 && secrets.iter().all(|secret| secret.len() > 16));
        secrets
    }
}

/// Some devices of every class.
pub(super) async fn devices(server: &Server, user: i64) {
    use doorward_store::{device, sequence};
    let mut tx = server.engine.store.begin().await.unwrap();
    for class in ["static", "totp", "webauthn", "email"].repeat(4) {
        let id = sequence::next(&mut tx, sequence::Sequence::Device)
            .await
            .unwrap();
        let credential = json!({ "id": format!("c{id}"), "public_key": "", "sign_count": 0,
            "aaguid": "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4", "transports": [],
            "backup_eligible": true, "backed_up": true });
        let row = device::DeviceRow {
            id,
            user_id: user,
            kind: class.to_owned(),
            name: format!("spare-{id}"),
            confirmed: true,
            data: match class {
                "webauthn" => credential.to_string(),
                "email" => json!({ "email": "mia@example.org", "stage": "" }).to_string(),
                _ => "v1.k1.sealed".into(),
            },
            credential: (class == "webauthn").then(|| format!("c{id}")),
            counter: 0,
            created_at: NOW,
            updated_at: NOW,
            last_used_at: None,
        };
        device::insert(&mut tx, &row).await.unwrap();
        if class == "static" {
            device::insert_code(&mut tx, id, "$argon2id$hash")
                .await
                .unwrap();
        }
    }
    server.engine.commit(tx).await.unwrap();
}

fn is_marked(object: &Value) -> bool {
    let names = ["slug", "name", "username", "identifier"].map(|key| object[key].as_str());
    let fits = |name: &str| MARKED.contains(&name) || name.starts_with("spare-");
    names.into_iter().flatten().any(fits)
}

/// Whether a path is a list of a kind or of a family.
pub(super) fn is_list(path: &str) -> bool {
    let path = path.trim_matches('/');
    let families = resource::Family::ALL.map(resource::Family::path);
    families.contains(&path) || resource::registry().any(|kind| kind.path == path)
}
