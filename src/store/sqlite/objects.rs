//! The table of objects and the index of tags: writing, reading, listing.

use rusqlite::{Connection, OptionalExtension};

use super::connections::Outcome;
use crate::error::{Error, Reason};
use crate::store::{FROM_BACKUP, NewRecord, ObjectId, REPAIR_INDEX, StoredRecord, Tag, TokenId, tags};

fn number(object: ObjectId) -> i64 {
    object.0.cast_signed()
}

pub(super) fn encode_tags(tags: &[Tag]) -> Vec<u8> {
    tags.iter().flat_map(|tag| tag.0.to_be_bytes()).collect()
}

fn decode_tags(bytes: &[u8]) -> Option<Vec<Tag>> {
    let (chunks, rest) = bytes.as_chunks();
    rest.is_empty().then(|| {
        chunks
            .iter()
            .map(|chunk| Tag(u64::from_be_bytes(*chunk)))
            .collect()
    })
}

pub(super) fn damaged(object: ObjectId, what: &str) -> Error {
    Error::StoreDamaged(Reason::new(format_args!("object {object}: {what}"), FROM_BACKUP))
}

/// Damage of what objects are found by, which the records tell again.
pub(super) fn damaged_index(object: ObjectId, what: &str) -> Error {
    Error::StoreDamaged(Reason::new(format_args!("object {object}: {what}"), REPAIR_INDEX))
}

/// Adds an object with its tags.
pub(super) fn insert(connection: &Connection, slot: i64, record: &NewRecord) -> Outcome<()> {
    let tags = tags::listed(record.tags.clone());
    connection
        .prepare_cached(
            "INSERT INTO object (id, token, private, version, tags, record) VALUES (?1, ?2, ?3, 1, ?4, ?5)",
        )?
        .execute((
            number(record.id),
            slot,
            record.private,
            encode_tags(&tags),
            &record.record,
        ))?;
    insert_tags(connection, record.id, &tags)
}

/// The index and its copy.
const INSERT_TAG: [&str; 2] = [
    "INSERT OR IGNORE INTO tag (tag, object) VALUES (?1, ?2)",
    "INSERT OR IGNORE INTO tag_copy (tag, object) VALUES (?1, ?2)",
];
const DELETE_TAG: [&str; 2] = [
    "DELETE FROM tag WHERE tag = ?1 AND object = ?2",
    "DELETE FROM tag_copy WHERE tag = ?1 AND object = ?2",
];
const HAS_TAG: [&str; 2] = [
    "SELECT 1 FROM tag WHERE tag = ?1 AND object = ?2",
    "SELECT 1 FROM tag_copy WHERE tag = ?1 AND object = ?2",
];

fn insert_tags(connection: &Connection, object: ObjectId, tags: &[Tag]) -> Outcome<()> {
    for_each_tag(connection, INSERT_TAG, object, tags)
}

fn delete_tags(connection: &Connection, object: ObjectId, tags: &[Tag]) -> Outcome<()> {
    for_each_tag(connection, DELETE_TAG, object, tags)
}

fn for_each_tag(
    connection: &Connection,
    statements: [&str; 2],
    object: ObjectId,
    tags: &[Tag],
) -> Outcome<()> {
    for statement in statements {
        let mut statement = connection.prepare_cached(statement)?;
        for tag in tags {
            statement.execute((tag.0.cast_signed(), number(object)))?;
        }
    }
    Ok(())
}

