//! An object as code: for a blueprint, for Terraform, for the API. Rule: no secret is in any of them.

use axum::extract::{Path, State};
use axum::response::Response;
use doorward_engine::blueprint::export::{Selection, export};
use doorward_engine::event;
use doorward_engine::resource::look::{self, Looked};
use doorward_engine::resource::{Field, FieldType, Kind, Refusal, Target};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{head, kind_of, one, url_of};
use crate::console::{Operator, answer, refused};
use crate::extract::Asks;
use crate::pages::{Chip, ConsoleObjectCode, Section};
use crate::state::AppState;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    r#as: String,
}

/// Ways to write an object: the word in the address, its words, what to do with it.
const WAYS: [(&str, &str, &str); 3] = [
    (
        "blueprint",
        "Config file (blueprint)",
        "Put this into a file in the blueprints folder, here or at another Doorward or authentik. It brings what belongs to the object along.",
    ),
    (
        "terraform",
        "Terraform",
        "For the provider goauthentik/authentik, which talks to Doorward as it does to authentik. Keys of other objects are those of this installation.",
    ),
    (
        "curl",
        "API (curl)",
        "Put a token for the API into TOKEN first. The first line makes one like this, the second changes this one.",
    ),
];

/// `GET /if/admin/objects/{model}/{key}/code/?as=…`
pub(super) async fn show(
    State(state): State<AppState>,
    operator: Operator,
    Path((model, key)): Path<(String, String)>,
    Asks(asked): Asks<Asked>,
) -> Response {
    match page(&state, &operator, &model, &key, &asked.r#as).await {
        Ok(page) => answer(&state, &page),
        Err(refusal) => refused(&state, &operator, refusal),
    }
}

async fn page(
    state: &AppState,
    operator: &Operator,
    model: &str,
    key: &str,
    way: &str,
) -> Result<ConsoleObjectCode, Refusal> {
    let kind = kind_of(model)?;
    let looked = look::look(&state.engine, operator.ctx(), kind, key).await?;
    let known = WAYS.iter().find(|(word, ..)| *word == way);
    let (way, _, about) = known.unwrap_or(&WAYS[0]);
    let code = match *way {
        "terraform" => Ok(terraform(kind, &looked)),
        "curl" => Ok(curl(&base(state), kind, &looked)),
        _ => blueprint(state, operator, kind, &looked).await,
    }?;
    let (code, about) = match code {
        Some(code) => (code, (*about).to_owned()),
        None => (String::new(), none(way, kind)),
    };
    let address = format!("{}code/", url_of(kind, &looked));
    let chip = |(word, label, _): (&str, &str, &str)| Chip {
        label: label.to_owned(),
        url: format!("{address}?as={word}"),
        is_on: word == *way,
    };
    let secrets = kind.fields.iter().filter(|field| {
        let shown = looked.shown.get(field.key);
        looked.secrets.contains(&field.key) || shown.is_some_and(|value| holds_secret(field, value))
    });
    Ok(ConsoleObjectCode {
        frame: operator.frame(state, Section::Objects),
        head: head(kind, &looked, "As code"),
        ways: WAYS.map(chip).into(),
        about,
        left_out: if code.is_empty() {
            Vec::new()
        } else {
            secrets.map(|field| field.label).collect()
        },
        code,
    })
}

fn none(way: &str, kind: &Kind) -> String {
    match way {
        "terraform" => format!(
            "The provider goauthentik/authentik has no resource for what is called {} here. Use a config file or the API.",
            kind.verbose
        ),
        "curl" => "The API cannot make or change one of these.".to_owned(),
        _ => "This is not part of config files: it belongs to this installation alone, or you may not see all that belongs to it.".to_owned(),
    }
}

/// The address of the API.
fn base(state: &AppState) -> String {
    let snapshot = state.engine.snapshot();
    let base = snapshot
        .base_url
        .as_ref()
        .map(|url| url.as_str().trim_end_matches('/').to_owned());
    base.unwrap_or_else(|| "https://auth.example.org".to_owned())
}

/// A blueprint of the object and what belongs to it, for those who may see everything.
async fn blueprint(
    state: &AppState,
    operator: &Operator,
    kind: &Kind,
    looked: &Looked,
) -> Result<Option<String>, Refusal> {
    if !operator.person.is_superuser {
        return Ok(None);
    }
    let selection = Selection::One(kind.model, &looked.id);
    Ok(export(&state.engine, selection).await?)
}

/// What can be set, is not as usual, and holds no secret.
fn told<'a>(kind: &'static Kind, looked: &'a Looked) -> Vec<(&'static Field, &'a Value)> {
    let set = kind.fields.iter().filter(|field| {
        field.is_taken()
            && field.holds != FieldType::Secret
            && field.target() != Some(Target::Nothing)
    });
    let set = set.filter_map(|field| Some((field, looked.shown.get(field.key)?)));
    set.filter(|(field, value)| !one::is_usual(field, value) && !value.is_null())
        .filter(|(field, value)| !holds_secret(field, value))
        .collect()
}

