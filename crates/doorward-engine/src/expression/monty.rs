//! The interpreter: Monty, one fresh heap for each run.
//!
//! Owns compiling with a small cache, and what a running program may ask: names and functions of
//! this module, the clock, calls to the server. Rule: everything else (files, the environment) is
//! refused here, beside the limits that the process has.

use std::collections::HashMap;

use monty::{FunctionCall, MontyRun, NameLookup, OsCall, RunProgress};
use monty_types::{
    CompileOptions, ExcType, ExtFunctionResult, MontyDate, MontyDateTime, MontyException,
    MontyObject, NameLookupResult, OsFunctionCall, PrintWriter, ResourceLimits, ResourceTracker,
};
use serde_json::Value;

use super::compile::{self, Read, syntax};
use super::convert::{to_json, to_monty};
use super::{Call, Facts, Failure, Interpreter, Job, Outcome, addresses};

/// So many programs are kept compiled.
const PROGRAMS_MAX: usize = 256;
/// So often one run may ask something.
const ASKED_MAX: usize = 2000;
const FUNCTIONS: &[&str] = &["_ask", "_ip_address", "_ip_network", "_slugify"];
const SCRIPT: &str = "expression";

/// Monty with what it has compiled.
#[derive(Default)]
pub(crate) struct Monty {
    programs: HashMap<(String, Vec<String>), MontyRun>,
}

type Ask<'a> = dyn FnMut(Call) -> Result<Value, String> + 'a;

impl Interpreter for Monty {
    fn check(&mut self, source: &str) -> Result<Facts, Failure> {
        let read = compile::read(source)?;
        self.program(source, &read, &[])?;
        Ok(read.facts())
    }

    fn run(&mut self, job: Job, ask: &mut Ask<'_>) -> Result<Outcome, Failure> {
        let read = compile::read(&job.source)?;
        let keys = job.input.context.iter().map(|(key, ..)| key.as_str());
        let program = self.program(&job.source, &read, &read.mentioned(keys))?;
        let now = job.input.now;
        let input = serde_json::to_value(job.input).expect("texts and numbers serialize");
        let mut run = Run { now, asked: 0, ask };
        let result =
            run.finish(program.start(vec![to_monty(&input)], tracker(), PrintWriter::Disabled));
        outcome(&result.map_err(|error| raised(&error))?)
    }
}

impl Monty {
    fn program(&mut self, source: &str, read: &Read, keys: &[&str]) -> Result<MontyRun, Failure> {
        let id = (
            source.to_owned(),
            keys.iter().map(|key| (*key).to_owned()).collect(),
        );
        if let Some(known) = self.programs.get(&id) {
            return Ok(known.clone());
        }
        let inputs = vec!["_input".to_owned()];
        let made = MontyRun::new(
            read.program(keys),
            SCRIPT,
            inputs,
            CompileOptions::default(),
        );
        let made = made.map_err(|error| refused(&error))?;
        if self.programs.len() >= PROGRAMS_MAX {
            self.programs.clear();
        }
        self.programs.insert(id, made.clone());
        Ok(made)
    }
}

fn tracker() -> ResourceTracker {
    ResourceTracker::new(ResourceLimits::default().max_recursion_depth(200))
}

struct Run<'a, 'b> {
    now: i64,
    asked: usize,
    ask: &'a mut Ask<'b>,
}

impl Run<'_, '_> {
    fn finish(
        &mut self,
        mut progress: Result<RunProgress, MontyException>,
    ) -> Result<MontyObject, MontyException> {
        loop {
            self.asked += 1;
            if self.asked > ASKED_MAX {
                return Err(error(ExcType::RuntimeError, "it asks too often"));
            }
            progress = match progress? {
                RunProgress::Complete(value) => return Ok(value),
                RunProgress::NameLookup(lookup) => name(lookup),
                RunProgress::FunctionCall(call) => self.function(call),
                RunProgress::OsCall(call) => self.system(call),
                RunProgress::ResolveFutures(_) => {
                    return Err(error(ExcType::RuntimeError, "an expression cannot wait"));
                }
            };
        }
    }

    fn function(&mut self, call: FunctionCall) -> Result<RunProgress, MontyException> {
        let answer = match (call.function_name.as_str(), call.args.as_slice()) {
            ("_ip_address", [MontyObject::String(text)]) => addresses::address(text),
            ("_ip_network", [MontyObject::String(text), MontyObject::Bool(strict)]) => {
                addresses::network(text, *strict)
            }
            ("_slugify", [MontyObject::String(text)]) => Ok(addresses::slug(text)),
            ("_ask", [MontyObject::String(name), arguments]) => {
                return self.asked(name.clone(), to_json(arguments), call);
            }
            (name, _) => Err(format!("{name} does not take these arguments")),
        };
        let answer = answer.map_err(|message| error(ExcType::ValueError, message));
        call.resume(result(answer), PrintWriter::Disabled)
    }

