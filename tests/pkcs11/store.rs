//! What the store promises: what was acknowledged lasts, whatever becomes of the process; many processes work on one
//! token [STO-1, STO-2, OBJ-15].

use crate::harness::*;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Parts of a stretch of work at which a process is ended, spread evenly.
fn moments(count: u32) -> impl Iterator<Item = f64> {
    (1..=count).map(|n| (f64::from(n) * 0.618_034).fract())
}

/// The value of the object of this number.
fn content(n: usize) -> Vec<u8> {
    (0..n * 37 % 5000).map(|at| (n * 31 + at * 7) as u8).collect()
}

/// A token object that tells from its label what its value must be; every other one is private.
fn numbered(n: usize) -> Vec<CK_ATTRIBUTE> {
    let data = data(&n.to_string(), &content(n));
    with(&on_token(&data), &[a(CKA_PRIVATE, n % 2 == 1)])
}

fn text(s: &Session, object: CK_OBJECT_HANDLE, kind: CK_ATTRIBUTE_TYPE) -> String {
    String::from_utf8(s.get(object, kind).works()).unwrap()
}

/// Every numbered object of the token with its handle; each is whole and there once.
#[track_caller]
fn all_numbered(s: &Session) -> BTreeMap<usize, CK_OBJECT_HANDLE> {
    let mut all = BTreeMap::new();
    for object in s.find(&[a(CKA_CLASS, CKO_DATA)]).works() {
        let n = text(s, object, CKA_LABEL).parse().unwrap();
        assert_eq!(
            s.get(object, CKA_VALUE).works(),
            content(n),
            "object {n} is whole"
        );
        assert_eq!(all.insert(n, object), None, "object {n} is there once");
    }
    all
}

/// What a helper had begun, and what it had done, by the numbers that it said: `begin 7`, `7`.
fn begun_and_done(said: &[String]) -> (BTreeSet<usize>, BTreeSet<usize>) {
    let begun = said
        .iter()
        .filter_map(|line| line.strip_prefix("begin ")?.parse().ok());
    let done = said.iter().filter_map(|line| line.parse().ok());
    (begun.collect(), done.collect())
}

/// In a helper: does `work` with one number after the other, from the one that it hears, and says so.
fn for_ever(mut work: impl FnMut(usize)) {
    say("ready");
    let first: usize = hear().parse().unwrap();
    for n in first.. {
        say(format!("begin {n}"));
        work(n);
        say(n);
    }
}

/// Starts a helper, and kills it in the middle of its work: when it has done four steps, at this part of the time that
/// four more would take. What it had begun and done.
fn killed_at(moment: f64, role: &str, first: &str) -> (BTreeSet<usize>, BTreeSet<usize>) {
    let mut helper = start(role);
    helper.wait_for("ready");
    helper.tell(first);
    let started = Instant::now();
    let mut said = Vec::new();
    while begun_and_done(&said).1.len() < 4 {
        said.push(helper.next());
    }
    said.extend(helper.kill_after(started.elapsed().mul_f64(moment)));
    begun_and_done(&said)
}

/// STO-1
#[test]
fn an_object_that_was_acknowledged_survives_a_kill() {
    isolated(|| match role().as_str() {
        "" => {
            let s = Token::fresh().user();
            let (mut begun, mut done) = (BTreeSet::new(), BTreeSet::new());
            for moment in moments(16) {
                let first = begun.last().map_or(0, |last| last + 1);
                let (more_begun, more_done) = killed_at(moment, "create", &first.to_string());
                begun.extend(more_begun);
                done.extend(more_done);
                let there: BTreeSet<usize> = all_numbered(&s).into_keys().collect();
                assert!(done.is_subset(&there), "lost: {:?}", done.difference(&there));
                assert!(there.is_subset(&begun));
            }
        }
        _ => {
            let s = Token::existing().user();
            for_ever(|n| {
                s.create(&numbered(n)).works();
            });
        }
    });
}

