//! `/if/admin/why/`: why requests were let in or not, one of them, and what would be.
//!
//! Owns the filters and how a decision looks. Leaves what was found to `engine::trace`. Rule: nothing is
//! mended but what the trace itself proposes, right after signing in.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use doorward_engine::authenticator::is_recent;
use doorward_engine::resource::Refusal;
use doorward_engine::trace::{
    About, Draft, Line, Mark, Mending, Outcome, Step, Trace, Wanted, What, WhatIf, instant,
};
use http::Uri;
use url::form_urlencoded::{self, Serializer};

use super::{Operator, Sent, answer, refused};
use crate::flow::sign_in_again;
use crate::pages::{
    Chip, ConsoleAsk, ConsoleTrace, ConsoleWhy, Message, Section, WhyLine, WhyRow, WhyShown,
};
use crate::respond::see_other;
use crate::state::AppState;

const WHY: &str = "/if/admin/why/";
const ASK: &str = "/if/admin/why/ask/";
/// So many are listed.
const LISTED_MAX: usize = 100;
/// What narrows the list and stays in the address.
const FILTERS: [&str; 4] = ["outcome", "application", "person", "live"];

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(WHY, get(list))
        .route(ASK, get(ask))
        .route("/if/admin/why/{id}/", get(one).post(mend))
}

/// The parameters of an address, each once.
struct Asked(Vec<(String, String)>);

impl Asked {
    fn read(uri: &Uri) -> Self {
        let query = uri.query().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
        Self(pairs.take(20).collect())
    }

    fn get(&self, name: &str) -> &str {
        let named = self.0.iter().find(|(one, _)| one == name);
        named.map_or("", |(_, value)| value.trim())
    }

    /// The same list with one filter changed.
    fn with(&self, name: &str, value: &str) -> String {
        let kept = FILTERS.into_iter().map(|one| {
            let kept = if one == name { value } else { self.get(one) };
            (one, kept)
        });
        let kept = kept.filter(|(_, value)| !value.is_empty());
        let query = Serializer::new(String::new()).extend_pairs(kept).finish();
        if query.is_empty() {
            WHY.to_owned()
        } else {
            format!("{WHY}?{query}")
        }
    }
}

async fn list(State(state): State<AppState>, operator: Operator, uri: Uri) -> Response {
    let asked = Asked::read(&uri);
    let reference = asked.get("reference");
    if !reference.is_empty() {
        match state.engine.trace(operator.ctx(), reference).await {
            Ok(Some(trace)) => return see_other(&page_of(&trace)),
            Ok(None) => {}
            Err(refusal) => return refused(&state, &operator, refusal),
        }
    }
    match listed(&state, &operator, &asked).await {
        Ok(page) => answer(&state, &page),
        Err(refusal) => refused(&state, &operator, refusal),
    }
}

fn page_of(trace: &Trace) -> String {
    format!("{WHY}{}/", trace.id)
}

async fn listed(
    state: &AppState,
    operator: &Operator,
    asked: &Asked,
) -> Result<ConsoleWhy, Refusal> {
    let wanted = wanted(state, asked).await?;
    let (found, problem) = match wanted {
        Ok(wanted) => {
            let found = state.engine.traces(operator.ctx(), &wanted, LISTED_MAX);
            (found.await?, None)
        }
        Err(problem) => (Vec::new(), Some(problem)),
    };
    let reference = asked.get("reference").to_owned();
    let lost = || {
        let lost = !reference.is_empty();
        lost.then(|| format!("No request with the reference {reference} is kept any more."))
    };
    let is_live = asked.get("live") == "1";
    Ok(ConsoleWhy {
        frame: operator.frame(state, Section::Events),
        chips: Outcome::ALL.map(|one| outcome_chip(asked, one)).into(),
        narrowed: narrowed(asked),
        kept: ["outcome", "application", "live"]
            .map(|name| (name.to_owned(), asked.get(name).to_owned()))
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect(),
        person: asked.get("person").to_owned(),
        problem: problem.or_else(lost),
        reference: reference.clone(),
        rows: found.iter().map(row).collect(),
        live_url: asked.with("live", if is_live { "" } else { "1" }),
        is_live,
        now_ms: operator.ctx().now,
    })
}

