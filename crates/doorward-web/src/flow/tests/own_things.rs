//! What people have of their own beside sessions and devices: nobody else's is there for them.

use doorward_engine::blueprint;
use doorward_engine::testing::NOW;
use doorward_store::consent::{self, ConsentRow};
use doorward_store::grant::{self, GrantRow, GrantTokenRow, TokenKind};
use doorward_store::{event, token};

use super::kit::{Browser, Form, Kit, Reply};

const TOKENS: &str = "/if/user/tokens/";
const HOUR_MS: i64 = 3_600_000;

async fn signed_in(kit: &Kit, name: &str) -> Browser {
    let mut browser = Browser::default();
    let done = browser.sign_in(kit, name, &format!("pw-{name}")).await;
    done.expect(303);
    browser
}

/// Every kind of store, with mia and with an administrator.
async fn kits() -> Vec<(Kit, Browser, Browser)> {
    let mut kits = Vec::new();
    for kit in Kit::on_every_store().await {
        kit.person(7, "mia").await;
        kit.person(9, "eve").await;
        kit.make_administrator(9).await;
        let (mia, eve) = (signed_in(&kit, "mia").await, signed_in(&kit, "eve").await);
        kits.push((kit, mia, eve));
    }
    kits
}

async fn make(kit: &Kit, browser: &mut Browser, name: &str, kind: &str) -> Reply {
    let page = browser.get(kit, TOKENS).await.expect(200);
    let once = page.after("name=\"once\" value=\"");
    let fields = [
        ("do", "make"),
        ("once", &once),
        ("name", name),
        ("kind", kind),
        ("days", "30"),
    ];
    browser.submit(kit, &page, &fields).await
}

#[tokio::test]
async fn a_token_is_made_shown_once_and_removed() {
    for (kit, mut mia, _) in kits().await {
        let made = make(&kit, &mut mia, "Calendar <on> my phone", "app_password").await;
        let made = made.expect(200);
        let at = made.text.find("id=\"made\"").unwrap();
        let note = &made.text[at..at + made.text[at..].find("</div>").unwrap()];
        let keys: Vec<_> = note.split("<code class=\"key\">").skip(1).collect();
        let [name, key] = [keys[0], keys[1]].map(|rest| rest.split('<').next().unwrap());
        assert_eq!(name, "mia");
        assert!(key.len() >= 60, "{key}");
        let mut tx = kit.engine.store.read().await.unwrap();
        let hash = doorward_engine::session::hash_text(key);
        let row = token::find_live(&mut tx, &hash, NOW)
            .await
            .unwrap()
            .unwrap();
        drop(tx);
        assert_eq!((row.user_id, &*row.intent), (7, "app_password"));
        assert_eq!(row.expires_at, Some(NOW + 30 * 24 * HOUR_MS));
        let list = mia.get(&kit, TOKENS).await.expect(200);
        assert!(list.text.contains("Calendar &lt;on&gt; my phone"));
        assert!(!list.text.contains(key));
        let gone = [("do", "remove"), ("token", &*row.identifier)];
        let gone = mia.submit(&kit, &list, &gone).await.expect(303);
        assert_eq!(gone.location(), "/if/user/tokens/?done=removed");
        let list = mia.get(&kit, gone.location()).await.expect(200);
        assert!(list.text.contains("opens nothing any more"));
        let mut tx = kit.engine.store.read().await.unwrap();
        assert!(
            token::find(&mut tx, &row.identifier)
                .await
                .unwrap()
                .is_none()
        );
    }
}

#[tokio::test]
async fn a_form_that_is_sent_twice_makes_one_token() {
    for (kit, mut mia, _) in kits().await {
        let page = mia.get(&kit, TOKENS).await.expect(200);
        let once = page.after("name=\"once\" value=\"");
        let fields = [
            ("do", "make"),
            ("once", &*once),
            ("name", "Backup"),
            ("kind", "api"),
            ("days", "30"),
        ];
        mia.submit(&kit, &page, &fields).await.expect(200);
        let again = mia.submit(&kit, &page, &fields).await.expect(422);
        assert!(again.text.contains("This was made already"), "{again:?}");
        assert!(!again.text.contains("id=\"made\""));
        let list = mia.get(&kit, TOKENS).await.expect(200);
        assert_eq!(list.text.matches("<h2>Backup</h2>").count(), 1);
    }
}

