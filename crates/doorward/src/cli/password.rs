//! Passwords from a terminal, without showing them, or from standard input.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use anyhow::Context as _;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// The password that somebody types (asked twice) or the first line of a pipe; may be empty.
pub(super) fn ask(prompt: &str) -> anyhow::Result<String> {
    if !io::stdin().is_terminal() {
        return line();
    }
    let typed = hidden(prompt)?;
    if typed != hidden("Once more: ")? {
        anyhow::bail!("the two differ; nothing was changed");
    }
    Ok(typed)
}

/// 160 random bits, easy to copy.
pub(super) fn make_up() -> String {
    doorward_protocol::encoding::random_token(20)
}

fn line() -> anyhow::Result<String> {
    let mut text = String::new();
    io::stdin()
        .lock()
        .read_line(&mut text)
        .context("no password could be read")?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// Turns the echo back on whatever happens.
struct Quiet(Termios);

impl Quiet {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &silent)?;
        Ok(Self(before))
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        if tcsetattr(io::stdin(), OptionalActions::Flush, &self.0).is_err() {
            tracing::warn!("the terminal may not show what is typed; `stty echo` repairs it");
        }
    }
}

fn hidden(prompt: &str) -> anyhow::Result<String> {
    let mut terminal = io::stderr();
    write!(terminal, "{prompt}")?;
    terminal.flush()?;
    let quiet = Quiet::begin().context("the terminal cannot be asked for a password")?;
    let text = line();
    drop(quiet);
    writeln!(terminal)?;
    text
}
