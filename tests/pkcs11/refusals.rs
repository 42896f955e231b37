//! The log answers "why was this refused?": one line per refused call, with function, code, and the attribute or the
//! rule; and never a secret [docs/configuration.md, "The log"; STO-4].

use crate::harness::*;
use std::ptr::null_mut;

/// A call, how it has to be refused, and what the log has to say.
type Refused<'a> = (&'a str, CK_RV, Box<dyn Fn() -> Answer + 'a>, &'a [&'a str]);

fn nothing<T>(answer: Answer<T>) -> Answer {
    answer.map(|_| ())
}

/// A key, `more` replacing what it has; refused.
fn secret(s: &Session, more: &[CK_ATTRIBUTE]) -> Answer {
    nothing(s.create(&with(&open_secret(CKK_AES, &[7; 16]), more)))
}

/// docs/configuration.md: "A call that is refused is named with the reason".
#[test]
fn each_refused_template_is_logged_with_its_attribute_and_the_rule() {
    isolated(|| {
        let s = Token::fresh().user();
        let plain = s.create(&data("plain", b"1")).works();
        let fixed = s
            .create(&with(&data("fixed", b"1"), &[a(CKA_MODIFIABLE, false)]))
            .works();
        let kept = s
            .create(&with(&data("kept", b"1"), &[a(CKA_DESTROYABLE, false)]))
            .works();
        let key = s.aes(16);
        let without_type = without(&open_secret(CKK_AES, &[7; 16]), &[CKA_KEY_TYPE]);
        let even = [
            a(CKA_CLASS, CKO_PUBLIC_KEY),
            a(CKA_KEY_TYPE, CKK_RSA),
            a(CKA_MODULUS, &[0x82; 128]),
            a(CKA_PUBLIC_EXPONENT, &[1, 0, 1]),
        ];
        let sect163k1 = hex("06052b81040001");
        let get = |object, kind| nothing(s.get(object, kind));
        let cases: Vec<Refused<'_>> = vec![
            (
                "C_CreateObject",
                CKR_TEMPLATE_INCOMPLETE,
                Box::new(|| nothing(s.create(&[]))),
                &["CKA_CLASS is missing"],
            ),
            (
                "C_CreateObject",
                CKR_TEMPLATE_INCOMPLETE,
                Box::new(|| nothing(s.create(&without_type))),
                &["CKA_KEY_TYPE is missing", "the template must say what key it is"],
            ),
            (
                "C_CreateObject",
                CKR_ATTRIBUTE_VALUE_INVALID,
                Box::new(|| secret(&s, &[a(CKA_TOKEN, &[2; 1])])),
                &["CKA_TOKEN"],
            ),
            (
                "C_CreateObject",
                CKR_ATTRIBUTE_VALUE_INVALID,
                Box::new(|| secret(&s, &[a(CKA_VALUE, &[7; 15])])),
                &["CKA_VALUE"],
            ),
            (
                "C_CreateObject",
                CKR_ATTRIBUTE_VALUE_INVALID,
                Box::new(|| nothing(s.create(&even))),
                &["CKA_MODULUS: it has to be odd"],
            ),
            (
                "C_CreateObject",
                CKR_ATTRIBUTE_VALUE_INVALID,
                Box::new(|| secret(&s, &[a(CKA_START_DATE, "20261301")])),
                &["CKA_START_DATE"],
            ),
            (
                "C_CreateObject",
                CKR_ATTRIBUTE_TYPE_INVALID,
                Box::new(|| secret(&s, &[a(CKA_MODULUS, &[1; 9])])),
                &["CKA_MODULUS"],
            ),
            (
                "C_CreateObject",
                CKR_ATTRIBUTE_READ_ONLY,
                Box::new(|| secret(&s, &[a(CKA_LOCAL, true)])),
                &["CKA_LOCAL"],
            ),
            (
                "C_CreateObject",
                CKR_ATTRIBUTE_READ_ONLY,
                Box::new(|| secret(&s, &[a(CKA_TRUSTED, true)])),
                &["CKA_TRUSTED", "SO"],
            ),
            (
                "C_CreateObject",
                CKR_TEMPLATE_INCONSISTENT,
                Box::new(|| {
                    let twice = [a(CKA_LABEL, "x"), a(CKA_LABEL, "y")];
                    nothing(s.create(&[&data("x", b"1"), &twice[1..]].concat()))
                }),
                &["CKA_LABEL"],
            ),
            (
                "C_GenerateKey",
                CKR_TEMPLATE_INCOMPLETE,
                Box::new(|| nothing(s.generate_key(Mech::new(CKM_AES_KEY_GEN), &[]))),
                &["CKA_VALUE_LEN is missing"],
            ),
            (
                "C_GenerateKey",
                CKR_TEMPLATE_INCONSISTENT,
                Box::new(|| nothing(s.aes_with(16, &[a(CKA_KEY_TYPE, CKK_DES3)]))),
                &["CKA_KEY_TYPE"],
            ),
            (
                "C_GenerateKeyPair",
                CKR_CURVE_NOT_SUPPORTED,
                Box::new(|| nothing(s.pair_on(CKM_EC_KEY_PAIR_GEN, &sect163k1, &[], &[]))),
                &["curve"],
            ),
            (
                "C_SetAttributeValue",
                CKR_ATTRIBUTE_READ_ONLY,
                Box::new(|| s.set(plain, &[a(CKA_TOKEN, true)])),
                &["CKA_TOKEN"],
            ),
            (
                "C_SetAttributeValue",
                CKR_ATTRIBUTE_READ_ONLY,
                Box::new(|| s.set(key, &[a(CKA_SENSITIVE, false)])),
                &["CKA_SENSITIVE"],
            ),
            (
                "C_SetAttributeValue",
                CKR_ACTION_PROHIBITED,
                Box::new(|| s.set(fixed, &[a(CKA_LABEL, "x")])),
                &["CKA_MODIFIABLE is FALSE"],
            ),
            (
                "C_DestroyObject",
                CKR_ACTION_PROHIBITED,
                Box::new(|| s.destroy(kept)),
                &["CKA_DESTROYABLE is FALSE"],
            ),
            (
                "C_GetAttributeValue",
                CKR_ATTRIBUTE_SENSITIVE,
                Box::new(|| get(key, CKA_VALUE)),
                &["WARN", "CKA_VALUE cannot be revealed"],
            ),
            (
                "C_GetAttributeValue",
                CKR_ATTRIBUTE_TYPE_INVALID,
                Box::new(|| get(plain, CKA_MODULUS)),
                &["WARN", "CKA_MODULUS"],
            ),
            (
                "C_GetAttributeValue",
                CKR_ATTRIBUTE_TYPE_INVALID,
                Box::new(|| get(plain, 0x4000_1234)),
                &["WARN", "0x40001234"],
            ),
            (
                "C_GetAttributeValue",
                CKR_BUFFER_TOO_SMALL,
                Box::new(|| s.get_raw(plain, &mut [a(CKA_LABEL, "1234")])),
                &["WARN", "CKA_LABEL: its buffer is too small: 5 bytes"],
            ),
        ];
        judge(&cases);
    });
}

