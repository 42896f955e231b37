//! Writing to a stream of the host's without holding it up or ending it.

use std::fs::File;
use std::io::{ErrorKind, Result, Write};
use std::os::fd::AsRawFd;

use crate::os::signals::Held;

/// Most bytes that a pipe takes at once as soon as it takes any [POSIX.1-2024, write].
pub const AT_ONCE_MAX: usize = 4096;

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

    /// The system's own signal, of whatever disposition it is here.
    #[test]
    fn a_pipe_that_nobody_reads_leaves_no_signal_behind() {
        let (reader, writer) = pipe();
        drop(reader);
        let nobody_else_takes_it = Held::new();
        assert!(write_if_ready(&writer, b"line\n").is_err());
        let held = Held::new();
        let broken = (&writer).write_all(b"line\n");
        assert_eq!(broken.unwrap_err().kind(), ErrorKind::BrokenPipe);
        drop(held);
        drop(nobody_else_takes_it);
    }
}
