//! Encoded password hashes: reading one never panics. (Checking one is slow on purpose and is left
//! to the unit tests.)
#![no_main]

use doorward_protocol::password::is_supported;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|encoded: &str| {
    let _ = is_supported(encoded);
});
