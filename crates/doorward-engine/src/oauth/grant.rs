//! A grant: whose, to which client, with what; everything issued for it hangs on it.
//!
//! Rule: a code or token is stored by its hash, and lives no longer than its grant.

use std::sync::Arc;

use doorward_protocol::encoding;
use doorward_protocol::oauth::{Challenge, ClaimsRequest, Scopes};
use doorward_store::event::EventRow;
use doorward_store::grant::{self, GrantRow, GrantTokenRow, Redemption, TokenKind};
use doorward_store::{StoreError, Tx};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::client::Client;
use super::provider::EndWithSession;
use super::span_ms;
use super::subject;
use crate::person::Person;
use crate::session::hash_text;

/// What was known when it began.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Facts {
    /// When somebody signed in, Unix seconds.
    pub(super) auth_time: i64,
    /// How (RFC 8176).
    pub(super) amr: Vec<String>,
    /// The client's own word; every ID token repeats it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) nonce: Option<String>,
    /// What the tokens are for (RFC 8707); nothing: the client itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) resources: Vec<String>,
    /// Who acts for the person, and for whom they act in turn (RFC 8693 §4.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) act: Option<Value>,
    /// So many tokens were brought for one another before this grant began.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) links: u8,
    /// What was asked for by name (OpenID Connect Core §5.5).
    #[serde(skip_serializing_if = "ClaimsRequest::is_empty")]
    pub(super) claims: ClaimsRequest,
}

/// So many grants may begin one with the token of another: the store takes a chain away in one
/// statement, and `SQLite` follows its references to a depth of a thousand.
const LINKS_MAX: u8 = 8;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_zero(links: &u8) -> bool {
    *links == 0
}

impl Facts {
    /// The links of a grant that begins with a token of this one; `None`: there are too many.
    pub(super) fn next_links(&self) -> Option<u8> {
        let next = self.links.saturating_add(1);
        (next <= LINKS_MAX).then_some(next)
    }
}

/// What a code may be exchanged with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct CodeData {
    /// The address it was sent to.
    pub(super) redirect_uri: String,
    /// What the verifier must fit.
    pub(super) challenge: Option<Challenge>,
    /// The thumbprint of the key that it is bound to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) jkt: Option<String>,
}

/// A grant with its facts and person.
#[derive(Clone)]
pub(super) struct Granted {
    pub(super) row: GrantRow,
    pub(super) facts: Facts,
    pub(super) person: Arc<Person>,
}

/// A grant that is not stored yet.
pub(super) struct NewGrant {
    pub(super) row: GrantRow,
    facts: Facts,
    /// What the app knows its person by, if it could be somebody else's.
    word: Option<String>,
}

impl NewGrant {
    /// What somebody grants. It ends with the session that they are in, if the provider says so.
    pub(super) fn new(
        client: &Client,
        person: &Person,
        session: Option<&str>,
        scopes: &Scopes,
        facts: Facts,
        now: i64,
    ) -> Self {
        let ends_with_session = match client.provider.tokens_end_with_session {
            EndWithSession::Always => true,
            EndWithSession::Online => !scopes.contains("offline_access"),
            EndWithSession::Never => false,
        };
        // Whatever is issued for it lets it live as long.
        let lives_ms = client.code_ms();
        let text = serde_json::to_string(&facts).expect("texts and numbers serialize");
        Self {
            row: GrantRow {
                // In the order of time, so that many in one commit stand on few pages.
                id: uuid::Uuid::now_v7().to_string(),
                provider_id: client.provider.pk,
                user_id: person.id,
                session_id: session.map(str::to_owned),
                ends_with_session: ends_with_session && session.is_some(),
                scopes: scopes.to_string(),
                facts: text,
                created_at: now,
                expires_at: now.saturating_add(lives_ms),
            },
            facts,
            word: subject::word(client, person),
        }
    }

    pub(super) fn scopes(&self) -> Scopes {
        Scopes::parse(&self.row.scopes).unwrap_or_default()
    }

    /// It ends with the session that another grant ends with, if that ends with one.
    pub(super) fn end_with_session_of(&mut self, other: &GrantRow) {
        if other.ends_with_session {
            self.row.session_id.clone_from(&other.session_id);
            self.row.ends_with_session = true;
        }
    }

    /// The same with its person, for what is minted at once.
    pub(super) fn about(&self, person: &Arc<Person>) -> Granted {
        Granted {
            row: self.row.clone(),
            facts: self.facts.clone(),
            person: Arc::clone(person),
        }
    }

