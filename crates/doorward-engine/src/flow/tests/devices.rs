//! Devices in flows, on both stores: a half-done sign-in has no session, a proof counts once and
//! for its owner, and nobody adds a factor without one.

use doorward_protocol::totp::{Digits, Key};
use doorward_protocol::webauthn::testing::SoftKey;
use doorward_store::device;
use doorward_store::testing::TestStore;
use serde_json::{Value, json};

use super::*;
use crate::authenticator::{self, app, codes, passkey};
use crate::testing::{engine_with, settings};

mod email;
mod passkeys;
pub(super) mod proofs;
mod set_up;
mod stages;

pub(super) const ORIGIN: &str = "https://auth.example.com";
const LOGIN: &str = "default-authentication-flow";
const MIA: i64 = 7;
const DAN: i64 = 8;

/// PBKDF2 of `pw`, one round: no work in a test.
const PW: &str = "pbkdf2_sha256$1$salt$b0rYx47DZcBg5kjraU7kDepYSEsDcfvWFxWsRBC3OAo=";

/// A browser in the middle of a flow.
struct Tab<'a> {
    engine: &'a Engine,
    ctx: Context,
    visit: Visit,
    slug: &'static str,
    handle: String,
    cookie: String,
    step: Step,
}

impl<'a> Tab<'a> {
    /// Opens a flow; whoever has a session is that person.
    async fn open(engine: &'a Engine, slug: &'static str, visit: Visit, now: i64) -> Self {
        let ctx = match &visit.session {
            Some(session) => stranger(now).acting_as(&session.person()),
            None => stranger(now),
        };
        let start = Start {
            slug,
            ..Start::default()
        };
        let begun = begin(engine, &ctx, &visit, start).await;
        let step = begun.expect("no fault").expect("a flow");
        let mut tab = Self {
            engine,
            ctx,
            visit,
            slug,
            handle: String::new(),
            cookie: String::new(),
            step,
        };
        tab.keep();
        tab
    }

    /// Opens the sign-in card that takes a passkey; what the browser is asked for.
    async fn card(engine: &'a Engine) -> (Self, Value) {
        let visit = Visit {
            may_act: true,
            ..Visit::default()
        };
        let tab = Self::open(engine, LOGIN, visit, NOW).await;
        let Ask::Identification(ask) = tab.ask() else {
            panic!("{:?}", tab.step)
        };
        let asked = ask.passkey.clone().expect("options");
        (tab, asked)
    }

    /// Signs in as far as the password.
    async fn password(engine: &'a Engine, name: &str, now: i64) -> Self {
        let visit = Visit {
            may_act: true,
            ..Visit::default()
        };
        let mut tab = Self::open(engine, LOGIN, visit, now).await;
        tab.answer(json!({ "uid_field": name, "password": "pw" }))
            .await;
        tab
    }

    fn keep(&mut self) {
        let Some(held) = &self.step.run else { return };
        self.handle.clone_from(&held.id);
        if let Some(cookie) = &held.cookie {
            self.cookie.clone_from(cookie);
        }
    }

    async fn answer(&mut self, fields: Value) -> &mut Self {
        assert!(self.try_answer(fields).await, "a run");
        self
    }

    /// Answers whether the run was still there.
    async fn try_answer(&mut self, fields: Value) -> bool {
        let answer = answer(fields);
        let kept = Kept {
            slug: self.slug,
            handle: &self.handle,
            cookie: &self.cookie,
        };
        let step = resume(self.engine, &self.ctx, &self.visit, kept, Some(&answer)).await;
        let Some(step) = step.expect("no fault") else {
            return false;
        };
        self.step = step;
        self.keep();
        true
    }

    /// The same tab, with the cookie as it is now, to be answered a second time.
    async fn again(&self, fields: Value) -> Step {
        self.late(fields).await.expect("a run")
    }

    /// The same, where the run may be over.
    async fn late(&self, fields: Value) -> Option<Step> {
        let answer = answer(fields);
        let kept = Kept {
            slug: self.slug,
            handle: &self.handle,
            cookie: &self.cookie,
        };
        let step = resume(self.engine, &self.ctx, &self.visit, kept, Some(&answer)).await;
        step.expect("no fault")
    }

    #[track_caller]
    fn ask(&self) -> &Ask {
        let Next::Show(challenge) = &self.step.next else {
            panic!("{:?}", self.step)
        };
        &challenge.ask
    }

    #[track_caller]
    fn device(&self) -> &AskDevice {
        let Ask::Device(ask) = self.ask() else {
            panic!("{:?}", self.step)
        };
        ask
    }

    fn is_signed_in(&self) -> bool {
        matches!(self.step.session, SessionChange::SignedIn(_))
    }

    fn refusal(&self) -> Option<Refusal> {
        match &self.step.next {
            Next::Refused(refusal, _) => Some(refusal.clone()),
            _ => None,
        }
    }

    fn mistakes(&self) -> Vec<Mistake> {
        match &self.step.next {
            Next::Show(challenge) => challenge.mistakes.clone(),
            _ => Vec::new(),
        }
    }
}

/// Engines of both stores with the default flows, mia and dan, at an address with a name.
async fn houses() -> Vec<(Engine, TestStore)> {
    let mut houses = Vec::new();
    for test in doorward_store::testing::every_engine().await {
        houses.push((house(&test).await, test));
    }
    houses
}

async fn house(store: &TestStore) -> Engine {
    let mut settings = settings();
    settings.base_url = Some(url::Url::parse(ORIGIN).expect("an address"));
    let engine = engine_with(&store.store, settings).await;
    let defaults = blueprint::apply_defaults(&engine, NOW).await;
    assert!(defaults.expect("the defaults"));
    for (id, name) in [(MIA, "mia"), (DAN, "dan")] {
        add_user(&engine, id, name).await;
        set_password(&engine, id, PW, NOW).await;
    }
    engine
}

