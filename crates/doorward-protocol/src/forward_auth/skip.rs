//! Which addresses are public.
//!
//! Owns the rules of the field `skip_path_regex`: one expression a line. Leaves the answer to the
//! engine. The rule that must stay true: nothing becomes public by accident; blank lines are
//! dropped, a line that does not compile is refused when saved, expressions hold from the start,
//! and only on a path with one reading, never on the query by chance (CVE-2025-54576).

use regex::RegexSet;
use thiserror::Error;

use super::original::{OriginalRequest, Scheme};
use super::path::normalize_path;

const MAX_RULES: usize = 200;
const MAX_PROGRAM_BYTES: usize = 1 << 20;

/// What an expression is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SkipScope {
    /// The path alone (`proxy`, `forward_single`).
    Path,
    /// Scheme, host, port and path (`forward_domain`). The query belongs to it only for an
    /// expression that names a literal question mark.
    WholeUrl,
}

/// A line that cannot be saved.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {message}")]
pub struct SkipRuleError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

/// The compiled rules of one application.
#[derive(Debug, Clone)]
pub struct SkipRules {
    scope: SkipScope,
    without_query: RegexSet,
    with_query: RegexSet,
}

impl SkipRules {
    /// No address is public.
    pub fn none(scope: SkipScope) -> Self {
        Self {
            scope,
            without_query: RegexSet::empty(),
            with_query: RegexSet::empty(),
        }
    }

    /// Compiles the field's text, or names every line that is wrong.
    pub fn parse(text: &str, scope: SkipScope) -> Result<Self, Vec<SkipRuleError>> {
        let (mut plain, mut query, mut errors) = (Vec::new(), Vec::new(), Vec::new());
        for (index, line) in text.split('\n').enumerate() {
            let rule = line.trim();
            if rule.is_empty() {
                continue;
            }
            match compile(rule) {
                Err(message) => errors.push(SkipRuleError {
                    line: index + 1,
                    message,
                }),
                Ok(rule) if scope == SkipScope::WholeUrl && names_query(&rule) => query.push(rule),
                Ok(rule) => plain.push(rule),
            }
        }
        if plain.len() + query.len() > MAX_RULES {
            let message = format!("more than {MAX_RULES} expressions");
            errors.push(SkipRuleError {
                line: MAX_RULES + 1,
                message,
            });
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self {
            scope,
            without_query: set(&plain)?,
            with_query: set(&query)?,
        })
    }

    /// Whether there is no rule at all.
    pub fn is_empty(&self) -> bool {
        self.without_query.is_empty() && self.with_query.is_empty()
    }

    /// Whether the request's address is public. An ambiguous path never is.
    pub fn matches(&self, original: &OriginalRequest<'_>) -> bool {
        if self.is_empty() {
            return false;
        }
        let Ok(path) = normalize_path(original.path_and_query) else {
            return false;
        };
        match self.scope {
            SkipScope::Path => self.without_query.is_match(&path),
            SkipScope::WholeUrl => {
                let host = &original.host;
                let default = host.port == Some(default_port(original.scheme));
                let port = host.port.filter(|_| !default);
                let port = port.map(|port| format!(":{port}")).unwrap_or_default();
                let url = format!("{}://{}{port}{path}", original.scheme.as_str(), host.name);
                let query = original.query().unwrap_or_default();
                self.without_query.is_match(&url)
                    || (!self.with_query.is_empty()
                        && self.with_query.is_match(&format!("{url}?{query}")))
            }
        }
    }
}

fn default_port(scheme: Scheme) -> u16 {
    match scheme {
        Scheme::Http => 80,
        Scheme::Https => 443,
    }
}

/// Anchors an expression at the start and tries it.
fn compile(rule: &str) -> Result<String, String> {
    let checked = |text: &str| {
        let built = regex::RegexBuilder::new(text)
            .size_limit(MAX_PROGRAM_BYTES)
            .build();
        built.map_err(|error| plain_words(&error))
    };
    // The bare text first: a stray `)` must not close the group that anchors.
    checked(rule)?;
    // A comment of the extended syntax ends with its line, and must not swallow the bracket.
    let end = if rule.contains("(?x") { "\n" } else { "" };
    let anchored = format!("^(?:{rule}{end})");
    checked(&anchored)?;
    Ok(anchored)
}

/// The compiler's last line says what is wrong; the ones before draw arrows.
fn plain_words(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default().trim();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

fn names_query(rule: &str) -> bool {
    rule.contains("\\?") || rule.contains("[?]")
}

fn set(rules: &[String]) -> Result<RegexSet, Vec<SkipRuleError>> {
    let limit = MAX_PROGRAM_BYTES * 4;
    let built = regex::RegexSetBuilder::new(rules).size_limit(limit).build();
    built.map_err(|error| {
        vec![SkipRuleError {
            line: 1,
            message: plain_words(&error),
        }]
    })
}

#[cfg(test)]
#[path = "skip_tests.rs"]
mod tests;
