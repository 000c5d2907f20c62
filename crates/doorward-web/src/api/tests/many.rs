//! Lists of ten thousand people and a thousand applications: what they ask of the store, and how long
//! they take.

use std::time::{Duration, Instant};

use doorward_engine::testing::NOW;
use doorward_store::resource::{self as rows, ResourceRow, UniqueKey};
use doorward_store::testing::user_row;
use doorward_store::{Topic, change, user};
use serde_json::json;

use super::forms::Browser;
use super::kit::Server;

const PEOPLE: i64 = 10_000;
const APPLICATIONS: usize = 1000;
const ROUNDS: u8 = 11;
/// The aim is 30 ms of an optimized build; this is for a debug build on a busy machine.
const MOST: Duration = Duration::from_millis(600);
/// A page of twenty with everything around it.
const STATEMENTS_MAX: u64 = 130;

async fn fill(server: &Server) {
    let mut tx = server.engine.store.begin().await.unwrap();
    for number in 0..PEOPLE {
        let row = user_row(100_000 + number, &format!("person-{number}"), NOW);
        user::insert(&mut tx, &row).await.unwrap();
    }
    for number in 0..APPLICATIONS {
        let slug = format!("app-{number}");
        let config = json!({
            "name": format!("App {number}"), "slug": slug, "group": format!("Group {}", number % 10),
            "provider": null, "meta_launch_url": format!("https://{slug}.example.org/"),
        });
        let row = ResourceRow {
            kind: "authentik_core.application".into(),
            id: uuid::Uuid::new_v4().to_string(),
            config: config.to_string(),
            version: 1,
            created_at: NOW,
            updated_at: NOW,
        };
        let key = UniqueKey {
            scope: row.kind.clone(),
            field: "slug".into(),
            value: slug,
        };
        rows::insert(&mut tx, &row, &[key], &[]).await.unwrap();
    }
    change::record(&mut tx, Topic::Configuration, "many", NOW)
        .await
        .unwrap();
    server.engine.commit(tx).await.unwrap();
}

/// The page, how many statements it took, and its time in the middle of several.
async fn timed(browser: &Browser<'_>, path: &str) -> (String, u64, Duration) {
    let mut times = Vec::new();
    let mut page = String::new();
    let before = browser.server.engine.store.asked();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        page = browser.page(path).await;
        times.push(began.elapsed());
    }
    times.sort();
    let asked = (browser.server.engine.store.asked() - before) / u64::from(ROUNDS);
    (page, asked, times[times.len() / 2])
}

#[tokio::test]
async fn lists_of_ten_thousand_people_and_a_thousand_applications_are_answered_at_once() {
    for server in Server::every().await {
        fill(&server).await;
        let browser = Browser::new(&server, server.admin).await;
        let users = "/if/admin/objects/authentik_core.user/";
        let applications = "/if/admin/objects/authentik_core.application/";
        for (path, holds) in [
            (users.to_owned(), "of 1000"),
            (format!("{users}?page=400"), "of 1000"),
            (format!("{users}?search=person-77"), "of 111"),
            (
                format!("{users}?is_active=true&ordering=-username"),
                "of 1000",
            ),
            ("/if/admin/people/?search=person-9".to_owned(), "person-9"),
            (applications.to_owned(), "of 1000"),
            (format!("{applications}?search=app-77"), "of 11"),
            (
                format!("{applications}?group=Group+7&ordering=-name"),
                "of 100",
            ),
        ] {
            let (page, asked, took) = timed(&browser, &path).await;
            assert!(page.contains(holds), "{path}: {holds}");
            assert!(asked <= STATEMENTS_MAX, "{path}: {asked} statements");
            assert!(took < MOST, "{path}: {took:?}");
        }
    }
}
