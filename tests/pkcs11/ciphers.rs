//! Symmetric ciphers against published answers [PKCS#11 3.2, 6.10 to 6.19, 6.31 to 6.36, 6.44 to 6.47].
//!
//! Answers without a publication were computed with OpenSSL 3.0.19 or PyCryptodome 3.23, as said. Every message goes
//! through in one call, in pieces of several lengths, and in place.

use crate::harness::*;

fn user() -> Session {
    Token::fresh().user()
}

/// The key, the text and the initialisation vector of [NIST SP 800-38A, appendix F].
const AES_128: &str = "2b7e151628aed2a6abf7158809cf4f3c";
const AES_256: &str = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
const TEXT: &str = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51\
                    30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";
const IV: &str = "000102030405060708090a0b0c0d0e0f";

/// The key, the initialisation vector and the text of [FIPS 81, appendices B to E].
const DES: &str = "0123456789abcdef";
const DES_IV: &str = "1234567890abcdef";
const DES_TEXT: &[u8] = b"Now is the time for all ";
/// The keys of [NIST SP 800-67, appendix B].
const DES3: &str = "0123456789abcdef23456789abcdef01456789abcdef0123";
const DES2: &str = "0123456789abcdef23456789abcdef01";

/// One call of a function with input and output in the same place.
fn in_place(s: &Session, step: Step, input: &[u8], room: usize) -> Answer<Vec<u8>> {
    let mut buffer = [input, &vec![0; room]].concat();
    let place = buffer.as_mut_ptr();
    let mut length = buffer.len() as CK_ULONG;
    s.step_raw(step, (place, input.len() as CK_ULONG), place, &raw mut length)?;
    buffer.truncate(length as usize);
    Ok(buffer)
}

/// The message becomes the ciphertext and comes back, however it goes through.
#[track_caller]
pub fn encrypts(s: &Session, mechanism: Mech, key: CK_OBJECT_HANDLE, text: &[u8], expected: &[u8]) {
    let what = mechanism.0.mechanism;
    for (class, step, from, to) in [
        (Class::Encrypt, Step::Encrypt, text, expected),
        (Class::Decrypt, Step::Decrypt, expected, text),
    ] {
        s.begin(class, mechanism, key).works();
        assert_eq!(s.step(step, from).unwrap(), to, "{what:#x} {class:?}");
        s.begin(class, mechanism, key).works();
        assert_eq!(in_place(s, step, from, 64).unwrap(), to, "{what:#x} in place");
        for piece in [1, 7, 15, 16, 17, 31, 32, 33, 500] {
            let made = s.in_pieces(class, mechanism, key, from, piece).unwrap();
            assert_eq!(made, to, "{what:#x} {class:?} in pieces of {piece}");
        }
    }
}

/// The MAC of the message, made and checked, and refused when it is wrong.
#[track_caller]
pub fn signs(s: &Session, mechanism: Mech, key: CK_OBJECT_HANDLE, text: &[u8], expected: &[u8]) {
    let what = mechanism.0.mechanism;
    assert_eq!(s.sign(mechanism, key, text).unwrap(), expected, "{what:#x}");
    s.verify(mechanism, key, text, expected).works();
    for piece in [1, 7, 16, 33] {
        let made = s.in_pieces(Class::Sign, mechanism, key, text, piece).unwrap();
        assert_eq!(made, expected, "{what:#x} in pieces of {piece}");
        s.begin(Class::Verify, mechanism, key).works();
        text.chunks(piece)
            .for_each(|some| s.feed(Class::Verify, some).works());
        s.check_final(expected).works();
    }
    let mut wrong = expected.to_vec();
    wrong[0] ^= 1;
    s.verify(mechanism, key, text, &wrong)
        .gives(CKR_SIGNATURE_INVALID);
    s.verify(mechanism, key, text, &expected[1..])
        .gives(CKR_SIGNATURE_LEN_RANGE);
}

/// [NIST SP 800-38A, F.3.1, F.3.5, F.3.7, F.3.11, F.3.13, F.3.17, F.4.1, F.4.5].
#[test]
fn aes_with_feedback_gives_the_examples_of_sp_800_38a() {
    isolated_with_everything(|| {
        let s = user();
        let (text, iv) = (hex(TEXT), hex(IV));
        for (mechanism, key, length, expected) in [
            (CKM_AES_CFB1, AES_128, 2, "68b3"),
            (CKM_AES_CFB1, AES_256, 2, "9029"),
            (CKM_AES_CFB8, AES_128, 18, "3b79424c9c0dd436bace9e0ed4586a4f32b9"),
            (CKM_AES_CFB8, AES_256, 18, "dc1f1a8520a64db55fcc8ac554844e889700"),
            (
                CKM_AES_CFB128,
                AES_128,
                64,
                "3b3fd92eb72dad20333449f8e83cfb4ac8a64537a0b3a93fcde3cdad9f1ce58b26751f67a3cbb140b1808cf187a4f4df\
             c04b05357c5d1c0eeac4c66f9ff7f2e6",
            ),
            (
                CKM_AES_CFB128,
                AES_256,
                64,
                "dc7e84bfda79164b7ecd8486985d386039ffed143b28b1c832113c6331e5407bdf10132415e54b92a13ed0a8267ae2f9\
             75a385741ab9cef82031623d55b1e471",
            ),
            (
                CKM_AES_OFB,
                AES_128,
                64,
                "3b3fd92eb72dad20333449f8e83cfb4a7789508d16918f03f53c52dac54ed8259740051e9c5fecf64344f7a82260edcc\
             304c6528f659c77866a510d9c1d6ae5e",
            ),
            (
                CKM_AES_OFB,
                AES_256,
                64,
                "dc7e84bfda79164b7ecd8486985d38604febdc6740d20b3ac88f6ad82a4fb08d71ab47a086e86eedf39d1c5bba97c408\
             0126141d67f37be8538f5a8be740e484",
            ),
        ] {
            let key = s.import(CKK_AES, &hex(key));
            encrypts(&s, Mech::iv(mechanism, &iv), key, &text[..length], &hex(expected));
            let started = length - 1;
            encrypts(
                &s,
                Mech::iv(mechanism, &iv),
                key,
                &text[..started],
                &hex(expected)[..started],
            );
        }
    });
}

