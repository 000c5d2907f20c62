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
        Self { server: format!("{server}/postgres"), name: name.to_owned() }
    }

    /// Ends every connection and lets none in, as if the server was gone.
    pub(crate) fn cut_off(&self) {
        let name = &self.name;
        sql(&self.server, &format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false"));
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname";
        sql(&self.server, &format!("{end} = '{name}'"));
    }

    /// Lets connections in again.
    pub(crate) fn back(&self) {
        let name = &self.name;
        sql(&self.server, &format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true"));
    }
}

fn sql(url: &str, statement: &str) {
    let done = bare("psql").arg(url).args(["-qXtc", statement]).output();
    let done = done.expect("psql: scripts/install.sh test");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
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
