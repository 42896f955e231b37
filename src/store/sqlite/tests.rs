//! What only the store on a disk can show: damage, wrong keys, full and read-only disks, modes.

use std::os::unix::fs::PermissionsExt;

use std::path::Path;
use std::time::{Duration, Instant};

use super::connections::{End, Fault, Outcome};
use super::*;
use crate::error::{Error, Result};
use crate::store::tags::derive;
use crate::store::tests::{options, record, sqlite_store, token};
use crate::store::{Candidate, LockedKey, ObjectId, Place, SealKey, Search, Tag, TokenEntry, TokenId};

/// Changes the database behind the store's back.
fn tamper(directory: &Path, sql: &str) {
    let connection = rusqlite::Connection::open(directory.join(DATABASE_FILE)).unwrap();
    connection.execute_batch(sql).unwrap();
}

fn with_one_object(directory: &Path) -> (SqliteStore, TokenId, ObjectId) {
    let store = sqlite_store(directory);
    let token = token(&store);
    let new = record(&store, false, &[11, 22]);
    store.insert_objects(token, std::slice::from_ref(&new)).unwrap();
    (store, token, new.id)
}

#[test]
fn everything_is_there_when_the_store_is_opened_again() {
    let dir = tempfile::tempdir().unwrap();
    let (store, token, object) = with_one_object(dir.path());
    let before = (store.tokens().unwrap(), store.object(token, object).unwrap());
    drop(store);
    let store = sqlite_store(dir.path());
    assert_eq!(
        (store.tokens().unwrap(), store.object(token, object).unwrap()),
        before
    );
    assert!(store.new_object_id().unwrap() > object);
}

#[test]
fn two_stores_in_one_process_see_each_others_work_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let (one, token, object) = with_one_object(dir.path());
    let other = sqlite_store(dir.path());
    let generation = other.generation();
    assert!(other.object(token, object).unwrap().is_some());
    one.delete_object(token, object).unwrap();
    assert_ne!(other.generation(), generation);
    assert_eq!(other.object(token, object).unwrap(), None);
    assert_ne!(one.new_object_id().unwrap(), other.new_object_id().unwrap());
}

#[test]
fn files_are_their_owners_alone() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("vhsm");
    let (_store, ..) = with_one_object(&data);
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    let mut names = Vec::new();
    for file in data.read_dir().unwrap() {
        let file = file.unwrap();
        assert_eq!(mode(&file.path()), 0o600, "{:?}", file.path());
        names.push(file.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(
        names,
        ["generation", "root.key", "vhsm.db", "vhsm.db-shm", "vhsm.db-wal"]
    );
}

/// As in /var/lib/vhsm of the Debian package: what one member of the group makes, the others can use.
#[test]
fn files_in_a_shared_directory_are_the_groups() {
    let dir = tempfile::tempdir().unwrap();
    let set = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    set(dir.path(), 0o2770);
    let expected = |name: &str| if name == "root.key" { 0o640 } else { 0o660 };
    let (store, ..) = with_one_object(dir.path());
    let mut names = Vec::new();
    for file in dir.path().read_dir().unwrap() {
        let (file, name) = file.map(|file| (file.path(), file.file_name())).unwrap();
        let (name, metadata) = (name.into_string().unwrap(), file.metadata().unwrap());
        assert_eq!(metadata.permissions().mode() & 0o777, expected(&name), "{name}");
        names.push(name);
        set(&file, 0o666);
    }
    assert_eq!(names.len(), 5, "{names:?}");
    let _second = sqlite_store(dir.path());
    for name in names.iter().filter(|name| *name != "root.key") {
        let metadata = dir.path().join(name).metadata().unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o660, "{name}");
    }
    drop(store);
}

#[test]
fn a_file_that_was_opened_to_others_is_closed_to_them_again() {
    let dir = tempfile::tempdir().unwrap();
    drop(with_one_object(dir.path()));
    let file = dir.path().join(DATABASE_FILE);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let _store = sqlite_store(dir.path());
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_missing_root_key_beside_a_database_is_not_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    drop(with_one_object(dir.path()));
    std::fs::remove_file(dir.path().join("root.key")).unwrap();
    let error = SqliteStore::open(&options(dir.path())).err().unwrap();
    assert!(matches!(error, Error::RootKeyMissing(_)), "{error}");
    assert!(error.to_string().contains("root.key is missing") && error.to_string().contains("backup"));
    assert!(!dir.path().join("root.key").exists());
}

