//! The executor as a state machine over all stages: whatever two people and a stranger send in whatever
//! order, cookies old, foreign and replayed, `{}` and answers for other stages included, no run reaches
//! an end without its proofs, nobody gets past a source, and nobody signs another one out (CVE-2026-49448,
//! CVE-2026-18963, CVE-2023-26481, CVE-2022-46172).

mod flows;
mod sessions;

use doorward_store::user::UserRow;

use self::flows::{BOUND, FLOWS};
use super::any_order::IMPORTED;
use super::recovery::{key, posted};
use super::*;
use crate::flow::captcha::work;
use crate::mail::Letter;

/// Something that somebody may do: begin a flow, look at a line, answer on it, follow the link of the
/// letter that came last, as nobody or as one of two people with a session.
#[derive(Clone, Copy, Debug)]
enum Act {
    Begin {
        flow: usize,
        by: usize,
        invited: bool,
    },
    Look {
        line: usize,
        by: usize,
    },
    Answer {
        line: usize,
        by: usize,
        answer: usize,
    },
    Follow {
        by: usize,
    },
}

/// What a browser keeps, and what was given on the way there.
#[derive(Clone, Debug, Default)]
struct Line {
    slug: String,
    handle: String,
    cookie: String,
    /// Whose right passwords.
    passwords: Vec<i64>,
    invited: bool,
    /// Whose letters were read.
    letters: Vec<i64>,
    /// The work that was asked for last.
    puzzle: Option<AskCaptcha>,
    /// Whether it was done.
    worked: bool,
    /// The token of the question that was last seen.
    token: String,
    /// Whether it was repeated.
    agreed: bool,
}

impl Line {
    /// The work that was asked for, or the token that was shown, where an answer says so.
    fn fill_in(&mut self, fields: &mut serde_json::Value) {
        let puzzle = self.puzzle.take();
        if fields["token"] != "TOKEN" {
            return;
        }
        if let Some(puzzle) = puzzle {
            fields["token"] = work(&puzzle).into();
            self.worked = true;
            return;
        }
        fields["token"] = self.token.clone().into();
        self.agreed |= !self.token.is_empty();
    }
}

/// Mia and Dan.
const IDS: [i64; 2] = [7, 8];
const PEOPLE: [Option<i64>; 3] = [None, Some(IDS[0]), Some(IDS[1])];

fn given() -> Vec<(serde_json::Value, Option<i64>)> {
    vec![
        (json!({}), None),
        (json!({ "uid_field": "mia" }), None),
        (json!({ "uid_field": "dan" }), None),
        (json!({ "password": "pw-mia" }), Some(7)),
        (json!({ "password": "pw-dan" }), Some(8)),
        (json!({ "password": "a new password" }), None),
        (json!({ "username": "mia" }), None),
        (json!({ "username": "fresh" }), None),
        (json!({ "token": "TOKEN" }), None),
        (json!({ "token": "" }), None),
        (
            json!({ "remember_me": true, "user": 8, "pending_user": "dan", "is_active": true }),
            None,
        ),
        (json!({ "component": "ak-stage-dummy" }), None),
        (
            json!({ "component": "ak-stage-user-login", "remember_me": true }),
            None,
        ),
        (
            json!({ "component": "ak-stage-prompt", "password": "a new password", "username": "dan" }),
            None,
        ),
        (
            json!({ "component": "ak-stage-password", "password": "pw-dan" }),
            Some(8),
        ),
        (json!({ "component": "ak-stage-session-end" }), None),
    ]
}

fn act() -> impl proptest::strategy::Strategy<Value = Act> {
    use proptest::prelude::*;
    let people = 0..PEOPLE.len();
    prop_oneof![
        2 => (0..BOUND.len(), people.clone(), any::<bool>())
            .prop_map(|(flow, by, invited)| Act::Begin { flow, by, invited }),
        1 => (0..6_usize, people.clone()).prop_map(|(line, by)| Act::Look { line, by }),
        2 => people.clone().prop_map(|by| Act::Follow { by }),
        12 => (0..6_usize, people, 0..given().len())
            .prop_map(|(line, by, answer)| Act::Answer { line, by, answer }),
    ]
}

