//! The entry point: reads the command line, runs it, prints what went wrong and how to fix it.
//!
//! Everything else is in the library part of this crate.

use std::process::ExitCode;

/// Smaller and steadier than the system's allocator under many short requests.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    doorward::cli::main(std::env::args_os())
}
