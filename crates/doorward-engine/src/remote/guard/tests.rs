//! What may be reached, and what may not.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

const BOUNDS: Bounds = Bounds {
    patience: Duration::from_secs(5),
    most: 1024,
};

/// A server on loopback that answers everything with this; its port and how often it was asked.
async fn server(answer: &'static str) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let mut head = [0; 2048];
            drop(stream.read(&mut head).await);
            drop(stream.write_all(answer.as_bytes()).await);
        }
    });
    (port, asked)
}

fn loopback() -> Guarded {
    Guarded::new(&["127.0.0.0/8".parse().unwrap()])
}

#[test]
fn only_addresses_of_the_internet_are_public() {
    let private = [
        "0.0.0.0",
        "0.1.2.3",
        "10.1.2.3",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.9.9.9",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "3fff::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ];
    for address in private {
        assert!(!is_public(address.parse().unwrap()), "{address}");
    }
    let public = [
        "1.1.1.1",
        "100.63.0.1",
        "100.128.0.1",
        "172.32.0.1",
        "192.0.1.1",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
        "2001:4860:4860::8888",
        "2606:4700::1111",
    ];
    for address in public {
        assert!(is_public(address.parse().unwrap()), "{address}");
    }
}

/// CVE-2026-4874, CVE-2020-10770
#[tokio::test]
async fn nothing_of_this_network_is_asked_in_any_spelling() {
    let (port, asked) = server("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let guarded = Guarded::new(&[]);
    let hosts = [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
    ];
    for host in hosts {
        for scheme in ["http", "https"] {
            let address = format!("{scheme}://{host}:{port}/keys");
            let answer = guarded.get(&address, BOUNDS).await;
            assert!(answer.is_err(), "{address}: {answer:?}");
        }
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0, "nobody even knocked");
}

#[tokio::test]
async fn a_name_that_leads_here_is_refused_for_where_it_leads() {
    let why = Guarded::new(&[])
        .get("https://localhost/keys", BOUNDS)
        .await
        .unwrap_err();
    assert!(why.contains("not public"), "{why}");
}

#[tokio::test]
async fn the_operators_networks_may_be_asked_and_only_there_without_tls() {
    let (port, asked) = server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi").await;
    for host in ["127.0.0.1", "localhost"] {
        let networks = ["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        let guarded = Guarded::new(&networks);
        let answer = guarded.get(&format!("http://{host}:{port}/"), BOUNDS).await;
        assert_eq!(&*answer.unwrap().body, b"hi");
    }
    assert!(asked.load(Ordering::SeqCst) >= 2);
    let public = loopback().get("http://1.1.1.1/", BOUNDS).await;
    assert!(
        public.unwrap_err().contains("not public"),
        "in clear, out there"
    );
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let (inner, asked) = server("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let head = format!(
        "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:{inner}/\r\ncontent-length: 0\r\n\r\n"
    );
    let (outer, _) = server(Box::leak(head.into_boxed_str())).await;
    let answer = loopback()
        .get(&format!("http://127.0.0.1:{outer}/"), BOUNDS)
        .await;
    assert_eq!(answer.unwrap().status, 302);
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn answers_are_bounded_in_size_and_time() {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: 4096\r\n\r\n{}",
        "x".repeat(4096)
    );
    let (port, _) = server(Box::leak(head.into_boxed_str())).await;
    let long = loopback()
        .get(&format!("http://127.0.0.1:{port}/"), BOUNDS)
        .await;
    assert!(long.is_err());
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let bounds = Bounds {
        patience: Duration::from_millis(50),
        ..BOUNDS
    };
    let slow = loopback()
        .get(&format!("http://127.0.0.1:{port}/"), bounds)
        .await;
    assert!(slow.is_err());
}

#[tokio::test]
async fn other_schemes_and_user_names_are_refused() {
    let guarded = loopback();
    for address in [
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "/keys",
        "https://good.example@127.0.0.1/",
    ] {
        assert!(guarded.get(address, BOUNDS).await.is_err(), "{address}");
    }
}