/// The answer is that of PyCryptodome; its first half block is SP 800-38A's.
#[test]
fn aes_cfb64_gives_the_answer_of_another_implementation() {
    isolated_with_everything(|| {
        let s = user();
        let key = s.import(CKK_AES, &hex(AES_128));
        let expected =
            hex("3b3fd92eb72dad20764bc8b40ee0de40f857ab76f3e7bc33332265ff0594b12e6c8bf2f3fc1ba87b");
        encrypts(
            &s,
            Mech::iv(CKM_AES_CFB64, &hex(IV)),
            key,
            &hex(TEXT)[..40],
            &expected,
        );
    });
}

/// [RFC 3962, appendix B], whose last two blocks stand in the other order (CBC-CS3), put into that of CBC-CS1
/// [NIST SP 800-38A, addendum]; checked with PyCryptodome.
#[test]
fn aes_cts_gives_the_examples_of_rfc_3962_in_the_order_of_cs1() {
    isolated_with_everything(|| {
        let s = user();
        let key = s.import(CKK_AES, b"chicken teriyaki");
        let text = b"I would like the General Gau's Chicken, please, and wonton soup.";
        for expected in [
            "97c6353568f2bf8cb4d8a580362da7ff7f",
            "97687268d6ecccc0c07b25e25ecfe5fc00783e0efdb2c1d445d4c8eff7ed22",
            "97687268d6ecccc0c07b25e25ecfe58439312523a78662d5be7fcbcc98ebf5a8",
            "97687268d6ecccc0c07b25e25ecfe58439312523a78662d5be7fcbcc98ebf5b3fffd940c16a18c1b5549d2f838029e",
            "97687268d6ecccc0c07b25e25ecfe58439312523a78662d5be7fcbcc98ebf5a89dad8bbb96c4cdc03bc103e1a194bbd8",
            "97687268d6ecccc0c07b25e25ecfe58439312523a78662d5be7fcbcc98ebf5a89dad8bbb96c4cdc03bc103e1a194bbd8\
             4807efe836ee89a526730dbc2f7bc840",
        ] {
            let expected = hex(expected);
            let mechanism = Mech::iv(CKM_AES_CTS, &[0; 16]);
            encrypts(&s, mechanism, key, &text[..expected.len()], &expected);
        }
        let mechanism = Mech::iv(CKM_AES_CTS, &[0; 16]);
        s.encrypt(mechanism, key, &[0; 15]).gives(CKR_DATA_LEN_RANGE);
        s.decrypt(mechanism, key, &[0; 15])
            .gives(CKR_ENCRYPTED_DATA_LEN_RANGE);
        s.in_pieces(Class::Encrypt, mechanism, key, &[0; 15], 4)
            .gives(CKR_DATA_LEN_RANGE);
    });
}

/// [RFC 3566, 4.6].
#[test]
fn aes_xcbc_gives_the_macs_of_rfc_3566() {
    isolated_with_everything(|| {
        let s = user();
        let key = s.import(CKK_AES, &hex(IV));
        let counting: Vec<u8> = (0..34).collect();
        for (text, expected) in [
            (&counting[..0], "75f0251d528ac01c4573dfd584d79f29"),
            (&counting[..3], "5b376580ae2f19afe7219ceef172756f"),
            (&counting[..16], "d2a246fa349b68a79998a4394ff7a263"),
            (&counting[..20], "47f51b4564966215b8985c63055ed308"),
            (&counting[..32], "f54f0ec8d2b9f3d36807734bd5283fd4"),
            (&counting[..34], "becbb3bccdb518a30677d5481fb6b4d8"),
            (&[0; 1000], "f0dafee895db30253761103b5d84528f"),
        ] {
            let expected = hex(expected);
            signs(&s, Mech::new(CKM_AES_XCBC_MAC), key, text, &expected);
            signs(&s, Mech::new(CKM_AES_XCBC_MAC_96), key, text, &expected[..12]);
        }
        let longer = s.import(CKK_AES, &[1; 32]);
        s.begin(Class::Sign, Mech::new(CKM_AES_XCBC_MAC), longer)
            .gives(CKR_KEY_SIZE_RANGE);
    });
}

