//! What holds for every mechanism, asked of every row of the catalog: a test counts what it ran, so that no row is left
//! out unseen.

mod fitting;
mod flags;
mod wraps;

use crate::aeads::{ccm, chacha20, poly1305, salsa20};
use crate::harness::*;
use crate::pq_signatures::stateful;
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use vhsm::catalog;
use vhsm::mechanism::{MechanismSpec, ParamKind};

/// Rows that encrypt, digest or sign and are tested elsewhere, and why.
const EXCEPTIONS: [(&str, &str); 29] = [
    (
        "CKM_HOTP",
        "every call counts the key up, so that none gives what another gave: otp.rs",
    ),
    (
        "CKM_HSS",
        "only verifies, with the keys of its vectors: pq_signatures.rs",
    ),
    (
        "CKM_XMSS",
        "only verifies, with the keys of its vectors: pq_signatures.rs",
    ),
    (
        "CKM_XMSSMT",
        "only verifies, with the keys of its vectors: pq_signatures.rs",
    ),
    ("CKM_VHSM_PIN_BLOCK", PINS),
    ("CKM_VHSM_PIN_REVEAL", PINS),
    ("CKM_VHSM_PIN_GENERATE", PINS),
    ("CKM_VHSM_PIN_TRANSLATE", PINS),
    ("CKM_VHSM_PIN_TRANSLATE_ANY", PINS),
    ("CKM_VHSM_PIN_COMPARE", PINS),
    ("CKM_VHSM_IBM3624_PIN", PINS),
    ("CKM_VHSM_IBM3624_OFFSET", PINS),
    ("CKM_VHSM_IBM3624_CHANGE", PINS),
    ("CKM_VHSM_DECIMALIZATION_TABLE_TRANSLATE", PINS),
    ("CKM_VHSM_VISA_PVV_BLOCK", PINS),
    ("CKM_VHSM_VISA_PVV_CHANGE", PINS),
    ("CKM_VHSM_EMV_PIN_CHANGE", PINS),
    ("CKM_VHSM_DATA_ECB", DATA),
    ("CKM_VHSM_DATA_CBC", DATA),
    ("CKM_VHSM_DATA_CFB8", DATA),
    ("CKM_VHSM_DATA_CFB64", DATA),
    ("CKM_VHSM_DATA_CTR", DATA),
    ("CKM_VHSM_DATA_TRANSLATE", DATA),
    ("CKM_VHSM_DUKPT_MAC", DATA),
    ("CKM_VHSM_MAC_TRANSLATE", DATA),
    (
        "CKM_VHSM_LMK_RSA_PUBLIC_KEY",
        "under a variant LMK it signs, under others it encrypts public keys: payment_lmk_rsa.rs",
    ),
    (
        "CKM_VHSM_ISO9797_CHAINED_MAC",
        "its messages come in calls of their own: payment_macs.rs",
    ),
    (
        "CKM_VHSM_KEY_CHECK_VALUE",
        "takes payment keys of any usage and no data: payment_data.rs",
    ),
    (
        "CKM_VHSM_KEY_CHECK_VALUE_WHOLE",
        "takes payment keys of any usage and no data: payment_data.rs",
    ),
];

const PINS: &str = "takes PINs and further keys: payment_pins.rs";

const DATA: &str = "its parameter goes with the cipher of its key, or names another: payment_data.rs";

/// An end of a PIN mechanism's parameter: format 1, a static key, an account.
const PIN_END: &[u8] = b"\x01\x00\0\0\0\0\0\0\0\0\0\0\0\0\x104111111111111111\0\0\0";

/// Mechanisms whose messages come whole [PKCS#11 3.2, 6: single-part operations]: raw and padded RSA, signatures of a
/// digest that the caller made, key wraps, payment.
const WHOLE_ONLY: [&str; 32] = [
    "CKM_AES_KEY_WRAP",
    "CKM_AES_KEY_WRAP_KWP",
    "CKM_AES_KEY_WRAP_PAD",
    "CKM_AES_KEY_WRAP_PKCS7",
    "CKM_DSA",
    "CKM_ECDSA",
    "CKM_HASH_ML_DSA",
    "CKM_HASH_SLH_DSA",
    "CKM_LUNA_AES_KW",
    "CKM_LUNA_AES_KWP",
    "CKM_RSA_9796",
    "CKM_RSA_PKCS",
    "CKM_RSA_PKCS_OAEP",
    "CKM_RSA_PKCS_PSS",
    "CKM_RSA_X_509",
    "CKM_VHSM_CSC",
    "CKM_VHSM_CSC_V2",
    "CKM_VHSM_CVC3",
    "CKM_VHSM_CVV",
    "CKM_VHSM_DCVV",
    "CKM_VHSM_DECIMALIZATION_TABLE",
    "CKM_VHSM_EMV_AC",
    "CKM_VHSM_EMV_ARPC1",
    "CKM_VHSM_EMV_ARPC2",
    "CKM_VHSM_EMV_DAC",
    "CKM_VHSM_EMV_DYNAMIC_NUMBER",
    "CKM_VHSM_EMV_SCRIPT_ENCRYPT",
    "CKM_VHSM_EMV_SCRIPT_MAC",
    "CKM_VHSM_EMV_TRUNCATED_AC",
    "CKM_VHSM_FF1",
    "CKM_VHSM_FF3_1",
    "CKM_VHSM_VISA_PVV",
];

