//! The provider from outside: requests of clients and browsers against the whole program in memory,
//! on every store.

mod api;
mod assertion;
mod at_once;
mod authorize;
mod bound_key;
mod bounds;
mod catalogue;
mod code;
mod consent;
mod device;
mod device_page;
mod documents;
mod dpop;
mod ends;
mod entitlements;
mod exchange;
mod github;
mod handed;
mod inspect;
mod kit;
mod leaving;
mod logout;
mod machine;
mod matrix;
mod mismatch;
mod par;
mod pem_keys;
mod recipes;
mod refresh;
mod register;
mod rotation;
mod subjects;
mod webfinger;
mod why;
mod wished;
