//! From text to [`Config`]: every setting typed and checked, all mistakes reported at once.
//!
//! The rest of the program never sees a text that should have been an address.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use doorward_engine::breach::Breaches;
use doorward_engine::mail::{Encryption, Smtp};
use doorward_protocol::password::is_supported;
use url::Url;

use super::keys::{self, Kind};
use super::layers::{Layers, Notice, Weight};
use super::{
    Bootstrap, Config, ConfigError, Database, Listen, Log, LogFormat, LogLevel, Secret, Throttle,
    values,
};

/// Reads settings one by one and remembers what was wrong.
pub(super) struct Checker<'a> {
    pub(super) layers: &'a Layers,
    pub(super) problems: Vec<String>,
}

/// Makes typed settings of text, or says everything that is wrong with it.
pub(super) fn check(layers: &Layers) -> Result<Config, ConfigError> {
    let mut checker = Checker {
        layers,
        problems: Vec::new(),
    };
    let database = checker.database();
    let bootstrap = checker.bootstrap();
    let config = Config {
        data_dir: checker.folder("data_dir"),
        secret_key: checker.secret("secret_key"),
        secret_key_previous: checker.secret("secret_key_previous"),
        base_url: checker.base_url(),
        listen: checker.listen(),
        trusted_proxies: checker.read("listen.trusted_proxy_cidrs", values::networks),
        store_grace: checker.duration("store_grace"),
        session_idle: checker.duration("sessions.idle"),
        session_absolute: checker.duration("sessions.absolute"),
        throttle: checker.throttle(),
        password_threads: Some(checker.number("password_threads")).filter(|count| *count > 0),
        log: checker.log(),
        geo_places: layers.text("geo.places").map(PathBuf::from),
        geo_networks: layers.text("geo.networks").map(PathBuf::from),
        breaches: checker.breaches(),
        private_networks: checker.read("fetch.private_networks", values::networks),
        blueprint_file_dirs: checker.read("blueprint_file_dirs", values::folders),
        blueprints_dir: layers.text("blueprints_dir").map(PathBuf::from),
        cert_discovery_dir: layers.text("cert_discovery_dir").map(PathBuf::from),
        media_dir: layers.text("media_dir").map(PathBuf::from),
        media_bucket: checker.bucket(),
        mail: checker.mail(),
        templates_dir: layers.text("templates_dir").map(PathBuf::from),
        notices: layers.notices.clone(),
        bootstrap,
        database,
    };
    if !checker.problems.is_empty() {
        return Err(ConfigError {
            problems: checker.problems,
        });
    }
    Ok(with_advice(config))
}

