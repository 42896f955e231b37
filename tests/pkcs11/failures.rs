//! What fails outside the module (PINs, disks, keys, configurations): each has its code, its line in the log with the
//! remedy, and nothing is lost. Which code outranks which [RET-1], and which no caller can provoke.

use crate::harness::*;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const WRONG: &[u8] = b"wrong-pin";

/// The log says how near the lock is and who opens it again.
#[test]
fn a_wrong_and_a_locked_pin_are_told_with_the_remedy() {
    isolated_with("[pin]\nfailures_max_user = 2\nfailures_max_so = 2\n", || {
        let token = Token::fresh();
        let s = token.rw();
        let mut ear = Ear::open();
        s.login(CKU_USER, WRONG).gives(CKR_PIN_INCORRECT);
        ear.heard("C_Login", CKR_PIN_INCORRECT, &["wrong PIN", "1 tries left"]);
        s.login(CKU_USER, WRONG).gives(CKR_PIN_INCORRECT);
        ear.heard("C_Login", CKR_PIN_INCORRECT, &["0 tries left"]);
        s.login(CKU_USER, USER_PIN).gives(CKR_PIN_LOCKED);
        ear.heard(
            "C_Login",
            CKR_PIN_LOCKED,
            &["the SO unlocks it", "`vhsm pin unlock`"],
        );
        s.set_pin(USER_PIN, b"new-pin").gives(CKR_PIN_LOCKED);
        ear.heard("C_SetPIN", CKR_PIN_LOCKED, &["the SO unlocks it"]);
        for _ in 0..2 {
            s.login(CKU_SO, WRONG).gives(CKR_PIN_INCORRECT);
        }
        s.login(CKU_SO, SO_PIN).gives(CKR_PIN_LOCKED);
        ear.heard("C_Login", CKR_PIN_LOCKED, &["for good", "`vhsm token delete`"]);
        s.close().works();
        init_token(token.slot, SO_PIN, "anew").gives(CKR_PIN_LOCKED);
        ear.heard("C_InitToken", CKR_PIN_LOCKED, &["`vhsm token delete`"]);
    });
}

/// What was there before a disk failed.
fn whole(s: &Session) {
    let found = s.find(&[a(CKA_LABEL, "kept")]).works();
    assert_eq!(found.len(), 2);
    for object in found {
        match s.number(object, CKA_CLASS).works() {
            CKO_DATA => assert_eq!(s.get(object, CKA_VALUE).works(), b"kept"),
            _ => drop(s.encrypt(Mech::new(CKM_AES_ECB), object, &[0; 16]).works()),
        }
    }
}

fn keep(s: &Session) {
    s.create(&on_token(&data("kept", b"kept"))).works();
    s.aes_with(16, &[a(CKA_TOKEN, true), a(CKA_LABEL, "kept")])
        .works();
}

/// Every function that writes the store is refused with this code, and the log says why.
fn every_write_is_refused(s: &Session, rv: CK_RV, remedy: &str) {
    let object = s.find(&[a(CKA_LABEL, "kept"), a(CKA_CLASS, CKO_DATA)]).works()[0];
    let on_token = [a(CKA_TOKEN, true)];
    let mut ear = Ear::open();
    s.create(&with(&data("lost", b"1"), &on_token)).gives(rv);
    ear.heard("C_CreateObject", rv, &["vhsm.db", remedy]);
    s.copy(object, &[]).gives(rv);
    ear.heard("C_CopyObject", rv, &[remedy]);
    s.set(object, &[a(CKA_VALUE, "lost")]).gives(rv);
    ear.heard("C_SetAttributeValue", rv, &["object ", remedy]);
    s.destroy(object).gives(rv);
    ear.heard("C_DestroyObject", rv, &["object ", remedy]);
    s.aes_with(16, &on_token).gives(rv);
    ear.heard("C_GenerateKey", rv, &[remedy]);
    s.pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &on_token, &on_token)
        .gives(rv);
    ear.heard("C_GenerateKeyPair", rv, &[remedy]);
    s.set_pin(USER_PIN, b"new-pin").gives(rv);
    ear.heard("C_SetPIN", rv, &["the header of token", remedy]);
    whole(s);
    // What needs no disk goes on.
    let own = s.create(&data("own", b"2")).works();
    s.destroy(own).works();
    s.encrypt(Mech::new(CKM_AES_ECB), s.aes(16), &[0; 16]).works();
}

