//! Names, bytes and the folder; `security.md` 1: path traversal, SVG icon XSS.

use std::os::unix::fs::symlink;
use std::sync::Arc;

use proptest::prelude::*;

use super::shelf::{Kept, Shelf};
use super::{FILE_MAX_BYTES, MediaName, MediaType, presentable};

fn name(text: &str) -> MediaName {
    MediaName::parse(text).unwrap()
}

#[test]
fn a_name_stays_below_the_folder_and_ends_like_a_picture() {
    for text in [
        "a.png",
        "b/c/d/E-1_2.SVG",
        "logo-%(theme)s.webp",
        "a..png",
        "x.tar.jpeg",
    ] {
        assert!(MediaName::parse(text).is_ok(), "{text}");
    }
    let long = "a".repeat(200) + ".png";
    for text in [
        "",
        "/",
        "/a.png",
        "a//b.png",
        "../a.png",
        "a/../b.png",
        "./a.png",
        ".a.png",
        "a/.b.png",
        "a\\b.png",
        "a\0.png",
        "a b.png",
        "ä.png",
        "a.png/",
        "a/b/c/d/e.png",
        "a",
        "a.html",
        "a.svg.",
        ".svg",
        "a:b.png",
        &long,
    ] {
        assert!(MediaName::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_picture_is_known_by_its_bytes_and_a_drawing_is_written_anew() {
    for (bytes, media_type) in [
        (&b"\x89PNG\r\n\x1a\n..."[..], MediaType::Png),
        (b"\xff\xd8\xff\xe0...", MediaType::Jpeg),
        (b"GIF89a...", MediaType::Gif),
        (b"RIFF....WEBP", MediaType::Webp),
        (b"....ftypavif", MediaType::Avif),
        (b"\0\0\x01\0", MediaType::Ico),
    ] {
        assert_eq!(
            presentable(bytes.to_vec()),
            Ok((media_type, bytes.to_vec()))
        );
    }
    let drawing = b"\xef\xbb\xbf <svg onload='alert(1)'><script>x</script><g/></svg>".to_vec();
    let kept = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><g/></svg>".to_vec();
    assert_eq!(presentable(drawing), Ok((MediaType::Svg, kept)));
    for bytes in [
        &b""[..],
        b"<html><svg/></html>",
        b"<!DOCTYPE html><svg/>",
        b"<?xml version='1.0'?><html/>",
        b"<svg>\xff</svg>",
        b"%PDF-1.7",
        b"MZ",
        b"PNG",
    ] {
        assert!(presentable(bytes.to_vec()).is_err(), "{bytes:?}");
    }
}

#[test]
fn a_file_is_kept_once_and_nothing_takes_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = Shelf::new(Arc::new(folder.path().join("media/public")));
    assert_eq!(shelf.list().unwrap(), []);
    assert_eq!(shelf.read(&name("a.png")).unwrap(), None);
    assert_eq!(shelf.keep(&name("a/b.png"), b"one").unwrap(), Kept::New);
    for taken in ["a/b.png", "a/b.png/c.png"] {
        assert_eq!(
            shelf.keep(&name(taken), b"two").unwrap(),
            Kept::Exists,
            "{taken}"
        );
    }
    assert_eq!(shelf.keep(&name("z.png"), b"z").unwrap(), Kept::New);
    assert_eq!(shelf.read(&name("a/b.png")).unwrap().unwrap(), b"one");
    assert_eq!(shelf.list().unwrap(), [name("a/b.png"), name("z.png")]);
    assert!(shelf.remove(&name("a/b.png")).unwrap());
    assert!(!shelf.remove(&name("a/b.png")).unwrap());
}

#[test]
fn of_many_that_keep_one_name_at_once_one_does() {
    let folder = tempfile::tempdir().unwrap();
    let root = Arc::new(folder.path().to_owned());
    let keep = |number: u8| {
        let shelf = Shelf::new(Arc::clone(&root));
        std::thread::spawn(move || shelf.keep(&name("a.png"), &[number]).unwrap())
    };
    let threads: Vec<_> = (0..50).map(keep).collect();
    let kept = threads.into_iter().map(|thread| thread.join().unwrap());
    assert_eq!(kept.filter(|kept| *kept == Kept::New).count(), 1);
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 1, "something was left aside");
}

#[test]
fn no_link_leads_out_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret.png");
    std::fs::write(&secret, "secret").unwrap();
    let root = folder.path().join("media");
    std::fs::create_dir(&root).unwrap();
    symlink(&secret, root.join("link.png")).unwrap();
    symlink(folder.path(), root.join("up")).unwrap();
    let shelf = Shelf::new(Arc::new(root));
    for text in ["link.png", "up/secret.png"] {
        assert_eq!(shelf.read(&name(text)).unwrap(), None, "{text}");
        assert_eq!(
            shelf.keep(&name(text), b"x").unwrap(),
            Kept::Exists,
            "{text}"
        );
    }
    assert!(!shelf.remove(&name("up/secret.png")).unwrap());
    assert_eq!(shelf.list().unwrap(), []);
    assert_eq!(std::fs::read(&secret).unwrap(), b"secret");
}

#[test]
fn what_is_no_file_or_too_large_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("a.png")).unwrap();
    std::fs::write(folder.path().join("b.png"), vec![0; FILE_MAX_BYTES + 1]).unwrap();
    let shelf = Shelf::new(Arc::new(folder.path().to_owned()));
    assert_eq!(shelf.read(&name("a.png")).unwrap(), None);
    assert_eq!(shelf.read(&name("b.png")).unwrap(), None);
}

proptest! {
    #[test]
    fn no_name_leaves_the_folder(text in "[a./%\\\\~:png-]{0,20}") {
        if let Ok(name) = MediaName::parse(&text) {
            let path = std::path::Path::new(name.as_str());
            let plain = |part| matches!(part, std::path::Component::Normal(_));
            prop_assert!(path.components().all(plain));
        }
    }
}
