//! Sockets that a service manager has opened for this process.

use std::net::TcpListener;
use std::os::fd::{FromRawFd, RawFd};

/// The first of them [systemd, sd_listen_fds(3)].
const FIRST: RawFd = 3;

/// Takes so many listening sockets of TCP over, from descriptor 3 on; what is none of these is left alone. To be called
/// once: a descriptor has one owner.
#[must_use]
pub fn listeners(count: usize) -> Vec<TcpListener> {
    let descriptors = (FIRST..).take(count);
    descriptors
        .filter(|descriptor| is_listening(*descriptor))
        .map(|descriptor| {
            // SAFETY: it is open, as was just asked, and was opened for this process to own; children must not have it.
            unsafe {
                libc::fcntl(descriptor, libc::F_SETFD, libc::FD_CLOEXEC);
                TcpListener::from_raw_fd(descriptor)
            }
        })
        .collect()
}

fn is_listening(descriptor: RawFd) -> bool {
    let mut value: libc::c_int = 0;
    let Ok(mut length) = libc::socklen_t::try_from(size_of::<libc::c_int>()) else {
        return false;
    };
    // SAFETY: writes an int of this length; a descriptor that is closed or no socket is an error.
    let asked = unsafe {
        libc::getsockopt(
            descriptor,
            libc::SOL_SOCKET,
            libc::SO_ACCEPTCONN,
            (&raw mut value).cast(),
            &raw mut length,
        )
    };
    asked == 0 && value == 1
}
