//! Real relying parties: apps with the libraries and modules that such apps use sign people in through
//! Doorward, over TLS through a real Traefik. What is looked at is what each client itself says: what
//! it has validated, what it refuses, whose session it has ended.

mod apache;
mod authlib;
mod express;
mod house;
mod journey;
mod openid_client;
mod openidconnect;
mod spa;
