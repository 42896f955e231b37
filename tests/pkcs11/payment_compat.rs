//! Other makers' numbers [include/vhsm.h, "other makers' numbers"].

use crate::harness::*;
use serde_json::Value as Json;
use vhsm::ck::{
    CKA_VHSM_EXPORTABILITY, CKA_VHSM_KEY_USAGE, CKM_LUNA_AES_KW, CKM_LUNA_AES_KWP, CKM_LUNA_DES2_DUKPT_DATA,
    CKM_LUNA_DES2_DUKPT_DATA_RESP, CKM_LUNA_DES2_DUKPT_IPEK, CKM_LUNA_DES2_DUKPT_MAC,
    CKM_LUNA_DES2_DUKPT_MAC_RESP, CKM_LUNA_DES2_DUKPT_PIN, CKM_LUNA_DES3_X919_MAC, CKM_LUNA_NIST_PRF_KDF,
    CKM_LUNA_PRF_KDF, CKM_PTK_DES_DERIVE_CBC, CKM_PTK_DES_DERIVE_ECB, CKM_PTK_DES3_DERIVE_CBC,
    CKM_PTK_DES3_DERIVE_ECB, CKM_PTK_DES3_RETAIL_CFB_MAC, CKM_PTK_DES3_X919_MAC,
    CKM_PTK_DES3_X919_MAC_GENERAL, CKM_PTK_UNWRAP_TR31, CKM_PTK_UNWRAP_TR31_DISCARD,
    CKM_PTK_WRAP_TR31_DERIVE, CKM_PTK_XOR_BASE_AND_KEY, CKM_VHSM_TR31, CKR_VHSM_KEY_NOT_EXPORTABLE,
    CKR_VHSM_KEY_USAGE, MechanismId,
};

fn vectors(text: &str) -> Vec<Json> {
    let file: Json = serde_json::from_str(text).unwrap();
    file["vectors"].as_array().unwrap().clone()
}

fn des(s: &Session, value: &[u8]) -> CK_OBJECT_HANDLE {
    let key_type = if value.len() == 16 { CKK_DES2 } else { CKK_DES3 };
    s.create(&open_secret(key_type, value)).works()
}

/// `CK_KEY_DERIVATION_STRING_DATA` with a KSN.
pub fn with_serial(id: MechanismId, serial: &'static mut [u8]) -> Mech {
    Mech::with(
        id.0,
        CK_KEY_DERIVATION_STRING_DATA {
            pData: serial.as_mut_ptr(),
            ulLen: serial.len() as CK_ULONG,
        },
    )
}

#[test]
fn keys_of_luna_s_dukpt_are_the_known_ones() {
    isolated_with("compat = [\"luna\"]\n", || {
        let s = Token::fresh().user();
        let template = [a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)];
        let mut seen = 0;
        for vector in vectors(include_str!("../../src/payment/vectors/dukpt_tdes.json")) {
            let serial = vector["inputs"]["ksn"].as_str().unwrap();
            // Luna takes whole serial numbers of transactions alone.
            let has_counter = u64::from_str_radix(&serial[serial.len() - 6..], 16).unwrap() & 0x1f_ffff != 0;
            if serial.len() != 20 || !has_counter && vector["expected"]["initial_key"].is_null() {
                continue;
            }
            println!("{vector}");
            let bdk = des(&s, &hex(vector["inputs"]["bdk"].as_str().unwrap()));
            for (id, name) in [
                (CKM_LUNA_DES2_DUKPT_IPEK, "initial_key"),
                (CKM_LUNA_DES2_DUKPT_PIN, "pin_key"),
                (CKM_LUNA_DES2_DUKPT_MAC, "mac_request_key"),
                (CKM_LUNA_DES2_DUKPT_MAC_RESP, "mac_response_key"),
                (CKM_LUNA_DES2_DUKPT_DATA, "data_request_key"),
                (CKM_LUNA_DES2_DUKPT_DATA_RESP, "data_response_key"),
            ] {
                let Some(expected) = vector["expected"][name].as_str() else {
                    continue;
                };
                let serial = hex(serial).leak();
                let key = s.derive(with_serial(id, serial), bdk, &template).works();
                assert_eq!(s.get(key, CKA_VALUE).works(), hex(expected));
                assert_eq!(s.number(key, CKA_KEY_TYPE).works(), CKK_DES2);
                seen += 1;
            }
        }
        assert!(seen > 80, "{seen}");
        let bdk = des(&s, &hex("0123456789ABCDEFFEDCBA9876543210"));
        for serial in [vec![0xff; 9], vec![0xff; 11], vec![0xff; 10], vec![0xff; 8]] {
            let m = with_serial(CKM_LUNA_DES2_DUKPT_PIN, serial.leak());
            s.derive(m, bdk, &template).gives(CKR_MECHANISM_PARAM_INVALID);
        }
        let m = with_serial(CKM_LUNA_DES2_DUKPT_PIN, vec![1; 10].leak());
        s.derive(m, bdk, &[a(CKA_KEY_TYPE, CKK_AES)])
            .gives(CKR_TEMPLATE_INCONSISTENT);
    });
}

