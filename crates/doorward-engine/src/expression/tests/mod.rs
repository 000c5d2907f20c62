//! Expressions: what they mean, what they cost, what they cannot do.

mod corpus;
mod fuzz;
mod kit;
mod names;
mod pool;
mod reading;
