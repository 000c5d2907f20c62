#![no_main]

#[path = "../expression_body.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::expression(data));
