//! Sign-in steps that an outpost carries out for whoever stands at its own door.

use doorward_engine::{blueprint, testing};
use http::Request;

use super::kit::{Role, Seen, Server};

const FLOWS: &str = r"
version: 1
metadata: { name: bind }
entries:
  - { model: authentik_stages_dummy.dummystage, id: dummy, identifiers: { name: o-dummy } }
  - { model: authentik_flows.flow, id: bind, identifiers: { slug: bind }, attrs: { name: B, title: B, designation: authentication, authentication: require_outpost } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf bind, stage: !KeyOf dummy, order: 0 } }
  - { model: doorward_policies.networks, id: net, identifiers: { name: o-net }, attrs: { networks: 203.0.113.0/24 } }
  - { model: authentik_flows.flow, id: near, identifiers: { slug: near }, attrs: { name: N, title: N, designation: authentication } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf near, stage: !KeyOf dummy, order: 0 } }
  - { model: authentik_policies.policybinding, identifiers: { target: !KeyOf near, policy: !KeyOf net, order: 0 } }
";

/// A step of a flow, asked with an outpost's headers.
async fn step(server: &Server, slug: &str, token: &str, client: &str) -> Seen {
    let query = "?query=goauthentik.io%2Foutpost%2Fldap%3Dtrue";
    let mut request = Request::get(format!("/api/v3/flows/executor/{slug}/{query}"));
    for (name, value) in [
        ("x-authentik-outpost-token", token),
        ("x-authentik-remote-ip", client),
    ] {
        if !value.is_empty() {
            request = request.header(name, value);
        }
    }
    server.send(request, "").await
}

async fn is_open(server: &Server, slug: &str, token: &str, client: &str) -> bool {
    let seen = step(server, slug, token, client).await;
    match seen.body["component"].as_str() {
        Some("ak-stage-dummy") => true,
        Some("ak-stage-access-denied") => false,
        _ => panic!("{seen:?}"),
    }
}

/// api-and-model.md 2.4 and 8.3: both headers together, and the token of an outpost's own account.
#[tokio::test]
async fn an_outpost_is_known_by_its_own_token_and_says_for_whom_it_asks() {
    let keys = [Role::Outpost, Role::Admin, Role::Person].map(|role| role.key().unwrap());
    let [outpost, admin, person] = keys;
    for server in Server::every().await {
        blueprint::apply_text(&server.engine, testing::NOW, FLOWS)
            .await
            .unwrap();
        for (token, client, opens) in [
            (outpost, "203.0.113.7", true),
            (outpost, "", false),
            (outpost, "not an address", false),
            ("", "203.0.113.7", false),
            ("a guess", "203.0.113.7", false),
            (admin, "203.0.113.7", false),
            (person, "203.0.113.7", false),
        ] {
            for slug in ["bind", "near"] {
                let is_open = is_open(&server, slug, token, client).await;
                assert_eq!(is_open, opens, "{slug} {token} {client}");
            }
        }
        assert!(is_open(&server, "bind", outpost, "198.51.100.1").await);
        assert!(!is_open(&server, "near", outpost, "198.51.100.1").await);
    }
}
