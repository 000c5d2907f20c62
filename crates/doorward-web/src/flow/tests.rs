//! Journeys through both faces, in memory: the real router over a real store.

mod kit;

mod accounts;
mod address;
mod attacks;
mod journeys;
mod look;
mod mistakes;
mod pages;
mod settings;
mod throttled;