/// The MACs of a message in both mechanisms of a cipher.
fn old_macs(
    s: &Session,
    (half, general): (CK_ULONG, CK_ULONG),
    key: CK_OBJECT_HANDLE,
    text: &[u8],
    expected: &str,
) {
    let expected = hex(expected);
    signs(s, Mech::new(half), key, text, &expected[..expected.len() / 2]);
    for length in [4, expected.len() - 1, expected.len()] {
        signs(
            s,
            Mech::general(general, length as CK_ULONG),
            key,
            text,
            &expected[..length],
        );
    }
    for wrong in [0, expected.len() as CK_ULONG + 1] {
        s.begin(Class::Sign, Mech::general(general, wrong), key)
            .gives(CKR_MECHANISM_PARAM_INVALID);
    }
}

/// [FIPS 113, appendix A: the data of its example, whose MAC is f1d30f68]; the others by PyCryptodome and, for
/// Camellia and ARIA, OpenSSL.
#[test]
fn macs_of_old_give_the_example_of_fips_113_and_the_last_block_of_cbc() {
    isolated_with_everything(|| {
        let s = user();
        let (text, des_text) = (hex(TEXT), b"7654321 Now is the time for ");
        let aes = s.import(CKK_AES, &hex(AES_128));
        let ids = (CKM_AES_MAC, CKM_AES_MAC_GENERAL);
        old_macs(&s, ids, aes, &text[..40], "07d192e3e6f099edcc39fde6d09c762d");
        old_macs(&s, ids, aes, &text, "a7356e1207bb406639e5e5ceb9a9ed93");
        // An empty message is a block of zeros.
        old_macs(&s, ids, aes, &[], "7df76b0c1ab899b33e42f047b91b546f");
        let des = s.import(CKK_DES, &hex(DES));
        old_macs(
            &s,
            (CKM_DES_MAC, CKM_DES_MAC_GENERAL),
            des,
            des_text,
            "f1d30f6849312ca4",
        );
        let ids = (CKM_DES3_MAC, CKM_DES3_MAC_GENERAL);
        old_macs(
            &s,
            ids,
            s.import(CKK_DES3, &hex(DES3)),
            des_text,
            "bcf91c9e0bffe6e9",
        );
        old_macs(
            &s,
            ids,
            s.import(CKK_DES2, &hex(DES2)),
            des_text,
            "6986ee471743ca95",
        );
        let camellia = s.import(CKK_CAMELLIA, &hex(AES_128));
        let ids = (CKM_CAMELLIA_MAC, CKM_CAMELLIA_MAC_GENERAL);
        old_macs(&s, ids, camellia, &text[..40], "a7f56381a1748eb759ec93b21ad1464c");
        let aria = s.import(CKK_ARIA, &hex(AES_128));
        old_macs(
            &s,
            (CKM_ARIA_MAC, CKM_ARIA_MAC_GENERAL),
            aria,
            &text[..40],
            "1a890533420c9412b4424fce495327c4",
        );
    });
}

/// [FIPS 81, table B1 and the examples of appendices C to E]; the rest by PyCryptodome, the padded one by OpenSSL.
#[test]
fn des_gives_the_examples_of_fips_81() {
    isolated_with_everything(|| {
        let s = user();
        let key = s.import(CKK_DES, &hex(DES));
        let iv = hex(DES_IV);
        encrypts(
            &s,
            Mech::new(CKM_DES_ECB),
            key,
            DES_TEXT,
            &hex("3fa40e8a984d48156a271787ab8883f9893d51ec4b563b53"),
        );
        for (mechanism, expected) in [
            (CKM_DES_CBC, "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6"),
            (
                CKM_DES_CBC_PAD,
                "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f662c16a27e4fcf277",
            ),
            (CKM_DES_CFB64, "f3096249c7f46e51a69e839b1a92f78403467133898ea622"),
            (CKM_DES_CFB8, "f31fda07011462ee187f43d80a7cd9b5b0d290da6e5b9a87"),
            (CKM_DES_OFB64, "f3096249c7f46e5135f24a242eeb3d3f3d6d5be3255af8c3"),
            (CKM_DES_OFB8, "f34a2850c9c64985d684ad96d772e2f243ea499abee8ae95"),
        ] {
            encrypts(&s, Mech::iv(mechanism, &iv), key, DES_TEXT, &hex(expected));
        }
    });
}

/// The answers are those of PyCryptodome.
#[test]
fn triple_des_with_feedback_gives_the_answers_of_another_implementation() {
    isolated_with_everything(|| {
        let s = user();
        let iv = hex(DES_IV);
        let (two, three) = (s.import(CKK_DES2, &hex(DES2)), s.import(CKK_DES3, &hex(DES3)));
        for (mechanism, key, expected) in [
            (
                CKM_DES_OFB64,
                three,
                "ee7ec75c1a1013019a8a610002668e0787e28af9ec26b889",
            ),
            (
                CKM_DES_CFB64,
                three,
                "ee7ec75c1a101301c4ab2f10462e5dd417400b445b5f2a72",
            ),
            (
                CKM_DES_CFB8,
                three,
                "ee9b04ffcacec80670606800fa2ee5df5045492d0c3c04b2",
            ),
            (
                CKM_DES_OFB8,
                three,
                "eebb14fbabbb4e1c7fe5dfee66ee7f10840e1fce80906226",
            ),
            (
                CKM_DES_OFB64,
                two,
                "8550be90223116423ff952e89fee6aaf87d24740289d25d8",
            ),
            (
                CKM_DES_CFB64,
                two,
                "8550be9022311642c213bccd16286e432bd51bd903480cb6",
            ),
            (
                CKM_DES_CFB8,
                two,
                "85c249eebd6c343001332901afc29a6037328a988ac7ff1b",
            ),
            (
                CKM_DES_OFB8,
                two,
                "85a6928d6cbc7f231b2fbd2873f20a10031ca3dba1683f95",
            ),
        ] {
            encrypts(&s, Mech::iv(mechanism, &iv), key, DES_TEXT, &hex(expected));
        }
    });
}

