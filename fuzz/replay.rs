//! Replays the seeds of a fuzz target, and mutations of them, with stable Rust.

use std::path::Path;

use doorward_protocol::encoding::from_base64;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
    let file = folder.join(format!("{target}.txt"));
    let text = std::fs::read_to_string(file).expect("the target's seeds");
    let lines = text.lines();
    let seeds: Vec<_> = lines
        .map(|line| from_base64(line).expect("base64"))
        .collect();
    assert!(seeds.len() >= 4, "{target} has seeds");
    seeds
}

/// Two seeds cut and joined, with some bytes replaced.
fn mutation(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let one = prop::sample::select(seeds);
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    let cuts = any::<(prop::sample::Index, prop::sample::Index)>();
    (one.clone(), one, cuts, changes).prop_map(|(head, tail, (end, start), changes)| {
        let mut bytes = head[..end.index(head.len() + 1)].to_vec();
        bytes.extend_from_slice(&tail[start.index(tail.len() + 1)..]);
        for (at, byte) in changes {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
        }
        bytes
    })
}

/// Tries a body on every seed of its target, and on mutations of them.
#[track_caller]
pub(crate) fn holds(target: &str, body: fn(&[u8])) {
    let seeds = seeds(target);
    for seed in &seeds {
        body(seed);
    }
    let mut runner = TestRunner::new(Config::with_cases(2000));
    let held = runner.run(&mutation(seeds), |bytes| {
        body(&bytes);
        Ok(())
    });
    held.expect("the body holds");
}