/// The world that acts are done in, and what it looked like before.
struct House {
    engine: Engine,
    invitation: String,
    lines: Vec<Line>,
    /// Letters that were sent, the oldest first.
    sent: Vec<Letter>,
    ends: usize,
    /// When each person's password was set.
    since: [i64; 2],
    /// What each person's browser brings along.
    visits: [Visit; 2],
}

impl House {
    async fn row(&self, id: i64) -> Option<UserRow> {
        let mut tx = self.engine.store.read().await.expect("a transaction");
        user::find(&mut tx, id).await.expect("a look")
    }

    async fn count(&self) -> i64 {
        let mut tx = self.engine.store.read().await.expect("a transaction");
        user::count(&mut tx).await.expect("a count")
    }

    /// Does one thing and sees that nothing came of it that was not proven.
    async fn act(&mut self, act: Act) {
        let by = match act {
            Act::Begin { by, .. }
            | Act::Look { by, .. }
            | Act::Answer { by, .. }
            | Act::Follow { by } => PEOPLE[by],
        };
        let before = [self.row(7).await, self.row(8).await];
        let count = self.count().await;
        let Some((step, line)) = self.step(act, by).await else {
            return;
        };
        self.check_session(&step, &line, act);
        self.check_people(before, &line, by, act).await;
        self.check_signed_out(&step, &line, by, act).await;
        let made = self.count().await - count;
        assert!(
            made <= 0
                || line.slug == "e-enroll"
                    && line.invited
                    && line.agreed
                    && line.worked
                    && by.is_none(),
            "{act:?} {line:?}"
        );
        self.ends += usize::from(made > 0);
        self.keep(&step, line);
        self.sent.extend(posted(&self.engine, NOW).await);
        self.restore().await;
    }

    async fn step(&self, act: Act, by: Option<i64>) -> Option<(Step, Line)> {
        let person = match by {
            Some(id) => self.engine.person(id).await.expect("a look"),
            None => None,
        };
        let ctx = stranger(NOW);
        let ctx = person.map_or(ctx.clone(), |person| ctx.acting_as(&person));
        let visit = self.visit(by, !matches!(act, Act::Look { .. }));
        let (at, answer) = match act {
            Act::Begin { flow, invited, .. } => {
                let slug = BOUND[flow].0;
                let start = Start {
                    slug,
                    invitation: invited.then_some(&*self.invitation),
                    ..Start::default()
                };
                let step = begin(&self.engine, &ctx, &visit, start)
                    .await
                    .expect("no fault")?;
                return Some((
                    step,
                    Line {
                        slug: slug.into(),
                        invited,
                        ..Line::default()
                    },
                ));
            }
            Act::Follow { .. } => return self.follow(&ctx, &visit).await,
            Act::Look { line, .. } => (line, None),
            Act::Answer { line, answer, .. } => (line, Some(given().swap_remove(answer))),
        };
        let mut line = self
            .lines
            .iter()
            .rev()
            .nth(at % self.lines.len().max(1))?
            .clone();
        let kept = line.clone();
        let kept = Kept {
            slug: &kept.slug,
            handle: &kept.handle,
            cookie: &kept.cookie,
        };
        let answer = answer.map(|(mut fields, whose)| {
            line.passwords.extend(whose);
            line.fill_in(&mut fields);
            super::answer(fields)
        });
        let step = resume(&self.engine, &ctx, &visit, kept, answer.as_ref())
            .await
            .expect("no fault")?;
        Some((step, line))
    }