#[test]
fn macs_under_other_makers_numbers_are_the_known_ones() {
    isolated_with("compat = [\"protecttoolkit\", \"luna\"]\n", || {
        let s = Token::fresh().user();
        let mut seen = 0;
        for vector in vectors(include_str!("../../src/payment/vectors/mac.json")) {
            let inputs = &vector["inputs"];
            if inputs["alg"] != "iso9797_alg3" || inputs["padding"] != 1 {
                continue;
            }
            println!("{vector}");
            let key = des(&s, &hex(inputs["key"].as_str().unwrap()));
            let data = hex(inputs["data_hex"].as_str().unwrap());
            let mac = hex(vector["expected"]["mac"].as_str().unwrap());
            for m in [CKM_LUNA_DES3_X919_MAC, CKM_PTK_DES3_X919_MAC].map(|id| Mech::new(id.0)) {
                assert_eq!(s.sign(m, key, &data).works(), mac[..4]);
                s.verify(m, key, &data, &mac[..4]).works();
                s.begin(Class::Sign, m, key).works();
                for part in data.chunks(5) {
                    s.feed(Class::Sign, part).works();
                }
                assert_eq!(s.step(Step::SignFinal, &[]).works(), mac[..4]);
            }
            for length in 1..=mac.len() {
                let m = Mech::general(CKM_PTK_DES3_X919_MAC_GENERAL.0, length as CK_ULONG);
                assert_eq!(s.sign(m, key, &data).works(), mac[..length]);
            }
            seen += 1;
        }
        assert!(seen > 6, "{seen}");
        let key = des(&s, &hex("0123456789ABCDEFFEDCBA9876543210"));
        for length in [0, 9, CK_ULONG::MAX] {
            let m = Mech::general(CKM_PTK_DES3_X919_MAC_GENERAL.0, length);
            s.begin(Class::Sign, m, key).gives(CKR_MECHANISM_PARAM_INVALID);
        }
    });
}

#[test]
fn other_makers_numbers_are_off_unless_they_are_asked_for() {
    isolated(|| {
        let all = mechanisms(Token::fresh().slot).works();
        for id in [
            CKM_LUNA_DES3_X919_MAC,
            CKM_LUNA_DES2_DUKPT_PIN,
            CKM_LUNA_AES_KW,
            CKM_LUNA_AES_KWP,
            CKM_LUNA_NIST_PRF_KDF,
            CKM_LUNA_PRF_KDF,
            CKM_PTK_DES3_X919_MAC,
            CKM_PTK_DES3_X919_MAC_GENERAL,
            CKM_PTK_DES3_RETAIL_CFB_MAC,
            CKM_PTK_XOR_BASE_AND_KEY,
            CKM_PTK_DES_DERIVE_ECB,
            CKM_PTK_DES3_DERIVE_CBC,
            CKM_PTK_UNWRAP_TR31,
            CKM_PTK_UNWRAP_TR31_DISCARD,
            CKM_PTK_WRAP_TR31_DERIVE,
        ] {
            assert!(!all.contains(&id.0), "{id}");
        }
    });
}

#[test]
fn each_maker_has_its_own_numbers() {
    isolated_with("compat = [\"luna\"]\n", || {
        let all = mechanisms(Token::fresh().slot).works();
        assert!(all.contains(&CKM_LUNA_DES3_X919_MAC.0));
        assert!(!all.contains(&CKM_PTK_DES3_X919_MAC.0));
        assert!(!all.contains(&CKM_PTK_XOR_BASE_AND_KEY.0));
    });
}

/// Both makers have these.
#[test]
fn numbers_that_makers_share_come_with_each_of_them() {
    isolated_with("compat = [\"protecttoolkit\"]\n", || {
        let all = mechanisms(Token::fresh().slot).works();
        for id in [
            CKM_LUNA_AES_KW,
            CKM_LUNA_AES_KWP,
            CKM_LUNA_NIST_PRF_KDF,
            CKM_LUNA_PRF_KDF,
        ] {
            assert!(all.contains(&id.0), "{id}");
        }
        assert!(!all.contains(&CKM_LUNA_DES3_X919_MAC.0));
    });
}

