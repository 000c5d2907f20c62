//! What tokens say, and their signatures.
//!
//! Rules: an ID token and an access token never pass as each other (`typ`, RFC 9068 §2.1); an access
//! token is stored by its hash before anybody has it.

use doorward_protocol::encoding;
use doorward_protocol::jose::{ContentEncryption, PublicKey, Typ, encrypt, sign};
use doorward_protocol::oauth::Scopes;
use doorward_store::grant::{GrantRow, GrantTokenRow, TokenKind};
use doorward_store::{StoreError, Tx};
use serde_json::{Map, Value, json};

use super::bound_key;
use super::claims;
use super::client::Client;
use super::grant::{self, Granted};
use super::proof::confirmation;
use super::provider::SubMode;
use crate::broken::{self, Mutant};
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::person::{Person, merge};
use crate::policy::Question;
use crate::snapshot::Snapshot;

/// How somebody was authenticated is told by `amr`; authentik knows one class.
pub(super) const ACR: &str = "goauthentik.io/providers/oauth2/default";

/// What is to be made.
#[derive(Clone, Copy, Default)]
pub(super) struct Wanted<'a> {
    pub(super) access: bool,
    pub(super) id: bool,
    /// Scope claims stand in the ID token although the provider does not put them there: nothing
    /// else can tell them (OpenID Connect Core §5.4).
    pub(super) claims_in_id: bool,
    /// A code that is answered beside.
    pub(super) code: Option<&'a str>,
    /// The key that the access token is bound to.
    pub(super) jkt: Option<&'a str>,
    /// The key that the ID token is bound to.
    pub(super) id_key: Option<&'a PublicKey>,
    /// How long they live, if not as long as the provider says, milliseconds.
    pub(super) lives_ms: Option<i64>,
}

impl Wanted<'_> {
    /// What the token endpoint answers for these scopes.
    pub(super) fn for_scopes(scopes: &Scopes) -> Self {
        Self {
            access: true,
            id: scopes.contains("openid"),
            ..Self::default()
        }
    }
}

/// An access token.
pub(super) struct Access {
    pub(super) token: String,
    pub(super) expires_in_s: i64,
    claims: String,
    scopes: String,
    now: i64,
    is_bound: bool,
}

impl Access {
    /// How it is shown (`token_type`, RFC 6749 §7.1, RFC 9449 §5).
    pub(super) fn scheme(&self) -> &'static str {
        if self.is_bound { "DPoP" } else { "Bearer" }
    }

    fn lives_ms(&self) -> i64 {
        self.expires_in_s * 1000
    }

    /// What is stored of it.
    pub(super) fn row(&self, grant: &GrantRow) -> GrantTokenRow {
        let (kind, claims) = (TokenKind::Access, self.claims.clone());
        let lives = (self.now, self.lives_ms());
        grant::token_row(grant, kind, &self.token, &self.scopes, claims, lives)
    }
}

/// What was made. No `Debug`.
#[derive(Default)]
pub(super) struct Minted {
    pub(super) access: Option<Access>,
    pub(super) id: Option<String>,
}

impl Minted {
    /// Stores what has to be found again.
    pub(super) async fn insert(&self, tx: &mut Tx, grant: &GrantRow) -> Result<(), StoreError> {
        let Some(access) = &self.access else {
            return Ok(());
        };
        grant::insert(tx, grant, &access.row(grant)).await
    }
}

impl Client {
    /// What it knows somebody by.
    pub(super) fn sub(&self, snapshot: &Snapshot, person: &Person) -> String {
        if let Some(sector) = &self.sector {
            return sector.sub(person);
        }
        let hashed = || crate::person::uid(person.id, &snapshot.install_id);
        // Nobody can choose to be called what somebody else is known by.
        let is_hashed = |upn: &&str| upn.len() == 64 && upn.bytes().all(|b| b.is_ascii_hexdigit());
        let upn = || person.upn.as_deref().filter(|upn| !is_hashed(upn));
        match self.provider.sub_mode {
            SubMode::HashedUserId => hashed(),
            SubMode::UserId => person.id.to_string(),
            SubMode::UserUuid => person.uuid.to_string(),
            SubMode::UserUsername => person.username.to_string(),
            SubMode::UserEmail if person.email.is_empty() => hashed(),
            SubMode::UserEmail => person.email.to_string(),
            SubMode::UserUpn => upn().map_or_else(hashed, str::to_owned),
        }
    }
}

