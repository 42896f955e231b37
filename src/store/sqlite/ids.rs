//! Object ids, reserved in blocks: an id is known before its record is sealed, and none is given out twice, whatever
//! becomes of the objects.

use crate::os::lock::Mutex;
use std::ops::Range;

use super::connections::{Connections, End};
use super::generation::Generation;
use crate::error::{Error, Reason, Result};
use crate::store::{FROM_BACKUP, ObjectId};

/// The first block is small: most programs make few objects.
const FIRST_BLOCK: i64 = 16;
const BLOCK: i64 = 1024;

/// The ids that this process may still give out.
#[derive(Default)]
pub(super) struct ObjectIds(Mutex<Reserve>);

#[derive(Default)]
struct Reserve {
    ids: Range<u64>,
    used_before: bool,
}

impl ObjectIds {
    /// The next id; now and then this takes a transaction.
    pub(super) fn next(&self, connections: &Connections, generation: &Generation) -> Result<ObjectId> {
        let mut reserve = self.0.lock();
        if reserve.ids.is_empty() {
            let block = if reserve.used_before { BLOCK } else { FIRST_BLOCK };
            reserve.ids = reserve_block(connections, generation, block)?;
            reserve.used_before = true;
        }
        reserve
            .ids
            .next()
            .map(ObjectId)
            .ok_or(Error::Internal("no object ids are left"))
    }
}

fn reserve_block(connections: &Connections, generation: &Generation, block: i64) -> Result<Range<u64>> {
    connections.write("the counter of objects", generation, |writer| {
        let next: i64 = writer
            .prepare_cached("SELECT value FROM counter WHERE name = 'next_object'")?
            .query_row([], |row| row.get(0))?;
        // A counter that was set back on the disk must not give out an id again.
        let last: Option<i64> = writer.query_row("SELECT max(id) FROM object", [], |row| row.get(0))?;
        let start = next.max(last.unwrap_or(0).saturating_add(1)).max(1);
        let end = start
            .checked_add(block)
            .ok_or_else(|| Error::StoreDamaged(Reason::new("the counter of objects", FROM_BACKUP)))?;
        writer
            .prepare_cached("UPDATE counter SET value = ?1 WHERE name = 'next_object'")?
            .execute([end])?;
        Ok(End::Commit(start.cast_unsigned()..end.cast_unsigned()))
    })
}
