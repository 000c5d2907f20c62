//! Cookie lines, session cookies and sealed values: nothing panics, and nothing opens that was not
//! sealed.
#![no_main]

use doorward_protocol::seal::{Keys, Purpose, RingKey};
use doorward_protocol::{cookie, session_cookie};
use http::{HeaderMap, HeaderValue, header::COOKIE};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let key = RingKey::new("k1", [7; 32]).expect("a kid");
    let keys = Keys::new(vec![key], "k1").expect("a ring");
    if let Ok(text) = std::str::from_utf8(data) {
        assert!(keys.open(Purpose::OutpostStart, b"", text).is_err());
        assert!(session_cookie::verify(&keys, text).is_err());
    }
    if let Ok(line) = HeaderValue::from_bytes(data) {
        let headers = HeaderMap::from_iter([(COOKIE, line)]);
        let _ = cookie::without(&headers, |name| name.starts_with("authentik_"));
        assert!(cookie::pairs(&headers).all(|(name, _)| !name.is_empty()));
    }
});
