//! The devices that the machine's people have, and what is answered with them.
//!
//! Rule: a question for a device is passed by a device of the person's own alone, each proof once; a
//! device is set up by its owner, who has just signed in or proven another one, with what was shown to
//! them.

use doorward_protocol::totp::{Digits, Key};
use doorward_protocol::webauthn::Credential;
use doorward_protocol::webauthn::testing::SoftKey;
use doorward_store::device;
use serde_json::Value;

use super::*;
use crate::authenticator::email::Mailbox;
use crate::authenticator::{self, app, codes, email, passkey};
use crate::flow::tests::devices::passkey_for;
use crate::flow::tests::devices::proofs::key_of;

/// Which devices somebody has.
const APP: u8 = 1;
const CODES: u8 = 2;
const PASSKEY: u8 = 4;
const MAILBOX: u8 = 8;
const ALL: u8 = APP | CODES | PASSKEY | MAILBOX;

/// Flows that set a device up for whoever is signed in.
const SETS_UP: [&str; 4] = ["e-app", "e-codes", "e-mailbox", "e-passkey"];

/// What is answered with a device, of the first or the second of the two people.
#[derive(Clone, Copy, Debug)]
pub(super) enum With {
    /// The code that somebody's app shows.
    App(usize),
    /// One of somebody's recovery codes.
    Code(usize, usize),
    /// The answer of somebody's passkey to what is asked here.
    Key(usize),
    /// Its answer to what was asked last, wherever that was.
    KeyElsewhere(usize),
    /// A code to somebody's mailbox is asked for.
    Select(usize),
    /// The code that was mailed last, to whomever and wherever it was asked for.
    Letter,
    /// A device is set up with what is shown here.
    Shown,
    /// The same with what was shown last, wherever that was.
    ShownElsewhere,
    /// An address for codes.
    Address,
    /// The first, second … of the devices that may be set up is chosen.
    Choose(usize),
    /// A code that nobody has.
    Wrong,
}

/// What an answer proves, if it is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// A device of this person, by this proof.
    Device(i64, String),
    /// Who it is, by a passkey's answer to this challenge.
    Alone(i64, String),
    /// That what was shown is set up.
    SetUp,
}

pub(super) fn with() -> impl proptest::strategy::Strategy<Value = With> {
    use proptest::prelude::*;
    let people = 0..IDS.len();
    prop_oneof![
        people.clone().prop_map(With::App),
        (people.clone(), 0..3_usize).prop_map(|(whose, at)| With::Code(whose, at)),
        people.clone().prop_map(With::Key),
        people.clone().prop_map(With::KeyElsewhere),
        people.prop_map(With::Select),
        Just(With::Letter),
        Just(With::Shown),
        Just(With::ShownElsewhere),
        Just(With::Address),
        (0..4_usize).prop_map(With::Choose),
        Just(With::Wrong),
    ]
}

/// Which devices somebody may have: any, and often none or all.
pub(super) fn classes() -> impl proptest::strategy::Strategy<Value = u8> {
    use proptest::prelude::*;
    prop_oneof![Just(0), Just(ALL), 0..=ALL]
}

/// One person's devices.
struct Own {
    app: Key,
    list: Vec<String>,
    hashed: codes::Hashed,
    key: SoftKey,
    credential: Credential,
    /// Which of them they have now.
    has: u8,
}

/// Everybody's devices, and what was shown and mailed of them.
pub(super) struct Equipment {
    own: Vec<Own>,
    /// Proofs that have counted: whose, and what.
    used: BTreeSet<(i64, String)>,
    /// Codes that were mailed: the code, to whom, and for which run.
    mailed: Vec<(String, String, String)>,
    /// The last question that sets something up.
    shown: Option<Ask>,
    /// The last options for a passkey that exists.
    options: Option<Value>,
}

fn address(at: usize) -> String {
    format!("{}@example.org", IMPORTED[at].1)
}

