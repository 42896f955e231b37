//! [`ServiceManager`]: what systemd tells a service in its environment, and what a service tells it.

use std::ffi::OsString;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// What systemd tells a service, and where it wants to be told how the service does [systemd, sd_listen_fds(3),
/// sd_notify(3)].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceManager {
    sockets: usize,
    notify: Option<OsString>,
}

impl ServiceManager {
    /// What holds for this process. Sockets for another process are none.
    #[must_use]
    pub fn of_process() -> Self {
        let is_ours = variable("LISTEN_PID") == Some(std::process::id().to_string().into());
        let sockets = variable("LISTEN_FDS").and_then(|count| count.to_str()?.parse().ok());
        Self {
            sockets: sockets.filter(|_| is_ours).unwrap_or(0),
            notify: variable("NOTIFY_SOCKET"),
        }
    }

    /// How many sockets were opened for this process, at descriptor 3 and behind it.
    #[must_use]
    pub fn sockets(&self) -> usize {
        self.sockets
    }

    /// Tells the service's state, as `READY=1`. Without a service manager nothing happens.
    pub fn notify(&self, state: &str) {
        let Some(name) = &self.notify else {
            return;
        };
        let address = match name.as_bytes() {
            [b'@', name @ ..] => SocketAddr::from_abstract_name(name),
            name => SocketAddr::from_pathname(std::ffi::OsStr::from_bytes(name)),
        };
        let sent = address.and_then(|address| {
            let socket = UnixDatagram::unbound()?;
            socket.send_to_addr(state.as_bytes(), &address)
        });
        if let Err(error) = sent {
            log::warn!("the service manager could not be told {state:?}: {error}");
        }
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "environment variables are read in this room"
)]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_sent_to_a_path_and_to_an_abstract_name() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notify");
        let by_path = UnixDatagram::bind(&path).unwrap();
        let name = format!("vhsm-notify-{}", std::process::id());
        let abstract_name = SocketAddr::from_abstract_name(&name).unwrap();
        let by_name = UnixDatagram::bind_addr(&abstract_name).unwrap();
        for (notify, socket) in [(path.into(), by_path), (format!("@{name}").into(), by_name)] {
            let manager = ServiceManager {
                sockets: 0,
                notify: Some(notify),
            };
            manager.notify("READY=1");
            let mut told = [0; 16];
            let length = socket.recv(&mut told).unwrap();
            assert_eq!(&told[..length], b"READY=1");
        }
    }
}
