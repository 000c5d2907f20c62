//! The queue over every engine, against servers that are away or say no.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use doorward_store::list::{Query, page};
use doorward_store::testing::user_row;
use doorward_store::{event, mail as rows, user};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::bound::LETTERS_MAX;
use super::{
    Dress, Encryption, Letter, Purse, Render, Rendered, Smtp, Subject, Unsent, deliver, post,
};
use crate::testing::{NOW, engine_with, settings};
use crate::{Engine, Settings};

pub(crate) fn smtp(port: u16) -> Smtp {
    Smtp {
        host: "127.0.0.1".to_owned(),
        port,
        username: String::new(),
        password: String::new(),
        encryption: Encryption::None,
        timeout: Duration::from_secs(5),
        from: "Doorward <door@example.org>".to_owned(),
        ca_file: None,
    }
}

fn letter() -> Letter {
    Letter {
        subject: Subject::PasswordReset,
        to: "mia@example.org".to_owned(),
        name: "Mia".to_owned(),
        username: "mia".to_owned(),
        url: Some("https://auth.example.org/recovery/use-token/very-secret/".to_owned()),
        code: None,
        stage: None,
        template: None,
        written: None,
        expires_at: NOW + 60 * 60 * 1000,
    }
}

fn render() -> Render {
    Arc::new(|letter, _| {
        Ok(Rendered {
            subject: "A link".to_owned(),
            text: letter.url.clone().unwrap_or_default(),
            html: "<p>A link</p>".to_owned(),
        })
    })
}

/// A server that takes every letter, or answers each recipient with this line; counts its letters.
async fn server(refusal: Option<&'static str>) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            converse(stream, refusal, &counted).await;
        }
    });
    (port, count)
}

/// Until the client hangs up. A letter is counted before it is confirmed, or whoever has heard that
/// it was taken could look first.
async fn converse(stream: TcpStream, refusal: Option<&str>, count: &AtomicUsize) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let mut in_letter = false;
    let mut said = "220 here".to_owned();
    loop {
        if !said.is_empty() {
            let line = format!("{said}\r\n");
            stream.get_mut().write_all(line.as_bytes()).await.ok()?;
        }
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return Some(());
        }
        said = match (in_letter, line.trim_end()) {
            (true, ".") => {
                in_letter = false;
                count.fetch_add(1, Ordering::SeqCst);
                "250 taken".to_owned()
            }
            (true, _) => String::new(),
            (false, "DATA") => {
                in_letter = true;
                "354 go on".to_owned()
            }
            (false, words) if words.starts_with("RCPT") => refusal.unwrap_or("250 ok").to_owned(),
            (false, "QUIT") => "221 bye".to_owned(),
            (false, _) => "250 ok".to_owned(),
        };
    }
}

async fn engine(store: &doorward_store::Store, port: u16) -> Engine {
    let settings = Settings {
        mail: Some(smtp(port)),
        ..settings()
    };
    engine_with(store, settings).await
}

async fn posted(engine: &Engine) {
    let mut tx = engine.store.begin().await.expect("a transaction");
    post(engine, &mut tx, &letter(), Purse::Strangers, NOW)
        .await
        .expect("it is queued");
    engine.commit(tx).await.expect("a commit");
}

async fn waiting(engine: &Engine) -> i64 {
    let mut tx = engine.store.read().await.expect("a transaction");
    rows::count(&mut tx).await.expect("a count")
}

async fn events(engine: &Engine) -> Vec<event::EventRow> {
    let mut tx = engine.store.read().await.expect("a transaction");
    let query = Query {
        order: vec![("id", false)],
        limit: 10,
        ..Query::default()
    };
    let page = page(&mut tx, "events", event::COLUMNS, &query).await;
    page.expect("events").rows
}

#[tokio::test]
async fn a_letter_is_sent_once_and_its_link_is_in_no_row() {
    for store in doorward_store::testing::every_engine().await {
        let (port, count) = server(None).await;
        let engine = engine(&store.store, port).await;
        posted(&engine).await;
        let mut tx = engine.store.begin().await.expect("a transaction");
        let row = rows::claim(&mut tx, NOW, NOW + 1)
            .await
            .expect("an answer")
            .expect("a row");
        drop(tx);
        assert!(!row.body.contains("very-secret") && !row.body.contains("mia@"));
        let (one, two) = (render(), render());
        let (left, right) = tokio::join!(deliver(&engine, NOW, &one), deliver(&engine, NOW, &two));
        assert_eq!(left.expect("one") + right.expect("the other"), 1);
        assert_eq!(
            (waiting(&engine).await, count.load(Ordering::SeqCst)),
            (0, 1)
        );
        let events = events(&engine).await;
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].action, "email_sent");
        assert!(!events[0].context.contains("very-secret"));
    }
}