/// Whether a free object holds passwords, under names that say so. In part it would be of no use: what
/// asks for it replaces the whole.
fn holds_secret(field: &Field, value: &Value) -> bool {
    let mut cleansed = value.clone();
    event::cleanse(&mut cleansed);
    matches!(field.holds, FieldType::Object | FieldType::Json) && cleansed != *value
}

fn curl(base: &str, kind: &'static Kind, looked: &Looked) -> Option<String> {
    let body: Map<_, _> = told(kind, looked)
        .into_iter()
        .map(|(field, value)| (field.key.to_owned(), value.clone()))
        .collect();
    let body = Value::Object(body).to_string().replace('\'', r"'\''");
    let line = |method: &str, rest: &str| {
        format!(
            "curl --fail-with-body -X {method} {base}/api/v3/{}/{rest} \\\n  -H \"Authorization: Bearer $TOKEN\" \\\n  -H 'Content-Type: application/json' \\\n  -d '{body}'\n",
            kind.path
        )
    };
    let mut lines = Vec::new();
    if kind.verbs.create {
        lines.push(line("POST", ""));
    }
    if kind.verbs.update {
        lines.push(line("PATCH", &format!("{}/", looked.key)));
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// What Terraform calls each kind.
const TERRAFORM: &[(&str, &str)] = &[
    ("authentik_core.application", "application"),
    (
        "authentik_core.applicationentitlement",
        "application_entitlement",
    ),
    ("authentik_core.group", "group"),
    ("authentik_core.user", "user"),
    ("authentik_core.token", "token"),
    ("authentik_brands.brand", "brand"),
    ("authentik_blueprints.blueprintinstance", "blueprint"),
    (
        "authentik_crypto.certificatekeypair",
        "certificate_key_pair",
    ),
    ("authentik_flows.flow", "flow"),
    ("authentik_flows.flowstagebinding", "flow_stage_binding"),
    ("authentik_outposts.outpost", "outpost"),
    ("authentik_policies.policybinding", "policy_binding"),
    ("authentik_policies_dummy.dummypolicy", "policy_dummy"),
    (
        "authentik_policies_event_matcher.eventmatcherpolicy",
        "policy_event_matcher",
    ),
    (
        "authentik_policies_expiry.passwordexpirypolicy",
        "policy_expiry",
    ),
    (
        "authentik_policies_expression.expressionpolicy",
        "policy_expression",
    ),
    ("authentik_policies_geoip.geoippolicy", "policy_geoip"),
    (
        "authentik_policies_password.passwordpolicy",
        "policy_password",
    ),
    (
        "authentik_policies_reputation.reputationpolicy",
        "policy_reputation",
    ),
    (
        "authentik_policies_unique_password.uniquepasswordpolicy",
        "policy_unique_password",
    ),
    (
        "authentik_events.notificationwebhookmapping",
        "property_mapping_notification",
    ),
    (
        "authentik_providers_rac.racpropertymapping",
        "property_mapping_provider_rac",
    ),
    (
        "authentik_providers_radius.radiusproviderpropertymapping",
        "property_mapping_provider_radius",
    ),
    (
        "authentik_providers_saml.samlpropertymapping",
        "property_mapping_provider_saml",
    ),
    (
        "authentik_providers_scim.scimmapping",
        "property_mapping_provider_scim",
    ),
    (
        "authentik_providers_oauth2.scopemapping",
        "property_mapping_provider_scope",
    ),
    (
        "authentik_sources_kerberos.kerberossourcepropertymapping",
        "property_mapping_source_kerberos",
    ),
    (
        "authentik_sources_ldap.ldapsourcepropertymapping",
        "property_mapping_source_ldap",
    ),
    (
        "authentik_sources_oauth.oauthsourcepropertymapping",
        "property_mapping_source_oauth",
    ),
    (
        "authentik_sources_plex.plexsourcepropertymapping",
        "property_mapping_source_plex",
    ),
    (
        "authentik_sources_saml.samlsourcepropertymapping",
        "property_mapping_source_saml",
    ),
    (
        "authentik_sources_scim.scimsourcepropertymapping",
        "property_mapping_source_scim",
    ),
    (
        "authentik_providers_oauth2.oauth2provider",
        "provider_oauth2",
    ),
    ("authentik_providers_proxy.proxyprovider", "provider_proxy"),
    ("authentik_rbac.role", "rbac_role"),
    (
        "authentik_stages_authenticator_email.authenticatoremailstage",
        "stage_authenticator_email",
    ),
    (
        "authentik_stages_authenticator_static.authenticatorstaticstage",
        "stage_authenticator_static",
    ),
    (
        "authentik_stages_authenticator_totp.authenticatortotpstage",
        "stage_authenticator_totp",
    ),
    (
        "authentik_stages_authenticator_validate.authenticatorvalidatestage",
        "stage_authenticator_validate",
    ),
    (
        "authentik_stages_authenticator_webauthn.authenticatorwebauthnstage",
        "stage_authenticator_webauthn",
    ),
    ("authentik_stages_captcha.captchastage", "stage_captcha"),
    ("authentik_stages_consent.consentstage", "stage_consent"),
    ("authentik_stages_deny.denystage", "stage_deny"),
    ("authentik_stages_dummy.dummystage", "stage_dummy"),
    ("authentik_stages_email.emailstage", "stage_email"),
    (
        "authentik_stages_identification.identificationstage",
        "stage_identification",
    ),
    (
        "authentik_stages_invitation.invitationstage",
        "stage_invitation",
    ),
    ("authentik_stages_password.passwordstage", "stage_password"),
    ("authentik_stages_prompt.promptstage", "stage_prompt"),
    ("authentik_stages_prompt.prompt", "stage_prompt_field"),
    ("authentik_stages_redirect.redirectstage", "stage_redirect"),
    ("authentik_stages_source.sourcestage", "stage_source"),
    (
        "authentik_stages_user_delete.userdeletestage",
        "stage_user_delete",
    ),
    (
        "authentik_stages_user_login.userloginstage",
        "stage_user_login",
    ),
    (
        "authentik_stages_user_logout.userlogoutstage",
        "stage_user_logout",
    ),
    (
        "authentik_stages_user_write.userwritestage",
        "stage_user_write",
    ),
];

/// Where its names are not the API's.
const OTHERWISE: &[(&str, &str, &str)] = &[
    (
        "authentik_core.application",
        "provider",
        "protocol_provider",
    ),
    (
        "authentik_providers_oauth2.oauth2provider",
        "redirect_uris",
        "allowed_redirect_uris",
    ),
    (
        "authentik_outposts.outpost",
        "providers",
        "protocol_providers",
    ),
];

fn terraform(kind: &'static Kind, looked: &Looked) -> Option<String> {
    let (_, name) = TERRAFORM.iter().find(|(model, _)| *model == kind.model)?;
    let mut text = format!(
        "resource \"authentik_{name}\" \"{}\" {{\n",
        label(&looked.title)
    );
    for (field, value) in told(kind, looked)
        .into_iter()
        .filter(|(field, _)| !field.ours)
    {
        let other = OTHERWISE
            .iter()
            .find(|(model, key, _)| *model == kind.model && *key == field.key);
        let key = other.map_or(field.key, |(_, _, other)| other);
        text.extend(["  ", key, " = ", &hcl(field, value), "\n"]);
    }
    text.push_str("}\n");
    Some(text)
}

/// A name that Terraform takes.
fn label(title: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '_'
        }
    };
    let name: String = title.chars().map(plain).collect();
    let name = name.trim_matches('_');
    match name.chars().next() {
        None => "this".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("_{name}"),
        Some(_) => name.to_owned(),
    }
}

