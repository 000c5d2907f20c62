//! What kinds can do besides the seven operations.

pub mod application;
pub mod certificate;
pub mod event;
pub mod group;
pub mod outpost;
pub mod system;
pub mod token;
pub mod user;
