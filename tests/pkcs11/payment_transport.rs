//! Keys that travel with their header under RSA and by Diffie-Hellman [include/vhsm.h].

use crate::harness::*;
use vhsm::ck::{
    CKA_VHSM_EXPORTABILITY, CKA_VHSM_KEY_ALGORITHM, CKA_VHSM_KEY_USAGE, CKA_VHSM_KEY_VERSION,
    CKA_VHSM_MODE_OF_USE, CKA_VHSM_OPTIONAL_BLOCKS, CKM_VHSM_ECDH_KEY_TRANSPORT, CKM_VHSM_RSA_KEY_TRANSPORT,
    CKM_VHSM_TR31, CKR_VHSM_KEY_MODE_OF_USE, CKR_VHSM_KEY_NOT_EXPORTABLE, CKR_VHSM_KEY_USAGE, Rv,
};

const RSA: CK_MECHANISM_TYPE = CKM_VHSM_RSA_KEY_TRANSPORT.0;
const ECDH: CK_MECHANISM_TYPE = CKM_VHSM_ECDH_KEY_TRANSPORT.0;
const USAGE: CK_ATTRIBUTE_TYPE = CKA_VHSM_KEY_USAGE.0;
const MODE: CK_ATTRIBUTE_TYPE = CKA_VHSM_MODE_OF_USE.0;
const EXPORTABILITY: CK_ATTRIBUTE_TYPE = CKA_VHSM_EXPORTABILITY.0;
const OPTIONAL: CK_ATTRIBUTE_TYPE = CKA_VHSM_OPTIONAL_BLOCKS.0;

type Pair = (CK_OBJECT_HANDLE, CK_OBJECT_HANDLE);

fn session() -> Session {
    Token::fresh().user()
}

fn objects(s: &Session) -> usize {
    s.find(&[]).works().len()
}

/// SHA-256, a protection key of AES-256.
fn rsa(form: &[u8]) -> Mech {
    Mech::iv(RSA, &[&[1, 0x21, 6][..], form].concat())
}

const INFO: &[u8] = b"zone 7, key 3";

/// The derivation of NIST SP 800-56C with SHA-256, a protection key of AES-256.
fn ecdh(own: CK_OBJECT_HANDLE, info: &[u8], form: &[u8]) -> Mech {
    ecdh_by(&[2, 0x21, 6], own, info, form)
}

fn ecdh_by(kind: &[u8; 3], own: CK_OBJECT_HANDLE, info: &[u8], form: &[u8]) -> Mech {
    let (own, length) = (own.to_be_bytes(), (info.len() as u16).to_be_bytes());
    Mech::iv(ECDH, &[&[1], &kind[..], &own, &length, info, form].concat())
}

/// A pair that transports keys and does nothing else.
fn rsa_pair(s: &Session, bits: CK_ULONG) -> Pair {
    let public = [a(CKA_WRAP, true), a(CKA_ENCRYPT, false)];
    let private = [a(CKA_UNWRAP, true), a(CKA_DECRYPT, false)];
    s.rsa_with(bits, &public, &private).works()
}

fn ec_pair(s: &Session, on: &[u8]) -> Pair {
    let (public, private) = ([a(CKA_WRAP, true)], [a(CKA_UNWRAP, true), a(CKA_DERIVE, false)]);
    s.pair_on(CKM_EC_KEY_PAIR_GEN, on, &public, &private).works()
}

/// The raw point of a public key.
fn point(s: &Session, public: CK_OBJECT_HANDLE) -> Vec<u8> {
    let der = s.get(public, CKA_EC_POINT).works();
    let header = if der[1] < 0x80 { 2 } else { 3 };
    der[header..].to_vec()
}

fn payment(
    s: &Session,
    key_type: CK_KEY_TYPE,
    value: &[u8],
    usage: &str,
    exportability: &str,
) -> CK_OBJECT_HANDLE {
    let said = [a(USAGE, usage), a(MODE, "B"), a(EXPORTABILITY, exportability)];
    s.create(&with(&open_secret(key_type, value), &said)).works()
}

fn pin_key(s: &Session) -> CK_OBJECT_HANDLE {
    payment(s, CKK_DES2, &hex(KEY), "P0", "E")
}

const KEY: &str = "0123456789ABCDEFFEDCBA9876543210";
const KEY_CHECK_VALUE: &str = "08D7B4";

/// A private key in PKCS#8, brought in by AES key wrap.
fn imported(s: &Session, key_type: CK_KEY_TYPE, pkcs8: &[u8]) -> CK_OBJECT_HANDLE {
    let (aes, kwp) = (s.import(CKK_AES, &[7; 32]), Mech::new(CKM_AES_KEY_WRAP_KWP));
    let wrapped = s.encrypt(kwp, aes, pkcs8).works();
    let template = [
        a(CKA_CLASS, CKO_PRIVATE_KEY),
        a(CKA_KEY_TYPE, key_type),
        a(CKA_DERIVE, key_type == CKK_EC),
        a(CKA_DECRYPT, key_type == CKK_RSA),
    ];
    s.unwrap_key(kwp, aes, &wrapped, &template).works()
}

struct Vectors(serde_json::Value);

