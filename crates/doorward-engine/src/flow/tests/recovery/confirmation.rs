//! Confirmation of an address by mail: what the link opens, and for whom it opens nothing.

use super::*;

const ENROLLMENT: &str = r"
version: 1
metadata: { name: verification }
entries:
  - { model: authentik_stages_prompt.prompt, id: username, identifiers: { name: v-username },
      attrs: { field_key: username, label: User name, type: username } }
  - { model: authentik_stages_prompt.prompt, id: email, identifiers: { name: v-email },
      attrs: { field_key: email, label: Email, type: email } }
  - { model: authentik_stages_prompt.promptstage, id: who, identifiers: { name: v-who },
      attrs: { fields: [!KeyOf username, !KeyOf email] } }
  - { model: authentik_stages_user_write.userwritestage, id: write, identifiers: { name: v-write },
      attrs: { create_users_as_inactive: true } }
  - { model: authentik_stages_email.emailstage, id: verify, identifiers: { name: v-verify },
      attrs: { use_global_settings: true, activate_user_on_success: true } }
  - { model: authentik_stages_user_login.userloginstage, id: login, identifiers: { name: v-login } }
  - { model: authentik_flows.flow, id: join, identifiers: { slug: join },
      attrs: { name: Join, title: Join us, designation: enrollment } }
  - { model: authentik_flows.flow, id: again, identifiers: { slug: again },
      attrs: { name: Again, title: Again, designation: recovery } }
  - { model: authentik_stages_identification.identificationstage, id: name, identifiers: { name: v-name },
      attrs: { user_fields: [username] } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf join, stage: !KeyOf who, order: 0 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf join, stage: !KeyOf write, order: 1 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf join, stage: !KeyOf verify, order: 2 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf join, stage: !KeyOf login, order: 3 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf again, stage: !KeyOf name, order: 0 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf again, stage: !KeyOf verify, order: 1 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf again, stage: !KeyOf login, order: 2 } }
";

async fn with_flows(engine: &Engine, flows: &str) {
    let applied = blueprint::apply_text(engine, NOW, flows).await;
    applied.expect("the flows");
}

/// Ann has filled in the form of the flow that makes accounts; what her browser keeps of its start.
async fn joined(engine: &Engine) -> (Step, String, String) {
    with_flows(engine, ENROLLMENT).await;
    let ctx = stranger(NOW);
    let (_, handle, cookie) = begun_at(engine, &ctx, "join").await;
    let who = json!({ "username": "ann", "email": "ann@example.org" });
    let step = go_on(engine, &ctx, "join", (&handle, &cookie), Some(who)).await;
    (step, handle, cookie)
}

/// The account that this made.
async fn ann(engine: &Engine) -> user::UserRow {
    let mut tx = engine.store.read().await.expect("a transaction");
    let found = user::find_by_username(&mut tx, "ann").await;
    found.expect("a look").expect("an account")
}

/// Enrollment: the account is shut until its address is confirmed, wherever the link is opened.
#[tokio::test]
async fn an_account_is_opened_by_the_link_that_was_mailed_to_it() {
    for (engine, _store) in houses().await {
        let (step, ..) = joined(&engine).await;
        assert_eq!(asked(&step).to.as_deref(), Some("ann@example.org"));
        let ann = ann(&engine).await;
        assert!(!ann.is_active);
        let letters = posted(&engine, NOW).await;
        let done = followed(&engine, NOW, "join", &key(&letters[0])).await;
        let done = done.expect("it counts");
        assert!(
            matches!(done.session, SessionChange::SignedIn(_)),
            "{done:?}"
        );
        assert!(row(&engine, ann.id).await.is_active);
    }
}

