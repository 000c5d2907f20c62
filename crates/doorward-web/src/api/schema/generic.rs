//! The seven operations of every kind and the five of every family.

use doorward_engine::resource::{Family, Kind};
use serde_json::{Map, Value};

use super::{add, answer, array, no_answer, operation, parameters, reference, taking, words};

/// Adds a kind's operations.
pub(super) fn of_kind(kind: &Kind, paths: &mut Map<String, Value>) {
    of_collection(kind, paths);
    of_item(kind, paths);
    let used_by = format!("/{}/{{{}}}/used_by/", kind.path, kind.param);
    let id = format!("{}_used_by_list", words(kind.path));
    let users = answer("200", &array("UsedBy"));
    add(
        paths,
        &used_by,
        "get",
        operation(&id, &used_by, Vec::new(), &users),
    );
}

fn of_collection(kind: &Kind, paths: &mut Map<String, Value>) {
    let (base, path) = (words(kind.path), format!("/{}/", kind.path));
    let page = answer("200", &reference(&format!("Paginated{}List", kind.schema)));
    let list = operation(
        &format!("{base}_list"),
        &path,
        parameters::of_list(kind),
        &page,
    );
    add(paths, &path, "get", list);
    if kind.verbs.create {
        let made = answer("201", &reference(kind.schema));
        let create = operation(&format!("{base}_create"), &path, Vec::new(), &made);
        let create = taking(create, &format!("{}Request", kind.schema));
        add(paths, &path, "post", create);
    }
}

fn of_item(kind: &Kind, paths: &mut Map<String, Value>) {
    let (base, path) = (
        words(kind.path),
        format!("/{}/{{{}}}/", kind.path, kind.param),
    );
    let shown = answer("200", &reference(kind.schema));
    let make = |verb: &str, query| operation(&format!("{base}_{verb}"), &path, query, &shown);
    add(
        paths,
        &path,
        "get",
        make("retrieve", parameters::of_one(kind)),
    );
    if kind.verbs.update {
        let name = kind.schema;
        let put = taking(make("update", Vec::new()), &format!("{name}Request"));
        add(paths, &path, "put", put);
        let partial = make("partial_update", Vec::new());
        let partial = taking(partial, &format!("Patched{name}Request"));
        add(paths, &path, "patch", partial);
    }
    if kind.verbs.delete {
        let id = format!("{base}_destroy");
        add(
            paths,
            &path,
            "delete",
            operation(&id, &path, Vec::new(), &no_answer("204")),
        );
    }
}

/// Adds a family's operations.
pub(super) fn of_family(family: Family, paths: &mut Map<String, Value>) {
    let base = words(family.path());
    let list = format!("/{}/", family.path());
    let item = format!("{list}{{{}}}/", family.param());
    let (used_by, types) = (format!("{item}used_by/"), format!("{list}types/"));
    let page = reference(&format!("Paginated{}List", family.schema()));
    let none = Vec::new;
    for (path, method, verb, query, responses) in [
        (
            &list,
            "get",
            "list",
            parameters::of_family(family),
            answer("200", &page),
        ),
        (
            &item,
            "get",
            "retrieve",
            none(),
            answer("200", &reference(family.schema())),
        ),
        (&item, "delete", "destroy", none(), no_answer("204")),
        (
            &used_by,
            "get",
            "used_by_list",
            none(),
            answer("200", &array("UsedBy")),
        ),
        (
            &types,
            "get",
            "types_list",
            none(),
            answer("200", &array("TypeCreate")),
        ),
    ] {
        let operation = operation(&format!("{base}_{verb}"), path, query, &responses);
        add(paths, path, method, operation);
    }
}
