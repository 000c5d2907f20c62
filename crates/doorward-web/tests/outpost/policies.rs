//! Policies at the door: expressions, networks, what a check may ask (deploy.md 6.4).

use serde_json::{Value, json};

use crate::kit::{EXTERNAL, Kit, forwarded, later};

const EXPRESSION: &str = "authentik_policies_expression.expressionpolicy";
const NETWORKS: &str = "doorward_policies.networks";

async fn guarded(kind: &str, config: Value) -> Kit {
    let kit = Kit::new(json!({})).await;
    guard(&kit, kind, config).await;
    kit
}

async fn guard(kit: &Kit, kind: &str, config: Value) {
    kit.save(kind, "p", config).await;
    let binding = json!({ "pk": "b", "target": "app", "policy": "p", "enabled": true, "order": 0, "timeout": 30 });
    kit.save("authentik_policies.policybinding", "b", binding)
        .await;
}

fn expression(text: &str) -> Value {
    json!({ "name": "p", "expression": text })
}

fn app() -> String {
    format!("{EXTERNAL}/page")
}

fn home() -> Value {
    json!({ "name": "home", "networks": "192.168.1.0/24", "admits_without_login": true })
}

#[tokio::test]
async fn an_expression_lets_in_and_keeps_out_with_its_message() {
    let kit = guarded(EXPRESSION, expression("return request.user.pk == 7")).await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app(), &central).await;
    kit.navigate("traefik", &app(), &cookie).await.expect(200);
    let text = "ak_message(\"Only on Sundays.\")\nreturn application.slug == \"other\"";
    kit.save(EXPRESSION, "p", expression(text)).await;
    let refused = kit.navigate("traefik", &app(), &cookie).await.expect(403);
    assert!(
        refused.text.contains("Only on Sundays."),
        "{}",
        refused.text
    );
}

#[tokio::test]
async fn an_answer_that_lasts_is_remembered_for_a_while_and_others_are_not() {
    let kit = guarded(EXPRESSION, expression("return True")).await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app(), &central).await;
    let check = || forwarded("traefik", &app(), &[("cookie", &cookie)]);
    assert_eq!(
        kit.at_once("127.0.0.1", &check()),
        None,
        "the first has to ask"
    );
    kit.send(check()).await.expect(200);
    assert_eq!(kit.at_once("127.0.0.1", &check()), Some(200));
    later(300_000);
    assert_eq!(
        kit.at_once("127.0.0.1", &check()),
        None,
        "believed for five minutes"
    );
    let text = "from datetime import datetime\nreturn datetime.now().year > 2000";
    kit.save(EXPRESSION, "p", expression(text)).await;
    kit.send(check()).await.expect(200);
    assert_eq!(
        kit.at_once("127.0.0.1", &check()),
        None,
        "the time is never remembered"
    );
}

#[tokio::test]
async fn a_policy_with_io_is_asked_at_the_login_and_never_in_a_check() {
    let text = "return ak_user_by(username=\"mia\") is None";
    let kit = Kit::new(json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let early = kit.enter(&app(), &central).await;
    guard(
        &kit,
        EXPRESSION,
        expression("return ak_user_by(pk=7) is not None"),
    )
    .await;
    // Nobody has asked it for this session: the browser goes through the login, which does.
    kit.navigate("traefik", &app(), &early).await.expect(302);
    let cookie = kit.enter(&app(), &central).await;
    kit.navigate("traefik", &app(), &cookie).await.expect(200);
    // What it would say now does not count before the next login.
    kit.save(
        EXPRESSION,
        "p",
        expression(&text.replace("is None", "== 1")),
    )
    .await;
    kit.navigate("traefik", &app(), &cookie).await.expect(200);
}

#[tokio::test]
async fn a_policy_that_fails_keeps_out() {
    let kit = guarded(EXPRESSION, expression("return True")).await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app(), &central).await;
    kit.save(EXPRESSION, "p", expression("return 1 / 0")).await;
    let refused = kit.navigate("traefik", &app(), &cookie).await.expect(403);
    assert!(refused.text.contains("A rule could not be evaluated."));
    assert!(!refused.text.contains("ZeroDivision"), "not for everybody");
}

#[tokio::test]
async fn a_network_is_admitted_without_a_login_and_the_app_is_told_of_nobody() {
    let kit = guarded(NETWORKS, home()).await;
    let from = |address: &str| {
        forwarded(
            "traefik",
            &app(),
            &[
                ("x-forwarded-for", address),
                ("x-authentik-username", "mallory"),
            ],
        )
    };
    let admitted = kit.send(from("192.168.1.20")).await.expect(200);
    for header in [
        "x-authentik-username",
        "x-authentik-groups",
        "x-authentik-email",
        "x-authentik-uid",
        "x-authentik-jwt",
    ] {
        assert_eq!(admitted.headers[header], "", "{header}");
    }
    for address in [
        "192.168.2.20",
        "203.0.113.9",
        "192.168.1.20, 203.0.113.9",
        "nonsense",
        "192.168.1.20, nonsense",
        "",
    ] {
        let kept_out = kit.send(from(address)).await;
        assert_ne!(kept_out.status, 200, "{address:?}");
    }
    // The proxy's own address is no statement about the client.
    let silent = forwarded("traefik", &app(), &[]);
    let kept_out = kit.send_from("192.168.1.5:4000", silent).await;
    assert_ne!(kept_out.status, 200);
    // Neither is what an untrusted peer says.
    let kept_out = kit
        .send_from("203.0.113.9:4000", from("192.168.1.20"))
        .await;
    assert_ne!(kept_out.status, 200);
}

#[tokio::test]
async fn a_network_admits_nobody_where_the_policy_or_the_other_bindings_do_not_say_so() {
    let kit = guarded(NETWORKS, home()).await;
    let request = || forwarded("traefik", &app(), &[("x-forwarded-for", "192.168.1.20")]);
    kit.send(request()).await.expect(200);
    let mut closed = home();
    closed["admits_without_login"] = json!(false);
    kit.save(NETWORKS, "p", closed).await;
    assert_ne!(kit.send(request()).await.status, 200, "a login is needed");
    kit.save(NETWORKS, "p", home()).await;
    let negated = json!({ "pk": "b", "target": "app", "policy": "p", "enabled": true, "order": 0, "negate": true });
    kit.save("authentik_policies.policybinding", "b", negated)
        .await;
    assert_ne!(kit.send(request()).await.status, 200, "negated");
}
