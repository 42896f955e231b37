//! The full check of a token, for the administrator: all that a reader checks of one record, for every record, and
//! what only shows from the whole.

use std::collections::HashMap;

use rusqlite::Connection;

use super::connections::Outcome;
use super::{SqliteStore, tokens};
use crate::error::Result;
use crate::store::{ObjectId, Opener, Place, TokenId, Verification, verify_record};

/// Checks the database's own structure, the token's header, every record with its tags, and the index.
pub(super) fn verify(store: &SqliteStore, token: TokenId, open: &mut Opener<'_>) -> Result<Verification> {
    let mut result = Verification::default();
    result
        .damages
        .extend(store.connections.read("the database", structure)?);
    if let Some(Err(error)) = store.token(token)?.map(|entry| entry.header) {
        result.damages.push(error.to_string());
    }
    for object in store.list(token)? {
        match store.object(token, object) {
            Ok(Some(record)) => {
                let place = Place::object(token, object, record.version, record.private);
                verify_record(&place, &record, open, &mut result);
            }
            Ok(None) => {} // deleted meanwhile
            Err(error) => result.damages.push(error.to_string()),
        }
    }
    result.damages.extend(
        store
            .connections
            .snapshot("the search index", |reader| index(reader, token))?,
    );
    Ok(result)
}

/// What SQLite finds wrong in its pages.
fn structure(reader: &Connection) -> Outcome<Vec<String>> {
    let mut statement = reader.prepare("PRAGMA integrity_check(20)")?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    let lines: Vec<String> = lines.collect::<rusqlite::Result<_>>()?;
    Ok(lines
        .into_iter()
        .filter(|line| line != "ok")
        .map(|line| format!("the database: {line}"))
        .collect())
}

/// Entries of the index that no record names; those that are missing show when the record is read.
fn index(reader: &Connection, token: TokenId) -> Outcome<Vec<String>> {
    let mut damages = Vec::new();
    let mut objects = reader.prepare("SELECT id, token, length(tags) / 8 FROM object")?;
    let mut expected: HashMap<i64, (i64, i64)> = HashMap::new();
    let mut rows = objects.query([])?;
    while let Some(row) = rows.next()? {
        expected.insert(row.get(0)?, (row.get(1)?, row.get(2)?));
    }
    let slot = tokens::slot(reader, token)?;
    for (table, name) in [
        ("tag", "the search index"),
        ("tag_copy", "the copy of the search index"),
    ] {
        let mut entries = reader.prepare(&format!("SELECT object, count(*) FROM {table} GROUP BY object"))?;
        let mut rows = entries.query([])?;
        while let Some(row) = rows.next()? {
            let (object, tags): (i64, i64) = (row.get(0)?, row.get(1)?);
            let object_name = ObjectId(object.cast_unsigned());
            match expected.get(&object) {
                Some((owner, count)) if Some(*owner) != slot || *count >= tags => {}
                Some(_) => damages.push(format!(
                    "object {object_name}: {name} has a tag that it does not have"
                )),
                None => damages.push(format!("{name} names object {object_name}, which is not there")),
            }
        }
    }
    Ok(damages)
}
