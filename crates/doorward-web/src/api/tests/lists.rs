//! Pages, order, search and filters; of tables on every engine.

use doorward_engine::resource::{Family, Holds, registry};
use serde_json::{Value, json};

use super::kit::{Role, Server};

fn names(list: &Value) -> Vec<String> {
    let results = list["results"].as_array().unwrap();
    results
        .iter()
        .map(|one| one["name"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[tokio::test]
async fn pages_count_as_authentik_counts_them() {
    let server = Server::sqlite().await;
    for number in 0..4 {
        server
            .post("/core/groups/", &json!({ "name": format!("g{number}") }))
            .await;
    }
    let page = |page: u32| format!("/core/groups/?page_size=2&ordering=-name&page={page}");
    let second = server.get(&page(2)).await.body;
    assert_eq!(
        second["pagination"],
        json!({
            "next": 3, "previous": 1, "count": 5, "current": 2, "total_pages": 3, "start_index": 3, "end_index": 4,
        })
    );
    assert_eq!(second["autocomplete"], json!({}));
    assert_eq!(names(&second), ["g1", "g0"]);
    let last = server.get(&page(3)).await.body;
    assert_eq!(
        (
            &last["pagination"]["next"],
            &last["pagination"]["end_index"]
        ),
        (&json!(0), &json!(5))
    );
    assert_eq!(server.get(&page(4)).await.status.as_u16(), 404);
    let empty = server.get("/policies/dummy/").await.body;
    assert_eq!(
        (
            &empty["pagination"]["count"],
            &empty["pagination"]["total_pages"]
        ),
        (&json!(0), &json!(1))
    );
}

#[tokio::test]
async fn a_page_is_never_longer_than_the_setting_allows() {
    let server = Server::sqlite().await;
    let most = json!({ "pagination_max_page_size": 1 });
    Server::expect(
        server
            .call(Role::Admin, "patch", "/admin/settings/", &most)
            .await,
        200,
    );
    let list = server.get("/flows/instances/?page_size=50").await.body;
    assert_eq!(list["results"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn every_word_of_a_search_must_be_found_in_any_case() {
    for server in Server::every().await {
        for (username, name) in [
            ("ann", "Ann Äpfel"),
            ("bob", "Bob äpfel"),
            ("cat", "100% Cat_"),
        ] {
            server
                .post(
                    "/core/users/",
                    &json!({ "username": username, "name": name }),
                )
                .await;
        }
        for (search, found) in [
            ("ÄPFEL", vec!["Ann Äpfel", "Bob äpfel"]),
            ("äpfel bob", vec!["Bob äpfel"]),
            ("100%", vec!["100% Cat_"]),
            ("t_", vec!["100% Cat_"]),
            ("nobody", vec![]),
        ] {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("search", search)
                .finish();
            assert_eq!(
                names(&server.get(&format!("/core/users/?{query}")).await.body),
                found,
                "{search}"
            );
        }
        let flows = server
            .get("/flows/instances/?search=EXPLICIT%20default")
            .await
            .body;
        assert_eq!(flows["pagination"]["count"], 1);
    }
}

#[tokio::test]
async fn users_and_groups_are_found_through_each_other() {
    for server in Server::every().await {
        let group = server
            .post(
                "/core/groups/",
                &json!({ "name": "media", "users": [server.mia] }),
            )
            .await;
        let pk = group["pk"].as_str().unwrap();
        for (query, count) in [
            ("groups_by_name=media".to_owned(), 1),
            (format!("groups_by_pk={pk}"), 1),
            ("groups_by_name=other".to_owned(), 0),
            ("is_superuser=true".to_owned(), 1),
            ("type=internal&path=users".to_owned(), 2),
            ("type=internal_service_account".to_owned(), 1),
            ("path_startswith=goauth".to_owned(), 1),
            ("last_login__isnull=true".to_owned(), 3),
            ("date_joined__lt=2000-01-01T00:00:00Z".to_owned(), 0),
        ] {
            let list = server.get(&format!("/core/users/?{query}")).await.body;
            assert_eq!(list["pagination"]["count"], count, "{query}");
        }
        let user = server
            .get(&format!("/core/users/{}/", server.mia))
            .await
            .body;
        for (param, key) in [
            ("date_joined", "date_joined"),
            ("last_updated", "last_updated"),
        ] {
            let at = user[key].as_str().unwrap();
            let list = server
                .get(&format!("/core/users/?{param}={at}&username=mia"))
                .await
                .body;
            assert_eq!(list["pagination"]["count"], 1, "{param}={at}");
            let other = format!("/core/users/?{param}=2001-02-03T04:05:06Z");
            assert_eq!(server.get(&other).await.body["pagination"]["count"], 0);
        }
        let two = "/core/users/?groups_by_name=media&groups_by_name=authentik%20Admins";
        assert_eq!(
            server.get(two).await.body["pagination"]["count"],
            2,
            "one or the other"
        );
        let query = format!("/core/groups/?members_by_pk={}", server.mia);
        assert_eq!(names(&server.get(&query).await.body), ["media"]);
        assert_eq!(
            names(
                &server
                    .get("/core/groups/?members_by_username=mia")
                    .await
                    .body
            ),
            ["media"]
        );
    }
}

/// A value that a parameter can hold, and one that it cannot.
fn samples(holds: Holds) -> (&'static str, Option<&'static str>) {
    match holds {
        Holds::Text => ("x", None),
        Holds::Bool => ("true", Some("perhaps")),
        Holds::Integer => ("7", Some("seven")),
        Holds::Uuid => ("6ba7b810-9dad-11d1-80b4-00c04fd430c8", Some("x")),
        Holds::Time => ("2026-01-01T00:00:00Z", Some("yesterday")),
        Holds::Words(words) => (words[0], Some("unheard-of")),
    }
}

/// Every filter and every order of every kind is understood by both engines, and a value that it
/// cannot hold is refused by its name.
#[tokio::test]
async fn every_filter_and_order_of_every_kind_is_understood_by_every_engine() {
    for server in Server::every().await {
        for kind in registry() {
            for filter in kind.filters {
                let (good, bad) = samples(filter.holds(Some(kind)));
                let path =
                    |value: &str| format!("/{}/?{}={value}&search=a%20b", kind.path, filter.param);
                let seen = server.get(&path(good)).await;
                assert_eq!(seen.status.as_u16(), 200, "{}: {}", path(good), seen.body);
                for bad in bad.into_iter().chain(["a%00b"]) {
                    let seen = server.get(&path(bad)).await;
                    assert_eq!(seen.status.as_u16(), 400, "{}", path(bad));
                    assert!(seen.body[filter.param].is_array(), "{}", seen.body);
                }
            }
            for flag in kind.flags {
                let path = format!("/{}/?{flag}=perhaps", kind.path);
                assert_eq!(server.get(&path).await.status.as_u16(), 400, "{path}");
            }
            for (key, _) in kind.ordering {
                let path = format!("/{}/?ordering=-{key},unknown", kind.path);
                assert_eq!(server.get(&path).await.status.as_u16(), 200, "{path}");
            }
        }
    }
}

#[tokio::test]
async fn every_filter_of_every_family_is_understood() {
    let server = Server::sqlite().await;
    for family in Family::ALL {
        for filter in family.filters() {
            let (good, bad) = samples(filter.holds(None));
            let path = |value: &str| format!("/{}/?{}={value}", family.path(), filter.param);
            assert_eq!(
                server.get(&path(good)).await.status.as_u16(),
                200,
                "{}",
                path(good)
            );
            for bad in bad.into_iter().chain(["a%00b"]) {
                assert_eq!(
                    server.get(&path(bad)).await.status.as_u16(),
                    400,
                    "{}",
                    path(bad)
                );
            }
        }
    }
}

/// A statement has room for so many values only.
#[tokio::test]
async fn more_values_than_a_statement_takes_are_refused() {
    for server in Server::every().await {
        let many: Vec<_> = (0..501).map(|n| format!("groups_by_name=g{n}")).collect();
        let path = |n: usize| format!("/core/users/?{}", many[..n].join("&"));
        assert_eq!(server.get(&path(500)).await.status.as_u16(), 200);
        let seen = server.get(&path(501)).await;
        assert_eq!(seen.status.as_u16(), 400);
        assert!(seen.body["groups_by_name"].is_array());
    }
}

#[tokio::test]
async fn groups_show_people_and_relatives_only_when_asked() {
    let server = Server::sqlite().await;
    let top = server
        .post("/core/groups/", &json!({ "name": "top" }))
        .await["pk"]
        .clone();
    let low = json!({ "name": "low", "parents": [top], "users": [server.mia] });
    let low = server.post("/core/groups/", &low).await["pk"]
        .as_str()
        .unwrap()
        .to_owned();
    let plain = server.get(&format!("/core/groups/{low}/")).await.body;
    assert_eq!(plain["users_obj"][0]["username"], "mia");
    assert!(plain["parents_obj"].is_null() && plain["children_obj"].is_null());
    let flags = "include_users=false&include_parents=true&include_children=true";
    let all = server
        .get(&format!("/core/groups/{low}/?{flags}"))
        .await
        .body;
    assert!(all["users_obj"].is_null());
    assert_eq!(
        (&all["parents_obj"][0]["name"], &all["children_obj"]),
        (&json!("top"), &json!([]))
    );
    let user = server
        .get(&format!("/core/users/{}/?include_groups=false", server.mia))
        .await
        .body;
    assert!(user["groups_obj"].is_null());
    let odd = server
        .get(&format!("/core/groups/{low}/?include_users=perhaps"))
        .await;
    assert_eq!(
        odd.body,
        json!({ "include_users": ["Must be a valid boolean."] })
    );
}

/// Of two writers of one name, one wins, and the other is told why.
#[tokio::test]
async fn of_two_who_take_one_name_at_once_one_gets_it() {
    for server in Server::every().await {
        let group = json!({ "name": "contested" });
        let flow = json!({
            "name": "c", "slug": "contested", "title": "c", "designation": "authorization",
        });
        for (path, body) in [("/core/groups/", group), ("/flows/instances/", flow)] {
            let call = || server.call(Role::Admin, "post", path, &body);
            let (one, two, three) = tokio::join!(call(), call(), call());
            let mut statuses = [one, two, three].map(|seen| seen.status.as_u16());
            statuses.sort_unstable();
            assert_eq!(statuses, [201, 400, 400], "{path}");
        }
    }
}

#[tokio::test]
async fn people_are_found_by_their_attributes() {
    for server in Server::every().await {
        let attributes = json!({ "a": { "b": "x", "n": 3 }, "t": true });
        let user = json!({ "username": "ann", "name": "Ann", "attributes": attributes });
        server.post("/core/users/", &user).await;
        server
            .post(
                "/core/groups/",
                &json!({ "name": "g", "attributes": attributes }),
            )
            .await;
        for (filter, count) in [
            (json!({ "t": true }), 1),
            (json!({ "a": { "b": "x", "n": 3 } }), 1),
            (json!({ "a__b": "x", "a__n": 3 }), 1),
            (json!({ "a__b": "y" }), 0),
            (json!({ "unknown": null }), 0),
        ] {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("attributes", &filter.to_string())
                .finish();
            for path in ["/core/users/", "/core/groups/"] {
                let list = server.get(&format!("{path}?{query}")).await.body;
                assert_eq!(list["pagination"]["count"], count, "{path} {filter}");
            }
        }
        let seen = server.get("/core/users/?attributes=%7Bbroken").await;
        assert_eq!(seen.status.as_u16(), 400);
    }
}
