//! Hostile expressions in the real worker: they end, and others are answered meanwhile.

use std::pin::Pin;
use std::time::{Duration, Instant};

use doorward_engine::expression::{Call, Failure, Input, Job, Launch, Outcome, Pool};
use serde_json::{Value, json};

/// Far more than the processor time that a run may take (an eighth of a second), far less than what
/// any of these would need: a busy machine fails nobody.
const END: Duration = Duration::from_secs(10);

/// Texts that want everything there is, and what stands in the way.
const HOSTILE: &[(&str, &str)] = &[
    ("an endless loop", "while True:\n    pass"),
    (
        "a loop that catches all",
        "while True:\n    try:\n        raise ValueError\n    except:\n        pass",
    ),
    ("a large power", "return 9 ** 9 ** 9"),
    (
        "powers again and again",
        "n = 3\nwhile True:\n    n = n ** 7",
    ),
    ("a huge list", "return [0] * 10 ** 10"),
    ("a huge text", "return len(\"x\" * 10 ** 11)"),
    (
        "a growing list",
        "items = []\nwhile True:\n    items.append(\"x\" * 10000)",
    ),
    (
        "a doubling text",
        "text = \"x\"\nwhile True:\n    text += text",
    ),
    (
        "a backtracking pattern",
        "import re\nreturn re.match(r\"(a|aa)+(?=b)c\\1\", \"a\" * 5000)",
    ),
    (
        "a repeated pattern",
        "import re\nwhile True:\n    re.sub(r\"(x+x+)+y\", \"\", \"x\" * 2000)",
    ),
    (
        "deep recursion",
        "def f(n):\n    return f(n + 1)\nreturn f(0)",
    ),
    (
        "nested lists",
        "items = []\nfor n in range(10 ** 7):\n    items = [items]\nreturn items",
    ),
    (
        "a long sort",
        "return sorted([n * 7919 % 1000003 for n in range(10 ** 7)])",
    ),
    (
        "many sums",
        "return sum(a * b for a in range(10 ** 5) for b in range(10 ** 5))",
    ),
    (
        "a long product",
        "return [1 for a in range(10 ** 4) for b in range(10 ** 4) for c in range(10 ** 4)]",
    ),
    ("a large file", "open(\"/dev/zero\").read()"),
    ("a wide answer", "return [[0] * 1000 for n in range(1000)]"),
    (
        "questions without end",
        "while True:\n    try:\n        ak_user_by(username=\"mia\")\n    except:\n        pass",
    ),
    (
        "messages without end",
        "while True:\n    ak_message(\"x\" * 10 ** 6)",
    ),
    ("a format that pads", "return f\"{1:>{10 ** 10}}\""),
    ("a wide range", "return list(range(10 ** 12))"),
];

fn job(source: &str) -> Job {
    let user = json!({
        "pk": 7, "uuid": "", "uid": "", "username": "mia", "name": "", "email": "", "path": "",
        "type": "internal", "is_active": true, "is_superuser": false, "is_authenticated": true,
        "attributes": {}, "group_attributes": {}, "last_login": null, "date_joined": 0,
        "password_change_date": 0, "has_usable_password": true, "groups": [], "direct": [],
    });
    let http_request = json!({
        "method": "GET", "path": "/", "query": {}, "host": "", "headers": {}, "brand": {},
        "request_id": "",
    });
    let input = Input {
        user,
        http_request,
        client_ip: "192.0.2.1".to_owned(),
        ..Input::default()
    };
    Job {
        source: source.to_owned(),
        input,
    }
}

fn nothing(_: Call) -> Pin<Box<dyn Future<Output = Result<Value, String>> + Send>> {
    Box::pin(async { Ok(Value::Null) })
}

fn real() -> Pool {
    let words = vec!["expression-worker".to_owned()];
    Pool::new(Launch::Program(
        env!("CARGO_BIN_EXE_doorward").into(),
        words,
    ))
}

async fn friendly(pool: &Pool) -> Outcome {
    let outcome = pool
        .run(job("return request.user.username == \"mia\""), &nothing)
        .await;
    outcome.expect("a plain expression is answered")
}

#[tokio::test]
async fn a_hostile_expression_ends_and_others_are_answered_meanwhile() {
    let pool = real();
    for (name, source) in HOSTILE {
        let began = Instant::now();
        let (hostile, friendly) = tokio::join!(pool.run(job(source), &nothing), friendly(&pool));
        assert!(friendly.passing, "{name}");
        let ended = matches!(hostile, Err(Failure::Stopped | Failure::Raised(_)));
        assert!(ended, "{name}: {hostile:?}");
        assert!(began.elapsed() < END, "{name}: {:?}", began.elapsed());
    }
    assert!(friendly(&pool).await.passing);
}

#[tokio::test]
async fn a_hostile_text_is_refused_or_read_in_time() {
    let pool = real();
    for (name, source) in [
        ("brackets", "(".repeat(60_000)),
        ("signs", format!("return {}1", "-".repeat(60_000))),
        ("a sum", format!("return 1{}", "+1".repeat(30_000))),
        ("comparisons", format!("return 1{}", "<1".repeat(30_000))),
        ("calls", format!("return f{}", "()".repeat(30_000))),
        ("attributes", format!("return f{}", ".a".repeat(30_000))),
        ("lambdas", format!("return {}1", "lambda:".repeat(8_000))),
        (
            "choices",
            format!("return 1{}", " if 1 else 1".repeat(5_000)),
        ),
        (
            "else-ifs",
            format!("if 1:\n pass\n{}", "elif 1:\n pass\n".repeat(4_000)),
        ),
        ("nested texts", format!("return {}1", "f\"{".repeat(10_000))),
    ] {
        let began = Instant::now();
        let read = pool.check(&source).await;
        let refused = matches!(read, Ok(_) | Err(Failure::Syntax { .. } | Failure::Stopped));
        assert!(
            refused && began.elapsed() < END,
            "{name}: {read:?} after {:?}",
            began.elapsed()
        );
    }
    assert!(friendly(&pool).await.passing);
}

#[tokio::test]
async fn a_worker_has_no_environment_no_files_and_no_more_processes() {
    let pool = real();
    for source in [
        "import os\nreturn os.environ",
        "import os\nreturn os.getenv(\"PATH\")",
        "return open(\"/proc/self/environ\").read()",
        "from pathlib import Path\nreturn Path(\"/etc/passwd\").read_text()",
        "from pathlib import Path\nPath(\"/tmp/left-by-an-expression\").write_text(\"x\")",
    ] {
        let outcome = pool.run(job(source), &nothing).await;
        let refused =
            matches!(&outcome, Err(Failure::Raised(text)) if text.contains("PermissionError"));
        assert!(refused, "{source}: {outcome:?}");
    }
}
