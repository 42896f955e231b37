//! The data directory and the modes of the files in it.

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::os::files::{self, Sharing};
use crate::store::faults;

/// Opens the data directory, mode 0700, or 2770 if its group shares it; makes it, mode 0700, if it is not there.
pub(super) fn open_directory(directory: &Path) -> Result<()> {
    let private = files::private_directory(directory).map_err(|error| {
        faults::system_error(directory, "the data directory cannot be made or read", &error)
    })?;
    if !private {
        log::warn!(
            "others may write to the data directory {}; run chmod {:o} on it",
            directory.display(),
            Sharing::of(directory).mode_of_the_directory()
        );
    }
    Ok(())
}

/// The database: a mode that was widened is narrowed again. One that forbids its owner to write stays.
pub(super) fn keep_private(database: &Path) -> Result<()> {
    accept(database, files::close_to_others(database))
}

/// A companion of the database, which must be written even to read.
pub(super) fn keep_writable(file: &Path) -> Result<()> {
    accept(file, files::make_private(file))
}

fn accept(file: &Path, changed: std::io::Result<()>) -> Result<()> {
    match changed {
        Ok(()) => Ok(()),
        // Somebody else's file may still be usable; SQLite will tell.
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => Ok(()),
        Err(error) => Err(faults::system_error(
            file,
            "the mode of the file cannot be set",
            &error,
        )),
    }
}

/// The path of a file that stands beside the database.
pub(super) fn companion(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
