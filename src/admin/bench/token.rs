//! The token that a worker measures on: one that it makes itself, or one that the user names.
//!
//! Tokens are made in modules that read their place from the environment (vhsm: `VHSM_CONF`, SoftHSM:
//! `SOFTHSM2_CONF`), in a temporary directory. No other module's token is ever initialised.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::ck::{SlotId, UserType};
use crate::client::{Library, Session};

/// The label of tokens made for the benchmark.
const TOKEN_LABEL: &str = "vhsm bench";
/// The PIN of tokens made for the benchmark, for both users; the tokens live as long as the run.
pub(super) const OWN_PIN: &str = "bench-1234";

/// A directory that is removed when dropped.
#[derive(Debug)]
pub(super) struct TemporaryDirectory(PathBuf);

impl TemporaryDirectory {
    /// Makes a new directory, for the owner alone, in `parent`.
    pub(super) fn new(parent: &Path) -> io::Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = parent.join(format!("vhsm-bench-{}-{number}", std::process::id()));
            match DirBuilder::new().mode(0o700).create(&path) {
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                result => return result.map(|()| Self(path)),
            }
        }
    }

    /// Writes configurations for the modules that are known; gives the environment that names them.
    pub(super) fn configure(&self) -> io::Result<Vec<(&'static str, PathBuf)>> {
        let vhsm = self.file("vhsm.toml", "vhsm", |data| format!("data_dir = \"{data}\"\n"))?;
        let softhsm = self.file("softhsm2.conf", "softhsm", |data| {
            format!("directories.tokendir = {data}\nobjectstore.backend = file\nlog.level = ERROR\n")
        })?;
        Ok(vec![("VHSM_CONF", vhsm), ("SOFTHSM2_CONF", softhsm)])
    }

    fn file(
        &self,
        name: &str,
        data: &str,
        text: impl Fn(std::path::Display<'_>) -> String,
    ) -> io::Result<PathBuf> {
        let (path, data) = (self.0.join(name), self.0.join(data));
        DirBuilder::new().mode(0o700).create(&data)?;
        fs::write(&path, text(data.display()))?;
        Ok(path)
    }
}

impl Drop for TemporaryDirectory {
    fn drop(&mut self) {
        // Nobody is left to be told; a rest in the temporary directory does no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Which token to use.
#[derive(Clone, Debug, Default, clap::Args)]
pub(in crate::admin) struct TokenChoice {
    /// Measure on the existing token with this label instead of a temporary one.
    #[arg(long, value_name = "LABEL")]
    pub(super) token: Option<String>,
    /// Measure on the existing token in this slot instead of a temporary one.
    #[arg(long, value_name = "NUMBER", conflicts_with = "token")]
    pub(super) slot: Option<u64>,
}

impl TokenChoice {
    /// Whether the user named a token.
    pub(super) fn is_given(&self) -> bool {
        self.token.is_some() || self.slot.is_some()
    }
}

/// Finds or makes the token, and logs the user in.
pub(super) fn open(library: Library, choice: &TokenChoice, pin: &[u8]) -> Result<(SlotId, Session), String> {
    let slot = if choice.is_given() {
        existing(library, choice)?
    } else {
        make(library)?
    };
    let open = || {
        let session = Session::open(library, slot)?;
        session.login(UserType::User, pin)?;
        Ok(session)
    };
    let session = open().map_err(|e: crate::client::Error| e.to_string())?;
    Ok((slot, session))
}

/// The slot of the token that the user named, or of the one that was made here.
pub(super) fn existing(library: Library, choice: &TokenChoice) -> Result<SlotId, String> {
    if let Some(slot) = choice.slot {
        return Ok(SlotId(slot));
    }
    let wanted = choice.token.as_deref().unwrap_or(TOKEN_LABEL);
    find(library, |token| token.initialized && token.label == wanted)?
        .ok_or_else(|| format!("there is no token labelled {wanted:?}; --token takes the label of one"))
}

fn find(
    library: Library,
    fits: impl Fn(&crate::client::TokenInfo) -> bool,
) -> Result<Option<SlotId>, String> {
    let slots = library.slots().map_err(|e| e.to_string())?;
    Ok(slots
        .into_iter()
        .find(|&slot| library.token_info(slot).is_ok_and(|info| fits(&info))))
}

/// Makes a token in a module that is known to have been given a directory of its own.
fn make(library: Library) -> Result<SlotId, String> {
    let info = library.info().map_err(|e| e.to_string())?;
    let name = format!("{} {}", info.manufacturer, info.description).to_lowercase();
    if !name.contains("vhsm") && !name.contains("softhsm") {
        return Err(
            "this module's tokens are not made here; name one with --token or --slot and its PIN \
                    with --pin-file or VHSM_PIN"
                .into(),
        );
    }
    let slot = find(library, |token| !token.initialized)?.ok_or("there is no slot with an empty token")?;
    let pin = OWN_PIN.as_bytes();
    let initialise = || {
        library.init_token(slot, pin, TOKEN_LABEL)?;
        let session = Session::open(library, slot)?;
        session.login(UserType::So, pin)?;
        session.init_pin(pin)?;
        session.logout()
    };
    initialise().map_err(|e: crate::client::Error| e.to_string())?;
    Ok(slot)
}
