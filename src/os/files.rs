//! Files that only their owner may read, or the group of a directory that is shared: modes are set, not left to the
//! umask.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{ErrorKind, Result, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// The set-group-id bit and all rights of the group: what is made in such a directory is of its group, and its
/// members are meant to use it together.
const SHARED: u32 = 0o2070;

/// Who is to use what stands in a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// The owner of each file.
    Owner,
    /// The group of the directory, whose mode is 2770 or wider.
    Group,
}

impl Sharing {
    /// What the directory's mode says; one that cannot be looked at is not shared.
    #[must_use]
    pub fn of(directory: &Path) -> Self {
        match directory.metadata() {
            Ok(metadata) if metadata.mode() & SHARED == SHARED => Self::Group,
            _ => Self::Owner,
        }
    }

    /// As [`Sharing::of`], for the directory that the file is in.
    #[must_use]
    fn around(file: &Path) -> Self {
        file.parent().map_or(Self::Owner, Self::of)
    }

    /// The mode of a file that is read and written.
    fn mode(self) -> u32 {
        match self {
            Self::Owner => 0o600,
            Self::Group => 0o660,
        }
    }

    /// The mode of a file that is written once.
    #[must_use]
    pub fn mode_of_a_key(self) -> u32 {
        match self {
            Self::Owner => 0o600,
            Self::Group => 0o640,
        }
    }

    /// The mode of a directory.
    #[must_use]
    pub fn mode_of_the_directory(self) -> u32 {
        match self {
            Self::Owner => 0o700,
            Self::Group => 0o2770,
        }
    }
}

/// Makes a directory and its parents, durably, if they are missing; new ones have mode 0700 [XDG Base Directory 0.8].
/// One that is there keeps its mode; `Ok(false)` says that others than those who share it may write it.
///
/// # Errors
/// The system's.
pub fn private_directory(path: &Path) -> Result<bool> {
    if !path.is_dir() {
        make_directory(path)?;
    }
    let others = !Sharing::of(path).mode_of_the_directory() & 0o022;
    Ok(path.metadata()?.mode() & others == 0)
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

/// Makes an empty file of mode 0600 (0660 in a shared directory) unless there is one. Sets the mode by name: a file
/// that is there is not opened, since closing it would drop this process's POSIX locks on it.
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
        Ok(_) => std::fs::set_permissions(path, Permissions::from_mode(Sharing::around(path).mode())),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Sets mode 0600 (0660 in a shared directory) if the file has another mode and is ours. A file that is not there is
/// left so.
///
/// # Errors
/// The system's.
pub fn make_private(path: &Path) -> Result<()> {
    let right = Sharing::around(path).mode();
    change_mode(path, |_| right)
}

/// Takes what others may do with the file; its owner, and the group of a shared directory, may do what they might
/// before. A file that is not there is left so.
///
/// # Errors
/// The system's.
pub fn close_to_others(path: &Path) -> Result<()> {
    let most = Sharing::around(path).mode();
    change_mode(path, |mode| mode & most)
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

/// Writes a new file of mode 0600 (0640 in a shared directory) that appears with all its bytes, durably, or not at all.
/// `Ok(false)` if there is one already, which is left as it is.
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
    file.set_permissions(Permissions::from_mode(Sharing::around(path).mode_of_a_key()))?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Whether anybody may do more with the file than this mode says.
///
/// # Errors
/// The system's.
pub fn wider_than(path: &Path, mode: u32) -> Result<bool> {
    Ok(path.metadata()?.mode() & 0o077 & !mode != 0)
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
    fn a_directory_is_shared_that_gives_its_group_to_what_is_made_in_it_and_lets_it_write() {
        let dir = tempfile::tempdir().unwrap();
        let sharing = |mode| {
            std::fs::set_permissions(dir.path(), Permissions::from_mode(mode)).unwrap();
            (Sharing::of(dir.path()), private_directory(dir.path()).unwrap())
        };
        assert_eq!(sharing(0o2770), (Sharing::Group, true));
        assert_eq!(sharing(0o2775), (Sharing::Group, true));
        assert_eq!(sharing(0o2777), (Sharing::Group, false));
        assert_eq!(sharing(0o2750), (Sharing::Owner, true));
        assert_eq!(sharing(0o0770), (Sharing::Owner, false));
        assert_eq!(sharing(0o2700), (Sharing::Owner, true));
        assert_eq!(Sharing::of(Path::new("/nonexistent")), Sharing::Owner);
    }

    #[test]
    fn a_file_is_created_whole_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("root.key");
        assert!(create_whole(&path, b"first", 1).unwrap());
        assert!(!create_whole(&path, b"second", 2).unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        assert!(!wider_than(&path, 0o600).unwrap());
        assert_eq!(dir.path().read_dir().unwrap().count(), 1);
    }
}
