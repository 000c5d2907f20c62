//! stub

pub mod assets;
pub mod pages;
pub mod respond;
pub mod templates;
