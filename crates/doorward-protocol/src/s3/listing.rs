//! One page of a bucket's list (`ListObjectsV2`).

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, Event};

/// What a page of the list holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The names.
    pub keys: Vec<String>,
    /// How the next page is asked for, if there is one.
    pub next: Option<String>,
}

/// It is no list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer is no list of files")]
pub struct Unlisted;

impl Listing {
    /// Reads a page.
    ///
    /// # Errors
    ///
    /// [`Unlisted`]
    pub fn read(xml: &str) -> Result<Self, Unlisted> {
        let mut reader = Reader::from_str(xml);
        let (mut listing, mut path, mut text) = (Self::default(), Vec::new(), String::new());
        let mut is_list = false;
        loop {
            match reader.read_event().map_err(|_| Unlisted)? {
                Event::Start(tag) => {
                    let name = tag.local_name().as_ref().to_owned();
                    is_list |= path.is_empty() && name == "ListBucketResult";
                    path.push(name);
                    text.clear();
                }
                Event::Text(part) => text.push_str(&part),
                Event::GeneralRef(name) => text.push(referred(&name)?),
                Event::End(_) => {
                    listing.take(&path, &text);
                    path.pop();
                    text.clear();
                }
                Event::Eof => break,
                _ => {}
            }
        }
        (is_list && path.is_empty())
            .then_some(listing)
            .ok_or(Unlisted)
    }

    fn take(&mut self, path: &[String], text: &str) {
        match path {
            [_, contents, key] if contents == "Contents" && key == "Key" => {
                self.keys.push(text.to_owned());
            }
            [_, next] if next == "NextContinuationToken" => self.next = Some(text.to_owned()),
            _ => {}
        }
    }
}

/// `&amp;` and `&#38;`; a list has no entities of its own.
fn referred(name: &BytesRef<'_>) -> Result<char, Unlisted> {
    if let Some(one) = name.resolve_char_ref().map_err(|_| Unlisted)? {
        return Ok(one);
    }
    let predefined = resolve_predefined_entity(name).ok_or(Unlisted)?;
    predefined.chars().next().ok_or(Unlisted)
}

#[cfg(test)]
mod tests {
    use super::{Listing, Unlisted};

    #[test]
    fn names_and_the_next_page_are_read() {
        let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name><Prefix>media/</Prefix>
<NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J&amp;</NextContinuationToken><IsTruncated>true</IsTruncated>
<Contents><Key>media/a.png</Key><Size>1</Size><Owner><Key>no</Key></Owner></Contents>
<Contents><Key>media/&lt;b&#62;&amp;.png</Key></Contents><CommonPrefixes><Key>no</Key></CommonPrefixes></ListBucketResult>";
        let listing = Listing::read(xml).unwrap();
        assert_eq!(listing.keys, ["media/a.png", "media/<b>&.png"]);
        let next = listing.next.as_deref();
        assert_eq!(next, Some("1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J&"));
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for xml in [
            "",
            "<html></html>",
            "<Error><Code>AccessDenied</Code></Error>",
            "<ListBucketResult>",
            "<ListBucketResult><Contents></ListBucketResult>",
            "<ListBucketResult>&other;</ListBucketResult>",
        ] {
            assert_eq!(Listing::read(xml), Err(Unlisted), "{xml}");
        }
        let empty = Listing::read("<ListBucketResult><Name/></ListBucketResult>");
        assert_eq!(empty, Ok(Listing::default()));
    }
}
