//! What the fuzz target of blueprints does with its bytes.

use doorward_engine::blueprint::Document;

/// Blueprints: nothing panics, and what is read lies within the bounds and knows its lines.
pub(crate) fn blueprint(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(document) = Document::parse(text) else {
        return;
    };
    assert!(document.entries.len() <= 5000);
    let lines: Vec<_> = document
        .entries
        .iter()
        .filter_map(|entry| entry.line)
        .collect();
    assert!(lines.is_empty() || lines.len() == document.entries.len());
    assert!(lines.is_sorted_by(|before, after| before < after));
    assert!(lines.iter().all(|line| *line <= text.lines().count()));
    drop(document.metadata.to_json().to_string());
}