#[test]
fn a_provided_root_key_is_never_made() {
    let dir = tempfile::tempdir().unwrap();
    let provided = dir.path().join("provided");
    let options = SqliteOptions {
        root_key: RootKeySource::Provided(provided.clone()),
        ..options(&dir.path().join("vhsm"))
    };
    assert!(matches!(
        SqliteStore::open(&options),
        Err(Error::RootKeyMissing(_))
    ));
    std::fs::write(&provided, [5; 31]).unwrap();
    assert!(matches!(
        SqliteStore::open(&options),
        Err(Error::RootKeyUnusable(_))
    ));
    std::fs::write(&provided, [5; 33]).unwrap();
    assert!(matches!(
        SqliteStore::open(&options),
        Err(Error::RootKeyUnusable(_))
    ));
    std::fs::write(&provided, [5; 32]).unwrap();
    assert!(SqliteStore::open(&options).is_ok());
}

#[test]
fn another_stores_root_key_is_told_from_damage() {
    let dir = tempfile::tempdir().unwrap();
    drop(with_one_object(dir.path()));
    let file = dir.path().join("root.key");
    let key = std::fs::read(&file).unwrap();
    std::fs::write(&file, [1; 32]).unwrap();
    assert!(matches!(
        SqliteStore::open(&options(dir.path())),
        Err(Error::RootKeyForeign(_))
    ));
    std::fs::write(&file, key).unwrap();
    tamper(
        dir.path(),
        "UPDATE root_key SET identity = zeroblob(16) WHERE copy = 2",
    );
    assert!(matches!(
        SqliteStore::open(&options(dir.path())),
        Err(Error::StoreDamaged(_))
    ));
}

#[test]
fn root_keys_derive_to_different_keys() {
    let keys = RootKeys::derive(&RootKey::new(LockedKey::new(&[1; 32]).unwrap())).unwrap();
    let other = RootKeys::derive(&RootKey::new(LockedKey::new(&[2; 32]).unwrap())).unwrap();
    assert_ne!(keys.pin_pepper.as_ref(), other.pin_pepper.as_ref());
    let place = Place::object(TokenId([0; 16]), ObjectId(1), 1, false);
    let sealed = keys.public_objects.seal(&place, b"x").unwrap();
    assert!(
        keys.headers.open(&place, &sealed).is_err() && other.public_objects.open(&place, &sealed).is_err()
    );
}

#[test]
fn derivation_is_hkdf_expand() {
    // RFC 5869, A.1: PRK and info; the first 32 bytes of OKM.
    let hex = |text: &str| -> Vec<u8> {
        (0..text.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
            .collect()
    };
    let prk = hex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
    let info = hex("f0f1f2f3f4f5f6f7f8f9");
    let okm = hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
    let key = LockedKey::new(&prk.try_into().unwrap()).unwrap();
    assert_eq!(derive(&key, &info).unwrap().as_ref().as_slice(), okm);
}

#[test]
fn a_newer_database_is_refused_with_the_remedy() {
    let dir = tempfile::tempdir().unwrap();
    drop(with_one_object(dir.path()));
    tamper(dir.path(), "PRAGMA user_version = 99");
    let error = SqliteStore::open(&options(dir.path())).err().unwrap();
    assert!(
        matches!(error, Error::StoreNewer(_)) && error.to_string().contains("schema 99"),
        "{error}"
    );
}

#[test]
fn a_file_that_is_no_database_of_ours_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    drop(with_one_object(dir.path()));
    let file = dir.path().join(DATABASE_FILE);
    tamper(dir.path(), "PRAGMA application_id = 1");
    assert!(matches!(
        SqliteStore::open(&options(dir.path())),
        Err(Error::StoreDamaged(_))
    ));
    std::fs::write(&file, [b'x'; 8192]).unwrap();
    assert!(matches!(
        SqliteStore::open(&options(dir.path())),
        Err(Error::StoreDamaged(_))
    ));
    assert_eq!(std::fs::read(&file).unwrap(), [b'x'; 8192]);
}

