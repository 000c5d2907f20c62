//! Users, groups, tokens, sessions and events: the kinds that have tables of their own.
//!
//! Owns their fields and columns. What they do beyond that stands in `tables`.

use doorward_store::resource::OnDelete;

use crate::resource::field::{Default, Field, FieldType, Target};
use crate::resource::kind::{Filter, Holds, Kind, Op, Pk, Storage, Verbs};
use crate::resource::validate::Draft;
use crate::resource::{GROUP, USER};

/// What an account is for.
pub(crate) const USER_TYPES: &[&str] = &[
    "internal",
    "external",
    "service_account",
    "internal_service_account",
];

const IS_SUPERUSER: &str = "(id IN (WITH RECURSIVE closure (id) AS (SELECT id FROM groups WHERE is_superuser \
    UNION SELECT p.group_id FROM group_parents p JOIN closure ON p.parent_id = closure.id) \
    SELECT m.user_id FROM memberships m JOIN closure ON m.group_id = closure.id)) IN (?)";

const GROUPS_BY_PK: &str = "id IN (SELECT user_id FROM memberships WHERE group_id IN (?))";
const GROUPS_BY_NAME: &str = "id IN (SELECT m.user_id FROM memberships m JOIN groups g ON g.id = m.group_id \
    WHERE g.name IN (?))";

/// `authentik_core.user`
pub(crate) static USERS: Kind = Kind {
    model: USER,
    path: "core/users",
    pk: Pk::Integer,
    schema: "User",
    verbose: "User",
    plural: "Users",
    storage: Storage::Users,
    fields: &[
        Field::new(
            "username",
            "Username",
            FieldType::Text {
                max: 150,
                blank: false,
            },
        )
        .required()
        .unique(),
        Field::new(
            "name",
            "Name",
            FieldType::Text {
                max: 0,
                blank: true,
            },
        )
        .required(),
        Field::flag("is_active", "May sign in", true).superuser_only(),
        Field::new("last_login", "Last sign-in", FieldType::DateTime)
            .nullable()
            .read_only()
            .default(Default::Null),
        Field::many("groups", "Groups", Target::Kind(GROUP)).superuser_only(),
        Field::many("roles", "Roles", Target::Nothing).superuser_only(),
        Field::new("email", "E-mail", FieldType::Email).default(Default::Text("")),
        Field::new("attributes", "Attributes", FieldType::Object).default(Default::Object),
        Field::new(
            "path",
            "Folder",
            FieldType::Text {
                max: 0,
                blank: false,
            },
        )
        .default(Default::Text("users")),
        Field::choice(
            "type",
            "Kind of account",
            USER_TYPES,
            "UserTypeEnum",
            "internal",
        )
        .superuser_only(),
    ],
    search: &[
        ("username", "username_key"),
        ("name", "name_key"),
        ("email", "email_key"),
        ("uuid", "uuid"),
    ],
    filters: &[
        Filter::exact("username"),
        Filter::exact("name"),
        Filter::exact("email"),
        Filter::exact("uuid").of(Holds::Uuid),
        Filter::exact("path"),
        Filter::new("path_startswith", "path", Op::Prefix),
        Filter::new("is_active", "is_active", Op::Exact),
        Filter::new("is_superuser", "id", Op::Sql(IS_SUPERUSER)).of(Holds::Bool),
        Filter::new("type", "kind", Op::In),
        Filter::new("last_login__isnull", "last_login_at", Op::IsNull),
        Filter::new("last_login__gt", "last_login_at", Op::Greater),
        Filter::new("last_login__lt", "last_login_at", Op::Less),
        Filter::new("date_joined__gt", "created_at", Op::Greater),
        Filter::new("date_joined__lt", "created_at", Op::Less),
        Filter::new("last_updated__gt", "updated_at", Op::Greater),
        Filter::new("last_updated__lt", "updated_at", Op::Less),
        Filter::new("last_login", "last_login_at", Op::Exact),
        Filter::new("date_joined", "created_at", Op::Exact).of(Holds::Time),
        Filter::new("last_updated", "updated_at", Op::Exact).of(Holds::Time),
        Filter::new("groups_by_pk", "id", Op::Sql(GROUPS_BY_PK)).of(Holds::Uuid),
        Filter::new("groups_by_name", "id", Op::Sql(GROUPS_BY_NAME)),
        Filter::new("roles_by_pk", "id", Op::Never).of(Holds::Uuid),
        Filter::new("roles_by_name", "id", Op::Never),
    ],
    flags: &["include_groups", "include_roles"],
    ordering: &[
        ("pk", "id"),
        ("id", "id"),
        ("username", "username"),
        ("name", "name"),
        ("email", "email"),
        ("is_active", "is_active"),
        ("last_login", "last_login_at"),
        ("date_joined", "created_at"),
        ("last_updated", "updated_at"),
        ("type", "kind"),
        ("path", "path"),
        ("uuid", "uuid"),
    ],
    default_order: "username",
    ..Kind::BASE
};

