//! How many files and sockets this process may have open.

/// Raises the soft limit of descriptors to what is wanted, as far as the hard limit allows; gives the soft limit then.
#[must_use]
pub fn raise(wanted: u64) -> u64 {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the structure outlives the call.
    if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) } != 0 {
        return 0;
    }
    let had = limit.rlim_cur;
    if had >= wanted {
        return had;
    }
    limit.rlim_cur = wanted.min(limit.rlim_max);
    // SAFETY: the structure outlives the call, which only reads it.
    match unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) } {
        0 => limit.rlim_cur,
        _ => had,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_rises_and_never_falls() {
        let had = raise(0);
        assert!(had > 0);
        assert!(raise(had + 1) >= had);
        assert!(raise(1) >= had);
    }
}
