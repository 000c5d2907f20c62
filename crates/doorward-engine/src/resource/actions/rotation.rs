//! Rotating the key of a pair: a new one is published, signs after an overlap, and the former one
//! stays published until what it has signed has ended.
//!
//! Leaves what is retired to `oauth::retire`, which follows every write. Rules: a pair has one next key
//! at most, and of any number of servers one makes it the active one, for whoever writes holds the
//! writer's row and looks at the pair as it then is
//! ([decision 39](../../../../../docs/decisions/0039-keys-that-sign.md)); a key of a file cannot be replaced
//! here, so a compromised one is withdrawn until the file holds another.

use doorward_protocol::certificate::{self, NewCertificate};
use doorward_protocol::duration;
use doorward_protocol::seal::Purpose;
use doorward_store::StoreError;
use serde_json::{Map, Value, json};

use super::certificate::made;
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::event::{self, Action};
use crate::oauth::pairs::{PAIR, Pair, VALID_DAYS, WITHDRAWN, new_key};
use crate::resource::field::Field;
use crate::resource::form::Form;
use crate::resource::list::{Params, reach, retrieve};
use crate::resource::permit::Verb;
use crate::resource::refusal::Refusal;
use crate::resource::tables::Row;
use crate::resource::validate::{Errors, WHOLE};
use crate::resource::value::rfc3339;
use crate::resource::world::World;
use crate::resource::write::Writing;
use crate::snapshot::Object;

const OVERLAP: &str = "overlap";
const COMPROMISED: &str = "compromised";
/// A next key that waits for longer is forgotten by people.
const OVERLAP_MAX_S: i64 = 90 * 86_400;
/// What a name of a certificate may hold (RFC 5280 §A.1, `ub-common-name`).
const COMMON_NAME_CHARS_MAX: usize = 64;

/// How a key is rotated.
pub static ROTATION: Form = Form {
    schema: "CertificateRotationRequest",
    fields: &[
        Field::duration(OVERLAP, "How long the new key is published before it signs", "hours=24")
            .help("Apps keep key sets for a while. seconds=0 lets it sign at once."),
        Field::flag(COMPROMISED, "Somebody else may have the key", false)
            .help("A new key signs at once, and whatever the former ones have signed is not believed any more. \
                   The key of a pair that comes from files is withdrawn until they hold another."),
    ],
};

/// Rotates the key of a pair and answers the pair.
///
/// # Errors
///
/// [`Refusal`].
pub async fn rotate(
    engine: &Engine,
    ctx: &Context,
    key: &str,
    body: &Value,
) -> Result<Value, Refusal> {
    let kind = crate::resource::registered(PAIR);
    let snapshot = engine.snapshot();
    let world = World::of(&snapshot);
    let mut tx = engine.store.read().await?;
    let row = reach(&mut tx, ctx, Verb::Change, kind, key, &world).await?;
    drop(tx);
    let given = ROTATION.read(body, &world)?;
    let wanted = Wanted {
        overlap_ms: overlap_ms(given.text(OVERLAP))?,
        compromised: given.flag(COMPROMISED),
    };
    let object = object_of(&row)?;
    let pair = wanted.rotatable(&object)?;
    // Before the transaction, for it takes time; a next key that waits already goes on to.
    let new = if is_of_files(&object) || pair.next.is_some() && !wanted.compromised {
        None
    } else {
        Some(new_pair(&row.name(), &pair, ctx.now).await?)
    };
    let mut writing = Writing::begin(engine, ctx).await?;
    let row = writing.reach(Verb::Change, kind, key).await?;
    let object = object_of(&row)?;
    let pair = wanted.rotatable(&object)?;
    if is_of_files(&object) {
        withdraw(&mut writing, &object, &pair).await?;
    } else {
        wanted.write(&mut writing, &object, new).await?;
    }
    writing.finish().await?;
    retrieve(engine, ctx, kind, key, &Params::default()).await
}

/// What a rotation is to do.
struct Wanted {
    overlap_ms: i64,
    compromised: bool,
}

impl Wanted {
    fn rotatable(&self, object: &Object) -> Result<Pair, Refusal> {
        if is_of_files(object) && !self.compromised {
            let why = "This pair comes from files: put the new key there. If somebody else may have this \
                       one, say so (compromised): it is withdrawn until there is another.";
            return Err(Errors::one(WHOLE, why).into());
        }
        let why = "This pair has no private key that signs tokens.";
        Pair::read(object).ok_or_else(|| Errors::one(WHOLE, why).into())
    }

    async fn write(
        &self,
        writing: &mut Writing<'_>,
        object: &Object,
        new: Option<certificate::Pair>,
    ) -> Result<(), Refusal> {
        let mut config = object.config.clone();
        let waits = config.get("next_key_data").is_some_and(Value::is_string);
        if let Some(new) = new.filter(|_| self.compromised || !waits) {
            let sealed = seal(writing.engine, &new.private_key);
            config.insert("next_certificate_data".into(), json!(new.certificate));
            config.insert("next_key_data".into(), json!(sealed));
        }
        if self.compromised {
            writing.compromised = Some(object.id.clone());
        }
        if self.compromised || self.overlap_ms == 0 {
            return turn(writing, object, config, self.compromised).await;
        }
        let at = writing.ctx.now.saturating_add(self.overlap_ms);
        config.insert("next_active_at".into(), json!(at));
        let said = format!("A new key is published, and signs from {} on.", rfc3339(at));
        save(writing, object, config, &said).await
    }
}

