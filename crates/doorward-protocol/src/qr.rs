//! QR codes as paths of an SVG, drawn by the server.
//!
//! Owns the path. Leaves colors and size to the page. Rule: no picture is fetched from anywhere,
//! and none holds a style or a script.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

/// A QR code: `path` in a square of `side` units, the quiet zone included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// The side of the view box.
    pub side: usize,
    /// The `d` of the path.
    pub path: String,
}

/// Four modules of nothing around (ISO/IEC 18004).
const QUIET: usize = 4;

/// Draws `text`; `None` if it is too long for any QR code.
pub fn draw(text: &str) -> Option<Drawing> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let (width, colors) = (code.width(), code.to_colors());
    let mut path = String::new();
    for (y, row) in colors.chunks(width).enumerate() {
        for (x, length) in dark_runs(row) {
            write!(path, "M{} {}h{length}v1h-{length}z", x + QUIET, y + QUIET).ok()?;
        }
    }
    Some(Drawing {
        side: width + 2 * QUIET,
        path,
    })
}

/// Where in a row something dark begins and how long it is.
fn dark_runs(row: &[Color]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (x, _) in row.iter().enumerate().filter(|(_, c)| **c == Color::Dark) {
        match runs.last_mut() {
            Some((start, length)) if *start + *length == x => *length += 1,
            _ => runs.push((x, 1)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_has_the_three_finders_and_a_quiet_zone() {
        let drawing = draw("otpauth://totp/x?secret=AAAA").unwrap();
        assert!(drawing.path.starts_with("M4 4h7v1h-7z"), "{}", drawing.path);
        let right = drawing.side - 4 - 7;
        assert!(drawing.path.contains(&format!("M{right} 4h7v1h-7z")));
        assert!(
            drawing
                .path
                .contains(&format!("M4 {}h7v1h-7z", drawing.side - 5))
        );
        assert!(drawing.path.chars().all(|c| "Mhvz- 0123456789".contains(c)));
    }

    #[test]
    fn what_is_too_long_is_not_drawn() {
        assert_eq!(draw(&"x".repeat(5000)), None);
    }
}
