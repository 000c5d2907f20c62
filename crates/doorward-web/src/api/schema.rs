//! Our OpenAPI document.
use serde_json::{Value, json};
/// The document.
pub fn document() -> &'static Value {
    static DOCUMENT: std::sync::OnceLock<Value> = std::sync::OnceLock::new();
    DOCUMENT.get_or_init(|| json!({}))
}
