//! What the standards say: bytes to types and back.
//!
//! Owns the words of the protocols Doorward speaks and the cryptographic forms they take. Leaves
//! rows to the store, decisions to the engine, routes to the web. The rule that must stay true:
//! nothing here does I/O, reads a clock or knows a user.

pub mod certificate;
pub mod color;
pub mod cookie;
pub mod dns;
pub mod duration;
pub mod encoding;
pub mod forward_auth;
pub mod host;
pub mod jose;
pub mod language;
pub mod password;
pub mod qr;
pub mod recovery_code;
pub mod redirect;
pub mod s3;
pub mod seal;
pub mod session_cookie;
pub mod svg;
pub mod totp;
pub mod trust;
pub mod webauthn;
