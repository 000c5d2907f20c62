//! The executor as a state machine over all stages and devices, on both stores: whatever two people and
//! a stranger send in whatever order, cookies old, foreign and replayed, `{}` and answers for other stages
//! included, no run reaches an end without its proofs, no proof of a device counts twice, nobody gets past
//! a source, nobody signs another one out, and a look changes nothing (CVE-2026-49448, CVE-2026-18963,
//! CVE-2023-26481, CVE-2022-46172, GHSA-qgqp-xh8r-v73r).

mod devices;
mod flows;
mod line;
mod rules;
mod sessions;

use std::collections::BTreeSet;

use doorward_store::user::UserRow;

use self::devices::{Equipment, With};
use self::flows::{BOUND, FLOWS, NEVER};
use self::line::{Line, given};
use super::any_order::IMPORTED;
use super::devices::ORIGIN;
use super::recovery::{key, posted};
use super::*;
use crate::flow::captcha::work;
use crate::mail::Letter;

/// Something that somebody may do, as nobody or as one of two people with a session: begin a flow, look
/// at a line, answer on it.
#[derive(Clone, Copy, Debug)]
enum Act {
    Begin {
        flow: usize,
        by: usize,
        invited: bool,
        may_act: bool,
    },
    Look {
        line: usize,
        by: usize,
    },
    Answer {
        line: usize,
        by: usize,
        what: What,
    },
}

/// What an answer is.
#[derive(Clone, Copy, Debug)]
enum What {
    /// One of those that are the same every time.
    Given(usize),
    /// One of a device.
    Device(With),
    /// What fits the question that was last seen, said by one of the two; a device's where one is asked
    /// for.
    Fitting(usize, With),
    /// The link of the letter that came last is followed, on a line of its own.
    Link,
}

impl Act {
    fn by(self) -> Option<i64> {
        match self {
            Self::Begin { by, .. } | Self::Look { by, .. } | Self::Answer { by, .. } => PEOPLE[by],
        }
    }

    /// Whether it may change something: whoever only looks, or is led here by another site, may not.
    fn may_act(self) -> bool {
        match self {
            Self::Begin { may_act, .. } => may_act,
            Self::Look { .. } => false,
            Self::Answer { .. } => true,
        }
    }
}

/// Mia and Dan.
const IDS: [i64; 2] = [7, 8];
const PEOPLE: [Option<i64>; 3] = [None, Some(IDS[0]), Some(IDS[1])];

fn act() -> impl proptest::strategy::Strategy<Value = Act> {
    use proptest::prelude::*;
    let people = 0..PEOPLE.len();
    let line = prop_oneof![Just(0), 0..6_usize];
    let what = prop_oneof![
        6 => (0..given().len()).prop_map(What::Given),
        3 => devices::with().prop_map(What::Device),
        8 => (0..IDS.len(), devices::with()).prop_map(|(whose, with)| What::Fitting(whose, with)),
        1 => Just(What::Link),
    ];
    prop_oneof![
        3 => (0..BOUND.len(), people.clone(), any::<bool>(), any::<bool>())
            .prop_map(|(flow, by, invited, may_act)| Act::Begin { flow, by, invited, may_act }),
        1 => (line.clone(), people.clone()).prop_map(|(line, by)| Act::Look { line, by }),
        14 => (line, people, what).prop_map(|(line, by, what)| Act::Answer { line, by, what }),
    ]
}

/// The world that acts are done in, and what it looked like before.
struct House {
    engine: Engine,
    now: i64,
    invitation: String,
    lines: Vec<Line>,
    /// Letters with links that were sent, the oldest first.
    sent: Vec<Letter>,
    ends: usize,
    /// When each person's password was set.
    since: [i64; 2],
    /// What each person's browser brings along.
    visits: [Visit; 2],
    equipment: Equipment,
}

/// Everything that somebody could have changed without leave.
struct Before {
    people: [Option<UserRow>; 2],
    devices: [BTreeSet<i64>; 2],
    count: i64,
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

    async fn before(&self) -> Before {
        Before {
            people: [self.row(7).await, self.row(8).await],
            devices: [self.devices_of(7).await, self.devices_of(8).await],
            count: self.count().await,
        }
    }

    /// An hour later everybody is there again, with these devices and a new session.
    async fn begin_anew(&mut self, has: [u8; 2]) {
        self.now += 60 * 60 * 1000;
        self.lines.clear();
        for (at, classes) in has.into_iter().enumerate() {
            self.sign_in_again(at).await;
            self.equip(at, classes).await;
        }
    }

