//! Guessing PINs: tries are counted on the disk before they are answered, for all processes together [STO-2].

use crate::harness::*;

const WRONG: &[u8] = b"wrong-pin";

/// In a helper: guesses until the PIN is locked, and says how many guesses were told to be wrong.
fn guess_until_locked(mut guess: impl FnMut() -> Answer) {
    say("ready");
    hear();
    let mut wrong = 0;
    loop {
        match guess().rv() {
            CKR_PIN_INCORRECT => wrong += 1,
            CKR_PIN_LOCKED => break,
            other => panic!("a guess was answered with {}", name(other)),
        }
    }
    say(wrong);
}

/// Lets six helpers guess at once; how many guesses were told to be wrong in all.
fn wrong_guesses_in_all() -> u32 {
    let mut helpers: Vec<Helper> = (0..6).map(|n| start(&n.to_string())).collect();
    helpers.iter().for_each(|helper| drop(helper.wait_for("ready")));
    helpers.iter_mut().for_each(|helper| helper.tell("go"));
    helpers
        .into_iter()
        .map(|helper| helper.end()[0].parse::<u32>().unwrap())
        .sum()
}

/// STO-2
#[test]
fn all_processes_together_have_as_many_guesses_as_one() {
    isolated_with("[pin]\nfailures_max_user = 37\n", || match role().as_str() {
        "" => {
            let token = Token::fresh();
            let s = token.rw();
            assert_eq!(wrong_guesses_in_all(), 37);
            assert!(token.has(CKF_USER_PIN_LOCKED));
            s.login(CKU_USER, USER_PIN).gives(CKR_PIN_LOCKED);
            s.set_pin(USER_PIN, b"new-pin").gives(CKR_PIN_LOCKED);
            s.login(CKU_SO, SO_PIN).works();
        }
        n => {
            let s = Token::existing().rw();
            // Every way to try a PIN is counted in the same place.
            let through_login = n.parse::<u32>().unwrap() < 3;
            guess_until_locked(|| match through_login {
                true => s.login(CKU_USER, WRONG),
                false => s.set_pin(WRONG, b"new-pin"),
            });
        }
    });
}

/// STO-2, TOK-1
#[test]
fn all_processes_together_have_as_many_guesses_of_the_officers_pin_as_one() {
    isolated_with("[pin]\nfailures_max_so = 21\n", || match role().as_str() {
        "" => {
            let token = Token::fresh();
            assert_eq!(wrong_guesses_in_all(), 21);
            assert!(token.has(CKF_SO_PIN_LOCKED));
            token.rw().login(CKU_SO, SO_PIN).gives(CKR_PIN_LOCKED);
            token.close_all().works();
            init_token(token.slot, SO_PIN, "test").gives(CKR_PIN_LOCKED);
            token.user();
        }
        n => {
            let token = Token::existing();
            let through_login = n.parse::<u32>().unwrap() < 3;
            guess_until_locked(|| match through_login {
                true => {
                    let s = token.rw();
                    let answer = s.login(CKU_SO, WRONG);
                    s.close().works();
                    answer
                }
                false => init_token(token.slot, WRONG, "mine"),
            });
        }
    });
}

/// STO-2: among those who guess is somebody who knows.
#[test]
fn a_right_pin_among_guesses_is_right_or_comes_too_late() {
    isolated_with("[pin]\nfailures_max_user = 500\n", || match role().as_str() {
        "" => {
            let token = Token::fresh();
            let mut guesser = start("guess");
            guesser.wait_for("ready");
            guesser.tell("go");
            let s = token.rw();
            let mut right = 0;
            while let Ok(()) = s.login(CKU_USER, USER_PIN) {
                right += 1;
                s.logout().works();
                if right == 100 {
                    break;
                }
            }
            assert!(right > 0);
            let wrong: u32 = guesser.end()[0].parse().unwrap();
            assert!(wrong >= 500, "each right one begins the count anew: {wrong}");
            s.login(CKU_USER, USER_PIN).gives(CKR_PIN_LOCKED);
        }
        _ => {
            let s = Token::existing().rw();
            guess_until_locked(|| s.login(CKU_USER, WRONG));
        }
    });
}

/// STO-2
#[test]
fn the_count_of_failures_survives_a_kill_and_a_restart() {
    isolated_with("[pin]\nfailures_max_user = 6\n", || match role().as_str() {
        "" => {
            let token = Token::fresh();
            for _ in 0..4 {
                assert!(!token.has(CKF_USER_PIN_FINAL_TRY));
                // Killed as soon as the answer is known.
                let helper = start("guess");
                helper.wait_for("wrong");
                helper.kill_after(std::time::Duration::ZERO);
            }
            finalize().works();
            initialize().works();
            let s = token.rw();
            s.login(CKU_USER, WRONG).gives(CKR_PIN_INCORRECT);
            assert!(token.has(CKF_USER_PIN_FINAL_TRY));
            s.login(CKU_USER, WRONG).gives(CKR_PIN_INCORRECT);
            finalize().works();
            initialize().works();
            token.rw().login(CKU_USER, USER_PIN).gives(CKR_PIN_LOCKED);
        }
        _ => {
            let s = Token::existing().rw();
            s.login(CKU_USER, WRONG).gives(CKR_PIN_INCORRECT);
            say("wrong");
            hear();
        }
    });
}