    /// Follows the link of the last letter.
    async fn follow(&self, ctx: &Context, visit: &Visit) -> Option<(Step, Line)> {
        let letter = self.sent.last()?;
        let link = Link {
            slug: "e-reset",
            key: &key(letter),
            handle: None,
        };
        let step = follow(&self.engine, ctx, visit, link).await;
        let people = [(7, "mia@example.org"), (8, "dan@example.org")].into_iter();
        let readers = people.filter(|(_, to)| letter.to == *to);
        let begun = Line {
            slug: "e-reset".into(),
            letters: readers.map(|(id, _)| id).collect(),
            ..Line::default()
        };
        Some((step.expect("no fault")?, begun))
    }

    /// Whoever is signed in gave their password or read their mail on this line, or made the account
    /// on it.
    fn check_session(&mut self, step: &Step, line: &Line, act: Act) {
        let SessionChange::SignedIn(new) = &step.session else {
            return;
        };
        let id = |id: &i64| new.uid == crate::person::uid(*id, &self.engine.snapshot().install_id);
        match [7, 8].iter().find(|one| id(one)) {
            Some(known) => assert!(
                line.passwords.contains(known) && line.slug == "e-sign-in"
                    || line.letters.contains(known) && line.slug == "e-reset",
                "{act:?} {line:?}"
            ),
            None => assert!(line.slug == "e-enroll" && line.agreed, "{act:?} {line:?}"),
        }
        self.ends += 1;
    }

    /// Nobody's account changed but by whom it belongs to, with the password given or the mail read on
    /// this line.
    async fn check_people(
        &mut self,
        before: [Option<UserRow>; 2],
        line: &Line,
        by: Option<i64>,
        act: Act,
    ) {
        for (id, before) in [7, 8].into_iter().zip(before) {
            let (before, after) = (before.expect("a person"), self.row(id).await);
            // The password's own time: signing in may replace an old hash of the same password.
            let facts =
                |row: &UserRow| (row.password_changed_at, row.username.clone(), row.is_active);
            let is_same = after
                .as_ref()
                .is_some_and(|after| facts(after) == facts(&before));
            if is_same {
                continue;
            }
            self.ends += 1;
            let is_theirs = by.is_none_or(|by| by == id);
            let (knows, reads) = (line.passwords.contains(&id), line.letters.contains(&id));
            let way = match after {
                None => line.slug == "e-leave" && knows,
                Some(_) if line.slug == "e-reset" => reads,
                Some(_) => line.slug == "e-change" && knows && by == Some(id),
            };
            assert!(is_theirs && way, "{id} {act:?} {line:?}");
        }
    }

    fn keep(&mut self, step: &Step, line: Line) {
        let Some(held) = &step.run else { return };
        let mut line = Line {
            slug: step.slug.clone(),
            ..line
        };
        if line.handle.is_empty() {
            line.handle.clone_from(&held.id);
        }
        if let Some(cookie) = &held.cookie {
            line.cookie.clone_from(cookie);
        }
        line.puzzle = None;
        if let Next::Show(challenge) = &step.next {
            match &challenge.ask {
                Ask::Consent(ask) => line.token.clone_from(&ask.token),
                Ask::Captcha(ask) => line.puzzle = Some(ask.clone()),
                _ => {}
            }
        }
        self.lines.push(line);
    }

    /// Everybody is there again with their old password and a session.
    async fn restore(&mut self) {
        for (at, (id, name, encoded)) in IMPORTED.into_iter().enumerate() {
            match self.row(id).await {
                Some(row) if row.password_changed_at == self.since[at] => {
                    if !self.is_signed_in(at).await {
                        self.sign_in_again(at).await;
                    }
                    continue;
                }
                Some(_) => {}
                None => add_user(&self.engine, id, name).await,
            }
            set_password(&self.engine, id, encoded, NOW).await;
            let row = self.row(id).await.expect("a person");
            self.since[at] = row.password_changed_at;
            self.sign_in_again(at).await;
        }
    }
}