/// How many try at once to use what counts once.
const RACERS: usize = 50;

/// The same houses where nobody is slowed down, so that all who race are looked at.
async fn unhurried_houses() -> Vec<(Engine, TestStore)> {
    let mut unhurried = Vec::new();
    for (engine, store) in houses().await {
        unhurried.push((unhurried_house(&engine, &store).await, store));
    }
    unhurried
}

async fn unhurried_house(engine: &Engine, store: &TestStore) -> Engine {
    let mut settings = engine.settings.clone();
    settings.throttle.account_free = u32::MAX;
    settings.throttle.address_free = u32::MAX;
    engine_with(&store.store, settings).await
}

/// Answers in all of these tabs at once; how many of the answers signed somebody in. Whoever comes when
/// another one has ended the run finds none.
async fn race<'a, 'b: 'a>(tabs: impl Iterator<Item = &'a Tab<'b>>, fields: &Value) -> usize {
    let answers = tabs.map(|tab| tab.late(fields.clone()));
    let steps = futures_util::future::join_all(answers).await;
    let won = steps
        .iter()
        .flatten()
        .filter(|step| matches!(step.session, SessionChange::SignedIn(_)));
    won.count()
}

/// Gives somebody an app; answers its key.
pub(super) async fn with_app(engine: &Engine, user: i64) -> Key {
    let key = Key::generate(Digits::Six);
    let mut tx = engine.store.begin().await.expect("a transaction");
    let pair = (&key, Digits::Six);
    let ctx = Context::system(NOW);
    app::keep(engine, &mut tx, &ctx, user, pair, 0)
        .await
        .expect("an app");
    engine.commit(tx).await.expect("a commit");
    key
}

/// Gives somebody recovery codes.
async fn with_codes(engine: &Engine, user: i64) -> Vec<String> {
    let list = codes::generate(3, 12);
    let hashed = codes::hash(engine, &list).await.expect("a free queue");
    let mut tx = engine.store.begin().await.expect("a transaction");
    let ctx = Context::system(NOW);
    codes::keep(engine, &mut tx, &ctx, user, &hashed)
        .await
        .expect("a list");
    engine.commit(tx).await.expect("a commit");
    list
}

/// Gives somebody a passkey.
async fn with_passkey(engine: &Engine, user: i64) -> SoftKey {
    let (key, credential) = passkey_for(engine, user).await;
    let mut tx = engine.store.begin().await.expect("a transaction");
    let ctx = Context::system(NOW);
    passkey::keep(engine, &mut tx, &ctx, user, &credential)
        .await
        .expect("a passkey");
    engine.commit(tx).await.expect("a commit");
    key
}

/// A passkey made for somebody, not kept yet.
pub(super) async fn passkey_for(
    engine: &Engine,
    user: i64,
) -> (SoftKey, doorward_protocol::webauthn::Credential) {
    use doorward_protocol::webauthn::{Expected, Requirement, register};
    let party = passkey::party(&engine.snapshot()).expect("an address");
    let person = engine.person(user).await.expect("an answer");
    let wanted = passkey::Wanted {
        verification: Requirement::Required,
        resident_key: Requirement::Required,
        attachment: None,
        names_model: false,
        hints: &[],
    };
    let challenge = b"a challenge of thirty-two bytes.";
    let person = person.expect("a person");
    let options = passkey::creation(&party, &person, challenge, &wanted, &[]);
    let mut key = SoftKey::generate(ORIGIN);
    let expected = Expected {
        party: &party,
        challenge,
        verification: Requirement::Required,
    };
    let credential = register(&key.create(&options), expected).expect("a credential");
    (key, credential)
}

/// Changes the default validation stage.
async fn validation(engine: &Engine, attrs: Value) {
    let text = json!({ "version": 1, "entries": [{
        "model": "authentik_stages_authenticator_validate.authenticatorvalidatestage",
        "identifiers": { "name": "default-authentication-mfa-validation" },
        "attrs": attrs,
    }]});
    let applied = blueprint::apply_text(engine, NOW, &text.to_string()).await;
    applied.expect("a blueprint");
}

/// A visit with a session of somebody's that began at `NOW`.
pub(super) async fn visit_of(engine: &Engine, user: i64, now: i64) -> Visit {
    visit_by(engine, user, now, "password").await
}

/// The same for whoever has signed in in another way.
async fn visit_by(engine: &Engine, user: i64, now: i64, auth_method: &str) -> Visit {
    visit_since(engine, user, [NOW, now], auth_method).await
}

/// The same with a session that began at the first of these instants.
pub(super) async fn visit_since(
    engine: &Engine,
    user: i64,
    [since, now]: [i64; 2],
    auth_method: &str,
) -> Visit {
    let mut tx = engine.store.begin().await.expect("a transaction");
    let row = user::find(&mut tx, user).await.expect("an answer");
    let new = crate::session::NewSession {
        user_id: user,
        password_changed_at: row.expect("a user").password_changed_at,
        auth_method,
        lifetime: engine.settings.session,
        replaces: None,
    };
    let begun = crate::session::begin(&mut tx, &Context::system(since), new).await;
    let (_, sid) = begun.expect("an answer").expect("a session");
    engine.commit(tx).await.expect("a commit");
    let session = engine.session(&sid, now).await.expect("an answer");
    Visit {
        session: Some(session.expect("a session")),
        may_act: true,
        ..Visit::default()
    }
}

async fn sessions(engine: &Engine, user: i64) -> Vec<session::SessionRow> {
    let mut tx = engine.store.read().await.expect("a transaction");
    session::of_user(&mut tx, user, NOW).await.expect("a list")
}
