//! Expression policies: what their text finds, and what it may ask.
//!
//! Leaves what people, groups and requests look like to `seen`. Rule: what cannot be answered truly
//! is an error, never a guess.

use doorward_store::{StoreError, user};
use serde_json::{Map, Value, json};

use super::seen::told_request;
use super::{FlowFacts, Lasting, Question, Ruling, Spent, check_password, letter, token};
use crate::authenticator;
use crate::context::ClientSource;
use crate::engine::Engine;
use crate::entitlement;
use crate::expression::{Answer, Call, Facts, Failure, Input, Job, Kind, Outcome};
use crate::model::Application;

/// What came of an operator's text.
pub(crate) struct Run {
    /// What it depends on.
    pub(crate) facts: Facts,
    /// What it returned and said.
    pub(crate) outcome: Outcome,
    before: Map<String, Value>,
}

impl Engine {
    pub(super) async fn evaluate(
        &self,
        question: &Question<'_>,
        source: &str,
    ) -> Result<Ruling, String> {
        let Run {
            facts,
            outcome,
            before,
        } = self.run_text(question, source).await?;
        let changed = |(key, value): &(String, Value)| before.get(key) != Some(value);
        Ok(Ruling {
            passing: outcome.passing,
            messages: outcome.messages,
            logs: outcome.logs,
            lasting: if facts.is_lasting() {
                Lasting::Briefly
            } else {
                Lasting::Never
            },
            did_io: facts.does_io,
            context: outcome.context.into_iter().filter(changed).collect(),
        })
    }

    /// Runs a text of any kind: a policy's, a mapping's, a prompt's. What it waits for until it is read,
    /// and what it asks for, is in its time, too.
    ///
    /// # Errors
    ///
    /// Why there is no answer.
    pub(crate) async fn run_text(
        &self,
        question: &Question<'_>,
        source: &str,
    ) -> Result<Run, String> {
        let patience = self.settings.expression_patience;
        let run = tokio::time::timeout(patience, self.run_unbounded(question, source));
        run.await.map_err(|_| TOO_LONG.to_owned())?
    }

    async fn run_unbounded(&self, question: &Question<'_>, source: &str) -> Result<Run, String> {
        let own = Spent::default();
        let question = &Question {
            spent: question.spent.or(Some(&own)),
            ..*question
        };
        let facts = self.expressions.facts(source).await;
        let facts = facts.map_err(|failure| failure.to_string())?;
        if facts.reads_request && question.ctx.client_source == ClientSource::Unreadable {
            return Err(UNREADABLE.to_owned());
        }
        let input = self
            .input(question)
            .await
            .map_err(|error| error.to_string())?;
        let before: Map<String, Value> = plain(&input.context);
        let job = Job {
            source: source.to_owned(),
            input,
        };
        let answer = |call: Call| -> Answer<'_> { Box::pin(self.answer_bounded(question, call)) };
        let outcome = self
            .expressions
            .run_below(question.depth, job, &answer)
            .await;
        let mut outcome = outcome.map_err(|failure: Failure| told(question, &failure))?;
        if question.is_trial && question.spent.is_some_and(Spent::has_written) {
            outcome.logs.push(("info".to_owned(), UNSENT.to_owned()));
        }
        Ok(Run {
            facts,
            outcome,
            before,
        })
    }

    async fn input(&self, question: &Question<'_>) -> Result<Input, StoreError> {
        let ctx = question.ctx;
        let base = question.snapshot.public_url();
        let base = base
            .as_ref()
            .map_or("", |url| url.as_str().trim_end_matches('/'));
        Ok(Input {
            now: ctx.now,
            user: self
                .told_person(question.person.map(|person| person.id))
                .await?,
            context: self.context(question).await?,
            client_ip: ctx.client_ip.to_string(),
            http_request: told_request(question),
            base_url: base.to_owned(),
            flow_plan: question
                .flow
                .map(|flow| json!({ "flow_pk": flow.pk, "flow_slug": flow.slug })),
        })
    }

