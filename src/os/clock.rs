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

/// `CK_TOKEN_INFO.utcTime`: the time now as `YYYYMMDDhhmmss00` [PKCS#11 3.2, 3.2].
#[must_use]
pub fn utc_time() -> [u8; 16] {
    utc_time_at(since_epoch().as_secs())
}

/// The civil calendar of days since 1970-01-01, in eras of 400 years that begin on 1 March.
fn utc_time_at(seconds: u64) -> [u8; 16] {
    let (days, second) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    let text = format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}00");
    text.as_bytes().try_into().unwrap_or([b' '; 16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_is_the_civil_one() {
        for (seconds, text) in [
            (0, b"1970010100000000"),
            (951_782_399, b"2000022823595900"),
            (951_782_400, b"2000022900000000"),
            (1_603_884_445, b"2020102811272500"),
            (4_102_444_800, b"2100010100000000"),
        ] {
            assert_eq!(&utc_time_at(seconds), text);
        }
    }
}
