//! Applies the entries of a blueprint, one after the other, in the caller's transaction.
//!
//! Rule: what an entry changes is told in the report, and an entry whose object is as it should be
//! writes nothing.

use serde_json::{Map, Value};

use super::document::{Document, Entry, State};
use super::report::{FieldChange, Outcome, Step, changed, made};
use super::run::{Problem, Run, key_of, words};
use super::tag::{is_truthy, merge};
use super::{BlueprintError, instance, lookup, reason, secret};
use crate::engine::Fault;
use crate::resource::Kind;
use crate::resource::kind::Pk;
use crate::resource::write::Found;

/// Applies every entry; `outer` goes over the file's own context.
pub(super) async fn apply(
    run: &mut Run<'_, '_>,
    document: &Document,
    outer: &Map<String, Value>,
) -> Result<(), BlueprintError> {
    let own = match run.map(&document.context).await {
        Ok(own) => own,
        Err(problem) => return Err(blame(0, &Entry::default(), problem)?),
    };
    merge(&mut run.context, own);
    merge(&mut run.context, outer.clone());
    for (index, entry) in document.entries.iter().enumerate() {
        match one(run, entry).await {
            Ok((name, outcome)) => run.report.steps.push(Step {
                entry: index + 1,
                line: entry.line,
                model: entry.model.clone(),
                name,
                outcome,
            }),
            Err(problem) => return Err(blame(index + 1, entry, problem)?),
        }
    }
    Ok(())
}

fn blame(number: usize, entry: &Entry, problem: Problem) -> Result<BlueprintError, Fault> {
    let reason = match problem {
        Problem::Words(words) => words,
        Problem::Refusal(refusal) => reason(refusal)?,
        Problem::Inner(error) => match *error {
            BlueprintError::Fault(fault) => return Err(fault),
            error => error.to_string(),
        },
    };
    Ok(BlueprintError::Entry {
        entry: number,
        line: entry.line,
        model: entry.model.clone(),
        reason,
    })
}

async fn one(run: &mut Run<'_, '_>, entry: &Entry) -> Result<(String, Outcome), Problem> {
    for condition in &entry.conditions {
        if !is_truthy(&run.resolve(condition).await?) {
            return Ok((String::new(), Outcome::Skipped));
        }
    }
    for key in &entry.unknown {
        let note = format!("an entry of {} has an unknown key {key}", entry.model);
        run.report.notes.push(note);
    }
    if entry.model == instance::META {
        return instance::apply_other(run, entry).await;
    }
    let [kind] = lookup::kinds(&entry.model)?[..] else {
        return words("this model stands for several: name the one that you mean");
    };
    if entry.has_permissions {
        return words("permissions need roles, which Doorward does not have yet: leave them out");
    }
    let identifiers = run.map(&entry.identifiers).await?;
    let attrs = match entry.state {
        // What is to go needs no attributes, and they may name what is gone already.
        State::Absent => Map::new(),
        _ => run.map(&entry.attrs).await?,
    };
    if identifiers.is_empty() {
        return words("identifiers are missing: say what its object is found by");
    }
    note_unknown(run, kind, &attrs);
    let found = lookup::find(run.writing, kind, &identifiers).await?;
    let (key, name, outcome) = match (entry.state, found) {
        (State::Absent, found) => return remove(run, kind, found).await,
        (State::MustCreated, Some(found)) => {
            return words(format!("{} exists already", name_of(run, &found).await?));
        }
        (State::Created, Some(found)) => (found.id(), name_of(run, &found).await?, Outcome::Same),
        (State::Present, Some(found)) => change(run, kind, found, attrs).await?,
        (_, None) => insert(run, kind, identifiers, attrs).await?,
    };
    if let Some(id) = &entry.id {
        run.keys.insert(id.clone(), key_of(kind, &key));
    }
    Ok((name, outcome))
}

/// What the kernel would pass over in silence.
fn note_unknown(run: &mut Run<'_, '_>, kind: &Kind, attrs: &Map<String, Value>) {
    let is_known = |key: &str| kind.field(key).is_some() || secret::takes(kind, key);
    let unknown = attrs.keys().filter(|key| !is_known(key));
    let notes = unknown.map(|key| format!("{} has no field {key}: it is left out", kind.model));
    run.report.notes.extend(notes);
}

type Done = (String, String, Outcome);

async fn remove(
    run: &mut Run<'_, '_>,
    kind: &'static Kind,
    found: Option<Found>,
) -> Result<(String, Outcome), Problem> {
    let Some(found) = found else {
        return Ok((String::new(), Outcome::Same));
    };
    let name = name_of(run, &found).await?;
    run.writing.remove_found(kind, &found).await?;
    Ok((name, Outcome::Deleted))
}

async fn change(
    run: &mut Run<'_, '_>,
    kind: &'static Kind,
    found: Found,
    attrs: Map<String, Value>,
) -> Result<Done, Problem> {
    let (id, name) = (found.id(), name_of(run, &found).await?);
    let body = Value::Object(attrs);
    let difference = run.writing.change_found(kind, &found, &body).await?;
    let mut fields = difference.map_or_else(Vec::new, |difference| changed(kind, &difference));
    fields.extend(
        secret::set(run.writing, kind, &id, &body)
            .await?
            .map(FieldChange::secret),
    );
    let outcome = if fields.is_empty() {
        Outcome::Same
    } else {
        Outcome::Changed(fields)
    };
    Ok((id, name, outcome))
}

async fn insert(
    run: &mut Run<'_, '_>,
    kind: &'static Kind,
    mut identifiers: Map<String, Value>,
    attrs: Map<String, Value>,
) -> Result<Done, Problem> {
    let id = chosen_key(kind, identifiers.remove("pk"))?;
    identifiers.retain(|key, _| !key.contains("__"));
    merge(&mut identifiers, attrs);
    let mut fields = made(kind, &identifiers);
    let body = Value::Object(identifiers);
    let key = run.writing.insert(kind, &body, id.as_deref()).await?;
    fields.extend(
        secret::set(run.writing, kind, &key, &body)
            .await?
            .map(FieldChange::secret),
    );
    let found = lookup::by_key(run.writing, kind, &key).await?;
    let name = match found {
        Some(found) => name_of(run, &found).await?,
        None => String::new(),
    };
    Ok((key, name, Outcome::Created(fields)))
}

/// The key that a new object is to have, if the file says.
fn chosen_key(kind: &Kind, pk: Option<Value>) -> Result<Option<String>, Problem> {
    let Some(pk) = pk.filter(|pk| !pk.is_null()) else {
        return Ok(None);
    };
    if kind.pk == Pk::Integer {
        return words(
            "no object has this pk, and Doorward counts these itself: identify it by name",
        );
    }
    match pk
        .as_str()
        .and_then(|text| uuid::Uuid::parse_str(text).ok())
    {
        Some(uuid) => Ok(Some(uuid.to_string())),
        None => words("pk is not a UUID"),
    }
}

/// What people call an object.
async fn name_of(run: &mut Run<'_, '_>, found: &Found) -> Result<String, Problem> {
    let values = run.writing.values_of(found).await?;
    let names = ["slug", "username", "identifier", "name", "domain"];
    let name = names.iter().find_map(|key| values.get(*key)?.as_str());
    Ok(name.map_or_else(|| found.id(), str::to_owned))
}
