//! The first admin: made once, in the browser with a link from the log, by the environment, or on
//! the command line.
//!
//! Owns the set-up link, what set-up asks and who counts as the first admin. Leaves the page to the
//! web and the command line to the program. Rule: the row `setup_done` is inserted once and never
//! deleted; whoever inserted it made the admin, and set-up stays closed whatever happens to admins
//! later (CVE-2023-46249).

mod address;
mod admin;
mod answers;

use doorward_protocol::encoding;
use doorward_protocol::password::PasswordError;
use doorward_protocol::seal::Purpose;
use doorward_store::{StoreError, Topic, Tx, change, setting, user};
use serde_json::json;

pub use address::set_address;
use admin::{Admin, add_token, join_admins, make_admin};
use answers::{is_email, is_username, usable, wrong_password};

use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::event::{self, Action};
use crate::session::{self, NewSession};
use crate::snapshot::names;

/// The group whose members may do everything, under authentik's name.
pub const ADMINS: &str = "authentik Admins";
/// The first admin, unless set-up is told another name.
pub const FIRST_ADMIN: &str = "akadmin";
/// authentik's display name for them.
const FIRST_ADMIN_NAME: &str = "authentik Default Admin";
/// The identifier of the token that the environment may bring.
const BOOTSTRAP_TOKEN: &str = "authentik-bootstrap-token";

/// What the link's mac is about.
const LINK: &[u8] = b"initial-setup";

/// What set-up was told.
pub struct Answers {
    /// Where people will open Doorward, e.g. `https://auth.example.org`.
    pub base_url: String,
    /// Login name of the first admin.
    pub username: String,
    /// Display name; may be empty.
    pub name: String,
    /// Mail address; may be empty.
    pub email: String,
    /// The password.
    pub password: String,
}

/// An answer that set-up cannot use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// Not an http or https address, or one below a path.
    #[error("the public address must look like https://auth.example.org")]
    BaseUrl,
    /// Empty, too long, or with characters nobody can type.
    #[error("a login name has 1 to 150 characters and no line breaks")]
    Username,
    /// Not a mail address.
    #[error("the mail address must look like mia@example.org")]
    Email,
    /// The password may not be one.
    #[error(transparent)]
    Password(#[from] PasswordError),
}

/// Why set-up did not happen.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// It has happened before; there is no such page any more.
    #[error("set-up was done before")]
    Done,
    /// The link's token is missing or wrong.
    #[error("the set-up link is wrong")]
    WrongLink,
    /// Some answers cannot be used.
    #[error("{}", listed(.0))]
    Unusable(Vec<Unusable>),
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

fn listed(wrong: &[Unusable]) -> String {
    let words: Vec<String> = wrong.iter().map(ToString::to_string).collect();
    words.join("; ")
}

impl From<StoreError> for SetupError {
    fn from(error: StoreError) -> Self {
        Self::Fault(error.into())
    }
}

/// Somebody who has just been signed in: what the web needs for their cookie.
pub struct SignedIn {
    /// Whose session.
    pub user_id: i64,
    /// The session's public name.
    pub session_id: String,
    /// The session's secret, for the cookie.
    pub sid: String,
}

/// The admin that the environment describes. No `Debug`: it holds secrets.
#[derive(Default)]
pub struct Bootstrap {
    /// In clear.
    pub password: Option<String>,
    /// Already encoded.
    pub password_hash: Option<String>,
    /// An API token that does not expire.
    pub token: Option<String>,
    /// The mail address.
    pub email: Option<String>,
}

impl Bootstrap {
    /// Whether set-up in the browser is skipped.
    pub fn makes_an_admin(&self) -> bool {
        self.password.is_some() || self.password_hash.is_some() || self.token.is_some()
    }
}

/// Whether the first admin is still to be made.
pub fn is_open(engine: &Engine) -> bool {
    !engine.snapshot_ref().setup_done
}

/// The secret part of the set-up link: the same on every process and after every start, so that the
/// last line of any log is right. Worth nothing once set-up is done.
pub fn link_token(engine: &Engine) -> String {
    encoding::base64url(engine.keys.mac(Purpose::Link, LINK))
}

/// Whether set-up may be shown to whoever has this token.
///
/// # Errors
///
/// [`SetupError::Done`] or [`SetupError::WrongLink`].
pub fn check_link(engine: &Engine, token: &str) -> Result<(), SetupError> {
    if !is_open(engine) {
        return Err(SetupError::Done);
    }
    let mac = encoding::from_base64url(token).unwrap_or_default();
    if engine.keys.verify_mac(Purpose::Link, LINK, &mac) {
        Ok(())
    } else {
        Err(SetupError::WrongLink)
    }
}