fn hcl(field: &Field, value: &Value) -> String {
    match (field.holds, value) {
        (FieldType::Object | FieldType::Json | FieldType::KeySet, value) => {
            format!("jsonencode({})", literal(value))
        }
        (FieldType::One(..), Value::Number(id)) => id.to_string(),
        (_, value) => literal(value),
    }
}

/// JSON as HCL: the same but for what HCL would read in a text.
fn literal(value: &Value) -> String {
    match value {
        Value::String(text) => {
            let quoted = Value::String(text.clone()).to_string();
            quoted.replace("${", "$${").replace("%{", "%%{")
        }
        Value::Array(list) => {
            let parts: Vec<_> = list.iter().map(literal).collect();
            format!("[{}]", parts.join(", "))
        }
        Value::Object(map) => {
            let parts = map.iter().map(|(key, value)| {
                format!(
                    "{} = {}",
                    literal(&Value::String(key.clone())),
                    literal(value)
                )
            });
            format!("{{ {} }}", parts.collect::<Vec<_>>().join(", "))
        }
        value => words_of(value),
    }
}

fn words_of(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use doorward_engine::resource;
    use serde_json::json;

    use super::{OTHERWISE, TERRAFORM, label, literal};

    #[test]
    fn terraform_reads_no_text_as_an_expression() {
        let value = json!({ "a": "${file(\"/etc/passwd\")} %{ if x }", "b": [1, true, null] });
        let expected = r#"{ "a" = "$${file(\"/etc/passwd\")} %%{ if x }", "b" = [1, true, null] }"#;
        assert_eq!(literal(&value), expected);
    }

    #[test]
    fn every_name_for_terraform_is_one_that_it_takes() {
        assert_eq!(label("Grafana (home)"), "grafana__home");
        assert_eq!(label("2048"), "_2048");
        assert_eq!(label("→"), "this");
    }

    #[test]
    fn what_terraform_knows_is_there() {
        for (model, ..) in TERRAFORM
            .iter()
            .filter(|(model, _)| !model.contains("_rbac"))
        {
            assert!(resource::kind(model).is_some(), "{model}");
        }
        for (model, key, _) in OTHERWISE {
            let kind = resource::kind(model).expect("a kind");
            assert!(kind.field(key).is_some(), "{model} {key}");
        }
    }
}
