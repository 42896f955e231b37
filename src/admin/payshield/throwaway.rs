//! The directory of a demonstration: it goes with the demonstration, and with the next one if that was killed.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Result};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// What the names of such directories begin with.
const PREFIX: &str = "vhsm-demo-";
/// The file that a demonstration locks for as long as it lives, and the directory of its token beside it.
const LOCK: &str = "lock";
const TOKEN: &str = "token";
/// Between the making of the file and its lock another demonstration may take the directory for one that is left.
const TRIES: usize = 16;

/// A directory that goes with the value.
#[derive(Debug)]
pub(super) struct Throwaway {
    // Goes before the lock does.
    directory: TempDir,
    _lock: File,
}

impl Throwaway {
    /// Makes a directory, and removes those of demonstrations that were killed.
    ///
    /// # Errors
    /// The system's, for the new directory. What cannot be removed stays.
    pub(super) fn new() -> Result<Self> {
        for _ in 0..TRIES {
            let directory = tempfile::Builder::new().prefix(PREFIX).tempdir()?;
            let Some(lock) = locked_anew(&directory.path().join(LOCK))? else {
                continue;
            };
            let user = lock.metadata()?.uid();
            remove_left(&std::env::temp_dir(), user);
            return Ok(Self {
                directory,
                _lock: lock,
            });
        }
        Err(ErrorKind::WouldBlock.into())
    }

    /// Where the token is to be.
    pub(super) fn token(&self) -> PathBuf {
        self.directory.path().join(TOKEN)
    }
}

/// Makes the file and locks it; `None` if another demonstration has removed it meanwhile or is about to.
fn locked_anew(path: &Path) -> Result<Option<File>> {
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    let file = match made {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        made => made?,
    };
    let is_ours = file.try_lock().is_ok() && file.metadata()?.nlink() != 0;
    Ok(is_ours.then_some(file))
}

/// Removes the directories of this user's demonstrations that do not live any more.
fn remove_left(parent: &Path, user: u32) {
    let Ok(entries) = parent.read_dir() else { return };
    let mut stay = 0_u32;
    for entry in entries.flatten() {
        if !entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(PREFIX.as_bytes())
        {
            continue;
        }
        if let Err(error) = remove_if_left(&entry.path(), user) {
            log::debug!("payshield: {} stays: {error}", entry.path().display());
            stay += 1;
        }
    }
    if stay != 0 {
        log::info!(
            "payshield: directories {PREFIX}* of {} that stay, because they have no lock file or something else in them: \
             {stay}",
            parent.display()
        );
    }
}

/// Removes a directory with a lock that nobody holds. A link is not followed, and what is not this user's is not touched.
/// Whatever stands beside token and lock is of no demonstration, and keeps the directory.
fn remove_if_left(path: &Path, user: u32) -> Result<()> {
    let directory = path.symlink_metadata()?;
    if !directory.is_dir() || directory.uid() != user {
        return Ok(());
    }
    let lock = path.join(LOCK);
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
        .open(&lock)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.uid() != user || file.try_lock().is_err() {
        return Ok(());
    }
    match std::fs::remove_dir_all(path.join(TOKEN)) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    std::fs::remove_file(lock)?;
    std::fs::remove_dir(path)
}
