//! One-time passwords: HOTP [PKCS#11 3.2, 6.39; RFC 4226].

use crate::harness::*;
use std::ptr::null_mut;

/// [RFC 4226, appendix D] the key, and the one-time passwords of its first ten counters.
const SECRET: &[u8] = b"12345678901234567890";
const PASSWORDS: [&str; 10] = [
    "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
];

fn template(more: &[CK_ATTRIBUTE]) -> Vec<CK_ATTRIBUTE> {
    let key = [
        a(CKA_CLASS, CKO_OTP_KEY),
        a(CKA_KEY_TYPE, CKK_HOTP),
        a(CKA_VALUE, SECRET),
        a(CKA_SENSITIVE, false),
        a(CKA_EXTRACTABLE, true),
    ];
    with(&key, more)
}

fn item<T: Copy + 'static>(kind: CK_ULONG, value: T) -> CK_OTP_PARAM {
    let value: *mut T = Box::leak(Box::new(value));
    CK_OTP_PARAM {
        type_: kind,
        pValue: value.cast(),
        ulValueLen: size_of::<T>() as CK_ULONG,
    }
}

pub fn counter(count: u64) -> CK_OTP_PARAM {
    item(CK_OTP_COUNTER, count.to_be_bytes())
}

pub fn hotp(items: &[CK_OTP_PARAM]) -> Mech {
    let params = CK_OTP_PARAMS {
        pParams: Box::leak(items.to_vec().into_boxed_slice()).as_mut_ptr(),
        ulCount: items.len() as CK_ULONG,
    };
    Mech::with(CKM_HOTP, params)
}

/// The one-time password and the counter that a signature names.
fn read(signature: &[u8]) -> (String, u64) {
    let range = signature.as_ptr_range();
    let info: CK_OTP_SIGNATURE_INFO =
        // SAFETY: the signature begins with the structure.
        unsafe { signature.as_ptr().cast::<CK_OTP_SIGNATURE_INFO>().read_unaligned() };
    let (mut password, mut count) = (None, None);
    for at in 0..info.ulCount as usize {
        // SAFETY: the structure names so many items.
        let item = unsafe { info.pParams.add(at).read_unaligned() };
        let value: *const u8 = item.pValue.cast();
        assert!(range.contains(&value), "pointers lead into the signature");
        // SAFETY: within the signature.
        let value = unsafe { std::slice::from_raw_parts(value, item.ulValueLen as usize) };
        match item.type_ {
            CK_OTP_VALUE => password = Some(String::from_utf8(value.to_vec()).unwrap()),
            CK_OTP_COUNTER => count = Some(u64::from_be_bytes(value.try_into().unwrap())),
            other => panic!("{other}"),
        }
    }
    (password.unwrap(), count.unwrap())
}

/// Signs into a buffer that stays where it is.
fn sign(s: &Session, mech: Mech, key: CK_OBJECT_HANDLE) -> Answer<(String, u64)> {
    s.begin(Class::Sign, mech, key)?;
    let mut length = 0;
    call!(C_Sign(s.handle, null_mut(), 0, null_mut(), &raw mut length))?;
    let mut signature = vec![0xee; length as usize];
    let mut short = length - 1;
    call!(C_Sign(
        s.handle,
        null_mut(),
        0,
        signature.as_mut_ptr(),
        &raw mut short
    ))
    .gives(CKR_BUFFER_TOO_SMALL);
    call!(C_Sign(
        s.handle,
        null_mut(),
        0,
        signature.as_mut_ptr(),
        &raw mut length
    ))?;
    assert_eq!(length as usize, signature.len());
    Ok(read(&signature))
}

fn count_of(s: &Session, key: CK_OBJECT_HANDLE) -> u64 {
    u64::from_be_bytes(s.get(key, CKA_OTP_COUNTER).works().try_into().unwrap())
}

/// [RFC 4226, appendix D] by the key's own counter, each once, whatever was asked before; and by the caller's.
#[test]
fn one_time_passwords_are_those_of_the_rfc() {
    isolated(|| {
        let s = Token::fresh().user();
        let key = s.create(&template(&[])).works();
        for (count, expected) in PASSWORDS.into_iter().enumerate() {
            let count = count as u64;
            assert_eq!(count_of(&s, key), count);
            assert_eq!(
                sign(&s, Mech::new(CKM_HOTP), key).works(),
                (expected.to_owned(), count)
            );
            s.verify(hotp(&[counter(count)]), key, b"", expected.as_bytes())
                .works();
            s.verify(hotp(&[counter(count + 1)]), key, b"", expected.as_bytes())
                .gives(CKR_SIGNATURE_INVALID);
            s.verify(hotp(&[counter(count)]), key, b"", &expected.as_bytes()[1..])
                .gives(CKR_SIGNATURE_LEN_RANGE);
        }
        assert_eq!(count_of(&s, key), 10);
        assert_eq!(
            sign(&s, hotp(&[counter(3)]), key).works(),
            (PASSWORDS[3].to_owned(), 3)
        );
        assert_eq!(count_of(&s, key), 10, "the caller's counter is not the key's");
        let next = [counter(3), item(CK_OTP_FLAGS, CKF_NEXT_OTP)];
        assert_eq!(sign(&s, hotp(&next), key).works(), (PASSWORDS[4].to_owned(), 4));
        s.verify(hotp(&next), key, b"", PASSWORDS[4].as_bytes()).works();
        // [RFC 4226, appendix D] the number that the six digits are the end of: 1284755224.
        let longer = [counter(0), item(CK_OTP_OUTPUT_LENGTH, 9 as CK_ULONG)];
        assert_eq!(sign(&s, hotp(&longer), key).works().0, "284755224");
        let next = [item(CK_OTP_FLAGS, CKF_NEXT_OTP)];
        assert_eq!(sign(&s, hotp(&next), key).works().1, 11);
        assert_eq!(count_of(&s, key), 12);
    });
}

