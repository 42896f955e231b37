//! Writing to a stream of the host's without holding it up or ending it.

use std::fs::File;
use std::io::{ErrorKind, Result, Write};
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, FromRawFd};

use crate::os::signals::Held;

/// Most bytes that a pipe takes at once as soon as it takes any [POSIX.1-2024, write].
pub const AT_ONCE_MAX: usize = 4096;

/// The standard error, whatever it is at the moment, as a file that is not closed.
#[must_use]
pub fn standard_error() -> ManuallyDrop<File> {
    // SAFETY: the number is the host's and stays so: it is written to, which fails if nothing is open there, and never
    // closed.
    ManuallyDrop::new(unsafe { File::from_raw_fd(libc::STDERR_FILENO) })
}

/// Writes all bytes, at most [`AT_ONCE_MAX`], if the stream takes them now. A pipe that nobody reads raises no SIGPIPE,
/// a file that is at its limit no SIGXFSZ.
/// A stream that others write to as well may fill up after it was asked; then this waits as any write does.
///
/// # Errors
/// [`ErrorKind::WouldBlock`] if the stream is full; the system's.
pub fn write_if_ready(out: &File, bytes: &[u8]) -> Result<()> {
    let mut asked = libc::pollfd {
        fd: out.as_raw_fd(),
        events: libc::POLLOUT,
        revents: 0,
    };
    // SAFETY: one structure, which outlives the call; a timeout of 0 does not wait.
    let ready = unsafe { libc::poll(&raw mut asked, 1, 0) };
    if ready != 1 || asked.revents & libc::POLLOUT == 0 {
        return Err(ErrorKind::WouldBlock.into());
    }
    let _held = Held::new();
    (&*out).write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::fd::OwnedFd;

    fn pipe() -> (File, File) {
        let (reader, writer) = std::io::pipe().unwrap();
        (OwnedFd::from(reader).into(), OwnedFd::from(writer).into())
    }

    #[test]
    fn a_full_pipe_is_not_waited_for() {
        let (mut reader, writer) = pipe();
        let line = [b'x'; AT_ONCE_MAX];
        let mut lines = 0;
        let refused = loop {
            match write_if_ready(&writer, &line) {
                Ok(()) => lines += 1,
                Err(error) => break error,
            }
        };
        assert_eq!(refused.kind(), ErrorKind::WouldBlock);
        assert!(lines > 0);
        reader.read_exact(&mut vec![0; AT_ONCE_MAX]).unwrap();
        write_if_ready(&writer, &line).unwrap();
    }

    fn is_pending() -> bool {
        // SAFETY: the set is this function's own, and plain data.
        unsafe {
            let mut pending = std::mem::zeroed();
            libc::sigpending(&raw mut pending) == 0
                && libc::sigismember(&raw const pending, libc::SIGPIPE) == 1
        }
    }

    /// Runs in a process of its own, in which SIGPIPE does what it does by default. Gives the number of the step that
    /// went wrong, or 0.
    fn write_to_nobody(writer: &File) -> i32 {
        // SAFETY: this process has one thread and no handlers.
        unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
        if write_if_ready(writer, b"line\n").is_ok() {
            return 1;
        }
        let seen = Held::new(); // what is raised stays to be seen
        let held = Held::new();
        let broken = (&*writer).write_all(b"line\n").map_err(|error| error.kind());
        if broken != Err(ErrorKind::BrokenPipe) || !is_pending() {
            return 2;
        }
        drop(held);
        if is_pending() {
            return 3;
        }
        if write_if_ready(writer, b"line\n").is_ok() || is_pending() {
            return 4;
        }
        drop(seen);
        0
    }

    /// The system's own signal, which would end the process.
    #[test]
    fn a_pipe_that_nobody_reads_leaves_no_signal_behind() {
        let (reader, writer) = pipe();
        drop(reader);
        // SAFETY: the child of this process with many threads allocates nothing, takes no lock and ends without handlers.
        unsafe {
            let child = libc::fork();
            if child == 0 {
                libc::_exit(write_to_nobody(&writer));
            }
            let mut status = -1;
            assert_eq!(libc::waitpid(child, &raw mut status, 0), child);
            assert_eq!(
                status, 0,
                "the step that went wrong times 256, or the signal that ended the process"
            );
        }
    }
}
