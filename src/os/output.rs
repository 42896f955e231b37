//! Writing to a stream of the host's without holding it up or ending it.

use std::fs::File;
use std::io::{Error, ErrorKind, Result, Write};
use std::os::fd::AsRawFd;

/// Most bytes that a pipe takes at once as soon as it takes any [POSIX.1-2024, write].
pub const AT_ONCE_MAX: usize = 4096;

/// Writes all bytes, at most [`AT_ONCE_MAX`], if the stream takes them now. A pipe that nobody reads raises no SIGPIPE.
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
    without_sigpipe(|| (&*out).write_all(bytes))
}

/// Runs with SIGPIPE blocked in this thread, and takes away the one that `write` raises. The host's handling of the
/// signal stays as it is.
fn without_sigpipe(write: impl FnOnce() -> Result<()>) -> Result<()> {
    // SAFETY: sets of signals are plain data, which sigemptyset and the calls that follow write; the calls name places
    // of this function alone and change nothing but this thread's mask.
    unsafe {
        let (mut pipe, mut before) = (std::mem::zeroed(), std::mem::zeroed());
        libc::sigemptyset(&raw mut pipe);
        libc::sigaddset(&raw mut pipe, libc::SIGPIPE);
        let was_pending = sigpipe_pending();
        if libc::pthread_sigmask(libc::SIG_BLOCK, &raw const pipe, &raw mut before) != 0 {
            return Err(Error::other("signals cannot be blocked"));
        }
        let written = write();
        let broken = matches!(&written, Err(error) if error.kind() == ErrorKind::BrokenPipe);
        // The signal of a broken pipe goes to the thread that wrote: it is there, and nobody else can take it.
        if broken && !was_pending && sigpipe_pending() {
            let mut signal = 0;
            libc::sigwait(&raw const pipe, &raw mut signal);
        }
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, std::ptr::null_mut());
        written
    }
}

fn sigpipe_pending() -> bool {
    // SAFETY: as in `without_sigpipe`.
    unsafe {
        let mut pending = std::mem::zeroed();
        libc::sigemptyset(&raw mut pending);
        libc::sigpending(&raw mut pending);
        libc::sigismember(&raw const pending, libc::SIGPIPE) == 1
    }
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

    #[test]
    fn a_pipe_that_nobody_reads_leaves_no_signal_behind() {
        let (reader, writer) = pipe();
        drop(reader);
        let mut nobody = &writer;
        let broken = without_sigpipe(|| nobody.write_all(b"line\n"));
        assert_eq!(broken.unwrap_err().kind(), ErrorKind::BrokenPipe);
        assert!(!sigpipe_pending());
        assert!(write_if_ready(&writer, b"line\n").is_err());
    }
}
