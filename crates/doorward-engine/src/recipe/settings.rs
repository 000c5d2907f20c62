//! An app's own settings with real values where the recipe has braces.
//!
//! Rule: only names that are known are filled; any other brace is the app's own.

use super::{Address, Block, Expression, Format, OpenId};

/// What stands where the secret belongs until somebody asks to see it.
const SECRET_HIDDEN: &str = "••••••••";

/// What stands in the braces.
#[derive(Clone, Default)]
pub struct Values {
    /// `https://app.home.lan`
    pub origin: String,
    /// The same with its port, whatever it is.
    pub origin_with_port: String,
    /// The host, with the port if it is not the scheme's own.
    pub host: String,
    /// The first address at which the app is answered.
    pub redirect: String,
    /// How it names itself.
    pub client_id: String,
    /// Its secret; empty while it is hidden.
    pub client_secret: String,
    /// What tokens call this server.
    pub issuer: String,
    /// The discovery document.
    pub discovery: String,
    /// The authorization endpoint.
    pub authorize: String,
    /// The token endpoint.
    pub token: String,
    /// The userinfo endpoint.
    pub userinfo: String,
    /// The key set.
    pub jwks: String,
    /// Where people sign out.
    pub logout: String,
}

/// A piece of settings to be copied.
#[derive(Clone, PartialEq, Eq)]
pub struct Filled {
    /// Where it belongs.
    pub title: String,
    /// What it is written in.
    pub format: Format,
    /// The text.
    pub text: String,
}

impl Values {
    /// The values of an app at this address; the others are empty.
    pub fn of(address: &Address) -> Self {
        Self {
            origin: address.origin(),
            origin_with_port: address.origin_with_port(),
            host: address.authority(),
            ..Self::default()
        }
    }

    fn get(&self, name: &str) -> Option<String> {
        Some(match name {
            "origin" => self.origin.clone(),
            "origin_with_port" => self.origin_with_port.clone(),
            "origin_expression" => regex::escape(&self.origin),
            "host" => self.host.clone(),
            "redirect" => self.redirect.clone(),
            "client_id" => self.client_id.clone(),
            "client_secret" if self.client_secret.is_empty() => SECRET_HIDDEN.to_owned(),
            "client_secret" => self.client_secret.clone(),
            "issuer" => self.issuer.clone(),
            "discovery" => self.discovery.clone(),
            "authorize" => self.authorize.clone(),
            "token" => self.token.clone(),
            "userinfo" => self.userinfo.clone(),
            "jwks" => self.jwks.clone(),
            "logout" => self.logout.clone(),
            _ => return None,
        })
    }

    /// A text with its braces filled.
    pub fn fill(&self, text: &str) -> String {
        let (mut filled, mut rest) = (String::with_capacity(text.len()), text);
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let value = after
                .split_once('}')
                .and_then(|(name, after)| Some((self.get(name)?, after)));
            rest = if let Some((value, after)) = value {
                filled.push_str(&value);
                after
            } else {
                filled.push('{');
                after
            };
        }
        filled + rest
    }

    /// Pieces of settings with their braces filled.
    pub fn settings(&self, blocks: &[Block]) -> Vec<Filled> {
        let fill = |block: &Block| Filled {
            title: block.title.clone(),
            format: block.format,
            text: self.fill(&block.text),
        };
        blocks.iter().map(fill).collect()
    }
}

impl OpenId {
    /// Where the app at this address is answered; with `true` for expressions.
    pub fn redirects_at(&self, address: &Address) -> Vec<(String, bool)> {
        let values = Values::of(address);
        let exact = self.redirects.iter().map(|text| (values.fill(text), false));
        let fitting = |one: &Expression| (values.fill(&one.text), true);
        let mut all: Vec<_> = exact.chain(self.expressions.iter().map(fitting)).collect();
        let mut seen = std::collections::HashSet::new();
        all.retain(|one| seen.insert(one.clone()));
        all
    }
}
