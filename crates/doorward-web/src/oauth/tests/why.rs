//! Why requests were refused: many causes, each named as what it is, and no secret told with any.

use doorward_engine::resource::write::Writing;
use doorward_engine::resource::{self};
use doorward_engine::session::{self, NewSession};
use doorward_engine::trace::{Fix, Outcome, Trace, Wanted};
use doorward_engine::{Context, testing};
use doorward_store::session::{AppSessionRow, insert_app};
use doorward_store::{Topic, change, user};
use http::Request;
use serde_json::{Value, json};

use super::kit::{CALLBACK, Kit, MIA, VERIFIER, come_from, now, wait};

const CHECK: &str = "/outpost.goauthentik.io/auth/traefik";
const SECRET_PATH: &str = "/calendar?token=hush-in-a-query";
const HUSH: &str = "hush-in-a-cookie";

/// A guarded application.
struct Guarded {
    application: String,
    provider: i64,
    host: String,
}

impl Kit {
    async fn add(&self, kind: &str, body: Value) -> String {
        let ctx = Context::system(now());
        let mut writing = Writing::begin(&self.engine, &ctx).await.unwrap();
        let kind = resource::kind(kind).unwrap();
        let key = writing.insert(kind, &body, None).await.unwrap();
        writing.commit().await.unwrap();
        key
    }

    async fn amend(&self, kind: &str, key: &str, body: Value) {
        let ctx = Context::system(now());
        let mut writing = Writing::begin(&self.engine, &ctx).await.unwrap();
        let kind = resource::kind(kind).unwrap();
        writing.amend(kind, key, &body).await.unwrap();
        writing.commit().await.unwrap();
    }

    async fn provider(&self, name: &str, more: Value) -> i64 {
        let flow = self.flow("default-provider-authorization-implicit-consent");
        let invalidation = self.flow("default-provider-invalidation-flow");
        let mut body = json!({
            "name": name, "mode": "forward_single", "external_host": format!("https://{name}.home.lan"),
            "authorization_flow": flow, "invalidation_flow": invalidation,
        });
        let more = more.as_object().cloned().unwrap_or_default();
        body.as_object_mut().unwrap().extend(more);
        let pk = self
            .add("authentik_providers_proxy.proxyprovider", body)
            .await;
        pk.parse().unwrap()
    }

    async fn serve(&self, provider: i64) {
        let snapshot = self.engine.snapshot();
        let outpost = snapshot.embedded_outpost().unwrap();
        let mut providers = outpost.providers.clone();
        providers.push(provider);
        let body = json!({ "providers": providers });
        self.amend("authentik_outposts.outpost", &outpost.pk, body)
            .await;
    }

    async fn guarded(&self, name: &str, more: Value) -> Guarded {
        let provider = self.provider(name, more).await;
        let body = json!({ "name": name, "slug": name, "provider": provider });
        let application = self.add("authentik_core.application", body).await;
        self.serve(provider).await;
        Guarded {
            application,
            provider,
            host: format!("{name}.home.lan"),
        }
    }

    async fn bind(&self, app: &Guarded, more: Value) {
        let mut body = json!({ "target": app.application, "order": 0 });
        let more = more.as_object().cloned().unwrap_or_default();
        body.as_object_mut().unwrap().extend(more);
        self.add("authentik_policies.policybinding", body).await;
    }

    async fn bind_policy(&self, app: &Guarded, kind: &str, body: Value) {
        let policy = self.add(kind, body).await;
        self.bind(app, json!({ "policy": policy })).await;
    }

    /// Mia is in the application's session with this cookie.
    async fn enter(&self, app: &Guarded, token: &str, life_ms: i64) -> String {
        let ctx = Context::system(now());
        let mut tx = self.engine.store.begin().await.unwrap();
        let person = user::find(&mut tx, MIA).await.unwrap().unwrap();
        let new = NewSession {
            user_id: MIA,
            password_changed_at: person.password_changed_at,
            auth_method: "password",
            lifetime: self.engine.settings.session,
            replaces: None,
        };
        let (row, _) = session::begin(&mut tx, &ctx, new).await.unwrap().unwrap();
        let app_row = AppSessionRow {
            token_hash: session::hash_text(token),
            session_id: row.id,
            provider_id: app.provider,
            created_at: now(),
            expires_at: now() + life_ms,
            policies: "{}".into(),
        };
        insert_app(&mut tx, &app_row).await.unwrap();
        self.engine.commit(tx).await.unwrap();
        self.cookie_of(app, token)
    }