/// The handle where there is no key.
const NONE: CK_OBJECT_HANDLE = 0;

fn id(row: &MechanismSpec) -> CK_MECHANISM_TYPE {
    row.id.0
}

/// The hash that the name of a mechanism of RSA-PSS says, and its mask; SHA-256 where it says none.
fn pss_hash(name: &str) -> (CK_MECHANISM_TYPE, CK_RSA_PKCS_MGF_TYPE) {
    match name.trim_start_matches("CKM_").trim_end_matches("RSA_PKCS_PSS") {
        "SHA1_" => (CKM_SHA_1, CKG_MGF1_SHA1),
        "SHA224_" => (CKM_SHA224, CKG_MGF1_SHA224),
        "SHA384_" => (CKM_SHA384, CKG_MGF1_SHA384),
        "SHA512_" => (CKM_SHA512, CKG_MGF1_SHA512),
        "SHA3_224_" => (CKM_SHA3_224, CKG_MGF1_SHA3_224),
        "SHA3_256_" => (CKM_SHA3_256, CKG_MGF1_SHA3_256),
        "SHA3_384_" => (CKM_SHA3_384, CKG_MGF1_SHA3_384),
        "SHA3_512_" => (CKM_SHA3_512, CKG_MGF1_SHA3_512),
        _ => (CKM_SHA256, CKG_MGF1_SHA256),
    }
}

/// The parameter of a mechanism for chip cards, under an issuer's key: option A, common session keys where there are
/// sessions.
fn chip_card(name: &str) -> Option<Vec<u8>> {
    let (session, option, length) = match name.strip_prefix("CKM_VHSM_EMV_")? {
        "AC" | "SCRIPT_MAC" => (1, 2, 8),
        "ARPC1" => (1, 0, 8),
        "ARPC2" => (1, 0, 4),
        "TRUNCATED_AC" => (1, 2, 2),
        "SCRIPT_ENCRYPT" => (1, 3, 0),
        "DAC" | "DYNAMIC_NUMBER" => (0, 0, 4),
        _ => return None,
    };
    let card = b"\x12\x34\x56\x78\x90\x12\x34\x56\xff\xff\x00";
    let counter: &[u8] = if session == 1 { &[0, 0x1c] } else { &[] };
    let bitmap: &[u8] = if length == 2 {
        b"\x08\xff\xff\xff\xff\xff\xff\xff\xff"
    } else {
        b""
    };
    Some([&[1, b'A', session, option, length], &card[..], counter, bitmap].concat())
}

/// The same with AES: option C, and CMAC instead of a padding.
fn of_aes(mut param: Vec<u8>) -> Vec<u8> {
    param[1] = b'C';
    if param[3] == 2 {
        param[3] = 0;
    }
    param
}