/// Whom an administrator has shut out is not let in by mail, whatever the stage says.
#[tokio::test]
async fn a_disabled_account_gets_no_letter_and_no_link_opens_it() {
    for (engine, _store) in houses().await {
        with_flows(&engine, ENROLLMENT).await;
        let ctx = stranger(NOW);
        for (name, is_active) in [("dan", false), ("mia", true)] {
            let (_, handle, cookie) = begun_at(&engine, &ctx, "again").await;
            let name = json!({ "uid_field": name });
            let step = go_on(&engine, &ctx, "again", (&handle, &cookie), Some(name)).await;
            assert!(asked(&step).sent);
            let letters = posted(&engine, NOW).await;
            assert_eq!(!letters[0].to.is_empty(), is_active);
            let shut = if is_active { 7 } else { 8 };
            change_user(&engine, shut, |row| row.is_active = false).await;
            assert!(
                followed(&engine, NOW, "again", &key(&letters[0]))
                    .await
                    .is_none()
            );
        }
        assert!(!row(&engine, 7).await.is_active && !row(&engine, 8).await.is_active);
    }
}

/// What was opened by mail once and shut by an administrator since stays shut: neither a second
/// link nor another letter of the run that made the account opens it.
#[tokio::test]
async fn an_account_that_was_shut_after_its_confirmation_stays_shut() {
    for (engine, _store) in houses().await {
        let (step, handle, cookie) = joined(&engine).await;
        let ctx = stranger(NOW);
        let cookie = step.run.and_then(|run| run.cookie).unwrap_or(cookie);
        let again = async || {
            let held = (&*handle, &*cookie);
            go_on(&engine, &ctx, "join", held, Some(json!({}))).await;
            posted(&engine, NOW).await.remove(0)
        };
        let first = posted(&engine, NOW).await.remove(0);
        let second = again().await;
        let opened = followed(&engine, NOW, "join", &key(&first)).await;
        assert!(matches!(
            opened.expect("it counts").session,
            SessionChange::SignedIn(_)
        ));
        let ann = ann(&engine).await.id;
        change_user(&engine, ann, |row| row.is_active = false).await;
        assert!(
            followed(&engine, NOW, "join", &key(&second))
                .await
                .is_none()
        );
        let third = again().await;
        assert!(third.to.is_empty(), "{:?} to nobody", third.subject);
        assert!(followed(&engine, NOW, "join", &key(&third)).await.is_none());
        assert!(!row(&engine, ann).await.is_active);
    }
}

const FORM_FIRST: &str = r"
version: 1
metadata: { name: form first }
entries:
  - { model: authentik_flows.flow, id: first, identifiers: { slug: first },
      attrs: { name: First, title: First, designation: recovery } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf first, stage: !Find [authentik_stages_identification.identificationstage, [name, v-name]], order: 0 } }
  - { model: authentik_stages_prompt.prompt, id: new, identifiers: { name: f-new },
      attrs: { field_key: password, label: New, type: password } }
  - { model: authentik_stages_prompt.promptstage, id: form, identifiers: { name: f-form },
      attrs: { fields: [!KeyOf new] } }
  - { model: authentik_stages_user_write.userwritestage, id: write, identifiers: { name: f-write },
      attrs: { user_creation_mode: never_create } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf first, stage: !KeyOf form, order: 1 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf first, stage: !Find [authentik_stages_email.emailstage, [name, v-verify]], order: 2 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf first, stage: !KeyOf write, order: 3 } }
";

/// A stranger fills the form in, the owner of the mailbox presses the button: the stranger's password
/// does not become theirs.
#[tokio::test]
async fn what_a_stranger_filled_in_before_the_letter_is_not_written() {
    for (engine, _store) in houses().await {
        for flows in [ENROLLMENT, FORM_FIRST] {
            with_flows(&engine, flows).await;
        }
        let before = row(&engine, 7).await.password;
        let ctx = stranger(NOW);
        let (_, handle, mut cookie) = begun_at(&engine, &ctx, "first").await;
        for given in [json!({ "uid_field": "mia" }), json!({ "password": NEW })] {
            let step = go_on(&engine, &ctx, "first", (&handle, &cookie), Some(given)).await;
            cookie = step.run.and_then(|run| run.cookie).unwrap_or(cookie);
        }
        let letter = posted(&engine, NOW).await.remove(0);
        assert_eq!(letter.to, "mia@example.org");
        let step = followed(&engine, NOW, "first", &key(&letter)).await;
        step.expect("it counts");
        assert_eq!(row(&engine, 7).await.password, before);
    }
}
