//! The lines at which the entries of a blueprint begin.
//!
//! The reader of YAML keeps no places, so they are found by indentation. Rule: a line is only told
//! when the text is written in the usual way, one `-` an entry, and all of them are found.

/// The lines, from 1; empty if they cannot be told.
pub(super) fn lines(text: &str, entries: usize) -> Vec<usize> {
    let mut numbered = text.lines().zip(1..);
    if !numbered.any(|(line, _)| line.starts_with("entries:")) {
        return Vec::new();
    }
    let mut indent = None;
    let mut found = Vec::new();
    for (line, number) in numbered {
        let depth = line.len() - line.trim_start_matches(' ').len();
        let rest = &line[depth..];
        if depth == 0 && !rest.is_empty() && !rest.starts_with(['-', '#']) {
            break;
        }
        let is_item = rest == "-" || rest.starts_with("- ");
        if is_item && *indent.get_or_insert(depth) == depth {
            found.push(number);
        }
    }
    if found.len() == entries {
        found
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn entries_are_found_in_lists_and_in_sections() {
        let list = "version: 1\nentries:\n# none\n- model: a\n  attrs:\n    list:\n      - x\n\n- model: b\ncontext: {}\n- no\n";
        assert_eq!(lines(list, 2), [4, 9]);
        let sections = "version: 1\nentries:\n  one:\n    - model: a\n  two:\n    - model: b\n";
        assert_eq!(lines(sections, 2), [4, 6]);
    }

    #[test]
    fn nothing_is_told_when_the_count_is_another() {
        assert!(lines("entries: [{model: a}, {model: b}]\n", 2).is_empty());
        assert!(lines("entries:\n- model: a\n  attrs: |\n- b\n", 1).is_empty());
        assert!(lines("", 0).is_empty());
    }
}