#[test]
fn a_changed_header_is_an_error_that_names_token_and_slot() {
    for change in [
        "UPDATE token SET header = zeroblob(length(header))",
        "UPDATE token SET header = x''",
        "UPDATE token SET version = version + 1",
        "UPDATE token SET slot = 2",
        "UPDATE token SET id = zeroblob(16)",
        "UPDATE token SET id = zeroblob(3)",
    ] {
        let dir = tempfile::tempdir().unwrap();
        let (store, ..) = with_one_object(dir.path());
        tamper(dir.path(), change);
        let entries = store.tokens().unwrap();
        let [
            TokenEntry {
                header: Err(Error::StoreDamaged(text)),
                ..
            },
        ] = entries.as_slice()
        else {
            panic!("{change}: {entries:?}")
        };
        assert!(text.contains("the header of token"), "{text}");
    }
}

#[test]
fn a_damaged_header_is_never_written_over() {
    let dir = tempfile::tempdir().unwrap();
    let (store, token, _) = with_one_object(dir.path());
    tamper(dir.path(), "UPDATE token SET version = 5");
    let mut called = false;
    let result = store.update_header(token, &mut |_| {
        called = true;
        Ok(Some(vec![]))
    });
    assert!(matches!(result, Err(Error::StoreDamaged(_))) && !called);
}

#[test]
fn a_changed_row_of_an_object_is_an_error_that_names_it() {
    for change in [
        "UPDATE object SET tags = x'00'",
        "UPDATE object SET tags = zeroblob(16)",
        "UPDATE object SET private = 7",
        "UPDATE object SET token = 2",
        "UPDATE tag SET tag = tag + 1 WHERE tag = 22",
        "UPDATE tag SET object = object + 1 WHERE tag = 22",
        "DELETE FROM tag WHERE tag = 22",
        "DELETE FROM tag_copy WHERE tag = 22",
    ] {
        let dir = tempfile::tempdir().unwrap();
        let (store, token, object) = with_one_object(dir.path());
        tamper(dir.path(), change);
        let error = store.object(token, object).unwrap_err();
        assert!(
            matches!(&error, Error::StoreDamaged(text) if text.contains(&format!("object {object}"))),
            "{error}"
        );
    }
}

#[test]
fn an_index_that_names_an_object_that_is_not_there_is_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let (store, token, object) = with_one_object(dir.path());
    tamper(dir.path(), "UPDATE object SET id = id + 100");
    let search = Search {
        private: false,
        tags: vec![Tag(11)],
    };
    let mut found = Vec::new();
    let visit = &mut |candidate: &Candidate<'_>| {
        found.push(candidate.record()?);
        Ok(())
    };
    store.find(token, &[search], visit).unwrap();
    assert_eq!(found, [None]);
    let result = store.verify_token(token, &mut |_, _| Ok(None)).unwrap();
    assert!(
        result
            .damages
            .iter()
            .any(|damage| damage.contains(&format!("object {object}, which is not there")))
    );
}

#[test]
fn verification_finds_what_a_search_would_miss() {
    for change in [
        "UPDATE tag SET tag = 5 WHERE tag = 22",
        "DELETE FROM tag WHERE tag = 22",
        "INSERT INTO tag SELECT 6, object FROM tag WHERE tag = 22",
        "INSERT INTO tag VALUES (6, 1000)",
    ] {
        for table in ["tag", "tag_copy"] {
            let dir = tempfile::tempdir().unwrap();
            let (store, token, _) = with_one_object(dir.path());
            let change = change
                .replace("UPDATE tag", &format!("UPDATE {table}"))
                .replace("FROM tag", &format!("FROM {table}"))
                .replace("INTO tag", &format!("INTO {table}"));
            tamper(dir.path(), &change);
            let result = store.verify_token(token, &mut |_, _| Ok(None)).unwrap();
            assert_eq!(result.damages.len(), 1, "{change}: {result:?}");
        }
    }
}

#[test]
fn a_full_disk_is_an_error_and_what_was_there_stays() {
    let dir = tempfile::tempdir().unwrap();
    let (store, token, object) = with_one_object(dir.path());
    let no_room = |writer: &rusqlite::Connection| Ok(writer.execute_batch("PRAGMA max_page_count = 1")?);
    store.connections.with_writer("", no_room).unwrap();
    let mut large = record(&store, false, &[1]);
    large.record = vec![0; 100_000];
    assert!(matches!(
        store.insert_objects(token, &[large]),
        Err(Error::StoreFull(_))
    ));
    assert!(store.object(token, object).unwrap().is_some());
    assert!(store.generation().is_some());
    assert!(store.delete_object(token, object).unwrap());
}

