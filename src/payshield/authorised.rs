//! [`Authorised`]: the authorised state, by named activities that end by themselves [Thales payShield, authorised activities].

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

/// Which activities are authorised, by their names (`export.001.host`: category, key type or subject, `host`), and until
/// when.
#[derive(Debug, Default)]
pub struct Authorised(RwLock<State>);

#[derive(Debug, Default)]
struct State {
    /// Everything but [`DIAGNOSTICS`], until it is cancelled.
    demonstrates: bool,
    activities: HashMap<String, Option<Instant>>,
}

/// The name that authorises every activity.
pub const ALL: &str = "all";
/// What [`Authorised::list`] calls the state of a demonstration.
pub const ALL_BUT_DIAGNOSTICS: &str = "all-but-diag";
/// Activities of this category have other answers than without them, so that a demonstration has them by name only.
const DIAGNOSTICS: &str = "diag";

impl State {
    /// Forgets what has ended.
    fn forget_ended(&mut self) {
        let now = Instant::now();
        self.activities.retain(|_, until| is_valid(*until, now));
    }
}

fn is_valid(until: Option<Instant>, now: Instant) -> bool {
    until.is_none_or(|until| now < until)
}

/// Seconds, of which a part counts as one: what still holds for a moment has not ended.
fn seconds_left(until: Instant, now: Instant) -> u64 {
    until
        .saturating_duration_since(now)
        .saturating_add(Duration::from_millis(999))
        .as_secs()
}

impl Authorised {
    /// A server on which nothing needs authorisation but diagnostics: for demonstrations and tests.
    #[must_use]
    pub fn all_but_diagnostics() -> Self {
        Self(RwLock::new(State {
            demonstrates: true,
            activities: HashMap::new(),
        }))
    }

    /// Whether the activity is authorised now: by its own name, by a shorter one that it begins with (`export`,
    /// `export.001`), or by [`ALL`].
    #[must_use]
    pub fn allows(&self, activity: &str) -> bool {
        let state = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let named = |name: &str| {
            if name == ALL {
                return true;
            }
            let rest = activity.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let tells_secrets = activity.starts_with(DIAGNOSTICS);
        (state.demonstrates && !tells_secrets)
            || state
                .activities
                .iter()
                .any(|(name, until)| named(name) && is_valid(*until, now))
    }

    /// Authorises an activity, for some time or until it is cancelled.
    pub fn authorise(&self, activity: String, duration: Option<Duration>) {
        let until = duration.and_then(|duration| Instant::now().checked_add(duration));
        let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
        state.forget_ended();
        state.activities.insert(activity, until);
    }

    /// Cancels every activity; gives how many there were, those that had ended apart.
    pub fn cancel(&self) -> usize {
        let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
        state.forget_ended();
        let count = state.activities.len() + usize::from(state.demonstrates);
        *state = State::default();
        count
    }

    /// The activities that have not ended, with the seconds that are left; `None` where no end is set. A demonstration's
    /// state is [`ALL_BUT_DIAGNOSTICS`].
    #[must_use]
    pub fn list(&self) -> Vec<(String, Option<u64>)> {
        let state = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let demonstrates = state.demonstrates.then(|| (ALL_BUT_DIAGNOSTICS.to_owned(), None));
        let mut list: Vec<_> = state
            .activities
            .iter()
            .filter(|(_, until)| is_valid(**until, now))
            .map(|(name, until)| (name.clone(), until.map(|until| seconds_left(until, now))))
            .collect();
        list.sort();
        demonstrates.into_iter().chain(list).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn activities_are_authorised_by_name_and_end() {
        let authorised = Authorised::default();
        assert!(!authorised.allows("export.001.host"));
        authorised.authorise("export".into(), None);
        assert!(authorised.allows("export.001.host"));
        assert!(!authorised.allows("exports"));
        authorised.authorise("pin.clear".into(), Some(Duration::ZERO));
        assert!(!authorised.allows("pin.clear"));
        assert_eq!(authorised.list(), [("export".to_owned(), None)]);
        assert_eq!(authorised.cancel(), 1);
        assert!(!authorised.allows("export.001.host"));
        assert!(Authorised::all_but_diagnostics().allows("anything"));
        let all = Authorised::all_but_diagnostics();
        assert!(!all.allows("diag.host"));
        all.authorise("diag.host".into(), None);
        assert!(all.allows("diag.host"));
    }

    #[test]
    fn what_has_ended_is_gone_and_what_ends_soon_is_not() {
        let authorised = Authorised::default();
        authorised.authorise("kcv".into(), Some(Duration::ZERO));
        authorised.authorise("pin".into(), Some(Duration::from_millis(500)));
        assert_eq!(authorised.list(), [("pin".to_owned(), Some(1))]);
        std::thread::sleep(Duration::from_millis(600));
        assert!(authorised.list().is_empty());
        assert_eq!(authorised.cancel(), 0);
    }

    #[test]
    fn all_is_everything_again_after_it_was_cancelled() {
        let authorised = Authorised::all_but_diagnostics();
        assert_eq!(authorised.list(), [(ALL_BUT_DIAGNOSTICS.to_owned(), None)]);
        assert_eq!(authorised.cancel(), 1);
        assert!(!authorised.allows("export.001.host"));
        authorised.authorise(ALL.into(), None);
        assert!(authorised.allows("export.001.host") && authorised.allows("diag.host"));
    }
}
