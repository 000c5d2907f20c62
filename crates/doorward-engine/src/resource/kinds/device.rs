//! Devices of every class, twice: one's own, and for admins everybody's. They are made by proving
//! them in a flow, never through the API.

use crate::authenticator::Class;
use crate::resource::field::{Field, FieldType};
use crate::resource::kind::{Filter, Kind, Pk, Storage, Verbs};

/// Below this only admins have anything to do.
pub(crate) const ADMIN_PATH: &str = "authenticators/admin/";

const CHANGE_AND_DELETE: Verbs = Verbs {
    create: false,
    update: true,
    delete: true,
};

const fn name(max: usize) -> Field {
    Field::new("name", "Name", FieldType::Text { max, blank: false }).required()
}

const DEVICE: Kind = Kind {
    pk: Pk::Integer,
    verbs: CHANGE_AND_DELETE,
    fields: &[name(64)],
    search: &[("name", "name_key")],
    filters: &[Filter::exact("name")],
    ordering: &[("name", "name"), ("pk", "id")],
    ..Kind::BASE
};

const STATIC: Kind = Kind {
    model: "authentik_stages_authenticator_static.staticdevice",
    schema: "StaticDevice",
    verbose: "Static Device",
    plural: "Static Devices",
    storage: Storage::Devices(Class::Static),
    ..DEVICE
};

const EMAIL: Kind = Kind {
    model: "authentik_stages_authenticator_email.emaildevice",
    schema: "EmailDevice",
    verbose: "Email Device",
    plural: "Email Devices",
    storage: Storage::Devices(Class::Email),
    ..DEVICE
};

const TOTP: Kind = Kind {
    model: "authentik_stages_authenticator_totp.totpdevice",
    schema: "TOTPDevice",
    verbose: "TOTP Device",
    plural: "TOTP Devices",
    storage: Storage::Devices(Class::Totp),
    ..DEVICE
};

const WEBAUTHN: Kind = Kind {
    model: "authentik_stages_authenticator_webauthn.webauthndevice",
    schema: "WebAuthnDevice",
    verbose: "WebAuthn Device",
    plural: "WebAuthn Devices",
    storage: Storage::Devices(Class::Webauthn),
    fields: &[name(200)],
    ..DEVICE
};

static OWN_STATIC: Kind = Kind {
    path: "authenticators/static",
    ..STATIC
};
static OWN_EMAIL: Kind = Kind {
    path: "authenticators/email",
    ..EMAIL
};
static OWN_TOTP: Kind = Kind {
    path: "authenticators/totp",
    ..TOTP
};
static OWN_WEBAUTHN: Kind = Kind {
    path: "authenticators/webauthn",
    ..WEBAUTHN
};
static ADMIN_STATIC: Kind = Kind {
    path: "authenticators/admin/static",
    ..STATIC
};
static ADMIN_EMAIL: Kind = Kind {
    path: "authenticators/admin/email",
    ..EMAIL
};
static ADMIN_TOTP: Kind = Kind {
    path: "authenticators/admin/totp",
    ..TOTP
};
static ADMIN_WEBAUTHN: Kind = Kind {
    path: "authenticators/admin/webauthn",
    ..WEBAUTHN
};

/// Every kind, one's own first: a model means those.
pub(crate) static ALL: &[&Kind] = &[
    &OWN_STATIC,
    &OWN_EMAIL,
    &OWN_TOTP,
    &OWN_WEBAUTHN,
    &ADMIN_STATIC,
    &ADMIN_EMAIL,
    &ADMIN_TOTP,
    &ADMIN_WEBAUTHN,
];
