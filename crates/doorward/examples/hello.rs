//! The measure of all speed figures: a bare hyper HTTP/1 server that says hello.
//!
//! One thread, the program's own allocator, nothing but hyper: what a request costs at the very
//! least. Used by `make bench` only. The rule: nothing is ever added here, or old figures lie.
//!
//! ```text
//! hello 127.0.0.1:9100
//! ```

use std::convert::Infallible;
use std::error::Error;

use hyper::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).ok_or("usage: hello ADDRESS")?;
    let listener = TcpListener::bind(address).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(converse(stream));
    }
}

async fn converse(stream: TcpStream) {
    drop(stream.set_nodelay(true));
    let connection =
        http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(hello));
    // A load generator hangs up in the middle of things; that is no news.
    drop(connection.await);
}

async fn hello(_: hyper::Request<Incoming>) -> Result<Response<String>, Infallible> {
    Ok(Response::new("hello".to_owned()))
}