    fn cookie_of(&self, app: &Guarded, token: &str) -> String {
        let snapshot = self.engine.snapshot();
        let name = &snapshot
            .outpost
            .of_provider(app.provider)
            .unwrap()
            .cookie_name;
        format!("{name}={token}")
    }

    /// What Traefik asks about a page, and the trace that it leaves.
    async fn checked(&self, host: &str, more: &[(&str, &str)]) -> Trace {
        self.checked_as("https", host, more).await
    }

    async fn checked_as(&self, scheme: &str, host: &str, more: &[(&str, &str)]) -> Trace {
        wait(1000);
        let mut request = Request::get(CHECK)
            .header("x-forwarded-proto", scheme)
            .header("x-forwarded-host", host)
            .header("x-forwarded-uri", SECRET_PATH)
            .header("x-forwarded-method", "GET")
            .header("x-forwarded-for", "192.0.2.7")
            .header("accept", "text/html");
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        self.send(request, String::new()).await;
        self.latest().await
    }

    async fn asked_for(&self, parameters: &[(&str, &str)]) -> Trace {
        wait(1000);
        self.authorize(parameters).await;
        self.latest().await
    }

    /// The one that the last request left.
    async fn latest(&self) -> Trace {
        let ctx = Context::system(now());
        let found = self.engine.traces(&ctx, &Wanted::default(), 200).await;
        let found = found.unwrap().into_iter().next().expect("a trace");
        assert_eq!(found.last_at, now(), "of this request: {}", found.said());
        found
    }
}

#[track_caller]
fn named(trace: &Trace, outcome: Outcome, words: &str) {
    let all: Vec<_> = trace.lines.iter().map(|line| &line.words).collect();
    assert_eq!(trace.outcome, outcome, "{all:#?}");
    assert!(trace.said().contains(words), "{words:?} of {all:#?}");
}

fn fixes(trace: &Trace) -> Vec<Fix> {
    let lines = trace.lines.iter();
    lines.filter_map(|one| one.fix.clone()).collect()
}

#[tokio::test]
async fn a_check_of_nobodys_proxy_is_named_and_what_trusts_it_is_told() {
    for kit in Kit::every().await {
        let sonarr = kit.guarded("sonarr", json!({})).await;
        // Nobody has said where the test comes from.
        let stranger = kit.checked(&sonarr.host, &[]).await;
        named(&stranger, Outcome::Misconfigured, "is no trusted proxy");
        assert!(
            matches!(&fixes(&stranger)[..], [Fix::TrustProxy { network }] if network == "0.0.0.0/32")
        );
    }
}

