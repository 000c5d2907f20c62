//! What the fuzz target of OAuth's words does with its bytes; see `bodies.rs`.

use doorward_protocol::oauth::{
    Challenge, Parameters, Presented, ResponseMode, ResponseType, Scopes, delivery_address,
};
use doorward_protocol::redirect::registered::{RedirectUse, RegisteredUri, approve};
use url::Url;

/// Five lines: parameters, an `Authorization`, an address or (after `~`) an expression as an operator
/// registers it, the address that a request names, and a verifier. Nothing panics, what is printed is
/// read as the same, and an address that is approved is the one that was registered.
pub(crate) fn oauth(data: &[u8]) {
    let mut lines = data.splitn(5, |byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let (parameters, authorization, registered, named, verifier) =
        (line(), line(), line(), line(), line());
    let parameters = read(parameters);
    words(&parameters);
    client(std::str::from_utf8(authorization).ok(), &parameters);
    challenge(&parameters, &String::from_utf8_lossy(verifier));
    if let (Ok(registered), Ok(named)) =
        (std::str::from_utf8(registered), std::str::from_utf8(named))
    {
        address(registered, named);
        address(named, registered);
        address(named, named);
    }
}

/// Each name once, but for those that may be repeated; printed and read again it is the same.
fn read(bytes: &[u8]) -> Parameters {
    let Ok(read) = Parameters::read(bytes) else {
        return Parameters::default();
    };
    let again = Parameters::read(read.encoded().as_bytes());
    assert!(again.is_ok_and(|again| again == read), "not the same again");
    for name in ["client_id", "redirect_uri", "scope", "code", "grant_type"] {
        assert!(read.all(name).count() <= 1, "{name} stands twice");
    }
    for name in ["client_id", "resource", "audience", "claims"] {
        assert!(read.all(name).all(|value| !value.is_empty()));
        assert_eq!(read.clone().without(name).get(name), None);
    }
    read
}

fn words(parameters: &Parameters) {
    if let Ok(scopes) = Scopes::parse(parameters.get("scope").unwrap_or_default()) {
        let printed = scopes.to_string();
        assert_eq!(Scopes::parse(&printed).as_ref(), Ok(&scopes));
        assert!(printed.bytes().all(|byte| (0x20..0x7f).contains(&byte)));
        assert!(scopes.iter().count() <= 100 && scopes.is_within(&scopes));
    }
    if let Some(kind) = parameters
        .get("response_type")
        .and_then(ResponseType::parse)
    {
        assert_eq!(ResponseType::parse(kind.word()), Some(kind));
        assert!(kind.has_code() || kind.has_id_token() || kind.has_token());
    }
    if let Some(mode) = parameters
        .get("response_mode")
        .and_then(ResponseMode::parse)
    {
        assert_eq!(parameters.get("response_mode"), Some(mode.word()));
    }
}

/// Whoever presents anything is named, and nobody proves a secret that is not theirs.
fn client(authorization: Option<&str>, parameters: &Parameters) {
    for header in [None, authorization] {
        let Ok(presented) = Presented::read(header, parameters) else {
            continue;
        };
        assert_eq!(presented.is_in_header(), header.is_some());
        assert!(!presented.has_secret(""), "an empty secret proves nothing");
        assert!(!presented.has_secret("a secret that stands in no seed"));
        if let Presented::Post { secret, .. } = &presented {
            assert_eq!(parameters.get("client_secret"), Some(&**secret));
            assert!(presented.has_secret(secret));
        }
    }
}

fn challenge(parameters: &Parameters, verifier: &str) {
    let text = parameters.get("code_challenge");
    let method = parameters.get("code_challenge_method");
    for plain_allowed in [false, true] {
        let Ok(Some(challenge)) = Challenge::read(text, method, plain_allowed) else {
            continue;
        };
        assert!(plain_allowed || challenge.method() == "S256");
        if challenge.is_met_by(verifier) {
            assert!((43..=128).contains(&verifier.len()));
            assert!(challenge.method() == "S256" || Some(verifier) == text);
        }
    }
}

fn address(registered: &str, named: &str) {
    let purpose = RedirectUse::Authorization;
    let rule = match registered.strip_prefix('~') {
        Some(expression) => RegisteredUri::expression(expression, purpose),
        None => RegisteredUri::exact(registered, purpose),
    };
    let Ok(rule) = rule else { return };
    let rules = [rule];
    assert!(approve(named, &rules, RedirectUse::Logout).is_err());
    let Ok(approved) = approve(named, &rules, purpose) else {
        return;
    };
    assert_eq!(approved, named, "it is gone to as it is");
    let known = rules[0].address();
    assert!(known.is_none_or(|known| known == named || is_loopback(known, named)));
    answered(approved);
}

/// The same but for the port, on this very machine.
fn is_loopback(known: &str, named: &str) -> bool {
    let without_port = |text: &str| {
        let mut url = Url::parse(text).ok()?;
        let is_here = matches!(url.host_str(), Some("127.0.0.1" | "[::1]"));
        url.set_port(None).ok()?;
        (is_here && url.scheme() == "http").then(|| url.to_string())
    };
    without_port(known).is_some() && without_port(known) == without_port(named)
}

/// Wherever the answer goes, it goes to the approved host and path, and says each of its words once.
fn answered(approved: &str) {
    let to = Url::parse(approved).expect("approved means well-formed");
    assert!(!matches!(to.scheme(), "javascript" | "data" | "vbscript"));
    assert!(to.username().is_empty() && to.fragment().is_none());
    let answer = [("code", "a&b=c".to_owned()), ("state", "#?".to_owned())];
    for mode in ResponseMode::ALL {
        let delivered = delivery_address(approved, mode, &answer);
        assert!(delivered.starts_with(approved));
        let url = Url::parse(&delivered).expect("an address with an answer is one");
        assert_eq!((url.scheme(), url.host()), (to.scheme(), to.host()));
        assert_eq!((url.port(), url.path()), (to.port(), to.path()));
        if mode == ResponseMode::Query {
            let said = |name: &str| url.query_pairs().filter(|(one, _)| one == name).count();
            assert_eq!((said("code"), said("state")), (1, 1));
        }
    }
}
