//! Invitations and long forms, on both stores and with two servers.

use super::*;
use doorward_store::user;

const MODEL: &str = "authentik_stages_invitation.invitation";

const FLOWS: &str = r"
version: 1
metadata: { name: invitations }
entries:
  - { model: authentik_stages_invitation.invitationstage, id: invited, identifiers: { name: i-invited } }
  - { model: authentik_stages_prompt.prompt, id: username, identifiers: { name: i-username },
      attrs: { field_key: username, label: User name, type: username } }
  - { model: authentik_stages_prompt.prompt, id: about, identifiers: { name: i-about },
      attrs: { field_key: attributes.about, label: About you, type: text_area, required: false } }
  - { model: authentik_stages_prompt.prompt, id: password, identifiers: { name: i-password },
      attrs: { field_key: password, label: Password, type: password } }
  - { model: authentik_stages_prompt.promptstage, id: one, identifiers: { name: i-one },
      attrs: { fields: [!KeyOf username, !KeyOf about] } }
  - { model: authentik_stages_prompt.promptstage, id: two, identifiers: { name: i-two },
      attrs: { fields: [!KeyOf password] } }
  - { model: authentik_stages_user_write.userwritestage, id: write, identifiers: { name: i-write },
      attrs: { create_users_as_inactive: false } }
  - { model: authentik_flows.flow, id: guests, identifiers: { slug: guests },
      attrs: { name: Guests, title: Welcome, designation: enrollment } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf guests, stage: !KeyOf invited, order: 0 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf guests, stage: !KeyOf one, order: 1 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf guests, stage: !KeyOf two, order: 2 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf guests, stage: !KeyOf write, order: 3 } }
  - { model: authentik_flows.flow, id: staff, identifiers: { slug: staff },
      attrs: { name: Staff, title: Welcome, designation: enrollment } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf staff, stage: !KeyOf invited, order: 0 } }
  - { model: authentik_stages_invitation.invitation, identifiers: { name: forever },
      attrs: { flow: !KeyOf guests, fixed_data: { attributes.team: blue, name: Guest } } }
  - { model: authentik_stages_invitation.invitation, identifiers: { name: once },
      attrs: { flow: !KeyOf guests, single_use: true } }
  - { model: authentik_stages_invitation.invitation, identifiers: { name: short },
      attrs: { expires: 2100-01-01T00:00:00Z, single_use: true } }
";

async fn apply(engine: &Engine) {
    blueprint::apply_text(engine, NOW, FLOWS)
        .await
        .expect("the flows");
}

fn key(engine: &Engine, name: &str) -> String {
    let snapshot = engine.snapshot();
    let mut all = snapshot.objects(MODEL).iter();
    let found = all.find(|one| one.config["name"] == name);
    found.expect("an invitation").id.clone()
}

fn acting() -> Visit {
    Visit {
        may_act: true,
        ..Visit::default()
    }
}

async fn come(engine: &Engine, now: i64, slug: &str, invitation: &str) -> Step {
    let start = Start {
        slug,
        invitation: Some(invitation),
        ..Start::default()
    };
    let step = begin(engine, &stranger(now), &acting(), start).await;
    step.expect("no fault").expect("a flow")
}

async fn go_on(engine: &Engine, held: &Held, cookie: &str, given: serde_json::Value) -> Step {
    let kept = Kept {
        slug: "guests",
        handle: &held.id,
        cookie,
    };
    let given = answer(given);
    let step = resume(engine, &stranger(NOW), &acting(), kept, Some(&given)).await;
    step.expect("no fault").expect("a run")
}

fn cookie(step: &Step) -> (&Held, &str) {
    let held = step.run.as_ref().expect("a run");
    (held, held.cookie.as_deref().expect("a cookie"))
}

/// Comes with an invitation and fills in both forms, up to the account.
async fn enroll(engine: &Engine, invitation: &str, name: &str) -> Step {
    let step = come(engine, NOW, "guests", invitation).await;
    let (held, kept) = cookie(&step);
    let step = go_on(engine, held, kept, json!({ "username": name })).await;
    let (_, kept) = cookie(&step);
    go_on(
        engine,
        held,
        kept,
        json!({ "password": "a longer password" }),
    )
    .await
}

async fn find(engine: &Engine, name: &str) -> Option<user::UserRow> {
    let mut tx = engine.store.read().await.expect("a transaction");
    user::find_by_username(&mut tx, name).await.expect("a look")
}

fn is_refused(step: &Step) -> bool {
    matches!(step.next, Next::Refused(Refusal::NoInvitation, _))
}

