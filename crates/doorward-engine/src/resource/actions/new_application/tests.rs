//! One form, several objects, all or none.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{APPLICATION, BINDING, OUTPOST, OpenTo, PROXY_PROVIDER, Wished, create};
use crate::blueprint;
use crate::context::Context;
use crate::engine::Engine;
use crate::recipe::{Address, Guess, Way, find};
use crate::resource::actions::openers::{Opener, admit, delete_whole, shut_out};
use crate::resource::{GROUP, OAUTH2_PROVIDER, Refusal, create as make, kind};
use crate::snapshot::Object;
use crate::testing::{NOW, every_engine};

async fn engines() -> Vec<(Engine, doorward_store::testing::TestStore)> {
    let engines = every_engine().await;
    for (engine, _) in &engines {
        blueprint::apply_defaults(engine, NOW).await.unwrap();
    }
    engines
}

fn ctx() -> Context {
    Context::system(NOW)
}

/// The form as it stands after the address was typed.
fn form(address: &str) -> Wished {
    let guess = Guess::of(&Address::read(address).unwrap(), None);
    Wished {
        address: address.to_owned(),
        name: guess.name,
        slug: guess.slug,
        recipe: guess.recipe,
        way: guess
            .recipe
            .map_or(Way::ForwardAuth, crate::recipe::Recipe::preferred),
        open_to: OpenTo::Everyone,
        public_paths: guess
            .recipe
            .map(crate::recipe::Recipe::public_paths)
            .unwrap_or_default(),
        redirects: String::new(),
    }
}

fn only(engine: &Engine, model: &str) -> Arc<Object> {
    let snapshot = engine.snapshot();
    let [one] = snapshot.objects(model) else {
        panic!("one {model}");
    };
    Arc::clone(one)
}

fn bindings_of(engine: &Engine, target: &str) -> Vec<Arc<Object>> {
    let snapshot = engine.snapshot();
    let all = snapshot.objects(BINDING).iter();
    all.filter(|one| one.config["target"] == target)
        .cloned()
        .collect()
}

fn count(engine: &Engine, model: &str) -> usize {
    engine.snapshot().objects(model).len()
}