impl Vectors {
    fn read() -> Self {
        let file = include_str!("../vectors/payment/transport.json");
        let file: serde_json::Value = serde_json::from_str(file).unwrap();
        assert_eq!(
            file["count"].as_u64(),
            file["vectors"].as_array().map(|all| all.len() as u64)
        );
        Self(file)
    }

    fn of(&self, mechanism: &str) -> Vec<&serde_json::Value> {
        let all = self.0["vectors"].as_array().unwrap();
        let of: Vec<_> = all.iter().filter(|one| one["mechanism"] == mechanism).collect();
        assert!(of.len() >= 8);
        of
    }

    fn key(&self, vector: &serde_json::Value) -> Vec<u8> {
        hex(text(&self.0["keys"], text(vector, "key")))
    }
}

fn text<'a>(vector: &'a serde_json::Value, name: &str) -> &'a str {
    vector[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} of {vector}"))
}

/// A vector is opened: its key has what its header says, and it is the published one. Nothing else opens it.
fn opens(s: &Session, mechanism: CK_MECHANISM_TYPE, vector: &serde_json::Value, private: CK_OBJECT_HANDLE) {
    println!("{}", text(vector, "id"));
    let (front, block) = (hex(text(vector, "front")), text(vector, "block").as_bytes());
    let parameter = Mech::iv(mechanism, &hex(text(vector, "parameter")));
    let wrapped = [&front, block].concat();
    let key = s.unwrap_key(parameter, private, &wrapped, &[]).works();
    for (attribute, place) in [
        (USAGE, 5..7),
        (CKA_VHSM_KEY_ALGORITHM.0, 7..8),
        (MODE, 8..9),
        (CKA_VHSM_KEY_VERSION.0, 9..11),
        (EXPORTABILITY, 11..12),
    ] {
        assert_eq!(s.get(key, attribute).works(), block[place]);
    }
    if &block[12..14] != b"00" {
        assert!(block[16..].starts_with(&s.get(key, OPTIONAL).works()));
    }
    assert!(s.flag(key, CKA_SENSITIVE).works());
    assert_eq!(s.flag(key, CKA_EXTRACTABLE).works(), block[11] != b'N');
    let value = hex(text(vector, "value"));
    assert_eq!(s.number(key, CKA_VALUE_LEN).works() as usize, value.len());
    let key_type = s.number(key, CKA_KEY_TYPE).works();
    let same = s
        .create(&with(&open_secret(key_type, &value), &[a(USAGE, &block[5..7])]))
        .works();
    let [one, other] = [key, same].map(|key| s.get(key, CKA_CHECK_VALUE).works());
    assert_eq!(one, other);
    let before = objects(s);
    for at in (0..wrapped.len()).step_by(if front.is_empty() { 1 } else { 3 }) {
        let mut damaged = wrapped.clone();
        damaged[at] ^= 1;
        s.unwrap_key(parameter, private, &damaged, &[])
            .map(drop)
            .gives_one_of(&[CKR_WRAPPED_KEY_INVALID, CKR_WRAPPED_KEY_LEN_RANGE]);
    }
    assert_eq!(objects(s), before, "nothing is stored");
}

/// The block of a wrapped key opens under the protection key, which came by the standard's own mechanisms.
fn is_a_block_under(s: &Session, protection: CK_OBJECT_HANDLE, block: &[u8]) {
    let opened = s
        .unwrap_key(Mech::iv(CKM_VHSM_TR31.0, &[1, 0]), protection, block, &[])
        .works();
    assert_eq!(s.get(opened, CKA_CHECK_VALUE).works(), hex(KEY_CHECK_VALUE));
    assert_eq!(s.get(opened, USAGE).works(), b"P0");
}

/// A template of a protection key of AES-256.
fn protection() -> Vec<CK_ATTRIBUTE> {
    vec![
        a(CKA_CLASS, CKO_SECRET_KEY),
        a(CKA_KEY_TYPE, CKK_AES),
        a(CKA_VALUE_LEN, 32 as CK_ULONG),
        a(USAGE, "K1"),
    ]
}

#[test]
fn keys_under_rsa_are_those_of_another_implementation() {
    isolated_with(USAGE_BY_TEMPLATE, || {
        let (s, vectors) = (session(), Vectors::read());
        for vector in vectors.of("rsa") {
            opens(&s, RSA, vector, imported(&s, CKK_RSA, &vectors.key(vector)));
        }
        // What is made here: a protection key under OAEP, and a block under that.
        let (public, private) = s.rsa();
        let key = pin_key(&s);
        let wrapped = s.wrap(rsa(b"D"), public, key).works();
        assert_ne!(s.wrap(rsa(b"D"), public, key).works(), wrapped);
        let (sealed, block) = wrapped.split_at(256);
        let oaep = Mech::oaep(CKM_SHA256, CKG_MGF1_SHA256, b"");
        let template = without(&protection(), &[CKA_VALUE_LEN]);
        let kbpk = s.unwrap_key(oaep, private, sealed, &template).works();
        assert_eq!(s.number(kbpk, CKA_VALUE_LEN).works(), 32);
        is_a_block_under(&s, kbpk, block);
    });
}

