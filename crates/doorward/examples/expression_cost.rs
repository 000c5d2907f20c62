//! Evaluates three expressions so many times in a real worker, and prints what each costs: the
//! numbers in decision 18.
//!
//! ```text
//! expression_cost PATH_OF_DOORWARD TIMES
//! ```

use std::error::Error;
use std::io::Write as _;
use std::time::Instant;

use doorward_engine::expression::{Answer, Call, Input, Job, Launch, Pool};
use serde_json::{Value, json};

const TEXTS: [(&str, &str); 3] = [
    ("constant", "return True"),
    (
        "group",
        "return ak_is_group_member(request.user, name=\"family\")",
    ),
    (
        "network",
        "return any(ak_client_ip in ip_network(n) for n in [\"10.0.0.0/8\", \"192.168.0.0/16\"])",
    ),
];

fn nothing(_: Call) -> Answer<'static> {
    Box::pin(async { Ok(Value::Null) })
}

fn input() -> Input {
    let groups: Vec<_> = (0..20)
        .map(|n| json!({"pk": format!("{n}"), "num_pk": n, "name": format!("group {n}"), "is_superuser": false, "attributes": {}}))
        .collect();
    Input {
        user: json!({
            "pk": 7, "uuid": "", "uid": "", "username": "mia", "name": "", "email": "", "path": "",
            "type": "internal", "is_active": true, "is_superuser": false, "is_authenticated": true,
            "attributes": {}, "group_attributes": {}, "last_login": null, "date_joined": 0,
            "password_change_date": 0, "has_usable_password": true, "groups": groups, "direct": [],
        }),
        http_request: json!({
            "method": "GET", "path": "/", "query": {}, "host": "", "headers": {}, "brand": {}, "tenant": {}, "request_id": "",
        }),
        client_ip: "192.168.1.2".to_owned(),
        ..Input::default()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let usage = "usage: expression_cost PATH_OF_DOORWARD TIMES";
    let mut words = std::env::args().skip(1);
    let program = words.next().ok_or(usage)?;
    let times: u32 = words.next().ok_or(usage)?.parse()?;
    let pool = Pool::new(Launch::Program(
        program.into(),
        vec!["expression-worker".to_owned()],
    ));
    for (name, text) in TEXTS {
        let job = || Job {
            source: text.to_owned(),
            input: input(),
        };
        let began = Instant::now();
        pool.run(job(), &nothing).await?;
        let first = began.elapsed();
        let began = Instant::now();
        for _ in 0..times {
            pool.run(job(), &nothing).await?;
        }
        let each = began.elapsed() / times;
        writeln!(
            std::io::stdout(),
            "{name}: first {first:?}, then {each:?} each"
        )?;
    }
    Ok(())
}