/// [RFC 3713, appendix A] and [RFC 5528, 4, test vectors 1 and 3]; the longer messages by OpenSSL.
#[test]
fn camellia_gives_the_answers_of_its_rfcs() {
    isolated_with_everything(|| {
        let s = user();
        let text = hex("0123456789abcdeffedcba9876543210");
        for (key, expected) in [
            (
                "0123456789abcdeffedcba9876543210",
                "67673138549669730857065648eabe43",
            ),
            (
                "0123456789abcdeffedcba98765432100011223344556677",
                "b4993401b3e996f84ee5cee7d79b09b9",
            ),
            (
                "0123456789abcdeffedcba987654321000112233445566778899aabbccddeeff",
                "9acc237dff16d76c20ef7c919e3a7509",
            ),
        ] {
            let key = s.import(CKK_CAMELLIA, &hex(key));
            encrypts(&s, Mech::new(CKM_CAMELLIA_ECB), key, &text, &hex(expected));
        }
        for (key, block, text, expected) in [
            (
                "ae6852f8121067cc4bf7a5765577f39e",
                "00000030000000000000000000000001",
                b"Single block msg".to_vec(),
                "d09dc29a8214619a20877c76db1f0b3f",
            ),
            (
                "7691be035e5020a8ac6e618529f9a0dc",
                "00e0017b27777f3f4a1786f000000001",
                (0..36).collect(),
                "b19d1fcdcb75eb882f849ce24d85cf739ce64b2b5c9d73f14f2d5d9dce9889cddf508696",
            ),
        ] {
            let parameter = CK_CAMELLIA_CTR_PARAMS {
                ulCounterBits: 32,
                cb: hex(block).try_into().unwrap(),
            };
            let key = s.import(CKK_CAMELLIA, &hex(key));
            encrypts(
                &s,
                Mech::with(CKM_CAMELLIA_CTR, parameter),
                key,
                &text,
                &hex(expected),
            );
        }
        let (key, longer) = (s.import(CKK_CAMELLIA, &hex(AES_128)), hex(TEXT));
        encrypts(
            &s,
            Mech::new(CKM_CAMELLIA_ECB),
            key,
            &longer,
            &hex(
                "432fc5dcd628115b7c388d770b270c960be1f14023782a22e8384c5abb7fab2ba0a1abcd1893ab6fe0fe5b65df5f8636\
             e61925e0d5dfaa9bb29f815b3076e51a",
            ),
        );
        encrypts(
            &s,
            Mech::iv(CKM_CAMELLIA_CBC, &hex(IV)),
            key,
            &longer,
            &hex(
                "1607cf494b36bbf00daeb0b503c831aba2f2cf671629ef7840c5a5dfb50748870f06165008cf8b8b5a63586362543e54\
             e7208a2ca89cc21aacd56aaa6fb98259",
            ),
        );
        let key = s.import(CKK_CAMELLIA, &hex(AES_256));
        let padded = Mech::iv(CKM_CAMELLIA_CBC_PAD, &hex(IV));
        encrypts(
            &s,
            padded,
            key,
            &longer[..20],
            &hex("e6cfa35fc02b134a4d2c0b6737ac3eda58539012a4efa944ba98bd4545c19880"),
        );
    });
}

/// [RFC 5794, appendix A]; the longer messages by OpenSSL.
#[test]
fn aria_gives_the_answers_of_its_rfc() {
    isolated_with_everything(|| {
        let s = user();
        let counting: Vec<u8> = (0..32).collect();
        for (length, expected) in [
            (16, "d718fbd6ab644c739da95f3be6451778"),
            (24, "26449c1805dbe7aa25a468ce263a9e79"),
            (32, "f92bd7c79fb72e2f2b8f80c1972d24fc"),
        ] {
            let key = s.import(CKK_ARIA, &counting[..length]);
            let text = hex("00112233445566778899aabbccddeeff");
            encrypts(&s, Mech::new(CKM_ARIA_ECB), key, &text, &hex(expected));
        }
        let (key, longer) = (s.import(CKK_ARIA, &hex(AES_128)), hex(TEXT));
        encrypts(
            &s,
            Mech::new(CKM_ARIA_ECB),
            key,
            &longer,
            &hex(
                "baf07d1f1c72b4926a29a5e2f536e47a73b69c748818e36b6781104c93a7b10ad4d896f32ed0ed912d8c6dc7b287fbe1\
             938252ae53aaa08ab802683102434209",
            ),
        );
        encrypts(
            &s,
            Mech::iv(CKM_ARIA_CBC, &hex(IV)),
            key,
            &longer,
            &hex(
                "a9f7b5dccaddf6b43a508169291dd5fb103934265c51b36f2701313975bc27d44741691dc6d50e03cd1feba01c65c103\
             1f8820d556912ebf2f033e459fe2d52a",
            ),
        );
        let key = s.import(CKK_ARIA, &hex(AES_256));
        encrypts(
            &s,
            Mech::iv(CKM_ARIA_CBC_PAD, &hex(IV)),
            key,
            &longer[..20],
            &hex("9b1dba5fccc6d5a59adc17ca70ff65b4fce89d0b1ffc1a674e25e55be0a0cd45"),
        );
    });
}

