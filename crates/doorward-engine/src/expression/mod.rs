//! Operators' own snippets of Python: what they find, what they may cost, what they are told.
//!
//! Owns the way from a text to an answer. The interpreter runs in a process of its own ([`worker`])
//! behind [`Interpreter`], so that no text that anybody writes can stop, slow or read the server:
//! [`pool`] starts it, asks it, and kills it when it is late. What an expression asks of the server
//! comes back as a [`Call`] and is answered by whoever runs it. Rule: an expression sees what
//! [`Input`] holds and nothing else, no secret is ever in there, and what ends in any other way than
//! with an answer is a [`Failure`].

mod addresses;
mod compile;
mod convert;
mod facts;
mod frame;
mod imports;
mod limits;
mod monty;
mod pool;
mod rewrite;
pub mod worker;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(crate) use addresses::slugified;
pub use facts::Facts;
pub use pool::{Answer, Answering, Launch, Pool};

/// The longest text, in bytes.
pub const SOURCE_MAX: usize = 64 * 1024;
/// The longest answer, in bytes.
pub(crate) const ANSWER_MAX: usize = 256 * 1024;

/// One evaluation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    /// The text.
    pub source: String,
    /// What it finds.
    pub input: Input,
}

/// What an expression finds around it, in the words of `prelude/`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Input {
    /// Unix milliseconds.
    pub now: i64,
    /// Who asks, as `User` reads it.
    pub user: Value,
    /// The request's context: name, how to read it, value.
    pub context: Vec<(String, Kind, Value)>,
    /// The client's address.
    pub client_ip: String,
    /// The request, as `HttpRequest` reads it.
    pub http_request: Value,
    /// The public address without a slash at the end.
    pub base_url: String,
    /// The running flow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow_plan: Option<Value>,
}

/// How a value of the context is read. A plain value never becomes a person, whatever it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// As it is.
    Json,
    /// A person.
    User,
    /// A group.
    Group,
    /// Several groups.
    Groups,
    /// An application.
    Application,
    /// A provider, with its application.
    Provider,
    /// Anything with attributes: a source, an event.
    Thing,
}

/// What an expression asks of the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// A name that `policy/expression.rs` answers: `user_by`, `send_email`.
    pub name: String,
    /// Its arguments.
    pub arguments: Value,
}

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// What it returned.
    pub result: Value,
    /// Whether that counts as yes.
    pub passing: bool,
    /// What `ak_message` said.
    pub messages: Vec<String>,
    /// What `ak_logger` said: level and text.
    pub logs: Vec<(String, String)>,
    /// The plain values of the context as it left them.
    pub context: Map<String, Value>,
}

/// Why there is no outcome.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Failure {
    /// The text is none: what, line and column from one.
    #[error("Expression Syntax Error: {message} (line {line}, column {column})")]
    Syntax {
        /// What is wrong.
        message: String,
        /// From one.
        line: u32,
        /// From one.
        column: u32,
    },
    /// It raised: the exception, with its line.
    #[error("{0}")]
    Raised(String),
    /// It cost more than it may, and was ended.
    #[error("the expression took too long or needed too much memory, and was ended")]
    Stopped,
    /// It asked more often than it may, and was ended.
    #[error("an expression asks the server at most {0} times, and was ended")]
    Insistent(usize),
    /// Too many are waiting.
    #[error("too many expressions are being evaluated")]
    Busy,
    /// There is no worker.
    #[error("expressions cannot be evaluated: {0}")]
    Unavailable(String),
}

/// Reads a text in this very process: for fuzzing, where a crash is what is looked for.
///
/// # Errors
///
/// [`Failure::Syntax`].
pub fn read_here(source: &str) -> Result<Facts, Failure> {
    monty::Monty::default().check(source)
}

/// A language that expressions are written in.
pub(crate) trait Interpreter {
    /// Reads a text without running it.
    fn check(&mut self, source: &str) -> Result<Facts, Failure>;

    /// Runs it; `ask` answers its calls.
    fn run(
        &mut self,
        job: Job,
        ask: &mut dyn FnMut(Call) -> Result<Value, String>,
    ) -> Result<Outcome, Failure>;
}
