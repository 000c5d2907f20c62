//! What kinds can do besides the seven operations.

pub mod application;
pub mod authenticator;
pub mod blueprint;
pub mod brand;
pub mod certificate;
pub mod event;
pub mod flow;
pub mod group;
pub mod invitation;
pub mod mapping;
pub mod media;
pub mod new_application;
pub mod oauth2;
pub mod openers;
pub mod outpost;
pub mod password;
pub mod policy;
pub mod rotation;
pub mod service_account;
pub mod settings;
pub mod system;
pub mod token;
pub mod user;
