#![no_main]

#[path = "../blueprint.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::blueprint(data));
