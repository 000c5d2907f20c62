//! The whole engine against the sentences of api-and-model.md 1.8, on any list of bindings.

use doorward_store::group::GroupRow;
use doorward_store::testing::user_row;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::*;
use crate::person::person;

/// What a binding names.
#[derive(Clone, Copy, Debug)]
enum Subject {
    OwnUser,
    OtherUser,
    OwnGroup,
    OtherGroup,
    Yes,
    No,
    /// A policy that cannot be read.
    Broken,
    /// A policy that is not there.
    Gone,
}

/// When a binding ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Never,
    Past,
    Future,
    /// The date is past, and does not count.
    PastButKept,
}

#[derive(Clone, Copy, Debug)]
struct Drawn {
    subject: Subject,
    end: End,
    enabled: bool,
    negate: bool,
    failure_result: bool,
    order: i64,
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    mode: EngineMode,
    empty: bool,
    by_somebody: bool,
}

/// What comes out: the answer, each step by its place in the list, and how many messages.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    passing: bool,
    steps: Vec<(String, bool)>,
    messages: usize,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    use Subject::{Broken, Gone, No, OtherGroup, OtherUser, OwnGroup, OwnUser, Yes};
    let subjects = [
        OwnUser, OtherUser, OwnGroup, OtherGroup, Yes, No, Broken, Gone,
    ];
    let ends = [
        End::Never,
        End::Never,
        End::Past,
        End::Future,
        End::PastButKept,
    ];
    let subject = prop::sample::select(subjects.to_vec());
    let end = prop::sample::select(ends.to_vec());
    let enabled = prop::bool::weighted(0.8);
    let drawn = (subject, end, enabled, any::<bool>(), any::<bool>(), 0..4i64);
    drawn.prop_map(
        |(subject, end, enabled, negate, failure_result, order)| Drawn {
            subject,
            end,
            enabled,
            negate,
            failure_result,
            order,
        },
    )
}

fn asked() -> impl Strategy<Value = Asked> {
    (any::<bool>(), any::<bool>(), prop::bool::weighted(0.8)).prop_map(
        |(all, empty, by_somebody)| {
            let mode = if all {
                EngineMode::All
            } else {
                EngineMode::Any
            };
            Asked {
                mode,
                empty,
                by_somebody,
            }
        },
    )
}

/// The sentences, one after the other.
fn expected(bindings: &[Drawn], asked: Asked) -> Outcome {
    // 1: the enabled ones in their order; "an expired binding contributes nothing".
    let mut taken: Vec<(usize, &Drawn)> = bindings.iter().enumerate().collect();
    taken.retain(|(_, one)| one.enabled && !matches!(one.end, End::Past));
    taken.sort_by_key(|(place, one)| (one.order, *place));
    let (mut fixed, mut results, mut steps) = (Vec::new(), Vec::new(), Vec::new());
    let mut messages = 0;
    for (place, one) in taken {
        let result = match one.subject {
            Subject::OwnUser | Subject::OwnGroup => asked.by_somebody != one.negate,
            Subject::OtherUser | Subject::OtherGroup | Subject::No => one.negate,
            Subject::Yes => !one.negate,
            // 3: "exceptions yield `failure_result` plus message", and negate says nothing of it.
            Subject::Broken | Subject::Gone => {
                messages += 1;
                one.failure_result
            }
        };
        match one.subject {
            Subject::OwnUser | Subject::OtherUser | Subject::OwnGroup | Subject::OtherGroup => {
                fixed.push(result);
            }
            _ => results.push(result),
        }
        steps.push((place.to_string(), result));
    }
    // 2: people and groups contribute one result.
    if !fixed.is_empty() {
        results.push(joined(&fixed, asked.mode));
    }
    // 4: all results by the mode, and what is said when there are none.
    let passing = if results.is_empty() {
        asked.empty
    } else {
        joined(&results, asked.mode)
    };
    Outcome {
        passing,
        steps,
        messages,
    }
}

