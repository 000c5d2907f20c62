//! The page `docs/configuration.md`, written from the table of settings.

use std::fmt::Write as _;

use super::keys::{KEYS, environment_name};

/// The whole page.
pub fn reference() -> String {
    let mut page = String::from(REFERENCE_HEAD);
    for key in KEYS {
        let aliases: Vec<String> = key
            .authentik
            .iter()
            .map(|path| format!("`AUTHENTIK_{}`", environment_name(path)))
            .collect();
        let default = match key.default {
            "" => "not set".to_owned(),
            value => format!("`{value}`"),
        };
        let _ = writeln!(
            page,
            "\n### `{}`\n\n{}\n\n- Environment: `DOORWARD_{}`{}{}\n- Kind: {}\n- Default: {}",
            key.path,
            key.help,
            environment_name(key.path),
            if aliases.is_empty() { "" } else { ", or " },
            aliases.join(", "),
            key.kind.describe(),
            default,
        );
    }
    page
}

const REFERENCE_HEAD: &str = "\
# Configuration

Nothing needs to be set. This page is written from the program's own table of settings
(`UPDATE=1 cargo test -p doorward the_configuration_reference`); do not edit it by hand.

Later wins: the default, the YAML file (`--config PATH` or `DOORWARD_CONFIG`), authentik's
environment variables (`AUTHENTIK_…`), our own (`DOORWARD_…`). In the environment two
underscores stand for a dot: `DOORWARD_LISTEN__HTTP` is `listen.http`. An empty value counts as
not set. `doorward config` prints what is in force, where it came from, and no secret.

Any value may be `file:///path?default` (the file's content, without white space at its ends)
or `env://NAME?default` (another variable). Without a default, a missing file or variable is an
error.

A name that Doorward does not know is reported with the nearest known one. Names of authentik
that have no effect here are accepted: some with a notice (Redis, TLS listeners, the worker),
since what they configure is not needed or not there yet.

## Settings
";
