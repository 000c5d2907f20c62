//! The list of a kind: its telling columns, search, filters, order and pages, all in the address.

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use doorward_engine::resource::history::{self, Version};
use doorward_engine::resource::look::{self, Listed, Looks, Related};
use doorward_engine::resource::{self, Target};
use doorward_engine::resource::{
    Field, FieldType, Filter, Holds, Kind, Op, Refusal, Storage, Verb,
};
use serde_json::Value;
use url::form_urlencoded::{self, Serializer};

use super::{NEW, about, kind_of, link_to, list_url, params, url, words};
use crate::console::{Operator, answer, refused};
use crate::pages::{
    ConsoleObjectList, ObjectCell, ObjectColumn, ObjectFilter, ObjectLine, ObjectLink, Pager,
    Section,
};
use crate::state::AppState;

/// So many columns stand beside the name.
const COLUMNS: usize = 3;
/// So many words are worth a list to choose from.
const WORDS_MAX: usize = 60;
/// What addresses may say beside filters.
const COMMON: [&str; 4] = ["search", "ordering", "page", "page_size"];
/// Fields that say what an object is called.
const NAMES: [&str; 5] = ["name", "username", "identifier", "domain", "action"];

/// What tables show that no field of theirs says: the key in the answer, and its words.
const MORE: &[(&str, &[(&str, &str)])] = &[
    (
        "authentik_core.authenticatedsession",
        &[
            ("user", "Whose"),
            ("last_used", "Last used"),
            ("expires", "Ends"),
            ("last_user_agent", "Browser"),
        ],
    ),
    (
        "authentik_core.userconsent",
        &[("permissions", "What"), ("expires", "Ends")],
    ),
    ("authentik_providers_oauth2.accesstoken", GRANTED),
    ("authentik_providers_oauth2.authorizationcode", GRANTED),
    ("authentik_providers_oauth2.refreshtoken", GRANTED),
    (
        "authentik_policies_reputation.reputation",
        &[
            ("ip", "Address"),
            ("score", "Score"),
            ("updated", "Changed"),
        ],
    ),
    ("authentik_stages_authenticator_static.staticdevice", OWNED),
    ("authentik_stages_authenticator_totp.totpdevice", OWNED),
    ("authentik_stages_authenticator_email.emaildevice", OWNED),
    (
        "authentik_stages_authenticator_webauthn.webauthndevice",
        OWNED,
    ),
];
const GRANTED: &[(&str, &str)] = &[("scope", "What"), ("expires", "Ends")];
const OWNED: &[(&str, &str)] = &[("user", "Whose")];

/// `GET /if/admin/objects/{model}/`
pub(super) async fn show(
    State(state): State<AppState>,
    operator: Operator,
    Path(model): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let kind = match kind_of(&model) {
        Ok(kind) => kind,
        Err(refusal) => return refused(&state, &operator, refusal),
    };
    let query = query.unwrap_or_default();
    match page(
        &state,
        &operator,
        kind,
        &query,
        &list_url(kind),
        Section::Objects,
    )
    .await
    {
        Ok(page) => answer(&state, &page),
        Err(refusal) => refused(&state, &operator, refusal),
    }
}

/// The list as `query` asks for it, at an address.
pub(in crate::console) async fn page(
    state: &AppState,
    operator: &Operator,
    kind: &'static Kind,
    query: &str,
    address: &str,
    section: Section,
) -> Result<ConsoleObjectList, Refusal> {
    let asked = asked(kind, query);
    let params = params(operator, asked.clone());
    let found = look::look_list(&state.engine, operator.ctx(), kind, &params).await;
    let (looks, problem) = match found {
        Ok(looks) => (looks, None),
        Err(Refusal::Invalid(errors)) => (nothing(), Some(told(kind, &errors.sentences()))),
        Err(refusal) => return Err(refusal),
    };
    let columns = columns(kind);
    let value = |key: &str| params.get(key).unwrap_or_default().to_owned();
    // Events happen; nobody makes them by hand.
    let may_create = kind.storage != Storage::Events
        && look::may(&state.engine, operator.ctx(), kind, Verb::Create);
    let filters = filters(kind, &asked);
    Ok(ConsoleObjectList {
        frame: operator.frame(state, section),
        crumbs: vec![Section::Objects.into()],
        title: kind.plural.to_owned(),
        one: kind.verbose.to_owned(),
        model: kind.model,
        about: about(kind),
        url: address.to_owned(),
        new_url: may_create.then(|| format!("{}{NEW}/", list_url(kind))),
        columns: heads(kind, &columns, &asked, address),
        has_times: looks.rows.iter().any(|row| row.updated_ms.is_some()),
        lines: lines(state, kind, &columns, &looks.rows).await?,
        search: value("search"),
        has_search: !kind.search.is_empty(),
        ordering: value("ordering"),
        set_filters: filters.iter().filter(|one| !one.value.is_empty()).count(),
        filters,
        problem,
        pager: Pager::of(&looks.pagination, |page| {
            with(&asked, address, "page", &page.to_string())
        }),
        deleted: deleted(state, operator, kind).await?,
        now_ms: operator.ctx().now,
    })
}