fn joined(results: &[bool], mode: EngineMode) -> bool {
    match mode {
        EngineMode::Any => results.contains(&true),
        EngineMode::All => !results.contains(&false),
    }
}

fn object(kind: &str, id: &str, config: Value) -> Object {
    Object {
        kind: kind.to_owned(),
        id: id.to_owned(),
        config: serde_json::from_value(config).unwrap(),
        version: 1,
        created_at: 0,
        updated_at: 0,
    }
}

fn binding(place: usize, drawn: &Drawn) -> Object {
    let mut config = json!({
        "pk": place.to_string(), "target": "door", "order": drawn.order, "timeout": 30,
        "enabled": drawn.enabled, "negate": drawn.negate, "failure_result": drawn.failure_result,
    });
    let (key, value) = match drawn.subject {
        Subject::OwnUser => ("user", json!(7)),
        Subject::OtherUser => ("user", json!(8)),
        Subject::OwnGroup => ("group", json!("own")),
        Subject::OtherGroup => ("group", json!("other")),
        Subject::Yes => ("policy", json!("yes")),
        Subject::No => ("policy", json!("no")),
        Subject::Broken => ("policy", json!("broken")),
        Subject::Gone => ("policy", json!("gone")),
    };
    config[key] = value;
    let (past, future) = ("2027-01-15T07:59:59Z", "2027-01-15T08:00:01Z");
    let (expiring, expires) = match drawn.end {
        End::Never => (false, None),
        End::Past => (true, Some(past)),
        End::Future => (true, Some(future)),
        End::PastButKept => (false, Some(past)),
    };
    config["expiring"] = json!(expiring);
    config["expires"] = json!(expires);
    object(
        "authentik_policies.policybinding",
        &place.to_string(),
        config,
    )
}

/// As the store's objects become a snapshot.
fn indexed(bindings: &[Drawn]) -> Snapshot {
    let mut snapshot = Snapshot::default();
    for (id, result) in [("yes", true), ("no", false)] {
        let config = json!({ "name": id, "result": result });
        snapshot.add(object("authentik_policies_dummy.dummypolicy", id, config));
    }
    let config = json!({ "name": "broken", "networks": "nowhere" });
    snapshot.add(object("doorward_policies.networks", "broken", config));
    for (place, drawn) in bindings.iter().enumerate() {
        snapshot.add(binding(place, drawn));
    }
    snapshot.index();
    snapshot
}

fn mia_of_a_group() -> Person {
    let own = GroupRow {
        id: "own".into(),
        num_pk: 0,
        name: "own".into(),
        name_key: "own".into(),
        // "Superusers are not exempt" from any of it.
        is_superuser: true,
        attributes: "{}".into(),
        created_at: 0,
        updated_at: 0,
        version: 1,
    };
    person(&user_row(7, "mia", NOW), &[own], "install")
}

async fn outcome(engine: &Engine, bindings: &[Drawn], asked: Asked) -> Outcome {
    let (snapshot, mia) = (indexed(bindings), mia_of_a_group());
    let ctx = Context::system(NOW);
    let question = Question::new(&snapshot, &ctx, asked.by_somebody.then_some(&mia));
    let verdict = engine.decide(&question, "door", asked.mode, asked.empty);
    let verdict = verdict.await;
    let steps = verdict.steps.iter();
    Outcome {
        passing: verdict.passing,
        steps: steps
            .map(|step| (step.binding.pk.clone(), step.passing))
            .collect(),
        messages: verdict.messages.len(),
    }
}

/// api-and-model.md 1.8, engine semantics 1 to 4.
#[test]
fn any_list_of_bindings_decides_as_the_specification_says() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for (engine, _store) in runtime.block_on(every_engine()) {
        let lists = prop::collection::vec(drawn(), 0..8);
        let compared = TestRunner::default().run(&(lists, asked()), |(bindings, asked)| {
            let outcome = runtime.block_on(outcome(&engine, &bindings, asked));
            prop_assert_eq!(outcome, expected(&bindings, asked));
            Ok(())
        });
        compared.unwrap();
    }
}
