//! Exports that make the same elsewhere.

use crate::Engine;
use crate::blueprint::export::{Selection, export};
use crate::blueprint::{apply_defaults, apply_text};
use crate::testing::{NOW, every_engine};

const ESTATE: &str = "version: 1\nentries:\n\
    - model: authentik_core.group\n  id: top\n  identifiers: {name: a-top}\n  attrs: {attributes: {color: blue}}\n\
    - model: authentik_core.group\n  id: crew\n  identifiers: {name: crew}\n  attrs: {parents: [!KeyOf top], is_superuser: true}\n\
    - model: authentik_core.user\n  id: eve\n  identifiers: {username: eve}\n  attrs: {name: Eve, email: eve@example.org, password: long enough, groups: [!KeyOf crew, !KeyOf top], attributes: {a: [1, {b: null}]}}\n\
    - model: authentik_providers_proxy.proxyprovider\n  id: provider\n  identifiers: {name: wiki}\n  attrs:\n    mode: forward_single\n    external_host: https://wiki.example.org\n    authorization_flow: !Find [authentik_flows.flow, [slug, default-provider-authorization-implicit-consent]]\n    invalidation_flow: !Find [authentik_flows.flow, [slug, default-provider-invalidation-flow]]\n    certificate: !Find [authentik_crypto.certificatekeypair, [name, authentik Self-signed Certificate]]\n\
    - model: authentik_core.application\n  id: app\n  identifiers: {slug: wiki}\n  attrs: {name: \"Wiki: yes\", provider: !KeyOf provider}\n\
    - model: authentik_policies.policybinding\n  identifiers: {target: !KeyOf app, order: 0}\n  attrs: {group: !KeyOf crew}\n\
    - model: authentik_policies.policybinding\n  identifiers: {target: !KeyOf app, order: 1, user: !KeyOf eve}\n  attrs: {negate: true}\n\
    - model: authentik_outposts.outpost\n  identifiers: {managed: goauthentik.io/outposts/embedded}\n  attrs: {providers: [!KeyOf provider]}\n";

async fn everything(engine: &Engine) -> String {
    let text = export(engine, Selection::Everything).await;
    text.expect("an answer").expect("a text")
}

/// Two empty installations with the defaults, over the same kind of store.
async fn pairs() -> Vec<[(Engine, doorward_store::testing::TestStore); 2]> {
    let mut pairs = Vec::new();
    for pair in every_engine().await.into_iter().zip(every_engine().await) {
        for (engine, _) in [&pair.0, &pair.1] {
            apply_defaults(engine, NOW).await.expect("the defaults");
        }
        pairs.push([pair.0, pair.1]);
    }
    pairs
}

#[tokio::test]
async fn everything_applies_to_an_empty_installation_which_then_exports_the_same() {
    for [(here, _store), (there, _other)] in pairs().await {
        apply_text(&here, NOW, ESTATE).await.expect("it applies");
        let text = everything(&here).await;
        let report = apply_text(&there, NOW, &text).await.expect(&text);
        assert!(report.notes.is_empty(), "{:?}", report.notes);
        assert_eq!(everything(&there).await, text);
        let again = apply_text(&there, NOW, &text)
            .await
            .expect("it applies again");
        assert!(
            again.is_empty(),
            "{:?}",
            again.changes().collect::<Vec<_>>()
        );
        let home = apply_text(&here, NOW, &text)
            .await
            .expect("it applies at home");
        assert!(home.is_empty(), "{:?}", home.changes().collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn no_secret_and_no_key_of_this_installation_is_exported() {
    let [(here, _store), _] = pairs().await.remove(0);
    apply_text(&here, NOW, ESTATE).await.expect("it applies");
    let text = everything(&here).await;
    for word in [
        "argon2",
        "v1.k1",
        "PRIVATE KEY",
        "client_secret",
        "cookie_secret",
        "long enough",
    ] {
        assert!(!text.contains(word), "{word}");
    }
    let snapshot = here.snapshot();
    for kind in snapshot.kinds() {
        for object in snapshot
            .objects(kind)
            .iter()
            .filter(|one| one.id.len() > 30)
        {
            assert!(!text.contains(&object.id), "{kind} {}", object.id);
        }
    }
}

#[tokio::test]
async fn an_exported_flow_makes_the_same_flow_elsewhere() {
    for [(here, _store), (there, _other)] in pairs().await {
        let slug = "default-authentication-flow";
        let one = Selection::One("authentik_flows.flow", slug);
        apply_text(&here, NOW, "version: 1\nentries:\n- model: authentik_flows.flow\n  identifiers: {slug: default-authentication-flow}\n  attrs: {title: Come in}\n")
            .await
            .expect("a change");
        let text = export(&here, one)
            .await
            .expect("an answer")
            .expect("a flow");
        assert!(!text.contains("default-invalidation"), "{text}");
        let wipe: String = text.replace("attrs:", "state: absent\n  attrs:");
        let backwards = reversed(&wipe);
        apply_text(&there, NOW, &backwards)
            .await
            .expect("it is removed");
        assert!(!there.snapshot().flows.contains_key(slug));
        apply_text(&there, NOW, &text).await.expect("it applies");
        assert_eq!(export(&there, one).await.expect("an answer"), Some(text));
        assert_eq!(there.snapshot().flows[slug].title, "Come in");
        let none = Selection::One("authentik_flows.flow", "none");
        assert_eq!(export(&there, none).await.expect("an answer"), None);
    }
}

/// The same entries, the last one first, each found by what it is without `!KeyOf`.
fn reversed(text: &str) -> String {
    let mut document: serde_yaml_ng::Mapping = serde_yaml_ng::from_str(text).expect("YAML");
    let entries = document["entries"].as_sequence_mut().expect("entries");
    entries.retain(|entry| {
        !entry["identifiers"]
            .as_mapping()
            .expect("a map")
            .values()
            .any(|value| matches!(value, serde_yaml_ng::Value::Tagged(_)))
    });
    entries.reverse();
    serde_yaml_ng::to_string(&document).expect("YAML")
}