    /// The flow's context, its people told in full.
    async fn context(
        &self,
        question: &Question<'_>,
    ) -> Result<Vec<(String, Kind, Value)>, StoreError> {
        let mut context = question
            .flow
            .map(|flow| flow.context.clone())
            .unwrap_or_default();
        for (_, kind, value) in &mut context {
            if *kind == Kind::User {
                *value = self.told_person(value["pk"].as_i64()).await?;
            }
        }
        let geo = &question.snapshot.geo;
        let address = question.ctx.client_ip;
        let told = [
            ("geoip", geo.place_value(address)),
            ("asn", geo.network_value(address)),
        ];
        let known = told.into_iter().filter(|(_, value)| !value.is_null());
        context.extend(known.map(|(key, value)| (key.to_owned(), Kind::Json, value)));
        Ok(with_application(question, context))
    }

    async fn answer_bounded(&self, question: &Question<'_>, call: Call) -> Result<Value, Failure> {
        if let Some(spent) = question.spent {
            spent.call()?;
        }
        let answer = self.answer(question, call).await;
        answer.map_err(Failure::Raised)
    }

    async fn answer(&self, question: &Question<'_>, call: Call) -> Result<Value, String> {
        match call.name.as_str() {
            "user_by" => self.user_by(&call.arguments).await,
            "call_policy" => self.call_policy(question, &call.arguments).await,
            "create_event" => {
                let action = call.arguments["action"].as_str().unwrap_or_default();
                self.tell_custom(question, action, call.arguments["context"].clone());
                Ok(Value::Null)
            }
            "app_entitlements" => self.app_entitlements(question, &call.arguments).await,
            "check_password" => check_password::check(self, question, &call.arguments).await,
            "group_users" => self.group_users(&call.arguments).await,
            "send_email" => letter::send(self, question, &call.arguments).await,
            "create_jwt" => token::create(self, question, &call.arguments).await,
            "resolve_dns" => self.lookups.addresses(&call.arguments).await,
            "reverse_dns" => self.lookups.name(&call.arguments).await,
            "user_has_authenticator" => self.user_has_device(&call.arguments).await,
            name => Err(format!("{name} cannot be answered")),
        }
    }

    async fn user_by(&self, filters: &Value) -> Result<Value, String> {
        let found = async {
            let mut tx = self.store.read().await?;
            let mut filters = filters.as_object().into_iter().flatten();
            let (Some((key, value)), None) = (filters.next(), filters.next()) else {
                return Ok(Err(UNKNOWN_FILTER.to_owned()));
            };
            let text = value.as_str().unwrap_or_default();
            let row = match key.as_str() {
                "username" => user::find_by_username(&mut tx, text).await?,
                "uuid" => user::find_by_uuid(&mut tx, text).await?,
                "pk" | "id" => match value.as_i64() {
                    Some(id) => user::find(&mut tx, id).await?,
                    None => None,
                },
                "email" | "email__iexact" => {
                    let rows = user::find_by_email_key(&mut tx, &user::fold(text)).await?;
                    let exact = |row: &user::UserRow| key != "email" || row.email == text;
                    rows.into_iter().find(exact)
                }
                _ => return Ok(Err(UNKNOWN_FILTER.to_owned())),
            };
            drop(tx);
            match row {
                Some(row) => self.told_person(Some(row.id)).await.map(Ok),
                None => Ok(Ok(Value::Null)),
            }
        };
        found
            .await
            .unwrap_or_else(|error: StoreError| Err(error.to_string()))
    }

    /// What somebody holds in an application.
    async fn app_entitlements(
        &self,
        question: &Question<'_>,
        asked: &Value,
    ) -> Result<Value, String> {
        let (Some(user), Some(app)) = (asked["user"].as_i64(), asked["application"].as_str())
        else {
            return Ok(json!([]));
        };
        let person = self.person(user).await.map_err(|error| error.to_string())?;
        let Some(person) = person else {
            return Ok(json!([]));
        };
        let all = entitlement::of_application(question.snapshot, app).into_iter();
        let held = all.filter(|one| one.is_held_by(&person, question.ctx.now));
        let told = held.map(|one| {
            json!({
                "pk": one.pk, "pbm_uuid": one.pk, "name": one.name, "attributes": one.attributes,
            })
        });
        Ok(told.collect())
    }

