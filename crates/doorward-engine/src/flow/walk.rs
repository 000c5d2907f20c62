//! The dispatcher: whose turn it is, and what the answer leads to. Leaves keeping the run between
//! two requests to `keep`, and its last step to `end`.

mod end;
mod keep;

use std::sync::Arc;

use doorward_store::StoreError;
use serde_json::{Map, Value};

use super::consent::{Consent, INSISTED};
use super::custody::{Held, Row};
use super::invitation;
use super::link::Opened;
use super::plan::Entrance;
use super::proof::Rehash;
use super::run::{Proof, Run};
use super::stage::{Stage, Turn};
use super::{Answer, Ask, Mistake, Next, ProvenDevice, Refusal, SessionChange, Step, Visit, plan};
use crate::authenticator::Remembered;
use crate::context::{ClientSource, Context};
use crate::engine::{Engine, Fault};
use crate::model::{Flow, FlowStageBinding};
use crate::person::Person;
use crate::policy::Question;
use crate::snapshot::Snapshot;
use crate::throttle::Counted;

/// Flows may lead into each other, not round and round.
const MAX_SWITCHES: u8 = 5;

/// One request's way through a run.
#[expect(clippy::struct_excessive_bools, reason = "four independent facts")]
pub(super) struct Walk<'a> {
    pub engine: &'a Engine,
    pub ctx: &'a Context,
    pub visit: &'a Visit,
    pub snapshot: Arc<Snapshot>,
    pub flow: Arc<Flow>,
    pub run: Run,
    /// The proven person.
    pub person: Option<Arc<Person>>,
    /// Where the run is stored, if it is.
    pub row: Option<Row>,
    /// What happened to the session on the way.
    pub session: SessionChange,
    /// An attempt to give back with the next commit.
    pub counted: Option<Counted>,
    /// A hash to replace with the next commit.
    pub rehash: Option<Rehash>,
    /// What was just answered and found wrong, to be shown again; it is kept nowhere.
    pub typed: Map<String, Value>,
    /// A device that was just proven, for the browser to remember so many seconds.
    pub device_proven: Option<(Remembered, i64)>,
    /// A passkey that was just tried and that nobody has.
    pub unknown_credential: Option<String>,
    /// A link of a letter that this request follows.
    pub link: Option<Opened>,
    /// Another request has answered the same step first.
    pub lost: bool,
    handle: String,
    /// Where a stage leads to.
    leave_for: Option<String>,
    /// Pages of apps that hear in the browser that the session ended.
    pub frames: Vec<String>,
    /// How often this request went on in another flow.
    switches: u8,
    /// Whether the browser kept the run, so that there may be copies of it.
    pub is_resumed: bool,
    /// Whether this request answers something.
    pub answers: bool,
    solved: bool,
}

impl<'a> Walk<'a> {
    /// `None` when there is no such flow.
    pub(super) fn new(
        engine: &'a Engine,
        ctx: &'a Context,
        visit: &'a Visit,
        run: Run,
        handle: String,
    ) -> Option<Self> {
        let snapshot = engine.snapshot();
        let flow = Arc::clone(snapshot.flows.get(&run.flow)?);
        Some(Self {
            engine,
            ctx,
            visit,
            snapshot,
            flow,
            run,
            person: None,
            row: None,
            session: SessionChange::Keep,
            counted: None,
            rehash: None,
            typed: Map::new(),
            device_proven: None,
            unknown_credential: None,
            link: None,
            lost: false,
            handle,
            leave_for: None,
            frames: Vec::new(),
            switches: 0,
            is_resumed: false,
            answers: false,
            solved: false,
        })
    }

    /// Fills in the run's stages, or says why this flow is not for this person.
    pub(super) async fn plan(&mut self) -> Result<(), Refusal> {
        let visitor = self.ctx.actor.person().map(AsRef::as_ref);
        let facts = self.run.facts(&self.flow, visitor);
        let question = Question {
            flow: Some(&facts),
            application: self.destination(),
            ..Question::new(&self.snapshot, self.ctx, visitor)
        };
        plan::applies(self.engine, &question, &self.flow, &self.entrances()).await?;
        self.run.visitor = self
            .ctx
            .actor
            .person()
            .filter(|_| plan::is_for_the_signed_in(&self.flow))
            .map(|person| person.id);
        let mut stages = Vec::new();
        for binding in self.bindings().to_vec() {
            if !binding.evaluate_on_plan || self.keeps(&binding).await? {
                stages.push(binding.pk.clone());
            }
        }
        self.run.stages = stages;
        self.run.done.clear();
        Ok(())
    }

