//! Which modules have to have run: the names of the official suite, profile by profile, written down
//! a second time so that none can go missing unseen.

use std::collections::{BTreeMap, BTreeSet};

/// A certification profile.
pub(super) struct Plan {
    /// Its name.
    pub(super) name: &'static str,
    variants: &'static [&'static str],
    modules: &'static [&'static [Module]],
}

/// A module and the variants that it is for.
type Module = (&'static str, For);

#[derive(Clone, Copy)]
enum For {
    All,
    /// `code` alone.
    CodeAlone,
    /// Those with a code.
    Code,
    /// Those with an access token, from either endpoint.
    Access,
    /// Those whose ID token comes at once.
    IdTokenAtOnce,
}

impl For {
    fn fits(self, variant: &str) -> bool {
        let has = |word: &str| variant.split(' ').any(|one| one == word);
        match self {
            Self::All => true,
            Self::CodeAlone => variant == "code",
            Self::Code => has("code"),
            Self::Access => variant != "id_token",
            Self::IdTokenAtOnce => has("id_token"),
        }
    }
}

impl Plan {
    /// Every module with the variants that it is run with.
    pub(super) fn runs(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let modules = self.modules.iter().copied().flatten();
        let run = |&(name, of): &Module| {
            let variants = self.variants.iter().copied();
            (name, variants.filter(|one| of.fits(one)).collect())
        };
        let runs = modules.map(run);
        runs.filter(|(_, variants): &(_, BTreeSet<&str>)| !variants.is_empty())
            .collect()
    }
}

use For::{Access, All, Code, CodeAlone, IdTokenAtOnce};

/// Of the Basic, Implicit and Hybrid profiles.
const FLOWS: &[Module] = &[
    ("oidcc-server", All),
    ("oidcc-response-type-missing", All),
    ("oidcc-idtoken-signature", All),
    ("oidcc-idtoken-unsigned", All),
    ("oidcc-userinfo-get", Access),
    ("oidcc-userinfo-post-header", Access),
    ("oidcc-userinfo-post-body", Access),
    (
        "oidcc-ensure-request-without-nonce-succeeds-for-code-flow",
        CodeAlone,
    ),
    ("oidcc-ensure-request-without-nonce-fails", IdTokenAtOnce),
    ("oidcc-scope-profile", All),
    ("oidcc-scope-email", All),
    ("oidcc-scope-address", All),
    ("oidcc-scope-phone", All),
    ("oidcc-scope-all", All),
    ("oidcc-alternate-happy-flow", All),
    ("oidcc-display-page", All),
    ("oidcc-display-popup", All),
    ("oidcc-prompt-login", All),
    ("oidcc-prompt-none-not-logged-in", All),
    ("oidcc-prompt-none-logged-in", All),
    ("oidcc-max-age-1", All),
    ("oidcc-max-age-10000", All),
    ("oidcc-ensure-request-with-unknown-parameter-succeeds", All),
    ("oidcc-id-token-hint", All),
    ("oidcc-login-hint", All),
    ("oidcc-ui-locales", All),
    ("oidcc-claims-locales", All),
    ("oidcc-ensure-request-with-acr-values-succeeds", All),
    ("oidcc-codereuse", Code),
    ("oidcc-codereuse-30seconds", Code),
    ("oidcc-ensure-registered-redirect-uri", All),
    ("oidcc-ensure-post-request-succeeds", All),
    ("oidcc-server-client-secret-post", Code),
    (
        "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
        All,
    ),
    (
        "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
        All,
    ),
    ("oidcc-claims-essential", Access),
    ("oidcc-ensure-request-object-with-redirect-uri", All),
    ("oidcc-refresh-token", Code),
    ("oidcc-ensure-request-with-valid-pkce-succeeds", Code),
];

const RP_INITIATED: &[Module] = &[
    (
        "oidcc-rp-initiated-logout-discovery-endpoint-verification",
        All,
    ),
    ("oidcc-rp-initiated-logout", All),
    ("oidcc-rp-initiated-logout-no-state", All),
    (
        "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
        All,
    ),
    (
        "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri",
        All,
    ),
    ("oidcc-rp-initiated-logout-modified-id-token-hint", All),
    ("oidcc-rp-initiated-logout-bad-id-token-hint", All),
    ("oidcc-rp-initiated-logout-no-id-token-hint", All),
    ("oidcc-rp-initiated-logout-no-params", All),
    ("oidcc-rp-initiated-logout-no-post-logout-redirect-uri", All),
    ("oidcc-rp-initiated-logout-only-state", All),
];

const BACK: &[Module] = &[
    (
        "oidcc-backchannel-logout-discovery-endpoint-verification",
        All,
    ),
    ("oidcc-backchannel-rp-initiated-logout", All),
];

const FRONT: &[Module] = &[
    (
        "oidcc-frontchannel-logout-discovery-endpoint-verification",
        All,
    ),
    ("oidcc-frontchannel-rp-initiated-logout", All),
];

/// Of the Dynamic profile.
const DYNAMIC: &[Module] = &[
    ("oidcc-server", All),
    ("oidcc-idtoken-rs256", All),
    ("oidcc-idtoken-unsigned", All),
    ("oidcc-userinfo-rs256", All),
    ("oidcc-ensure-redirect-uri-in-authorization-request", All),
    ("oidcc-redirect-uri-query-OK", All),
    ("oidcc-redirect-uri-query-mismatch", All),
    ("oidcc-redirect-uri-query-added", All),
    ("oidcc-redirect-uri-regfrag", All),
    ("oidcc-discovery-endpoint-verification", All),
    ("oidcc-registration-logo-uri", All),
    ("oidcc-registration-policy-uri", All),
    ("oidcc-registration-tos-uri", All),
    ("oidcc-registration-jwks-uri", All),
    ("oidcc-registration-sector-uri", All),
    ("oidcc-registration-sector-bad", All),
    ("oidcc-server-rotate-keys", All),
    ("oidcc-refresh-token-rp-key-rotation", All),
    (
        "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
        All,
    ),
    ("oidcc-request-uri-signed-rs256", All),
    ("oidcc-ensure-request-object-with-redirect-uri", All),
    ("oidcc-refresh-token", All),
    ("oidcc-ensure-client-assertion-with-iss-aud-succeeds", All),
];

const THIRD_PARTY: &[Module] = &[
    ("oidcc-3rd_party-init-login", All),
    ("oidcc-3rd_party-init-login-nohttps", All),
];

const CODE: &[&str] = &["code"];
const IMPLICIT: &[&str] = &["id_token", "id_token token"];
const HYBRID: &[&str] = &["code id_token", "code token", "code id_token token"];

/// All of them.
pub(super) static PLANS: &[Plan] = &[
    plan("oidcc-basic", CODE, &[FLOWS]),
    plan("oidcc-implicit", IMPLICIT, &[FLOWS]),
    plan("oidcc-hybrid", HYBRID, &[FLOWS]),
    plan("oidcc-formpost-basic", CODE, &[FLOWS]),
    plan("oidcc-formpost-implicit", IMPLICIT, &[FLOWS]),
    plan("oidcc-formpost-hybrid", HYBRID, &[FLOWS]),
    plan(
        "oidcc-config",
        CODE,
        &[&[("oidcc-discovery-endpoint-verification", All)]],
    ),
    plan("oidcc-dynamic", CODE, &[DYNAMIC]),
    plan("rotate-keys", CODE, &[&[("oidcc-server-rotate-keys", All)]]),
    plan("oidcc-3rdparty-init-login", CODE, &[THIRD_PARTY]),
    plan("oidcc-rp-initiated-logout", CODE, &[RP_INITIATED]),
    plan("oidcc-backchannel-rp-initiated-logout", CODE, &[BACK]),
    plan("oidcc-frontchannel-rp-initiated-logout", CODE, &[FRONT]),
];

const fn plan(
    name: &'static str,
    variants: &'static [&'static str],
    modules: &'static [&'static [Module]],
) -> Plan {
    Plan {
        name,
        variants,
        modules,
    }
}
