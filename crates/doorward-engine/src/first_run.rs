//! The first admin: made once, in the browser with a link from the log, by the environment, or on
//! the command line.
//!
//! Owns the set-up link, what set-up asks and who counts as the first admin. Leaves the page to the
//! web and the command line to the program. Rule: the row `setup_done` is inserted once and never
//! deleted; whoever inserted it made the admin, and set-up stays closed whatever happens to admins
//! later (CVE-2023-46249).

use doorward_protocol::encoding;
use doorward_protocol::password::MAX_PASSWORD_BYTES;
use doorward_protocol::seal::Purpose;
use doorward_store::sequence::{self, Sequence};
use doorward_store::{StoreError, Topic, Tx, change, group, setting, token, user};
use serde_json::json;
use url::Url;

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
/// The fewest characters of a password chosen in the browser (NIST SP 800-63B-4 §3.1.1.2 wants
/// more; this is what authentik's users expect).
pub const MIN_PASSWORD_CHARS: usize = 8;
const MAX_USERNAME_CHARS: usize = 150;
const MAX_EMAIL_CHARS: usize = 254;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// Not an http or https address, or one below a path.
    BaseUrl,
    /// Empty, too long, or with characters nobody can type.
    Username,
    /// Not a mail address.
    Email,
    /// Shorter than [`MIN_PASSWORD_CHARS`].
    PasswordTooShort,
    /// Longer than [`MAX_PASSWORD_BYTES`].
    PasswordTooLong,
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
    #[error("some answers cannot be used")]
    Unusable(Vec<Unusable>),
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
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
        auth_method: "password",
        lifetime,
        replaces: None,
    };
    let (row, sid) = session::begin(&mut tx, ctx, new).await?;
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
            let wrong = wrong_password(&password, 1);
            wrong.map_or(Ok(()), |wrong| Err(SetupError::Unusable(vec![wrong])))?;
            hash(engine, password).await?
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
        wrong_password(&password, 1),
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

struct Admin {
    username: String,
    name: String,
    email: String,
    encoded: String,
}

async fn make_admin(
    engine: &Engine,
    tx: &mut Tx,
    ctx: &Context,
    admin: &Admin,
) -> Result<i64, StoreError> {
    let known = user::find_by_username(tx, &admin.username).await?;
    let (id, action) = match known {
        Some(row) => (renew(tx, ctx, row, admin).await?, Action::PasswordSet),
        None => (insert(tx, ctx, admin).await?, Action::ModelCreated),
    };
    join_admins(engine, tx, ctx, (id, &admin.username), action).await?;
    Ok(id)
}

async fn join_admins(
    engine: &Engine,
    tx: &mut Tx,
    ctx: &Context,
    (id, username): (i64, &str),
    action: Action,
) -> Result<(), StoreError> {
    let admins = admins_group(tx, ctx).await?;
    group::add_member(tx, &admins, id).await?;
    change::record(tx, Topic::User, id, ctx.now).await?;
    let context = json!({ "model": model(id, username) });
    event::record(engine, tx, ctx, action, "authentik.core", context).await
}

fn model(id: i64, username: &str) -> serde_json::Value {
    json!({ "app": "authentik_core", "model_name": "user", "pk": id, "name": username })
}

/// A user of that name exists: active from now on, with a new password and no old session.
async fn renew(
    tx: &mut Tx,
    ctx: &Context,
    row: user::UserRow,
    admin: &Admin,
) -> Result<i64, StoreError> {
    let id = row.id;
    let pick = |new: &str, old: String| if new.is_empty() { old } else { new.to_owned() };
    let changed = user::UserRow {
        name: pick(&admin.name, row.name),
        email: pick(&admin.email, row.email),
        is_active: true,
        updated_at: ctx.now,
        ..row
    };
    if !user::save(tx, &changed).await? {
        return Err(StoreError::Conflict);
    }
    user::set_password(tx, id, &admin.encoded, ctx.now).await?;
    session::end_all_of(tx, id, "", ctx.now).await?;
    Ok(id)
}

async fn insert(tx: &mut Tx, ctx: &Context, admin: &Admin) -> Result<i64, StoreError> {
    let id = sequence::next(tx, Sequence::User).await?;
    let row = user::UserRow {
        id,
        uuid: uuid::Uuid::new_v4().to_string(),
        username: admin.username.clone(),
        username_key: String::new(),
        name: admin.name.clone(),
        name_key: String::new(),
        email: admin.email.clone(),
        email_key: String::new(),
        is_active: true,
        kind: "internal".to_owned(),
        path: "users".to_owned(),
        attributes: "{}".to_owned(),
        password: admin.encoded.clone(),
        password_changed_at: ctx.now,
        last_login_at: None,
        created_at: ctx.now,
        updated_at: ctx.now,
        version: 1,
    };
    user::insert(tx, &row).await?;
    Ok(id)
}