/// A mechanism with a parameter for messages of so many bytes; `None` for the parameters of derivation, which no
/// operation with a beginning takes.
fn mech(row: &MechanismSpec, length: usize) -> Option<Mech> {
    let (id, name) = (id(row), row.name());
    let mut mech = match row.params {
        ParamKind::None | ParamKind::OptionalIv(_) | ParamKind::OptionalEddsa => Mech::new(id),
        ParamKind::Iv(bytes) => Mech::iv(id, &vec![0x3c; bytes]),
        ParamKind::AesCtr => Mech::ctr(128, [0x5a; 16]),
        ParamKind::Gcm => Mech::gcm_of(id, &[7; 12]),
        ParamKind::Ccm => ccm(length, &[7; 12], b"also", 16),
        ParamKind::ChaCha20 => chacha20(&1_u32.to_le_bytes(), &[7; 12]),
        ParamKind::Salsa20 => salsa20(1, &[7; 8]),
        ParamKind::StreamPoly1305 if name == "CKM_SALSA20_POLY1305" => poly1305(id, &[7; 24], b"", 8),
        ParamKind::StreamPoly1305 => poly1305(id, &[7; 12], b"also", 8),
        // Version 1, algorithm 1, padding method 2, a whole message, 4 bytes.
        ParamKind::Flat { .. } if name == "CKM_VHSM_ISO9797_CHAINED_MAC" => {
            Mech::iv(id, &[&[1, 1, 2, 0, 4][..], &[0; 8]].concat())
        }
        // Version 1, padding method 2, 4 bytes.
        ParamKind::Flat { .. } if name.starts_with("CKM_VHSM_ISO9797_") => Mech::iv(id, &[1, 2, 4]),
        // Version 1, small letters, radix 10, and the tweak.
        ParamKind::Flat { .. } if name == "CKM_VHSM_FF1" => Mech::iv(id, &[1, 1, 0, 0, 0, 10]),
        ParamKind::Flat { .. } if name == "CKM_VHSM_FF3_1" => {
            Mech::iv(id, &[1, 1, 0, 0, 0, 10, 1, 2, 3, 4, 5, 6, 7])
        }
        // Version 1, a static key of triple DES, and an initialisation vector.
        ParamKind::Flat { .. } if name == "CKM_VHSM_DATA_ECB" => Mech::iv(id, &[&[1][..], &[0; 15]].concat()),
        ParamKind::Flat { .. } if name.starts_with("CKM_VHSM_DATA_C") => {
            Mech::iv(id, &[&[1][..], &[0; 23]].concat())
        }
        // Version 1, an AES key of DUKPT for both sides, CMAC of 8 bytes.
        ParamKind::Flat { .. } if name == "CKM_VHSM_DUKPT_MAC" => {
            Mech::iv(id, &[&[1, 4, 0, 3][..], &[1; 12], &[5, 0, 8]].concat())
        }
        // Version 1, zeros encrypted, 3 bytes.
        ParamKind::Flat { .. } if name == "CKM_VHSM_KEY_CHECK_VALUE" => Mech::iv(id, &[1, 1, 3]),
        // Version 1, the derivation of the card's key; track data, 3 digits.
        ParamKind::Flat { .. } if name == "CKM_VHSM_DCVV" => Mech::iv(id, b"\x01A"),
        ParamKind::Flat { .. } if name == "CKM_VHSM_CVC3" => Mech::iv(id, b"\x01A\x01\x03"),
        // Version 1, all three codes.
        ParamKind::Flat { .. } if name.starts_with("CKM_VHSM_CSC") => Mech::iv(id, &[1, 12]),
        ParamKind::Flat { .. } if matches!(name, "CKM_VHSM_PIN_BLOCK" | "CKM_VHSM_PIN_REVEAL") => {
            Mech::iv(id, &[&[1], PIN_END].concat())
        }
        ParamKind::Flat { .. } if name == "CKM_VHSM_PIN_GENERATE" => {
            Mech::iv(id, &[&[1], PIN_END, &[4]].concat())
        }
        ParamKind::Flat { .. } => Mech::iv(id, &chip_card(name)?),
        ParamKind::RsaOaep => Mech::oaep(CKM_SHA256, CKG_MGF1_SHA256, b"label"),
        ParamKind::RsaPss => {
            let (hash_alg, mgf) = pss_hash(name);
            let parameter = CK_RSA_PKCS_PSS_PARAMS {
                hashAlg: hash_alg,
                mgf,
                sLen: 20,
            };
            Mech::with(id, parameter)
        }
        // The length of the hash in bits.
        ParamKind::MacGeneral if ["CKM_SHA512_T", "CKM_SHA512_T_HMAC"].contains(&name) => {
            Mech::general(id, 160)
        }
        ParamKind::MacGeneral => Mech::general(id, 4),
        ParamKind::OptionalSignContext => Mech::sign_context(id, CKH_DETERMINISTIC_REQUIRED, b"context"),
        ParamKind::HashSignContext => {
            Mech::hash_sign_context(id, CKH_DETERMINISTIC_REQUIRED, b"context", CKM_SHA256)
        }
        ParamKind::Derivation(_) if name.ends_with("_MAC") => Mech::with(
            id,
            CK_TLS_MAC_PARAMS {
                prfHashMechanism: CKM_SHA256,
                ulMacLength: 12,
                ulServerOrClient: 1,
            },
        ),
        ParamKind::RsaAesKeyWrap => Mech::with(
            id,
            CK_RSA_AES_KEY_WRAP_PARAMS {
                ulAESKeyBits: 256,
                pOAEPParams: Mech::oaep(CKM_SHA256, CKG_MGF1_SHA256, b"").0.pParameter.cast(),
            },
        ),
        ParamKind::EcdhAesKeyWrap => Mech::with(
            id,
            CK_ECDH_AES_KEY_WRAP_PARAMS {
                ulAESKeyBits: 192,
                kdf: CKD_SHA256_KDF,
                ulSharedDataLen: 6,
                pSharedData: leak(b"shared"),
            },
        ),
        _ => return None,
    };
    mech.0.mechanism = id;
    Some(mech)
}

