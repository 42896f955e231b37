//! [`MemoryStore`]: a store of one process that nothing outlives; for tests. It keeps the same promises but durability.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{
    Candidate, HeaderChange, NewRecord, ObjectEntry, ObjectId, Opener, Page, Place, RootKey, RootKeys, Scope,
    Search, Store, StoredRecord, Tag, TokenEntry, TokenId, Verification, Visit,
};
use crate::ck::SlotId;
use crate::error::{Error, Result};
use crate::os::locked::LockedKey;

struct Token {
    id: TokenId,
    header: Vec<u8>,
}

#[derive(Default)]
struct Tables {
    tokens: BTreeMap<u64, Token>,
    objects: BTreeMap<(TokenId, ObjectId), StoredRecord>,
}

/// A store in memory.
pub struct MemoryStore {
    keys: Arc<RootKeys>,
    tables: Mutex<Tables>,
    last_object: AtomicU64,
    generation: AtomicU64,
}

impl MemoryStore {
    /// An empty store with a root key of its own.
    ///
    /// # Errors
    /// [`Error::HostMemory`], [`Error::Crypto`].
    pub fn new() -> Result<Self> {
        let keys = Arc::new(RootKeys::derive(&RootKey::new(LockedKey::random()?))?);
        Ok(Self {
            keys,
            tables: Mutex::default(),
            last_object: AtomicU64::new(0),
            generation: AtomicU64::new(0),
        })
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        self.generation.fetch_add(2, Ordering::Release);
    }
}

impl Tables {
    fn slot(&self, token: TokenId) -> Option<u64> {
        self.tokens
            .iter()
            .find(|(_, row)| row.id == token)
            .map(|(slot, _)| *slot)
    }

    fn token(&mut self, token: TokenId) -> Result<&mut Token> {
        self.tokens
            .values_mut()
            .find(|row| row.id == token)
            .ok_or(Error::DeviceRemoved)
    }

    fn entry(&self, slot: u64) -> Option<TokenEntry> {
        let row = self.tokens.get(&slot)?;
        Some(TokenEntry {
            id: row.id,
            slot,
            header: Ok(row.header.clone()),
        })
    }

    fn remove_objects(&mut self, token: TokenId) {
        self.objects.retain(|(owner, _), _| *owner != token);
    }
}

fn sorted(tags: &[Tag]) -> Vec<Tag> {
    let mut tags = tags.to_vec();
    tags.sort_unstable();
    tags.dedup();
    tags
}

fn stored(record: &NewRecord, version: u64) -> StoredRecord {
    StoredRecord {
        version,
        private: record.private,
        record: record.record.clone(),
        tags: sorted(&record.tags),
    }
}

fn visible(scope: Scope, private: bool) -> bool {
    scope == Scope::All || !private
}

impl Store for MemoryStore {
    fn keys(&self) -> Result<Arc<RootKeys>> {
        Ok(self.keys.clone())
    }

    fn tokens(&self) -> Result<Vec<TokenEntry>> {
        let tables = self.tables();
        Ok(tables
            .tokens
            .keys()
            .filter_map(|slot| tables.entry(*slot))
            .collect())
    }

    fn token(&self, token: TokenId) -> Result<Option<TokenEntry>> {
        let tables = self.tables();
        Ok(tables.slot(token).and_then(|slot| tables.entry(slot)))
    }

    fn insert_token(&self, token: TokenId, slot: Option<u64>, header: &[u8]) -> Result<TokenEntry> {
        let mut tables = self.tables();
        let free = (1..).find(|slot| !tables.tokens.contains_key(slot));
        let slot = slot.or(free).ok_or(Error::Internal("no slot is free"))?;
        if tables.tokens.contains_key(&slot) {
            return Err(Error::SlotTaken(SlotId(slot)));
        }
        tables.tokens.insert(
            slot,
            Token {
                id: token,
                header: header.into(),
            },
        );
        self.changed();
        Ok(TokenEntry {
            id: token,
            slot,
            header: Ok(header.into()),
        })
    }

    fn replace_token(
        &self,
        token: TokenId,
        new: TokenId,
        header: &mut dyn FnMut(&[u8]) -> Result<Vec<u8>>,
    ) -> Result<TokenEntry> {
        let mut tables = self.tables();
        let slot = tables.slot(token).ok_or(Error::DeviceRemoved)?;
        let row = tables.token(token)?;
        row.header = header(&row.header)?;
        row.id = new;
        tables.remove_objects(token);
        self.changed();
        tables.entry(slot).ok_or(Error::DeviceRemoved)
    }

