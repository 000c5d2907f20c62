//! Letters in words: the templates `email/….html` and `email/….txt`, the operator's before ours.
//!
//! Owns what a mail template is told. Leaves the queue and the server to `doorward_engine::mail`.
//! Rule: every letter has a text that says all of it, loads nothing from anywhere, and its subject
//! tells no secret.

use std::sync::Arc;

use doorward_engine::mail::{Letter, Render, Rendered, Subject};
use minijinja::Value;
use minijinja::value::Serde;
use serde::Serialize;

use crate::pages::{Pages, utc};
use crate::state::AppState;

/// What a mail template is told; the names that authentik's templates know are the same.
#[derive(Clone, Debug, Serialize)]
pub struct MailContext {
    /// The subject line.
    pub subject: String,
    /// The brand's title.
    pub brand: String,
    /// Who gets it.
    pub user: Addressee,
    /// The link that it is about; empty if there is none.
    pub url: String,
    /// Until when that works, as on pages.
    pub expires: String,
}

/// Who gets a letter.
#[derive(Clone, Debug, Serialize)]
pub struct Addressee {
    /// How they are greeted; may be empty.
    pub name: String,
    /// The login name; may be empty.
    pub username: String,
    /// The address.
    pub email: String,
}

impl MailContext {
    /// What the templates are told of a letter.
    pub fn of(letter: &Letter, brand: &str) -> Self {
        Self {
            subject: subject(letter.subject, brand),
            brand: brand.to_owned(),
            user: Addressee {
                name: letter.name.clone(),
                username: letter.username.clone(),
                email: letter.to.clone(),
            },
            url: letter.url.clone().unwrap_or_default(),
            expires: utc(letter.expires_at),
        }
    }
}

fn subject(subject: Subject, brand: &str) -> String {
    match subject {
        Subject::Setup => format!("Mail from {brand} works"),
        Subject::PasswordReset => "Your way back into your account".to_owned(),
    }
}

/// Every mail template with a sample, so that an operator's own is tried before it is used.
pub(crate) fn samples() -> impl Iterator<Item = (String, Value)> {
    let letter = |subject| Letter {
        subject,
        to: "mia@example.org".to_owned(),
        name: "Mia Müller".to_owned(),
        username: "mia".to_owned(),
        url: Some("https://auth.example.org/recovery/use-token/x/".to_owned()),
        expires_at: 0,
    };
    Subject::ALL.into_iter().flat_map(move |subject| {
        let context = MailContext::of(&letter(subject), "Doorward");
        ["html", "txt"].map(|part| (template(subject, part), Value::from(Serde(&context))))
    })
}

fn template(subject: Subject, part: &str) -> String {
    format!("email/{}.{part}", subject.word())
}

impl Pages {
    /// A letter in words.
    ///
    /// # Errors
    ///
    /// The template engine's, if the built-in template does not render either.
    pub fn letter(&self, letter: &Letter, brand: &str) -> Result<Rendered, minijinja::Error> {
        let context = MailContext::of(letter, brand);
        let value = Value::from(Serde(&context));
        let part = |part| self.text(&template(letter.subject, part), &value);
        Ok(Rendered {
            text: part("txt")?,
            html: part("html")?,
            subject: context.subject,
        })
    }
}

/// Words for the queue, under the title of the default brand.
pub fn renderer(state: AppState) -> Render {
    Arc::new(move |letter| {
        let brand = doorward_engine::resource::actions::brand::current_brand(&state.engine, "");
        let title = brand["branding_title"].as_str().unwrap_or("Doorward");
        let words = state.pages.letter(letter, title);
        words.map_err(|error| format!("the template fails: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn letter(name: &str) -> Letter {
        Letter {
            subject: Subject::PasswordReset,
            to: "mia@example.org".to_owned(),
            name: name.to_owned(),
            username: "mia".to_owned(),
            url: Some("https://auth.example.org/recovery/use-token/k/?a=1&b=2".to_owned()),
            expires_at: 1_800_000_000_000,
        }
    }

    #[test]
    fn both_parts_say_the_same_and_load_nothing() {
        let pages = Pages::new(None);
        for subject in Subject::ALL {
            let one = Letter {
                subject,
                ..letter("Mia")
            };
            let words = pages.letter(&one, "Our door").expect("a letter");
            assert!(
                words.html.len() < 20 * 1024,
                "ux.md: mail HTML of at most 20 KB"
            );
            for part in ["src=", "url(", "@import", "<script", "<link"] {
                assert!(!words.html.contains(part), "{subject:?} {part}");
            }
            for part in [&words.text, &words.html] {
                assert!(
                    part.contains("Our door") && part.contains("Hello Mia"),
                    "{part}"
                );
            }
        }
        let words = pages.letter(&letter("Mia"), "Our door").expect("a letter");
        let url = "https://auth.example.org/recovery/use-token/k/?a=1&b=2";
        assert!(words.text.contains(url));
        assert!(words.html.contains(&url.replace('&', "&amp;")));
        assert!(!words.subject.contains("/k/"));
        assert!(
            words.text.contains("2027-01-15 08:00 UTC"),
            "{}",
            words.text
        );
    }

    /// security.md, pen-tests: HTML injection by names.
    #[test]
    fn a_name_is_never_markup() {
        let words = Pages::new(None)
            .letter(&letter("<b>Mia</b> & \"co\""), "x")
            .expect("a letter");
        assert!(
            words
                .html
                .contains("&lt;b&gt;Mia&lt;/b&gt; &amp; &quot;co&quot;"),
            "{}",
            words.html
        );
        assert!(
            words.text.contains("Hello <b>Mia</b> & \"co\","),
            "{}",
            words.text
        );
    }

    #[test]
    fn an_operators_template_wins_and_one_that_fails_is_left_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            fs::write(folder.path().join("email").join(name), text).expect("a file");
        };
        fs::create_dir(folder.path().join("email")).expect("a folder");
        write("password_reset.txt", "Go to {{ url }} & come back");
        write("password_reset.html", "{% load i18n %}{% trans 'Hello' %}");
        let pages = Pages::new(Some(folder.path().to_owned()));
        let words = pages.letter(&letter("Mia"), "x").expect("a letter");
        assert_eq!(
            words.text,
            "Go to https://auth.example.org/recovery/use-token/k/?a=1&b=2 & come back"
        );
        assert!(
            words.html.contains("Hello Mia"),
            "ours stands in: {}",
            words.html
        );
        assert_eq!(pages.rejected()[0].name, "email/password_reset.html");
    }
}