#[test]
fn a_database_that_cannot_be_written_can_still_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let (store, token, object) = with_one_object(dir.path());
    let read_only = |writer: &rusqlite::Connection| Ok(writer.execute_batch("PRAGMA query_only = ON")?);
    store.connections.with_writer("", read_only).unwrap();
    let error = store.delete_object(token, object).unwrap_err();
    assert!(
        matches!(&error, Error::StoreReadOnly(text) if text.contains(DATABASE_FILE)),
        "{error}"
    );
    assert!(store.object(token, object).unwrap().is_some());
}

#[test]
fn a_writer_that_does_not_let_go_makes_others_busy_after_the_timeout() {
    let dir = tempfile::tempdir().unwrap();
    let (store, token, object) = with_one_object(dir.path());
    drop(store);
    let impatient = SqliteOptions {
        busy_timeout: Duration::from_millis(50),
        ..options(dir.path())
    };
    let store = SqliteStore::open(&impatient).unwrap();
    let holder = rusqlite::Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(store.delete_object(token, object), Err(Error::StoreBusy));
    assert!(store.object(token, object).unwrap().is_some());
    holder.execute_batch("ROLLBACK").unwrap();
    assert_eq!(store.delete_object(token, object), Ok(true));
}

#[test]
fn a_writer_is_in_soon_after_another_process_lets_go() {
    let dir = tempfile::tempdir().unwrap();
    let (store, token, object) = with_one_object(dir.path());
    let holder = rusqlite::Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
    let waits = (0..3).map(|_| {
        holder.execute_batch("BEGIN IMMEDIATE").unwrap();
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                store.delete_object(token, object).unwrap();
                Instant::now()
            });
            // SQLite's own pace has it look after 328 ms and then after 428.
            std::thread::sleep(Duration::from_millis(360));
            holder.execute_batch("ROLLBACK").unwrap();
            let free = Instant::now();
            writer.join().unwrap().saturating_duration_since(free)
        })
    });
    assert!(waits.min().unwrap() < Duration::from_millis(30));
}

#[test]
fn a_closed_store_has_no_keys_and_opens_nothing_any_more() {
    let dir = tempfile::tempdir().unwrap();
    let (store, token, object) = with_one_object(dir.path());
    let in_use = store.keys().unwrap();
    let under_way = store.connections.read("", |reader| {
        std::thread::scope(|scope| scope.spawn(|| store.close()).join().unwrap());
        Ok(reader.query_row("SELECT count(*) FROM token", [], |row| row.get::<_, i64>(0))?)
    });
    assert_eq!(under_way, Ok(1));
    assert!(store.connections.take_all().is_empty());
    assert_eq!(Arc::strong_count(&in_use), 1);
    assert!(store.keys().is_err());
    assert_eq!(store.tokens(), Err(Error::NotInitialized));
    assert_eq!(store.object(token, object), Err(Error::NotInitialized));
    assert_eq!(store.delete_object(token, object), Err(Error::NotInitialized));
    assert!(store.connections.take_all().is_empty());
}

#[test]
fn a_database_that_is_moved_away_is_missed_and_not_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let (store, token, object) = with_one_object(dir.path());
    let (file, elsewhere) = (dir.path().join(DATABASE_FILE), dir.path().join("elsewhere"));
    drop(store.connections.take_all());
    std::fs::rename(&file, &elsewhere).unwrap();
    for error in [
        store.tokens().unwrap_err(),
        store.delete_object(token, object).unwrap_err(),
    ] {
        assert!(
            matches!(&error, Error::Store(text) if text.contains("put it back")),
            "{error}"
        );
    }
    assert!(!file.exists());
    std::fs::rename(&elsewhere, &file).unwrap();
    assert!(store.object(token, object).unwrap().is_some());
}