/// STO-1, OBJ-2
#[test]
fn a_key_pair_is_there_whole_or_not_at_all_after_a_kill() {
    isolated(|| match role().as_str() {
        "" => {
            let s = Token::fresh().user();
            let mut next = 0;
            for moment in moments(8) {
                let (begun, done) = killed_at(moment, "pair", &next.to_string());
                for n in begun {
                    let label = a(CKA_LABEL, n.to_string().as_str());
                    let of = |class: CK_ULONG| s.find(&[label, a(CKA_CLASS, class)]).works();
                    let (public, private) = (of(CKO_PUBLIC_KEY), of(CKO_PRIVATE_KEY));
                    assert_eq!(public.len(), private.len(), "pair {n}");
                    assert!(!done.contains(&n) || public.len() == 1, "pair {n} is lost");
                    if let (Some(public), Some(private)) = (public.first(), private.first()) {
                        let ecdsa = Mech::new(CKM_ECDSA_SHA256);
                        let signature = s.sign(ecdsa, *private, b"whole").works();
                        s.verify(ecdsa, *public, b"whole", &signature).works();
                    }
                    next = n + 1;
                }
            }
        }
        _ => {
            let s = Token::existing().user();
            for_ever(|n| {
                let more = [a(CKA_TOKEN, true), a(CKA_LABEL, n.to_string().as_str())];
                s.pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &more, &more).works();
            });
        }
    });
}

/// STO-1
#[test]
fn what_was_destroyed_does_not_come_back_after_a_kill() {
    isolated(|| match role().as_str() {
        "" => {
            let s = Token::fresh().user();
            for n in 0..500 {
                s.create(&numbered(n)).works();
            }
            let mut next = 0;
            for moment in moments(8) {
                let (begun, done) = killed_at(moment, "destroy", &next.to_string());
                next = begun.last().map_or(next, |last| last + 1);
                let there = all_numbered(&s);
                assert!(done.iter().all(|n| !there.contains_key(n)), "back: {done:?}");
                assert!((next..500).all(|n| there.contains_key(&n)), "lost after {next}");
            }
        }
        _ => {
            let s = Token::existing().user();
            let all = all_numbered(&s);
            for_ever(|n| match all.get(&n) {
                Some(object) => s.destroy(*object).works(),
                None => drop(hear()),
            });
        }
    });
}

/// STO-1, OBJ-11
#[test]
fn a_change_is_there_whole_or_not_at_all_after_a_kill() {
    isolated(|| match role().as_str() {
        "" => {
            let s = Token::fresh().user();
            s.create(&numbered(0)).works();
            let mut now = 0;
            for moment in moments(12) {
                let (begun, done) = killed_at(moment, "change", &(now + 1).to_string());
                let there: Vec<usize> = all_numbered(&s).into_keys().collect();
                let last = done.last().copied().unwrap_or(now);
                let in_flight = begun.last().copied().unwrap_or(last);
                assert!(there == [last] || there == [in_flight], "{there:?} after {last}");
                now = there[0];
            }
        }
        _ => {
            let s = Token::existing().user();
            let all = all_numbered(&s);
            let object = all.values().next().unwrap();
            for_ever(|n| {
                let label = n.to_string();
                s.set(*object, &[a(CKA_LABEL, label.as_str()), a(CKA_VALUE, content(n))])
                    .works();
            });
        }
    });
}

