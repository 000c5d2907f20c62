//! Owns a real SMTP server (aiosmtpd) that keeps each letter as a file.

use std::net::TcpStream;
use std::path::PathBuf;

use tempfile::TempDir;

use super::ports::free_port;
use super::process::{Process, bare, until, work_tree};
use super::tls::authority;

/// How the connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Plain,
    StartTls,
    Tls,
}

/// A running server.
#[derive(Debug)]
pub(crate) struct PostOffice {
    process: Option<Process>,
    line: Line,
    port: u16,
    folder: TempDir,
}

pub(crate) const USER: &str = "door";
pub(crate) const PASSWORD: &str = "green-letter-box-by-the-gate";

impl PostOffice {
    /// A server that is not there yet.
    pub(crate) fn closed(line: Line) -> Self {
        Self {
            process: None,
            line,
            port: free_port(),
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    pub(crate) fn open(line: Line) -> Self {
        let mut office = Self::closed(line);
        office.start();
        office
    }

    pub(crate) fn start(&mut self) {
        let tree = work_tree();
        let mut command = bare(tree.join(".run/venv/bin/python"));
        command
            .arg(tree.join("tests/smtp/server.py"))
            .arg(self.folder.path())
            .arg(self.port.to_string());
        match self.line {
            Line::Plain => command.arg("plain"),
            Line::StartTls => command.arg("starttls"),
            Line::Tls => command.arg("tls"),
        };
        if self.line != Line::Plain {
            command
                .arg(authority().certificate())
                .arg(authority().key());
            command.args([USER, PASSWORD]);
        }
        let log = self.folder.path().join("log");
        let mut process = Process::start("aiosmtpd", &mut command, &log);
        process.wait_until(|| TcpStream::connect(("127.0.0.1", self.port)).is_ok());
        self.process = Some(process);
    }

    /// The settings of a server that sends its mail here.
    pub(crate) fn settings(&self) -> Vec<(&'static str, String)> {
        let mut all = vec![
            ("AUTHENTIK_EMAIL__HOST", "localhost".to_owned()),
            ("AUTHENTIK_EMAIL__PORT", self.port.to_string()),
            (
                "AUTHENTIK_EMAIL__FROM",
                "The door <door@example.org>".to_owned(),
            ),
            ("AUTHENTIK_EMAIL__TIMEOUT", "5".to_owned()),
        ];
        match self.line {
            Line::Plain => return all,
            Line::StartTls => all.push(("AUTHENTIK_EMAIL__USE_TLS", "true".to_owned())),
            Line::Tls => all.push(("AUTHENTIK_EMAIL__USE_SSL", "true".to_owned())),
        }
        let ca = authority().ca();
        all.push(("DOORWARD_EMAIL__CA_FILE", ca.display().to_string()));
        all.push(("AUTHENTIK_EMAIL__USERNAME", USER.to_owned()));
        all.push(("AUTHENTIK_EMAIL__PASSWORD", PASSWORD.to_owned()));
        all
    }

    /// The same as a kit takes them.
    pub(crate) fn environment(&self) -> Vec<(&'static str, &'static str)> {
        let leaked = |value: String| -> &'static str { value.leak() };
        let all = self.settings().into_iter();
        all.map(|(name, value)| (name, leaked(value))).collect()
    }

    /// The letters so far, in order.
    pub(crate) fn letters(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).expect("a folder");
        let mut paths: Vec<PathBuf> = entries
            .map(|entry| entry.expect("an entry").path())
            .collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
        paths.sort();
        let read = |path: &PathBuf| std::fs::read_to_string(path).expect("a letter");
        paths.iter().map(read).collect()
    }

    /// The first letter, once it is there.
    pub(crate) fn letter(&self) -> String {
        self.letter_at(0)
    }

    /// The letter after so many others, once it is there.
    pub(crate) fn letter_at(&self, place: usize) -> String {
        until("a letter", || self.letters().into_iter().nth(place))
    }
}

/// The path of the link in a letter that begins so.
pub(crate) fn link_in(letter: &str, beginning: &str) -> String {
    let text = readable(letter);
    let at = text.find(beginning).expect("a link");
    let rest = text[at..].chars();
    rest.take_while(|one| !one.is_whitespace()).collect()
}

/// Long lines of a letter are broken with `=` at the end (RFC 2045 §6.7).
pub(crate) fn readable(letter: &str) -> String {
    let whole = letter.replace("=\r\n", "").replace("=\n", "");
    whole.replace("=3D", "=")
}