/// STO-2, SES-9, TOK-4: a mixture of all ways to try the user's PIN.
#[test]
fn every_way_to_try_a_pin_is_counted_and_a_right_one_clears_the_count() {
    isolated_with("[pin]\nfailures_max_user = 3\n", || {
        let token = Token::fresh();
        let s = token.user();
        let careful = [a(CKA_ALWAYS_AUTHENTICATE, true)];
        let (_, private) = s.pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &[], &careful).works();
        let ecdsa = Mech::new(CKM_ECDSA_SHA256);
        for _ in 0..3 {
            s.set_pin(WRONG, b"new-pin").gives(CKR_PIN_INCORRECT);
            s.begin(Class::Sign, ecdsa, private).works();
            s.login(CKU_CONTEXT_SPECIFIC, WRONG).gives(CKR_PIN_INCORRECT);
            assert!(token.has(CKF_USER_PIN_FINAL_TRY));
            s.login(CKU_CONTEXT_SPECIFIC, USER_PIN).works();
            assert!(!token.has(CKF_USER_PIN_COUNT_LOW));
            s.step(Step::Sign, b"data").works();
            s.set_pin(WRONG, b"new-pin").gives(CKR_PIN_INCORRECT);
            s.set_pin(USER_PIN, USER_PIN).works();
            assert!(!token.has(CKF_USER_PIN_COUNT_LOW));
        }
        // A new PIN that cannot be one says nothing of the old PIN unless that was right.
        s.set_pin(WRONG, b"x").gives(CKR_PIN_INCORRECT);
        s.set_pin(USER_PIN, b"x").gives(CKR_PIN_LEN_RANGE);
        assert!(!token.has(CKF_USER_PIN_COUNT_LOW));
        s.begin(Class::Sign, ecdsa, private).works();
        for _ in 0..3 {
            s.login(CKU_CONTEXT_SPECIFIC, WRONG).gives(CKR_PIN_INCORRECT);
        }
        s.login(CKU_CONTEXT_SPECIFIC, USER_PIN).gives(CKR_PIN_LOCKED);
        // [PKCS#11 3.2, 4.10] a PIN that is locked in this way also logs the user out.
        s.step(Step::Sign, b"data").gives(CKR_OPERATION_NOT_INITIALIZED);
        s.logout().gives(CKR_USER_NOT_LOGGED_IN);
        s.set_pin(USER_PIN, b"new-pin").gives(CKR_PIN_LOCKED);
        s.login(CKU_USER, USER_PIN).gives(CKR_PIN_LOCKED);
    });
}

/// STO-2: who fills the disk does not guess on without a count, and is not told a right PIN either.
#[test]
fn a_guess_that_cannot_be_counted_is_not_answered() {
    isolated(|| match role().as_str() {
        "" => {
            let token = Token::fresh();
            drop(start_command(&mut process_on_a_disk("guess")).end());
            assert!(!token.has(CKF_USER_PIN_LOCKED));
            token.user();
        }
        _ => {
            let disk = Disk::here();
            let token = Token::existing();
            let s = token.rw();
            disk.refuse(libc::ENOSPC);
            for _ in 0..5 {
                s.login(CKU_USER, USER_PIN).gives(CKR_DEVICE_MEMORY);
                s.login(CKU_USER, WRONG).gives(CKR_DEVICE_MEMORY);
                s.set_pin(WRONG, b"new-pin").gives(CKR_DEVICE_MEMORY);
            }
            s.login(CKU_USER, USER_PIN).gives(CKR_DEVICE_MEMORY);
            s.set_pin(USER_PIN, b"new-pin").gives(CKR_DEVICE_MEMORY);
            disk.refuse(0);
            s.login(CKU_USER, USER_PIN).works();
        }
    });
}

/// [PKCS#11 3.2, 5.1.1] CKR_HOST_MEMORY
#[test]
fn a_derivation_for_which_there_is_no_memory_is_refused_and_the_host_lives_on() {
    isolated(|| {
        let file = home().join("vhsm.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replace("memory_kib = 64", "memory_kib = 4194304")).unwrap();
        let limit = libc::rlimit {
            rlim_cur: 2 << 30,
            rlim_max: 2 << 30,
        };
        // SAFETY: the limit of this process, which is this test's own.
        assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) }, 0);
        initialize().works();
        init_token(free_slot(), SO_PIN, "test").gives(CKR_HOST_MEMORY);
        slots(false).works();
    });
}
