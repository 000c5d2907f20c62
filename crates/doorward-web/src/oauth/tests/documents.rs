//! What anybody may read.

use serde_json::json;

use super::kit::Kit;

#[tokio::test]
async fn discovery_names_authentiks_addresses_with_their_slashes() {
    let kit = Kit::sqlite().await;
    kit.client("photos", json!({})).await;
    let root = "https://auth.example.org/application/o/";
    let seen = kit
        .get("/application/o/photos/.well-known/openid-configuration")
        .await;
    let told = seen.expect(200).json();
    for (key, rest) in [
        ("issuer", "photos/"),
        ("authorization_endpoint", "authorize/"),
        ("token_endpoint", "token/"),
        ("userinfo_endpoint", "userinfo/"),
        ("introspection_endpoint", "introspect/"),
        ("revocation_endpoint", "revoke/"),
        ("device_authorization_endpoint", "device/"),
        ("end_session_endpoint", "photos/end-session/"),
        ("jwks_uri", "photos/jwks/"),
    ] {
        assert_eq!(told[key], format!("{root}{rest}"), "{key}");
    }
    let algorithms = told["id_token_signing_alg_values_supported"]
        .as_array()
        .unwrap();
    assert!(algorithms.contains(&json!("RS256")));
    assert_eq!(told["request_uri_parameter_supported"], false);
    assert_eq!(told["authorization_response_iss_parameter_supported"], true);
    let rfc_8414 = "/.well-known/oauth-authorization-server/application/o/photos/";
    assert_eq!(kit.get(rfc_8414).await.expect(200).json(), told);
    let issuer = kit.get("/application/o/photos/").await.expect(303);
    assert_eq!(
        issuer.header("location"),
        "/application/o/photos/.well-known/openid-configuration"
    );
    kit.get("/application/o/nobody/.well-known/openid-configuration")
        .await
        .expect(404);
}

#[tokio::test]
async fn a_key_set_without_a_key_is_an_empty_list() {
    let kit = Kit::sqlite().await;
    let more = json!({ "compatibility": true });
    kit.client("old", more).await;
    let set = kit.get("/application/o/old/jwks/").await.expect(200).json();
    let algorithms: Vec<_> = set["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| &key["alg"])
        .collect();
    assert_eq!(
        algorithms,
        ["RS256"],
        "what signs is a secret; RS256 can be had"
    );
}
