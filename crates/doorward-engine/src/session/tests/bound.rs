//! What a session is bound to, on both stores, with the sample files of addresses.

use std::net::IpAddr;

use super::super::{Binding, NetworkBinding, PlaceBinding, bind};
use super::*;
use crate::testing::{engine_with, settings};
use doorward_store::{event, list};

const HOME: &str = "203.0.113.7";

fn at(ip: &str) -> Context {
    Context {
        client_ip: ip.parse().unwrap(),
        ..Context::system(NOW)
    }
}

async fn engine_that_knows_places(store: &Store) -> Engine {
    let mut settings = settings();
    settings.geo = Arc::new(crate::geo::samples());
    engine_with(store, settings).await
}

/// A session of mia's that is bound to where she is.
async fn bound(engine: &Engine, network: NetworkBinding, place: PlaceBinding, ip: &str) -> String {
    let (id, sid) = signed_in(engine, 1).await;
    let ip: IpAddr = ip.parse().unwrap();
    let binding = Binding::new(&engine.settings.geo, network, place, ip).unwrap();
    let mut tx = engine.store.begin().await.unwrap();
    bind(&mut tx, &id, &binding).await.unwrap();
    engine.commit(tx).await.unwrap();
    sid
}

/// A session of mia's that is bound to the provider of her network.
async fn mia_at_home(engine: &Engine) -> String {
    add_user(engine, 1, "mia").await;
    let (network, anywhere) = (NetworkBinding::BindAsn, PlaceBinding::NoBinding);
    bound(engine, network, anywhere, HOME).await
}

async fn stays(engine: &Engine, sid: &str, ip: &str) -> bool {
    let session = live(engine, sid, NOW).await.expect("a session");
    engine.stays(&session, &at(ip)).await.unwrap()
}

async fn logouts(engine: &Engine) -> Vec<String> {
    let mut tx = engine.store.read().await.unwrap();
    let wanted = list::Value::Text("logout".to_owned());
    let query = list::Query {
        conditions: vec![list::Condition::Equals("action", wanted)],
        order: vec![("created_at", false)],
        offset: 0,
        limit: 100,
    };
    let page = list::page::<event::EventRow>(&mut tx, "events", event::COLUMNS, &query).await;
    page.unwrap()
        .rows
        .into_iter()
        .map(|row| row.context)
        .collect()
}

#[tokio::test]
async fn each_binding_holds_what_it_names_and_nothing_more() {
    use NetworkBinding::{BindAsn, BindAsnNetwork, BindAsnNetworkIp};
    use PlaceBinding::{BindContinent, BindContinentCountry, BindContinentCountryCity};
    let (anywhere, any) = (PlaceBinding::NoBinding, NetworkBinding::NoBinding);
    // 192.0.2.1 is of the same provider and country, 198.51.100.1 of neither.
    let cases = [
        (
            BindAsn,
            anywhere,
            ["203.0.113.8", "192.0.2.1"].as_slice(),
            "198.51.100.1",
        ),
        (BindAsnNetwork, anywhere, &["203.0.113.8"], "192.0.2.1"),
        (BindAsnNetworkIp, anywhere, &[HOME], "203.0.113.8"),
        (
            any,
            BindContinent,
            &["192.0.2.1", "2001:db8::1"],
            "198.51.100.1",
        ),
        (any, BindContinentCountry, &["192.0.2.1"], "2001:db8::1"),
        (any, BindContinentCountryCity, &["203.0.113.8"], "192.0.2.1"),
        (
            BindAsn,
            BindContinentCountryCity,
            &["203.0.113.8"],
            "192.0.2.1",
        ),
        // Nobody knows where that is.
        (BindAsn, anywhere, &[HOME], "10.0.0.1"),
        (any, BindContinent, &[HOME], "10.0.0.1"),
    ];
    for store in doorward_store::testing::every_engine().await {
        let engine = engine_that_knows_places(&store.store).await;
        add_user(&engine, 1, "mia").await;
        for (network, place, within, outside) in &cases {
            let sid = bound(&engine, *network, *place, HOME).await;
            for ip in *within {
                assert!(stays(&engine, &sid, ip).await, "{network:?} {place:?} {ip}");
            }
            assert!(
                !stays(&engine, &sid, outside).await,
                "{network:?} {place:?}"
            );
            assert!(live(&engine, &sid, NOW).await.is_none(), "it has ended");
            assert!(engine.has_moved(&sid, NOW).await.unwrap());
        }
        let told = logouts(&engine).await;
        assert_eq!(told.len(), cases.len(), "one event each");
        assert!(
            told[0].contains("\"reason\":\"network.asn\""),
            "{}",
            told[0]
        );
        assert!(
            told[0].contains("\"previous_value\":\"64500\""),
            "{}",
            told[0]
        );
    }
}

#[tokio::test]
async fn without_the_files_a_bound_session_stays_at_its_address() {
    for (engine, _keep) in every_engine().await {
        let sid = mia_at_home(&engine).await;
        assert!(stays(&engine, &sid, HOME).await);
        assert!(!stays(&engine, &sid, "203.0.113.8").await);
    }
}

#[tokio::test]
async fn a_binding_that_cannot_be_read_admits_nobody_and_none_admits_everybody() {
    for (engine, _keep) in every_engine().await {
        add_user(&engine, 1, "mia").await;
        let (_, free) = signed_in(&engine, 1).await;
        for ip in [HOME, "10.0.0.1", "198.51.100.1"] {
            assert!(stays(&engine, &free, ip).await);
        }
        let (id, sid) = signed_in(&engine, 1).await;
        let mut tx = engine.store.begin().await.unwrap();
        rows::bind(&mut tx, &id, "{\"network\":\"bind_planet\"}")
            .await
            .unwrap();
        engine.commit(tx).await.unwrap();
        assert!(!stays(&engine, &sid, HOME).await);
    }
}

#[tokio::test]
async fn of_many_requests_from_elsewhere_one_ends_the_session_and_tells_of_it() {
    for store in doorward_store::testing::every_engine().await {
        let engine = engine_that_knows_places(&store.store).await;
        let sid = mia_at_home(&engine).await;
        let session = live(&engine, &sid, NOW).await.expect("a session");
        let elsewhere = at("198.51.100.1");
        let asked = (0..10).map(|_| engine.stays(&session, &elsewhere));
        let all = futures_util::future::join_all(asked).await;
        assert!(all.into_iter().all(|stays| !stays.unwrap()));
        assert_eq!(logouts(&engine).await.len(), 1);
    }
}

/// The last review: after a malformed `X-Forwarded-For` the address is the proxy's own, which is
/// everybody's.
#[tokio::test]
async fn where_the_address_cannot_be_read_a_bound_session_opens_nothing_and_stays() {
    for store in doorward_store::testing::every_engine().await {
        let engine = engine_that_knows_places(&store.store).await;
        add_user(&engine, 1, "mia").await;
        let (network, place) = (NetworkBinding::BindAsnNetworkIp, PlaceBinding::NoBinding);
        let sid = bound(&engine, network, place, HOME).await;
        let session = live(&engine, &sid, NOW).await.expect("a session");
        for ip in ["10.0.0.1", HOME] {
            let unreadable = Context {
                client_source: crate::ClientSource::Unreadable,
                ..at(ip)
            };
            assert!(!engine.stays(&session, &unreadable).await.unwrap(), "{ip}");
        }
        assert!(stays(&engine, &sid, HOME).await);
        assert!(logouts(&engine).await.is_empty());
    }
}
