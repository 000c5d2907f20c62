//! Counts in time as bars: what the server draws, with the numbers behind it.
//!
//! Owns the geometry. Leaves colors to the stylesheet. Rule: every bar has words, and a table says the same.

use serde_json::Value;

use crate::pages::{Chart, ChartBar};
use crate::words;
use doorward_engine::resource::value::{milliseconds, rfc3339};
use doorward_protocol::language::Language;

/// The step in which the engine counts.
pub(super) const STEP_MS: i64 = 6 * 60 * 60 * 1000;
/// The drawing's own units.
const WIDTH: i64 = 280;
const HEIGHT: i64 = 64;

/// Bars for the steps until now, from what `volume` answered; each leads to its step of the events.
pub(super) fn bars(
    volume: &Value,
    steps: i64,
    now: i64,
    link: impl Fn(&str, &str) -> String,
) -> Chart {
    let last = now - now.rem_euclid(STEP_MS);
    let counted: Vec<_> = (0..steps)
        .map(|step| counted(volume, last - (steps - 1 - step) * STEP_MS))
        .collect();
    let most = counted
        .iter()
        .map(|(_, all, _)| *all)
        .max()
        .unwrap_or(0)
        .max(1);
    let width = WIDTH / steps.max(1);
    let bars = counted.into_iter().zip(0..).map(|((at, all, bad), index)| {
        let scaled = |count: i64| {
            if count == 0 {
                0
            } else {
                (count * HEIGHT / most).max(2)
            }
        };
        let (height, bad_height) = (scaled(all), scaled(bad));
        ChartBar {
            x: index * width,
            width: (width - 2).max(1),
            y: HEIGHT - height,
            height,
            bad_y: HEIGHT - bad_height,
            bad_height,
            all,
            bad,
            when: words::instant(Language::En, at),
            url: link(&rfc3339(at - 1), &rfc3339(at + STEP_MS)),
        }
    });
    Chart {
        width: WIDTH,
        height: HEIGHT,
        bars: bars.collect(),
    }
}

/// The beginning of a step, how many events it has, and how many of them failed.
fn counted(volume: &Value, at: i64) -> (i64, i64, i64) {
    let rows = volume.as_array().map(Vec::as_slice).unwrap_or_default();
    let here = rows
        .iter()
        .filter(|row| row["time"].as_str().and_then(milliseconds) == Some(at));
    let mut counts = (at, 0, 0);
    for row in here {
        let count = row["count"].as_i64().unwrap_or(0);
        counts.1 += count;
        if is_failure(row["action"].as_str().unwrap_or_default()) {
            counts.2 += count;
        }
    }
    counts
}

fn is_failure(action: &str) -> bool {
    action == "login_failed" || action.ends_with("exception") || action == "configuration_error"
}

#[cfg(test)]
mod tests {
    use super::{STEP_MS, bars};
    use doorward_engine::resource::value::rfc3339;
    use serde_json::json;

    #[test]
    fn bars_stand_in_the_order_of_time_and_what_failed_is_a_part_of_all() {
        let now = 1_795_478_400_000;
        let last = now - now % STEP_MS;
        let row = |action: &str, at: i64, count: i64| json!({ "action": action, "time": rfc3339(at), "count": count });
        let volume = json!([
            row("login", last, 3),
            row("login_failed", last, 1),
            row("login", last - STEP_MS, 2),
            row("login", last - 9 * STEP_MS, 8)
        ]);
        let chart = bars(&volume, 4, now, |since, until| format!("{since} {until}"));
        let counts: Vec<_> = chart.bars.iter().map(|bar| (bar.all, bar.bad)).collect();
        assert_eq!(counts, [(0, 0), (0, 0), (2, 0), (4, 1)]);
        assert!(
            chart
                .bars
                .iter()
                .all(|bar| bar.height + bar.y == chart.height && bar.bad_height <= bar.height)
        );
        assert_eq!(chart.bars[3].height, chart.height);
        assert!(
            chart.bars[3].url.starts_with(&rfc3339(last - 1)),
            "{}",
            chart.bars[3].url
        );
    }
}
