//! The control socket: `vhsm payshield authorise` speaks with the server here. It is a socket of the file system, for the
//! server's user alone. A request is a line: `authorise ACTIVITY SECONDS` (0: no end; `all` is every activity), `cancel`, `status`.

use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

use super::activities::{activities, is_known};
use super::authorised::Authorised;
use super::host::Host;
use super::visitors::Visitors;

/// The socket's name in the data directory.
pub const NAME: &str = "payshield.sock";
const LINE_MAX: usize = 512;
const TIMEOUT: Duration = Duration::from_secs(5);
/// Requests at a time.
pub const AT_A_TIME: usize = 64;

/// A socket that goes with the value.
pub struct Control {
    listener: UnixListener,
    path: PathBuf,
    owner: u32,
}

impl Drop for Control {
    fn drop(&mut self) {
        // It may be gone already.
        let _gone = std::fs::remove_file(&self.path);
    }
}

impl Control {
    /// Makes the socket. One that nobody listens on is replaced.
    ///
    /// # Errors
    /// The system's; that another server listens there.
    pub fn bind(path: &Path) -> io::Result<Self> {
        if std::os::unix::net::UnixStream::connect(path).is_ok() {
            let why = "another server listens there";
            return Err(io::Error::new(io::ErrorKind::AddrInUse, why));
        }
        // It gets its name when nobody else may use it any more.
        let unnamed = path.with_extension(format!("{}.new", std::process::id()));
        let listener = UnixListener::bind(&unnamed)?;
        let ready = std::fs::set_permissions(&unnamed, PermissionsExt::from_mode(0o600))
            .and_then(|()| std::fs::rename(&unnamed, path));
        if let Err(error) = ready {
            let _gone = std::fs::remove_file(&unnamed);
            return Err(error);
        }
        Ok(Self {
            listener,
            path: path.to_owned(),
            owner: std::fs::metadata(path)?.uid(),
        })
    }

    /// Answers for as long as it is polled.
    pub async fn serve(&self, host: Arc<Host>) {
        let owner = self.owner;
        let mut visitors = Visitors::new(AT_A_TIME, TIMEOUT);
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let host = Arc::clone(&host);
                    visitors.receive(async move {
                        if let Err(error) = answer(&host, owner, stream).await {
                            log::info!("payshield: the control socket: {error}");
                        }
                    });
                }
                Err(error) => {
                    log::warn!("payshield: the control socket: {error}");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}

async fn answer(host: &Host, owner: u32, mut stream: UnixStream) -> io::Result<()> {
    let asks = stream.peer_cred()?.uid();
    if asks != owner && asks != 0 {
        log::warn!("payshield: user {asks} may not use the control socket");
        return stream.write_all(b"error this user may not do that\n").await;
    }
    let mut line = Vec::new();
    while !line.contains(&b'\n') && line.len() < LINE_MAX {
        if stream.read_buf(&mut line).await? == 0 {
            break;
        }
    }
    let line = String::from_utf8_lossy(&line).into_owned();
    let answer = act(host.authorised(), line.trim_end());
    stream.write_all(answer.as_bytes()).await
}

fn act(authorised: &Authorised, line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    match words.as_slice() {
        ["authorise", activity, _] if !is_activity(activity) => {
            "error an activity has letters, digits, points, hyphens and underscores\n".to_owned()
        }
        ["authorise", activity, _] if !is_known(activity) => {
            let known: Vec<&str> = activities().into_iter().collect();
            format!(
                "error no command asks for {activity}\nknown all, {}\n",
                known.join(", ")
            )
        }
        ["authorise", activity, seconds] => match seconds.parse() {
            Ok(seconds) => {
                let duration = (seconds != 0).then(|| Duration::from_secs(seconds));
                match seconds {
                    0 => log::warn!("payshield: {activity} is authorised without an end"),
                    _ => log::warn!("payshield: {activity} is authorised for {seconds} seconds"),
                }
                authorised.authorise((*activity).to_owned(), duration);
                "ok\n".to_owned()
            }
            Err(_) => "error the seconds are no number\n".to_owned(),
        },
        ["cancel"] => {
            let count = authorised.cancel();
            log::warn!("payshield: {count} authorised activities were cancelled");
            format!("ok {count}\n")
        }
        ["status"] => {
            let line = |(name, left): (String, Option<u64>)| match left {
                None => format!("active {name} 0\n"),
                Some(left) => format!("active {name} {left}\n"),
            };
            let lines: String = authorised.list().into_iter().map(line).collect();
            lines + "ok\n"
        }
        _ => "error there is no such request\n".to_owned(),
    }
}

fn is_activity(text: &str) -> bool {
    let is = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(is)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_lines() {
        let authorised = Authorised::default();
        assert_eq!(act(&authorised, "authorise export.001.host 0"), "ok\n");
        assert!(authorised.allows("export.001.host"));
        assert_eq!(act(&authorised, "status"), "active export.001.host 0\nok\n");
        let unknown = act(&authorised, "authorise nonsense.foo.bar 0");
        assert!(
            unknown.starts_with("error no command asks for nonsense.foo.bar\nknown all, component."),
            "{unknown}"
        );
        assert_eq!(act(&authorised, "cancel"), "ok 1\n");
        assert!(!authorised.allows("export.001.host"));
        for wrong in [
            "",
            "authorise",
            "authorise a;b 1",
            "authorise pin x",
            "authorise a.b 0",
            "cancel all",
        ] {
            assert!(act(&authorised, wrong).starts_with("error "), "{wrong}");
        }
    }
}
