//! What must hold for every built-in page with every sample: whole, under the policy, light,
//! usable without a script and by a password manager.

use doorward_web::pages::{
    CSRF_FIELD, Library, Login, LoginFields, Look, Message, Page, Pages, Sampled, all_samples,
};
use url::Url;

fn samples() -> Vec<Sampled> {
    all_samples(&Pages::new(None), &Look::default())
}

fn login(page: &Login) -> String {
    Pages::new(None)
        .html(page, &Look::default())
        .expect("built in")
}

/// The tags of `html` called `name`, with their attributes.
fn tags<'html>(html: &'html str, name: &str) -> Vec<&'html str> {
    let starts = html.match_indices('<').map(|(at, _)| &html[at..]);
    let named = starts.filter(|tag| {
        let rest = tag[1..].strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with([' ', '>']))
    });
    named
        .map(|tag| &tag[..=tag.find('>').expect("a whole tag")])
        .collect()
}

#[test]
fn every_page_is_whole_and_names_its_language_and_direction() {
    for Sampled {
        template,
        name,
        response,
    } in samples()
    {
        let html = response.body();
        assert!(
            html.starts_with("<!DOCTYPE html>\n<html lang=\"en\" dir=\"ltr\">"),
            "{template}"
        );
        assert!(html.trim_end().ends_with("</html>"), "{template} {name}");
        assert_eq!(tags(html, "h1").len(), 1, "{template} {name}");
        assert_eq!(tags(html, "main").len(), 1, "{template} {name}");
        assert!(html.contains(" · Doorward</title>"), "{template} {name}");
        assert!(
            !html.contains("{{") && !html.contains("{%"),
            "{template} {name}"
        );
    }
}

#[test]
fn every_answer_has_the_policy_without_unsafe_and_the_other_headers() {
    for Sampled {
        template,
        name,
        response,
    } in samples()
    {
        let headers = response.headers();
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'; "),
            "{template} {name}"
        );
        assert!(!policy.contains("unsafe-"), "{template} {name}: {policy}");
        for (header, value) in [
            ("referrer-policy", "same-origin"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
            ("x-frame-options", "DENY"),
            ("content-type", "text/html; charset=utf-8"),
        ] {
            assert_eq!(headers[header], value, "{template} {name}");
        }
    }
}

#[test]
fn no_page_has_what_the_policy_forbids() {
    for Sampled {
        template,
        name,
        response,
    } in samples()
    {
        let html = response.body();
        assert!(!html.contains(" style="), "{template} {name}");
        assert!(!html.contains("javascript:"), "{template} {name}");
        let policy = response.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        for script in tags(html, "script") {
            let ours = [
                "captcha", "console", "deliver", "library", "login", "passkey", "work",
            ];
            let ours = ours.map(|one| format!("<script src=\"/static/doorward/{one}."));
            let is_ours = ours.iter().any(|one| script.starts_with(one));
            // A captcha service's: its page's policy names its origin.
            let address = script
                .split('"')
                .nth(1)
                .and_then(|src| Url::parse(src).ok());
            let is_named = address
                .is_some_and(|address| policy.contains(&address.origin().ascii_serialization()));
            assert!(is_ours || is_named, "{template} {name} {script}");
            assert!(script.ends_with(" defer>"), "{script}");
        }
        for tag in ["link", "img", "iframe", "object", "base"] {
            let foreign = tags(html, tag)
                .into_iter()
                .filter(|tag| tag.contains("=\"http"))
                // Applications that hear of a sign-out in a frame: the policy names their origins.
                .find(|one| tag != "iframe" || !is_named_frame(one, policy));
            assert_eq!(foreign, None, "{template} {name}");
        }
    }
}

/// Whether a frame shows a page of an origin that `frame-src` names.
fn is_named_frame(frame: &str, policy: &str) -> bool {
    let frames = policy.split("frame-src").nth(1).unwrap_or_default();
    let frames = frames.split(';').next().unwrap_or_default();
    let address = frame.split('"').nth(1).and_then(|src| Url::parse(src).ok());
    address.is_some_and(|address| {
        let origin = address.origin().ascii_serialization();
        frames.split(' ').any(|one| one == origin)
    })
}

