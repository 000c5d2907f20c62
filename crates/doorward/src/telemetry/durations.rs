//! Histograms of durations in fixed buckets: a few atomic counters each, however often they count.
//!
//! The exporter's own histograms keep every value until the next upkeep, which at a hundred thousand
//! checks a second is megabytes. Counters and gauges stay with the exporter. The rule: recording
//! neither allocates nor waits, and memory depends on the number of label sets alone.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use metrics::{HistogramFn, Key};
use metrics_exporter_prometheus::{LabelSet, formatting};

/// Upper bounds in seconds: from a cached check to a slow login.
const BOUNDS_S: [f64; 14] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];

/// Every histogram of the process, by name and labels.
#[derive(Clone, Default)]
pub(super) struct Durations(Arc<Mutex<BTreeMap<Key, Arc<Buckets>>>>);

/// How many values fell into each bucket (the last: above all bounds), and their sum.
#[derive(Default)]
pub(super) struct Buckets {
    counts: [AtomicU64; BOUNDS_S.len() + 1],
    sum_ns: AtomicU64,
}

impl HistogramFn for Buckets {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a duration in nanoseconds; the cast saturates"
    )]
    fn record(&self, seconds: f64) {
        let bucket = BOUNDS_S.partition_point(|bound| *bound < seconds);
        self.counts[bucket].fetch_add(1, Relaxed);
        self.sum_ns.fetch_add((seconds * 1e9) as u64, Relaxed);
    }
}

impl Durations {
    /// The histogram of a name and its labels, made when it is first asked for.
    pub(super) fn of(&self, key: &Key) -> Arc<Buckets> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(key.clone()).or_default())
    }

    /// Appends all of them in Prometheus' text format 0.0.4.
    pub(super) fn write(&self, page: &mut String) {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut last = String::new();
        for (key, buckets) in &*all {
            let name = formatting::sanitize_metric_name(key.name());
            if name != last {
                formatting::write_type_line(page, &name, None, None, "histogram");
                last.clone_from(&name);
            }
            buckets.write(page, &name, &labels(key));
        }
    }
}

impl Buckets {
    #[expect(clippy::cast_precision_loss, reason = "a sum for people and graphs")]
    fn write(&self, page: &mut String, name: &str, labels: &LabelSet) {
        let mut line = |suffix, bound: Option<String>, value: f64| {
            let bound = bound.as_deref().map(|bound| ("le", bound));
            formatting::write_metric_line(page, name, Some(suffix), labels, bound, value, None);
        };
        let mut total = 0;
        for (at, count) in self.counts.iter().enumerate() {
            total += count.load(Relaxed);
            let bound = BOUNDS_S.get(at).map_or("+Inf".to_owned(), f64::to_string);
            line("bucket", Some(bound), total as f64);
        }
        line("sum", None, self.sum_ns.load(Relaxed) as f64 / 1e9);
        line("count", None, total as f64);
    }
}

#[expect(
    clippy::default_trait_access,
    reason = "the map's crate is not ours to name"
)]
fn labels(key: &Key) -> LabelSet {
    LabelSet::from_key_and_global(key, &Default::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_counted_in_cumulative_buckets_with_their_labels() {
        let durations = Durations::default();
        let key = Key::from_parts(
            "check_duration_seconds",
            vec![metrics::Label::new("host", "a\"b")],
        );
        for seconds in [0.0003, 0.0005, 0.7, 60.0] {
            durations.of(&key).record(seconds);
        }
        let mut page = String::new();
        durations.write(&mut page);
        for line in [
            "# TYPE check_duration_seconds histogram",
            r#"check_duration_seconds_bucket{host="a\"b",le="0.00025"} 0"#,
            r#"check_duration_seconds_bucket{host="a\"b",le="0.0005"} 2"#,
            r#"check_duration_seconds_bucket{host="a\"b",le="5"} 3"#,
            r#"check_duration_seconds_bucket{host="a\"b",le="+Inf"} 4"#,
            r#"check_duration_seconds_sum{host="a\"b"} 60.7008"#,
            r#"check_duration_seconds_count{host="a\"b"} 4"#,
        ] {
            assert!(page.lines().any(|found| found == line), "{line}\n{page}");
        }
        assert_eq!(page.matches("_bucket{").count(), BOUNDS_S.len() + 1);
    }
}
