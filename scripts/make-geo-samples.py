#!/usr/bin/env python3
"""Makes the two small databases of documentation addresses that the tests of `engine/geo` read.

Needs `pip install mmdb_writer`; run it only to change them: the results are in the tree.
"""
from pathlib import Path

from mmdb_writer import MMDBWriter
from netaddr import IPSet

PLACES = {
    "203.0.113.0/24": ("EU", "DE", "Berlin", 52.52, 13.405),
    "192.0.2.0/24": ("EU", "DE", "Potsdam", 52.4, 13.06),
    "198.51.100.0/24": ("NA", "US", "New York", 40.71, -74.0),
    "2001:db8::/32": ("EU", "FR", "Paris", 48.85, 2.35),
}
NETWORKS = {
    "203.0.113.0/24": (64500, "Example Net"),
    "192.0.2.0/24": (64500, "Example Net"),
    "198.51.100.0/24": (64501, "Other Net"),
    "2001:db8::/32": (64502, "Third Net"),
}
FOLDER = Path(__file__).resolve().parent.parent / "crates/doorward-engine/src/geo/data"


def writer(kind):
    return MMDBWriter(
        6, kind, languages=["en"], ipv4_compatible=True, int_type="u32", description="Samples for tests"
    )


city = writer("GeoLite2-City")
for network, (continent, country, name, latitude, longitude) in PLACES.items():
    city.insert_network(IPSet([network]), {
        "continent": {"code": continent},
        "country": {"iso_code": country},
        "city": {"names": {"en": name}},
        "location": {"latitude": latitude, "longitude": longitude},
    })
city.to_db_file(str(FOLDER / "city.mmdb"))

asn = writer("GeoLite2-ASN")
for network, (number, organization) in NETWORKS.items():
    asn.insert_network(IPSet([network]), {
        "autonomous_system_number": number,
        "autonomous_system_organization": organization,
    })
asn.to_db_file(str(FOLDER / "asn.mmdb"))
