//! The form of an object: empty for a new one, filled for one that is there, and what was typed when
//! something is wrong.
//!
//! Rule: what is wrong is said beside its field, nothing typed is lost, and nobody saves over what
//! somebody else has changed meanwhile without having seen it.

use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use doorward_engine::resource::look::{self, Looked, MEANWHILE};
use doorward_engine::resource::validate::Errors;
use doorward_engine::resource::{self, Field, Kind, Refusal, Verb, history};
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::{NEW, about, crumbs, field, head, kind_of, list_url, one, url, url_of, words};
use crate::console::{Operator, Sent, answer, refused};
use crate::pages::{ConsoleObjectForm, FieldError, ObjectAsk, ObjectHead, ObjectInput, Section};
use crate::respond::{Failure, see_other};
use crate::state::AppState;

/// So many fields are in view.
const IN_VIEW: usize = 7;
/// The hidden field that says what the form was filled from.
const STAMP: &str = "_stamp";

/// Why a form is not answered with itself.
enum Stop {
    Refused(Refusal),
    Failed(Failure),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

fn stopped(state: &AppState, operator: &Operator, stop: Stop) -> Response {
    match stop {
        Stop::Refused(refusal) => refused(state, operator, refusal),
        Stop::Failed(failure) => failure.into_response(),
    }
}

/// A form as it is shown before anything is typed.
struct Form {
    kind: &'static Kind,
    /// The object, if it is there.
    looked: Option<Looked>,
    /// Each field, what it holds and how it is asked.
    fields: Vec<(&'static Field, Value, ObjectInput)>,
}

impl Form {
    async fn new(state: &AppState, operator: &Operator, kind: &'static Kind) -> Result<Self, Stop> {
        if !kind.verbs.create {
            return Err(Refusal::NotAllowed.into());
        }
        if !look::may(&state.engine, operator.ctx(), kind, Verb::Create) {
            return Err(Refusal::Forbidden.into());
        }
        Self::of(state, operator, kind, None).await
    }

    async fn existing(
        state: &AppState,
        operator: &Operator,
        kind: &'static Kind,
        key: &str,
    ) -> Result<Self, Stop> {
        let looked = look::look(&state.engine, operator.ctx(), kind, key).await?;
        if !kind.verbs.update {
            return Err(Refusal::NotAllowed.into());
        }
        if !looked.may_change {
            return Err(Refusal::Forbidden.into());
        }
        Self::of(state, operator, kind, Some(looked)).await
    }

    async fn of(
        state: &AppState,
        operator: &Operator,
        kind: &'static Kind,
        looked: Option<Looked>,
    ) -> Result<Self, Stop> {
        let mut fields = Vec::new();
        for one in kind.fields.iter().filter(|one| field::is_asked(one)) {
            let shown = looked.as_ref().and_then(|looked| looked.shown.get(one.key));
            let value = match (shown, &looked) {
                (Some(value), _) => value.clone(),
                (None, Some(_)) => Value::Null,
                (None, None) => one.default.value().unwrap_or_default(),
            };
            let has_secret = looked
                .as_ref()
                .is_some_and(|looked| looked.secrets.contains(&one.key));
            let input = field::input(state, operator, one, &value, has_secret).await?;
            fields.push((one, value, input));
        }
        Ok(Self {
            kind,
            looked,
            fields,
        })
    }

    /// The page with these fields.
    fn page(
        &self,
        state: &AppState,
        operator: &Operator,
        inputs: Vec<ObjectInput>,
        errors: Vec<FieldError>,
    ) -> ConsoleObjectForm {
        let is_big = |input: &ObjectInput| matches!(input.ask, ObjectAsk::Area | ObjectAsk::Rows);
        let mut inputs = inputs;
        inputs.sort_by_key(|input| (!input.is_required, is_big(input)));
        let more = inputs.split_off(inputs.len().min(IN_VIEW));
        let is_wrong = |input: &ObjectInput| errors.iter().any(|error| error.field == input.field);
        let is_open = more
            .iter()
            .any(|one| one.is_changed || is_wrong(one) || one.meanwhile.is_some());
        let back_url = match &self.looked {
            Some(looked) => url_of(self.kind, looked),
            None => list_url(self.kind),
        };
        ConsoleObjectForm {
            frame: operator.frame(state, Section::Objects),
            head: self.head(),
            action: match &self.looked {
                Some(_) => format!("{back_url}edit/"),
                None => format!("{back_url}{NEW}/"),
            },
            is_new: self.looked.is_none(),
            about: match &self.looked {
                Some(_) => String::new(),
                None => about(self.kind).to_owned(),
            },
            inputs,
            more,
            is_open,
            stamp: self
                .looked
                .as_ref()
                .map_or_else(String::new, |one| one.stamp.clone()),
            meanwhile: None,
            history_url: format!("{back_url}history/"),
            errors,
            back_url,
        }
    }

