//! Journeys through both faces, in memory: the real router over a real store.

mod kit;

mod accounts;
mod address;
mod attacks;
mod inspector;
mod journeys;
mod look;
mod mistakes;
mod own_account;
mod own_things;
mod pages;
mod redirects;
mod second_factor;
mod settings;
mod throttled;
