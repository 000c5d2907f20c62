//! A browser with cookies for each host, which follows redirects and presses the button of a form.

use std::collections::BTreeMap;

use http::Request;
use serde_json::Value;
use url::Url;

use crate::kit::{Answer, BROWSER, Kit, forwarded};

/// More redirects than any way of ours has.
const REDIRECTS_MAX: usize = 12;

#[derive(Clone, Default)]
pub(crate) struct Browser {
    /// By host and name.
    cookies: BTreeMap<(String, String), String>,
    /// What the proxy before us says of where it is.
    address: Option<&'static str>,
}

/// Where a way ended: the address, and the page there or the redirect that left the tests' hosts.
pub(crate) struct Page {
    pub(crate) url: Url,
    pub(crate) answer: Answer,
    /// The addresses on the way.
    pub(crate) way: Vec<String>,
}

impl Browser {
    /// Puts the cookie of a session that began without a page.
    pub(crate) fn with(mut self, host: &str, pair: &str) -> Self {
        let (name, value) = pair.split_once('=').unwrap();
        let key = (host.to_owned(), name.to_owned());
        self.cookies.insert(key, value.to_owned());
        self
    }

    /// A browser at an address.
    pub(crate) fn from(address: &'static str) -> Self {
        Self::default().at(address)
    }

    /// The same browser at another address.
    pub(crate) fn at(mut self, address: &'static str) -> Self {
        self.address = Some(address);
        self
    }

    pub(crate) fn cookies_of(&self, host: &str) -> String {
        let of_host = self.cookies.iter().filter(|((owner, _), _)| owner == host);
        let pairs: Vec<_> = of_host.map(|((_, n), v)| format!("{n}={v}")).collect();
        pairs.join("; ")
    }

    /// One request, no redirect followed.
    pub(crate) async fn send(
        &mut self,
        kit: &Kit,
        url: &Url,
        form: Option<(&str, String)>,
    ) -> Answer {
        let host = url.host_str().unwrap().to_owned();
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let method = if form.is_some() { "POST" } else { "GET" };
        let (kind, body) = form.unwrap_or_default();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", &host)
            .header("x-forwarded-proto", url.scheme())
            .header("accept", BROWSER)
            .header("content-type", kind)
            .header("cookie", self.cookies_of(&host));
        if let Some(address) = self.address {
            request = request.header("x-forwarded-for", address);
        }
        let answer = kit.send(request.body(body).unwrap()).await;
        for line in answer.headers.get_all("set-cookie") {
            let (name, rest) = line.to_str().unwrap().split_once('=').unwrap();
            let key = (host.clone(), name.to_owned());
            let value = rest.split(';').next().unwrap().to_owned();
            if rest.contains("Max-Age=0") {
                self.cookies.remove(&key);
            } else {
                self.cookies.insert(key, value);
            }
        }
        answer
    }

    /// Opens an address of a guarded application as Traefik would, or a page of ours, and goes where
    /// that leads.
    pub(crate) async fn open(&mut self, kit: &Kit, url: &str) -> Page {
        let answer = self.send(kit, &Url::parse(url).unwrap(), None).await;
        self.follow(kit, Url::parse(url).unwrap(), answer).await
    }

    /// Asks for an application: the check, and the way that it sends the browser.
    pub(crate) async fn enter(&mut self, kit: &Kit, url: &str) -> Page {
        let host = Url::parse(url).unwrap();
        let cookies = self.cookies_of(host.host_str().unwrap());
        let mut check = forwarded("traefik", url, &[("accept", BROWSER), ("cookie", &cookies)]);
        if let Some(address) = self.address {
            let headers = check.headers_mut();
            headers.insert("x-forwarded-for", address.parse().unwrap());
        }
        let answer = kit.send(check).await;
        self.follow(kit, host, answer).await
    }

    async fn follow(&mut self, kit: &Kit, mut url: Url, mut answer: Answer) -> Page {
        let mut way = Vec::new();
        while matches!(answer.status, 302 | 303) {
            url = url.join(&answer.location()).unwrap();
            way.push(url.to_string());
            assert!(way.len() < REDIRECTS_MAX, "round and round: {way:#?}");
            let is_ours = url.host_str() == Some("auth.t.goauthentik.io")
                || url.path().starts_with("/outpost");
            if !is_ours {
                break;
            }
            answer = self.send(kit, &url, None).await;
        }
        Page { url, answer, way }
    }

    /// Presses the button of the first form on a page.
    pub(crate) async fn submit(&mut self, kit: &Kit, page: &Page, fields: &[(&str, &str)]) -> Page {
        let (to, body) = page.form(fields);
        let kind = "application/x-www-form-urlencoded";
        let answer = self.send(kit, &to, Some((kind, body))).await;
        self.follow(kit, to, answer).await
    }

    /// Calls the executor as authentik's own pages do.
    pub(crate) async fn call(&mut self, kit: &Kit, url: &str, body: Option<&Value>) -> Value {
        let url = Url::parse(url).unwrap();
        let body = body.map(|body| ("application/json", body.to_string()));
        let mut answer = self.send(kit, &url, body).await;
        while answer.status == 302 {
            let to = url.join(&answer.location()).unwrap();
            answer = self.send(kit, &to, None).await;
        }
        serde_json::from_str(&answer.text).unwrap_or_else(|_| panic!("{}", answer.text))
    }
}

impl Page {
    /// Where the first form goes and what its hidden fields send, with `fields`.
    #[track_caller]
    pub(crate) fn form(&self, fields: &[(&str, &str)]) -> (Url, String) {
        let to = self
            .url
            .join(&self.after("method=\"post\" action=\""))
            .unwrap();
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        for name in ["csrf", "component", "token"] {
            let before = format!("name=\"{name}\" value=\"");
            if self.answer.text.contains(&before) {
                body.append_pair(name, &self.after(&before));
            }
        }
        body.extend_pairs(fields);
        (to, body.finish())
    }

    #[track_caller]
    pub(crate) fn after(&self, before: &str) -> String {
        let text = &self.answer.text;
        let at = text
            .find(before)
            .unwrap_or_else(|| panic!("no {before} in {text}"));
        let rest = &text[at + before.len()..];
        let value = &rest[..rest.find('"').unwrap()];
        value.replace("&amp;", "&").replace("&#x2f;", "/")
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        let (found, text) = (self.answer.status, &self.answer.text);
        assert_eq!(found, status, "{} {text}", self.url);
        self
    }

    /// Whether the way ended at this address of an application.
    #[track_caller]
    pub(crate) fn is_at(&self, url: &str) {
        assert_eq!(
            self.url.as_str(),
            url,
            "{:#?} {}",
            self.way,
            self.answer.text
        );
    }
}
