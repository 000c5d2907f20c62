//! How the results of bindings become one: api-and-model.md 1.8, engine semantics 2 to 4.
//!
//! Rule: nothing here asks anybody; the fixed bindings (people and groups) make one result together.

use crate::model::EngineMode;

/// One binding's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Of a user or a group.
    Fixed(bool),
    /// Of a policy.
    Asked(bool),
}

/// All results as one; `None` if there are none.
pub fn combine(readings: &[Reading], mode: EngineMode) -> Option<bool> {
    let fixed = readings.iter().filter_map(|one| match one {
        Reading::Fixed(passes) => Some(*passes),
        Reading::Asked(_) => None,
    });
    let fixed = join(fixed, mode);
    let asked = readings.iter().filter_map(|one| match one {
        Reading::Asked(passes) => Some(*passes),
        Reading::Fixed(_) => None,
    });
    join(fixed.into_iter().chain(asked), mode)
}

fn join(results: impl Iterator<Item = bool>, mode: EngineMode) -> Option<bool> {
    results.reduce(|one, other| match mode {
        EngineMode::Any => one || other,
        EngineMode::All => one && other,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The semantics in plain words, one case after the other.
    fn reference(readings: &[Reading], any: bool) -> Option<bool> {
        let mut fixed = Vec::new();
        let mut results = Vec::new();
        for reading in readings {
            match reading {
                Reading::Fixed(passes) => fixed.push(*passes),
                Reading::Asked(passes) => results.push(*passes),
            }
        }
        if !fixed.is_empty() {
            let matching = fixed.iter().filter(|passes| **passes).count();
            results.push(if any {
                matching > 0
            } else {
                matching == fixed.len()
            });
        }
        if results.is_empty() {
            return None;
        }
        let passing = results.iter().filter(|passes| **passes).count();
        Some(if any {
            passing > 0
        } else {
            passing == results.len()
        })
    }

    proptest! {
        #[test]
        fn any_number_of_results_combines_as_the_plain_reference_says(
            results in prop::collection::vec((any::<bool>(), any::<bool>()), 0..8),
        ) {
            let reading = |(fixed, passes): &(bool, bool)| if *fixed {
                Reading::Fixed(*passes)
            } else {
                Reading::Asked(*passes)
            };
            let readings: Vec<_> = results.iter().map(reading).collect();
            prop_assert_eq!(combine(&readings, EngineMode::Any), reference(&readings, true));
            prop_assert_eq!(combine(&readings, EngineMode::All), reference(&readings, false));
        }
    }
}
