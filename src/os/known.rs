//! Values that are made once in a process and found again by all who want the same.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// A list that only grows. It has no lock, so that a child of fork can go on with it; what is in it is never freed.
pub struct Known<T: 'static>(AtomicPtr<Entry<T>>);

struct Entry<T: 'static> {
    value: T,
    next: Option<&'static Entry<T>>,
}

impl<T: PartialEq + Send + Sync> Default for Known<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: PartialEq + Send + Sync> Known<T> {
    /// Nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    fn first(&self) -> Option<&'static Entry<T>> {
        // SAFETY: only leaked boxes are ever stored, and none is freed or changed.
        unsafe { self.0.load(Ordering::Acquire).as_ref() }
    }

    /// The value that equals this one, or this one from now on. Two threads that come with the same new value at the same
    /// time may both add it.
    pub fn find_or_add(&self, value: T) -> &'static T {
        let mut first = self.first();
        let mut at = first;
        while let Some(entry) = at {
            if entry.value == value {
                return &entry.value;
            }
            at = entry.next;
        }
        let entry = Box::leak(Box::new(Entry { value, next: first }));
        let added = ptr::from_mut(entry);
        loop {
            let before = first.map_or(ptr::null_mut(), |entry| ptr::from_ref(entry).cast_mut());
            match self
                .0
                .compare_exchange(before, added, Ordering::Release, Ordering::Relaxed)
            {
                // SAFETY: leaked above, and changed by nobody from now on.
                Ok(_) => return unsafe { &(*added).value },
                Err(_) => {
                    first = self.first();
                    // SAFETY: leaked above, and not in the list yet: nobody else has it.
                    unsafe { (*added).next = first };
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_is_there_once_and_stays_where_it_is() {
        static KNOWN: Known<String> = Known::new();
        let one: *const String = KNOWN.find_or_add("one".into());
        let two: *const String = KNOWN.find_or_add("two".into());
        assert_ne!(one, two);
        assert_eq!(one, KNOWN.find_or_add("one".into()));
        assert_eq!(two, KNOWN.find_or_add("two".into()));
    }

    #[test]
    fn threads_that_add_at_a_time_lose_nothing() {
        static KNOWN: Known<usize> = Known::new();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                scope.spawn(move || {
                    (0..200)
                        .for_each(|at| assert_eq!(*KNOWN.find_or_add(thread * 200 + at), thread * 200 + at))
                });
            }
        });
        let mut found = Vec::new();
        let mut at = KNOWN.first();
        while let Some(entry) = at {
            found.push(entry.value);
            at = entry.next;
        }
        found.sort_unstable();
        assert_eq!(found, (0..800).collect::<Vec<_>>());
    }
}
