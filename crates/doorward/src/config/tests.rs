//! The whole way from environment and file to typed settings.

use super::foreign::FOREIGN;
use super::keys::{KEYS, Kind, environment_name};
use super::*;

mod sources;

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn load(list: &[(&str, &str)]) -> (Config, Layers) {
    Config::load(None, &pairs(list)).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(list: &[(&str, &str)]) -> String {
    Config::load(None, &pairs(list))
        .err()
        .expect("a refusal")
        .to_string()
}

fn warnings(config: &Config) -> Vec<&str> {
    let heavy = config
        .notices
        .iter()
        .filter(|notice| notice.weight == Weight::Warning);
    heavy.map(|notice| notice.text.as_str()).collect()
}

const HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI";

/// The operator's file of the seed document, as Ansible renders it.
const SEED: &[(&str, &str)] = &[
    ("POSTGRES_DB", "authentik"),
    ("POSTGRES_USER", "authentik"),
    ("POSTGRES_PASSWORD", "pg p@ss/word"),
    ("AUTHENTIK_POSTGRESQL__HOST", "authentik-postgresql"),
    ("AUTHENTIK_POSTGRESQL__NAME", "authentik"),
    ("AUTHENTIK_POSTGRESQL__USER", "authentik"),
    ("AUTHENTIK_POSTGRESQL__PASSWORD", "pg p@ss/word"),
    ("AUTHENTIK_REDIS__HOST", "authentik-redis"),
    (
        "AUTHENTIK_SECRET_KEY",
        "a-key-of-more-than-thirty-two-characters",
    ),
    ("AUTHENTIK_ERROR_REPORTING__ENABLED", "false"),
];

#[test]
fn the_operators_env_file_starts_doorward_unchanged() {
    let (config, _) = load(SEED);
    assert_eq!(warnings(&config), Vec::<&str>::new());
    let Database::Postgres(url) = &config.database else {
        panic!("PostgreSQL expected")
    };
    let url = Url::parse(url.reveal()).unwrap();
    assert_eq!(url.host_str(), Some("authentik-postgresql"));
    assert_eq!(url.password(), Some("pg%20p%40ss%2Fword"));
    let notices: Vec<_> = config
        .notices
        .iter()
        .map(|notice| notice.text.as_str())
        .collect();
    assert!(
        notices
            .iter()
            .any(|text| text.contains("AUTHENTIK_REDIS__HOST")),
        "{notices:?}"
    );
    assert_eq!(notices.len(), 1, "{notices:?}");
}

#[test]
fn nothing_needs_to_be_set() {
    let (config, _) = load(&[]);
    assert!(config.database == Database::Sqlite("./data/doorward.db".into()));
    assert_eq!(config.listen.http, ["0.0.0.0:9000".parse().unwrap()]);
    assert_eq!(config.listen.metrics, ["[::]:9300".parse().unwrap()]);
    assert_eq!(config.trusted_proxies.len(), 6);
    assert_eq!(config.store_grace, Duration::from_mins(5));
    assert!(config.notices.is_empty());
}

/// Every name of section 5 of the API and model map, as the documentation of authentik has it.
const SECTION_5: &str = "
SECRET_KEY LOG_LEVEL LOG__HTTP_HEADERS LOG__RUST_LOG DEBUG DEBUGGER COOKIE_DOMAIN
DISABLE_UPDATE_CHECK DISABLE_STARTUP_ANALYTICS HTTP_TIMEOUT SKIP_MIGRATIONS BLUEPRINTS_DIR
CERT_DISCOVERY_DIR COMPLIANCE__FIPS__ENABLED SESSIONS__UNAUTHENTICATED_AGE REPUTATION__EXPIRY
POSTGRESQL__HOST POSTGRESQL__PORT POSTGRESQL__USER POSTGRESQL__PASSWORD POSTGRESQL__NAME
POSTGRESQL__SSLMODE POSTGRESQL__SSLROOTCERT POSTGRESQL__SSLCERT POSTGRESQL__SSLKEY
POSTGRESQL__CONN_MAX_AGE POSTGRESQL__CONN_HEALTH_CHECKS
POSTGRESQL__DISABLE_SERVER_SIDE_CURSORS POSTGRESQL__DEFAULT_SCHEMA POSTGRESQL__CONN_OPTIONS
POSTGRESQL__REPLICA_CONN_OPTIONS POSTGRESQL__READ_REPLICAS__0__HOST
POSTGRESQL__READ_REPLICAS__0__CONN_MAX_AGE POSTGRESQL__USE_PGBOUNCER POSTGRESQL__USE_PGPOOL
LISTEN__HTTP LISTEN__HTTPS LISTEN__LDAP LISTEN__LDAPS LISTEN__RADIUS LISTEN__METRICS
LISTEN__DEBUG LISTEN__DEBUG_PY LISTEN__TRUSTED_PROXY_CIDRS
WEB__BASE_URL WEB__WORKERS WEB__THREADS WEB__MAX_REQUESTS WEB__MAX_REQUESTS_JITTER
WEB__TIMEOUT_HTTP_READ_HEADER WEB__TIMEOUT_HTTP_READ WEB__TIMEOUT_HTTP_WRITE
WEB__TIMEOUT_HTTP_IDLE WEB__PATH
WORKER__PROCESSES WORKER__THREADS WORKER__CONSUMER_LISTEN_TIMEOUT WORKER__TASK_MAX_RETRIES
WORKER__TASK_DEFAULT_TIME_LIMIT WORKER__TASK_PURGE_INTERVAL WORKER__TASK_EXPIRATION
WORKER__SCHEDULER_INTERVAL CACHE__TIMEOUT CACHE__TIMEOUT_FLOWS CACHE__TIMEOUT_POLICIES
EMAIL__HOST EMAIL__PORT EMAIL__USERNAME EMAIL__PASSWORD EMAIL__USE_TLS EMAIL__USE_SSL
EMAIL__TIMEOUT EMAIL__FROM EMAIL__TEMPLATE_DIR
STORAGE__BACKEND STORAGE__FILE__PATH STORAGE__FILE__URL_EXPIRY STORAGE__S3__REGION
STORAGE__S3__SECRET_KEY STORAGE__MEDIA__BACKEND STORAGE__REPORTS__S3__BUCKET_NAME
EVENTS__CONTEXT_PROCESSORS__GEOIP EVENTS__CONTEXT_PROCESSORS__ASN
ERROR_REPORTING__ENABLED ERROR_REPORTING__SENTRY_DSN ERROR_REPORTING__ENVIRONMENT
ERROR_REPORTING__SEND_PII ERROR_REPORTING__SAMPLE_RATE ERROR_REPORTING__EXTRA_ARGS
THROTTLE__DEFAULT THROTTLE__PROVIDERS__OAUTH2__DEVICE
OUTPOSTS__CONTAINER_IMAGE_BASE OUTPOSTS__DISCOVER OUTPOSTS__DISABLE_EMBEDDED_OUTPOST
LDAP__TASK_TIMEOUT_HOURS LDAP__PAGE_SIZE LDAP__TLS__CIPHERS SOURCES__KERBEROS__TASK_TIMEOUT_HOURS
TENANTS__ENABLED TENANTS__API_KEY
BOOTSTRAP_PASSWORD BOOTSTRAP_PASSWORD_HASH BOOTSTRAP_TOKEN BOOTSTRAP_EMAIL DEFAULT_BRAND_ENABLED
HOST HOST_BROWSER TOKEN INSECURE GEOIP
AVATARS DEFAULT_USER_CHANGE_NAME EVENT_RETENTION FOOTER_LINKS GDPR_COMPLIANCE IMPERSONATION
DEFAULT_TOKEN_LENGTH
REDIS__HOST REDIS__PORT REDIS__DB REDIS__USERNAME REDIS__PASSWORD REDIS__TLS BROKER__URL
";

#[test]
fn every_documented_name_of_authentik_is_mapped_or_accepted() {
    for name in SECTION_5.split_whitespace() {
        let path = name.replace("__", ".").to_lowercase();
        let known = keys::by_authentik(&path).is_some() || foreign::find(&path).is_some();
        assert!(known, "AUTHENTIK_{name} is neither mapped nor accepted");
    }
}

#[test]
fn no_name_is_both_mapped_and_without_effect() {
    for key in KEYS {
        for path in key.authentik {
            assert!(!FOREIGN.iter().any(|entry| entry.path == *path), "{path}");
        }
    }
}

#[test]
fn an_unknown_name_warns_with_the_nearest_known_one() {
    let cases = [
        ("DOORWARD_LISTEN__HTPP", "DOORWARD_LISTEN__HTTP"),
        (
            "AUTHENTIK_POSTGRESQL__HOSTNAME",
            "AUTHENTIK_POSTGRESQL__HOST",
        ),
        ("AUTHENTIK_SECRETKEY", "AUTHENTIK_SECRET_KEY"),
        ("DOORWARD_DATADIR", "DOORWARD_DATA_DIR"),
    ];
    for (name, nearest) in cases {
        let (config, _) = load(&[(name, "s3cret-value")]);
        let said = warnings(&config).join("\n");
        assert!(
            said.contains(name) && said.contains(&format!("did you mean {nearest}?")),
            "{said}"
        );
        assert!(!said.contains("s3cret-value"), "a value is never repeated");
    }
    let (config, _) = load(&[("DOORWARD_XYZZY", "1")]);
    assert!(warnings(&config)[0].contains("doorward config"));
}

#[test]
fn our_name_wins_over_authentiks_and_the_environment_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("doorward.yml");
    std::fs::write(
        &file,
        "log_level: error\nstore_grace: 1m\nlisten:\n  http: ['127.0.0.1:1', '127.0.0.1:2']\nwat: 1\n",
    )
    .unwrap();
    let environment = pairs(&[
        ("DOORWARD_LOG__LEVEL", "debug"),
        ("AUTHENTIK_LOG_LEVEL", "trace"),
        ("DOORWARD_LOG_LEVEL", "info"),
        ("DOORWARD_STORE_GRACE", ""),
    ]);
    let (config, _) = Config::load(Some(&file), &environment).ok().unwrap();
    assert_eq!(config.log.level, LogLevel::Debug);
    assert_eq!(
        config.store_grace,
        Duration::from_mins(1),
        "an empty variable sets nothing"
    );
    assert_eq!(config.listen.http.len(), 2);
    assert!(
        warnings(&config)[0].starts_with("wat in "),
        "{:?}",
        warnings(&config)
    );
}