#[tokio::test]
async fn while_the_server_is_away_a_letter_waits_also_through_a_restart() {
    for store in doorward_store::testing::every_engine().await {
        let (gone, _) = server(Some("450 not now")).await;
        let engine_before = engine(&store.store, gone).await;
        posted(&engine_before).await;
        for (at, tries) in [(NOW, 1), (NOW + 5_000, 2), (NOW + 15_000, 3)] {
            let sent = deliver(&engine_before, at, &render()).await.expect("a try");
            assert_eq!((sent, waiting(&engine_before).await), (0, 1), "{tries}");
            // Before its time it is not tried again.
            let early = deliver(&engine_before, at + 4_999, &render()).await;
            assert_eq!(early.expect("no try"), 0);
        }
        let (port, count) = server(None).await;
        let engine_after = engine(&store.store, port).await;
        let later = NOW + 10 * 60 * 1000;
        assert_eq!(
            deliver(&engine_after, later, &render())
                .await
                .expect("a try"),
            1
        );
        assert_eq!(
            (waiting(&engine_after).await, count.load(Ordering::SeqCst)),
            (0, 1)
        );
    }
}

#[tokio::test]
async fn what_the_server_refuses_for_good_is_given_up_and_told() {
    let store = doorward_store::testing::sqlite().await;
    let (port, _) = server(Some("550 nobody of that name")).await;
    let engine = engine(&store.store, port).await;
    posted(&engine).await;
    assert_eq!(deliver(&engine, NOW, &render()).await.expect("a try"), 0);
    assert_eq!(waiting(&engine).await, 0);
    let events = events(&engine).await;
    assert_eq!(events[0].action, "configuration_error");
    assert!(events[0].context.contains("nobody of that name"));
}

#[tokio::test]
async fn late_mail_is_never_sent() {
    let store = doorward_store::testing::sqlite().await;
    let (port, count) = server(None).await;
    let engine = engine(&store.store, port).await;
    posted(&engine).await;
    let late = letter().expires_at;
    assert_eq!(deliver(&engine, late, &render()).await.expect("no try"), 0);
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn without_a_server_and_beyond_the_bound_nothing_is_queued() {
    let store = doorward_store::testing::sqlite().await;
    let bare = crate::testing::engine(&store.store).await;
    let mut tx = bare.store.begin().await.expect("a transaction");
    let refused = post(&bare, &mut tx, &letter(), Purse::Strangers, NOW).await;
    assert!(matches!(refused, Err(Unsent::NotSetUp)));
    drop(tx);
    let engine = engine(&store.store, 9).await;
    let mut tx = engine.store.begin().await.expect("a transaction");
    for number in 0..10_000 {
        let row = rows::MailRow {
            id: number.to_string(),
            body: String::new(),
            tries: 0,
            due_at: NOW,
            created_at: NOW,
            expires_at: NOW + 1,
        };
        rows::insert(&mut tx, &row).await.expect("a row");
    }
    let refused = post(&engine, &mut tx, &letter(), Purse::Strangers, NOW).await;
    assert!(matches!(refused, Err(Unsent::Full)));
}

#[tokio::test]
async fn a_password_is_not_sent_to_another_machine_in_clear() {
    let away = Smtp {
        host: "192.0.2.1".to_owned(),
        username: "door".to_owned(),
        ..smtp(25)
    };
    let words = Rendered {
        subject: String::new(),
        text: String::new(),
        html: String::new(),
    };
    let said = super::send(&away, "mia@example.org", &words)
        .await
        .expect_err("refused");
    assert!(
        said.to_string().contains("not sent without encryption"),
        "{said}"
    );
}

#[tokio::test]
async fn a_server_that_says_nothing_does_not_hold_the_queue() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let silent = Smtp {
        timeout: Duration::from_millis(50),
        ..smtp(listener.local_addr().expect("an address").port())
    };
    let words = render()(&letter(), &Dress::default()).expect("words");
    let said = super::send(&silent, "mia@example.org", &words).await;
    assert!(matches!(said, Err(super::Undelivered::Now(words)) if words.contains("no answer")));
}

