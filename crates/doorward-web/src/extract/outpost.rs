//! Requests that an outpost makes for somebody at a door of its own (LDAP, RADIUS): theirs is the
//! address that it names. `api-and-model.md` 2.4.
//!
//! Rule: nothing an outpost says counts without the token of an outpost's own account.

use std::net::IpAddr;

use doorward_engine::ClientSource;
use doorward_engine::resource::actions::token;
use doorward_engine::resource::permit::outpost_of;
use http::HeaderMap;

use super::Asked;
use super::asked::header;
use crate::respond::Failure;
use crate::state::AppState;

/// The key of the outpost's token.
const TOKEN: &str = "x-authentik-outpost-token";
/// Whoever stands at its door.
const CLIENT: &str = "x-authentik-remote-ip";

impl Asked {
    /// The same request, from whoever an outpost makes it for, if one does.
    ///
    /// # Errors
    ///
    /// Only if the store does not answer.
    pub(crate) async fn through_outpost(
        mut self,
        state: &AppState,
        headers: &HeaderMap,
    ) -> Result<Self, Failure> {
        let (Some(key), Some(client)) = (header(headers, TOKEN), header(headers, CLIENT)) else {
            return Ok(self);
        };
        let Ok(client) = client.parse::<IpAddr>() else {
            return Ok(self);
        };
        let account = token::bearer(&state.engine, key, self.ctx.now).await?;
        let snapshot = state.engine.snapshot();
        if account.is_some_and(|account| outpost_of(&account, &snapshot).is_some()) {
            self.ctx.client_ip = client.to_canonical();
            self.ctx.client_source = ClientSource::Outpost;
        }
        Ok(self)
    }
}