const NEW_ADDRESS: &str = "new@example.org";

impl Equipment {
    pub(super) async fn new(engine: &Engine) -> Self {
        let mut own = Vec::new();
        for id in IDS {
            let list = codes::generate(3, 12);
            let (key, credential) = passkey_for(engine, id).await;
            own.push(Own {
                app: Key::generate(Digits::Six),
                hashed: codes::hash(engine, &list).await.expect("a free queue"),
                list,
                key,
                credential,
                has: 0,
            });
        }
        Self {
            own,
            used: BTreeSet::new(),
            mailed: Vec::new(),
            shown: None,
            options: None,
        }
    }

    pub(super) fn classes_of(&self, at: usize) -> u8 {
        self.own[at].has
    }

    pub(super) fn note_letters(&mut self, letters: &[Letter], handle: &str) {
        for letter in letters {
            let code = letter.code.clone().into_iter();
            self.mailed
                .extend(code.map(|code| (code, letter.to.clone(), handle.to_owned())));
        }
    }

    pub(super) fn note_shown(&mut self, asked: Option<&Ask>) {
        match asked {
            Some(Ask::App(_) | Ask::Passkey(_)) => self.shown = asked.cloned(),
            Some(asked) => self.options = options(asked).or(self.options.take()),
            None => {}
        }
    }

    fn mailed_code(&self, line: &Line) -> (Value, Option<Claim>) {
        let Some((code, to, handle)) = self.mailed.last() else {
            return (json!({ "code": "123456" }), None);
        };
        let owner = (0..IDS.len()).find(|at| address(*at) == *to);
        let claim = match (&line.asked, owner) {
            _ if *handle != line.handle => None,
            (Some(Ask::Device(_)), Some(at)) => Some(Claim::Device(
                IDS[at],
                format!("{code} {}", self.mailed.len()),
            )),
            (Some(Ask::Mailbox(ask)), _) if ask.sent_to.as_ref() == Some(to) => Some(Claim::SetUp),
            _ => None,
        };
        (json!({ "code": code }), claim)
    }

    fn key_answer(&self, line: &Line, asked: Option<&Value>, at: usize) -> (Value, Option<Claim>) {
        let Some(asked) = asked else {
            return (json!({ "webauthn": {}, "passkey": {} }), None);
        };
        let own = &self.own[at];
        let (given, challenge) = (own.key.get(asked), asked["challenge"].to_string());
        let is_here = line.asked.as_ref().and_then(options).as_ref() == Some(asked);
        let claim = match &line.asked {
            Some(Ask::Device(ask)) if !ask.passwordless => Claim::Device(IDS[at], challenge),
            _ => Claim::Alone(IDS[at], challenge),
        };
        let fields = json!({ "webauthn": given, "passkey": given });
        let counts = is_here && own.has & PASSKEY != 0;
        (fields, counts.then_some(claim))
    }
}

/// What a browser is asked for a passkey, where one will do.
fn options(asked: &Ask) -> Option<Value> {
    match asked {
        Ask::Identification(ask) => ask.passkey.clone(),
        Ask::Device(ask) => ask.passkey.clone(),
        _ => None,
    }
}

/// The mailbox of somebody, as far as the question tells; else a number that nobody has.
fn mailbox_of(at: usize, asked: Option<&Ask>) -> String {
    let hint = email::masked(&address(at));
    let devices = match asked {
        Some(Ask::Device(ask)) => &*ask.devices,
        _ => &[],
    };
    let found = devices
        .iter()
        .find(|one| one.hint.as_deref() == Some(&*hint));
    found.map_or("1".to_owned(), |one| one.id.to_string())
}

