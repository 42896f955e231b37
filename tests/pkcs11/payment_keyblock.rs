//! Key blocks: what leaves and enters in them, and what does not [include/vhsm.h].

use crate::harness::*;
use vhsm::ck::{
    CKA_VHSM_EXPORTABILITY, CKA_VHSM_KEY_ALGORITHM, CKA_VHSM_KEY_USAGE, CKA_VHSM_KEY_VERSION,
    CKA_VHSM_MODE_OF_USE, CKA_VHSM_OPTIONAL_BLOCKS, CKM_VHSM_CVV, CKM_VHSM_TR31, CKR_VHSM_KEY_ALGORITHM,
    CKR_VHSM_KEY_ALL_ZERO, CKR_VHSM_KEY_MODE_OF_USE, CKR_VHSM_KEY_NOT_EXPORTABLE, CKR_VHSM_KEY_PARITY,
    CKR_VHSM_KEY_USAGE, Rv,
};

const TR31: CK_MECHANISM_TYPE = CKM_VHSM_TR31.0;
const USAGE: CK_ATTRIBUTE_TYPE = CKA_VHSM_KEY_USAGE.0;
const MODE: CK_ATTRIBUTE_TYPE = CKA_VHSM_MODE_OF_USE.0;
const EXPORTABILITY: CK_ATTRIBUTE_TYPE = CKA_VHSM_EXPORTABILITY.0;
const VERSION: CK_ATTRIBUTE_TYPE = CKA_VHSM_KEY_VERSION.0;
const ALGORITHM: CK_ATTRIBUTE_TYPE = CKA_VHSM_KEY_ALGORITHM.0;
const OPTIONAL: CK_ATTRIBUTE_TYPE = CKA_VHSM_OPTIONAL_BLOCKS.0;

/// Published keys have any parity.
const WEAK_KEYS: &str = "[payment]\nweak_keys = \"accept\"\n";

const KEY: &str = "0123456789ABCDEFFEDCBA9876543210";
const DES_KBPK: &str = "89E98CF7921545F234BC7546FD3E380D";
const AES_KBPK: &str = "88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6";

fn session() -> Session {
    Token::fresh().user()
}

fn tr31(parameter: &[u8]) -> Mech {
    Mech::iv(TR31, parameter)
}

/// Any version that comes.
fn any() -> Mech {
    tr31(&[1, 0])
}

/// A version, and nothing else of the header.
fn version(version: u8) -> Mech {
    tr31(&[1, version])
}

fn des_type(length: usize) -> CK_KEY_TYPE {
    match length {
        8 => CKK_DES,
        16 => CKK_DES2,
        _ => CKK_DES3,
    }
}

/// A key that protects key blocks.
fn protection(s: &Session, version: u8, value: &str) -> CK_OBJECT_HANDLE {
    let value = hex(value);
    let key_type = match version {
        b'D' | b'E' => CKK_AES,
        _ => des_type(value.len()),
    };
    s.create(&with(&open_secret(key_type, &value), &[a(USAGE, "K1")]))
        .works()
}

