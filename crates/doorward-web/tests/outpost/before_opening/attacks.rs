//! Around the flow, with somebody else's run, or twice.

use super::*;

/// The page of the flow, ready to be answered.
async fn asked_for(kit: &Kit, browser: &mut Browser, url: &str) -> Page {
    browser.enter(kit, url).await.expect(200)
}

/// The sealed request in the address of the authorize page.
fn request(page: &Page) -> String {
    let here = page.url.query_pairs().find(|(name, _)| name == "request");
    here.unwrap().1.into_owned()
}

async fn nothing_was_granted(kit: &Kit) {
    assert_eq!(tickets(kit).await, 0);
}

#[tokio::test]
async fn the_callback_and_the_start_do_not_lead_around_the_flow() {
    let kit = kit("agree").await;
    let mut browser = signed_in(&kit, 7).await;
    asked_for(&kit, &mut browser, &app()).await;
    let callback =
        format!("{EXTERNAL}/outpost.goauthentik.io/callback?X-authentik-auth-callback=true");
    let again = browser.open(&kit, &callback).await.expect(200);
    assert!(again.answer.text.contains("Opening App app"));
    let start = format!("{EXTERNAL}/outpost.goauthentik.io/start?rd={EXTERNAL}/page");
    browser.open(&kit, &start).await.expect(200);
    // Nor does the page that asks, however often it is opened.
    browser.open(&kit, again.url.as_str()).await.expect(200);
    nothing_was_granted(&kit).await;
}

#[tokio::test]
async fn a_run_of_another_flow_grants_nothing() {
    let kit = kit("step-up").await;
    let mut browser = signed_in(&kit, 7).await;
    app_of(&kit, &mut browser).await;
    let page = asked_for(&kit, &mut browser, &app()).await;
    for slug in ["agree", "implicit"] {
        let url = format!("{PUBLIC}/if/flow/{slug}/?{}", asked(&page));
        let mut shown = browser.open(&kit, &url).await.expect(200);
        if shown.url.path().starts_with("/if/flow/agree/") {
            shown = browser.submit(&kit, &shown, &[]).await.expect(200);
        }
        assert!(
            shown.answer.text.contains("to continue to App app"),
            "{}",
            shown.answer.text
        );
    }
    nothing_was_granted(&kit).await;
}

#[tokio::test]
async fn a_run_for_one_application_opens_no_other() {
    for store in doorward_store::testing::every_engine().await {
        let kit = kit_on(store, "agree-each").await;
        before(&kit, 2, "other", OTHER, "agree-each").await;
        let mut browser = signed_in(&kit, 7).await;
        let one = asked_for(&kit, &mut browser, &app()).await;
        let other = asked_for(&kit, &mut browser, &format!("{OTHER}/")).await;
        let (to, body) = one.form(&[]);
        let swapped = to.as_str().replace(&request(&one), &request(&other));
        assert_ne!(swapped, to.as_str());
        let to = url::Url::parse(&swapped).unwrap();
        let form = Some(("application/x-www-form-urlencoded", body));
        let answer = browser.send(&kit, &to, form).await.expect(303);
        let place = answer.location();
        assert!(
            place.starts_with("/application/proxy/authorize/"),
            "{place}"
        );
        let asked = browser.open(&kit, &format!("{PUBLIC}{place}")).await;
        assert!(
            asked.answer.text.contains("App other"),
            "it is asked for itself"
        );
        nothing_was_granted(&kit).await;
    }
}

#[tokio::test]
async fn a_run_for_one_request_answers_no_later_one() {
    let kit = kit("agree-each").await;
    let mut browser = signed_in(&kit, 7).await;
    let first = asked_for(&kit, &mut browser, &app()).await;
    let second = asked_for(&kit, &mut browser, &app()).await;
    let (to, body) = first.form(&[]);
    let swapped = to.as_str().replace(&request(&first), &request(&second));
    let form = Some(("application/x-www-form-urlencoded", body));
    let to = url::Url::parse(&swapped).unwrap();
    browser.send(&kit, &to, form).await.expect(303);
    nothing_was_granted(&kit).await;
}

#[tokio::test]
async fn a_copy_of_a_run_grants_no_second_ticket() {
    for store in doorward_store::testing::every_engine().await {
        let kit = kit_on(store, "agree-each").await;
        let mut browser = signed_in(&kit, 7).await;
        let page = asked_for(&kit, &mut browser, &app()).await;
        let copy = browser.clone();
        let both = [page.form(&[]), page.form(&[])];
        browser.submit(&kit, &page, &[]).await.is_at(&app());
        for (to, body) in both {
            let form = Some(("application/x-www-form-urlencoded", body));
            let answer = copy.clone().send(&kit, &to, form).await.expect(303);
            let place = answer.location();
            assert!(
                place.starts_with("/application/proxy/authorize/"),
                "{place}"
            );
        }
        assert_eq!(tickets(&kit).await, 1);
    }
}

