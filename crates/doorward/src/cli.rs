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
    /// There is no separate worker; kept so that authentik's container starts.
    #[command(hide = true)]
    Worker,
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
    let environment = process_environment();
    let named = std::env::var_os("DOORWARD_CONFIG").filter(|path| !path.is_empty());
    let file = command_line
        .config
        .clone()
        .or_else(|| named.map(PathBuf::from));
    let (config, layers) = Config::load(file.as_deref(), &environment)?;
    match command_line.command.as_ref().unwrap_or(&Command::Server) {
        Command::Server => anyhow::bail!("not wired yet"),
        Command::Config(arguments) => print_config(&layers, arguments),
        Command::Healthcheck(arguments) => healthcheck(&config, arguments.live),
        Command::Worker => Ok(ExitCode::SUCCESS),
    }
}

fn print_config(layers: &Layers, arguments: &ConfigArgs) -> anyhow::Result<ExitCode> {
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
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.json {
        writeln!(out, "{:#}", show::json_of(layers))?;
    } else {
        write!(out, "{}", show::yaml(layers))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn healthcheck(config: &Config, live: bool) -> anyhow::Result<ExitCode> {
    let probe = if live { Probe::Live } else { Probe::Ready };
    let address = *config.listen.http.first().context("no address to ask")?;
    let answer = health::ask(address, probe)
        .with_context(|| format!("no answer from {address}; is the server running?"))?;
    if (200..300).contains(&answer.status) {
        return Ok(ExitCode::SUCCESS);
    }
    anyhow::bail!("{address} answered {}: {}", answer.status, answer.body)
}
