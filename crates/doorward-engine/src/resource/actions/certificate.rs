//! Certificates: making a self-signed pair, showing the certificate, and the private key to whoever
//! may see it.

use doorward_protocol::certificate::{
    NAMES_MAX, NewCertificate, NewKey, Pair, Unmakeable, VALIDITY_MAX_DAYS, make,
};
use doorward_protocol::seal::Purpose;
use serde_json::{Value, json};

use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::event::Action;
use crate::resource::field::{Field, FieldType};
use crate::resource::form::{Form, Given};
use crate::resource::list::{Params, retrieve};
use crate::resource::permit::{Verb, superuser};
use crate::resource::refusal::Refusal;
use crate::resource::tables::Row;
use crate::resource::validate::Errors;
use crate::resource::world::World;
use crate::resource::write::Writing;

const MODEL: &str = "authentik_crypto.certificatekeypair";
const NAMES: &str = "subject_alt_name";
const DAYS: &str = "validity_days";

/// What a pair is made of.
pub static GENERATION: Form = Form {
    schema: "CertificateGenerationRequest",
    fields: &[
        Field::new(
            "common_name",
            "Name",
            FieldType::Text {
                max: 64,
                blank: false,
            },
        )
        .required(),
        Field::text(NAMES, "Host names and addresses").help("Separated by commas."),
        Field::new(
            DAYS,
            "Days it is good for",
            FieldType::Integer {
                min: 1,
                max: VALIDITY_MAX_DAYS as i64,
            },
        )
        .required(),
        Field::choice(
            "alg",
            "Kind of key",
            &["rsa", "ecdsa", "ed25519", "ed448"],
            "AlgEnum",
            "rsa",
        ),
    ],
};

/// Makes a self-signed pair and answers it.
///
/// # Errors
///
/// [`Refusal`].
pub async fn generate(engine: &Engine, ctx: &Context, body: &Value) -> Result<Value, Refusal> {
    superuser(&ctx.actor)?;
    let given = GENERATION.read(body, &World::of(&engine.snapshot()))?;
    let pair = pair(&given, ctx.now).await?;
    let kind = crate::resource::registered(MODEL);
    let body = json!({
        "name": given.text("common_name"),
        "certificate_data": pair.certificate,
        "key_data": pair.private_key,
    });
    let mut writing = Writing::begin(engine, ctx).await?;
    let key = writing.insert(kind, &body, None).await.map_err(renamed)?;
    writing.finish().await?;
    retrieve(engine, ctx, kind, &key, &Params::default()).await
}

/// The pair's name is the common name: what is wrong with it stands under the field that was sent.
fn renamed(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Invalid(errors) => errors.moved("name", "common_name").into(),
        other => other,
    }
}

/// An RSA key takes seconds of a core: one at a time, however many are asked for.
static MAKING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// It is made where nobody waits, and before the transaction begins.
async fn pair(given: &Given, now: i64) -> Result<Pair, Refusal> {
    let key = new_key(given.text("alg"))?;
    let names = names(given.text(NAMES));
    let validity_days = u32::try_from(given.integer(DAYS)).unwrap_or(0);
    let new = NewCertificate {
        common_name: given.text("common_name"),
        names,
        now,
        validity_days,
        key,
    };
    Ok(made(new).await?.map_err(wrong)?)
}

/// Makes a pair when its turn comes.
pub(super) async fn made(new: NewCertificate<'_>) -> Result<Result<Pair, Unmakeable>, Fault> {
    let common_name = new.common_name.to_owned();
    let NewCertificate {
        names,
        now,
        validity_days,
        key,
        ..
    } = new;
    let turn = MAKING.lock().await;
    let made = tokio::task::spawn_blocking(move || {
        // Kept by the work itself: whoever asked may be gone before it ends.
        let _turn = turn;
        make(&NewCertificate {
            common_name: &common_name,
            names,
            now,
            validity_days,
            key,
        })
    });
    made.await.map_err(|error| Fault::Broken(error.to_string()))
}

fn new_key(word: &str) -> Result<NewKey, Errors> {
    match word {
        "rsa" => Ok(NewKey::Rsa),
        "ecdsa" => Ok(NewKey::Ecdsa),
        "ed25519" => Ok(NewKey::Ed25519),
        _ => Err(Errors::one("alg", "Keys of this kind cannot be made here.")),
    }
}

fn names(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

fn wrong(error: Unmakeable) -> Errors {
    match error {
        Unmakeable::Name => Errors::one(
            NAMES,
            format!("Enter host names or addresses, at most {NAMES_MAX}."),
        ),
        Unmakeable::Validity => Errors::one(DAYS, "Enter a number of days that ends."),
        Unmakeable::Key => Errors::one("alg", "The certificate cannot be made."),
    }
}

/// Which half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The public one.
    Certificate,
    /// The private one.
    PrivateKey,
}

impl Part {
    fn field(self) -> &'static str {
        match self {
            Self::Certificate => "certificate_data",
            Self::PrivateKey => "key_data",
        }
    }

    fn verb(self) -> Verb {
        match self {
            Self::Certificate => Verb::View,
            Self::PrivateKey => Verb::Reveal,
        }
    }
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
    let row = writing.reach(part.verb(), kind, key).await?;
    let Row::Object(object) = &row else {
        return Err(Refusal::NotFound {
            model: kind.verbose,
        });
    };
    let stored = object.config.get(part.field()).and_then(Value::as_str);
    let data = match (stored, part) {
        (Some(sealed), Part::PrivateKey) => open(engine, sealed)?,
        (stored, _) => stored.unwrap_or_default().to_owned(),
    };
    writing
        .record(kind, Action::SecretView, &object.id, &row.name())
        .await?;
    writing.finish().await?;
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
