//! Files that only their owner may read: modes are set, not left to the umask.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{ErrorKind, Result, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Makes a directory and its parents, durably, if they are missing; new ones have mode 0700 [XDG Base Directory 0.8].
/// One that is there keeps its mode; `Ok(false)` says that others than its owner may write it.
///
/// # Errors
/// The system's.
pub fn private_directory(path: &Path) -> Result<bool> {
    if !path.is_dir() {
        make_directory(path)?;
    }
    Ok(path.metadata()?.mode() & 0o022 == 0)
}

fn make_directory(path: &Path) -> Result<()> {
    let parent = path.parent().unwrap_or(Path::new("/"));
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => std::fs::set_permissions(path, Permissions::from_mode(0o700))?,
        Err(error) if error.kind() == ErrorKind::NotFound && path.parent().is_some() => {
            make_directory(parent)?;
            return make_directory(path);
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            if !path.is_dir() {
                return Err(ErrorKind::NotADirectory.into());
            } // else another process was faster
        }
        Err(error) => return Err(error),
    }
    // A parent that cannot be read cannot be synced either; what is in it can be used all the same.
    match File::open(parent) {
        Ok(parent) => parent.sync_all(),
        Err(_) => Ok(()),
    }
}

/// Whether so many more files can be opened at once. Opens none of ours.
#[must_use]
pub fn more_can_be_opened(count: usize) -> bool {
    let opened: Result<Vec<_>> = (0..count).map(|_| File::open("/")).collect();
    !opened.is_err_and(|error| too_many_open(&error))
}

/// Whether an error says that this process or the system has as many files open as it may.
#[must_use]
pub fn too_many_open(error: &std::io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE))
}

/// Makes an empty file of mode 0600 unless there is one. Sets the mode by name: a file that is there is not opened,
/// since closing it would drop this process's POSIX locks on it.
///
/// # Errors
/// The system's.
pub fn private_file(path: &Path) -> Result<()> {
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
    {
        Ok(_) => std::fs::set_permissions(path, Permissions::from_mode(0o600)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Sets mode 0600 if the file has another mode and is ours. A file that is not there is left so.
///
/// # Errors
/// The system's.
pub fn make_private(path: &Path) -> Result<()> {
    change_mode(path, |_| 0o600)
}

/// Takes what others may do with the file; its owner may do what he might before. A file that is not there is left so.
///
/// # Errors
/// The system's.
pub fn close_to_others(path: &Path) -> Result<()> {
    change_mode(path, |mode| mode & 0o600)
}

fn change_mode(path: &Path, change: impl Fn(u32) -> u32) -> Result<()> {
    let mode = match path.metadata() {
        Ok(metadata) => metadata.mode() & 0o777,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if change(mode) == mode {
        return Ok(());
    }
    std::fs::set_permissions(path, Permissions::from_mode(change(mode)))
}

/// Writes a new file of mode 0600 that appears with all its bytes, durably, or not at all. `Ok(false)` if there is
/// one already, which is left as it is.
///
/// # Errors
/// The system's.
pub fn create_whole(path: &Path, bytes: &[u8], nonce: u64) -> Result<bool> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let temporary = path.with_extension(format!("new-{}-{nonce:016x}", std::process::id()));
    let written = write_new(&temporary, bytes).and_then(|()| match std::fs::hard_link(&temporary, path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    });
    let _ = std::fs::remove_file(&temporary);
    File::open(directory)?.sync_all()?;
    written
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Whether others than the owner may read or write the file.
///
/// # Errors
/// The system's.
pub fn open_to_others(path: &Path) -> Result<bool> {
    Ok(path.metadata()?.mode() & 0o077 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_that_others_can_write_is_noticed_and_a_new_one_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let new = dir.path().join("a/b");
        assert!(private_directory(&new).unwrap());
        assert_eq!(new.metadata().unwrap().mode() & 0o777, 0o700);
        std::fs::set_permissions(&new, Permissions::from_mode(0o770)).unwrap();
        assert!(!private_directory(&new).unwrap());
    }

    #[test]
    fn a_file_is_created_whole_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("root.key");
        assert!(create_whole(&path, b"first", 1).unwrap());
        assert!(!create_whole(&path, b"second", 2).unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        assert!(!open_to_others(&path).unwrap());
        assert_eq!(dir.path().read_dir().unwrap().count(), 1);
    }
}
