//! The identification stage's fields.

use serde_json::json;

use super::FLOW;
use crate::flow::CAPTCHA;
use crate::resource::field::{Default, Field, FieldType, Target};
use crate::resource::kind::{Filter, Kind};
use crate::resource::kinds::source;
use crate::resource::validate::Draft;

const USER_FIELDS: &[&str] = &["email", "username", "upn"];

/// `authentik_stages_identification.identificationstage`
pub(crate) static KIND: Kind = Kind {
    model: "authentik_stages_identification.identificationstage",
    path: "stages/identification",
    schema: "IdentificationStage",
    verbose: "Identification Stage",
    plural: "Identification Stages",
    description: "Asks who somebody is.",
    component: "ak-stage-identification-form",
    fields: &[
        Field::name().unique(),
        Field::new(
            "user_fields",
            "What they may type",
            FieldType::Choices(USER_FIELDS, "UserFieldsEnum"),
        )
        .default(Default::Words(&["email", "username"])),
        Field::optional(
            "password_stage",
            "Ask for the password on the same page",
            Target::Kind("authentik_stages_password.passwordstage"),
        ),
        Field::optional(
            "captcha_stage",
            "Make robots pay on the same page, as this stage would",
            Target::Kind(CAPTCHA),
        ),
        Field::flag("case_insensitive_matching", "Ignore case", true),
        Field::flag("show_matched_user", "Show who was found", true),
        Field::optional("enrollment_flow", "Flow to sign up", FLOW),
        Field::optional("recovery_flow", "Flow for lost passwords", FLOW),
        Field::optional("passwordless_flow", "Flow without a password", FLOW),
        Field::many("sources", "Sources", Target::Kind(source::MODEL)),
        Field::flag("show_source_labels", "Show the sources' names", false),
        Field::flag(
            "pretend_user_exists",
            "Go on for unknown names as for known ones",
            true,
        ),
        Field::flag("enable_remember_me", "Offer to remember the name", false),
        Field::optional(
            "webauthn_stage",
            "Offer passkeys on the same page, as this stage would",
            Target::Kind("authentik_stages_authenticator_validate.authenticatorvalidatestage"),
        ),
    ],
    filters: &[
        Filter::exact("name"),
        Filter::exact("captcha_stage"),
        Filter::exact("case_insensitive_matching"),
        Filter::exact("enrollment_flow"),
        Filter::exact("password_stage"),
        Filter::exact("passwordless_flow"),
        Filter::exact("recovery_flow"),
        Filter::exact("show_matched_user"),
        Filter::exact("show_source_labels"),
        Filter::exact("webauthn_stage"),
    ],
    check: check_identification,
    ..Kind::STAGE
};

fn check_identification(draft: &mut Draft<'_>) {
    let fields = draft
        .values
        .get("user_fields")
        .and_then(|fields| fields.as_array())
        .map_or(0, Vec::len);
    if fields == 0
        && draft
            .values
            .get("sources")
            .is_none_or(|sources| *sources == json!([]))
    {
        draft.errors.add(
            "user_fields",
            "When no user fields are selected, at least one source must be selected",
        );
    }
}
