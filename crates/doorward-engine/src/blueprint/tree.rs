//! YAML text to a tree of values, within bounds.
//!
//! Rule: what a text costs is counted while it is read, aliases included, so that no small file
//! becomes a large tree ("billion laughs").

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Visitor};
use serde::de::{IgnoredAny, VariantAccess as _};
use serde_yaml_ng::value::{Tag, TaggedValue};
use serde_yaml_ng::{Mapping, Number, Value as Yaml};

/// So many bytes a file may have.
pub(super) const BYTES_MAX: usize = 1024 * 1024;
/// So deep values may lie in each other.
const DEPTH_MAX: usize = 64;
/// What a tree may cost: its bytes of text and [`NODE_COST`] for each value.
const COST_MAX: usize = 8 * 1024 * 1024;
/// What each value costs beside its text.
pub(super) const NODE_COST: usize = 32;

/// Reads a text; merge keys (`<<`) are merged.
pub(super) fn read(text: &str) -> Result<Yaml, serde_yaml_ng::Error> {
    if text.len() > BYTES_MAX {
        return Err(serde_yaml_ng::Error::custom(format_args!(
            "the file is larger than {BYTES_MAX} bytes: split it"
        )));
    }
    let left = Cell::new(COST_MAX);
    let node = Node {
        left: &left,
        depth: 0,
    };
    let mut tree = node.deserialize(serde_yaml_ng::Deserializer::from_str(text))?;
    tree.apply_merge()?;
    Ok(tree)
}

/// One value that is still to be read.
#[derive(Clone, Copy)]
struct Node<'a> {
    left: &'a Cell<usize>,
    depth: usize,
}

impl Node<'_> {
    fn spend<E: Error>(self, text: usize) -> Result<(), E> {
        let left = self.left.get().checked_sub(NODE_COST + text);
        self.left.set(
            left.ok_or_else(|| E::custom("aliases make the file too large: use fewer of them"))?,
        );
        Ok(())
    }

    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth >= DEPTH_MAX {
            return Err(E::custom(format_args!(
                "values lie deeper than {DEPTH_MAX} levels in each other"
            )));
        }
        Ok(Self {
            depth: self.depth + 1,
            ..self
        })
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Yaml;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Yaml, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Yaml;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any YAML value")
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Yaml, E> {
        self.spend(0).map(|()| Yaml::Bool(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Yaml, E> {
        self.spend(0).map(|()| Yaml::Number(number.into()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Yaml, E> {
        self.spend(0).map(|()| Yaml::Number(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Yaml, E> {
        self.spend(0).map(|()| Yaml::Number(Number::from(number)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Yaml, E> {
        self.spend(text.len())
            .map(|()| Yaml::String(text.to_owned()))
    }

    fn visit_unit<E: Error>(self) -> Result<Yaml, E> {
        self.spend(0).map(|()| Yaml::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Yaml, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Yaml, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Yaml, A::Error> {
        self.spend(0)?;
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(value) = access.next_element_seed(inner)? {
            list.push(value);
        }
        Ok(Yaml::Sequence(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Yaml, A::Error> {
        self.spend(0)?;
        let inner = self.deeper()?;
        let mut map = Mapping::new();
        while let Some(key) = access.next_key_seed(inner)? {
            let is_known = map.contains_key(&key);
            let named = key.as_str().unwrap_or("a key").to_owned();
            let value = access.next_value_seed(inner)?;
            if is_known {
                return Err(A::Error::custom(format_args!("{named} is there twice")));
            }
            map.insert(key, value);
        }
        Ok(Yaml::Mapping(map))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Yaml, A::Error> {
        self.spend(0)?;
        let inner = self.deeper()?;
        let (tag, contents) = access.variant::<String>()?;
        if tag.is_empty() || tag == "!" {
            contents.newtype_variant::<IgnoredAny>()?;
            return Err(A::Error::custom("a tag has no name"));
        }
        let value = contents.newtype_variant_seed(inner)?;
        let tag = Tag::new(tag);
        Ok(Yaml::Tagged(Box::new(TaggedValue { tag, value })))
    }
}
