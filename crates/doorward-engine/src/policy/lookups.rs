//! Names and addresses that expressions ask for, remembered for a moment.
//!
//! Rule: what the name servers said is believed for three minutes, as in authentik; a failure is asked
//! again.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{resolve, reverse};

const BELIEVED: Duration = Duration::from_mins(3);
const ANSWERS_MAX: usize = 32;

/// What was found.
#[derive(Default)]
pub(crate) struct Lookups {
    known: Mutex<HashMap<String, (Instant, Value)>>,
}

impl Lookups {
    pub(super) async fn addresses(&self, asked: &Value) -> Result<Value, String> {
        let key = format!("addresses {asked}");
        self.known_or(key, resolve::addresses(asked)).await
    }

    pub(super) async fn name(&self, asked: &Value) -> Result<Value, String> {
        let key = format!("name {asked}");
        self.known_or(key, reverse::name(asked)).await
    }

    async fn known_or(
        &self,
        key: String,
        asking: impl Future<Output = Result<Value, String>>,
    ) -> Result<Value, String> {
        let known = self.locked().get(&key).cloned();
        if let Some((_, value)) = known.filter(|(since, _)| since.elapsed() < BELIEVED) {
            return Ok(value);
        }
        let found = asking.await?;
        let mut all = self.locked();
        if all.len() >= ANSWERS_MAX {
            all.retain(|_, (since, _)| since.elapsed() < BELIEVED);
        }
        if all.len() >= ANSWERS_MAX {
            all.clear();
        }
        all.insert(key, (Instant::now(), found.clone()));
        Ok(found)
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, HashMap<String, (Instant, Value)>> {
        self.known.lock().expect("no holder of this lock panics")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use serde_json::json;

    use super::*;

    /// api-and-model.md 6.2: three minutes, 32 entries.
    #[tokio::test]
    async fn an_answer_is_asked_for_once_a_failure_again_and_few_are_kept() {
        let (lookups, asked) = (Lookups::default(), AtomicUsize::new(0));
        let look = async |key: &str, answer: Result<Value, String>| {
            let asking = async {
                asked.fetch_add(1, Ordering::Relaxed);
                answer
            };
            lookups.known_or(key.to_owned(), asking).await
        };
        assert!(look("a", Err("no".to_owned())).await.is_err());
        assert_eq!(look("a", Ok(json!(1))).await, Ok(json!(1)));
        assert_eq!(look("a", Ok(json!(2))).await, Ok(json!(1)));
        assert_eq!(asked.load(Ordering::Relaxed), 2);
        for number in 0..100 {
            look(&number.to_string(), Ok(json!(number)))
                .await
                .expect("it");
            assert!(lookups.locked().len() <= ANSWERS_MAX);
        }
        let since = Instant::now().checked_sub(BELIEVED).expect("a moment");
        lookups.locked().insert("old".to_owned(), (since, json!(1)));
        assert_eq!(look("old", Ok(json!(2))).await, Ok(json!(2)));
    }
}
