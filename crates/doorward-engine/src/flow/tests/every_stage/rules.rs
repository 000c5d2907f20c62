//! What has to be true after each act.
//!
//! Rule: whoever is signed in, changed, deleted or made has given what the flow asks for, on the very
//! line that led there.

use super::*;

impl House {
    /// Whoever is signed in gave their password, and a device where the flow asks for one, or a passkey
    /// alone, or read their mail on this line, or made the account on it.
    pub(super) fn check_session(&mut self, step: &Step, line: &Line, act: Act) {
        let SessionChange::SignedIn(new) = &step.session else {
            return;
        };
        let id = |id: &i64| new.uid == crate::person::uid(*id, &self.engine.snapshot().install_id);
        let known = IDS.iter().find(|one| id(one));
        let has = |list: &[i64]| known.is_some_and(|known| list.contains(known));
        let is_proven = match (known, &*line.slug) {
            (None, slug) => slug == "e-enroll" && line.agreed,
            (Some(_), "e-sign-in") => has(&line.passwords),
            (Some(_), "e-reset") => has(&line.letters),
            (Some(_), "e-alone") => has(&line.alone),
            (Some(_), "e-strong") => has(&line.alone) || has(&line.passwords) && has(&line.devices),
            // Whoever had no device has set one up here, which `check_devices` looks at.
            (Some(_), "e-joins") => has(&line.passwords) && line.set_up,
            (Some(_), "e-adds") => has(&line.passwords) && (has(&line.devices) || line.set_up),
            _ => false,
        };
        assert!(is_proven, "{act:?} {line:?}");
        self.ends += 1;
    }

    /// Nobody's account changed but by whom it belongs to, with what the flow asks for given on this
    /// line.
    pub(super) async fn check_people(&mut self, before: &Before, line: &Line, act: Act) {
        for (id, before) in IDS.into_iter().zip(&before.people) {
            let (before, after) = (before.as_ref().expect("a person"), self.row(id).await);
            // The password's own time: signing in may replace an old hash of the same password.
            let facts =
                |row: &UserRow| (row.password_changed_at, row.username.clone(), row.is_active);
            let is_same = after
                .as_ref()
                .is_some_and(|after| facts(after) == facts(before));
            if is_same {
                continue;
            }
            self.ends += 1;
            let by = act.by();
            let (is_theirs, is_owner) = (by.is_none_or(|by| by == id), by == Some(id));
            let has = |list: &[i64]| list.contains(&id);
            let way = match (after.is_some(), &*line.slug) {
                (false, slug) => slug == "e-leave" && has(&line.passwords),
                (true, "e-reset") => has(&line.letters),
                (true, "e-change") => has(&line.passwords) && is_owner,
                (true, "e-again") => has(&line.devices) && is_owner,
                _ => false,
            };
            assert!(is_theirs && way, "{id} {act:?} {line:?}");
        }
    }

    /// An account is made by an invited stranger who has done the work and agreed.
    pub(super) async fn check_count(&mut self, before: &Before, line: &Line, act: Act) {
        let made = self.count().await - before.count;
        let is_due = line.slug == "e-enroll" && line.invited && line.agreed && line.worked;
        let is_stranger = act.by().is_none();
        assert!(made <= 0 || is_due && is_stranger, "{act:?} {line:?}");
        self.ends += usize::from(made > 0);
    }
}
