//! Many messages signed and verified with one key [PKCS#11 3.2, 5.14, 5.16].

use crate::harness::*;
use std::ptr::null_mut;

fn user() -> Session {
    Token::fresh().user()
}

impl Session {
    fn begin_signing(&self, m: Mech, key: CK_OBJECT_HANDLE) -> Answer {
        call!(C_MessageSignInit(self.handle, m.p(), key))
    }

    fn begin_verifying(&self, m: Mech, key: CK_OBJECT_HANDLE) -> Answer {
        call!(C_MessageVerifyInit(self.handle, m.p(), key))
    }

    fn end_signing(&self) -> Answer {
        call!(C_MessageSignFinal(self.handle))
    }

    fn end_verifying(&self) -> Answer {
        call!(C_MessageVerifyFinal(self.handle))
    }

    fn offer_signature(&self, data: &[u8], capacity: usize) -> (Answer, usize, Vec<u8>) {
        let (mut out, mut length) = (vec![0xEE; capacity], capacity as CK_ULONG);
        let (s, data_length) = (self.handle, data.len() as CK_ULONG);
        let place = out.as_mut_ptr();
        let answer = call!(C_SignMessage(
            s,
            null_mut(),
            0,
            p(data),
            data_length,
            place,
            &raw mut length
        ));
        (answer, length as usize, out)
    }

    fn sign_message(&self, data: &[u8]) -> Answer<Vec<u8>> {
        let (answer, length, mut out) = self.offer_signature(data, 1000);
        answer?;
        out.truncate(length);
        Ok(out)
    }

    fn begin_signed(&self) -> Answer {
        call!(C_SignMessageBegin(self.handle, null_mut(), 0))
    }

    fn sign_part(&self, data: &[u8]) -> Answer {
        let (s, length) = (self.handle, data.len() as CK_ULONG);
        call!(C_SignMessageNext(
            s,
            null_mut(),
            0,
            p(data),
            length,
            null_mut(),
            null_mut()
        ))
    }

    fn offer_last(&self, data: &[u8], capacity: usize) -> (Answer, usize, Vec<u8>) {
        let (mut out, mut length) = (vec![0xEE; capacity], capacity as CK_ULONG);
        let (s, data_length) = (self.handle, data.len() as CK_ULONG);
        let place = out.as_mut_ptr();
        let answer = call!(C_SignMessageNext(
            s,
            null_mut(),
            0,
            p(data),
            data_length,
            place,
            &raw mut length
        ));
        (answer, length as usize, out)
    }

    fn sign_last(&self, data: &[u8]) -> Answer<Vec<u8>> {
        let (answer, length, mut out) = self.offer_last(data, 1000);
        answer?;
        out.truncate(length);
        Ok(out)
    }

    fn verify_message(&self, data: &[u8], signature: &[u8]) -> Answer {
        let (s, length, signature_length) =
            (self.handle, data.len() as CK_ULONG, signature.len() as CK_ULONG);
        call!(C_VerifyMessage(
            s,
            null_mut(),
            0,
            p(data),
            length,
            p(signature),
            signature_length
        ))
    }

    fn begin_verified(&self) -> Answer {
        call!(C_VerifyMessageBegin(self.handle, null_mut(), 0))
    }

    /// A part, the last one with its signature.
    fn verify_part(&self, data: &[u8], signature: Option<&[u8]>) -> Answer {
        let (s, length) = (self.handle, data.len() as CK_ULONG);
        let (signature, signature_length) =
            signature.map_or((null_mut(), 0), |bytes| (p(bytes), bytes.len() as CK_ULONG));
        call!(C_VerifyMessageNext(
            s,
            null_mut(),
            0,
            p(data),
            length,
            signature,
            signature_length
        ))
    }
}

/// A mechanism with its keys: what signs, what verifies.
type Keyed = (Mech, CK_OBJECT_HANDLE, CK_OBJECT_HANDLE);

fn keyed(s: &Session) -> Vec<Keyed> {
    let (rsa_public, rsa) = s.rsa();
    let (ec_public, ec) = s.ec(curve::P256);
    let (ed_public, ed) = s.ed25519();
    let (aes, secret) = (s.aes(16), s.secret(32));
    vec![
        (Mech::new(CKM_RSA_PKCS), rsa, rsa_public),
        (Mech::new(CKM_SHA256_RSA_PKCS), rsa, rsa_public),
        (Mech::new(CKM_ECDSA), ec, ec_public),
        (Mech::new(CKM_ECDSA_SHA256), ec, ec_public),
        (Mech::new(CKM_EDDSA), ed, ed_public),
        (Mech::new(CKM_AES_CMAC), aes, aes),
        (Mech::with(CKM_SHA256_HMAC_GENERAL, 11_u64), secret, secret),
    ]
}

