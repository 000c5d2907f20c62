#![no_main]

#[path = "../oauth_requests_body.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::oauth_requests(data));
