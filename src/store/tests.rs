//! What the store promises.

use super::*;

/// Runs a test on an empty store.
fn on_a_store(test: impl Fn(&SqliteStore)) {
    let dir = tempfile::tempdir().unwrap();
    test(&sqlite_store(dir.path()));
}

/// A store in the directory.
pub(super) fn sqlite_store(directory: &std::path::Path) -> SqliteStore {
    SqliteStore::open(&options(directory)).unwrap()
}

/// Where [`sqlite_store`] is.
pub(super) fn options(directory: &std::path::Path) -> SqliteOptions {
    SqliteOptions {
        directory: directory.into(),
        root_key: RootKeySource::Create(directory.join("root.key")),
        busy_timeout: std::time::Duration::from_secs(10),
    }
}

/// A new token.
pub(super) fn token(store: &SqliteStore) -> TokenId {
    let id = TokenId::random().unwrap();
    store.insert_token(id, None, b"header").unwrap();
    id
}

/// A record that is not inserted yet.
pub(super) fn record(store: &SqliteStore, private: bool, tags: &[u64]) -> NewRecord {
    let tags = tags.iter().map(|tag| Tag(*tag)).collect();
    NewRecord {
        id: store.new_object_id().unwrap(),
        private,
        record: b"sealed".to_vec(),
        tags,
    }
}

fn add(store: &SqliteStore, token: TokenId, private: bool, tags: &[u64]) -> ObjectId {
    let record = record(store, private, tags);
    store
        .insert_objects(token, std::slice::from_ref(&record))
        .unwrap();
    record.id
}

fn find(store: &SqliteStore, token: TokenId, private: bool, tags: &[u64]) -> Vec<ObjectId> {
    let tags = tags.iter().map(|tag| Tag(*tag)).collect();
    found(store, token, &[Search { private, tags }])
}

pub(super) fn found(store: &SqliteStore, token: TokenId, searches: &[Search]) -> Vec<ObjectId> {
    let mut ids = Vec::new();
    let mut note = |candidate: &Candidate<'_>| {
        assert_eq!(candidate.record()?.unwrap().private, candidate.private);
        ids.push(candidate.id);
        Ok(())
    };
    store.find(token, searches, &mut note).unwrap();
    ids
}

#[test]
fn tokens_get_slots_that_no_token_had_and_keep_them() {
    on_a_store(|store| {
        let (first, second) = (token(store), token(store));
        let third = TokenId::random().unwrap();
        store.insert_token(third, Some(7), b"third").unwrap();
        let slots = || {
            store
                .tokens()
                .unwrap()
                .iter()
                .map(|entry| (entry.slot, entry.id))
                .collect::<Vec<_>>()
        };
        assert_eq!(slots(), [(1, first), (2, second), (7, third)]);
        store.delete_token(first).unwrap();
        assert_eq!(slots(), [(2, second), (7, third)]);
        let fourth = token(store);
        assert_eq!(slots(), [(2, second), (7, third), (8, fourth)]);
        for slot in [1, 7] {
            let taken = store.insert_token(TokenId::random().unwrap(), Some(slot), b"");
            assert_eq!(taken, Err(Error::SlotTaken(crate::ck::SlotId(slot))));
        }
        for gone in [fourth, second, third] {
            store.delete_token(gone).unwrap();
        }
        assert_eq!(store.next_slot(), Ok(9));
    });
}

#[test]
fn a_header_changes_only_as_the_caller_decides() {
    on_a_store(|store| {
        let id = token(store);
        let header = || store.token(id).unwrap().unwrap().header.unwrap();
        store
            .update_header(id, &mut |old| Ok(Some([old, b"+"].concat())))
            .unwrap();
        assert_eq!(header(), b"header+");
        store.update_header(id, &mut |_| Ok(None)).unwrap();
        let refused = store.update_header(id, &mut |_| Err(Error::PinInvalid));
        assert_eq!(refused, Err(Error::PinInvalid));
        assert_eq!(header(), b"header+");
    });
}

