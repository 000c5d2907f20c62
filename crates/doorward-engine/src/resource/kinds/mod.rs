//! One file for each kind or each few that belong together: their fields and what is special.

pub(crate) mod application;
pub(crate) mod blueprint;
pub(crate) mod brand;
pub(crate) mod certificate;
pub(crate) mod declared_policies;
pub(crate) mod device;
pub(crate) mod directory;
pub(crate) mod entitlement;
pub(crate) mod event_matcher;
mod event_words;
pub(crate) mod flow;
pub(crate) mod geoip_policy;
pub(crate) mod grant;
pub(crate) mod mapping;
pub(crate) mod oauth2_provider;
pub(crate) mod oauth2_registration;
pub(crate) mod outpost;
pub(crate) mod policies;
pub(crate) mod policy;
pub(crate) mod proxy_provider;
pub(crate) mod reputation;
pub(crate) mod source;
pub(crate) mod stage;
