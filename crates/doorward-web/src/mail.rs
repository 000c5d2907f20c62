//! Letters in words: the templates `email/….html` and `email/….txt`, the operator's before ours.
//!
//! Owns what a mail template is told. Leaves the queue and the server to `doorward_engine::mail`.
//! Rule: every letter has a text that says all of it, loads nothing from anywhere, and its subject
//! tells no secret.

use std::sync::Arc;

use doorward_engine::mail::{Dress, Letter, NEVER, Render, Rendered, Subject, Written};
use doorward_protocol::language::Language;
use fluent_bundle::FluentArgs;
use minijinja::Value;
use minijinja::value::{Serde, merge_maps};
use serde::Serialize;

use crate::pages::Pages;
use crate::state::AppState;
use crate::words;

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
    /// The code that it is about; empty if there is none.
    pub token: String,
    /// What an expression says; empty in every other letter.
    pub body: String,
    /// Until when that works, as on pages; empty if it has no end.
    pub expires: String,
    /// What pages have as well: the language.
    pub look: Spoken,
}

/// What a letter has of a page's look.
#[derive(Clone, Debug, Serialize)]
pub struct Spoken {
    /// A BCP 47 language tag.
    pub lang: &'static str,
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
    pub fn of(letter: &Letter, dress: &Dress, brand: &str) -> Self {
        let written = letter.written.as_ref();
        let line = written.map(|one| &one.line).or(dress.subject.as_ref());
        let body = written.map(|one| one.body.as_ref().unwrap_or(&one.line));
        let language = Language::of_tag(&dress.locale).unwrap_or(Language::En);
        Self {
            subject: line
                .cloned()
                .unwrap_or_else(|| subject(language, letter.subject, brand)),
            body: body.cloned().unwrap_or_default(),
            look: Spoken {
                lang: language.tag(),
            },
            brand: brand.to_owned(),
            user: Addressee {
                name: letter.name.clone(),
                username: letter.username.clone(),
                email: letter.to.clone(),
            },
            url: letter.url.clone().unwrap_or_default(),
            token: letter.code.clone().unwrap_or_default(),
            expires: until(language, letter.expires_at),
        }
    }
}

fn until(language: Language, expires_at: i64) -> String {
    if expires_at == NEVER {
        return String::new();
    }
    words::instant(language, expires_at)
}

fn subject(language: Language, subject: Subject, brand: &str) -> String {
    let key = match subject {
        Subject::Setup => "subject-setup",
        Subject::PasswordReset => "subject-password_reset",
        Subject::AccountConfirmation => "subject-account_confirmation",
        Subject::EmailOtp => "subject-email_otp",
        Subject::Invitation => "subject-invitation",
        // It brings its own.
        Subject::Message => return String::new(),
    };
    let brand: FluentArgs<'_> = [("brand", brand)].into_iter().collect();
    words::say(language, key, &brand).unwrap_or_default()
}

/// Every mail template with a sample, so that an operator's own is tried before it is used.
pub(crate) fn samples() -> impl Iterator<Item = (String, Value)> {
    let written = |subject| {
        (subject == Subject::Message).then(|| Written {
            line: "Somebody is at the door".to_owned(),
            body: Some("Mia has signed in.".to_owned()),
            values: serde_json::Map::new(),
        })
    };
    let letter = move |subject| Letter {
        subject,
        to: "mia@example.org".to_owned(),
        name: "Mia Müller".to_owned(),
        username: "mia".to_owned(),
        url: Some("https://auth.example.org/recovery/use-token/x/".to_owned()),
        code: Some("123456".to_owned()),
        stage: None,
        template: None,
        written: written(subject),
        expires_at: 0,
    };
    Subject::ALL.into_iter().flat_map(move |subject| {
        let context = MailContext::of(&letter(subject), &Dress::default(), "Doorward");
        ["html", "txt"].map(|part| (template(subject, part), Value::from(Serde(&context))))
    })
}

fn template(subject: Subject, part: &str) -> String {
    format!("email/{}.{part}", subject.word())
}

impl Pages {
    /// A letter in words; ours stand in for a template that is not there or fails.
    ///
    /// # Errors
    ///
    /// The template engine's, if the built-in template does not render either.
    pub fn letter(
        &self,
        letter: &Letter,
        dress: &Dress,
        brand: &str,
    ) -> Result<Rendered, minijinja::Error> {
        let context = MailContext::of(letter, dress, brand);
        let own = Value::from(Serde(&context));
        let given = letter.written.as_ref().map(|written| &written.values);
        let value = given.map_or(own.clone(), |given| {
            merge_maps([Value::from(Serde(given)), own])
        });
        Ok(Rendered {
            text: self.part(letter, dress, "txt", &value)?,
            html: self.part(letter, dress, "html", &value)?,
            subject: context.subject,
        })
    }

    fn part(
        &self,
        letter: &Letter,
        dress: &Dress,
        part: &str,
        value: &Value,
    ) -> Result<String, minijinja::Error> {
        let own = dress.template.as_deref();
        let own = own.and_then(|name| name.strip_suffix(".html"));
        let own = own.map(|name| self.text(&format!("{name}.{part}"), value));
        // Whoever wrote no text wanted their template, and nothing in its place.
        let written = letter.written.as_ref();
        let is_bare = written.is_some_and(|written| written.body.is_none());
        match own {
            Some(Ok(text)) => Ok(text),
            Some(Err(error)) if is_bare && part == "html" => Err(error),
            _ => self.text(&template(letter.subject, part), value),
        }
    }
}

