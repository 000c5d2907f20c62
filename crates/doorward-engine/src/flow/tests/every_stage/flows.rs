//! The flows that the machine runs, with a stage of every kind.

pub(super) const FLOWS: &str = r"
version: 1
metadata: { name: every stage }
entries:
  - { model: authentik_stages_identification.identificationstage, id: name, identifiers: { name: e-name }, attrs: { user_fields: [username] } }
  - { model: authentik_stages_password.passwordstage, id: password, identifiers: { name: e-password },
      attrs: { backends: [authentik.core.auth.InbuiltBackend] } }
  - { model: authentik_stages_user_login.userloginstage, id: login, identifiers: { name: e-login } }
  - { model: authentik_stages_user_logout.userlogoutstage, id: logout, identifiers: { name: e-logout } }
  - { model: authentik_stages_user_delete.userdeletestage, id: delete, identifiers: { name: e-delete } }
  - { model: authentik_stages_user_write.userwritestage, id: write, identifiers: { name: e-write }, attrs: { create_users_as_inactive: false } }
  - { model: authentik_stages_invitation.invitationstage, id: invited, identifiers: { name: e-invited } }
  - { model: authentik_stages_consent.consentstage, id: consent, identifiers: { name: e-consent }, attrs: { mode: always_require } }
  - { model: authentik_stages_captcha.captchastage, id: captcha, identifiers: { name: e-captcha },
      attrs: { public_key: '-', private_key: '-', js_url: built-in } }
  - { model: authentik_stages_email.emailstage, id: mail, identifiers: { name: e-mail },
      attrs: { use_global_settings: true, recovery_max_attempts: 1000000, activate_user_on_success: true } }
  - { model: authentik_stages_dummy.dummystage, id: dummy, identifiers: { name: e-dummy } }
  - { model: authentik_stages_deny.denystage, id: deny, identifiers: { name: e-deny } }
  - { model: authentik_stages_prompt.prompt, id: username, identifiers: { name: e-username }, attrs: { field_key: username, label: U, type: text } }
  - { model: authentik_stages_prompt.prompt, id: new, identifiers: { name: e-new }, attrs: { field_key: password, label: P, type: password } }
  - { model: authentik_stages_prompt.promptstage, id: who, identifiers: { name: e-who }, attrs: { fields: [!KeyOf username] } }
  - { model: authentik_stages_prompt.promptstage, id: secret, identifiers: { name: e-secret }, attrs: { fields: [!KeyOf new] } }
  - { model: authentik_flows.flow, id: sign-in, identifiers: { slug: e-sign-in }, attrs: { name: S, title: S, designation: authentication } }
  - { model: authentik_flows.flow, id: enroll, identifiers: { slug: e-enroll }, attrs: { name: E, title: E, designation: enrollment } }
  - { model: authentik_flows.flow, id: change, identifiers: { slug: e-change },
      attrs: { name: C, title: C, designation: stage_configuration, authentication: require_authenticated } }
  - { model: authentik_flows.flow, id: reset, identifiers: { slug: e-reset }, attrs: { name: R, title: R, designation: recovery } }
  - { model: authentik_flows.flow, id: leave, identifiers: { slug: e-leave }, attrs: { name: L, title: L, designation: unenrollment } }
  - { model: authentik_flows.flow, id: out, identifiers: { slug: e-out }, attrs: { name: O, title: O, designation: invalidation } }
  - { model: authentik_stages_source.sourcestage, id: source, identifiers: { name: e-source },
      attrs: { source: !Find [authentik_core.source, [managed, goauthentik.io/sources/inbuilt]] } }
  - { model: authentik_flows.flow, id: from, identifiers: { slug: e-from }, attrs: { name: F, title: F, designation: authentication } }
  - { model: authentik_flows.flow, id: shut, identifiers: { slug: e-shut }, attrs: { name: D, title: D, designation: authentication } }
  - { model: authentik_stages_redirect.redirectstage, id: on, identifiers: { name: e-on }, attrs: { mode: flow, target_flow: !KeyOf reset } }
  - { model: authentik_flows.flow, id: away, identifiers: { slug: e-away }, attrs: { name: A, title: A, designation: authentication } }
  - { model: authentik_stages_authenticator_totp.authenticatortotpstage, id: set-app, identifiers: { name: e-set-app }, attrs: { digits: '6' } }
  - { model: authentik_stages_authenticator_static.authenticatorstaticstage, id: set-codes, identifiers: { name: e-set-codes } }
  - { model: authentik_stages_authenticator_email.authenticatoremailstage, id: set-mailbox, identifiers: { name: e-set-mailbox },
      attrs: { use_global_settings: true } }
  - { model: authentik_stages_authenticator_webauthn.authenticatorwebauthnstage, id: set-passkey, identifiers: { name: e-set-passkey } }
  - { model: authentik_stages_authenticator_validate.authenticatorvalidatestage, id: second, identifiers: { name: e-second },
      attrs: { device_classes: [static, totp, webauthn, email], not_configured_action: deny } }
  - { model: authentik_stages_authenticator_validate.authenticatorvalidatestage, id: needs, identifiers: { name: e-needs },
      attrs: { device_classes: [webauthn, email], not_configured_action: configure,
               configuration_stages: [!KeyOf set-app, !KeyOf set-codes, !KeyOf set-mailbox, !KeyOf set-passkey] } }
  - { model: authentik_stages_identification.identificationstage, id: key, identifiers: { name: e-key },
      attrs: { user_fields: [username], webauthn_stage: !KeyOf second } }
  - { model: authentik_flows.flow, id: strong, identifiers: { slug: e-strong }, attrs: { name: T, title: T, designation: authentication } }
  - { model: authentik_flows.flow, id: alone, identifiers: { slug: e-alone }, attrs: { name: P, title: P, designation: authentication } }
  - { model: authentik_flows.flow, id: adds, identifiers: { slug: e-adds }, attrs: { name: N, title: N, designation: authentication } }
  - { model: authentik_flows.flow, id: joins, identifiers: { slug: e-joins }, attrs: { name: J, title: J, designation: authentication } }
  - { model: authentik_flows.flow, id: again, identifiers: { slug: e-again },
      attrs: { name: G, title: G, designation: stage_configuration, authentication: require_authenticated } }
  - { model: authentik_flows.flow, id: app, identifiers: { slug: e-app },
      attrs: { name: B, title: B, designation: stage_configuration, authentication: require_authenticated } }
  - { model: authentik_flows.flow, id: codes, identifiers: { slug: e-codes },
      attrs: { name: H, title: H, designation: stage_configuration, authentication: require_authenticated } }
  - { model: authentik_flows.flow, id: mailbox, identifiers: { slug: e-mailbox },
      attrs: { name: M, title: M, designation: stage_configuration, authentication: require_authenticated } }
  - { model: authentik_flows.flow, id: passkey, identifiers: { slug: e-passkey }, attrs: { name: K, title: K, designation: stage_configuration } }
  - { model: authentik_flows.flow, id: gone, identifiers: { slug: e-gone }, attrs: { name: Z, title: Z, designation: invalidation } }
  - { model: authentik_stages_invitation.invitation, identifiers: { name: e-invitation }, attrs: { flow: !KeyOf enroll } }