#[test]
fn keys_by_ecdh_are_those_of_another_implementation() {
    isolated(|| {
        let (s, vectors) = (session(), Vectors::read());
        for vector in vectors.of("ecdh") {
            opens(&s, ECDH, vector, imported(&s, CKK_EC, &vectors.key(vector)));
        }
        // What is made here: a block under the key that Diffie-Hellman and the derivation give.
        let (own_public, own) = s.ec(curve::P256);
        let (peer_public, peer) = s.ec(curve::P256);
        let key = pin_key(&s);
        for (function, kdf) in [(1, CKD_SHA256_KDF), (2, CKD_SHA256_KDF_SP800)] {
            let kind = [function, 0x21, 6];
            let derived = |point: &[u8]| {
                let parameter = CK_ECDH1_DERIVE_PARAMS {
                    kdf,
                    ulSharedDataLen: INFO.len() as CK_ULONG,
                    pSharedData: leak(INFO),
                    ulPublicDataLen: point.len() as CK_ULONG,
                    pPublicData: leak(point),
                };
                s.derive(Mech::with(CKM_ECDH1_DERIVE, parameter), peer, &protection())
                    .works()
            };
            let block = s.wrap(ecdh_by(&kind, own, INFO, b"D"), peer_public, key).works();
            is_a_block_under(&s, derived(&point(&s, own_public)), &block);
            let wrapped = s.wrap(ecdh_by(&kind, 0, INFO, b"D"), peer_public, key).works();
            let (front, block) = wrapped.split_at(65);
            is_a_block_under(&s, derived(front), block);
        }
    });
}

/// Every kind of protection key, on every side; lengths are told exactly, and a short buffer leaves no trace.
#[test]
fn what_travels_comes_as_it_left() {
    isolated(|| {
        let s = session();
        let (public, private) = rsa_pair(&s, 2048);
        let ((own_public, own), (peer_public, peer)) = (ec_pair(&s, curve::P521), ec_pair(&s, curve::P521));
        let own_point = point(&s, own_public);
        let key = pin_key(&s);
        for (kind, versions) in [(2, &b"B"[..]), (3, b"B"), (4, b"DE"), (5, b"DE"), (6, b"DE")] {
            for (hash, version) in [0x21, 0x22, 0x23].into_iter().zip(versions.iter().cycle()) {
                let version = [*version];
                let by_rsa = |form: &[u8]| Mech::iv(RSA, &[&[1, hash, kind][..], form].concat());
                let by_ecdh = |own, form: &[u8]| ecdh_by(&[1 + hash % 2, hash, kind], own, INFO, form);
                let told = [&version[..], &own_point].concat();
                for (wraps, under, opens, by) in [
                    (by_rsa(&version), public, by_rsa(b"\0"), private),
                    (by_ecdh(own, &version), peer_public, by_ecdh(0, &told), peer),
                    (by_ecdh(0, &version), peer_public, by_ecdh(0, b"\0"), peer),
                ] {
                    let wrapped = s.wrap(wraps, under, key).works();
                    let mut length = wrapped.len() as CK_ULONG - 1;
                    let mut buffer = vec![0xee; wrapped.len() + 8];
                    let mut wrap = |length: &mut CK_ULONG| {
                        call!(C_WrapKey(
                            s.handle,
                            wraps.p(),
                            under,
                            key,
                            buffer.as_mut_ptr(),
                            length
                        ))
                    };
                    wrap(&mut length).gives(CKR_BUFFER_TOO_SMALL);
                    assert_eq!(length as usize, wrapped.len());
                    wrap(&mut length).works();
                    assert_eq!(buffer[wrapped.len()..], [0xee; 8]);
                    for wrapped in [&wrapped, &buffer[..wrapped.len()]] {
                        let back = s.unwrap_key(opens, by, wrapped, &[]).works();
                        assert_eq!(s.get(back, CKA_CHECK_VALUE).works(), hex(KEY_CHECK_VALUE));
                        assert_eq!(s.get(back, USAGE).works(), b"P0");
                        assert_eq!(s.get(back, EXPORTABILITY).works(), b"E");
                    }
                }
            }
        }
    });
}