fn nothing() -> Looks {
    Looks {
        rows: Vec::new(),
        pagination: Value::Null,
    }
}

fn told(kind: &Kind, sentences: &[(String, String)]) -> String {
    let one = |(param, said): &(String, String)| format!("{}: {said}", label_of(kind, param));
    sentences.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// What an address asks of the list; what the list does not know is left out.
fn asked(kind: &Kind, query: &str) -> Vec<(String, String)> {
    let pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
    let is_known = |(key, value): &(String, String)| {
        let is_filter = kind.filters.iter().any(|filter| filter.param == key);
        (is_filter || COMMON.contains(&&**key)) && !value.is_empty()
    };
    pairs.filter(is_known).collect()
}

/// The list with one parameter set to something else.
fn with(asked: &[(String, String)], address: &str, key: &str, value: &str) -> String {
    let kept = asked.iter().filter(|(one, _)| one != key && one != "page");
    let mut query = Serializer::new(String::new());
    query.extend_pairs(kept);
    query.append_pair(key, value);
    format!("{address}?{}", query.finish())
}

/// What stands in a column.
enum Column {
    Field(&'static Field),
    More(&'static str, &'static str),
}

impl Column {
    fn key(&self) -> &'static str {
        match self {
            Self::Field(field) => field.key,
            Self::More(key, _) => key,
        }
    }

    /// What it names.
    fn target(&self) -> Option<Target> {
        match self {
            Self::Field(field) => field.target(),
            Self::More("user", _) => Some(Target::Kind(resource::USER)),
            Self::More(..) => None,
        }
    }

    fn label(&self) -> &'static str {
        match self {
            Self::Field(field) => field.label,
            Self::More(_, label) => label,
        }
    }
}

/// The most telling fields beside the name, in their order.
fn columns(kind: &'static Kind) -> Vec<Column> {
    if let Some((_, more)) = MORE.iter().find(|(model, _)| *model == kind.model) {
        return more
            .iter()
            .map(|(key, label)| Column::More(key, label))
            .collect();
    }
    let name = NAMES.iter().find(|key| kind.field(key).is_some()).copied();
    let fields = kind
        .fields
        .iter()
        .filter(|field| field.is_shown() && Some(field.key) != name);
    let mut fields: Vec<_> = fields
        .filter_map(|field| Some((weight(field)?, field)))
        .collect();
    fields.sort_by_key(|(weight, _)| *weight);
    fields.truncate(COLUMNS);
    let place = |field: &Field| kind.fields.iter().position(|one| one.key == field.key);
    fields.sort_by_key(|(_, field)| place(field));
    fields
        .into_iter()
        .map(|(_, field)| Column::Field(field))
        .collect()
}

/// How telling a field is, the less the more; nothing if it does not fit into a column.
fn weight(field: &Field) -> Option<u8> {
    let weight = match field.holds {
        FieldType::Secret
        | FieldType::Object
        | FieldType::Json
        | FieldType::KeySet
        | FieldType::Expression
        | FieldType::Entries(..)
        | FieldType::Many(_)
        | FieldType::Integers { .. }
        | FieldType::Uuid => return None,
        FieldType::One(..) | FieldType::Slug { .. } | FieldType::Email => 1,
        FieldType::Url { .. } | FieldType::Choice(..) => 2,
        FieldType::Text { .. } if field.required => 2,
        FieldType::DateTime | FieldType::Bool => 3,
        FieldType::Text { .. } | FieldType::Choices(..) => 4,
        FieldType::Integer { .. } | FieldType::Number | FieldType::Duration => 5,
    };
    Some(if field.key == "managed" { 9 } else { weight })
}

fn heads(
    kind: &Kind,
    columns: &[Column],
    asked: &[(String, String)],
    address: &str,
) -> Vec<ObjectColumn> {
    let name = NAMES.iter().find_map(|key| kind.field(key));
    let first = (
        name.map_or(kind.lookup, |field| field.key),
        name.map_or(kind.verbose, |field| field.label),
    );
    let rest = columns.iter().map(|column| (column.key(), column.label()));
    let ordered = asked.iter().rev().find(|(key, _)| key == "ordering");
    let now = ordered.map_or(kind.default_order, |(_, value)| value);
    let head = |(key, label): (&'static str, &'static str)| {
        let sort = match now.strip_prefix('-') {
            Some(down) if down == key => "descending",
            None if now == key => "ascending",
            _ => "",
        };
        let turned = if sort == "ascending" {
            format!("-{key}")
        } else {
            key.to_owned()
        };
        let is_ordered = kind.ordering.iter().any(|(one, _)| *one == key);
        ObjectColumn {
            label: label.to_owned(),
            url: is_ordered.then(|| with(asked, address, "ordering", &turned)),
            sort: if is_ordered { sort } else { "" },
        }
    };
    std::iter::once(first).chain(rest).map(head).collect()
}

