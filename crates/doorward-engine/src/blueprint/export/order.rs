//! The entries of an export, what others name before what names it.
//!
//! Rule: where objects name each other in a circle, the relation that closes it follows in an entry
//! of its own.

use serde_yaml_ng::{Mapping, Value as Yaml};

use super::item::{Item, Items};

/// How far an object is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Untouched,
    Under,
    Written,
}

struct Writer<'a> {
    items: &'a Items,
    marks: Vec<Mark>,
    entries: Vec<Yaml>,
    later: Vec<(usize, &'static str)>,
}

/// Every chosen object, by model and name as far as relations leave a choice.
pub(super) fn entries(items: &Items) -> Vec<Yaml> {
    let mut writer = Writer {
        items,
        marks: vec![Mark::Untouched; items.all.len()],
        entries: Vec::new(),
        later: Vec::new(),
    };
    let mut chosen: Vec<_> = (0..items.all.len())
        .filter(|index| items.all[*index].chosen)
        .collect();
    chosen.sort_by_cached_key(|index| items.label(*index));
    for index in chosen {
        writer.visit(index);
    }
    let later = std::mem::take(&mut writer.later);
    for (index, field) in later {
        writer.entries.push(entry(items, index, |key| key == field));
    }
    writer.entries
}

impl Writer<'_> {
    fn visit(&mut self, index: usize) {
        if self.marks[index] != Mark::Untouched {
            return;
        }
        self.marks[index] = Mark::Under;
        let items = self.items;
        let mut relations = items.relations(&items.all[index]);
        relations.retain(|(_, target)| items.all[*target].chosen);
        relations.sort_by_cached_key(|(field, target)| (*field, items.label(*target)));
        let mut postponed = Vec::new();
        for (field, target) in relations {
            self.visit(target);
            if self.marks[target] == Mark::Under {
                postponed.push(field);
            }
        }
        self.entries
            .push(entry(items, index, |key| !postponed.contains(&key)));
        self.later
            .extend(postponed.into_iter().map(|field| (index, field)));
        self.marks[index] = Mark::Written;
    }
}

fn entry(items: &Items, index: usize, wanted: impl Fn(&'static str) -> bool) -> Yaml {
    let item = &items.all[index];
    let mut entry = Mapping::new();
    entry.insert("model".into(), item.kind.model.into());
    entry.insert("id".into(), items.label(index).into());
    entry.insert("identifiers".into(), items.found_by(item).into());
    entry.insert("attrs".into(), attributes(items, item, wanted).into());
    entry.into()
}

fn attributes(items: &Items, item: &Item, wanted: impl Fn(&'static str) -> bool) -> Mapping {
    let mut map = Mapping::new();
    for field in item.fields().filter(|field| wanted(field.key)) {
        let Some(value) = item.values.get(field.key) else {
            continue;
        };
        let is_default = value.is_null() && field.default.value() == Some(value.clone());
        if !is_default {
            map.insert(field.key.into(), items.written(item.kind, field, value));
        }
    }
    map
}
