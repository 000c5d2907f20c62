//! What a policy says, whatever it is bound to: one line for each kind.
//!
//! Rule: a kind that asks the store or the network for more says so in [`Engine::may_do_io`], so
//! that no check ever waits for it.

use std::pin::Pin;

use doorward_store::user;

use super::{Lasting, Policy, Question, Rule, Ruling, declared, event, password};
use crate::engine::Engine;

impl Engine {
    /// What a policy says, whatever it is bound to. Boxed, because policies ask policies.
    ///
    /// # Errors
    ///
    /// Why it cannot say anything.
    pub fn rule_on<'a>(
        &'a self,
        question: &'a Question<'a>,
        policy: &'a Policy,
    ) -> Pin<Box<dyn Future<Output = Result<Ruling, String>> + Send + 'a>> {
        Box::pin(self.ruling(question, policy))
    }

    async fn ruling(&self, question: &Question<'_>, policy: &Policy) -> Result<Ruling, String> {
        match &policy.rule {
            Rule::Expression { expression } => self.evaluate(question, expression).await,
            Rule::Dummy(rule) => Ok(Ruling::plain(rule.result).lasting(Lasting::Always)),
            Rule::Password(rule) => self.password(rule, question).await,
            Rule::PasswordExpiry(rule) => {
                let changed_at = self.password_changed_at(question).await?;
                Ok(password::expiry(rule, changed_at, question.ctx.now))
            }
            Rule::Groups(rule) => Ok(declared::groups(rule, question).lasting(Lasting::Always)),
            Rule::Networks(rule) => declared::networks(rule, question),
            Rule::Hours(rule) => declared::hours(rule, question.ctx.now),
            Rule::EmailDomains(rule) => {
                Ok(declared::email_domains(rule, question).lasting(Lasting::Always))
            }
            Rule::UniquePassword(rule) => self.unique_password(rule, question).await,
            Rule::Reputation(rule) => self.reputation(rule, question).await,
            Rule::GeoIp(rule) => self.geoip(rule, question).await,
            Rule::EventMatcher(rule) => Ok(event::matches(rule, question)),
            Rule::Unreadable(why) => Err(why.clone()),
        }
    }

    /// Whether a policy may ask the store or the network for more than the question holds.
    pub(super) async fn may_do_io(&self, rule: &Rule) -> bool {
        match rule {
            Rule::Expression { expression } => {
                let facts = self.expressions.facts(expression).await;
                // A text that cannot be read fails by itself.
                facts.is_ok_and(|facts| facts.does_io)
            }
            Rule::Reputation(_) | Rule::UniquePassword(_) => true,
            Rule::GeoIp(rule) => rule.looks_back(),
            Rule::Password(rule) => rule.check_have_i_been_pwned,
            _ => false,
        }
    }

    async fn password_changed_at(&self, question: &Question<'_>) -> Result<i64, String> {
        let person = question.person.ok_or("nobody is signed in")?;
        let row = async {
            let mut tx = self.store.read().await?;
            user::find(&mut tx, person.id).await
        };
        let row = row.await.map_err(|error| error.to_string())?;
        row.map(|row| row.password_changed_at)
            .ok_or_else(|| "the account is gone".to_owned())
    }
}