/// [Schneier et al., "Twofish: a 128-bit block cipher", appendix B.2]: the tables of ECB are CBC where the
/// initialisation vector and the text are zero, because each text is the ciphertext before.
#[test]
fn twofish_gives_the_answers_of_its_authors() {
    isolated_with_everything(|| {
        let s = user();
        let long = hex("0123456789abcdeffedcba987654321000112233445566778899aabbccddeeff");
        for (key, expected) in [
            (
                &[0; 16][..],
                "9f589f5cf6122c32b6bfec2f2ae8c35ad491db16e7b1c39e86cb086b789f5419",
            ),
            (&long[..24], "cfd1d2e5a9be9cdf501f13b892bd2248"),
            (&long, "37527be0052334b89f0cfccae87cfa20"),
        ] {
            let (key, expected) = (s.import(CKK_TWOFISH, key), hex(expected));
            let text = vec![0; expected.len()];
            encrypts(&s, Mech::iv(CKM_TWOFISH_CBC, &[0; 16]), key, &text, &expected);
            let padded = s
                .encrypt(Mech::iv(CKM_TWOFISH_CBC_PAD, &[0; 16]), key, &text)
                .unwrap();
            assert_eq!(padded[..text.len()], expected);
            encrypts(&s, Mech::iv(CKM_TWOFISH_CBC_PAD, &[0; 16]), key, &text, &padded);
        }
    });
}

/// [Young, "Blowfish test vectors", chaining mode]; the rest by PyCryptodome, the padded one by OpenSSL.
#[test]
fn blowfish_gives_the_published_answer() {
    isolated_with_everything(|| {
        let s = user();
        let (iv, text) = (hex("fedcba9876543210"), b"7654321 Now is the time for \0\0\0\0");
        let counting: Vec<u8> = (1..57).collect();
        for (key, expected) in [
            (
                &hex("0123456789abcdeff0e1d2c3b4a59687")[..],
                "6b77b4d63006dee605b156e27403979358deb9e7154616d959f1652bd5ff92cc",
            ),
            (
                &counting[..5],
                "24e20c1aeb015d6797f2fdc7bc09cdbbcb453d1a0f20b5da627897e167a408dc",
            ),
            (
                &counting,
                "a82f2311f8c64b0d5ead6c4bcbc7a7b76b8110a502c4aa7bc5465cb10ecc5da0",
            ),
        ] {
            let key = s.import(CKK_BLOWFISH, key);
            encrypts(&s, Mech::iv(CKM_BLOWFISH_CBC, &iv), key, text, &hex(expected));
        }
        let key = s.import(CKK_BLOWFISH, &hex("0123456789abcdeff0e1d2c3b4a59687"));
        let padded = hex("6b77b4d63006dee605b156e27403979358deb9e7154616d9749decbec05d264b");
        encrypts(&s, Mech::iv(CKM_BLOWFISH_CBC_PAD, &iv), key, &text[..29], &padded);
    });
}

/// Derives a key by encryption and reads it.
fn derived(
    s: &Session,
    mechanism: Mech,
    base: CK_OBJECT_HANDLE,
    key_type: CK_KEY_TYPE,
    length: Option<CK_ULONG>,
) -> Answer<Vec<u8>> {
    let mut template = vec![
        a(CKA_CLASS, CKO_SECRET_KEY),
        a(CKA_KEY_TYPE, key_type),
        a(CKA_SENSITIVE, false),
        a(CKA_EXTRACTABLE, true),
    ];
    if let Some(length) = length {
        template.push(a(CKA_VALUE_LEN, length));
    }
    let key = s.derive(mechanism, base, &template)?;
    s.get(key, CKA_VALUE)
}

fn string_data(mechanism: CK_ULONG, data: &[u8]) -> Mech {
    let parameter = CK_KEY_DERIVATION_STRING_DATA {
        pData: leak(data),
        ulLen: data.len() as CK_ULONG,
    };
    Mech::with(mechanism, parameter)
}

fn cbc_data_16(mechanism: CK_ULONG, iv: &[u8], data: &[u8]) -> Mech {
    let parameter = CK_AES_CBC_ENCRYPT_DATA_PARAMS {
        iv: iv.try_into().unwrap(),
        pData: leak(data),
        length: data.len() as CK_ULONG,
    };
    Mech::with(mechanism, parameter)
}

