//! What is on the disk, and for whom: session objects never, token objects sealed, files for their owner alone
//! [STO-4, SECURITY.md].

use crate::harness::*;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Bytes that nothing else has.
const LABEL: &str = "label-Zq7xW";
const ID: &[u8] = b"id-Vw3kR";
const VALUE: &[u8] = b"value-Jt9pLm2sYd8";
const APPLICATION: &str = "application-Bh4nX";
const MARKS: [&[u8]; 4] = [LABEL.as_bytes(), ID, VALUE, APPLICATION.as_bytes()];

/// Objects of every kind, marked wherever they can be.
fn create_marked(s: &Session, token: bool) -> Vec<CK_OBJECT_HANDLE> {
    let mut all = Vec::new();
    for private in [false, true] {
        let common = [a(CKA_TOKEN, token), a(CKA_PRIVATE, private), a(CKA_LABEL, LABEL)];
        let data = with(
            &with(&data(LABEL, VALUE), &common),
            &[a(CKA_APPLICATION, APPLICATION), a(CKA_OBJECT_ID, ID)],
        );
        all.push(s.create(&data).works());
        let secret = with(&open_secret(CKK_GENERIC_SECRET, VALUE), &common);
        let secret = with(&secret, &[a(CKA_ID, ID)]);
        all.push(s.create(&secret).works());
        let named = with(&common, &[a(CKA_ID, ID)]);
        let (public, key) = s
            .pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &named, &named)
            .works();
        s.set(public, &[a(CKA_LABEL, LABEL)]).works();
        all.extend([public, key]);
    }
    all
}

/// Uses them: what passes through the module is not kept either.
fn use_marked(s: &Session) {
    for (kind, mark) in [(CKA_LABEL, LABEL.as_bytes()), (CKA_ID, ID), (CKA_VALUE, VALUE)] {
        s.find(&[a(kind, mark)]).works();
    }
    let key = s.aes(16);
    s.encrypt(Mech::iv(CKM_AES_CBC_PAD, &[1; 16]), key, VALUE).works();
    s.digest(Mech::new(CKM_SHA256), VALUE).works();
}

#[track_caller]
fn no_mark_is_on_the_disk() {
    for mark in MARKS.into_iter().chain([USER_PIN, SO_PIN]) {
        let found = files_with(mark);
        assert!(
            found.is_empty(),
            "{:?} is in {found:?}",
            String::from_utf8_lossy(mark)
        );
    }
}

fn everything_on_the_disk() -> BTreeMap<PathBuf, Vec<u8>> {
    let all = files(&data_dir()).into_iter();
    all.map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect()
}

/// STO-4
#[test]
fn session_objects_never_touch_the_disk() {
    isolated(|| {
        let s = Token::fresh().user();
        s.find(&[]).works(); // readers mark in the shared memory how far they have read
        let before = everything_on_the_disk();
        let all = create_marked(&s, false);
        use_marked(&s);
        for object in all {
            let copy = s.copy(object, &[]).works();
            s.set(copy, &[a(CKA_LABEL, LABEL)]).works();
            s.destroy(object).works();
        }
        let after = everything_on_the_disk();
        assert!(before == after, "no byte of any file has changed");
        no_mark_is_on_the_disk();
        finalize().works();
        no_mark_is_on_the_disk();
    });
}

/// STO-4: the log of the database and its index are files as well.
#[test]
fn nothing_of_a_token_object_stands_on_the_disk_in_clear() {
    isolated(|| {
        let s = Token::fresh().user();
        let all = create_marked(&s, true);
        use_marked(&s);
        assert!(
            files(&data_dir())
                .iter()
                .any(|path| path.ends_with("vhsm.db-wal"))
        );
        no_mark_is_on_the_disk();
        for object in &all {
            s.copy(*object, &[]).works();
        }
        s.destroy(all[0]).works();
        no_mark_is_on_the_disk();
        assert!(
            files_with(b"test    ").is_empty(),
            "the token's label is sealed, too"
        );
        finalize().works();
        no_mark_is_on_the_disk();
    });
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

/// Files and directories that this process makes while it must obey modes, under a umask.
fn work_under(umask: libc::mode_t) {
    // SAFETY: changes a number of this process.
    unsafe { libc::umask(umask) };
    obey_modes();
    initialize().works();
    let token = slots(true).works()[0];
    if token_info(token).works().flags & CKF_TOKEN_INITIALIZED == 0 {
        init_token(token, SO_PIN, "test").works();
    }
    let s = Token { slot: token }.officer();
    s.create(&on_token(&data("public", &[7; 3000]))).works();
    s.create(&[]).gives(CKR_TEMPLATE_INCOMPLETE);
    s.create(&[]).gives(CKR_TEMPLATE_INCOMPLETE);
}

/// docs/configuration.md: `data_dir`, `log.file`.
#[test]
fn files_are_their_owners_alone_whatever_the_umask() {
    isolated(|| match role().as_str() {
        "" => {
            for umask in ["0", "22", "277", "777"] {
                let place = home().join(umask);
                std::fs::create_dir(&place).unwrap();
                let deep = place.join("not/yet/there");
                let text = format!(
                    "data_dir = {deep:?}\n{CHEAP_PINS}[log]\ntarget = \"file\"\nfile = {:?}\n",
                    place.join("log")
                );
                std::fs::write(place.join("vhsm.toml"), text).unwrap();
                for _ in 0..2 {
                    let mut command = process(umask);
                    command.env("VHSM_CONF", place.join("vhsm.toml"));
                    start_command(&mut command).end();
                }
                for directory in ["not", "not/yet", "not/yet/there"] {
                    assert_eq!(mode(&place.join(directory)), 0o700, "{directory} under {umask}");
                }
                let mut all = files(&deep);
                assert!(all.len() >= 3, "{all:?}");
                all.push(place.join("log"));
                for file in all {
                    assert_eq!(mode(&file), 0o600, "{file:?} under {umask}");
                }
                let log = std::fs::read_to_string(place.join("log")).unwrap();
                assert_eq!(log.matches("CKR_TEMPLATE_INCOMPLETE").count(), 4, "{log}");
                assert!(!log.contains("cannot be shared"), "{log}");
            }
        }
        umask => work_under(libc::mode_t::from_str_radix(umask, 8).unwrap()),
    });
}

/// docs/configuration.md: `data_dir`. Somebody opened a file, or it came so from a backup.
#[test]
fn files_that_were_opened_to_others_are_closed_again() {
    isolated(|| {
        Token::fresh().user().create(&on_token(&data("x", b"1"))).works();
        finalize().works();
        for file in files(&data_dir()) {
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o666)).unwrap();
        }
        std::fs::set_permissions(data_dir(), std::fs::Permissions::from_mode(0o777)).unwrap();
        initialize().works();
        Token::labelled("test").user();
        for file in files(&data_dir()) {
            let name = file.file_name().unwrap().to_str().unwrap();
            match name {
                // What is yours to keep is yours to mend; the log says so.
                "root.key" => assert!(log().contains("root.key; run chmod 600 on it"), "{}", log()),
                _ => assert_eq!(mode(&file), 0o600, "{file:?}"),
            }
        }
        let warning = format!("others may write to the data directory {}", data_dir().display());
        assert!(log().contains(&warning), "{}", log());
    });
}

