//! The process in which expressions run: `doorward expression-worker`.
//!
//! Owns the loop that reads an order and reports. Rule: it does one thing at a time, keeps nothing
//! of a run but the compiled program, and ends with its standard input.

use std::io::{self, Read, Write};

use serde_json::Value;

use super::frame::{Order, Report, read_frame, write};
use super::limits::Watch;
use super::monty::Monty;
use super::{Call, Interpreter};

/// Deep texts and deep recursion need room; what is not used costs nothing.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// Serves until standard input ends.
///
/// # Errors
///
/// If the limits cannot be set, or the other side speaks no sense.
pub fn main() -> io::Result<()> {
    let serving = std::thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(|| {
            // A moment later no thread can be made.
            let watch = Watch::begin()?;
            serve(io::stdin().lock(), io::stdout().lock(), Some(&watch))
        })?;
    serving
        .join()
        .unwrap_or_else(|_| Err(io::Error::other("an expression broke its interpreter")))
}

/// The loop itself.
pub(super) fn serve(
    mut from: impl Read,
    mut to: impl Write,
    watch: Option<&Watch>,
) -> io::Result<()> {
    let mut interpreter = Monty::default();
    while let Some(order) = read_frame(&mut from)? {
        watch.inspect(|watch| watch.start());
        let report = match order {
            Order::Check(source) => Report::Checked(interpreter.check(&source)),
            Order::Run(job) => {
                let mut ask = |call| asked(&mut from, &mut to, call);
                Report::Done(interpreter.run(*job, &mut ask))
            }
            Order::Answer(_) => return Err(io::Error::other("an answer that nobody asked for")),
        };
        watch.inspect(|watch| watch.stop());
        write(&mut to, &report)?;
    }
    Ok(())
}

/// Asks the server and waits for its answer.
fn asked(from: &mut impl Read, to: &mut impl Write, call: Call) -> Result<Value, String> {
    let answer = write(to, &Report::Call(call)).and_then(|()| read_frame(from));
    match answer {
        Ok(Some(Order::Answer(answer))) => answer,
        Ok(_) => Err("the server did not answer".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
