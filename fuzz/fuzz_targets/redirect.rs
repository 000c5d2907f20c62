//! Redirect targets: whatever is approved is https, lies inside, and is no path of the outpost.
#![no_main]

use doorward_protocol::host::is_under;
use doorward_protocol::redirect::{Allowed, approve};
use libfuzzer_sys::fuzz_target;
use url::Url;

fuzz_target!(|candidate: &str| {
    let url = |text| Url::parse(text).expect("an address");
    let domain = Allowed::Domain {
        external: url("https://auth.example.com"),
        cookie_domain: "example.com".to_owned(),
    };
    let single = Allowed::Single {
        external: url("https://app.example.com:8443"),
    };
    let own = Allowed::SameOrigin {
        base: url("https://auth.example.com"),
    };
    if let Ok(approved) = approve(candidate, &domain) {
        assert_eq!(approved.scheme(), "https");
        assert!(is_under(
            approved.host_str().expect("a host"),
            "example.com"
        ));
        assert!(!approved.path().starts_with("/outpost.goauthentik.io"));
        assert!(approved.username().is_empty() && approved.password().is_none());
    }
    if let Ok(approved) = approve(candidate, &single) {
        assert_eq!(
            approved.origin(),
            url("https://app.example.com:8443").origin()
        );
    }
    if let Ok(approved) = approve(candidate, &own) {
        assert_eq!(approved.origin(), url("https://auth.example.com").origin());
        assert!(!approved.path().starts_with("//"));
    }
});
