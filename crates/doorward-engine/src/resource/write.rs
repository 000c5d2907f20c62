//! Generic writes: load, change in memory, check the whole, save with version, event and change row
//! in one transaction.
//!
//! Rule: the answer is made from what was saved, after [`Engine::commit`]; a refused write leaves
//! nothing behind.

mod admin;
mod difference;
mod expressions;
mod operations;
mod relations;
mod secrets;
mod versions;

use doorward_store::resource::{self as rows, ResourceRow};
use doorward_store::sequence::{self, Sequence};
use doorward_store::{StoreError, Topic, Tx, change, setting};
use serde_json::{Map, Value, json};

use super::history::What;
use super::kind::{Kind, Pk, Storage};
use super::list::reach;
use super::permit::Verb;
use super::refusal::Refusal;
pub use super::tables::Row as Found;
use super::tables::{self, Row};
use super::validate::{Errors, Mode, Request, validate};
use super::world::World;
use crate::context::{Actor, Context};
use crate::engine::Engine;
use crate::event::{self, Action};
use crate::oauth::{self, Signers};
use crate::snapshot::Object;
pub use difference::Difference;
pub(crate) use expressions::check as check_expressions;
pub(super) use operations::token_by_id;
pub use operations::{create, update};
use relations::{keys, links};
pub(crate) use secrets::random_text;
pub(super) use versions::Wrote;

/// The row that a write holds until it is done.
const WRITER: &str = "configuration_writer";

/// A write under way: the transaction, what it sees and who acts.
pub struct Writing<'a> {
    /// The engine whose snapshot is told in the end.
    pub engine: &'a Engine,
    /// Who, when, from where.
    pub ctx: &'a Context,
    /// The transaction.
    pub tx: Tx,
    /// The configuration as the transaction sees it.
    pub world: World,
    /// What signed before.
    pub(crate) signers: Signers,
    /// uuid of a pair of which nothing that it has signed is to be believed.
    pub(crate) compromised: Option<String>,
    /// Whether an older version is brought back.
    pub(super) is_restoring: bool,
}

