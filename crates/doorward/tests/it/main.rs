//! End-to-end tests: the real program, both stores, real proxies, a real browser. Run by
//! `scripts/with-postgres.sh cargo test -p doorward --test it`; needs `scripts/install.sh test`.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test ends by panicking and tells why"
)]

mod advisories;
mod at_the_app;
mod bad_input;
mod before_opening;
mod chromium;
mod commands;
mod configuration;
mod conformance;
mod contract;
mod devices;
mod domain;
mod expressions;
mod forward_auth;
mod health;
mod journeys;
mod kit;
mod mail;
mod make_run;
mod media;
mod metrics;
mod oauth;
mod outage;
mod pages;
mod places;
mod policies;
mod proxy_mode;
mod recovery;
mod relying_parties;
mod revocation;
mod setup;
mod sign_in;
mod snippets;
mod spoof;
