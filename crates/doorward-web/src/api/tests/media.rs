//! Media over HTTP: uploading, who sees what, what browsers may do with it.

use axum::body::Body;
use http::Request;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};

use super::kit::{Role, Seen, Server, sign_in};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and so on";
const BOUNDARY: &str = "----------------------------7c1f";

/// A file as a browser sends it, with further parts.
async fn upload(server: &Server, role: Role, file: (&str, &[u8]), parts: &[(&str, &str)]) -> Seen {
    let mut body = Vec::new();
    for (name, text) in parts {
        let part = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n"
        );
        body.extend_from_slice(part.as_bytes());
    }
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\n\
         Content-Type: text/html\r\n\r\n",
        file.0
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(file.1);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    send(server, role, body).await
}

async fn send(server: &Server, role: Role, body: Vec<u8>) -> Seen {
    let media_type = format!("multipart/form-data; boundary={BOUNDARY}");
    let mut request = Request::post("/api/v3/admin/file/").header(CONTENT_TYPE, media_type);
    if let Some(key) = role.key() {
        request = request.header(AUTHORIZATION, format!("Bearer {key}"));
    }
    server.send(request, Body::from(body)).await
}

async fn open(server: &Server, path: &str) -> Seen {
    server.send(Request::get(path), Body::empty()).await
}

#[tokio::test]
async fn an_upload_is_listed_used_and_deleted() {
    for server in Server::every().await {
        let done = upload(
            &server,
            Role::Admin,
            ("Any Name.png", PNG),
            &[("name", "apps/a")],
        )
        .await;
        assert_eq!((done.status.as_u16(), &done.body), (200, &Value::Null));
        let url = "/files/media/public/apps/a.png";
        let listed = server
            .get("/admin/file/?usage=media&manageable_only=true&search=APPS")
            .await;
        let file = json!([{ "name": "apps/a.png", "mime_type": "image/png", "url": url,
            "themed_urls": { "light": url, "dark": url } }]);
        assert_eq!(listed.body, file);
        assert_eq!(server.get("/admin/file/?search=b").await.body, json!([]));
        let app = json!({ "name": "App", "slug": "app", "meta_icon": "apps/a.png" });
        let app = server.post("/core/applications/", &app).await;
        let users = server
            .get("/admin/file/used_by/?name=apps/a.png")
            .await
            .body;
        let user = json!([{ "app": "authentik_core", "model_name": "application", "pk": app["pk"],
            "name": "App", "action": "left_dangling" }]);
        assert_eq!(users, user);
        let again = upload(
            &server,
            Role::Admin,
            ("a.png", PNG),
            &[("name", "apps/a.png")],
        )
        .await;
        assert_eq!(
            again.body["name"][0],
            "A file with this name already exists."
        );
        let delete = "/admin/file/?name=apps/a.png";
        let gone = server
            .call(Role::Admin, "delete", delete, &Value::Null)
            .await;
        assert_eq!(gone.status.as_u16(), 200);
        let gone = server
            .call(Role::Admin, "delete", delete, &Value::Null)
            .await;
        assert_eq!(gone.status.as_u16(), 400);
        let events = server
            .get("/events/events/?context_model_pk=apps%2Fa.png")
            .await
            .body;
        let told = &events["results"];
        let named = |action: &str| {
            let mut events = told.as_array().unwrap().iter();
            events
                .any(|one| one["action"] == action && one["context"]["model"]["pk"] == "apps/a.png")
        };
        assert!(named("model_created") && named("model_deleted"), "{told}");
    }
}

#[tokio::test]
async fn a_stranger_gets_only_what_something_shows() {
    let server = Server::sqlite().await;
    for name in ["logo.png", "hidden.png"] {
        upload(&server, Role::Admin, (name, PNG), &[]).await;
    }
    let brand = json!({ "domain": "example.org", "branding_logo": "logo.png" });
    server.post("/core/brands/", &brand).await;
    for (path, status) in [
        ("/files/media/public/logo.png", 200),
        ("/media/public/logo.png", 200),
        ("/files/media/public/hidden.png", 404),
        ("/files/media/public/missing.png", 404),
        ("/files/media/public/", 404),
        ("/files/media/public/..%2Fpublic%2Flogo.png", 404),
        ("/files/media/public/%2e%2e/public/logo.png", 404),
        ("/files/media/public//etc/passwd", 404),
        ("/files/media/public/logo.png%00", 404),
    ] {
        assert_eq!(open(&server, path).await.status.as_u16(), status, "{path}");
    }
    let (_, cookie) = sign_in(&server, server.admin).await;
    let request = Request::get("/files/media/public/hidden.png").header("cookie", cookie);
    let seen = server.send(request, Body::empty()).await;
    assert_eq!(seen.status.as_u16(), 200);
    assert_eq!(seen.headers["cache-control"], "private, no-store");
}