#[track_caller]
fn judge(cases: &[Refused<'_>]) {
    for (function, rv, call, told) in cases {
        let mut ear = Ear::open();
        call().gives(*rv);
        let line = ear.heard(function, *rv, told);
        let (_, reason) = line.split_once(&format!("{}: ", name(*rv))).unwrap();
        assert!(reason.len() > 10, "a reason, not only a code: {line}");
    }
}

/// The same for operations, sessions, logins and handles.
#[test]
fn each_refused_operation_is_logged_with_the_rule() {
    isolated_with(
        "[sessions]\nmax = 4\n[mechanisms]\ndeny = [\"CKM_RSA_X_509\"]\n",
        || {
            let token = Token::fresh();
            let s = token.user();
            let ro = token.ro();
            let aes = s.aes(16);
            let narrow = s.aes_with(16, &[a(CKA_ENCRYPT, false)]).works();
            let listed = s
                .aes_with(16, &[a(CKA_ALLOWED_MECHANISMS, &[CKM_AES_CBC][..])])
                .works();
            let (ecb, cbc) = (Mech::new(CKM_AES_ECB), Mech::iv(CKM_AES_CBC, &[0; 16]));
            let hmac = Mech::new(CKM_SHA256_HMAC);
            let begin = |mechanism, key| s.begin(Class::Encrypt, mechanism, key);
            let cases: Vec<Refused<'_>> = vec![
                (
                    "C_EncryptInit",
                    CKR_MECHANISM_INVALID,
                    Box::new(|| begin(Mech::new(CKM_RSA_X_509), aes)),
                    &["CKM_RSA_X_509", "configuration"],
                ),
                (
                    "C_EncryptInit",
                    CKR_MECHANISM_INVALID,
                    Box::new(|| begin(Mech::new(0xdead_beef), aes)),
                    &["0xdeadbeef"],
                ),
                (
                    "C_EncryptInit",
                    CKR_MECHANISM_INVALID,
                    Box::new(|| begin(hmac, aes)),
                    &["CKM_SHA256_HMAC", "does not encrypt"],
                ),
                (
                    "C_EncryptInit",
                    CKR_MECHANISM_INVALID,
                    Box::new(|| begin(ecb, listed)),
                    &["CKA_ALLOWED_MECHANISMS"],
                ),
                (
                    "C_EncryptInit",
                    CKR_MECHANISM_PARAM_INVALID,
                    Box::new(|| begin(Mech::iv(CKM_AES_CBC, &[0; 15]), aes)),
                    &["mechanism parameter", "initialisation vector"],
                ),
                (
                    "C_EncryptInit",
                    CKR_KEY_HANDLE_INVALID,
                    Box::new(|| begin(cbc, 4711)),
                    &["handle of the key"],
                ),
                (
                    "C_EncryptInit",
                    CKR_KEY_TYPE_INCONSISTENT,
                    Box::new(|| begin(ecb, s.secret(32))),
                    &["CKK_GENERIC_SECRET", "CKM_AES_ECB"],
                ),
                (
                    "C_EncryptInit",
                    CKR_KEY_FUNCTION_NOT_PERMITTED,
                    Box::new(|| begin(ecb, narrow)),
                    &["CKA_ENCRYPT is not TRUE"],
                ),
                (
                    "C_Encrypt",
                    CKR_OPERATION_NOT_INITIALIZED,
                    Box::new(|| nothing(s.step(Step::Encrypt, &[0; 16]))),
                    &["no operation"],
                ),
                (
                    "C_Encrypt",
                    CKR_DATA_LEN_RANGE,
                    Box::new(|| nothing(s.encrypt(ecb, aes, &[0; 15]))),
                    &["length"],
                ),
                (
                    "C_WrapKey",
                    CKR_KEY_UNEXTRACTABLE,
                    Box::new(|| nothing(s.wrap(Mech::new(CKM_AES_KEY_WRAP), aes, aes))),
                    &["CKA_EXTRACTABLE is FALSE"],
                ),
                (
                    "C_DestroyObject",
                    CKR_OBJECT_HANDLE_INVALID,
                    Box::new(|| s.destroy(4711)),
                    &["no such object"],
                ),
                (
                    "C_CreateObject",
                    CKR_SESSION_READ_ONLY,
                    Box::new(|| nothing(ro.create(&on_token(&data("x", b"1"))))),
                    &["CKF_RW_SESSION"],
                ),
                (
                    "C_GenerateRandom",
                    CKR_ARGUMENTS_BAD,
                    Box::new(|| call!(C_GenerateRandom(s.handle, null_mut(), 4))),
                    &["NULL"],
                ),
                (
                    "C_GenerateRandom",
                    CKR_SESSION_HANDLE_INVALID,
                    Box::new(|| call!(C_GenerateRandom(99, null_mut(), 4))),
                    &["no such session"],
                ),
                (
                    "C_Login",
                    CKR_USER_ALREADY_LOGGED_IN,
                    Box::new(|| s.login(CKU_USER, USER_PIN)),
                    &["already logged in"],
                ),
                (
                    "C_Login",
                    CKR_USER_TYPE_INVALID,
                    Box::new(|| s.login(9, USER_PIN)),
                    &["user type"],
                ),
                (
                    "C_InitPIN",
                    CKR_USER_NOT_LOGGED_IN,
                    Box::new(|| s.init_pin(USER_PIN)),
                    &["the SO must be logged in"],
                ),
                (
                    "C_SetPIN",
                    CKR_PIN_LEN_RANGE,
                    Box::new(|| s.set_pin(USER_PIN, b"abc")),
                    &["4 to 255 bytes"],
                ),
                (
                    "C_InitToken",
                    CKR_SESSION_EXISTS,
                    Box::new(|| init_token(token.slot, SO_PIN, "x")),
                    &["close it first"],
                ),
                (
                    "C_InitToken",
                    CKR_ARGUMENTS_BAD,
                    Box::new(|| init_token_raw(token.slot, SO_PIN, [0xe9; 32])),
                    &["the label is not UTF-8"],
                ),
                (
                    "C_GetSlotInfo",
                    CKR_SLOT_ID_INVALID,
                    Box::new(|| nothing(slot_info(4711))),
                    &["no slot 4711"],
                ),
                (
                    "C_OpenSession",
                    CKR_SESSION_PARALLEL_NOT_SUPPORTED,
                    Box::new(|| nothing(token.open(0))),
                    &["CKF_SERIAL_SESSION must be set"],
                ),
                (
                    "C_OpenSession",
                    CKR_SESSION_COUNT,
                    Box::new(|| {
                        loop {
                            token.open(CKF_SERIAL_SESSION)?;
                        }
                    }),
                    &["`sessions.max`"],
                ),
            ];
            judge(&cases);
        },
    );
}