const LMK: CK_KEY_TYPE = vhsm::ck::CKK_VHSM_LMK.0;

/// A group of a prime field: of DSA that of NIST CAVP, of Diffie-Hellman that of RFC 5114.
fn group(key_type: CK_KEY_TYPE) -> Vec<CK_ATTRIBUTE> {
    let file = match key_type {
        CKK_DSA => include_str!("../vectors/dsa/keypair.txt"),
        _ => include_str!("../vectors/dh/rfc5114.txt"),
    };
    let number = |name: &str| {
        let line = file.lines().find_map(|line| line.strip_prefix(name));
        hex(line.unwrap())
    };
    let mut group = vec![a(CKA_PRIME, number("P = ")), a(CKA_BASE, number("G = "))];
    if key_type != CKK_DH {
        group.push(a(CKA_SUBPRIME, number("Q = ")));
    }
    group
}

/// What makes pairs in such a group.
fn of_group(key_type: CK_KEY_TYPE) -> CK_MECHANISM_TYPE {
    match key_type {
        CKK_DSA => CKM_DSA_KEY_PAIR_GEN,
        CKK_DH => CKM_DH_PKCS_KEY_PAIR_GEN,
        _ => CKM_X9_42_DH_KEY_PAIR_GEN,
    }
}

/// A public key of a signature with a state, and what it verifies.
fn signed(key_type: CK_KEY_TYPE) -> Vector {
    let file = match key_type {
        CKK_HSS => include_str!("../vectors/pqc/hss.txt"),
        CKK_XMSS => include_str!("../vectors/pqc/xmss.txt"),
        _ => include_str!("../vectors/pqc/xmssmt.txt"),
    };
    vectors(file).swap_remove(0)
}

/// The key that encrypts, verifies or wraps, and the one that decrypts, signs or unwraps.
type Pair = (CK_OBJECT_HANDLE, CK_OBJECT_HANDLE);

/// A session and keys of every type, each made once.
struct Bench {
    s: Session,
    other: Session,
    slot: CK_SLOT_ID,
    keys: RefCell<HashMap<(CK_KEY_TYPE, usize, String), Pair>>,
}

impl Bench {
    fn new() -> Self {
        let token = Token::fresh();
        Self {
            s: token.user(),
            other: token.rw(),
            slot: token.slot,
            keys: RefCell::default(),
        }
    }

    /// A key of this type for this row: the one that encrypts or checks, the one that decrypts or signs.
    fn keys(&self, row: &MechanismSpec, key_type: CK_KEY_TYPE) -> Pair {
        let length = match key_type {
            CKK_AES if row.key.sizes.max == 0 => 32, // rows of many types tell no sizes
            CKK_AES => row.key.sizes.max.min(32) as usize,
            CKK_DES => 8,
            CKK_DES3 => 24,
            CKK_AES_XTS => 64,
            CKK_CHACHA20 | CKK_SALSA20 | CKK_POLY1305 => 32,
            CKK_DES2 | CKK_CAMELLIA | CKK_ARIA | CKK_TWOFISH | CKK_BLOWFISH | CKK_SEED => 16,
            LMK => 32,
            _ => 48,
        };
        let usage = match row.key.usages.first() {
            _ if key_type == LMK => "LM".to_owned(),
            Some(usage) => usage.0.iter().copied().map(char::from).collect(),
            None if row.key.tells_check_value => "P0".to_owned(),
            None => String::new(),
        };
        self.kept(key_type, length, &usage)
    }

    /// A key of this type, length and usage, which is made once.
    fn kept(&self, key_type: CK_KEY_TYPE, length: usize, usage: &str) -> Pair {
        let sought = (key_type, length, usage.to_owned());
        let known = self.keys.borrow().get(&sought).copied();
        known.unwrap_or_else(|| {
            let made = self.make(key_type, length, usage);
            self.keys.borrow_mut().insert(sought, made);
            made
        })
    }

