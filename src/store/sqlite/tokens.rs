//! The table of tokens. Headers are sealed for the token's name, slot and version under the root key.

use rusqlite::{Connection, OptionalExtension};

use super::connections::{Fault, Outcome};
use crate::ck::SlotId;
use crate::error::{Error, Reason, Result};
use crate::store::{FROM_BACKUP, ObjectId, Place, Purpose, RootKeys, TokenEntry, TokenId};

/// A row as it is stored.
pub(super) struct Row {
    pub(super) slot: i64,
    pub(super) id: TokenId,
    pub(super) version: i64,
    header: Vec<u8>,
}

impl Row {
    /// A slot number as callers know it.
    fn slot(&self) -> u64 {
        self.slot.cast_unsigned()
    }

    /// Opens the header.
    pub(super) fn header(&self, keys: &RootKeys) -> Result<Vec<u8>> {
        let place = place(self.id, self.slot, self.version);
        keys.headers
            .open(&place, &self.header)
            .map(|plain| plain.to_vec())
    }

    pub(super) fn entry(&self, keys: &RootKeys) -> TokenEntry {
        TokenEntry {
            id: self.id,
            slot: self.slot(),
            header: self.header(keys),
        }
    }
}

/// A header's place has the slot where an object's has the object.
fn place(id: TokenId, slot: i64, version: i64) -> Place {
    let object = ObjectId(slot.cast_unsigned());
    Place {
        object,
        ..Place::of_token(Purpose::Header, id, version.cast_unsigned())
    }
}

fn read_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    // An id of a wrong length is damage that the header's seal reports, under a name that shows it.
    let stored: Vec<u8> = row.get(1)?;
    let id: [u8; 16] = std::array::from_fn(|index| stored.get(index).copied().unwrap_or_default());
    let exact = stored.len() == id.len();
    let header = if exact { row.get(3)? } else { Vec::new() };
    Ok(Row {
        slot: row.get(0)?,
        id: TokenId(id),
        version: row.get(2)?,
        header,
    })
}

/// All rows by slot.
pub(super) fn rows(connection: &Connection) -> Outcome<Vec<Row>> {
    let mut statement =
        connection.prepare_cached("SELECT slot, id, version, header FROM token ORDER BY slot")?;
    let rows = statement.query_map([], read_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// One row.
pub(super) fn row(connection: &Connection, token: TokenId) -> Outcome<Option<Row>> {
    let mut statement =
        connection.prepare_cached("SELECT slot, id, version, header FROM token WHERE id = ?1")?;
    Ok(statement.query_row([token.0.as_slice()], read_row).optional()?)
}

/// Why a token is not found under its name: it was deleted or initialised anew, or it stands in the table all the same,
/// or under a name that its header was not sealed for; `slot` is where it was seen before. Reads the table without its
/// index of names; wants a snapshot.
pub(super) fn absence(
    connection: &Connection,
    keys: &RootKeys,
    token: TokenId,
    slot: Option<u64>,
) -> Outcome<Error> {
    if row(connection, token)?.is_some() {
        return Ok(Error::DeviceRemoved); // it was put back at this moment: the caller looks again
    }
    let damaged = |row: &Row, why: &str| {
        let what = format!("token {} in slot {}: {why}", row.id, row.slot());
        Error::StoreDamaged(Reason::new(what, FROM_BACKUP))
    };
    for row in rows(connection)? {
        if row.id == token {
            return Ok(damaged(&row, "the index of tokens does not have it"));
        }
        if Some(row.slot()) == slot && row.header(keys).is_err() {
            return Ok(damaged(&row, "its name or its header was changed on the disk"));
        }
    }
    Ok(Error::DeviceRemoved)
}

/// The slot that a token is in.
pub(super) fn slot(connection: &Connection, token: TokenId) -> Outcome<Option<i64>> {
    let mut statement = connection.prepare_cached("SELECT slot FROM token WHERE id = ?1")?;
    Ok(statement
        .query_row([token.0.as_slice()], |row| row.get(0))
        .optional()?)
}

/// Whether there is a token in the slot, whatever it is called.
pub(super) fn is_in_slot(connection: &Connection, slot: i64) -> Outcome<bool> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM token WHERE slot = ?1")?;
    Ok(statement.exists([slot])?)
}

/// The slot of a token that must be there.
pub(super) fn slot_wanted(connection: &Connection, token: TokenId) -> Outcome<i64> {
    slot(connection, token)?.ok_or(Fault::Own(Error::DeviceRemoved))
}

/// The row of a token that must be there.
pub(super) fn row_wanted(connection: &Connection, token: TokenId) -> Outcome<Row> {
    row(connection, token)?.ok_or(Fault::Own(Error::DeviceRemoved))
}

/// Adds a token.
pub(super) fn insert(
    connection: &Connection,
    keys: &RootKeys,
    token: TokenId,
    slot: Option<u64>,
    header: &[u8],
) -> Outcome<TokenEntry> {
    let next = next_slot(connection)?;
    let slot = match slot {
        Some(slot) => i64::try_from(slot).map_err(|_| Error::Internal("a slot number is too large"))?,
        None => next,
    };
    if slot < next {
        return Err(Error::SlotTaken(SlotId(slot.cast_unsigned())).into());
    }
    let sealed = keys.headers.seal(&place(token, slot, 1), header)?;
    connection
        .prepare_cached("INSERT INTO token (slot, id, version, header) VALUES (?1, ?2, 1, ?3)")?
        .execute((slot, token.0.as_slice(), sealed))?;
    Ok(TokenEntry {
        id: token,
        slot: slot.cast_unsigned(),
        header: Ok(header.into()),
    })
}

/// The lowest slot that no token has, and above all that any ever had: who knows a slot by its number must not find
/// another token in it.
pub(super) fn next_slot(connection: &Connection) -> Outcome<i64> {
    let last: Option<i64> = connection
        .prepare_cached(
            "SELECT max(slot) FROM (SELECT max(slot) AS slot FROM token
             UNION ALL SELECT value - 1 FROM counter WHERE name = 'next_slot')",
        )?
        .query_row([], |row| row.get(0))?;
    last.unwrap_or(0)
        .max(0)
        .checked_add(1)
        .ok_or(Fault::Own(Error::Internal("no slot is free")))
}

/// Puts a new header, and perhaps a new name, in the place of the old ones.
pub(super) fn update(
    connection: &Connection,
    keys: &RootKeys,
    old: &Row,
    id: TokenId,
    header: &[u8],
) -> Outcome<()> {
    let version = old
        .version
        .checked_add(1)
        .ok_or_else(|| Error::StoreDamaged(Reason::new("the version of a header", FROM_BACKUP)))?;
    let sealed = keys.headers.seal(&place(id, old.slot, version), header)?;
    connection
        .prepare_cached("UPDATE token SET id = ?2, version = ?3, header = ?4 WHERE slot = ?1")?
        .execute((old.slot, id.0.as_slice(), version, sealed))?;
    Ok(())
}

/// Removes a token's row. Its slot stays unused for ever.
pub(super) fn delete(connection: &Connection, slot: i64) -> Outcome<()> {
    connection
        .prepare_cached(
            "INSERT INTO counter VALUES ('next_slot', ?1)
             ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)",
        )?
        .execute([slot.saturating_add(1)])?;
    connection
        .prepare_cached("DELETE FROM token WHERE slot = ?1")?
        .execute([slot])?;
    Ok(())
}
