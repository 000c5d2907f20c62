//! One field of a kind: its key, what it may hold, and the words people see beside it.
//!
//! Owns the description only. Leaves checking values to `value` and `validate`. Rule: everything
//! that a form, the API, a blueprint or the OpenAPI file says about a field is taken from here.

use doorward_store::resource::OnDelete;

pub use super::family::Family;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FieldType {
    /// Text; `max` characters at most (0: no limit). Trimmed.
    Text {
        /// Most characters; 0 for no limit.
        max: usize,
        /// Whether empty text will do.
        blank: bool,
    },
    /// An expression: read by the interpreter before it is saved, and never trimmed at its beginning.
    Expression,
    /// Letters, digits, `_` and `-`.
    Slug {
        /// Most characters; 0 for no limit.
        max: usize,
    },
    /// A whole number within bounds.
    Integer {
        /// Smallest.
        min: i64,
        /// Greatest.
        max: i64,
    },
    /// Several whole numbers within bounds.
    Integers {
        /// Smallest.
        min: i64,
        /// Greatest.
        max: i64,
    },
    /// A number that is not negative.
    Number,
    /// Yes or no.
    Bool,
    /// A free JSON object.
    Object,
    /// Any JSON.
    Json,
    /// Public keys: a JWK set (RFC 7517 §5), or PEM text, which is stored as one.
    KeySet,
    /// One of these words; the second is the schema's name for them.
    Choice(&'static [&'static str], &'static str),
    /// Some of these words, in order; the second is the schema's name for them.
    Choices(&'static [&'static str], &'static str),
    /// A list of small objects with these fields; the second is the schema's name for one.
    Entries(&'static [Field], &'static str),
    /// `hours=1;minutes=2`.
    Duration,
    /// An absolute address; whether empty will do.
    Url {
        /// Whether empty text will do.
        blank: bool,
    },
    /// An e-mail address; empty will do.
    Email,
    /// One other object.
    One(Target, OnDelete),
    /// Several other objects.
    Many(Target),
    /// A uuid.
    Uuid,
    /// RFC 3339.
    DateTime,
    /// Text that is sealed where it is stored and never trimmed; shown only where the kind says so.
    Secret,
}

/// What a relation may point to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Objects of one kind, by its model.
    Kind(&'static str),
    /// Objects of every kind of a family.
    Family(Family),
    /// Whatever policies can be bound to.
    Bindable,
    /// A kind that Doorward does not have yet, so that every key is unknown.
    Nothing,
}

/// Who may read and write a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Shown and taken.
    ReadWrite,
    /// Shown, and what a request says is ignored.
    ReadOnly,
    /// Taken, never shown.
    WriteOnly,
    /// Ours alone: stored, neither shown nor taken.
    Hidden,
}

/// What a field holds when nobody says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Default {
    /// Nothing: it must be given, or the kind computes it.
    Absent,
    /// `null`.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A number.
    Integer(i64),
    /// A number with a point.
    Decimal(f64),
    /// Text.
    Text(&'static str),
    /// A list of words.
    Words(&'static [&'static str]),
    /// `{}`.
    Object,
    /// Whoever makes the object.
    Maker,
    /// So many random letters and digits, made once at creation.
    Random(usize),
}

impl Default {
    /// The value, if there is one.
    pub fn value(self) -> Option<serde_json::Value> {
        use serde_json::{Value, json};
        match self {
            Self::Absent | Self::Maker | Self::Random(_) => None,
            Self::Null => Some(Value::Null),
            Self::Bool(flag) => Some(json!(flag)),
            Self::Integer(number) => Some(json!(number)),
            Self::Decimal(number) => Some(json!(number)),
            Self::Text(text) => Some(json!(text)),
            Self::Words(words) => Some(json!(words)),
            Self::Object => Some(json!({})),
        }
    }
}

/// One field.
#[expect(
    clippy::struct_excessive_bools,
    reason = "a field has independent marks"
)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Field {
    /// authentik's name for it.
    pub key: &'static str,
    /// What it holds.
    pub holds: FieldType,
    /// Must be given on create and put.
    pub required: bool,
    /// May be `null`.
    pub nullable: bool,
    /// Who may read and write it.
    pub access: Access,
    /// What it holds when nobody says.
    pub default: Default,
    /// Only one object of the kind (of the family) may have this value.
    pub unique: bool,
    /// Below a superuser it cannot be changed after creation (CVE-2024-37905).
    pub superuser_only: bool,
    /// Only Doorward has it: a put without it keeps what is stored.
    pub ours: bool,
    /// The words beside the input.
    pub label: &'static str,
    /// One sentence below it.
    pub help: &'static str,
    /// The heading it stands under.
    pub section: &'static str,
}