#[test]
fn mistakes_are_refused_with_their_name_and_what_to_write() {
    let cases: [(&[(&str, &str)], &str); 9] = [
        (&[("AUTHENTIK_WEB__PATH", "/auth/")], "AUTHENTIK_WEB__PATH"),
        (
            &[
                ("AUTHENTIK_BOOTSTRAP_PASSWORD", "a"),
                ("AUTHENTIK_BOOTSTRAP_PASSWORD_HASH", HASH),
            ],
            "keep one",
        ),
        (
            &[("DOORWARD_LISTEN__HTTP", "here")],
            "DOORWARD_LISTEN__HTTP",
        ),
        (&[("DOORWARD_LISTEN__HTTP", "none")], "at least one address"),
        (
            &[("DOORWARD_BASE_URL", "https://a.example/auth")],
            "below a path",
        ),
        (
            &[("DOORWARD_BASE_URL", "auth.example.org")],
            "https://auth.example.org",
        ),
        (
            &[("DOORWARD_DATABASE__URL", "mysql://u:hunter2@h/n")],
            "sqlite:///path",
        ),
        (&[("DOORWARD_STORE_GRACE", "soon")], "5m"),
        (
            &[("AUTHENTIK_SECRET_KEY", "file:///nowhere/key")],
            "cannot be read",
        ),
    ];
    for (environment, wanted) in cases {
        let said = refused(environment);
        assert!(said.contains(wanted), "{said}");
        assert!(!said.contains("hunter2"));
    }
    load(&[("AUTHENTIK_WEB__PATH", "/")]);
}

