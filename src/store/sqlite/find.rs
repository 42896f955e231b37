//! Searching the index of tags: all terms are walked at once, each jumping to where the others already are.
//! [Veldhuizen, Leapfrog Triejoin, ICDT 2014, 3: the unary case]

use rusqlite::{CachedStatement, Connection, OptionalExtension};

use super::connections::Outcome;
use crate::error::Error;
use crate::store::{ObjectId, Page, Tag};

/// A page of the objects that have, for every term, one of its tags; wants a snapshot.
pub(super) fn find(connection: &Connection, terms: &[Vec<Tag>], page: Page) -> Outcome<Vec<ObjectId>> {
    let mut search = Search {
        seek: connection.prepare_cached(
            "SELECT object FROM tag WHERE tag = ?1 AND object >= ?2 ORDER BY object LIMIT 1",
        )?,
    };
    let mut exists = connection.prepare_cached("SELECT 1 FROM object WHERE id = ?1")?;
    let mut found = Vec::new();
    let mut from = page.after.map_or(1, |after| after.0.saturating_add(1));
    while found.len() < page.limit {
        let Some(object) = search.next(terms, from)? else {
            break;
        };
        if !exists.exists([object.cast_signed()])? {
            return Err(Error::StoreDamaged(
                format!("the search index names object {object}, which is not there; put the database back from its backup")
                    .into(),
            )
            .into());
        }
        found.push(ObjectId(object));
        from = object.saturating_add(1);
    }
    Ok(found)
}

struct Search<'c> {
    seek: CachedStatement<'c>,
}

impl Search<'_> {
    /// The first object from `from` on that fits all terms.
    fn next(&mut self, terms: &[Vec<Tag>], from: u64) -> Outcome<Option<u64>> {
        let mut candidate = from;
        let mut agreed = 0;
        for term in terms.iter().cycle() {
            let Some(object) = self.first_of(term, candidate)? else {
                return Ok(None);
            };
            agreed = if object == candidate { agreed + 1 } else { 1 };
            candidate = object;
            if agreed == terms.len() {
                return Ok(Some(candidate));
            }
        }
        Ok(None)
    }

    /// The first object from `from` on that has one of the tags.
    fn first_of(&mut self, term: &[Tag], from: u64) -> Outcome<Option<u64>> {
        let mut first: Option<u64> = None;
        for tag in term {
            let object: Option<i64> = self
                .seek
                .query_row((tag.0.cast_signed(), from.cast_signed()), |row| row.get(0))
                .optional()?;
            let object = object.map(i64::cast_unsigned);
            first = match (first, object) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        }
        Ok(first)
    }
}
