//! Every page with every sample, to be looked at and checked. Either writes them to a folder or
//! serves them with their real headers; `/` is then the list.
//!
//! `cargo run -p doorward-web --example gallery -- FOLDER`
//! `cargo run -p doorward-web --example gallery -- --listen 127.0.0.1:8791`

use std::fs;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use doorward_web::assets::PREFIX;
use doorward_web::pages::{Look, Pages, Sampled, all_samples};
use http::{StatusCode, Uri};

fn main() -> std::io::Result<()> {
    let pages = Pages::new(None);
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("--listen") => serve(pages, &arguments.next().unwrap_or_default()),
        Some(folder) => write(&pages, Path::new(folder)),
        None => write(&pages, Path::new("gallery")),
    }
}

fn write(pages: &Pages, folder: &Path) -> std::io::Result<()> {
    let files = folder.join(PREFIX.trim_start_matches('/'));
    fs::create_dir_all(&files)?;
    for sample in all_samples(pages, &Look::default()) {
        fs::write(folder.join(file_name(&sample)), sample.response.into_body())?;
    }
    for (name, body) in pages.assets().files() {
        fs::write(files.join(name), body)?;
    }
    Ok(())
}

fn file_name(sample: &Sampled) -> String {
    let page = sample.template.trim_end_matches(".html").replace('/', "-");
    format!("{page}--{}.html", sample.name)
}

#[tokio::main]
async fn serve(pages: Pages, address: &str) -> std::io::Result<()> {
    let router = Router::new().fallback(answer).with_state(Arc::new(pages));
    axum::serve(tokio::net::TcpListener::bind(address).await?, router).await
}

async fn answer(State(pages): State<Arc<Pages>>, uri: Uri) -> Response {
    if let Some(file) = uri.path().strip_prefix(PREFIX) {
        return pages.assets().serve(file);
    }
    let look = match uri.query() {
        Some(query) if query.starts_with("lang=") => Look {
            lang: query["lang=".len()..].to_owned(),
            ..Look::default()
        },
        Some("rtl") => Look {
            lang: "ar".into(),
            dir: "rtl",
            ..Look::default()
        },
        _ => Look::default(),
    };
    let mut samples = all_samples(&pages, &look);
    if uri.path() == "/" {
        let links = samples
            .iter()
            .map(file_name)
            .map(|name| format!("<a href={name}>{name}</a> "));
        return Html(links.collect::<String>()).into_response();
    }
    match samples
        .iter()
        .position(|sample| uri.path()[1..] == file_name(sample))
    {
        Some(index) => samples.swap_remove(index).response.map(Body::from),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
