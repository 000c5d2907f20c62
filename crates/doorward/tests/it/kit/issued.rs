//! Owns what of a request or an answer lets somebody in: cookies, credentials, one-time values of
//! addresses, keys in bodies. Leaves the list of them, and the search for them, to `secrets`. Rule:
//! whatever a test's thread sends and is answered is looked at, by whichever way it is sent.

use serde_json::Value;
use url::Url;
use url::form_urlencoded;

use super::http::{Answer, Request};
use super::secrets::Secrets;

/// Keys of JSON, sent or answered, whose text lets somebody in. What `view_private_key` answers is
/// under `data`.
const KEYS: [&str; 12] = [
    "key",
    "link",
    "token",
    "access_token",
    "refresh_token",
    "id_token",
    "device_code",
    "client_secret",
    "password",
    "data",
    "key_data",
    "private_key",
];

/// Fields of forms whose value lets somebody in.
const FIELDS: [&str; 3] = ["password", "password_repeat", "token"];

thread_local! {
    /// Each test has a thread, and so a list, of its own.
    static OF_THIS_TEST: Secrets = Secrets::default();
}

/// The list of the test that runs on this thread.
pub(crate) fn of_this_test() -> Secrets {
    OF_THIS_TEST.with(Secrets::clone)
}

impl Secrets {
    /// Remembers what a request carries: its address, its credentials, the fields of its body.
    pub(super) fn add_from_request(&self, request: &Request) {
        self.add_from_url(request.url());
        let credentials = request.sent("authorization");
        if let Some((_, credentials)) = credentials.and_then(|value| value.split_once(' ')) {
            self.add("credentials", credentials);
        }
        match request.sent("content-type") {
            Some("application/json") => self.add_from_json(request.content()),
            Some("application/x-www-form-urlencoded") => self.add_from_form(request.content()),
            _ => {}
        }
    }

    /// Remembers the cookies, the one-time values and the keys of an answer.
    pub(super) fn add_from_answer(&self, answer: &Answer) {
        self.add_from(answer);
        if answer
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("application/json"))
        {
            self.add_from_json(&answer.body);
        }
    }

    fn add_from_form(&self, body: &[u8]) {
        for (name, value) in form_urlencoded::parse(body) {
            if FIELDS.contains(&&*name) {
                self.add(&format!("field {name}"), &value);
            }
        }
    }

    fn add_from_json(&self, body: &[u8]) {
        if let Ok(value) = serde_json::from_slice(body) {
            self.add_from_value(&value);
        }
    }

    fn add_from_value(&self, value: &Value) {
        match value {
            Value::Array(list) => list.iter().for_each(|one| self.add_from_value(one)),
            Value::Object(fields) => fields.iter().for_each(|(key, one)| match one {
                Value::String(text) if KEYS.contains(&&**key) => self.add_text(key, text),
                one => self.add_from_value(one),
            }),
            _ => {}
        }
    }

    /// A log has lines: of a PEM text each one between its marks is a secret. An address is not one
    /// as a whole.
    fn add_text(&self, key: &str, text: &str) {
        match Url::parse(text) {
            Ok(url) if url.has_host() => self.add_from_url(&url),
            _ => text
                .lines()
                .filter(|line| !line.starts_with("-----"))
                .for_each(|line| self.add(&format!("JSON {key}"), line)),
        }
    }
}

mod tests {
    use serde_json::json;

    use super::*;

    const APP: &str = "https://app.localhost/outpost.goauthentik.io/callback";

    /// One secret of each sort, with the request or the answer that it comes in.
    fn see_all(secrets: &Secrets) -> [&'static str; 11] {
        let sent = json!({ "password": "of-a-json-body", "key_data": "-----BEGIN X-----\nof-a-pem-text\n" });
        let form = "uid_field=mia-muster&password=of+a+form";
        for request in [
            Request::get(&format!("{APP}?ticket=of-the-query")),
            Request::get("https://auth.localhost/recovery/use-token/of-the-path/"),
            Request::get(APP).header("Authorization", "Bearer of-the-header"),
            Request::new("POST", APP).json(&sent),
            Request::new("POST", APP).body("application/x-www-form-urlencoded", form),
        ] {
            secrets.add_from_request(&request);
        }
        let link = "https://auth.localhost/recovery/use-token/of-the-link/";
        let list = json!([{ "client_secret": "of-a-list" }, "mia-muster"]);
        secrets.add_from_answer(&answer(
            &json!({ "key": "of-view-key", "results": list, "link": link }),
        ));
        [
            "of-the-query",
            "of-the-path",
            "of-the-header",
            "of-a-json-body",
            "of-a-pem-text",
            "of a form",
            "of-the-cookie",
            "of-the-location",
            "of-view-key",
            "of-a-list",
            "of-the-link",
        ]
    }

    fn answer(body: &Value) -> Answer {
        let headers = [
            ("Set-Cookie", "authentik_session=of-the-cookie; Path=/"),
            ("Location", "/if/flow/x/?flow_token=of-the-location"),
            ("Content-Type", "application/json; charset=utf-8"),
        ];
        Answer {
            status: 200,
            headers: headers.map(|(n, v)| (n.to_owned(), v.to_owned())).into(),
            body: body.to_string().into_bytes(),
            url: Url::parse(APP).expect("an address"),
        }
    }

    /// Otherwise a leak of that sort would pass every test.
    #[test]
    fn a_secret_of_each_sort_is_found_in_a_log_and_nothing_else_is() {
        let secrets = Secrets::default();
        for secret in see_all(&secrets) {
            let log = format!("ready\nGET /x {secret}\nmia-muster signed in\n");
            let found = secrets.found_in(&log);
            assert_eq!(found.len(), 1, "{secret}: {found:?}");
            assert!(found[0].contains(secret), "{found:?}");
        }
        let log = "BEGIN X mia-muster auth.localhost/recovery/use-token/ authentik_session";
        assert!(secrets.found_in(log).is_empty());
    }
}
