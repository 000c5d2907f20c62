//! One blueprint on its way through the kernel: what its entries know of each other, and the values
//! of their tags.
//!
//! Rule: every value that is made is paid for, so that no product of `!Enumerate` fills the memory.

use std::collections::HashMap;
use std::pin::Pin;

use doorward_store::StoreError;
use serde_json::{Map, Value, json};
use serde_yaml_ng::{Mapping, Value as Yaml};

use super::lookup;
use super::report::Report;
use super::source::Origin;
use super::tag::{self, Tag, is_truthy, plain, weight};
use crate::resource::kind::{Kind, Pk};
use crate::resource::world::integer;
use crate::resource::write::{Found, Writing};
use crate::resource::{self, Refusal};

/// What the values of a file may cost together.
const COST_MAX: usize = 32 * 1024 * 1024;

/// Why an entry's value or the entry itself cannot be used.
pub(super) enum Problem {
    /// Words for its author.
    Words(String),
    /// The kernel's own.
    Refusal(Refusal),
    /// One of an entry of another blueprint that this one applies.
    Inner(Box<super::BlueprintError>),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::Refusal(error.into())
    }
}

impl From<String> for Problem {
    fn from(words: String) -> Self {
        Self::Words(words)
    }
}

/// Says why not.
pub(super) fn words<T>(text: impl Into<String>) -> Result<T, Problem> {
    Err(Problem::Words(text.into()))
}

/// What a tag is asked for.
fn name(tag: Tag, arguments: &[Value]) -> Result<&str, Problem> {
    match arguments.first() {
        Some(Value::String(text)) => Ok(text),
        Some(Value::Number(_)) | None => words(format!("{tag:?} wants a name")),
        Some(_) => words(format!("{tag:?}: the name is not text")),
    }
}

/// Where `!Enumerate` is.
struct Turn {
    index: Value,
    value: Value,
}

/// A blueprint under way.
pub(super) struct Run<'r, 'w> {
    /// The transaction.
    pub(super) writing: &'r mut Writing<'w>,
    /// What it may read of the machine.
    pub(super) origin: &'r Origin,
    /// What `!Context` says.
    pub(super) context: Map<String, Value>,
    /// What `!KeyOf` says.
    pub(super) keys: HashMap<String, Value>,
    /// What was done so far.
    pub(super) report: Report,
    /// The instances that are being applied, the outermost first.
    pub(super) within: Vec<String>,
    turns: Vec<Turn>,
    left: usize,
}

type Resolving<'a, T> = Pin<Box<dyn Future<Output = Result<T, Problem>> + Send + 'a>>;

impl<'r, 'w> Run<'r, 'w> {
    /// Begins, with what every context has.
    pub(super) fn new(writing: &'r mut Writing<'w>, origin: &'r Origin) -> Self {
        let models: Map<_, _> = resource::registry()
            .map(|kind| (kind.model.to_owned(), json!(kind.event_app())))
            .collect();
        let mut context = Map::new();
        context.insert(
            "goauthentik.io/rbac/models".to_owned(),
            Value::Object(models),
        );
        context.insert(
            "goauthentik.io/enterprise/licensed".to_owned(),
            json!(false),
        );
        Self {
            writing,
            origin,
            context,
            keys: HashMap::new(),
            report: Report::default(),
            within: Vec::new(),
            turns: Vec::new(),
            left: COST_MAX,
        }
    }

