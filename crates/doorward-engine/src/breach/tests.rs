//! Lists of breached passwords, on a server and in files.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::testing;

/// SHA-1 of `password`, as everybody knows it.
const HASH: &str = "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8";

/// A range server that answers `text` with `status` to everybody; says what it was asked.
async fn server(status: &'static str, text: String) -> (Url, tokio::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/range/", listener.local_addr().unwrap());
    let (sender, asked) = tokio::sync::mpsc::channel(10);
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut head = vec![0; 4096];
            let length = connection.read(&mut head).await.unwrap();
            let head = String::from_utf8_lossy(&head[..length]).into_owned();
            sender.send(head).await.unwrap();
            let length = text.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{text}"
            );
            connection.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (Url::parse(&address).unwrap(), asked)
}

async fn asked(breaches: Breaches, password: &str) -> Result<u64, String> {
    let store = doorward_store::testing::sqlite().await;
    let settings = crate::Settings {
        breaches,
        ..testing::settings()
    };
    let engine = testing::engine_with(&store.store, settings).await;
    engine.breaches_of(password).await
}

fn range() -> String {
    let rest = &HASH[TOLD..];
    format!("{:0>35}:7\r\n{rest}:42\r\n{:F>35}:0\r\n", "1", "")
}

#[tokio::test]
async fn a_server_is_told_five_digits_and_nothing_else() {
    let (address, mut heads) = server("200 OK", range()).await;
    let at = |address: &Url| Breaches {
        address: Some(address.clone()),
        list: None,
    };
    assert_eq!(asked(at(&address), "password").await, Ok(42));
    let head = heads.recv().await.unwrap();
    assert!(head.starts_with("GET /range/5BAA6 HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("add-padding: true"), "{head}");
    assert!(!head.contains(&HASH[TOLD..]) && !head.contains("password"));
}

#[tokio::test]
async fn a_list_that_cannot_be_asked_is_an_error_and_not_a_good_password() {
    let nothing = asked(Breaches::default(), "password").await;
    assert_eq!(nothing, Err(NO_LIST.to_owned()));
    for (status, text) in [
        ("503 Service Unavailable", range()),
        ("200 OK", "<html>Sign in to the wifi</html>".to_owned()),
        ("200 OK", String::new()),
        ("200 OK", "x".repeat(BOUNDS.most + 1)),
        ("302 Found", String::new()),
    ] {
        let (address, _heads) = server(status, text).await;
        let breaches = Breaches {
            address: Some(address),
            list: None,
        };
        assert!(asked(breaches, "password").await.is_err(), "{status}");
    }
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", closed.local_addr().unwrap());
    drop(closed);
    let breaches = Breaches {
        address: Some(Url::parse(&address).unwrap()),
        list: None,
    };
    assert!(asked(breaches, "password").await.is_err());
}

#[tokio::test]
async fn a_folder_of_ranges_and_a_sorted_file_say_the_same() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("5BAA6.txt"), range()).unwrap();
    let listed = |path: PathBuf| Breaches {
        address: None,
        list: Some(path),
    };
    let in_folder = asked(listed(folder.path().into()), "password").await;
    assert_eq!(in_folder, Ok(42));
    let other = asked(listed(folder.path().into()), "something else").await;
    assert!(other.is_err(), "a range that is not there is not empty");

    let words: Vec<String> = (0..500).map(|number| format!("word {number}")).collect();
    let hash = |word: &String| sha1_hex(word.as_bytes()).to_ascii_uppercase();
    let mut lines: Vec<_> = words.iter().map(|word| (hash(word), word.len())).collect();
    lines.sort();
    let lines: Vec<_> = lines
        .iter()
        .map(|(hash, count)| format!("{hash}:{count}"))
        .collect();
    let text = lines.join("\r\n") + "\r\n";
    let path = folder.path().join("all.txt");
    std::fs::write(&path, text).unwrap();
    for word in &words {
        let found = file::count(path.clone(), hash(word)).await;
        assert_eq!(found, Ok(word.len() as u64), "{word}");
    }
    for word in ["another", "word 500"] {
        let found = file::count(path.clone(), hash(&word.to_owned())).await;
        assert_eq!(found, Ok(0), "{word}");
    }
    std::fs::write(&path, "this is\nno list\n").unwrap();
    assert!(file::count(path, HASH.to_owned()).await.is_err());
}
