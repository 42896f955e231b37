//! Bytes that somebody changed on the disk: noticed when they are read, never believed, and no harm to the rest
//! [SECURITY.md]. The tables are those of `src/store/schema`.

use crate::harness::*;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The store's files, to be put back as they were.
struct Snapshot(Vec<(PathBuf, Vec<u8>)>);

impl Snapshot {
    fn take() -> Self {
        let all = files(&data_dir()).into_iter();
        Self(
            all.map(|path| (path.clone(), std::fs::read(path).unwrap()))
                .collect(),
        )
    }

    fn put_back(&self) {
        for path in files(&data_dir()) {
            std::fs::remove_file(path).unwrap();
        }
        for (path, bytes) in &self.0 {
            std::fs::write(path, bytes).unwrap();
        }
    }

    fn file(&self, name: &str) -> &(PathBuf, Vec<u8>) {
        self.0.iter().find(|(path, _)| path.ends_with(name)).unwrap()
    }
}

/// Changes the database behind the module's back, which has to be finalised.
fn tamper(sql: &str) {
    let database = rusqlite::Connection::open(data_dir().join("vhsm.db")).unwrap();
    database
        .execute_batch(sql)
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// The same while the module is in use. The test's SQLite is another copy than the module's, and locks of one process do
/// not hold each other up: its connection stays open, since closing it would take the log away.
fn tamper_in_use(sql: &str) {
    let database = rusqlite::Connection::open(data_dir().join("vhsm.db")).unwrap();
    database.execute_batch(sql).unwrap();
    std::mem::forget(database);
}

fn query<T: rusqlite::types::FromSql>(sql: &str) -> T {
    let database = rusqlite::Connection::open(data_dir().join("vhsm.db")).unwrap();
    database.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// What the token holds: two keys and two data objects, of which `victim` is to be damaged.
fn fill(s: &Session) {
    for (label, byte) in [("victim", 1), ("other", 2)] {
        let named = [a(CKA_LABEL, label), a(CKA_ID, &[byte; 9])];
        s.create(&with(&on_token(&data(label, &[byte; 50])), &named[..1]))
            .works();
        s.create(&with(&on_token(&open_secret(CKK_AES, &[byte; 16])), &named))
            .works();
    }
}

/// The names in the store of what [`fill`] made: the ids count up.
#[derive(Clone, Copy)]
struct Ids {
    victim_data: i64,
    victim_key: i64,
    other_data: i64,
    other_key: i64,
}

impl Ids {
    /// Counted from the first of the four.
    fn from(first: i64) -> Self {
        Self {
            victim_data: first,
            victim_key: first + 1,
            other_data: first + 2,
            other_key: first + 3,
        }
    }

    /// `V` and `O` in SQL are the victim and the other object of the same kind.
    fn sql(self, text: &str, key: bool) -> String {
        let (victim, other) = match key {
            true => (self.victim_key, self.other_key),
            false => (self.victim_data, self.other_data),
        };
        text.replace("{V}", &victim.to_string())
            .replace("{O}", &other.to_string())
    }
}

/// What is used of an object: whatever comes out must be right.
fn use_object(s: &Session, label: &str, class: CK_ULONG) -> Answer {
    let byte = if label == "victim" { 1 } else { 2 };
    let found = s.find(&[a(CKA_LABEL, label), a(CKA_CLASS, class)])?;
    assert!(found.len() <= 1, "{label} is found once at most");
    let object = *found.first().ok_or(Refusal(CKR_OBJECT_HANDLE_INVALID))?;
    if class == CKO_DATA {
        assert_eq!(s.get(object, CKA_VALUE)?, [byte; 50], "{label}");
        return Ok(());
    }
    assert_eq!(s.get(object, CKA_VALUE)?, [byte; 16], "{label}");
    let ecb = Mech::new(CKM_AES_ECB);
    let expected = s.encrypt(ecb, s.import(CKK_AES, &[byte; 16]), &[5; 16]).works();
    assert_eq!(s.encrypt(ecb, object, &[5; 16])?, expected, "{label}");
    Ok(())
}

#[track_caller]
fn others_go_on_working(s: &Session, what: &str) {
    for class in [CKO_DATA, CKO_SECRET_KEY] {
        assert_eq!(use_object(s, "other", class), Ok(()), "{what}");
    }
    let all = s.find(&[]).works();
    assert!(all.len() >= 3, "{what}: all are listed");
    let labelled = all
        .iter()
        .filter(|object| s.get(**object, CKA_LABEL).is_ok_and(|label| label == b"other"));
    assert_eq!(labelled.count(), 2, "{what}");
    // A search that meets the damaged object finds the others all the same.
    for class in [CKO_DATA, CKO_SECRET_KEY] {
        let found = s.find(&[a(CKA_CLASS, class)]).works();
        let good = found.iter().filter(|object| s.get(**object, CKA_LABEL).is_ok());
        assert!(good.count() >= 1, "{what}");
    }
    let new = s.create(&on_token(&data("new", b"1"))).works();
    s.destroy(new).works();
}

/// Changes of one object that make it unusable.
const OF_AN_OBJECT: &[&str] = &[
    "UPDATE object SET record = zeroblob(length(record)) WHERE id = {V}",
    "UPDATE object SET record = x'' WHERE id = {V}",
    "UPDATE object SET record = substr(record, 1, length(record) - 1) WHERE id = {V}",
    "UPDATE object SET record = CAST(record || x'00' AS BLOB) WHERE id = {V}",
    "UPDATE object SET record = (SELECT record FROM object WHERE id = {O}) WHERE id = {V}",
    "UPDATE object SET version = version + 1 WHERE id = {V}",
    "UPDATE object SET version = -version WHERE id = {V}",
    "UPDATE object SET private = 1 - private WHERE id = {V}",
    "UPDATE object SET private = 7 WHERE id = {V}",
    "UPDATE object SET tags = x'00' WHERE id = {V}",
    "UPDATE object SET tags = zeroblob(16) WHERE id = {V}",
    "UPDATE object SET tags = x'' WHERE id = {V}",
    "UPDATE object SET tags = (SELECT tags FROM object WHERE id = {O}) WHERE id = {V}",
];

/// A changed record answers CKR_DEVICE_ERROR, and the log names it.
#[test]
fn a_changed_object_is_an_error_that_names_it_and_the_others_go_on_working() {
    isolated(|| {
        let s = Token::fresh().user();
        fill(&s);
        finalize().works();
        let whole = Snapshot::take();
        let ids = Ids::from(query("SELECT min(id) FROM object"));
        for (change, key) in OF_AN_OBJECT.iter().flat_map(|sql| [(sql, false), (sql, true)]) {
            let change = ids.sql(change, key);
            whole.put_back();
            tamper(&change);
            let before = log().len();
            let s = Token::existing().user();
            let class = if key { CKO_SECRET_KEY } else { CKO_DATA };
            use_object(&s, "victim", class).gives(CKR_DEVICE_ERROR);
            let name = ids.sql("object {V}", key);
            let told = log()[before..].to_owned();
            assert!(told.contains(&name), "{change}: the log names {name}:\n{told}");
            assert!(told.contains("CKR_DEVICE_ERROR"), "{change}:\n{told}");
            others_go_on_working(&s, &change);
            finalize().works();
        }
    });
}

/// Records in each other's place; an old record under a new version; an object under another token.
#[test]
fn records_do_not_stand_for_each_other() {
    isolated_with("[slots]\nfree_slot = true\n", || {
        let s = Token::fresh().user();
        fill(&s);
        let second = Token::another("second").user();
        fill(&second);
        finalize().works();
        let ids = Ids::from(query("SELECT min(id) FROM object"));
        let old_record: Vec<u8> = query(&ids.sql("SELECT record FROM object WHERE id = {V}", true));
        let s = Token::existing().user();
        let key = s
            .find(&[a(CKA_LABEL, "victim"), a(CKA_CLASS, CKO_SECRET_KEY)])
            .works()[0];
        s.set(key, &[a(CKA_START_DATE, "20300101")]).works();
        finalize().works();
        let whole = Snapshot::take();
        let hex: String = old_record.iter().map(|byte| format!("{byte:02x}")).collect();
        let swap = "CREATE TEMP TABLE t AS SELECT * FROM object WHERE id IN ({V}, {O});
            UPDATE object SET record = (SELECT record FROM t WHERE t.id <> object.id) WHERE id IN ({V}, {O})";
        let damage = [
            (ids.sql(swap, true), CKR_DEVICE_ERROR),
            (ids.sql(&format!("UPDATE object SET record = x'{hex}' WHERE id = {{V}}"), true), CKR_DEVICE_ERROR),
            (ids.sql("UPDATE object SET token = 2 WHERE id = {V}", true), CKR_DEVICE_ERROR),
            // Another number, with its index: whatever is found under it does not open.
            (
                ids.sql("UPDATE object SET id = 900 WHERE id = {V}; UPDATE tag SET object = 900 WHERE object = {V}", true),
                CKR_DEVICE_ERROR,
            ),
        ];
        for (change, code) in damage {
            whole.put_back();
            tamper(&change);
            let s = Token::existing().user();
            use_object(&s, "victim", CKO_SECRET_KEY).gives(code);
            use_object(&s, "victim", CKO_DATA).works();
            let second = Token::labelled("second").user();
            for label in ["victim", "other"] {
                use_object(&second, label, CKO_SECRET_KEY).works();
            }
            // What stands under the wrong token is seen there, and is of no use.
            for object in second.find(&[]).works() {
                second
                    .get(object, CKA_LABEL)
                    .map(|_| ())
                    .gives_one_of(&[CKR_OK, CKR_DEVICE_ERROR]);
            }
            finalize().works();
        }
    });
}

/// A search whose index was changed is refused, with the record's name in the log; what it would hide is not absent.
#[test]
fn a_changed_search_tag_is_an_error_that_names_the_record_and_hides_nothing() {
    isolated(|| {
        let s = Token::fresh().user();
        fill(&s);
        finalize().works();
        let whole = Snapshot::take();
        let ids = Ids::from(query("SELECT min(id) FROM object"));
        for change in [
            "DELETE FROM {T} WHERE object = {V}",
            "UPDATE {T} SET tag = tag + 1 WHERE object = {V}",
            "UPDATE OR REPLACE {T} SET object = {O} WHERE object = {V}",
            "INSERT OR IGNORE INTO {T} SELECT tag, {O} FROM {T} WHERE object = {V}",
            "INSERT OR IGNORE INTO {T} SELECT tag, {V} FROM {T} WHERE object = {O}",
            "INSERT OR IGNORE INTO {T} SELECT tag, 4711 FROM {T} WHERE object = {V}",
            "DELETE FROM {T}",
            "DELETE FROM {T}; INSERT INTO {T} SELECT id, id FROM object",
        ] {
            for table in ["tag", "tag_copy"] {
                whole.put_back();
                let change = change.replace("{T}", table);
                tamper(&ids.sql(&change, true));
                let s = Token::existing().user();
                let mut refused = 0;
                for label in ["victim", "other"] {
                    let used = use_object(&s, label, CKO_SECRET_KEY);
                    refused += usize::from(used.is_err());
                    used.gives_one_of(&[CKR_OK, CKR_DEVICE_ERROR]);
                }
                match s.find(&[a(CKA_TOKEN, true)]) {
                    Ok(all) => assert_eq!(all.len(), 4, "{change}: all are listed"),
                    Err(refusal) => assert_eq!(refusal.0, CKR_DEVICE_ERROR),
                }
                assert!(refused > 0, "{change}: nothing was refused");
                assert!(
                    log().contains("a search tag differs from its copy; `vhsm token check --repair`"),
                    "{}",
                    log()
                );
                finalize().works();
            }
        }
    });
}

/// `vhsm token check` with more arguments: whether it was content, and what it said.
fn check(more: &[&str]) -> (bool, String) {
    let pin = home().join("user.pin");
    std::fs::write(&pin, USER_PIN).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_vhsm"));
    command.args(["token", "check", "test"]).args(more);
    if !more.contains(&"--public") {
        command.arg("--pin-file").arg(pin);
    }
    let (status, output) = finish(&mut command, std::time::Duration::from_secs(60));
    (status.is_some_and(|status| status.success()), output)
}

/// The remedy that the log names for a changed index.
#[test]
fn the_search_index_is_built_anew_from_the_records() {
    isolated(|| {
        let s = Token::fresh().user();
        fill(&s);
        s.create(&with(&on_token(&data("public", b"p")), &[a(CKA_PRIVATE, false)]))
            .works();
        finalize().works();
        let whole = Snapshot::take();
        let ids = Ids::from(query("SELECT min(id) FROM object"));
        let changes = [
            "DELETE FROM {T} WHERE object = {V}",
            "UPDATE {T} SET tag = tag + 1 WHERE object = {V}",
            "UPDATE OR REPLACE {T} SET object = {O} WHERE object = {V}",
            "INSERT OR IGNORE INTO {T} SELECT tag, 4711 FROM {T} WHERE object = {V}",
            "DELETE FROM {T}; INSERT INTO {T} SELECT id, id FROM object",
            "UPDATE object SET tags = x'00' WHERE id = {V}",
            "UPDATE object SET tags = (SELECT tags FROM object WHERE id = {O}) WHERE id = {V}",
            // Both alike, which no search can notice.
            "DELETE FROM tag WHERE object = {V}; DELETE FROM tag_copy WHERE object = {V}",
        ];
        for (change, table) in changes.iter().flat_map(|sql| [(sql, "tag"), (sql, "tag_copy")]) {
            let change = ids.sql(&change.replace("{T}", table), true);
            whole.put_back();
            tamper(&change);
            let (content, said) = check(&[]);
            assert!(!content && said.contains("--repair"), "{change}: {said}");
            let (content, said) = check(&["--repair", "--public"]);
            assert!(!content && said.contains("give the user PIN"), "{change}: {said}");
            let (content, said) = check(&["--repair"]);
            assert!(content && said.contains("repaired: "), "{change}: {said}");
            assert!(said.contains("damages: 0"), "{change}: {said}");
            let (content, said) = check(&["--repair"]);
            assert!(content && said.contains("repairs: 0"), "{change}: {said}");
            let s = Token::existing().user();
            for class in [CKO_DATA, CKO_SECRET_KEY] {
                use_object(&s, "victim", class).works();
                assert_eq!(
                    s.find(&[a(CKA_LABEL, "victim"), a(CKA_CLASS, class)])
                        .works()
                        .len(),
                    1
                );
            }
            others_go_on_working(&s, &change);
            finalize().works();
        }
        // A record that is damaged itself stays so, and does not keep the others from being found.
        whole.put_back();
        tamper(&ids.sql(
            "UPDATE object SET record = x'' WHERE id = {V}; DELETE FROM tag",
            true,
        ));
        let (content, said) = check(&["--repair"]);
        assert!(
            !content && said.contains("repaired: ") && said.contains("from a copy"),
            "{said}"
        );
        let s = Token::existing().user();
        use_object(&s, "victim", CKO_SECRET_KEY).gives(CKR_DEVICE_ERROR);
        others_go_on_working(&s, "a damaged record");
        finalize().works();
    });
}

/// Without private objects no PIN is needed.
#[test]
fn an_index_of_public_objects_is_built_anew_without_a_pin() {
    isolated(|| {
        let s = Token::fresh().user();
        let public = with(&on_token(&data("public", b"p")), &[a(CKA_PRIVATE, false)]);
        s.create(&public).works();
        finalize().works();
        tamper("DELETE FROM tag_copy");
        let (content, said) = check(&["--repair", "--public"]);
        assert!(content && said.contains("repaired: "), "{said}");
        let s = Token::existing().user();
        assert_eq!(s.find(&[a(CKA_LABEL, "public")]).works().len(), 1);
    });
}

/// Both copies changed alike, as no accident does: a long list of hits is not believed because it is long.
#[test]
fn a_search_index_that_names_many_wrong_objects_gives_none_of_them() {
    isolated(|| {
        let s = Token::fresh().user();
        let wanted = s.create(&on_token(&data("wanted", b"w"))).works();
        for n in 0..100 {
            s.create(&on_token(&data(&n.to_string(), b"x"))).works();
        }
        assert_eq!(s.find(&[a(CKA_LABEL, "wanted")]).works(), [wanted]);
        finalize().works();
        let first: i64 = query("SELECT min(id) FROM object");
        // All tags of the wanted object for everybody.
        for table in ["tag", "tag_copy"] {
            tamper(&format!(
                "INSERT OR IGNORE INTO {table} SELECT tag, id FROM {table}, object WHERE {table}.object = {first}"
            ));
        }
        let s = Token::existing().user();
        for object in s.find(&[a(CKA_LABEL, "wanted")]).works() {
            assert_eq!(s.get(object, CKA_LABEL).works(), b"wanted");
        }
        assert!(log().contains("the search index"), "{}", log());
    });
}

/// A token's header, which its PINs are part of.
#[test]
fn a_changed_header_is_an_error_that_names_the_token_and_the_others_go_on_working() {
    isolated_with("[slots]\nfree_slot = true\n", || {
        fill(&Token::fresh().user());
        fill(&Token::another("second").user());
        finalize().works();
        let whole = Snapshot::take();
        let length: i64 = query("SELECT length(header) FROM token WHERE slot = 1");
        let mut changes: Vec<String> = [
            "UPDATE token SET header = zeroblob(length(header)) WHERE slot = 1",
            "UPDATE token SET header = x'' WHERE slot = 1",
            "UPDATE token SET version = version + 1 WHERE slot = 1",
            "UPDATE token SET id = zeroblob(16) WHERE slot = 1",
            "UPDATE token SET header = (SELECT header FROM token WHERE slot = 2) WHERE slot = 1",
        ]
        .map(String::from)
        .to_vec();
        // Every part of it: label, serial number, salts, costs, wrapped keys, counts of failures.
        for at in (1..length).step_by(11) {
            changes.push(format!(
                "UPDATE token SET header = CAST(substr(header, 1, {0}) || CASE hex(substr(header, {at}, 1)) WHEN '00' \
                 THEN x'01' ELSE x'00' END || substr(header, {at} + 1) AS BLOB) WHERE slot = 1",
                at - 1
            ));
        }
        for change in changes {
            whole.put_back();
            tamper(&change);
            let before = log().len();
            initialize().works();
            assert!(slots(true).works().len() >= 2, "{change}");
            token_info(1).map(|_| ()).gives(CKR_DEVICE_ERROR);
            let first = Token { slot: 1 };
            if let Ok(s) = first.open(CKF_SERIAL_SESSION | CKF_RW_SESSION) {
                s.login(CKU_USER, USER_PIN).gives(CKR_DEVICE_ERROR);
                s.login(CKU_SO, SO_PIN).gives(CKR_DEVICE_ERROR);
                s.set_pin(USER_PIN, b"new-pin").gives(CKR_DEVICE_ERROR);
                s.close().works();
            }
            init_token(1, SO_PIN, "anew").gives(CKR_DEVICE_ERROR);
            let told = log()[before..].to_owned();
            assert!(told.contains("the header of token"), "{change}:\n{told}");
            assert!(told.contains("in slot 1"), "{change}:\n{told}");
            others_go_on_working(&Token::labelled("second").user(), &change);
            finalize().works();
        }
    });
}

/// Both copies of the index name what is not there: what was lost is not absent, neither for a search nor for a use.
#[test]
fn a_record_that_is_gone_while_the_index_names_it_is_an_error_that_names_it() {
    isolated(|| {
        let s = Token::fresh().user();
        fill(&s);
        finalize().works();
        let whole = Snapshot::take();
        let ids = Ids::from(query("SELECT min(id) FROM object"));
        let last = ids.other_key;
        let leaf = || {
            let page: i64 = query("SELECT rootpage FROM sqlite_schema WHERE name = 'object'");
            let size: i64 = query("PRAGMA page_size");
            let (path, mut bytes) = whole.file("vhsm.db").clone();
            let at = usize::try_from((page - 1) * size).unwrap();
            assert_eq!(bytes[at..at + 5], [0x0d, 0, 0, 0, 4], "a leaf with four records");
            bytes[at + 4] = 3;
            std::fs::write(path, bytes).unwrap();
        };
        let changes: [(&str, &dyn Fn()); 3] = [
            ("the number of records on a page", &leaf),
            ("other numbers", &|| tamper("UPDATE object SET id = id + 100")),
            ("a record", &|| {
                tamper(&format!("DELETE FROM object WHERE id = {last}"));
            }),
        ];
        for (what, change) in changes {
            whole.put_back();
            change();
            let before = log().len();
            let s = Token::existing().user();
            use_object(&s, "other", CKO_SECRET_KEY).gives(CKR_DEVICE_ERROR);
            s.find(&[a(CKA_ID, &[2; 9])]).map(drop).gives(CKR_DEVICE_ERROR);
            let all = s.find(&[a(CKA_TOKEN, true)]).works();
            assert_eq!(all.len(), 4, "{what}: all are listed");
            let lost = *all.last().unwrap();
            s.get(lost, CKA_LABEL).map(drop).gives(CKR_DEVICE_ERROR);
            s.set(lost, &[a(CKA_LABEL, "new")]).gives(CKR_DEVICE_ERROR);
            s.destroy(lost).gives(CKR_DEVICE_ERROR);
            s.encrypt(Mech::new(CKM_AES_ECB), lost, &[5; 16])
                .map(drop)
                .gives(CKR_DEVICE_ERROR);
            let told = log()[before..].to_owned();
            let refused = told.lines().filter(|line| line.contains("CKR_"));
            assert_eq!(refused.clone().count(), 6, "{what}:\n{told}");
            let name = format!("object {last}: the search index names it, but its record is gone");
            assert!(
                refused.clone().all(|line| line.contains(&name)),
                "{what}:\n{told}"
            );
            finalize().works();
        }
    });
}

/// The name of a token stands in its row and in an index. Whichever of them is changed, nobody is told that another
/// process has deleted the token, and nothing is looked for under the wrong name.
#[test]
fn a_changed_name_of_a_token_is_an_error_that_names_its_slot() {
    isolated(|| {
        fill(&Token::fresh().user());
        finalize().works();
        let whole = Snapshot::take();
        let id: Vec<u8> = query("SELECT id FROM token WHERE slot = 1");
        let (path, bytes) = whole.file("vhsm.db");
        let places: Vec<usize> = (0..bytes.len())
            .filter(|at| bytes[*at..].starts_with(&id))
            .collect();
        assert_eq!(places.len(), 2);
        let mut noticed = 0;
        for changed in [&places[..1], &places[1..], &places[..]] {
            whole.put_back();
            let mut bytes = bytes.clone();
            changed.iter().for_each(|at| bytes[*at + 3] ^= 4);
            std::fs::write(path, bytes).unwrap();
            let before = log().len();
            initialize().works();
            assert_eq!(slots(true).works(), [1]);
            let used = Token { slot: 1 }
                .open(CKF_SERIAL_SESSION | CKF_RW_SESSION)
                .and_then(|s| {
                    s.find(&[a(CKA_LABEL, "public")])?;
                    s.create(&with(&on_token(&data("public", b"1")), &[a(CKA_PRIVATE, false)]))
                });
            used.map(drop).gives(CKR_DEVICE_ERROR);
            let told = log()[before..].to_owned();
            noticed += usize::from(told.contains("in slot 1") && told.contains("from its backup"));
            finalize().works();
        }
        assert_eq!(noticed, 3, "{}", log());
    });
}

/// The same under the eyes of a session.
#[test]
fn a_name_that_is_changed_while_the_token_is_in_use_is_no_token_that_was_deleted() {
    isolated(|| {
        let s = Token::fresh().user();
        fill(&s);
        tamper_in_use("UPDATE token SET id = zeroblob(16)");
        let public = with(&on_token(&data("public", b"1")), &[a(CKA_PRIVATE, false)]);
        s.create(&public).map(drop).gives(CKR_DEVICE_ERROR);
        s.find(&[a(CKA_LABEL, "public")])
            .map(drop)
            .gives(CKR_DEVICE_ERROR);
        s.set_pin(USER_PIN, b"new-pin").gives(CKR_DEVICE_ERROR);
        assert!(
            log().contains("in slot 1: its name or its header was changed"),
            "{}",
            log()
        );
        tamper_in_use("DELETE FROM token");
        s.create(&public).map(drop).gives(CKR_DEVICE_REMOVED);
    });
}

/// The small tables.
#[test]
fn changes_of_the_small_tables_are_noticed_or_harmless() {
    isolated(|| {
        fill(&Token::fresh().user());
        finalize().works();
        let whole = Snapshot::take();
        let remedy = "put the database back from its backup";
        for (change, code, told) in [
            (
                "UPDATE root_key SET identity = zeroblob(16) WHERE copy = 1",
                CKR_GENERAL_ERROR,
                "table root_key",
            ),
            (
                "UPDATE root_key SET identity = zeroblob(16)",
                CKR_GENERAL_ERROR,
                "the root key is not the one",
            ),
            ("DELETE FROM root_key", CKR_GENERAL_ERROR, "root"),
            ("DROP TABLE root_key", CKR_GENERAL_ERROR, "root_key"),
            ("DROP TABLE root_key", CKR_GENERAL_ERROR, remedy),
            ("DROP TABLE token", CKR_GENERAL_ERROR, remedy),
            (
                "ALTER TABLE root_key RENAME COLUMN identity TO x",
                CKR_GENERAL_ERROR,
                remedy,
            ),
            (
                "PRAGMA user_version = 0",
                CKR_GENERAL_ERROR,
                "vhsm.db has schema 0",
            ),
            ("PRAGMA user_version = 0", CKR_GENERAL_ERROR, remedy),
            ("PRAGMA user_version = -1", CKR_GENERAL_ERROR, remedy),
            (
                "PRAGMA user_version = 0; PRAGMA application_id = 0",
                CKR_GENERAL_ERROR,
                remedy,
            ),
            ("PRAGMA application_id = 7", CKR_GENERAL_ERROR, "not of vhsm"),
        ] {
            whole.put_back();
            tamper(change);
            let before = log().len();
            initialize().gives(code);
            let log = log()[before..].to_owned();
            assert!(log.contains(told), "{change}: the log says {told}:\n{log}");
        }
        for (change, code) in [
            ("UPDATE counter SET value = 1", CKR_OK),
            ("UPDATE counter SET value = -5", CKR_OK),
            ("DELETE FROM counter", CKR_DEVICE_ERROR),
            ("UPDATE counter SET value = 9223372036854775807", CKR_DEVICE_ERROR),
        ] {
            whole.put_back();
            tamper(change);
            let s = Token::existing().user();
            let made = s.create(&on_token(&data("new", b"1")));
            assert_eq!(made.rv(), code, "{change}");
            for label in ["victim", "other"] {
                use_object(&s, label, CKO_DATA).works();
            }
            finalize().works();
        }
        for table in ["object", "tag"] {
            whole.put_back();
            tamper(&format!("DROP TABLE {table}"));
            let s = Token::existing().user();
            let before = log().len();
            s.find(&[a(CKA_LABEL, "victim")]).gives(CKR_GENERAL_ERROR);
            s.create(&on_token(&data("new", b"1"))).gives(CKR_GENERAL_ERROR);
            let log = log()[before..].to_owned();
            assert!(log.lines().count() == 2, "{log}");
            assert!(
                log.lines()
                    .all(|line| line.contains("no such table") && line.contains(remedy)),
                "{log}"
            );
            finalize().works();
        }
    });
}

/// Every attribute of every object that can be read, and what the keys compute.
type Contents = BTreeMap<Vec<u8>, Vec<Vec<u8>>>;

fn contents() -> Answer<Contents> {
    initialize()?;
    let mut all = Contents::new();
    for slot in slots(true)? {
        let Ok(info) = token_info(slot) else { continue };
        let s = Token { slot }.open(CKF_SERIAL_SESSION | CKF_RW_SESSION);
        let Ok(s) = s else { continue };
        if s.login(CKU_USER, USER_PIN).is_err() {
            continue;
        }
        for object in s.find(&[]).unwrap_or_default() {
            let Ok(id) = s.get(object, CKA_UNIQUE_ID) else {
                continue;
            };
            let kinds = [
                CKA_CLASS,
                CKA_KEY_TYPE,
                CKA_LABEL,
                CKA_ID,
                CKA_VALUE,
                CKA_TOKEN,
                CKA_PRIVATE,
                CKA_SENSITIVE,
                CKA_EXTRACTABLE,
                CKA_SIGN,
                CKA_EC_POINT,
                CKA_LOCAL,
            ];
            let mut values = vec![info.label.to_vec()];
            values.extend(kinds.map(|kind| s.get(object, kind).unwrap_or_default()));
            let hmac = s.sign(Mech::new(CKM_SHA256_HMAC), object, b"data");
            values.push(hmac.unwrap_or_default());
            values.push(
                s.encrypt(Mech::new(CKM_AES_ECB), object, &[1; 16])
                    .unwrap_or_default(),
            );
            assert_eq!(all.insert(id, values), None, "each object once");
        }
    }
    Ok(all)
}

fn fill_for_sweep() {
    let s = Token::fresh().user();
    fill(&s);
    let named = [a(CKA_TOKEN, true), a(CKA_LABEL, "pair")];
    s.pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &named, &named)
        .works();
    let hmac = on_token(&open_secret(CKK_SHA256_HMAC, &[3; 32]));
    s.create(&with(&hmac, &[a(CKA_LABEL, "hmac")])).works();
}

/// Changes bytes of a file, one at a time, and looks what can be read then: all of it must be right. How often the
/// change was noticed.
fn sweep(whole: &Snapshot, name: &str, positions: impl Iterator<Item = usize>) -> usize {
    whole.put_back();
    let right = contents().works();
    finalize().works();
    assert_eq!(right.len(), 7);
    let (path, bytes) = whole.file(name);
    let mut noticed = 0;
    for position in positions.take_while(|position| *position < bytes.len()) {
        whole.put_back();
        let mut changed = bytes.clone();
        changed[position] ^= 0x41;
        std::fs::write(path, changed).unwrap();
        let read = contents().unwrap_or_default();
        for (id, values) in &read {
            // An object of an earlier state of the log may have been changed since; none was here.
            assert_eq!(Some(values), right.get(id), "byte {position} of {name}");
        }
        noticed += usize::from(read != right);
        let _ = finalize();
    }
    noticed
}

/// SECURITY.md: no wrong key is ever used.
#[test]
fn whatever_byte_of_the_database_is_changed_nothing_wrong_is_read() {
    isolated(|| {
        fill_for_sweep();
        finalize().works();
        let whole = Snapshot::take();
        // The used parts of a page are at its beginning and end; a stride that is no power of two visits both.
        let noticed = sweep(&whole, "vhsm.db", (0..).step_by(127));
        assert!(noticed > 20, "{noticed}");
    });
}

/// SECURITY.md: the same for what is still in the log of the database.
#[test]
fn whatever_byte_of_the_databases_log_is_changed_nothing_wrong_is_read() {
    isolated(|| {
        fill_for_sweep();
        let whole = Snapshot::take(); // the module is not closed: it would empty the log
        finalize().works();
        let log_left = data_dir().join("vhsm.db-wal");
        assert!(!log_left.exists(), "the last one moves the log into the database");
        let noticed = sweep(&whole, "vhsm.db-wal", (0..).step_by(1009));
        assert!(noticed > 20, "{noticed}");
    });
}

/// A file that is cut short.
#[test]
fn a_database_that_is_cut_short_gives_nothing_wrong() {
    isolated(|| {
        fill_for_sweep();
        finalize().works();
        let whole = Snapshot::take();
        let right = contents().works();
        finalize().works();
        let (path, bytes) = whole.file("vhsm.db");
        for length in (1..bytes.len()).step_by(bytes.len() / 24) {
            whole.put_back();
            std::fs::write(path, &bytes[..length]).unwrap();
            let read = contents().unwrap_or_default();
            assert!(
                read.iter().all(|(id, values)| right.get(id) == Some(values)),
                "{length}"
            );
            let _ = finalize();
        }
    });
}

/// The two bytes of the header that say how the database is written [SQLite file format, 1.3.3]. With another value a reader
/// and a writer would stand in each other's way.
#[test]
fn a_database_that_is_not_in_wal_mode_any_more_is_told_and_put_right() {
    isolated(|| {
        Token::fresh()
            .user()
            .create(&on_token(&data("kept", b"1")))
            .works();
        finalize().works();
        let path = data_dir().join("vhsm.db");
        let mut bytes = std::fs::read(&path).unwrap();
        assert_eq!(bytes[18..20], [2, 2]);
        for changed in [[1, 1], [2, 1], [2, 0]] {
            bytes[18..20].copy_from_slice(&changed);
            std::fs::write(&path, &bytes).unwrap();
            let ear = Ear::open();
            initialize().works();
            let lines = ear.lines();
            assert!(
                lines
                    .iter()
                    .any(|line| line.contains("vhsm.db was not in WAL mode")),
                "{lines:?}"
            );
            let s = Token::labelled("test").user();
            assert_eq!(s.find(&[a(CKA_LABEL, "kept")]).works().len(), 1);
            finalize().works();
            bytes = std::fs::read(&path).unwrap();
            assert_eq!(bytes[18..20], [2, 2], "after {changed:?}");
        }
    });
}
