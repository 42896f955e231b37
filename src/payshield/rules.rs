//! [`Rules`]: the settings in force, which may change while the server runs.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::settings::Settings;

/// More than anybody changes settings: each shelf has twice the places of the one before it.
const SHELVES: usize = 32;

type Shelf = Box<[OnceLock<Settings>]>;

/// The settings in force, and those that were before them: whoever still reads those may go on. Each change keeps a few
/// hundred bytes for as long as the server runs. Those in force are found at once, however many there were.
#[derive(Debug)]
pub struct Rules {
    first: Settings,
    /// Those that came later: a shelf of one place, one of two, one of four, and so on.
    later: [OnceLock<Shelf>; SHELVES],
    /// How many came later.
    count: AtomicUsize,
    /// One change at a time.
    change: Mutex<()>,
}

impl Rules {
    /// Begins with these.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            first: settings,
            later: [const { OnceLock::new() }; SHELVES],
            count: AtomicUsize::new(0),
            change: Mutex::new(()),
        }
    }

    /// The place of the settings of this number; the first that came later are 1.
    fn place(&self, number: usize) -> Option<&OnceLock<Settings>> {
        let shelf = number.checked_ilog2()?;
        let places = 1 << shelf;
        let made = || (0..places).map(|_| OnceLock::new()).collect();
        let shelf = self.later.get(usize::try_from(shelf).ok()?)?.get_or_init(made);
        shelf.get(number - places)
    }

    /// Those in force.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        let place = self.place(self.count.load(Ordering::Acquire));
        place.and_then(OnceLock::get).unwrap_or(&self.first)
    }

    /// Others from now on.
    pub fn replace(&self, settings: Settings) {
        let _one = self.change.lock().unwrap_or_else(PoisonError::into_inner);
        let number = self.count.load(Ordering::Relaxed) + 1;
        if let Some(place) = self.place(number) {
            place.get_or_init(|| settings);
            self.count.store(number, Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_change_and_who_reads_the_old_ones_goes_on() {
        let rules = Rules::new(Settings::default());
        let before = rules.settings();
        for header_length in [6, 8] {
            rules.replace(Settings {
                header_length,
                ..Settings::default()
            });
        }
        assert_eq!((before.header_length, rules.settings().header_length), (4, 8));
    }

    #[test]
    fn settings_change_as_often_as_they_are_told_to() {
        let rules = Rules::new(Settings::default());
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for header_length in 0..50 {
                        rules.replace(Settings {
                            header_length,
                            ..Settings::default()
                        });
                    }
                });
            }
        });
        assert_eq!(
            (
                rules.count.load(Ordering::Relaxed),
                rules.settings().header_length
            ),
            (200, 49)
        );
    }
}