/// [RFC 4226, appendix D] as messages: each counter once, and none for what is refused or only asked for.
#[test]
fn messages_are_signed_with_one_time_passwords_each_by_its_own_counter() {
    isolated(|| {
        let s = Token::fresh().user();
        let key = s.create(&template(&[])).works();
        call!(C_MessageSignInit(s.handle, Mech::new(CKM_HOTP).p(), key)).works();
        let whole = |data: &[u8], place: *mut u8, length: *mut CK_ULONG| {
            let data_len = data.len() as CK_ULONG;
            call!(C_SignMessage(
                s.handle,
                null_mut(),
                0,
                p(data),
                data_len,
                place,
                length
            ))
        };
        let next = |place: *mut u8, length: *mut CK_ULONG| {
            call!(C_SignMessageNext(
                s.handle,
                null_mut(),
                0,
                null_mut(),
                0,
                place,
                length
            ))
        };
        let mut length = 0;
        whole(b"", null_mut(), &raw mut length).works();
        let mut signature = vec![0xee; length as usize];
        let place = signature.as_mut_ptr();
        whole(b"data", place, &raw mut length).gives(CKR_DATA_LEN_RANGE);
        assert_eq!(count_of(&s, key), 0, "nothing is counted for what is refused");
        for count in 0..3 {
            assert_eq!(count_of(&s, key), 2 * count);
            whole(b"", place, &raw mut length).works();
            let expected = PASSWORDS[2 * count as usize];
            assert_eq!(read(&signature), (expected.to_owned(), 2 * count));
            call!(C_SignMessageBegin(s.handle, null_mut(), 0)).works();
            next(null_mut(), null_mut()).works();
            next(null_mut(), &raw mut length).works();
            next(place, &raw mut length).works();
            let expected = PASSWORDS[2 * count as usize + 1];
            assert_eq!(read(&signature), (expected.to_owned(), 2 * count + 1));
        }
        call!(C_MessageSignFinal(s.handle)).works();
        assert_eq!(count_of(&s, key), 6);
    });
}

/// The counter of a key on the token is there after the end, and nobody sets it back.
#[test]
fn the_counter_is_durable_and_only_goes_on() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.user();
        let key = s
            .create(&template(&[a(CKA_TOKEN, true), a(CKA_ID, b"otp")]))
            .works();
        assert_eq!(sign(&s, Mech::new(CKM_HOTP), key).works().1, 0);
        let read_only = token.ro();
        assert_eq!(sign(&read_only, Mech::new(CKM_HOTP), key).works().1, 1);
        s.set(key, &[a(CKA_OTP_COUNTER, &[0; 8])])
            .gives(CKR_ATTRIBUTE_READ_ONLY);
        assert_ne!(s.copy(key, &[a(CKA_OTP_COUNTER, &[0; 8])]).rv(), CKR_OK);
        finalize().works();
        let s = Token::existing().user();
        let key = s.find(&[a(CKA_ID, b"otp")]).works()[0];
        assert_eq!(count_of(&s, key), 2);
        assert_eq!(
            sign(&s, Mech::new(CKM_HOTP), key).works(),
            (PASSWORDS[2].to_owned(), 2)
        );
        let last = s.create(&template(&[a(CKA_OTP_COUNTER, &[0xff; 8])])).works();
        sign(&s, Mech::new(CKM_HOTP), last).gives(CKR_DATA_INVALID);
    });
}