#[tokio::test]
async fn an_invitation_brings_its_data_along_and_can_be_used_again() {
    for (engine, _store) in every_engine().await {
        apply(&engine).await;
        let forever = key(&engine, "forever");
        for name in ["ann", "bob"] {
            let step = enroll(&engine, &forever, name).await;
            assert!(matches!(step.next, Next::Redirect(_)), "{step:?}");
            let row = find(&engine, name).await.expect("an account");
            assert_eq!((&*row.name, row.is_active), ("Guest", true));
            assert!(
                row.attributes.contains(r#""team":"blue""#),
                "{}",
                row.attributes
            );
        }
    }
}

/// An invitation into a group, made by somebody of an administrators' group or of none.
async fn made_by(engine: &Engine, id: i64, is_admin: bool) -> String {
    use crate::resource::{self, GROUP};
    use crate::testing::add_user;
    let name = format!("maker{id}");
    add_user(engine, id, &name).await;
    let system = Context::system(NOW);
    let group = async |body: serde_json::Value| {
        let kind = resource::kind(GROUP).expect("groups");
        let made = resource::create(engine, &system, kind, &body).await;
        made.expect("a group")["pk"]
            .as_str()
            .expect("a key")
            .to_owned()
    };
    group(json!({ "name": format!("bosses{id}"), "is_superuser": is_admin, "users": [id] })).await;
    let friends = group(json!({ "name": format!("friends{id}") })).await;
    let flow = engine.snapshot().flows["guests"].pk.clone();
    let maker = engine
        .person(id)
        .await
        .expect("an answer")
        .expect("a person");
    let ctx = system.acting_as(&maker);
    let mut writing = resource::write::Writing::begin(engine, &ctx)
        .await
        .expect("a writer");
    let body = json!({ "name": "join", "flow": flow, "groups": [friends] });
    let kind = resource::kind(MODEL).expect("invitations");
    let key = writing
        .insert(kind, &body, None)
        .await
        .expect("an invitation");
    writing.commit().await.expect("a commit");
    key
}

#[tokio::test]
async fn groups_of_administrators_are_closed_however_deep_they_are() {
    use crate::resource::{self, GROUP, actions::invitation::closed_groups};
    for (engine, _store) in every_engine().await {
        let system = Context::system(NOW);
        let kind = resource::kind(GROUP).expect("groups");
        let made = async |body: serde_json::Value| {
            let made = resource::create(&engine, &system, kind, &body).await;
            let made = made.expect("a group");
            made["pk"].as_str().expect("a key").to_owned()
        };
        let top = made(json!({ "name": "top", "is_superuser": true })).await;
        let middle = made(json!({ "name": "middle", "parents": [top] })).await;
        let low = made(json!({ "name": "low", "parents": [middle] })).await;
        let beside = made(json!({ "name": "beside" })).await;
        let closed = closed_groups(&engine).await.expect("an answer");
        assert!([&top, &middle, &low].iter().all(|one| closed.contains(one)));
        assert!(!closed.contains(&beside));
    }
}

async fn groups_of(engine: &Engine, name: &str) -> Vec<String> {
    let row = find(engine, name).await.expect("an account");
    let person = engine
        .person(row.id)
        .await
        .expect("an answer")
        .expect("a person");
    person
        .groups
        .iter()
        .map(|group| group.name.to_string())
        .collect()
}

#[tokio::test]
async fn an_invitation_puts_people_into_groups_as_long_as_its_maker_may() {
    for (engine, _store) in every_engine().await {
        apply(&engine).await;
        let key = made_by(&engine, 701, true).await;
        enroll(&engine, &key, "ann").await;
        assert_eq!(groups_of(&engine, "ann").await, ["friends701"]);
        let key = made_by(&engine, 702, false).await;
        enroll(&engine, &key, "bob").await;
        assert!(groups_of(&engine, "bob").await.is_empty());
        // An administrator who is none any more puts nobody anywhere.
        let key = made_by(&engine, 703, true).await;
        let system = Context::system(NOW);
        let users = crate::resource::kind(crate::resource::USER).expect("users");
        let mut writing = crate::resource::write::Writing::begin(&engine, &system)
            .await
            .expect("a writer");
        writing
            .amend(users, "703", &json!({ "groups": [] }))
            .await
            .expect("a change");
        writing.commit().await.expect("a commit");
        enroll(&engine, &key, "cat").await;
        assert!(groups_of(&engine, "cat").await.is_empty());
    }
}

#[tokio::test]
async fn cve_2022_23555_an_invitation_counts_only_in_the_flow_it_was_made_for() {
    for (engine, _store) in every_engine().await {
        apply(&engine).await;
        let once = key(&engine, "once");
        assert!(is_refused(&come(&engine, NOW, "staff", &once).await));
        assert!(!is_refused(&come(&engine, NOW, "guests", &once).await));
    }
}

#[tokio::test]
async fn cve_2025_64708_an_expired_invitation_is_refused_before_anybody_cleaned_up() {
    for (engine, _store) in every_engine().await {
        apply(&engine).await;
        let short = key(&engine, "short");
        let end = 4_102_444_800_000;
        assert!(!is_refused(&come(&engine, end - 1, "guests", &short).await));
        assert!(is_refused(&come(&engine, end, "guests", &short).await));
        assert!(engine.snapshot().object(MODEL, &short).is_some());
        engine.purge_invitations(end - 1).await.expect("nothing");
        assert!(engine.snapshot().object(MODEL, &short).is_some());
        engine.purge_invitations(end).await.expect("one");
        let snapshot = engine.snapshot();
        assert!(snapshot.object(MODEL, &short).is_none());
        assert_eq!(
            snapshot.objects(MODEL).len(),
            2,
            "those without an end stay"
        );
    }
}

#[tokio::test]
async fn cve_2026_1529_no_byte_of_an_invitation_can_be_changed() {
    for (engine, _store) in every_engine().await {
        apply(&engine).await;
        let once = key(&engine, "once");
        for place in 0..once.len() {
            let mut changed = once.clone().into_bytes();
            changed[place] ^= 1;
            let changed = String::from_utf8(changed).expect("ASCII");
            assert!(
                is_refused(&come(&engine, NOW, "guests", &changed).await),
                "{changed}"
            );
        }
        for odd in [
            "",
            "x",
            &once.to_uppercase(),
            &format!("{once} "),
            &once.replace('-', ""),
        ] {
            assert!(
                is_refused(&come(&engine, NOW, "guests", odd).await),
                "{odd}"
            );
        }
    }
}

#[tokio::test]
async fn an_invitation_that_works_once_makes_one_account_of_fifty_that_try_at_once() {
    for (engine, _store) in every_engine().await {
        apply(&engine).await;
        let once = key(&engine, "once");
        let mut tries = tokio::task::JoinSet::new();
        for number in 0..50 {
            let (engine, once) = (engine.clone(), once.clone());
            tries.spawn(async move { enroll(&engine, &once, &format!("guest{number}")).await });
        }
        let steps = tries.join_all().await;
        let winners = steps
            .iter()
            .filter(|step| matches!(step.next, Next::Redirect(_)));
        assert_eq!(winners.count(), 1);
        assert_eq!(steps.iter().filter(|step| is_refused(step)).count(), 49);
        let mut tx = engine.store.read().await.expect("a transaction");
        assert_eq!(user::count(&mut tx).await.expect("a count"), 1);
    }
}

#[tokio::test]
async fn a_form_too_long_for_a_cookie_goes_on_at_another_server_with_its_password_sealed() {
    for (engine, store) in every_engine().await {
        apply(&engine).await;
        let step = come(&engine, NOW, "guests", &key(&engine, "forever")).await;
        let (held, kept) = cookie(&step);
        assert_eq!(
            rows(&engine, &held.id, kept).await,
            0,
            "nothing is written for a stranger"
        );
        let about = "words ".repeat(2000);
        let long = json!({ "username": "ann", "attributes.about": about });
        let step = go_on(&engine, held, kept, long.clone()).await;
        let (_, kept) = cookie(&step);
        assert!(kept.len() < 1000, "the cookie holds the row's key alone");
        assert_eq!(rows(&engine, &held.id, kept).await, 1);
        // The count has removed it: once more, and on at another server of the same store.
        let step = come(&engine, NOW, "guests", &key(&engine, "forever")).await;
        let (held, kept) = cookie(&step);
        let step = go_on(&engine, held, kept, long).await;
        let (_, kept) = cookie(&step);
        let other = crate::testing::engine(&store.store).await;
        let step = go_on(
            &other,
            held,
            kept,
            json!({ "password": "a longer password" }),
        )
        .await;
        assert!(matches!(step.next, Next::Redirect(_)), "{step:?}");
        let row = find(&engine, "ann").await.expect("an account");
        assert!(row.attributes.contains(about.trim()));
    }
}

#[tokio::test]
async fn a_run_that_grows_beyond_all_bounds_is_refused() {
    for (engine, _store) in every_engine().await {
        apply(&engine).await;
        let mut run = Run::new(Start::default(), &Visit::default(), NOW);
        run.fill_in(
            [("a".to_owned(), json!("x".repeat(300 * 1024)))]
                .into_iter()
                .collect(),
        );
        assert!(custody::is_too_big(&run));
        run.forget(true);
        assert!(!custody::is_too_big(&run));
    }
}
