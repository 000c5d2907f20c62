//! Owns a browser without JavaScript: a cookie jar, redirects, forms, the `Sec-Fetch-*` and `Origin`
//! headers that real ones send. Leaves bytes to `http` and forms' text to `html`.

use url::Url;

use super::html::{Form, forms};
use super::http::{Answer, Request};
use super::secrets::Secrets;

const MOST_REDIRECTS: usize = 20;

/// One cookie of the jar.
#[derive(Clone, Debug)]
pub(crate) struct Cookie {
    /// Name.
    pub(crate) name: String,
    /// Value.
    pub(crate) value: String,
    /// The host that set it, or the `Domain` it named.
    pub(crate) domain: String,
    /// True without a `Domain` attribute.
    pub(crate) host_only: bool,
    path: String,
    secure: bool,
}

/// A person's browser.
#[derive(Clone, Debug, Default)]
pub(crate) struct Browser {
    jar: Vec<Cookie>,
    secrets: Secrets,
    /// Addresses of the last navigation, redirects included.
    pub(crate) trail: Vec<Url>,
}

impl Browser {
    /// An empty browser that tells `secrets` every cookie and code it sees.
    pub(crate) fn new(secrets: Secrets) -> Self {
        Self {
            secrets,
            ..Self::default()
        }
    }

    /// Opens a page as a person would: a navigation, redirects followed.
    #[track_caller]
    pub(crate) fn open(&mut self, url: &str) -> Answer {
        self.trail.clear();
        self.follow(&Self::navigation(Request::get(url), "none"))
    }

    /// Opens a page and shows the first answer, redirects not followed.
    #[track_caller]
    pub(crate) fn step(&mut self, url: &str) -> Answer {
        self.send(&Self::navigation(Request::get(url), "none"))
    }

    /// What a page's script gets from `fetch(url)`: redirects not followed.
    #[track_caller]
    pub(crate) fn fetch(&mut self, url: &str) -> Answer {
        let request = Request::get(url).headers(&[
            ("Accept", "*/*"),
            ("Sec-Fetch-Mode", "cors"),
            ("Sec-Fetch-Dest", "empty"),
            ("Sec-Fetch-Site", "same-origin"),
        ]);
        self.send(&request)
    }

    /// Fills in the page's form that has all the given fields and submits it; redirects followed.
    #[track_caller]
    pub(crate) fn submit(&mut self, page: &Answer, values: &[(&str, &str)]) -> Answer {
        self.trail.clear();
        let request = Self::filled(page, values);
        self.follow(&request)
    }

    /// What pressing that form's button would send.
    #[track_caller]
    pub(crate) fn filled(page: &Answer, values: &[(&str, &str)]) -> Request {
        let all = forms(&page.text());
        let form = all
            .iter()
            .find(|form| values.iter().all(|value| form.takes(value)))
            .unwrap_or_else(|| panic!("no form with {values:?} on {}:\n{}", page.url, page.text()));
        let mut fields = form.fields.clone();
        for (name, typed) in values {
            match fields.iter_mut().find(|(known, _)| known == name) {
                Some((_, value)) => (*typed).clone_into(value),
                None => fields.push(((*name).to_owned(), (*typed).to_owned())),
            }
        }
        post_or_get(page, form, &fields)
    }

    fn navigation(request: Request, site: &str) -> Request {
        request.headers(&[
            ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
            ("Accept-Language", "en"),
            ("Sec-Fetch-Mode", "navigate"),
            ("Sec-Fetch-Dest", "document"),
            ("Sec-Fetch-Site", site),
            ("Sec-Fetch-User", "?1"),
            ("Upgrade-Insecure-Requests", "1"),
            (
                "User-Agent",
                "Mozilla/5.0 (X11; Linux x86_64) doorward-test",
            ),
        ])
    }

    #[track_caller]
    fn follow(&mut self, first: &Request) -> Answer {
        let mut answer = self.send(first);
        for _ in 0..MOST_REDIRECTS {
            let (300..400, Some(next)) = (answer.status, answer.location()) else {
                return answer;
            };
            answer = self.send(&Self::navigation(Request::get(next.as_str()), "same-site"));
        }
        panic!("more than {MOST_REDIRECTS} redirects: {:#?}", self.trail)
    }

    /// Sends a request with the jar's cookies and keeps those of the answer.
    #[track_caller]
    pub(crate) fn send(&mut self, request: &Request) -> Answer {
        self.trail.push(request.url().clone());
        self.secrets.add_from_url(request.url());
        let line = self.cookie_line(request.url());
        let request = request.clone();
        let answer = if line.is_empty() {
            request
        } else {
            request.header("Cookie", &line)
        }
        .answer();
        self.secrets.add_from(&answer);
        self.keep(&answer);
        answer
    }

    /// The `Cookie` header that would go to an address.
    pub(crate) fn cookie_line(&self, url: &Url) -> String {
        let host = url.host_str().unwrap_or_default();
        let fits = |c: &&Cookie| {
            let inside = !c.host_only && host.ends_with(&format!(".{}", c.domain));
            (c.domain == host || inside)
                && url.path().starts_with(&c.path)
                && (!c.secure || url.scheme() == "https")
        };
        let pairs = self
            .jar
            .iter()
            .filter(fits)
            .map(|c| format!("{}={}", c.name, c.value));
        pairs.collect::<Vec<_>>().join("; ")
    }

    /// A cookie by the start of its name.
    pub(crate) fn cookie(&self, prefix: &str) -> Option<&Cookie> {
        self.jar.iter().find(|c| c.name.starts_with(prefix))
    }

    fn keep(&mut self, answer: &Answer) {
        let lines: Vec<String> = answer.all("set-cookie").map(str::to_owned).collect();
        for line in lines {
            let (cookie, gone) = parse(&line, &answer.url);
            self.jar.retain(|c| {
                (&c.name, &c.domain, &c.path) != (&cookie.name, &cookie.domain, &cookie.path)
            });
            if !gone {
                self.jar.push(cookie);
            }
        }
    }
}

fn post_or_get(page: &Answer, form: &Form, fields: &[(String, String)]) -> Request {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let mut target = page.url.join(&form.action).expect("a form's action");
    let origin = page.url.origin().ascii_serialization();
    let request = if form.method == "post" {
        Request::new("POST", target.as_str())
            .header("Origin", &origin)
            .body("application/x-www-form-urlencoded", body)
    } else {
        target.set_query(Some(&body));
        Request::get(target.as_str())
    };
    Browser::navigation(request.header("Referer", page.url.as_str()), "same-origin")
}

/// A `Set-Cookie` line, and whether it takes the cookie away.
fn parse(line: &str, url: &Url) -> (Cookie, bool) {
    let mut parts = line.split(';').map(str::trim);
    let (name, value) = parts
        .next()
        .and_then(|pair| pair.split_once('='))
        .unwrap_or((line, ""));
    let mut cookie = Cookie {
        name: name.to_owned(),
        value: value.to_owned(),
        domain: url.host_str().unwrap_or_default().to_owned(),
        host_only: true,
        path: "/".to_owned(),
        secure: false,
    };
    let mut gone = false;
    for part in parts {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        match key.to_ascii_lowercase().as_str() {
            "domain" => {
                value.trim_start_matches('.').clone_into(&mut cookie.domain);
                cookie.host_only = false;
            }
            "path" => value.clone_into(&mut cookie.path),
            "secure" => cookie.secure = true,
            "max-age" => gone |= value.parse::<i64>().is_ok_and(|seconds| seconds <= 0),
            "expires" => gone |= value.contains("1970"),
            _ => {}
        }
    }
    (cookie, gone)
}
