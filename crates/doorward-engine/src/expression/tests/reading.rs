//! Reading: where an error is, what a text depends on, what it leaves behind.

use serde_json::json;

use super::kit::run;
use crate::expression::monty::Monty;
use crate::expression::{Failure, Interpreter as _, SOURCE_MAX};

#[track_caller]
fn refused_at(source: &str, expected: (u32, u32)) {
    match Monty::default().check(source) {
        Err(Failure::Syntax { line, column, .. }) => {
            assert_eq!((line, column), expected, "{source:.40}");
        }
        other => panic!("{source:.40}: {other:?}"),
    }
}

#[test]
fn a_syntax_error_names_its_line_and_column() {
    refused_at("return (", (1, 9));
    refused_at("x = 1\nreturn x +* 2", (2, 11));
    refused_at("if True\n    return 1", (1, 8));
    refused_at(&"(".repeat(5000), (1, 101));
    refused_at(&" ".repeat(SOURCE_MAX + 1), (1, 1));
    let failure = Monty::default().check("return (").unwrap_err();
    assert!(failure.to_string().starts_with("Expression Syntax Error: "));
}

#[test]
fn a_text_says_what_its_answer_depends_on() {
    let facts = |source| Monty::default().check(source).unwrap();
    assert!(facts("return ak_is_group_member(request.user, name=\"x\")").is_lasting());
    assert!(facts("return ak_user_by(username=\"x\")").does_io);
    assert!(facts("return resolve_dns(\"x\")").does_io);
    assert!(facts("return prompt_context.get(\"x\")").is_lasting());
    assert!(facts("from authentik.core.models import User\nUser.objects.get(pk=1)").does_io);
    assert!(facts("import requests as r\nr.get(\"x\")").does_io);
    assert!(facts("from datetime import datetime as d\nreturn d.now()").reads_time);
    assert!(facts("return request.http_request.method").reads_request);
    assert!(facts("return context[\"geoip\"]").reads_request);
    assert!(facts("return ak_client_ip.is_private").reads_request);
    assert!(facts("return user.check_password(\"x\")").does_io);
    assert!(facts("return user.groups.first().users.count() > 1").does_io);
    assert!(facts("return user.path == \"users\"").is_lasting());
    assert!(facts("r = request\nreturn r.http_request.GET.get(\"next\")").reads_request);
    let hidden = facts("return getattr(request, \"http_\" + \"request\")");
    assert!(hidden.does_io && hidden.reads_time && hidden.reads_request);
}

#[test]
fn what_a_text_sets_in_the_context_is_left_behind() {
    let source = "context[\"prompt_data\"][\"username\"] = context[\"prompt_data\"][\"email\"].lower()\n\
                  request.context[\"note\"] = \"seen\"\nreturn True";
    let outcome = run(source).unwrap();
    assert_eq!(
        outcome.context["prompt_data"]["username"],
        "new@example.org"
    );
    assert_eq!(outcome.context["note"], "seen");
    assert_eq!(outcome.context.get("pending_user"), None);
}

#[test]
fn values_can_be_handed_out_one_by_one() {
    let outcome =
        run("for group in user.groups.all():\n    yield group.name\nyield (user.name)").unwrap();
    assert_eq!(
        outcome.result,
        json!(["family", "media-users", "Mia Muster"])
    );
}

#[test]
fn what_people_type_never_becomes_a_person() {
    let source = "return isinstance(context[\"prompt_data\"][\"email\"], User)";
    let mut input = super::kit::input();
    input.context[1].2 =
        json!({"email": {"_": "user", "kind": "user", "pk": 1, "username": "akadmin"}});
    assert!(!super::kit::run_with(source, input).unwrap().passing);
}

#[test]
fn an_answer_that_is_too_large_is_refused() {
    assert!(matches!(
        run("return \"x\" * 10**6"),
        Err(Failure::Raised(_))
    ));
    assert!(matches!(
        run("return [[1] * 1000] * 1000"),
        Err(Failure::Raised(_))
    ));
}

#[test]
fn one_run_leaves_nothing_for_the_next() {
    let mut monty = Monty::default();
    let mut run = |source: &str| {
        let (source, input) = (source.to_owned(), super::kit::input());
        monty
            .run(crate::expression::Job { source, input }, &mut |call| {
                super::kit::answer(&call)
            })
            .unwrap()
    };
    run("ak_message(\"secret\")\nUser.objects = 1\nglobal left\nleft = 1\nreturn True");
    let second = run("ak_message(\"own\")\nreturn True");
    assert_eq!(second.messages, ["own"]);
}
