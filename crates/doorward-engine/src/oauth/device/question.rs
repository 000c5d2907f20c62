//! What a person is shown before they let a device in.

use std::net::IpAddr;
use std::sync::Arc;

use doorward_protocol::oauth::Scopes;
use doorward_protocol::seal::Purpose;
use doorward_store::attempt::Limit;
use doorward_store::device_code::{self, DeviceCodeRow};
use serde::{Deserialize, Serialize};

use super::{DeviceFacts, shown, typed};
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::oauth::client::Client;
use crate::outpost::sealed;
use crate::person::Person;
use crate::session::LiveSession;
use crate::snapshot::Snapshot;
use crate::throttle;

/// Somebody may type so many codes, and one network somewhat more.
const TYPED: Limit = Limit {
    free: 10,
    pause_ms: 60_000,
    window_ms: 3_600_000,
};

/// What became of a code that somebody typed.
pub enum DeviceLooked {
    /// No device waits with it.
    Unknown,
    /// Too many were typed.
    TooMany {
        /// When the next may be, Unix milliseconds.
        until: i64,
    },
    /// This one waits.
    Waiting(Box<DeviceQuestion>),
}

/// A device that waits, as its page shows it.
pub struct DeviceQuestion {
    /// Whose it is.
    pub client: Arc<Client>,
    /// What it may know.
    pub permissions: Vec<String>,
    /// From where it asks.
    pub address: Option<IpAddr>,
    /// The code, as the device shows it.
    pub user_code: String,
    /// What the answer brings along: that this very person was shown this very device.
    pub held: String,
}

/// A device that one person was shown in one session; sealed, so that there is no answer without.
#[derive(Serialize, Deserialize)]
pub(crate) struct Held {
    pub(super) code: String,
    pub(super) provider: i64,
    pub(super) scopes: String,
    pub(super) user: i64,
    pub(super) session: String,
    pub(super) expires_at: i64,
    /// Whether they have said yes; only the application's flow is left.
    pub(super) is_agreed: bool,
}

impl Held {
    /// What was sealed, if it is not late.
    pub(crate) fn open(engine: &Engine, text: &str, now: i64) -> Option<Self> {
        let opened: Option<Self> =
            sealed::open(&engine.keys, Purpose::OauthRequest, "device", text);
        opened.filter(|held| held.expires_at > now)
    }

    pub(super) fn seal(&self, engine: &Engine) -> String {
        sealed::seal(&engine.keys, Purpose::OauthRequest, "device", self)
    }

    /// Whose device it is.
    pub(crate) fn client<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a Arc<Client>> {
        snapshot.oauth.of_provider(self.provider)
    }

    /// What it asks for, as far as its client still has it.
    pub(crate) fn scopes(&self) -> Scopes {
        Scopes::parse(&self.scopes).unwrap_or_default()
    }
}

impl Engine {
    /// The device that waits with the code that somebody typed.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn oauth_device_question(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        (person, session): (&Person, &LiveSession),
        text: &str,
    ) -> Result<DeviceLooked, Fault> {
        let Some(code) = typed(text) else {
            return Ok(DeviceLooked::Unknown);
        };
        let mut tx = self.store.begin().await?;
        for name in [
            format!("user codes of {}", person.id),
            format!("user codes from {}", throttle::network(ctx.client_ip)),
        ] {
            if let Some(until) = throttle::count(self, &mut tx, &name, TYPED, ctx.now).await? {
                return Ok(DeviceLooked::TooMany { until });
            }
        }
        let hash = self.user_code_hash(&code);
        let row = device_code::find_open(&mut tx, &hash, ctx.now).await?;
        self.commit(tx).await?;
        let found = row.and_then(|row| {
            let client = Arc::clone(snapshot.oauth.of_provider(row.provider_id)?);
            Some((row, client))
        });
        Ok(match found {
            Some((row, client)) => {
                let question = self.device_question(row, client, person, session, &code);
                DeviceLooked::Waiting(Box::new(question))
            }
            None => DeviceLooked::Unknown,
        })
    }

    fn device_question(
        &self,
        row: DeviceCodeRow,
        client: Arc<Client>,
        person: &Person,
        session: &LiveSession,
        code: &str,
    ) -> DeviceQuestion {
        let facts: DeviceFacts = serde_json::from_str(&row.facts).unwrap_or_default();
        let held = Held {
            code: row.hash,
            provider: row.provider_id,
            scopes: row.scopes,
            user: person.id,
            session: session.id.to_string(),
            expires_at: row.expires_at,
            is_agreed: false,
        };
        let permissions = client.permissions(&held.scopes());
        let names = permissions.into_iter().map(|(_, name)| name.to_owned());
        DeviceQuestion {
            permissions: names.collect(),
            address: facts.address,
            user_code: shown(code),
            held: held.seal(self),
            client,
        }
    }
}