#[tokio::test]
async fn of_fifty_answers_at_once_one_is_granted() {
    for store in doorward_store::testing::every_engine().await {
        let kit = kit_on(store, "agree-each").await;
        let mut browser = signed_in(&kit, 7).await;
        let page = asked_for(&kit, &mut browser, &app()).await;
        let mut copies = vec![browser; 50];
        let sends = copies.iter_mut().map(|copy| {
            let (to, body) = page.form(&[]);
            let kit = &kit;
            async move {
                let form = Some(("application/x-www-form-urlencoded", body));
                copy.send(kit, &to, form).await.expect(303).location()
            }
        });
        let places = futures_util::future::join_all(sends).await;
        let granted = places.iter().filter(|place| place.starts_with(EXTERNAL));
        assert_eq!(granted.count(), 1, "{places:#?}");
        assert_eq!(tickets(&kit).await, 1);
    }
}

#[tokio::test]
async fn a_run_is_worth_nothing_in_another_session_or_to_another_person() {
    let kit = kit("agree-each").await;
    doorward_engine::testing::add_user(&kit.engine, 8, "eve").await;
    for user in [7, 8] {
        let mut browser = signed_in(&kit, 7).await;
        let page = asked_for(&kit, &mut browser, &app()).await;
        let (_, other) = kit.signed_in(user).await;
        let mut moved = browser.with(AUTH, &other);
        moved.submit(&kit, &page, &[]).await.expect(200);
        nothing_was_granted(&kit).await;
    }
}

#[tokio::test]
async fn whoever_proves_to_be_somebody_else_in_the_flow_opens_nothing() {
    let kit = kit("anybody").await;
    doorward_engine::testing::add_user(&kit.engine, 8, "eve").await;
    let mut browser = signed_in(&kit, 8).await;
    let page = asked_for(&kit, &mut browser, &app()).await;
    let page = browser
        .submit(&kit, &page, &[("uid_field", "foo")])
        .await
        .expect(200);
    browser
        .submit(&kit, &page, &[("password", "pw")])
        .await
        .expect(200);
    nothing_was_granted(&kit).await;
}

#[tokio::test]
async fn access_is_asked_again_when_the_flow_ends() {
    let kit = kit("agree-each").await;
    let mut browser = signed_in(&kit, 7).await;
    let page = asked_for(&kit, &mut browser, &app()).await;
    let binding = json!({ "pk": "b", "target": "app", "user": 8, "enabled": true });
    kit.save("authentik_policies.policybinding", "b", binding)
        .await;
    let refused = browser.submit(&kit, &page, &[]).await.expect(403);
    assert!(refused.answer.text.contains("App app"));
    nothing_was_granted(&kit).await;
}

#[tokio::test]
async fn another_flow_set_meanwhile_is_run_instead() {
    let kit = kit("agree-each").await;
    let mut browser = signed_in(&kit, 7).await;
    let page = asked_for(&kit, &mut browser, &app()).await;
    before(&kit, 1, "app", EXTERNAL, "denying").await;
    let refused = browser.submit(&kit, &page, &[]).await.expect(403);
    assert!(refused.answer.text.contains("Not on Mondays."));
    nothing_was_granted(&kit).await;
}

#[tokio::test]
async fn a_flow_that_leads_elsewhere_grants_nothing_and_goes_nowhere_round() {
    let kit = kit("elsewhere").await;
    let mut browser = signed_in(&kit, 7).await;
    browser.enter(&kit, &app()).await.expect(403);
    before(&kit, 1, "app", EXTERNAL, "leaving").await;
    let left = browser.enter(&kit, &app()).await;
    left.is_at("https://help.example.org/");
    nothing_was_granted(&kit).await;
}

#[tokio::test]
async fn a_late_run_begins_again_at_the_application() {
    let kit = kit("agree-each").await;
    let mut browser = signed_in(&kit, 7).await;
    let page = asked_for(&kit, &mut browser, &app()).await;
    later(11 * 60_000);
    let again = browser.submit(&kit, &page, &[]).await.expect(200);
    assert!(
        again
            .way
            .iter()
            .any(|url| url.contains("/outpost.goauthentik.io/start"))
    );
    nothing_was_granted(&kit).await;
    browser.submit(&kit, &again, &[]).await.is_at(&app());
}
