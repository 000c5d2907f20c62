//! What a newcomer does first: `make run`, the link it prints, the protected app, Ctrl-C, and the same
//! again the next day. The script is the shipped one; only the binary is the one under test instead of a
//! release build.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::kit::ADMIN_PASSWORD;
use crate::kit::browser::Browser;
use crate::kit::http::Answer;
use crate::kit::ports::free_port;
use crate::kit::process::{Process, bare, until, work_tree};
use crate::kit::secrets::Secrets;
use crate::kit::tls::authority;
use crate::setup::set_up;

/// The ports of one `make run`.
struct Ports {
    https: u16,
    http: u16,
    metrics: u16,
}

impl Ports {
    fn free() -> Self {
        Self {
            https: free_port(),
            http: free_port(),
            metrics: free_port(),
        }
    }

    fn all(&self) -> [u16; 3] {
        [self.https, self.http, self.metrics]
    }

    /// `make run` on them, with its files below `dir`. As in a terminal, Ctrl-C can be caught: whoever
    /// runs the tests in the background of a shell hands down that it is ignored.
    fn command(&self, dir: &Path) -> Command {
        let mut command = bare("env");
        command
            .arg("--default-signal=INT")
            .arg(work_tree().join("scripts/run.sh"))
            .process_group(0)
            .env("BINARY", env!("CARGO_BIN_EXE_doorward"))
            .env("RUN_DIR", dir.join("run"))
            .env("DOORWARD_DATA_DIR", dir.join("data"))
            .env("HTTPS_PORT", self.https.to_string())
            .env("HTTP_PORT", self.http.to_string())
            .env("METRICS_PORT", self.metrics.to_string());
        command
    }

    fn start(&self, dir: &Path) -> Process {
        let log = dir.join("log");
        // What the run before has printed is not this one's.
        fs::write(&log, "").expect("a file");
        Process::start("make run", &mut self.command(dir), &log)
    }

    fn assert_free(&self) {
        for port in self.all() {
            let answer = TcpStream::connect((Ipv4Addr::LOCALHOST, port));
            assert!(answer.is_err(), "{port} is free again");
        }
    }
}

/// A directory with the tests' certificate, for `make run` need not make one.
fn directory() -> TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    let tls = dir.path().join("run/tls");
    fs::create_dir_all(&tls).expect("a directory");
    fs::copy(authority().certificate(), tls.join("server.crt")).expect("a copy");
    fs::copy(authority().key(), tls.join("server.key")).expect("a copy");
    dir
}

/// The address that stands behind a label of the script's output.
fn printed(process: &Process, label: &str) -> String {
    until(label, || behind(&process.log(), label))
}

fn behind(log: &str, label: &str) -> Option<String> {
    let line = log
        .lines()
        .find(|line| line.trim_start().starts_with(label))?;
    line.split_whitespace().last().map(str::to_owned)
}

#[track_caller]
fn assert_inside(answer: &Answer) {
    let text = answer.text();
    let name = "<th>X-Authentik-Username<td>akadmin";
    assert!(text.contains(name), "{}: {text}", answer.url);
}

/// No program's log holds what was issued, but for the set-up link, which is meant to be read there.
fn search_logs(dir: &Path, secrets: &Secrets, link: &str) {
    secrets.allow(link);
    assert!(secrets.count() > 0, "something is searched for");
    let logs = fs::read_dir(dir.join("run/logs")).expect("a directory");
    let mut files: Vec<_> = logs.map(|file| file.expect("a file").path()).collect();
    assert!(files.len() >= 3, "Doorward, Traefik and the app: {files:?}");
    files.push(dir.join("log"));
    for file in files {
        let log = fs::read(&file).expect("a log");
        secrets.assert_none_in(&file.to_string_lossy(), &String::from_utf8_lossy(&log));
    }
}

#[test]
fn make_run_prints_where_to_go_ctrl_c_ends_it_all_and_the_next_run_goes_on() {
    let dir = directory();
    let ports = Ports::free();
    let secrets = Secrets::default();
    secrets.add("password", ADMIN_PASSWORD);
    let mut run = ports.start(dir.path());
    let app = printed(&run, "Protected app");
    let link = printed(&run, "Set up first");
    assert_eq!(app, format!("https://whoami.localhost:{}/", ports.https));
    let mut browser = Browser::new(secrets.clone());
    let page = browser.open(&link).expect(200);
    set_up(&mut browser, &page).expect(200);
    let inside = browser.open(&app).expect(200);
    assert_eq!(inside.url.as_str(), app);
    assert_inside(&inside);
    assert!(run.interrupt(), "status 0 after Ctrl-C:\n{}", run.log());
    assert!(run.log().contains("Stopped. The data stays in"));
    ports.assert_free();
    search_logs(dir.path(), &secrets, &link);

    let mut run = ports.start(dir.path());
    assert_eq!(printed(&run, "Protected app"), app);
    assert_eq!(behind(&run.log(), "Set up first"), None, "it is set up");
    assert_inside(&browser.open(&app).expect(200));
    let mut another = Browser::new(secrets.clone());
    let page = another.open(&app).expect(200);
    let fields = [("uid_field", "akadmin"), ("password", ADMIN_PASSWORD)];
    assert_inside(&another.submit(&page, &fields).expect(200));
    assert!(run.stop(), "status 0 after SIGTERM:\n{}", run.log());
    ports.assert_free();
    search_logs(dir.path(), &secrets, &link);

    let said = refused(&mut Ports::free().command(dir.path()));
    let before = format!("was set up for port {}", ports.https);
    assert!(said.contains(&before), "{said}");
}

/// What it says when it starts nothing: one line.
#[track_caller]
fn refused(command: &mut Command) -> String {
    let Output { status, stderr, .. } = command.output().expect("bash");
    let said = String::from_utf8_lossy(&stderr).into_owned();
    assert!(!status.success() && said.lines().count() == 1, "{said}");
    said
}

#[test]
fn make_run_says_which_port_is_in_use_and_how_to_choose_another() {
    let dir = directory();
    for setting in ["HTTPS_PORT", "HTTP_PORT", "METRICS_PORT"] {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = taken.local_addr().expect("a port").port();
        let mut command = Ports::free().command(dir.path());
        command.env(setting, port.to_string());
        let said = refused(&mut command);
        assert!(said.contains(&format!("port {port} is in use")), "{said}");
        assert!(said.contains(&format!("{setting}=")), "{said}");
    }
    assert!(!dir.path().join("data").exists(), "nothing was started");
}