/// What the filters ask for; the inner error says which leads to nothing.
async fn wanted(state: &AppState, asked: &Asked) -> Result<Result<Wanted, String>, Refusal> {
    let mut wanted = Wanted::default();
    let slug = asked.get("application");
    if !slug.is_empty() {
        let snapshot = state.engine.snapshot();
        let mut all = snapshot.applications.values();
        let Some(found) = all.find(|one| one.slug == slug) else {
            return Ok(Err(format!("There is no application called {slug}.")));
        };
        wanted.application = Some(found.pk.clone());
    }
    let name = asked.get("person");
    if !name.is_empty() {
        let Some(found) = state.engine.person_named(name).await? else {
            return Ok(Err(format!("There is no account named {name}.")));
        };
        wanted.person = Some(found.id);
    }
    let word = asked.get("outcome");
    if !word.is_empty() {
        let found = Outcome::ALL.into_iter().find(|one| one.word() == word);
        let Some(found) = found else {
            return Ok(Err(format!("Nothing ends in {word}.")));
        };
        wanted.outcome = Some(found);
    }
    Ok(Ok(wanted))
}

fn outcome_chip(asked: &Asked, outcome: Outcome) -> Chip {
    let is_on = asked.get("outcome") == outcome.word();
    Chip {
        label: outcome.words().to_owned(),
        url: asked.with("outcome", if is_on { "" } else { outcome.word() }),
        is_on,
    }
}

fn narrowed(asked: &Asked) -> Vec<Chip> {
    let chip = |(name, words): (&str, &str)| {
        let value = asked.get(name);
        (!value.is_empty()).then(|| Chip {
            label: format!("{words}: {value}"),
            url: asked.with(name, ""),
            is_on: true,
        })
    };
    let both = [("application", "Application"), ("person", "Person")];
    both.into_iter().filter_map(chip).collect()
}

fn row(trace: &Trace) -> WhyRow {
    let application = trace.application.as_ref().map(|one| one.name.clone());
    WhyRow {
        url: page_of(trace),
        what: application.unwrap_or_else(|| trace.asked.clone()),
        said: trace.said().to_owned(),
        tone: tone(trace.outcome),
        word: trace.outcome.words(),
        who: trace
            .person
            .as_ref()
            .map_or_else(String::new, |one| one.username.clone()),
        client: trace.client.clone(),
        count: trace.count,
        at_ms: trace.last_at,
    }
}

fn tone(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allowed | Outcome::Public => "ok",
        Outcome::SignIn => "",
        Outcome::Refused | Outcome::Misconfigured | Outcome::Unavailable => "bad",
    }
}

fn shown(draft: &Draft, action: String) -> WhyShown {
    let mut last: Option<Step> = None;
    let lines = draft.lines.iter().enumerate().map(|(index, one)| {
        let is_new = last.replace(one.step) != Some(one.step);
        line(index, one, is_new)
    });
    WhyShown {
        tone: tone(draft.outcome),
        word: draft.outcome.words(),
        way: draft.way.words(),
        lines: lines.collect(),
        action,
    }
}

fn line(index: usize, line: &Line, is_new: bool) -> WhyLine {
    let (tone, word) = match line.mark {
        Mark::Pass => ("ok", "Yes"),
        Mark::Fail => ("bad", "No"),
        Mark::NotReached => ("", "Not asked"),
    };
    let (mut button, mut page, mut told) = (None, None, None);
    match line.fix.as_ref().map(doorward_engine::trace::Fix::mending) {
        Some(Mending::Button(words)) => button = Some((words, index)),
        Some(Mending::Page(words, url)) => page = Some((words, url)),
        Some(Mending::Told(words)) => told = Some(words),
        None => {}
    }
    let place = Step::ALL.iter().position(|one| *one == line.step);
    let number = place.map_or(0, |at| at + 1).to_string();
    WhyLine {
        step: if is_new { line.step.words() } else { "" },
        number: if is_new { number } else { String::new() },
        words: line.words.clone(),
        notes: line.notes.clone(),
        tone,
        word,
        about: line
            .about
            .as_ref()
            .map(|one| (one.name.clone(), url_of(one))),
        took: line.took_us.map_or_else(String::new, took),
        button,
        page,
        told,
    }
}

fn took(microseconds: u64) -> String {
    format!("{}.{} ms", microseconds / 1000, microseconds % 1000 / 100)
}

fn url_of(about: &About) -> String {
    match &*about.kind {
        "authentik_core.application" => format!("/if/admin/applications/{}/", about.key),
        kind => format!("/if/admin/objects/{kind}/{}/", about.key),
    }
}

async fn one(
    State(state): State<AppState>,
    operator: Operator,
    Path(id): Path<String>,
    uri: Uri,
) -> Response {
    match state.engine.trace(operator.ctx(), &id).await {
        Ok(Some(trace)) => {
            let is_mended = Asked::read(&uri).get("mended") == "1";
            answer(&state, &whole(&state, &operator, &trace, is_mended))
        }
        Ok(None) => {
            let text = "Traces are kept for a day, and the oldest go first.";
            let page = Message::new(
                http::StatusCode::NOT_FOUND,
                "This is not kept any more",
                text,
            );
            answer(&state, &page.with_next_step("Why denied?", WHY))
        }
        Err(refusal) => refused(&state, &operator, refusal),
    }
}

