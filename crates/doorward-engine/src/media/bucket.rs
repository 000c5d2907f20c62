//! A bucket of S3, or of what speaks like it (`MinIO`, Ceph, Garage, R2).
//!
//! Owns which requests are sent. Leaves signing and spelling to `protocol::s3` and connections to
//! `remote`. Rule: files lie below authentik's prefix, every answer is bounded, a key never leaves but
//! as a signature, and what goes wrong is told without either.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use doorward_protocol::encoding::{hex, sha256};
use doorward_protocol::s3::{self, Listing, Signed};
use http::{Method, Request};
use http_body_util::Full;
use jiff::Timestamp;
use url::Url;

use super::shelf::Kept;
use super::{FILE_MAX_BYTES, FILES_MAX, MediaName};
use crate::engine::Fault;
use crate::remote::{Answer, Bounds, Remote};

/// authentik's: what the media are for, and its one tenant.
const PREFIX: &str = "media/public/";
const PATIENCE: Duration = Duration::from_secs(20);
/// A page of the list has a thousand names of at most 1024 bytes, and some words about each.
const LISTING_MAX_BYTES: usize = 4 * 1024 * 1024;
/// Names that are none of ours count towards nothing, so pages are counted.
const PAGES_MAX: usize = 10;
const OK: u16 = 200;
const NO_CONTENT: u16 = 204;
const NOT_FOUND: u16 = 404;
/// Somebody else writes the same name right now.
const CONFLICT: u16 = 409;
/// There is a file of this name.
const PRECONDITION_FAILED: u16 = 412;

/// Where the bucket is and who we are there.
#[derive(Clone)]
pub struct Bucket {
    /// The address of the bucket, without a slash at its end.
    pub address: Url,
    /// Who we are.
    pub key: s3::Key,
    /// What goes with a key for a time.
    pub security_token: Option<String>,
}

impl fmt::Debug for Bucket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Bucket({})", self.address)
    }
}

/// What is asked of the bucket.
#[derive(Default)]
struct Wish<'a> {
    method: Method,
    /// The name of a file with its prefix, or nothing for the bucket.
    object: &'a str,
    query: &'a str,
    body: Vec<u8>,
    /// Only if there is none of this name.
    is_new: bool,
}