#[tokio::test]
async fn what_was_typed_stays_when_something_is_wrong() {
    for (kit, mut mia, _) in kits().await {
        let page = mia.get(&kit, TOKENS).await.expect(200);
        let long = "x".repeat(65);
        for (name, kind, days, said) in [
            ("", "api", "365", "Write in 1 to 64 characters"),
            (&*long, "api", "365", "Write in 1 to 64 characters"),
            ("Phone", "recovery", "365", "could not be read"),
            ("Phone", "api", "999999", "could not be read"),
        ] {
            let fields = [
                ("do", "make"),
                ("once", "x"),
                ("name", name),
                ("kind", kind),
                ("days", days),
            ];
            let wrong = mia.submit(&kit, &page, &fields).await.expect(422);
            assert!(wrong.text.contains(said), "{wrong:?}");
            assert!(wrong.text.contains(&format!("value=\"{name}\"")));
        }
        let list = mia.get(&kit, TOKENS).await.expect(200);
        assert!(list.text.contains("Nothing yet"));
    }
}

/// Even an administrator meets nothing but their own on their own page.
#[tokio::test]
async fn nobody_elses_token_is_shown_or_removed() {
    for (kit, mut mia, mut eve) in kits().await {
        make(&kit, &mut mia, "Backup", "api").await.expect(200);
        let page = mia.get(&kit, TOKENS).await.expect(200);
        let id = page.after("name=\"token\" value=\"");
        let eves = eve.get(&kit, TOKENS).await.expect(200);
        assert!(!eves.text.contains(&id) && eves.text.contains("Nothing yet"));
        let remove = [("do", "remove"), ("token", &*id)];
        eve.submit(&kit, &eves, &remove).await.expect(404);
        let foreign = Form {
            csrf: Form::of(&eves).csrf,
            ..Form::of(&page)
        };
        let body = foreign.body(&remove);
        mia.post_form(&kit, TOKENS, body).await.expect(403);
        let page = mia.get(&kit, TOKENS).await.expect(200);
        assert!(page.text.contains(&id));
        let mut stranger = Browser::default();
        let led = stranger.post_form(&kit, TOKENS, String::new()).await;
        assert!(led.expect(303).location().starts_with("/flows/"));
    }
}

const ACCESS: &str = "/if/user/access/";

const APPS: &str = r"
version: 1
metadata: { name: apps }
entries:
  - { model: authentik_providers_oauth2.oauth2provider, id: provider, identifiers: { name: photos },
      attrs: { authorization_flow: !Find [authentik_flows.flow, [slug, default-provider-authorization-implicit-consent]],
      invalidation_flow: !Find [authentik_flows.flow, [slug, default-provider-invalidation-flow]],
      redirect_uris: [] } }
  - { model: authentik_core.application, identifiers: { slug: photos }, attrs: { name: Photos, provider: !KeyOf provider } }
";

/// Photos knows who both are, and keeps both signed in; answers its provider.
async fn granted(kit: &Kit) -> i64 {
    let applied = blueprint::apply_text(&kit.engine, NOW, APPS).await;
    applied.unwrap();
    let snapshot = kit.engine.snapshot();
    let mut apps = snapshot.applications.values();
    let app = apps.find(|app| app.name == "Photos").unwrap();
    let provider = app.provider.unwrap();
    let mut tx = kit.engine.store.begin().await.unwrap();
    for user_id in [7, 9] {
        let agreed = ConsentRow {
            id: 0,
            user_id,
            application: app.pk.clone(),
            permissions: "email wiki.write".into(),
            expires_at: None,
            created_at: NOW,
        };
        consent::save(&mut tx, &agreed).await.unwrap();
        let row = GrantRow {
            id: format!("grant-{user_id}"),
            provider_id: provider,
            user_id,
            session_id: None,
            ends_with_session: false,
            scopes: "email".into(),
            facts: "{}".into(),
            created_at: NOW,
            expires_at: NOW + HOUR_MS,
        };
        grant::insert(&mut tx, &row).await.unwrap();
        let token = GrantTokenRow {
            id: 0,
            grant_id: row.id.clone(),
            provider_id: provider,
            user_id,
            kind: TokenKind::Refresh.word().into(),
            hash: format!("hash-{user_id}"),
            scopes: "email".into(),
            data: "{}".into(),
            created_at: NOW,
            expires_at: NOW + HOUR_MS,
            used_at: None,
        };
        grant::insert_token(&mut tx, &token).await.unwrap();
    }
    kit.engine.commit(tx).await.unwrap();
    provider
}

