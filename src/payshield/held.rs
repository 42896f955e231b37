//! [`Held`]: a key of a message as an object of the module, and [`KeyCache`], which keeps those that were used lately.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::key_field::KeyField;
use super::lmks::Lmk;
use crate::ck::*;
use crate::module::Module;
use crate::payment::keyblock::LastHour;

/// The session that the keys of messages belong to, until it is closed.
pub struct Keeper {
    module: Arc<Module>,
    session: SessionHandle,
}

impl Keeper {
    /// Takes a session of its own over.
    #[must_use]
    pub fn new(module: Arc<Module>, session: SessionHandle) -> Self {
        Self { module, session }
    }

    /// The session.
    #[must_use]
    pub fn session(&self) -> SessionHandle {
        self.session
    }
}

/// A key that is a session object for as long as somebody holds it.
pub struct Held {
    /// The object.
    pub handle: ObjectHandle,
    /// CKA_KEY_TYPE.
    pub key_type: KeyType,
    /// CKA_VHSM_KEY_USAGE, as the key block had it.
    pub usage: [u8; 2],
    /// Length of the key in bytes.
    pub length: usize,
    /// CKA_CHECK_VALUE.
    pub check_value: [u8; 3],
    /// The last hour that its key block allows: the object knows the day only.
    last_hour: Option<LastHour>,
    keeper: Arc<Keeper>,
}

impl Held {
    /// Describes an object of the keeper's session, which goes when this is dropped.
    ///
    /// # Errors
    /// The module's.
    pub fn new(keeper: &Arc<Keeper>, handle: ObjectHandle) -> crate::error::Result<Self> {
        let object = keeper.module.object(keeper.session, handle)?;
        let attributes = object.attributes();
        let bytes = |attribute| attributes.bytes(attribute).unwrap_or_default();
        Ok(Self {
            handle,
            key_type: attributes.key_type().unwrap_or(CKK_GENERIC_SECRET),
            usage: bytes(CKA_VHSM_KEY_USAGE).try_into().unwrap_or_default(),
            length: bytes(CKA_VALUE).len(),
            check_value: bytes(CKA_CHECK_VALUE).try_into().unwrap_or_default(),
            last_hour: LastHour::of(bytes(CKA_VHSM_OPTIONAL_BLOCKS)),
            keeper: Arc::clone(keeper),
        })
    }

    /// Whether it was kept longer than its key block allows.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.last_hour.is_some_and(LastHour::is_over)
    }
}

impl From<&Held> for ObjectHandle {
    fn from(key: &Held) -> Self {
        key.handle
    }
}

impl From<&Arc<Held>> for ObjectHandle {
    fn from(key: &Arc<Held>) -> Self {
        key.handle
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // It is gone already where the session is.
        let _gone = self
            .keeper
            .module
            .destroy_object(self.keeper.session, self.handle);
    }
}

/// What the text of a key is under its LMK: the same text of another kind is another key.
#[derive(Clone, Copy)]
enum Kind {
    /// A key block, which says itself what it is.
    Block,
    /// A key of this type and, with it, of this usage.
    Typed([u8; 3], [u8; 2]),
    /// A private key, in a key block or not.
    Private,
}

/// What a key is found by: its LMK, what it is under it, and its text. Most are short and need no memory of their own.
pub struct Name {
    short: [u8; Self::SHORT],
    length: usize,
    long: Vec<u8>,
}

impl Name {
    const SHORT: usize = 160;

    /// Of a key.
    #[must_use]
    pub fn new(lmk: &Lmk, field: &KeyField<'_>, key_type: [u8; 3], usage: [u8; 2]) -> Self {
        let kind = match field.is_block() {
            true => Kind::Block,
            false => Kind::Typed(key_type, usage),
        };
        Self::of(lmk, kind, field.text)
    }

    /// Of a private key.
    #[must_use]
    pub fn of_private_key(lmk: &Lmk, text: &[u8]) -> Self {
        Self::of(lmk, Kind::Private, text)
    }

    fn of(lmk: &Lmk, kind: Kind, text: &[u8]) -> Self {
        let mut name = Self {
            short: [0; Self::SHORT],
            length: 0,
            long: Vec::new(),
        };
        let [has_key_blocks, is_old] = [lmk.has_key_blocks(), lmk.old].map(u8::from);
        let kinds = |number: u8| [lmk.id, has_key_blocks | is_old << 1 | number << 2];
        match kind {
            Kind::Block => name.add(&kinds(0)),
            Kind::Typed(key_type, usage) => {
                name.add(&kinds(1));
                name.add(&key_type);
                name.add(&usage);
            }
            Kind::Private => name.add(&kinds(2)),
        }
        name.add(text);
        name
    }

    fn add(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        match self.short.get_mut(self.length..end) {
            Some(place) if self.long.is_empty() => place.copy_from_slice(bytes),
            _ => {
                if self.long.is_empty() {
                    self.long
                        .extend_from_slice(self.short.get(..self.length).unwrap_or_default());
                }
                self.long.extend_from_slice(bytes);
            }
        }
        self.length = end;
    }

    /// The name.
    #[must_use]
    pub fn get(&self) -> &[u8] {
        match self.long.is_empty() {
            true => self.short.get(..self.length).unwrap_or_default(),
            false => &self.long,
        }
    }
}

/// Keys that were used lately, by what they came in. It has two generations: what nobody asks for while the younger one
/// fills goes with the older one.
pub struct KeyCache {
    shards: Vec<Mutex<Generations>>,
    capacity: usize,
}

