//! The fields of the stages around devices: those that set one up, one that asks for one, and the
//! models of passkeys that lists of allowed ones choose from.

use serde_json::{Map, Value, json};

use super::{FLOW, email};
use crate::mail::server::EMAIL_CODE_STAGE;
use crate::resource::field::{Default, Field, FieldType, Target};
use crate::resource::kind::{Filter, Holds, Kind, Op, Verbs};
use crate::resource::validate::Draft;
use crate::resource::{Family, World};
use crate::snapshot::Object;

const REQUIREMENTS: &[&str] = &["required", "preferred", "discouraged"];
const HINTS: &[&str] = &["security-key", "client-device", "hybrid"];
const CLASSES: &[&str] = &["static", "totp", "webauthn", "duo", "sms", "email"];
/// The classes that Doorward has.
const KNOWN_CLASSES: &[&str] = &["static", "totp", "webauthn", "email"];
const DEVICE_TYPE: &str = "authentik_stages_authenticator_webauthn.webauthndevicetype";

const NAME: Field = Field::name().unique();
const CONFIGURE_FLOW: Field = Field::optional(
    "configure_flow",
    "Flow in which people set it up themselves",
    FLOW,
);
const FRIENDLY_NAME: Field = Field::text("friendly_name", "Name that people see");

const fn requirement(key: &'static str, label: &'static str) -> Field {
    Field::choice(
        key,
        label,
        REQUIREMENTS,
        "UserVerificationEnum",
        "preferred",
    )
}

const fn hints(key: &'static str) -> Field {
    let holds = FieldType::Choices(HINTS, "WebAuthnHintEnum");
    Field::new(key, "What browsers offer first", holds).default(Default::Words(&[]))
}

const fn device_types(key: &'static str) -> Field {
    Field::many(key, "Models that are allowed", Target::Kind(DEVICE_TYPE))
        .help("None named: all. Models are what authenticators say of themselves.")
}

const fn factor(key: &'static str, label: &'static str) -> Field {
    Field::new(key, label, FieldType::Number).default(Default::Integer(1))
}

const fn letters(key: &'static str, label: &'static str, default: i64) -> Field {
    let holds = FieldType::Integer { min: 0, max: 100 };
    Field::new(key, label, holds).default(Default::Integer(default))
}

/// `authentik_stages_authenticator_static.authenticatorstaticstage`
pub(super) static STATIC: Kind = Kind {
    model: "authentik_stages_authenticator_static.authenticatorstaticstage",
    path: "stages/authenticator/static",
    schema: "AuthenticatorStaticStage",
    verbose: "Static Authenticator Setup Stage",
    plural: "Static Authenticator Setup Stages",
    description: "Gives the person a list of recovery codes.",
    component: "ak-stage-authenticator-static-form",
    fields: &[
        NAME,
        CONFIGURE_FLOW,
        FRIENDLY_NAME,
        Field::count("token_count", "How many codes", 6),
        letters("token_length", "Letters of a code", 12),
    ],
    filters: &[
        Filter::exact("configure_flow"),
        Filter::exact("friendly_name"),
        Filter::exact("name"),
        Filter::new("stage_uuid", "pk", Op::Exact),
        Filter::exact("token_count"),
        Filter::exact("token_length"),
    ],
    check: check_static,
    ..Kind::STAGE
};

/// Codes that can be guessed, or a list that nobody could print, are refused, not shortened.
fn check_static(draft: &mut Draft<'_>) {
    let number = |key: &str| draft.values.get(key).and_then(Value::as_i64);
    let (count, length) = (number("token_count"), number("token_length"));
    if count.is_some_and(|count| !(1..=50).contains(&count)) {
        let message = "A list has at least 1 and at most 50 codes.";
        draft.errors.add("token_count", message);
    }
    if length.is_some_and(|length| length < 8) {
        let message = "A code has at least 8 letters, so that nobody guesses it.";
        draft.errors.add("token_length", message);
    }
}

