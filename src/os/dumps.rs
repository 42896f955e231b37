//! No core files of a process that has others' secrets in ordinary memory.

/// Keeps this process out of core files, and other processes of the same user out of its memory; whether it could be done.
#[must_use]
pub fn forbid() -> bool {
    // SAFETY: changes a flag of this process and takes no pointer.
    unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 }
}