    fn entrances(&self) -> Vec<Entrance> {
        let has_token = self.run.has(Proof::Mail) || invitation::is_for_this_flow(self);
        let through_outpost = self.ctx.client_source == ClientSource::Outpost;
        let all = [
            (Entrance::Redirect, self.run.redirected),
            (Entrance::Token, has_token),
            (Entrance::Outpost, through_outpost),
        ];
        let came = all.into_iter().filter(|(_, came)| *came);
        came.map(|(entrance, _)| entrance).collect()
    }

    pub(super) fn bindings(&self) -> &[Arc<FlowStageBinding>] {
        self.snapshot
            .stage_bindings
            .get(&self.flow.pk)
            .map_or(&[], Vec::as_slice)
    }

    pub(super) fn binding(&self, pk: &str) -> Option<&Arc<FlowStageBinding>> {
        self.bindings().iter().find(|binding| binding.pk == pk)
    }

    /// Whether every stage that is left still belongs to the flow.
    pub(super) fn fits_flow(&self) -> bool {
        let is_one = |pk: &String| self.binding(pk).is_some() || self.is_insisted(pk);
        self.run.stages.iter().all(is_one)
    }

    /// Whether this stands for the question that the flow did not ask.
    fn is_insisted(&self, pk: &str) -> bool {
        pk == INSISTED && self.run.insist.is_some()
    }

    /// Whether a flow that somebody began under their session is still theirs: a session that ended
    /// or belongs to somebody else meanwhile finishes nothing.
    pub(super) fn fits_visitor(&self) -> bool {
        let person = self.ctx.actor.person().map(|person| person.id);
        self.run.visitor.is_none() || self.run.visitor == person
    }

    /// What was filled in, on top of what an invitation brings along.
    pub(super) fn prompt_data(&self) -> Map<String, Value> {
        let mut data = invitation::fixed_data(self).unwrap_or_default();
        data.extend(self.run.prompt_data().cloned().unwrap_or_default());
        data
    }

    /// Whom this run is about: its person, or, before anybody is named, the one who is signed in.
    pub(super) fn whom(&self) -> Option<&Arc<Person>> {
        let visitor = self.ctx.actor.person();
        let visitor = visitor.filter(|_| self.run.identifier.is_empty());
        self.person.as_ref().or(visitor)
    }

    /// What policies put into the flow's context stays there.
    async fn keeps(&mut self, binding: &FlowStageBinding) -> Result<bool, Refusal> {
        let person: Option<&Person> = self.whom().map(AsRef::as_ref);
        let facts = self.run.facts(&self.flow, person);
        let question = Question {
            flow: Some(&facts),
            application: self.destination(),
            ..Question::new(&self.snapshot, self.ctx, person)
        };
        let mode = binding.policy_engine_mode;
        let verdict = plan::keeps_stage(self.engine, &question, &binding.pk, mode).await?;
        if leaves_too_much(&verdict.context) {
            return Err(Refusal::Undecidable);
        }
        self.run.context.extend(verdict.context);
        Ok(verdict.passing)
    }

    /// Goes on until something has to be asked or the run is over.
    pub(super) async fn go(&mut self, answer: Option<&Answer>) -> Result<Step, Fault> {
        self.answers = answer.is_some();
        let mut answer = answer;
        let mut mistakes = Vec::new();
        loop {
            self.read_person().await?;
            let stage = match self.stage_whose_turn_it_is().await {
                Ok(Some(stage)) => stage,
                Ok(None) => return self.finish().await,
                Err(refusal) => return self.refuse(refusal).await,
            };
            let turn = match answer.take() {
                Some(answer) => {
                    self.solved = true;
                    stage.answer(self, answer).await?
                }
                None => stage.reach(self).await?,
            };
            let moved = match turn {
                Turn::Ask(ask) => return self.pause(ask, mistakes).await,
                Turn::Lost => return Ok(self.lose()),
                Turn::Leave(to) => {
                    self.leave_for = Some(to);
                    return self.finish().await;
                }
                turn => self.turn(turn, &mut mistakes).await,
            };
            if let Err(refusal) = moved {
                return self.refuse(refusal).await;
            }
        }
    }

    /// Goes on to whose turn it is next, after an answer, or after one that was wrong.
    async fn turn(&mut self, turn: Turn, mistakes: &mut Vec<Mistake>) -> Result<(), Refusal> {
        match turn {
            Turn::Passed => self.run.pass(),
            Turn::Detour(stage) => {
                (self.run.stage_state, self.run.detour) = (None, Some(stage));
            }
            Turn::Switch { slug, keep } => return self.switch(&slug, keep).await,
            Turn::Refuse(refusal) => return Err(refusal),
            Turn::Wrong(mistake) => {
                *mistakes = vec![mistake];
                return self.after_mistake().await;
            }
            Turn::Rejected(wrong) => {
                *mistakes = wrong;
                return self.after_mistake().await;
            }
            // These end the request; `go` does.
            Turn::Ask(_) | Turn::Leave(_) | Turn::Lost => {}
        }
        Ok(())
    }