/// `authentik_stages_authenticator_email.authenticatoremailstage`
pub(super) static EMAIL: Kind = Kind {
    model: EMAIL_CODE_STAGE,
    path: "stages/authenticator/email",
    schema: "AuthenticatorEmailStage",
    verbose: "Email Authenticator Setup Stage",
    plural: "Email Authenticator Setup Stages",
    description: "Sets codes by mail up.",
    component: "ak-stage-authenticator-email-form",
    fields: &[
        NAME,
        CONFIGURE_FLOW,
        FRIENDLY_NAME,
        email::GLOBAL,
        email::HOST,
        email::PORT,
        email::USERNAME,
        email::PASSWORD,
        email::USE_TLS,
        email::USE_SSL,
        email::TIMEOUT,
        email::FROM,
        email::subject("authentik Sign-in code"),
        email::lifetime("How long a code is good"),
        email::template("email/email_otp.html"),
    ],
    filters: &[
        Filter::exact("configure_flow"),
        Filter::exact("friendly_name"),
        Filter::exact("from_address"),
        Filter::exact("host"),
        Filter::exact("name"),
        Filter::new("password", "pk", Op::Never),
        Filter::exact("port"),
        Filter::new("stage_uuid", "pk", Op::Exact),
        Filter::exact("subject"),
        Filter::exact("template"),
        Filter::exact("timeout"),
        Filter::exact("token_expiry"),
        Filter::exact("use_global_settings"),
        Filter::exact("use_ssl"),
        Filter::exact("use_tls"),
        Filter::exact("username"),
    ],
    sent_to: email::SENT_TO,
    check: email::check,
    ..Kind::STAGE
};

/// `authentik_stages_authenticator_totp.authenticatortotpstage`
pub(super) static TOTP: Kind = Kind {
    model: "authentik_stages_authenticator_totp.authenticatortotpstage",
    path: "stages/authenticator/totp",
    schema: "AuthenticatorTOTPStage",
    verbose: "TOTP Authenticator Setup Stage",
    plural: "TOTP Authenticator Setup Stages",
    description: "Sets an authenticator app up.",
    component: "ak-stage-authenticator-totp-form",
    fields: &[
        NAME,
        CONFIGURE_FLOW,
        FRIENDLY_NAME,
        Field::new(
            "digits",
            "Digits of a code",
            FieldType::Choice(&["6", "8"], "DigitsEnum"),
        )
        .required(),
    ],
    filters: &[
        Filter::exact("configure_flow"),
        Filter::exact("digits"),
        Filter::exact("friendly_name"),
        Filter::exact("name"),
        Filter::new("stage_uuid", "pk", Op::Exact),
    ],
    ..Kind::STAGE
};

/// `authentik_stages_authenticator_validate.authenticatorvalidatestage`
pub(super) static VALIDATE: Kind = Kind {
    model: "authentik_stages_authenticator_validate.authenticatorvalidatestage",
    path: "stages/authenticator/validate",
    schema: "AuthenticatorValidateStage",
    verbose: "Authenticator Validation Stage",
    plural: "Authenticator Validation Stages",
    description: "Asks for a second proof, or for a passkey alone.",
    component: "ak-stage-authenticator-validate-form",
    fields: &[
        NAME,
        Field::choice(
            "not_configured_action",
            "When the person has none",
            &["skip", "deny", "configure"],
            "NotConfiguredActionEnum",
            "skip",
        ),
        Field::new(
            "device_classes",
            "What counts",
            FieldType::Choices(CLASSES, "DeviceClassesEnum"),
        )
        .default(Default::Words(KNOWN_CLASSES)),
        Field::many(
            "configuration_stages",
            "What they may set up then",
            Target::Family(Family::Stage),
        ),
        Field::duration(
            "last_auth_threshold",
            "Not asked again in this browser for",
            "seconds=0",
        ),
        requirement(
            "webauthn_user_verification",
            "Whether passkeys must verify the person",
        ),
        hints("webauthn_hints"),
        device_types("webauthn_allowed_device_types"),
        factor("email_otp_throttling_factor", "Slower by, codes by mail"),
        factor(
            "sms_otp_throttling_factor",
            "Slower by, codes by text message",
        ),
        factor("totp_otp_throttling_factor", "Slower by, codes of apps"),
        factor("static_otp_throttling_factor", "Slower by, recovery codes"),
    ],
    filters: &[
        Filter::exact("configuration_stages"),
        Filter::exact("name"),
        Filter::exact("not_configured_action"),
    ],
    check: check_validate,
    present: |object, world, answer| {
        show_types(object, world, answer, "webauthn_allowed_device_types");
    },
    ..Kind::STAGE
};

