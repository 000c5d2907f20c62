//! The policies as decisions read them: one enum, a typed struct for each kind.
//!
//! Rule: a kind that is not here, or whose fields cannot be read, is [`Rule::Unreadable`], which
//! fails wherever it is asked.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::snapshot::Object;

/// What a policy says.
#[derive(Clone, Debug)]
pub enum Rule {
    /// An operator's own text.
    Expression {
        /// The text.
        expression: String,
    },
    /// Always the same.
    Dummy(Dummy),
    /// Passwords that are being set.
    Password(Password),
    /// Old passwords.
    PasswordExpiry(PasswordExpiry),
    /// Members of one of these groups.
    Groups(Groups),
    /// Requests from these networks.
    Networks(Networks),
    /// At these hours.
    Hours(Hours),
    /// People with an address at one of these domains.
    EmailDomains(EmailDomains),
    /// Passwords that somebody had before.
    UniquePassword(UniquePassword),
    /// Names and addresses that have failed to sign in.
    Reputation(Reputation),
    /// Places and networks.
    GeoIp(GeoIp),
    /// Events that look so.
    EventMatcher(EventMatcher),
    /// Nothing can be said; why.
    Unreadable(String),
}

/// A policy of the snapshot.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The registry's name of its kind.
    pub kind: String,
    /// uuid.
    pub pk: String,
    /// Unique.
    pub name: String,
    /// Whether each of its answers is written down.
    pub execution_logging: bool,
    /// What it says.
    pub rule: Rule,
}

/// `authentik_policies_dummy.dummypolicy`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Dummy {
    /// The answer.
    pub result: bool,
}

/// `authentik_policies_password.passwordpolicy`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Password {
    /// Name of the prompt's field.
    pub password_field: String,
    /// Whether the counts below are checked.
    pub check_static_rules: bool,
    /// Whether the list of breached passwords is asked.
    pub check_have_i_been_pwned: bool,
    /// Whether the strength is estimated.
    pub check_zxcvbn: bool,
    /// At least so many digits.
    pub amount_digits: usize,
    /// At least so many capital letters.
    pub amount_uppercase: usize,
    /// At least so many small letters.
    pub amount_lowercase: usize,
    /// At least so many of `symbol_charset`.
    pub amount_symbols: usize,
    /// At least so many characters.
    pub length_min: usize,
    /// What counts as a symbol.
    pub symbol_charset: String,
    /// What is said when the counts are not met.
    pub error_message: String,
    /// A password may have been breached so often.
    pub hibp_allowed_count: u64,
    /// The estimate must be above this.
    pub zxcvbn_score_threshold: u8,
}

/// `authentik_policies_expiry.passwordexpirypolicy`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PasswordExpiry {
    /// How old a password may be.
    pub days: i64,
}

/// `authentik_policies_unique_password.uniquepasswordpolicy`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct UniquePassword {
    /// Name of the prompt's field.
    pub password_field: String,
    /// So many passwords count, the present one first.
    pub num_historical_passwords: i64,
}

/// `authentik_policies_reputation.reputationpolicy`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Reputation {
    /// Whether scores of the address count.
    pub check_ip: bool,
    /// Whether scores of the name count.
    pub check_username: bool,
    /// The sum is at most this.
    pub threshold: i64,
}

/// `authentik_policies_geoip.geoippolicy`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct GeoIp {
    /// Numbers of autonomous systems.
    pub asns: Vec<i64>,
    /// ISO 3166-1, two letters.
    pub countries: Vec<String>,
    /// Whether the last sign-ins may not be far away.
    pub check_history_distance: bool,
    /// How far is not far.
    pub history_max_distance_km: f64,
    /// How much more is forgiven.
    pub distance_tolerance_km: f64,
    /// So many sign-ins are looked back at.
    pub history_login_count: i64,
    /// Whether nobody may be faster than an airplane.
    pub check_impossible_travel: bool,
    /// How much more is forgiven.
    pub impossible_tolerance_km: f64,
}

impl GeoIp {
    /// Whether it compares with former sign-ins.
    pub fn looks_back(&self) -> bool {
        self.check_history_distance || self.check_impossible_travel
    }
}

