//! Sub-requests of reverse proxies, one header a line: nothing panics, and a public path has one
//! reading.
#![no_main]

use doorward_protocol::forward_auth::{
    InBand, OriginalRequest, Proxy, SkipRules, SkipScope, normalize_path, start_target,
};
use doorward_protocol::trust::TrustedProxies;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut lines = data.split(|byte| *byte == b'\n');
    let uri = lines
        .next()
        .and_then(|line| Uri::try_from(line).ok())
        .unwrap_or_default();
    let mut headers = HeaderMap::new();
    for line in lines.take(64) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
        {
            headers.append(name, value);
        }
    }
    let rules = SkipRules::parse("/public.*", SkipScope::Path).expect("a valid rule");
    for proxy in [Proxy::Traefik, Proxy::Caddy, Proxy::Nginx, Proxy::NginxPage, Proxy::Envoy] {
        let Ok(original) = OriginalRequest::read(proxy, &Method::GET, &uri, &headers) else {
            continue;
        };
        let _ = (original.url(), InBand::recognize(original.path_and_query));
        let _ = original.query().and_then(start_target);
        if rules.matches(&original) {
            let plain = normalize_path(original.path_and_query).expect("public means one reading");
            assert!(plain.starts_with("/public") && !plain.contains(".."));
        }
    }
    let _ = TrustedProxies::default().client_address([127, 0, 0, 1].into(), &headers);
});
