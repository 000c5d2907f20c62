//! Where each kind stands in the administration: the part of the menu, and words of everyday.
//!
//! Owns the one table. Rule: every kind stands in exactly one place of it.

use super::kind::Kind;
use super::registry;

/// A part of the administration that has kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What people open.
    Applications,
    /// Who they are.
    People,
    /// How they sign in.
    SignIn,
    /// What happened.
    Events,
    /// How it looks.
    Look,
    /// What it runs on.
    System,
}

/// Kinds that belong together.
pub struct Group {
    /// Where they stand.
    pub part: Part,
    /// Their heading.
    pub heading: &'static str,
    /// What they are for, in one sentence.
    pub about: &'static str,
    /// Their models.
    pub models: &'static [&'static str],
}

/// Every group, in the order of the pages.
pub static GROUPS: &[Group] = &[
    Group {
        part: Part::Applications,
        heading: "Applications and who can open them",
        about: "What stands in people's library, and the groups, people and rules that may open it.",
        models: &[
            "authentik_core.application",
            "authentik_policies.policybinding",
            "authentik_core.applicationentitlement",
        ],
    },
    Group {
        part: Part::Applications,
        heading: "How applications sign in",
        about: "A sign-in page in front of an app, or OpenID Connect.",
        models: &[
            "authentik_providers_proxy.proxyprovider",
            "authentik_providers_oauth2.oauth2provider",
            "authentik_providers_oauth2.oauth2dynamicclientregistration",
        ],
    },
    Group {
        part: Part::Applications,
        heading: "What applications are told",
        about: "Which facts about a person an app gets.",
        models: &[
            "authentik_providers_oauth2.scopemapping",
            "authentik_providers_saml.samlpropertymapping",
            "authentik_providers_scim.scimmapping",
            "authentik_providers_rac.racpropertymapping",
            "authentik_providers_radius.radiusproviderpropertymapping",
        ],
    },
    Group {
        part: Part::Applications,
        heading: "What applications were granted",
        about: "Codes and tokens that are good now, and what people agreed to.",
        models: &[
            "authentik_providers_oauth2.authorizationcode",
            "authentik_providers_oauth2.accesstoken",
            "authentik_providers_oauth2.refreshtoken",
            "authentik_core.userconsent",
        ],
    },
    Group {
        part: Part::People,
        heading: "People and groups",
        about: "Who has an account, and what they may open together.",
        models: &[
            "authentik_core.user",
            "authentik_core.group",
            "authentik_stages_invitation.invitation",
            "authentik_rbac.role",
            "authentik_rbac.initialpermissions",
        ],
    },
    Group {
        part: Part::People,
        heading: "Where people are signed in",
        about: "Sessions that are open, and the devices that prove who somebody is.",
        models: &[
            "authentik_core.authenticatedsession",
            "authentik_stages_authenticator_webauthn.webauthndevice",
            "authentik_stages_authenticator_totp.totpdevice",
            "authentik_stages_authenticator_email.emaildevice",
            "authentik_stages_authenticator_static.staticdevice",
        ],
    },
    Group {
        part: Part::SignIn,
        heading: "Sign-in steps",
        about: "What is asked when people sign in, sign out, enroll or recover, and in which order.",
        models: &[
            "authentik_flows.flow",
            "authentik_flows.flowstagebinding",
            "authentik_stages_identification.identificationstage",
            "authentik_stages_password.passwordstage",
            "authentik_stages_authenticator_validate.authenticatorvalidatestage",
            "authentik_stages_user_login.userloginstage",
            "authentik_stages_user_logout.userlogoutstage",
            "authentik_stages_user_write.userwritestage",
            "authentik_stages_user_delete.userdeletestage",
            "authentik_stages_prompt.promptstage",
            "authentik_stages_prompt.prompt",
            "authentik_stages_email.emailstage",
            "authentik_stages_invitation.invitationstage",
            "authentik_stages_consent.consentstage",
            "authentik_stages_captcha.captchastage",
            "authentik_stages_authenticator_webauthn.authenticatorwebauthnstage",
            "authentik_stages_authenticator_webauthn.webauthndevicetype",
            "authentik_stages_authenticator_totp.authenticatortotpstage",
            "authentik_stages_authenticator_email.authenticatoremailstage",
            "authentik_stages_authenticator_static.authenticatorstaticstage",
            "authentik_stages_source.sourcestage",
            "authentik_stages_redirect.redirectstage",
            "authentik_stages_deny.denystage",
            "authentik_stages_dummy.dummystage",
        ],
    },
    Group {
        part: Part::SignIn,
        heading: "Rules",
        about: "When somebody may open something, and what a password has to be.",
        models: &[
            "authentik_policies_expression.expressionpolicy",
            "doorward_policies.groups",
            "doorward_policies.networks",
            "doorward_policies.hours",
            "doorward_policies.emaildomains",
            "authentik_policies_password.passwordpolicy",
            "authentik_policies_expiry.passwordexpirypolicy",
            "authentik_policies_unique_password.uniquepasswordpolicy",
            "authentik_policies_geoip.geoippolicy",
            "authentik_policies_reputation.reputationpolicy",
            "authentik_policies_reputation.reputation",
            "authentik_policies_event_matcher.eventmatcherpolicy",
            "authentik_policies_dummy.dummypolicy",
        ],
    },
    Group {
        part: Part::SignIn,
        heading: "Sign in with …",
        about: "Other places that know people, and what is taken over from them.",
        models: &[
            "authentik_core.source",
            "authentik_sources_kerberos.kerberossourcepropertymapping",
            "authentik_sources_ldap.ldapsourcepropertymapping",
            "authentik_sources_oauth.oauthsourcepropertymapping",
            "authentik_sources_plex.plexsourcepropertymapping",
            "authentik_sources_saml.samlsourcepropertymapping",
            "authentik_sources_scim.scimsourcepropertymapping",
            "authentik_sources_telegram.telegramsourcepropertymapping",
        ],
    },
    Group {
        part: Part::Events,
        heading: "Events",
        about: "What happened, and how it is told elsewhere.",
        models: &[
            "authentik_events.event",
            "authentik_events.notificationwebhookmapping",
        ],
    },
    Group {
        part: Part::Look,
        heading: "Look and address",
        about: "Name, logo, colors and default steps of each host.",
        models: &["authentik_brands.brand"],
    },
    Group {
        part: Part::System,
        heading: "System",
        about: "Keys, gateways, tokens for the API and files of configuration.",
        models: &[
            "authentik_crypto.certificatekeypair",
            "authentik_outposts.outpost",
            "authentik_core.token",
            "authentik_blueprints.blueprintinstance",
        ],
    },
];

impl Group {
    /// Its kinds, each once.
    pub fn kinds(&self) -> impl Iterator<Item = &'static Kind> {
        self.models.iter().filter_map(|model| super::kind(model))
    }
}

/// The group of a kind.
pub fn group_of(kind: &Kind) -> Option<&'static Group> {
    GROUPS
        .iter()
        .find(|group| group.models.contains(&kind.model))
}

/// The groups of a part.
pub fn groups_of(part: Part) -> impl Iterator<Item = &'static Group> {
    GROUPS.iter().filter(move |group| group.part == part)
}

/// Every kind once: some have two addresses in the API.
pub fn every_kind() -> Vec<&'static Kind> {
    let mut found: Vec<&'static Kind> = Vec::new();
    for kind in registry() {
        if !found.iter().any(|one| one.model == kind.model) {
            found.push(kind);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{GROUPS, every_kind};

    #[test]
    fn every_kind_stands_in_exactly_one_place() {
        for kind in every_kind() {
            let places = GROUPS.iter().flat_map(|group| group.models);
            let count = places.filter(|model| **model == kind.model).count();
            assert_eq!(count, 1, "{}", kind.model);
        }
    }
}