/// TOK-5
#[test]
fn the_old_or_the_new_pin_works_after_a_kill() {
    isolated(|| match role().as_str() {
        "" => {
            let token = Token::fresh();
            token.user().create(&numbered(1)).works();
            token.close_all().works();
            let mut now = USER_PIN.to_vec();
            for moment in moments(12) {
                let (begun, done) = killed_at(moment, "pin", std::str::from_utf8(&now).unwrap());
                let pin = |n: &usize| format!("user-{n}").into_bytes();
                let s = token.rw();
                let right: Vec<Vec<u8>> = [done.last().map_or(now, pin)]
                    .into_iter()
                    .chain(begun.last().map(pin))
                    .filter(|pin| s.login(CKU_USER, pin).is_ok())
                    .collect();
                assert_eq!(right.len(), 1, "one PIN works after {done:?} of {begun:?}");
                assert_eq!(all_numbered(&s).len(), 1, "and opens the keys");
                s.close().works();
                now = right[0].clone();
            }
        }
        _ => {
            let s = Token::existing().rw();
            say("ready");
            let mut now = hear();
            for n in 1000.. {
                say(format!("begin {n}"));
                let new = format!("user-{n}");
                s.set_pin(now.as_bytes(), new.as_bytes()).works();
                say(n);
                now = new;
            }
        }
    });
}

/// TOK-2
#[test]
fn a_token_is_the_old_or_the_new_one_after_a_kill() {
    isolated(|| match role().as_str() {
        "" => {
            Token::fresh();
            let mut now = None;
            for moment in moments(12) {
                let first = now.map_or(0, |now| now + 1);
                let (begun, done) = killed_at(moment, "initialise", &first.to_string());
                let last = done.last().copied().or(now);
                let slots = slots(true).works();
                let label = token_info(slots[0]).works().label;
                let is = |n: Option<usize>| label == padded(&n.map_or("test".into(), |n| n.to_string()));
                assert!(is(last) || is(begun.last().copied()), "after {last:?}: {label:?}");
                now = if is(last) { last } else { begun.last().copied() };
                assert_eq!(slots.len(), 1);
                let token = Token { slot: slots[0] };
                let s = token.officer();
                s.init_pin(USER_PIN).works();
                s.logout().works();
                s.login(CKU_USER, USER_PIN).works();
                let there = s.find(&[]).works();
                assert!(there.len() <= 1, "what an earlier token had is gone");
                for object in there {
                    assert_eq!(
                        s.get(object, CKA_VALUE).works(),
                        content(now.unwrap()),
                        "it is this token's"
                    );
                }
                s.close().works();
            }
        }
        _ => {
            initialize().works();
            let token = Token {
                slot: slots(true).works()[0],
            };
            for_ever(|n| {
                init_token(token.slot, SO_PIN, &n.to_string()).works();
                let s = token.officer();
                s.init_pin(USER_PIN).works();
                s.logout().works();
                s.login(CKU_USER, USER_PIN).works();
                s.create(&numbered(n)).works();
                s.close().works();
            });
        }
    });
}

/// STO-1
#[test]
fn the_first_initialisation_of_all_may_be_killed_at_any_moment() {
    isolated(|| match role().as_str() {
        "" => {
            for (n, moment) in moments(24).enumerate() {
                let moment = Duration::from_millis(30).mul_f64(moment);
                let place = home().join(n.to_string());
                std::fs::create_dir(&place).unwrap();
                write_configuration(&place, "");
                let mut command = process("make");
                command.env("VHSM_CONF", place.join("vhsm.toml"));
                let helper = start_command(&mut command);
                helper.wait_for("ready");
                let said = helper.kill_after(moment);
                let mut command = process("look");
                command.env("VHSM_CONF", place.join("vhsm.toml"));
                let there = start_command(&mut command).end();
                assert!(said.is_empty() || there == ["whole"], "{said:?}, {there:?}");
                assert_ne!(there, ["torn"]);
            }
        }
        "make" => {
            initialize().works();
            let slot = free_slot();
            say("ready");
            init_token(slot, SO_PIN, "test").works();
            say("done");
            hear();
        }
        _ => {
            initialize().works();
            let slot = slots(true).works()[0];
            let info = token_info(slot).works();
            if info.flags & CKF_TOKEN_INITIALIZED == 0 {
                say("none");
                init_token(slot, SO_PIN, "test").works();
            } else {
                say(if info.label == padded("test") {
                    "whole"
                } else {
                    "torn"
                });
            }
            Token { slot }.officer();
        }
    });
}

