//! Hostile expressions in the real worker: they end, and others are answered meanwhile.

use std::path::Path;
use std::time::{Duration, Instant};

use doorward_engine::expression::{Answer, Call, Failure, Input, Job, Launch, Outcome, Pool};
use serde_json::{Value, json};

/// Processor time of a worker for one of these texts, its start included: an eighth of a second is the
/// limit that it keeps by itself. Processor time, because a busy machine must fail nobody.
const COST_MAX: Duration = Duration::from_millis(200);
/// Whatever the machine does beside.
const END: Duration = Duration::from_mins(1);

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
        "method": "GET", "path": "/", "query": {}, "host": "", "headers": {}, "brand": {}, "tenant": {},
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

fn nothing(_: Call) -> Answer<'static> {
    Box::pin(async { Ok(Value::Null) })
}

fn real() -> Pool {
    let words = vec!["expression-worker".to_owned()];
    Pool::new(Launch::Program(
        env!("CARGO_BIN_EXE_doorward").into(),
        words,
    ))
}

/// A shell between the pool and its worker, which outlives both and notes what the worker has cost.
const NOTING: &str = "exec 3<&0; (\"$0\" expression-worker <&3; times >>\"$1\") & wait";

/// The same, whose workers are noted in a file when they have ended.
fn noted(file: &Path) -> Pool {
    let path = file.to_str().expect("a plain name");
    let words = ["-c", NOTING, env!("CARGO_BIN_EXE_doorward"), path];
    let words = words.map(str::to_owned).to_vec();
    Pool::new(Launch::Program("/bin/sh".into(), words))
}

/// What each of so many workers has cost.
async fn costs(file: &Path, workers: usize) -> Vec<Duration> {
    let began = Instant::now();
    loop {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        // The shell's own times are the odd lines.
        let lines: Vec<&str> = text.lines().skip(1).step_by(2).collect();
        if lines.len() == workers && text.ends_with('\n') {
            return lines.into_iter().map(cost).collect();
        }
        assert!(began.elapsed() < END, "{workers} workers: {text:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// `0m0.120000s 0m0.030000s`: the user's and the system's.
fn cost(line: &str) -> Duration {
    let each = line.split_whitespace().map(|word| {
        let (minutes, seconds) = word.trim_end_matches('s').split_once('m')?;
        let seconds = seconds.parse::<f64>().ok()?;
        Some(minutes.parse::<f64>().ok()? * 60.0 + seconds)
    });
    let all: Option<f64> = each.sum();
    Duration::from_secs_f64(all.expect("two times"))
}

async fn friendly(pool: &Pool) -> Outcome {
    let outcome = pool
        .run(job("return request.user.username == \"mia\""), &nothing)
        .await;
    outcome.expect("a plain expression is answered")
}

#[tokio::test]
async fn a_hostile_expression_ends_in_200_ms_of_processor_time_and_others_are_answered_meanwhile() {
    let noted_in = tempfile::tempdir().expect("a directory");
    for (number, (name, source)) in HOSTILE.iter().enumerate() {
        let file = noted_in.path().join(number.to_string());
        let pool = noted(&file);
        let began = Instant::now();
        let (hostile, friendly) = tokio::join!(pool.run(job(source), &nothing), friendly(&pool));
        assert!(friendly.passing, "{name}");
        let ended = matches!(hostile, Err(Failure::Stopped | Failure::Raised(_)));
        assert!(ended, "{name}: {hostile:?}");
        assert!(began.elapsed() < END, "{name}: {:?}", began.elapsed());
        drop(pool);
        for cost in costs(&file, 2).await {
            assert!(cost <= COST_MAX, "{name}: {cost:?}");
        }
    }
}

#[tokio::test]
async fn a_hostile_text_is_refused_or_read_in_200_ms_of_processor_time() {
    let noted_in = tempfile::tempdir().expect("a directory");
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
        let file = noted_in.path().join(name);
        let pool = noted(&file);
        let began = Instant::now();
        let read = pool.check(&source).await;
        let refused = matches!(read, Ok(_) | Err(Failure::Syntax { .. } | Failure::Stopped));
        assert!(
            refused && began.elapsed() < END,
            "{name}: {read:?} after {:?}",
            began.elapsed()
        );
        drop(pool);
        for cost in costs(&file, 1).await {
            assert!(cost <= COST_MAX, "{name}: {cost:?}");
        }
    }
}

#[tokio::test]
async fn whoever_catches_all_and_asks_for_ever_is_ended_with_its_last_question() {
    let pool = real();
    let asks =
        "while True:\n    try:\n        ak_user_by(username=\"mia\")\n    except:\n        pass";
    let too_often = |_: Call| -> Answer<'static> { Box::pin(async { Err(Failure::Insistent(0)) }) };
    let ended = pool.run(job(asks), &too_often).await;
    assert_eq!(ended, Err(Failure::Insistent(0)));
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
