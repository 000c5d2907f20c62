//! Checks one password so many times: the limit of all logins. Used by `make bench` only, which takes
//! the processor time of two such runs and divides the difference.
//!
//! ```text
//! hash_cost CHECKS
//! ```

use std::error::Error;

use doorward_protocol::password::{self, Memory, Verdict};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PASSWORD: &str = "blue-kettle-on-the-window-sill";

fn main() -> Result<(), Box<dyn Error>> {
    let checks: usize = std::env::args()
        .nth(1)
        .ok_or("usage: hash_cost CHECKS")?
        .parse()?;
    let encoded = password::hash_new(PASSWORD)?;
    let mut memory = Memory::default();
    for _ in 0..checks {
        let verdict = password::verify_in(&mut memory, PASSWORD, &encoded);
        if !matches!(
            verdict,
            Verdict::Match {
                needs_rehash: false
            }
        ) {
            return Err("a new hash does not match its own password".into());
        }
    }
    Ok(())
}