/// STO-1: what an answer promises is on the disk and not only in the system's memory.
#[test]
fn no_call_answers_before_the_disk_has_its_work() {
    isolated(|| match role().as_str() {
        "" => drop(start_command(&mut process_on_a_disk("work")).end()),
        _ => {
            let disk = Disk::here();
            let mut syncs = 0;
            let mut lasting = |what: &str| {
                assert_eq!(disk.unsynced(), 0, "{what} left something unsynced");
                assert!(disk.syncs() > syncs, "{what} wrote nothing");
                syncs = disk.syncs();
            };
            initialize().works();
            let slot = free_slot();
            init_token(slot, SO_PIN, "test").works();
            lasting("C_InitToken");
            let token = Token { slot };
            let s = token.officer();
            s.init_pin(USER_PIN).works();
            lasting("C_InitPIN");
            s.logout().works();
            s.login(CKU_USER, b"wrong").gives(CKR_PIN_INCORRECT);
            lasting("a wrong C_Login");
            s.login(CKU_USER, USER_PIN).works();
            lasting("a right C_Login after a wrong one");
            for n in 0..40 {
                let object = s.create(&numbered(n)).works();
                lasting("C_CreateObject");
                s.set(object, &[a(CKA_LABEL, "changed")]).works();
                lasting("C_SetAttributeValue");
                let copy = s.copy(object, &[]).works();
                lasting("C_CopyObject");
                s.destroy(copy).works();
                lasting("C_DestroyObject");
            }
            let key = s.aes_with(16, &[a(CKA_TOKEN, true)]).works();
            lasting("C_GenerateKey");
            let more = [a(CKA_TOKEN, true)];
            s.pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &more, &more).works();
            lasting("C_GenerateKeyPair");
            s.set_pin(USER_PIN, b"new-pin").works();
            lasting("C_SetPIN");
            s.destroy(key).works();
            s.close().works();
            init_token(slot, SO_PIN, "test").works();
            lasting("C_InitToken again");
        }
    });
}

/// In a helper: a session that is told when to begin, so that several processes begin at once.
fn at_once(token: &Token) -> Session {
    let s = token.user();
    say("ready");
    hear();
    s
}

/// Starts helpers in these roles and lets them begin at once; what each said.
fn all_at_once(roles: &[&str]) -> Vec<Vec<String>> {
    let mut helpers: Vec<Helper> = roles.iter().map(|role| start(role)).collect();
    helpers.iter().for_each(|helper| drop(helper.wait_for("ready")));
    helpers.iter_mut().for_each(|helper| helper.tell("go"));
    helpers.into_iter().map(Helper::end).collect()
}

/// STO-1, OBJ-15
#[test]
fn processes_create_change_find_and_destroy_side_by_side() {
    const EACH: usize = 40;
    isolated(|| match role().as_str() {
        "" => {
            let s = Token::fresh().user();
            all_at_once(&["0", "1000", "2000", "3000"]);
            let there: Vec<usize> = all_numbered(&s).into_keys().collect();
            let kept = |n: &usize| n % 1000 < EACH && !n.is_multiple_of(3);
            let expected: Vec<usize> = (0..4000).filter(kept).map(|n| n + 10_000).collect();
            assert_eq!(there, expected, "nobody's work is lost");
        }
        first => {
            let first: usize = first.parse().unwrap();
            let s = at_once(&Token::existing());
            for n in first..first + EACH {
                let object = s.create(&numbered(n)).works();
                assert_eq!(s.find(&[a(CKA_LABEL, n.to_string().as_str())]).works(), [object]);
                let renamed = n + 10_000;
                let label = renamed.to_string();
                s.set(
                    object,
                    &[a(CKA_LABEL, label.as_str()), a(CKA_VALUE, content(renamed))],
                )
                .works();
                assert_eq!(s.get(object, CKA_VALUE).works(), content(renamed));
                if n % 3 == 0 {
                    s.destroy(object).works();
                    s.get(object, CKA_VALUE).gives(CKR_OBJECT_HANDLE_INVALID);
                }
                if n % 8 == 0 {
                    all_numbered_of_others(&s);
                }
            }
        }
    });
}

