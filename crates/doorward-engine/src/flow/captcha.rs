//! The captcha stage: a robot pays, or somebody else's judgement is asked for.
//!
//! Owns the question and what its answer is worth: built in, a piece of work for the browser, or a
//! wait where it runs no scripts ([`Puzzle`]); else the token of a service, which is asked about it.
//! Leaves connections to `remote`. Rule: a solution counts once, in the run that was asked and soon; a
//! service that cannot be asked lets nobody pass.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use doorward_protocol::encoding::{base64url, random_bytes, sha256};
use doorward_protocol::seal::Purpose as Sealing;
use doorward_store::attempt::Limit;
use doorward_store::one_time::{self, Purpose};
use http::Request;
use http::header::{ACCEPT, CONTENT_TYPE};
use http_body_util::Full;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use super::stage::Turn;
use super::walk::Walk;
use super::{Answer, Ask, Mistake, RUN_MS};
use crate::engine::Fault;
use crate::remote::Bounds;
use crate::session::hash_text;
use crate::throttle;

/// The model of captcha stages.
pub(crate) const CAPTCHA: &str = "authentik_stages_captcha.captchastage";
/// What `js_url` says where no service is asked.
pub(crate) const BUILT_IN: &str = "built-in";

/// A question that robots pay for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskCaptcha {
    /// What the script is asked with: a service's public key, or the challenge of our own.
    pub site_key: String,
    /// The script; `None`: our own.
    pub js_url: Option<String>,
    /// Whether the service shows something to click on.
    pub interactive: bool,
    /// Leading zero bits that our own script looks for.
    pub bits: u32,
    /// When whoever runs no scripts has waited long enough, Unix milliseconds.
    pub open_at: i64,
}

/// The work or the wait that a run was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Puzzle {
    challenge: String,
    asked_at: i64,
}

/// `authentik_stages_captcha.captchastage`
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(super) struct Captcha {
    pk: String,
    public_key: String,
    private_key: String,
    js_url: String,
    api_url: String,
    interactive: bool,
    score_min_threshold: f64,
    score_max_threshold: f64,
    error_on_invalid_score: bool,
    request_content_type: String,
}

impl Default for Captcha {
    fn default() -> Self {
        Self {
            pk: String::new(),
            public_key: String::new(),
            private_key: String::new(),
            js_url: BUILT_IN.to_owned(),
            api_url: String::new(),
            interactive: false,
            score_min_threshold: 0.5,
            score_max_threshold: 1.0,
            error_on_invalid_score: true,
            request_content_type: FORM.to_owned(),
        }
    }
}

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";
/// A solution costs a browser 65,536 hashes on average: a moment for a person, money for a robot.
const BITS: u32 = 16;
/// Whoever runs no scripts waits so long.
const WAIT_MS: i64 = 15 * 1000;
/// So many of one network may wait instead of working, in so long.
const WAITS_MAX: i64 = 10;
const WAITS_WINDOW_MS: i64 = 15 * 60 * 1000;
/// So many answers of one network are asked about at once, and one each so often after that.
const ASKS_MAX: i64 = 60;
const ASKS_PAUSE_MS: i64 = 10 * 1000;
/// A service answers soon and shortly, or not.
const BOUNDS: Bounds = Bounds {
    patience: Duration::from_secs(10),
    most: 64 * 1024,
};
/// No service's token is longer.
const TOKEN_MAX_BYTES: usize = 16 * 1024;
/// No more of a service's answer is kept for policies.
const KEPT_MAX_BYTES: usize = 1024;

const WRONG: &str = "Invalid captcha response. Retrying may solve this issue.";
const SILENT: &str = "The service that keeps robots out does not answer. Try again in a moment, or \
                      ask an administrator for help.";

impl Captcha {
    pub(super) fn reach(&self, walk: &mut Walk<'_>) -> Turn {
        Turn::Ask(Ask::Captcha(self.ask(walk)))
    }

