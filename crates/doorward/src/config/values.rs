//! Text to typed values: durations, lists, listener addresses, networks, indirect values.
//!
//! Pure functions (but for [`resolve`], which reads what a value points to). An error is the end
//! of a sentence that starts with the name of the setting.

use std::io::{self, Read as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use doorward_protocol::trust::TrustedProxies;
use ipnet::IpNet;
use url::Url;

/// Follows `file:///path?default` and `env://NAME?default`; any other text is its own value.
pub(super) fn resolve(
    text: &str,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<(String, Option<String>), String> {
    if let Some(rest) = text.strip_prefix("file://") {
        let (path, default) = split_default(rest);
        let origin = Some(format!("file {path}"));
        return match (read_bounded(path), default) {
            (Ok(content), _) if content.len() > MAX_FILE_BYTES => Err(format!(
                "the file {path} is longer than {} KiB: that is no single value",
                MAX_FILE_BYTES / 1024
            )),
            (Ok(content), _) if content.trim().is_empty() => {
                Err(format!("the file {path} is empty"))
            }
            (Ok(content), _) => Ok((content.trim().to_owned(), origin)),
            (Err(_), Some(default)) => Ok((default.to_owned(), Some("default after ?".into()))),
            (Err(error), None) => Err(format!("the file {path} cannot be read: {error}")),
        };
    }
    if let Some(rest) = text.strip_prefix("env://") {
        let (name, default) = split_default(rest);
        let found = variable(name).filter(|value| !value.is_empty());
        return match (found, default) {
            (Some(value), _) => Ok((value, Some(name.to_owned()))),
            (None, Some(default)) => Ok((default.to_owned(), None)),
            (None, None) => Err(format!("the variable {name} is not set")),
        };
    }
    Ok((text.to_owned(), None))
}

/// A value that a setting points to is at most so long.
const MAX_FILE_BYTES: usize = 64 * 1024;

/// One byte more than a value may have is enough to refuse it: a device has no end.
fn read_bounded(path: &str) -> io::Result<String> {
    let mut content = String::new();
    let bound = u64::try_from(MAX_FILE_BYTES + 1).unwrap_or(u64::MAX);
    std::fs::File::open(path)?
        .take(bound)
        .read_to_string(&mut content)?;
    Ok(content)
}

/// A server's address to which something can be added.
pub(super) fn range_address(text: &str) -> Result<Url, String> {
    let whole = format!("{}/", text.trim_end_matches('/'));
    let url = Url::parse(&whole).map_err(|error| format!("{text:?} is no address: {error}"))?;
    match (url.scheme(), url.query(), url.fragment()) {
        ("http" | "https", None, None) => Ok(url),
        _ => Err(format!("{text:?} is no plain address with http or https")),
    }
}

fn split_default(text: &str) -> (&str, Option<&str>) {
    match text.split_once('?') {
        Some((name, default)) => (name, Some(default)),
        None => (text, None),
    }
}

/// The parts of `a, b` or of a JSON list; empty parts are dropped.
pub(super) fn list(text: &str) -> Vec<String> {
    if let Ok(parts) = serde_json::from_str::<Vec<String>>(text) {
        return parts;
    }
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// `300`, `5m`, `1h30m` or authentik's `minutes=5;seconds=30`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is not a duration: write 5m, 300 (seconds) or minutes=5");
    let parts: Vec<(String, String)> = if text.contains('=') {
        text.split(';')
            .filter_map(|part| part.split_once('='))
            .map(|(unit, count)| (count.into(), unit.into()))
            .collect()
    } else {
        counted_units(text)
    };
    if parts.is_empty() {
        return Err(wrong());
    }
    let mut total_ms = 0_u64;
    for (count, unit) in parts {
        let count: u64 = count.trim().parse().map_err(|_| wrong())?;
        let unit_ms = unit_ms(unit.trim()).ok_or_else(wrong)?;
        total_ms = count
            .checked_mul(unit_ms)
            .and_then(|ms| ms.checked_add(total_ms))
            .ok_or_else(wrong)?;
    }
    Ok(Duration::from_millis(total_ms))
}

/// Cuts `1h30m` into `(1, h)` and `(30, m)`.
fn counted_units(text: &str) -> Vec<(String, String)> {
    let mut parts: Vec<(String, String)> = Vec::new();
    for character in text.chars().filter(|character| !character.is_whitespace()) {
        let starts_number = parts.last().is_none_or(|(_, unit)| !unit.is_empty());
        match (character.is_ascii_digit(), starts_number) {
            (true, true) => parts.push((character.into(), String::new())),
            (true, false) => last_of(&mut parts).0.push(character),
            (false, _) => last_of(&mut parts).1.push(character),
        }
    }
    parts
}

fn last_of(parts: &mut Vec<(String, String)>) -> &mut (String, String) {
    if parts.is_empty() {
        parts.push((String::new(), String::new()));
    }
    parts.last_mut().expect("one part was just added")
}

fn unit_ms(unit: &str) -> Option<u64> {
    Some(match unit {
        "ms" | "milliseconds" => 1,
        "" | "s" | "second" | "seconds" => 1_000,
        "m" | "min" | "minute" | "minutes" => 60_000,
        "h" | "hour" | "hours" => 3_600_000,
        "d" | "day" | "days" => 86_400_000,
        "w" | "week" | "weeks" => 604_800_000,
        _ => return None,
    })
}

/// Yes or no, as authentik and Compose files spell them.
pub(super) fn switch(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(true),
        "false" | "no" | "off" | "0" | "" => Ok(false),
        _ => Err(format!("{text:?} is neither true nor false")),
    }
}

/// Absolute paths of folders; `none` is an empty list.
pub(super) fn folders(text: &str) -> Result<Vec<PathBuf>, String> {
    if text.trim() == "none" {
        return Ok(Vec::new());
    }
    let folders: Vec<_> = list(text).into_iter().map(PathBuf::from).collect();
    match folders.iter().find(|folder| !folder.is_absolute()) {
        Some(folder) => Err(format!("{} does not begin with /", folder.display())),
        None => Ok(folders),
    }
}

/// Listener addresses, each once; `none` is an empty list. `:9000` and `9000` mean all addresses.
pub(super) fn listeners(text: &str) -> Result<Vec<SocketAddr>, String> {
    if matches!(text.trim(), "none" | "off") {
        return Ok(Vec::new());
    }
    let mut addresses = Vec::new();
    for part in list(text) {
        let address = listener(&part)?;
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    // A socket on [::] takes IPv4 as well, so 0.0.0.0 on the same port would fail to bind.
    let all: Vec<u16> = addresses
        .iter()
        .filter(|address: &&SocketAddr| address.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED))
        .map(SocketAddr::port)
        .collect();
    addresses.retain(|address: &SocketAddr| {
        address.ip() != IpAddr::V4(Ipv4Addr::UNSPECIFIED) || !all.contains(&address.port())
    });
    Ok(addresses)
}

fn listener(text: &str) -> Result<SocketAddr, String> {
    let port_only = text.strip_prefix(':').unwrap_or(text);
    if let Ok(port) = port_only.parse::<u16>() {
        return Ok(SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)));
    }
    if let Some(port) = text
        .strip_prefix("localhost:")
        .and_then(|port| port.parse::<u16>().ok())
    {
        return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    }
    text.parse().map_err(|_| {
        format!("{text:?} is not an address to listen on: write 0.0.0.0:9000, [::]:9000 or :9000")
    })
}