async fn is_granted(kit: &Kit, user: i64) -> bool {
    let mut tx = kit.engine.store.read().await.unwrap();
    let found = grant::find(&mut tx, &format!("grant-{user}")).await;
    found.unwrap().is_some()
}

#[tokio::test]
async fn what_was_allowed_is_taken_back_with_what_was_granted_for_it() {
    for (kit, mut mia, _) in kits().await {
        granted(&kit).await;
        let page = mia.get(&kit, ACCESS).await.expect(200);
        assert_eq!(page.text.matches("<h3>Photos</h3>").count(), 2);
        assert!(page.text.contains("wiki.write"), "{page:?}");
        let id = page.after("name=\"consent\" value=\"");
        let taken = mia.submit(&kit, &page, &[("consent", &id)]).await;
        let page = mia.get(&kit, taken.expect(303).location()).await;
        let page = page.expect(200);
        assert!(page.text.contains("has to ask again") && !page.text.contains("Photos"));
        assert!(!is_granted(&kit, 7).await && is_granted(&kit, 9).await);
    }
}

#[tokio::test]
async fn an_app_that_stays_signed_in_is_ended_for_oneself_alone() {
    for (kit, mut mia, mut eve) in kits().await {
        let provider = granted(&kit).await.to_string();
        let page = mia.get(&kit, ACCESS).await.expect(200);
        assert_eq!(page.after("name=\"access\" value=\""), provider);
        let ended = mia.submit(&kit, &page, &[("access", &provider)]).await;
        let page = mia.get(&kit, ended.expect(303).location()).await;
        let page = page.expect(200);
        assert!(page.text.contains("through the sign-in again"));
        assert_eq!(page.text.matches("<h3>Photos</h3>").count(), 1);
        assert!(!is_granted(&kit, 7).await && is_granted(&kit, 9).await);
        // There is nothing of hers any more, and the other's is not hers.
        for (what, id) in [("access", &*provider), ("access", "x"), ("access", "-1")] {
            mia.submit(&kit, &page, &[(what, id)]).await.expect(404);
        }
        let eves = eve.get(&kit, ACCESS).await.expect(200);
        assert!(eves.text.contains("Photos"));
    }
}

/// Even an administrator takes back nothing but their own on their own page.
#[tokio::test]
async fn nobody_elses_consent_is_taken_back() {
    for (kit, mut mia, mut eve) in kits().await {
        granted(&kit).await;
        let page = mia.get(&kit, ACCESS).await.expect(200);
        let id = page.after("name=\"consent\" value=\"");
        let eves = eve.get(&kit, ACCESS).await.expect(200);
        assert_ne!(eves.after("name=\"consent\" value=\""), id);
        eve.submit(&kit, &eves, &[("consent", &id)])
            .await
            .expect(404);
        eve.submit(&kit, &eves, &[("consent", "")])
            .await
            .expect(404);
        assert!(is_granted(&kit, 7).await && is_granted(&kit, 9).await);
        let again = mia.get(&kit, ACCESS).await.expect(200);
        assert_eq!(again.after("name=\"consent\" value=\""), id);
    }
}

const LIBRARY: &str = "/if/user/";
const SETTINGS: &str = "/if/user/settings/";

const SHELF: &str = r"
version: 1
metadata: { name: shelf }
entries:
  - { model: authentik_core.application, identifiers: { slug: wiki }, attrs: { name: Wiki, group: Work, meta_launch_url: 'https://wiki.example.org/' } }
  - { model: authentik_core.application, identifiers: { slug: films }, attrs: { name: Films, meta_launch_url: 'https://films.example.org/' } }
  - { model: authentik_core.application, id: shut, identifiers: { slug: shut }, attrs: { name: Paperless, requestable: true, meta_launch_url: 'https://shut.example.org/' } }
  - { model: authentik_core.application, id: secret, identifiers: { slug: secret }, attrs: { name: Secret, meta_launch_url: 'https://secret.example.org/' } }
  - { model: authentik_core.application, id: hidden, identifiers: { slug: hidden }, attrs: { name: Hidden, requestable: true, meta_hide: true } }
  - { model: authentik_policies.policybinding, identifiers: { target: !KeyOf shut, user: 9, order: 0 } }
  - { model: authentik_policies.policybinding, identifiers: { target: !KeyOf secret, user: 9, order: 0 } }
  - { model: authentik_policies.policybinding, identifiers: { target: !KeyOf hidden, user: 9, order: 0 } }
";