    /// The question, the same one as long as nobody has answered it.
    pub(super) fn ask(&self, walk: &mut Walk<'_>) -> AskCaptcha {
        let is_built_in = self.is_built_in();
        let now = walk.ctx.now;
        let puzzle = walk.run.puzzle.take().unwrap_or_else(|| Puzzle {
            challenge: base64url(random_bytes::<16>()),
            asked_at: now,
        });
        let ask = AskCaptcha {
            site_key: if is_built_in {
                puzzle.challenge.clone()
            } else {
                self.public_key.clone()
            },
            js_url: (!is_built_in).then(|| self.js_url.clone()),
            interactive: self.interactive,
            bits: BITS,
            open_at: puzzle.asked_at.saturating_add(WAIT_MS),
        };
        walk.run.puzzle = is_built_in.then_some(puzzle);
        ask
    }

    pub(super) async fn answer(&self, walk: &mut Walk<'_>, answer: &Answer) -> Result<Turn, Fault> {
        Ok(match self.check(walk, answer, "token").await? {
            Ok(()) => Turn::Passed,
            Err(mistake) => Turn::Wrong(mistake),
        })
    }

    /// Whether an answer is worth something; it is worth nothing from here on.
    pub(super) async fn check(
        &self,
        walk: &mut Walk<'_>,
        answer: &Answer,
        field: &'static str,
    ) -> Result<Result<(), Mistake>, Fault> {
        let token = match token(answer, field) {
            Ok(token) => token,
            Err(mistake) => return Ok(Err(mistake)),
        };
        if token.len() > TOKEN_MAX_BYTES {
            return Ok(Err(Mistake::said(field, WRONG)));
        }
        if self.is_built_in() {
            return solved(walk, token, field).await;
        }
        if token.is_empty() {
            return Ok(Err(Mistake::Missing(field)));
        }
        if let Some(until) = asked_too_often(walk).await? {
            return Ok(Err(Mistake::TooMany { until }));
        }
        let Some(verdict) = self.ask_service(walk, token).await else {
            return Ok(Err(Mistake::said(field, SILENT)));
        };
        if !self.is_good(&verdict) {
            return Ok(Err(Mistake::said(field, WRONG)));
        }
        let kept = json!({ "stage": self.pk, "response": verdict });
        if kept.to_string().len() <= KEPT_MAX_BYTES {
            walk.run.context.insert("captcha".to_owned(), kept);
        }
        Ok(Ok(()))
    }

    fn is_built_in(&self) -> bool {
        self.js_url == BUILT_IN
    }

    /// What the service says; `None` if it says nothing that can be read.
    async fn ask_service(&self, walk: &Walk<'_>, token: &str) -> Option<Value> {
        let request = self.request(walk, token)?;
        let error = match walk.engine.remote.ask(request, BOUNDS).await {
            Ok(answer) if answer.status / 100 == 2 => match serde_json::from_slice(&answer.body) {
                Ok(verdict) => return Some(verdict),
                Err(error) => error.to_string(),
            },
            Ok(answer) => format!("it answered with {}", answer.status),
            Err(error) => error,
        };
        tracing::warn!(stage = self.pk, error, "a captcha service does not answer");
        None
    }

    fn request(&self, walk: &Walk<'_>, token: &str) -> Option<Request<Full<Bytes>>> {
        let about = format!("{CAPTCHA}.private_key");
        let keys = &walk.engine.keys;
        let secret = keys.open(Sealing::AtRest, about.as_bytes(), &self.private_key);
        let secret = String::from_utf8(secret.ok()?).ok()?;
        let address = walk.ctx.client_ip.to_canonical().to_string();
        let fields = [
            ("secret", secret.as_str()),
            ("response", token),
            ("remoteip", &address),
        ];
        let (content_type, body) = if self.request_content_type == JSON {
            (JSON, json!(BTreeMap::from(fields)).to_string())
        } else {
            let mut form = Serializer::new(String::new());
            (FORM, form.extend_pairs(fields).finish())
        };
        let request = Request::post(&self.api_url)
            .header(CONTENT_TYPE, content_type)
            .header(ACCEPT, JSON)
            .body(Full::from(body));
        request.ok()
    }