/// [RFC 3394, 4.1 to 4.6; RFC 5649, 6]; with other initial values OpenSSL 3.0.22, EVP_aes_192_wrap_pad.
#[test]
fn keys_wrap_under_other_makers_numbers_as_in_the_rfcs() {
    isolated_with("compat = [\"luna\"]\n", || {
        let s = Token::fresh().user();
        let kek = "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F";
        let rfc_5649 = "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8";
        let data = "00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F";
        let (kw, kwp) = (Mech::new(CKM_LUNA_AES_KW.0), Mech::new(CKM_LUNA_AES_KWP.0));
        let other = Mech::iv(CKM_LUNA_AES_KWP.0, &[1, 2, 3, 3]);
        let long = "c37b7e6492584340bed12207808941155068f738";
        for (m, kek, data, wrapped) in [
            (
                kw,
                &kek[..32],
                &data[..32],
                "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5",
            ),
            (
                kw,
                &kek[..48],
                &data[..32],
                "96778B25AE6CA435F92B5B97C050AED2468AB8A17AD84E5D",
            ),
            (
                kw,
                kek,
                data,
                "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21",
            ),
            (
                kwp,
                rfc_5649,
                long,
                "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a",
            ),
            (
                kwp,
                rfc_5649,
                "466f7250617369",
                "afbeb0f07dfbf5419200f2ccb50bb24f",
            ),
            (
                other,
                rfc_5649,
                long,
                "ae2fb1feb3da5adf7e7a61d390a31a90a8d7452523ab286212ef69719d0ab716",
            ),
            (
                other,
                rfc_5649,
                "466f7250617369",
                "6487657330d4005628b9aae3f7e5472b",
            ),
        ] {
            let (kek, data, wrapped) = (s.import(CKK_AES, &hex(kek)), hex(data), hex(wrapped));
            assert_eq!(s.encrypt(m, kek, &data).works(), wrapped);
            assert_eq!(s.decrypt(m, kek, &wrapped).works(), data);
            let key = s.create(&open_secret(CKK_GENERIC_SECRET, &data)).works();
            assert_eq!(s.wrap(m, kek, key).works(), wrapped);
            let mut template = open_secret(CKK_GENERIC_SECRET, &data);
            template.pop();
            // Luna takes CKA_VALUE_LEN, and does without it.
            for length in [None, Some(a(CKA_VALUE_LEN, data.len() as CK_ULONG))] {
                let template: Vec<_> = template.iter().copied().chain(length).collect();
                let back = s.unwrap_key(m, kek, &wrapped, &template).works();
                assert_eq!(s.get(back, CKA_VALUE).works(), data);
            }
        }
        let kek = s.import(CKK_AES, &[7; 32]);
        let (_, private) = s.rsa_with(2048, &[], &[a(CKA_EXTRACTABLE, true)]).works();
        s.wrap(kw, kek, private).gives(CKR_KEY_NOT_WRAPPABLE);
        s.wrap(kwp, kek, private).works();
        for (id, length) in [(CKM_LUNA_AES_KW, 7), (CKM_LUNA_AES_KW, 16), (CKM_LUNA_AES_KWP, 8)] {
            let m = Mech::iv(id.0, &vec![1; length]);
            s.wrap(m, kek, kek).gives(CKR_MECHANISM_PARAM_INVALID);
        }
        let wrapped = s.encrypt(other, kek, &[5; 20]).works();
        s.decrypt(kwp, kek, &wrapped).gives(CKR_ENCRYPTED_DATA_INVALID);
    });
}

/// `CK_KDF_PRF_PARAMS`.
#[repr(C)]
#[derive(Clone, Copy)]
struct PrfKdf {
    function: CK_ULONG,
    label: *mut u8,
    label_len: CK_ULONG,
    context: *mut u8,
    context_len: CK_ULONG,
    counter: CK_ULONG,
    encoding: CK_ULONG,
}

pub fn prf_kdf(id: MechanismId, function: CK_ULONG, encoding: CK_ULONG, counter: CK_ULONG) -> Mech {
    Mech::with(
        id.0,
        PrfKdf {
            function,
            label: leak(b"12345678"),
            label_len: 8,
            context: leak(b"context"),
            context_len: 7,
            counter,
            encoding,
        },
    )
}

/// The key is the bytes 0 to 31 (with triple DES to 23), the label "12345678", the context "context". Computed with
/// KBKDFCMAC and KBKDFHMAC of Python's cryptography 48.0.0; functions 3 and 10 with `openssl kdf KBKDF` of OpenSSL 3.0.22.
const DERIVED: &[(CK_ULONG, CK_ULONG, &str)] = &[
    (
        1,
        0,
        "8589dbfd80ca24fbdfb2bb6aaab42e857939fd2514feeb10596581c9d37fe89529cd47f65f7d40e8",
    ),
    (
        1,
        1,
        "d2870f81ed25a21fd41f24eb17cc1bc6d6ec844d48014b6de4d06bc44ab96c98c02bbffafc331cee",
    ),
    (
        1,
        4,
        "c7b66895ec33a52b341b1c89905ec35e086d5237e587fb3410377161d6bbb07d5cfc203ce5083459",
    ),
    (
        2,
        0,
        "5d1455b1027481f6471cfe8e43f7f2d3347b9ffe1420a0c8def150bf73e5a51661bce56d73cb2c6c",
    ),
    (
        2,
        1,
        "e96e1284f3d42e3181288830c8a20f9e3cb28782c73b1617e86f27225e24c15f7e0ce54e153da7f2",
    ),
    (
        2,
        2,
        "371cc4065bbd8122659837ee137db1406b8361e8b7614ae0d6a6b61b4965980ddf75f6575fcfacaa",
    ),
    (
        2,
        3,
        "4563c8e0de77f16243e08e22f001977c22ba8a4558cf0bd52fc4f5581de27c661af2a28b776b0068",
    ),
    (
        2,
        4,
        "25bced95a8bd44f7b87a4d4b6974380616e9e9ec99f07c6d66267cb497ee4548d20663e5851cfa45",
    ),
    (
        5,
        0,
        "c759ba497d1f0aad52836945aef1088e8315770375a80d472e8991c2920657712221e3c6d45c8aa0",
    ),
    (
        6,
        2,
        "d64e8d3062a5680ee910a2457107a551da7805aaf3d1ebb94bc37966d62d5ce38940442e2a7c636f",
    ),
    (
        7,
        0,
        "b241d8273638b0ffb03a0aaab581002b5ae0498c7276288d8272cd6d8d20b09a515bc9d6ee9121e2",
    ),
    (
        7,
        1,
        "dbe4fb3ab6a291f01e2d6049ddd8eda61dba6b8952f8d8767c40204d5f165b875c344b5b667e275b",
    ),
    (
        7,
        2,
        "8ffa0f78e503011f458855ed82c3c732c5fcd5aa7e98dadff7432e72c8ef52e94ef77d49b6cfe21e",
    ),
    (
        7,
        3,
        "48cdac3bce3b4b4fd44c26b04794a225975664d7541ba18f91a160d7336cfbae7e5a99bd63eca7a4",
    ),
    (
        7,
        4,
        "85c3c2933ecac3d2197209cacaa3889b8d91b153e2687bf02a631e7261ff796dbcabdcadb51072e8",
    ),
    (
        8,
        0,
        "46d636852c208e967a8ddbb833208d9d71c20030cf775d75d0bcc7ff86d671aaf0652553eaa5d3c3",
    ),
    (
        9,
        2,
        "aa21576ff02566897861c4ac082442b86fdff5cbc4ac53314b5e528d556222a309700d4ee2c98361",
    ),
    (
        3,
        0,
        "2f9e89b2e441df8d00247d41dfc125f6adaf7e405e8cc9fd1cd01bd80ef94b4b7823ad1c3613364d",
    ),
    (
        3,
        1,
        "c2dfc79b1c6d86882f9da4e5e779085ec24537f6f36ebdb3986eb1756f14691df03ad674f054ae6a",
    ),
    (
        3,
        2,
        "d01b2a36665ff4b4fc05e8f694e2c0b680a3811c8882010b85a977897440530740d7526bb3529e34",
    ),
    (
        3,
        3,
        "97c3a39a6821ec94fa3583c9ad8e32cd9875bc2793a1ae26c175245b25e5bcc8db32da846dd3282c",
    ),
    (
        10,
        0,
        "df3ba8ab36a653892220decf5a3d95ea0e7e694442b0d1db62d66350383bed85d849be619f06dcf9",
    ),
    (
        10,
        1,
        "ee2685ae092603beb6e86e94b4a44e9d3b8895692513964b5b633158422b8f8f0918102f3b909bf1",
    ),
    (
        10,
        2,
        "5ab89389ea3b0d2dad9cc41a0d7d34115c807dc4c8180ba4e950c504e0eeb587b9663f3e4c0aa388",
    ),
    (
        10,
        3,
        "131454c9526f6b01bfb7edc7ffccc3087859590778e7b4c3d4bc045d6d1f311d2583ed4b7615de48",
    ),
];

