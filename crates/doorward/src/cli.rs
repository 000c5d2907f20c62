//! The command line: what can be asked of the program and how it answers on a terminal.
//!
//! Commands that act on the store do so through the engine, so that a running server sees the
//! change. The rule: an error says what to do about it.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};

use crate::config::{Config, Layers, process_environment, show};
use crate::health::{self, Probe};
use crate::{telemetry, wire};

mod blueprint;
mod commands;
mod explain;
mod keys;
mod mail;
mod password;
mod signing_keys;

/// One door for your apps: signs people in once and lets them into every app.
#[derive(Parser)]
#[command(name = "doorward", version, about)]
struct CommandLine {
    /// A YAML file with settings; the environment wins over it. Also `DOORWARD_CONFIG`.
    #[arg(long, global = true, value_name = "PATH")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve (the same as no command at all).
    Server,
    /// Print the settings in force, secrets masked, and where each came from.
    #[command(alias = "dump_config")]
    Config(ConfigArgs),
    /// Ask the running server whether it is ready; exit code 0 if so.
    #[command(alias = "health")]
    Healthcheck(HealthcheckArgs),
    /// Print the link to the initial setup, while there is no administrator.
    SetupLink,
    /// Print a link that signs somebody in once.
    RecoveryLink {
        /// Whom it signs in.
        user: String,
        /// How long it works.
        #[arg(long, default_value_t = 60)]
        minutes: u32,
        /// Send it to them by mail instead of printing it.
        #[arg(long)]
        mail: bool,
    },
    /// Send a letter at once, to see whether mail works.
    #[command(alias = "test_email")]
    TestEmail {
        /// The address it goes to.
        to: String,
    },
    /// Make an administrator; asks for the password, or makes one up and prints it.
    CreateAdmin {
        /// The login name.
        #[arg(default_value = "akadmin")]
        user: String,
        /// The mail address.
        #[arg(long, default_value = "")]
        email: String,
    },
    /// Set somebody's password (asked for) and end their sessions.
    #[command(alias = "changepassword")]
    ChangePassword {
        /// Whose.
        user: String,
    },
    /// Tell why somebody may open an application or may not, with every step.
    Explain(explain::Asked),
    /// Print the hash of a password (asked for), for `AUTHENTIK_BOOTSTRAP_PASSWORD_HASH`.
    #[command(alias = "hash_password")]
    HashPassword,
    /// Blueprints: apply, compare, find what differs by now, export, list.
    #[command(subcommand)]
    Blueprint(blueprint::Command),
    /// Replace the key that seals cookies and stored secrets, in two steps; nobody is signed out.
    #[command(subcommand)]
    Keys(Keys),
    /// The keys that sign tokens: list, rotate, retire, or say that one is compromised.
    #[command(subcommand)]
    SigningKeys(signing_keys::Command),
    /// authentik's `create_recovery_key [MINUTES] USER`.
    #[command(hide = true, name = "create_recovery_key")]
    CreateRecoveryKey {
        /// Minutes, user, or only the user.
        #[arg(num_args = 1..=2)]
        words: Vec<String>,
    },
    /// authentik's `create_admin_group USER`.
    #[command(hide = true, name = "create_admin_group")]
    CreateAdminGroup {
        /// Who becomes an administrator.
        user: String,
    },
    /// authentik's `apply_blueprint PATH…`.
    #[command(hide = true, name = "apply_blueprint")]
    ApplyBlueprint {
        /// Files; what does not exist here is looked for in the blueprints folder.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Say what would change, and change nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// authentik's `export_blueprint`.
    #[command(hide = true, name = "export_blueprint")]
    ExportBlueprint,
    /// There is no separate worker; kept so that authentik's container starts.
    #[command(hide = true)]
    Worker,
    /// Evaluates expressions for the server that starts it, and has no other use.
    #[command(hide = true)]
    ExpressionWorker,
}

#[derive(Subcommand)]
enum Keys {
    /// List the keys of the ring.
    List,
    /// Step one: add a key. Restart every server, then use it.
    Add,
    /// Step two: let a key seal whatever is new. Restart every server.
    Use {
        /// Its name, as `add` printed it.
        kid: String,
    },
}

#[derive(Args)]
struct ConfigArgs {
    /// Print JSON instead of YAML.
    #[arg(long)]
    json: bool,
    /// Print only the values of these settings, such as `listen.http`.
    keys: Vec<String>,
}

#[derive(Args)]
struct HealthcheckArgs {
    /// Ask only whether the process answers.
    #[arg(long)]
    live: bool,
}

/// Runs the program with these arguments (the first is its name).
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let command_line = match CommandLine::try_parse_from(arguments) {
        Ok(command_line) => command_line,
        Err(error) => {
            drop(error.print());
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    run(&command_line).unwrap_or_else(|error| {
        drop(writeln!(io::stderr(), "doorward: {error:#}"));
        ExitCode::FAILURE
    })
}

fn run(command_line: &CommandLine) -> anyhow::Result<ExitCode> {
    if matches!(command_line.command, Some(Command::ExpressionWorker)) {
        // Before anything else: it gets no environment and reads no file.
        doorward_engine::expression::worker::main()?;
        return Ok(ExitCode::SUCCESS);
    }
    let environment = process_environment();
    let named = std::env::var_os("DOORWARD_CONFIG").filter(|path| !path.is_empty());
    let file = command_line
        .config
        .clone()
        .or_else(|| named.map(PathBuf::from));
    let (config, layers) = Config::load(file.as_deref(), &environment)?;
    match command_line.command.as_ref().unwrap_or(&Command::Server) {
        Command::Server => {
            telemetry::open_log(config.log);
            telemetry::announce(&config.notices);
            wire::runtime()?.block_on(wire::serve(config))?;
        }
        Command::Config(arguments) => print_config(&layers, arguments)?,
        Command::Healthcheck(arguments) => healthcheck(&config, arguments.live)?,
        Command::HashPassword => commands::hash_password()?,
        Command::Worker => say(WORKER)?,
        command => {
            telemetry::open_command_log();
            wire::runtime()?.block_on(on_the_store(&config, command))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

const WORKER: &str = "There is nothing to do: one Doorward process serves and does the background \
                      work. Remove this container or unit.";

/// Commands that work on the store, beside a running server or without one.
async fn on_the_store(config: &Config, command: &Command) -> anyhow::Result<()> {
    match command {
        Command::SetupLink => commands::setup_link(config).await,
        Command::RecoveryLink {
            user,
            minutes,
            mail: false,
        } => commands::recovery_link(config, user, *minutes).await,
        Command::RecoveryLink { user, minutes, .. } => {
            mail::recovery_link(config, user, *minutes).await
        }
        Command::TestEmail { to } => mail::test(config, to).await,
        Command::CreateRecoveryKey { words } => {
            let (user, minutes) = recovery_words(words)?;
            commands::recovery_link(config, user, minutes).await
        }
        Command::CreateAdmin { user, email } => commands::create_admin(config, user, email).await,
        Command::CreateAdminGroup { user } => commands::promote(config, user).await,
        Command::ChangePassword { user } => commands::change_password(config, user).await,
        Command::Blueprint(command) => blueprint::run(config, command).await,
        Command::ApplyBlueprint { paths, dry_run } => {
            blueprint::apply(config, paths, *dry_run, false).await
        }
        Command::ExportBlueprint => blueprint::export(config, None).await,
        Command::Explain(arguments) => explain::explain(config, arguments).await,
        Command::Keys(Keys::List) => keys::list(config).await,
        Command::Keys(Keys::Add) => keys::add(config).await,
        Command::Keys(Keys::Use { kid }) => keys::make_current(config, kid).await,
        Command::SigningKeys(command) => signing_keys::run(config, command).await,
        _ => Ok(()),
    }
}

/// authentik took the minutes first, later only the user.
fn recovery_words(words: &[String]) -> anyhow::Result<(&str, u32)> {
    match words {
        [user] => Ok((user, 60)),
        [minutes, user] => {
            let minutes = minutes
                .parse()
                .context("write create_recovery_key [MINUTES] USER")?;
            Ok((user, minutes))
        }
        _ => anyhow::bail!("write create_recovery_key [MINUTES] USER"),
    }
}

/// Prints a line for whoever asked.
fn say(text: &str) -> anyhow::Result<()> {
    writeln!(io::stdout(), "{text}").context("nothing can be printed")
}

fn print_config(layers: &Layers, arguments: &ConfigArgs) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    for path in &arguments.keys {
        let key = crate::config::keys::by_path(path)
            .or_else(|| crate::config::keys::by_authentik(path))
            .with_context(|| {
                format!("{path} is not a setting; `doorward config` lists them all")
            })?;
        let text = layers
            .setting(key.path)
            .map_or("", |setting| setting.text.as_str());
        writeln!(out, "{}", show::shown(key, text))?;
    }
    if !arguments.keys.is_empty() {
        return Ok(());
    }
    if arguments.json {
        writeln!(out, "{:#}", show::json_of(layers))?;
    } else {
        write!(out, "{}", show::yaml(layers))?;
    }
    Ok(())
}

fn healthcheck(config: &Config, live: bool) -> anyhow::Result<()> {
    let probe = if live { Probe::Live } else { Probe::Ready };
    let address = *config.listen.http.first().context("no address to ask")?;
    let answer = health::ask(address, probe)
        .with_context(|| format!("no answer from {address}; is the server running?"))?;
    if (200..300).contains(&answer.status) {
        return Ok(());
    }
    anyhow::bail!("{address} answered {}: {}", answer.status, answer.body)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn authentiks_spellings_are_understood() {
        let cases: [&[&str]; 15] = [
            &["server"],
            &["worker"],
            &["dump_config", "listen.http"],
            &["create_recovery_key", "10", "akadmin"],
            &["create_recovery_key", "akadmin"],
            &["create_admin_group", "akadmin"],
            &["changepassword", "akadmin"],
            &["hash_password"],
            &["test_email", "mia@example.org"],
            &["apply_blueprint", "a.yaml", "b.yaml"],
            &["apply_blueprint", "--dry-run", "a.yaml"],
            &["export_blueprint"],
            &["blueprint", "export"],
            &["blueprint", "export", "authentik_flows.flow", "x"],
            &["keys", "use", "k1"],
        ];
        for words in cases {
            let all = std::iter::once(&"doorward").chain(words);
            assert!(CommandLine::try_parse_from(all).is_ok(), "{words:?}");
        }
    }

    #[test]
    fn minutes_may_stand_before_the_user() {
        let words = |list: &[&str]| {
            list.iter()
                .map(|word| (*word).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(recovery_words(&words(&["mia"])).unwrap(), ("mia", 60));
        assert_eq!(recovery_words(&words(&["10", "mia"])).unwrap(), ("mia", 10));
        assert!(recovery_words(&words(&["mia", "10"])).is_err());
    }
}
