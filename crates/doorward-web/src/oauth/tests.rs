//! The provider from outside: requests of clients and browsers against the whole program in memory,
//! on every store.

mod authorize;
mod code;
mod documents;
mod handed;
mod inspect;
mod kit;
mod refresh;
