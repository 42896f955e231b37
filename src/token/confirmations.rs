//! Which of the candidates that the index gives are looked at before they are believed.

use crate::object::index::Lookup;

/// Candidates of a search that the terms decide are confirmed on their records up to this number; those behind are
/// believed, since every object's tags are checked again when it is used.
const CONFIRMED_MAX: usize = 64;

/// Which candidates of a search are confirmed on their records: all of them if the tags do not decide, else until enough
/// of each kind were what the index says. One that was not tells nothing good of those that follow.
pub(super) struct Confirmations {
    /// Whether the terms of the search decide.
    pub(super) decides: bool,
    /// Left to confirm among public and among private objects.
    left: [usize; 2],
}

impl Confirmations {
    /// For a search.
    pub(super) fn new(lookup: &Lookup) -> Self {
        let max = if lookup.terms.is_empty() { 0 } else { CONFIRMED_MAX };
        Self {
            decides: lookup.decides,
            left: [max; 2],
        }
    }

    fn left(&mut self, private: bool) -> &mut usize {
        let [public_left, private_left] = &mut self.left;
        if private { private_left } else { public_left }
    }

    /// Whether the next candidate is to be confirmed.
    pub(super) fn wanted(&mut self, private: bool) -> bool {
        !self.decides || *self.left(private) > 0
    }

    /// One was what the index says.
    pub(super) fn count(&mut self, private: bool) {
        let left = self.left(private);
        *left = left.saturating_sub(1);
    }
}