async fn shelf(kit: &Kit) {
    let applied = blueprint::apply_text(&kit.engine, NOW, SHELF).await;
    applied.unwrap();
}

/// Where each of the words begins on the page, in the order in which they were named.
fn places(page: &Reply, words: &[&str]) -> Vec<usize> {
    let main = page.text.find("<main").unwrap();
    let at = |word: &&str| page.text[main..].find(*word).unwrap();
    words.iter().map(at).collect()
}

#[tokio::test]
async fn a_favourite_stands_first_for_oneself_alone() {
    for (kit, mut mia, mut eve) in kits().await {
        shelf(&kit).await;
        let page = mia.get(&kit, LIBRARY).await.expect(200);
        assert!(!page.text.contains("Favourites"));
        let starred = mia.submit(&kit, &page, &[("star", "wiki")]).await;
        assert_eq!(starred.expect(303).location(), LIBRARY);
        let page = mia.get(&kit, LIBRARY).await.expect(200);
        let found = places(&page, &["Favourites", "<strong>Wiki", "<strong>Films"]);
        assert!(found.is_sorted(), "{page:?}");
        assert_eq!(page.text.matches("<strong>Wiki").count(), 1);
        assert!(
            page.text
                .contains("name=\"unstar\" value=\"wiki\" aria-pressed=\"true\"")
        );
        let eves = eve.get(&kit, LIBRARY).await.expect(200);
        assert!(!eves.text.contains("Favourites"));
        let back = [("unstar", "wiki"), ("search", "wi & ki")];
        let back = mia.submit(&kit, &page, &back).await.expect(303);
        assert_eq!(back.location(), "/if/user/?search=wi+%26+ki");
        let page = mia.get(&kit, LIBRARY).await.expect(200);
        assert!(!page.text.contains("Favourites"));
    }
}

#[tokio::test]
async fn what_one_may_not_open_is_no_favourite_and_forms_of_others_do_nothing() {
    for (kit, mut mia, mut eve) in kits().await {
        shelf(&kit).await;
        let page = mia.get(&kit, LIBRARY).await.expect(200);
        for what in [
            ("star", "secret"),
            ("star", "nowhere"),
            ("unstar", ""),
            ("ask", "wiki"),
        ] {
            mia.submit(&kit, &page, &[what]).await.expect(404);
        }
        let eves = eve.get(&kit, LIBRARY).await.expect(200);
        let foreign = Form::of(&eves).body(&[("star", "wiki")]);
        mia.post_form(&kit, LIBRARY, foreign).await.expect(403);
        let page = mia.get(&kit, LIBRARY).await.expect(200);
        assert!(!page.text.contains("Favourites"));
    }
}

#[tokio::test]
async fn a_search_gives_the_first_hit_the_focus() {
    for (kit, mut mia, _) in kits().await {
        shelf(&kit).await;
        let page = mia.get(&kit, "/if/user/?search=WORK").await.expect(200);
        let open = page.after("<ul class=\"tiles\"><li><a class=\"tile\" href=\"");
        assert!(open.starts_with("https:"), "{open}");
        assert_eq!(page.text.matches(" autofocus").count(), 1);
        assert!(
            page.text.contains("autofocus>\n<span class=\"letter\""),
            "{page:?}"
        );
        assert!(!page.text.contains("Films"));
    }
}

#[tokio::test]
async fn access_is_asked_for_where_the_application_says_so_and_seldom_enough() {
    for (kit, mut mia, mut eve) in kits().await {
        shelf(&kit).await;
        let page = mia.get(&kit, LIBRARY).await.expect(200);
        assert!(page.text.contains("Paperless") && page.text.contains("Ask for access"));
        assert!(!page.text.contains("Secret") && !page.text.contains("Hidden"));
        let eves = eve.get(&kit, LIBRARY).await.expect(200);
        assert!(!eves.text.contains("Ask for access"));
        for hidden in ["secret", "hidden", "nowhere"] {
            let asked = mia.submit(&kit, &page, &[("ask", hidden)]).await;
            asked.expect(404);
        }
        let long = format!("My receipts {}", "x".repeat(9000));
        let asked = [("ask", "shut"), ("words", &*long)];
        for done in ["asked", "asked", "too-often"] {
            let seen = mia.submit(&kit, &page, &asked).await.expect(303);
            assert_eq!(seen.location(), format!("/if/user/?done={done}"));
        }
        let told = mia.get(&kit, "/if/user/?done=asked").await.expect(200);
        assert!(told.text.contains("The administrators see"));
        let mut tx = kit.engine.store.read().await.unwrap();
        let word = "access_request_created";
        let events = event::latest(&mut tx, 7, "mia", word, 9).await.unwrap();
        drop(tx);
        assert_eq!(events.len(), 2);
        assert!(events[0].context.contains("My receipts") && events[0].context.len() < 1500);
        let list = eve
            .get(&kit, "/if/admin/events/?action=access_request_created")
            .await
            .expect(200);
        assert!(
            list.text.contains("mia asks for access to Paperless"),
            "{list:?}"
        );
    }
}

