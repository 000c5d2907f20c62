//! The fuzz targets with stable Rust: what libFuzzer found (`fuzz/seeds/`, one base64 a line) and
//! mutations of it, in every run of the tests. New finds come in with `fuzz/keep.sh`.

#[path = "../../../fuzz/bodies.rs"]
mod bodies;
#[path = "../../../fuzz/oauth_body.rs"]
mod oauth_body;
#[path = "../../../fuzz/replay.rs"]
mod replay;

use replay::holds;

#[test]
fn cookie_lines_and_sealed_values_neither_panic_nor_open() {
    holds("cookie_and_seal", bodies::cookie_and_seal);
}

#[test]
fn sub_requests_neither_panic_nor_have_two_readings() {
    holds("forward_auth", bodies::forward_auth);
}

#[test]
fn tokens_and_key_sets_neither_panic_nor_verify() {
    holds("jose", bodies::jose);
}

#[test]
fn words_of_oauth_are_read_as_they_are_printed_and_answers_go_where_was_registered() {
    holds("oauth", oauth_body::oauth);
}

#[test]
fn encoded_hashes_do_not_panic() {
    holds("password_hash", bodies::password_hash);
}

#[test]
fn approved_redirects_lie_inside() {
    holds("redirect", bodies::redirect);
}
