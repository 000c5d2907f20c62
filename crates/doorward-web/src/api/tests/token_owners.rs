//! CVE-2024-37905 as a property: whatever somebody below an administrator writes about tokens and
//! users, no token changes hands and nobody gains a right.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::kit::{Role, Server};

/// One call with a hostile body.
#[derive(Clone, Debug)]
struct Call {
    role: Role,
    method: &'static str,
    place: Place,
    fields: Vec<(&'static str, usize)>,
}

/// What is written to.
#[derive(Clone, Copy, Debug)]
enum Place {
    Tokens,
    OwnToken,
    AdminsToken,
    OutpostsToken,
    NewToken,
    OwnUser,
    AdminsUser,
}

impl Place {
    const ALL: [Self; 7] = [
        Self::Tokens,
        Self::OwnToken,
        Self::AdminsToken,
        Self::OutpostsToken,
        Self::NewToken,
        Self::OwnUser,
        Self::AdminsUser,
    ];

    fn path(self, server: &Server) -> String {
        let (mia, admin) = (server.mia, server.admin);
        match self {
            Self::Tokens => "/core/tokens/".to_owned(),
            Self::OwnToken => format!("/core/tokens/token-{mia}/"),
            Self::AdminsToken => format!("/core/tokens/token-{admin}/"),
            Self::OutpostsToken => "/core/tokens/outpost/".to_owned(),
            Self::NewToken => "/core/tokens/new/".to_owned(),
            Self::OwnUser => format!("/core/users/{mia}/"),
            Self::AdminsUser => format!("/core/users/{admin}/"),
        }
    }
}

/// Fields that say whose something is or what it may do.
const FIELDS: [&str; 13] = [
    "identifier",
    "user",
    "user_obj",
    "intent",
    "managed",
    "key",
    "expiring",
    "expires",
    "groups",
    "is_superuser",
    "is_active",
    "type",
    "username",
];

/// Values for any of them, chosen by a number.
fn value(server: &Server, at: usize) -> Value {
    let (mia, admin) = (server.mia, server.admin);
    let values = [
        json!(admin),
        json!(mia),
        json!(admin.to_string()),
        json!({ "pk": admin, "username": "admin" }),
        json!([admin]),
        json!("new"),
        json!("api"),
        json!("recovery"),
        json!("token-0"),
        json!("internal_service_account"),
        json!(true),
        json!(false),
        json!("2099-01-01T00:00:00Z"),
        Value::Null,
    ];
    values[at % values.len()].clone()
}

fn call() -> impl Strategy<Value = Call> {
    let roles = prop::sample::select(vec![Role::Anonymous, Role::Person, Role::Outpost]);
    let methods = prop::sample::select(vec!["post", "put", "patch", "delete"]);
    let places = prop::sample::select(Place::ALL.to_vec());
    let field = (prop::sample::select(FIELDS.to_vec()), 0..14_usize);
    let fields = prop::collection::vec(field, 0..6);
    (roles, methods, places, fields).prop_map(|(role, method, place, fields)| Call {
        role,
        method,
        place,
        fields,
    })
}

async fn make(server: &Server, call: &Call) {
    let pairs = call.fields.iter();
    let body: Map<String, Value> = pairs
        .map(|(name, at)| ((*name).to_owned(), value(server, *at)))
        .collect();
    let path = call.place.path(server);
    let seen = server
        .call(call.role, call.method, &path, &body.into())
        .await;
    assert!(seen.status.as_u16() < 500, "{call:?}: {}", seen.body);
}

/// Whose each token is and what it is for.
async fn tokens(server: &Server) -> Vec<(String, Value, Value)> {
    let list = server.get("/core/tokens/?page_size=100").await.body;
    let all = list["results"].as_array().unwrap().iter();
    let text = |one: &Value| one["identifier"].as_str().unwrap().to_owned();
    all.map(|one| (text(one), one["user"].clone(), one["intent"].clone()))
        .collect()
}

/// What the rights of both people come from.
async fn rights(server: &Server) -> Vec<Value> {
    let mut rights = Vec::new();
    for id in [server.mia, server.admin] {
        let user = server.get(&format!("/core/users/{id}/")).await.body;
        let fields = ["username", "is_superuser", "is_active", "groups", "type"];
        rights.push(json!(fields.map(|name| user[name].clone())));
    }
    rights
}

async fn holds(calls: &[Call]) {
    let server = Server::sqlite().await;
    let (tokens_before, rights_before) = (tokens(&server).await, rights(&server).await);
    for call in calls {
        make(&server, call).await;
    }
    assert_eq!(rights(&server).await, rights_before, "{calls:?}");
    for token in tokens(&server).await {
        let is_old = tokens_before.contains(&token);
        let is_mias = token.1 == server.mia && token.2 != "recovery";
        assert!(is_old || is_mias, "{token:?} after {calls:?}");
    }
    let me = server.call(Role::Admin, "get", "/core/users/me/", &Value::Null);
    assert_eq!(me.await.body["user"]["pk"], server.admin, "{calls:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn cve_2024_37905_no_calls_below_an_administrator_move_a_token_or_a_right(
        calls in prop::collection::vec(call(), 1..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(holds(&calls));
    }
}

/// The property would notice: the same field from an administrator does move a token.
#[tokio::test]
async fn an_administrator_may_give_a_token_away() {
    let server = Server::sqlite().await;
    let path = Place::OwnToken.path(&server);
    let body = json!({ "user": server.admin });
    Server::expect(server.call(Role::Admin, "patch", &path, &body).await, 200);
    assert!(
        tokens(&server).await.iter().any(|(name, user, _)| *name
            == format!("token-{}", server.mia)
            && *user == server.admin)
    );
}