/// A padding that is wrong, a protection key of another length, one that is another: one answer.
#[test]
fn every_fault_of_a_protection_key_is_one_answer() {
    isolated(|| {
        let s = session();
        let (public, private) = s.rsa();
        let wrapped = s.wrap(rsa(b"D"), public, pin_key(&s)).works();
        let (sealed, block) = wrapped.split_at(256);
        let before = objects(&s);
        let good = Mech::oaep(CKM_SHA256, CKG_MGF1_SHA256, b"");
        let encrypted = |mechanism, message: &[u8]| s.encrypt(mechanism, public, message).works();
        let mut faults: Vec<Vec<u8>> = vec![
            encrypted(Mech::oaep(CKM_SHA256, CKG_MGF1_SHA256, b"label"), &[5; 32]),
            encrypted(Mech::oaep(CKM_SHA256, CKG_MGF1_SHA1, b""), &[5; 32]),
            encrypted(Mech::oaep(CKM_SHA384, CKG_MGF1_SHA384, b""), &[5; 32]),
            encrypted(Mech::new(CKM_RSA_PKCS), &[5; 32]),
            encrypted(Mech::new(CKM_RSA_X_509), &[5; 32]),
            vec![0; 256],
            vec![0xff; 256],
        ];
        for length in [0, 1, 16, 24, 31, 32, 33, 190] {
            faults.push(encrypted(good, &vec![5; length]));
        }
        for at in [0, 1, 128, 255] {
            let mut damaged = sealed.to_vec();
            damaged[at] ^= 1;
            faults.push(damaged);
        }
        for front in faults {
            s.unwrap_key(rsa(b"\0"), private, &[&front, block].concat(), &[])
                .map(drop)
                .gives(CKR_WRAPPED_KEY_INVALID);
        }
        for length in (0..256).step_by(17).chain(256..wrapped.len()) {
            s.unwrap_key(rsa(b"\0"), private, &wrapped[..length], &[])
                .map(drop)
                .gives(CKR_WRAPPED_KEY_LEN_RANGE);
        }
        assert_eq!(objects(&s), before, "nothing is stored");
        s.unwrap_key(rsa(b"D"), private, &wrapped, &[]).works();
    });
}

#[test]
fn parts_of_transported_keys_do_not_go_together() {
    isolated(|| {
        let s = session();
        let (public, private) = rsa_pair(&s, 2048);
        let key = payment(&s, CKK_DES2, &hex(KEY), "P0", "S");
        let wider = s.wrap(rsa(b"D"), public, key).works();
        let narrow = s.wrap(rsa(b"D\0\0\0E\0\0N\0\0"), public, key).works();
        let again = s.wrap(rsa(b"E"), public, key).works();
        let swapped = |head: &[u8], tail: &[u8], at: usize| [&head[..at], &tail[at..]].concat();
        let as_version = |version: u8| {
            let mut other = wider.clone();
            other[256] = version;
            other
        };
        for mixed in [
            // The protection key of one before the block of another.
            swapped(&wider, &narrow, 256),
            // The header of one before the key of another.
            swapped(&wider, &narrow, 256 + 16),
            swapped(&narrow, &wider, 256 + 16),
            swapped(&wider, &again, 256),
            // Other versions, those of weaker ciphers among them.
            as_version(b'A'),
            as_version(b'B'),
            as_version(b'C'),
            as_version(b'E'),
            as_version(b'0'),
        ] {
            s.unwrap_key(rsa(b"\0"), private, &mixed, &[])
                .map(drop)
                .gives(CKR_WRAPPED_KEY_INVALID);
        }
        // Good ones, where another version or another kind of protection key is awaited.
        s.unwrap_key(rsa(b"E"), private, &wider, &[])
            .map(drop)
            .gives(CKR_WRAPPED_KEY_INVALID);
        for kind in [2, 3, 4, 5] {
            s.unwrap_key(Mech::iv(RSA, &[1, 0x21, kind, 0]), private, &wider, &[])
                .map(drop)
                .gives(CKR_WRAPPED_KEY_INVALID);
        }
        let (_, other) = rsa_pair(&s, 2048);
        s.unwrap_key(rsa(b"\0"), other, &wider, &[])
            .map(drop)
            .gives(CKR_WRAPPED_KEY_INVALID);
    });
}

/// Versions A and C are not made here, and do not come in either, with the right protection key.
#[test]
fn old_versions_of_key_blocks_do_not_travel() {
    isolated(|| {
        let s = session();
        let (public, private) = s.rsa();
        let value = hex("89E98CF7921545F234BC7546FD3E380D");
        let kbpk = s
            .create(&with(&open_secret(CKK_DES2, &value), &[a(USAGE, "K1")]))
            .works();
        let sealed = s
            .encrypt(Mech::oaep(CKM_SHA256, CKG_MGF1_SHA256, b""), public, &value)
            .works();
        for version in *b"ABC" {
            let block = s
                .wrap(Mech::iv(CKM_VHSM_TR31.0, &[1, version]), kbpk, pin_key(&s))
                .works();
            let opened = Mech::iv(RSA, &[1, 0x21, 2, 0]);
            let opened = s.unwrap_key(opened, private, &[&sealed[..], &block].concat(), &[]);
            match version {
                b'B' => drop(opened.works()),
                _ => opened.map(drop).gives(CKR_WRAPPED_KEY_INVALID),
            }
        }
    });
}