/// What is asked all the time is no refusal, and works on the whole need no line.
#[test]
fn questions_and_successes_leave_the_log_alone() {
    isolated(|| {
        let s = Token::fresh().user();
        let key = s.aes(16);
        let ear = Ear::open();
        s.begin(Class::Encrypt, Mech::new(CKM_AES_ECB), key).works();
        s.query(Step::Encrypt, &[0; 16]).works();
        s.offer(Step::Encrypt, &[0; 16], 4).0.gives(CKR_BUFFER_TOO_SMALL);
        s.step(Step::Encrypt, &[0; 16]).works();
        s.find(&[]).works();
        assert_eq!(ear.lines(), [""; 0]);
    });
}

const PINS: [&[u8]; 4] = [b"pin-Kq8vTz", b"pin-Wm2xRb-new", b"so-Pn5yHc-99", b"wrong-Lf6gJd"];
const KEY: [u8; 16] = *b"key-Uz4nVp7sXe2m";
const PLAINTEXT: &[u8] = b"plaintext-Gc9dYw3k";
const OTHER_KEY: &[u8] = b"secret-Ro1iTs8aQb5";

/// A long life of a token, with failures everywhere that a secret passes.
fn live() {
    let [user, new, so, wrong] = PINS;
    initialize().works();
    init_token(free_slot(), so, "test").works();
    let token = Token::labelled("test");
    let s = token.rw();
    s.login(CKU_SO, wrong).gives(CKR_PIN_INCORRECT);
    s.login(CKU_SO, so).works();
    s.init_pin(&[user, &[0xff]].concat()).gives(CKR_PIN_INVALID);
    s.init_pin(&user.repeat(40)).gives(CKR_PIN_LEN_RANGE);
    s.init_pin(user).works();
    s.logout().works();
    s.login(CKU_USER, wrong).gives(CKR_PIN_INCORRECT);
    s.set_pin(wrong, new).gives(CKR_PIN_INCORRECT);
    s.set_pin(user, &new.repeat(40)).gives(CKR_PIN_LEN_RANGE);
    s.set_pin(user, new).works();
    s.login(CKU_USER, new).works();
    let template = open_secret(CKK_AES, &KEY);
    let key = s.create(&on_token(&template)).works();
    for bad in [
        a(CKA_VALUE, &KEY[..15]),
        a(CKA_VALUE_LEN, 16),
        a(CKA_LOCAL, true),
        a(CKA_CHECK_VALUE, &KEY[..3]),
        a(CKA_ALLOWED_MECHANISMS, &KEY[..9]),
    ] {
        assert!(
            s.create(&with(&template, &[bad])).is_err(),
            "{}",
            attribute_name(bad.type_)
        );
    }
    s.create(&[&template[..], &[a(CKA_VALUE, OTHER_KEY)]].concat())
        .gives(CKR_TEMPLATE_INCONSISTENT);
    s.create(&open_secret(CKK_GENERIC_SECRET, OTHER_KEY)).works();
    let rsa = with(&rsa_template(), &[a(CKA_PRIVATE_EXPONENT, OTHER_KEY)]);
    assert!(s.create(&rsa).is_err());
    s.find(&[a(CKA_VALUE, &KEY)]).works();
    assert!(s.set(key, &[a(CKA_VALUE, OTHER_KEY)]).is_err());
    assert!(s.copy(key, &[a(CKA_VALUE, OTHER_KEY)]).is_err());
    let cbc = Mech::iv(CKM_AES_CBC_PAD, &[0; 16]);
    let sealed = s.encrypt(cbc, key, PLAINTEXT).works();
    s.decrypt(cbc, key, &sealed).works();
    assert!(s.decrypt(cbc, key, &[&sealed[..16], PLAINTEXT].concat()).is_err());
    assert!(s.encrypt(Mech::new(CKM_AES_ECB), key, PLAINTEXT).is_err());
    s.digest(Mech::new(CKM_SHA256), PLAINTEXT).works();
    let wrap = Mech::new(CKM_AES_KEY_WRAP);
    let wrapped = s.wrap(wrap, key, key).works();
    let unwrapped = [a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, CKK_AES)];
    s.unwrap_key(wrap, key, &wrapped, &unwrapped).works();
    assert!(
        s.unwrap_key(wrap, key, &[&KEY[..], &KEY[..8]].concat(), &unwrapped)
            .is_err()
    );
    let mac = s.sign(Mech::new(CKM_AES_CMAC), key, PLAINTEXT).works();
    assert!(
        s.verify(Mech::new(CKM_AES_CMAC), key, PLAINTEXT, &mac[1..])
            .is_err()
    );
    call!(C_SeedRandom(s.handle, p(OTHER_KEY), 18)).works();
    s.close().works();
    init_token(token.slot, wrong, "anew").gives(CKR_PIN_INCORRECT);
    init_token(token.slot, so, "anew").works();
    finalize().works();
}