    fn head(&self) -> ObjectHead {
        match &self.looked {
            Some(looked) => head(self.kind, looked, "Edit"),
            None => ObjectHead {
                crumbs: crumbs(self.kind),
                title: String::new(),
                kind: self.kind.verbose.to_owned(),
                model: self.kind.model,
                tabs: Vec::new(),
            },
        }
    }

    /// Every field with what was typed.
    fn typed(&self, sent: &Sent) -> Vec<ObjectInput> {
        let typed =
            |(one, _, shown): &(&'static Field, Value, ObjectInput)| field::typed(shown, one, sent);
        self.fields.iter().map(typed).collect()
    }

    /// What was typed, as the engine takes it: of an object that is there only what differs.
    async fn body(
        &self,
        state: &AppState,
        sent: &Sent,
        typed: &[ObjectInput],
    ) -> Result<Value, Vec<FieldError>> {
        let (mut body, mut errors) = (Map::new(), Vec::new());
        let is_new = self.looked.is_none();
        for ((one, _, shown), typed) in self.fields.iter().zip(typed) {
            let is_secret = typed.ask == ObjectAsk::Secret;
            if typed == shown && !is_secret && !(is_new && one.required) {
                continue;
            }
            match field::read(state, one, typed, sent, is_new).await {
                Ok(Some(value)) => drop(body.insert(one.key.to_owned(), value)),
                Ok(None) => {}
                Err(message) => errors.push(FieldError::at(one.key, message)),
            }
        }
        if errors.is_empty() {
            Ok(Value::Object(body))
        } else {
            Err(errors)
        }
    }
}

/// `GET /if/admin/objects/{model}/new/`: what the address says of a field stands in it.
pub(super) async fn show_new(
    State(state): State<AppState>,
    operator: Operator,
    Path(model): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let form = match kind_of(&model) {
        Ok(kind) => Form::new(&state, &operator, kind).await,
        Err(refusal) => Err(refusal.into()),
    };
    let form = match form {
        Ok(form) => form,
        Err(stop) => return stopped(&state, &operator, stop),
    };
    let mut inputs: Vec<_> = form
        .fields
        .iter()
        .map(|(.., input)| input.clone())
        .collect();
    let query = query.unwrap_or_default();
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        for input in inputs.iter_mut().filter(|input| input.field == key) {
            fill(input, &value);
        }
    }
    answer(&state, &form.page(&state, &operator, inputs, Vec::new()))
}

/// Puts a value of the address into a field.
fn fill(input: &mut ObjectInput, value: &str) {
    if input.choices.iter().any(|choice| choice.value == value) {
        let is_many = input.ask == ObjectAsk::Checks;
        for choice in &mut input.choices {
            choice.is_chosen = choice.value == value || is_many && choice.is_chosen;
        }
    } else if input.choices.is_empty() && input.ask != ObjectAsk::Secret {
        value.clone_into(&mut input.value);
    }
}

/// `POST /if/admin/objects/{model}/new/`
pub(super) async fn make(
    State(state): State<AppState>,
    Path(model): Path<String>,
    sent: Sent,
) -> Response {
    let operator = &sent.operator;
    let made = match kind_of(&model) {
        Ok(kind) => try_make(&state, &sent, kind).await,
        Err(refusal) => Err(refusal.into()),
    };
    made.unwrap_or_else(|stop| stopped(&state, operator, stop))
}

async fn try_make(state: &AppState, sent: &Sent, kind: &'static Kind) -> Result<Response, Stop> {
    let operator = &sent.operator;
    let form = Form::new(state, operator, kind).await?;
    let typed = form.typed(sent);
    let body = match form.body(state, sent, &typed).await {
        Ok(body) => body,
        Err(errors) => return Ok(wrong(state, operator, &form, typed, errors)),
    };
    match resource::create(&state.engine, operator.ctx(), kind, &body).await {
        Ok(made) => {
            let named = made.get(kind.lookup).map(words::plain);
            let named = named.filter(|key| !key.is_empty() && key != NEW);
            let key = named.unwrap_or_else(|| words::plain(&made[kind.pk_field]));
            Ok(see_other(&format!("{}?done=made", url(kind.model, &key))))
        }
        Err(Refusal::Invalid(errors)) => Ok(wrong(
            state,
            operator,
            &form,
            typed,
            errors_of(kind, &errors),
        )),
        Err(refusal) => Err(refusal.into()),
    }
}

fn wrong(
    state: &AppState,
    operator: &Operator,
    form: &Form,
    typed: Vec<ObjectInput>,
    errors: Vec<FieldError>,
) -> Response {
    answer(state, &form.page(state, operator, typed, errors))
}

/// `GET /if/admin/objects/{model}/{key}/edit/`
pub(super) async fn show(
    State(state): State<AppState>,
    operator: Operator,
    Path((model, key)): Path<(String, String)>,
) -> Response {
    let form = match kind_of(&model) {
        Ok(kind) => Form::existing(&state, &operator, kind, &key).await,
        Err(refusal) => Err(refusal.into()),
    };
    match form {
        Ok(form) => {
            let marked = form.fields.iter().map(|(one, value, input)| {
                let mut input = input.clone();
                field::mark(&mut input, one, value);
                input
            });
            let inputs = marked.collect();
            answer(&state, &form.page(&state, &operator, inputs, Vec::new()))
        }
        Err(stop) => stopped(&state, &operator, stop),
    }
}

/// `POST /if/admin/objects/{model}/{key}/edit/`
pub(super) async fn save(
    State(state): State<AppState>,
    Path((model, key)): Path<(String, String)>,
    sent: Sent,
) -> Response {
    let operator = &sent.operator;
    let saved = match kind_of(&model) {
        Ok(kind) => try_save(&state, &sent, kind, &key).await,
        Err(refusal) => Err(refusal.into()),
    };
    saved.unwrap_or_else(|stop| stopped(&state, operator, stop))
}

async fn try_save(
    state: &AppState,
    sent: &Sent,
    kind: &'static Kind,
    key: &str,
) -> Result<Response, Stop> {
    let operator = &sent.operator;
    let form = Form::existing(state, operator, kind, key).await?;
    let typed = form.typed(sent);
    let body = match form.body(state, sent, &typed).await {
        Ok(body) => body,
        Err(errors) => return Ok(wrong(state, operator, &form, typed, errors)),
    };
    let (engine, ctx) = (&state.engine, operator.ctx());
    match look::update_seen(engine, ctx, kind, key, &body, sent.get(STAMP)).await {
        Ok(id) => {
            let looked = look::look(engine, ctx, kind, &key_after(kind, &form, &body, id)).await;
            let to = looked.map_or_else(|_| list_url(kind), |looked| url_of(kind, &looked));
            Ok(see_other(&format!("{to}?done=saved")))
        }
        Err(Refusal::Invalid(errors)) if errors.has(MEANWHILE) => Ok(answer(
            state,
            &overtaken(state, operator, &form, typed).await?,
        )),
        Err(Refusal::Invalid(errors)) => Ok(wrong(
            state,
            operator,
            &form,
            typed,
            errors_of(kind, &errors),
        )),
        Err(refusal) => Err(refusal.into()),
    }
}

/// What addresses call an object after a change, which may have been of that very name.
fn key_after(kind: &Kind, form: &Form, body: &Value, id: String) -> String {
    let looked = form.looked.as_ref().map(|looked| looked.key.clone());
    if kind.lookup == kind.pk_field {
        return id;
    }
    let renamed = body.get(kind.lookup).and_then(Value::as_str);
    renamed
        .map(|name| name.trim().to_owned())
        .or(looked)
        .unwrap_or(id)
}

/// The form for whoever comes second: theirs in the fields, beside it what it is by now.
async fn overtaken(
    state: &AppState,
    operator: &Operator,
    form: &Form,
    mut typed: Vec<ObjectInput>,
) -> Result<ConsoleObjectForm, Stop> {
    for ((one, value, shown), typed) in form.fields.iter().zip(&mut typed) {
        if shown != typed {
            let fact = words::fact(state, one, value).await;
            let named = fact.links.iter().map(|link| link.label.as_str());
            let named = named.collect::<Vec<_>>().join(", ");
            let said = [named, fact.text, fact.code];
            typed.meanwhile = Some(
                said.into_iter()
                    .find(|said| !said.is_empty())
                    .unwrap_or_default(),
            );
        }
    }
    let said = last_change(state, operator, form).await?;
    Ok(ConsoleObjectForm {
        meanwhile: Some(said),
        ..form.page(state, operator, typed, Vec::new())
    })
}

/// Who changed what last, in a sentence.
async fn last_change(state: &AppState, operator: &Operator, form: &Form) -> Result<String, Stop> {
    let key = form.looked.as_ref().map_or("", |looked| &looked.key);
    let past = history::history(&state.engine, operator.ctx(), form.kind, key).await?;
    let Some(last) = past.versions.first() else {
        return Ok("Somebody changed this while the form was open.".to_owned());
    };
    let what = last.changes.iter().map(|change| change.field.label);
    let what = what.collect::<Vec<_>>().join(", ");
    let who = one::who(&last.username);
    Ok(if what.is_empty() {
        format!("{who} changed this while the form was open.")
    } else {
        format!("{who} changed this while the form was open: {what}.")
    })
}

/// The engine's messages, each beside its field and with its words.
fn errors_of(kind: &Kind, errors: &Errors) -> Vec<FieldError> {
    let one = |(place, said): (String, String)| {
        let named = place.split('.').next().unwrap_or_default();
        match kind.field(named).filter(|field| field::is_asked(field)) {
            Some(field) => FieldError::at(field.key, with_label(field.label, &said)),
            None => FieldError::form(said),
        }
    };
    errors.sentences().into_iter().map(one).collect()
}

/// A message that says which field it is about, for the list above the form.
fn with_label(label: &str, said: &str) -> String {
    match said.strip_prefix("This field") {
        Some(rest) => format!("{label}{rest}"),
        None => format!("{label}: {said}"),
    }
}