/// CKR_DEVICE_MEMORY, also for a quota and a limit on the size of files.
#[test]
fn a_full_disk_refuses_every_write_and_loses_nothing() {
    isolated(|| match role().as_str() {
        "" => {
            keep(&Token::fresh().user());
            start_command(&mut process_on_a_disk("full")).end();
            whole(&Token::labelled("test").rw());
        }
        _ => {
            let token = Token::existing();
            let s = token.user();
            let disk = Disk::here();
            for error in [libc::ENOSPC, libc::EDQUOT, libc::EFBIG] {
                disk.refuse(error);
                every_write_is_refused(&s, CKR_DEVICE_MEMORY, "make room");
                disk.refuse(0);
                let new = s.create(&on_token(&data("new", b"3"))).works();
                s.destroy(new).works();
                s.set_pin(USER_PIN, USER_PIN).works();
            }
            s.logout().works();
            s.login(CKU_SO, SO_PIN).works();
            disk.refuse(libc::ENOSPC);
            s.init_pin(b"new-pin").gives(CKR_DEVICE_MEMORY);
            s.close().works();
            init_token(token.slot, SO_PIN, "anew").gives(CKR_DEVICE_MEMORY);
            disk.refuse(0);
            token.user();
        }
    });
}

/// The first initialisation of all on a full disk, and what is there afterwards.
#[test]
fn a_token_is_not_made_on_a_full_disk_and_made_when_there_is_room() {
    isolated(|| match role().as_str() {
        "" => drop(start_command(&mut process_on_a_disk("full")).end()),
        _ => {
            let disk = Disk::here();
            initialize().works();
            let slot = free_slot();
            disk.refuse(libc::ENOSPC);
            let mut ear = Ear::open();
            for _ in 0..3 {
                init_token(slot, SO_PIN, "test").gives(CKR_DEVICE_MEMORY);
                ear.heard("C_InitToken", CKR_DEVICE_MEMORY, &["make room"]);
            }
            disk.refuse(0);
            init_token(slot, SO_PIN, "test").works();
            keep_for_officer(&Token { slot });
        }
    });
}

fn keep_for_officer(token: &Token) {
    let s = token.officer();
    s.init_pin(USER_PIN).works();
    s.logout().works();
    s.login(CKU_USER, USER_PIN).works();
    keep(&s);
    whole(&s);
}

