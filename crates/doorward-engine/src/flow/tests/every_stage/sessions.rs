//! The sessions that the machine's people come with.
//!
//! Rule: a session ends by its own browser's sign-out or next sign-in, or with the password or the
//! account; a sign-out ends it.

use super::*;
use crate::flow::tests::devices::visit_since;

impl House {
    /// What somebody's browser brings along.
    pub(super) fn visit(&self, by: Option<i64>, may_act: bool) -> Visit {
        let mine = IDS.into_iter().position(|id| by == Some(id));
        let visit = mine.map(|at| self.visits[at].clone()).unwrap_or_default();
        Visit { may_act, ..visit }
    }

    /// Gives one of them a new session.
    pub(super) async fn sign_in_again(&mut self, at: usize) {
        self.visits[at] = visit_since(&self.engine, IDS[at], [self.now; 2], "password").await;
    }

    /// Whether their session is still there.
    pub(super) async fn is_signed_in(&self, at: usize) -> bool {
        let Some(session) = &self.visits[at].session else {
            return false;
        };
        let mut tx = self.engine.store.read().await.expect("a transaction");
        let rows = session::of_user(&mut tx, IDS[at], self.now).await;
        rows.expect("a list")
            .iter()
            .any(|row| *row.id == *session.id)
    }

    /// Whose session has ended has ended it, and whoever signed out has none.
    pub(super) async fn check_signed_out(&mut self, step: &Step, line: &Line, act: Act) {
        let by = act.by();
        let out = matches!(step.session, SessionChange::SignedOut);
        let is_way = matches!(&*line.slug, "e-out" | "e-gone" | "e-leave");
        // Whoever has no session loses none.
        let may = act.may_act() || by.is_none();
        assert!(!out || is_way && may, "{act:?} {line:?}");
        for (at, id) in IDS.into_iter().enumerate() {
            let is_own = by == Some(id);
            if self.is_signed_in(at).await {
                assert!(!(out && is_own), "{id} stays: {act:?} {line:?}");
                continue;
            }
            let row = self.row(id).await;
            let is_same = row.is_some_and(|row| row.password_changed_at == self.since[at]);
            let is_left = is_own && !matches!(step.session, SessionChange::Keep);
            assert!(!is_same || is_left, "{id} {act:?} {line:?}");
            self.ends += usize::from(out && is_own);
        }
    }
}