/// Every object of the token is whole, or is destroyed by another process while it is looked at.
fn all_numbered_of_others(s: &Session) {
    for object in s.find(&[a(CKA_CLASS, CKO_DATA)]).works() {
        let both = &mut [
            raw(CKA_LABEL, leak(&[0; 8]), 8),
            raw(CKA_VALUE, leak(&[0; 5000]), 5000),
        ];
        match s.get_raw(object, both) {
            Err(refusal) => assert_eq!(refusal, Refusal(CKR_OBJECT_HANDLE_INVALID)),
            Ok(()) => {
                // SAFETY: the module wrote so many bytes into the room that the template named.
                let [label, value] = both.each_ref().map(|one| unsafe {
                    std::slice::from_raw_parts(one.pValue.cast::<u8>(), one.ulValueLen as usize)
                });
                let n = std::str::from_utf8(label).unwrap().parse().unwrap();
                assert_eq!(value, content(n), "object {n} is read whole");
            }
        }
    }
}

/// STO-1: the store is busy all the time, and everybody gets a turn.
#[test]
fn a_writer_among_busy_ones_on_a_slow_disk_gets_its_turn() {
    isolated_with("[store]\nbusy_timeout_ms = 3000\n", || match role().as_str() {
        "" => {
            let s = Token::fresh().user();
            let busy: Vec<Helper> = (0..2)
                .map(|_| start_command(&mut process_on_a_disk("write")))
                .collect();
            busy.iter().for_each(|helper| drop(helper.wait_for("ready")));
            for n in 0..8 {
                s.create(&numbered(n)).works();
            }
        }
        _ => {
            let s = Token::existing().user();
            Disk::here().delay(10_000);
            for n in 0.. {
                s.create(&data_on_token(n)).works();
                if n == 3 {
                    say("ready");
                }
            }
        }
    });
}

fn data_on_token(n: usize) -> Vec<CK_ATTRIBUTE> {
    on_token(&data(&n.to_string(), b"busy"))
}

/// OBJ-15: of two who change an object at once neither undoes the other's work.
#[test]
fn changes_of_one_object_by_many_processes_are_all_kept() {
    const ATTRIBUTES: [(&str, CK_ATTRIBUTE_TYPE); 4] = [
        ("0", CKA_LABEL),
        ("1", CKA_ID),
        ("2", CKA_START_DATE),
        ("3", CKA_END_DATE),
    ];
    isolated(|| match role().as_str() {
        "" => {
            let s = Token::fresh().user();
            let key = s
                .create(&on_token(&open_secret(CKK_GENERIC_SECRET, &[7; 32])))
                .works();
            all_at_once(&ATTRIBUTES.map(|(role, _)| role));
            for (_, attribute) in ATTRIBUTES {
                assert_eq!(
                    s.get(key, attribute).works(),
                    b"20300129",
                    "{}",
                    attribute_name(attribute)
                );
            }
            assert_eq!(s.get(key, CKA_VALUE).works(), [7; 32]);
        }
        role => {
            let attribute = ATTRIBUTES[role.parse::<usize>().unwrap()].1;
            let s = at_once(&Token::existing());
            let key = s.find(&[a(CKA_CLASS, CKO_SECRET_KEY)]).works()[0];
            for n in (0..30).cycle().take(60) {
                let date = format!("203001{n:02}");
                let date = if n == 0 { "" } else { &date };
                s.set(key, &[a(attribute, date)]).works();
                assert_eq!(
                    s.get(key, attribute).works(),
                    date.as_bytes(),
                    "nobody else sets it"
                );
            }
        }
    });
}

