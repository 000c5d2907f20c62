//! A program from an operator's text: their function first, the prelude below it.

use std::fmt::Write as _;

use ruff_python_parser::{Mode, ParseOptions};

use super::rewrite::{Rewritten, rewrite};
use super::{Failure, SOURCE_MAX};

const PRELUDE: &str = concat!(
    include_str!("prelude/10-truth.py"),
    include_str!("prelude/20-query-sets.py"),
    include_str!("prelude/30-people.py"),
    include_str!("prelude/40-requests.py"),
    include_str!("prelude/50-addresses.py"),
    include_str!("prelude/60-functions.py"),
    include_str!("prelude/70-world.py"),
);
/// How deeply a text may be nested.
const DEPTH_MAX: u16 = 100;
/// What the prelude gives by name; an expression may set these as its own.
const GIVEN: &[&str] = &[
    "Application",
    "Group",
    "User",
    "ak_call_policy",
    "ak_client_ip",
    "ak_create_event",
    "ak_create_jwt",
    "ak_is_group_member",
    "ak_is_sso_flow",
    "ak_logger",
    "ak_message",
    "ak_send_email",
    "ak_user_by",
    "ak_user_has_authenticator",
    "application",
    "client_ip",
    "context",
    "date",
    "datetime",
    "flow_plan",
    "http_request",
    "ip_address",
    "ip_network",
    "ipaddress",
    "json",
    "list_flatten",
    "logger",
    "now",
    "prompt_context",
    "re",
    "regex_match",
    "regex_replace",
    "request",
    "requests",
    "resolve_dns",
    "reverse_dns",
    "slugify",
    "tenant",
    "timedelta",
    "timezone",
    "user",
];

/// A text that was read.
pub(super) struct Read {
    rewritten: Rewritten,
}

/// Reads a text.
///
/// # Errors
///
/// [`Failure::Syntax`].
pub(super) fn read(source: &str) -> Result<Read, Failure> {
    if source.len() > SOURCE_MAX {
        return Err(syntax(format!("longer than {SOURCE_MAX} bytes"), 1, 1));
    }
    if source.contains('\0') {
        return Err(syntax("a zero byte".to_owned(), 1, 1));
    }
    let source = dedent(source);
    let options = ParseOptions::from(Mode::Module).with_max_recursion_depth(DEPTH_MAX);
    let parsed = ruff_python_parser::parse(&source, options).map_err(|error| {
        let (line, column) = place(&source, error.location.start().into());
        syntax(error.error.to_string(), line, column)
    })?;
    let module = parsed.try_into_module().expect("a module was asked for");
    let rewritten = rewrite(&source, module.syntax());
    if let Some((at, name)) = rewritten.missing {
        let (line, column) = place(&source, at.into());
        let message = format!("{name} is not available: use ak_create_jwt");
        return Err(syntax(message, line, column));
    }
    Ok(Read { rewritten })
}

impl Read {
    /// What it depends on.
    pub(super) fn facts(&self) -> super::Facts {
        self.rewritten.facts
    }

    /// Of the context's names those that it mentions, in order.
    pub(super) fn mentioned<'a>(&self, keys: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
        let known = |key: &&str| self.rewritten.names.contains(*key) && !GIVEN.contains(key);
        let mut keys: Vec<&str> = keys.filter(known).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// The whole program, in which `keys` of the context are names.
    pub(super) fn program(&self, keys: &[&str]) -> String {
        let given = GIVEN
            .iter()
            .filter(|name| self.rewritten.names.contains(**name));
        let names: Vec<&str> = given.copied().chain(keys.iter().copied()).collect();
        let mut program = format!("def _expression({}):\n", names.join(", "));
        for line in self.rewritten.text.split('\n') {
            let _ = writeln!(program, "    {line}");
        }
        let last = if self.rewritten.yields {
            "return _yielded"
        } else {
            "pass"
        };
        let _ = writeln!(program, "    {last}\n{PRELUDE}");
        let given = GIVEN
            .iter()
            .filter(|name| self.rewritten.names.contains(**name));
        let mut values: Vec<String> = given.map(|name| (*name).to_owned()).collect();
        values.extend(keys.iter().map(|key| format!("context['{key}']")));
        let _ = writeln!(program, "_finish(_expression({}))", values.join(", "));
        program
    }
}

/// Where a byte stands: line and column from one.
fn place(source: &str, offset: usize) -> (u32, u32) {
    let before = source.get(..offset).unwrap_or(source);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before[start..].chars().count() + 1;
    let number = |count| u32::try_from(count).unwrap_or(u32::MAX);
    (number(line), number(column))
}

/// A text that is indented as a whole, as in a YAML file, loses that.
fn dedent(source: &str) -> String {
    let source = source.replace("\r\n", "\n");
    let filled = source.lines().filter(|line| !line.trim().is_empty());
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let shared = filled.map(indent).min().unwrap_or(0);
    if shared == 0 {
        return source;
    }
    let cut = |line: &str| line.get(shared..).unwrap_or("").to_owned();
    source.split('\n').map(cut).collect::<Vec<_>>().join("\n")
}

pub(super) fn syntax(message: String, line: u32, column: u32) -> Failure {
    Failure::Syntax {
        message,
        line,
        column,
    }
}
