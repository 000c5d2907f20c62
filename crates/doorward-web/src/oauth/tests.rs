//! The provider from outside: requests of clients and browsers against the whole program in memory,
//! on every store.

mod assertion;
mod authorize;
mod code;
mod device;
mod documents;
mod inspect;
mod kit;
mod machine;
mod refresh;
