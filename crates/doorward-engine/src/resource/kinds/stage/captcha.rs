//! The captcha stage's fields.

use serde_json::Value;

use crate::flow::{BUILT_IN, CAPTCHA};
use crate::resource::field::{Default, Field, FieldType};
use crate::resource::kind::{Filter, Kind};
use crate::resource::validate::Draft;

const SOME_TEXT: FieldType = FieldType::Text {
    max: 0,
    blank: false,
};

/// `authentik_stages_captcha.captchastage`
pub(crate) static KIND: Kind = Kind {
    model: CAPTCHA,
    path: "stages/captcha",
    schema: "CaptchaStage",
    verbose: "Captcha Stage",
    plural: "Captcha Stages",
    description: "Lets a robot pay: with work, or by the judgement of a service.",
    component: "ak-stage-captcha-form",
    fields: &[
        Field::name().unique(),
        Field::new("public_key", "Public key", SOME_TEXT).required(),
        Field::new("private_key", "Private key", FieldType::Secret)
            .write_only()
            .required(),
        Field::new("js_url", "The service's script", SOME_TEXT)
            .default(Default::Text("https://www.recaptcha.net/recaptcha/api.js"))
            .help("`built-in`: no service; the browser does a piece of work instead."),
        Field::new("api_url", "Where answers are checked", SOME_TEXT).default(Default::Text(
            "https://www.recaptcha.net/recaptcha/api/siteverify",
        )),
        Field::choice(
            "request_content_type",
            "How that is asked",
            &["application/x-www-form-urlencoded", "application/json"],
            "RequestContentTypeEnum",
            "application/x-www-form-urlencoded",
        ),
        Field::flag("interactive", "There is something to click on", false),
        Field::new("score_min_threshold", "Lowest score", FieldType::Number)
            .default(Default::Decimal(0.5)),
        Field::new("score_max_threshold", "Highest score", FieldType::Number)
            .default(Default::Decimal(1.0)),
        Field::flag("error_on_invalid_score", "Refuse other scores", true),
    ],
    filters: &[Filter::exact("name"), Filter::exact("public_key")],
    check,
    sent_to: &[("private_key", &["api_url"])],
    ..Kind::STAGE
};

/// Whatever is loaded or asked is a whole address of the web.
fn check(draft: &mut Draft<'_>) {
    let text = |key: &str| draft.values.get(key).and_then(Value::as_str);
    let is_web = |text: &str| {
        let url = url::Url::parse(text).ok();
        url.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
    };
    let is_built_in = text("js_url") == Some(BUILT_IN);
    let wrong: Vec<_> = ["js_url", "api_url"]
        .into_iter()
        .filter(|key| !is_built_in && text(key).is_some_and(|text| !is_web(text)))
        .collect();
    for key in wrong {
        draft.errors.add(key, "Enter a valid URL.");
    }
    if !is_built_in && text("api_url").is_some_and(is_in_clear) {
        let message = "Use https: the private key is sent there.";
        draft.errors.add("api_url", message);
    }
}

/// Whether what is sent there can be read on the way.
fn is_in_clear(address: &str) -> bool {
    url::Url::parse(address).is_ok_and(|url| url.scheme() == "http" && !is_here(&url))
}

/// Whether a server is on this machine.
fn is_here(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}
