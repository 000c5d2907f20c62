//! Certificates: showing the certificate, and the private key to whoever may see it.

use doorward_protocol::seal::Purpose;
use serde_json::{Value, json};

use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::event::Action;
use crate::resource::list::reach;
use crate::resource::permit::Verb;
use crate::resource::refusal::Refusal;
use crate::resource::tables::Row;
use crate::resource::write::Writing;

const MODEL: &str = "authentik_crypto.certificatekeypair";

/// Which half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The public one.
    Certificate,
    /// The private one.
    PrivateKey,
}

/// Shows one half as `{data}` and leaves an event. Asked for by permission like everything else
/// (CVE-2024-42490).
///
/// # Errors
///
/// [`Refusal`].
pub async fn view(engine: &Engine, ctx: &Context, key: &str, part: Part) -> Result<Value, Refusal> {
    let kind = crate::resource::registered(MODEL);
    let mut writing = Writing::begin(engine, ctx).await?;
    let verb = if part == Part::PrivateKey {
        Verb::Reveal
    } else {
        Verb::View
    };
    let row = reach(&mut writing.tx, ctx, verb, kind, key, &writing.world).await?;
    let Row::Object(object) = &row else {
        return Err(Refusal::NotFound {
            model: kind.verbose,
        });
    };
    let field = if part == Part::PrivateKey {
        "key_data"
    } else {
        "certificate_data"
    };
    let stored = object
        .config
        .get(field)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let data = if part == Part::PrivateKey && !stored.is_empty() {
        open(engine, &stored)?
    } else {
        stored
    };
    writing
        .record(kind, Action::SecretView, &object.id, &row.name())
        .await?;
    writing.commit().await?;
    Ok(json!({ "data": data }))
}

fn open(engine: &Engine, sealed: &str) -> Result<String, Refusal> {
    let context = format!("{MODEL}.key_data");
    let bytes = engine
        .keys
        .open(Purpose::AtRest, context.as_bytes(), sealed);
    let text = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| Fault::Broken("a private key cannot be unsealed".to_owned()).into())
}