#[test]
fn another_agreement_opens_no_key() {
    isolated(|| {
        let s = session();
        let (own_public, own) = ec_pair(&s, curve::P256);
        let (peer_public, peer) = ec_pair(&s, curve::P256);
        let (other_public, other) = ec_pair(&s, curve::P256);
        let (key, told) = (pin_key(&s), [b"D", &*point(&s, own_public)].concat());
        let block = s.wrap(ecdh(own, INFO, b"D"), peer_public, key).works();
        let by = |kind: [u8; 3], info: &[u8], form: &[u8]| ecdh_by(&kind, 0, info, form);
        s.unwrap_key(by([2, 0x21, 6], INFO, &told), peer, &block, &[])
            .works();
        let others = [b"D", &*point(&s, other_public)].concat();
        for (mechanism, key) in [
            (by([2, 0x21, 6], b"zone 7, key 4", &told), peer),
            (by([1, 0x21, 6], INFO, &told), peer),
            (by([2, 0x22, 6], INFO, &told), peer),
            (by([2, 0x21, 5], INFO, &told), peer),
            (by([2, 0x21, 6], INFO, &others), peer),
            (by([2, 0x21, 6], INFO, &told), other),
        ] {
            s.unwrap_key(mechanism, key, &block, &[])
                .map(drop)
                .gives(CKR_WRAPPED_KEY_INVALID);
        }
        // The same information gives the same protection key: another gives another one.
        let mut front = s.wrap(ecdh(0, INFO, b"D"), peer_public, key).works();
        s.unwrap_key(ecdh(0, INFO, b"D"), peer, &front, &[]).works();
        front[..65].copy_from_slice(&point(&s, other_public));
        s.unwrap_key(ecdh(0, INFO, b"D"), peer, &front, &[])
            .map(drop)
            .gives(CKR_WRAPPED_KEY_INVALID);
    });
}

/// Points of no curve, of other curves, at infinity, too short: in the parameter, and before the block.
#[test]
fn points_that_are_none_of_the_curve_agree_on_nothing() {
    isolated(|| {
        let s = session();
        let (own_public, _) = ec_pair(&s, curve::P256);
        let (peer_public, peer) = ec_pair(&s, curve::P256);
        let (p384, p384_private) = ec_pair(&s, curve::P384);
        let (brainpool, brainpool_private) = ec_pair(&s, curve::BRAINPOOL_P256R1);
        let wrapped = s.wrap(ecdh(0, INFO, b"D"), peer_public, pin_key(&s)).works();
        let block = &wrapped[65..];
        let good = point(&s, own_public);
        let mut off = good.clone();
        off[64] ^= 1;
        let mut huge = good.clone();
        huge[1..].fill(0xff);
        let mut zero = good.clone();
        zero[1..].fill(0);
        let before = objects(&s);
        for wrong in [
            &off[..],
            &huge,
            &zero,
            &good[..64],
            &good[1..],
            &[0],
            &[0; 65],
            &point(&s, p384),
            &point(&s, brainpool),
        ] {
            s.unwrap_key(ecdh(0, INFO, &[b"D", wrong].concat()), peer, block, &[])
                .map(drop)
                .gives(CKR_MECHANISM_PARAM_INVALID);
            if wrong.len() == 65 {
                s.unwrap_key(ecdh(0, INFO, b"D"), peer, &[wrong, block].concat(), &[])
                    .map(drop)
                    .gives(CKR_WRAPPED_KEY_INVALID);
            }
        }
        for length in 0..wrapped.len() {
            s.unwrap_key(ecdh(0, INFO, b"D"), peer, &wrapped[..length], &[])
                .map(drop)
                .gives(CKR_WRAPPED_KEY_LEN_RANGE);
        }
        assert_eq!(objects(&s), before, "nothing is stored");
        for own in [p384_private, brainpool_private] {
            s.wrap(ecdh(own, INFO, b"D"), peer_public, pin_key(&s))
                .map(drop)
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
    });
}

#[test]
fn the_own_key_of_an_agreement_is_one_that_unwraps() {
    isolated(|| {
        let s = session();
        let (peer_public, peer) = ec_pair(&s, curve::P256);
        let key = pin_key(&s);
        let (own_public, own) = ec_pair(&s, curve::P256);
        let derives = [a(CKA_UNWRAP, false), a(CKA_DERIVE, true)];
        let (_, deriving) = s.pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &[], &derives).works();
        let other = [
            a(CKA_UNWRAP, true),
            a(CKA_ALLOWED_MECHANISMS, CKM_ECDH_AES_KEY_WRAP),
        ];
        let (_, other) = s.pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &[], &other).works();
        let (rsa, _) = rsa_pair(&s, 2048);
        for (named, code) in [
            (deriving, CKR_KEY_FUNCTION_NOT_PERMITTED),
            (other, CKR_MECHANISM_INVALID),
            (own_public, CKR_MECHANISM_PARAM_INVALID),
            (rsa, CKR_MECHANISM_PARAM_INVALID),
            (key, CKR_MECHANISM_PARAM_INVALID),
            (CK_OBJECT_HANDLE::MAX, CKR_KEY_HANDLE_INVALID),
        ] {
            s.wrap(ecdh(named, INFO, b"D"), peer_public, key)
                .map(drop)
                .gives(code);
        }
        // A key that transports derives nothing that could be looked at.
        let parameter = CK_ECDH1_DERIVE_PARAMS {
            kdf: CKD_SHA256_KDF_SP800,
            ulSharedDataLen: INFO.len() as CK_ULONG,
            pSharedData: leak(INFO),
            ulPublicDataLen: 65,
            pPublicData: leak(&point(&s, peer_public)),
        };
        s.derive(Mech::with(CKM_ECDH1_DERIVE, parameter), own, &protection())
            .map(drop)
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        // To unwrap, the parameter names no key.
        let block = s.wrap(ecdh(own, INFO, b"D"), peer_public, key).works();
        let told = [b"D", &*point(&s, own_public)].concat();
        s.unwrap_key(ecdh(own, INFO, &told), peer, &block, &[])
            .map(drop)
            .gives(CKR_MECHANISM_PARAM_INVALID);
        s.logout().works();
        s.wrap(ecdh(own, INFO, b"D"), peer_public, key)
            .map(drop)
            .gives_one_of(&[CKR_KEY_HANDLE_INVALID, CKR_WRAPPING_KEY_HANDLE_INVALID]);
    });
}