/// OBJ-15, OBJ-13: every function that takes a handle.
#[test]
fn what_another_process_destroyed_is_unknown_here() {
    isolated(|| match role().as_str() {
        "" => {
            let s = Token::fresh().user();
            let aes = s.aes_with(16, &[a(CKA_TOKEN, true)]).works();
            let more = [a(CKA_TOKEN, true), a(CKA_DERIVE, true)];
            let (public, private) = s.pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &more, &more).works();
            let point = s.get(public, CKA_EC_POINT).works()[2..].to_vec();
            let (ecb, ecdsa) = (Mech::new(CKM_AES_ECB), Mech::new(CKM_ECDSA_SHA256));
            let wrap = Mech::new(CKM_AES_KEY_WRAP);
            let mine = s.aes_with(16, &[a(CKA_EXTRACTABLE, true)]).works();
            let wrapped = s.wrap(wrap, aes, mine).works();
            s.encrypt(ecb, aes, &[0; 16]).works(); // the key is at hand
            s.sign(ecdsa, private, b"x").works();
            run("destroy");
            for object in [aes, public, private] {
                s.get(object, CKA_CLASS).gives(CKR_OBJECT_HANDLE_INVALID);
                s.set(object, &[a(CKA_LABEL, "new")])
                    .gives(CKR_OBJECT_HANDLE_INVALID);
                s.copy(object, &[]).gives(CKR_OBJECT_HANDLE_INVALID);
                s.size(object).gives(CKR_OBJECT_HANDLE_INVALID);
                s.destroy(object).gives(CKR_OBJECT_HANDLE_INVALID);
            }
            s.begin(Class::Encrypt, ecb, aes).gives(CKR_KEY_HANDLE_INVALID);
            s.begin(Class::Decrypt, ecb, aes).gives(CKR_KEY_HANDLE_INVALID);
            s.begin(Class::Sign, ecdsa, private).gives(CKR_KEY_HANDLE_INVALID);
            s.begin(Class::Verify, ecdsa, public)
                .gives(CKR_KEY_HANDLE_INVALID);
            s.wrap(wrap, aes, mine).gives(CKR_WRAPPING_KEY_HANDLE_INVALID);
            s.wrap(wrap, mine, aes).gives(CKR_KEY_HANDLE_INVALID);
            let template = [a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, CKK_AES)];
            s.unwrap_key(wrap, aes, &wrapped, &template)
                .gives(CKR_UNWRAPPING_KEY_HANDLE_INVALID);
            let secret = [a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, CKK_GENERIC_SECRET)];
            s.derive(Mech::ecdh(CKD_NULL, &[], &point), private, &secret)
                .gives(CKR_KEY_HANDLE_INVALID);
            assert_eq!(s.find(&[a(CKA_TOKEN, true)]).works().len(), 0);
            s.encrypt(ecb, mine, &[0; 16]).works();
        }
        _ => {
            let s = Token::existing().user();
            for object in s.find(&[a(CKA_TOKEN, true)]).works() {
                s.destroy(object).works();
            }
        }
    });
}

/// SECURITY.md: what must not be deleted. Without the file a process cannot see at once what others do; it finds out when
/// it next asks the store.
#[test]
fn a_counter_that_is_deleted_while_it_is_in_use_is_noticed_when_the_store_is_asked() {
    isolated(|| match role().as_str() {
        "" => {
            let s = Token::fresh().user();
            let key = s.aes_with(16, &[a(CKA_TOKEN, true)]).works();
            let ecb = Mech::new(CKM_AES_ECB);
            s.encrypt(ecb, key, &[0; 16]).works(); // the key is at hand
            std::fs::remove_file(data_dir().join("generation")).unwrap();
            run("destroy");
            assert_eq!(s.find(&[a(CKA_TOKEN, true)]).works().len(), 0);
            s.begin(Class::Encrypt, ecb, key).gives(CKR_KEY_HANDLE_INVALID);
            assert!(
                log().contains("was deleted or replaced while it was in use"),
                "{}",
                log()
            );
            let key = s.aes_with(16, &[a(CKA_TOKEN, true)]).works();
            s.encrypt(ecb, key, &[0; 16]).works();
            run("destroy");
            s.begin(Class::Encrypt, ecb, key).gives(CKR_KEY_HANDLE_INVALID);
        }
        _ => {
            let s = Token::existing().user();
            for object in s.find(&[a(CKA_TOKEN, true)]).works() {
                s.destroy(object).works();
            }
        }
    });
}

