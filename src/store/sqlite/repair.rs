//! The search index built anew, for the administrator: what a token's objects are found by is in their sealed records, so
//! that neither copy of the index nor the list beside a record is needed to know it.
//!
//! A record that does not open keeps what either copy says of it: it is found, and whoever uses it is told.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

use super::connections::{End, Outcome};
use super::{objects, tokens};
use crate::error::Error;
use crate::store::{ObjectId, Opener, Place, Repair, StoredRecord, Tag, TokenId, tags};

/// The tables of tags, with their names in what is said.
const TABLES: [(&str, &str); 2] = [
    ("tag", "the search index"),
    ("tag_copy", "the copy of the search index"),
];

/// An object's row, whatever is in it.
struct Row {
    id: i64,
    private: i64,
    version: i64,
    listed: Vec<u8>,
    record: Vec<u8>,
}

/// Repairs in the caller's transaction.
pub(super) fn repair(writer: &Connection, token: TokenId, open: &mut Opener<'_>) -> Outcome<End<Repair>> {
    let slot = tokens::slot_wanted(writer, token)?;
    let mut result = Repair::default();
    let [(table, _), (copy, _)] = TABLES;
    let (mut index, mut index_copy) = (entries(writer, table, slot)?, entries(writer, copy, slot)?);
    for row in rows(writer, slot)? {
        result.objects += 1;
        let object = ObjectId(row.id.cast_unsigned());
        let first = index.remove(&row.id).unwrap_or_default();
        let second = index_copy.remove(&row.id).unwrap_or_default();
        let right = match opened(token, &row, open) {
            Ok(tags) => {
                let listed = objects::encode_tags(&tags);
                if listed != row.listed {
                    let update = "UPDATE object SET tags = ?2 WHERE id = ?1";
                    writer.prepare_cached(update)?.execute((row.id, listed))?;
                    result
                        .repaired
                        .push(format!("object {object}: the list of its search tags"));
                }
                tags.into_iter().map(|tag| tag.0.cast_signed()).collect()
            }
            Err(Error::StoreDamaged(_)) => first.union(&second).copied().collect(),
            Err(error) => return Err(error.into()),
        };
        for ((table, name), now) in TABLES.iter().zip([first, second]) {
            if set(writer, table, row.id, &now, &right)? {
                result.repaired.push(format!("object {object}: {name}"));
            }
        }
    }
    for ((table, name), left) in TABLES.iter().zip([index, index_copy]) {
        for (id, now) in left {
            set(writer, table, id, &now, &BTreeSet::new())?;
            let object = ObjectId(id.cast_unsigned());
            result
                .repaired
                .push(format!("{name} named object {object}, which is not there"));
        }
    }
    Ok(match result.repaired.is_empty() {
        true => End::Rollback(result),
        false => End::Commit(result),
    })
}

/// The tags that the record's attributes give.
fn opened(token: TokenId, row: &Row, open: &mut Opener<'_>) -> crate::error::Result<Vec<Tag>> {
    let object = ObjectId(row.id.cast_unsigned());
    let private = match row.private {
        0 => false,
        1 => true,
        _ => return Err(objects::damaged(object, "its column `private`")),
    };
    let stored = StoredRecord {
        version: row.version.cast_unsigned(),
        private,
        record: row.record.clone(),
        tags: Vec::new(),
    };
    let place = Place::object(token, object, stored.version, private);
    let tags = open(&place, &stored)?.ok_or(Error::UserNotLoggedIn(
        "what private objects are found by is known to the user only",
    ))?;
    Ok(tags::listed(tags))
}

fn rows(writer: &Connection, slot: i64) -> Outcome<Vec<Row>> {
    let mut statement = writer
        .prepare("SELECT id, private, version, tags, record FROM object WHERE token = ?1 ORDER BY id")?;
    let rows = statement.query_map([slot], |row| {
        Ok(Row {
            id: row.get(0)?,
            private: row.get(1)?,
            version: row.get(2)?,
            listed: row.get(3)?,
            record: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What a table says of each object that is not another token's.
fn entries(writer: &Connection, table: &str, slot: i64) -> Outcome<BTreeMap<i64, BTreeSet<i64>>> {
    let mut statement = writer.prepare(&format!(
        "SELECT object, tag FROM {table} WHERE object NOT IN (SELECT id FROM object WHERE token <> ?1)"
    ))?;
    let mut rows = statement.query([slot])?;
    let mut found: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        found.entry(row.get(0)?).or_default().insert(row.get(1)?);
    }
    Ok(found)
}

/// Makes the right tags of those that a table has for an object. Tells whether they were others.
fn set(
    writer: &Connection,
    table: &str,
    id: i64,
    now: &BTreeSet<i64>,
    right: &BTreeSet<i64>,
) -> Outcome<bool> {
    let delete = format!("DELETE FROM {table} WHERE tag = ?1 AND object = ?2");
    let insert = format!("INSERT OR IGNORE INTO {table} (tag, object) VALUES (?1, ?2)");
    for (statement, tags) in [(delete, now.difference(right)), (insert, right.difference(now))] {
        let mut statement = writer.prepare_cached(&statement)?;
        for tag in tags {
            statement.execute((tag, id))?;
        }
    }
    Ok(now != right)
}