/// The same without help from below: the system itself refuses to let files grow.
#[test]
fn a_limit_on_the_size_of_files_loses_nothing() {
    isolated(|| match role().as_str() {
        "" => {
            keep(&Token::fresh().user());
            let made: usize = start("limited").end()[0].parse().unwrap();
            let s = Token::labelled("test").rw();
            whole(&s);
            assert_eq!(s.find(&[a(CKA_LABEL, "many")]).works().len(), made);
        }
        _ => {
            let s = Token::existing().user();
            let wal = data_dir().join("vhsm.db-wal").metadata().unwrap().len();
            let limit = libc::rlimit {
                rlim_cur: wal + 400_000,
                rlim_max: libc::RLIM_INFINITY,
            };
            // SAFETY: changes what this process may do and what a signal does; the structure outlives the call.
            unsafe {
                libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
                assert_eq!(libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit), 0);
            }
            let many = on_token(&data("many", &[7; 500]));
            let mut made = 0;
            let refused = loop {
                match s.create(&many) {
                    Ok(_) => made += 1,
                    Err(refusal) => break refusal,
                }
            };
            assert!(made > 3);
            assert_eq!(refused, Refusal(CKR_DEVICE_MEMORY));
            whole(&s);
            assert_eq!(s.find(&[a(CKA_LABEL, "many")]).works().len(), made);
            say(made);
        }
    });
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// CKR_TOKEN_WRITE_PROTECTED, and what can be read is read. A PIN is not answered where its tries cannot be counted.
#[test]
fn a_database_that_cannot_be_written_is_read_and_every_write_is_refused() {
    isolated(|| match role().as_str() {
        "" => {
            let s = Token::fresh().user();
            keep(&s);
            s.create(&on_token(&with(&data("open", b"kept"), &[a(CKA_PRIVATE, false)])))
                .works();
            finalize().works();
            set_mode(&data_dir().join("vhsm.db"), 0o400);
            run("read only");
            set_mode(&data_dir().join("vhsm.db"), 0o600);
            let s = Token::existing().user();
            whole(&s);
            keep(&s);
        }
        _ => {
            obey_modes();
            let s = Token::existing().rw();
            let object = s.find(&[a(CKA_LABEL, "open")]).works()[0];
            assert_eq!(s.get(object, CKA_VALUE).works(), b"kept");
            let (rv, remedy) = (CKR_TOKEN_WRITE_PROTECTED, "let this user write");
            let mut ear = Ear::open();
            let public = [a(CKA_TOKEN, true), a(CKA_PRIVATE, false)];
            s.create(&with(&data("lost", b"1"), &public)).gives(rv);
            ear.heard("C_CreateObject", rv, &["vhsm.db", remedy]);
            s.copy(object, &[]).gives(rv);
            ear.heard("C_CopyObject", rv, &[remedy]);
            s.set(object, &[a(CKA_VALUE, "lost")]).gives(rv);
            ear.heard("C_SetAttributeValue", rv, &["object ", remedy]);
            s.destroy(object).gives(rv);
            ear.heard("C_DestroyObject", rv, &["object ", remedy]);
            // The list of C_Login does not have the code.
            for pin in [WRONG, USER_PIN] {
                s.login(CKU_USER, pin).gives(CKR_DEVICE_ERROR);
                ear.heard("C_Login", CKR_DEVICE_ERROR, &[remedy]);
            }
            s.set_pin(USER_PIN, b"new-pin").gives(rv);
            ear.heard("C_SetPIN", rv, &["the header of token", remedy]);
            assert_eq!(s.get(object, CKA_VALUE).works(), b"kept");
        }
    });
}

/// A directory in which nothing can be made: SQLite needs its companion files.
#[test]
fn a_directory_that_cannot_be_written_is_told_with_the_remedy() {
    isolated(|| match role().as_str() {
        "" => {
            run("no directory");
            assert!(!data_dir().exists());
            keep(&Token::fresh().user());
            finalize().works();
            set_mode(&data_dir(), 0o500);
            run("read only");
            set_mode(&data_dir(), 0o700);
            whole(&Token::existing().user());
        }
        "no directory" => {
            obey_modes();
            std::fs::write(home().join("log"), "").unwrap();
            set_mode(&home(), 0o500);
            initialize().works();
            let mut ear = Ear::open();
            init_token(free_slot(), SO_PIN, "test").gives(CKR_TOKEN_WRITE_PROTECTED);
            let directory = data_dir().display().to_string();
            let remedy = [
                "let this user write there (`ls -ld` shows whose group may), or set `data_dir` elsewhere",
                &directory,
            ];
            ear.heard("C_InitToken", CKR_TOKEN_WRITE_PROTECTED, &remedy);
            set_mode(&home(), 0o700);
        }
        _ => {
            obey_modes();
            let mut ear = Ear::open();
            initialize().gives(CKR_GENERAL_ERROR);
            ear.heard(
                "C_Initialize",
                CKR_GENERAL_ERROR,
                &["let this user write the directory"],
            );
        }
    });
}