/// A database that was lost looks like a first use, but for the root key beside it.
#[test]
fn a_new_database_beside_a_root_key_that_was_there_is_told_in_the_log() {
    isolated(|| {
        let told = |before: usize| log()[before..].contains("made a new database");
        Token::fresh();
        assert!(!told(0), "{}", log());
        finalize().works();
        let database = data_dir().join("vhsm.db");
        let before = log().len();
        std::fs::remove_file(&database).unwrap();
        Token::fresh();
        assert!(told(before), "{}", log());
        finalize().works();
        std::fs::write(&database, "").unwrap();
        let before = log().len();
        initialize().works();
        assert!(told(before), "{}", log());
        assert!(
            log()[before..].contains("in the place of an empty file"),
            "{}",
            log()
        );
        let before = log().len();
        finalize().works();
        initialize().works();
        assert!(!told(before), "{}", log());
    });
}

/// TOK-1, SLT-3: two see the same free slot; one gets it, and the other is told before anything is lost.
#[test]
fn tokens_that_are_initialised_at_once_get_slots_of_their_own() {
    const EACH: usize = 6;
    isolated_with("[slots]\nfree_slot = true\n", || match role().as_str() {
        "" => {
            initialize().works();
            let said = all_at_once(&["a", "b", "c", "d"]);
            let refused = said.iter().flatten().filter(|line| *line == "refused").count();
            assert!(refused > 0, "they met");
            slots(true).works();
            let mut taken = BTreeSet::new();
            for name in ["a", "b", "c", "d"] {
                for n in 0..EACH {
                    let token = Token::labelled(&format!("{name}{n}"));
                    assert!(taken.insert(token.slot));
                    token.officer();
                }
            }
            assert_eq!(
                taken.into_iter().collect::<Vec<_>>(),
                (1..=4 * EACH as CK_SLOT_ID).collect::<Vec<_>>()
            );
        }
        name => {
            initialize().works();
            say("ready");
            hear();
            for n in 0..EACH {
                let label = format!("{name}{n}");
                while let Err(refusal) = init_token(free_slot(), SO_PIN, &label) {
                    assert_eq!(
                        refusal,
                        Refusal(CKR_DEVICE_REMOVED),
                        "another token was put into the slot"
                    );
                    say("refused");
                }
                Token::labelled(&label).officer();
            }
        }
    });
}

/// STO-1
#[test]
fn the_first_users_of_all_may_come_at_once() {
    const ROUNDS: usize = 25;
    isolated_with("[slots]\nfree_slot = true\n", || match role().as_str() {
        "" => {
            for _ in 0..ROUNDS {
                all_at_once(&["a", "b", "c", "d"]);
                std::fs::remove_dir_all(data_dir()).unwrap();
            }
        }
        label => {
            say("ready");
            hear();
            initialize().works();
            while let Err(refusal) = init_token(free_slot(), SO_PIN, label) {
                assert_eq!(refusal, Refusal(CKR_DEVICE_REMOVED), "another was faster");
            }
            Token::labelled(label).officer();
        }
    });
}

