//! Brands: what the pages of a host look like, and which flows are its default ones.
//!
//! Owns choosing the brand of a host, its flows, language and theme, and the stylesheet made of its
//! colors ([`palette`], [`css`]). Leaves pictures' addresses to `picture` and HTML to the web. Rule:
//! there is always a look, whatever is stored.

pub mod css;
pub mod palette;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use doorward_protocol::encoding::{base64url, sha256};
use doorward_protocol::host::is_under;
use palette::Theme;
use serde_json::Value;

use crate::model::Brand;
use crate::snapshot::Snapshot;

/// A flow that a brand may name; the contract's word is the designation or `flow_…` of the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowUse {
    /// Signs in.
    Authentication,
    /// Signs out.
    Invalidation,
    /// For lost passwords.
    Recovery,
    /// Deletes the account.
    Unenrollment,
    /// A person's own settings.
    UserSettings,
    /// The code of a device.
    DeviceCode,
}

/// A stylesheet with a brand's colors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// The file's name, which holds the hash of the text.
    pub name: String,
    /// CSS that we wrote.
    pub text: String,
}

impl Brand {
    /// uuid of the flow that it names for this.
    pub fn flow(&self, purpose: FlowUse) -> Option<&str> {
        let flow = match purpose {
            FlowUse::Authentication => &self.flow_authentication,
            FlowUse::Invalidation => &self.flow_invalidation,
            FlowUse::Recovery => &self.flow_recovery,
            FlowUse::Unenrollment => &self.flow_unenrollment,
            FlowUse::UserSettings => &self.flow_user_settings,
            FlowUse::DeviceCode => &self.flow_device_code,
        };
        flow.as_deref()
    }

    /// Its title, or ours.
    pub fn title(&self) -> &str {
        match self.branding_title.as_str() {
            "" => "Doorward",
            title => title,
        }
    }

    /// The theme that its pages have whatever the device prefers.
    pub fn theme(&self) -> Option<Theme> {
        theme_in(self.attributes.get("settings"))
    }

    /// The language of whoever asks for none that we speak; may be empty.
    pub fn locale(&self) -> &str {
        locale_in(self.attributes.get("settings"))
    }

    /// Its colors as a stylesheet; none if they are the built-in ones or do not read.
    pub fn sheet(&self) -> Option<Sheet> {
        let palette = css::read(&self.branding_custom_css).palette;
        let text = palette.stylesheet();
        let is_used = !text.is_empty() && palette.too_faint().is_empty();
        is_used.then(|| Sheet {
            name: format!("brand.{}.css", base64url(&sha256(text.as_bytes())[..9])),
            text,
        })
    }
}

/// The theme that the `settings` among the attributes of a brand or of a person ask for.
pub fn theme_in(settings: Option<&Value>) -> Option<Theme> {
    let base = settings?["theme"]["base"].as_str()?;
    Theme::ALL.into_iter().find(|theme| theme.name() == base)
}

/// The language that they ask for; may be empty.
pub fn locale_in(settings: Option<&Value>) -> &str {
    settings
        .and_then(|settings| settings["locale"].as_str())
        .unwrap_or("")
}

impl FlowUse {
    /// The designation of flows that may serve where no brand names one.
    fn designation(self) -> Option<&'static str> {
        match self {
            Self::Authentication => Some("authentication"),
            Self::Invalidation => Some("invalidation"),
            Self::Recovery | Self::Unenrollment | Self::UserSettings | Self::DeviceCode => None,
        }
    }
}

impl Snapshot {
    /// The brand of a host, with or without its port: the one of the longest domain that the host
    /// is or lies below, else the default one.
    pub fn brand(&self, host: &str) -> Option<&Arc<Brand>> {
        let name = without_port(host);
        let is_of =
            |brand: &&Arc<Brand>| is_under(name, &brand.domain) || is_under(host, &brand.domain);
        let own = self.brands.iter().filter(is_of);
        own.max_by_key(|brand| brand.domain.len())
            .or_else(|| self.brands.iter().find(|brand| brand.default))
    }

    /// Slug of the flow that the host's brand names for this; for signing in and out else the first
    /// of its designation, as authentik chooses.
    pub fn default_flow(&self, host: &str, purpose: FlowUse) -> Option<&str> {
        let named = self.brand(host).and_then(|brand| brand.flow(purpose));
        if let Some(flow) = named.and_then(|pk| self.flow(pk)) {
            return Some(&flow.slug);
        }
        let designation = purpose.designation()?;
        let flows = self.flows.values();
        flows
            .filter(|flow| flow.designation == designation)
            .map(|flow| flow.slug.as_str())
            .min()
    }

    /// Slug of the flow that signs people in for an application: its provider's own, else the one of
    /// the brand of the public address, else the default one.
    pub(crate) fn sign_in_flow(&self, own: Option<&str>) -> &str {
        if let Some(flow) = own.and_then(|pk| self.flow(pk)) {
            return &flow.slug;
        }
        let chosen = self.default_flow(&self.public_host(), FlowUse::Authentication);
        chosen.unwrap_or("default-authentication-flow")
    }

    /// The colors of a brand, if it has its own.
    pub fn sheet(&self, brand: &Brand) -> Option<&Sheet> {
        self.sheets.get(&brand.brand_uuid)
    }

    /// The text of the stylesheet with this name.
    pub fn sheet_named(&self, name: &str) -> Option<&str> {
        let mut sheets = self.sheets.values();
        sheets
            .find(|sheet| sheet.name == name)
            .map(|sheet| sheet.text.as_str())
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}
