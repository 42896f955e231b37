//! A guard that ends a transaction whatever happens in it.

use rusqlite::Connection;

/// A transaction that has begun. Whatever ends it but [`Transaction::commit`], an error or a panic, rolls it back.
pub(super) struct Transaction<'a>(&'a Connection);

impl<'a> Transaction<'a> {
    /// Guards the one that has just begun on the connection.
    pub(super) fn begun(connection: &'a Connection) -> Self {
        Self(connection)
    }

    /// COMMIT; ROLLBACK if that fails.
    pub(super) fn commit(self) -> rusqlite::Result<()> {
        self.0.prepare_cached("COMMIT")?.execute([]).map(drop)
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // After some errors SQLite has rolled back by itself.
        if !self.0.is_autocommit() {
            let _ = self.0.execute_batch("ROLLBACK");
        }
    }
}