/// [NIST SP 800-57 part 1 rev. 5, table 2; PCI PIN, annex C]
#[test]
fn a_weaker_pair_does_not_carry_a_stronger_key() {
    isolated(|| {
        let s = session();
        let (weak, _) = s
            .rsa_with(1024, &[a(CKA_WRAP, true)], &[a(CKA_UNWRAP, true)])
            .works();
        s.wrap(rsa(b"D"), weak, pin_key(&s))
            .map(drop)
            .gives(CKR_WRAPPING_KEY_SIZE_RANGE);
        let (weak, _) = ec_pair(&s, curve::P224);
        s.wrap(ecdh(0, INFO, b"D"), weak, pin_key(&s))
            .map(drop)
            .gives(CKR_WRAPPING_KEY_SIZE_RANGE);
        let aes = [16, 24, 32].map(|length| payment(&s, CKK_AES, &vec![9; length], "D0", "E"));
        let triple = payment(
            &s,
            CKK_DES3,
            &hex(&(KEY.to_owned() + "1313131313131319")),
            "K0",
            "E",
        );
        let (rsa_2048, rsa_3072) = (rsa_pair(&s, 2048).0, rsa_pair(&s, 3072).0);
        let on = |curve| ec_pair(&s, curve).0;
        for (mechanism, public, strongest) in [
            (rsa(b"D"), rsa_2048, 0),
            (rsa(b"D"), rsa_3072, 1),
            (ecdh(0, b"", b"D"), on(curve::P256), 1),
            (ecdh(0, b"", b"D"), on(curve::P384), 2),
            (ecdh(0, b"", b"D"), on(curve::P521), 3),
        ] {
            s.wrap(mechanism, public, triple).works();
            for (at, key) in aes.into_iter().enumerate() {
                let wrapped = s.wrap(mechanism, public, key).map(drop);
                match at < strongest {
                    true => wrapped.works(),
                    false => wrapped.gives(CKR_WRAPPING_KEY_SIZE_RANGE),
                }
            }
        }
        // The protection key is no weaker either, nor of triple DES.
        let p521 = on(curve::P521);
        s.wrap(ecdh_by(&[2, 0x21, 4], 0, b"", b"D"), p521, aes[2])
            .map(drop)
            .gives(CKR_WRAPPING_KEY_SIZE_RANGE);
        s.wrap(ecdh_by(&[2, 0x21, 3], 0, b"", b"B"), p521, aes[0])
            .map(drop)
            .gives(CKR_WRAPPING_KEY_SIZE_RANGE);
    });
}

#[test]
fn a_key_travels_no_more_widely_than_it_may_leave() {
    isolated(|| {
        let s = session();
        let (public, private) = rsa_pair(&s, 2048);
        for (exportability, leaves) in [("N", false), ("E", true), ("S", true)] {
            let key = payment(&s, CKK_DES2, &hex(KEY), "P0", exportability);
            for (mechanism, public) in [
                (rsa(b"D"), public),
                (ecdh(0, b"", b"D"), ec_pair(&s, curve::P256).0),
            ] {
                let wrapped = s.wrap(mechanism, public, key).map(drop);
                match leaves {
                    true => wrapped.works(),
                    false => wrapped.gives(CKR_VHSM_KEY_NOT_EXPORTABLE.0),
                }
            }
        }
        let key = pin_key(&s);
        s.wrap(rsa(b"D\0\0\0N\0\0\0\0\0"), public, key)
            .map(drop)
            .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
        s.wrap(rsa(b"D\0\0\0\0\0\0S\0\0"), public, key)
            .map(drop)
            .gives(CKR_VHSM_KEY_NOT_EXPORTABLE.0);
        s.wrap(rsa(b"D"), public, s.import(CKK_DES2, &hex(KEY)))
            .map(drop)
            .gives(CKR_VHSM_KEY_USAGE.0);
        let (_, pair) = s.rsa_with(2048, &[], &[a(CKA_EXTRACTABLE, true)]).works();
        s.wrap(rsa(b"D"), public, pair)
            .map(drop)
            .gives(CKR_KEY_NOT_WRAPPABLE);
        // What comes is no wider than its header says; the unwrapping key may say more.
        let wrapped = s.wrap(rsa(b"D"), public, key).works();
        for wrong in [
            a(USAGE, "D0"),
            a(MODE, "N"),
            a(EXPORTABILITY, "S"),
            a(CKA_SENSITIVE, false),
            a(CKA_DERIVE, true),
            a(CKA_KEY_TYPE, CKK_AES),
        ] {
            s.unwrap_key(rsa(b"\0"), private, &wrapped, &[wrong])
                .map(drop)
                .gives(CKR_TEMPLATE_INCONSISTENT);
        }
        let narrow = [a(MODE, "D"), a(EXPORTABILITY, "N"), a(CKA_LABEL, "zpk")];
        let narrow = s.unwrap_key(rsa(b"\0"), private, &wrapped, &narrow).works();
        s.wrap(rsa(b"D"), public, narrow)
            .map(drop)
            .gives(CKR_KEY_UNEXTRACTABLE);
    });
}