/// Makes the first admin, remembers the public address, signs the admin in.
///
/// # Errors
///
/// [`SetupError::Done`] for all but one of any number of callers, for ever.
pub async fn complete(
    engine: &Engine,
    ctx: &Context,
    token: &str,
    answers: Answers,
) -> Result<SignedIn, SetupError> {
    check_link(engine, token)?;
    let (base_url, answers) = usable(answers).map_err(SetupError::Unusable)?;
    let encoded = hash(engine, answers.password).await?;
    let mut tx = engine.store.begin().await?;
    close(&mut tx, ctx, "browser").await?;
    setting::save(
        &mut tx,
        names::BASE_URL,
        &json!(base_url).to_string(),
        ctx.now,
    )
    .await?;
    let admin = Admin {
        username: answers.username,
        name: answers.name,
        email: answers.email,
        encoded,
    };
    let user_id = make_admin(engine, &mut tx, ctx, &admin).await?;
    let lifetime = engine.settings.session;
    let new = NewSession {
        user_id,
        password_changed_at: ctx.now,
        auth_method: "password",
        lifetime,
        replaces: None,
    };
    let begun = session::begin(&mut tx, ctx, new).await?;
    let (row, sid) =
        begun.ok_or_else(|| Fault::Broken("the first administrator is not there".to_owned()))?;
    record_login(engine, &mut tx, ctx, user_id, "initial-setup").await?;
    engine.commit(tx).await?;
    Ok(SignedIn {
        user_id,
        session_id: row.id,
        sid,
    })
}

/// Makes the admin that the environment describes, on the first start only; answers whether it did.
///
/// # Errors
///
/// [`SetupError::Unusable`] if the password cannot be used; otherwise only faults.
pub async fn bootstrap(
    engine: &Engine,
    ctx: &Context,
    given: Bootstrap,
) -> Result<bool, SetupError> {
    if !given.makes_an_admin() || !is_open(engine) {
        return Ok(false);
    }
    let encoded = match (given.password, given.password_hash) {
        (Some(password), _) => {
            let encoded = engine.hashes.hash_new(password).await?;
            encoded.map_err(|error| SetupError::Unusable(vec![Unusable::Password(error)]))?
        }
        (None, Some(encoded)) => encoded,
        (None, None) => doorward_protocol::password::unusable(),
    };
    let mut tx = engine.store.begin().await?;
    match close(&mut tx, ctx, "environment").await {
        Err(SetupError::Done) => return Ok(false),
        other => other?,
    }
    let admin = Admin {
        username: FIRST_ADMIN.to_owned(),
        name: FIRST_ADMIN_NAME.to_owned(),
        email: given.email.unwrap_or_else(|| "root@example.com".to_owned()),
        encoded,
    };
    let user_id = make_admin(engine, &mut tx, ctx, &admin).await?;
    if let Some(key) = given.token {
        add_token(engine, &mut tx, ctx, user_id, &key).await?;
    }
    engine.commit(tx).await?;
    Ok(true)
}

/// Makes an admin, or makes one of a known user and sets their password; closes set-up.
///
/// # Errors
///
/// [`SetupError::Unusable`] if the name or the password cannot be used; otherwise only faults.
pub async fn create_admin(
    engine: &Engine,
    ctx: &Context,
    username: &str,
    email: &str,
    password: String,
) -> Result<(), SetupError> {
    let wrong: Vec<Unusable> = [
        (!is_username(username)).then_some(Unusable::Username),
        (!email.is_empty() && !is_email(email)).then_some(Unusable::Email),
        wrong_password(&password),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !wrong.is_empty() {
        return Err(SetupError::Unusable(wrong));
    }
    let encoded = hash(engine, password).await?;
    let mut tx = engine.store.begin().await?;
    match close(&mut tx, ctx, "command line").await {
        Ok(()) | Err(SetupError::Done) => {}
        Err(error) => return Err(error),
    }
    let admin = Admin {
        username: username.to_owned(),
        name: String::new(),
        email: email.to_owned(),
        encoded,
    };
    make_admin(engine, &mut tx, ctx, &admin).await?;
    engine.commit(tx).await?;
    Ok(())
}

/// Puts a known user into the group of admins and closes set-up; answers whether they exist.
///
/// # Errors
///
/// Only faults.
pub async fn promote(engine: &Engine, ctx: &Context, username: &str) -> Result<bool, Fault> {
    let mut tx = engine.store.begin().await?;
    let Some(row) = user::find_by_username(&mut tx, username).await? else {
        return Ok(false);
    };
    match close(&mut tx, ctx, "command line").await {
        Ok(()) | Err(SetupError::Done) => {}
        Err(SetupError::Fault(fault)) => return Err(fault),
        Err(other) => return Err(Fault::Broken(other.to_string())),
    }
    join_admins(
        engine,
        &mut tx,
        ctx,
        (row.id, username),
        Action::ModelUpdated,
    )
    .await?;
    engine.commit(tx).await?;
    Ok(true)
}

/// Closes set-up in the caller's transaction: of any number of callers one gets `Ok`.
async fn close(tx: &mut Tx, ctx: &Context, by: &str) -> Result<(), SetupError> {
    let fact = json!({ "at": ctx.now, "by": by }).to_string();
    if !setting::insert_once(tx, names::SETUP_DONE, &fact, ctx.now).await? {
        return Err(SetupError::Done);
    }
    change::record(tx, Topic::Configuration, "", ctx.now).await?;
    Ok(())
}

/// Notes a sign-in that no flow made.
pub(crate) async fn record_login(
    engine: &Engine,
    tx: &mut Tx,
    ctx: &Context,
    user_id: i64,
    method: &str,
) -> Result<(), StoreError> {
    let context = json!({ "auth_method": method, "pk": user_id });
    event::record(engine, tx, ctx, Action::Login, "authentik.core", context).await
}

/// Hashes a password that [`wrong_password`] let through.
async fn hash(engine: &Engine, password: String) -> Result<String, Fault> {
    let encoded = engine.hashes.hash_new(password).await?;
    encoded.map_err(|error| Fault::Broken(error.to_string()))
}

#[cfg(test)]
pub(crate) mod tests;
