//! Real sockets, a small router: limits, peers and the end.

use std::time::Instant;

use axum::Extension;
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::oneshot;

use super::*;

#[derive(Clone)]
struct From(SocketAddr);

fn put_peer(extensions: &mut http::Extensions, address: SocketAddr, pace: &Pace) {
    extensions.insert(pace.clone());
    extensions.insert(From(address));
}

fn limits() -> Listen {
    Listen {
        max_connections: 64,
        header_timeout: Duration::from_millis(200),
        idle_timeout: Duration::from_millis(400),
        ..Listen::default()
    }
}

struct Running {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    ended: oneshot::Receiver<()>,
}

async fn run(router: Router) -> Running {
    let served = Served::bind("127.0.0.1:0".parse().unwrap(), router, "X")
        .await
        .unwrap();
    let address = served.address().unwrap();
    let (stop, stopped) = watch::channel(false);
    let (end, ended) = oneshot::channel();
    tokio::spawn(async move {
        serve(vec![served], &limits(), put_peer, stopped).await;
        end.send(()).unwrap();
    });
    Running {
        address,
        stop,
        ended,
    }
}

async fn exchange(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The server may answer and close before it has read all of a request that is too large.
    let _refused = stream.write_all(request).await;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

fn hello() -> Router {
    Router::new().route(
        "/",
        get(async |Extension(From(peer)): Extension<From>| peer.ip().to_string()),
    )
}

#[tokio::test]
async fn the_router_sees_the_address_of_its_peer() {
    let server = run(hello()).await;
    let answer = exchange(
        server.address,
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("127.0.0.1"),
        "{answer}"
    );
}

#[tokio::test]
async fn heads_of_64_kib_are_accepted_and_of_1_mib_refused_with_431() {
    let server = run(hello()).await;
    for (bytes, wanted) in [(64 * 1024, "HTTP/1.1 200"), (1024 * 1024, "HTTP/1.1 431")] {
        let field = "x".repeat(bytes);
        let request =
            format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Large: {field}\r\n\r\n");
        let answer = exchange(server.address, request.as_bytes()).await;
        assert!(answer.starts_with(wanted), "{bytes}: {answer}");
    }
}

#[tokio::test]
async fn more_than_a_hundred_fields_are_refused_with_431() {
    let server = run(hello()).await;
    for (count, wanted) in [(90, "HTTP/1.1 200"), (110, "HTTP/1.1 431")] {
        let fields = "X-Field: 1\r\n".repeat(count);
        let request = format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{fields}\r\n");
        let answer = exchange(server.address, request.as_bytes()).await;
        assert!(answer.starts_with(wanted), "{count}: {answer}");
    }
}

#[tokio::test]
async fn a_head_that_never_ends_is_given_up() {
    let server = run(hello()).await;
    let started = Instant::now();
    let answer = exchange(server.address, b"GET / HTTP/1.1\r\nHost: a\r\n").await;
    assert_eq!(answer, "");
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn an_idle_connection_outlives_the_patience_for_a_head() {
    let server = run(hello()).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let mut buffer = [0; 1024];
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    assert!(stream.read(&mut buffer).await.unwrap() > 0);
    let answered = Instant::now();
    assert_eq!(
        stream.read(&mut buffer).await.unwrap(),
        0,
        "idle for too long in the end"
    );
    assert!(
        answered.elapsed() > Duration::from_millis(300),
        "{:?}",
        answered.elapsed()
    );
}

#[tokio::test]
async fn a_request_in_flight_is_answered_after_the_signal_to_stop() {
    let (entered, mut is_in) = mpsc::channel::<()>(1);
    let gate = Arc::new(Semaphore::new(0));
    let inner = Arc::clone(&gate);
    let slow = move |body: String| async move {
        entered.send(()).await.unwrap();
        inner.acquire().await.unwrap().forget();
        body
    };
    let server = run(Router::new().route("/", post(slow))).await;
    let request = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\ndone";
    let answer = tokio::spawn(async move { exchange(server.address, request).await });
    is_in.recv().await.unwrap();
    server.stop.send(true).unwrap();
    let refused = async {
        while TcpStream::connect(server.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    refused.await;
    gate.add_permits(1);
    let answer = answer.await.unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"),
        "{answer}"
    );
    server.ended.await.unwrap();
}

#[tokio::test]
async fn an_address_in_use_is_named_with_what_to_do() {
    let first = Served::bind("127.0.0.1:0".parse().unwrap(), hello(), "X")
        .await
        .unwrap();
    let again = Served::bind(first.address().unwrap(), hello(), "DOORWARD_LISTEN__HTTP").await;
    let said = again.err().unwrap().to_string();
    assert!(
        said.contains("127.0.0.1:") && said.contains("DOORWARD_LISTEN__HTTP"),
        "{said}"
    );
}
