//! The wall clock, behind one function: nobody else reads it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Time since 1970-01-01 00:00 UTC; zero if the clock stands before that.
#[must_use]
#[allow(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the wall clock"
)]
pub fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// A day of the Gregorian calendar: year, month, day. They compare as days do.
pub type Day = (u64, u64, u64);

/// The day in UTC of a time since 1970-01-01. The days' arithmetic counts years from March, so that a leap day ends
/// one.
#[must_use]
pub fn day(time: Duration) -> Day {
    let day = time.as_secs() / 86_400 + 719_468; // since 1 March of year 0
    let (era, day) = (day / 146_097, day % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (era * 400 + year + carry, month, day)
}

/// Whether there is such a day. Years are those of the Gregorian calendar, also before there was one.
#[must_use]
pub fn is_day((year, month, day): Day) -> bool {
    let leaps = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leaps => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_days_that_there_are_follow_one_another() {
        let seconds_of_a_day = 86_400;
        let mut last = (1970, 1, 0);
        for number in 0..146_097 {
            let next = day(Duration::from_secs(number * seconds_of_a_day));
            let (year, month, of_month) = last;
            let after = [
                (year, month, of_month + 1),
                (year, month + 1, 1),
                (year + 1, 1, 1),
            ];
            assert_eq!(after.into_iter().find(|day| is_day(*day)), Some(next));
            last = next;
        }
        for none in [
            (2025, 2, 29),
            (1900, 2, 29),
            (2025, 0, 1),
            (2025, 13, 1),
            (2025, 1, 0),
        ] {
            assert!(!is_day(none), "{none:?}");
        }
    }
}
