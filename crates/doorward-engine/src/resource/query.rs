//! The query parameters of lists: what they are called, what they may hold, how they compare.
//!
//! Owns reading them. Leaves comparing to `list`. Rule: a value that its parameter cannot hold is
//! refused by name, never ignored; what comes out is spelled as the store spells it.

use super::field::FieldType;
use super::kind::{Kind, Pk};
use super::list::Params;
use super::validate::Errors;
use super::value::milliseconds;
use super::world::{World, is_integer_target};
use crate::snapshot::Object;

/// So many values of one parameter may be asked for: each becomes part of one statement.
const VALUES_MAX: usize = 500;

/// How a filter compares.
#[derive(Clone, Copy)]
pub enum Op {
    /// Equal.
    Exact,
    /// Equal, ignoring case.
    IExact,
    /// Contains, ignoring case.
    IContains,
    /// `true`: the value is null or empty.
    IsNull,
    /// One of the values of the repeated or comma-separated parameter.
    In,
    /// Begins with.
    Prefix,
    /// Time after.
    Greater,
    /// Time before.
    Less,
    /// The kind's own test on a configuration object.
    Test(fn(&Object, &World, &[&str]) -> bool),
    /// A fixed SQL condition of a table with `IN (?)` for the values.
    Sql(&'static str),
    /// Nothing has what this looks for yet.
    Never,
}

/// What a parameter may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Anything.
    Text,
    /// Yes or no.
    Bool,
    /// A whole number.
    Integer,
    /// A uuid.
    Uuid,
    /// RFC 3339.
    Time,
    /// One of these words.
    Words(&'static [&'static str]),
}

/// A query parameter that narrows a list.
#[derive(Clone, Copy)]
pub struct Filter {
    /// The parameter.
    pub param: &'static str,
    /// The field it looks at; for tables its column.
    pub field: &'static str,
    /// How.
    pub op: Op,
    /// What it may hold, where neither the comparison nor the field says so.
    holds: Option<Holds>,
}

impl Filter {
    /// A filter that compares `field` for equality under its own name.
    pub const fn exact(field: &'static str) -> Self {
        Self::new(field, field, Op::Exact)
    }

    /// Any other filter.
    pub const fn new(param: &'static str, field: &'static str, op: Op) -> Self {
        Self {
            param,
            field,
            op,
            holds: None,
        }
    }

    /// Says what it may hold.
    #[must_use]
    pub const fn of(mut self, holds: Holds) -> Self {
        self.holds = Some(holds);
        self
    }

    /// Whether the parameter may be repeated.
    pub fn is_many(&self) -> bool {
        matches!(self.op, Op::In | Op::Sql(_))
    }

    /// Whether it compares a person's user name, so that people have to be read first.
    pub fn looks_at_people(&self) -> bool {
        matches!(self.op, Op::Test(_)) && self.param.ends_with("__username")
    }

    /// What the parameter may hold: said, or known from the comparison or from the kind's field.
    pub fn holds(&self, kind: Option<&Kind>) -> Holds {
        let field = || kind.and_then(|kind| kind.field(self.param).or(kind.field(self.field)));
        match (self.holds, self.op) {
            (Some(holds), _) => holds,
            (None, Op::IsNull) => Holds::Bool,
            (None, Op::Greater | Op::Less) => Holds::Time,
            (None, Op::IContains | Op::Prefix) => Holds::Text,
            (None, _) if self.field == "pk" => of_key(kind),
            (None, _) => field().map_or(Holds::Text, |field| of_field(field.holds)),
        }
    }
}

fn of_key(kind: Option<&Kind>) -> Holds {
    match kind.map(|kind| kind.pk) {
        Some(Pk::Integer) => Holds::Integer,
        Some(Pk::Uuid) | None => Holds::Uuid,
    }
}

fn of_field(holds: FieldType) -> Holds {
    match holds {
        FieldType::Bool => Holds::Bool,
        FieldType::Integer { .. } | FieldType::Integers { .. } => Holds::Integer,
        FieldType::Choice(words, _) | FieldType::Choices(words, _) => Holds::Words(words),
        FieldType::DateTime => Holds::Time,
        FieldType::One(target, _) | FieldType::Many(target) if is_integer_target(target) => {
            Holds::Integer
        }
        FieldType::One(..) | FieldType::Many(_) | FieldType::Uuid => Holds::Uuid,
        _ => Holds::Text,
    }
}

