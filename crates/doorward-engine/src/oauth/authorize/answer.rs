//! What the browser takes to the client.

use doorward_protocol::oauth::{ErrorCode, ResponseMode, delivery_address};
use doorward_protocol::seal::Purpose;
use serde::{Deserialize, Serialize};

use crate::broken::{self, Mutant};
use crate::engine::Engine;
use crate::outpost::sealed;
use crate::session::LiveSession;

/// Where a sealed answer is posted from.
const PAGE: &str = "/application/o/deliver/";
/// A sealed answer is for the browser that just got it, milliseconds.
const DELIVERY_MS: i64 = 60_000;

/// Parameters for an approved address. No `Debug`: it may hold a code.
#[derive(Clone, Serialize, Deserialize)]
pub struct Answer {
    /// The address.
    pub uri: String,
    /// How they travel.
    pub mode: ResponseMode,
    /// They themselves.
    pub parameters: Vec<(String, String)>,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    answer: Answer,
    /// The session that it is for.
    session: String,
    expires_at: i64,
}

impl Answer {
    pub(in crate::oauth) fn refusal(
        (uri, mode): (&str, ResponseMode),
        (issuer, state): (&str, Option<&str>),
        code: ErrorCode,
        why: &str,
    ) -> Self {
        let mut parameters = vec![
            ("error".to_owned(), code.word().to_owned()),
            ("error_description".to_owned(), why.to_owned()),
        ];
        let state = state.filter(|_| !broken::is(Mutant::StateDroppedInRefusals));
        let state = state.map(|state| ("state".to_owned(), state.to_owned()));
        parameters.extend(state);
        parameters.push(("iss".to_owned(), issuer.to_owned()));
        Self {
            uri: uri.to_owned(),
            mode,
            parameters,
        }
    }

    /// The address that takes it there; a form is none.
    pub fn location(&self) -> Option<String> {
        if broken::is(Mutant::QueryForForm) && self.mode == ResponseMode::FormPost {
            let mode = ResponseMode::Query;
            return Self {
                mode,
                ..self.clone()
            }
            .location();
        }
        if self.mode == ResponseMode::FormPost {
            return None;
        }
        let pairs = self.parameters.iter();
        let pairs: Vec<_> = pairs
            .map(|(name, value)| (&**name, value.clone()))
            .collect();
        Some(delivery_address(&self.uri, self.mode, &pairs))
    }

    /// The same for the end of a flow, which can only lead somewhere: a form is on a page of ours.
    pub(super) fn location_or_page(&self, engine: &Engine, session: &str, now: i64) -> String {
        self.location().unwrap_or_else(|| {
            let value = Sealed {
                answer: self.clone(),
                session: session.to_owned(),
                expires_at: now.saturating_add(DELIVERY_MS),
            };
            let sealed = sealed::seal(&engine.keys, Purpose::OauthRequest, "deliver", &value);
            format!("{PAGE}?answer={sealed}")
        })
    }
}

/// The answer that a page of ours is to post; `None` if it is not ours, too old, or of another
/// session: a link to it would sign somebody in as whoever made it.
pub fn answered_by_page(
    engine: &Engine,
    session: Option<&LiveSession>,
    sealed: &str,
    now: i64,
) -> Option<Answer> {
    let opened: Sealed = sealed::open(&engine.keys, Purpose::OauthRequest, "deliver", sealed)?;
    let is_own = session.is_some_and(|session| *session.id == *opened.session);
    (is_own && opened.expires_at > now).then_some(opened.answer)
}