/// A class that nobody can have is refused: with no other it would only look safe.
fn check_validate(draft: &mut Draft<'_>) {
    let classes = draft.values.get("device_classes").and_then(Value::as_array);
    let unknown = |class: &&Value| {
        !class
            .as_str()
            .is_some_and(|one| KNOWN_CLASSES.contains(&one))
    };
    if let Some(class) = classes.into_iter().flatten().find(unknown) {
        let message = format!("Doorward has no devices of the class {class} yet.");
        draft.errors.add("device_classes", message);
    }
}

/// `authentik_stages_authenticator_webauthn.authenticatorwebauthnstage`
pub(super) static WEBAUTHN: Kind = Kind {
    model: "authentik_stages_authenticator_webauthn.authenticatorwebauthnstage",
    path: "stages/authenticator/webauthn",
    schema: "AuthenticatorWebAuthnStage",
    verbose: "WebAuthn Authenticator Setup Stage",
    plural: "WebAuthn Authenticator Setup Stages",
    description: "Makes a passkey or registers a security key.",
    component: "ak-stage-authenticator-webauthn-form",
    fields: &[
        NAME,
        CONFIGURE_FLOW,
        FRIENDLY_NAME,
        requirement("user_verification", "Whether the person must be verified"),
        Field::new(
            "authenticator_attachment",
            "Where it must be",
            FieldType::Choice(
                &["platform", "cross-platform"],
                "AuthenticatorAttachmentEnum",
            ),
        )
        .nullable()
        .default(Default::Null),
        requirement(
            "resident_key_requirement",
            "Whether it must sign in without a name",
        ),
        hints("hints"),
        device_types("device_type_restrictions"),
        Field::count("max_attempts", "Tries, 0 for any number", 0),
    ],
    filters: &[
        Filter::exact("authenticator_attachment"),
        Filter::exact("configure_flow"),
        Filter::exact("device_type_restrictions"),
        Filter::exact("max_attempts"),
        Filter::exact("name"),
        Filter::exact("resident_key_requirement"),
        Filter::exact("user_verification"),
    ],
    present: |object, world, answer| {
        show_types(object, world, answer, "device_type_restrictions");
    },
    ..Kind::STAGE
};

/// Adds `<field>_obj`: the models that a field names.
fn show_types(object: &Object, world: &World, answer: &mut Map<String, Value>, field: &str) {
    let named = object.config.get(field).and_then(Value::as_array);
    let ids = named.into_iter().flatten().filter_map(Value::as_str);
    let shown = ids.filter_map(|id| {
        let description = world.object(DEVICE_TYPE, id)?.config.get("description")?;
        Some(json!({ "aaguid": id, "description": description }))
    });
    let shown: Vec<Value> = shown.collect();
    answer.insert(format!("{field}_obj"), json!(shown));
}

/// `authentik_stages_authenticator_webauthn.webauthndevicetype`: made by the program, never by hand.
pub(super) static DEVICE_TYPES: Kind = Kind {
    model: DEVICE_TYPE,
    path: "stages/authenticator/webauthn_device_types",
    pk_field: "aaguid",
    lookup: "aaguid",
    param: "aaguid",
    schema: "WebAuthnDeviceType",
    verbose: "WebAuthn Device type",
    plural: "WebAuthn Device types",
    verbs: Verbs {
        create: false,
        update: false,
        delete: false,
    },
    fields: &[Field::text("description", "What it is")],
    search: &[("description", "description")],
    filters: &[
        Filter::new("aaguid", "pk", Op::Exact).of(Holds::Uuid),
        Filter::exact("description"),
        Filter::new("icon", "pk", Op::Never),
    ],
    ordering: &[("description", "description")],
    default_order: "description",
    ..Kind::BASE
};