/// The base key that goes with a function.
fn base(s: &Session, function: CK_ULONG) -> CK_OBJECT_HANDLE {
    let value: Vec<u8> = (0..32).collect();
    let (key_type, value) = match function {
        1 => (CKK_DES3, &value[..24]),
        2 => (CKK_AES, &value[..]),
        3 => (CKK_ARIA, &value[..]),
        _ => (CKK_GENERIC_SECRET, &value[..]),
    };
    s.create(&open_secret(key_type, value)).works()
}

#[test]
fn keys_of_prf_kdf_are_those_of_another_implementation() {
    isolated_with("compat = [\"luna\"]\n", || {
        let s = Token::fresh().user();
        let shown = [a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)];
        let (nist, others) = (CKM_LUNA_NIST_PRF_KDF, CKM_LUNA_PRF_KDF);
        for (function, encoding, expected) in DERIVED {
            let theirs = matches!(function, 3 | 10);
            let (id, other) = if theirs { (others, nist) } else { (nist, others) };
            let base = base(&s, *function);
            let template = with(&shown, &[a(CKA_VALUE_LEN, 40)]);
            let m = prf_kdf(id, *function, *encoding, 1);
            let key = s.derive(m, base, &template).works();
            assert_eq!(
                s.get(key, CKA_VALUE).works(),
                hex(expected),
                "{function} {encoding}"
            );
            let m = prf_kdf(other, *function, *encoding, 1);
            s.derive(m, base, &template).gives(CKR_MECHANISM_PARAM_INVALID);
        }
        // A key type with one length needs no CKA_VALUE_LEN.
        let key = s.derive(prf_kdf(nist, 7, 1, 1), base(&s, 7), &[a(CKA_KEY_TYPE, CKK_DES3)]);
        assert_eq!(s.number(key.works(), CKA_KEY_TYPE).works(), CKK_DES3);
    });
}

