//! Traefik: labels, files and Kubernetes, all with the one middleware of `deploy/traefik/doorward.yml`.

use serde_json::Value;

use super::{Connection, Piece, without_remarks};

const SHIPPED: &str = include_str!("../../../../deploy/traefik/doorward.yml");
/// What the shipped file takes from Traefik's environment.
const FROM_ENVIRONMENT: &str = r#"{{ env "DOORWARD_URL" | default "http://127.0.0.1:9000" }}"#;
const CREDENTIALS_OFF: &str = "# - Authorization";

/// The shipped middlewares with the real address.
fn middlewares(connection: &Connection) -> String {
    let text = without_remarks(SHIPPED).replace(FROM_ENVIRONMENT, &connection.gateway.origin());
    if connection.sends_credentials {
        text.replace(CREDENTIALS_OFF, "- Authorization")
    } else {
        text
    }
}

fn middleware(connection: &Connection) -> &'static str {
    if connection.hides_cookies {
        "doorward-hide-cookies"
    } else {
        "doorward"
    }
}

/// The settings of the middleware that the application needs, as the shipped file has them.
fn forward_auth(connection: &Connection) -> Value {
    let read = serde_yaml_ng::from_str::<serde_yaml_ng::Value>(&middlewares(connection));
    let mut all = read.unwrap_or_default();
    // The file says the same twice by an anchor and a merge.
    drop(all.apply_merge());
    let found = &all["http"]["middlewares"][middleware(connection)]["forwardAuth"];
    serde_json::to_value(found).unwrap_or_default()
}

/// Labels, self-contained: each application's say the same of the middleware.
pub(super) fn labels(connection: &Connection) -> Piece {
    let (slug, name) = (&connection.slug, middleware(connection));
    let router = format!("traefik.http.routers.{slug}");
    let mut labels = vec![
        "traefik.enable=true".to_owned(),
        format!("{router}.rule=Host(`{}`)", connection.app.host()),
        format!("{router}.tls=true"),
        format!("{router}.middlewares={name}"),
        format!(
            "traefik.http.services.{slug}.loadbalancer.server.port={}",
            connection.upstream.port()
        ),
    ];
    for (key, value) in forward_auth(connection).as_object().into_iter().flatten() {
        labels.push(format!(
            "traefik.http.middlewares.{name}.forwardauth.{key}={}",
            word(value)
        ));
    }
    let lines = labels.iter().fold(String::new(), |lines, label| {
        lines + "      - '" + &in_compose(label) + "'\n"
    });
    Piece {
        place: "compose.yml",
        about: "The labels of the application's container. Traefik has to share a network with Doorward, too.",
        once: false,
        text: format!("services:\n  {slug}:\n    labels:\n{lines}"),
    }
}

/// A value as labels write it.
fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(word).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// Compose replaces what follows a dollar, and YAML ends a text at its quotation mark.
fn in_compose(label: &str) -> String {
    label.replace('$', "$$").replace('\'', "''")
}

/// The middlewares once, then a router and a service.
pub(super) fn files(connection: &Connection) -> Vec<Piece> {
    let (slug, host) = (&connection.slug, connection.app.host());
    let name = middleware(connection);
    let upstream = connection.upstream.origin();
    vec![
        Piece {
            place: "doorward.yml",
            about: "In the directory of the file provider, once for all applications.",
            once: true,
            text: middlewares(connection),
        },
        Piece {
            place: "the application's own file",
            about: "Beside it. If the application has a router already, add the line with middlewares to it.",
            once: false,
            text: format!(
                "http:\n  routers:\n    {slug}:\n      rule: Host(`{host}`)\n      middlewares: [{name}]\n      \
                 service: {slug}\n      tls: {{}}\n  services:\n    {slug}:\n      loadBalancer:\n        servers:\n          \
                 - url: '{upstream}'\n"
            ),
        },
    ]
}

/// The middleware as a resource, and an ingress that names it.
pub(super) fn kubernetes(connection: &Connection) -> Vec<Piece> {
    let (slug, host) = (&connection.slug, connection.app.host());
    let name = middleware(connection);
    let middleware = serde_json::json!({
        "apiVersion": "traefik.io/v1alpha1",
        "kind": "Middleware",
        "metadata": { "name": name, "namespace": "default" },
        "spec": { "forwardAuth": forward_auth(connection) },
    });
    let port = connection.upstream.port();
    vec![
        Piece {
            place: "middleware.yaml",
            about: "Once for all applications of the namespace.",
            once: true,
            text: serde_yaml_ng::to_string(&middleware).unwrap_or_default(),
        },
        Piece {
            place: "ingress.yaml",
            about: "For Traefik as the ingress controller. The name before the middleware's is its namespace.",
            once: false,
            text: format!(
                "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: {slug}\n  namespace: default\n  \
                 annotations:\n    traefik.ingress.kubernetes.io/router.middlewares: default-{name}@kubernetescrd\n    \
                 traefik.ingress.kubernetes.io/router.tls: 'true'\nspec:\n  ingressClassName: traefik\n  rules:\n    \
                 - host: {host}\n      http:\n        paths:\n          - path: /\n            pathType: Prefix\n            \
                 backend:\n              service:\n                name: {slug}\n                port:\n                  \
                 number: {port}\n"
            ),
        },
    ]
}