    fn make(&self, key_type: CK_KEY_TYPE, length: usize, usage: &str) -> Pair {
        let s = &self.s;
        let shown = [a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)];
        let on = |generator, curve| s.pair_on(generator, curve, &[], &shown).works();
        match key_type {
            CKK_RSA => s.rsa_with(2048, &[], &shown).works(),
            CKK_EC => on(CKM_EC_KEY_PAIR_GEN, curve::P256),
            CKK_EC_EDWARDS => on(CKM_EC_EDWARDS_KEY_PAIR_GEN, curve::ED25519),
            CKK_EC_MONTGOMERY => on(CKM_EC_MONTGOMERY_KEY_PAIR_GEN, curve::X25519),
            CKK_ML_DSA => s.pq_pair("ML-DSA-44", &shown).works(),
            CKK_ML_KEM => s.pq_pair("ML-KEM-512", &shown).works(),
            CKK_SLH_DSA => s.pq_pair("SLH-DSA-SHA2-128f", &shown).works(),
            CKK_DSA | CKK_DH | CKK_X9_42_DH => s
                .generate_pair(Mech::new(of_group(key_type)), &group(key_type), &shown)
                .works(),
            CKK_HSS | CKK_XMSS | CKK_XMSSMT => {
                let key = stateful(s, key_type, &signed(key_type));
                (key, key)
            }
            CKK_HOTP => {
                let template = with(
                    &open_secret(CKK_HOTP, b"12345678901234567890"),
                    &[a(CKA_CLASS, CKO_OTP_KEY)],
                );
                let key = s.create(&template).works();
                (key, key)
            }
            LMK => {
                let kind = if length == 320 { b'V' } else { b'A' };
                let generator = Mech::iv(vhsm::ck::CKM_VHSM_LMK_GEN.0, &[1, kind]);
                let number = if kind == b'V' { "00" } else { "01" };
                let key = s
                    .generate_key(generator, &[a(vhsm::ck::CKA_VHSM_LMK_ID.0, number)])
                    .works();
                (key, key)
            }
            _ => {
                let mut value: Vec<u8> = (0..length).map(|at| (at * 37 + 11) as u8).collect();
                if !usage.is_empty() {
                    for byte in &mut value {
                        *byte ^= u8::from(byte.count_ones() % 2 == 0); // odd parity, as payment keys have
                    }
                }
                let mut template = open_secret(key_type, &value);
                if !usage.is_empty() {
                    template.push(a(vhsm::ck::CKA_VHSM_KEY_USAGE.0, usage));
                } else if [CKK_AES_XTS, CKK_CHACHA20, CKK_SALSA20, CKK_POLY1305].contains(&key_type) {
                    template.push(a(CKA_DERIVE, true)); // unless they are told to, these derive nothing
                }
                let key = s.create(&template).works();
                (key, key)
            }
        }
    }
}

/// One mechanism with one key and a message that it takes.
struct Case {
    name: &'static str,
    m: Mech,
    /// Encrypts, verifies.
    public: CK_OBJECT_HANDLE,
    /// Decrypts, signs.
    private: CK_OBJECT_HANDLE,
    classes: Vec<Class>,
    data: Vec<u8>,
    /// What encryption, digest or signature make of the data.
    made: Vec<u8>,
    /// Whether they make something else each time.
    random: bool,
    slow: bool,
}

/// Messages of many lengths; every mechanism takes one of them.
fn messages(row: &MechanismSpec) -> Vec<Vec<u8>> {
    let counting = |length: usize| (0..length).map(|at| at as u8).collect::<Vec<_>>();
    match row.name() {
        // As long as the modulus, and less than it.
        "CKM_RSA_X_509" => vec![counting(256)],
        "CKM_VHSM_DECIMALIZATION_TABLE" => vec![b"0123456789012345".to_vec()],
        "CKM_VHSM_FF1" | "CKM_VHSM_FF3_1" => vec![b"4123456789012345".to_vec()],
        "CKM_VHSM_CVV" => vec![b"4123456789012345;8701;101".to_vec()],
        "CKM_VHSM_CSC" => vec![b"371234567890123;9912".to_vec()],
        "CKM_VHSM_CSC_V2" => vec![b"371234567890123;9912;702".to_vec()],
        "CKM_VHSM_DCVV" => vec![b"4123456789012345;00;8701;101;0001".to_vec()],
        "CKM_VHSM_CVC3" => vec![b"5123456789012345;00;005E;00000899;5123456789012345D35121010F".to_vec()],
        "CKM_VHSM_EMV_ARPC1" => vec![counting(10)],
        "CKM_VHSM_EMV_ARPC2" => vec![counting(12)],
        "CKM_VHSM_EMV_DAC" | "CKM_VHSM_EMV_DYNAMIC_NUMBER" => vec![counting(8)],
        "CKM_VHSM_VISA_PVV" => vec![b"4111111111111111;1;1234".to_vec()],
        _ => [101, 96, 64, 48, 32, 28, 20].map(counting).to_vec(),
    }
}

impl Case {
    fn key(&self, class: Class) -> CK_OBJECT_HANDLE {
        match class {
            Class::Encrypt | Class::Verify => self.public,
            Class::Digest => NONE,
            _ => self.private,
        }
    }

    fn input(&self, class: Class) -> &[u8] {
        match class {
            Class::Decrypt => &self.made,
            _ => &self.data,
        }
    }