impl<'a> Writing<'a> {
    /// Begins.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn begin(engine: &'a Engine, ctx: &'a Context) -> Result<Self, StoreError> {
        let mut tx = engine.store.begin().await?;
        // One writer at a time on every engine: what is checked here stays true until the commit.
        setting::save(&mut tx, WRITER, "true", ctx.now).await?;
        Self::over(engine, ctx, tx).await
    }

    /// Goes on with a transaction that others at the same time cannot go on with either.
    pub(crate) async fn over(
        engine: &'a Engine,
        ctx: &'a Context,
        mut tx: Tx,
    ) -> Result<Self, StoreError> {
        let world = World::load(&mut tx, &engine.snapshot()).await?;
        Ok(Self {
            engine,
            ctx,
            tx,
            signers: Signers::of(&world),
            world,
            compromised: None,
            is_restoring: false,
        })
    }

    /// Makes everything durable and tells the caches: what the program does by itself.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        oauth::settle(&mut self).await?;
        self.engine.commit(self.tx).await
    }

    /// The same for what somebody wants: nobody locks everybody out.
    ///
    /// # Errors
    ///
    /// [`Refusal`] where nobody could administer any more, or the database fails.
    pub async fn finish(mut self) -> Result<(), Refusal> {
        admin::check_last(&mut self).await?;
        Ok(self.commit().await?)
    }

    /// The row that an address names, if the caller may do `verb` with it.
    pub(super) async fn reach(
        &mut self,
        verb: Verb,
        kind: &'static Kind,
        key: &str,
    ) -> Result<Row, Refusal> {
        reach(&mut self.tx, self.ctx, verb, kind, key, &self.world).await
    }

    fn request<'b>(&self, body: &'b Value, mode: Mode) -> Request<'b> {
        Request {
            body,
            mode,
            is_superuser: self.ctx.actor.is_superuser(),
            is_system: self.is_system(),
        }
    }

    /// Whether the program itself writes: then hidden fields are taken too.
    fn is_system(&self) -> bool {
        matches!(self.ctx.actor, Actor::System)
    }

    /// Adds an object and answers its key; `id` chooses one (blueprints may).
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] with every message.
    pub async fn insert(
        &mut self,
        kind: &'static Kind,
        body: &Value,
        id: Option<&str>,
    ) -> Result<String, Refusal> {
        let id = match id {
            Some(id) => id.to_owned(),
            None => new_id(&mut self.tx, kind).await?,
        };
        let values = self.checked(kind, body, Mode::Create, None, &id).await?;
        let name = name_of(kind, &values, &id);
        let (key, values) = self.store(kind, body, values, id).await?;
        let wrote = Wrote {
            id: &key,
            name: &name,
            what: What::Created,
            before: None,
            after: &values,
        };
        self.keep(kind, wrote).await?;
        // An event that somebody reports is its own record.
        if kind.storage != Storage::Events {
            self.record(kind, Action::ModelCreated, &key, &name).await?;
        }
        Ok(key)
    }

    /// Adds a checked object and answers its key and what was stored.
    async fn store(
        &mut self,
        kind: &'static Kind,
        body: &Value,
        mut values: Map<String, Value>,
        id: String,
    ) -> Result<(String, Map<String, Value>), Refusal> {
        let ctx = self.ctx;
        let key = match kind.storage {
            Storage::Snapshot => {
                self.complete(kind, body, &mut values, &id);
                self.insert_object(kind, values.clone(), &id).await?;
                id
            }
            Storage::Users => {
                let key = tables::user::insert(&mut self.tx, ctx, &values).await?;
                key.to_string()
            }
            Storage::Groups => {
                tables::group::insert(&mut self.tx, ctx, &id, &values).await?;
                id
            }
            Storage::Tokens => {
                let key = body.get("key").and_then(Value::as_str);
                let key = key.filter(|_| self.is_system());
                tables::token::insert(&mut self.tx, ctx, self.engine, &values, key).await?
            }
            Storage::Events => {
                let retention = self.world.snapshot().event_retention_ms();
                tables::event::insert(&mut self.tx, ctx, retention, &values).await?
            }
            Storage::Sessions
            | Storage::Devices(_)
            | Storage::Consents
            | Storage::Grants(_)
            | Storage::Reputation => {
                return Err(Refusal::NotAllowed);
            }
        };
        Ok((key, values))
    }

    /// Changes what `body` names of the object with this primary key.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`], or [`Refusal::Invalid`] with every message.
    pub async fn amend(
        &mut self,
        kind: &'static Kind,
        id: &str,
        body: &Value,
    ) -> Result<(), Refusal> {
        let row = match kind.storage {
            Storage::Snapshot => self.world.object(kind.model, id).cloned().map(Row::Object),
            _ => tables::find(&mut self.tx, kind, id, &self.world, self.ctx.now).await?,
        };
        let row = row.ok_or(Refusal::NotFound {
            model: kind.verbose,
        })?;
        self.change(kind, &row, body, Mode::Patch).await
    }

    /// Deletes an object that was found.
    ///
    /// # Errors
    ///
    /// [`Refusal`].
    pub async fn remove_found(&mut self, kind: &'static Kind, row: &Found) -> Result<(), Refusal> {
        self.remove(kind, row).await
    }

    /// Changes an object.
    pub(super) async fn change(
        &mut self,
        kind: &'static Kind,
        row: &Row,
        body: &Value,
        mode: Mode,
    ) -> Result<(), Refusal> {
        if let Row::Device(row) = row {
            tables::device::check_recent(self.ctx, row)?;
        }
        let before = tables::values(&mut self.tx, row).await?;
        let id = row.id();
        let mut values = self.checked(kind, body, mode, Some(&before), &id).await?;
        match row {
            Row::Object(object) => {
                self.complete(kind, body, &mut values, &id);
                self.save_object(kind, object, values.clone()).await?;
            }
            Row::User(row) => tables::user::save(&mut self.tx, self.ctx, row, &values).await?,
            Row::Group(row) => tables::group::save(&mut self.tx, self.ctx, row, &values).await?,
            Row::Token(row) => {
                tables::token::save(&mut self.tx, self.ctx, self.engine, row, &values).await?;
            }
            Row::Event(row) => tables::event::save(&mut self.tx, row, &values).await?,
            Row::Device(row) => tables::device::save(&mut self.tx, self.ctx, row, &values).await?,
            Row::Session(_) | Row::Consent(_) | Row::Grant(_) | Row::Reputation(_) => {
                return Err(Refusal::NotAllowed);
            }
        }
        let name = name_of(kind, &values, &id);
        let wrote = Wrote {
            id: &id,
            name: &name,
            what: What::Changed,
            before: Some(&before),
            after: &values,
        };
        self.keep(kind, wrote).await?;
        self.record(kind, Action::ModelUpdated, &id, &name).await
    }

    /// The whole new object, checked by fields, by the kind and against the tables.
    async fn checked(
        &mut self,
        kind: &'static Kind,
        body: &Value,
        mode: Mode,
        before: Option<&Map<String, Value>>,
        id: &str,
    ) -> Result<Map<String, Value>, Refusal> {
        if let Some(body) = body.as_object() {
            self.world.prefetch(&mut self.tx, kind, [body]).await?;
        }
        let request = self.request(body, mode);
        let mut values = validate(kind, &request, before, id, &self.world)?;
        let errors = match kind.storage {
            Storage::Users => tables::user::check(&mut values, before, request.is_system),
            Storage::Groups => tables::group::check(&mut self.tx, id, &values).await?,
            Storage::Tokens => {
                tables::token::check(&mut values, before, self.ctx, self.world.snapshot())
            }
            _ => Errors::default(),
        };
        refuse_any(errors)?;
        refuse_any(self.misdirected(kind, body, &values, before))?;
        refuse_any(expressions::check(self.engine, kind, &values, before).await)?;
        refuse_any(tables::unique(&mut self.tx, kind, &values, id).await?)?;
        Ok(values)
    }

    async fn insert_object(
        &mut self,
        kind: &'static Kind,
        config: Map<String, Value>,
        id: &str,
    ) -> Result<(), Refusal> {
        self.add_object(kind, config, id).await?;
        if kind.model == "authentik_outposts.outpost" {
            super::actions::outpost::make_account(self, id).await?;
        }
        Ok(())
    }

    async fn add_object(
        &mut self,
        kind: &'static Kind,
        config: Map<String, Value>,
        id: &str,
    ) -> Result<(), StoreError> {
        let object = Object {
            kind: kind.model.to_owned(),
            id: id.to_owned(),
            config,
            version: 1,
            created_at: self.ctx.now,
            updated_at: self.ctx.now,
        };
        let links = links(kind, &object.config, &self.world);
        let keys = keys(kind, &object.config);
        rows::insert(&mut self.tx, &row_of(&object), &keys, &links).await?;
        change::record(&mut self.tx, Topic::Configuration, id, self.ctx.now).await?;
        self.world.put(object);
        Ok(())
    }

    /// Adds an object that the program itself has made whole: nobody has to be told what is wrong
    /// with it.
    pub(crate) async fn add_own(
        &mut self,
        kind: &'static Kind,
        mut values: Map<String, Value>,
    ) -> Result<(), StoreError> {
        let id = uuid::Uuid::new_v4().to_string();
        let body = Value::Object(values.clone());
        self.complete(kind, &body, &mut values, &id);
        let name = name_of(kind, &values, &id);
        self.add_object(kind, values.clone(), &id).await?;
        let wrote = Wrote {
            id: &id,
            name: &name,
            what: What::Created,
            before: None,
            after: &values,
        };
        self.keep(kind, wrote).await?;
        self.tell(kind, Action::ModelCreated, &id, &name).await
    }

    pub(super) async fn save_object(
        &mut self,
        kind: &'static Kind,
        before: &Object,
        config: Map<String, Value>,
    ) -> Result<(), Refusal> {
        let mut object = Object {
            config,
            updated_at: self.ctx.now,
            ..before.clone()
        };
        let links = links(kind, &object.config, &self.world);
        if !rows::save(
            &mut self.tx,
            &row_of(&object),
            &keys(kind, &object.config),
            &links,
        )
        .await?
        {
            return Err(StoreError::Conflict.into());
        }
        change::record(&mut self.tx, Topic::Configuration, &object.id, self.ctx.now).await?;
        object.version += 1;
        self.world.put(object);
        Ok(())
    }

    /// Writes the event of a change.
    pub(super) async fn record(
        &mut self,
        kind: &Kind,
        action: Action,
        id: &str,
        name: &str,
    ) -> Result<(), Refusal> {
        Ok(self.tell(kind, action, id, name).await?)
    }

    async fn tell(
        &mut self,
        kind: &Kind,
        action: Action,
        id: &str,
        name: &str,
    ) -> Result<(), StoreError> {
        let context = json!({ "model": {
            "app": kind.app_label(),
            "model_name": kind.model_name(),
            "pk": id,
            "name": name,
        }});
        let app = kind.event_app();
        event::record(self.engine, &mut self.tx, self.ctx, action, &app, context).await
    }
}

fn refuse_any(errors: Errors) -> Result<(), Refusal> {
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors.into())
    }
}

fn name_of(kind: &Kind, values: &Map<String, Value>, id: &str) -> String {
    let keys = ["name", "username", "identifier", "domain"];
    let found = keys
        .iter()
        .filter(|key| kind.field(key).is_some())
        .find_map(|key| values.get(*key)?.as_str());
    found.unwrap_or(id).to_owned()
}

fn row_of(object: &Object) -> ResourceRow {
    ResourceRow {
        kind: object.kind.clone(),
        id: object.id.clone(),
        config: Value::Object(object.config.clone()).to_string(),
        version: object.version,
        created_at: object.created_at,
        updated_at: object.updated_at,
    }
}

async fn new_id(tx: &mut Tx, kind: &Kind) -> Result<String, StoreError> {
    match (kind.pk, kind.storage) {
        (Pk::Integer, Storage::Snapshot) => {
            Ok(sequence::next(tx, Sequence::Provider).await?.to_string())
        }
        _ => Ok(uuid::Uuid::new_v4().to_string()),
    }
}