impl Field {
    /// A field that is shown and taken, with nothing else said.
    pub const fn new(key: &'static str, label: &'static str, holds: FieldType) -> Self {
        Self {
            key,
            holds,
            required: false,
            nullable: false,
            access: Access::ReadWrite,
            default: Default::Absent,
            unique: false,
            superuser_only: false,
            ours: false,
            label,
            help: "",
            section: "",
        }
    }

    /// Text without limit that must be given.
    pub const fn name() -> Self {
        Self::new(
            "name",
            "Name",
            FieldType::Text {
                max: 0,
                blank: false,
            },
        )
        .required()
    }

    /// Text that may be empty, and is when nobody says.
    pub const fn text(key: &'static str, label: &'static str) -> Self {
        Self::new(
            key,
            label,
            FieldType::Text {
                max: 0,
                blank: true,
            },
        )
        .default(Default::Text(""))
    }

    /// Yes or no with a default.
    pub const fn flag(key: &'static str, label: &'static str, default: bool) -> Self {
        Self::new(key, label, FieldType::Bool).default(Default::Bool(default))
    }

    /// A whole number of at least zero with a default.
    pub const fn count(key: &'static str, label: &'static str, default: i64) -> Self {
        let holds = FieldType::Integer {
            min: 0,
            max: i32::MAX as i64,
        };
        Self::new(key, label, holds).default(Default::Integer(default))
    }

    /// A span of time with a default.
    pub const fn duration(key: &'static str, label: &'static str, default: &'static str) -> Self {
        Self::new(key, label, FieldType::Duration).default(Default::Text(default))
    }

    /// One of some words with a default.
    pub const fn choice(
        key: &'static str,
        label: &'static str,
        words: &'static [&'static str],
        schema: &'static str,
        default: &'static str,
    ) -> Self {
        Self::new(key, label, FieldType::Choice(words, schema)).default(Default::Text(default))
    }

    /// A relation that may be empty.
    pub const fn optional(key: &'static str, label: &'static str, target: Target) -> Self {
        Self::new(key, label, FieldType::One(target, OnDelete::SetNull))
            .nullable()
            .default(Default::Null)
    }

    /// Several relations, none when nobody says.
    pub const fn many(key: &'static str, label: &'static str, target: Target) -> Self {
        Self::new(key, label, FieldType::Many(target)).default(Default::Words(&[]))
    }

    /// By whom the object is kept up to date; null if by nobody.
    pub const fn managed() -> Self {
        let holds = FieldType::Text {
            max: 0,
            blank: false,
        };
        Self::new("managed", "Managed by", holds)
            .nullable()
            .default(Default::Null)
    }

    /// How the object's bindings count.
    pub const fn engine_mode() -> Self {
        Self::choice(
            "policy_engine_mode",
            "Bindings that must pass",
            &["all", "any"],
            "PolicyEngineMode",
            "any",
        )
    }

    /// Must be given.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// May be null.
    #[must_use]
    pub const fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// Only one object may have the value.
    #[must_use]
    pub const fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Shown, not taken.
    #[must_use]
    pub const fn read_only(mut self) -> Self {
        self.access = Access::ReadOnly;
        self
    }

    /// Taken, not shown.
    #[must_use]
    pub const fn write_only(mut self) -> Self {
        self.access = Access::WriteOnly;
        self
    }

    /// Neither shown nor taken.
    #[must_use]
    pub const fn hidden(mut self) -> Self {
        self.access = Access::Hidden;
        self
    }

    /// Only Doorward has it.
    #[must_use]
    pub const fn ours(mut self) -> Self {
        self.ours = true;
        self
    }

    /// Owner-like: after creation only superusers change it.
    #[must_use]
    pub const fn superuser_only(mut self) -> Self {
        self.superuser_only = true;
        self
    }

    /// The value when nobody says.
    #[must_use]
    pub const fn default(mut self, default: Default) -> Self {
        self.default = default;
        self
    }

    /// One sentence for people.
    #[must_use]
    pub const fn help(mut self, help: &'static str) -> Self {
        self.help = help;
        self
    }

    /// The heading it stands under.
    #[must_use]
    pub const fn section(mut self, section: &'static str) -> Self {
        self.section = section;
        self
    }

    /// Whether answers show it.
    pub fn is_shown(&self) -> bool {
        matches!(self.access, Access::ReadWrite | Access::ReadOnly)
    }

    /// Whether requests set it.
    pub fn is_taken(&self) -> bool {
        matches!(self.access, Access::ReadWrite | Access::WriteOnly)
    }

    /// What it points to, if it is a relation.
    pub fn target(&self) -> Option<Target> {
        match self.holds {
            FieldType::One(target, _) | FieldType::Many(target) => Some(target),
            _ => None,
        }
    }
}