    fn delete_token(&self, token: TokenId) -> Result<()> {
        let mut tables = self.tables();
        let slot = tables.slot(token).ok_or(Error::DeviceRemoved)?;
        tables.tokens.remove(&slot);
        tables.remove_objects(token);
        self.changed();
        Ok(())
    }

    fn update_header(&self, token: TokenId, change: &mut HeaderChange<'_>) -> Result<()> {
        let mut tables = self.tables();
        let row = tables.token(token)?;
        if let Some(header) = change(&row.header)? {
            row.header = header;
            self.changed();
        }
        Ok(())
    }

    fn new_object_id(&self) -> Result<ObjectId> {
        Ok(ObjectId(self.last_object.fetch_add(1, Ordering::Relaxed) + 1))
    }

    fn insert_objects(&self, token: TokenId, records: &[NewRecord]) -> Result<()> {
        let mut tables = self.tables();
        tables.token(token)?;
        if records
            .iter()
            .any(|record| tables.objects.contains_key(&(token, record.id)))
        {
            return Err(Error::Internal("an object id was used twice"));
        }
        for record in records {
            tables.objects.insert((token, record.id), stored(record, 1));
        }
        self.changed();
        Ok(())
    }

    fn replace_object(&self, token: TokenId, version: u64, record: &NewRecord) -> Result<bool> {
        let mut tables = self.tables();
        tables.token(token)?;
        match tables.objects.get_mut(&(token, record.id)) {
            Some(row) if row.version == version => *row = stored(record, version + 1),
            _ => return Ok(false),
        }
        self.changed();
        Ok(true)
    }

    fn delete_object(&self, token: TokenId, object: ObjectId) -> Result<bool> {
        let mut tables = self.tables();
        tables.token(token)?;
        let removed = tables.objects.remove(&(token, object)).is_some();
        self.changed();
        Ok(removed)
    }

    fn object(&self, token: TokenId, object: ObjectId) -> Result<Option<StoredRecord>> {
        Ok(self.tables().objects.get(&(token, object)).cloned())
    }

    fn object_version(&self, token: TokenId, object: ObjectId) -> Result<Option<u64>> {
        Ok(self.tables().objects.get(&(token, object)).map(|row| row.version))
    }

    fn find(&self, token: TokenId, searches: &[Search], visit: &mut Visit<'_>) -> Result<()> {
        let tables = self.tables();
        for search in searches {
            let fits = |row: &StoredRecord| {
                row.private == search.private && search.tags.iter().all(|tag| row.tags.contains(tag))
            };
            let of_token = tables.objects.iter().filter(|((owner, _), _)| *owner == token);
            for ((_, id), row) in of_token.filter(|(_, row)| fits(row)) {
                visit(&Candidate::new(*id, search.private, &|| Ok(Some(row.clone()))))?;
            }
        }
        Ok(())
    }

    fn list(&self, token: TokenId, scope: Scope, page: Page) -> Result<Vec<ObjectEntry>> {
        let tables = self.tables();
        let rows = tables.objects.iter().filter(|((owner, id), row)| {
            *owner == token && Some(*id) > page.after && visible(scope, row.private)
        });
        let entries = rows.map(|((_, id), row)| ObjectEntry {
            id: *id,
            private: row.private,
        });
        Ok(entries.take(page.limit).collect())
    }

    fn count(&self, token: TokenId, scope: Scope) -> Result<u64> {
        Ok(crate::ck::to_ulong(self.list(token, scope, Page::ALL)?.len()))
    }

    fn generation(&self) -> Option<u64> {
        Some(self.generation.load(Ordering::Acquire))
    }

    fn verify_token(&self, token: TokenId, open: &mut Opener<'_>) -> Result<Verification> {
        let mut result = Verification::default();
        for entry in self.list(token, Scope::All, Page::ALL)? {
            let Some(row) = self.object(token, entry.id)? else {
                continue;
            };
            let place = Place::object(token, entry.id, row.version, row.private);
            super::verify_record(&place, &row, open, &mut result);
        }
        Ok(result)
    }
}
