//! The database's shape: numbered migrations, and whether this root key is its own.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension};

use super::connections::{Connections, End, Fault, Outcome};
use super::generation::Generation;
use crate::error::{Error, Reason, Result};
use crate::store::{FROM_BACKUP, RootKey};

/// Migration n makes version n of version n - 1. A released one is never changed.
const MIGRATIONS: &[&str] = &[include_str!("../schema/0001.sql")];
/// `PRAGMA application_id`: "VHSM".
const APPLICATION: i64 = 0x5648_534d;
const WHAT: &str = "the database's schema";

/// Brings the database to the newest version and compares the root key with its own. Tells whether the database was
/// empty before.
pub(super) fn prepare(
    connections: &Connections,
    path: &Path,
    generation: &Generation,
    root: &RootKey,
) -> Result<bool> {
    let identity = root.identity()?;
    let newest = newest();
    let (application, version, is_wal) = connections.snapshot(WHAT, |reader| {
        let (application, version) = state(reader)?;
        if (application, version) == (APPLICATION, newest) {
            check_root_key(reader, path, &identity)?;
        }
        let mode: String = reader.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
        Ok((application, version, mode == "wal"))
    })?;
    let is_newest = (application, version) == (APPLICATION, newest);
    if is_newest && is_wal {
        return Ok(false);
    }
    refuse_foreign(path, application, version)?;
    connections.with_writer(WHAT, |writer| switch_to_wal(connections, writer))?;
    if is_newest {
        log::error!(
            "{} was not in WAL mode: its header was changed, by another program or on the disk; it is in WAL mode again",
            path.display()
        );
        return Ok(false);
    }
    connections.write(WHAT, generation, |writer| {
        let (application, version) = state(writer)?; // another process may have been faster
        refuse_foreign(path, application, version)?;
        migrate(writer, version, &identity)?;
        check_root_key(writer, path, &identity)?;
        Ok(End::Commit(version == 0))
    })
}

fn newest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Application and version, which others may be writing: wants a transaction.
fn state(connection: &Connection) -> Outcome<(i64, i64)> {
    let number = |pragma| connection.query_row(pragma, [], |row| row.get(0));
    Ok((number("PRAGMA application_id")?, number("PRAGMA user_version")?))
}

fn refuse_foreign(path: &Path, application: i64, version: i64) -> Result<()> {
    if application != APPLICATION && (application, version) != (0, 0) {
        let what = format!("{} is a database, but not of vhsm", path.display());
        return Err(Error::StoreDamaged(Reason::new(what, "move it away")));
    }
    // Both numbers are written in one transaction.
    if application == APPLICATION && version < 1 {
        let what = format!("{} has schema {version}, which no vhsm writes", path.display());
        return Err(Error::StoreDamaged(Reason::new(what, FROM_BACKUP)));
    }
    let newest = newest();
    if version > newest {
        let what = format!(
            "{} was written by a newer vhsm (schema {version}, this one knows {newest})",
            path.display()
        );
        let remedy = "use that version, or put a backup of the older database back";
        return Err(Error::StoreNewer(Reason::new(what, remedy)));
    }
    Ok(())
}

fn switch_to_wal(connections: &Connections, writer: &Connection) -> Outcome<()> {
    let mut mode = String::new();
    connections.patiently(|| {
        mode = writer.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
        Ok(())
    })?;
    if mode == "wal" {
        return Ok(());
    }
    let what = format!("the file system cannot share memory (journal mode is {mode})");
    Err(Fault::Own(Error::Store(Reason::new(
        what,
        "set `data_dir` to a local one",
    ))))
}

fn migrate(writer: &Connection, version: i64, identity: &[u8; 16]) -> Outcome<()> {
    for (migration, number) in MIGRATIONS
        .iter()
        .zip(1_i64..)
        .filter(|(_, number)| *number > version)
    {
        writer.execute_batch(migration)?;
        writer.pragma_update(None, "user_version", number)?;
    }
    if version == 0 {
        writer.pragma_update(None, "application_id", APPLICATION)?;
        for copy in [1, 2] {
            writer.execute(
                "INSERT INTO root_key VALUES (?1, ?2)",
                (copy, identity.as_slice()),
            )?;
        }
    }
    Ok(())
}

fn check_root_key(connection: &Connection, path: &Path, identity: &[u8; 16]) -> Outcome<()> {
    let copy = |number: i64| -> rusqlite::Result<bool> {
        let mut statement = connection.prepare_cached("SELECT identity FROM root_key WHERE copy = ?1")?;
        let stored: Option<Vec<u8>> = statement.query_row([number], |row| row.get(0)).optional()?;
        Ok(stored.is_some_and(|stored| stored == identity))
    };
    match (copy(1)?, copy(2)?) {
        (true, true) => Ok(()),
        (false, false) => {
            let what = format!(
                "the root key is not the one that {} was made with",
                path.display()
            );
            let remedy = "put the right one back from its backup";
            Err(Fault::Own(Error::RootKeyForeign(Reason::new(what, remedy))))
        }
        _ => {
            let what = format!("table root_key of {}", path.display());
            Err(Fault::Own(Error::StoreDamaged(Reason::new(what, FROM_BACKUP))))
        }
    }
}