    pub(super) async fn insert(&self, tx: &mut Tx) -> Result<(), StoreError> {
        self.hold_word(tx).await?;
        grant::insert(tx, &self.row).await
    }

    /// The same together with the token that it begins with, and the event that tells of it.
    pub(super) async fn issue(
        &self,
        tx: &mut Tx,
        token: &GrantTokenRow,
        event: &EventRow,
    ) -> Result<(), StoreError> {
        self.hold_word(tx).await?;
        grant::issue::issue(tx, &self.row, token, event).await
    }

    async fn hold_word(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let Some(word) = &self.word else {
            return Ok(());
        };
        let row = &self.row;
        let (provider, user) = (row.provider_id, row.user_id);
        doorward_store::subject::hold(tx, provider, word, user, row.created_at).await
    }

    pub(super) async fn insert_code(
        &self,
        tx: &mut Tx,
        client: &Client,
        code: &str,
        data: &CodeData,
    ) -> Result<(), StoreError> {
        let data = serde_json::to_string(data).expect("texts serialize");
        let (row, kind) = (&self.row, TokenKind::Code);
        let lives = (row.created_at, client.code_ms());
        let code = token_row(row, kind, code, &row.scopes, data, lives);
        insert(tx, row, &code).await
    }
}

impl Granted {
    /// Reads the facts of a row.
    pub(super) fn new(row: GrantRow, person: Arc<Person>) -> Self {
        Self {
            facts: serde_json::from_str(&row.facts).unwrap_or_default(),
            row,
            person,
        }
    }

    pub(super) fn scopes(&self) -> Scopes {
        Scopes::parse(&self.row.scopes).unwrap_or_default()
    }

    /// What uses a code or token of this client that was issued for it.
    pub(super) fn redemption<'a>(
        &'a self,
        client: &Client,
        hash: &'a str,
        kind: TokenKind,
    ) -> Redemption<'a> {
        Redemption {
            grant_id: &self.row.id,
            hash,
            kind,
            provider_id: client.provider.pk,
            until: self.row.expires_at,
        }
    }

    /// What the client may call this session by; two clients cannot compare notes by it.
    pub(super) fn sid(&self) -> Option<String> {
        let session = self.row.session_id.as_deref()?;
        Some(sid(session, self.row.provider_id))
    }
}

/// A session as a client knows it.
pub(super) fn sid(session: &str, provider: i64) -> String {
    encoding::hex(encoding::sha256(format!("{session} {provider}").as_bytes()))
}

/// A row for a code or token, from now on for so long.
pub(super) fn token_row(
    grant: &GrantRow,
    kind: TokenKind,
    value: &str,
    scopes: &str,
    data: String,
    (now, lives_ms): (i64, i64),
) -> GrantTokenRow {
    GrantTokenRow {
        id: 0,
        grant_id: grant.id.clone(),
        provider_id: grant.provider_id,
        user_id: grant.user_id,
        kind: kind.word().to_owned(),
        hash: hash_text(value),
        scopes: scopes.to_owned(),
        data,
        created_at: now,
        expires_at: now.saturating_add(lives_ms),
        used_at: None,
    }
}

/// Stores a code or token, and lets its grant live at least as long.
pub(super) async fn insert(
    tx: &mut Tx,
    grant: &GrantRow,
    row: &GrantTokenRow,
) -> Result<(), StoreError> {
    grant::insert_token(tx, row).await?;
    // The grant's row may live longer than what we know of it, never shorter.
    if row.expires_at <= grant.expires_at {
        return Ok(());
    }
    grant::prolong(tx, &row.grant_id, row.expires_at).await
}

impl Client {
    /// How long a code lives, milliseconds.
    pub(super) fn code_ms(&self) -> i64 {
        span_ms(&self.provider.access_code_validity, 60)
    }

    /// How long a device waits for somebody to let it in, milliseconds.
    pub(super) fn device_code_ms(&self) -> i64 {
        span_ms(&self.provider.device_code_validity, 600)
    }

    /// How long an access token lives, milliseconds.
    pub(super) fn access_ms(&self) -> i64 {
        self.provider.access_ms()
    }

    /// How long a refresh token lives, milliseconds.
    pub(super) fn refresh_ms(&self) -> i64 {
        span_ms(&self.provider.refresh_token_validity, 30 * 86_400)
    }

    /// A refresh token with more left than this is kept, milliseconds; zero: none is.
    pub(super) fn threshold_ms(&self) -> i64 {
        let span = doorward_protocol::duration::parse(&self.provider.refresh_token_threshold);
        span.map_or(0, |span| span.as_millis())
    }
}