    fn begin(&self, s: &Session, class: Class) {
        s.begin(class, self.m, self.key(class))
            .unwrap_or_else(|refusal| panic!("{} {class:?}: {refusal:?}", self.name));
    }

    /// Whether this is what the operation has to give.
    #[track_caller]
    fn agrees(&self, s: &Session, class: Class, out: &[u8], how: &str) {
        let what = format!("{} {class:?} {how}", self.name);
        match class {
            Class::Decrypt => assert_eq!(out, self.data, "{what}"),
            Class::Encrypt if self.random => {
                assert_eq!(s.decrypt(self.m, self.private, out).unwrap(), self.data, "{what}");
            }
            Class::Sign if self.random => {
                assert_eq!(s.verify(self.m, self.public, &self.data, out), Ok(()), "{what}");
            }
            Class::Verify => assert!(out.is_empty(), "{what}"),
            _ => assert_eq!(out, self.made, "{what}"),
        }
    }

    /// The operation in one call.
    fn once(&self, s: &Session, class: Class) -> Answer<Vec<u8>> {
        match whole_step(class) {
            Some(step) => s.step(step, self.input(class)),
            None => s.check(&self.data, &self.made).map(|()| vec![]),
        }
    }

    /// A part; what it gives.
    fn part(&self, s: &Session, class: Class, input: &[u8]) -> Answer<Vec<u8>> {
        match class {
            Class::Encrypt => s.step(Step::EncryptUpdate, input),
            Class::Decrypt => s.step(Step::DecryptUpdate, input),
            _ => s.feed(class, input).map(|()| vec![]),
        }
    }

    /// The end after parts.
    fn end(&self, s: &Session, class: Class) -> Answer<Vec<u8>> {
        match last_step(class) {
            Some(step) => s.step(step, &[]),
            None => s.check_final(&self.made).map(|()| vec![]),
        }
    }

    /// Whether the mechanism takes parts; if it does not, it says so.
    fn takes_parts(&self, s: &Session, class: Class) -> bool {
        self.begin(s, class);
        match self.part(s, class, &self.input(class)[..1]) {
            Ok(_) => {
                s.cancel_by_init(class).works();
                true
            }
            Err(refusal) => {
                assert_eq!(
                    refusal,
                    Refusal(CKR_FUNCTION_NOT_SUPPORTED),
                    "{} {class:?}",
                    self.name
                );
                s.is_idle(class);
                false
            }
        }
    }
}

fn whole_step(class: Class) -> Option<Step> {
    Some(match class {
        Class::Encrypt => Step::Encrypt,
        Class::Decrypt => Step::Decrypt,
        Class::Digest => Step::Digest,
        Class::Sign => Step::Sign,
        _ => return None,
    })
}

fn last_step(class: Class) -> Option<Step> {
    Some(match class {
        Class::Encrypt => Step::EncryptFinal,
        Class::Decrypt => Step::DecryptFinal,
        Class::Digest => Step::DigestFinal,
        Class::Sign => Step::SignFinal,
        _ => return None,
    })
}

/// The classes of a row that begin with an Init function.
fn classes(row: &MechanismSpec) -> Vec<Class> {
    let flags = row.flags();
    [
        (CKF_ENCRYPT, Class::Encrypt),
        (CKF_DECRYPT, Class::Decrypt),
        (CKF_DIGEST, Class::Digest),
        (CKF_SIGN, Class::Sign),
        (CKF_VERIFY, Class::Verify),
    ]
    .into_iter()
    .filter(|(flag, _)| flags & flag != 0)
    .map(|(_, class)| class)
    .collect()
}

/// Every row that encrypts, digests or signs, with every type of key that it takes.
fn cases(bench: &Bench) -> Vec<Case> {
    for (name, why) in EXCEPTIONS {
        assert!(
            catalog::all().any(|row| row.name() == name),
            "{name} is no row: {why}"
        );
    }
    let mut all = Vec::new();
    for row in catalog::all() {
        let classes = classes(row);
        if classes.is_empty() || EXCEPTIONS.iter().any(|(name, _)| *name == row.name()) {
            continue;
        }
        let types: Vec<_> = match row.key.types {
            [] => vec![None],
            types => types.iter().map(|key_type| Some(key_type.0)).collect(),
        };
        // What local master keys encrypt: payment_lmk_pins.rs.
        let types = types
            .into_iter()
            .filter(|key_type| *key_type != Some(vhsm::ck::CKK_VHSM_LMK.0));
        for key_type in types {
            let keys = key_type.map_or((NONE, NONE), |key_type| bench.keys(row, key_type));
            // What encrypts and what signs are two cases: RSA does both.
            let ciphers = |class: &Class| matches!(class, Class::Encrypt | Class::Decrypt);
            let (encrypt, other): (Vec<_>, Vec<_>) = classes.iter().copied().partition(ciphers);
            for some in [encrypt, other].into_iter().filter(|some| !some.is_empty()) {
                all.push(case(&bench.s, row, some, keys, key_type == Some(CKK_SLH_DSA)));
            }
        }
    }
    all
}