#[tokio::test]
async fn causes_at_the_door_are_named_as_what_they_are() {
    come_from(1);
    for kit in Kit::every().await {
        let sonarr = kit.guarded("sonarr", json!({})).await;
        let told = kit.checked(&sonarr.host, &[]).await;
        named(&told, Outcome::SignIn, "No cookie of the application came");
        assert_eq!(told.client, "192.0.2.7");

        let told = kit.checked("radarr.home.lan", &[]).await;
        named(
            &told,
            Outcome::Misconfigured,
            "has the host radarr.home.lan",
        );
        assert!(matches!(&fixes(&told)[..], [Fix::NewApplication { .. }]));

        let bare = kit.provider("bare", json!({})).await;
        kit.serve(bare).await;
        let told = kit.checked("bare.home.lan", &[]).await;
        named(&told, Outcome::Misconfigured, "has the host bare.home.lan");
        assert!(
            told.lines[1].notes[0].contains("no application uses it"),
            "{told:?}"
        );

        let unserved = kit.provider("unserved", json!({})).await;
        let body = json!({ "name": "unserved", "slug": "unserved", "provider": unserved });
        kit.add("authentik_core.application", body).await;
        let told = kit.checked("unserved.home.lan", &[]).await;
        assert!(
            told.lines[1].notes[0].contains("does not serve it"),
            "{told:?}"
        );
        assert!(matches!(&fixes(&told)[..], [Fix::ServeProvider { .. }]));

        let told = kit.checked("sonarr.home.lan:8443", &[]).await;
        assert!(
            matches!(&fixes(&told)[..], [Fix::SetHost { .. }]),
            "{told:?}"
        );

        let told = kit
            .checked_as("http", &sonarr.host, &[("cookie", "a=b")])
            .await;
        named(&told, Outcome::SignIn, "No cookie of the application came");

        let cookie = kit.cookie_of(&sonarr, HUSH);
        let told = kit.checked(&sonarr.host, &[("cookie", &cookie)]).await;
        named(&told, Outcome::SignIn, "it leads to no session");

        // What comes to the same within ten minutes is told once.
        wait(600_000);
        let cookie = kit.enter(&sonarr, "hush-expired", 10_000).await;
        wait(20_000);
        let told = kit.checked(&sonarr.host, &[("cookie", &cookie)]).await;
        named(&told, Outcome::SignIn, "session has run out");

        let other = kit.guarded("other", json!({})).await;
        kit.enter(&other, "hush-elsewhere", 100_000).await;
        let cookie = kit.cookie_of(&sonarr, "hush-elsewhere");
        let told = kit.checked(&sonarr.host, &[("cookie", &cookie)]).await;
        named(&told, Outcome::SignIn, "is for another application");

        let cookie = kit.enter(&sonarr, "hush-in", 1_000_000).await;
        let told = kit.checked(&sonarr.host, &[("cookie", &cookie)]).await;
        named(&told, Outcome::Allowed, "Let in");
        no_secret(&kit).await;
    }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one case after the other")]
async fn rules_that_refuse_are_named_one_by_one_with_what_mends_them() {
    come_from(2);
    for kit in Kit::every().await {
        let group = kit
            .add("authentik_core.group", json!({ "name": "media" }))
            .await;
        let app = kit.guarded("group", json!({})).await;
        kit.bind(&app, json!({ "group": group })).await;
        let cookie = kit.enter(&app, "hush-1", 1_000_000).await;
        let told = kit.checked(&app.host, &[("cookie", &cookie)]).await;
        named(
            &told,
            Outcome::Refused,
            "the group “media”, and the account is not in it",
        );
        let fix = told.lines.iter().find_map(|one| one.fix.clone()).unwrap();
        assert!(
            matches!(&fix, Fix::AddToGroup { person: MIA, .. }),
            "{fix:?}"
        );
        assert!(
            kit.engine
                .mend(&Context::system(now()), &fix)
                .await
                .unwrap()
        );
        let told = kit.checked(&app.host, &[("cookie", &cookie)]).await;
        named(&told, Outcome::Allowed, "Let in");

        let cases = [
            (
                "says",
                "authentik_policies_expression.expressionpolicy",
                json!({ "name": "says", "expression": "ak_message(\"Not today.\")\nreturn False" }),
                "The rule “says” says no.",
            ),
            (
                "breaks",
                "authentik_policies_expression.expressionpolicy",
                json!({ "name": "breaks", "expression": "return 1 / 0" }),
                "The rule “breaks” failed",
            ),
            (
                "networks",
                "doorward_policies.networks",
                json!({ "name": "networks", "networks": "10.99.0.0/16" }),
                "The rule “networks” says no.",
            ),
            (
                "hours",
                "doorward_policies.hours",
                json!({ "name": "hours", "begins": "00:00", "ends": "00:01" }),
                "The rule “hours” says no.",
            ),
            (
                "dummy",
                "authentik_policies_dummy.dummypolicy",
                json!({ "name": "dummy", "result": false, "wait_min": 0, "wait_max": 1 }),
                "The rule “dummy” says no.",
            ),
        ];
        for (name, kind, body, words) in cases {
            assert!(resource::kind(kind).is_some(), "{kind} is no kind");
            let app = kit.guarded(name, json!({})).await;
            kit.bind_policy(&app, kind, body).await;
            let cookie = kit.enter(&app, &format!("hush-{name}"), 1_000_000).await;
            let told = kit.checked(&app.host, &[("cookie", &cookie)]).await;
            named(&told, Outcome::Refused, words);
            let rule = told
                .lines
                .iter()
                .find(|one| one.words.starts_with("The rule"))
                .unwrap();
            assert!(rule.took_us.is_some(), "{rule:?}");
            if name == "says" {
                assert_eq!(rule.notes, ["It says: Not today."]);
            }
        }
        no_secret(&kit).await;
    }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one case after the other")]
async fn what_is_wrong_with_a_clients_request_is_named() {
    come_from(3);
    for mut kit in Kit::every().await {
        kit.sign_in().await;
        let photos = kit.client("photos", json!({})).await;
        let asked = |id: &'static str, uri: &'static str| {
            [
                ("client_id", id),
                ("response_type", "code"),
                ("redirect_uri", uri),
                ("scope", "openid"),
                ("state", "hush-state"),
            ]
        };
        let told = kit.asked_for(&asked("nobody", CALLBACK)).await;
        named(&told, Outcome::Misconfigured, "Nobody is called “nobody”");
        let elsewhere = "https://photos.example.org/elsewhere";
        let told = kit.asked_for(&asked("id-of-photos", elsewhere)).await;
        named(&told, Outcome::Misconfigured, "cannot be used");
        let fix = told.lines.iter().find_map(|one| one.fix.clone());
        assert!(matches!(&fix, Some(Fix::AllowRedirect { address, .. }) if address == elsewhere));
        // Whoever asks says where: a button that allows it is only for where the app is known to be.
        let foreign = "https://photos.example.org.evil.example/callback";
        let told = kit.asked_for(&asked("id-of-photos", foreign)).await;
        let fix = told.lines.iter().find_map(|one| one.fix.clone());
        assert!(matches!(&fix, Some(Fix::Elsewhere { .. })), "{fix:?}");
        let with_query = "https://photos.example.org/another?code=hush-query";
        let told = kit.asked_for(&asked("id-of-photos", with_query)).await;
        assert!(told.lines.iter().all(|one| one.fix.is_none()), "{told:?}");
        let told = kit.asked_for(&[("scope", "openid")]).await;
        named(
            &told,
            Outcome::Misconfigured,
            "does not say which one it is",
        );

        let mut silent = asked("id-of-photos", CALLBACK).to_vec();
        silent.push(("prompt", "none"));
        let told = kit.asked_for(&silent).await;
        named(&told, Outcome::Allowed, "Let in");
        let mut wrong = asked("id-of-photos", CALLBACK).to_vec();
        wrong[1] = ("response_type", "nothing");
        let told = kit.asked_for(&wrong).await;
        assert_eq!(told.outcome, Outcome::Misconfigured, "{told:?}");

        wait(1000);
        kit.get(&super::kit::authorize_address(&asked(
            "id-of-photos",
            CALLBACK,
        )))
        .await;
        let told = kit.latest().await;
        named(
            &told,
            Outcome::SignIn,
            "nobody is signed in with this browser",
        );

        wait(1000);
        kit.token(&photos, &super::kit::exchange("hush-code")).await;
        let told = kit.latest().await;
        assert_eq!(told.outcome, Outcome::Misconfigured, "{told:?}");
        assert!(
            told.application
                .as_ref()
                .is_some_and(|one| one.key == "photos")
        );

        kit.open_only_to("photos", 1).await;
        let told = kit.asked_for(&asked("id-of-photos", CALLBACK)).await;
        named(&told, Outcome::Refused, "and it is another one");
        assert!(
            told.person
                .as_ref()
                .is_some_and(|one| one.username == "mia")
        );
        no_secret(&kit).await;
        let _ = VERIFIER;
    }
}

/// Nothing that signs anybody in is told by any trace, in memory or in the store.
async fn no_secret(kit: &Kit) {
    kit.engine.save_traces(now()).await.unwrap();
    let ctx = Context::system(now());
    let all = kit
        .engine
        .traces(&ctx, &Wanted::default(), 200)
        .await
        .unwrap();
    assert!(all.len() > 3);
    let text = serde_json::to_string(&all).unwrap();
    for secret in ["hush", &kit.cookie, "secret-of"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test]
async fn an_operator_finds_a_refusal_by_its_reference_and_mends_it_by_a_button() {
    come_from(4);
    for mut kit in Kit::every().await {
        kit.make_mia_an_admin().await;
        kit.sign_in().await;
        let group = kit
            .add("authentik_core.group", json!({ "name": "media" }))
            .await;
        let app = kit.guarded("sonarr", json!({})).await;
        kit.bind(&app, json!({ "group": group })).await;
        let cookie = kit.enter(&app, "hush", 1_000_000).await;
        let told = kit.checked(&app.host, &[("cookie", &cookie)]).await;
        let list = kit.browse("/if/admin/why/").await.expect(200);
        assert!(list.text.contains("the group “media”"), "{}", list.text);
        let found = kit
            .browse(&format!("/if/admin/why/?reference={}", told.id))
            .await;
        let page = format!("/if/admin/why/{}/", told.id);
        assert_eq!(found.expect(303).header("location"), page);
        let seen = kit.browse(&page).await.expect(200);
        assert!(
            seen.text.contains("Add mia to the group media"),
            "{}",
            seen.text
        );
        let csrf = seen.after("name=\"csrf\" value=\"");
        let line = told.lines.iter().position(|one| one.fix.is_some()).unwrap();
        let form = [("csrf", csrf.as_str()), ("line", &line.to_string())];
        kit.submit(&page, &[("csrf", "nobody's"), ("line", "5")])
            .await
            .expect(403);
        kit.submit(&page, &form).await.expect(303);
        let told = kit.checked(&app.host, &[("cookie", &cookie)]).await;
        named(&told, Outcome::Allowed, "Let in");
        let ask = "/if/admin/why/ask/?url=https://sonarr.home.lan/x&person=mia&at=2026-12-01T10:00";
        let answer = kit.browse(ask).await.expect(200);
        assert!(answer.text.contains("Would be let in."), "{}", answer.text);
        let wrong = "/if/admin/why/ask/?url=nonsense&person=nobody&ip=x&at=y";
        let wrong = kit.browse(wrong).await.expect(422);
        assert!(wrong.text.contains("There is no account named nobody."));
        for filtered in [
            "?outcome=refused&person=mia&application=sonarr&live=1",
            "?person=nobody",
            "?outcome=x",
        ] {
            kit.browse(&format!("/if/admin/why/{filtered}"))
                .await
                .expect(200);
        }
        kit.demote_mia().await;
        kit.browse("/if/admin/why/").await.expect(403);
        kit.browse(&page).await.expect(403);
    }
}

#[tokio::test]
async fn a_disabled_account_is_named_where_it_still_is_and_enabled_by_its_fix() {
    come_from(5);
    for kit in Kit::every().await {
        let app = kit.guarded("sonarr", json!({})).await;
        let cookie = kit.enter(&app, "hush", 1_000_000).await;
        kit.shut_mia().await;
        let told = kit.checked(&app.host, &[("cookie", &cookie)]).await;
        named(&told, Outcome::SignIn, "its account is disabled");
        let fix = told.lines.iter().find_map(|one| one.fix.clone()).unwrap();
        assert!(
            matches!(&fix, Fix::ActivateAccount { person: MIA, .. }),
            "{fix:?}"
        );
        assert!(
            kit.engine
                .mend(&Context::system(now()), &fix)
                .await
                .unwrap()
        );
        let told = kit.checked(&app.host, &[("cookie", &cookie)]).await;
        named(&told, Outcome::Allowed, "Let in");
        // Somebody else's word on what happened is none: the change is heard of.
        let mut tx = kit.engine.store.begin().await.unwrap();
        change::record(&mut tx, Topic::User, MIA, testing::NOW)
            .await
            .unwrap();
        kit.engine.commit(tx).await.unwrap();
    }
}