/// The id of the group of admins; made if somebody removed it, given its power back if not.
async fn admins_group(tx: &mut Tx, ctx: &Context) -> Result<String, StoreError> {
    let known = group::find_by_name(tx, ADMINS).await?;
    if let Some(row) = known {
        if !row.is_superuser {
            let powerful = group::GroupRow {
                is_superuser: true,
                updated_at: ctx.now,
                ..row.clone()
            };
            group::save(tx, &powerful).await?;
            change::record(tx, Topic::Group, &row.id, ctx.now).await?;
        }
        return Ok(row.id);
    }
    let id = uuid::Uuid::new_v4();
    let row = group::GroupRow {
        id: id.to_string(),
        num_pk: group::num_pk(&id),
        name: ADMINS.to_owned(),
        name_key: String::new(),
        is_superuser: true,
        attributes: "{}".to_owned(),
        created_at: ctx.now,
        updated_at: ctx.now,
        version: 1,
    };
    group::insert(tx, &row).await?;
    change::record(tx, Topic::Group, &row.id, ctx.now).await?;
    Ok(row.id)
}

async fn add_token(
    engine: &Engine,
    tx: &mut Tx,
    ctx: &Context,
    user_id: i64,
    key: &str,
) -> Result<(), StoreError> {
    let id = uuid::Uuid::new_v4().to_string();
    let row = token::TokenRow {
        key_hash: session::hash_text(key),
        key_sealed: engine
            .keys
            .seal(Purpose::AtRest, id.as_bytes(), key.as_bytes()),
        id,
        identifier: BOOTSTRAP_TOKEN.to_owned(),
        intent: "api".to_owned(),
        user_id,
        description: String::new(),
        description_key: String::new(),
        expiring: false,
        expires_at: None,
        managed: None,
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    token::insert(tx, &row).await
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
pub(crate) async fn hash(engine: &Engine, password: String) -> Result<String, Fault> {
    let encoded = engine.hashes.hash(password).await?;
    encoded.map_err(|error| Fault::Broken(error.to_string()))
}

/// Checks everything, so that all mistakes are shown at once; the address becomes an origin.
fn usable(answers: Answers) -> Result<(String, Answers), Vec<Unusable>> {
    let answers = Answers {
        username: answers.username.trim().to_owned(),
        name: answers.name.trim().to_owned(),
        email: answers.email.trim().to_owned(),
        ..answers
    };
    let base_url = origin(answers.base_url.trim());
    let wrong = [
        base_url.is_none().then_some(Unusable::BaseUrl),
        (!is_username(&answers.username)).then_some(Unusable::Username),
        (!answers.email.is_empty() && !is_email(&answers.email)).then_some(Unusable::Email),
        wrong_password(&answers.password, MIN_PASSWORD_CHARS),
    ];
    let wrong: Vec<Unusable> = wrong.into_iter().flatten().collect();
    match base_url {
        Some(base_url) if wrong.is_empty() => Ok((base_url, answers)),
        _ => Err(wrong),
    }
}

/// `https://auth.example.org` of a full address without a path.
fn origin(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let plain = url.username().is_empty() && url.password().is_none();
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let web = matches!(url.scheme(), "http" | "https") && url.host_str().is_some();
    (plain && bare && web).then(|| url.origin().ascii_serialization())
}

fn is_username(text: &str) -> bool {
    let length = text.chars().count();
    (1..=MAX_USERNAME_CHARS).contains(&length)
        && text == text.trim()
        && !text.chars().any(char::is_control)
}

fn is_email(text: &str) -> bool {
    let parts = text.rsplit_once('@');
    parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
        && text.chars().count() <= MAX_EMAIL_CHARS
        && !text
            .chars()
            .any(|one| one.is_control() || one.is_whitespace())
}

/// What is wrong with a password that must have `least` characters.
pub(crate) fn wrong_password(password: &str, least: usize) -> Option<Unusable> {
    if password.chars().count() < least {
        Some(Unusable::PasswordTooShort)
    } else if password.len() > MAX_PASSWORD_BYTES {
        Some(Unusable::PasswordTooLong)
    } else {
        None
    }
}

#[cfg(test)]
pub(crate) mod tests;