    /// Does one thing and sees that nothing came of it that was not proven.
    async fn act(&mut self, act: Act) {
        let before = self.before().await;
        let Some((step, line)) = self.step(act).await else {
            return;
        };
        let letters = posted(&self.engine, self.now).await;
        let ends = self.ends;
        self.check_session(&step, &line, act);
        self.check_people(&before, &line, act).await;
        self.check_devices(&before, &line, act).await;
        self.check_signed_out(&step, &line, act).await;
        self.check_count(&before, &line, act).await;
        let is_quiet = self.ends == ends && letters.is_empty();
        assert!(act.may_act() || is_quiet, "{act:?} {line:?}");
        self.keep(&step, line, letters, act.by());
        self.restore().await;
    }

    async fn step(&mut self, act: Act) -> Option<(Step, Line)> {
        let by = act.by();
        let person = match by {
            Some(id) => self.engine.person(id).await.expect("a look"),
            None => None,
        };
        let ctx = stranger(self.now);
        let ctx = person.map_or(ctx.clone(), |person| ctx.acting_as(&person));
        let visit = self.visit(by, act.may_act());
        let (at, what) = match act {
            Act::Begin { flow, invited, .. } => {
                return self.begun(&ctx, &visit, BOUND[flow].0, invited).await;
            }
            Act::Look { line, .. } => (line, None),
            Act::Answer { line, what, .. } => (line, Some(what)),
        };
        if matches!(what, Some(What::Link)) {
            return self.follow(&ctx, &visit).await;
        }
        let newest = self.lines.iter().rev();
        let line = newest.clone().nth(at % self.lines.len().max(1))?.clone();
        self.resumed(&ctx, &visit, line, what).await
    }

    async fn begun(
        &self,
        ctx: &Context,
        visit: &Visit,
        slug: &'static str,
        invited: bool,
    ) -> Option<(Step, Line)> {
        let start = Start {
            slug,
            invitation: invited.then_some(&*self.invitation),
            ..Start::default()
        };
        let step = begin(&self.engine, ctx, visit, start).await;
        let line = Line {
            slug: slug.into(),
            invited,
            ..Line::default()
        };
        Some((step.expect("no fault")?, line))
    }

    async fn resumed(
        &mut self,
        ctx: &Context,
        visit: &Visit,
        mut line: Line,
        what: Option<What>,
    ) -> Option<(Step, Line)> {
        let asked = line.asked.clone();
        let given = what.map(|what| self.fields(&mut line, what));
        let (answer, claim) = given.unzip();
        let kept = Kept {
            slug: &line.slug,
            handle: &line.handle,
            cookie: &line.cookie,
        };
        let answer = answer.map(super::answer);
        let step = resume(&self.engine, ctx, visit, kept, answer.as_ref()).await;
        let step = step.expect("no fault")?;
        let claim = claim.flatten();
        line.note(claim.as_ref());
        line.note_password(asked.as_ref(), &step);
        self.check_proof(&step, asked.as_ref(), claim, &line);
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

    /// What a browser has afterwards. A stored run is one, however many copies of its cookie there are.
    fn keep(&mut self, step: &Step, line: Line, letters: Vec<Letter>, by: Option<i64>) {
        let mut line = Line {
            slug: step.slug.clone(),
            ..line
        };
        if let Some(held) = &step.run {
            if line.handle.is_empty() {
                line.handle.clone_from(&held.id);
            }
            if let Some(cookie) = &held.cookie {
                line.cookie.clone_from(cookie);
            }
        }
        self.equipment.note_letters(&letters, &line.handle);
        let with_links = letters.into_iter().filter(|one| one.url.is_some());
        self.sent.extend(with_links);
        if step.run.is_none() {
            return;
        }
        line.see(&step.next, by);
        self.equipment.note_shown(line.asked.as_ref());
        self.lines.retain(|one| one.cookie != line.cookie);
        self.lines.push(line);
    }

    /// Everybody is there again with their old password and a session.
    async fn restore(&mut self) {
        for (at, (id, name, encoded)) in IMPORTED.into_iter().enumerate() {
            let row = self.row(id).await;
            let is_gone = row.is_none();
            if row.is_some_and(|row| row.password_changed_at == self.since[at]) {
                if !self.is_signed_in(at).await {
                    self.sign_in_again(at).await;
                }
                continue;
            }
            if is_gone {
                add_user(&self.engine, id, name).await;
                self.equip(at, self.equipment.classes_of(at)).await;
            }
            set_password(&self.engine, id, encoded, self.now).await;
            let row = self.row(id).await.expect("a person");
            self.since[at] = row.password_changed_at;
            self.sign_in_again(at).await;
        }
    }
}

/// The flows with their stages bound.
fn flows() -> String {
    let mut text = FLOWS.to_owned();
    for (flow, stages) in BOUND {
        for (order, stage) in stages.iter().enumerate() {
            let id = |name: &str| name.trim_start_matches("e-").to_owned();
            let more = match (flow, *stage) {
                ("e-sign-in", "e-password") => ", attrs: { invalid_response_action: restart }",
                ("e-sign-in", "e-deny") => ", id: never",
                _ => "",
            };
            let entry = format!(
                "  - {{ model: authentik_flows.flowstagebinding, identifiers: {{ target: !KeyOf {}, stage: !KeyOf {}, order: {order} }}{more} }}\n",
                id(flow),
                id(stage)
            );
            text.push_str(&entry);
        }
    }
    text.push_str(NEVER);
    text
}

async fn house(store: &doorward_store::Store) -> House {
    let mut settings = crate::testing::settings();
    settings.mail = Some(crate::mail::tests::smtp(9));
    settings.base_url = url::Url::parse(ORIGIN).ok();
    (
        settings.throttle.account_free,
        settings.throttle.address_free,
    ) = (u32::MAX, u32::MAX);
    let engine = crate::testing::engine_with(store, settings).await;
    // They hold the one source that there is.
    let defaults = blueprint::apply_defaults(&engine, NOW).await;
    assert!(defaults.expect("the defaults"));
    let applied = blueprint::apply_text(&engine, NOW, &flows()).await;
    applied.expect("the flows");
    let snapshot = engine.snapshot();
    let invitation = snapshot.objects("authentik_stages_invitation.invitation")[0]
        .id
        .clone();
    for (id, name, _) in IMPORTED {
        add_user(&engine, id, name).await;
    }
    let equipment = Equipment::new(&engine).await;
    let mut house = House {
        engine,
        now: NOW,
        invitation,
        lines: Vec::new(),
        sent: Vec::new(),
        ends: 0,
        since: [0; 2],
        visits: <[Visit; 2]>::default(),
        equipment,
    };
    house.restore().await;
    house
}

/// Makes up so many orders of acts, by people with whatever devices.
fn run_machine(runtime: &tokio::runtime::Runtime, store: &doorward_store::Store, cases: u32) {
    use proptest::test_runner::{Config, TestRunner};
    let house = std::cell::RefCell::new(runtime.block_on(house(store)));
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let acts = (
        [devices::classes(), devices::classes()],
        proptest::collection::vec(act(), 8..40),
    );
    let held = TestRunner::new(config).run(&acts, |(has, acts)| {
        let mut house = house.borrow_mut();
        runtime.block_on(async {
            house.begin_anew(has).await;
            for act in acts {
                Box::pin(house.act(act)).await;
            }
        });
        Ok(())
    });
    held.expect("the rule holds");
    assert!(house.borrow().ends > 0, "some orders do reach an end");
}

#[test]
fn no_order_of_acts_reaches_an_end_without_its_proofs_on_both_stores() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.expect("a runtime");
    let stores = runtime.block_on(doorward_store::testing::every_engine());
    for (store, cases) in stores.iter().zip([120, 20]) {
        run_machine(&runtime, &store.store, cases);
    }
}

