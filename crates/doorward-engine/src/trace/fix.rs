//! What would mend it: a closed set, each done by the kernel as whoever asks, or told where it is not
//! ours to do.
//!
//! Rule: nothing is done but what a trace has proposed, and the kernel decides whether they may.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::context::Context;
use crate::engine::Engine;
use crate::resource::actions::group::{Membership, change_member};
use crate::resource::actions::oauth2::allow_redirect;
use crate::resource::{self, Mode, Refusal};

/// What would mend it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Fix {
    /// The person becomes a member.
    AddToGroup {
        /// uuid.
        group: String,
        /// Its name.
        group_name: String,
        /// The account's id.
        person: i64,
        /// Its login name.
        username: String,
    },
    /// The account is enabled again.
    ActivateAccount {
        /// The account's id.
        person: i64,
        /// Its login name.
        username: String,
    },
    /// The client may be answered there.
    AllowRedirect {
        /// The provider.
        provider: i64,
        /// The address.
        address: String,
    },
    /// The embedded outpost serves the provider, too.
    ServeProvider {
        /// uuid of the outpost.
        outpost: String,
        /// The provider.
        provider: i64,
        /// Its name.
        name: String,
    },
    /// The provider has this address.
    SetHost {
        /// The provider.
        provider: i64,
        /// Its name.
        name: String,
        /// `https://sonarr.home.lan`
        address: String,
    },
    /// An application is made for the host: told, for the form asks more.
    NewApplication {
        /// `sonarr.home.lan`
        host: String,
    },
    /// The proxy is trusted: told, for that is part of how the program is started.
    TrustProxy {
        /// `172.18.0.3/32`
        network: String,
    },
    /// What to change elsewhere: told.
    Elsewhere {
        /// In words.
        words: String,
    },
}

/// How a fix is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mending {
    /// By a button with these words.
    Button(String),
    /// By a page with these words, at this address.
    Page(String, String),
    /// By somebody elsewhere, as these words say.
    Told(String),
}

impl Fix {
    /// How it is done.
    pub fn mending(&self) -> Mending {
        match self {
            Self::AddToGroup {
                group_name,
                username,
                ..
            } => Mending::Button(format!("Add {username} to the group {group_name}")),
            Self::ActivateAccount { username, .. } => {
                Mending::Button(format!("Enable the account {username}"))
            }
            Self::AllowRedirect { address, .. } => {
                Mending::Button(format!("Allow the address {address}"))
            }
            Self::ServeProvider { name, .. } => {
                Mending::Button(format!("Let the built-in gateway serve {name}"))
            }
            Self::SetHost { name, address, .. } => {
                Mending::Button(format!("Set the address of {name} to {address}"))
            }
            Self::NewApplication { host } => {
                let words = format!("Set up an application at {host}");
                let address =
                    doorward_protocol::forward_auth::component(&format!("https://{host}"))
                        .to_string();
                let to = format!("/if/admin/applications/new/?address={address}");
                Mending::Page(words, to)
            }
            Self::TrustProxy { network } => Mending::Told(format!(
                "If that is your proxy: add {network} to DOORWARD_LISTEN__TRUSTED_PROXY_CIDRS and \
                 restart Doorward. If it is not, something else reaches Doorward directly."
            )),
            Self::Elsewhere { words } => Mending::Told(words.clone()),
        }
    }

    /// What is told of it on a terminal.
    pub fn words(&self) -> String {
        match self.mending() {
            Mending::Button(words) | Mending::Page(words, _) | Mending::Told(words) => words,
        }
    }
}

impl Engine {
    /// Does what a trace proposes, as whoever acts; `false` where that is not ours to do.
    ///
    /// # Errors
    ///
    /// [`Refusal`]: they may not, it cannot be saved, or the database fails.
    pub async fn mend(&self, ctx: &Context, fix: &Fix) -> Result<bool, Refusal> {
        match fix {
            Fix::AddToGroup { group, person, .. } => {
                let body = json!({ "pk": person });
                change_member(self, ctx, group, &body, Membership::Add).await?;
            }
            Fix::ActivateAccount { person, .. } => {
                let body = json!({ "is_active": true });
                self.patch(ctx, resource::USER, &person.to_string(), body)
                    .await?;
            }
            Fix::AllowRedirect { provider, address } => {
                allow_redirect(self, ctx, &provider.to_string(), address).await?;
            }
            Fix::ServeProvider {
                outpost, provider, ..
            } => {
                let snapshot = self.snapshot();
                let known = snapshot.outposts.iter().find(|one| one.pk == *outpost);
                let mut providers = known.map(|one| one.providers.clone()).unwrap_or_default();
                if !providers.contains(provider) {
                    providers.push(*provider);
                }
                let body = json!({ "providers": providers });
                self.patch(ctx, "authentik_outposts.outpost", outpost, body)
                    .await?;
            }
            Fix::SetHost {
                provider, address, ..
            } => {
                let body = json!({ "external_host": address });
                let kind = "authentik_providers_proxy.proxyprovider";
                self.patch(ctx, kind, &provider.to_string(), body).await?;
            }
            Fix::NewApplication { .. } | Fix::TrustProxy { .. } | Fix::Elsewhere { .. } => {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn patch(
        &self,
        ctx: &Context,
        kind: &str,
        key: &str,
        body: serde_json::Value,
    ) -> Result<(), Refusal> {
        let kind = resource::registered(kind);
        let patched = resource::update(self, ctx, kind, key, &body, Mode::Patch);
        patched.await.map(drop)
    }
}