/// The form that takes an answer to an application: it goes there, and to nowhere else.
const LEAVING: &str = "oauth/deliver.html";

#[test]
fn the_form_to_an_application_has_no_token_of_ours_and_its_policy_names_its_origin() {
    let all = samples();
    let mut found = all.iter().filter(|one| one.template == LEAVING).peekable();
    assert!(found.peek().is_some());
    for Sampled { response, .. } in found {
        let html = response.body();
        assert!(!html.contains(&format!("name=\"{CSRF_FIELD}\"")));
        assert!(html.contains("action=\"https://photos.example.org/callback\""));
        let policy = response.headers()["content-security-policy"].to_str();
        let forms = "form-action 'self' https://photos.example.org;";
        assert!(policy.unwrap().contains(forms));
    }
}

#[test]
fn every_form_that_changes_something_carries_the_token() {
    let field = format!("<input type=\"hidden\" name=\"{CSRF_FIELD}\" value=\"");
    for Sampled {
        template,
        name,
        response,
    } in samples().into_iter().filter(|one| one.template != LEAVING)
    {
        for form in response.body().split("<form ").skip(1) {
            let (form, _) = form.split_once("</form>").expect("a closed form");
            let (tag, content) = form.split_once('>').unwrap();
            let get = tag.contains("method=\"get\"");
            assert!(
                get || tag.contains("method=\"post\""),
                "{template} {name}: {tag}"
            );
            assert_eq!(content.contains(&field), !get, "{template} {name}: {tag}");
            // Without an action a form goes to the page that it stands on.
            let goes_to_us = !tag.contains("action=") || tag.contains("action=\"/");
            assert!(goes_to_us, "{template} {name}: {tag}");
        }
    }
}

/// ux.md 3.13a: the contract with password managers.
#[test]
fn the_fields_of_the_sign_in_card_carry_the_tokens_password_managers_know() {
    let name = "id=\"uid_field\" name=\"uid_field\" type=\"text\"";
    let password = "id=\"password\" name=\"password\" type=\"password\"";
    for (fields, tokens) in [
        (
            LoginFields::NameAndPassword,
            vec![(name, "username webauthn"), (password, "current-password")],
        ),
        (LoginFields::NameOnly, vec![(name, "username webauthn")]),
        (
            LoginFields::PasswordOnly,
            vec![
                ("type=\"text\" name=\"username\" value=\"mia\"", "username"),
                (password, "current-password"),
            ],
        ),
    ] {
        let html = login(&Login {
            fields,
            username: "mia".into(),
            ..Login::new("/f", "t")
        });
        let inputs = tags(&html, "input");
        let shown: Vec<_> = inputs
            .iter()
            .filter(|input| !input.contains("type=\"hidden\""))
            .collect();
        assert_eq!(shown.len(), tokens.len(), "{fields:?}");
        for (input, (field, token)) in shown.into_iter().zip(tokens) {
            assert!(input.contains(field), "{fields:?}: {input}");
            assert!(
                input.contains(&format!("autocomplete=\"{token}\"")),
                "{fields:?}: {input}"
            );
        }
        assert_eq!(
            tags(&html, "form").len(),
            1,
            "one form, so that managers see one login"
        );
    }
}

#[test]
fn a_new_password_is_asked_twice_beside_the_user_name() {
    for sample in samples()
        .iter()
        .filter(|sample| sample.template == "flow/setup.html")
    {
        let html = sample.response.body();
        assert_eq!(html.matches("autocomplete=\"new-password\"").count(), 2);
        for token in ["username", "name", "email", "url"] {
            assert!(
                html.contains(&format!("autocomplete=\"{token}\"")),
                "{token}"
            );
        }
        let (rules, field) = (
            html.find("id=\"password-rules\""),
            html.find("id=\"password\""),
        );
        assert!(rules < field, "the rules are read before typing");
    }
}