/// `authentik_core.group`
pub(crate) static GROUPS: Kind = Kind {
    model: GROUP,
    path: "core/groups",
    param: "group_uuid",
    schema: "Group",
    verbose: "Group",
    plural: "Groups",
    storage: Storage::Groups,
    fields: &[
        Field::name().unique(),
        Field::flag("is_superuser", "Members may do everything", false).superuser_only(),
        Field::many("parents", "Groups it belongs to", Target::Kind(GROUP)).superuser_only(),
        Field::many("users", "Members", Target::Kind(USER)).superuser_only(),
        Field::new("attributes", "Attributes", FieldType::Object).default(Default::Object),
        Field::many("roles", "Roles", Target::Nothing).superuser_only(),
    ],
    search: &[("name", "name_key")],
    filters: &[
        Filter::exact("name"),
        Filter::exact("is_superuser"),
        Filter::new("members_by_pk", "id", Op::Sql(MEMBERS_BY_PK)).of(Holds::Integer),
        Filter::new("members_by_username", "id", Op::Sql(MEMBERS_BY_USERNAME)),
    ],
    flags: &[
        "include_users",
        "include_parents",
        "include_children",
        "include_inherited_roles",
    ],
    ordering: &[
        ("name", "name"),
        ("is_superuser", "is_superuser"),
        ("num_pk", "num_pk"),
        ("pk", "id"),
    ],
    ..Kind::BASE
};

const MEMBERS_BY_PK: &str = "id IN (SELECT group_id FROM memberships WHERE user_id IN (?))";
const MEMBERS_BY_USERNAME: &str = "id IN (SELECT m.group_id FROM memberships m JOIN users u ON u.id = m.user_id \
    WHERE u.username IN (?))";
const OWNER_NAME: &str = "user_id IN (SELECT id FROM users WHERE username IN (?))";

/// `authentik_core.token`
pub(crate) static TOKENS: Kind = Kind {
    model: "authentik_core.token",
    path: "core/tokens",
    lookup: "identifier",
    param: "identifier",
    schema: "Token",
    verbose: "Token",
    plural: "Tokens",
    storage: Storage::Tokens,
    fields: &[
        Field::managed().read_only(),
        Field::new("identifier", "Identifier", FieldType::Slug { max: 255 })
            .required()
            .unique(),
        Field::choice(
            "intent",
            "What it opens",
            &["verification", "api", "recovery", "app_password"],
            "IntentEnum",
            "api",
        ),
        Field::new(
            "user",
            "Whose",
            FieldType::One(Target::Kind(USER), OnDelete::Cascade),
        )
        .superuser_only(),
        Field::text("description", "Description"),
        Field::new("expires", "Ends at", FieldType::DateTime)
            .nullable()
            .default(Default::Null),
        Field::flag("expiring", "Ends", true),
    ],
    search: &[
        ("identifier", "identifier"),
        ("description", "description_key"),
    ],
    filters: &[
        Filter::exact("identifier"),
        Filter::exact("intent"),
        Filter::new("user__username", "user_id", Op::Sql(OWNER_NAME)),
        Filter::exact("description"),
        Filter::new("expires", "expires_at", Op::Exact),
        Filter::exact("expiring"),
        Filter::exact("managed"),
    ],
    ordering: &[
        ("identifier", "identifier"),
        ("expires", "expires_at"),
        ("description", "description"),
    ],
    default_order: "identifier",
    ..Kind::BASE
};