    /// Whether somebody has a device, of one class or of any; nobody has none.
    async fn user_has_device(&self, asked: &Value) -> Result<Value, String> {
        let class = match &asked["device_type"] {
            Value::Null => None,
            Value::String(word) => Some(word.as_str()),
            _ => return Err("device_type is a word, such as \"totp\"".to_owned()),
        };
        let Some(user) = asked["user"].as_i64() else {
            return Ok(json!(false));
        };
        let devices = authenticator::of_user(self, user).await;
        let devices = devices.map_err(|error| error.to_string())?;
        let fits = |kind: &str| class.is_none_or(|class| class == kind);
        Ok(json!(devices.iter().any(|device| fits(&device.kind))))
    }

    async fn call_policy(&self, question: &Question<'_>, asked: &Value) -> Result<Value, String> {
        let name = asked["name"].as_str().unwrap_or_default();
        let policies = &question.snapshot.policies;
        let policy = policies.values().find(|one| one.name == name);
        let policy = policy.ok_or_else(|| format!("there is no policy named {name:?}"))?;
        let flow = with_context(question.flow, &asked["context"]);
        let deeper = question
            .deeper()
            .ok_or("policies ask each other too deeply")?;
        let deeper = Question {
            flow: Some(&flow),
            ..deeper
        };
        let ruling = self.rule_on(&deeper, policy).await?;
        Ok(json!({ "passing": ruling.passing, "messages": ruling.messages }))
    }
}

/// The flow's context, and what a policy is called with on top of it.
fn with_context(flow: Option<&FlowFacts>, given: &Value) -> FlowFacts {
    let mut flow = flow.cloned().unwrap_or_default();
    for (key, value) in given.as_object().into_iter().flatten() {
        flow.context.retain(|(known, ..)| known != key);
        flow.context.push((key.clone(), Kind::Json, value.clone()));
    }
    flow
}

const UNSENT: &str = "nothing was sent or handed out: this is only tried out";

const TOO_LONG: &str = "no answer in the time that an expression has";

/// A proxy of ours has passed on what nobody can read: the address that is left is the proxy's own.
const UNREADABLE: &str = "the client's address cannot be read";

/// Why there is no answer. Where people's answers are in the context, an exception's own words may
/// hold a password: only its kind and its line are told.
fn told(question: &Question<'_>, failure: &Failure) -> String {
    let has_answers = |flow: &FlowFacts| flow.context.iter().any(|(key, ..)| key == "prompt_data");
    let text = failure.to_string();
    if !matches!(failure, Failure::Raised(_)) || !question.flow.is_some_and(has_answers) {
        return text;
    }
    let kind = text.split([':', ' ']).next().unwrap_or_default();
    let line = text.rfind("(line ").map_or("", |at| &text[at..]);
    format!("{kind} {line}").trim_end().to_owned()
}

const UNKNOWN_FILTER: &str = "ak_user_by looks people up by one of username, email, pk and uuid";

/// What is being opened.
/// An application as expressions see it.
pub(crate) fn told_application(application: &Application) -> Value {
    json!({
        "pk": application.pk, "name": application.name, "slug": application.slug,
        "group": application.group, "launch_url": application.meta_launch_url,
    })
}

fn with_application(
    question: &Question<'_>,
    mut context: Vec<(String, Kind, Value)>,
) -> Vec<(String, Kind, Value)> {
    if let Some(application) = question.application {
        let told = told_application(application);
        context.retain(|(key, ..)| key != "application");
        context.push(("application".to_owned(), Kind::Application, told));
    }
    context
}

fn plain(context: &[(String, Kind, Value)]) -> Map<String, Value> {
    let plain = context.iter().filter(|(_, kind, _)| *kind == Kind::Json);
    plain
        .map(|(key, _, value)| (key.clone(), value.clone()))
        .collect()
}
