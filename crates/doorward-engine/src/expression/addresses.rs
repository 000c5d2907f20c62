//! What `ip_address` and `ip_network` tell about an address, as the prelude's classes read it.
//!
//! Rule: an address that cannot be read is an error, never some other address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use monty_types::MontyObject;

use super::convert::to_monty;

/// The facts of one address.
pub(super) fn address(text: &str) -> Result<MontyObject, String> {
    let unreadable = || format!("'{text}' does not appear to be an IPv4 or IPv6 address");
    let address: IpAddr = text.parse().map_err(|_| unreadable())?;
    Ok(object(vec![
        ("text", text_of(address.to_string())),
        ("number", number(address)),
        ("version", version(address)),
        ("is_private", MontyObject::Bool(is_private(address))),
        (
            "is_global",
            MontyObject::Bool(!is_private(address) && !address.is_multicast()),
        ),
        ("is_loopback", MontyObject::Bool(address.is_loopback())),
        ("is_link_local", MontyObject::Bool(is_link_local(address))),
        ("is_multicast", MontyObject::Bool(address.is_multicast())),
        (
            "is_unspecified",
            MontyObject::Bool(address.is_unspecified()),
        ),
    ]))
}

/// The facts of a network; with `strict` no bit may be set beyond its mask.
pub(super) fn network(text: &str, strict: bool) -> Result<MontyObject, String> {
    let unreadable = || format!("'{text}' does not appear to be an IPv4 or IPv6 network");
    let network: IpNet = text
        .parse()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| unreadable())?;
    if strict && network.addr() != network.network() {
        return Err(format!("{text} has host bits set"));
    }
    let (first, last) = (network.network(), network.broadcast());
    let private = is_private(first) && is_private(last);
    Ok(object(vec![
        ("text", text_of(network.trunc().to_string())),
        ("first", text_of(first.to_string())),
        ("last", text_of(last.to_string())),
        ("low", number(first)),
        ("high", number(last)),
        ("version", version(first)),
        ("prefixlen", MontyObject::Int(network.prefix_len().into())),
        ("is_private", MontyObject::Bool(private)),
    ]))
}

pub(super) fn slug(text: &str) -> MontyObject {
    text_of(slugified(text))
}

/// A text as it stands in addresses: letters, digits and single hyphens.
pub(crate) fn slugified(text: &str) -> String {
    let kept =
        |one: char| (one.is_ascii_alphanumeric() || one == '_').then(|| one.to_ascii_lowercase());
    let spaced: String = text
        .chars()
        .filter(|one| {
            one.is_ascii_alphanumeric() || matches!(one, '_' | '-') || one.is_whitespace()
        })
        .map(|one| kept(one).unwrap_or(' '))
        .collect();
    spaced.split_whitespace().collect::<Vec<_>>().join("-")
}

fn object(fields: Vec<(&str, MontyObject)>) -> MontyObject {
    let fields = fields.into_iter();
    MontyObject::Dict(
        fields
            .map(|(key, value)| (text_of(key.to_owned()), value))
            .collect(),
    )
}

fn text_of(text: String) -> MontyObject {
    MontyObject::String(text)
}

fn version(address: IpAddr) -> MontyObject {
    to_monty(&if address.is_ipv4() {
        4.into()
    } else {
        6.into()
    })
}

fn number(address: IpAddr) -> MontyObject {
    match address {
        IpAddr::V4(address) => MontyObject::Int(u32::from(address).into()),
        IpAddr::V6(address) => MontyObject::BigInt(u128::from(address).into()),
    }
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_private_v4(address),
        IpAddr::V6(address) => is_private_v6(address),
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_unspecified()
        || address.is_documentation()
        || address.octets()[0] >= 240
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    address.to_ipv4_mapped().is_some_and(is_private_v4)
        || address.is_unique_local()
        || address.is_loopback()
        || address.is_unicast_link_local()
        || address.is_unspecified()
}

fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}