#[test]
fn keys_of_hotp_are_made_and_imported_as_the_standard_says() {
    isolated(|| {
        let s = Token::fresh().user();
        let make = |more: &[CK_ATTRIBUTE]| s.generate_key(Mech::new(CKM_HOTP_KEY_GEN), more);
        let key = make(&[]).works();
        assert_eq!(s.number(key, CKA_CLASS).works(), CKO_OTP_KEY);
        assert_eq!(s.number(key, CKA_KEY_TYPE).works(), CKK_HOTP);
        assert_eq!(s.number(key, CKA_VALUE_LEN).works(), 20);
        assert_eq!(s.number(key, CKA_OTP_FORMAT).works(), CK_OTP_FORMAT_DECIMAL);
        assert_eq!(s.number(key, CKA_OTP_LENGTH).works(), 6);
        assert_eq!(count_of(&s, key), 0);
        s.get(key, CKA_VALUE).gives(CKR_ATTRIBUTE_SENSITIVE);
        assert_eq!(sign(&s, Mech::new(CKM_HOTP), key).works().0.len(), 6);
        let eight = make(&[a(CKA_OTP_LENGTH, 8), a(CKA_VALUE_LEN, 32)]).works();
        assert_eq!(sign(&s, Mech::new(CKM_HOTP), eight).works().0.len(), 8);
        for (wrong, code) in [
            (a(CKA_OTP_LENGTH, 5), CKR_ATTRIBUTE_VALUE_INVALID),
            (a(CKA_OTP_LENGTH, 10), CKR_ATTRIBUTE_VALUE_INVALID),
            (
                a(CKA_OTP_FORMAT, CK_OTP_FORMAT_BINARY),
                CKR_ATTRIBUTE_VALUE_INVALID,
            ),
            (a(CKA_OTP_COUNTER, &[0; 7]), CKR_ATTRIBUTE_VALUE_INVALID),
            (
                a(CKA_OTP_PIN_REQUIREMENT, CK_OTP_PARAM_MANDATORY),
                CKR_ATTRIBUTE_VALUE_INVALID,
            ),
            (a(CKA_OTP_TIME_INTERVAL, 60), CKR_ATTRIBUTE_TYPE_INVALID),
            (a(CKA_CLASS, CKO_SECRET_KEY), CKR_TEMPLATE_INCONSISTENT),
        ] {
            make(&[wrong]).gives(code);
            if code != CKR_TEMPLATE_INCONSISTENT {
                s.create(&template(&[wrong])).gives(code);
            }
        }
        s.create(&template(&[a(CKA_KEY_TYPE, CKK_SECURID)]))
            .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        // It signs and verifies, and nothing else.
        let key = s.create(&template(&[])).works();
        s.encrypt(Mech::iv(CKM_AES_CBC, &[0; 16]), key, &[0; 16])
            .gives(CKR_KEY_TYPE_INCONSISTENT);
        let idle = s.create(&template(&[a(CKA_SIGN, false)])).works();
        sign(&s, Mech::new(CKM_HOTP), idle).gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        let aes = s.aes(16);
        s.wrap(Mech::new(CKM_AES_KEY_WRAP_KWP), aes, key)
            .gives(CKR_KEY_HANDLE_INVALID);
    });
}

#[test]
fn bad_parameters_of_hotp_are_refused() {
    isolated(|| {
        let s = Token::fresh().user();
        let key = s.create(&template(&[])).works();
        let null = CK_OTP_PARAM {
            pValue: null_mut(),
            ..counter(1)
        };
        for items in [
            vec![item(CK_OTP_COUNTER, [0u8; 7])],
            vec![null],
            vec![CK_OTP_PARAM {
                ulValueLen: CK_ULONG::MAX,
                ..counter(1)
            }],
            vec![item(CK_OTP_FLAGS, CKF_EXCLUDE_COUNTER)],
            vec![item(CK_OTP_FLAGS, 1_u64 << 40)],
            vec![item(CK_OTP_FLAGS, 1_u8)],
            vec![item(CK_OTP_OUTPUT_LENGTH, 5 as CK_ULONG)],
            vec![item(CK_OTP_OUTPUT_LENGTH, 10 as CK_ULONG)],
            vec![item(CK_OTP_OUTPUT_FORMAT, CK_OTP_FORMAT_BINARY)],
            vec![item(CK_OTP_VALUE, 1_u8)],
            vec![item(99, 1_u8)],
        ] {
            assert_eq!(sign(&s, hotp(&items), key).rv(), CKR_MECHANISM_PARAM_INVALID);
        }
        let many = CK_OTP_PARAMS {
            pParams: null_mut(),
            ulCount: 1,
        };
        for (params, length) in [
            (many, 16),
            (
                CK_OTP_PARAMS {
                    ulCount: CK_ULONG::MAX,
                    ..many
                },
                16,
            ),
            (many, 15),
        ] {
            let mech = Mech::with(CKM_HOTP, params).with_length(length);
            assert_eq!(sign(&s, mech, key).rv(), CKR_MECHANISM_PARAM_INVALID);
        }
        s.verify(Mech::new(CKM_HOTP), key, b"", b"755224")
            .gives(CKR_MECHANISM_PARAM_INVALID);
        s.sign(Mech::new(CKM_HOTP), key, b"data")
            .gives(CKR_DATA_LEN_RANGE);
        s.verify(hotp(&[counter(0)]), key, b"data", b"755224")
            .gives(CKR_DATA_LEN_RANGE);
        assert_eq!(count_of(&s, key), 0, "nothing was used up");
        // What HOTP has no use for is ignored [PKCS#11 3.2, 6.39.4].
        let ignored = [
            counter(0),
            item(CK_OTP_PIN, *b"1234"),
            item(CK_OTP_FLAGS, CKF_EXCLUDE_PIN),
        ];
        assert_eq!(sign(&s, hotp(&ignored), key).works().0, PASSWORDS[0]);
    });
}
