#![no_main]

#[path = "../oauth_body.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::oauth(data));
