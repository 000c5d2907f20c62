//! Whom a typed name means: the attribute `upn`, on both stores.

use super::*;

/// PBKDF2 of `pw`, one round: no work in a test.
const PW: &str = "pbkdf2_sha256$1$salt$b0rYx47DZcBg5kjraU7kDepYSEsDcfvWFxWsRBC3OAo=";

fn flows(ignores_case: bool) -> String {
    format!(
        "version: 1\nentries:\n\
         - {{ model: authentik_stages_password.passwordstage, id: password, identifiers: {{ name: n-password }}, \
              attrs: {{ backends: [authentik.core.auth.InbuiltBackend] }} }}\n\
         - {{ model: authentik_stages_identification.identificationstage, id: name, identifiers: {{ name: n-name }}, \
              attrs: {{ user_fields: [upn], case_insensitive_matching: {ignores_case}, password_stage: !KeyOf password }} }}\n\
         - {{ model: authentik_stages_user_login.userloginstage, id: login, identifiers: {{ name: n-login }} }}\n\
         - {{ model: authentik_flows.flow, id: flow, identifiers: {{ slug: by-upn }}, \
              attrs: {{ name: U, title: U, designation: authentication }} }}\n\
         - {{ model: authentik_flows.flowstagebinding, identifiers: {{ target: !KeyOf flow, stage: !KeyOf name, order: 0 }} }}\n\
         - {{ model: authentik_flows.flowstagebinding, identifiers: {{ target: !KeyOf flow, stage: !KeyOf login, order: 1 }} }}\n"
    )
}

async fn with_upn(engine: &Engine, id: i64, name: &str, upn: &str) {
    add_user(engine, id, name).await;
    set_password(engine, id, PW, NOW).await;
    rename(engine, id, upn).await;
}

async fn rename(engine: &Engine, id: i64, upn: &str) {
    let mut tx = engine.store.begin().await.expect("a transaction");
    let row = user::find(&mut tx, id).await.expect("an answer");
    let mut row = row.expect("a user");
    row.attributes = json!({ "upn": upn }).to_string();
    assert!(user::save(&mut tx, &row).await.expect("an answer"));
    change::record(&mut tx, Topic::User, id, NOW)
        .await
        .expect("a change");
    engine.commit(tx).await.expect("a commit");
}

/// Who is signed in by this name and the right password.
async fn who(engine: &Engine, name: &str) -> Option<String> {
    let ctx = stranger(NOW);
    let visit = Visit {
        may_act: true,
        ..Visit::default()
    };
    let start = Start {
        slug: "by-upn",
        ..Start::default()
    };
    let step = begin(engine, &ctx, &visit, start).await;
    let held = step.expect("no fault").expect("a flow").run.expect("a run");
    let cookie = held.cookie.expect("a cookie");
    let kept = Kept {
        slug: "by-upn",
        handle: &held.id,
        cookie: &cookie,
    };
    let typed = answer(json!({ "uid_field": name, "password": "pw" }));
    let step = resume(engine, &ctx, &visit, kept, Some(&typed)).await;
    match step.expect("no fault").expect("a run").session {
        SessionChange::SignedIn(new) => Some(new.uid),
        _ => None,
    }
}

#[tokio::test]
async fn somebody_is_found_by_the_name_of_their_directory_as_long_as_it_is_theirs_alone() {
    for (engine, _store) in every_engine().await {
        blueprint::apply_text(&engine, NOW, &flows(true))
            .await
            .expect("the flow");
        with_upn(&engine, 7, "mia", "Mia@corp.example").await;
        with_upn(&engine, 8, "dan", "dan@corp.example").await;
        let mia = who(&engine, "mia@CORP.example").await;
        assert!(mia.is_some());
        assert_ne!(who(&engine, "dan@corp.example").await, mia);
        assert_eq!(
            who(&engine, "mia").await,
            None,
            "no other field was asked for"
        );
        assert_eq!(who(&engine, "nobody@corp.example").await, None);
        blueprint::apply_text(&engine, NOW, &flows(false))
            .await
            .expect("the flow");
        assert_eq!(
            who(&engine, "mia@CORP.example").await,
            None,
            "the case counts"
        );
        assert_eq!(who(&engine, "Mia@corp.example").await, mia);
        rename(&engine, 8, "mia@corp.example").await;
        assert_eq!(who(&engine, "Mia@corp.example").await, None, "whose is it?");
        rename(&engine, 7, "other@corp.example").await;
        assert_ne!(who(&engine, "mia@corp.example").await, mia, "dan's by now");
        rename(&engine, 8, "").await;
        assert_eq!(who(&engine, "mia@corp.example").await, None);
    }
}
