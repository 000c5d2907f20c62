//! Whether an expression for addresses says which host is meant.
//!
//! `https://.*\.example\.com/cb` also fits `https://evil.tld/.example.com/cb`: what stands for
//! anything has reached beyond the host. Rule: before the host's end nothing in an expression may
//! stand for a `/` or a `?`, and what follows the last changing piece of the host is written plainly
//! from a dot on. (`@`, `\` and `#` are in no address that is gone to.)

use regex_syntax::hir::{Hir, HirKind};

use super::UriRefusal;

/// So many characters are a choice, not anything.
const CHOICE_MAX: usize = 10;

const BEYOND: &str = "something in it also fits a / or a ?, which would end the host sooner";
const NO_END: &str = "its end can be anything";
const NO_SCHEME: &str = "it does not begin with a scheme and ://";
const PORT: &str = "what follows the : is no number";

/// Checks each alternative.
pub(super) fn check(text: &str) -> Result<(), UriRefusal> {
    let hir = regex_syntax::parse(text).map_err(|error| {
        UriRefusal::Expression(
            error
                .to_string()
                .lines()
                .last()
                .unwrap_or_default()
                .to_owned(),
        )
    })?;
    let mut ways = Vec::new();
    alternatives(&hir, &mut ways);
    let checked = ways.into_iter().try_for_each(one);
    checked.map_err(UriRefusal::OpenHost)
}

fn alternatives<'a>(hir: &'a Hir, all: &mut Vec<&'a Hir>) {
    match hir.kind() {
        HirKind::Alternation(ways) => ways.iter().for_each(|way| alternatives(way, all)),
        HirKind::Capture(capture) => alternatives(&capture.sub, all),
        _ => all.push(hir),
    }
}

/// A piece of an expression: a character that is written plainly, or what stands for several.
enum Piece<'a> {
    Plain(char),
    Open(&'a Hir),
}

/// The pieces in their order, without anchors.
fn pieces<'a>(hir: &'a Hir, all: &mut Vec<Piece<'a>>) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => {
            let text = String::from_utf8_lossy(&literal.0);
            all.extend(text.chars().map(Piece::Plain));
        }
        HirKind::Concat(parts) => parts.iter().for_each(|part| pieces(part, all)),
        HirKind::Capture(capture) => pieces(&capture.sub, all),
        HirKind::Class(_) | HirKind::Repetition(_) | HirKind::Alternation(_) => {
            all.push(Piece::Open(hir));
        }
    }
}

fn one(hir: &Hir) -> Result<(), &'static str> {
    let mut all = Vec::new();
    pieces(hir, &mut all);
    match authority(&all)? {
        Some(authority) => check_authority(authority),
        None => Ok(()),
    }
}

/// What follows the `://`; nothing if it is an app's own scheme without hosts.
fn authority<'a, 'b>(all: &'b [Piece<'a>]) -> Result<Option<&'b [Piece<'a>]>, &'static str> {
    let colon = all
        .iter()
        .position(|piece| matches!(piece, Piece::Plain(':')));
    let colon = colon.ok_or(NO_SCHEME)?;
    let (scheme, rest) = (&all[..colon], &all[colon + 1..]);
    if scheme
        .iter()
        .any(|piece| is_beyond(piece) || is_colon(piece))
    {
        return Err(BEYOND);
    }
    match rest {
        [Piece::Plain('/'), Piece::Plain('/'), rest @ ..] => Ok(Some(rest)),
        // Browsers read `https:host` as an address of the web.
        _ if is_own_scheme(scheme) => Ok(None),
        _ => Err(NO_SCHEME),
    }
}

