//! The table of every setting: its name, its authentik names, its default and what it means.
//!
//! Reading, checking, printing and the reference page all come from this table, so a setting
//! that is not here does not exist. Values are checked elsewhere (`check.rs`).

mod media;

use super::key::{FORMATS, LEVELS, SSL_MODES, SWITCH, key};
pub use super::key::{Key, Kind};

/// Networks whose forwarded headers count by default: authentik's list.
pub const PRIVATE_NETWORKS: &str =
    "127.0.0.0/8, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, fe80::/10, ::1/128";

/// Every setting, in the order of the reference page.
pub const KEYS: &[Key] = &[
    key(
        "data_dir",
        Kind::Path,
        "./data",
        &[],
        "Where Doorward keeps what it must remember: the SQLite store and the secret key. Made with mode 0700 if missing.",
    ),
    key(
        "secret_key",
        Kind::Secret,
        "",
        &["secret_key"],
        "The key that all other keys come from. Without it one is made once and kept in `secret-key` in the data directory (mode 0600). Several servers on one PostgreSQL need the same one.",
    ),
    key(
        "secret_key_previous",
        Kind::Secret,
        "",
        &[],
        "The secret key until now, needed once at the start with a new one: the key ring is wrapped anew and nobody is signed out.",
    ),
    key(
        "base_url",
        Kind::Address,
        "",
        &["web.base_url"],
        "The public address of the login pages, such as `https://auth.example.org`. Asked at set-up if not set here.",
    ),
    key(
        "listen.http",
        Kind::List,
        "0.0.0.0:9000",
        &["listen.http", "listen.listen_http"],
        "Addresses to answer on. `:9000` means all addresses, IPv6 included.",
    ),
    key(
        "listen.metrics",
        Kind::List,
        ":9300",
        &["listen.metrics", "listen.listen_metrics"],
        "Addresses of the metrics listener; `none` turns it off.",
    ),
    key(
        "listen.trusted_proxy_cidrs",
        Kind::List,
        PRIVATE_NETWORKS,
        &["listen.trusted_proxy_cidrs"],
        "Networks of the reverse proxies. `X-Forwarded-*` headers from anywhere else are ignored.",
    ),
    key(
        "listen.max_connections",
        Kind::Number,
        "8192",
        &[],
        "Connections open at once; more wait in the system's queue.",
    ),
    key(
        "listen.header_timeout",
        Kind::Duration,
        "10s",
        &["web.timeout_http_read_header"],
        "How long a client may take to send the head of a request.",
    ),
    key(
        "listen.idle_timeout",
        Kind::Duration,
        "3m",
        &["web.timeout_http_idle"],
        "How long an unused connection is kept. Longer than the proxy's own limit (Traefik: 90 seconds) is best.",
    ),
    key(
        "database.url",
        Kind::Address,
        "",
        &[],
        "`sqlite:///path/to/file.db` or `postgres://user:password@host/name`. Without it: PostgreSQL if `postgresql.host` is set, otherwise `doorward.db` in the data directory.",
    ),
    key(
        "postgresql.host",
        Kind::Text,
        "",
        &["postgresql.host"],
        "The PostgreSQL server. Setting it makes PostgreSQL the store.",
    ),
    key(
        "postgresql.port",
        Kind::Number,
        "5432",
        &["postgresql.port"],
        "Its port.",
    ),
    key(
        "postgresql.user",
        Kind::Text,
        "authentik",
        &["postgresql.user"],
        "The user to connect as.",
    ),
    key(
        "postgresql.password",
        Kind::Secret,
        "env://POSTGRES_PASSWORD?",
        &["postgresql.password"],
        "The password to connect with.",
    ),
    key(
        "postgresql.name",
        Kind::Text,
        "authentik",
        &["postgresql.name"],
        "The name of the database.",
    ),
    key(
        "postgresql.sslmode",
        SSL_MODES,
        "prefer",
        &["postgresql.sslmode"],
        "How the connection to PostgreSQL is encrypted.",
    ),
    key(
        "postgresql.sslrootcert",
        Kind::Path,
        "",
        &["postgresql.sslrootcert"],
        "Certificate authorities for `verify-ca` and `verify-full`.",
    ),
    key(
        "postgresql.sslcert",
        Kind::Path,
        "",
        &["postgresql.sslcert"],
        "Our own certificate.",
    ),
    key(
        "postgresql.sslkey",
        Kind::Path,
        "",
        &["postgresql.sslkey"],
        "The key of our own certificate.",
    ),
    key(
        "postgresql.default_schema",
        Kind::Text,
        "public",
        &["postgresql.default_schema"],
        "The schema that holds the tables.",
    ),
    key(
        "store_grace",
        Kind::Duration,
        "5m",
        &[],
        "How long known sessions live on while the store cannot be reached; `0` refuses at once.",
    ),
    key(
        "sessions.idle",
        Kind::Duration,
        "7d",
        &[],
        "How long an unused session lives, unless the login stage says otherwise.",
    ),
    key(
        "sessions.absolute",
        Kind::Duration,
        "30d",
        &[],
        "How long a session lives in any case, unless the login stage says otherwise.",
    ),
    key(
        "throttle.account_free",
        Kind::Number,
        "10",
        &[],
        "Sign-in attempts on one account before they are slowed down. A browser that its owner used before is not.",
    ),
    key(
        "throttle.address_free",
        Kind::Number,
        "50",
        &[],
        "Sign-in attempts from one address before they are slowed down.",
    ),
    key(
        "throttle.pause",
        Kind::Duration,
        "30s",
        &[],
        "Once slowed down, one attempt is allowed in so long.",
    ),
    key(
        "throttle.window",
        Kind::Duration,
        "15m",
        &[],
        "Attempts are forgotten after so long without any.",
    ),
    key(
        "password_threads",
        Kind::Number,
        "0",
        &[],
        "Threads that hash passwords; 0 takes all cores but one.",
    ),
    key(
        "log.level",
        LEVELS,
        "info",
        &["log_level"],
        "The least important message that is still written.",
    ),
    key(
        "log.format",
        FORMATS,
        "auto",
        &[],
        "`json`, `human`, or `auto`: human on a terminal and JSON elsewhere.",
    ),
    key(
        "blueprints_dir",
        Kind::Path,
        "",
        &["blueprints_dir"],
        "A folder with blueprints (`*.yaml`, also in folders below). Each is applied when it is new or changed.",
    ),
    key(
        "blueprint_file_dirs",
        Kind::List,
        "/run/secrets",
        &[],
        "Folders whose files blueprints may read with `!File`, besides the blueprints folder itself. `none` for no other.",
    ),
    key(
        "cert_discovery_dir",
        Kind::Path,
        "/certs",
        &["cert_discovery_dir"],
        "A folder with key pairs: `<name>.pem`, `.crt` or `.cer` and `<name>.key`, or certbot's folders with `fullchain.pem` and `privkey.pem`. Each becomes a pair of that name, and follows its files. A folder that is not there holds none.",
    ),
    key(
        "email.host",
        Kind::Text,
        "",
        &["email.host"],
        "The SMTP server. Without one no mail is sent.",
    ),
    key(
        "email.port",
        Kind::Number,
        "25",
        &["email.port"],
        "Its port.",
    ),
    key(
        "email.username",
        Kind::Text,
        "",
        &["email.username"],
        "The user to sign in as, if it asks.",
    ),
    key(
        "email.password",
        Kind::Secret,
        "",
        &["email.password"],
        "The password; it is never sent without encryption to another machine.",
    ),
    key(
        "email.use_tls",
        SWITCH,
        "false",
        &["email.use_tls"],
        "Encrypt with STARTTLS (usually port 587).",
    ),
    key(
        "email.use_ssl",
        SWITCH,
        "false",
        &["email.use_ssl"],
        "Encrypt from the first byte (usually port 465).",
    ),
    key(
        "email.ca_file",
        Kind::Path,
        "",
        &[],
        "A certificate authority (PEM) for the server, besides the public ones.",
    ),
    key(
        "email.timeout",
        Kind::Duration,
        "10s",
        &["email.timeout"],
        "How long each step of sending may take.",
    ),
    key(
        "email.from",
        Kind::Text,
        "authentik@localhost",
        &["email.from"],
        "Whom mail is from: an address, or `Name <address>`.",
    ),
    key(
        "templates_dir",
        Kind::Path,
        "",
        &["email.template_dir"],
        "A folder with templates that replace built-in ones file by file.",
    ),
    key(
        "geo.places",
        Kind::Path,
        "/geoip/GeoLite2-City.mmdb",
        &["events.context_processors.geoip", "geoip"],
        "MaxMind's file of places; without it nothing is told by place. Read whole into memory (some 60 MB).",
    ),
    key(
        "geo.networks",
        Kind::Path,
        "/geoip/GeoLite2-ASN.mmdb",
        &["events.context_processors.asn"],
        "MaxMind's file of networks; without it nothing is told by network.",
    ),
    key(
        "breaches.address",
        Kind::Address,
        "https://api.pwnedpasswords.com/range/",
        &[],
        "The range API that password policies ask whether a password was breached. Five digits of its SHA-1 follow and are all that is told. Nobody is asked unless a policy wants it; empty turns it off.",
    ),
    key(
        "breaches.list",
        Kind::Path,
        "",
        &[],
        "A list of one's own instead: a folder of range files named by those five digits (`.txt` or not), or one file of `SHA-1:count` lines sorted by hash.",
    ),
    key(
        "fetch.private_networks",
        Kind::List,
        "",
        &[],
        "Networks that are asked for what OAuth clients have named (`jwks_uri`, `sector_identifier_uri`), although they are not public: `10.0.0.0/8`. There, and nowhere else, `http` will do. Empty: only public addresses are asked, over `https`.",
    ),
    media::DIR,
    media::BACKEND,
    media::NAME,
    media::ENDPOINT,
    media::REGION,
    media::ADDRESSING,
    media::ACCESS_KEY,
    media::SECRET_KEY,
    media::SECURITY_TOKEN,
    key(
        "bootstrap.password",
        Kind::Secret,
        "",
        &["bootstrap_password"],
        "First start only: the password of `akadmin`, at least 8 characters; set-up in the browser is skipped.",
    ),
    key(
        "bootstrap.password_hash",
        Kind::Secret,
        "",
        &["bootstrap_password_hash"],
        "First start only: the same as a hash (`doorward hash-password`).",
    ),
    key(
        "bootstrap.token",
        Kind::Secret,
        "",
        &["bootstrap_token"],
        "First start only: an API token of `akadmin` that does not expire.",
    ),
    key(
        "bootstrap.email",
        Kind::Text,
        "",
        &["bootstrap_email"],
        "First start only: the mail address of `akadmin`.",
    ),
];

/// The setting with this dotted name.
pub fn by_path(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

/// The setting that authentik calls by this dotted name.
pub fn by_authentik(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.authentik.contains(&path))
}

/// `listen.http` as it is spelled in the environment, without the prefix: `LISTEN__HTTP`.
pub fn environment_name(path: &str) -> String {
    path.replace('.', "__").to_uppercase()
}