#[tokio::test]
async fn language_and_theme_are_ones_own() {
    for (kit, mut mia, mut eve) in kits().await {
        let page = mia.get(&kit, SETTINGS).await.expect(200);
        let wanted = [("language", "de"), ("theme", "dark")];
        let saved = mia.submit(&kit, &page, &wanted).await.expect(303);
        let page = mia.get(&kit, saved.location()).await.expect(200);
        assert!(
            page.text
                .contains("<html lang=\"de\" dir=\"ltr\" data-theme=\"dark\">")
        );
        assert!(
            page.text.contains("Gespeichert.") && page.text.contains("value=\"dark\" selected")
        );
        let eves = eve.get(&kit, SETTINGS).await.expect(200);
        assert!(eves.text.contains("<html lang=\"en\" dir=\"ltr\">"));
        let none = [("language", "xx"), ("theme", "pink")];
        mia.submit(&kit, &page, &none).await.expect(303);
        let page = mia.get(&kit, SETTINGS).await.expect(200);
        assert!(page.text.contains("<html lang=\"en\" dir=\"ltr\">"));
    }
}

#[tokio::test]
async fn the_export_holds_what_is_ones_own_and_no_secret() {
    for (kit, mut mia, mut eve) in kits().await {
        shelf(&kit).await;
        granted(&kit).await;
        let made = make(&kit, &mut mia, "Backup", "api").await.expect(200);
        let key = made.text.split("<code class=\"key\">").nth(1).unwrap();
        let key = key.split('<').next().unwrap();
        make(&kit, &mut eve, "Of eve", "api").await.expect(200);
        let page = mia.get(&kit, LIBRARY).await.expect(200);
        mia.submit(&kit, &page, &[("star", "wiki")])
            .await
            .expect(303);
        let file = mia.get(&kit, "/if/user/export/").await.expect(200);
        assert_eq!(file.headers["cache-control"], "no-store");
        let said = &file.headers["content-disposition"];
        assert!(said.to_str().unwrap().starts_with("attachment"));
        let data = file.json();
        assert_eq!(data["account"]["username"], "mia");
        assert_eq!(data["favourites"][0], "Wiki");
        assert_eq!(data["sessions"].as_array().unwrap().len(), 1);
        assert_eq!(data["agreed_to"][0]["application"], "Photos");
        assert_eq!(data["apps_with_access"][0]["application"], "Photos");
        assert_eq!(data["tokens"][0]["name"], "Backup");
        let events = data["events"]["latest"].as_array().unwrap();
        assert!(events.iter().any(|one| one["action"] == "login"));
        for secret in [key, "\"eve\"", "hash-7", "pbkdf2", "Of eve"] {
            assert!(!file.text.contains(secret), "{secret}");
        }
        let led = Browser::default().get(&kit, "/if/user/export/").await;
        assert_eq!(led.expect(303).location().find("/flows/"), Some(0));
    }
}

/// ux.md 6.1
#[tokio::test]
async fn a_library_of_forty_weighs_little() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let mut mia = signed_in(&kit, "mia").await;
    let mut many = "version: 1\nmetadata: { name: many }\nentries:\n".to_owned();
    for number in 0..40 {
        let app = format!(
            "  - {{ model: authentik_core.application, identifiers: {{ slug: app-{number} }}, attrs: {{ \
             name: Application {number}, group: Group {}, meta_description: 'What it is for in a sentence', \
             meta_launch_url: 'https://app-{number}.example.org/' }} }}\n",
            number % 5
        );
        many.push_str(&app);
    }
    let applied = blueprint::apply_text(&kit.engine, NOW, &many).await;
    applied.unwrap();
    let page = mia.get(&kit, LIBRARY).await.expect(200);
    assert_eq!(page.text.matches("<strong>Application").count(), 40);
    assert!(page.text.len() < 100_000, "{}", page.text.len());
}