/// MSG-1, MSG-5: message after message, whole and in parts, with mechanisms that take parts and with others.
#[test]
fn every_message_has_the_signature_that_it_has_by_itself() {
    isolated(|| {
        let s = user();
        for (m, private, public) in keyed(&s) {
            s.begin_signing(m, private).works();
            s.begin_verifying(m, public).works();
            for number in 0..4_u8 {
                let data = [number; 32];
                let signature = match number {
                    0 | 2 => s.sign_message(&data).works(),
                    _ => {
                        s.begin_signed().works();
                        s.sign_part(&data[..9]).works();
                        s.sign_part(b"").works();
                        s.sign_last(&data[9..]).works()
                    }
                };
                // It is the signature of the other functions.
                s.verify(m, public, &data, &signature).works();
                s.verify_message(&data, &signature).works();
                s.begin_verified().works();
                s.verify_part(&data[..20], None).works();
                s.verify_part(&data[20..], Some(&signature)).works();
                let mut wrong = signature.clone();
                *wrong.last_mut().unwrap() ^= 1;
                s.verify_message(&data, &wrong).gives(CKR_SIGNATURE_INVALID);
                s.verify_message(&data, &signature[1..])
                    .gives(CKR_SIGNATURE_LEN_RANGE);
                s.begin_verified().works();
                s.verify_part(&data, Some(&wrong)).gives(CKR_SIGNATURE_INVALID);
                s.verify_part(b"", Some(&signature))
                    .gives(CKR_OPERATION_NOT_INITIALIZED);
            }
            s.end_signing().works();
            s.end_verifying().works();
        }
    });
}