#[test]
fn parameters_of_prf_kdf_are_looked_at() {
    isolated_with("compat = [\"luna\"]\n", || {
        let s = Token::fresh().user();
        let nist = CKM_LUNA_NIST_PRF_KDF;
        let template = [a(CKA_VALUE_LEN, 16)];
        let generic = base(&s, 7);
        for (function, encoding, counter) in [
            (0, 0, 1),
            (4, 0, 1),
            (11, 0, 1),
            (7, 5, 1),
            (7, 6, 1),
            (7, 0, 0),
            (7, 0, 2),
            (7, CK_ULONG::MAX, 1),
            (CK_ULONG::MAX, 0, 1),
        ] {
            let m = prf_kdf(nist, function, encoding, counter);
            s.derive(m, generic, &template).gives(CKR_MECHANISM_PARAM_INVALID);
        }
        let m = prf_kdf(nist, 7, 0, 1);
        for length in [0, 8, 55, 57] {
            s.derive(m.with_length(length), generic, &template)
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        s.derive(Mech::new(nist.0), generic, &template)
            .gives(CKR_MECHANISM_PARAM_INVALID);
        s.derive(m, generic, &[]).gives(CKR_TEMPLATE_INCOMPLETE);
        s.derive(prf_kdf(nist, 2, 0, 1), generic, &template)
            .gives(CKR_KEY_TYPE_INCONSISTENT);
        s.derive(prf_kdf(nist, 1, 0, 1), base(&s, 2), &template)
            .gives(CKR_KEY_TYPE_INCONSISTENT);
        // The counter of SCP03 has one byte: no more than 255 blocks.
        let long = [a(CKA_VALUE_LEN, 256 * 32)];
        s.derive(prf_kdf(nist, 7, 4, 1), generic, &long)
            .gives(CKR_KEY_SIZE_RANGE);
    });
}

/// The example of the maker's page, and what it says of lengths and key types.
#[test]
fn keys_add_up_as_protecttoolkit_says() {
    isolated_with("compat = [\"protecttoolkit\"]\n", || {
        let s = Token::fresh().user();
        let generic = |value: &str| s.create(&open_secret(CKK_GENERIC_SECRET, &hex(value))).works();
        let with_key = |key: CK_OBJECT_HANDLE| Mech::with(CKM_PTK_XOR_BASE_AND_KEY.0, key);
        let shown = [a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)];
        let (base, other) = (generic("01234567"), generic("89abcdef"));
        let key = s.derive(with_key(other), base, &shown).works();
        assert_eq!(s.get(key, CKA_VALUE).works(), hex("88888888"));
        assert_eq!(s.number(key, CKA_KEY_TYPE).works(), CKK_GENERIC_SECRET);
        // The shorter one says how much there is.
        let longer = generic("89abcdef00112233");
        for (base, other) in [(base, longer), (longer, base)] {
            let key = s.derive(with_key(other), base, &shown).works();
            assert_eq!(s.get(key, CKA_VALUE).works(), hex("88888888"));
            let five = with(&shown, &[a(CKA_VALUE_LEN, 5)]);
            s.derive(with_key(other), base, &five).gives(CKR_KEY_SIZE_RANGE);
            let three = with(&shown, &[a(CKA_VALUE_LEN, 3)]);
            let key = s.derive(with_key(other), base, &three).works();
            assert_eq!(s.get(key, CKA_VALUE).works(), hex("888888"));
        }
        s.derive(with_key(other), base, &[a(CKA_KEY_TYPE, CKK_AES)])
            .gives(CKR_TEMPLATE_INCOMPLETE);
        // Two components of a key of triple DES: its parity is set.
        let (first, second) = (
            des(&s, &hex("0123456789ABCDEFFEDCBA9876543210")),
            des(&s, &hex("FEDCBA98765432100123456789ABCDEF")),
        );
        let template = with(&shown, &[a(CKA_KEY_TYPE, CKK_DES3)]);
        s.derive(with_key(second), first, &template)
            .gives(CKR_KEY_SIZE_RANGE);
        let (first, second) = (
            generic("6B9EC40B0DE9F48A2F5D13C8A7E0917B"),
            generic("00112233445566778899AABBCCDDEEFF"),
        );
        let key = s
            .derive(
                with_key(second),
                first,
                &with(&shown, &[a(CKA_KEY_TYPE, CKK_DES2)]),
            )
            .works();
        assert_eq!(
            s.get(key, CKA_VALUE).works(),
            hex("6B8FE63849BC92FDA7C4B9736B3D7F85")
        );
        // As secret as what it comes of.
        let secret = [
            a(CKA_CLASS, CKO_SECRET_KEY),
            a(CKA_KEY_TYPE, CKK_GENERIC_SECRET),
            a(CKA_VALUE, &[1_u8; 4][..]),
        ];
        let secret = s.create(&secret).works();
        for (base, other) in [(base, secret), (secret, base)] {
            s.derive(with_key(other), base, &shown)
                .gives(CKR_TEMPLATE_INCONSISTENT);
            let key = s.derive(with_key(other), base, &[]).works();
            s.get(key, CKA_VALUE).gives(CKR_ATTRIBUTE_SENSITIVE);
        }
        s.derive(with_key(0), base, &[]).gives(CKR_KEY_HANDLE_INVALID);
        s.derive(with_key(base).with_length(4), base, &[])
            .gives(CKR_MECHANISM_PARAM_INVALID);
        let idle = with(&open_secret(CKK_GENERIC_SECRET, &[1; 4]), &[a(CKA_DERIVE, false)]);
        let idle = s.create(&idle).works();
        s.derive(with_key(idle), base, &[])
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
    });
}

/// Computed with ECB of triple DES of Python's cryptography 48.0.0, in the steps of the maker's page; the message is the
/// bytes 0, 1, 2 and on.
#[test]
fn retail_cfb_macs_are_those_of_another_implementation() {
    isolated_with("compat = [\"protecttoolkit\"]\n", || {
        let s = Token::fresh().user();
        let m = Mech::iv(CKM_PTK_DES3_RETAIL_CFB_MAC.0, &hex("0011223344556677"));
        let two = des(&s, &hex("0123456789ABCDEFFEDCBA9876543210"));
        let three = des(&s, &hex("0123456789ABCDEFFEDCBA987654321089ABCDEF01234567"));
        for (key, length, expected) in [
            (two, 0, "31a7364cac91ca39"),
            (two, 8, "5097989236b851f8"),
            (two, 24, "fa4916b75a08afca"),
            (two, 64, "60e512afd003d4c6"),
            (three, 0, "41153ed6ac30654b"),
            (three, 8, "7fe915e47f459454"),
            (three, 24, "388aeaa8019db428"),
            (three, 64, "0816e56ad5e2d18a"),
        ] {
            let data: Vec<u8> = (0..length).collect();
            assert_eq!(s.sign(m, key, &data).works(), hex(expected), "{length}");
            s.verify(m, key, &data, &hex(expected)).works();
            s.begin(Class::Sign, m, key).works();
            for part in data.chunks(5) {
                s.feed(Class::Sign, part).works();
            }
            assert_eq!(s.step(Step::SignFinal, &[]).works(), hex(expected));
            s.sign(m, key, &[&data[..], b"!"].concat())
                .gives(CKR_DATA_LEN_RANGE);
        }
        s.verify(m, two, &[], &hex("31a7364c"))
            .gives(CKR_SIGNATURE_LEN_RANGE);
        s.verify(m, two, &[], &hex("31a7364cac91ca38"))
            .gives(CKR_SIGNATURE_INVALID);
        s.begin(Class::Sign, Mech::new(m.0.mechanism), two)
            .gives(CKR_MECHANISM_PARAM_INVALID);
        let single = s.create(&open_secret(CKK_DES, &hex("0123456789ABCDEF"))).works();
        s.begin(Class::Sign, m, single).gives(CKR_KEY_TYPE_INCONSISTENT);
    });
}

