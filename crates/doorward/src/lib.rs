//! The program around the engine: command line, configuration, telemetry, listeners, signals
//! and the wiring of the other four crates.
//!
//! It is a library only so that tests may start the whole program in memory; nothing here is
//! meant for other programs. The rule that must stay true: no decision about a user, a session
//! or a protocol is taken in this crate.

pub mod cli;
pub mod config;
pub mod health;
pub mod serve;
pub mod telemetry;
pub mod wire;