/// Bytes that stand in memory only when they are asked for.
struct Hidden(Vec<u8>);

const MASK: u8 = 0x5a;

impl Hidden {
    fn shown<T>(&self, use_it: impl FnOnce(&mut [u8]) -> T) -> T {
        let mut bytes: Vec<u8> = self.0.iter().map(|byte| byte ^ MASK).collect();
        let answer = use_it(&mut bytes);
        for byte in &mut bytes {
            // SAFETY: a byte of ours; the write must not be left out.
            unsafe { std::ptr::write_volatile(byte, 0) };
        }
        answer
    }

    /// How often they stand in this process's memory, and where.
    fn places(&self) -> Vec<String> {
        use std::os::unix::fs::FileExt;
        let memory = std::fs::File::open("/proc/self/mem").unwrap();
        let mut found = Vec::new();
        for line in std::fs::read_to_string("/proc/self/maps").unwrap().lines() {
            let (range, rest) = line.split_once(' ').unwrap();
            if !rest.starts_with("rw") {
                continue;
            }
            let (start, end) = range.split_once('-').unwrap();
            let [start, end] = [start, end].map(|address| u64::from_str_radix(address, 16).unwrap());
            let here = (&raw const start) as u64;
            if (start..end).contains(&here) {
                continue; // the stack
            }
            let mut bytes = vec![0; (end - start) as usize];
            if memory.read_exact_at(&mut bytes, start).is_err() {
                continue;
            }
            for (at, part) in bytes.windows(self.0.len()).enumerate() {
                if part
                    .iter()
                    .zip(&self.0)
                    .all(|(byte, hidden)| byte ^ MASK == *hidden)
                {
                    found.push(format!("{:x} {rest}", start + at as u64));
                }
            }
            for byte in &mut bytes {
                // SAFETY: as above.
                unsafe { std::ptr::write_volatile(byte, 0) };
            }
        }
        found
    }
}

/// STO-4: what passes through a call does not stay behind. (The stack is the compiler's, as SECURITY.md says.)
#[test]
fn pins_and_plaintexts_are_wiped_from_memory() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.officer();
        let pin = Hidden((0..24).map(|n| (b'a' + n) ^ MASK).collect());
        let wrong = Hidden((0..24).map(|n| (b'A' + n) ^ MASK).collect());
        let text = Hidden((0..40).map(|n| (n * 5 + 3) ^ MASK).collect());
        pin.shown(|pin| s.init_pin(pin)).works();
        s.logout().works();
        wrong
            .shown(|wrong| s.login(CKU_USER, wrong))
            .gives(CKR_PIN_INCORRECT);
        pin.shown(|pin| s.login(CKU_USER, pin)).works();
        wrong
            .shown(|wrong| s.set_pin(wrong, b"new-pin"))
            .gives(CKR_PIN_INCORRECT);
        pin.shown(|pin| s.set_pin(pin, b"new-pin")).works();
        let key = s.aes(16);
        let cbc = Mech::iv(CKM_AES_CBC_PAD, &[1; 16]);
        text.shown(|text| s.encrypt(cbc, key, text)).works();
        text.shown(|text| s.sign(Mech::new(CKM_AES_CMAC), key, text))
            .works();
        text.shown(|text| s.digest(Mech::new(CKM_SHA256), text)).works();
        for class in [Class::Encrypt, Class::Digest, Class::Sign] {
            let mechanism = match class {
                Class::Encrypt => cbc,
                Class::Digest => Mech::new(CKM_SHA256),
                _ => Mech::new(CKM_AES_CMAC),
            };
            text.shown(|text| s.in_pieces(class, mechanism, key, text, 25))
                .works();
        }
        for (what, hidden) in [("the PIN", pin), ("a wrong PIN", wrong), ("the plaintext", text)] {
            assert_eq!(hidden.places(), [""; 0], "{what}");
        }
    });
}