    pub(super) async fn read_person(&mut self) -> Result<(), StoreError> {
        let proven = self.run.proven();
        if self.person.as_ref().map(|person| person.id) != proven {
            self.person = match proven {
                Some(user) => self.engine.person(user).await?,
                None => None,
            };
        }
        Ok(())
    }

    /// The stage in place of the one whose turn it is, else the first that is left, after those that
    /// are not for this person were taken out.
    async fn stage_whose_turn_it_is(&mut self) -> Result<Option<Stage>, Refusal> {
        if let Some(pk) = &self.run.detour {
            let stage = self.snapshot.stages.get(pk);
            let stage = stage.and_then(|stage| Stage::read(stage));
            return stage.map(Some).ok_or(Refusal::UnknownStage);
        }
        while let Some(pk) = self.run.stages.first() {
            if self.is_insisted(pk) {
                return Ok(Some(insisted()));
            }
            let binding = self.binding(pk).cloned().ok_or(Refusal::UnknownStage)?;
            if binding.re_evaluate_policies && !self.keeps(&binding).await? {
                self.run.skip();
                continue;
            }
            let stage = self.snapshot.stages.get(&binding.stage);
            let stage = stage.and_then(|stage| Stage::read(stage));
            return stage.map(Some).ok_or(Refusal::UnknownStage);
        }
        let was_asked = self.run.done.iter().any(|pk| pk == INSISTED);
        if self.run.owes_consent() && !was_asked {
            self.run.stages.push(INSISTED.to_owned());
            return Ok(Some(insisted()));
        }
        Ok(None)
    }

    /// Goes on in another flow. The run's keeper is known by the flow's name or by the run's id; the
    /// former changes with the flow.
    async fn switch(&mut self, slug: &str, keep: bool) -> Result<(), Refusal> {
        self.switches += 1;
        let flow = self.snapshot.flows.get(slug).cloned();
        let flow = flow.filter(|_| self.switches <= MAX_SWITCHES);
        self.flow = flow.ok_or(Refusal::UnknownStage)?;
        if self.handle == self.run.flow {
            slug.clone_into(&mut self.handle);
        }
        slug.clone_into(&mut self.run.flow);
        if !keep {
            self.run.forget(true);
            self.person = None;
        }
        self.run.stage_state = None;
        self.run.redirected = true;
        self.plan().await
    }

    /// `retry` asks again; `restart` begins anew, with the name that was typed or without.
    async fn after_mistake(&mut self) -> Result<(), Refusal> {
        self.solved = false;
        let binding = self.run.stages.first().and_then(|pk| self.binding(pk));
        match binding.map(|binding| binding.invalid_response_action.as_str()) {
            Some("restart") => self.run.forget(true),
            Some("restart_with_context") => self.run.forget(false),
            _ => return Ok(()),
        }
        self.person = None;
        self.plan().await
    }

    /// A flow that ends an application's session and has no stages: a page says so.
    pub(super) fn is_session_end(&self) -> bool {
        self.run.stages.is_empty() && self.flow.designation == "invalidation"
    }

    pub(super) fn session_end(&mut self) -> Step {
        let challenge = self.challenge(Ask::SessionEnd, Vec::new());
        self.step(Next::Show(Box::new(challenge)), None)
    }

    fn lose(&mut self) -> Step {
        self.lost = true;
        self.step(Next::Redirect("/".to_owned()), None)
    }

    /// Whether this request's answer passed its stage.
    pub(super) fn solved(&self) -> bool {
        self.solved
    }

    pub(super) fn step(&mut self, next: Next, run: Option<Held>) -> Step {
        Step {
            next,
            run,
            session: std::mem::take(&mut self.session),
            proven_device: self
                .device_proven
                .take()
                .map(|(one, max_age_s)| ProvenDevice {
                    sealed: one.seal(&self.engine.keys),
                    max_age_s,
                }),
            solved: self.solved,
            slug: self.run.flow.clone(),
        }
    }
}

/// The question that the flow did not ask.
fn insisted() -> Stage {
    Stage::Consent(Consent::default())
}

/// What a policy leaves in the run travels in a cookie until somebody is proven.
const LEFT_MAX_BYTES: usize = 1024;

fn leaves_too_much(context: &Map<String, Value>) -> bool {
    let text = serde_json::to_string(context);
    let is_too_much = text.is_ok_and(|text| text.len() > LEFT_MAX_BYTES);
    if is_too_much {
        tracing::error!("a policy wrote more than {LEFT_MAX_BYTES} bytes into a flow's context");
    }
    is_too_much
}
