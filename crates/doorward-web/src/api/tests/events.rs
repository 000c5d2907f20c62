//! Events: what of them can be changed, found and counted.

use serde_json::{Value, json};

use super::kit::{Role, Server};

const PATH: &str = "/events/events/";

async fn report(server: &Server, role: Role, body: &Value) -> Value {
    let seen = server.call(role, "post", PATH, body).await;
    Server::expect(seen, 201)
}

#[tokio::test]
async fn an_event_is_changed_and_deleted_by_superusers_and_both_leave_an_event() {
    for server in Server::every().await {
        let body =
            json!({ "action": "custom_", "app": "mine", "context": { "password": "open sesame" } });
        let made = report(&server, Role::Outpost, &body).await;
        assert_eq!(made["context"]["password"], "********************");
        let path = format!("{PATH}{}/", made["pk"].as_str().unwrap());
        let change =
            json!({ "action": "login", "context": { "token": "x", "n": 1 }, "user": { "pk": 7 } });
        let seen = server.call(Role::Admin, "patch", &path, &change).await;
        let changed = Server::expect(seen, 200);
        assert_eq!(changed["action"], "login");
        assert_eq!(
            changed["context"],
            json!({ "token": "********************", "n": 1 })
        );
        assert_eq!(
            (&changed["user"], &changed["created"]),
            (&made["user"], &made["created"])
        );
        let put = server
            .call(Role::Admin, "put", &path, &json!({ "app": "x" }))
            .await;
        assert_eq!(put.body, json!({ "action": ["This field is required."] }));
        for role in [Role::Person, Role::Outpost] {
            let seen = server.call(role, "delete", &path, &Value::Null).await;
            assert_eq!(seen.status.as_u16(), 404, "{role:?}");
        }
        let gone = server
            .call(Role::Admin, "delete", &path, &Value::Null)
            .await;
        Server::expect(gone, 204);
        assert_eq!(server.get(&path).await.status.as_u16(), 404);
        for action in ["model_updated", "model_deleted"] {
            let query = format!("{PATH}?action={action}&context_model_name=event");
            let left = server.get(&query).await.body;
            assert_eq!(left["results"][0]["context"]["model"]["pk"], made["pk"]);
        }
    }
}

#[tokio::test]
async fn events_are_found_by_what_they_are_about() {
    for server in Server::every().await {
        let group = server.post("/core/groups/", &json!({ "name": "g" })).await;
        let pk = group["pk"].as_str().unwrap();
        let app = json!({ "action": "authorize_application", "app": "x",
            "context": { "authorized_application": { "pk": "a-1", "name": "A" } } });
        report(&server, Role::Admin, &app).await;
        for (query, count) in [
            (format!("context_model_pk={pk}"), 1),
            (
                format!("context_model_pk={pk}&context_model_app=authentik_core"),
                1,
            ),
            (format!("context_model_pk={pk}&context_model_name=user"), 0),
            ("context_authorized_app=a-1".to_owned(), 1),
            ("context_authorized_app=a-2".to_owned(), 0),
            ("actions=authorize_application&actions=login".to_owned(), 1),
            ("username=admin&action=authorize_application".to_owned(), 1),
            ("username=mia".to_owned(), 0),
            ("brand_name=anything".to_owned(), 0),
        ] {
            let list = server.get(&format!("{PATH}?{query}")).await.body;
            assert_eq!(list["pagination"]["count"], count, "{query}");
        }
    }
}

#[tokio::test]
async fn events_are_counted_by_time_by_application_and_by_person() {
    for server in Server::every().await {
        let opened = |app: &str| {
            json!({ "action": "authorize_application", "app": "x",
                "context": { "authorized_application": { "pk": app } } })
        };
        for (role, app) in [(Role::Admin, "a"), (Role::Outpost, "a"), (Role::Admin, "b")] {
            report(&server, role, &opened(app)).await;
        }
        let only = "action=authorize_application";
        let volume = server
            .get(&format!("{PATH}volume/?{only}&history_days=1"))
            .await
            .body;
        assert_eq!(volume.as_array().map(Vec::len), Some(1));
        assert_eq!(
            (&volume[0]["action"], &volume[0]["count"]),
            (&json!("authorize_application"), &json!(3))
        );
        let top = server
            .get(&format!("{PATH}top_per_user/?top_n=1"))
            .await
            .body;
        assert_eq!(top.as_array().map(Vec::len), Some(1));
        assert_eq!(top[0]["application"]["pk"], "a");
        assert_eq!(
            (&top[0]["counted_events"], &top[0]["unique_users"]),
            (&json!(2), &json!(2))
        );
        let stats = server
            .get(&format!(
                "{PATH}stats/?{only}&count_steps=hours=1&count_steps=days=1"
            ))
            .await
            .body;
        assert_eq!(
            stats,
            json!({ "unique_users": 2, "count_step": { "hours=1": 3, "days=1": 3 } })
        );
    }
}

#[tokio::test]
async fn what_cannot_be_counted_is_refused_by_its_parameter() {
    let server = Server::sqlite().await;
    let steps = vec!["count_steps=hours=1"; 21].join("&");
    for (path, field) in [
        ("volume/?history_days=0".to_owned(), "history_days"),
        ("volume/?history_days=367".to_owned(), "history_days"),
        ("volume/?history_days=x".to_owned(), "history_days"),
        ("volume/?action=unheard".to_owned(), "action"),
        ("top_per_user/?top_n=101".to_owned(), "top_n"),
        ("stats/".to_owned(), "count_steps"),
        ("stats/?count_steps=soon".to_owned(), "count_steps"),
        (format!("stats/?{steps}"), "count_steps"),
    ] {
        let seen = server.get(&format!("{PATH}{path}")).await;
        assert_eq!(seen.status.as_u16(), 400, "{path}");
        assert!(seen.body[field].is_array(), "{path}: {}", seen.body);
    }
}