/// TOK-2
#[test]
fn sessions_on_a_token_that_another_process_initialised_anew_are_told_so() {
    isolated(|| match role().as_str() {
        "" => {
            let token = Token::fresh();
            let s = token.user();
            let key = s.aes_with(16, &[a(CKA_TOKEN, true)]).works();
            let public = s.create(&on_token(&data("public", b"1"))).works();
            let ecb = Mech::new(CKM_AES_ECB);
            s.encrypt(ecb, key, &[0; 16]).works();
            run("initialise anew");
            s.begin(Class::Encrypt, ecb, key).gives(CKR_DEVICE_REMOVED);
            s.get(public, CKA_LABEL).gives(CKR_DEVICE_REMOVED);
            s.set(public, &[a(CKA_LABEL, "new")]).gives(CKR_DEVICE_REMOVED);
            s.destroy(public).gives(CKR_DEVICE_REMOVED);
            s.create(&on_token(&data("lost", b"1"))).gives(CKR_DEVICE_REMOVED);
            s.aes_with(16, &[a(CKA_TOKEN, true)]).gives(CKR_DEVICE_REMOVED);
            s.find_init(&[]).gives(CKR_DEVICE_REMOVED);
            s.set_pin(USER_PIN, b"new-pin").gives(CKR_DEVICE_REMOVED);
            s.logout().works();
            s.login(CKU_USER, USER_PIN).gives(CKR_DEVICE_REMOVED);
            s.close().works();
            let s = token.rw();
            s.login(CKU_USER, USER_PIN).gives(CKR_USER_PIN_NOT_INITIALIZED);
            s.login(CKU_SO, SO_PIN).works();
            assert!(
                s.find(&[]).works().is_empty(),
                "nothing of the old token is in the new one"
            );
            assert_eq!(token.info().label, padded("anew"));
        }
        _ => init_token(Token::existing().slot, SO_PIN, "anew").works(),
    });
}

/// TOK-2, TOK-5: both check the old PIN; what the first of them did, the second must not undo.
#[test]
fn of_two_who_change_the_officers_pin_or_the_token_at_once_one_is_refused() {
    isolated(|| match role().as_str() {
        "" => {
            let token = Token::fresh();
            let mut helpers = ["set", "set", "initialise"].map(start);
            helpers.iter().for_each(|helper| drop(helper.wait_for("ready")));
            let mut now = std::str::from_utf8(SO_PIN).unwrap().to_owned();
            for round in 0..30 {
                let new = [format!("first-{round}"), format!("second-{round}"), now.clone()];
                for (helper, new) in helpers.iter_mut().zip(&new) {
                    helper.tell(&format!("{now} {new}"));
                }
                let answers = helpers.each_ref().map(Helper::next);
                let done: Vec<&String> = new
                    .iter()
                    .zip(&answers)
                    .filter(|(_, answer)| *answer == "CKR_OK")
                    .map(|(new, _)| new)
                    .collect();
                let refused = ["CKR_OK", "CKR_PIN_INCORRECT", "CKR_DEVICE_REMOVED"];
                assert!(
                    answers.iter().all(|answer| refused.contains(&answer.as_str())),
                    "{answers:?}"
                );
                // The new token has the old PIN, so that one may still be changed after it.
                assert!(
                    !done.is_empty() && done.iter().filter(|new| ***new != now).count() <= 1,
                    "{answers:?}"
                );
                now = done.iter().find(|new| ***new != now).unwrap_or(&&now).to_string();
                let s = token.rw();
                s.login(CKU_SO, now.as_bytes()).works();
                s.close().works();
            }
        }
        role => {
            let token = Token::existing();
            say("ready");
            loop {
                let orders = hear();
                let Some((old, new)) = orders.split_once(' ') else {
                    break;
                };
                let answer = if role == "set" {
                    let s = token.rw();
                    let answer = s
                        .login(CKU_SO, old.as_bytes())
                        .and_then(|()| s.set_pin(old.as_bytes(), new.as_bytes()));
                    s.close().works();
                    answer
                } else {
                    init_token(token.slot, old.as_bytes(), "test")
                };
                say(name(answer.rv()));
            }
        }
    });
}
