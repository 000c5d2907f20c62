//! Hands a letter to the SMTP server.
//!
//! Rule: with encryption on, the server proves its name or nothing is sent; a password never crosses
//! the network in clear.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use super::Rendered;

/// A letter takes so many times the time of a step at most.
pub(super) const STEPS: u32 = 4;

/// How the connection is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encryption {
    /// Not at all.
    #[default]
    None,
    /// It begins in clear and is encrypted before anything is said.
    StartTls,
    /// From the first byte.
    Tls,
}

/// The SMTP server and how we speak to it.
#[derive(Clone)]
pub struct Smtp {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Who we are; empty if it does not ask.
    pub username: String,
    /// And the password.
    pub password: String,
    /// How the connection is encrypted.
    pub encryption: Encryption,
    /// For each step.
    pub timeout: Duration,
    /// Whom letters are from: an address, or `Name <address>`.
    pub from: String,
    /// A file with more certificate authorities.
    pub ca_file: Option<PathBuf>,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (host, port) = (&self.host, self.port);
        write!(formatter, "Smtp({host}:{port}, {:?})", self.encryption)
    }
}

/// Why a letter was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undelivered {
    /// Later it may be.
    #[error("{0}")]
    Now(String),
    /// It never will.
    #[error("{0}")]
    Ever(String),
}

/// Machines do not answer mail of machines (RFC 3834 §5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Sends a letter to one address.
///
/// # Errors
///
/// [`Undelivered`], in words without secrets.
pub async fn send(smtp: &Smtp, to: &str, letter: &Rendered) -> Result<(), Undelivered> {
    let message = message(smtp, to, letter)?;
    let transport = transport(smtp)?;
    // lettre bounds the connecting only: a server that falls silent must not hold the queue.
    let limit = smtp.timeout * STEPS;
    let Ok(sent) = tokio::time::timeout(limit, transport.send(message)).await else {
        let words = format!("no answer within {} seconds", limit.as_secs_f32());
        return Err(Undelivered::Now(words));
    };
    sent.map(drop).map_err(|error| {
        let words = chain(&error);
        if error.is_permanent() {
            Undelivered::Ever(words)
        } else {
            Undelivered::Now(words)
        }
    })
}

fn message(smtp: &Smtp, to: &str, letter: &Rendered) -> Result<Message, Undelivered> {
    let from: Mailbox = smtp
        .from
        .parse()
        .map_err(|error| Undelivered::Now(format!("email.from {}: {error}", smtp.from)))?;
    let address = to
        .parse()
        .map_err(|error| Undelivered::Ever(format!("the address {to}: {error}")))?;
    let parts = MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone());
    let message = Message::builder()
        .from(from)
        .to(Mailbox::new(None, address))
        .subject(&letter.subject)
        .header(AutoSubmitted)
        .message_id(None)
        .multipart(parts);
    message.map_err(|error| Undelivered::Ever(error.to_string()))
}

fn transport(smtp: &Smtp) -> Result<AsyncSmtpTransport<Tokio1Executor>, Undelivered> {
    let tls = match smtp.encryption {
        Encryption::None => Tls::None,
        Encryption::StartTls => Tls::Required(parameters(smtp)?),
        Encryption::Tls => Tls::Wrapper(parameters(smtp)?),
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host)
        .port(smtp.port)
        .timeout(Some(smtp.timeout))
        .tls(tls);
    if !smtp.username.is_empty() {
        if smtp.encryption == Encryption::None && !is_here(&smtp.host) {
            let words =
                "a password is not sent without encryption: set email.use_tls or email.use_ssl";
            return Err(Undelivered::Now(words.to_owned()));
        }
        let credentials = Credentials::new(smtp.username.clone(), smtp.password.clone());
        builder = builder.credentials(credentials);
    }
    Ok(builder.build())
}

/// Whether a letter can go there.
pub(crate) fn is_address(text: &str) -> bool {
    text.parse::<lettre::Address>().is_ok()
}

/// Whether the server is on this machine.
fn is_here(host: &str) -> bool {
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

fn parameters(smtp: &Smtp) -> Result<TlsParameters, Undelivered> {
    let mut builder = TlsParameters::builder(smtp.host.clone());
    if let Some(path) = &smtp.ca_file {
        let unusable = |error: &dyn fmt::Display| {
            Undelivered::Now(format!("email.ca_file {}: {error}", path.display()))
        };
        let text = std::fs::read(path).map_err(|error| unusable(&error))?;
        let certificate = Certificate::from_pem(&text).map_err(|error| unusable(&error))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder
        .build_rustls()
        .map_err(|error| Undelivered::Now(chain(&error)))
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        words = format!("{words}: {inner}");
        cause = inner.source();
    }
    words
}
