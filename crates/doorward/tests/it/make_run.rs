//! What a newcomer does first: `make run`, the link it prints, the protected app. The script is the
//! shipped one; only the binary is the one under test instead of a release build.

use std::fs;
use std::net::{Ipv4Addr, TcpStream};

use crate::kit::browser::Browser;
use crate::kit::ports::free_port;
use crate::kit::process::{Process, bare, until, work_tree};
use crate::kit::secrets::Secrets;
use crate::kit::tls::authority;
use crate::setup::set_up;

/// The address that stands behind a label of the script's output.
fn printed(process: &Process, label: &str) -> String {
    until(label, || {
        let log = process.log();
        let line = log
            .lines()
            .find(|line| line.trim_start().starts_with(label))?;
        line.split_whitespace().last().map(str::to_owned)
    })
}

#[test]
fn make_run_prints_where_to_go_and_the_newcomer_ends_in_the_protected_app() {
    let dir = tempfile::tempdir().expect("a directory");
    let tls = dir.path().join("run/tls");
    fs::create_dir_all(&tls).expect("a directory");
    fs::copy(authority().certificate(), tls.join("server.crt")).expect("a copy");
    fs::copy(authority().key(), tls.join("server.key")).expect("a copy");
    let (https, http) = (free_port(), free_port());
    let mut command = bare(work_tree().join("scripts/run.sh"));
    command
        .env("BINARY", env!("CARGO_BIN_EXE_doorward"))
        .env("RUN_DIR", dir.path().join("run"))
        .env("DOORWARD_DATA_DIR", dir.path().join("data"))
        .env("DOORWARD_LISTEN__METRICS", "none")
        .env("HTTPS_PORT", https.to_string())
        .env("HTTP_PORT", http.to_string());
    let mut run = Process::start("make run", &mut command, &dir.path().join("log"));

    let (app, link) = (
        printed(&run, "Protected app"),
        printed(&run, "Set up first"),
    );
    assert_eq!(app, format!("https://whoami.localhost:{https}/"));
    let mut browser = Browser::new(Secrets::default());
    let page = browser.open(&link).expect(200);
    set_up(&mut browser, &page).expect(200);
    let inside = browser.open(&app).expect(200);
    assert_eq!(inside.url.as_str(), app);
    assert!(
        inside
            .text()
            .contains("<th>X-Authentik-Username<td>akadmin"),
        "{}",
        inside.text()
    );

    assert!(
        run.stop(),
        "it ends what it started and says so:\n{}",
        run.log()
    );
    for port in [https, http] {
        assert!(
            TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err(),
            "{port} is free again"
        );
    }
}