fn cbc_data_8(mechanism: CK_ULONG, iv: &[u8], data: &[u8]) -> Mech {
    let parameter = CK_DES_CBC_ENCRYPT_DATA_PARAMS {
        iv: iv.try_into().unwrap(),
        pData: leak(data),
        length: data.len() as CK_ULONG,
    };
    Mech::with(mechanism, parameter)
}

/// The ciphertexts of [NIST SP 800-38A, F.1.1 and F.2.1], [NIST SP 800-67, B.1] and [FIPS 81], and those of OpenSSL for
/// Camellia and ARIA, as keys [PKCS#11 3.2, 6.17].
#[test]
fn encrypted_data_becomes_a_key() {
    isolated_with_everything(|| {
        let s = user();
        let (iv, text, des_iv) = (hex(IV), hex(TEXT), hex(DES_IV));
        let import = |key_type, value: &str| s.import(key_type, &hex(value));
        let (aes, des) = (import(CKK_AES, AES_128), import(CKK_DES, DES));
        let (des3, camellia, aria) = (
            import(CKK_DES3, DES3),
            import(CKK_CAMELLIA, AES_128),
            import(CKK_ARIA, AES_128),
        );
        for (mechanism, base, expected) in [
            (
                string_data(CKM_AES_ECB_ENCRYPT_DATA, &text),
                aes,
                "3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf43b1cd7f598ece23881b00e3ed030688\
             7b0c785e27e8ad3f8223207104725dd4",
            ),
            (
                cbc_data_16(CKM_AES_CBC_ENCRYPT_DATA, &iv, &text),
                aes,
                "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b273bed6b8e3c1743b7116e69e22229516\
             3ff1caa1681fac09120eca307586e1a7",
            ),
            (
                string_data(CKM_CAMELLIA_ECB_ENCRYPT_DATA, &text),
                camellia,
                "432fc5dcd628115b7c388d770b270c960be1f14023782a22e8384c5abb7fab2ba0a1abcd1893ab6fe0fe5b65df5f8636\
             e61925e0d5dfaa9bb29f815b3076e51a",
            ),
            (
                cbc_data_16(CKM_CAMELLIA_CBC_ENCRYPT_DATA, &iv, &text),
                camellia,
                "1607cf494b36bbf00daeb0b503c831aba2f2cf671629ef7840c5a5dfb50748870f06165008cf8b8b5a63586362543e54\
             e7208a2ca89cc21aacd56aaa6fb98259",
            ),
            (
                string_data(CKM_ARIA_ECB_ENCRYPT_DATA, &text),
                aria,
                "baf07d1f1c72b4926a29a5e2f536e47a73b69c748818e36b6781104c93a7b10ad4d896f32ed0ed912d8c6dc7b287fbe1\
             938252ae53aaa08ab802683102434209",
            ),
            (
                cbc_data_16(CKM_ARIA_CBC_ENCRYPT_DATA, &iv, &text),
                aria,
                "a9f7b5dccaddf6b43a508169291dd5fb103934265c51b36f2701313975bc27d44741691dc6d50e03cd1feba01c65c103\
             1f8820d556912ebf2f033e459fe2d52a",
            ),
            (
                string_data(CKM_DES_ECB_ENCRYPT_DATA, DES_TEXT),
                des,
                "3fa40e8a984d48156a271787ab8883f9893d51ec4b563b53",
            ),
            (
                cbc_data_8(CKM_DES_CBC_ENCRYPT_DATA, &des_iv, DES_TEXT),
                des,
                "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6",
            ),
            (
                string_data(CKM_DES3_ECB_ENCRYPT_DATA, b"The qufck brown fox jump"),
                des3,
                "a826fd8ce53b855fcce21c8112256fe668d5c05dd9b6b900",
            ),
            (
                cbc_data_8(CKM_DES3_CBC_ENCRYPT_DATA, &des_iv, DES_TEXT),
                des3,
                "f3c0ff026c023089656fbb169def7edb30ba36075d6f0176",
            ),
        ] {
            let expected = hex(expected);
            let what = mechanism.0.mechanism;
            assert_eq!(
                derived(&s, mechanism, base, CKK_GENERIC_SECRET, None).unwrap(),
                expected,
                "{what:#x}"
            );
            let start = derived(&s, mechanism, base, CKK_AES, Some(16)).unwrap();
            assert_eq!(start, expected[..16], "{what:#x}");
            let too_long = Some(expected.len() as CK_ULONG + 1);
            derived(&s, mechanism, base, CKK_GENERIC_SECRET, too_long).gives(CKR_MECHANISM_PARAM_INVALID);
        }
        derived(
            &s,
            string_data(CKM_AES_ECB_ENCRYPT_DATA, &text[..15]),
            aes,
            CKK_GENERIC_SECRET,
            None,
        )
        .gives(CKR_MECHANISM_PARAM_INVALID);
        derived(
            &s,
            string_data(CKM_AES_ECB_ENCRYPT_DATA, b""),
            aes,
            CKK_GENERIC_SECRET,
            None,
        )
        .gives(CKR_KEY_SIZE_RANGE);
        // A DES key gets odd parity.
        let made = derived(
            &s,
            string_data(CKM_AES_ECB_ENCRYPT_DATA, &text),
            aes,
            CKK_DES3,
            None,
        )
        .unwrap();
        assert!(made.iter().all(|byte| byte.count_ones() % 2 == 1));
    });
}