fn whole(state: &AppState, operator: &Operator, trace: &Trace, is_mended: bool) -> ConsoleTrace {
    let what = trace
        .application
        .as_ref()
        .map_or(&trace.asked, |one| &one.name);
    let title = match &trace.person {
        Some(person) => format!("{} and {what}", person.username),
        None => what.clone(),
    };
    ConsoleTrace {
        frame: operator.frame(state, Section::Events),
        title,
        shown: shown(&trace.draft, page_of(trace)),
        count: trace.count,
        untold: trace.untold,
        first_ms: trace.at,
        last_ms: trace.last_at,
        references: trace.references.clone(),
        similar: similar(trace),
        is_mended,
        json: serde_json::to_string_pretty(trace).unwrap_or_default(),
        now_ms: operator.ctx().now,
    }
}

fn similar(trace: &Trace) -> Vec<Chip> {
    let link = |label: &str, name: &str, value: &str| Chip {
        label: label.to_owned(),
        url: Asked(Vec::new()).with(name, value),
        is_on: false,
    };
    let mut chips = Vec::new();
    if let Some(application) = &trace.application {
        let words = format!("Requests for {}", application.name);
        chips.push(link(&words, "application", &application.key));
    }
    if let Some(person) = &trace.person {
        let words = format!("Requests of {}", person.username);
        chips.push(link(&words, "person", &person.username));
    }
    chips
}

/// Does what the trace proposes in one of its lines.
async fn mend(State(state): State<AppState>, Path(id): Path<String>, sent: Sent) -> Response {
    let operator = &sent.operator;
    let trace = match state.engine.trace(operator.ctx(), &id).await {
        Ok(Some(trace)) => trace,
        Ok(None) => return answer(&state, &Message::not_found()),
        Err(refusal) => return refused(&state, operator, refusal),
    };
    let here = page_of(&trace);
    if !is_recent(&operator.session, operator.ctx().now) {
        return see_other(&sign_in_again(&here));
    }
    let number: Option<usize> = sent.get("line").parse().ok();
    let line = number.and_then(|number| trace.lines.get(number));
    let Some(fix) = line.and_then(|line| line.fix.as_ref()) else {
        return answer(&state, &Message::not_found());
    };
    match state.engine.mend(operator.ctx(), fix).await {
        Ok(_) => see_other(&format!("{here}?mended=1")),
        Err(refusal) => refused(&state, operator, refusal),
    }
}

async fn ask(State(state): State<AppState>, operator: Operator, uri: Uri) -> Response {
    let asked = Asked::read(&uri);
    let mut page = ConsoleAsk {
        frame: operator.frame(&state, Section::Events),
        url: asked.get("url").to_owned(),
        person: asked.get("person").to_owned(),
        client: asked.get("ip").to_owned(),
        at: asked.get("at").to_owned(),
        errors: Vec::new(),
        shown: None,
    };
    if page.url.is_empty() {
        return answer(&state, &page);
    }
    match told(&state, &operator, &mut page).await {
        Ok(()) => answer(&state, &page),
        Err(refusal) => refused(&state, &operator, refusal),
    }
}

async fn told(state: &AppState, operator: &Operator, page: &mut ConsoleAsk) -> Result<(), Refusal> {
    let snapshot = state.engine.snapshot();
    let mut applications = snapshot.applications.values();
    let named = applications.find(|one| one.slug == page.url);
    let address = page.url.parse();
    let what = match (named, &address) {
        (Some(application), _) => Some(What::Application(application)),
        (None, Ok(address)) => Some(What::Address(address)),
        (None, Err(_)) => {
            let words = "This is no web address (https://…), and no application is called so.";
            page.errors.push(("url", words.to_owned()));
            None
        }
    };
    let person = match &*page.person {
        "" => None,
        name => {
            let found = state.engine.person_named(name).await?;
            if found.is_none() {
                let words = format!("There is no account named {name}.");
                page.errors.push(("person", words));
            }
            found
        }
    };
    let client = page.client.parse().ok();
    if client.is_none() && !page.client.is_empty() {
        page.errors.push(("ip", "This is no address.".to_owned()));
    }
    let at = instant(&page.at);
    if at.is_none() && !page.at.is_empty() {
        page.errors.push(("at", "This is no time.".to_owned()));
    }
    if let Some(what) = what.filter(|_| page.errors.is_empty()) {
        let question = WhatIf {
            what,
            person: person.as_deref(),
            client,
            at,
        };
        let draft = state
            .engine
            .asked_what_if(operator.ctx(), &question)
            .await?;
        page.shown = Some(shown(&draft, String::new()));
    }
    Ok(())
}