async fn lines(
    state: &AppState,
    kind: &'static Kind,
    columns: &[Column],
    rows: &[Listed],
) -> Result<Vec<ObjectLine>, Refusal> {
    let line = |row: &Listed| ObjectLine {
        title: words::in_a_cell(&row.title),
        url: page_of(kind, row),
        cells: Vec::new(),
        updated_ms: row.updated_ms,
    };
    let mut lines: Vec<_> = rows.iter().map(line).collect();
    for column in columns {
        let related = named_in(state, column, rows).await?;
        for (line, row) in lines.iter_mut().zip(rows) {
            let value = row.shown.get(column.key()).unwrap_or(&Value::Null);
            line.cells.push(cell(column, value, &related));
        }
    }
    Ok(lines)
}

fn page_of(kind: &Kind, row: &Listed) -> String {
    let id = row.shown.get(kind.pk_field).map(words::plain);
    let key = if row.key == NEW {
        id.as_deref().unwrap_or(NEW)
    } else {
        &row.key
    };
    if kind.model == "authentik_events.event" {
        return format!("{}{key}/", Section::Events.url());
    }
    url(kind.model, key)
}

/// Everything that a column names.
async fn named_in(
    state: &AppState,
    column: &Column,
    rows: &[Listed],
) -> Result<Vec<Related>, Refusal> {
    let Some(target) = column.target() else {
        return Ok(Vec::new());
    };
    let mut ids: Vec<Value> = Vec::new();
    for value in rows.iter().filter_map(|row| row.shown.get(column.key())) {
        let id = key_in(value);
        if !id.is_null() && !ids.contains(id) {
            ids.push(id.clone());
        }
    }
    let found = look::related(&state.engine, target, &ids).await;
    found.map_err(Refusal::from)
}

/// The key of what a value names, which some answers show whole.
fn key_in(value: &Value) -> &Value {
    value.get("pk").unwrap_or(value)
}

fn cell(column: &Column, value: &Value, related: &[Related]) -> ObjectCell {
    if column.target().is_some() {
        let id = words::plain(key_in(value));
        let found = related.iter().find(|one| one.id == id);
        return ObjectCell {
            text: String::new(),
            link: found.map(|one| link_to(one, "")),
        };
    }
    let text = match column {
        Column::Field(field) => words::words(field, value),
        Column::More("last_used" | "expires" | "updated", _) => {
            value.as_str().map(words::time).unwrap_or_default()
        }
        Column::More(..) => words::plain(value),
    };
    ObjectCell {
        text: words::in_a_cell(&text),
        link: None,
    }
}

fn filters(kind: &Kind, asked: &[(String, String)]) -> Vec<ObjectFilter> {
    let useful = kind
        .filters
        .iter()
        .filter(|one| !matches!(one.op, Op::Never));
    let filter = |one: &Filter| ObjectFilter {
        param: one.param,
        label: label_of(kind, one.param),
        value: asked
            .iter()
            .rev()
            .find(|(key, _)| key == one.param)
            .map(|(_, value)| value.clone())
            .unwrap_or_default(),
        choices: match one.holds(Some(kind)) {
            Holds::Bool => vec!["true", "false"],
            Holds::Words(words) if words.len() <= WORDS_MAX => words.to_vec(),
            _ => Vec::new(),
        },
    };
    useful.map(filter).collect()
}

/// The words of a parameter.
fn label_of(kind: &Kind, param: &str) -> String {
    let (base, how) = param.split_once("__").unwrap_or((param, ""));
    let field = kind.field(base).map(|field| field.label.to_owned());
    let field = field.unwrap_or_else(|| capitalized(&words::plain_word(base)));
    match how {
        "" => field,
        "isnull" => format!("{field} is empty"),
        "gt" => format!("{field} after"),
        "lt" => format!("{field} before"),
        how => format!("{field}: {}", words::plain_word(how)),
    }
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

async fn deleted(
    state: &AppState,
    operator: &Operator,
    kind: &'static Kind,
) -> Result<Vec<ObjectLink>, Refusal> {
    let gone = history::deleted(&state.engine, operator.ctx(), kind).await?;
    let link = |one: &Version| ObjectLink {
        label: one.name.clone(),
        url: format!("{}history/", url(kind.model, &one.object)),
        what: match one.username.as_str() {
            "" => "by Doorward itself".to_owned(),
            name => format!("by {name}"),
        },
    };
    Ok(gone.iter().map(link).collect())
}
