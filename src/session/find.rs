//! A search under way: a snapshot of what matched when it began.

use crate::token::Found;

/// What a search found and has not yet given out.
pub struct Find {
    found: std::vec::IntoIter<Found>,
}

impl Find {
    /// Begins with what was found.
    #[must_use]
    pub fn begin(found: Vec<Found>) -> Self {
        Self {
            found: found.into_iter(),
        }
    }

    /// The next object, if there is one.
    pub fn next_found(&mut self) -> Option<Found> {
        self.found.next()
    }
}
