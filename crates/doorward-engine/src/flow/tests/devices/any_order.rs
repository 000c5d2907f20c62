//! Whatever is answered in whatever order, with cookies old and new: nobody with a second factor is
//! signed in without the password and the factor, or the passkey, and no proof counts twice.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};

use super::*;

/// What somebody may do with the cookie they have, or with an earlier one.
#[derive(Clone, Copy, Debug)]
enum Act {
    Begin,
    Password,
    WrongPassword,
    /// The right code; it counts once in all.
    Code,
    WrongCode,
    /// A code of somebody else's app.
    OthersCode,
    Empty,
    WrongComponent,
    Restore(usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        1 => Just(Act::Begin),
        3 => Just(Act::Password),
        1 => Just(Act::WrongPassword),
        3 => Just(Act::Code),
        1 => Just(Act::WrongCode),
        1 => Just(Act::OthersCode),
        1 => Just(Act::Empty),
        1 => Just(Act::WrongComponent),
        2 => (0..8usize).prop_map(Act::Restore),
    ];
    prop::collection::vec(act, 1..10)
}

/// What a browser held, and whether the password was given on the way there.
#[derive(Clone)]
struct Line {
    handle: String,
    cookie: String,
    password: bool,
}

#[tokio::test]
async fn no_order_of_answers_gets_around_the_second_factor() {
    let mut runner = TestRunner::new(Config::with_cases(24));
    let orders = acts();
    for _ in 0..24 {
        let tree = orders.new_tree(&mut runner).expect("an order");
        let order = tree.current();
        let store = doorward_store::testing::sqlite().await;
        let engine = house(&store).await;
        walk(&engine, &order).await;
    }
}

async fn walk(engine: &Engine, order: &[Act]) {
    let (hers, his) = (with_app(engine, MIA).await, with_app(engine, DAN).await);
    let visit = || Visit {
        may_act: true,
        ..Visit::default()
    };
    let mut tab = Tab::open(engine, LOGIN, visit(), NOW).await;
    let (mut password, mut lines, mut signed_in) = (false, Vec::new(), 0);
    for act in order {
        lines.push(Line {
            handle: tab.handle.clone(),
            cookie: tab.cookie.clone(),
            password,
        });
        let fields = match act {
            Act::Begin => {
                tab = Tab::open(engine, LOGIN, visit(), NOW).await;
                password = false;
                continue;
            }
            Act::Restore(at) => {
                let line = &lines[at % lines.len()];
                tab.handle.clone_from(&line.handle);
                tab.cookie.clone_from(&line.cookie);
                password = line.password;
                continue;
            }
            Act::Password => json!({ "uid_field": "mia", "password": "pw" }),
            Act::WrongPassword => json!({ "uid_field": "mia", "password": "no" }),
            Act::Code => json!({ "code": hers.code_at(NOW) }),
            Act::WrongCode => json!({ "code": "000000" }),
            Act::OthersCode => json!({ "code": his.code_at(NOW) }),
            Act::Empty => json!({}),
            Act::WrongComponent => {
                json!({ "component": "ak-stage-user-login", "remember_me": true })
            }
        };
        if !tab.try_answer(fields).await {
            continue;
        }
        password |= matches!(act, Act::Password);
        if tab.is_signed_in() {
            assert!(matches!(act, Act::Code) && password, "{order:?}");
            signed_in += 1;
        }
    }
    assert!(signed_in <= 1, "one code, one sign-in: {order:?}");
    assert_eq!(sessions(engine, MIA).await.len(), signed_in, "{order:?}");
    assert!(sessions(engine, DAN).await.is_empty());
}
