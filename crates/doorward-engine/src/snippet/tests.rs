//! All ways to write the middleware down say the same. That it works is shown in `doorward/tests/it`.

use serde_json::{Map, Value, json};

use super::{Connection, Proxy};
use crate::recipe::Address;

fn connection() -> Connection {
    Connection {
        app: Address::read("https://sonarr.home.lan").unwrap(),
        slug: "sonarr".into(),
        upstream: Address::read_as("sonarr:8989", "http").unwrap(),
        gateway: Address::read_as("doorward:9000", "http").unwrap(),
        hides_cookies: false,
        sends_credentials: false,
    }
}

fn yaml(text: &str) -> Value {
    let mut read: serde_yaml_ng::Value = serde_yaml_ng::from_str(text).unwrap();
    read.apply_merge().unwrap();
    serde_json::to_value(read).unwrap()
}

fn last(proxy: Proxy, connection: &Connection) -> String {
    proxy.pieces(connection).pop().unwrap().text
}

/// Labels as Traefik reads them: a tree of names, which do not care for case.
fn tree(text: &str) -> Value {
    let mut root = Map::new();
    for label in yaml(text)["services"]["sonarr"]["labels"]
        .as_array()
        .unwrap()
    {
        let label = label.as_str().unwrap().replace("$$", "$");
        let (path, value) = label.split_once('=').unwrap();
        let mut at = &mut root;
        let parts: Vec<&str> = path.split('.').collect();
        let (name, above) = parts.split_last().unwrap();
        for part in above {
            let next = at.entry(part.to_lowercase()).or_insert_with(|| json!({}));
            at = next.as_object_mut().unwrap();
        }
        at.insert(name.to_lowercase(), json!(value));
    }
    Value::Object(root)
}

/// Settings of a file as labels would say them.
fn as_labels(settings: &Value) -> Value {
    let word = |value: &Value| match value {
        Value::Array(all) => {
            let words: Vec<&str> = all.iter().filter_map(Value::as_str).collect();
            json!(words.join(","))
        }
        Value::String(text) => json!(text),
        other => json!(other.to_string()),
    };
    let all = settings.as_object().unwrap().iter();
    all.map(|(key, value)| (key.to_lowercase(), word(value)))
        .collect()
}

#[test]
fn labels_files_and_kubernetes_set_up_the_same_middleware() {
    for hides_cookies in [false, true] {
        for sends_credentials in [false, true] {
            let connection = Connection {
                hides_cookies,
                sends_credentials,
                ..connection()
            };
            let files = Proxy::TraefikFile.pieces(&connection);
            let own = yaml(&files[1].text);
            let name = own["http"]["routers"]["sonarr"]["middlewares"][0]
                .as_str()
                .unwrap()
                .to_owned();
            let file = yaml(&files[0].text)["http"]["middlewares"][&name]["forwardAuth"].clone();
            assert_eq!(
                file["address"],
                "http://doorward:9000/outpost.goauthentik.io/auth/traefik"
            );
            assert_eq!(file["trustForwardHeader"], false);
            let headers = file["authResponseHeaders"].as_array().unwrap();
            assert_eq!(headers.contains(&json!("Authorization")), sends_credentials);
            let labels = tree(&last(Proxy::TraefikLabels, &connection))["traefik"].clone();
            assert_eq!(
                labels["http"]["middlewares"][&name]["forwardauth"],
                as_labels(&file)
            );
            let router = &labels["http"]["routers"]["sonarr"];
            assert_eq!(router["rule"], own["http"]["routers"]["sonarr"]["rule"]);
            assert_eq!(router["middlewares"], json!(name));
            let cluster = Proxy::Kubernetes.pieces(&connection);
            let resource = yaml(&cluster[0].text);
            assert_eq!(resource["spec"]["forwardAuth"], file);
            let annotation = &yaml(&cluster[1].text)["metadata"]["annotations"]["traefik.ingress.kubernetes.io/router.middlewares"];
            assert_eq!(*annotation, json!(format!("default-{name}@kubernetescrd")));
        }
    }
}

#[test]
fn every_snippet_names_the_real_hosts_and_nothing_of_the_shipped_example() {
    for proxy in Proxy::ALL {
        let text: String = proxy
            .pieces(&connection())
            .iter()
            .map(|piece| piece.text.clone())
            .collect();
        assert!(text.contains("doorward:9000"), "{proxy:?}");
        let own = text.contains("sonarr.home.lan") || proxy == Proxy::NginxProxyManager;
        assert!(own, "{proxy:?}");
        let example = if proxy == Proxy::Caddy {
            "nothing"
        } else {
            "127.0.0.1"
        };
        assert!(
            !text.contains(example) && !text.contains("{{"),
            "{proxy:?}: {text}"
        );
        assert!(Proxy::from_slug(proxy.slug()) == Some(proxy));
    }
}

#[test]
fn a_gateway_behind_tls_is_spoken_to_over_tls() {
    let gateway = Address::read("https://auth.home.lan").unwrap();
    let connection = Connection {
        gateway,
        ..connection()
    };
    let text: String = Proxy::Nginx
        .pieces(&connection)
        .iter()
        .map(|one| one.text.clone())
        .collect();
    assert!(
        text.contains("server auth.home.lan:443;") && text.contains("proxy_pass https://doorward;")
    );
    assert!(!text.contains("proxy_pass http://doorward;"));
    assert!(last(Proxy::Caddy, &connection).contains("import doorward https://auth.home.lan\n"));
}

#[test]
fn the_field_of_nginx_proxy_manager_needs_no_other_file() {
    let field = last(Proxy::NginxProxyManager, &connection());
    assert!(!field.contains("include "), "{field}");
    assert_eq!(field.matches('{').count(), field.matches('}').count());
}