/// Begins a flow and gives these answers; how many ends that reached.
async fn ends(house: &mut House, slug: &str, by: usize, answers: &[What]) -> usize {
    house.ends = 0;
    let flow = BOUND.iter().position(|(name, _)| *name == slug);
    let begin = Act::Begin {
        flow: flow.expect("a flow"),
        by,
        invited: true,
        may_act: true,
    };
    Box::pin(house.act(begin)).await;
    for what in answers.iter().copied() {
        Box::pin(house.act(Act::Answer { line: 0, by, what })).await;
    }
    house.ends
}

/// The machine above is not true for want of ends: each of them is reached when its proofs are given,
/// and those that are shut are not.
#[tokio::test]
async fn with_the_right_answers_in_order_every_end_is_reached_on_both_stores() {
    use What::{Given, Link};
    for store in doorward_store::testing::every_engine().await {
        let mut house = house(&store.store).await;
        for (slug, by, answers) in [
            ("e-sign-in", 0, &[Given(1), Given(3), Given(11)][..]),
            // A wrong password begins anew, with the name.
            (
                "e-sign-in",
                0,
                &[Given(1), Given(4), Given(1), Given(3), Given(11)],
            ),
            ("e-enroll", 0, &[Given(8), Given(7), Given(8)]),
            ("e-reset", 0, &[Given(1), Link, Given(5)]),
            ("e-change", 1, &[Given(3), Given(5)]),
            ("e-leave", 0, &[Given(1), Given(3), Given(0)]),
            ("e-out", 1, &[Given(0)]),
            ("e-gone", 1, &[]),
        ] {
            assert!(ends(&mut house, slug, by, answers).await > 0, "{slug}");
        }
        for slug in ["e-from", "e-shut"] {
            let right = [Given(1), Given(3), Given(0)];
            assert_eq!(ends(&mut house, slug, 0, &right).await, 0, "{slug}");
        }
        for (has, slug, by, answers) in devices::ways() {
            house.begin_anew([has; 2]).await;
            let reached = ends(&mut house, slug, by, &answers).await;
            assert!(reached > 0, "{slug} {answers:?}: {:?}", house.lines.last());
        }
    }
}
