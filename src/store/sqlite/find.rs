//! Searching the index of tags: all tags are walked at once, each jumping to where the others already are.
//! [Veldhuizen, Leapfrog Triejoin, ICDT 2014, 3: the unary case]

use rusqlite::{Connection, OptionalExtension};

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
    let mut show = |id: ObjectId| -> Outcome<()> {
        let read = || objects::read_row(connection, slot, id).map_err(explain);
        visit(&Candidate::new(id, search.private, &read))?;
        Ok(())
    };
    match search.tags.as_slice() {
        [] => objects::each(connection, slot, search.private, show),
        [tag] => {
            let mut statement =
                connection.prepare_cached("SELECT object FROM tag WHERE tag = ?1 ORDER BY object")?;
            let mut rows = statement.query([tag.0.cast_signed()])?;
            while let Some(row) = rows.next()? {
                show(ObjectId(row.get::<_, i64>(0)?.cast_unsigned()))?;
            }
            Ok(())
        }
        tags => {
            let mut from = ObjectId(1);
            while let Some(found) = first_with_all(connection, tags, from)? {
                show(found)?;
                from = ObjectId(found.0.saturating_add(1));
            }
            Ok(())
        }
    }
}

/// The first object from `from` on that has all tags.
fn first_with_all(connection: &Connection, tags: &[Tag], from: ObjectId) -> Outcome<Option<ObjectId>> {
    let mut seek = connection
        .prepare_cached("SELECT object FROM tag WHERE tag = ?1 AND object >= ?2 ORDER BY object LIMIT 1")?;
    let mut candidate = from.0.cast_signed();
    let mut agreed = 0;
    for tag in tags.iter().cycle() {
        let first: Option<i64> = seek
            .query_row((tag.0.cast_signed(), candidate), |row| row.get(0))
            .optional()?;
        let Some(object) = first else { return Ok(None) };
        agreed = if object == candidate { agreed + 1 } else { 1 };
        candidate = object;
        if agreed == tags.len() {
            break;
        }
    }
    Ok(Some(ObjectId(candidate.cast_unsigned())))
}