    fn asked(
        &mut self,
        name: String,
        arguments: Option<Value>,
        call: FunctionCall,
    ) -> Result<RunProgress, MontyException> {
        let answer = match arguments {
            Some(arguments) => (self.ask)(Call { name, arguments }),
            None => Err("the arguments are too large".to_owned()),
        };
        let answer = answer.map(|value| to_monty(&value));
        let answer = answer.map_err(|message| error(ExcType::RuntimeError, message));
        call.resume(result(answer), PrintWriter::Disabled)
    }

    /// The clock is the request's; nothing else of the system is there.
    fn system(&self, call: OsCall) -> Result<RunProgress, MontyException> {
        let now = jiff::Timestamp::from_millisecond(self.now).unwrap_or_default();
        let answer = match &call.function_call {
            OsFunctionCall::DateToday => Ok(MontyObject::Date(date(now))),
            OsFunctionCall::DateTimeNow(zone) => {
                let offset = zone.as_ref().map(|zone| zone.offset_seconds);
                Ok(MontyObject::DateTime(instant(now, offset)))
            }
            other => Err(error(
                ExcType::PermissionError,
                format!("{} is not available", other.name()),
            )),
        };
        call.resume(result(answer), PrintWriter::Disabled)
    }
}

fn name(lookup: NameLookup) -> Result<RunProgress, MontyException> {
    let found = FUNCTIONS.contains(&lookup.name.as_str());
    let found = found && lookup.object_id().is_none();
    let answer = if found {
        let name = lookup.name.clone();
        NameLookupResult::Value(MontyObject::Function {
            name,
            docstring: None,
        })
    } else {
        NameLookupResult::Undefined
    };
    lookup.resume(answer, PrintWriter::Disabled)
}

fn result(answer: Result<MontyObject, MontyException>) -> ExtFunctionResult {
    answer.map_or_else(ExtFunctionResult::Error, ExtFunctionResult::Return)
}

fn error(kind: ExcType, message: impl Into<String>) -> MontyException {
    MontyException::new(kind, Some(message.into()))
}

fn date(at: jiff::Timestamp) -> MontyDate {
    let at = jiff::tz::Offset::UTC.to_datetime(at);
    MontyDate {
        year: at.year().into(),
        month: at.month().unsigned_abs(),
        day: at.day().unsigned_abs(),
    }
}

/// In the wanted zone; without one in UTC, which is the server's.
fn instant(at: jiff::Timestamp, offset_s: Option<i32>) -> MontyDateTime {
    let shift = jiff::SignedDuration::from_secs(offset_s.unwrap_or(0).into());
    let at = at.checked_add(shift).unwrap_or(at);
    let at = jiff::tz::Offset::UTC.to_datetime(at);
    MontyDateTime {
        year: at.year().into(),
        month: at.month().unsigned_abs(),
        day: at.day().unsigned_abs(),
        hour: at.hour().unsigned_abs(),
        minute: at.minute().unsigned_abs(),
        second: at.second().unsigned_abs(),
        microsecond: u32::from(at.millisecond().unsigned_abs()) * 1000,
        offset_seconds: offset_s,
        timezone_name: None,
    }
}

/// A program that cannot be compiled though its syntax is right, at its line and column.
fn refused(error: &MontyException) -> Failure {
    let at = error.traceback().last().map(|frame| frame.start);
    let (line, column) = at.map_or((1, 1), |at| (at.line, at.column));
    let message = error.message().unwrap_or("it cannot be read").to_owned();
    syntax(
        message,
        line.saturating_sub(1).max(1),
        column.saturating_sub(4).max(1),
    )
}

/// The exception and the last line of the operator's own text that it came through.
fn raised(error: &MontyException) -> Failure {
    let own = error.traceback().iter().rev();
    let mut own = own.filter(|frame| frame.frame_name.as_deref() == Some("_expression"));
    let line = own.next().map(|frame| frame.start.line.saturating_sub(1));
    let message = error.message().unwrap_or_default();
    let message: String = format!("{}: {message}", error.exc_type())
        .chars()
        .take(500)
        .collect();
    Failure::Raised(line.map_or(message.clone(), |line| format!("{message} (line {line})")))
}

fn outcome(value: &MontyObject) -> Result<Outcome, Failure> {
    let too_large = || Failure::Raised("the answer is too large".to_owned());
    let value = to_json(value).ok_or_else(too_large)?;
    if value.to_string().len() > super::ANSWER_MAX {
        return Err(too_large());
    }
    let read = serde_json::from_value(value);
    let (result, passing, messages, logs, context) =
        read.map_err(|error| Failure::Raised(error.to_string()))?;
    Ok(Outcome {
        result,
        passing,
        messages,
        logs,
        context,
    })
}
