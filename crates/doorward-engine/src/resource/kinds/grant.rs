//! What applications were granted over OAuth: codes and tokens, listed and taken back.

use doorward_store::grant::TokenKind;

use crate::resource::kind::{Filter, Holds, Kind, Op, Pk, Storage, Verbs};

/// What all three share.
const GRANT: Kind = Kind {
    pk: Pk::Integer,
    schema: "TokenModel",
    verbs: Verbs::DELETE,
    fields: &[],
    search: &[("scope", "scopes")],
    filters: &[
        Filter::new("provider", "provider_id", Op::Exact).of(Holds::Integer),
        Filter::new("user", "user_id", Op::Exact).of(Holds::Integer),
    ],
    ordering: &[
        ("expires", "expires_at"),
        ("provider", "provider_id"),
        ("user", "user_id"),
        ("pk", "id"),
    ],
    default_order: "pk",
    ..Kind::BASE
};

/// Every kind, in the order of the OpenAPI file.
pub(crate) static ALL: &[&Kind] = &[
    &Kind {
        model: "authentik_providers_oauth2.accesstoken",
        path: "oauth2/access_tokens",
        verbose: "OAuth2 Access Token",
        plural: "OAuth2 Access Tokens",
        storage: Storage::Grants(TokenKind::Access),
        ..GRANT
    },
    &Kind {
        model: "authentik_providers_oauth2.authorizationcode",
        path: "oauth2/authorization_codes",
        schema: "ExpiringBaseGrantModel",
        verbose: "Authorization Code",
        plural: "Authorization Codes",
        storage: Storage::Grants(TokenKind::Code),
        ..GRANT
    },
    &Kind {
        model: "authentik_providers_oauth2.refreshtoken",
        path: "oauth2/refresh_tokens",
        verbose: "OAuth2 Refresh Token",
        plural: "OAuth2 Refresh Tokens",
        storage: Storage::Grants(TokenKind::Refresh),
        ..GRANT
    },
];