#[tokio::test]
async fn a_letter_is_dressed_in_the_language_of_the_account_it_goes_to() {
    for store in doorward_store::testing::every_engine().await {
        let (port, _) = server(None).await;
        let engine = engine(&store.store, port).await;
        for (id, attributes, locale) in [
            (7, r#"{"settings":{"locale":"de_AT"}}"#, "de_AT"),
            (8, r#"{"settings":{"locale":7}}"#, ""),
            (9, "{}", ""),
        ] {
            let mut tx = engine.store.begin().await.expect("a transaction");
            let mut row = user_row(id, &format!("person {id}"), NOW);
            attributes.clone_into(&mut row.attributes);
            user::insert(&mut tx, &row).await.expect("a person");
            let mut one = letter();
            one.username.clone_from(&row.username);
            post(&engine, &mut tx, &one, Purse::Strangers, NOW)
                .await
                .expect("it is queued");
            engine.commit(tx).await.expect("a commit");
            let seen = Arc::new(Mutex::new(String::new()));
            let seeing = Arc::clone(&seen);
            let words = render();
            let look: Render = Arc::new(move |letter, dress| {
                dress.locale.clone_into(&mut seeing.lock().expect("a lock"));
                words(letter, dress)
            });
            assert_eq!(deliver(&engine, NOW, &look).await.expect("a try"), 1);
            assert_eq!(*seen.lock().expect("a lock"), locale);
        }
    }
}

/// Whoever makes an account chooses its name, and a mailed address may be a stranger's.
#[tokio::test]
async fn a_name_is_one_short_line_in_a_letter() {
    for store in doorward_store::testing::every_engine().await {
        let (port, _) = server(None).await;
        let engine = engine(&store.store, port).await;
        let mut one = letter();
        one.name = format!("Mia\r\n\r\nYour mailbox is locked{}", "!".repeat(100));
        one.username = "m\u{7}ia".to_owned();
        let mut tx = engine.store.begin().await.expect("a transaction");
        post(&engine, &mut tx, &one, Purse::Strangers, NOW)
            .await
            .expect("it is queued");
        engine.commit(tx).await.expect("a commit");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let seeing = Arc::clone(&seen);
        let words = render();
        let look: Render = Arc::new(move |letter, dress| {
            *seeing.lock().expect("a lock") = vec![letter.name.clone(), letter.username.clone()];
            words(letter, dress)
        });
        assert_eq!(deliver(&engine, NOW, &look).await.expect("a try"), 1);
        let seen = seen.lock().expect("a lock");
        assert!(seen[0].starts_with("Mia    Your mailbox is locked!"));
        assert_eq!((seen[0].chars().count(), &*seen[1]), (64, "m ia"));
    }
}

async fn try_post(engine: &Engine, to: &str, subject: Subject, purse: Purse) -> Result<(), Unsent> {
    let one = Letter {
        to: to.to_owned(),
        subject,
        ..letter()
    };
    let mut tx = engine.store.begin().await.expect("a transaction");
    post(engine, &mut tx, &one, purse, NOW).await?;
    Ok(engine.commit(tx).await?)
}

/// The last review: whoever asks at several stages, or writes the address in several ways, still
/// gets no more letters into one mailbox.
#[tokio::test]
async fn one_mailbox_gets_so_many_letters_whatever_they_are_about_and_however_it_is_written() {
    for store in doorward_store::testing::every_engine().await {
        let engine = engine(&store.store, 9).await;
        let spellings = ["mia@example.org", "MIA@example.org", "mia+x@example.org"];
        let asked = (0..60).map(|number| {
            let all = Subject::ALL;
            let (to, subject) = (spellings[number % 3], all[number % all.len()]);
            try_post(&engine, to, subject, Purse::Strangers)
        });
        let answers = futures_util::future::join_all(asked).await;
        let posted = answers.iter().filter(|one| one.is_ok()).count();
        assert_eq!(i64::try_from(posted), Ok(LETTERS_MAX));
        assert_eq!(waiting(&engine).await, LETTERS_MAX);
        let refused = answers.into_iter().find_map(Result::err).expect("one");
        let words = refused.to_string();
        assert!(words.contains("has had too many letters"), "{words}");
        try_post(&engine, "eve@example.org", Subject::Setup, Purse::Strangers)
            .await
            .expect("another mailbox");
        let others = [
            Purse::People,
            Purse::Own(7),
            Purse::Own(8),
            Purse::Expressions,
        ];
        for purse in others {
            try_post(&engine, "mia@example.org", Subject::EmailOtp, purse)
                .await
                .expect("strangers have spent nothing of it");
        }
        assert_eq!(waiting(&engine).await, LETTERS_MAX + 5);
    }
}

/// A server that answers a recipient only when four letters stand there at once.
async fn meeting() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let count = Arc::new(AtomicUsize::new(0));
    let (counted, together) = (Arc::clone(&count), Arc::new(tokio::sync::Barrier::new(4)));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (counted, together) = (Arc::clone(&counted), Arc::clone(&together));
            tokio::spawn(async move {
                together.wait().await;
                converse(stream, None, &counted).await;
            });
        }
    });
    (port, count)
}

/// decision 24: a few letters at once, each of them once.
#[tokio::test]
async fn four_letters_are_under_way_at_once_and_each_is_sent_once() {
    for store in doorward_store::testing::every_engine().await {
        let (port, count) = meeting().await;
        let engine = engine(&store.store, port).await;
        for _ in 0..8 {
            posted(&engine).await;
        }
        let sent = deliver(&engine, NOW, &render()).await.expect("a try");
        assert_eq!((sent, count.load(Ordering::SeqCst)), (8, 8));
        assert_eq!(waiting(&engine).await, 0);
    }
}
