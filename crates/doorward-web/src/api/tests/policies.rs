//! Policies by the API: what they refuse, and the scores that one of them looks at.

use doorward_engine::testing::NOW;
use doorward_store::reputation::{Change, Limits, change};
use serde_json::{Value, json};

use super::kit::{Role, Server};

#[tokio::test]
async fn what_a_policy_cannot_mean_is_refused_by_its_field() {
    for server in Server::every().await {
        for (path, field, value, message) in [
            (
                "event_matcher",
                "query",
                json!("action = \"login\""),
                "Doorward does not read queries yet. Use the other fields, or an expression policy.",
            ),
            (
                "event_matcher",
                "client_ip",
                json!("192.0.2.0/24"),
                "Enter a valid IPv4 or IPv6 address.",
            ),
            (
                "event_matcher",
                "app",
                json!("authentik.nowhere"),
                "\"authentik.nowhere\" is not a valid choice.",
            ),
            (
                "geoip",
                "countries",
                json!(["XX"]),
                "\"XX\" is not a valid choice.",
            ),
            (
                "geoip",
                "asns",
                json!(["many"]),
                "A valid integer is required.",
            ),
            (
                "geoip",
                "history_login_count",
                json!(101),
                "Ensure this value is less than or equal to 100.",
            ),
            (
                "unique_password",
                "num_historical_passwords",
                json!(25),
                "Ensure this value is less than or equal to 24.",
            ),
        ] {
            let mut body = json!({ "name": "p", "countries": [] });
            body[field] = value;
            let path = format!("/policies/{path}/");
            let seen = server.call(Role::Admin, "post", &path, &body).await;
            assert_eq!(seen.status.as_u16(), 400, "{path} {field}: {:?}", seen.body);
            let said = seen.body[field]
                .as_array()
                .unwrap_or_else(|| panic!("{:?}", seen.body));
            assert_eq!(said[0], message);
        }
    }
}

#[tokio::test]
async fn countries_are_named_to_everybody() {
    let server = Server::sqlite().await;
    let seen = server
        .call(
            Role::Anonymous,
            "get",
            "/policies/geoip_iso3166/",
            &Value::Null,
        )
        .await;
    let countries = Server::expect(seen, 200);
    assert_eq!(countries.as_array().unwrap().len(), 249);
    let switzerland = json!({ "code": "CH", "name": "Switzerland" });
    assert!(countries.as_array().unwrap().contains(&switzerland));
    let policy = json!({ "name": "p", "countries": ["CH"] });
    let policy = server.post("/policies/geoip/", &policy).await;
    assert_eq!(policy["countries_obj"], json!([switzerland]));
}

async fn noted(server: &Server, identifier: &str, ip: &str) {
    let noted = Change {
        identifier,
        ip,
        ip_geo_data: r#"{"country":"DE"}"#,
        ip_asn_data: "{}",
        by: -1,
    };
    let limits = Limits {
        lower: -5,
        upper: 5,
    };
    let mut tx = server.engine.store.begin().await.unwrap();
    change(&mut tx, noted, limits, NOW).await.unwrap();
    server.engine.commit(tx).await.unwrap();
}

#[tokio::test]
async fn scores_are_found_shown_and_forgotten_by_superusers() {
    const PATH: &str = "/policies/reputation/scores/";
    for server in Server::every().await {
        for (name, ip) in [
            ("mia", "192.0.2.1"),
            ("mia", "192.0.2.1"),
            ("tom", "192.0.2.2"),
        ] {
            noted(&server, name, ip).await;
        }
        let found = async |query: &str| {
            let list = server.get(&format!("{PATH}?ordering=score&{query}")).await;
            Server::expect(list, 200)["results"].clone()
        };
        let all = found("").await;
        assert_eq!(all.as_array().unwrap().len(), 2);
        let mia = &all[0];
        assert_eq!(
            (&mia["identifier"], &mia["ip"], &mia["score"]),
            (&json!("mia"), &json!("192.0.2.1"), &json!(-2))
        );
        assert_eq!(mia["ip_geo_data"], json!({ "country": "DE" }));
        for (query, count) in [
            ("identifier=tom", 1),
            ("identifier_in=tom,mia", 2),
            ("ip=192.0.2.1", 1),
            ("score=-2", 1),
            ("score=3", 0),
            ("search=192.0.2.2", 1),
        ] {
            assert_eq!(
                found(query).await.as_array().unwrap().len(),
                count,
                "{query}"
            );
        }
        let path = format!("{PATH}{}/", mia["pk"].as_str().unwrap());
        assert_eq!(&Server::expect(server.get(&path).await, 200), mia);
        let person = server.call(Role::Person, "delete", &path, &Value::Null);
        assert_eq!(person.await.status.as_u16(), 404);
        let gone = server.call(Role::Admin, "delete", &path, &Value::Null);
        Server::expect(gone.await, 204);
        assert_eq!(server.get(&path).await.status.as_u16(), 404);
        assert_eq!(found("").await.as_array().unwrap().len(), 1);
    }
}