fn errors(refusal: Refusal) -> Value {
    match refusal {
        Refusal::Invalid(errors) => errors.into_value(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_app_behind_the_sign_in_page_is_guarded_at_once_and_open_to_a_group_that_was_typed() {
    for (engine, _store) in engines().await {
        let open_to = OpenTo::Groups {
            chosen: Vec::new(),
            new: "media".into(),
        };
        let wished = Wished {
            open_to,
            ..form("https://sonarr.home.lan")
        };
        assert_eq!(create(&engine, &ctx(), &wished).await.unwrap(), "sonarr");
        let provider = only(&engine, PROXY_PROVIDER);
        assert_eq!(provider.config["external_host"], "https://sonarr.home.lan");
        assert_eq!(provider.config["mode"], "forward_single");
        assert_eq!(provider.config["skip_path_regex"], "^/api\n^/feed\n^/ping$");
        let application = only(&engine, APPLICATION);
        assert_eq!(application.config["provider"].to_string(), provider.id);
        assert_eq!(application.config["meta_launch_url"], "");
        let bindings = bindings_of(&engine, &application.id);
        let [binding] = &*bindings else {
            panic!("{bindings:?}")
        };
        let served = &only(&engine, OUTPOST).config["providers"];
        assert_eq!(*served, json!([provider.id.parse::<i64>().unwrap()]));
        let mut tx = engine.store.read().await.unwrap();
        let group = doorward_store::group::find_by_name(&mut tx, "media")
            .await
            .unwrap();
        assert_eq!(binding.config["group"], json!(group.unwrap().id));
    }
}

#[tokio::test]
async fn an_app_with_openid_gets_what_its_recipe_says() {
    for (engine, _store) in engines().await {
        let wished = form("https://grafana.home.lan");
        create(&engine, &ctx(), &wished).await.unwrap();
        let provider = only(&engine, OAUTH2_PROVIDER);
        let redirects = &provider.config["redirect_uris"];
        assert_eq!(
            redirects[0]["url"],
            "https://grafana.home.lan/login/generic_oauth"
        );
        assert_eq!(redirects[1]["redirect_uri_type"], "logout");
        assert_eq!(provider.config["client_type"], "confidential");
        assert!(provider.config["signing_key"].is_string());
        assert_eq!(
            provider.config["property_mappings"]
                .as_array()
                .unwrap()
                .len(),
            3
        );
        let snapshot = engine.snapshot();
        assert_eq!(snapshot.oauth.secret_of(&provider.id).len(), 64);
        assert_eq!(
            only(&engine, APPLICATION).config["meta_launch_url"],
            "https://grafana.home.lan/"
        );
        let application = only(&engine, APPLICATION);
        assert!(bindings_of(&engine, &application.id).is_empty());
    }
}

#[tokio::test]
async fn everything_that_is_wrong_is_said_at_once_by_the_forms_own_names_and_nothing_is_written() {
    for (engine, _store) in engines().await {
        create(&engine, &ctx(), &form("https://sonarr.home.lan"))
            .await
            .unwrap();
        make(
            &engine,
            &ctx(),
            kind(GROUP).unwrap(),
            &json!({ "name": "media" }),
        )
        .await
        .unwrap();
        let wished = Wished {
            name: String::new(),
            public_paths: "^/api\n(".into(),
            open_to: OpenTo::Groups {
                chosen: Vec::new(),
                new: "media".into(),
            },
            ..form("https://sonarr.home.lan/")
        };
        let found = errors(create(&engine, &ctx(), &wished).await.unwrap_err());
        let names: Vec<&String> = found.as_object().unwrap().keys().collect();
        for name in ["address", "public_paths", "name", "slug"] {
            assert!(names.contains(&&name.to_owned()), "{name} in {found}");
        }
        assert_eq!(names.len(), 4, "{found}");
        assert_eq!(count(&engine, PROXY_PROVIDER), 1);
        assert_eq!(count(&engine, APPLICATION), 1);
        // Nothing of it hangs in the air: the same form, mended, goes through.
        create(&engine, &ctx(), &form("https://radarr.home.lan"))
            .await
            .unwrap();
        assert_eq!(
            only(&engine, OUTPOST).config["providers"]
                .as_array()
                .unwrap()
                .len(),
            2
        );
    }
}

#[tokio::test]
async fn an_address_that_is_none_and_a_group_that_nobody_chose_are_said_where_they_belong() {
    for (engine, _store) in engines().await {
        let nobody = OpenTo::Groups {
            chosen: Vec::new(),
            new: " ".into(),
        };
        let wished = Wished {
            open_to: nobody,
            ..form("https://x.home.lan")
        };
        let found = errors(create(&engine, &ctx(), &wished).await.unwrap_err());
        assert!(found["new_group"].is_array(), "{found}");
        let wished = Wished {
            address: "ftp://x.lan".into(),
            ..form("https://x.home.lan")
        };
        let found = errors(create(&engine, &ctx(), &wished).await.unwrap_err());
        assert!(found["address"].is_array(), "{found}");
        let ghost = OpenTo::Groups {
            chosen: vec!["no-such-group".into()],
            new: String::new(),
        };
        let wished = Wished {
            open_to: ghost,
            ..form("https://x.home.lan")
        };
        let found = errors(create(&engine, &ctx(), &wished).await.unwrap_err());
        assert!(found["group"].is_array(), "{found}");
        assert_eq!(count(&engine, APPLICATION), 0);
    }
}

#[tokio::test]
async fn a_provider_of_the_same_name_is_no_hindrance() {
    for (engine, _store) in engines().await {
        for (address, slug) in [("https://a.home.lan", "one"), ("https://b.home.lan", "two")] {
            let wished = Wished {
                name: "Wiki".into(),
                slug: slug.into(),
                ..form(address)
            };
            create(&engine, &ctx(), &wished).await.unwrap();
        }
        assert_eq!(count(&engine, PROXY_PROVIDER), 2);
    }
}

#[tokio::test]
async fn whoever_may_not_make_one_makes_none() {
    for (engine, _store) in engines().await {
        crate::testing::add_user(&engine, 70, "mia").await;
        let mia = engine.person(70).await.unwrap().unwrap();
        let ctx = ctx().acting_as(&mia);
        let refused = create(&engine, &ctx, &form("https://sonarr.home.lan")).await;
        assert!(matches!(refused, Err(Refusal::Forbidden)));
        assert_eq!(count(&engine, PROXY_PROVIDER), 0);
    }
}

#[tokio::test]
async fn each_recipe_becomes_an_application_in_every_way_that_it_has() {
    for (engine, _store) in engines().await {
        for recipe in crate::recipe::all() {
            for way in &recipe.ways {
                let slug = format!("{}-{}", recipe.slug, way.word());
                let address = format!("https://{slug}.home.lan");
                let wished = Wished {
                    slug: slug.clone(),
                    way: *way,
                    recipe: find(&recipe.slug),
                    public_paths: recipe.public_paths(),
                    ..form(&address)
                };
                let made = create(&engine, &ctx(), &wished).await;
                assert!(made.is_ok(), "{slug}: {made:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_group_that_is_there_already_is_chosen_by_its_name() {
    for (engine, _store) in engines().await {
        let group = json!({ "name": "media" });
        make(&engine, &ctx(), kind(GROUP).unwrap(), &group)
            .await
            .unwrap();
        let open_to = OpenTo::Groups {
            chosen: Vec::new(),
            new: " media ".into(),
        };
        let wished = Wished {
            open_to,
            ..form("https://sonarr.home.lan")
        };
        create(&engine, &ctx(), &wished).await.unwrap();
        let application = only(&engine, APPLICATION);
        assert_eq!(bindings_of(&engine, &application.id).len(), 1);
    }
}

#[tokio::test]
async fn people_and_groups_are_let_in_and_shut_out_one_by_one() {
    for (engine, _store) in engines().await {
        for address in ["https://sonarr.home.lan", "https://radarr.home.lan"] {
            create(&engine, &ctx(), &form(address)).await.unwrap();
        }
        crate::testing::add_user(&engine, 70, "mia").await;
        let [mia, nobody] = ["mia", "nobody"].map(|name| Opener::Person(name.into()));
        let group = Opener::Group("media".into());
        admit(&engine, &ctx(), "sonarr", &mia).await.unwrap();
        admit(&engine, &ctx(), "sonarr", &group).await.unwrap();
        for (opener, name) in [(&mia, "person"), (&group, "group"), (&nobody, "person")] {
            let found = errors(admit(&engine, &ctx(), "sonarr", opener).await.unwrap_err());
            assert!(found[name].is_array(), "{found}");
        }
        let find = |slug: &str| {
            let snapshot = engine.snapshot();
            let all = snapshot.objects(APPLICATION).iter();
            all.filter(|one| one.config["slug"] == slug)
                .map(|one| one.id.clone())
                .next()
                .unwrap()
        };
        let mut bindings = bindings_of(&engine, &find("sonarr"));
        // Both were made in the same millisecond of the test's clock.
        bindings.sort_by_key(|one| one.config["order"].as_i64());
        assert_eq!(
            bindings
                .iter()
                .map(|one| one.config["order"].as_i64())
                .collect::<Vec<_>>(),
            [Some(0), Some(1)]
        );
        let of_another = shut_out(&engine, &ctx(), "radarr", &bindings[0].id).await;
        assert!(matches!(of_another, Err(Refusal::NotFound { .. })));
        shut_out(&engine, &ctx(), "sonarr", &bindings[0].id)
            .await
            .unwrap();
        assert_eq!(bindings_of(&engine, &find("sonarr")).len(), 1);
        let mia = ctx().acting_as(&engine.person(70).await.unwrap().unwrap());
        for refused in [
            admit(&engine, &mia, "sonarr", &Opener::Person("mia".into())).await,
            shut_out(&engine, &mia, "sonarr", &bindings[1].id).await,
            delete_whole(&engine, &mia, "sonarr").await,
        ] {
            assert!(refused.is_err());
        }
        delete_whole(&engine, &ctx(), "sonarr").await.unwrap();
        assert_eq!(count(&engine, APPLICATION), 1);
        assert_eq!(count(&engine, PROXY_PROVIDER), 1);
        assert_eq!(
            only(&engine, OUTPOST).config["providers"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
        assert!(bindings_of(&engine, bindings[1].config["target"].as_str().unwrap()).is_empty());
    }
}