/// Key generation: mechanism, key type, the lengths that keys may have; whether the template has to say which.
const GENERATORS: &[(CK_ULONG, CK_ULONG, &[CK_ULONG], bool)] = &[
    (CKM_AES_XTS_KEY_GEN, CKK_AES_XTS, &[32, 64], true),
    (CKM_DES_KEY_GEN, CKK_DES, &[8], false),
    (CKM_CAMELLIA_KEY_GEN, CKK_CAMELLIA, &[16, 24, 32], true),
    (CKM_ARIA_KEY_GEN, CKK_ARIA, &[16, 24, 32], true),
    (CKM_TWOFISH_KEY_GEN, CKK_TWOFISH, &[16, 24, 32], true),
    (CKM_BLOWFISH_KEY_GEN, CKK_BLOWFISH, &[4, 16, 56], true),
    (CKM_CHACHA20_KEY_GEN, CKK_CHACHA20, &[32], false),
    (CKM_SALSA20_KEY_GEN, CKK_SALSA20, &[32], false),
    (CKM_POLY1305_KEY_GEN, CKK_POLY1305, &[32], false),
];

/// [PKCS#11 3.2, 6.15.4, 6.31.3, 6.32.3, 6.33.3, 6.35.3, 6.44.4, 6.45.4]
#[test]
fn keys_of_every_cipher_are_made_in_their_lengths() {
    isolated_with_everything(|| {
        let s = user();
        let open = [a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)];
        for (mechanism, key_type, lengths, told) in GENERATORS {
            let made = |more: &[CK_ATTRIBUTE]| s.generate_key(Mech::new(*mechanism), &with(&open, more));
            for length in *lengths {
                let key = made(&[a(CKA_VALUE_LEN, *length)]).works();
                let value = s.get(key, CKA_VALUE).works();
                assert_eq!(value.len() as CK_ULONG, *length, "{mechanism:#x}");
                assert_eq!(s.number(key, CKA_KEY_TYPE), Ok(*key_type));
                assert_eq!(s.number(key, CKA_VALUE_LEN), Ok(*length));
                let other = made(&[a(CKA_VALUE_LEN, *length)]).works();
                assert_ne!(s.get(other, CKA_VALUE).works(), value);
                // What is made can be imported, and is then the same key.
                let again = s.import(*key_type, &value);
                let check = |key| s.get(key, CKA_CHECK_VALUE).works();
                assert_eq!(check(again), check(key), "{mechanism:#x}");
            }
            for wrong in [0, 3, 57, 65] {
                made(&[a(CKA_VALUE_LEN, wrong as CK_ULONG)]).gives(CKR_ATTRIBUTE_VALUE_INVALID);
                s.create(&open_secret(*key_type, &vec![7; wrong]))
                    .gives(CKR_ATTRIBUTE_VALUE_INVALID);
            }
            match told {
                true => made(&[]).map(|_| ()).gives(CKR_TEMPLATE_INCOMPLETE),
                false => made(&[]).map(|_| ()).works(),
            }
        }
    });
}

/// [PKCS#11 3.2, 4.11]: the start of an encrypted block of zeros, here by OpenSSL, PyCryptodome and the `twofish` of
/// PyPI; of keys that encrypt no blocks the start of the SHA-1.
#[test]
fn check_values_are_those_of_the_ciphers() {
    isolated_with_everything(|| {
        let s = user();
        let value: Vec<u8> = (0..32).collect();
        for (key_type, length, expected) in [
            (CKK_CAMELLIA, 16, "477650"),
            (CKK_ARIA, 32, "629dc7"),
            (CKK_TWOFISH, 24, "871363"),
            (CKK_BLOWFISH, 16, "b995f2"),
            (CKK_DES, 8, "a5173a"),
            (CKK_CHACHA20, 32, "ae5bd8"),
            (CKK_SALSA20, 32, "ae5bd8"),
            (CKK_POLY1305, 32, "ae5bd8"),
        ] {
            let key = s.import(key_type, &value[..length]);
            assert_eq!(
                s.get(key, CKA_CHECK_VALUE).works(),
                hex(expected),
                "{key_type:#x}"
            );
        }
    });
}

