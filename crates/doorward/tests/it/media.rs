//! Media in a bucket of S3: a real server that speaks like it checks every signature.

use std::net::TcpStream;
use std::path::PathBuf;

use serde_json::json;
use tempfile::TempDir;

use crate::chromium::node;
use crate::kit::http::{Answer, Request};
use crate::kit::ports::free_port;
use crate::kit::process::Process;
use crate::kit::{Engine, Kit};

const DRAWING: &str = "<svg onload='alert(1)'><script>alert(1)</script><g/></svg>";
const BUCKET: &str = "pictures";

/// An S3 server with one bucket, whose only key is `S3RVER` with the secret `S3RVER`.
struct S3 {
    folder: TempDir,
    port: u16,
    _process: Process,
}

impl S3 {
    fn open() -> Self {
        let (folder, port) = (tempfile::tempdir().expect("a folder"), free_port());
        let mut command = node("s3.mjs");
        command
            .arg(folder.path().join("files"))
            .arg(port.to_string());
        let mut process = Process::start("s3rver", &mut command, &folder.path().join("log"));
        process.wait_until(|| TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self {
            folder,
            port,
            _process: process,
        }
    }

    /// authentik's names of the settings, as a deployment has them.
    fn settings(&self, secret: &str) -> Vec<(&'static str, String)> {
        let media = [
            ("AUTHENTIK_STORAGE__MEDIA__BACKEND", "s3"),
            ("AUTHENTIK_STORAGE__MEDIA__S3__BUCKET_NAME", BUCKET),
            ("AUTHENTIK_STORAGE__S3__ACCESS_KEY", "S3RVER"),
            ("AUTHENTIK_STORAGE__MEDIA__S3__SECRET_KEY", secret),
        ];
        let endpoint = format!("http://127.0.0.1:{}", self.port);
        let media = media.map(|(name, value)| (name, value.to_owned()));
        media
            .into_iter()
            .chain([("AUTHENTIK_STORAGE__MEDIA__S3__ENDPOINT", endpoint)])
            .collect()
    }

    fn kit(&self, secret: &str) -> Kit {
        let settings = self.settings(secret);
        let settings: Vec<_> = settings
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect();
        Kit::with(Engine::Sqlite, &settings)
    }

    /// What it keeps below its bucket, in one file for each object.
    fn object(&self, name: &str) -> PathBuf {
        let files = self.folder.path().join("files").join(BUCKET);
        files.join(format!("{name}._S3rver_object"))
    }
}

fn upload(kit: &Kit, name: &str, text: &str) -> Answer {
    const BOUNDARY: &str = "----7c1f";
    let body = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n{name}\r\n\
         --{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.svg\"\r\n\r\n\
         {text}\r\n--{BOUNDARY}--\r\n"
    );
    let media_type = format!("multipart/form-data; boundary={BOUNDARY}");
    Request::new("POST", &kit.direct("/api/v3/admin/file/"))
        .header("authorization", &format!("Bearer {}", kit.token()))
        .body(&media_type, body)
        .answer()
}

#[test]
fn media_are_kept_listed_shown_and_deleted_in_a_bucket_as_in_a_folder() {
    let s3 = S3::open();
    let kit = s3.kit("S3RVER");
    let name = "apps/logo-%(theme)s.svg";
    upload(&kit, name, DRAWING).expect(200);
    upload(&kit, "other.svg", "<svg/>").expect(200);
    let kept = std::fs::read_to_string(s3.object("media/public/apps/logo-%(theme)s.svg"));
    let drawing = "<svg xmlns=\"http://www.w3.org/2000/svg\"><g/></svg>";
    assert_eq!(kept.expect("authentik's layout"), drawing);
    upload(&kit, name, "<svg><path/></svg>").expect(400);
    let listed = kit.get("/admin/file/");
    let names: Vec<_> = listed
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| &one["name"])
        .collect();
    assert_eq!(names, [&json!(name), &json!("other.svg")]);
    let shown = kit.direct("/files/media/public/other.svg");
    Request::get(&shown).answer().expect(404);
    let brand = json!({ "domain": "localhost", "branding_logo": "other.svg" });
    kit.create("/core/brands/", &brand);
    let answer = Request::get(&shown).answer().expect(200);
    assert_eq!(answer.header("content-type"), Some("image/svg+xml"));
    assert_eq!(
        answer.header("content-security-policy"),
        Some("default-src 'none'; sandbox")
    );
    for (status, name) in [(200, "other.svg"), (400, "other.svg"), (400, "../a.svg")] {
        let path = format!("/admin/file/?name={name}");
        let answer = kit.call("DELETE", &path, None);
        assert_eq!(answer.status, status, "{name}: {}", answer.text());
    }
    Request::get(&shown).answer().expect(404);
    assert!(!s3.object("media/public/other.svg").exists());
}

/// The secret is in no log and no answer, and whoever asks is told nothing of the bucket.
#[test]
fn a_bucket_that_refuses_us_is_told_in_the_log_without_the_key() {
    let s3 = S3::open();
    let secret = "a-secret-that-is-not-the-one-0123456789";
    let kit = s3.kit(secret);
    kit.secrets().add("the key of the bucket", secret);
    let refused = upload(&kit, "logo.svg", DRAWING).expect(500);
    assert!(!refused.text().contains(BUCKET), "{}", refused.text());
    kit.server.find_in_log("a refusal", |log| {
        log.contains("refuses to list its files: 403 SignatureDoesNotMatch")
            .then_some(())
    });
    assert!(!kit.server.log().contains(secret));
}

#[test]
fn what_is_missing_or_wrong_about_a_bucket_is_said_at_once() {
    let kit = Kit::new(Engine::Sqlite);
    let settings = kit
        .server
        .settings()
        .clone()
        .set("DOORWARD_MEDIA_BACKEND", "s3");
    let said = |settings: &crate::kit::server::Settings| {
        let output = settings.run(&["config"]);
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let missing = said(&settings);
    for name in ["bucket", "access_key", "secret_key"] {
        let told = missing.contains(&format!("media_s3.{name}: needed"));
        assert!(told, "{missing}");
    }
    for (name, value) in [
        ("DOORWARD_MEDIA_S3__BUCKET", "a/../b"),
        ("DOORWARD_MEDIA_S3__BUCKET", "x.evil.example/"),
        ("DOORWARD_MEDIA_S3__REGION", "x@evil.example"),
        ("DOORWARD_MEDIA_S3__ENDPOINT", "minio.example.com"),
        (
            "DOORWARD_MEDIA_S3__ENDPOINT",
            "https://a:b@minio.example.com",
        ),
        ("DOORWARD_MEDIA_S3__ADDRESSING", "sideways"),
        ("DOORWARD_MEDIA_BACKEND", "tape"),
    ] {
        let told = said(&settings.clone().set(name, value));
        assert!(
            told.contains(&format!("{name}: ")),
            "{name}={value}: {told}"
        );
    }
}
