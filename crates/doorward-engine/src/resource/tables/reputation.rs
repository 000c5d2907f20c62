//! Scores of names and addresses as a resource: shown and forgotten.

use doorward_store::reputation::ReputationRow;
use serde_json::{Value, json};

use super::json_object;
use crate::resource::value::rfc3339;

/// The answer.
pub(crate) fn show(row: &ReputationRow) -> Value {
    json!({
        "pk": row.id,
        "identifier": row.identifier,
        "ip": row.ip,
        "ip_geo_data": json_object(&row.ip_geo_data),
        "ip_asn_data": json_object(&row.ip_asn_data),
        "score": row.score,
        "updated": rfc3339(row.updated_at),
    })
}