#[test]
fn what_went_wrong_is_reported_and_not_that_the_transaction_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let (store, ..) = with_one_object(dir.path());
    // As SQLite does by itself after an I/O error or without memory.
    let fails = |connection: &rusqlite::Connection| {
        connection.execute_batch("ROLLBACK")?;
        Err::<(), _>(Fault::Own(Error::HostMemory))
    };
    assert_eq!(store.connections.snapshot("", fails), Err(Error::HostMemory));
    let written = store
        .connections
        .write("", &store.generation, |writer| fails(writer).map(End::Commit));
    assert_eq!(written, Err(Error::HostMemory));
}

#[test]
fn a_panic_ends_its_transaction() {
    let dir = tempfile::tempdir().unwrap();
    let (store, token, object) = with_one_object(dir.path());
    let panics = |connection: &rusqlite::Connection| -> Outcome<End<()>> {
        connection.execute_batch("DELETE FROM object")?;
        panic!("on purpose")
    };
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        store.connections.write("", &store.generation, panics)
    }));
    assert!(panicked.is_err());
    let other = sqlite_store(dir.path());
    assert!(other.object(token, object).unwrap().is_some());
    assert_eq!(other.delete_object(token, object), Ok(true));
    assert_eq!(store.delete_object(token, object), Ok(false));
}

#[test]
fn a_connection_that_is_left_in_a_transaction_is_not_used_again() {
    let dir = tempfile::tempdir().unwrap();
    let (store, token, object) = with_one_object(dir.path());
    let left = |connection: &rusqlite::Connection| {
        connection.execute_batch("BEGIN; SELECT * FROM token")?;
        Ok(())
    };
    store.connections.read("", left).unwrap();
    store.connections.with_writer("", left).unwrap();
    assert_eq!(store.delete_object(token, object), Ok(true));
    assert_eq!(store.object(token, object), Ok(None));
}

#[test]
fn an_id_is_not_given_out_twice_even_if_its_counter_is_set_back() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _, object) = with_one_object(dir.path());
    drop(store);
    tamper(dir.path(), "UPDATE counter SET value = 1");
    assert!(sqlite_store(dir.path()).new_object_id().unwrap() > object);
}

/// All that can be read of a store with one token, records opened, or the first error.
fn read_all(directory: &Path, token: TokenId, key: &SealKey) -> Result<Vec<Vec<u8>>> {
    let store = SqliteStore::open(&options(directory))?;
    let mut all = Vec::new();
    for entry in store.tokens()? {
        all.push(entry.header?);
    }
    for object in store.list(token)? {
        let Some(stored) = store.object(token, object)? else {
            continue;
        };
        let place = Place::object(token, object, stored.version, stored.private);
        all.push(key.open(&place, &stored.record)?.to_vec());
    }
    let search = Search {
        private: false,
        tags: vec![Tag(22)],
    };
    let mut found = Vec::new();
    store.find(token, &[search], &mut |candidate| {
        found.push((candidate.id, candidate.record()?.unwrap().record));
        Ok(())
    })?;
    all.push(format!("{found:?}").into_bytes());
    let verified = store.verify_token(token, &mut |_, _| Ok(None))?;
    match verified.damages.first() {
        Some(damage) => Err(Error::StoreDamaged(damage.as_str().into())),
        None => Ok(all),
    }
}

#[test]
fn whatever_byte_of_the_database_is_changed_nothing_wrong_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let store = sqlite_store(dir.path());
    let token = token(&store);
    let key = SealKey::new(&LockedKey::new(&[8; 32]).unwrap()).unwrap();
    for n in 0..3_u8 {
        let mut new = record(&store, n == 1, &[11, 22, 33 + u64::from(n)]);
        let place = Place::object(token, new.id, 1, new.private);
        new.record = key.seal(&place, &[n; 300]).unwrap();
        store.insert_objects(token, &[new]).unwrap();
    }
    drop(store); // moves the log into the database
    let file = dir.path().join(DATABASE_FILE);
    let intact = std::fs::read(&file).unwrap();
    let right = read_all(dir.path(), token, &key).unwrap();
    let mut noticed = 0;
    // The pages' used parts are at their beginnings and ends; a stride that is no power of two visits both.
    for position in (0..intact.len()).step_by(89) {
        let mut changed = intact.clone();
        changed[position] ^= 0x41;
        std::fs::write(&file, &changed).unwrap();
        match read_all(dir.path(), token, &key) {
            Ok(read) => assert_eq!(read, right, "byte {position}"),
            Err(_) => noticed += 1,
        }
    }
    assert!(noticed > 20, "{noticed}");
}
