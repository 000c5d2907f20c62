//! The fuzz target with stable Rust: its seeds, and mutations of them.

#[path = "../../../../../fuzz/expression_body.rs"]
mod body;

use doorward_protocol::encoding::from_base64;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

#[test]
fn texts_of_any_kind_are_read_or_refused() {
    let lines = include_str!("../../../../../fuzz/seeds/expression.txt").lines();
    let seeds: Vec<Vec<u8>> = lines.map(|line| from_base64(line).unwrap()).collect();
    assert!(seeds.len() >= 16);
    for seed in &seeds {
        body::expression(seed);
    }
    let one = prop::sample::select(seeds);
    let cuts = any::<(prop::sample::Index, prop::sample::Index)>();
    let mixed =
        (one.clone(), one, cuts, any::<u8>()).prop_map(|(head, tail, (end, start), byte)| {
            let mut bytes = head[..end.index(head.len() + 1)].to_vec();
            bytes.push(byte % 128);
            bytes.extend_from_slice(&tail[start.index(tail.len() + 1)..]);
            bytes
        });
    let held = TestRunner::new(Config::with_cases(300)).run(&mixed, |bytes| {
        body::expression(&bytes);
        Ok(())
    });
    held.unwrap();
}
