//! Owns the program under test: its settings, its store, starting, asking and stopping it, and the
//! search of its whole log for secrets when it stops.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;

use super::http::{Answer, Request};
use super::ports::free_port;
use super::process::{Process, bare, until};
use super::secrets::Secrets;

/// The two stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// A file in the data directory.
    Sqlite,
    /// A new database of the run's PostgreSQL.
    Postgres,
}

/// Environment and data directory of one installation; several processes may share it.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    dir: PathBuf,
    environment: Vec<(String, String)>,
    secrets: Secrets,
}

impl Settings {
    /// Settings for a new, empty store.
    pub(crate) fn new(engine: Engine, dir: &Path, secrets: Secrets) -> Self {
        let secret_key = super::random_token();
        secrets.add("secret key", &secret_key);
        let settings = Self {
            dir: dir.to_owned(),
            environment: Vec::new(),
            secrets,
        }
        .set("AUTHENTIK_SECRET_KEY", &secret_key)
        .set("DOORWARD_DATA_DIR", "data")
        .set("DOORWARD_LOG__LEVEL", "debug");
        match engine {
            Engine::Sqlite => settings,
            Engine::Postgres => settings.set("DOORWARD_DATABASE__URL", &new_database()),
        }
    }

    /// Sets or replaces a variable; an empty value takes it away.
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.environment.retain(|(known, _)| known != name);
        if !value.is_empty() {
            self.environment.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// The value of a variable.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.environment.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Sets several.
    pub(crate) fn set_all(self, all: &[(&str, &str)]) -> Self {
        all.iter()
            .fold(self, |settings, (name, value)| settings.set(name, value))
    }

    /// The program with these settings and nothing else of the caller's environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = bare(env!("CARGO_BIN_EXE_doorward"));
        command
            .current_dir(&self.dir)
            .args(arguments)
            .env("RUST_BACKTRACE", "1");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// A place beside the data directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Writes a file beside the data directory; its path.
    pub(crate) fn write_file(&self, name: &str, content: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, content).expect("a file");
        path.to_string_lossy().into_owned()
    }

    /// Runs a command with one line of input, as if it was typed.
    pub(crate) fn run_with_input(&self, arguments: &[&str], line: &str) -> Output {
        let mut command = self.command(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut input = child.stdin.take().expect("piped");
        // Twice: a command may ask for the password to be repeated. It may also end before it reads.
        drop(input.write_all(format!("{line}\n{line}\n").as_bytes()));
        drop(input);
        child.wait_with_output().expect("our own child")
    }

    /// Runs an operator's command to its end, beside whatever server is running.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments)
            .output()
            .expect("the program starts")
    }
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    process: Mutex<Process>,
    settings: Settings,
    port: u16,
    metrics_port: u16,
}

impl Server {
    /// Starts it on free ports; it may not serve yet.
    pub(crate) fn start(settings: &Settings) -> Self {
        Self::start_on(settings, free_port())
    }

    /// Starts it on a port of choice, for a server that takes the place of one that has ended.
    pub(crate) fn start_on(settings: &Settings, port: u16) -> Self {
        let metrics_port = free_port();
        let mut command = settings.command(&["server"]);
        command.env("DOORWARD_LISTEN__HTTP", format!("127.0.0.1:{port}"));
        command.env(
            "DOORWARD_LISTEN__METRICS",
            format!("127.0.0.1:{metrics_port}"),
        );
        let log = settings.dir.join(format!("doorward-{port}.log"));
        let process = Mutex::new(Process::start("doorward", &mut command, &log));
        Self {
            process,
            settings: settings.clone(),
            port,
            metrics_port,
        }
    }

    /// Waits until it says that it is ready.
    pub(crate) fn wait_ready(&self) {
        let ready = Request::get(&self.url("/-/health/ready/"));
        let mut process = self.process.lock().expect("no panic inside");
        process.wait_until(|| ready.send().is_ok_and(|answer| answer.status == 200));
    }

    /// Port of the pages and the API.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// An address on it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The metrics page.
    pub(crate) fn metrics(&self) -> Answer {
        Request::get(&format!("http://127.0.0.1:{}/metrics", self.metrics_port)).answer()
    }

    /// The settings, for a second process on the same store.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What it has written.
    pub(crate) fn log(&self) -> String {
        self.process.lock().expect("no panic inside").log()
    }

    /// Waits for a line of the log that `pick` takes something from.
    pub(crate) fn find_in_log<T>(&self, what: &str, pick: impl Fn(&str) -> Option<T>) -> T {
        until(what, || self.log().lines().find_map(&pick))
    }

    /// Ends it by SIGINT and SIGTERM at once; true when it finished by itself with status 0.
    pub(crate) fn stop_by_two_signals(&self) -> bool {
        self.process
            .lock()
            .expect("no panic inside")
            .stop_by_two_signals()
    }

    /// Ends it (SIGTERM); true when it finished by itself with status 0.
    pub(crate) fn stop(&self) -> bool {
        self.process.lock().expect("no panic inside").stop()
    }
}

impl Drop for Server {
    /// Every test is also a test that nothing secret was logged.
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        self.stop();
        self.settings
            .secrets
            .assert_none_in("the server", &self.log());
    }
}

/// A PostgreSQL database of the run, to take away and give back.
#[derive(Debug)]
pub(crate) struct Database {
    server: String,
    name: String,
}

impl Database {
    /// The database that these settings name.
    pub(crate) fn of(settings: &Settings) -> Self {
        let url = settings.get("DOORWARD_DATABASE__URL").expect("PostgreSQL");
        let (server, name) = url.rsplit_once('/').expect("an address with a database");
        Self {
            server: format!("{server}/postgres"),
            name: name.to_owned(),
        }
    }

    /// Ends every connection and lets none in, as if the server was gone.
    pub(crate) fn cut_off(&self) {
        let name = &self.name;
        sql(
            &self.server,
            &format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false"),
        );
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname";
        sql(&self.server, &format!("{end} = '{name}'"));
    }

    /// Runs a statement in it, for what no way in can bring about.
    pub(crate) fn execute(&self, statement: &str) {
        let (server, _) = self.server.rsplit_once('/').expect("an address");
        sql(&format!("{server}/{}", self.name), statement);
    }

    /// Lets connections in again.
    pub(crate) fn back(&self) {
        let name = &self.name;
        sql(
            &self.server,
            &format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true"),
        );
    }
}

fn sql(url: &str, statement: &str) {
    let done = bare("psql").arg(url).args(["-qXtc", statement]).output();
    let done = done.expect("psql: scripts/install.sh test");
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

/// A new database of the run's PostgreSQL; its address.
fn new_database() -> String {
    let url = std::env::var("TEST_DATABASE_URL")
        .expect("TEST_DATABASE_URL: run the tests with scripts/with-postgres.sh");
    let name = format!("it_{}", uuid::Uuid::new_v4().simple());
    sql(&url, &format!("CREATE DATABASE {name}"));
    let (server, _) = url.rsplit_once('/').expect("an address with a database");
    format!("{server}/{name}")
}