#[derive(Default)]
struct Generations {
    young: HashMap<Box<[u8]>, Arc<Held>>,
    old: HashMap<Box<[u8]>, Arc<Held>>,
    hits: u64,
    misses: u64,
}

impl Generations {
    /// Keeps a key among the young ones. When there are too many, they become the old ones; gives those that were.
    fn keep(
        &mut self,
        name: Box<[u8]>,
        held: &Arc<Held>,
        most: usize,
    ) -> Option<HashMap<Box<[u8]>, Arc<Held>>> {
        let full = self.young.len() >= most;
        let gone = full.then(|| {
            let young = std::mem::take(&mut self.young);
            std::mem::replace(&mut self.old, young)
        });
        self.young.insert(name, Arc::clone(held));
        gone
    }
}

const SHARDS: usize = 16;

impl KeyCache {
    /// A cache of about so many keys; of 0 it keeps none.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            capacity: capacity.div_ceil(2 * SHARDS),
        }
    }

    fn shard(&self, name: &[u8]) -> Option<std::sync::MutexGuard<'_, Generations>> {
        // Keys end in what a cipher gave: any of their last characters tells them apart well enough.
        let end = name.iter().rev().take(4);
        let mixed = end.fold(0_usize, |sum, byte| 7 * sum + usize::from(*byte));
        let shard = self.shards.get(mixed % SHARDS)?;
        Some(shard.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The key under this name, but none that was kept too long: who imports that again learns why it is refused.
    #[must_use]
    pub fn get(&self, name: &[u8]) -> Option<Arc<Held>> {
        self.find(name).filter(|held| !held.is_over())
    }

    fn find(&self, name: &[u8]) -> Option<Arc<Held>> {
        let mut shard = self.shard(name)?;
        if let Some(held) = shard.young.get(name).cloned() {
            shard.hits += 1;
            return Some(held);
        }
        match shard.old.remove_entry(name) {
            Some((name, held)) => {
                shard.hits += 1;
                let gone = shard.keep(name, &held, self.capacity);
                drop(shard);
                drop(gone);
                Some(held)
            }
            None => {
                shard.misses += 1;
                None
            }
        }
    }

    /// Keeps a key.
    pub fn put(&self, name: &[u8], held: &Arc<Held>) {
        if self.capacity == 0 {
            return;
        }
        let gone = self
            .shard(name)
            .and_then(|mut shard| shard.keep(name.into(), held, self.capacity));
        // Objects are destroyed when no lock is held.
        drop(gone);
    }

    /// How many keys it has, and how often one was found and was not.
    #[must_use]
    pub fn counts(&self) -> (usize, u64, u64) {
        self.shards.iter().fold((0, 0, 0), |(keys, hits, misses), shard| {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            let here = shard.young.len() + shard.old.len();
            (keys + here, hits + shard.hits, misses + shard.misses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::payshield::call::{attribute, flag};
    use crate::payshield::lmks::LmkKind;

    #[test]
    fn one_text_has_a_name_for_each_thing_that_it_can_be() {
        let lmk = |id, kind, old| Lmk {
            id,
            kind,
            handle: ObjectHandle(1),
            label: String::new(),
            check_value: Vec::new(),
            separates_002: true,
            old,
        };
        for text in [&b"S1"[..], &[b'U'; 159], &[b'U'; 160], &[b'U'; 900]] {
            let field = |scheme| KeyField { scheme, text };
            let mut names = std::collections::HashSet::new();
            for lmk in [
                lmk(0, LmkKind::Variant, false),
                lmk(0, LmkKind::Variant, true),
                lmk(0, LmkKind::KeyBlockAes, false),
                lmk(1, LmkKind::Variant, false),
            ] {
                for name in [
                    Name::new(&lmk, &field(b'S'), *b"001", *b"72"),
                    Name::new(&lmk, &field(b'U'), *b"001", *b"72"),
                    Name::new(&lmk, &field(b'U'), *b"002", *b"72"),
                    Name::new(&lmk, &field(b'U'), *b"001", *b"71"),
                    Name::of_private_key(&lmk, text),
                ] {
                    assert!(name.get().ends_with(text));
                    assert!(names.insert(name.get().to_vec()), "{} {:?}", lmk.id, lmk.kind);
                }
            }
        }
    }

    #[test]
    fn no_key_is_found_when_its_last_hour_is_over() {
        let home = tempfile::tempdir().unwrap();
        let module = Arc::new(Module::new(Config::in_data_dir(home.path())).unwrap());
        let slot = module.create_token(b"12345678", &[b' '; 32]).unwrap();
        let session = module.open_session(slot, sys::CKF_SERIAL_SESSION).unwrap();
        let keeper = Arc::new(Keeper::new(Arc::clone(&module), session));
        let cache = KeyCache::new(64);
        for (optional, is_found) in [
            (&b""[..], true),
            (b"04112099:12:31:23", true),
            (b"04112020:01:01:12", false),
        ] {
            let key = [
                attribute(CKA_CLASS, &CKO_SECRET_KEY.0.to_ne_bytes()),
                attribute(CKA_KEY_TYPE, &CKK_AES.0.to_ne_bytes()),
                flag(CKA_PRIVATE, false),
                attribute(CKA_VALUE, &[7; 16]),
                attribute(CKA_VHSM_KEY_USAGE, b"P0"),
                attribute(CKA_VHSM_OPTIONAL_BLOCKS, optional),
            ];
            let object = module.create_object(session, &key).unwrap();
            let held = Held::new(&keeper, object).unwrap();
            cache.put(optional, &Arc::new(held));
            assert_eq!(cache.get(optional).is_some(), is_found, "{optional:?}");
        }
    }
}