/// Published answers: [RFC 4231, 4.2 and 4.3: HMAC-SHA-256, test cases 1 and 2; RFC 4493, 4: AES-CMAC, examples 1 to 3;
/// RFC 8032, 7.1: Ed25519, tests 1 and 2].
#[test]
fn messages_have_the_published_signatures() {
    isolated(|| {
        let s = user();
        let ed = |d: &str| {
            let private = [
                a(CKA_CLASS, CKO_PRIVATE_KEY),
                a(CKA_KEY_TYPE, CKK_EC_EDWARDS),
                a(CKA_EC_PARAMS, curve::ED25519),
                a(CKA_VALUE, hex(d)),
            ];
            s.create(&private).works()
        };
        let hmac = Mech::new(CKM_SHA256_HMAC);
        let cmac = Mech::new(CKM_AES_CMAC);
        let aes = s.import(CKK_AES, &hex("2b7e151628aed2a6abf7158809cf4f3c"));
        let first = ed("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        let second = ed("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        for (m, key, answers) in [
            (
                hmac,
                s.import(CKK_GENERIC_SECRET, &[0x0b; 20]),
                vec![(
                    hex("4869205468657265"),
                    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
                )],
            ),
            (
                hmac,
                s.import(CKK_GENERIC_SECRET, b"Jefe"),
                vec![(
                    b"what do ya want for nothing?".to_vec(),
                    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
                )],
            ),
            (
                cmac,
                aes,
                vec![
                    (vec![], "bb1d6929e95937287fa37d129b756746"),
                    (
                        hex("6bc1bee22e409f96e93d7e117393172a"),
                        "070a16b46b4d4144f79bdd9dd04a287c",
                    ),
                    (
                        hex(
                            "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411",
                        ),
                        "dfa66747de9ae63030ca32611497c827",
                    ),
                ],
            ),
            (
                Mech::new(CKM_EDDSA),
                first,
                vec![(
                    vec![],
                    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b\
                     d25bf5f0595bbe24655141438e7a100b",
                )],
            ),
            (
                Mech::new(CKM_EDDSA),
                second,
                vec![(
                    hex("72"),
                    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c\
                     387b2eaeb4302aeeb00d291612bb0c00",
                )],
            ),
        ] {
            s.begin_signing(m, key).works();
            for (data, expected) in answers {
                assert_eq!(s.sign_message(&data).works(), hex(expected));
                s.begin_signed().works();
                data.chunks(3).for_each(|part| s.sign_part(part).works());
                assert_eq!(s.sign_last(b"").works(), hex(expected));
            }
            s.end_signing().works();
        }
    });
}

/// MSG-5, OUT-1, OUT-2
#[test]
fn a_length_query_or_a_short_buffer_leaves_a_message_as_it_was() {
    isolated(|| {
        let s = user();
        let secret = s.secret(20);
        let m = Mech::new(CKM_SHA256_HMAC);
        let expected = s.sign(m, secret, b"abcdef").works();
        s.begin_signing(m, secret).works();
        let mut length = 0;
        call!(C_SignMessage(
            s.handle,
            null_mut(),
            0,
            p(b"abcdef"),
            6,
            null_mut(),
            &raw mut length
        ))
        .works();
        assert_eq!(length, 32);
        let (answer, length, _) = s.offer_signature(b"abcdef", 31);
        answer.gives(CKR_BUFFER_TOO_SMALL);
        assert_eq!(length, 32);
        assert_eq!(s.sign_message(b"abcdef").works(), expected);
        s.begin_signed().works();
        s.sign_part(b"abc").works();
        for capacity in [0, 31] {
            let (answer, length, _) = s.offer_last(b"def", capacity);
            answer.gives(CKR_BUFFER_TOO_SMALL);
            assert_eq!(length, 32);
        }
        let mut length = 0;
        call!(C_SignMessageNext(
            s.handle,
            null_mut(),
            0,
            p(b"def"),
            3,
            null_mut(),
            &raw mut length
        ))
        .works();
        assert_eq!(length, 32);
        assert_eq!(s.sign_last(b"def").works(), expected);
        s.sign_last(b"").gives(CKR_OPERATION_NOT_INITIALIZED);
    });
}

/// MSG-1, MSG-4, CAN-1, CAN-2, OPA-1, OPA-3
#[test]
fn a_process_of_signatures_lasts_until_it_is_ended() {
    isolated(|| {
        let s = user();
        let (aes, secret) = (s.aes(16), s.secret(20));
        let m = Mech::new(CKM_SHA256_HMAC);
        let cancel = |signs: bool| match signs {
            true => call!(C_MessageSignInit(s.handle, null_mut(), 0)),
            false => call!(C_MessageVerifyInit(s.handle, null_mut(), 0)),
        };
        for (signs, flag) in [(true, CKF_MESSAGE_SIGN), (false, CKF_MESSAGE_VERIFY)] {
            let begin = |m, key| match signs {
                true => s.begin_signing(m, key),
                false => s.begin_verifying(m, key),
            };
            let whole = || match signs {
                true => s.sign_message(b"x").map(drop),
                false => s.verify_message(b"x", &[0; 32]),
            };
            let first = || {
                if signs {
                    s.begin_signed()
                } else {
                    s.begin_verified()
                }
            };
            let next = || match signs {
                true => s.sign_part(b"x"),
                false => s.verify_part(b"x", None),
            };
            let end = || if signs { s.end_signing() } else { s.end_verifying() };
            for call in [&whole as &dyn Fn() -> Answer, &first, &next, &end] {
                call().gives(CKR_OPERATION_NOT_INITIALIZED);
            }
            cancel(signs).gives(CKR_ARGUMENTS_BAD);
            begin(Mech::new(CKM_SHA256), secret).gives(CKR_MECHANISM_INVALID);
            begin(Mech::new(CKM_SHA256_HMAC_GENERAL), secret).gives(CKR_MECHANISM_PARAM_INVALID);
            begin(m, 0).gives(CKR_KEY_HANDLE_INVALID);
            begin(m, aes).gives(CKR_KEY_TYPE_INCONSISTENT);
            begin(m, secret).works();
            begin(m, secret).gives(CKR_OPERATION_ACTIVE);
            next().gives(CKR_OPERATION_NOT_INITIALIZED);
            first().works();
            for call in [&whole as &dyn Fn() -> Answer, &first, &end] {
                call().gives(CKR_OPERATION_ACTIVE);
            }
            next().works();
            cancel(signs).works();
            next().gives(CKR_OPERATION_NOT_INITIALIZED);
            begin(m, secret).works();
            s.cancel(CKF_SIGN | CKF_VERIFY | flag ^ (CKF_MESSAGE_SIGN | CKF_MESSAGE_VERIFY))
                .works();
            begin(m, secret).gives(CKR_OPERATION_ACTIVE);
            s.cancel(flag).works();
            end().gives(CKR_OPERATION_NOT_INITIALIZED);
        }
        let no_use = with(
            &open_secret(CKK_GENERIC_SECRET, b"key"),
            &[a(CKA_SIGN, false), a(CKA_VERIFY, false)],
        );
        let no_use = s.create(&no_use).works();
        s.begin_signing(m, no_use).gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        s.begin_verifying(m, no_use).gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
    });
}

/// Bad input: no mechanism has a parameter for each message; errors end a message and not the process.
#[test]
fn bad_arguments_end_a_signed_message_and_not_the_process() {
    isolated(|| {
        let s = user();
        let (public, private) = s.rsa();
        let m = Mech::new(CKM_RSA_PKCS);
        s.begin_signing(m, private).works();
        s.begin_verifying(m, public).works();
        let (mut length, mut out, param) = (256, [0; 256], leak(&[0; 64]).cast());
        let place = out.as_mut_ptr();
        let (h, none) = (s.handle, null_mut());
        call!(C_SignMessage(h, param, 48, p(b"x"), 1, place, &raw mut length))
            .gives(CKR_MECHANISM_PARAM_INVALID);
        call!(C_SignMessageBegin(h, param, 48)).gives(CKR_MECHANISM_PARAM_INVALID);
        call!(C_VerifyMessage(h, param, 48, p(b"x"), 1, place, 256)).gives(CKR_MECHANISM_PARAM_INVALID);
        call!(C_VerifyMessageBegin(h, none, 1)).gives(CKR_MECHANISM_PARAM_INVALID);
        call!(C_SignMessage(h, none, 0, null_mut(), 1, place, &raw mut length)).gives(CKR_ARGUMENTS_BAD);
        call!(C_SignMessage(h, none, 0, p(b"x"), 1, place, null_mut())).gives(CKR_ARGUMENTS_BAD);
        call!(C_VerifyMessage(h, none, 0, null_mut(), 1, place, 256)).gives(CKR_ARGUMENTS_BAD);
        call!(C_VerifyMessage(h, none, 0, p(b"x"), 1, null_mut(), 256)).gives(CKR_ARGUMENTS_BAD);
        s.begin_signed().works();
        call!(C_SignMessageNext(
            h,
            none,
            0,
            null_mut(),
            1,
            null_mut(),
            null_mut()
        ))
        .gives(CKR_ARGUMENTS_BAD);
        s.sign_part(b"x").gives(CKR_OPERATION_NOT_INITIALIZED);
        s.begin_signed().works();
        call!(C_SignMessageNext(h, param, 4, p(b"x"), 1, null_mut(), null_mut()))
            .gives(CKR_MECHANISM_PARAM_INVALID);
        s.sign_part(b"x").gives(CKR_OPERATION_NOT_INITIALIZED);
        s.begin_verified().works();
        call!(C_VerifyMessageNext(h, none, 0, null_mut(), 1, null_mut(), 0)).gives(CKR_ARGUMENTS_BAD);
        s.verify_part(b"x", None).gives(CKR_OPERATION_NOT_INITIALIZED);
        // Data that the mechanism does not take.
        s.sign_message(&[0; 300]).gives(CKR_DATA_LEN_RANGE);
        s.begin_signed().works();
        s.sign_part(&[0; 200]).works();
        s.sign_last(&[0; 100]).gives(CKR_DATA_LEN_RANGE);
        s.sign_part(b"x").gives(CKR_OPERATION_NOT_INITIALIZED);
        let signature = s.sign_message(b"data").works();
        s.verify_message(b"data", &signature).works();
        s.end_signing().works();
        s.end_verifying().works();
    });
}

/// ALW-1: one login is good for one message.
#[test]
fn a_key_that_always_authenticates_wants_a_login_for_each_message() {
    isolated(|| {
        let s = user();
        let always = [a(CKA_ALWAYS_AUTHENTICATE, true), a(CKA_PRIVATE, true)];
        let (public, private) = s.rsa_with(1024, &[], &always).works();
        let m = Mech::new(CKM_SHA256_RSA_PKCS);
        s.begin_signing(m, private).works();
        for _ in 0..2 {
            s.sign_message(b"x").gives(CKR_USER_NOT_LOGGED_IN);
            s.begin_signed().gives(CKR_USER_NOT_LOGGED_IN);
            s.login(CKU_CONTEXT_SPECIFIC, USER_PIN).works();
            let mut length = 0;
            call!(C_SignMessage(
                s.handle,
                null_mut(),
                0,
                p(b"x"),
                1,
                null_mut(),
                &raw mut length
            ))
            .works();
            let signature = s.sign_message(b"x").works();
            s.verify(m, public, b"x", &signature).works();
            s.begin_signed().gives(CKR_USER_NOT_LOGGED_IN);
            s.login(CKU_CONTEXT_SPECIFIC, USER_PIN).works();
            s.begin_signed().works();
            s.sign_part(b"x").works();
            assert_eq!(s.sign_last(b"").works(), signature);
        }
        s.logout().works();
        s.end_signing().gives(CKR_OPERATION_NOT_INITIALIZED);
    });
}

/// OUT-6
#[test]
fn a_signature_may_be_written_over_its_message() {
    isolated(|| {
        let s = user();
        let secret = s.secret(20);
        s.begin_signing(Mech::new(CKM_SHA256_HMAC), secret).works();
        let expected = s.sign_message(&[7; 40]).works();
        let mut room = [7; 40];
        let (place, mut length) = (room.as_mut_ptr(), 40);
        call!(C_SignMessage(
            s.handle,
            null_mut(),
            0,
            place,
            40,
            place,
            &raw mut length
        ))
        .works();
        assert_eq!(room[..32], expected);
    });
}