#[test]
fn initialising_anew_keeps_the_slot_and_nothing_else() {
    on_a_store(|store| {
        let (old, new, other) = (token(store), TokenId::random().unwrap(), token(store));
        let object = add(store, old, false, &[1]);
        let kept = add(store, other, false, &[1]);
        assert!(
            store
                .replace_token(old, new, &mut |_| Err(Error::PinInvalid))
                .is_err()
        );
        assert_eq!(store.count(old).unwrap(), 1);
        let entry = store
            .replace_token(old, new, &mut |header| Ok([header, b" anew"].concat()))
            .unwrap();
        assert_eq!(
            entry,
            TokenEntry {
                id: new,
                slot: 1,
                header: Ok(b"header anew".to_vec())
            }
        );
        assert_eq!(store.token(new).unwrap(), Some(entry));
        assert_eq!(store.token(old).unwrap(), None);
        assert_eq!(
            (
                store.object(old, object).unwrap(),
                store.object(new, object).unwrap()
            ),
            (None, None)
        );
        assert_eq!(find(store, other, false, &[1]), [kept]);
        assert!(find(store, new, false, &[]).is_empty());
        let lost = record(store, false, &[]);
        assert_eq!(store.insert_objects(old, &[lost]), Err(Error::DeviceRemoved));
        assert_eq!(
            store.update_header(old, &mut |_| Ok(None)),
            Err(Error::DeviceRemoved)
        );
        assert_eq!(store.delete_object(old, object), Err(Error::DeviceRemoved));
    });
}

#[test]
fn an_object_is_read_as_it_was_written_until_it_is_deleted() {
    on_a_store(|store| {
        let token = token(store);
        let new = record(store, true, &[9, u64::MAX, 9, 1]);
        store.insert_objects(token, std::slice::from_ref(&new)).unwrap();
        let tags = vec![Tag(1), Tag(9), Tag(u64::MAX)];
        let stored = StoredRecord {
            version: 1,
            private: true,
            record: new.record.clone(),
            tags,
        };
        assert_eq!(store.object(token, new.id).unwrap(), Some(stored));
        assert_eq!(store.object_version(token, new.id).unwrap(), Some(1));
        assert!(store.delete_object(token, new.id).unwrap());
        assert!(!store.delete_object(token, new.id).unwrap());
        assert_eq!(store.object(token, new.id).unwrap(), None);
        assert_eq!(store.object_version(token, new.id).unwrap(), None);
        assert!(find(store, token, true, &[9]).is_empty());
    });
}

#[test]
fn a_replacement_of_an_old_version_is_refused() {
    on_a_store(|store| {
        let token = token(store);
        let mut changed = record(store, false, &[1, 2]);
        store
            .insert_objects(token, std::slice::from_ref(&changed))
            .unwrap();
        changed.tags = vec![Tag(2), Tag(3)];
        changed.record = b"changed".to_vec();
        assert!(store.replace_object(token, 1, &changed).unwrap());
        assert!(!store.replace_object(token, 1, &changed).unwrap());
        let stored = store.object(token, changed.id).unwrap().unwrap();
        assert_eq!((stored.version, stored.record.as_slice()), (2, &b"changed"[..]));
        let found = [1, 2, 3].map(|tag| find(store, token, false, &[tag]));
        assert_eq!(found, [vec![], vec![changed.id], vec![changed.id]]);
    });
}

#[test]
fn several_objects_are_added_all_or_none() {
    on_a_store(|store| {
        let token = token(store);
        let (public, private) = (record(store, false, &[1]), record(store, true, &[2]));
        store
            .insert_objects(token, &[public.clone(), private.clone()])
            .unwrap();
        let fresh = record(store, false, &[1]);
        assert!(store.insert_objects(token, &[fresh, public.clone()]).is_err());
        assert_eq!(find(store, token, false, &[1]), [public.id]);
        assert_eq!(find(store, token, true, &[2]), [private.id]);
        assert_eq!(store.count(token).unwrap(), 2);
    });
}