/// Lets the next key sign.
async fn turn(
    writing: &mut Writing<'_>,
    object: &Object,
    mut config: Map<String, Value>,
    compromised: bool,
) -> Result<(), Refusal> {
    for (to, from) in [
        ("certificate_data", "next_certificate_data"),
        ("key_data", "next_key_data"),
    ] {
        let next = config.insert(from.into(), Value::Null);
        let next = next.filter(Value::is_string);
        // Two rotations at once: the other one has turned it.
        let Some(next) = next else { return Ok(()) };
        config.insert(to.into(), next);
    }
    config.insert("next_active_at".into(), Value::Null);
    let said = if compromised {
        "Another key signs, and the former ones are not believed any more."
    } else {
        "Another key signs; the former one stays published until what it has signed has ended."
    };
    save(writing, object, config, said).await
}

async fn save(
    writing: &mut Writing<'_>,
    object: &Object,
    config: Map<String, Value>,
    said: &str,
) -> Result<(), Refusal> {
    let kind = crate::resource::registered(PAIR);
    writing.save_object(kind, object, config).await?;
    let name = object.config.get("name").cloned().unwrap_or_default();
    let model = json!({
        "app": kind.app_label(), "model_name": kind.model_name(), "pk": object.id, "name": name,
    });
    let context = json!({ "message": said, "model": model });
    let (engine, ctx, app) = (writing.engine, writing.ctx, kind.event_app());
    let action = Action::SecretRotate;
    Ok(event::record(engine, &mut writing.tx, ctx, action, &app, context).await?)
}

fn seal(engine: &Engine, private_key: &str) -> String {
    // As what it will be: it is moved, not sealed again.
    let about = format!("{PAIR}.key_data");
    let keys = &engine.keys;
    keys.seal(Purpose::AtRest, about.as_bytes(), private_key.as_bytes())
}

fn object_of(row: &Row) -> Result<Object, Refusal> {
    match row {
        Row::Object(object) => Ok(Object::clone(object)),
        _ => Err(Fault::Broken("a pair is no object".to_owned()).into()),
    }
}

fn overlap_ms(text: &str) -> Result<i64, Refusal> {
    let span = duration::parse(text).map(|span| span.as_seconds());
    let seconds = span.ok().filter(|s| (0..=OVERLAP_MAX_S).contains(s));
    let seconds = seconds.ok_or_else(|| Errors::one(OVERLAP, "Enter at most 90 days."))?;
    Ok(seconds * 1000)
}

fn is_of_files(object: &Object) -> bool {
    let managed = object.config.get("managed").and_then(Value::as_str);
    managed.is_some_and(|managed| managed.starts_with(DISCOVERED))
}

/// Lets the key of a pair of files sign nothing any more, by its name: another key in the files is
/// another name.
async fn withdraw(writing: &mut Writing<'_>, object: &Object, pair: &Pair) -> Result<(), Refusal> {
    let mut config = object.config.clone();
    let name = object.config.get("name").and_then(Value::as_str);
    let (name, kid) = (name.unwrap_or_default(), pair.active.kid());
    let before = config.get(WITHDRAWN).and_then(Value::as_str);
    let all = format!("{} {kid}", before.unwrap_or_default());
    config.insert(WITHDRAWN.into(), json!(all.trim_start()));
    writing.compromised = Some(object.id.clone());
    tracing::warn!(
        pair = name,
        kid,
        "a key that comes from files is withdrawn: put another key there"
    );
    let said = "The key is withdrawn: nothing is signed with it, and what it has signed is not believed, \
                until the pair's files hold another key. Meanwhile the installation's own key signs.";
    save(writing, object, config, said).await
}

/// Begins `managed` of pairs that were found in files.
pub(crate) const DISCOVERED: &str = "goauthentik.io/crypto/discovered/";

async fn new_pair(name: &str, pair: &Pair, now: i64) -> Result<certificate::Pair, Refusal> {
    let common_name: String = name.chars().take(COMMON_NAME_CHARS_MAX).collect();
    let new = NewCertificate {
        common_name: &common_name,
        names: Vec::new(),
        now,
        validity_days: VALID_DAYS,
        key: new_key(pair.active.algorithm()),
    };
    let made = made(new).await?;
    Ok(made.map_err(|error| Fault::Broken(error.to_string()))?)
}

fn is_due(object: &Object, now: i64) -> bool {
    let at = object.config.get("next_active_at").and_then(Value::as_i64);
    at.is_some_and(|at| at <= now)
}

impl Engine {
    /// Lets every next key sign whose time has come.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn turn_keys(&self, now: i64) -> Result<(), StoreError> {
        let snapshot = self.snapshot();
        if !snapshot.objects(PAIR).iter().any(|one| is_due(one, now)) {
            return Ok(());
        }
        let ctx = Context::system(now);
        let mut writing = Writing::begin(self, &ctx).await?;
        let all = writing.world.objects(PAIR).iter();
        let due: Vec<_> = all.filter(|one| is_due(one, now)).cloned().collect();
        for pair in due {
            let config = pair.config.clone();
            match turn(&mut writing, &pair, config, false).await {
                Err(Refusal::Fault(Fault::Store(error))) => return Err(error),
                Err(refusal) => tracing::error!(?refusal, "a key does not turn"),
                Ok(()) => {}
            }
        }
        writing.commit().await
    }
}