impl House {
    /// The fields of an answer, and what it proves if it is taken.
    pub(super) fn fields_of_device(&self, line: &Line, with: With) -> (Value, Option<Claim>) {
        let is_asked = matches!(line.asked, Some(Ask::Device(_)));
        let own = &self.equipment.own;
        let claim = |at: usize, class: u8, proof: &str| {
            let has = is_asked && own[at].has & class != 0;
            has.then(|| Claim::Device(IDS[at], proof.to_owned()))
        };
        match with {
            With::App(at) => {
                let code = own[at].app.code_at(self.now);
                (json!({ "code": code }), claim(at, APP, &code))
            }
            With::Code(at, number) => {
                let code = &own[at].list[number];
                (json!({ "code": code }), claim(at, CODES, code))
            }
            With::Key(at) => {
                let asked = line.asked.as_ref().and_then(options);
                self.equipment.key_answer(line, asked.as_ref(), at)
            }
            With::KeyElsewhere(at) => {
                let asked = self.equipment.options.as_ref();
                self.equipment.key_answer(line, asked, at)
            }
            With::Letter => self.equipment.mailed_code(line),
            With::Select(at) => {
                let id = mailbox_of(at, line.asked.as_ref());
                (
                    json!({ "selected_challenge": { "device_class": "email", "device_uid": id } }),
                    None,
                )
            }
            With::Shown => self.set_up(line.asked.as_ref(), line),
            With::ShownElsewhere => self.set_up(self.equipment.shown.as_ref(), line),
            With::Address => (json!({ "email": NEW_ADDRESS }), None),
            With::Choose(at) => (json!({ "selected_stage": self.stages()[at] }), None),
            With::Wrong => (json!({ "code": "000000" }), None),
        }
    }

    /// The stages that set something up, as `With::Choose` counts them.
    fn stages(&self) -> Vec<String> {
        let snapshot = self.engine.snapshot();
        let pk = |name: &str| {
            let mut all = snapshot.stages.values();
            let stage = all.find(|one| one.name == name).expect("a stage");
            stage.pk.clone()
        };
        ["e-set-app", "e-set-codes", "e-set-mailbox", "e-set-passkey"]
            .map(pk)
            .into()
    }

    fn set_up(&self, shown: Option<&Ask>, line: &Line) -> (Value, Option<Claim>) {
        let fields = match shown {
            Some(Ask::App(shown)) => json!({ "code": key_of(&shown.key).code_at(self.now) }),
            Some(Ask::Passkey(options)) => {
                json!({ "response": SoftKey::generate(ORIGIN).create(options) })
            }
            _ => return (json!({}), None),
        };
        let is_here = shown == line.asked.as_ref();
        (fields, is_here.then_some(Claim::SetUp))
    }

    pub(super) async fn devices_of(&self, id: i64) -> BTreeSet<i64> {
        let rows = authenticator::of_user(&self.engine, id).await;
        rows.expect("a list").iter().map(|row| row.id).collect()
    }

    /// Gives somebody these devices and no others.
    pub(super) async fn equip(&mut self, at: usize, has: u8) {
        let (engine, id, ctx) = (&self.engine, IDS[at], Context::system(self.now));
        let rows = authenticator::of_user(engine, id).await.expect("a list");
        let mailbox = Mailbox {
            email: address(at),
            stage: self.stages()[2].clone(),
        };
        let own = &mut self.equipment.own[at];
        let mut tx = engine.store.begin().await.expect("a transaction");
        for row in rows {
            let gone = device::delete(&mut tx, row.id, &row.kind).await;
            assert!(gone.expect("a write"));
        }
        if has & APP != 0 {
            let pair = (&own.app, Digits::Six);
            let kept = app::keep(engine, &mut tx, &ctx, id, pair, 0).await;
            kept.expect("an app");
        }
        if has & CODES != 0 {
            let kept = codes::keep(engine, &mut tx, &ctx, id, &own.hashed).await;
            kept.expect("a list");
        }
        if has & PASSKEY != 0 {
            let kept = passkey::keep(engine, &mut tx, &ctx, id, &own.credential).await;
            kept.expect("a passkey");
        }
        if has & MAILBOX != 0 {
            let kept = email::keep(engine, &mut tx, &ctx, id, &mailbox).await;
            kept.expect("a mailbox");
        }
        engine.commit(tx).await.expect("a commit");
        own.has = has;
        self.equipment.used.retain(|(owner, _)| *owner != id);
    }