/// The ways in which bytes could be written by accident.
fn spellings(secret: &[u8]) -> Vec<String> {
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let list = |digits: &dyn Fn(&u8) -> String| secret.iter().map(digits).collect::<Vec<_>>();
    let mut all = vec![
        String::from_utf8_lossy(secret).into_owned(),
        hex.clone(),
        hex.to_uppercase(),
        list(&|byte| format!("{byte:02x}")).join(" "),
        list(&|byte| format!("{byte:02x}")).join(":"),
        list(&u8::to_string).join(", "),
    ];
    // Base 64 of the bytes as they may stand among others.
    all.extend((0..3).map(|skipped| base64(&secret[skipped..])));
    all
}

/// The whole groups of three.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = |group: &[u8]| {
        let number = group
            .iter()
            .fold(0, |number, byte| number << 8 | usize::from(*byte));
        [18, 12, 6, 0].map(|shift| char::from(DIGITS[number >> shift & 63]))
    };
    bytes
        .as_chunks::<3>()
        .0
        .iter()
        .flat_map(|group| digits(group))
        .collect()
}

/// "No line ever has a PIN, a key or plaintext in it."
#[test]
fn no_log_ever_has_a_secret_in_it() {
    isolated(|| match role().as_str() {
        "" => {
            assert_eq!(base64(b"Many hands"), "TWFueSBoYW5k");
            for target in ["file", "stderr"] {
                let place = home().join(target);
                std::fs::create_dir(&place).unwrap();
                let text = format!(
                    "data_dir = {:?}\n{CHEAP_PINS}[log]\nlevel = \"trace\"\ntarget = {target:?}\nfile = {:?}\n",
                    place.join("data"),
                    place.join("log")
                );
                std::fs::write(place.join("vhsm.toml"), text).unwrap();
                let mut command = process("live");
                command.env("VHSM_CONF", place.join("vhsm.toml"));
                let (status, output) = finish(&mut command, std::time::Duration::from_secs(60));
                assert!(status.unwrap().success(), "{output}");
                let told = match target {
                    "file" => std::fs::read_to_string(place.join("log")).unwrap(),
                    _ => output,
                };
                assert!(told.matches("CKR_").count() > 15, "it says a lot: {told}");
                let secrets = PINS.into_iter().chain([&KEY[..], PLAINTEXT, OTHER_KEY]);
                for spelling in secrets.flat_map(spellings) {
                    assert!(!told.contains(&spelling), "{spelling} is in the log:\n{told}");
                }
            }
        }
        _ => live(),
    });
}