/// From now on this process has so many files open that `left` more can be.
fn leave_descriptors(left: usize) -> Vec<std::fs::File> {
    let limit = libc::rlimit {
        rlim_cur: 128,
        rlim_max: 128,
    };
    // SAFETY: reads a structure.
    let set = unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) };
    assert_eq!(set, 0);
    let mut files: Vec<_> = std::iter::from_fn(|| std::fs::File::open("/").ok()).collect();
    files.truncate(files.len() - left);
    files
}

#[test]
fn a_process_with_too_many_open_files_is_told_so_and_loses_nothing() {
    isolated(|| match role().as_str() {
        "" => {
            keep(&Token::fresh().user());
            finalize().works();
            run("login");
            run("initialize");
            whole(&Token::existing().user());
        }
        "login" => {
            let session = Token::existing().rw();
            let files = leave_descriptors(1);
            session.login(CKU_USER, USER_PIN).gives(CKR_GENERAL_ERROR);
            drop(files);
            session.login(CKU_USER, USER_PIN).works();
        }
        _ => {
            let mut ear = Ear::open();
            let files = leave_descriptors(2);
            initialize().gives(CKR_GENERAL_ERROR);
            ear.heard(
                "C_Initialize",
                CKR_GENERAL_ERROR,
                &["raise the limit (ulimit -n)"],
            );
            drop(files);
            initialize().works();
        }
    });
}

/// Files in each other's place.
#[test]
fn a_data_directory_that_is_a_file_is_told_with_the_remedy() {
    isolated(|| {
        std::fs::write(data_dir(), b"mine").unwrap();
        let mut ear = Ear::open();
        initialize().gives(CKR_GENERAL_ERROR);
        let directory = data_dir().display().to_string();
        let remedy = ["Not a directory", "set `data_dir`", &directory];
        ear.heard("C_Initialize", CKR_GENERAL_ERROR, &remedy);
        assert_eq!(std::fs::read(data_dir()).unwrap(), b"mine", "it is left as it is");
        std::fs::remove_file(data_dir()).unwrap();
        initialize().works();
        init_token(free_slot(), SO_PIN, "test").works();
    });
}

/// What cannot be looked into is not taken for an empty place.
#[test]
fn a_data_directory_that_cannot_be_entered_is_no_empty_one() {
    isolated(|| match role().as_str() {
        "" => {
            keep(&Token::fresh().user());
            finalize().works();
            set_mode(&data_dir(), 0o000);
            run("shut out");
            set_mode(&data_dir(), 0o700);
            whole(&Token::existing().user());
        }
        _ => {
            obey_modes();
            let mut ear = Ear::open();
            initialize().gives(CKR_GENERAL_ERROR);
            ear.heard("C_Initialize", CKR_GENERAL_ERROR, &["cannot be read", "data_dir"]);
        }
    });
}

/// The root key of a database that is there: missing, foreign, of a wrong length, not to be read.
#[test]
fn each_trouble_with_the_root_key_has_its_remedy_and_none_is_made_anew() {
    isolated(|| match role().as_str() {
        "" => {
            keep(&Token::fresh().user());
            finalize().works();
            let path = data_dir().join("root.key");
            let right = std::fs::read(&path).unwrap();
            let troubles: [(Option<&[u8]>, &[&str]); 5] = [
                (
                    None,
                    &["root.key is missing", "put the file back from its backup"],
                ),
                (Some(&[7; 32]), &["is not the one that", "put the right one back"]),
                (Some(&right[..31]), &["exactly 32 bytes", "put it back"]),
                (Some(&[&right[..], b"\n"].concat()), &["exactly 32 bytes"]),
                (Some(b""), &["exactly 32 bytes"]),
            ];
            for (bytes, told) in troubles {
                let _ = std::fs::remove_file(&path);
                if let Some(bytes) = bytes {
                    std::fs::write(&path, bytes).unwrap();
                }
                let mut ear = Ear::open();
                initialize().gives(CKR_GENERAL_ERROR);
                ear.heard("C_Initialize", CKR_GENERAL_ERROR, told);
                assert_eq!(std::fs::read(&path).ok().as_deref(), bytes, "it is left as it is");
            }
            std::fs::write(&path, &right).unwrap();
            set_mode(&path, 0);
            run("unreadable");
            set_mode(&path, 0o600);
            whole(&Token::existing().user());
        }
        _ => {
            obey_modes();
            let mut ear = Ear::open();
            initialize().gives(CKR_GENERAL_ERROR);
            ear.heard(
                "C_Initialize",
                CKR_GENERAL_ERROR,
                &["root.key cannot be used", "make it readable"],
            );
        }
    });
}