    fn pay(&mut self, value: &Value) -> Result<(), Problem> {
        match self.left.checked_sub(weight(value)) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => words("its values become too large: enumerate less, or split the file"),
        }
    }

    /// A value with its tags resolved.
    pub(super) fn resolve<'a>(&'a mut self, yaml: &'a Yaml) -> Resolving<'a, Value> {
        Box::pin(async move {
            match yaml {
                Yaml::Mapping(map) => Ok(Value::Object(self.map(map).await?)),
                Yaml::Sequence(list) => Ok(Value::Array(self.list(list).await?)),
                Yaml::Tagged(tagged) => {
                    let tag = Tag::of(&tagged.tag.to_string())?;
                    let value = self.tagged(tag, &tagged.value).await?;
                    self.pay(&value)?;
                    Ok(value)
                }
                plain => {
                    let value = serde_json::to_value(plain).unwrap_or_default();
                    self.pay(&value)?;
                    Ok(value)
                }
            }
        })
    }

    /// A map with its tags resolved; keys that are no text become text.
    pub(super) async fn map(&mut self, map: &Mapping) -> Result<Map<String, Value>, Problem> {
        let mut resolved = Map::new();
        for (key, value) in map {
            let key = match self.resolve(key).await? {
                Value::String(key) => key,
                key @ (Value::Number(_) | Value::Bool(_)) => key.to_string(),
                _ => return words("the keys of maps must be text"),
            };
            let value = self.resolve(value).await?;
            resolved.insert(key, value);
        }
        Ok(resolved)
    }

    async fn list(&mut self, list: &[Yaml]) -> Result<Vec<Value>, Problem> {
        let mut values = Vec::with_capacity(list.len());
        for one in list {
            values.push(self.resolve(one).await?);
        }
        Ok(values)
    }

    async fn tagged(&mut self, tag: Tag, yaml: &Yaml) -> Result<Value, Problem> {
        match tag {
            Tag::If => return self.choose(yaml).await,
            Tag::Enumerate => return self.enumerate(yaml).await,
            _ => {}
        }
        let arguments = match self.resolve(yaml).await? {
            Value::Array(list) => list,
            one => vec![one],
        };
        match tag {
            Tag::KeyOf => self.key_of_entry(&arguments),
            Tag::Context | Tag::Env | Tag::File => self.looked_up(tag, &arguments),
            Tag::Find => {
                let found = self.find(name(tag, &arguments)?, &arguments[1..]).await?;
                Ok(found.map_or(Value::Null, |(kind, found)| key_of(kind, &found.id())))
            }
            Tag::FindObject => match self.find(name(tag, &arguments)?, &arguments[1..]).await? {
                Some((kind, found)) => Ok(self.writing.shown(kind, &found).await?),
                None => Ok(Value::Null),
            },
            Tag::Format => Ok(tag::format(&arguments)?),
            Tag::Condition => Ok(tag::condition(&arguments)?),
            Tag::AtIndex => Ok(tag::at_index(&arguments)?),
            Tag::ParseJson => Ok(tag::parse_json(&arguments)?),
            Tag::Index => self.turn(&arguments).map(|turn| turn.index.clone()),
            Tag::Value => self.turn(&arguments).map(|turn| turn.value.clone()),
            Tag::If | Tag::Enumerate => Ok(Value::Null),
        }
    }

    /// The key of what an earlier entry made.
    fn key_of_entry(&self, arguments: &[Value]) -> Result<Value, Problem> {
        let id = arguments.first().map(plain).unwrap_or_default();
        match self.keys.get(&id) {
            Some(key) => Ok(key.clone()),
            None => words(format!("!KeyOf {id}: no earlier entry has this id")),
        }
    }

    /// `[name, default]`, in what surrounds the blueprint. A file without a default must be there.
    fn looked_up(&self, tag: Tag, arguments: &[Value]) -> Result<Value, Problem> {
        let wanted = name(tag, arguments)?;
        let found = match tag {
            Tag::Env => self.origin.variable(wanted)?.map(Value::String),
            Tag::File => self.origin.file(wanted)?.map(Value::String),
            _ => self.context.get(wanted).cloned(),
        };
        match found.or_else(|| arguments.get(1).cloned()) {
            Some(value) => Ok(value),
            None if tag == Tag::File => {
                words(format!("!File {}: there is no such file", arguments[0]))
            }
            None => Ok(Value::Null),
        }
    }

    /// `[condition, then, else]`; only the branch that counts is resolved.
    async fn choose(&mut self, yaml: &Yaml) -> Result<Value, Problem> {
        let list = yaml
            .as_sequence()
            .map_or(std::slice::from_ref(yaml), Vec::as_slice);
        let (condition, branches) = match list {
            [condition] => (condition, None),
            [condition, then, otherwise] => (condition, Some((then, otherwise))),
            _ => return words("!If wants [condition] or [condition, then, else]"),
        };
        let holds = is_truthy(&self.resolve(condition).await?);
        match branches {
            None => Ok(json!(holds)),
            Some((then, _)) if holds => self.resolve(then).await,
            Some((_, otherwise)) => self.resolve(otherwise).await,
        }
    }

    /// `[list or map, SEQ or MAP, body]`
    async fn enumerate(&mut self, yaml: &Yaml) -> Result<Value, Problem> {
        let wanted = "!Enumerate wants [list or map, SEQ or MAP, body]";
        let Some([over, Yaml::String(mode), body]) = yaml.as_sequence().map(Vec::as_slice) else {
            return words(wanted);
        };
        let turns: Vec<_> = match self.resolve(over).await? {
            Value::Array(list) => (0..).map(|at: usize| json!(at)).zip(list).collect(),
            Value::Object(map) => map
                .into_iter()
                .map(|(key, one)| (json!(key), one))
                .collect(),
            other => return words(format!("{wanted}; {} is neither", plain(&other))),
        };
        match mode.to_ascii_uppercase().as_str() {
            "SEQ" => Ok(Value::Array(self.each(turns, body).await?)),
            "MAP" => {
                let mut map = Map::new();
                for pair in self.each(turns, body).await? {
                    let Some([key, value]) = pair.as_array().map(Vec::as_slice) else {
                        return words("!Enumerate with MAP wants a body of [key, value]");
                    };
                    map.insert(plain(key), value.clone());
                }
                Ok(Value::Object(map))
            }
            _ => words(wanted),
        }
    }

    async fn each(
        &mut self,
        turns: Vec<(Value, Value)>,
        body: &Yaml,
    ) -> Result<Vec<Value>, Problem> {
        let mut values = Vec::with_capacity(turns.len());
        for (index, value) in turns {
            self.turns.push(Turn { index, value });
            let resolved = self.resolve(body).await;
            self.turns.pop();
            values.push(resolved?);
        }
        Ok(values)
    }

    /// The turn that a depth names; 0 is the innermost.
    fn turn(&self, arguments: &[Value]) -> Result<&Turn, Problem> {
        let depth = arguments.first().and_then(integer);
        let depth = depth.and_then(|depth| usize::try_from(depth).ok());
        let turn = depth.and_then(|depth| self.turns.iter().rev().nth(depth));
        turn.map_or_else(
            || words("!Index and !Value want the depth of an !Enumerate around them"),
            Ok,
        )
    }

    /// `[model, [field, value], …]`
    async fn find(
        &mut self,
        model: &str,
        pairs: &[Value],
    ) -> Result<Option<(&'static Kind, Found)>, Problem> {
        let mut identifiers = Map::new();
        for pair in pairs {
            let Some([Value::String(field), value]) = pair.as_array().map(Vec::as_slice) else {
                return words("!Find wants [model, [field, value], …]");
            };
            identifiers.insert(field.clone(), value.clone());
        }
        for kind in lookup::kinds(model)? {
            if let Some(found) = lookup::find(self.writing, kind, &identifiers).await? {
                return Ok(Some((kind, found)));
            }
        }
        Ok(None)
    }
}

/// A key as JSON.
pub(super) fn key_of(kind: &Kind, id: &str) -> Value {
    match kind.pk {
        Pk::Integer => json!(id.parse::<i64>().unwrap_or_default()),
        Pk::Uuid => json!(id),
    }
}