#[test]
fn a_sub_path_in_the_file_is_refused_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("doorward.yml");
    std::fs::write(&file, "web: { path: /sso/ }").unwrap();
    let refused = Config::load(Some(&file), &[]).err().unwrap().to_string();
    assert!(
        refused.contains("web.path in") && refused.contains("host name"),
        "{refused}"
    );
}

#[test]
fn several_mistakes_are_reported_at_once() {
    let said = refused(&[
        ("DOORWARD_STORE_GRACE", "soon"),
        ("DOORWARD_LOG__LEVEL", "loud"),
    ]);
    assert!(
        said.contains("DOORWARD_STORE_GRACE") && said.contains("DOORWARD_LOG__LEVEL"),
        "{said}"
    );
}

#[test]
fn the_effective_configuration_shows_no_secret() {
    let secrets: Vec<(String, String)> = KEYS
        .iter()
        .filter(|key| key.kind == Kind::Secret && key.path != "bootstrap.password_hash")
        .map(|key| {
            (
                format!("DOORWARD_{}", environment_name(key.path)),
                "hunter2".to_owned(),
            )
        })
        .chain(pairs(&[(
            "DOORWARD_DATABASE__URL",
            "postgres://u:hunter2@db/n?sslmode=require",
        )]))
        .collect();
    let (_, layers) = Config::load(None, &secrets).ok().unwrap();
    for shown in [show::yaml(&layers), show::json_of(&layers).to_string()] {
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(
            shown.contains(show::MASK) && shown.contains("db/n"),
            "{shown}"
        );
    }
    let (_, layers) = load(&[(
        "DOORWARD_DATABASE__URL",
        "postgres://db/n?user=u&password=hunter2",
    )]);
    assert!(!show::yaml(&layers).contains("hunter2"));
}