/// `authentik_core.authenticatedsession`
pub(crate) static SESSIONS: Kind = Kind {
    model: "authentik_core.authenticatedsession",
    path: "core/authenticated_sessions",
    pk_field: "uuid",
    lookup: "uuid",
    param: "uuid",
    schema: "AuthenticatedSession",
    verbose: "Authenticated Session",
    plural: "Authenticated Sessions",
    storage: Storage::Sessions,
    verbs: Verbs::DELETE,
    fields: &[],
    search: &[("last_ip", "last_ip"), ("last_user_agent", "user_agent")],
    filters: &[
        Filter::new("user__username", "user_id", Op::Sql(OWNER_NAME)),
        Filter::new("session__last_ip", "last_ip", Op::Exact),
        Filter::new("session__last_user_agent", "user_agent", Op::Exact),
    ],
    ordering: &[
        ("last_used", "last_used_at"),
        ("expires", "expires_at"),
        ("user__username", "user_id"),
        ("session__last_ip", "last_ip"),
        ("session__expires", "expires_at"),
        ("session__last_used", "last_used_at"),
    ],
    default_order: "-last_used",
    ..Kind::BASE
};

/// `authentik_core.userconsent`
pub(crate) static CONSENTS: Kind = Kind {
    model: "authentik_core.userconsent",
    path: "core/user_consent",
    pk: Pk::Integer,
    schema: "UserConsent",
    verbose: "User Consent",
    plural: "User Consents",
    storage: Storage::Consents,
    verbs: Verbs::DELETE,
    fields: &[],
    search: &[("permissions", "permissions")],
    filters: &[
        Filter::exact("application").of(Holds::Uuid),
        Filter::new("user", "user_id", Op::Exact).of(Holds::Integer),
    ],
    ordering: &[
        ("expires", "expires_at"),
        ("application", "application"),
        ("user", "user_id"),
        ("pk", "id"),
    ],
    default_order: "pk",
    ..Kind::BASE
};

/// `authentik_events.event`
pub(crate) static EVENTS: Kind = Kind {
    model: "authentik_events.event",
    path: "events/events",
    param: "event_uuid",
    schema: "Event",
    verbose: "Event",
    plural: "Events",
    storage: Storage::Events,
    fields: &[
        Field::new("user", "Who", FieldType::Object)
            .read_only()
            .default(Default::Object),
        Field::new(
            "action",
            "What",
            FieldType::Choice(crate::resource::EVENT_ACTIONS, "EventActions"),
        )
        .required(),
        Field::new(
            "app",
            "Where in the program",
            FieldType::Text {
                max: 0,
                blank: false,
            },
        )
        .required(),
        Field::new("context", "Details", FieldType::Object).default(Default::Object),
        Field::new(
            "client_ip",
            "Address",
            FieldType::Text {
                max: 45,
                blank: true,
            },
        )
        .nullable()
        .default(Default::Null),
        Field::new("expires", "Kept until", FieldType::DateTime),
        Field::new("brand", "Brand", FieldType::Object)
            .read_only()
            .default(Default::Object),
    ],
    search: &[
        ("action", "action"),
        ("app", "app"),
        ("user__username", "username"),
        ("client_ip", "client_ip"),
    ],
    filters: &[
        Filter::exact("action"),
        Filter::new("actions", "action", Op::In),
        Filter::exact("username"),
        Filter::exact("client_ip"),
        Filter::new("context_model_app", "model_app", Op::Exact),
        Filter::new("context_model_name", "model_name", Op::Exact),
        Filter::new("context_model_pk", "model_pk", Op::Exact),
        Filter::new("context_authorized_app", "authorized_app", Op::Exact),
        Filter::new("context_device", "id", Op::Never),
        Filter::new("brand_name", "id", Op::Never),
        Filter::new("since", "created_at", Op::Greater),
        Filter::new("until", "created_at", Op::Less),
    ],
    ordering: &[
        ("created", "created_at"),
        ("action", "action"),
        ("app", "app"),
        ("client_ip", "client_ip"),
        ("expires", "expires_at"),
    ],
    default_order: "-created",
    check: check_event,
    ..Kind::BASE
};

fn check_event(draft: &mut Draft<'_>) {
    let address = draft.text("client_ip");
    if !address.is_empty() && address.parse::<std::net::IpAddr>().is_err() {
        draft
            .errors
            .add("client_ip", "Enter a valid IPv4 or IPv6 address.");
    }
}
