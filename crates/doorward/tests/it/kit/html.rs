//! Owns reading a form out of a page the way a browser without JavaScript would: enough for our own
//! pages, not an HTML parser. Leaves sending it to `browser`.

/// One `<form>` of a page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    /// `action`, empty for the page's own address.
    pub(crate) action: String,
    /// `method`, lower case; `get` when missing.
    pub(crate) method: String,
    /// Named fields in order with their initial values.
    pub(crate) fields: Vec<(String, String)>,
    /// Names and values of its buttons; a browser sends only that of the one that was pressed.
    pub(crate) buttons: Vec<(String, String)>,
}

impl Form {
    /// Whether a person can enter this value: a field to type in, or a button with just that value.
    pub(crate) fn takes(&self, (name, value): &(&str, &str)) -> bool {
        let button = |b: &(String, String)| b.0 == *name && b.1 == *value;
        self.fields.iter().any(|(known, _)| known == name) || self.buttons.iter().any(button)
    }
}

/// Every form of a page.
pub(crate) fn forms(page: &str) -> Vec<Form> {
    let starts = page.match_indices("<form").map(|(at, _)| at);
    starts
        .map(|at| &page[at..page[at..].find("</form>").map_or(page.len(), |n| at + n)])
        .map(form)
        .collect()
}

fn form(text: &str) -> Form {
    let opening = tags(text).next().unwrap_or_default();
    let method = attribute(opening, "method").unwrap_or_else(|| "get".into());
    let inside = |name: &'static str| tags(text).filter(move |tag| tag.starts_with(name));
    Form {
        action: attribute(opening, "action").unwrap_or_default(),
        method: method.to_ascii_lowercase(),
        fields: inside("input").filter_map(field).collect(),
        buttons: inside("button").filter_map(named).collect(),
    }
}

fn field(tag: &str) -> Option<(String, String)> {
    let kind = attribute(tag, "type").unwrap_or_default();
    let unchecked = kind == "checkbox" && !has(tag, "checked");
    if unchecked || kind == "submit" {
        return None;
    }
    named(tag)
}

fn named(tag: &str) -> Option<(String, String)> {
    Some((
        attribute(tag, "name")?,
        attribute(tag, "value").unwrap_or_default(),
    ))
}

/// The text of a page outside its tags.
pub(crate) fn visible(page: &str) -> String {
    let parts = page.split('<').filter_map(|part| part.split_once('>'));
    let texts = parts.map(|(_, text)| text.trim());
    let texts: Vec<_> = texts.filter(|text| !text.is_empty()).collect();
    unescape(&texts.join("\n"))
}

/// The inside of every tag, without its brackets.
fn tags(text: &str) -> impl Iterator<Item = &str> {
    text.split('<')
        .skip(1)
        .map(|rest| rest.split('>').next().unwrap_or_default())
}

fn has(tag: &str, name: &str) -> bool {
    tag.split_ascii_whitespace()
        .any(|word| word == name || word.starts_with(&format!("{name}=")))
}

/// The value of an attribute, its character references replaced.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let at = tag.match_indices(name).map(|(at, _)| at).find(|at| {
        let before = tag[..*at].chars().next_back();
        before.is_some_and(char::is_whitespace) && tag[at + name.len()..].starts_with('=')
    })?;
    let rest = &tag[at + name.len() + 1..];
    let value = match rest.chars().next()? {
        quote @ ('"' | '\'') => rest[1..].split(quote).next()?,
        _ => rest.split(|c: char| c.is_whitespace() || c == '/').next()?,
    };
    Some(unescape(value))
}

/// Replaces the character references that our templates write.
pub(crate) fn unescape(text: &str) -> String {
    let named = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&#x2f;", "/"),
        ("&#x2F;", "/"),
        ("&#47;", "/"),
        ("&#x3d;", "="),
        ("&amp;", "&"),
    ];
    named
        .iter()
        .fold(text.to_owned(), |done, (from, to)| done.replace(from, to))
}
