//! What userinfo says (OpenID Connect Core §5.3).

use doorward_protocol::oauth::ErrorCode;
use serde_json::{Map, Value, json};

use super::bearer::{Bearer, BearerRefusal};
use super::claims;
use super::mint::OURS;
use crate::broken::{self, Mutant};
use crate::context::Context;
use crate::engine::Engine;
use crate::policy::Question;
use crate::snapshot::Snapshot;

impl Engine {
    /// Who the token's person is, as far as its scopes go, as of now.
    ///
    /// # Errors
    ///
    /// [`BearerRefusal`]; a token without `openid` is for something else.
    pub async fn oauth_userinfo(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        bearer: &Bearer,
    ) -> Result<Map<String, Value>, BearerRefusal> {
        if !bearer.scopes.contains("openid") {
            let why = "The access token was not granted the scope openid.";
            return Err(BearerRefusal::Refused(ErrorCode::InsufficientScope, why));
        }
        let person = &bearer.granted.person;
        let question = Question::new(snapshot, ctx, Some(person));
        let about = claims::About {
            client: &bearer.client,
            scopes: &bearer.scopes,
            person,
            token: &bearer.claims,
        };
        let mut said = self.scope_claims(&question, &about).await;
        said.retain(|name, _| !OURS.contains(&name.as_str()));
        let mut sub = bearer.client.sub(snapshot, person);
        if broken::is(Mutant::UserinfoSubWrong) {
            sub.push('x');
        }
        said.insert("sub".to_owned(), json!(sub));
        Ok(said)
    }
}
