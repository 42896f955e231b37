//! What SQLite and the system report, as the project's errors, each with the path and the remedy.

use std::io::ErrorKind;
use std::path::Path;

use rusqlite::ErrorCode;

use crate::error::Error;

/// An error of a file operation of ours. `what` says what was to be done.
pub(super) fn system_error(path: &Path, what: &str, error: &std::io::Error) -> Error {
    let text = format!("{what}: {}: {error}", path.display());
    match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Error::StoreReadOnly(
            format!("{text}; let this user write there, or set `data_dir` elsewhere").into(),
        ),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            Error::StoreFull(format!("{text}; make room and try again, nothing was lost").into())
        }
        _ => Error::Store(text.into()),
    }
}

/// An error of SQLite on the database at `path`. `record` names what was read or written.
pub(super) fn sqlite_error(path: &Path, record: &str, error: &rusqlite::Error) -> Error {
    let text = format!("{record}: {}: {error}", path.display());
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
                Error::StoreDamaged(format!("{text}; put the database back from its backup").into())
            }
            ErrorCode::DiskFull => {
                Error::StoreFull(format!("{text}; make room and try again, nothing was lost").into())
            }
            ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => Error::StoreReadOnly(
                format!("{text}; let this user write the directory and the files in it, or set `data_dir` elsewhere")
                    .into(),
            ),
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Error::StoreBusy,
            ErrorCode::OutOfMemory => Error::HostMemory,
            _ => Error::Store(text.into()),
        },
        // A column that holds another type or a number out of range, or a row that is gone, is not what was written.
        rusqlite::Error::QueryReturnedNoRows
        | rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..) => {
            Error::StoreDamaged(format!("{text}; put the database back from its backup").into())
        }
        _ => Error::Store(text.into()),
    }
}
