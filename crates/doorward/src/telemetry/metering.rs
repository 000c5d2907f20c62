//! The recorder behind the `metrics` macros, and the page it fills.
//!
//! Counters and gauges are the Prometheus exporter's, histograms ours (`durations`). The rule: every
//! histogram is one of durations in seconds and says so in its name, and nothing here grows with the
//! number of requests.

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use super::durations::Durations;

/// All that this process counts.
#[derive(Clone)]
pub struct Metrics {
    counted: PrometheusHandle,
    durations: Durations,
}

impl Metrics {
    /// Everything in Prometheus' text format 0.0.4.
    pub fn render(&self) -> String {
        let mut page = self.counted.render();
        self.durations.write(&mut page);
        page
    }
}

/// Starts counting. `None` if this process counts already (tests).
pub fn start_metrics() -> Option<Metrics> {
    let (meter, metrics) = meter();
    metrics::set_global_recorder(meter).ok().map(|()| metrics)
}

fn meter() -> (Meter, Metrics) {
    let counted = PrometheusBuilder::new().build_recorder();
    let durations = Durations::default();
    let metrics = Metrics {
        counted: counted.handle(),
        durations: durations.clone(),
    };
    (Meter { counted, durations }, metrics)
}

struct Meter {
    counted: PrometheusRecorder,
    durations: Durations,
}

impl Recorder for Meter {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, text: SharedString) {
        self.counted.describe_counter(key, unit, text);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, text: SharedString) {
        self.counted.describe_gauge(key, unit, text);
    }

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        self.counted.register_counter(key, metadata)
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        self.counted.register_gauge(key, metadata)
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.durations.of(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_gauges_and_durations_are_on_one_page() {
        let (meter, metrics) = meter();
        metrics::with_local_recorder(&meter, || {
            metrics::counter!("checks_total", "outcome" => "allow").increment(2);
            metrics::gauge!("sessions").set(3.0);
            metrics::histogram!("check_duration_seconds").record(0.0003);
        });
        let page = metrics.render();
        for line in [
            "checks_total{outcome=\"allow\"} 2",
            "sessions 3",
            "check_duration_seconds_count 1",
        ] {
            assert!(page.lines().any(|found| found == line), "{line}\n{page}");
        }
    }
}