    /// What is asked of a device is passed by one alone, and nothing proves twice.
    pub(super) fn check_proof(
        &mut self,
        step: &Step,
        asked: Option<&Ask>,
        claim: Option<Claim>,
        line: &Line,
    ) {
        let still_asked =
            matches!(&step.next, Next::Show(one) if matches!(one.ask, Ask::Device(_)));
        let is_passed = step.solved && !matches!(step.next, Next::Refused(..));
        match claim {
            Some(Claim::Device(owner, proof) | Claim::Alone(owner, proof)) if is_passed => {
                let is_new = self.equipment.used.insert((owner, proof));
                assert!(is_new, "{line:?}");
            }
            Some(_) => {}
            None => {
                let is_choice = |ask: &AskDevice| ask.devices.is_empty() && !ask.passwordless;
                let is_asked = matches!(asked, Some(Ask::Device(ask)) if !is_choice(ask));
                assert!(!(is_asked && is_passed) || still_asked, "{line:?}");
            }
        }
    }

    /// Nobody's devices are changed but by themselves.
    pub(super) async fn check_devices(&mut self, before: &Before, line: &Line, act: Act) {
        for (id, before) in IDS.into_iter().zip(&before.devices) {
            let after = self.devices_of(id).await;
            if *before == after || self.row(id).await.is_none() {
                continue;
            }
            self.ends += 1;
            // What was shown to somebody else at the same browser sets nothing up.
            let is_own_flow =
                SETS_UP.contains(&&*line.slug) && act.by() == Some(id) && line.seen_by == Some(id);
            let has_proven = line.devices.contains(&id) || before.is_empty();
            let is_on_the_way = matches!(&*line.slug, "e-adds" | "e-joins")
                && line.passwords.contains(&id)
                && has_proven;
            let is_due = is_own_flow || is_on_the_way;
            assert!(line.set_up && is_due, "{id} {act:?} {line:?}");
        }
    }
}

/// Each way to an end that leads over a device: who has which, in which flow, by whom, and the answers.
pub(super) fn ways() -> Vec<(u8, &'static str, usize, Vec<What>)> {
    use What::{Device, Given};
    let named = |rest: &[With]| {
        let rest = rest.iter().copied().map(Device);
        [Given(1), Given(3)].into_iter().chain(rest).collect()
    };
    let only = |with: &[With]| with.iter().copied().map(Device).collect::<Vec<_>>();
    vec![
        (APP, "e-strong", 0, named(&[With::App(0)])),
        (CODES, "e-strong", 0, named(&[With::Code(0, 2)])),
        (PASSKEY, "e-strong", 0, named(&[With::Key(0)])),
        (MAILBOX, "e-strong", 0, named(&[With::Letter])),
        (ALL, "e-strong", 0, named(&[With::Select(0), With::Letter])),
        (ALL, "e-strong", 0, only(&[With::Key(1)])),
        (ALL, "e-alone", 0, only(&[With::Key(1)])),
        (ALL, "e-adds", 0, named(&[With::Key(0)])),
        (0, "e-joins", 0, named(&[With::Shown])),
        (0, "e-adds", 0, named(&[With::Choose(0), With::Shown])),
        (
            CODES,
            "e-adds",
            0,
            named(&[With::Code(0, 0), With::Choose(3), With::Shown]),
        ),
        (ALL, "e-again", 1, vec![Device(With::App(0)), Given(5)]),
        (0, "e-app", 1, only(&[With::Shown])),
        (ALL, "e-codes", 1, only(&[With::Shown])),
        (0, "e-passkey", 1, only(&[With::Shown])),
        (ALL, "e-mailbox", 1, only(&[With::Address, With::Letter])),
    ]
}
