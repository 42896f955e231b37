//! The root key: 32 bytes outside the database, from which everything is derived that opens headers and public
//! objects and peppers the PINs, so that a stolen database alone tells nothing.

use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::seal::SealKey;
use super::tags::{self, TagKey};
use crate::error::{Error, Reason, Result};
use crate::os::files::{self, Sharing};
use crate::os::locked::LockedKey;

/// Where the root key comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootKeySource {
    /// A file that is made at first use. Beside a database that is there it is never made anew.
    Create(PathBuf),
    /// A file that somebody else provides: a service manager's credential, or a path in the configuration.
    Provided(PathBuf),
}

/// The root key.
#[derive(Debug)]
pub struct RootKey(LockedKey);

impl RootKey {
    /// Takes over a key.
    #[must_use]
    pub fn new(key: LockedKey) -> Self {
        Self(key)
    }

    /// Reads the root key; makes it if its source says so and `database_exists` does not forbid it. Safe against other
    /// processes that do the same at the same time: all get the same key. `sharing` says who uses the store, and so may
    /// read the key without a warning in the log.
    ///
    /// # Errors
    /// [`Error::RootKeyMissing`], [`Error::RootKeyUnusable`], [`Error::StoreReadOnly`] if it cannot be made.
    pub fn load(
        source: &RootKeySource,
        sharing: Sharing,
        database_exists: &dyn Fn() -> bool,
    ) -> Result<Self> {
        let (RootKeySource::Create(path) | RootKeySource::Provided(path)) = source;
        if let Some(key) = read(path, sharing)? {
            return Ok(key);
        }
        // The key is there before the database: with a database, it can only just have appeared, or is lost.
        if database_exists() {
            return read(path, sharing)?.ok_or_else(|| {
                missing(
                    path,
                    "the database beside it cannot be opened without it",
                    "put the file back from its backup, or move the database away to begin anew",
                )
            });
        }
        match source {
            RootKeySource::Create(path) => create(path, sharing),
            RootKeySource::Provided(path) => Err(missing(
                path,
                "the configuration or the service manager names it",
                "provide 32 random bytes there (head -c 32 /dev/urandom), readable for this user only",
            )),
        }
    }

    /// 16 bytes that tell this root key from another and nothing else of it.
    pub(super) fn identity(&self) -> Result<[u8; 16]> {
        let derived = tags::derive(&self.0, b"vhsm root key identity")?;
        Ok(std::array::from_fn(|index| {
            derived.as_ref().get(index).copied().unwrap_or_default()
        }))
    }
}

fn missing(path: &Path, why: &str, remedy: &str) -> Error {
    let what = format!("the root key {} is missing: {why}", path.display());
    Error::RootKeyMissing(Reason::new(what, remedy))
}

fn unusable(path: &Path, why: &str, remedy: &str) -> Error {
    let what = format!("the root key {} cannot be used: {why}", path.display());
    Error::RootKeyUnusable(Reason::new(what, remedy))
}

fn read(path: &Path, sharing: Sharing) -> Result<Option<RootKey>> {
    let mut file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(unusable(
                path,
                &error.to_string(),
                "make it readable for this user",
            ));
        }
    };
    let mut key = LockedKey::zeros()?;
    let exact = file.read_exact(key.as_mut()).and_then(|()| file.read(&mut [0]));
    if !matches!(exact, Ok(0)) {
        return Err(unusable(
            path,
            "it must hold exactly 32 bytes",
            "put it back from its backup",
        ));
    }
    let right = sharing.mode_of_a_key();
    if files::wider_than(path, right).unwrap_or(false) {
        log::warn!(
            "others than {} may read or write the root key {}; run chmod {right:o} on it",
            match sharing {
                Sharing::Owner => "its owner",
                Sharing::Group => "those who share it",
            },
            path.display()
        );
    }
    Ok(Some(RootKey(key)))
}

fn create(path: &Path, sharing: Sharing) -> Result<RootKey> {
    let key = LockedKey::random()?;
    let mut nonce = [0; 8];
    getrandom::fill(&mut nonce).map_err(|_| Error::Crypto("the system's random source failed"))?;
    let made = files::create_whole(path, key.as_ref().as_slice(), u64::from_be_bytes(nonce));
    match made {
        Ok(true) => log::info!(
            "made the root key {}; without it the store cannot be opened: back it up",
            path.display()
        ),
        Ok(false) => {} // another process was faster
        Err(error) => {
            return Err(super::faults::system_error(
                path,
                "the root key cannot be made",
                &error,
            ));
        }
    }
    read(path, sharing)?.ok_or_else(|| missing(path, "it was just there", "find the program that removes it"))
}

/// What is derived from the root key.
#[derive(Debug)]
pub struct RootKeys {
    /// Seals token headers.
    pub(super) headers: SealKey,
    /// Seals objects that are not private.
    pub public_objects: Arc<SealKey>,
    /// Makes the search tags of objects that are not private.
    pub public_tags: Arc<TagKey>,
    /// Seals the saved operations of sessions.
    pub operation_states: SealKey,
    /// Goes into every PIN derivation as its secret, so that PINs cannot be guessed with the database alone.
    pub pin_pepper: LockedKey,
}

impl RootKeys {
    /// Derives the keys.
    ///
    /// # Errors
    /// [`Error::HostMemory`], [`Error::Crypto`].
    pub fn derive(root: &RootKey) -> Result<Self> {
        Ok(Self {
            headers: SealKey::new(&tags::derive(&root.0, b"vhsm token headers")?)?,
            public_objects: Arc::new(SealKey::new(&tags::derive(&root.0, b"vhsm public objects")?)?),
            public_tags: Arc::new(TagKey::new(&tags::derive(&root.0, b"vhsm public search tags")?)),
            operation_states: SealKey::new(&tags::derive(&root.0, b"vhsm operation states")?)?,
            pin_pepper: tags::derive(&root.0, b"vhsm PIN pepper")?,
        })
    }
}
