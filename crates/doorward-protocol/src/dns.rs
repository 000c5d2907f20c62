//! Questions to a name server about the name of an address (RFC 1035, RFC 3596), and what it says.
//!
//! Owns the bytes of one question and one answer. Leaves sending to the caller. Rule: an answer counts
//! if it repeats the question and its number, and is read within bounds, whatever its bytes are.

use std::net::IpAddr;

/// PTR.
const POINTER: u16 = 12;
/// The Internet.
const INTERNET: u16 = 1;
const HEADER_BYTES: usize = 12;
/// So many records of an answer are looked at.
const RECORDS_MAX: u16 = 32;
/// So many labels and jumps one name has.
const STEPS_MAX: usize = 128;
const NAME_MAX_BYTES: usize = 253;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// It belongs to another question, or is none.
    #[error("the answer belongs to no question of ours")]
    Foreign,
    /// The server could not find out; its code.
    #[error("the name server answers with error {0}")]
    Refused(u8),
    /// It is cut or broken.
    #[error("the name server's answer cannot be read")]
    Unreadable,
}

/// The question for the name of `address`.
pub fn question(address: IpAddr, id: u16) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64);
    bytes.extend(id.to_be_bytes());
    // Recursion is desired; one question.
    bytes.extend([1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    for label in labels(address) {
        bytes.push(u8::try_from(label.len()).unwrap_or_default());
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    bytes.extend(POINTER.to_be_bytes());
    bytes.extend(INTERNET.to_be_bytes());
    bytes
}

fn labels(address: IpAddr) -> Vec<String> {
    let (mut labels, end): (Vec<String>, _) = match address {
        IpAddr::V4(four) => {
            let parts = four.octets().into_iter().rev();
            (parts.map(|part| part.to_string()).collect(), "in-addr")
        }
        IpAddr::V6(six) => {
            let halves = six.octets().into_iter().rev();
            let nibbles = halves.flat_map(|byte| [byte & 15, byte >> 4]);
            (nibbles.map(|half| format!("{half:x}")).collect(), "ip6")
        }
    };
    labels.extend([end.to_owned(), "arpa".to_owned()]);
    labels
}

/// The name that an answer to `question` gives; `None` if the address has none.
///
/// # Errors
///
/// [`NoAnswer`].
pub fn answer(bytes: &[u8], question: &[u8]) -> Result<Option<String>, NoAnswer> {
    let head = bytes.get(..question.len()).ok_or(NoAnswer::Foreign)?;
    let repeats = head[..2] == question[..2]
        && head[4..6] == question[4..6]
        && head[HEADER_BYTES..].eq_ignore_ascii_case(&question[HEADER_BYTES..]);
    let (is_answer, is_cut, code) = (head[2] & 0x80 != 0, head[2] & 2 != 0, head[3] & 15);
    match (repeats && is_answer, is_cut, code) {
        (false, ..) => Err(NoAnswer::Foreign),
        (_, true, _) => Err(NoAnswer::Unreadable),
        (.., 0) => pointer(bytes, question.len()),
        (.., 3) => Ok(None),
        (.., code) => Err(NoAnswer::Refused(code)),
    }
}

/// The first name among the records that begin at `at`.
fn pointer(bytes: &[u8], mut at: usize) -> Result<Option<String>, NoAnswer> {
    let count = number(bytes, 6)?.min(RECORDS_MAX);
    for _ in 0..count {
        at = name(bytes, at)?.1;
        let (kind, class) = (number(bytes, at)?, number(bytes, at + 2)?);
        let (data, length) = (at + 10, usize::from(number(bytes, at + 8)?));
        if (kind, class) == (POINTER, INTERNET) {
            return name(bytes, data).map(|(name, _)| Some(name));
        }
        at = data + length;
    }
    Ok(None)
}

fn number(bytes: &[u8], at: usize) -> Result<u16, NoAnswer> {
    let pair = bytes.get(at..at + 2).ok_or(NoAnswer::Unreadable)?;
    Ok(u16::from_be_bytes([pair[0], pair[1]]))
}

/// A name, and where what follows it begins.
fn name(bytes: &[u8], start: usize) -> Result<(String, usize), NoAnswer> {
    let (mut name, mut at, mut end) = (String::new(), start, None);
    for _ in 0..STEPS_MAX {
        let length = *bytes.get(at).ok_or(NoAnswer::Unreadable)?;
        match length {
            0 => return Ok((name, end.unwrap_or(at + 1))),
            1..=63 => {
                let label = bytes.get(at + 1..=at + usize::from(length));
                push(&mut name, label.ok_or(NoAnswer::Unreadable)?)?;
                at += 1 + usize::from(length);
            }
            192..=255 => {
                end = end.or(Some(at + 2));
                at = usize::from(number(bytes, at)? & 0x3fff);
            }
            _ => return Err(NoAnswer::Unreadable),
        }
    }
    Err(NoAnswer::Unreadable)
}

/// Adds a label that a host's name may have.
fn push(name: &mut String, label: &[u8]) -> Result<(), NoAnswer> {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !label.iter().all(is_plain) || name.len() + label.len() >= NAME_MAX_BYTES {
        return Err(NoAnswer::Unreadable);
    }
    if !name.is_empty() {
        name.push('.');
    }
    name.extend(label.iter().map(|byte| char::from(*byte)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: u16 = 0x1234;

    fn asked() -> Vec<u8> {
        question("192.0.2.7".parse().expect("an address"), ID)
    }

    /// The answer with this code and these records.
    fn said(code: u8, count: u8, records: &[u8]) -> Vec<u8> {
        let mut bytes = asked();
        (bytes[2], bytes[3], bytes[7]) = (0x81, 0x80 | code, count);
        bytes.extend(records);
        bytes
    }

    /// A record about the question's own name.
    fn record(kind: u8, data: &[u8]) -> Vec<u8> {
        let [high, low] = u16::try_from(data.len()).expect("short").to_be_bytes();
        [&[0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 60, high, low], data].concat()
    }

    const HOST: &[u8] = b"\x04host\x07example\x03org\x00";

    #[test]
    fn rfc_1035_an_address_is_asked_for_backwards() {
        let four = asked();
        assert_eq!(four[..4], [0x12, 0x34, 1, 0]);
        assert!(four.ends_with(b"\x017\x012\x010\x03192\x07in-addr\x04arpa\x00\x00\x0c\x00\x01"));
        let six = question("2001:db8::1".parse().expect("an address"), ID);
        assert!(six.ends_with(
            b"\x018\x01b\x01d\x010\x011\x010\x010\x012\x03ip6\x04arpa\x00\x00\x0c\x00\x01"
        ));
    }

    #[test]
    fn the_first_name_of_an_answer_counts_and_no_name_is_an_answer() {
        let alias = record(5, b"\x01a\xc0\x0c");
        let records = [alias.clone(), record(12, HOST), record(12, b"\x01b\x00")].concat();
        let found = |bytes: Vec<u8>| answer(&bytes, &asked());
        assert_eq!(
            found(said(0, 3, &records)),
            Ok(Some("host.example.org".into()))
        );
        assert_eq!(found(said(0, 1, &alias)), Ok(None));
        assert_eq!(found(said(3, 0, &[])), Ok(None));
        assert_eq!(found(said(2, 0, &[])), Err(NoAnswer::Refused(2)));
    }

    /// RFC 5452: what does not repeat the question and its number is no answer.
    #[test]
    fn what_belongs_to_another_question_counts_for_nothing() {
        let right = said(0, 1, &record(12, HOST));
        for at in [0, 1, 2, 5, 13, 20] {
            let mut other = right.clone();
            other[at] ^= if at == 2 { 0x80 } else { 1 };
            assert_eq!(
                answer(&other, &asked()),
                Err(NoAnswer::Foreign),
                "byte {at}"
            );
        }
        assert_eq!(answer(&right[..20], &asked()), Err(NoAnswer::Foreign));
    }

    #[test]
    fn loops_cuts_and_strange_names_are_refused() {
        let mut cut = said(0, 1, &record(12, HOST));
        cut[2] |= 2;
        let at = u8::try_from(asked().len() + 12).expect("short");
        let endless = record(12, &[0xc0, at]);
        let long = record(
            12,
            &b"\x3f"
                .iter()
                .chain(&[b'x'; 63])
                .copied()
                .collect::<Vec<_>>()
                .repeat(4),
        );
        for (bytes, why) in [
            (cut, "cut"),
            (said(0, 1, &endless), "a loop"),
            (said(0, 1, &long), "long"),
            (said(0, 1, &record(12, b"\x03a\"b\x00")), "a quote"),
            (said(0, 1, &record(12, b"\x04ab")), "an end"),
            (said(0, 1, &[0x40]), "a label of no kind"),
            (said(0, 9, &record(5, HOST)), "fewer records than told"),
        ] {
            assert_eq!(answer(&bytes, &asked()), Err(NoAnswer::Unreadable), "{why}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_break_the_reading(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let whole = said(0, bytes.first().copied().unwrap_or_default(), &bytes);
            if let Ok(Some(name)) = answer(&whole, &asked()) {
                proptest::prop_assert!(name.len() <= NAME_MAX_BYTES);
            }
        }
    }
}
