//! The imports that operators' snippets begin with, by what stands for them here.
//!
//! Rule: what is not named here is left to the interpreter, which knows `re`, `json`, `datetime` and
//! a few more, and says of the rest that there is no such module.

/// What an imported name is, as an expression of our own.
pub(super) fn meaning(module: &str, name: &str) -> Option<String> {
    if let Some(key) = name.strip_prefix("PLAN_CONTEXT_") {
        return module.starts_with("authentik.").then(|| context_key(key));
    }
    let known = match (module, name) {
        ("", "ipaddress") => "ipaddress",
        ("", "requests") => "requests",
        ("ipaddress", "ip_network" | "IPv4Network" | "IPv6Network") => "ip_network",
        ("ipaddress", "ip_address" | "IPv4Address" | "IPv6Address") => "ip_address",
        ("django.utils.timezone", "now") => "now",
        ("django.utils", "timezone") => "_timezone",
        ("django.utils.text", "slugify") => "slugify",
        ("authentik.core.models", "User") => "User",
        ("authentik.core.models", "Group") => "Group",
        ("authentik.core.models", "Application") => "Application",
        ("authentik.core.models", attribute) => return user_attribute(attribute),
        ("structlog.stdlib", "get_logger") => "(lambda: ak_logger)",
        _ => return None,
    };
    Some(known.to_owned())
}

/// The flow context's names are the contract (api-and-model.md 3.5).
fn context_key(name: &str) -> String {
    let key = match name {
        "PROMPT" => "prompt_data",
        "SSO" => "is_sso",
        "METHOD" => "auth_method",
        "METHOD_ARGS" => "auth_method_args",
        "SOURCES_CONNECTION" => "sources_connection",
        other => return format!("'{}'", other.to_ascii_lowercase()),
    };
    format!("'{key}'")
}

fn user_attribute(name: &str) -> Option<String> {
    let key = match name {
        "USER_ATTRIBUTE_CHANGE_EMAIL" => "can-change-email",
        "USER_ATTRIBUTE_CHANGE_NAME" => "can-change-name",
        "USER_ATTRIBUTE_CHANGE_USERNAME" => "can-change-username",
        "USER_ATTRIBUTE_DEBUG" => "debug",
        "USER_ATTRIBUTE_EXPIRES" => "expires",
        "USER_ATTRIBUTE_GENERATED" => "generated",
        "USER_ATTRIBUTE_TOKEN_EXPIRING" => "token-expires",
        _ => return None,
    };
    Some(format!("'goauthentik.io/user/{key}'"))
}