";

/// A policy takes one stage away, and no other.
pub(super) const NEVER: &str = r"
  - { model: authentik_policies_dummy.dummypolicy, id: no, identifiers: { name: e-no }, attrs: { result: false, wait_min: 0, wait_max: 1 } }
  - { model: authentik_policies.policybinding, identifiers: { target: !KeyOf never, policy: !KeyOf no, order: 0 } }
";

/// Which stages each flow has.
pub(super) const BOUND: [(&str, &[&str]); 19] = [
    (
        "e-sign-in",
        &["e-name", "e-password", "e-deny", "e-dummy", "e-login"],
    ),
    (
        "e-enroll",
        &[
            "e-captcha",
            "e-invited",
            "e-who",
            "e-consent",
            "e-write",
            "e-login",
        ],
    ),
    ("e-change", &["e-password", "e-secret", "e-write"]),
    (
        "e-reset",
        &["e-name", "e-mail", "e-secret", "e-write", "e-login"],
    ),
    ("e-leave", &["e-name", "e-password", "e-delete"]),
    ("e-out", &["e-dummy", "e-logout"]),
    ("e-from", &["e-name", "e-password", "e-source", "e-login"]),
    ("e-shut", &["e-name", "e-password", "e-deny", "e-login"]),
    ("e-away", &["e-name", "e-on"]),
    ("e-strong", &["e-key", "e-password", "e-second", "e-login"]),
    ("e-alone", &["e-second", "e-login"]),
    ("e-adds", &["e-name", "e-password", "e-needs", "e-login"]),
    (
        "e-joins",
        &["e-name", "e-password", "e-set-codes", "e-login"],
    ),
    ("e-again", &["e-second", "e-secret", "e-write"]),
    ("e-app", &["e-set-app"]),
    ("e-codes", &["e-set-codes"]),
    ("e-mailbox", &["e-set-mailbox"]),
    // Open to strangers: the stage itself turns them away.
    ("e-passkey", &["e-set-passkey"]),
    ("e-gone", &["e-logout"]),
];