/// CKA_UNWRAP, CKA_WRAP, CKA_UNWRAP_TEMPLATE, CKA_WRAP_TEMPLATE, CKA_WRAP_WITH_TRUSTED, CKA_ALLOWED_MECHANISMS.
#[test]
fn pairs_that_transport_keys_are_held_to_their_attributes() {
    isolated(|| {
        let s = session();
        let key = pin_key(&s);
        let pair =
            |public: &[CK_ATTRIBUTE], private: &[CK_ATTRIBUTE]| s.rsa_with(2048, public, private).works();
        let of_pins = nested(CKA_WRAP_TEMPLATE, &[a(USAGE, "P0")]);
        let forced = nested(CKA_UNWRAP_TEMPLATE, &[a(USAGE, "P0"), a(EXPORTABILITY, "N")]);
        let (public, private) = pair(&[of_pins], &[forced]);
        s.wrap(rsa(b"D"), public, payment(&s, CKK_DES2, &hex(KEY), "C0", "E"))
            .map(drop)
            .gives(CKR_KEY_HANDLE_INVALID);
        let wrapped = s.wrap(rsa(b"D"), public, key).works();
        let opened = s.unwrap_key(rsa(b"\0"), private, &wrapped, &[]).works();
        assert_eq!(s.get(opened, EXPORTABILITY).works(), b"N");
        assert!(!s.flag(opened, CKA_EXTRACTABLE).works());
        let forced = nested(CKA_UNWRAP_TEMPLATE, &[a(USAGE, "C0")]);
        let (public, private) = pair(&[], &[forced]);
        let wrapped = s.wrap(rsa(b"D"), public, key).works();
        s.unwrap_key(rsa(b"\0"), private, &wrapped, &[])
            .map(drop)
            .gives(CKR_TEMPLATE_INCONSISTENT);
        let (public, private) = pair(&[a(CKA_WRAP, false)], &[a(CKA_UNWRAP, false)]);
        s.wrap(rsa(b"D"), public, key)
            .map(drop)
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        s.unwrap_key(rsa(b"\0"), private, &wrapped, &[])
            .map(drop)
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        let only = a(CKA_ALLOWED_MECHANISMS, RSA);
        let (public, private) = pair(&[only], &[only]);
        let wrapped = s.wrap(rsa(b"D"), public, key).works();
        s.unwrap_key(rsa(b"\0"), private, &wrapped, &[]).works();
        // Such a pair shows no protection key.
        let oaep = Mech::oaep(CKM_SHA256, CKG_MGF1_SHA256, b"");
        let template = without(&protection(), &[CKA_VALUE_LEN]);
        s.unwrap_key(oaep, private, &wrapped[..256], &template)
            .map(drop)
            .gives(CKR_MECHANISM_INVALID);
        s.begin(Class::Decrypt, oaep, private)
            .gives(CKR_MECHANISM_INVALID);
        let trusting = with(
            &open_secret(CKK_DES2, &hex(KEY)),
            &[
                a(USAGE, "P0"),
                a(EXPORTABILITY, "E"),
                a(CKA_WRAP_WITH_TRUSTED, true),
            ],
        );
        let trusting = s.create(&trusting).works();
        for (mechanism, public) in [
            (rsa(b"D"), public),
            (ecdh(0, b"", b"D"), ec_pair(&s, curve::P256).0),
        ] {
            s.wrap(mechanism, public, trusting)
                .map(drop)
                .gives(CKR_KEY_NOT_WRAPPABLE);
        }
    });
}

/// A key that wants a trusted one leaves under the public key that the officer trusts.
#[test]
fn a_trusted_public_key_carries_keys_that_want_one() {
    isolated(|| {
        let s = session();
        let public = [
            a(CKA_TOKEN, true),
            a(CKA_PRIVATE, false),
            a(CKA_LABEL, "partner"),
            a(CKA_WRAP, true),
        ];
        s.rsa_with(2048, &public, &[a(CKA_UNWRAP, true)]).works();
        let partner = || s.find(&[a(CKA_LABEL, "partner")]).works()[0];
        let wanting = || {
            let said = [
                a(USAGE, "P0"),
                a(EXPORTABILITY, "E"),
                a(CKA_WRAP_WITH_TRUSTED, true),
            ];
            s.create(&with(&open_secret(CKK_DES2, &hex(KEY)), &said)).works()
        };
        s.wrap(rsa(b"D"), partner(), wanting())
            .map(drop)
            .gives(CKR_KEY_NOT_WRAPPABLE);
        s.logout().works();
        s.login(CKU_SO, SO_PIN).works();
        s.set(partner(), &[a(CKA_TRUSTED, true)]).works();
        s.logout().works();
        s.login(CKU_USER, USER_PIN).works();
        s.wrap(rsa(b"D"), partner(), wanting()).works();
    });
}

