//! Pages, lists and previews ask operators' texts and change nothing, over every engine.

use doorward_store::testing::row_counts;
use doorward_store::{Topic, change, setting};

use super::letters::{mailing, waiting};
use super::*;
use crate::resource::actions::{application, oauth2};
use crate::resource::list::Params;
use crate::resource::write::Writing;
use crate::resource::{World, registered};
use crate::{account, blueprint, snapshot};

const MAILS: &str = "ak_create_event(\"seen\")\n\
    return ak_send_email(\"mia@example.org\", \"Seen\", body=\"At the door\")";

async fn set_up(engine: &Engine) {
    blueprint::apply_defaults(engine, NOW).await.unwrap();
    let mut tx = engine.store.begin().await.unwrap();
    let address = "\"https://auth.example.org\"";
    setting::save(&mut tx, snapshot::names::BASE_URL, address, NOW)
        .await
        .unwrap();
    change::record(&mut tx, Topic::Configuration, "tests", NOW)
        .await
        .unwrap();
    engine.commit(tx).await.unwrap();
}

async fn insert(writing: &mut Writing<'_>, model: &str, body: Value) -> String {
    let body = body.as_object().cloned().unwrap();
    let kind = registered(model);
    writing.insert(kind, &body.into(), None).await.unwrap()
}

fn flow(world: &World, slug: &str) -> String {
    let mut flows = world.objects("authentik_flows.flow").iter();
    let found = flows.find(|one| one.config["slug"] == slug);
    found.expect("it ships").id.clone()
}

/// An application whose policy and whose scope each send a letter; answers its provider.
async fn door(engine: &Engine) -> String {
    let ctx = Context::system(NOW);
    let mut writing = Writing::begin(engine, &ctx).await.unwrap();
    let scope = json!({
        "name": "mails", "scope_name": "mails",
        "expression": format!("{MAILS} and {{\"told\": True}}"),
    });
    let scope = insert(
        &mut writing,
        "authentik_providers_oauth2.scopemapping",
        scope,
    )
    .await;
    let provider = json!({
        "name": "door", "client_id": "door", "property_mappings": [scope],
        "authorization_flow": flow(&writing.world, "default-provider-authorization-implicit-consent"),
        "invalidation_flow": flow(&writing.world, "default-provider-invalidation-flow"),
        "redirect_uris": [],
    });
    let provider = insert(&mut writing, crate::resource::OAUTH2_PROVIDER, provider).await;
    let number: i64 = provider.parse().unwrap();
    let app = json!({
        "name": "door", "slug": "door", "provider": number, "meta_launch_url": "https://door.example.org",
    });
    let app = insert(&mut writing, "authentik_core.application", app).await;
    let policy = json!({ "name": "mails", "expression": MAILS });
    let policy = insert(&mut writing, EXPRESSION, policy).await;
    let binding = json!({ "policy": policy, "target": app, "order": 0 });
    insert(&mut writing, "authentik_policies.policybinding", binding).await;
    writing.commit().await.unwrap();
    provider
}

#[tokio::test]
async fn the_library_lists_and_previews_send_nothing_and_the_door_does() {
    for store in doorward_store::testing::every_engine().await {
        let engine = mailing(&store.store).await;
        set_up(&engine).await;
        let person = mia(&engine).await;
        let provider = door(&engine).await;
        let system = Context::system(NOW);
        let ctx = system.acting_as(&person);
        let snapshot = engine.snapshot();
        let before = row_counts(&store.store).await;

        let shown = account::applications(&engine, &snapshot, &ctx, &person).await;
        assert_eq!(shown.len(), 1);
        let kind = registered("authentik_core.application");
        let none = Params::default();
        let listed = application::list(&engine, &ctx, kind, &none).await.unwrap();
        assert_eq!(listed["results"][0]["slug"], "door");
        let about_mia = Params {
            query: vec![("for_user".to_owned(), person.id.to_string())],
            ..Params::default()
        };
        for (ctx, params) in [(&ctx, &none), (&system, &about_mia)] {
            let may = application::check_access(&engine, ctx, "door", params).await;
            assert_eq!(may.unwrap()["passing"], true);
        }
        let told = oauth2::preview(&engine, &system, &provider, &about_mia).await;
        assert_eq!(told.unwrap()["userinfo"]["told"], true);
        assert_eq!(row_counts(&store.store).await, before);

        let question = Question::new(&snapshot, &ctx, Some(&person));
        let app = snapshot.applications.values().next().unwrap();
        assert!(engine.may_open(&question, app).await.passing);
        assert_eq!(waiting(&engine).await, 1);
    }
}

/// A trial leaves no event, whatever its policies do, and takes none away from others.
#[tokio::test]
async fn a_trial_leaves_no_event_and_the_next_failure_does() {
    for (engine, store) in every_engine().await {
        let person = mia(&engine).await;
        let logged =
            json!({ "name": "says", "expression": "return True", "execution_logging": true });
        let policies = vec![
            text("broken", "return 1 / 0"),
            text("tells", "ak_create_event(\"seen\")\nreturn True"),
            policy("says", EXPRESSION, logged),
        ];
        let bindings = ["broken", "tells", "says"].map(|name| bound(name, |_| ()));
        let snapshot = snapshot(policies, bindings.to_vec());
        let ctx = Context::system(NOW);
        let events = async || row_counts(&store.store).await["events"];
        let before = events().await;
        let question = Question::new(&snapshot, &ctx, Some(&person));
        let all = EngineMode::All;
        engine.decide(&question.trial(), "door", all, true).await;
        engine.decide(&question, "door", all, true).await;
        let three = async {
            while events().await < before + 3 {
                tokio::task::yield_now().await;
            }
        };
        let told = tokio::time::timeout(std::time::Duration::from_mins(1), three).await;
        told.expect("each of the three is written down once");
        assert_eq!(events().await, before + 3);
    }
}