/// One key of each kind.
fn protections(s: &Session) -> [(CK_OBJECT_HANDLE, &'static [u8]); 2] {
    [
        (protection(s, b'B', DES_KBPK), b"ABC"),
        (protection(s, b'D', AES_KBPK), b"DE"),
    ]
}

/// A payment key with what a header says.
fn payment(
    key_type: CK_KEY_TYPE,
    value: &[u8],
    usage: &str,
    mode: &str,
    exportability: &str,
) -> Vec<CK_ATTRIBUTE> {
    let said = [a(USAGE, usage), a(MODE, mode), a(EXPORTABILITY, exportability)];
    with(&open_secret(key_type, value), &said)
}

fn pin_key() -> Vec<CK_ATTRIBUTE> {
    payment(CKK_DES2, &hex(KEY), "P0", "B", "E")
}

fn objects(s: &Session) -> usize {
    s.find(&[]).works().len()
}

struct Vector(serde_json::Value);

impl Vector {
    fn all() -> Vec<Self> {
        let file = include_str!("../vectors/payment/tr31.json");
        let file: serde_json::Value = serde_json::from_str(file).unwrap();
        let vectors = file["vectors"].as_array().unwrap();
        assert_eq!(file["count"].as_u64(), Some(vectors.len() as u64));
        vectors.iter().cloned().map(Self).collect()
    }

    fn text(&self, name: &str) -> &str {
        self.0[name]
            .as_str()
            .unwrap_or_else(|| panic!("{name} of {}", self.0))
    }

    /// The code that a block without a key is refused with.
    fn refused(&self) -> CK_RV {
        match self.0["refused"].as_str() {
            None => CKR_WRAPPED_KEY_INVALID,
            Some(name) => Rv::VENDOR_NAMES
                .iter()
                .find(|(_, known)| *known == name)
                .map(|(code, _)| code.0)
                .unwrap_or_else(|| match name {
                    "CKR_WRAPPED_KEY_INVALID" => CKR_WRAPPED_KEY_INVALID,
                    "CKR_WRAPPED_KEY_LEN_RANGE" => CKR_WRAPPED_KEY_LEN_RANGE,
                    other => panic!("{other}"),
                }),
        }
    }
}

/// What a block says of its key stands in its attributes, and the key is the published one: its check value is, and where
/// it may leave again, so is all of it, in a block without random bytes.
#[test]
fn key_blocks_are_the_published_ones() {
    isolated_with(WEAK_KEYS, || {
        let s = session();
        let compare = s
            .create(&with(&open_secret(CKK_AES, &[0x5a; 32]), &[a(USAGE, "K1")]))
            .works();
        let bare = tr31(b"\x01E\0\0\0\0\0\0\0\x01\0");
        for vector in Vector::all() {
            let (id, block) = (vector.text("id"), vector.text("block").as_bytes());
            println!("{id}");
            let kbpk = protection(&s, block[0], vector.text("kbpk"));
            let before = objects(&s);
            let unwrapped = s.unwrap_key(any(), kbpk, block, &[]);
            if vector.0["key"].is_null() {
                unwrapped.gives(vector.refused());
                assert_eq!(objects(&s), before, "nothing is stored");
                continue;
            }
            let key = unwrapped.works();
            let optional = match s.get(key, OPTIONAL) {
                blocks if &block[12..14] == b"00" => {
                    blocks.gives(CKR_ATTRIBUTE_TYPE_INVALID);
                    Vec::new()
                }
                blocks => blocks.works(),
            };
            assert!(block[16..].starts_with(&optional));
            for (attribute, place) in [
                (USAGE, 5..7),
                (ALGORITHM, 7..8),
                (MODE, 8..9),
                (VERSION, 9..11),
                (EXPORTABILITY, 11..12),
            ] {
                assert_eq!(s.get(key, attribute).works(), block[place]);
            }
            assert!(s.flag(key, CKA_SENSITIVE).works());
            assert_eq!(s.flag(key, CKA_EXTRACTABLE).works(), block[11] != b'N');
            s.get(key, CKA_VALUE).map(drop).gives(CKR_ATTRIBUTE_SENSITIVE);
            let value = hex(vector.text("key"));
            assert_eq!(s.number(key, CKA_VALUE_LEN).works() as usize, value.len());
            let key_type = s.number(key, CKA_KEY_TYPE).works();
            let same = s
                .create(&with(&open_secret(key_type, &value), &[a(USAGE, &block[5..7])]))
                .works();
            assert_eq!(
                s.get(key, CKA_CHECK_VALUE).works(),
                s.get(same, CKA_CHECK_VALUE).works()
            );
            if let Some(known) = vector.0["kcv"].as_str() {
                assert_eq!(s.get(key, CKA_CHECK_VALUE).works(), hex(known));
            }
            if block[11] != b'N' {
                let said = [
                    a(MODE, &block[8..9]),
                    a(EXPORTABILITY, &block[11..12]),
                    a(VERSION, &block[9..11]),
                    a(ALGORITHM, &block[7..8]),
                ];
                let said = with(&[a(USAGE, &block[5..7])], &said);
                let said = match optional.is_empty() {
                    true => said,
                    false => with(&said, &[a(OPTIONAL, &*optional)]),
                };
                let same = s.create(&with(&open_secret(key_type, &value), &said)).works();
                let [one, other] = [key, same].map(|key| s.wrap(bare, compare, key).works());
                assert_eq!(one, other);
            }
        }
    });
}

/// [ISO 20038:2017, B.2]: without masking, a block in counter mode has no random bytes.
#[test]
fn a_key_block_that_is_made_is_that_of_iso_20038() {
    isolated_with(WEAK_KEYS, || {
        let s = session();
        let kbpk = s
            .create(&with(
                &open_secret(CKK_AES, b"256-bit AES wrapping (ISO 20038)"),
                &[a(USAGE, "K4")],
            ))
            .works();
        let key = payment(CKK_DES2, b"wrapped 3DES key", "B0", "V", "S");
        let key = s.create(&key).works();
        let mechanism = tr31(b"\x01EB0TV16N\x01\0");
        assert_eq!(
            s.wrap(mechanism, kbpk, key).works(),
            b"E0084B0TV16N0000B2AE5E26BBA7F246E84D5EA24167E208A6B66EF2E27E55A52DB52F0AEACB94C57547"
        );
    });
}

/// Every version, with keys of every kind and length, comes back as it left.
#[test]
fn what_is_wrapped_in_a_key_block_is_unwrapped_from_it() {
    isolated(|| {
        let s = session();
        let value: Vec<u8> = hex(KEY)
            .into_iter()
            .chain(hex("1313131313131319F1F1F1F1F1F1F1F2"))
            .collect();
        for (kbpk, versions) in protections(&s) {
            for (key_type, length, usage, algorithm) in [
                (CKK_DES, 8, "M1", "D"),
                (CKK_DES2, 16, "P0", "T"),
                (CKK_DES3, 24, "K0", "T"),
                (CKK_AES, 16, "D0", "A"),
                (CKK_AES, 32, "B0", "A"),
                (CKK_GENERIC_SECRET, 20, "M7", "H"),
                (CKK_SHA256_HMAC, 31, "M7", "H"),
            ] {
                let key = payment(key_type, &value[..length], usage, "N", "E");
                let key = s.create(&key).works();
                for &block_version in versions {
                    if key_type == CKK_AES && block_version < b'D' {
                        s.wrap(version(block_version), kbpk, key)
                            .map(drop)
                            .gives(CKR_WRAPPING_KEY_SIZE_RANGE);
                        continue;
                    }
                    let blocks = [1, 0, 60].map(|masking| {
                        let parameter = [&[1, block_version][..], &[0; 7], &[masking, 0]].concat();
                        s.wrap(tr31(&parameter), kbpk, key).works()
                    });
                    assert!(blocks.is_sorted_by_key(Vec::len) && blocks[0].len() < blocks[2].len());
                    for block in blocks {
                        let text = String::from_utf8(block.clone()).unwrap();
                        let length = format!(
                            "{}{:04}{usage}{algorithm}N00E",
                            char::from(block_version),
                            block.len()
                        );
                        assert!(text.starts_with(&length), "{text}");
                        let back = s.unwrap_key(version(block_version), kbpk, &block, &[]).works();
                        assert_eq!(s.number(back, CKA_KEY_TYPE).works(), key_type);
                        assert_eq!(
                            s.get(back, CKA_CHECK_VALUE).works(),
                            s.get(key, CKA_CHECK_VALUE).works()
                        );
                        assert_eq!(s.number(back, CKA_VALUE_LEN).works() as usize, length_of(&s, key));
                    }
                }
            }
        }
    });
}

fn length_of(s: &Session, key: CK_OBJECT_HANDLE) -> usize {
    s.number(key, CKA_VALUE_LEN).works() as usize
}

/// A key that came in a block works as its header says: the classic card verification value.
#[test]
fn a_key_from_a_block_does_its_work() {
    isolated(|| {
        let s = session();
        let kbpk = protection(&s, b'D', AES_KBPK);
        let key = s.create(&payment(CKK_DES2, &hex(KEY), "C0", "C", "E")).works();
        let block = s.wrap(version(b'D'), kbpk, key).works();
        let back = s.unwrap_key(any(), kbpk, &block, &[]).works();
        let card = b"4123456789012345;8701;101";
        assert_eq!(s.sign(Mech::new(CKM_VHSM_CVV.0), back, card).works(), b"561");
        let narrow = s.unwrap_key(any(), kbpk, &block, &[a(MODE, "V")]).works();
        s.verify(Mech::new(CKM_VHSM_CVV.0), narrow, card, b"561").works();
        s.sign(Mech::new(CKM_VHSM_CVV.0), narrow, card)
            .map(drop)
            .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
    });
}

#[test]
fn a_key_block_waits_for_a_buffer_that_has_room_for_it() {
    isolated(|| {
        let s = session();
        let (kbpk, key) = (protection(&s, b'D', AES_KBPK), s.create(&pin_key()).works());
        let mechanism = version(b'D');
        let wrap = |buffer: *mut CK_BYTE, length: &mut CK_ULONG| {
            call!(C_WrapKey(s.handle, mechanism.p(), kbpk, key, buffer, length))
        };
        let mut length = 0;
        wrap(std::ptr::null_mut(), &mut length).works();
        assert_eq!(length, 112);
        let mut buffer = [0xee; 112];
        length = 111;
        wrap(buffer.as_mut_ptr(), &mut length).gives(CKR_BUFFER_TOO_SMALL);
        assert_eq!((length, buffer), (112, [0xee; 112]));
        wrap(buffer.as_mut_ptr(), &mut length).works();
        s.unwrap_key(any(), kbpk, &buffer, &[]).works();
    });
}

/// Every character of a block, changed; every part of it cut off; something behind it.
#[test]
fn a_damaged_key_block_is_refused_wherever_the_damage_is() {
    isolated(|| {
        let s = session();
        for (kbpk, versions) in protections(&s) {
            let optional = with(&pin_key(), &[a(OPTIONAL, "KS1800604B120F9292800000LB08card")]);
            let key = s.create(&optional).works();
            for &block_version in versions {
                let block = s.wrap(version(block_version), kbpk, key).works();
                s.unwrap_key(any(), kbpk, &block, &[]).works();
                let before = objects(&s);
                for at in 0..block.len() {
                    for mask in [1, 2, 4, 8, 0x10, 0x40, 0x80] {
                        let mut damaged = block.clone();
                        damaged[at] ^= mask;
                        let same = String::from_utf8_lossy(&damaged)
                            .to_ascii_uppercase()
                            .into_bytes()
                            == block;
                        let refused = s.unwrap_key(any(), kbpk, &damaged, &[]).map(drop);
                        // A length that is another one is told apart: it is seen without any key.
                        let length = (1..5).contains(&at) && damaged[at].is_ascii_digit();
                        match length {
                            true => refused.gives(CKR_WRAPPED_KEY_LEN_RANGE),
                            false => {
                                assert!(!same);
                                refused.gives(CKR_WRAPPED_KEY_INVALID);
                            }
                        }
                    }
                }
                for length in 0..block.len() {
                    s.unwrap_key(any(), kbpk, &block[..length], &[])
                        .map(drop)
                        .gives(CKR_WRAPPED_KEY_LEN_RANGE);
                }
                let longer = [&block[..], b"00"].concat();
                s.unwrap_key(any(), kbpk, &longer, &[])
                    .map(drop)
                    .gives(CKR_WRAPPED_KEY_LEN_RANGE);
                assert_eq!(objects(&s), before, "nothing is stored");
            }
        }
    });
}

/// A length that is right for what was cut out or put in does not help.
#[test]
fn a_key_block_with_a_length_that_fits_its_damage_is_refused() {
    isolated(|| {
        let s = session();
        let (kbpk, key) = (protection(&s, b'D', AES_KBPK), s.create(&pin_key()).works());
        let block = String::from_utf8(s.wrap(version(b'D'), kbpk, key).works()).unwrap();
        let fitting = |block: String| format!("D{:04}{}", block.len(), &block[5..]).into_bytes();
        let (head, body) = block.split_at(16);
        let counted = |count: &str| format!("{}{count}{}", &head[..12], &head[14..]);
        for damaged in [
            format!("{head}{}", &body[32..]),
            format!("{head}{}", &body[..body.len() - 32]),
            format!("{head}{body}{}", &body[..32]),
            format!("{head}{}", &body[1..]),
            format!("{head}{}", &body[2..]),
            head.to_owned(),
            format!("{head}{}", &body[body.len() - 32..]),
            format!("{}{body}", counted("01")),
            format!("{}PB1000000000000{body}", counted("01")),
            format!("{}PB10000000000000{body}", counted("01")),
            format!("{}KS00{body}", counted("01")),
            format!("{}KS0000{body}", counted("99")),
            format!("{}KS000104{body}", counted("01")),
            format!("{}KS03KS04{body}", counted("02")),
            format!("{}KSFF{body}", counted("01")),
            format!("{}KS00FF{body}", counted("01")),
            format!("{}KS0008FFFFFFFFFFFFFFFF{body}", counted("01")),
            format!("{}KS0008FFFFFFFFFFFFFFF1{body}", counted("01")),
            format!("{}LB08cardLB08card{body}", counted("02")),
            format!("{}PB08cardLB08card{body}", counted("02")),
            format!("{}{body}", counted("99")),
            format!("{}{body}", counted("-1")),
        ] {
            s.unwrap_key(any(), kbpk, &fitting(damaged.clone()), &[])
                .map(drop)
                .gives(CKR_WRAPPED_KEY_INVALID);
        }
    });
}

/// Parts of two good blocks do not make a third one, and no other key opens a block.
#[test]
fn parts_of_key_blocks_do_not_go_together() {
    isolated(|| {
        let s = session();
        for (kbpk, versions) in protections(&s) {
            let keys = [("P0", "B"), ("D0", "B"), ("P0", "E")].map(|(usage, mode)| {
                let key = payment(CKK_DES2, &hex(KEY), usage, mode, "E");
                s.create(&key).works()
            });
            for &one_version in versions {
                let [block, other, third] = keys.map(|key| s.wrap(version(one_version), kbpk, key).works());
                let mac_len = match one_version {
                    b'A' | b'C' => 8,
                    b'B' => 16,
                    _ => 32,
                };
                let end = block.len() - mac_len;
                for wrong in [
                    [&block[..end], &other[end..]].concat(),
                    [&block[..16], &other[16..]].concat(),
                    [&other[..16], &block[16..]].concat(),
                    [&third[..16], &block[16..]].concat(),
                    [&block[..16], &third[16..end], &block[end..]].concat(),
                    // The same letters under another version.
                    [
                        if one_version == versions[0] {
                            &versions[1..2]
                        } else {
                            &versions[..1]
                        },
                        &block[1..],
                    ]
                    .concat(),
                ] {
                    s.unwrap_key(any(), kbpk, &wrong, &[])
                        .map(drop)
                        .gives(CKR_WRAPPED_KEY_INVALID);
                }
                let stranger = match one_version {
                    b'D' | b'E' => protection(&s, b'D', "000102030405060708090A0B0C0D0E0F"),
                    _ => protection(&s, b'B', "DC7515F2BFC17F85CE49F2CB25CB20F7"),
                };
                s.unwrap_key(any(), stranger, &block, &[])
                    .map(drop)
                    .gives(CKR_WRAPPED_KEY_INVALID);
            }
        }
    });
}

#[test]
fn a_template_chooses_what_is_narrower_and_nothing_else() {
    isolated(|| {
        let s = session();
        let kbpk = protection(&s, b'D', AES_KBPK);
        let key = s.create(&payment(CKK_DES2, &hex(KEY), "P0", "B", "S")).works();
        let block = s.wrap(tr31(b"\x01D\0\0\0\0\0\0S\0\0"), kbpk, key).works();
        for said in [
            vec![],
            vec![
                a(CKA_CLASS, CKO_SECRET_KEY),
                a(CKA_KEY_TYPE, CKK_DES2),
                a(CKA_VALUE_LEN, 16 as CK_ULONG),
            ],
            vec![
                a(USAGE, "P0"),
                a(ALGORITHM, "T"),
                a(MODE, "B"),
                a(EXPORTABILITY, "S"),
                a(VERSION, "00"),
            ],
            vec![a(MODE, "D"), a(EXPORTABILITY, "E")],
            vec![a(MODE, "E"), a(CKA_EXTRACTABLE, false), a(CKA_SENSITIVE, true)],
            vec![a(EXPORTABILITY, "N"), a(CKA_LABEL, "mine")],
        ] {
            let back = s.unwrap_key(any(), kbpk, &block, &said).works();
            for attribute in said {
                // SAFETY: the attribute points at its value, which lives as long as the test.
                let value = unsafe {
                    std::slice::from_raw_parts(attribute.pValue.cast::<u8>(), attribute.ulValueLen as usize)
                };
                assert_eq!(s.get(back, attribute.type_).works(), value);
            }
        }
        let before = objects(&s);
        for wrong in [
            a(CKA_CLASS, CKO_DATA),
            a(CKA_KEY_TYPE, CKK_DES3),
            a(CKA_KEY_TYPE, CKK_AES),
            a(CKA_SENSITIVE, false),
            a(USAGE, "D0"),
            a(ALGORITHM, "D"),
            a(MODE, "N"),
            a(MODE, "C"),
            a(VERSION, "01"),
            a(OPTIONAL, "LB04"),
            a(CKA_SIGN, true),
            a(CKA_DERIVE, true),
        ] {
            s.unwrap_key(any(), kbpk, &block, &[wrong])
                .map(drop)
                .gives(CKR_TEMPLATE_INCONSISTENT);
        }
        s.unwrap_key(any(), kbpk, &block, &[a(CKA_VALUE_LEN, 24 as CK_ULONG)])
            .map(drop)
            .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        for (mode, exportability) in [("E", "E"), ("D", "E"), ("E", "N")] {
            let parameter = [
                b"\x01D\0\0\0",
                mode.as_bytes(),
                b"\0\0",
                exportability.as_bytes(),
                b"\0\0",
            ]
            .concat();
            let block = s.wrap(tr31(&parameter), kbpk, key).works();
            assert_eq!(&block[8..12], format!("{mode}00{exportability}").as_bytes());
            for wider in [a(MODE, "B"), a(EXPORTABILITY, "S"), a(CKA_DERIVE, true)] {
                s.unwrap_key(any(), kbpk, &block, &[wider])
                    .map(drop)
                    .gives(CKR_TEMPLATE_INCONSISTENT);
            }
            if exportability == "N" {
                s.unwrap_key(any(), kbpk, &block, &[a(CKA_EXTRACTABLE, true)])
                    .map(drop)
                    .gives(CKR_TEMPLATE_INCONSISTENT);
            }
        }
        assert_eq!(objects(&s), before);
    });
}

#[test]
fn a_header_is_never_wider_than_the_key() {
    isolated(|| {
        let s = session();
        let kbpk = protection(&s, b'D', AES_KBPK);
        let key = with(&payment(CKK_DES2, &hex(KEY), "P0", "D", "E"), &[a(VERSION, "01")]);
        let key = s.create(&key).works();
        for (fields, code) in [
            (&b"D0\0\0\0\0\0\0\0"[..], CKR_VHSM_KEY_USAGE.0),
            (b"\0\0A\0\0\0\0\0\0", CKR_VHSM_KEY_ALGORITHM.0),
            (b"\0\0D\0\0\0\0\0\0", CKR_VHSM_KEY_ALGORITHM.0),
            (b"\0\0\0B\0\0\0\0\0", CKR_VHSM_KEY_MODE_OF_USE.0),
            (b"\0\0\0N\0\0\0\0\0", CKR_VHSM_KEY_MODE_OF_USE.0),
            (b"\0\0\0\0\0\0S\0\0", CKR_VHSM_KEY_NOT_EXPORTABLE.0),
            (b"\0\0\0\x00\x30\x32\0\0\0", CKR_KEY_NOT_WRAPPABLE),
            (b"P0TD01N\0\0", CKR_OK),
        ] {
            let parameter = [b"\x01D", fields].concat();
            let wrapped = s.wrap(tr31(&parameter), kbpk, key).map(drop);
            match code {
                CKR_OK => wrapped.works(),
                code => wrapped.gives(code),
            }
        }
        let general = s.import(CKK_DES2, &hex(KEY));
        s.wrap(tr31(b"\x01DP0TB00E\0\0"), kbpk, general)
            .map(drop)
            .gives(CKR_VHSM_KEY_USAGE.0);
        // What nobody says is told as narrow as it can be.
        let silent = with(&open_secret(CKK_DES2, &hex(KEY)), &[a(USAGE, "P0")]);
        let silent = s.create(&silent).works();
        let block = s.wrap(version(b'D'), kbpk, silent).works();
        assert_eq!(&block[5..16], b"P0TN00N0000");
    });
}

/// N never leaves, E in key blocks only, S in every form, where keys without a header are left to callers.
#[test]
fn exportability_is_respected() {
    isolated_with(USAGE_BY_TEMPLATE, || {
        let s = session();
        let kbpk = protection(&s, b'D', AES_KBPK);
        let general = s.import(CKK_AES, &[7; 16]);
        for (exportability, in_block, elsewhere) in
            [("N", false, false), ("E", true, false), ("S", true, true)]
        {
            let key = s
                .create(&payment(CKK_DES2, &hex(KEY), "P0", "B", exportability))
                .works();
            for (mechanism, with_key, leaves) in [
                (version(b'D'), kbpk, in_block),
                (Mech::new(CKM_AES_KEY_WRAP), general, elsewhere),
            ] {
                let wrapped = s.wrap(mechanism, with_key, key).map(drop);
                match leaves {
                    true => wrapped.works(),
                    false => wrapped.gives(CKR_VHSM_KEY_NOT_EXPORTABLE.0),
                }
            }
        }
        let key = with(&pin_key(), &[a(CKA_EXTRACTABLE, false)]);
        let key = s.create(&key).works();
        s.wrap(version(b'D'), kbpk, key)
            .map(drop)
            .gives(CKR_KEY_UNEXTRACTABLE);
    });
}

#[test]
fn key_blocks_are_made_and_opened_under_keys_for_it() {
    isolated(|| {
        let s = session();
        let key = s.create(&pin_key()).works();
        let block = s.wrap(version(b'D'), protection(&s, b'D', AES_KBPK), key).works();
        let value = hex(AES_KBPK);
        for (said, wraps, unwraps) in [
            (vec![a(USAGE, "K0")], CKR_OK, CKR_OK),
            (vec![a(USAGE, "52"), a(MODE, "N")], CKR_OK, CKR_OK),
            (
                vec![a(USAGE, "K1"), a(MODE, "E")],
                CKR_OK,
                CKR_VHSM_KEY_MODE_OF_USE.0,
            ),
            (
                vec![a(USAGE, "K1"), a(MODE, "D")],
                CKR_VHSM_KEY_MODE_OF_USE.0,
                CKR_OK,
            ),
            (
                vec![a(USAGE, "K1"), a(CKA_WRAP, false)],
                CKR_KEY_FUNCTION_NOT_PERMITTED,
                CKR_OK,
            ),
            (vec![a(USAGE, "P0")], CKR_VHSM_KEY_USAGE.0, CKR_VHSM_KEY_USAGE.0),
            (vec![], CKR_VHSM_KEY_USAGE.0, CKR_VHSM_KEY_USAGE.0),
        ] {
            let kbpk = s.create(&with(&open_secret(CKK_AES, &value), &said)).works();
            for (answer, code) in [
                (s.wrap(version(b'D'), kbpk, key).map(drop), wraps),
                (s.unwrap_key(any(), kbpk, &block, &[]).map(drop), unwraps),
            ] {
                match code {
                    CKR_OK => answer.works(),
                    code => answer.gives(code),
                }
            }
        }
        for (kbpk, versions) in protections(&s) {
            for other in b"ABCDE".iter().filter(|other| !versions.contains(other)) {
                s.wrap(version(*other), kbpk, key)
                    .map(drop)
                    .gives(CKR_WRAPPING_KEY_TYPE_INCONSISTENT);
                s.unwrap_key(version(*other), kbpk, &block, &[])
                    .map(drop)
                    .gives(CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT);
            }
        }
        // A key that only wraps key blocks does nothing else.
        let kbpk = protection(&s, b'D', AES_KBPK);
        s.wrap(Mech::new(CKM_AES_KEY_WRAP), kbpk, key)
            .map(drop)
            .gives(CKR_VHSM_KEY_USAGE.0);
        s.begin(Class::Decrypt, Mech::new(CKM_AES_ECB), kbpk)
            .gives(CKR_VHSM_KEY_USAGE.0);
    });
}

/// A protection key is no weaker than what it protects.
#[test]
fn a_weaker_key_does_not_protect_a_stronger_one() {
    isolated(|| {
        let s = session();
        let short = protection(&s, b'D', "000102030405060708090A0B0C0D0E0F");
        let long = s.create(&payment(CKK_AES, &[9; 32], "D0", "B", "E")).works();
        s.wrap(version(b'D'), short, long)
            .map(drop)
            .gives(CKR_WRAPPING_KEY_SIZE_RANGE);
        let short_key = s.create(&payment(CKK_AES, &[9; 16], "D0", "B", "E")).works();
        s.wrap(version(b'D'), short, short_key).works();
    });
}

#[test]
fn optional_blocks_are_kept_checked_and_made() {
    isolated(|| {
        let s = session();
        let kbpk = protection(&s, b'D', AES_KBPK);
        let key = s.create(&pin_key()).works();
        let blocks = b"LB0AZone 7TS1320200818221218Z";
        let ask = |checks: u8, blocks: &[u8]| tr31(&[&[1, b'D'][..], &[0; 8], &[checks], blocks].concat());
        let block = s.wrap(ask(3, blocks), kbpk, key).works();
        let text = String::from_utf8(block.clone()).unwrap();
        let expected = "05LB0AZone 7TS1320200818221218ZKC0C0008D7B4KP10012331550BC9PB";
        let (count, rest) = expected.split_at(2);
        assert!(&text[12..14] == count && text[16..].starts_with(rest), "{text}");
        let back = s.unwrap_key(any(), kbpk, &block, &[]).works();
        let kept = s.get(back, OPTIONAL).works();
        assert_eq!(kept.len() % 16, 0);
        assert!(block[16..].starts_with(&kept));
        // They leave again; the protection key's check value is made anew, others can be put in their places.
        let other = protection(&s, b'D', "FA36E44278DB3AB5F298F9F7DA8F1F88");
        let again = s.wrap(ask(0, b"LB06me"), other, back).works();
        let text = String::from_utf8(again.clone()).unwrap();
        assert!(
            text[16..].starts_with("TS1320200818221218ZKC0C0008D7B4LB06meKP1001D77F007724PB"),
            "{text}"
        );
        s.unwrap_key(any(), other, &again, &[]).works();
        for wrong in [
            &b"LB03"[..],
            b"LB0AZone",
            b"LB04LB04",
            b"PB04",
            b"KC0C0008D7B5",
            b"KP10012331550BC9",
            b"HM0621",
            b"IK0612",
            b"LB0",
            b"LB05\x07",
        ] {
            s.wrap(ask(0, wrong), kbpk, key)
                .map(drop)
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        s.wrap(ask(1, b"KC0C0008D7B4"), kbpk, key)
            .map(drop)
            .gives(CKR_MECHANISM_PARAM_INVALID);
        s.wrap(ask(0, b"KC0C0008D7B4"), kbpk, key).works();
        let hmac = s
            .create(&payment(CKK_SHA384_HMAC, &[5; 48], "M7", "C", "E"))
            .works();
        let block = s.wrap(version(b'D'), kbpk, hmac).works();
        assert!(block[16..].starts_with(b"HM0622PB0A"));
        s.wrap(ask(1, b""), kbpk, hmac)
            .map(drop)
            .gives(CKR_MECHANISM_PARAM_INVALID);
        let of_another_key = s
            .create(&with(&pin_key(), &[a(OPTIONAL, "KC0C0008D7B5")]))
            .works();
        s.wrap(version(b'D'), kbpk, of_another_key)
            .map(drop)
            .gives(CKR_KEY_NOT_WRAPPABLE);
        let long = format!("CT0004{:08X}{}", 14 + 4000, "x".repeat(4000));
        s.wrap(ask(0, long.as_bytes()), kbpk, key).works();
    });
}

/// A template's optional blocks are looked at as those of a block: lengths that lie, forms, blocks that come twice.
#[test]
fn optional_blocks_in_a_template_are_whole_and_of_their_forms() {
    isolated(|| {
        let s = session();
        let before = objects(&s);
        for wrong in [
            "LB0",
            "LB",
            "LB03",
            "LB0Aabcdef~\u{1}",
            "LB0Bname",
            "LB00FFFFFFFFFFFF",
            "KC0C0008D7BG",
            "KC0A0008D7B",
            "KV06AZ",
            "PB04LB06ab",
            "LB06abLB06cd",
            "LB06ab ",
            "L-06ab",
        ] {
            let template = with(&pin_key(), &[a(OPTIONAL, wrong)]);
            s.create(&template).map(drop).gives(CKR_ATTRIBUTE_VALUE_INVALID);
            let template = [a(USAGE, "P0"), a(OPTIONAL, wrong)];
            s.generate_key(Mech::new(CKM_DES2_KEY_GEN), &template)
                .map(drop)
                .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        }
        assert_eq!(objects(&s), before);
        for right in ["", "LB06ab", "KC0C0008D7B4LB06ab", "LB06abPB04", "ZZ09 vend"] {
            let key = s.create(&with(&pin_key(), &[a(OPTIONAL, right)])).works();
            assert_eq!(s.get(key, OPTIONAL).works(), right.as_bytes());
        }
    });
}

#[test]
fn what_no_key_block_holds_is_not_wrapped() {
    isolated(|| {
        let s = session();
        let kbpk = protection(&s, b'D', AES_KBPK);
        let (_, private) = s.rsa_with(2048, &[], &[a(CKA_EXTRACTABLE, true)]).works();
        s.wrap(version(b'D'), kbpk, private)
            .map(drop)
            .gives(CKR_KEY_NOT_WRAPPABLE);
        // X9.143 has no code for its hash.
        let md5 = s.create(&payment(CKK_MD5_HMAC, &[5; 16], "M7", "C", "E")).works();
        let wrapped = s.wrap(version(b'D'), kbpk, md5).map(drop);
        wrapped.gives(CKR_KEY_NOT_WRAPPABLE);
        let huge = s
            .create(&payment(CKK_GENERIC_SECRET, &[5; 4990], "M7", "C", "E"))
            .works();
        s.wrap(version(b'D'), kbpk, huge)
            .map(drop)
            .gives(CKR_KEY_NOT_WRAPPABLE);
    });
}

#[test]
fn parameters_of_another_form_are_refused() {
    isolated(|| {
        let s = session();
        let (kbpk, key) = (protection(&s, b'D', AES_KBPK), s.create(&pin_key()).works());
        for wrong in [
            &b""[..],
            b"\x01",
            b"\x00D",
            b"\x02D",
            b"\x01\0",
            b"\x01F",
            b"\x01d",
            b"\x01D\0",
            b"\x01D\0\0\0\0\0\0\0\0",
            b"\x01DP\0\0\0\0\0\0\0\0",
            b"\x01D-0\0\0\0\0\0\0\0",
            b"\x01D\0\0!\0\0\0\0\0\0",
            b"\x01D\0\0\0A\0\0\0\0\0",
            b"\x01D\0\0\0\0\x30\0\0\0\0",
            b"\x01D\0\0\0\0\0\0X\0\0",
            b"\x01D\0\0\0\0\0\0\0\0\x04",
            b"\x01D\0\0\0\0\0\0\0\0\0LB0",
        ] {
            s.wrap(tr31(wrong), kbpk, key)
                .map(drop)
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        let block = s.wrap(version(b'D'), kbpk, key).works();
        for wrong in [
            &b""[..],
            b"\x01",
            b"\x02\0",
            b"\x01Z",
            b"\x01D\0",
            b"\x01D\0\0\0\0\0\0\0\0\0",
        ] {
            s.unwrap_key(tr31(wrong), kbpk, &block, &[])
                .map(drop)
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        s.unwrap_key(version(b'E'), kbpk, &block, &[])
            .map(drop)
            .gives(CKR_WRAPPED_KEY_INVALID);
        s.unwrap_key(version(b'D'), kbpk, &block, &[]).works();
    });
}

/// Weak keys do not come in in a block either [made by psec: the keys are even, and all zeros].
#[test]
fn weak_keys_do_not_come_in_in_key_blocks() {
    isolated(|| {
        let s = session();
        let kbpk = protection(&s, b'D', AES_KBPK);
        let before = objects(&s);
        let published = Vector::all()
            .into_iter()
            .find(|vector| vector.text("id") == "made-013");
        let even = published.unwrap();
        s.unwrap_key(any(), kbpk, even.text("block").as_bytes(), &[])
            .map(drop)
            .gives(CKR_VHSM_KEY_PARITY.0);
        let zeros = Vector::all()
            .into_iter()
            .find(|vector| vector.text("id") == "made-014");
        s.unwrap_key(any(), kbpk, zeros.unwrap().text("block").as_bytes(), &[])
            .map(drop)
            .gives(CKR_VHSM_KEY_ALL_ZERO.0);
        assert_eq!(objects(&s), before);
    });
}

/// A key in a block can be kept on the token, by who may write there.
#[test]
fn a_key_from_a_block_is_stored_if_the_template_says_so() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.user();
        let kbpk = s
            .create(&with(
                &on_token(&open_secret(CKK_AES, &hex(AES_KBPK))),
                &[a(USAGE, "K1")],
            ))
            .works();
        let key = s.create(&pin_key()).works();
        let block = s.wrap(version(b'D'), kbpk, key).works();
        let stored = s
            .unwrap_key(any(), kbpk, &block, &[a(CKA_TOKEN, true), a(CKA_LABEL, "zpk")])
            .works();
        assert_eq!(s.get(stored, USAGE).works(), b"P0");
        let read_only = token.ro();
        read_only
            .unwrap_key(any(), kbpk, &block, &[a(CKA_TOKEN, true)])
            .map(drop)
            .gives(CKR_SESSION_READ_ONLY);
    });
}
