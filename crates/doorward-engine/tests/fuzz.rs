//! The fuzz target of blueprints with stable Rust, in every run of the tests.

#[path = "../../../fuzz/blueprint.rs"]
mod body;
#[path = "../../../fuzz/replay.rs"]
mod replay;

#[test]
fn blueprints_neither_panic_nor_leave_their_bounds() {
    replay::holds("blueprint", body::blueprint);
}