fn case(s: &Session, row: &MechanismSpec, classes: Vec<Class>, (public, private): Pair, slow: bool) -> Case {
    let name = row.name();
    let make = |m, data: &[u8]| match classes[0] {
        Class::Encrypt => s.encrypt(m, public, data),
        Class::Digest => s.digest(m, data),
        _ => s.sign(m, private, data),
    };
    for data in messages(row) {
        let mut m = mech(row, data.len()).unwrap_or_else(|| panic!("{name} has no parameter here"));
        if name.starts_with("CKM_VHSM_EMV_") && s.number(private, CKA_KEY_TYPE).works() == CKK_AES {
            m = Mech::iv(id(row), &of_aes(chip_card(name).unwrap()));
        }
        match make(m, &data) {
            Ok(made) => {
                let random = !slow && make(m, &data).works() != made;
                return Case {
                    name,
                    m,
                    public,
                    private,
                    classes,
                    data,
                    made,
                    random,
                    slow,
                };
            }
            Err(refusal) => assert_eq!(refusal, Refusal(CKR_DATA_LEN_RANGE), "{name}"),
        }
    }
    panic!("{name} takes no message")
}

/// OPA-4: the parts of a message, however it is cut, give what the whole gives; or the mechanism takes no parts and says so.
#[test]
fn messages_in_parts_give_what_the_whole_gives_with_every_mechanism() {
    isolated_with_everything(|| {
        let bench = Bench::new();
        let (s, mut in_parts, mut whole) = (&bench.s, 0, BTreeSet::new());
        for case in cases(&bench) {
            for class in case.classes.iter().copied() {
                case.begin(s, class);
                let once = case
                    .once(s, class)
                    .unwrap_or_else(|r| panic!("{} {class:?}: {r:?}", case.name));
                case.agrees(s, class, &once, "whole");
                if !case.takes_parts(s, class) {
                    whole.insert(case.name);
                    continue;
                }
                in_parts += 1;
                let pieces: &[usize] = if case.slow {
                    &[33]
                } else {
                    &[1, 7, 15, 16, 33, 64, 1000]
                };
                for piece in pieces {
                    case.begin(s, class);
                    let mut out = Vec::new();
                    for part in case.input(class).chunks(*piece) {
                        out.extend(case.part(s, class, part).works());
                    }
                    out.extend(case.end(s, class).works());
                    case.agrees(s, class, &out, &format!("in pieces of {piece}"));
                }
            }
        }
        assert_eq!(whole.into_iter().collect::<Vec<_>>(), WHOLE_ONLY);
        assert!(in_parts >= 430, "{in_parts}");
    });
}

/// One call with its output over its input.
fn in_place(s: &Session, step: Step, input: &[u8]) -> Answer<Vec<u8>> {
    let mut buffer = [input, &[0; 1024]].concat();
    let place = buffer.as_mut_ptr();
    let mut length = buffer.len() as CK_ULONG;
    s.step_raw(step, (place, input.len() as CK_ULONG), place, &raw mut length)?;
    buffer.truncate(length as usize);
    Ok(buffer)
}

/// [PKCS#11 3.2, 5.2]: input and output may be the same place, for whole messages and for parts.
#[test]
fn output_in_place_of_the_input_is_that_of_every_mechanism() {
    isolated_with_everything(|| {
        let bench = Bench::new();
        let (s, mut ran) = (&bench.s, 0);
        for case in cases(&bench) {
            for class in case.classes.iter().copied() {
                let (whole, part) = match class {
                    Class::Encrypt => (Step::Encrypt, Step::EncryptUpdate),
                    Class::Decrypt => (Step::Decrypt, Step::DecryptUpdate),
                    _ => continue,
                };
                ran += 1;
                let input = case.input(class);
                case.begin(s, class);
                case.agrees(s, class, &in_place(s, whole, input).works(), "in place");
                if case.takes_parts(s, class) {
                    case.begin(s, class);
                    let mut out = Vec::new();
                    for some in input.chunks(33) {
                        out.extend(in_place(s, part, some).works());
                    }
                    out.extend(case.end(s, class).works());
                    case.agrees(s, class, &out, "in parts in place");
                }
            }
        }
        assert!(ran >= 112, "{ran}");
    });
}

