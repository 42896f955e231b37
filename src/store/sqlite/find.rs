//! Searching the index of tags: all tags are walked at once, each jumping to where the others already are.
//! [Veldhuizen, Leapfrog Triejoin, ICDT 2014, 3: the unary case] The index and its copy are walked side by side: where
//! they differ, one of them was changed, and what it hides would not be missed otherwise.

use rusqlite::{CachedStatement, Connection, OptionalExtension};

use super::connections::{Fault, Outcome};
use super::objects;
use crate::error::Error;
use crate::store::{Candidate, ObjectId, Search, Tag, Visit};

/// Shows the objects that a search finds to `visit`; wants a snapshot. `explain` is for records that cannot be read.
pub(super) fn find(
    connection: &Connection,
    slot: i64,
    search: &Search,
    explain: &dyn Fn(Fault) -> Error,
    visit: &mut Visit<'_>,
) -> Outcome<()> {
    let mut show = |found: [Option<i64>; 2]| -> Outcome<Option<ObjectId>> {
        let Some(id) = agreed(found)? else { return Ok(None) };
        let read = || objects::read_row(connection, slot, id).map_err(explain);
        visit(&Candidate::new(id, search.private, &read))?;
        Ok(Some(id))
    };
    if let [tag] = search.tags.as_slice() {
        let mut index = connection.prepare_cached("SELECT object FROM tag WHERE tag = ?1 ORDER BY object")?;
        let mut copy =
            connection.prepare_cached("SELECT object FROM tag_copy WHERE tag = ?1 ORDER BY object")?;
        let mut index = index.query([tag.0.cast_signed()])?;
        let mut copy = copy.query([tag.0.cast_signed()])?;
        loop {
            let found = index.next()?.map(|row| row.get(0)).transpose()?;
            let copied = copy.next()?.map(|row| row.get(0)).transpose()?;
            if show([found, copied])?.is_none() {
                return Ok(());
            }
        }
    }
    let mut index = connection.prepare_cached(SEEK)?;
    let mut copy = connection.prepare_cached(SEEK_COPY)?;
    let mut from = 1;
    loop {
        let found = first_with_all(&mut index, &search.tags, from)?;
        let copied = first_with_all(&mut copy, &search.tags, from)?;
        match show([found, copied])? {
            Some(id) => from = id.0.cast_signed().saturating_add(1),
            None => return Ok(()),
        }
    }
}

/// The next object in the index, if its copy has the same.
fn agreed([found, copied]: [Option<i64>; 2]) -> Outcome<Option<ObjectId>> {
    let id = |object: i64| ObjectId(object.cast_unsigned());
    if found == copied {
        return Ok(found.map(id));
    }
    let object = found.into_iter().chain(copied).min().map_or(ObjectId(0), id);
    Err(objects::damaged_index(object, "a search tag differs from its copy").into())
}

/// The first object from ?2 on that has the tag ?1.
const SEEK: &str = "SELECT object FROM tag WHERE tag = ?1 AND object >= ?2 ORDER BY object LIMIT 1";
/// The same in the copy of the index.
const SEEK_COPY: &str = "SELECT object FROM tag_copy WHERE tag = ?1 AND object >= ?2 ORDER BY object LIMIT 1";

/// The first object from `from` on that has all tags; none if there is no tag.
fn first_with_all(seek: &mut CachedStatement<'_>, tags: &[Tag], from: i64) -> Outcome<Option<i64>> {
    let mut candidate = from;
    let mut agreed = 0;
    for tag in tags.iter().cycle() {
        let first: Option<i64> = seek
            .query_row((tag.0.cast_signed(), candidate), |row| row.get(0))
            .optional()?;
        let Some(object) = first else { return Ok(None) };
        agreed = if object == candidate { agreed + 1 } else { 1 };
        candidate = object;
        if agreed == tags.len() {
            return Ok(Some(candidate));
        }
    }
    Ok(None)
}