#[test]
fn a_search_wants_every_tag_of_objects_of_its_kind() {
    on_a_store(|store| {
        let (one, other) = (token(store), token(store));
        let tags = |n: u64| [100 + n % 3, 200 + n % 5, 300 + n].map(|tag| tag + 1000 * (n % 2));
        let objects: Vec<_> = (0..60).map(|n| add(store, one, n % 2 == 1, &tags(n))).collect();
        add(store, other, false, &[7]);
        let expected = |fits: &dyn Fn(usize) -> bool| -> Vec<ObjectId> {
            (0..60).filter(|n| fits(*n)).map(|n| objects[n]).collect()
        };
        assert_eq!(
            find(store, one, false, &[101]),
            expected(&|n| n % 2 == 0 && n % 3 == 1)
        );
        assert_eq!(
            find(store, one, true, &[1101, 1203]),
            expected(&|n| n % 2 == 1 && n % 3 == 1 && n % 5 == 3)
        );
        assert_eq!(find(store, one, true, &[1101, 1203, 1313]), [objects[13]]);
        assert!(find(store, one, false, &[101, 999]).is_empty());
        assert!(find(store, one, true, &[]).is_empty());
        assert_eq!(find(store, other, false, &[7]).len(), 1);
    });
}

#[test]
fn several_searches_are_answered_one_after_the_other() {
    on_a_store(|store| {
        let token = token(store);
        let (private, public) = (add(store, token, true, &[1]), add(store, token, false, &[2]));
        let searches = [(false, 2), (true, 1)].map(|(private, tag)| Search {
            private,
            tags: vec![Tag(tag)],
        });
        assert_eq!(found(store, token, &searches), [public, private]);
    });
}

#[test]
fn whoever_takes_what_is_found_can_end_the_search() {
    on_a_store(|store| {
        let token = token(store);
        add(store, token, false, &[1]);
        let search = Search {
            private: false,
            tags: vec![Tag(1)],
        };
        let ended = store.find(token, &[search], &mut |_| Err(Error::HostMemory));
        assert_eq!(ended, Err(Error::HostMemory));
    });
}

#[test]
fn a_listing_has_each_object_once() {
    on_a_store(|store| {
        let (one, other) = (token(store), token(store));
        let objects: Vec<_> = (0..25).map(|n| add(store, one, n % 3 == 0, &[5])).collect();
        add(store, other, false, &[5]);
        assert_eq!(store.list(one).unwrap(), objects);
        assert_eq!((store.count(one).unwrap(), store.count(other).unwrap()), (25, 1));
    });
}

#[test]
fn the_generation_moves_with_every_change_and_with_nothing_else() {
    on_a_store(|store| {
        let mut last = store.generation().unwrap();
        let mut moved = || {
            let before = std::mem::replace(&mut last, store.generation().unwrap());
            before != last
        };
        let token = token(store);
        assert!(moved());
        let new = record(store, false, &[1]);
        moved();
        store.insert_objects(token, std::slice::from_ref(&new)).unwrap();
        assert!(moved());
        store.object(token, new.id).unwrap();
        find(store, token, false, &[1]);
        store.update_header(token, &mut |_| Ok(None)).unwrap();
        // A login counts in the header, and costs nobody a look at the objects.
        store.update_header(token, &mut |_| Ok(Some(vec![1]))).unwrap();
        assert!(!moved());
        assert!(store.replace_object(token, 1, &new).unwrap());
        assert!(moved());
        store.delete_object(token, new.id).unwrap();
        assert!(moved());
        let anew = TokenId::random().unwrap();
        store
            .replace_token(token, anew, &mut |old| Ok(old.to_vec()))
            .unwrap();
        assert!(moved());
        store.delete_token(anew).unwrap();
        assert!(moved());
    });
}

#[test]
fn verification_names_a_record_that_does_not_open_or_has_other_tags() {
    on_a_store(|store| {
        let token = token(store);
        let (good, bad) = (add(store, token, false, &[1]), add(store, token, true, &[2]));
        let result = store
            .verify_token(token, &mut |_, _| Ok(Some(vec![Tag(1)])))
            .unwrap();
        assert_eq!(result.objects, 2);
        let [damage] = result.damages.as_slice() else {
            panic!("{:?}", result.damages)
        };
        assert!(damage.contains(&format!("object {bad} ")) && !damage.contains(&format!("object {good} ")));
        let all_well = store.verify_token(token, &mut |_, _| Ok(None)).unwrap();
        assert_eq!(
            all_well,
            Verification {
                objects: 2,
                damages: vec![]
            }
        );
    });
}