/// The data are the bytes 0 to 23. Computed with Python's cryptography 48.0.0.
#[test]
fn keys_by_encryption_are_those_of_another_implementation() {
    isolated_with("compat = [\"protecttoolkit\"]\n", || {
        let s = Token::fresh().user();
        let key = "0123456789ABCDEFFEDCBA987654321089ABCDEF01234567";
        let single = s.create(&open_secret(CKK_DES, &hex(&key[..16]))).works();
        let (two, three) = (des(&s, &hex(&key[..32])), des(&s, &hex(key)));
        let shown = [a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)];
        let data: Vec<u8> = (0..24).collect();
        let with_iv = [&hex("0011223344556677")[..], &data].concat();
        let (ecb, cbc) = (&data[..], &with_iv[..]);
        for (id, base, data, expected) in [
            (
                CKM_PTK_DES_DERIVE_ECB,
                single,
                ecb,
                "3260266c2cf202e28325790654a444d9d41f760b73919265",
            ),
            (
                CKM_PTK_DES_DERIVE_CBC,
                single,
                cbc,
                "66674722c6b590b2acbb2e6775ada588dc1a37474f82828f",
            ),
            (
                CKM_PTK_DES3_DERIVE_ECB,
                two,
                ecb,
                "52c5c0705d9089e1decfc0f111152b1250594b674ff31cef",
            ),
            (
                CKM_PTK_DES3_DERIVE_CBC,
                two,
                cbc,
                "818c0bf665ca88ed55296f9dbce2af507ecf0842795b0beb",
            ),
            (
                CKM_PTK_DES3_DERIVE_ECB,
                three,
                ecb,
                "98f447d72bee8df778de5f04c528a5dc658aa9d1395c3fd7",
            ),
            (
                CKM_PTK_DES3_DERIVE_CBC,
                three,
                cbc,
                "48b3b0072ceb1e11d3c3b3169bc3394f46dd53ac99963e88",
            ),
        ] {
            let m = Mech::iv(id.0, data);
            let key = s.derive(m, base, &shown).works();
            assert_eq!(s.get(key, CKA_VALUE).works(), hex(expected));
            assert_eq!(s.number(key, CKA_KEY_TYPE).works(), CKK_GENERIC_SECRET);
            let key = s.derive(m, base, &with(&shown, &[a(CKA_VALUE_LEN, 5)])).works();
            assert_eq!(s.get(key, CKA_VALUE).works(), hex(&expected[..10]));
            let key = s
                .derive(m, base, &with(&shown, &[a(CKA_KEY_TYPE, CKK_DES2)]))
                .works();
            let value = s.get(key, CKA_VALUE).works();
            assert!(
                value.iter().all(|byte| byte.count_ones() % 2 == 1),
                "its parity is set"
            );
            assert!(
                value
                    .iter()
                    .zip(hex(expected))
                    .all(|(one, other)| (one ^ other) < 2)
            );
            s.derive(m, base, &[a(CKA_VALUE_LEN, 25)])
                .gives(CKR_KEY_SIZE_RANGE);
            for length in [0, 7, data.len() - 1, 4097] {
                let m = Mech::iv(id.0, &vec![1; length]);
                s.derive(m, base, &[]).gives(CKR_MECHANISM_PARAM_INVALID);
            }
        }
        let m = Mech::iv(CKM_PTK_DES_DERIVE_ECB.0, ecb);
        s.derive(m, two, &[]).gives(CKR_KEY_TYPE_INCONSISTENT);
        let only_iv = Mech::iv(CKM_PTK_DES3_DERIVE_CBC.0, &[1; 8]);
        s.derive(only_iv, two, &[]).gives(CKR_MECHANISM_PARAM_INVALID);
    });
}

/// A general key that protects key blocks.
fn protection(s: &Session, version: u8, value: &str) -> CK_OBJECT_HANDLE {
    let key = hex(value);
    match version {
        b'D' | b'E' => s.create(&open_secret(CKK_AES, &key)).works(),
        _ => des(s, &key),
    }
}

