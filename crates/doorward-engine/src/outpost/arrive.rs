//! The login comes back to the application's host.
//!
//! Rule: a ticket is spent by one conditional write. The app session's token is a mac of ticket and
//! nonce, so that a callback that arrives twice gives the same answer, and one that is stolen gives
//! none: without the cookie of its start it only begins again.

use doorward_protocol::encoding;
use doorward_protocol::host::Host;
use doorward_protocol::seal::Purpose;
use doorward_store::session::{AppSessionRow, find, find_app, insert_app};
use doorward_store::{StoreError, Tx, one_time, user};

use url::Url;

use super::check::patient;
use super::meter::Return;
use super::sealed::{Start, Ticket, nonce_hash, open};
use super::{App, MAX_RESTARTS};
use crate::engine::Engine;
use crate::session::hash_text;

/// What a callback says. No `Debug`: it holds the ticket.
#[derive(Clone, Copy)]
pub struct Callback<'a> {
    /// Names the cookie of the start.
    pub start: &'a str,
    /// The one-time ticket.
    pub ticket: &'a str,
    /// The host that it came to.
    pub host: &'a Host,
    /// How often the login began again by itself.
    pub tries: u8,
    /// Where it says that the person wanted to go, for a start whose cookie is gone.
    pub target: &'a str,
}

/// What a callback ends in. No `Debug`: it holds the token.
pub enum Arrival {
    /// The app session's token, for the cookie, and where to go.
    In {
        /// The token.
        token: String,
        /// Where the person wanted to go.
        target: String,
    },
    /// It begins again there.
    Restart {
        /// The start on the application's host.
        location: String,
    },
    /// It began again too often: the browser keeps no cookies, or clocks disagree.
    Lost,
}

impl Arrival {
    /// For the counter.
    pub fn how(&self) -> Return {
        match self {
            Self::In { .. } => Return::In,
            Self::Restart { .. } => Return::Restart,
            Self::Lost => Return::Lost,
        }
    }
}

impl Engine {
    /// Finishes a login with the values of the cookie that its start has set.
    ///
    /// # Errors
    ///
    /// If the database fails, or does not answer within two seconds.
    pub async fn outpost_arrive(
        &self,
        app: &App,
        callback: Callback<'_>,
        cookies: impl Iterator<Item = &str>,
        now: i64,
    ) -> Result<Arrival, StoreError> {
        patient(self.arrive(app, callback, cookies, now)).await
    }

    async fn arrive(
        &self,
        app: &App,
        callback: Callback<'_>,
        cookies: impl Iterator<Item = &str>,
        now: i64,
    ) -> Result<Arrival, StoreError> {
        let mut target = callback.target.to_owned();
        for value in cookies {
            let start: Option<Start> =
                open(&self.keys, Purpose::OutpostStart, callback.start, value);
            let Some(start) = start.filter(|start| start.provider == app.provider.pk) else {
                continue;
            };
            if start.expires_at > now
                && let Some(token) = self.redeem(app, callback, &start, now).await?
            {
                return Ok(Arrival::In {
                    token,
                    target: start.target,
                });
            }
            target = start.target;
        }
        if callback.tries >= MAX_RESTARTS {
            return Ok(Arrival::Lost);
        }
        Ok(Arrival::Restart {
            location: app.restart(&target, callback.tries + 1),
        })
    }

    /// Spends the ticket for this start and makes the app session, or finds that both were done.
    async fn redeem(
        &self,
        app: &App,
        callback: Callback<'_>,
        start: &Start,
        now: i64,
    ) -> Result<Option<String>, StoreError> {
        let (ticket, host) = (callback.ticket, callback.host);
        let hash = hash_text(ticket);
        let token = self.keys.mac(
            Purpose::AppSession,
            format!("{ticket}.{}", start.nonce).as_bytes(),
        );
        let token = encoding::base64url(token);
        let mut tx = self.store.begin().await?;
        let fresh = one_time::redeem(&mut tx, &hash, one_time::Purpose::Ticket, now).await?;
        let Some(payload) = fresh else {
            let spent =
                one_time::find_spent(&mut tx, &hash, one_time::Purpose::Ticket, now).await?;
            let ours = spent
                .and_then(|payload| fitting(&payload, host, start))
                .is_some();
            let row = find_app(&mut tx, &hash_text(&token), now).await?;
            return Ok(row.filter(|_| ours).map(|_| token));
        };
        // A ticket that fits another start is not spent by this one: the transaction ends unsaved.
        let Some(ticket) = fitting(&payload, host, start) else {
            return Ok(None);
        };
        if !make_session(&mut tx, app, &ticket, &token, now).await? {
            return Ok(None);
        }
        self.commit(tx).await?;
        Ok(Some(token))
    }
}

/// The ticket, if it was made for this start on this host.
fn fitting(payload: &str, host: &Host, start: &Start) -> Option<Ticket> {
    let ticket: Ticket = serde_json::from_str(payload).ok()?;
    let same_nonce = encoding::constant_time_eq(
        ticket.nonce_hash.as_bytes(),
        nonce_hash(&start.nonce).as_bytes(),
    );
    let origin = Url::parse(&ticket.origin).ok()?;
    let same_place = ticket.provider == start.provider && origin.host_str() == Some(&host.name);
    (same_nonce && same_place).then_some(ticket)
}

/// `false` if the central session has ended meanwhile, or its account was disabled (CVE-2025-53942).
async fn make_session(
    tx: &mut Tx,
    app: &App,
    ticket: &Ticket,
    token: &str,
    now: i64,
) -> Result<bool, StoreError> {
    let Some(session) = find(tx, &ticket.session, now).await? else {
        return Ok(false);
    };
    let account = user::find(tx, session.user_id).await?;
    if !account.is_some_and(|account| account.is_active) {
        return Ok(false);
    }
    let row = AppSessionRow {
        token_hash: hash_text(token),
        session_id: ticket.session.clone(),
        provider_id: app.provider.pk,
        created_at: now,
        expires_at: now.saturating_add(app.validity_s * 1000),
        policies: serde_json::to_string(&ticket.policies).expect("texts and flags serialize"),
    };
    insert_app(tx, &row).await?;
    Ok(true)
}