/// `authentik_policies_event_matcher.eventmatcherpolicy`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct EventMatcher {
    /// `login`; `custom_` for every word of an operator's own.
    pub action: Option<String>,
    /// Exactly this address.
    pub client_ip: Option<String>,
    /// `authentik.core`
    pub app: Option<String>,
    /// `authentik_core.user`
    pub model: Option<String>,
}

/// `doorward_policies.groups`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Groups {
    /// uuids.
    pub groups: Vec<String>,
}

/// `doorward_policies.networks`
#[derive(Clone, Debug, Default)]
pub struct Networks {
    /// The networks.
    pub networks: Vec<IpNet>,
    /// Whether requests from there need no login at a reverse proxy.
    pub admits_without_login: bool,
}

/// `doorward_policies.hours`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Hours {
    /// `mon` … `sun`.
    pub days: Vec<String>,
    /// `08:00`
    pub begins: String,
    /// `18:00`; before `begins` means the next day.
    pub ends: String,
    /// `Europe/Zurich`
    pub time_zone: String,
}

/// `doorward_policies.emaildomains`
#[derive(Clone, Debug, Default)]
pub struct EmailDomains {
    /// In small letters.
    pub domains: Vec<String>,
    /// Whether names below them count, too.
    pub subdomains: bool,
}

impl Policy {
    /// Reads an object of the policies' family.
    pub fn read(object: &Object) -> Self {
        let config = Value::Object(object.config.clone());
        let name = config["name"].as_str().unwrap_or_default().to_owned();
        let rule = rule(&object.kind, &config).unwrap_or_else(Rule::Unreadable);
        Self {
            kind: object.kind.clone(),
            pk: object.id.clone(),
            name,
            execution_logging: config["execution_logging"] == true,
            rule,
        }
    }
}

fn rule(kind: &str, config: &Value) -> Result<Rule, String> {
    Ok(match kind {
        "authentik_policies_expression.expressionpolicy" => Rule::Expression {
            expression: config["expression"].as_str().unwrap_or_default().to_owned(),
        },
        "authentik_policies_dummy.dummypolicy" => Rule::Dummy(typed(config)?),
        "authentik_policies_password.passwordpolicy" => Rule::Password(typed(config)?),
        "authentik_policies_expiry.passwordexpirypolicy" => Rule::PasswordExpiry(typed(config)?),
        "authentik_policies_unique_password.uniquepasswordpolicy" => {
            Rule::UniquePassword(typed(config)?)
        }
        "authentik_policies_reputation.reputationpolicy" => Rule::Reputation(typed(config)?),
        "authentik_policies_geoip.geoippolicy" => Rule::GeoIp(typed(config)?),
        "authentik_policies_event_matcher.eventmatcherpolicy" => Rule::EventMatcher(typed(config)?),
        "doorward_policies.groups" => Rule::Groups(typed(config)?),
        "doorward_policies.networks" => Rule::Networks(Networks {
            networks: networks(config["networks"].as_str().unwrap_or_default())?,
            admits_without_login: config["admits_without_login"] == true,
        }),
        "doorward_policies.hours" => Rule::Hours(typed(config)?),
        "doorward_policies.emaildomains" => Rule::EmailDomains(EmailDomains {
            domains: words(config["domains"].as_str().unwrap_or_default()),
            subdomains: config["subdomains"] == true,
        }),
        other => return Err(format!("Doorward does not know the policy kind {other}")),
    })
}

fn typed<T: DeserializeOwned>(config: &Value) -> Result<T, String> {
    T::deserialize(config).map_err(|error| error.to_string())
}

/// Words between spaces, commas and line ends, in small letters.
pub(crate) fn words(text: &str) -> Vec<String> {
    let parts = text.split([' ', ',', '\n', '\r', '\t', ';']);
    let filled = parts.map(str::trim).filter(|word| !word.is_empty());
    filled.map(str::to_lowercase).collect()
}

/// Networks and single addresses.
///
/// # Errors
///
/// The word that is neither.
pub(crate) fn networks(text: &str) -> Result<Vec<IpNet>, String> {
    let network = |word: &String| {
        let net = word.parse::<IpNet>();
        let net = net.or_else(|_| word.parse::<IpAddr>().map(IpNet::from));
        net.map_err(|_| format!("{word:?} is not a network such as 192.168.1.0/24"))
    };
    words(text).iter().map(network).collect()
}
