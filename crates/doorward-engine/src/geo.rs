//! Where an address is on the map, and whose network it belongs to.
//!
//! Owns reading `MaxMind`'s files (`GeoLite2-City`, `GeoLite2-ASN`), if the operator has put them there,
//! and reading them again once they have been replaced. Leaves what follows from a place to policies
//! and the login stage. Rule: an address that is in no file is nowhere; nothing is guessed.

pub(crate) mod country;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwapOption;
use maxminddb::Reader;
use serde::Deserialize;
use serde_json::{Value, json};

/// The Earth's mean radius.
const RADIUS_KM: f64 = 6371.0;

/// The two files.
#[derive(Debug, Default)]
pub struct Geo {
    places: File,
    networks: File,
}

#[derive(Debug, Default)]
struct File {
    path: Option<PathBuf>,
    read: ArcSwapOption<Database>,
}

#[derive(Debug)]
struct Database {
    reader: Reader<Vec<u8>>,
    changed: Option<SystemTime>,
}

/// A place, as exactly as the file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place {
    /// Two letters: `EU`.
    pub continent: Option<String>,
    /// ISO 3166-1, two letters: `DE`.
    pub country: Option<String>,
    /// In English; may be empty.
    pub city: String,
    /// Degrees north and east.
    pub point: Option<(f64, f64)>,
}

/// An autonomous system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Its number.
    pub asn: Option<u32>,
    /// Whose it is.
    pub as_org: Option<String>,
    /// The part of it that holds the address, `203.0.113.0/24`.
    pub network: Option<String>,
}

impl Geo {
    /// Opens the files that are there. A missing one turns its half off.
    pub fn open(places: Option<PathBuf>, networks: Option<PathBuf>) -> Self {
        let geo = Self {
            places: File::new(places),
            networks: File::new(networks),
        };
        geo.refresh();
        geo
    }

    /// Reads again what has been replaced since; a file that cannot be read leaves the former one.
    pub fn refresh(&self) {
        self.places.refresh();
        self.networks.refresh();
    }

    /// Whether places can be told at all.
    pub fn knows_places(&self) -> bool {
        self.places.read.load().is_some()
    }

    /// Whether networks can be told at all.
    pub fn knows_networks(&self) -> bool {
        self.networks.read.load().is_some()
    }

    /// Where an address is.
    pub fn place(&self, address: IpAddr) -> Option<Place> {
        let (found, _) = self.places.find::<Record>(address)?;
        Some(Place {
            continent: found.continent.code,
            country: found.country.iso_code,
            city: found.city.names.en,
            point: found.location.latitude.zip(found.location.longitude),
        })
    }

    /// Whose network an address belongs to.
    pub fn network(&self, address: IpAddr) -> Option<Network> {
        let (found, network) = self.networks.find::<System>(address)?;
        Some(Network {
            asn: found.number,
            as_org: found.organization,
            network: Some(network),
        })
    }

    /// [`Place`] in the contract's form; null if it is nowhere.
    pub fn place_value(&self, address: IpAddr) -> Value {
        self.place(address)
            .map_or(Value::Null, |place| place.to_value())
    }

    /// [`Network`] in the contract's form; null if it is nobody's.
    pub fn network_value(&self, address: IpAddr) -> Value {
        self.network(address)
            .map_or(Value::Null, |network| network.to_value())
    }
}

impl File {
    fn new(path: Option<PathBuf>) -> Self {
        Self {
            path,
            read: ArcSwapOption::empty(),
        }
    }

    fn refresh(&self) {
        let Some(path) = &self.path else { return };
        let changed = changed(path);
        let former = self.read.load();
        let is_same = former.as_ref().map(|former| former.changed) == Some(changed);
        if changed.is_none() || is_same {
            return;
        }
        match Reader::open_readfile(path) {
            Ok(reader) => self
                .read
                .store(Some(Arc::new(Database { reader, changed }))),
            Err(error) => {
                tracing::warn!(file = %path.display(), %error, "a database of places or networks cannot be read");
            }
        }
    }

    /// What the file says of an address, and the part of its network that this holds for.
    fn find<T: for<'de> Deserialize<'de>>(&self, address: IpAddr) -> Option<(T, String)> {
        let database = self.read.load_full()?;
        let found = database.reader.lookup(address.to_canonical()).ok()?;
        let network = found.network().ok()?.to_string();
        let record = found.decode().ok()??;
        Some((record, network))
    }
}

fn changed(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path)
        .and_then(|file| file.modified())
        .ok()
}

impl Place {
    /// The contract's form.
    pub fn to_value(&self) -> Value {
        json!({
            "continent": self.continent, "country": self.country, "city": self.city,
            "lat": self.point.map(|(north, _)| north), "long": self.point.map(|(_, east)| east),
        })
    }

    /// Reads what [`Place::to_value`] wrote, for example into an event.
    pub fn from_value(value: &Value) -> Option<Self> {
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        value.is_object().then(|| Self {
            continent: text("continent"),
            country: text("country"),
            city: text("city").unwrap_or_default(),
            point: value["lat"].as_f64().zip(value["long"].as_f64()),
        })
    }

    /// `Berlin, DE`, for people; empty if the file says neither.
    pub fn words(&self) -> String {
        let parts = [
            self.city.as_str(),
            self.country.as_deref().unwrap_or_default(),
        ];
        let said: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        said.join(", ")
    }

    /// Kilometers to another place over the ground; `None` where one of them has no point.
    pub fn distance_km(&self, other: &Self) -> Option<f64> {
        let ((north, east), (other_north, other_east)) = self.point.zip(other.point)?;
        let (from, to) = (north.to_radians(), other_north.to_radians());
        let half = |degrees: f64| (degrees.to_radians() / 2.0).sin().powi(2);
        let chord = half(other_north - north) + from.cos() * to.cos() * half(other_east - east);
        Some(2.0 * RADIUS_KM * chord.sqrt().min(1.0).asin())
    }
}

impl Network {
    /// The contract's form.
    pub fn to_value(&self) -> Value {
        json!({ "asn": self.asn, "as_org": self.as_org, "network": self.network })
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Record {
    continent: Continent,
    country: Country,
    city: Named,
    location: Location,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Continent {
    code: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Country {
    iso_code: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    names: Names,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Names {
    en: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Location {
    latitude: Option<f64>,
    longitude: Option<f64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct System {
    #[serde(rename = "autonomous_system_number")]
    number: Option<u32>,
    #[serde(rename = "autonomous_system_organization")]
    organization: Option<String>,
}

/// The samples of documentation addresses that `scripts/make-geo-samples.py` makes.
#[cfg(test)]
pub(crate) fn samples() -> Geo {
    let sample = |name: &str| Some(tests::folder().join(name));
    Geo::open(sample("city.mmdb"), sample("asn.mmdb"))
}

#[cfg(test)]
mod tests;
