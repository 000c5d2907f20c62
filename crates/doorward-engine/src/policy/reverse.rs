//! Addresses to names of hosts, for expressions: `reverse_dns`.
//!
//! Rule: an address without a name is its own name, as in authentik; a name server that does not
//! answer, or does not know, is an error.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use doorward_protocol::dns::{self, NoAnswer};
use doorward_protocol::encoding::random_bytes;
use serde_json::{Value, json};
use tokio::net::UdpSocket;
use tokio::time::timeout;

/// Where the system keeps its name servers.
const RESOLVERS: &str = "/etc/resolv.conf";
/// Where a name server listens.
const PORT: u16 = 53;
/// As many as the C library asks.
const SERVERS_MAX: usize = 3;
/// For each of them.
const PATIENCE: Duration = Duration::from_secs(1);
const DATAGRAM_MAX_BYTES: usize = 1500;

/// The name of an address.
pub(super) async fn name(asked: &Value) -> Result<Value, String> {
    let text = asked["address"].as_str().unwrap_or_default();
    let address: IpAddr = text
        .parse()
        .map_err(|_| "reverse_dns takes an address".to_owned())?;
    let known = tokio::fs::read_to_string(RESOLVERS).await;
    let servers = servers(&known.unwrap_or_default());
    let found = ask_each(&servers, address.to_canonical()).await?;
    Ok(json!(found.as_deref().unwrap_or(text)))
}

/// The name servers that a file names.
fn servers(text: &str) -> Vec<SocketAddr> {
    let named = text.lines().filter_map(|line| {
        let address = line.trim().strip_prefix("nameserver")?.trim();
        address.parse::<IpAddr>().ok()
    });
    let all = named.map(|address| SocketAddr::new(address, PORT));
    all.take(SERVERS_MAX).collect()
}

/// The first answer counts.
async fn ask_each(servers: &[SocketAddr], address: IpAddr) -> Result<Option<String>, String> {
    let mut why = "no name server is known".to_owned();
    for server in servers {
        match timeout(PATIENCE, ask(*server, address)).await {
            Ok(Ok(found)) => return Ok(found),
            Ok(Err(error)) => why = error,
            Err(_) => "no name server has answered in time".clone_into(&mut why),
        }
    }
    Err(why)
}

async fn ask(server: SocketAddr, address: IpAddr) -> Result<Option<String>, String> {
    let question = dns::question(address, u16::from_be_bytes(random_bytes()));
    let said = async {
        let own = if server.is_ipv4() {
            SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))
        } else {
            SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0))
        };
        // Nobody else is heard on a connected socket.
        let socket = UdpSocket::bind(own).await?;
        socket.connect(server).await?;
        socket.send(&question).await?;
        let mut bytes = [0; DATAGRAM_MAX_BYTES];
        loop {
            let length = socket.recv(&mut bytes).await?;
            match dns::answer(&bytes[..length], &question) {
                Err(NoAnswer::Foreign) => {}
                answer => return Ok::<_, std::io::Error>(answer),
            }
        }
    };
    let said = said.await;
    let said = said.map_err(|error| format!("the name server cannot be asked: {error}"))?;
    said.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name server that says these things to each question, one after the other.
    async fn server(answers: Vec<fn(Vec<u8>) -> Vec<u8>>) -> SocketAddr {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
        let own = socket.local_addr().expect("an address");
        tokio::spawn(async move {
            let mut bytes = [0; DATAGRAM_MAX_BYTES];
            while let Ok((length, from)) = socket.recv_from(&mut bytes).await {
                for answer in &answers {
                    let said = answer(bytes[..length].to_vec());
                    drop(socket.send_to(&said, from).await);
                }
            }
        });
        own
    }

    fn named(mut bytes: Vec<u8>) -> Vec<u8> {
        (bytes[2], bytes[3], bytes[7]) = (0x81, 0x80, 1);
        bytes.extend(b"\xc0\x0c\0\x0c\0\x01\0\0\0\x3c\0\x09\x04door\x03lan\0");
        bytes
    }

    fn with_code(mut bytes: Vec<u8>, code: u8) -> Vec<u8> {
        (bytes[2], bytes[3]) = (0x81, 0x80 | code);
        bytes
    }

    fn of_another(bytes: Vec<u8>) -> Vec<u8> {
        let mut said = named(bytes);
        said[0] ^= 1;
        said
    }

    #[tokio::test]
    async fn a_name_is_found_no_name_is_none_and_a_server_that_fails_is_an_error() {
        let address = "192.0.2.7".parse().expect("an address");
        let found = async |servers: &[SocketAddr]| ask_each(servers, address).await;
        let knows = server(vec![of_another, named]).await;
        let empty = server(vec![|bytes| with_code(bytes, 3)]).await;
        let fails = server(vec![|bytes| with_code(bytes, 2)]).await;
        assert_eq!(found(&[knows]).await, Ok(Some("door.lan".to_owned())));
        assert_eq!(found(&[empty]).await, Ok(None));
        let why = found(&[fails]).await.expect_err("a failure");
        assert!(why.contains("error 2"), "{why}");
        assert_eq!(
            found(&[fails, knows]).await,
            Ok(Some("door.lan".to_owned()))
        );
        assert!(found(&[]).await.is_err());
    }

    #[tokio::test]
    async fn only_an_address_has_a_name() {
        for wrong in ["", "example.org", "192.0.2.1/24"] {
            assert!(name(&json!({ "address": wrong })).await.is_err(), "{wrong}");
        }
        let text =
            "# a\nnameserver 192.0.2.1\nsearch lan\n nameserver  2001:db8::1\nnameserver x\n";
        let all = servers(text);
        assert_eq!(
            all,
            ["192.0.2.1:53", "[2001:db8::1]:53"].map(|one| one.parse().expect("one"))
        );
    }
}
