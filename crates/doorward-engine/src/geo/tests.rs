//! The samples of documentation addresses: `scripts/make-geo-samples.py`.

use super::*;

pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/geo/data")
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn an_address_is_found_in_either_form_and_an_unknown_one_is_nowhere() {
    let geo = samples();
    assert!(geo.knows_places() && geo.knows_networks());
    let berlin = geo.place(address("203.0.113.7")).unwrap();
    assert_eq!(berlin.words(), "Berlin, DE");
    assert_eq!(geo.place(address("::ffff:203.0.113.7")).unwrap(), berlin);
    assert_eq!(
        geo.place(address("2001:db8::1"))
            .unwrap()
            .country
            .as_deref(),
        Some("FR")
    );
    assert_eq!(geo.place(address("10.0.0.1")), None);
    let network = geo.network(address("198.51.100.200")).unwrap();
    assert_eq!(network.asn, Some(64501));
    assert_eq!(network.network.as_deref(), Some("198.51.100.0/24"));
    assert_eq!(geo.network_value(address("192.168.0.1")), Value::Null);
}

#[test]
fn what_is_written_into_an_event_is_read_back() {
    let place = samples().place(address("192.0.2.1")).unwrap();
    assert_eq!(Place::from_value(&place.to_value()), Some(place));
    assert_eq!(Place::from_value(&Value::Null), None);
}

#[test]
fn distances_are_those_of_the_globe() {
    let geo = samples();
    let place = |text: &str| geo.place(address(text)).unwrap();
    let berlin = place("203.0.113.1");
    let km = |text: &str| berlin.distance_km(&place(text)).unwrap();
    assert!(
        (6380.0..6400.0).contains(&km("198.51.100.1")),
        "{}",
        km("198.51.100.1")
    );
    assert!(
        (20.0..30.0).contains(&km("192.0.2.1")),
        "{}",
        km("192.0.2.1")
    );
    assert!(km("203.0.113.2") < 0.001);
    assert_eq!(berlin.distance_km(&Place::default()), None);
}

#[test]
fn a_missing_or_broken_file_turns_its_half_off_and_a_new_one_is_read() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("city.mmdb");
    let geo = Geo::open(Some(path.clone()), None);
    assert!(!geo.knows_places() && !geo.knows_networks());
    std::fs::write(&path, "no database").unwrap();
    geo.refresh();
    assert!(!geo.knows_places());
    std::fs::copy(folder().join("city.mmdb"), &path).unwrap();
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    geo.refresh();
    assert!(geo.knows_places());
    std::fs::write(&path, "half a datab").unwrap();
    geo.refresh();
    assert!(geo.knows_places(), "the former one stays");
}