#[tokio::test]
async fn a_file_cannot_run_anything_whoever_put_it_there() {
    let server = Server::sqlite().await;
    let drawing = b"<svg onload='alert(1)'><script>alert(1)</script><path d='M0 0'/></svg>";
    upload(&server, Role::Admin, ("logo.svg", drawing), &[]).await;
    std::fs::write(server.media.path().join("public/by-hand.svg"), drawing).unwrap();
    std::fs::write(server.media.path().join("public/page.png"), "<html>").unwrap();
    for (slug, icon) in [("a", "logo.svg"), ("b", "by-hand.svg"), ("c", "page.png")] {
        let app = json!({ "name": slug, "slug": slug, "meta_icon": icon });
        server.post("/core/applications/", &app).await;
    }
    for name in ["logo.svg", "by-hand.svg"] {
        let seen = open(&server, &format!("/files/media/public/{name}")).await;
        assert_eq!(seen.status.as_u16(), 200, "{name}");
        let kept = "<svg xmlns=\"http://www.w3.org/2000/svg\"><path d=\"M0 0\"/></svg>";
        assert_eq!(seen.body, kept, "{name}");
        for (header, value) in [
            ("content-type", "image/svg+xml"),
            ("content-security-policy", "default-src 'none'; sandbox"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(seen.headers[header], value, "{name}");
        }
        let etag = seen.headers["etag"].to_str().unwrap();
        let path = format!("/files/media/public/{name}");
        let request = Request::get(path).header("if-none-match", etag);
        let again = server.send(request, Body::empty()).await;
        assert_eq!(again.status.as_u16(), 304);
    }
    let page = open(&server, "/files/media/public/page.png").await;
    assert_eq!(page.status.as_u16(), 404);
}

#[tokio::test]
async fn what_is_no_picture_or_has_a_strange_name_is_refused() {
    let server = Server::sqlite().await;
    for (name, bytes, field) in [
        ("a.html", &b"<html>"[..], "name"),
        ("a.png", b"<html>", "file"),
        ("a.png", b"<svg/>", "name"),
        ("a.svg", b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg/>", "file"),
        ("../a.png", PNG, "name"),
        ("/etc/a.png", PNG, "name"),
        (".a.png", PNG, "name"),
        ("a.png/../../b.png", PNG, "name"),
    ] {
        let seen = upload(&server, Role::Admin, (name, bytes), &[]).await;
        assert_eq!(seen.status.as_u16(), 400, "{name}: {seen:?}");
        assert!(seen.body[field][0].is_string(), "{name}: {seen:?}");
    }
    let other = upload(
        &server,
        Role::Admin,
        ("a.png", PNG),
        &[("usage", "reports")],
    )
    .await;
    assert_eq!(other.body["usage"][0], "\"reports\" is not a valid choice.");
    let large = vec![b'x'; 5 * 1024 * 1024];
    let seen = upload(&server, Role::Admin, ("a.png", &large), &[]).await;
    assert_eq!(seen.status.as_u16(), 413);
    let seen = send(
        &server,
        Role::Admin,
        format!("--{BOUNDARY}--\r\n").into_bytes(),
    )
    .await;
    assert_eq!(seen.body["file"][0], "No file was submitted.");
    let seen = send(&server, Role::Admin, b"broken".to_vec()).await;
    assert_eq!(seen.status.as_u16(), 400);
    assert_eq!(server.get("/admin/file/").await.body, json!([]));
}

#[tokio::test]
async fn cve_2024_42490_only_administrators_touch_files() {
    let server = Server::sqlite().await;
    upload(&server, Role::Admin, ("a.png", PNG), &[]).await;
    for role in [Role::Anonymous, Role::Person, Role::Outpost] {
        let seen = upload(&server, role, ("b.png", PNG), &[]).await;
        assert_eq!(seen.status.as_u16(), 403, "{role:?}");
        for (method, path) in [
            ("get", "/admin/file/"),
            ("delete", "/admin/file/?name=a.png"),
            ("get", "/admin/file/used_by/?name=a.png"),
        ] {
            let seen = server.call(role, method, path, &Value::Null).await;
            assert_eq!(seen.status.as_u16(), 403, "{role:?} {method} {path}");
        }
    }
    assert_eq!(server.get("/admin/file/").await.body[0]["name"], "a.png");
}

#[tokio::test]
async fn clients_are_told_that_media_can_be_saved() {
    let server = Server::sqlite().await;
    let config = server.get("/root/config/").await.body;
    assert_eq!(config["capabilities"], json!(["can_save_media"]));
}