impl Bucket {
    pub(super) async fn list(&self, remote: &Remote) -> Result<Vec<MediaName>, Fault> {
        let mut names = Vec::new();
        let mut next: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let page = self.page(remote, next.as_deref()).await?;
            let ours = page.keys.iter().filter_map(|key| key.strip_prefix(PREFIX));
            names.extend(ours.filter_map(|name| MediaName::parse(name).ok()));
            next = page.next;
            if next.is_none() || names.len() >= FILES_MAX {
                break;
            }
        }
        names.truncate(FILES_MAX);
        names.sort();
        Ok(names)
    }

    async fn page(&self, remote: &Remote, after: Option<&str>) -> Result<Listing, Fault> {
        let mut pairs = vec![("list-type", "2"), ("prefix", PREFIX)];
        pairs.extend(after.map(|after| ("continuation-token", after)));
        let wish = Wish {
            query: &s3::query(&pairs),
            ..Wish::default()
        };
        let answer = self.ask(remote, wish, LISTING_MAX_BYTES).await?;
        if answer.status != OK {
            return Err(refused("list its files", &answer));
        }
        let text = String::from_utf8_lossy(&answer.body);
        Listing::read(&text).map_err(|error| Fault::Broken(format!("the bucket: {error}")))
    }

    pub(super) async fn read(
        &self,
        remote: &Remote,
        name: &MediaName,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let wish = Wish {
            object: &object(name),
            ..Wish::default()
        };
        let answer = self.ask(remote, wish, FILE_MAX_BYTES).await?;
        match answer.status {
            OK => Ok(Some(answer.body.into())),
            NOT_FOUND => Ok(None),
            _ => Err(refused("read a file", &answer)),
        }
    }

    /// The condition decides between two at once where the server knows it; asking first is for those
    /// that do not.
    pub(super) async fn keep(
        &self,
        remote: &Remote,
        name: &MediaName,
        body: Vec<u8>,
    ) -> Result<Kept, Fault> {
        if self.has(remote, name).await? {
            return Ok(Kept::Exists);
        }
        let wish = Wish {
            method: Method::PUT,
            object: &object(name),
            body,
            is_new: true,
            ..Wish::default()
        };
        let answer = self.ask(remote, wish, LISTING_MAX_BYTES).await?;
        match answer.status {
            OK => Ok(Kept::New),
            PRECONDITION_FAILED | CONFLICT => Ok(Kept::Exists),
            _ => Err(refused("keep a file", &answer)),
        }
    }

    pub(super) async fn remove(&self, remote: &Remote, name: &MediaName) -> Result<bool, Fault> {
        if !self.has(remote, name).await? {
            return Ok(false);
        }
        let wish = Wish {
            method: Method::DELETE,
            object: &object(name),
            ..Wish::default()
        };
        let answer = self.ask(remote, wish, LISTING_MAX_BYTES).await?;
        match answer.status {
            OK | NO_CONTENT => Ok(true),
            _ => Err(refused("remove a file", &answer)),
        }
    }

    async fn has(&self, remote: &Remote, name: &MediaName) -> Result<bool, Fault> {
        let wish = Wish {
            method: Method::HEAD,
            object: &object(name),
            ..Wish::default()
        };
        let answer = self.ask(remote, wish, LISTING_MAX_BYTES).await?;
        match answer.status {
            OK => Ok(true),
            NOT_FOUND => Ok(false),
            _ => Err(refused("look for a file", &answer)),
        }
    }

    async fn ask(&self, remote: &Remote, wish: Wish<'_>, most: usize) -> Result<Answer, Fault> {
        let request = self.signed(wish, Timestamp::now());
        let request = request.map_err(|error| Fault::Broken(format!("the bucket: {error}")))?;
        let bounds = Bounds {
            patience: PATIENCE,
            most,
        };
        let answer = remote.ask(request, bounds).await;
        answer.map_err(|error| Fault::Broken(format!("the bucket does not answer: {error}")))
    }

    fn signed(&self, wish: Wish<'_>, at: Timestamp) -> Result<Request<Full<Bytes>>, http::Error> {
        let path = format!(
            "{}/{}",
            self.address.path().trim_end_matches('/'),
            s3::in_path(wish.object)
        );
        let (at, hash) = (
            at.strftime("%Y%m%dT%H%M%SZ").to_string(),
            hex(sha256(&wish.body)),
        );
        let mut headers = vec![("host", self.address.authority())];
        headers.extend(wish.is_new.then_some(("if-none-match", "*")));
        headers.extend([("x-amz-content-sha256", &*hash), ("x-amz-date", &*at)]);
        let token = self.security_token.as_deref();
        headers.extend(token.map(|token| ("x-amz-security-token", token)));
        let authorization = s3::authorization(
            &Signed {
                method: wish.method.as_str(),
                path: &path,
                query: wish.query,
                headers: &headers,
            },
            &self.key,
        );
        let origin = self.address.origin().ascii_serialization();
        let mark = if wish.query.is_empty() { "" } else { "?" };
        let address = format!("{origin}{path}{mark}{}", wish.query);
        let mut request = Request::builder().method(wish.method).uri(address);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.header("authorization", authorization);
        request.body(Full::from(wish.body))
    }
}

fn object(name: &MediaName) -> String {
    format!("{PREFIX}{name}")
}

/// The status and S3's word for it, of which the answer's `<Code>` has one.
fn refused(what: &str, answer: &Answer) -> Fault {
    let text = String::from_utf8_lossy(&answer.body);
    let code = text
        .split_once("<Code>")
        .and_then(|(_, rest)| rest.split_once("</Code>"));
    let code = code.map_or("", |(code, _)| code);
    let code: String = code
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(64)
        .collect();
    let status = answer.status;
    Fault::Broken(format!("the bucket refuses to {what}: {status} {code}"))
}
