//! One world for all expressions of these tests: Mia, her groups, a request from home.

use serde_json::{Value, json};

use crate::expression::monty::Monty;
use crate::expression::{Call, Failure, Input, Interpreter as _, Job, Kind, Outcome};

/// Monday, 15 January 2027, 08:00 UTC.
pub(super) const MONDAY_MORNING: i64 = 1_800_000_000_000;

pub(super) fn mia() -> Value {
    let group = |pk: &str, name: &str| {
        json!({
            "pk": pk, "num_pk": 7, "name": name, "is_superuser": false, "attributes": {"floor": 2},
        })
    };
    json!({
        "pk": 7, "uuid": "0d3d1c5e-0000-4000-8000-000000000007", "uid": "abc", "username": "mia",
        "name": "Mia Muster", "email": "mia@example.org", "path": "users/family", "type": "internal",
        "is_active": true, "is_superuser": false, "is_authenticated": true,
        "attributes": {"employee": {"number": 42}, "tags": ["a", "b"], "mfa": true},
        "group_attributes": {"employee": {"number": 42}, "quota": "5 GB"},
        "last_login": 1_799_990_000_000_i64, "date_joined": 1_700_000_000_000_i64,
        "password_change_date": 1_790_000_000_000_i64, "has_usable_password": true,
        "groups": [group("g-family", "family"), group("g-media", "media-users"), group("g-all", "everybody")],
        "direct": ["g-family", "g-media"],
    })
}

pub(super) fn input() -> Input {
    Input {
        now: MONDAY_MORNING,
        user: mia(),
        client_ip: "192.168.1.20".to_owned(),
        base_url: "https://auth.example.org".to_owned(),
        http_request: json!({
            "method": "GET", "path": "/if/flow/x/", "query": {"next": ["/home", "/media"]}, "host": "auth.example.org",
            "headers": {"User-Agent": "Firefox/140", "X-Device": "tv"}, "brand": {"domain": "example.org"}, "tenant": {"name": "Default"},
            "request_id": "r1",
        }),
        flow_plan: None,
        context: vec![
            ("pending_user".into(), Kind::User, mia()),
            (
                "prompt_data".into(),
                Kind::Json,
                json!({"email": "New@Example.org", "username": "x", "age": 30}),
            ),
            (
                "application".into(),
                Kind::Application,
                json!({
                    "pk": "a1", "name": "Movies", "slug": "movies", "group": "Media", "launch_url": "https://movies.example.org",
                }),
            ),
            (
                "geoip".into(),
                Kind::Json,
                json!({"country": "CH", "continent": "EU", "city": "Bern"}),
            ),
            ("is_sso".into(), Kind::Json, json!(false)),
        ],
    }
}

/// Answers what the expressions of these tests ask.
pub(super) fn answer(call: &Call) -> Result<Value, String> {
    match call.name.as_str() {
        "user_by" if call.arguments["username"] == "mia" => Ok(mia()),
        "user_by" | "create_event" => Ok(Value::Null),
        "resolve_dns" if call.arguments["host"] == "a b" => {
            Err("resolve_dns takes the name of a host".to_owned())
        }
        "resolve_dns" if call.arguments["version"] == 6 => Ok(json!([])),
        "resolve_dns" => Ok(json!(["192.0.2.1"])),
        "app_entitlements" => Ok(json!([{
            "pk": "e-admin", "pbm_uuid": "e-admin", "name": "admin", "attributes": { "quota": 3 },
        }])),
        "check_password" => Ok(json!(call.arguments["password"] == "right")),
        "group_users" if call.arguments["group"] == "g-family" => Ok(json!([mia()])),
        "group_users" => Ok(json!([])),
        "reverse_dns" => Ok(json!("host.example.org")),
        "send_email" => {
            let to = json!(["mia@example.org", "tom@example.org"]);
            Ok(json!(
                call.arguments["to"] == to && call.arguments["context"] == json!({})
            ))
        }
        "create_jwt" => {
            let wanted = json!({
                "user": 7, "provider": "app", "scopes": "openid email", "validity": "seconds=60",
            });
            assert_eq!(call.arguments, wanted);
            Ok(json!("a token"))
        }
        "user_has_authenticator" => Ok(json!(call.arguments["device_type"] == "totp")),
        "call_policy" if call.arguments["name"] == "is-family" => {
            Ok(json!({"passing": true, "messages": ["welcome"]}))
        }
        name => Err(format!("{name} cannot be answered")),
    }
}

pub(super) fn run(source: &str) -> Result<Outcome, Failure> {
    run_with(source, input())
}

pub(super) fn run_with(source: &str, input: Input) -> Result<Outcome, Failure> {
    let source = source.to_owned();
    Monty::default().run(Job { source, input }, &mut |call| answer(&call))
}