/// A good block with a key that is weak is told as such; nothing is stored.
#[test]
fn weak_keys_do_not_travel_in() {
    isolated(|| {
        let (s, vectors) = (session(), Vectors::read());
        let refused = vectors.0["refused"].as_array().unwrap();
        assert_eq!(refused.len(), 3);
        for vector in refused {
            let private = imported(&s, CKK_RSA, &vectors.key(vector));
            let parameter = Mech::iv(RSA, &hex(text(vector, "parameter")));
            let wrapped = [&hex(text(vector, "front")), text(vector, "block").as_bytes()].concat();
            let code = text(vector, "refused");
            let code = Rv::VENDOR_NAMES.iter().find(|(_, name)| *name == code).unwrap().0;
            let before = objects(&s);
            s.unwrap_key(parameter, private, &wrapped, &[])
                .map(drop)
                .gives(code.0);
            assert_eq!(objects(&s), before);
        }
    });
}

#[test]
fn parameters_of_transport_of_another_form_are_refused() {
    isolated(|| {
        let s = session();
        let (public, private) = rsa_pair(&s, 2048);
        let (ec_public, ec_private) = ec_pair(&s, curve::P256);
        let key = pin_key(&s);
        let by_rsa = s.wrap(rsa(b"D"), public, key).works();
        let by_ecdh = s.wrap(ecdh(0, INFO, b"D"), ec_public, key).works();
        let before = objects(&s);
        for wrong in [
            &b""[..],
            b"\x01\x21\x06",
            b"\x00\x21\x06D",
            b"\x02\x21\x06D",
            b"\x01\x10\x06D",
            b"\x01\x20\x06D",
            b"\x01\x00\x06D",
            b"\x01\x31\x06D",
            b"\x01\x21\x00D",
            b"\x01\x21\x01D",
            b"\x01\x21\x07D",
            b"\x01\x21\x06A",
            b"\x01\x21\x02A",
            b"\x01\x21\x02C",
            b"\x01\x21\x06B",
            b"\x01\x21\x03D",
            b"\x01\x21\x03E",
            b"\x01\x21\x06d",
            b"\x01\x21\x06D\0",
            b"\x01\x21\x06DP0\0\0\0\0\0\0\0LB0",
        ] {
            s.wrap(Mech::iv(RSA, wrong), public, key)
                .map(drop)
                .gives(CKR_MECHANISM_PARAM_INVALID);
            s.unwrap_key(Mech::iv(RSA, wrong), private, &by_rsa, &[])
                .map(drop)
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        // To wrap, the version is told.
        s.wrap(rsa(b"\0"), public, key)
            .map(drop)
            .gives(CKR_MECHANISM_PARAM_INVALID);
        let handle = [0; 8];
        for wrong in [
            &b""[..],
            &[1, 2, 0x21, 6],
            &[&[1, 2, 0x21, 6][..], &handle, &[0, 0]].concat(),
            &[&[0, 2, 0x21, 6][..], &handle, &[0, 0], b"D"].concat(),
            &[&[1, 0, 0x21, 6][..], &handle, &[0, 0], b"D"].concat(),
            &[&[1, 3, 0x21, 6][..], &handle, &[0, 0], b"D"].concat(),
            &[&[1, 2, 0x10, 6][..], &handle, &[0, 0], b"D"].concat(),
            &[&[1, 2, 0x21, 1][..], &handle, &[0, 0], b"D"].concat(),
            &[&[1, 2, 0x21, 6][..], &handle, &[0, 2], b"D"].concat(),
            &[&[1, 2, 0x21, 6][..], &handle, &[0xff, 0xff], b"D"].concat(),
            &[&[1, 2, 0x21, 6][..], &handle, &[0, 0], b"B"].concat(),
            &[&[1, 2, 0x21, 6][..], &handle, &[0, 0], b"D\0"].concat(),
        ] {
            s.wrap(Mech::iv(ECDH, wrong), ec_public, key)
                .map(drop)
                .gives(CKR_MECHANISM_PARAM_INVALID);
            s.unwrap_key(Mech::iv(ECDH, wrong), ec_private, &by_ecdh, &[])
                .map(drop)
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        // Pairs that stay the same need shared information.
        let (own_public, own) = ec_pair(&s, curve::P256);
        s.wrap(ecdh(own, b"", b"D"), ec_public, key)
            .map(drop)
            .gives(CKR_MECHANISM_PARAM_INVALID);
        let told = [b"D", &*point(&s, own_public)].concat();
        s.unwrap_key(ecdh(0, b"", &told), ec_private, &by_ecdh, &[])
            .map(drop)
            .gives(CKR_MECHANISM_PARAM_INVALID);
        assert_eq!(objects(&s), before + 2);
        // Keys of another kind.
        s.wrap(rsa(b"D"), ec_public, key)
            .map(drop)
            .gives(CKR_WRAPPING_KEY_TYPE_INCONSISTENT);
        s.wrap(ecdh(0, b"", b"D"), public, key)
            .map(drop)
            .gives(CKR_WRAPPING_KEY_TYPE_INCONSISTENT);
        s.unwrap_key(rsa(b"D"), ec_private, &by_rsa, &[])
            .map(drop)
            .gives(CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT);
    });
}