/// Every block of the vectors, of payment keys as of any other.
#[test]
fn key_blocks_open_under_protecttoolkit_s_numbers() {
    isolated_with("compat = [\"protecttoolkit\"]\n", || {
        let s = Token::fresh().user();
        let shown = [a(CKA_SENSITIVE, false)];
        let mut seen = 0;
        for vector in vectors(include_str!("../vectors/payment/tr31.json")) {
            println!("{vector}");
            let block = vector["block"].as_str().unwrap().as_bytes();
            let kbpk = vector["kbpk"].as_str().unwrap();
            if !matches!(kbpk.len(), 32 | 48 | 64) || kbpk.len() == 64 && block[0] < b'D' {
                continue;
            }
            let kbpk = protection(&s, block[0], kbpk);
            for id in [CKM_PTK_UNWRAP_TR31, CKM_PTK_UNWRAP_TR31_DISCARD] {
                let opened = s.unwrap_key(Mech::new(id.0), kbpk, block, &shown);
                let Some(expected) = vector["key"].as_str() else {
                    // Of general keys nobody asks whether they are weak.
                    let is_weak = vector["refused"] == "CKR_VHSM_KEY_ALL_ZERO";
                    assert_eq!(opened.is_ok(), is_weak, "{opened:?}");
                    continue;
                };
                let key = opened.works();
                let same = open_secret(s.number(key, CKA_KEY_TYPE).works(), &hex(expected));
                let same = s.create(&same).works();
                let checked = |key| s.get(key, CKA_CHECK_VALUE).works();
                assert_eq!(checked(key), checked(same));
                if block[11] != b'N' {
                    assert_eq!(s.get(key, CKA_VALUE).works(), hex(expected));
                }
                let expected = match (block[7], expected.len()) {
                    (b'A', _) => CKK_AES,
                    (b'T' | b'D', 16) => CKK_DES,
                    (b'T' | b'D', 32) => CKK_DES2,
                    (b'T' | b'D', _) => CKK_DES3,
                    _ => s.number(key, CKA_KEY_TYPE).works(),
                };
                assert_eq!(s.number(key, CKA_KEY_TYPE).works(), expected);
                s.get(key, CKA_VHSM_KEY_USAGE.0).gives(CKR_ATTRIBUTE_TYPE_INVALID);
                let flag = |kind| s.get(key, kind).works() == [CK_TRUE];
                assert_eq!(flag(CKA_EXTRACTABLE), block[11] != b'N');
                assert!(!flag(CKA_SIGN) || !b"BDEX".contains(&block[8]));
                assert!(!flag(CKA_VERIFY) || !b"BDEGX".contains(&block[8]));
                assert!(!flag(CKA_DERIVE) || !b"BDEGVC".contains(&block[8]));
                seen += 1;
            }
        }
        assert!(seen > 60, "{seen}");
    });
}

/// A key of 14 bytes fills its field. Computed with the parts of psec 1.3.0, whose whole always adds random bytes.
#[test]
fn key_blocks_without_random_bytes_are_those_of_another_implementation() {
    isolated_with("compat = [\"protecttoolkit\"]\n", || {
        let s = Token::fresh().user();
        let key: Vec<u8> = (0..14).collect();
        let key = with(
            &open_secret(CKK_GENERIC_SECRET, &key),
            &[a(CKA_MODIFIABLE, false)],
        );
        let key = s.create(&key).works();
        for (version, kbpk, block) in [
            (
                b'B',
                "89E98CF7921545F234BC7546FD3E380D",
                "B0064M7HC00E0000C5722842F0D8EC7A4273F1AB367AC222ED9EE28C1FC70B36",
            ),
            (
                b'D',
                "88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6",
                "D0080M7HC00E0000875D67528E918D1F28CD14B05E8587A488DEDBF55576523A024D67087BBE6A79",
            ),
        ] {
            let kbpk = protection(&s, version, kbpk);
            let m = Mech::iv(CKM_PTK_WRAP_TR31_DERIVE.0, b"00000M7HC00E0000");
            assert_eq!(s.wrap(m, kbpk, key).works(), block.as_bytes());
        }
    });
}

/// The other way is `CKM_VHSM_TR31`, which has published blocks to show.
#[test]
fn key_blocks_of_protecttoolkit_are_those_of_the_standard() {
    isolated_with(
        "compat = [\"protecttoolkit\"]\n[payment]\nweak_keys = \"accept\"\n",
        || {
            let s = Token::fresh().user();
            let des_kbpk = "89E98CF7921545F234BC7546FD3E380D";
            let aes_kbpk = "88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6";
            let fixed = [a(CKA_MODIFIABLE, false)];
            for (version, kbpk) in [(b'B', des_kbpk), (b'D', aes_kbpk)] {
                let general = protection(&s, version, kbpk);
                let key_type = if version == b'D' { CKK_AES } else { CKK_DES2 };
                let with_usage = with(
                    &open_secret(key_type, &hex(kbpk)),
                    &[a(CKA_VHSM_KEY_USAGE.0, "K1")],
                );
                let with_usage = s.create(&with_usage).works();
                for (key_type, value, header) in [
                    (CKK_DES2, "0123456789ABCDEFFEDCBA9876543210", "00000P0TE00E0000"),
                    (CKK_DES, "0123456789ABCDEF", "B0000D0DB12S0000"),
                    (
                        CKK_DES3,
                        "0123456789ABCDEFFEDCBA987654321089ABCDEF01234567",
                        "D9999M3TC00N0000",
                    ),
                    (
                        CKK_DES2,
                        "0123456789ABCDEFFEDCBA9876543210",
                        "00000B0TX12S0100KS1800604B120F9292800000",
                    ),
                ] {
                    let key = s
                        .create(&with(&open_secret(key_type, &hex(value)), &fixed))
                        .works();
                    let m = Mech::iv(CKM_PTK_WRAP_TR31_DERIVE.0, header.as_bytes());
                    let block = s.wrap(m, general, key).works();
                    assert_eq!(block[0], version);
                    assert_eq!(block[5..12], header.as_bytes()[5..12]);
                    let standard = Mech::iv(CKM_VHSM_TR31.0, &[1, version]);
                    let back = s.unwrap_key(standard, with_usage, &block, &[]).works();
                    assert_eq!(s.get(back, CKA_VHSM_KEY_USAGE.0).works(), header.as_bytes()[5..7]);
                    assert_eq!(
                        s.get(back, CKA_VHSM_EXPORTABILITY.0).works(),
                        header.as_bytes()[11..12]
                    );
                    assert_eq!(
                        s.get(back, CKA_CHECK_VALUE).works(),
                        s.get(key, CKA_CHECK_VALUE).works()
                    );
                    let back = s
                        .unwrap_key(
                            Mech::new(CKM_PTK_UNWRAP_TR31.0),
                            general,
                            &block,
                            &[a(CKA_SENSITIVE, false)],
                        )
                        .works();
                    if header.as_bytes()[11] != b'N' {
                        assert_eq!(s.get(back, CKA_VALUE).works(), hex(value));
                    }
                }
            }
        },
    );
}