impl Checker<'_> {
    pub(super) fn read<T: Default>(
        &mut self,
        path: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> T {
        let text = self.layers.text(path).unwrap_or_default();
        parse(text).unwrap_or_else(|error| {
            self.problems
                .push(format!("{}: {error}", self.layers.name_of(path)));
            T::default()
        })
    }

    fn duration(&mut self, path: &str) -> Duration {
        self.read(path, values::duration)
    }

    fn number<T: FromStr + Default>(&mut self, path: &str) -> T {
        self.read(path, |text| {
            text.parse()
                .map_err(|_| format!("{text:?} is not a number in range"))
        })
    }

    fn folder(&mut self, path: &str) -> PathBuf {
        self.read(path, |text| Ok(PathBuf::from(text)))
    }

    /// Refuses a word that is not in the table.
    pub(super) fn choice(&mut self, path: &str) {
        let Some(Kind::Choice(words)) = keys::by_path(path).map(|key| key.kind) else {
            return;
        };
        self.read(path, |text| {
            let known = words.contains(&text);
            known
                .then_some(())
                .ok_or_else(|| format!("{text:?} is not one of {}", words.join(", ")))
        });
    }

    fn secret(&self, path: &str) -> Option<Secret> {
        self.layers.text(path).map(Secret::new)
    }

    fn listen(&mut self) -> Listen {
        let listen = Listen {
            http: self.read("listen.http", values::listeners),
            metrics: self.read("listen.metrics", values::listeners),
            max_connections: self.number("listen.max_connections"),
            header_timeout: self.duration("listen.header_timeout"),
            idle_timeout: self.duration("listen.idle_timeout"),
        };
        if listen.http.is_empty() && self.problems.is_empty() {
            let name = self.layers.name_of("listen.http");
            self.problems
                .push(format!("{name}: at least one address is needed"));
        }
        listen
    }

    fn throttle(&mut self) -> Throttle {
        Throttle {
            account_free: self.number("throttle.account_free"),
            address_free: self.number("throttle.address_free"),
            pause: self.duration("throttle.pause"),
            window: self.duration("throttle.window"),
        }
    }

    fn mail(&mut self) -> Option<Smtp> {
        let text = |path: &str| self.layers.text(path).unwrap_or_default().to_owned();
        let (host, from) = (text("email.host"), text("email.from"));
        let (username, password) = (text("email.username"), text("email.password"));
        let ca_file = self.layers.text("email.ca_file").map(PathBuf::from);
        let start = self.read("email.use_tls", values::switch);
        let encryption = match (start, self.read("email.use_ssl", values::switch)) {
            (true, true) => {
                let name = self.layers.name_of("email.use_ssl");
                let words = "STARTTLS and TLS are both on: keep one of them";
                self.problems.push(format!("{name}: {words}"));
                Encryption::Tls
            }
            (true, false) => Encryption::StartTls,
            (false, true) => Encryption::Tls,
            (false, false) => Encryption::None,
        };
        let smtp = Smtp {
            port: self.number("email.port"),
            timeout: self.duration("email.timeout"),
            host,
            username,
            password,
            encryption,
            from,
            ca_file,
        };
        (!smtp.host.is_empty()).then_some(smtp)
    }

    fn log(&mut self) -> Log {
        Log {
            level: self.read("log.level", LogLevel::parse),
            format: self.read("log.format", LogFormat::parse),
        }
    }

    fn base_url(&mut self) -> Option<Url> {
        self.layers.text("base_url")?;
        self.read("base_url", |text| public_address(text).map(Some))
    }

    fn breaches(&mut self) -> Breaches {
        let address = |text: &str| match text {
            "" => Ok(None),
            text => values::range_address(text).map(Some),
        };
        Breaches {
            address: self.read("breaches.address", address),
            list: self.layers.text("breaches.list").map(PathBuf::from),
        }
    }

    fn bootstrap(&mut self) -> Bootstrap {
        let bootstrap = Bootstrap {
            password: self.secret("bootstrap.password"),
            password_hash: self.secret("bootstrap.password_hash"),
            token: self.secret("bootstrap.token"),
            email: self.layers.text("bootstrap.email").map(str::to_owned),
        };
        let is_hash = |hash: &Secret| is_supported(hash.reveal());
        if bootstrap
            .password_hash
            .as_ref()
            .is_some_and(|hash| !is_hash(hash))
        {
            self.problems.push(format!(
                "{}: not a password hash; `doorward hash-password` prints one, and in a Compose file each $ of \
                 it is written $$",
                self.layers.name_of("bootstrap.password_hash"),
            ));
        }
        if bootstrap.password.is_some() && bootstrap.password_hash.is_some() {
            self.problems.push(format!(
                "{} and {} are both set: keep one of them",
                self.layers.name_of("bootstrap.password"),
                self.layers.name_of("bootstrap.password_hash"),
            ));
        }
        bootstrap
    }

    fn database(&mut self) -> Database {
        if let Some(text) = self.layers.text("database.url") {
            let text = text.to_owned();
            return self
                .read("database.url", |_| database_at(&text).map(Some))
                .unwrap_or_default();
        }
        if self.layers.text("postgresql.host").is_some() {
            self.choice("postgresql.sslmode");
            return Database::Postgres(Secret::new(self.postgres_url()));
        }
        Database::Sqlite(self.folder("data_dir").join("doorward.db"))
    }

    /// `postgres://user:password@host:port/name?sslmode=…` from the single settings.
    fn postgres_url(&mut self) -> String {
        let mut url = Url::parse("postgres://localhost").expect("a constant address");
        let text = |path: &str| self.layers.text(path).unwrap_or_default();
        let host = text("postgresql.host");
        let hosted = if host.starts_with('/') {
            Ok(())
        } else {
            url.set_host(Some(host))
        };
        let written = url.set_username(text("postgresql.user")).is_ok()
            && url
                .set_password(self.layers.text("postgresql.password"))
                .is_ok();
        url.set_path(text("postgresql.name"));
        for (path, parameter) in POSTGRES_PARAMETERS {
            if let Some(value) = self.layers.text(path) {
                url.query_pairs_mut().append_pair(parameter, value);
            }
        }
        if host.starts_with('/') {
            url.query_pairs_mut().append_pair("host", host);
        }
        let schema = text("postgresql.default_schema");
        if schema != "public" && !schema.is_empty() {
            url.query_pairs_mut()
                .append_pair("options[search_path]", schema);
        }
        let port: u16 = self.number("postgresql.port");
        if hosted.is_err() || !written || url.set_port(Some(port)).is_err() {
            let name = self.layers.name_of("postgresql.host");
            self.problems
                .push(format!("{name}: not the name or address of a server"));
        }
        url.into()
    }
}

const POSTGRES_PARAMETERS: [(&str, &str); 4] = [
    ("postgresql.sslmode", "sslmode"),
    ("postgresql.sslrootcert", "sslrootcert"),
    ("postgresql.sslcert", "sslcert"),
    ("postgresql.sslkey", "sslkey"),
];

/// A store address; the error never repeats it, for it may hold a password.
fn database_at(text: &str) -> Result<Database, String> {
    if let Some(path) = text.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        return match path {
            "" => Err("the path is missing: write sqlite:///var/lib/doorward/doorward.db".into()),
            path => Ok(Database::Sqlite(PathBuf::from(path))),
        };
    }
    let wrong =
        "not a store address: write sqlite:///path/file.db or postgres://user:password@host/name";
    let url = Url::parse(text).map_err(|_| wrong.to_owned())?;
    match url.scheme() {
        "postgres" | "postgresql" => Ok(Database::Postgres(Secret::new(text))),
        _ => Err(wrong.into()),
    }
}

/// `https://auth.example.org`, without path, query or user.
fn public_address(text: &str) -> Result<Url, String> {
    let wrong = |why: &str| format!("{why}: write https://auth.example.org");
    let url = Url::parse(text).map_err(|_| wrong("not an absolute address"))?;
    if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none() {
        return Err(wrong("not an http or https address"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("a user or password has no place in it"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("Doorward cannot be served below a path"));
    }
    Ok(url)
}

fn with_advice(mut config: Config) -> Config {
    if config
        .secret_key
        .as_ref()
        .is_some_and(|key| key.reveal().len() < 32)
    {
        config.notices.push(Notice {
            weight: Weight::Warning,
            text: "the secret key is shorter than 32 characters; a longer one is safer".into(),
        });
    }
    if config.secret_key.is_none() && matches!(config.database, Database::Postgres(_)) {
        config.notices.push(Notice {
            weight: Weight::Info,
            text: "the secret key is kept in the data directory of this server; other servers on \
                   the same PostgreSQL need the same DOORWARD_SECRET_KEY"
                .into(),
        });
    }
    config
}
