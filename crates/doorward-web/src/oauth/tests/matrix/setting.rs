//! People, applications and what is bound to them, and what becomes of them while things go on.

use doorward_engine::resource::actions::password::{PasswordForm, set_password};
use doorward_engine::resource::write::Writing;
use doorward_engine::resource::{self, kind};
use doorward_engine::{Context, session};
use doorward_store::user;
use serde_json::{Value, json};

use super::ways::{self, Begun};
use super::{Bound, State, Way};
use crate::oauth::tests::kit::{self, Client, Kit};

const USER: &str = "authentik_core.user";
const GROUP: &str = "authentik_core.group";
const BINDING: &str = "authentik_policies.policybinding";
const PROVIDER: &str = "authentik_providers_oauth2.oauth2provider";
const TEXT: &str = "authentik_policies_expression.expressionpolicy";

/// One state by one binding: an account, an application of its own, and what was begun.
pub(super) struct Cell {
    pub(super) state: State,
    pub(super) bound: Bound,
    /// Its place, for addresses of its own.
    pub(super) at: u16,
    pub(super) name: String,
    pub(super) client: Client,
    /// One that registered itself with its provider.
    pub(super) registered: Client,
    pub(super) begun: Begun,
    user: i64,
    /// The provider's own account.
    machine: i64,
    cookie: String,
}

/// Everything.
pub(super) struct Scene {
    pub(super) kit: Kit,
    /// The application whose tokens all others trust.
    pub(super) first: Client,
    cells: Vec<Cell>,
    groups: Groups,
}

struct Groups {
    own: String,
    other: String,
    admins: String,
}

fn ctx() -> Context {
    Context::system(kit::now())
}

pub(super) fn slug(at: usize) -> String {
    format!("app-{at}")
}

fn all() -> impl Iterator<Item = (State, Bound)> {
    let by = |state| Bound::ALL.into_iter().map(move |bound| (state, bound));
    State::ALL.into_iter().flat_map(by)
}

impl Scene {
    /// Accounts with sessions, clients, and what is bound to them from the beginning.
    pub(super) async fn set(kit: Kit) -> Self {
        // Her number was not drawn, so it would be drawn again.
        delete(&kit, kit::MIA).await;
        let count = all().count();
        let first = kit.client("first", ways::first(count)).await;
        let trusting = ways::trusting(&first);
        let slugs: Vec<_> = (0..count).map(slug).collect();
        let clients = kit.clients(&slugs, &trusting).await;
        let registered = registered(&kit, &clients).await;
        let clients = clients.into_iter().zip(registered).collect();
        let groups = groups(&kit).await;
        let mut scene = Self {
            kit,
            first,
            cells: Vec::new(),
            groups,
        };
        scene.people(clients).await;
        scene
            .bind(|bound| bound != Bound::AnotherGroupMeanwhile)
            .await;
        scene.machines().await;
        scene
    }

    /// An account with a session and an app password for each.
    async fn people(&mut self, clients: Vec<(Client, Client)>) {
        let ctx = ctx();
        let mut writing = Writing::begin(&self.kit.engine, &ctx).await.unwrap();
        let mut ids = Vec::new();
        for (at, (state, _)) in all().enumerate() {
            let body = json!({
                "username": name_of(at), "name": name_of(at), "type": state.kind(),
                "groups": self.groups.of(state),
            });
            let id = writing.insert(kind(USER).unwrap(), &body, None).await;
            ids.push(id.unwrap().parse().unwrap());
        }
        writing.commit().await.unwrap();
        for (at, ((cell, clients), user)) in all().zip(clients).zip(ids).enumerate() {
            let ((state, bound), (client, registered)) = (cell, clients);
            let (name, kit) = (name_of(at), &self.kit);
            kit.token_of(user, &key_of(&name), "app_password").await;
            self.cells.push(Cell {
                state,
                bound,
                at: u16::try_from(at).unwrap(),
                cookie: kit.session_of(user).await,
                name,
                client,
                registered,
                begun: Begun::default(),
                user,
                machine: 0,
            });
        }
    }

    /// The providers' own accounts, of the cells' kinds and in their groups.
    async fn machines(&mut self) {
        for cell in &mut self.cells {
            ways::machine_by_secret(&self.kit, &cell.client).await;
            let name = format!("ak-{}-client_credentials", slug(cell.at.into()));
            cell.machine = named(&self.kit, &name).await.unwrap();
        }
        let ctx = ctx();
        let mut writing = Writing::begin(&self.kit.engine, &ctx).await.unwrap();
        for cell in &self.cells {
            let kind_now = match cell.state.kind() {
                "internal" => "service_account",
                other => other,
            };
            let body = json!({ "type": kind_now, "groups": self.groups.of(cell.state) });
            let key = cell.machine.to_string();
            let amended = writing.amend(kind(USER).unwrap(), &key, &body);
            amended.await.unwrap();
        }
        writing.commit().await.unwrap();
    }

    /// Binds what is to be bound to those whose binding `wanted` names.
    async fn bind(&self, wanted: impl Fn(Bound) -> bool) {
        let (ctx, snapshot) = (ctx(), self.kit.engine.snapshot());
        let mut writing = Writing::begin(&self.kit.engine, &ctx).await.unwrap();
        for cell in self.cells.iter().filter(|cell| wanted(cell.bound)) {
            let application = snapshot.oauth.of_application(&slug(cell.at.into()));
            let target = &application.unwrap().application.pk;
            let binding = match cell.bound {
                Bound::Nothing => continue,
                Bound::ItsGroup => json!({ "group": self.groups.own }),
                Bound::AnotherGroup | Bound::AnotherGroupMeanwhile => {
                    json!({ "group": self.groups.other })
                }
                Bound::TextThatPasses => text(&mut writing, cell.at, "return True").await,
                Bound::TextThatFails => text(&mut writing, cell.at, "return False").await,
                Bound::TextThatErrs => text(&mut writing, cell.at, "return 1 / 0").await,
            };
            let mut binding = binding;
            binding["target"] = json!(target);
            binding["order"] = json!(0);
            writing
                .insert(kind(BINDING).unwrap(), &binding, None)
                .await
                .unwrap();
        }
        writing.commit().await.unwrap();
    }