impl Engine {
    /// Makes tokens for a grant with all of its scopes.
    pub(super) async fn mint(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        client: &Client,
        granted: &Granted,
        wanted: Wanted<'_>,
    ) -> Result<Minted, Fault> {
        let scopes = granted.scopes();
        let minting = Minting {
            engine: self,
            snapshot,
            ctx,
            client,
            granted,
            scopes: &scopes,
        };
        minting.make(wanted).await
    }
}

/// One making of tokens.
pub(super) struct Minting<'a> {
    pub(super) engine: &'a Engine,
    pub(super) snapshot: &'a Snapshot,
    pub(super) ctx: &'a Context,
    pub(super) client: &'a Client,
    pub(super) granted: &'a Granted,
    /// Those of this token, which may be fewer than the grant's.
    pub(super) scopes: &'a Scopes,
}

impl Minting<'_> {
    pub(super) async fn make(&self, wanted: Wanted<'_>) -> Result<Minted, Fault> {
        self.make_asking(wanted, &self.question()).await
    }

    /// The same; `question` is what operators' texts are asked with.
    pub(super) async fn make_asking(
        &self,
        wanted: Wanted<'_>,
        question: &Question<'_>,
    ) -> Result<Minted, Fault> {
        if !wanted.access && !wanted.id {
            // A code alone: operators' texts are asked when it is exchanged, and only then.
            return Ok(Minted::default());
        }
        let lives_s = wanted.lives_ms.unwrap_or_else(|| self.client.access_ms()) / 1000;
        let base = self.base(lives_s)?;
        let claims = self.claims(&base, question).await;
        let access = wanted
            .access
            .then(|| self.access(&base, &claims, lives_s, wanted.jkt))
            .transpose()?;
        let wished = if wanted.id {
            self.wished(&base, &claims, question).await
        } else {
            Map::new()
        };
        let id = wanted.id.then(|| {
            let mut id = self.id_claims(&base, &claims, wanted.claims_in_id);
            for (name, value) in wished {
                id.entry(name).or_insert(value);
            }
            // OpenID Connect Core §3.3.2.11: by the algorithm of the signature.
            let algorithm = self.client.keys.signing().algorithm();
            if let Some(access) = &access {
                let of = if broken::is(Mutant::AtHashWrong) {
                    ""
                } else {
                    &access.token
                };
                let half = algorithm.half_hash(of);
                id.insert("at_hash".into(), json!(half));
            }
            if let Some(code) = wanted.code.filter(|_| !broken::is(Mutant::CHashMissing)) {
                id.insert("c_hash".into(), json!(algorithm.half_hash(code)));
            }
            let Some(key) = wanted.id_key else {
                return self.signed(Typ::Jwt, &id);
            };
            id.insert("cnf".into(), bound_key::confirmation(key));
            self.signed(Typ::BoundIdToken, &id)
        });
        let id = id.transpose()?;
        Ok(Minted { access, id })
    }

    fn question(&self) -> Question<'_> {
        Question::new(self.snapshot, self.ctx, Some(&self.granted.person))
    }

    /// What operators' texts say of the person, without the words that are ours to say.
    async fn claims(
        &self,
        base: &Map<String, Value>,
        question: &Question<'_>,
    ) -> Map<String, Value> {
        let about = claims::About {
            client: self.client,
            scopes: self.scopes,
            person: &self.granted.person,
            token: base,
        };
        let mut claims = self.engine.scope_claims(question, &about).await;
        claims.retain(|name, _| !OURS.contains(&name.as_str()));
        claims
    }

    /// What the request asked for in the ID token by name: of what the scopes say, or beyond it.
    async fn wished(
        &self,
        base: &Map<String, Value>,
        told: &Map<String, Value>,
        question: &Question<'_>,
    ) -> Map<String, Value> {
        let wishes = &self.granted.facts.claims.id_token;
        let about = claims::About {
            client: self.client,
            scopes: self.scopes,
            person: &self.granted.person,
            token: base,
        };
        let engine = self.engine;
        let mut found = engine.wished_claims(question, &about, wishes, told).await;
        let asked = told.iter().filter(|(name, _)| wishes.contains_key(*name));
        found.extend(asked.map(|(name, value)| (name.clone(), value.clone())));
        found
    }

    fn base(&self, lives_s: i64) -> Result<Map<String, Value>, Fault> {
        let base = self.snapshot.public_url();
        let at = self.client.addresses(base.as_ref());
        let at = at.ok_or_else(|| Fault::Broken("the public address is not known".to_owned()))?;
        let now_s = self.ctx.now / 1000;
        let facts = &self.granted.facts;
        let mut claims = Map::new();
        claims.insert("iss".into(), json!(at.issuer()));
        claims.insert(
            "sub".into(),
            json!(self.client.sub(self.snapshot, &self.granted.person)),
        );
        claims.insert("aud".into(), json!(self.client.id()));
        claims.insert("exp".into(), json!(now_s + lives_s));
        claims.insert("iat".into(), json!(now_s));
        if facts.auth_time > 0 {
            claims.insert("auth_time".into(), json!(facts.auth_time));
        }
        claims.insert("acr".into(), json!(ACR));
        if !facts.amr.is_empty() {
            claims.insert("amr".into(), json!(facts.amr));
        }
        if let Some(nonce) = facts
            .nonce
            .as_ref()
            .filter(|_| !broken::is(Mutant::NonceDropped))
        {
            claims.insert("nonce".into(), json!(nonce));
        }
        if let Some(sid) = self.granted.sid() {
            claims.insert("sid".into(), json!(sid));
        }
        if broken::is(Mutant::IssuerWrong) {
            claims.insert("iss".into(), json!(at.issuer().trim_end_matches('/')));
        }
        if broken::is(Mutant::AudienceWrong) {
            claims.insert("aud".into(), json!("nobody"));
        }
        Ok(claims)
    }

    /// authentik's layout, with what RFC 9068 §2.2 adds.
    fn access_claims(
        &self,
        base: &Map<String, Value>,
        told: &Map<String, Value>,
    ) -> Map<String, Value> {
        let mut claims = told.clone();
        merge(&mut claims, base.clone());
        match &*self.granted.facts.resources {
            [] => {}
            [one] => drop(claims.insert("aud".into(), json!(one))),
            several => drop(claims.insert("aud".into(), json!(several))),
        }
        if let Some(act) = &self.granted.facts.act {
            claims.insert("act".into(), act.clone());
        }
        let id = encoding::random_token(16);
        claims.insert("azp".into(), json!(self.client.id()));
        claims.insert("client_id".into(), json!(self.client.id()));
        claims.insert("uid".into(), json!(id));
        claims.insert("jti".into(), json!(id));
        claims.insert("scope".into(), json!(self.scopes.to_string()));
        claims
    }

    fn access(
        &self,
        base: &Map<String, Value>,
        told: &Map<String, Value>,
        lives_s: i64,
        jkt: Option<&str>,
    ) -> Result<Access, Fault> {
        let mut claims = self.access_claims(base, told);
        if let Some(jkt) = jkt {
            claims.insert("cnf".into(), confirmation(jkt));
        }
        Ok(Access {
            is_bound: jkt.is_some(),
            token: self.signed(Typ::AccessToken, &claims)?,
            expires_in_s: lives_s,
            claims: Value::Object(claims).to_string(),
            scopes: self.scopes.to_string(),
            now: self.ctx.now,
        })
    }

    fn id_claims(
        &self,
        base: &Map<String, Value>,
        told: &Map<String, Value>,
        always: bool,
    ) -> Map<String, Value> {
        let with_claims = always
            || self.client.provider.include_claims_in_id_token
            || broken::is(Mutant::ClaimsInIdToken);
        let mut claims = if with_claims {
            told.clone()
        } else {
            Map::new()
        };
        merge(&mut claims, base.clone());
        claims
    }

    /// The claims of both tokens, and what userinfo would add to the name: nothing is signed,
    /// and no operator's text sends anything.
    pub(super) async fn preview(&self) -> Result<[Map<String, Value>; 3], Fault> {
        let base = self.base(self.client.access_ms() / 1000)?;
        let told = self.claims(&base, &self.question().trial()).await;
        let mut info = told.clone();
        info.insert("sub".into(), base["sub"].clone());
        let id = self.id_claims(&base, &told, false);
        Ok([id, self.access_claims(&base, &told), info])
    }

    fn signed(&self, typ: Typ, claims: &Map<String, Value>) -> Result<String, Fault> {
        let keys = &self.client.keys;
        let fault = |error: doorward_protocol::jose::JoseError| Fault::Broken(error.to_string());
        let mut token = sign(keys.signing(), typ, claims).map_err(fault)?;
        if broken::is(Mutant::KidMissing) {
            token = broken::without_kid(&token);
        }
        match keys.encryption() {
            Some(to) => encrypt(&token, to, ContentEncryption::A256CbcHs512).map_err(fault),
            None => Ok(token),
        }
    }
}

/// What no operator's text may say in our place.
pub(super) const OURS: [&str; 21] = [
    "iss",
    "aud",
    "exp",
    "iat",
    "nbf",
    "jti",
    "auth_time",
    "acr",
    "amr",
    "nonce",
    "sid",
    "azp",
    "uid",
    "client_id",
    "scope",
    "at_hash",
    "c_hash",
    "cnf",
    "events",
    "s_hash",
    "act",
];