/// docs/configuration.md: a root key elsewhere is never made.
#[test]
fn a_root_key_elsewhere_that_is_missing_is_not_made() {
    isolated(|| match role().as_str() {
        "" => {
            let elsewhere = home().join("elsewhere.key");
            let text = std::fs::read_to_string(home().join("vhsm.toml")).unwrap();
            let text = format!("root_key_file = {elsewhere:?}\n{text}");
            std::fs::write(home().join("vhsm.toml"), text).unwrap();
            run("missing");
            assert!(!elsewhere.exists());
            std::fs::write(&elsewhere, [9; 32]).unwrap();
            keep(&Token::fresh().user());
            finalize().works();
            std::fs::remove_file(&elsewhere).unwrap();
            let mut ear = Ear::open();
            initialize().gives(CKR_GENERAL_ERROR);
            ear.heard("C_Initialize", CKR_GENERAL_ERROR, &["elsewhere.key is missing"]);
            assert!(!elsewhere.exists());
        }
        _ => {
            initialize().works();
            let mut ear = Ear::open();
            init_token(free_slot(), SO_PIN, "test").gives(CKR_GENERAL_ERROR);
            let told = ["elsewhere.key is missing", "provide 32 random bytes"];
            ear.heard("C_InitToken", CKR_GENERAL_ERROR, &told);
        }
    });
}

/// What is not ours is not touched.
#[test]
fn a_newer_database_and_one_of_somebody_else_are_refused_and_left_alone() {
    isolated(|| {
        keep(&Token::fresh().user());
        finalize().works();
        let database = data_dir().join("vhsm.db");
        let whole_file = std::fs::read(&database).unwrap();
        let change = |sql: &str| {
            rusqlite::Connection::open(&database)
                .unwrap()
                .execute_batch(sql)
                .unwrap();
        };
        let mut ear = Ear::open();
        change("PRAGMA user_version = 99");
        let before = std::fs::read(&database).unwrap();
        initialize().gives(CKR_GENERAL_ERROR);
        ear.heard(
            "C_Initialize",
            CKR_GENERAL_ERROR,
            &["newer vhsm", "schema 99", "use that version"],
        );
        assert_eq!(std::fs::read(&database).unwrap(), before);
        std::fs::write(&database, b"no database at all, but longer than nothing").unwrap();
        initialize().gives(CKR_GENERAL_ERROR);
        ear.heard("C_Initialize", CKR_GENERAL_ERROR, &["vhsm.db", "backup"]);
        std::fs::write(&database, &whole_file).unwrap();
        whole(&Token::existing().user());
    });
}

