//! Mail through a real SMTP server: in clear, with STARTTLS, with TLS, and while it is away.

use crate::kit::post_office::{Line, PASSWORD, PostOffice, link_in};
use crate::kit::server::Settings;
use crate::kit::{Engine, Kit};

/// The kit's settings with those of the post office.
fn with_mail(settings: &Settings, office: &PostOffice) -> Settings {
    let all = office.settings().into_iter();
    all.fold(settings.clone(), |settings, (name, value)| {
        settings.set(name, &value)
    })
}

#[test]
fn a_test_letter_arrives_in_clear_with_starttls_and_with_tls_and_password() {
    let kit = Kit::new(Engine::Sqlite);
    for line in [Line::Plain, Line::StartTls, Line::Tls] {
        let office = PostOffice::open(line);
        let settings = with_mail(kit.server.settings(), &office);
        let output = settings.run(&["test-email", "mia@example.org"]);
        assert!(output.status.success(), "{line:?}: {output:?}");
        let letter = office.letter();
        assert!(letter.contains("To: mia@example.org"), "{letter}");
        assert!(
            letter.contains("From: The door <door@example.org>")
                || letter.contains("From: \"The door\" <door@example.org>"),
            "{letter}"
        );
        assert!(
            letter.contains("Auto-Submitted: auto-generated"),
            "{letter}"
        );
        assert!(
            letter.contains("text/plain") && letter.contains("text/html"),
            "{letter}"
        );
    }
}

#[test]
fn what_the_server_is_or_says_wrong_is_told_and_nothing_is_sent() {
    let kit = Kit::new(Engine::Sqlite);
    let office = PostOffice::open(Line::StartTls);
    let settings = with_mail(kit.server.settings(), &office);
    for (name, value, words) in [
        ("DOORWARD_EMAIL__CA_FILE", "", "certificate"),
        (
            "AUTHENTIK_EMAIL__PASSWORD",
            "another-password-of-some-length",
            "535",
        ),
        (
            "DOORWARD_EMAIL__CA_FILE",
            "/nowhere/ca.crt",
            "email.ca_file",
        ),
        ("AUTHENTIK_EMAIL__PORT", "1", "refused"),
        ("AUTHENTIK_EMAIL__HOST", "", "mail is not set up"),
    ] {
        let output = settings
            .clone()
            .set(name, value)
            .run(&["test-email", "mia@example.org"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !output.status.success() && said.contains(words),
            "{name}={value}: {said}"
        );
        assert!(!said.contains(PASSWORD), "{said}");
    }
    assert!(office.letters().is_empty());
}

/// The queue survives the server's absence and our own restart, and the link signs in once.
#[test]
fn a_mailed_link_waits_for_the_smtp_server_and_signs_in_once_on_both_stores() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let mut office = PostOffice::closed(Line::StartTls);
        let mut kit = Kit::with(engine, &office.environment());
        let mia = kit.person("mia", "Mia");
        kit.patch(
            &format!("/core/users/{mia}/"),
            &serde_json::json!({ "email": "mia@example.org" }),
        );
        let output = kit
            .server
            .settings()
            .run(&["recovery-link", "mia", "--mail"]);
        assert!(output.status.success(), "{output:?}");
        assert!(
            !String::from_utf8_lossy(&output.stdout).contains("use-token"),
            "it is not printed"
        );
        kit.server.find_in_log("a failed try", |log| {
            log.contains("mail will be tried again").then_some(())
        });
        kit.restart();
        office.start();
        let letter = office.letter();
        assert!(letter.contains("To: mia@example.org"), "{letter}");
        let link = link_in(&letter, "/recovery/use-token/");
        let mut browser = kit.browser();
        let page = browser.open(&kit.direct(&link)).expect(200);
        browser.submit(&page, &[]).expect(200);
        let me = browser
            .open(&kit.direct("/api/v3/core/users/me/"))
            .expect(200)
            .json();
        assert_eq!(me["user"]["username"], "mia", "{engine:?}");
        kit.browser().open(&kit.direct(&link)).expect(404);
        assert_eq!(office.letters().len(), 1, "{engine:?}");
        let events = kit.get("/events/events/?action=email_sent");
        assert_eq!(events["pagination"]["count"], 1);
        assert!(!events.to_string().contains("use-token"));
    }
}

#[test]
fn an_invitation_is_mailed_to_each_and_opens_its_form() {
    let office = PostOffice::open(Line::Plain);
    let kit = Kit::with(Engine::Sqlite, &office.environment());
    let flow = kit.flow("enrollment-by-invitation");
    let body = serde_json::json!({ "name": "guests", "flow": flow });
    let made = kit.create("/stages/invitation/invitations/", &body);
    let key = made["pk"].as_str().expect("a uuid");
    let body = serde_json::json!({ "email_addresses": ["ann@example.org"], "bcc_addresses": ["bob@example.org"] });
    let path = format!("/stages/invitation/invitations/{key}/send_email/");
    kit.call("POST", &path, Some(&body)).expect(204);
    let letters = [office.letter_at(0), office.letter_at(1)];
    for name in ["ann", "bob"] {
        let to = format!("To: {name}@example.org");
        let own = letters.iter().filter(|letter| letter.contains(&to));
        assert_eq!(own.count(), 1, "{name}");
    }
    let link = link_in(&letters[0], "/if/flow/enrollment-by-invitation/");
    kit.browser().open(&kit.direct(&link)).expect(200);
    assert!(!letters[0].contains("bob@") || !letters[0].contains("ann@"));
}