/// A parameter that was asked for.
pub struct Wanted {
    /// Which.
    pub filter: &'static Filter,
    /// What it holds.
    pub holds: Holds,
    /// Its values in the store's spelling, at least one.
    pub values: Vec<String>,
}

/// Reads what `params` ask of `filters`; an empty value asks nothing.
///
/// # Errors
///
/// Every parameter that cannot hold its value.
pub fn read(
    kind: Option<&Kind>,
    filters: &'static [Filter],
    params: &Params,
) -> Result<Vec<Wanted>, Errors> {
    let (mut wanted, mut errors) = (Vec::new(), Errors::default());
    for filter in filters {
        let holds = filter.holds(kind);
        match values(filter, holds, params) {
            Ok(values) if values.is_empty() => {}
            Ok(values) => wanted.push(Wanted {
                filter,
                holds,
                values,
            }),
            Err(message) => errors.add(filter.param, message),
        }
    }
    for flag in kind.map_or(&[] as &[_], |kind| kind.flags) {
        let given = params.get(flag).filter(|text| !text.is_empty());
        if given.is_some_and(|text| truth(text).is_none()) {
            errors.add(flag, refusal(Holds::Bool, ""));
        }
    }
    if params.all("search").any(|text| text.contains('\0')) {
        errors.add("search", NUL);
    }
    if errors.is_empty() {
        Ok(wanted)
    } else {
        Err(errors)
    }
}

fn values(filter: &Filter, holds: Holds, params: &Params) -> Result<Vec<String>, String> {
    let given = params
        .all(filter.param)
        .flat_map(|text| parts(filter, text))
        .filter(|text| !text.is_empty());
    let mut values = given
        .map(|text| value(holds, text))
        .collect::<Result<Vec<_>, _>>()?;
    if values.len() > VALUES_MAX {
        return Err(format!("At most {VALUES_MAX} values can be asked for."));
    }
    if !filter.is_many() && !matches!(filter.op, Op::Test(_)) {
        // Of a repeated parameter that stands for one value, the last counts.
        values.drain(..values.len().saturating_sub(1));
    }
    Ok(values)
}

/// `a,b` is two values only where several make sense.
fn parts<'a>(filter: &Filter, text: &'a str) -> Vec<&'a str> {
    match filter.op {
        Op::In => text.split(',').map(str::trim).collect(),
        _ => vec![text],
    }
}

const NUL: &str = "Null characters are not allowed.";

/// A value in the store's spelling, or why it is none.
fn value(holds: Holds, text: &str) -> Result<String, String> {
    // PostgreSQL takes no such text.
    if text.contains('\0') {
        return Err(NUL.to_owned());
    }
    let found = match holds {
        Holds::Text => Some(text.to_owned()),
        Holds::Bool => truth(text).map(|truth| truth.to_string()),
        Holds::Integer => text.trim().parse::<i64>().ok().map(|n| n.to_string()),
        Holds::Uuid => uuid::Uuid::parse_str(text.trim())
            .ok()
            .map(|id| id.to_string()),
        Holds::Time => milliseconds(text).map(|ms| ms.to_string()),
        Holds::Words(words) => words.contains(&text).then(|| text.to_owned()),
    };
    found.ok_or_else(|| refusal(holds, text))
}

/// Yes or no as clients of authentik spell it.
pub fn truth(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "1" => Some(true),
        "false" | "False" | "0" => Some(false),
        _ => None,
    }
}

fn refusal(holds: Holds, text: &str) -> String {
    match holds {
        Holds::Text => String::new(),
        Holds::Bool => "Must be a valid boolean.".to_owned(),
        Holds::Integer => "Enter a number.".to_owned(),
        Holds::Uuid => "Enter a valid UUID.".to_owned(),
        Holds::Time => "Enter a valid date/time.".to_owned(),
        Holds::Words(_) => {
            format!("Select a valid choice. {text} is not one of the available choices.")
        }
    }
}