/// The tags beside a record of the token, and its version.
fn tags_and_version(
    connection: &Connection,
    slot: i64,
    object: ObjectId,
) -> Outcome<Option<(Vec<Tag>, i64)>> {
    let mut statement =
        connection.prepare_cached("SELECT tags, version FROM object WHERE id = ?1 AND token = ?2")?;
    let row: Option<(Vec<u8>, i64)> = statement
        .query_row((number(object), slot), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    // What cannot be read as tags is not in the index either.
    Ok(row.map(|(tags, version)| (decode_tags(&tags).unwrap_or_default(), version)))
}

/// Replaces a record of this version; `false` if there is none.
pub(super) fn replace(connection: &Connection, slot: i64, version: u64, record: &NewRecord) -> Outcome<bool> {
    let Some((old_tags, old_version)) = tags_and_version(connection, slot, record.id)? else {
        return Ok(false);
    };
    if old_version.cast_unsigned() != version {
        return Ok(false);
    }
    let tags = tags::listed(record.tags.clone());
    let next = old_version
        .checked_add(1)
        .ok_or_else(|| damaged(record.id, "its version"))?;
    connection
        .prepare_cached("UPDATE object SET private = ?2, version = ?3, tags = ?4, record = ?5 WHERE id = ?1")?
        .execute((
            number(record.id),
            record.private,
            next,
            encode_tags(&tags),
            &record.record,
        ))?;
    let gone: Vec<Tag> = old_tags
        .iter()
        .filter(|tag| !tags.contains(tag))
        .copied()
        .collect();
    delete_tags(connection, record.id, &gone)?;
    insert_tags(connection, record.id, &tags)?;
    Ok(true)
}

/// Deletes an object with its tags; `false` if there is none.
pub(super) fn delete(connection: &Connection, slot: i64, object: ObjectId) -> Outcome<bool> {
    let Some((tags, _)) = tags_and_version(connection, slot, object)? else {
        return Ok(false);
    };
    delete_tags(connection, object, &tags)?;
    connection
        .prepare_cached("DELETE FROM object WHERE id = ?1")?
        .execute([number(object)])?;
    Ok(true)
}

/// Deletes all objects of a token. The index is read as a whole, so that tags go that a record no longer names.
pub(super) fn delete_all(connection: &Connection, slot: i64) -> Outcome<()> {
    for table in ["tag", "tag_copy"] {
        connection.execute(
            &format!("DELETE FROM {table} WHERE object IN (SELECT id FROM object WHERE token = ?1)"),
            [slot],
        )?;
    }
    connection.execute("DELETE FROM object WHERE token = ?1", [slot])?;
    Ok(())
}

/// Reads a record; wants a snapshot. An object that stands under another token was never put there by us.
pub(super) fn read(connection: &Connection, slot: i64, object: ObjectId) -> Outcome<Option<StoredRecord>> {
    let record = read_row(connection, slot, object)?;
    if let Some(record) = &record {
        check_index(connection, object, &record.tags)?;
    }
    Ok(record)
}

/// Reads the record of an object that the index named.
pub(super) fn read_row(
    connection: &Connection,
    slot: i64,
    object: ObjectId,
) -> Outcome<Option<StoredRecord>> {
    let mut statement = connection
        .prepare_cached("SELECT token, private, version, tags, record FROM object WHERE id = ?1")?;
    let mut rows = statement.query([number(object)])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    if row.get::<_, i64>(0)? != slot {
        return Err(damaged(object, "it stands under another token").into());
    }
    let private = match row.get::<_, i64>(1)? {
        0 => false,
        1 => true,
        _ => return Err(damaged(object, "its column `private`").into()),
    };
    let tags = row.get_ref(3)?.as_blob().ok().and_then(decode_tags);
    Ok(Some(StoredRecord {
        version: row.get::<_, i64>(2)?.cast_unsigned(),
        private,
        record: row.get(4)?,
        tags: tags.ok_or_else(|| damaged_index(object, "its list of search tags"))?,
    }))
}

/// Every tag beside the record is in the index and in its copy. One statement that counts them all is no faster than a
/// look-up each.
fn check_index(connection: &Connection, object: ObjectId, tags: &[Tag]) -> Outcome<()> {
    for statement in HAS_TAG {
        let mut statement = connection.prepare_cached(statement)?;
        for tag in tags {
            if !statement.exists((tag.0.cast_signed(), number(object)))? {
                return Err(damaged_index(object, "a search tag is missing in the index").into());
            }
        }
    }
    Ok(())
}

/// Whether the index or its copy has the object under the tag.
pub(super) fn names(connection: &Connection, tag: Tag, object: ObjectId) -> Outcome<bool> {
    for statement in HAS_TAG {
        let mut statement = connection.prepare_cached(statement)?;
        if statement.exists((tag.0.cast_signed(), number(object)))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The version of a record, in one statement, so that no transaction is wanted. (A join would be planned anew each time.)
pub(super) fn version(connection: &Connection, token: TokenId, object: ObjectId) -> Outcome<Option<u64>> {
    let mut statement = connection.prepare_cached(
        "SELECT version FROM object WHERE id = ?1 AND token = (SELECT slot FROM token WHERE id = ?2)",
    )?;
    let version: Option<i64> = statement
        .query_row((number(object), token.0.as_slice()), |row| row.get(0))
        .optional()?;
    Ok(version.map(i64::cast_unsigned))
}

/// The token's objects in ascending order.
pub(super) fn list(connection: &Connection, slot: i64) -> Outcome<Vec<ObjectId>> {
    let mut statement = connection.prepare_cached("SELECT id FROM object WHERE token = ?1 ORDER BY id")?;
    let ids = statement.query_map([slot], |row| row.get(0))?;
    Ok(ids
        .map(|id| id.map(|id: i64| ObjectId(id.cast_unsigned())))
        .collect::<rusqlite::Result<_>>()?)
}

/// How many objects the token has.
pub(super) fn count(connection: &Connection, slot: i64) -> Outcome<u64> {
    let mut statement = connection.prepare_cached("SELECT count(*) FROM object WHERE token = ?1")?;
    Ok(statement
        .query_row([slot], |row| row.get::<_, i64>(0))?
        .cast_unsigned())
}
