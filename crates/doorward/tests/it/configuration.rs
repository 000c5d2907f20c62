//! Settings as operators bring them, above all authentik's.

use crate::kit::ports::free_port;
use crate::kit::server::Server;
use crate::kit::{Engine, Kit};

#[test]
fn the_environment_file_of_the_operators_authentik_starts_doorward_unchanged() {
    let mut kit = Kit::new(Engine::Postgres);
    let url = kit
        .server
        .settings()
        .get("DOORWARD_DATABASE__URL")
        .expect("PostgreSQL")
        .to_owned();
    let url = url::Url::parse(&url).expect("an address");
    let (host, port) = (url.host_str().unwrap(), url.port().unwrap().to_string());
    let name = url.path().trim_start_matches('/');
    let settings = kit.server.settings().clone().set_all(&[
        ("DOORWARD_DATABASE__URL", ""),
        ("POSTGRES_DB", name),
        ("POSTGRES_USER", "postgres"),
        ("POSTGRES_PASSWORD", "not-asked-for-here"),
        ("AUTHENTIK_POSTGRESQL__HOST", host),
        ("AUTHENTIK_POSTGRESQL__PORT", &port),
        ("AUTHENTIK_POSTGRESQL__NAME", name),
        ("AUTHENTIK_POSTGRESQL__USER", "postgres"),
        ("AUTHENTIK_POSTGRESQL__PASSWORD", "not-asked-for-here"),
        ("AUTHENTIK_REDIS__HOST", "authentik-redis"),
        ("AUTHENTIK_ERROR_REPORTING__ENABLED", "false"),
    ]);
    kit.secrets().add("database password", "not-asked-for-here");
    kit.person("mia", "Mia");
    assert!(kit.server.stop());
    kit.server = Server::start(&settings);
    kit.server.wait_ready();
    let found = kit.get("/core/users/?username=mia");
    assert_eq!(
        found["results"][0]["name"], "Mia",
        "the same store under authentik's names"
    );
    assert!(
        kit.server.log().to_lowercase().contains("redis"),
        "Redis is accepted with a notice"
    );
}

#[test]
fn a_sub_path_is_refused_with_a_message_that_says_why() {
    let kit = Kit::new(Engine::Sqlite);
    let settings = kit
        .server
        .settings()
        .clone()
        .set("AUTHENTIK_WEB__PATH", "/auth/");
    let refused = settings.run(&["server"]);
    assert!(!refused.status.success());
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("WEB__PATH"),
        "{refused:?}"
    );
}

#[test]
fn a_misspelled_setting_is_reported_with_the_nearest_known_one() {
    let kit = Kit::with(Engine::Sqlite, &[("DOORWARD_LISTEN__HTPP", "127.0.0.1:1")]);
    let log = kit.server.log();
    let line = log
        .lines()
        .find(|line| line.contains("LISTEN__HTPP"))
        .expect("a warning");
    assert!(line.contains("LISTEN__HTTP"), "{line}");
}

#[test]
fn a_file_named_on_the_command_line_is_read_and_the_environment_wins_over_it() {
    let kit = Kit::new(Engine::Sqlite);
    let settings = kit.server.settings();
    let file = settings.write_file("doorward.yml", "store_grace: 7m\ndata_dir: /elsewhere\n");
    let printed = settings.run(&["--config", &file, "config", "store_grace", "data_dir"]);
    assert!(printed.status.success(), "{printed:?}");
    assert_eq!(
        String::from_utf8_lossy(&printed.stdout),
        "\"7m\"\n\"data\"\n"
    );
    let missing = settings.run(&["--config", "/nowhere/doorward.yml", "config"]);
    assert!(!missing.status.success());
    let said = String::from_utf8_lossy(&missing.stderr).into_owned();
    assert!(said.contains("/nowhere/doorward.yml"), "{said}");
}

#[test]
fn a_hash_that_compose_has_mangled_stops_the_start_with_the_way_out() {
    let kit = Kit::new(Engine::Sqlite);
    let settings = kit.server.settings().clone();
    let settings = settings
        .set("AUTHENTIK_BOOTSTRAP_PASSWORD", "")
        .set("AUTHENTIK_BOOTSTRAP_PASSWORD_HASH", "=19=19456,t=2,p=1");
    let refused = settings.run(&["server"]);
    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        said.contains("PASSWORD_HASH") && said.contains("$$"),
        "{said}"
    );
}

#[test]
fn a_first_password_that_is_too_short_stops_the_first_start_and_says_so() {
    let kit = Kit::fresh(Engine::Sqlite);
    let settings = kit.server.settings().clone();
    let settings = settings
        .set("DOORWARD_DATA_DIR", "another")
        .set(
            "DOORWARD_LISTEN__HTTP",
            &format!("127.0.0.1:{}", free_port()),
        )
        .set("DOORWARD_LISTEN__METRICS", "none")
        .set("AUTHENTIK_BOOTSTRAP_PASSWORD", "akadmin");
    let refused = settings.run(&["server"]);
    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        said.contains("BOOTSTRAP_PASSWORD") && said.contains("fewer than 8 characters"),
        "{said}"
    );
}

#[test]
fn the_config_command_prints_what_is_in_force_without_a_secret() {
    let kit = Kit::new(Engine::Sqlite);
    let printed = kit.server.settings().run(&["config"]);
    assert!(printed.status.success(), "{printed:?}");
    let text = String::from_utf8_lossy(&printed.stdout).into_owned();
    assert!(text.contains("https://auth.localhost:"), "{text}");
    let found = kit.secrets().found_in(&text);
    assert!(found.is_empty(), "{found:?}");
}
