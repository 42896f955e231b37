//! What SQLite and the system report, as the project's errors, each with the path and the remedy.

use std::io::ErrorKind;
use std::path::Path;

use rusqlite::{ErrorCode, ffi};

use crate::error::{Error, Reason};
use crate::os::files;

/// An error of a file operation of ours. `what` says what was to be done.
pub(super) fn system_error(path: &Path, what: &str, error: &std::io::Error) -> Error {
    let text = format!("{what}: {}: {error}", path.display());
    match error.kind() {
        _ if files::too_many_open(error) => too_many_open(&text),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Error::StoreReadOnly(Reason::new(
            text,
            "let this user write there (`ls -ld` shows whose group may), or set `data_dir` elsewhere",
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

/// A connection opens three files; with one more left it was not for want of them.
const FILES_OF_A_CONNECTION: usize = 3;

fn too_many_open(text: &str) -> Error {
    let remedy = "too many files are open: close some, or raise the limit (ulimit -n), and try again";
    Error::Store(Reason::new(text, remedy))
}

/// Whether the tables are not those that were made. The statements are always the same: what does not suit them is a
/// table that is gone, that was there before or that somebody changed. SQLite has one code for that and for everything
/// else that has none.
fn of_another_schema(error: &rusqlite::Error) -> bool {
    let text = error.to_string();
    [
        "no such ",
        " already exists",
        " has no column",
        " columns but ",
        "malformed",
    ]
    .iter()
    .any(|words| text.contains(words))
}

/// An error of SQLite on the database at `path`. `record` names what was read or written.
pub(super) fn sqlite_error(path: &Path, record: &str, error: &rusqlite::Error) -> Error {
    let text = format!("{record}: {}: {error}", path.display());
    let restore = || Reason::new(&text, super::FROM_BACKUP);
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Error::StoreDamaged(restore()),
            // That is more than a damaged record, which a search passes over.
            _ if failure.extended_code == ffi::SQLITE_ERROR && of_another_schema(error) => {
                Error::Store(restore())
            }
            ErrorCode::DiskFull => full(&text),
            // What SQLite makes of a quota or of a limit on the size of files.
            _ if REFUSED_TO_GROW.contains(&failure.extended_code) => full(&text),
            ErrorCode::CannotOpen if !files::more_can_be_opened(FILES_OF_A_CONNECTION + 1) => {
                too_many_open(&text)
            }
            ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
                let remedy =
                    "let this user write the directory and the files in it, or set `data_dir` elsewhere";
                Error::StoreReadOnly(Reason::new(text, remedy))
            }
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Error::StoreBusy,
            ErrorCode::OutOfMemory => Error::HostMemory,
            _ => Error::Store(text.into()),
        },
        rusqlite::Error::SqlInputError { .. } if of_another_schema(error) => Error::Store(restore()),
        // A column that holds another type or a number out of range, or a row that is gone, is not what was written.
        rusqlite::Error::QueryReturnedNoRows
        | rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..) => Error::StoreDamaged(restore()),
        _ => Error::Store(text.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(statements: &[&str]) -> String {
        let database = rusqlite::Connection::open_in_memory().unwrap();
        let done = statements.iter().try_for_each(|sql| database.execute_batch(sql));
        sqlite_error(Path::new("vhsm.db"), "a record", &done.unwrap_err()).to_string()
    }

    #[test]
    fn a_backup_is_the_remedy_for_damage_only() {
        let damage = [
            &["SELECT slot FROM token"][..],
            &["CREATE TABLE token (slot)", "SELECT id FROM token"],
            &["CREATE TABLE token (slot)", "INSERT INTO token (id) VALUES (1)"],
            &["CREATE TABLE token (slot)", "INSERT INTO token VALUES (1, 2)"],
            &["CREATE TABLE token (slot)", "CREATE TABLE token (slot)"],
        ];
        for statements in damage {
            let text = of(statements);
            assert!(text.contains("backup"), "{statements:?}: {text}");
        }
        for statements in [
            &["BEGIN", "BEGIN"][..],
            &["COMMIT"],
            &["SELECT abs(-9223372036854775808)"],
        ] {
            let text = of(statements);
            assert!(!text.contains("backup"), "{statements:?}: {text}");
        }
    }
}