async fn house(store: &doorward_store::Store) -> House {
    let mut settings = crate::testing::settings();
    settings.mail = Some(crate::mail::tests::smtp(9));
    settings.base_url = url::Url::parse("https://auth.example.org").ok();
    (
        settings.throttle.account_free,
        settings.throttle.address_free,
    ) = (u32::MAX, u32::MAX);
    let engine = crate::testing::engine_with(store, settings).await;
    // They hold the one source that there is.
    let defaults = blueprint::apply_defaults(&engine, NOW).await;
    assert!(defaults.expect("the defaults"));
    let mut text = FLOWS.to_owned();
    for (flow, stages) in BOUND {
        for (order, stage) in stages.iter().enumerate() {
            let id = |name: &str| name.trim_start_matches("e-").to_owned();
            let entry = format!(
                "  - {{ model: authentik_flows.flowstagebinding, identifiers: {{ target: !KeyOf {}, stage: !KeyOf {}, order: {order} }} }}\n",
                id(flow),
                id(stage)
            );
            text.push_str(&entry);
        }
    }
    blueprint::apply_text(&engine, NOW, &text)
        .await
        .expect("the flows");
    let snapshot = engine.snapshot();
    let invitation = snapshot.objects("authentik_stages_invitation.invitation")[0]
        .id
        .clone();
    let mut house = House {
        engine,
        invitation,
        lines: Vec::new(),
        sent: Vec::new(),
        ends: 0,
        since: [0; 2],
        visits: <[Visit; 2]>::default(),
    };
    house.restore().await;
    house
}

#[test]
fn no_order_of_acts_reaches_an_end_without_its_proofs() {
    use proptest::test_runner::{Config, TestRunner};
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.expect("a runtime");
    let store = runtime.block_on(doorward_store::testing::sqlite());
    let house = std::cell::RefCell::new(runtime.block_on(house(&store.store)));
    let config = Config {
        cases: 120,
        failure_persistence: None,
        ..Config::default()
    };
    let acts = proptest::collection::vec(act(), 8..40);
    let held = TestRunner::new(config).run(&acts, |acts| {
        let mut house = house.borrow_mut();
        house.lines.clear();
        runtime.block_on(async {
            for act in acts {
                house.act(act).await;
            }
        });
        Ok(())
    });
    held.expect("the rule holds");
}

/// Stands for the letter in a list of answers.
const LETTER: usize = usize::MAX;

/// Begins a flow and gives these answers; how many ends that reached.
async fn ends(house: &mut House, slug: &str, by: usize, answers: &[usize]) -> usize {
    house.ends = 0;
    let flow = BOUND.iter().position(|(name, _)| *name == slug);
    let begin = Act::Begin {
        flow: flow.expect("a flow"),
        by,
        invited: true,
    };
    house.act(begin).await;
    for answer in answers {
        let act = match *answer {
            LETTER => Act::Follow { by },
            answer => Act::Answer {
                line: 0,
                by,
                answer,
            },
        };
        house.act(act).await;
    }
    house.ends
}

/// The machine above is not true for want of ends: each of them is reached when its proofs are given,
/// and those that are shut are not.
#[tokio::test]
async fn with_the_right_answers_in_order_every_end_is_reached() {
    let store = doorward_store::testing::sqlite().await;
    let mut house = house(&store.store).await;
    for (slug, by, answers) in [
        ("e-sign-in", 0, &[1, 3, 11][..]),
        ("e-enroll", 0, &[8, 7, 8]),
        ("e-reset", 0, &[1, LETTER, 5]),
        ("e-change", 1, &[3, 5]),
        ("e-leave", 0, &[1, 3, 0]),
        ("e-out", 1, &[0]),
    ] {
        assert!(ends(&mut house, slug, by, answers).await > 0, "{slug}");
    }
    for slug in ["e-from", "e-shut"] {
        assert_eq!(ends(&mut house, slug, 0, &[1, 3, 0]).await, 0, "{slug}");
    }
}