/// Networks such as `10.0.0.0/8`; a single address is a network of one.
pub(super) fn networks(text: &str) -> Result<Vec<IpNet>, String> {
    let trusted = TrustedProxies::parse(list(text).iter().map(String::as_str));
    let trusted = trusted.map_err(|error| error.to_string())?;
    Ok(trusted.networks().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_in_our_spelling_and_in_authentiks() {
        let cases = [
            ("300", Some(300_000)),
            ("5m", Some(300_000)),
            ("1h30m", Some(5_400_000)),
            ("250ms", Some(250)),
            ("days=1", Some(86_400_000)),
            ("hours=1;minutes=5", Some(3_900_000)),
            ("0", Some(0)),
            ("5 minutes", Some(300_000)),
            ("", None),
            ("m", None),
            ("5x", None),
            ("fortnights=1", None),
            ("99999999999999999999", None),
            ("184467440737095516w", None),
        ];
        for (text, wanted_ms) in cases {
            let wanted = wanted_ms.map(Duration::from_millis);
            assert_eq!(duration(text).ok(), wanted, "{text:?}");
        }
    }

    #[test]
    fn listener_lists_take_commas_and_bare_ports() {
        let cases: [(&str, &[&str]); 7] = [
            ("0.0.0.0:9000", &["0.0.0.0:9000"]),
            (":9300", &["[::]:9300"]),
            ("9300", &["[::]:9300"]),
            ("127.0.0.1:1, [::1]:2", &["127.0.0.1:1", "[::1]:2"]),
            ("0.0.0.0:9000,[::]:9000", &["[::]:9000"]),
            ("localhost:9000", &["127.0.0.1:9000"]),
            ("none", &[]),
        ];
        for (text, wanted) in cases {
            let wanted: Vec<SocketAddr> = wanted.iter().map(|one| one.parse().unwrap()).collect();
            assert_eq!(listeners(text).unwrap(), wanted, "{text:?}");
        }
        assert!(
            listeners("example.org")
                .unwrap_err()
                .contains("0.0.0.0:9000")
        );
    }

    #[test]
    fn networks_take_single_addresses_and_json_lists() {
        assert_eq!(
            networks(crate::config::keys::PRIVATE_NETWORKS)
                .unwrap()
                .len(),
            6
        );
        assert_eq!(
            networks(r#"["10.0.0.1", "fe80::/10"]"#).unwrap()[0].to_string(),
            "10.0.0.1/32"
        );
        assert!(networks("10.0.0.0/99").is_err());
        let refused = networks("10.0.0.1, 0.0.0.0/1").unwrap_err();
        assert!(refused.contains("would trust everybody"), "{refused}");
    }

    #[test]
    fn indirect_values_come_from_files_and_variables_or_their_default() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, " from a file\n").unwrap();
        let environment = |name: &str| (name == "OTHER").then(|| "from a variable".to_owned());
        let read = |text: &str| resolve(text, &environment).map(|(value, _)| value);
        assert_eq!(
            read(&format!("file://{}", path.display())).unwrap(),
            "from a file"
        );
        assert_eq!(read("file:///nowhere/at/all?spare").unwrap(), "spare");
        assert!(
            read("file:///nowhere/at/all")
                .unwrap_err()
                .contains("cannot be read")
        );
        assert_eq!(read("env://OTHER").unwrap(), "from a variable");
        assert_eq!(read("env://MISSING?spare").unwrap(), "spare");
        assert!(read("env://MISSING").unwrap_err().contains("not set"));
        assert_eq!(read("plain").unwrap(), "plain");
    }
}