/// CKR_FUNCTION_FAILED after `store.busy_timeout_ms`.
#[test]
fn a_store_that_another_process_does_not_let_go_is_busy_and_loses_nothing() {
    isolated_with("[store]\nbusy_timeout_ms = 150\n", || match role().as_str() {
        "" => {
            let s = Token::fresh().user();
            keep(&s);
            let mut holder = start("hold");
            holder.wait_for("held");
            let mut ear = Ear::open();
            let started = std::time::Instant::now();
            s.create(&on_token(&data("late", b"1")))
                .gives(CKR_FUNCTION_FAILED);
            assert!(started.elapsed() < Duration::from_secs(2));
            ear.heard(
                "C_CreateObject",
                CKR_FUNCTION_FAILED,
                &["another process", "`store.busy_timeout_ms`"],
            );
            s.set_pin(USER_PIN, b"new-pin").gives(CKR_FUNCTION_FAILED);
            s.set_pin(WRONG, b"new-pin").gives(CKR_FUNCTION_FAILED);
            whole(&s);
            holder.tell("let go");
            holder.end();
            s.create(&on_token(&data("late", b"1"))).works();
            s.set_pin(USER_PIN, USER_PIN).works();
        }
        _ => {
            let database = rusqlite::Connection::open(data_dir().join("vhsm.db")).unwrap();
            database.execute_batch("BEGIN IMMEDIATE").unwrap();
            say("held");
            hear();
        }
    });
}

/// Starts a process with another configuration, whose C_Initialize has to fail; what it wrote to its streams.
fn refused_with(configuration: &Path) -> String {
    let mut command: Command = process("refused");
    command.env("VHSM_CONF", configuration);
    let (status, output) = finish(&mut command, Duration::from_secs(60));
    assert!(status.unwrap().success(), "{output}");
    output
}

/// docs/configuration.md: file, line and remedy on the standard error, since there is no log yet.
#[test]
fn a_configuration_that_cannot_be_used_is_told_with_file_line_and_remedy() {
    isolated(|| match role().as_str() {
        "" => {
            let cases: [(&[u8], &[&str]); 9] = [
                (
                    b"# a\n\n[pin]\nlenght_min = 5\n",
                    &["line 4", "`pin.lenght_min`", "did you mean `length_min`?"],
                ),
                (b"[pins]\n", &["line 1", "`[pins]`", "did you mean `[pin]`?"]),
                (b"[pin]\nlength_min = 3\n", &["line 2", "`pin.length_min`", "4"]),
                (
                    b"[pin]\nlength_min = \"5\"\n",
                    &["line 2", "`pin.length_min`", "number"],
                ),
                (
                    b"[log]\ntarget = \"nowhere\"\n",
                    &["line 2", "`log.target`", "\"stderr\""],
                ),
                (
                    b"[log]\ntarget = \"file\"\n",
                    &["line 2", "`log.target`", "file = "],
                ),
                (b"data_dir = \"relative\"\n", &["line 1", "`data_dir`", "/"]),
                (
                    b"[mechanisms]\ndeny = [\"CKM_AES_CBD\"]\n",
                    &["line 2", "CKM_AES_CBD", "did you mean"],
                ),
                (b"data_dir = \n", &["line 1", "TOML"]),
            ];
            let path = home().join("other.toml");
            let name = path.display().to_string();
            for (text, told) in cases {
                std::fs::write(&path, text).unwrap();
                let output = refused_with(&path);
                for piece in told.iter().chain([&name.as_str()]) {
                    assert!(output.contains(piece), "{piece:?} is not in {output}");
                }
            }
            std::fs::write(&path, b"[pin]\n# caf\xe9\n").unwrap();
            let output = refused_with(&path);
            assert!(
                output.contains("line 2: not UTF-8") && output.contains(&name),
                "{output}"
            );
            std::fs::write(&path, b"").unwrap();
            set_mode(&path, 0);
            let output = refused_with(&path);
            assert!(
                output.contains("cannot be read") && output.contains("VHSM_CONF"),
                "{output}"
            );
            let output = refused_with(&home().join("nothing.toml"));
            assert!(
                output.contains("no such file") && output.contains("VHSM_CONF"),
                "{output}"
            );
        }
        _ => {
            obey_modes();
            initialize().gives(CKR_GENERAL_ERROR);
            call!(C_GetInfo(std::ptr::null_mut())).gives(CKR_CRYPTOKI_NOT_INITIALIZED);
        }
    });
}
