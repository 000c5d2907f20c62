//! The pages on which somebody lets a device without a browser in.

use serde_json::{Value, json};

use super::{LOGIN, Step};
use crate::kit::Kit;
use crate::kit::http::Request;

const CLIENT: &str = "television";

/// An app for televisions, which go the device's way.
fn television(kit: &Kit) {
    let provider = json!({
        "name": "Television", "client_id": CLIENT, "redirect_uris": [],
        "authorization_flow": kit.flow("default-provider-authorization-implicit-consent"),
        "invalidation_flow": kit.flow("default-provider-invalidation-flow"),
        "grant_types": ["urn:ietf:params:oauth:grant-type:device_code"],
        "property_mappings": scopes(kit),
        // What the question shows of the app below it.
        "client_metadata": {
            "client_uri": "https://movies.example.org/",
            "policy_uri": "https://movies.example.org/a-rather-long-path/to-the-policy",
            "tos_uri": "https://terms.example.org/",
        },
    });
    let provider = kit.create("/providers/oauth2/", &provider)["pk"].clone();
    let application = json!({ "name": "Movies", "slug": "movies", "provider": provider });
    kit.create("/core/applications/", &application);
}

fn scopes(kit: &Kit) -> Vec<Value> {
    let list = kit.get("/propertymappings/provider/scope/");
    let all = list["results"].as_array().expect("a list").iter();
    all.map(|one| one["pk"].clone()).collect()
}

/// A television asks; what it shows.
fn code(kit: &Kit) -> String {
    let form = format!("client_id={CLIENT}&scope=openid+profile+email");
    let asked = Request::new("POST", &kit.url(LOGIN, "/application/o/device/"));
    let told = asked
        .body("application/x-www-form-urlencoded", form)
        .answer()
        .json();
    told["user_code"].as_str().expect("a code").to_owned()
}

/// Types a code that nobody has, then one that a television shows; says no, and yes to another.
pub(super) fn pages(kit: &Kit) -> Vec<Step> {
    television(kit);
    let link = |code: &str| kit.url(LOGIN, &format!("/device?code={code}"));
    let (title, question) = ("What the device shows", "Do you let this device in?");
    let (no, yes) = (code(kit), code(kit));
    let field = "Code that the device shows";
    vec![
        Step::open("device", &kit.url(LOGIN, "/device"), 200, title).focus(field),
        Step::press("device-wrong", "Continue", 422, title).fill(field, "BBBB-BBBB"),
        Step::open("device-link", &link(&no), 200, title).unseen(),
        Step::press("device-question", "Continue", 200, question),
        Step::press(
            "device-denied",
            "Do not let it in",
            200,
            "The device was not let in",
        ),
        Step::open("device-link-again", &link(&yes), 200, title).unseen(),
        Step::press("device-question-again", "Continue", 200, question).unseen(),
        Step::press(
            "device-allowed",
            "Let the device in",
            200,
            "Your device is signed in",
        ),
    ]
}