    /// Whether the service says yes, and rates the visitor as the stage wants.
    fn is_good(&self, verdict: &Value) -> bool {
        let score = verdict["score"].as_f64();
        let range = self.score_min_threshold..=self.score_max_threshold;
        let is_in_range = score.is_none_or(|score| range.contains(&score));
        verdict["success"] == true && (is_in_range || !self.error_on_invalid_score)
    }
}

/// The answer, under the name that we ask for it or that a service's script gives it.
fn token<'a>(answer: &'a Answer, field: &'static str) -> Result<&'a str, Mistake> {
    for name in [
        field,
        "cf-turnstile-response",
        "h-captcha-response",
        "g-recaptcha-response",
    ] {
        let text = answer.text(name)?;
        if !text.is_empty() {
            return Ok(text);
        }
    }
    Ok("")
}

/// A service is asked so often for one network, and then once in a while: each answer of a stranger
/// is a call of ours.
async fn asked_too_often(walk: &Walk<'_>) -> Result<Option<i64>, Fault> {
    let limit = Limit {
        free: ASKS_MAX,
        pause_ms: ASKS_PAUSE_MS,
        window_ms: WAITS_WINDOW_MS,
    };
    let name = format!("captchas {}", throttle::network(walk.ctx.client_ip));
    let mut tx = walk.engine.store.begin().await?;
    let until = throttle::count(walk.engine, &mut tx, &name, limit, walk.ctx.now).await?;
    walk.engine.commit(tx).await?;
    Ok(until)
}

/// Whether the run's work was done, or its wait is over.
async fn solved(
    walk: &mut Walk<'_>,
    token: &str,
    field: &'static str,
) -> Result<Result<(), Mistake>, Fault> {
    let now = walk.ctx.now;
    let Some(puzzle) = walk.run.puzzle.clone() else {
        return Ok(Err(Mistake::said(field, WRONG)));
    };
    if token.is_empty() {
        let open_at = puzzle.asked_at.saturating_add(WAIT_MS);
        if now < open_at {
            return Ok(Err(Mistake::TooMany { until: open_at }));
        }
    } else if zero_bits(&puzzle.challenge, token) < BITS {
        walk.run.puzzle = None;
        return Ok(Err(Mistake::said(field, WRONG)));
    }
    // Whatever comes of it, the next question is another.
    walk.run.puzzle = None;
    let mut tx = walk.engine.store.begin().await?;
    if token.is_empty() {
        let limit = Limit {
            free: WAITS_MAX,
            pause_ms: WAITS_WINDOW_MS,
            window_ms: WAITS_WINDOW_MS,
        };
        let name = format!("waits {}", throttle::network(walk.ctx.client_ip));
        let until = throttle::count(walk.engine, &mut tx, &name, limit, now).await?;
        if let Some(until) = until {
            return Ok(Err(Mistake::TooMany { until }));
        }
    }
    let hash = hash_text(&format!("captcha {}", puzzle.challenge));
    let until = now.saturating_add(2 * RUN_MS);
    let is_first = one_time::insert_new(&mut tx, &hash, Purpose::Challenge, "{}", until).await?;
    walk.engine.commit(tx).await?;
    Ok(if is_first {
        Ok(())
    } else {
        Err(Mistake::said(field, WRONG))
    })
}

/// How many leading bits of the hash of challenge and solution are zero.
fn zero_bits(challenge: &str, solution: &str) -> u32 {
    let hash = sha256(format!("{challenge}.{solution}").as_bytes());
    let mut bits = 0;
    for byte in hash {
        bits += byte.leading_zeros();
        if byte != 0 {
            break;
        }
    }
    bits
}

/// Does the work, as the page's script does.
#[cfg(test)]
pub(super) fn work(ask: &AskCaptcha) -> String {
    let found = (0..u32::MAX).find(|one| zero_bits(&ask.site_key, &one.to_string()) >= ask.bits);
    found.unwrap_or_default().to_string()
}
