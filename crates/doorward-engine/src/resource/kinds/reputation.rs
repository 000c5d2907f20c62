//! The reputation policy, and the scores that it looks at.

use super::policies::{CREATED, LOGGING, UPDATED, UUID, WHOLE};
use crate::resource::field::{Default, Field};
use crate::resource::kind::{Filter, Holds, Kind, Op, Storage, Verbs};

/// `authentik_policies_reputation.reputationpolicy`
pub(crate) static POLICY: Kind = Kind {
    model: "authentik_policies_reputation.reputationpolicy",
    path: "policies/reputation",
    schema: "ReputationPolicy",
    verbose: "Reputation Policy",
    plural: "Reputation Policies",
    description: "Says yes to names and addresses that have failed to sign in of late.",
    component: "ak-policy-reputation-form",
    fields: &[
        Field::name().unique(),
        LOGGING,
        Field::flag("check_ip", "Scores of the address", true),
        Field::flag("check_username", "Scores of the name", true),
        Field::new("threshold", "The sum is at most", WHOLE)
            .default(Default::Integer(-5))
            .help("A failed sign-in counts -1, a good one 1, within the limits of the settings."),
    ],
    filters: &[
        Filter::exact("name"),
        Filter::exact("execution_logging"),
        CREATED,
        UPDATED,
        Filter::exact("check_ip"),
        Filter::exact("check_username"),
        Filter::exact("threshold"),
        UUID,
    ],
    ..Kind::POLICY
};

/// `authentik_policies_reputation.reputation`
pub(crate) static SCORES: Kind = Kind {
    model: "authentik_policies_reputation.reputation",
    path: "policies/reputation/scores",
    param: "reputation_uuid",
    schema: "Reputation",
    verbose: "Reputation Score",
    plural: "Reputation Scores",
    storage: Storage::Reputation,
    verbs: Verbs::DELETE,
    fields: &[],
    search: &[("identifier", "identifier"), ("ip", "ip")],
    filters: &[
        Filter::new("identifier", "identifier", Op::Exact),
        Filter::new("identifier_in", "identifier", Op::In),
        Filter::new("ip", "ip", Op::Exact),
        Filter::new("score", "score", Op::Exact).of(Holds::Integer),
    ],
    ordering: &[
        ("identifier", "identifier"),
        ("ip", "ip"),
        ("score", "score"),
        ("updated", "updated_at"),
        ("expires", "expires_at"),
    ],
    default_order: "-updated",
    ..Kind::BASE
};