/// Words for the queue, under the title of the default brand.
pub fn renderer(state: AppState) -> Render {
    Arc::new(move |letter, dress| {
        let brand = doorward_engine::resource::actions::brand::current_brand(&state.engine, "");
        let title = brand["branding_title"].as_str().unwrap_or("Doorward");
        let mut dress = dress.clone();
        if Language::of_tag(&dress.locale).is_none() {
            dress.locale = brand["default_locale"].as_str().unwrap_or_default().into();
        }
        let words = state.pages.letter(letter, &dress, title);
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
            code: Some("123456".to_owned()),
            stage: None,
            template: None,
            written: None,
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
            let words = pages
                .letter(&one, &Dress::default(), "Our door")
                .expect("a letter");
            assert!(
                words.html.len() < 20 * 1024,
                "ux.md: mail HTML of at most 20 KB"
            );
            for part in ["src=", "url(", "@import", "<script", "<link"] {
                assert!(!words.html.contains(part), "{subject:?} {part}");
            }
            // An address that is not confirmed yet may be a stranger's: no name that somebody chose.
            // What an expression says greets nobody of itself.
            let greets = matches!(
                subject,
                Subject::Setup | Subject::PasswordReset | Subject::Invitation
            );
            for part in [&words.text, &words.html] {
                assert!(part.contains("Our door"), "{part}");
                assert_eq!(part.contains("Mia"), greets, "{part}");
            }
        }
        let mia = letter("Mia");
        let words = pages.letter(&mia, &Dress::default(), "Our door");
        let words = words.expect("a letter");
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

    #[test]
    fn a_letter_speaks_the_language_of_whoever_gets_it() {
        let pages = Pages::new(None);
        let dress = Dress {
            locale: "de_AT".to_owned(),
            ..Dress::default()
        };
        let words = pages.letter(&letter("Mia"), &dress, "Haus");
        let words = words.expect("a letter");
        assert_eq!(words.subject, "Ihr Weg zurück in Ihr Konto");
        assert!(words.html.contains("<html lang=\"de\">"), "{}", words.html);
        for part in [&words.text, &words.html] {
            assert!(part.contains("Guten Tag Mia,"), "{part}");
            assert!(
                part.contains("Er gilt bis 15.01.2027, 08:00 Uhr UTC."),
                "{part}"
            );
        }
    }

    /// security.md, pen-tests: HTML injection by names.
    #[test]
    fn a_name_is_never_markup() {
        let words = Pages::new(None)
            .letter(&letter("<b>Mia</b> & \"co\""), &Dress::default(), "x")
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
        let words = pages.letter(&letter("Mia"), &Dress::default(), "x");
        let words = words.expect("a letter");
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

    /// Lines that an operator wrote for one stage go into its letters; a template that is gone, or
    /// that says nothing in plain text, leaves ours in its place.
    #[test]
    fn a_stage_has_a_template_and_a_line_of_its_own() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("email")).expect("a folder");
        let own = folder.path().join("email/house.html");
        fs::write(own, "<p>Come in: {{ url }} {{ token }}</p>").expect("a file");
        let pages = Pages::new(Some(folder.path().to_owned()));
        let words = |template: &str| {
            let dress = Dress {
                template: Some(template.to_owned()),
                subject: Some("Our house".to_owned()),
                ..Dress::default()
            };
            pages.letter(&letter("Mia"), &dress, "x").expect("a letter")
        };
        let own = words("email/house.html");
        assert_eq!(own.subject, "Our house");
        assert!(own.html.starts_with("<p>Come in: https://"), "{}", own.html);
        assert!(own.html.contains("123456"), "{}", own.html);
        assert!(own.text.contains("Hello Mia"), "{}", own.text);
        for gone in ["email/gone.html", "../../etc/passwd", ""] {
            assert!(words(gone).html.contains("Hello Mia"), "{gone}");
        }
    }

    fn message(body: Option<&str>) -> Letter {
        let values = serde_json::json!({ "door": "garden", "brand": "Somebody else" });
        Letter {
            subject: Subject::Message,
            written: Some(Written {
                line: "A <b>door</b>".to_owned(),
                body: body.map(str::to_owned),
                values: values.as_object().expect("an object").clone(),
            }),
            ..letter("Mia")
        }
    }

    /// api-and-model.md 6.2, `ak_send_email`: what an expression says is text in both parts.
    #[test]
    fn what_an_expression_says_is_text_and_never_html() {
        let pages = Pages::new(None);
        let body = "Hello\n<script>alert(1)</script> & bye";
        let words = pages.letter(&message(Some(body)), &Dress::default(), "Our door");
        let words = words.expect("a letter");
        assert_eq!(words.subject, "A <b>door</b>");
        assert!(words.text.starts_with(body), "{}", words.text);
        assert!(
            words.html.contains("Hello\n&lt;script&gt;alert(1)"),
            "{}",
            words.html
        );
        for part in ["<script", "<b>", "Mia"] {
            assert!(!words.html.contains(part), "{part}");
        }
    }

    #[test]
    fn a_message_by_template_is_told_the_expressions_values_and_is_nothing_without_it() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("email")).expect("a folder");
        let own = folder.path().join("email/notice.html");
        fs::write(own, "<p>{{ door }} of {{ brand }}</p>").expect("a file");
        let pages = Pages::new(Some(folder.path().to_owned()));
        let words = |template: &str| {
            let dress = Dress {
                template: Some(template.to_owned()),
                ..Dress::default()
            };
            pages.letter(&message(None), &dress, "Our door")
        };
        let found = words("email/notice.html").expect("a letter");
        assert_eq!(found.html, "<p>garden of Our door</p>");
        assert!(found.text.starts_with("A <b>door</b>"), "{}", found.text);
        assert!(words("email/gone.html").is_err());
    }
}
