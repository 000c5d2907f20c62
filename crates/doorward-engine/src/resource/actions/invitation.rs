//! Invitations by mail.
//!
//! Rule: everybody gets a letter of their own, so that no address is told to others, and either all
//! letters are queued or none.

use doorward_store::group;
use serde_json::Value;

use crate::context::Context;
use crate::engine::Engine;
use crate::flow::INVITATION;
use crate::mail::{self, Letter, NEVER, Purse, Subject};
use crate::resource::field::{Default, Field, FieldType};
use crate::resource::form::{Form, Given};
use crate::resource::list::reach;
use crate::resource::permit::Verb;
use crate::resource::refusal::Refusal;
use crate::resource::validate::{Errors, WHOLE};
use crate::resource::world::World;
use crate::resource::{registered, value};
use crate::snapshot::{Object, Snapshot};

const fn addresses(key: &'static str, label: &'static str) -> Field {
    Field::new(key, label, FieldType::Json)
}

/// To whom invitations go, and in which template.
pub static FORM: Form = Form {
    schema: "InvitationSendEmailRequest",
    fields: &[
        addresses("email_addresses", "Addresses").required(),
        addresses("cc_addresses", "More addresses"),
        addresses("bcc_addresses", "More addresses"),
        Field::new(
            "template",
            "Template",
            FieldType::Text {
                max: 0,
                blank: false,
            },
        )
        .default(Default::Text("invitation")),
    ],
};

/// So many addresses at once.
const ADDRESSES_MAX: usize = 100;

/// One address of a list.
const ADDRESS: Field = Field::new("email", "Address", FieldType::Email);

/// Mails an invitation's link.
///
/// # Errors
///
/// [`Refusal`]; 400 in words while no mail can be sent, or the invitation leads nowhere.
pub async fn send_email(
    engine: &Engine,
    ctx: &Context,
    key: &str,
    body: &Value,
) -> Result<(), Refusal> {
    let snapshot = engine.snapshot();
    let world = World::of(&snapshot);
    let mut tx = engine.store.read().await?;
    let kind = registered(INVITATION);
    reach(&mut tx, ctx, Verb::Change, kind, key, &world).await?;
    drop(tx);
    let given = FORM.read(body, &world)?;
    let Some(invitation) = snapshot.object(INVITATION, key) else {
        return Err(Refusal::NotFound {
            model: "Invitation",
        });
    };
    let to = read_addresses(&given, &world)?;
    let blank = letter(&snapshot, invitation, &given, ctx.now)?;
    let mut tx = engine.store.begin().await?;
    for to in to {
        let letter = Letter {
            to,
            ..blank.clone()
        };
        let posted = mail::post(engine, &mut tx, &letter, Purse::People, ctx.now).await;
        posted.map_err(refusal)?;
    }
    Ok(engine.commit(tx).await?)
}

/// What everybody gets, to nobody yet.
fn letter(
    snapshot: &Snapshot,
    invitation: &Object,
    given: &Given,
    now: i64,
) -> Result<Letter, Errors> {
    let url = link(snapshot, invitation)?;
    let expires_at = crate::flow::ends_at(invitation).unwrap_or(NEVER);
    if expires_at <= now {
        return Err(Errors::one(WHOLE, "The invitation has ended."));
    }
    Ok(Letter {
        subject: Subject::Invitation,
        to: String::new(),
        name: String::new(),
        username: String::new(),
        url: Some(url),
        code: None,
        stage: None,
        template: Some(template(given.text("template"))),
        written: None,
        expires_at,
    })
}

/// authentik's short name of a template, or its whole one.
fn template(name: &str) -> String {
    let is_whole = name.strip_suffix(".html").is_some();
    if is_whole {
        name.to_owned()
    } else {
        format!("email/{name}.html")
    }
}

fn read_addresses(given: &Given, world: &World) -> Result<Vec<String>, Errors> {
    let mut all = Vec::new();
    for key in ["email_addresses", "cc_addresses", "bcc_addresses"] {
        let list = match given.get(key) {
            None | Some(Value::Null) => continue,
            Some(Value::Array(list)) => list,
            Some(_) => return Err(Errors::one(key, "Expected a list of items.")),
        };
        for one in list {
            let checked = value::check(&ADDRESS, one, world);
            let address = checked.map_err(|messages| Errors::one(key, messages.join(" ")))?;
            let address = address.as_str().filter(|text| !text.is_empty());
            let address = address.ok_or_else(|| Errors::one(key, "Enter an address."))?;
            all.push(address.to_owned());
        }
    }
    mail::bound::in_order(&mut all);
    match all.len() {
        0 => Err(Errors::one("email_addresses", "Enter an address.")),
        1..=ADDRESSES_MAX => Ok(all),
        _ => Err(Errors::one(
            "email_addresses",
            format!("At most {ADDRESSES_MAX} addresses at once."),
        )),
    }
}

/// The groups that nobody is invited into: their members are administrators.
///
/// # Errors
///
/// Only if the database fails.
pub async fn closed_groups(engine: &Engine) -> Result<Vec<String>, Refusal> {
    let mut tx = engine.store.read().await?;
    Ok(group::administering(&mut tx).await?)
}

/// Where the invitation leads.
///
/// # Errors
///
/// In words, when it names no flow or the public address is not known.
pub fn link(snapshot: &Snapshot, invitation: &Object) -> Result<String, Errors> {
    let flow = invitation.config.get("flow").and_then(Value::as_str);
    let flow = flow.and_then(|pk| snapshot.flow(pk));
    let flow =
        flow.ok_or_else(|| Errors::one(WHOLE, "The invitation names no flow to lead to."))?;
    let path = format!("/if/flow/{}/?itoken={}", flow.slug, invitation.id);
    let base = snapshot.public_url();
    let url = base.and_then(|base| base.join(&path).ok());
    url.map(String::from)
        .ok_or_else(|| Errors::one(WHOLE, "The public address is not set."))
}

fn refusal(error: mail::Unsent) -> Refusal {
    match error {
        mail::Unsent::Fault(fault) => fault.into(),
        error => Errors::one(WHOLE, format!("It cannot be mailed: {error}.")).into(),
    }
}