/// Asks for the length twice, offers no room, and then makes the call with the room that was asked for: what it writes.
#[track_caller]
fn asked(s: &Session, step: Step, input: &[u8], what: &str) -> Vec<u8> {
    let query = || {
        s.query(step, input)
            .unwrap_or_else(|r| panic!("{what} {step:?}: {r:?}"))
    };
    let told = query();
    assert_eq!(query(), told, "{what} {step:?} says the same again");
    if told > 0 {
        // What is told may be more than what is written.
        let (short, length, _) = s.offer(step, input, 0);
        if short.is_ok() {
            assert_eq!(length, 0, "{what} {step:?}");
            return vec![];
        }
        assert_eq!(short, Err(Refusal(CKR_BUFFER_TOO_SMALL)), "{what} {step:?}");
        assert!(
            (1..=told).contains(&length),
            "{what} {step:?}: {length} of {told}"
        );
    }
    let (answer, length, mut out) = s.offer(step, input, told);
    answer.unwrap_or_else(|r| panic!("{what} {step:?}: {r:?}"));
    out.truncate(length);
    out
}

/// OUT-1, OUT-2: who asks for the length, or has too little room, can go on as if nothing had been.
#[test]
fn length_queries_and_short_buffers_leave_no_trace_with_any_mechanism() {
    isolated_with_everything(|| {
        let bench = Bench::new();
        let (s, mut ran, mut in_parts) = (&bench.s, 0, 0);
        for case in cases(&bench) {
            for class in case.classes.iter().copied() {
                let (Some(whole), Some(last)) = (whole_step(class), last_step(class)) else {
                    continue;
                };
                ran += 1;
                let (what, input) = (format!("{} {class:?}", case.name), case.input(class));
                case.begin(s, class);
                case.agrees(s, class, &asked(s, whole, input, &what), "asked for");
                s.is_idle(class);
                if case.takes_parts(s, class) {
                    in_parts += 1;
                    case.begin(s, class);
                    let mut out = Vec::new();
                    for some in input.chunks(input.len().div_ceil(3)) {
                        match class {
                            Class::Encrypt => out.extend(asked(s, Step::EncryptUpdate, some, &what)),
                            Class::Decrypt => out.extend(asked(s, Step::DecryptUpdate, some, &what)),
                            _ => s.feed(class, some).works(),
                        }
                    }
                    out.extend(asked(s, last, &[], &what));
                    case.agrees(s, class, &out, "asked for in parts");
                    s.is_idle(class);
                }
            }
        }
        assert!(ran >= 296 && in_parts >= 273, "{ran}, {in_parts} in parts");
    });
}

/// OPS-1, OPS-2: an operation that is saved goes on in another session to the same end; what cannot be saved says so and
/// goes on where it is.
#[test]
fn saved_operations_of_every_mechanism_come_to_the_same_end() {
    isolated_with_everything(|| {
        let bench = Bench::new();
        let (s, other) = (&bench.s, &bench.other);
        let (mut saved, mut unsaved) = (0, 0);
        for case in cases(&bench) {
            for class in case.classes.iter().copied() {
                let input = case.input(class);
                let parts = case.takes_parts(s, class);
                let length = input.len();
                let mut cuts = vec![0, 1, 7, 16, 33, length / 2, length - 1, length];
                cuts.retain(|cut| (*cut == 0 || parts) && *cut <= length);
                if case.slow {
                    cuts.truncate(2);
                }
                for cut in cuts {
                    let (encryption, authentication) = match class {
                        Class::Encrypt | Class::Decrypt => (case.key(class), NONE),
                        Class::Digest => (NONE, NONE),
                        _ => (NONE, case.key(class)),
                    };
                    let what = format!("saved at {cut} of {length}");
                    case.begin(s, class);
                    let mut out = match cut {
                        0 => vec![],
                        _ => case.part(s, class, &input[..cut]).works(),
                    };
                    let on = match s.save() {
                        Ok(state) => {
                            saved += 1;
                            s.cancel_by_init(class).works();
                            other
                                .restore(&state, encryption, authentication)
                                .unwrap_or_else(|r| panic!("{} {class:?} {what}: {r:?}", case.name));
                            other
                        }
                        Err(refusal) => {
                            unsaved += 1;
                            assert_eq!(refusal, Refusal(CKR_STATE_UNSAVEABLE), "{} {what}", case.name);
                            s
                        }
                    };
                    // What has only begun is still free to come whole.
                    if cut == 0 {
                        out.extend(case.once(on, class).works());
                    } else {
                        out.extend(case.part(on, class, &input[cut..]).works());
                        out.extend(case.end(on, class).works());
                    }
                    case.agrees(on, class, &out, &what);
                }
            }
        }
        assert!(saved >= 1900 && unsaved >= 1000, "{saved} saved, {unsaved} not");
    });
}