/// Mechanisms that wrap and unwrap by encryption [PKCS#11 3.2, the tables of chapter 6]: the wrapped key is the
/// encrypted value, with zeros behind it where the mode wants whole blocks.
#[test]
fn keys_are_wrapped_by_every_cipher_that_wraps() {
    isolated_with_everything(|| {
        let s = user();
        let (iv, value) = (hex(IV), (1..=20).collect::<Vec<u8>>());
        let key = |key_type, length: u8| s.import(key_type, &(1..=length).collect::<Vec<u8>>());
        let (aes, xts) = (key(CKK_AES, 16), key(CKK_AES_XTS, 32));
        let (camellia, aria) = (key(CKK_CAMELLIA, 16), key(CKK_ARIA, 16));
        let (twofish, blowfish) = (key(CKK_TWOFISH, 16), key(CKK_BLOWFISH, 16));
        let (des, chacha) = (key(CKK_DES, 8), key(CKK_CHACHA20, 32));
        for (mechanism, with, block) in [
            (Mech::iv(CKM_AES_OFB, &iv), aes, 1),
            (Mech::iv(CKM_AES_CFB1, &iv), aes, 1),
            (Mech::iv(CKM_AES_CFB8, &iv), aes, 1),
            (Mech::iv(CKM_AES_CFB64, &iv), aes, 1),
            (Mech::iv(CKM_AES_CFB128, &iv), aes, 1),
            (Mech::iv(CKM_AES_CTS, &iv), aes, 1),
            (Mech::iv(CKM_AES_XTS, &iv), xts, 1),
            (Mech::new(CKM_DES_ECB), des, 8),
            (Mech::iv(CKM_DES_CBC, &iv[..8]), des, 8),
            (Mech::iv(CKM_DES_CBC_PAD, &iv[..8]), des, 1),
            (Mech::new(CKM_CAMELLIA_ECB), camellia, 16),
            (Mech::iv(CKM_CAMELLIA_CBC, &iv), camellia, 16),
            (Mech::iv(CKM_CAMELLIA_CBC_PAD, &iv), camellia, 1),
            (Mech::new(CKM_ARIA_ECB), aria, 16),
            (Mech::iv(CKM_ARIA_CBC, &iv), aria, 16),
            (Mech::iv(CKM_ARIA_CBC_PAD, &iv), aria, 1),
            (Mech::iv(CKM_TWOFISH_CBC, &iv), twofish, 16),
            (Mech::iv(CKM_TWOFISH_CBC_PAD, &iv), twofish, 1),
            (Mech::iv(CKM_BLOWFISH_CBC, &iv[..8]), blowfish, 8),
            (Mech::iv(CKM_BLOWFISH_CBC_PAD, &iv[..8]), blowfish, 1),
            (crate::aeads::chacha20(&[1; 4], &iv[..12]), chacha, 1),
            (Mech::new(CKM_AES_KEY_WRAP), aes, 8),
        ] {
            let what = mechanism.0.mechanism;
            let target = s.import(CKK_GENERIC_SECRET, &value);
            let wrapped = s.wrap(mechanism, with, target).works();
            let mut padded = value.clone();
            padded.resize(value.len().next_multiple_of(block), 0);
            assert_eq!(wrapped, s.encrypt(mechanism, with, &padded).works(), "{what:#x}");
            let template = [
                a(CKA_CLASS, CKO_SECRET_KEY),
                a(CKA_KEY_TYPE, CKK_GENERIC_SECRET),
                a(CKA_SENSITIVE, false),
                a(CKA_VALUE_LEN, 20 as CK_ULONG),
            ];
            let template = if block == 1 { &template[..3] } else { &template };
            let back = s.unwrap_key(mechanism, with, &wrapped, template).works();
            assert_eq!(s.get(back, CKA_VALUE).works(), value, "{what:#x}");
        }
    });
}

/// [PKCS#11 3.2, 6.16.3.1] a private key's encoding is filled up with zeros, which unwrapping ignores.
#[test]
fn aes_key_wrap_takes_private_keys_of_every_length() {
    isolated_with_everything(|| {
        let s = user();
        let kek = s.aes(32);
        let open = [a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)];
        for curve in [curve::P224, curve::P256, curve::P384, curve::P521] {
            let (_, private) = s.pair_on(CKM_EC_KEY_PAIR_GEN, curve, &[], &open).works();
            let wrapped = s.wrap(Mech::new(CKM_AES_KEY_WRAP), kek, private).works();
            let template = [a(CKA_CLASS, CKO_PRIVATE_KEY), a(CKA_KEY_TYPE, CKK_EC)];
            let back = s
                .unwrap_key(
                    Mech::new(CKM_AES_KEY_WRAP),
                    kek,
                    &wrapped,
                    &with(&template, &open),
                )
                .works();
            assert_eq!(s.get(back, CKA_VALUE), s.get(private, CKA_VALUE));
        }
    });
}

/// What CCM wraps has the length of the key, whatever ulDataLen says [PKCS#11 3.2, 6.13: AES-CCM Authenticated Wrap].
#[test]
fn aes_ccm_wraps_keys_whatever_length_is_said() {
    isolated_with_everything(|| {
        let s = user();
        let (kek, target) = (s.aes(16), s.import(CKK_GENERIC_SECRET, &[9; 20]));
        let expected = s
            .encrypt(crate::aeads::ccm(20, &[1; 12], b"aad", 16), kek, &[9; 20])
            .works();
        for said in [0, 20, 1000] {
            let mechanism = crate::aeads::ccm(said, &[1; 12], b"aad", 16);
            assert_eq!(s.wrap(mechanism, kek, target).works(), expected);
            let template = [
                a(CKA_CLASS, CKO_SECRET_KEY),
                a(CKA_KEY_TYPE, CKK_GENERIC_SECRET),
                a(CKA_SENSITIVE, false),
            ];
            let back = s.unwrap_key(mechanism, kek, &expected, &template).works();
            assert_eq!(s.get(back, CKA_VALUE).works(), [9; 20]);
            let mut wrong = expected.clone();
            wrong[0] ^= 1;
            s.unwrap_key(mechanism, kek, &wrong, &template)
                .gives(CKR_WRAPPED_KEY_INVALID);
        }
    });
}