#[test]
fn what_protecttoolkit_s_key_blocks_do_not_take() {
    isolated_with(
        "compat = [\"protecttoolkit\"]\n[payment]\nweak_keys = \"accept\"\n",
        || {
            let s = Token::fresh().user();
            let value = hex("0123456789ABCDEFFEDCBA9876543210");
            let kbpk = protection(&s, b'B', "89E98CF7921545F234BC7546FD3E380D");
            let aes = protection(&s, b'D', "88E1AB2A2E3DD38C1FA039A536500CC8");
            let fixed = [a(CKA_MODIFIABLE, false)];
            let key = s.create(&with(&open_secret(CKK_DES2, &value), &fixed)).works();
            let wrap = |header: &str| Mech::iv(CKM_PTK_WRAP_TR31_DERIVE.0, header.as_bytes());
            let good = wrap("B0000P0TE00E0000");
            for header in [
                "",
                "B0000P0TE00E000",
                "B0000P0TE00E0100",
                "B0000P0TE00E00000",
                "B0000P0T?00E0000",
                "B0000P0TE00X0000",
                "B0000P0TE00E0x00",
                "B0000P0TE00E0100PB0A000000",
            ] {
                s.wrap(wrap(header), kbpk, key).gives(CKR_MECHANISM_PARAM_INVALID);
            }
            // Of another algorithm than the header says; that can be changed; that is a payment key.
            s.wrap(wrap("D0000D0AE00E0000"), kbpk, key)
                .gives(CKR_KEY_NOT_WRAPPABLE);
            let changing = s.create(&open_secret(CKK_DES2, &value)).works();
            s.wrap(good, kbpk, changing).gives(CKR_KEY_NOT_WRAPPABLE);
            let pin = [a(CKA_VHSM_KEY_USAGE.0, "P0"), a(CKA_VHSM_EXPORTABILITY.0, "S")];
            let pin = s
                .create(&with(&with(&open_secret(CKK_DES2, &value), &fixed), &pin))
                .works();
            s.wrap(good, kbpk, pin).gives(CKR_VHSM_KEY_NOT_EXPORTABLE.0);
            // A protection key with a usage is no general key.
            let usage = with(&open_secret(CKK_DES2, &value), &[a(CKA_VHSM_KEY_USAGE.0, "K1")]);
            let protecting = s.create(&usage).works();
            s.wrap(good, protecting, key).gives(CKR_VHSM_KEY_USAGE.0);
            let block = s.wrap(good, kbpk, key).works();
            let unwrap = Mech::new(CKM_PTK_UNWRAP_TR31.0);
            s.unwrap_key(unwrap, protecting, &block, &[])
                .gives(CKR_VHSM_KEY_USAGE.0);
            s.unwrap_key(unwrap, aes, &block, &[])
                .gives(CKR_WRAPPED_KEY_INVALID);
            s.unwrap_key(unwrap, kbpk, &block[1..], &[])
                .gives(CKR_WRAPPED_KEY_INVALID);
            s.unwrap_key(unwrap, kbpk, &block[..20], &[])
                .gives(CKR_WRAPPED_KEY_LEN_RANGE);
            for (kind, value) in [(CKA_DECRYPT, true), (CKA_SIGN, true)] {
                s.unwrap_key(unwrap, kbpk, &block, &[a(kind, value)])
                    .gives(CKR_TEMPLATE_INCONSISTENT);
            }
            s.unwrap_key(unwrap, kbpk, &block, &[a(CKA_KEY_TYPE, CKK_AES)])
                .gives(CKR_TEMPLATE_INCONSISTENT);
            s.unwrap_key(unwrap, kbpk, &block, &[a(CKA_VHSM_KEY_USAGE.0, "P0")])
                .gives(CKR_TEMPLATE_INCONSISTENT);
            for at in 0..block.len() {
                let mut changed = block.clone();
                changed[at] ^= 1;
                assert!(s.unwrap_key(unwrap, kbpk, &changed, &[]).is_err(), "{at}");
            }
            let before = s.find(&[]).works().len();
            s.unwrap_key(unwrap, kbpk, &block, &[]).works();
            assert_eq!(s.find(&[]).works().len(), before + 1);
        },
    );
}
