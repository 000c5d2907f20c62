//! Drawings (SVG) from strangers: written anew from the parts that only draw.
//!
//! Owns the lists of elements and attributes that are kept. Rule: what goes out was put together
//! here, from names on these lists and escaped values; nothing in it runs, loads or leads anywhere.

mod lists;
#[cfg(test)]
mod tests;

use quick_xml::escape::escape;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use thiserror::Error;

/// Elements inside each other.
const DEPTH_MAX: usize = 64;
/// Elements altogether.
const ELEMENTS_MAX: usize = 50_000;
const NAMESPACE: &str = "http://www.w3.org/2000/svg";

/// Why a text is no drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SvgError {
    /// Not XML, or not one `svg` element.
    #[error("is not an SVG drawing")]
    NotSvg,
    /// A document type may define entities that grow without end.
    #[error("has a document type that defines something")]
    Entities,
    /// Too deep or too many elements.
    #[error("has too many elements")]
    TooLarge,
}

/// The drawing without anything that does more than draw.
///
/// # Errors
///
/// [`SvgError`]: it is none.
pub fn sanitize(text: &str) -> Result<String, SvgError> {
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut cleaner = Cleaner::default();
    loop {
        let event = reader.read_event().map_err(|_| SvgError::NotSvg)?;
        if let Event::Eof = event {
            return cleaner.finish();
        }
        cleaner.event(&event)?;
    }
}

#[derive(Default)]
struct Cleaner {
    written: String,
    elements: usize,
    /// Names of the open elements that are kept.
    open: Vec<String>,
    /// Open elements below the first that is left out, that one included.
    left_out: usize,
    is_done: bool,
}

impl Cleaner {
    fn event(&mut self, event: &Event<'_>) -> Result<(), SvgError> {
        match event {
            Event::Start(element) => self.start(element, false)?,
            Event::Empty(element) => self.start(element, true)?,
            Event::End(_) => self.end(),
            Event::Text(text) => self.text(text)?,
            Event::CData(text) => self.escaped(text),
            Event::GeneralRef(reference) => self.reference(reference),
            Event::DocType(declared) if declared.contains('[') => return Err(SvgError::Entities),
            Event::DocType(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::Eof => {}
        }
        Ok(())
    }

    fn start(&mut self, element: &BytesStart<'_>, is_empty: bool) -> Result<(), SvgError> {
        self.elements += 1;
        if self.elements > ELEMENTS_MAX || self.open.len() + self.left_out >= DEPTH_MAX {
            return Err(SvgError::TooLarge);
        }
        let name = element.name();
        let name = name.as_ref();
        let is_root = self.open.is_empty() && self.left_out == 0;
        if is_root && (name != "svg" || self.is_done) {
            return Err(SvgError::NotSvg);
        }
        if self.left_out > 0 || !lists::ELEMENTS.contains(&name) {
            self.left_out += usize::from(!is_empty);
            return Ok(());
        }
        self.opening(name, element, is_root)?;
        if is_empty {
            self.written.push_str("/>");
            self.is_done |= is_root;
        } else {
            self.written.push('>');
            self.open.push(name.to_owned());
        }
        Ok(())
    }

    fn opening(
        &mut self,
        name: &str,
        element: &BytesStart<'_>,
        is_root: bool,
    ) -> Result<(), SvgError> {
        self.written.push('<');
        self.written.push_str(name);
        if is_root {
            self.attribute("xmlns", NAMESPACE);
        }
        let mut seen = Vec::new();
        for attribute in element.attributes() {
            let attribute = attribute.map_err(|_| SvgError::NotSvg)?;
            for (key, value) in kept(&attribute)? {
                if !seen.contains(&key) {
                    self.attribute(&key, &value);
                    seen.push(key);
                }
            }
        }
        Ok(())
    }

    fn attribute(&mut self, key: &str, value: &str) {
        let value = escape(value);
        self.written.extend([" ", key, "=\"", &value, "\""]);
    }

    fn end(&mut self) {
        if self.left_out > 0 {
            self.left_out -= 1;
        } else if let Some(name) = self.open.pop() {
            self.written.extend(["</", &name, ">"]);
            self.is_done |= self.open.is_empty();
        }
    }

    fn text(&mut self, text: &str) -> Result<(), SvgError> {
        let is_outside = self.open.is_empty() && self.left_out == 0;
        if is_outside && !text.trim().is_empty() {
            return Err(SvgError::NotSvg);
        }
        self.escaped(text);
        Ok(())
    }

    fn escaped(&mut self, text: &str) {
        if self.left_out == 0 && !self.open.is_empty() {
            self.written.push_str(&escape(text));
        }
    }

    /// A character by its number or one of XML's five names; any other name says nothing.
    fn reference(&mut self, reference: &BytesRef<'_>) {
        let named = quick_xml::escape::resolve_xml_entity(reference);
        let number = reference.resolve_char_ref().ok().flatten();
        let number = number.map(String::from);
        if let Some(text) = named.map(str::to_owned).or(number) {
            self.escaped(&text);
        }
    }

    fn finish(self) -> Result<String, SvgError> {
        (self.is_done && self.open.is_empty() && self.left_out == 0)
            .then_some(self.written)
            .ok_or(SvgError::NotSvg)
    }
}

/// What is kept of an attribute: itself, nothing, or the parts of a `style`.
fn kept(attribute: &Attribute<'_>) -> Result<Vec<(String, String)>, SvgError> {
    let key = attribute.key.as_ref();
    let value = attribute
        .normalized_value(XmlVersion::Implicit1_0)
        .map_err(|_| SvgError::NotSvg)?;
    if key == "style" {
        return Ok(value.split(';').filter_map(declaration).collect());
    }
    let is_link = matches!(key, "href" | "xlink:href");
    let is_kept = if is_link {
        value.trim().starts_with('#')
    } else {
        lists::ATTRIBUTES.contains(&key) && is_harmless(&value)
    };
    // Without its namespace declared a prefix is no XML, and `href` alone says the same.
    let key = if is_link { "href" } else { key };
    let kept = is_kept.then(|| (key.to_owned(), value.into_owned()));
    Ok(kept.into_iter().collect())
}

/// A declaration of a `style` as the attribute that says the same.
fn declaration(declaration: &str) -> Option<(String, String)> {
    let (key, value) = declaration.split_once(':')?;
    let (key, value) = (key.trim(), value.trim());
    let is_kept = lists::ATTRIBUTES.contains(&key) && is_harmless(value);
    is_kept.then(|| (key.to_owned(), value.to_owned()))
}

/// Whether a value loads nothing: every `url(…)` in it names a part of the drawing itself.
fn is_harmless(value: &str) -> bool {
    let compact: String = value
        .chars()
        .filter(|one| !one.is_whitespace() && !matches!(one, '"' | '\''))
        .collect();
    let compact = compact.to_ascii_lowercase();
    let mut addresses = compact.split("url(").skip(1);
    addresses.all(|address| address.starts_with('#'))
        && !["\\", "/*", "script:", "data:", "@import", "expression("]
            .iter()
            .any(|part| compact.contains(part))
}