#[test]
fn the_answer_to_a_wrong_name_and_a_wrong_password_is_the_same_text() {
    let page = Login::new("/f", "t").refused("nobody");
    assert_eq!(page.status(), 422);
    let html = login(&page);
    assert!(html.contains("role=\"alert\""));
    assert!(html.contains("Both are checked together, so we cannot say which is wrong."));
    assert!(html.contains("value=\"nobody\""), "what was typed stays");
}

#[test]
fn after_too_many_tries_the_card_says_how_long_to_wait() {
    for (wait_s, text) in [
        (1, "Wait 1 second, then try again."),
        (30, "Wait 30 seconds, then try again."),
    ] {
        let page = Login {
            wait_s: Some(wait_s),
            ..Login::new("/f", "t")
        };
        let response = Pages::new(None).respond(&page);
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["retry-after"], wait_s.to_string());
        assert!(login(&page).contains(text));
    }
}

/// ux.md 6.1: the HTML with its styles at most 8 KiB, the whole login at most 20 KB in 3 requests.
#[test]
fn the_sign_in_card_is_light() {
    let pages = Pages::new(None);
    let cards = ["en", "de", "fr", "es"].into_iter().flat_map(|lang| {
        let look = Look {
            lang: lang.into(),
            ..Look::default()
        };
        let all = all_samples(&pages, &look).into_iter();
        all.filter(|sample| sample.template == "flow/login.html")
            .map(move |sample| (lang, sample))
    });
    for (lang, sample) in cards {
        let html = sample.response.body();
        assert!(
            html.len() <= 8 * 1024,
            "{lang}, {}: {} bytes",
            sample.name,
            html.len()
        );
        let loaded = pages
            .assets()
            .files()
            .filter(|(file, _)| html.contains(file));
        let files: usize = loaded.map(|(_, body)| body.len()).sum();
        assert!(files > 0 && html.len() + files <= 20_000);
        let requests = html.matches("src=\"").count() + html.matches("rel=\"stylesheet\"").count();
        assert!(requests <= 2, "{}", sample.name);
    }
}

#[test]
fn each_message_is_answered_with_its_own_status() {
    for (page, status) in [
        (Message::not_found(), 404),
        (Message::forbidden("r"), 403),
        (Message::foreign_form("/"), 403),
        (Message::wrong_method(), 405),
        (Message::body_too_large(), 413),
        (Message::too_many(30), 429),
        (Message::headers_too_large(), 431),
        (Message::fault("r"), 500),
        (Message::store_down("r"), 503),
        (
            Message {
                status: 7,
                ..Message::not_found()
            },
            500,
        ),
    ] {
        assert_eq!(Pages::new(None).respond(&page).status(), status);
    }
}

#[test]
fn a_page_speaks_the_language_and_direction_it_is_told() {
    let look = Look {
        lang: "ar".into(),
        dir: "rtl",
        theme: Some("dark"),
        brand: "Haus".into(),
        ..Look::default()
    };
    let html = Pages::new(None).html(&Message::not_found(), &look).unwrap();
    assert!(html.contains("<html lang=\"ar\" dir=\"rtl\" data-theme=\"dark\">"));
    assert!(html.contains(" · Haus</title>"));
}

#[test]
fn five_hundred_applications_fit_in_one_page() {
    let mut page = Library::samples().remove(0).1;
    let card = page.apps[0].clone();
    page.apps = (0..500)
        .map(|number| {
            let mut card = card.clone();
            card.name = number.to_string();
            card
        })
        .collect();
    let html = Pages::new(None).html(&page, &Look::default()).unwrap();
    page.apps.clear();
    let bare = Pages::new(None).html(&page, &Look::default()).unwrap();
    assert_eq!(tags(&html, "li").len(), 500 + tags(&bare, "li").len());
}
