//! What SQLite and the system report, as the project's errors, each with the path and the remedy.

use std::io::ErrorKind;
use std::path::Path;

use rusqlite::{ErrorCode, ffi};

use crate::error::{Error, Reason};

/// An error of a file operation of ours. `what` says what was to be done.
pub(super) fn system_error(path: &Path, what: &str, error: &std::io::Error) -> Error {
    let text = format!("{what}: {}: {error}", path.display());
    match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Error::StoreReadOnly(Reason::new(
            text,
            "let this user write there, or set `data_dir` elsewhere",
        )),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => full(&text),
        ErrorKind::NotADirectory => {
            Error::Store(Reason::new(text, "move it away, or set `data_dir` elsewhere"))
        }
        _ => Error::Store(text.into()),
    }
}

/// SQLite's codes for a file that the system did not let grow.
const REFUSED_TO_GROW: [i32; 2] = [ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_IOERR_SHMSIZE];

fn full(text: &str) -> Error {
    let remedy =
        "make room, or lift the quota or the limit on the size of files, and try again; nothing was lost";
    Error::StoreFull(Reason::new(text, remedy))
}

/// An error of SQLite on the database at `path`. `record` names what was read or written.
pub(super) fn sqlite_error(path: &Path, record: &str, error: &rusqlite::Error) -> Error {
    let text = format!("{record}: {}: {error}", path.display());
    let restore = || Reason::new(&text, super::FROM_BACKUP);
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Error::StoreDamaged(restore()),
            // The statements are always the same: what does not suit them is a table that is gone or was there before.
            // That is more than a damaged record, which a search passes over.
            _ if failure.extended_code == ffi::SQLITE_ERROR => Error::Store(restore()),
            ErrorCode::DiskFull => full(&text),
            // What SQLite makes of a quota or of a limit on the size of files.
            _ if REFUSED_TO_GROW.contains(&failure.extended_code) => full(&text),
            ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
                let remedy =
                    "let this user write the directory and the files in it, or set `data_dir` elsewhere";
                Error::StoreReadOnly(Reason::new(text, remedy))
            }
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Error::StoreBusy,
            ErrorCode::OutOfMemory => Error::HostMemory,
            _ => Error::Store(text.into()),
        },
        rusqlite::Error::SqlInputError { .. } => Error::Store(restore()),
        // A column that holds another type or a number out of range, or a row that is gone, is not what was written.
        rusqlite::Error::QueryReturnedNoRows
        | rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..) => Error::StoreDamaged(restore()),
        _ => Error::Store(text.into()),
    }
}
