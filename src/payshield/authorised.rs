//! [`Authorised`]: the authorised state, by named activities that end by themselves [Thales payShield, authorised activities].

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

/// An activity's name: category, key type or subject, and `host`, as in `generate.001.host`.
pub type Activity = String;

/// Which activities are authorised, and until when.
#[derive(Debug, Default)]
pub struct Authorised(RwLock<State>);

#[derive(Debug, Default)]
struct State {
    everything: bool,
    activities: HashMap<Activity, Option<Instant>>,
}

/// Activities of this category have other answers than without them, so that they are authorised by name only.
const DIAGNOSTICS: &str = "diag";

impl Authorised {
    /// A server on which nothing needs authorisation but diagnostics: for demonstrations and tests.
    #[must_use]
    pub fn everything() -> Self {
        Self(RwLock::new(State {
            everything: true,
            activities: HashMap::new(),
        }))
    }

    /// Whether the activity is authorised now: by its own name, or by a shorter one that it begins with (`generate`,
    /// `generate.001`).
    #[must_use]
    pub fn allows(&self, activity: &str) -> bool {
        let state = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let is_valid = |until: &Option<Instant>| until.is_none_or(|until| now < until);
        let named = |name: &str| {
            let rest = activity.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let tells_secrets = activity.starts_with(DIAGNOSTICS);
        (state.everything && !tells_secrets)
            || state
                .activities
                .iter()
                .any(|(name, until)| named(name) && is_valid(until))
    }

    /// Authorises an activity, for some time or until it is cancelled.
    pub fn authorise(&self, activity: Activity, duration: Option<Duration>) {
        let until = duration.and_then(|duration| Instant::now().checked_add(duration));
        let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
        state.activities.insert(activity, until);
    }

    /// Cancels every activity; gives how many there were.
    pub fn cancel(&self) -> usize {
        let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let count = state.activities.len() + usize::from(state.everything);
        *state = State::default();
        count
    }

    /// The activities with the seconds that are left; `None` where no end is set. The name is empty for a server on which
    /// nothing needs authorisation.
    #[must_use]
    pub fn list(&self) -> Vec<(Activity, Option<u64>)> {
        let state = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let left =
            |until: &Option<Instant>| until.map(|until| until.saturating_duration_since(now).as_secs());
        let everything = state.everything.then(|| (String::new(), None));
        let mut list: Vec<_> = state
            .activities
            .iter()
            .map(|(name, until)| (name.clone(), left(until)))
            .collect();
        list.sort();
        everything.into_iter().chain(list).collect()
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
        assert_eq!(authorised.cancel(), 2);
        assert!(!authorised.allows("export.001.host"));
        assert!(Authorised::everything().allows("anything"));
        let all = Authorised::everything();
        assert!(!all.allows("diag.host"));
        all.authorise("diag.host".into(), None);
        assert!(all.allows("diag.host"));
    }
}
