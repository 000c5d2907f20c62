//! Doorward broken on purpose, one fault at a time (`engine/broken.rs`): the module that is there for
//! it turns red, with the assertion that says what is wrong.

use doorward_engine::broken::{Mutant, VARIABLE};
use serde_json::json;

use super::{doorward, suite};
use crate::kit::Engine;

/// A fault, the plan and module that see it, and by which assertion.
type Seen = (Mutant, &'static str, &'static str, &'static str);

const BASIC: &str = "oidcc-basic";
const IMPLICIT: &str = "oidcc-implicit";
const HYBRID: &str = "oidcc-hybrid";
const DYNAMIC: &str = "oidcc-dynamic";
const FORM: &str = "oidcc-formpost-basic";
const ROTATION: &str = "rotate-keys";
const CONFIG: &str = "oidcc-config";
const LEAVING: &str = "oidcc-rp-initiated-logout";
const BACK: &str = "oidcc-backchannel-rp-initiated-logout";
const FRONT: &str = "oidcc-frontchannel-rp-initiated-logout";

/// At the authorization endpoint, in the documents, at sign-outs.
const OF_PAGES: &[Seen] = &[
    (
        Mutant::RedirectUnregistered,
        BASIC,
        "oidcc-ensure-registered-redirect-uri",
        "unregistered-redirect-refused",
    ),
    (
        Mutant::NonceOptional,
        IMPLICIT,
        "oidcc-ensure-request-without-nonce-fails",
        "error-as-expected",
    ),
    (Mutant::StateDropped, BASIC, "oidcc-server", "state-echoed"),
    (
        Mutant::StateDroppedInRefusals,
        BASIC,
        "oidcc-prompt-none-not-logged-in",
        "state-echoed",
    ),
    (
        Mutant::AuthTimeStays,
        BASIC,
        "oidcc-prompt-login",
        "auth-time-later",
    ),
    (
        Mutant::PromptLoginIgnored,
        BASIC,
        "oidcc-prompt-login",
        "login-is-shown",
    ),
    (
        Mutant::PromptNoneAsks,
        BASIC,
        "oidcc-prompt-none-not-logged-in",
        "nobody-is-asked",
    ),
    (
        Mutant::MaxAgeIgnored,
        BASIC,
        "oidcc-max-age-1",
        "login-is-shown",
    ),
    (
        Mutant::LogoutHintUnverified,
        LEAVING,
        "oidcc-rp-initiated-logout-modified-id-token-hint",
        "not-sent-on",
    ),
    (
        Mutant::LogoutRedirectUnregistered,
        LEAVING,
        "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
        "not-sent-on",
    ),
    (
        Mutant::LogoutKeepsSession,
        LEAVING,
        "oidcc-rp-initiated-logout",
        "signed-out",
    ),
    (
        Mutant::FrameTellsMore,
        FRONT,
        "oidcc-frontchannel-rp-initiated-logout",
        "frontchannel-only-iss-and-sid",
    ),
    (
        Mutant::QueryForFragment,
        IMPLICIT,
        "oidcc-server",
        "answer-in-right-place",
    ),
    (
        Mutant::QueryForForm,
        FORM,
        "oidcc-server",
        "answer-in-right-place",
    ),
    (
        Mutant::RequestObjectIgnored,
        BASIC,
        "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
        "id-token-nonce",
    ),
    (
        Mutant::Rs256Unsaid,
        CONFIG,
        "oidcc-discovery-endpoint-verification",
        "rs256-offered",
    ),
];

/// Of codes, tokens and what they say.
const OF_TOKENS: &[Seen] = &[
    (
        Mutant::CodeTwice,
        BASIC,
        "oidcc-codereuse",
        "second-use-refused",
    ),
    (
        Mutant::ReuseForgiven,
        BASIC,
        "oidcc-codereuse-30seconds",
        "first-access-token-is-dead",
    ),
    (
        Mutant::VerifierUnchecked,
        BASIC,
        "oidcc-ensure-request-with-valid-pkce-succeeds",
        "wrong-verifier-refused",
    ),
    (
        Mutant::VerifierOptional,
        BASIC,
        "oidcc-ensure-request-with-valid-pkce-succeeds",
        "missing-verifier-refused",
    ),
    (
        Mutant::NonceDropped,
        BASIC,
        "oidcc-server",
        "id-token-nonce",
    ),
    (
        Mutant::AtHashWrong,
        IMPLICIT,
        "oidcc-server",
        "id-token-at-hash",
    ),
    (
        Mutant::CHashMissing,
        HYBRID,
        "oidcc-server",
        "id-token-c-hash",
    ),
    (Mutant::IssuerWrong, BASIC, "oidcc-server", "id-token-iss"),
    (Mutant::AudienceWrong, BASIC, "oidcc-server", "id-token-aud"),
    (
        Mutant::LogoutTokenWithNonce,
        BACK,
        "oidcc-backchannel-rp-initiated-logout",
        "logout-token-without-nonce",
    ),
    (
        Mutant::LogoutEventWrong,
        BACK,
        "oidcc-backchannel-rp-initiated-logout",
        "logout-token-events",
    ),
    (
        Mutant::LogoutTokenWithoutSid,
        BACK,
        "oidcc-backchannel-rp-initiated-logout",
        "logout-token-sid",
    ),
    (
        Mutant::RefreshOfOthers,
        BASIC,
        "oidcc-refresh-token",
        "refresh-token-of-another-client-refused",
    ),
    (
        Mutant::KidMissing,
        BASIC,
        "oidcc-idtoken-signature",
        "id-token-has-kid",
    ),
    (
        Mutant::CacheAllowed,
        BASIC,
        "oidcc-server",
        "token-not-stored",
    ),
    (
        Mutant::ClaimsUnasked,
        BASIC,
        "oidcc-server",
        "userinfo-without-unasked-claims",
    ),
    (
        Mutant::ClaimsInIdToken,
        BASIC,
        "oidcc-scope-profile",
        "claims-of-scope-not-in-id-token",
    ),
    (
        Mutant::UserinfoSubWrong,
        BASIC,
        "oidcc-userinfo-get",
        "userinfo-sub",
    ),
    (
        Mutant::RetiredKeyDropped,
        ROTATION,
        "oidcc-server-rotate-keys",
        "old-keys-are-still-published",
    ),
];

/// Of clients that register themselves.
const OF_REGISTRATIONS: &[Seen] = &[
    (
        Mutant::SectorUnread,
        DYNAMIC,
        "oidcc-registration-sector-bad",
        "registration-refused",
    ),
    (
        Mutant::PairwiseIgnored,
        DYNAMIC,
        "oidcc-registration-sector-uri",
        "pairwise-sub-is-its-own",
    ),
    (
        Mutant::UserinfoUnsigned,
        DYNAMIC,
        "oidcc-userinfo-rs256",
        "userinfo-is-jwt",
    ),
    (
        Mutant::LogoHidden,
        DYNAMIC,
        "oidcc-registration-logo-uri",
        "logo-uri-is-shown",
    ),
    (
        Mutant::PolicyHidden,
        DYNAMIC,
        "oidcc-registration-policy-uri",
        "policy-uri-is-shown",
    ),
    (
        Mutant::TermsHidden,
        DYNAMIC,
        "oidcc-registration-tos-uri",
        "tos-uri-is-shown",
    ),
    (
        Mutant::RegistrationStays,
        DYNAMIC,
        "oidcc-server",
        "unregistered-client-refused",
    ),
    (
        Mutant::RegistrationOpen,
        DYNAMIC,
        "oidcc-server",
        "registration-of-others-refused",
    ),
    (
        Mutant::JwksUriIgnored,
        DYNAMIC,
        "oidcc-registration-jwks-uri",
        "token-status-200",
    ),
];

/// Breaks one server in each of these ways, one after the other.
fn assert_seen(mutants: &[Seen]) {
    let (mut kit, told) = doorward(Engine::Sqlite);
    for &(mutant, plan, module, assertion) in mutants {
        let name = serde_json::to_value(mutant).expect("a name");
        kit.restart_with(VARIABLE, name.as_str().expect("a text"));
        let mut told = told.clone();
        told["only"] = json!([format!("^{plan}/{module}$")]);
        let report = suite(told);
        assert!(!report.results.is_empty(), "there is no {plan}/{module}");
        let found = report.results.iter().flat_map(|one| &one.findings);
        let found: Vec<_> = found.map(|one| &*one.assertion).collect();
        assert!(
            found.contains(&assertion),
            "{mutant:?} is not seen by {assertion}: {found:?}"
        );
    }
}

#[test]
fn every_fault_of_the_pages_turns_its_module_red() {
    assert_seen(OF_PAGES);
}

#[test]
fn every_fault_of_the_tokens_turns_its_module_red() {
    assert_seen(OF_TOKENS);
}

#[test]
fn every_fault_of_registrations_turns_its_module_red() {
    assert_seen(OF_REGISTRATIONS);
}

#[test]
fn there_is_a_module_for_every_fault() {
    let mut all: Vec<_> = [OF_PAGES, OF_TOKENS, OF_REGISTRATIONS]
        .concat()
        .iter()
        .map(|seen| seen.0 as usize)
        .collect();
    all.sort_unstable();
    let every: Vec<_> = (0..=Mutant::LAST as usize).collect();
    assert_eq!(all, every);
}