#[test]
fn the_effective_configuration_is_yaml_and_says_where_each_value_came_from() {
    let (_, layers) = load(SEED);
    let page = show::yaml(&layers);
    assert!(
        page.contains("host: \"authentik-postgresql\"  # AUTHENTIK_POSTGRESQL__HOST"),
        "{page}"
    );
    assert!(page.contains("store_grace: \"5m\"  # default"), "{page}");
    let tree: serde_yaml_ng::Value = serde_yaml_ng::from_str(&page).unwrap();
    assert_eq!(tree["postgresql"]["port"], 5432);
}

#[test]
fn the_password_of_the_postgres_container_is_used_when_ours_is_not_set() {
    let (config, _) = load(&[
        ("AUTHENTIK_POSTGRESQL__HOST", "db"),
        ("POSTGRES_PASSWORD", "x"),
    ]);
    let Database::Postgres(url) = &config.database else {
        panic!("PostgreSQL expected")
    };
    assert!(
        url.reveal()
            .starts_with("postgres://authentik:x@db:5432/authentik?")
    );
}

#[test]
fn a_socket_folder_may_stand_for_the_postgres_host() {
    let (config, _) = load(&[("AUTHENTIK_POSTGRESQL__HOST", "/run/postgresql")]);
    let Database::Postgres(url) = &config.database else {
        panic!("PostgreSQL expected")
    };
    assert!(
        url.reveal().contains("host=%2Frun%2Fpostgresql"),
        "{}",
        url.reveal()
    );
}

/// Writes the page with `UPDATE=1`, otherwise compares it.
#[test]
fn the_configuration_reference_matches_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs")).unwrap();
        std::fs::write(path, reference::reference()).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == reference::reference(),
        "docs/configuration.md is out of date: run with UPDATE=1"
    );
}