    /// Whatever a way needs is begun.
    pub(super) async fn begin(&mut self) {
        for at in 0..self.cells.len() {
            let machine = self.cells[at].machine;
            if self.cells[at].state == State::ShutBefore {
                self.kit.shut(self.cells[at].user).await;
                self.kit.shut(machine).await;
            }
            self.stand_in(at);
            let begun = ways::begin(&self.kit, &self.first, &self.cells[at]).await;
            self.cells[at].begun = begun;
        }
    }

    /// Everything becomes what it is to become.
    pub(super) async fn meanwhile(&mut self) {
        self.bind(|bound| bound == Bound::AnotherGroupMeanwhile)
            .await;
        for at in 0..self.cells.len() {
            let machine = self.cells[at].machine;
            let cell = &self.cells[at];
            match cell.state {
                State::ShutMeanwhile => {
                    self.kit.shut(cell.user).await;
                    self.kit.shut(machine).await;
                }
                State::DeletedMeanwhile => {
                    delete(&self.kit, cell.user).await;
                    delete(&self.kit, machine).await;
                }
                State::PasswordChangedMeanwhile => {
                    let body = json!({ "password": "another long password" });
                    let (engine, key) = (&self.kit.engine, cell.user.to_string());
                    let form = PasswordForm::Clear;
                    set_password(engine, &ctx(), &key, &body, form)
                        .await
                        .unwrap();
                }
                State::SignedOutMeanwhile => sign_out(&self.kit, cell.user).await,
                _ => {}
            }
        }
    }

    /// What becomes of every way.
    pub(super) async fn outcomes(&mut self) -> Vec<(State, Bound, Way, String)> {
        let mut all = Vec::new();
        for at in 0..self.cells.len() {
            self.stand_in(at);
            let cell = &self.cells[at];
            for way in Way::ALL {
                let seen = ways::end(&self.kit, &self.first, cell, way).await;
                all.push((cell.state, cell.bound, way, seen));
            }
        }
        all
    }

    /// Requests come from this cell's browser and network.
    fn stand_in(&mut self, at: usize) {
        self.kit.cookie.clone_from(&self.cells[at].cookie);
        kit::come_from(self.cells[at].at);
    }
}

impl Groups {
    fn of(&self, state: State) -> Vec<&str> {
        match state {
            State::Administrator => vec![&self.own, &self.admins],
            _ => vec![&self.own],
        }
    }
}

fn name_of(at: usize) -> String {
    format!("person-{at}")
}

/// The app password of somebody.
pub(super) fn key_of(name: &str) -> String {
    format!("an-app-password-of-{name}")
}

async fn named(kit: &Kit, name: &str) -> Option<i64> {
    let mut tx = kit.engine.store.read().await.unwrap();
    let row = user::find_by_username(&mut tx, name).await.unwrap();
    row.map(|row| row.id)
}

/// A client for each of these that speaks in its name, as one that registered itself does; nothing is
/// bound to its own application.
async fn registered(kit: &Kit, clients: &[Client]) -> Vec<Client> {
    let slugs: Vec<_> = (0..clients.len()).map(|at| format!("guest-{at}")).collect();
    let guests = kit.clients(&slugs, &ways::guests()).await;
    let ctx = ctx();
    let mut writing = Writing::begin(&kit.engine, &ctx).await.unwrap();
    for (guest, client) in guests.iter().zip(clients) {
        let body = json!({ "issuer_provider": client.provider });
        let key = guest.provider.to_string();
        let amended = writing.amend(kind(PROVIDER).unwrap(), &key, &body);
        amended.await.unwrap();
    }
    writing.commit().await.unwrap();
    guests
}

async fn groups(kit: &Kit) -> Groups {
    let ctx = ctx();
    let mut writing = Writing::begin(&kit.engine, &ctx).await.unwrap();
    let mut ids = Vec::new();
    for (name, is_superuser) in [("own", false), ("other", false), ("admins", true)] {
        let body = json!({ "name": name, "is_superuser": is_superuser });
        let id = writing.insert(kind(GROUP).unwrap(), &body, None).await;
        ids.push(id.unwrap());
    }
    writing.commit().await.unwrap();
    let [own, other, admins] = ids.try_into().unwrap();
    Groups { own, other, admins }
}

async fn text(writing: &mut Writing<'_>, at: u16, text: &str) -> Value {
    let body = json!({ "name": format!("text-{at}"), "expression": text });
    let id = writing.insert(kind(TEXT).unwrap(), &body, None).await;
    json!({ "policy": id.unwrap() })
}

async fn delete(kit: &Kit, id: i64) {
    let key = id.to_string();
    let ctx = ctx();
    let deleted = resource::delete(&kit.engine, &ctx, kind(USER).unwrap(), &key);
    deleted.await.unwrap();
}

async fn sign_out(kit: &Kit, user: i64) {
    let mut tx = kit.engine.store.begin().await.unwrap();
    let rows = doorward_store::session::of_user(&mut tx, user, kit::now());
    for row in rows.await.unwrap() {
        session::end(&mut tx, &row.id, kit::now()).await.unwrap();
    }
    kit.engine.commit(tx).await.unwrap();
}