/// A scheme with a dot is an app's (RFC 8252 §7.1).
fn is_own_scheme(scheme: &[Piece<'_>]) -> bool {
    let is_plain = |piece: &Piece<'_>| matches!(piece, Piece::Plain(_));
    let has_dot = scheme
        .iter()
        .any(|piece| matches!(piece, Piece::Plain('.')));
    has_dot && scheme.iter().all(is_plain)
}

/// The host up to its end; what may be left out at the end, such as a port or a path, may also
/// follow it.
fn check_authority(all: &[Piece<'_>]) -> Result<(), &'static str> {
    let mut host = String::new();
    let mut is_open = false;
    for (at, piece) in all.iter().enumerate() {
        match piece {
            Piece::Plain('/' | '?') => return end(&host, is_open),
            // Colons within brackets are an IPv6 address's.
            Piece::Plain(':') if !host.starts_with('[') || host.ends_with(']') => {
                end(&host, is_open)?;
                return port(&all[at + 1..]);
            }
            Piece::Plain(one) => host.push(*one),
            Piece::Open(hir) if begins(hir, &['/', '?']) => end(&host, is_open)?,
            Piece::Open(hir) if begins(hir, &[':']) && !is_beyond(piece) => end(&host, is_open)?,
            Piece::Open(_) if is_beyond(piece) => return Err(BEYOND),
            // It stands for one of a few texts.
            Piece::Open(hir) if is_choice(hir) => host.push('x'),
            Piece::Open(_) => {
                is_open = true;
                host.clear();
            }
        }
    }
    end(&host, is_open)
}

/// What is plain after the last open piece: from a dot on, with something behind it.
fn end(host: &str, is_open: bool) -> Result<(), &'static str> {
    let names = host.split_once('.').map(|(_, rest)| rest);
    match names {
        _ if host.is_empty() => Err(NO_END),
        None if is_open => Err(NO_END),
        Some(rest) if rest.trim_end_matches('.').is_empty() => Err(NO_END),
        _ => Ok(()),
    }
}

/// Numbers alone until the path begins.
fn port(all: &[Piece<'_>]) -> Result<(), &'static str> {
    for piece in all {
        match piece {
            Piece::Plain('/' | '?') => return Ok(()),
            Piece::Plain(one) if one.is_ascii_digit() => {}
            Piece::Open(hir) if begins(hir, &['/', '?']) => {}
            Piece::Open(hir) if only(hir, &|one| one.is_numeric()) => {}
            _ => return Err(PORT),
        }
    }
    Ok(())
}

fn is_beyond(piece: &Piece<'_>) -> bool {
    match piece {
        Piece::Plain(one) => matches!(one, '/' | '?'),
        Piece::Open(hir) => fits(hir, &['/', '?']),
    }
}

fn is_colon(piece: &Piece<'_>) -> bool {
    matches!(piece, Piece::Open(hir) if fits(hir, &[':']))
}

/// Whether any of these characters can stand anywhere in what it fits.
fn fits(hir: &Hir, wanted: &[char]) -> bool {
    wanted
        .iter()
        .any(|wanted| !only(hir, &|one| one != *wanted))
}

/// Whether everything that it fits consists of characters with this property; of a wide class the
/// ASCII ones are asked, as no other stands in an address.
fn only(hir: &Hir, holds: &dyn Fn(char) -> bool) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(literal) => String::from_utf8_lossy(&literal.0).chars().all(holds),
        HirKind::Class(class) => {
            let is_in = |one: char| has(class, one);
            (0..128_u8)
                .map(char::from)
                .filter(|one| is_in(*one))
                .all(holds)
        }
        HirKind::Repetition(one) => only(&one.sub, holds),
        HirKind::Capture(one) => only(&one.sub, holds),
        HirKind::Concat(all) | HirKind::Alternation(all) => all.iter().all(|one| only(one, holds)),
    }
}

fn has(class: &regex_syntax::hir::Class, one: char) -> bool {
    match class {
        regex_syntax::hir::Class::Unicode(class) => class
            .iter()
            .any(|range| (range.start()..=range.end()).contains(&one)),
        regex_syntax::hir::Class::Bytes(class) => class.iter().any(|range| {
            let range = char::from(range.start())..=char::from(range.end());
            range.contains(&one)
        }),
    }
}

/// Whether what it fits is nothing, or begins with one of these.
fn begins(hir: &Hir, wanted: &[char]) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(literal) => {
            let first = String::from_utf8_lossy(&literal.0).chars().next();
            first.is_some_and(|first| wanted.contains(&first))
        }
        HirKind::Class(_) => only(hir, &|one| wanted.contains(&one)),
        HirKind::Repetition(one) => begins(&one.sub, wanted),
        HirKind::Capture(one) => begins(&one.sub, wanted),
        HirKind::Concat(all) => {
            let mut all = all
                .iter()
                .filter(|one| !matches!(one.kind(), HirKind::Look(_)));
            all.next().is_none_or(|first| {
                begins(first, wanted) && first.properties().minimum_len() > Some(0)
            })
        }
        HirKind::Alternation(all) => all.iter().all(|one| begins(one, wanted)),
    }
}

/// Whether it stands for one of a few texts.
fn is_choice(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) => true,
        HirKind::Class(class) => {
            let all = (0..128_u8).map(char::from);
            all.filter(|one| has(class, *one)).count() <= CHOICE_MAX
        }
        HirKind::Repetition(one) => one.max == Some(1) && is_choice(&one.sub),
        HirKind::Capture(one) => is_choice(&one.sub),
        HirKind::Concat(all) | HirKind::Alternation(all) => all.iter().all(is_choice),
    }
}
