//! Keys that leave and come back: every wrapping mechanism with every type of key.

use super::{Bench, LMK, mech};
use crate::harness::*;
use std::collections::BTreeSet;
use vhsm::catalog;
use vhsm::ck::{self, KeyType, ObjectClass};
use vhsm::mechanism::MechanismSpec;
use vhsm::object::rules::{Maker, Presence, RuleSet};

/// A key that leaves and comes back.
struct Traveller {
    name: String,
    key_type: CK_KEY_TYPE,
    key: CK_OBJECT_HANDLE,
    /// How long it is as it travels: its value, or PKCS#8.
    length: usize,
    template: Vec<CK_ATTRIBUTE>,
    is_private: bool,
    /// Whether it takes long to bring it in, so that it travels with one mechanism alone: the sets of SLH-DSA with short
    /// signatures, whose root is worked out anew. Their form is that of the other sets.
    is_slow: bool,
    /// What has to be the same.
    same: Vec<CK_ATTRIBUTE_TYPE>,
}

/// The key types that the module has rules for in a class.
fn types(class: ObjectClass) -> BTreeSet<CK_KEY_TYPE> {
    let names = KeyType::NAMES.iter().chain(KeyType::VENDOR_NAMES);
    let types = names.map(|(key_type, _)| *key_type);
    types
        .filter(|key_type| RuleSet::find(class, Some(*key_type), None).is_some())
        .map(|key_type| key_type.0)
        .collect()
}

/// Key types whose keys do not travel here, and why.
const AT_HOME: [(CK_KEY_TYPE, &str); 1] = [(
    LMK,
    "never extractable, nor does any general mechanism take one: payment_lmk.rs",
)];

/// The lengths in bytes that keys of a type travel in.
fn lengths(key_type: CK_KEY_TYPE) -> &'static [usize] {
    match key_type {
        CKK_AES | CKK_CAMELLIA | CKK_ARIA | CKK_TWOFISH => &[16, 24, 32],
        CKK_AES_XTS => &[32, 64],
        CKK_BLOWFISH => &[4, 13, 56],
        CKK_DES => &[8],
        CKK_DES2 => &[16],
        CKK_DES3 => &[24],
        CKK_CHACHA20 | CKK_SALSA20 | CKK_POLY1305 => &[32],
        CKK_GENERIC_SECRET => &[1, 37, 48],
        _ => &[33], // MAC keys and those of HKDF have any
    }
}

fn open(class: CK_OBJECT_CLASS, key_type: CK_KEY_TYPE) -> Vec<CK_ATTRIBUTE> {
    vec![
        a(CKA_CLASS, class),
        a(CKA_KEY_TYPE, key_type),
        a(CKA_SENSITIVE, false),
        a(CKA_EXTRACTABLE, true),
    ]
}

fn secret_travellers(bench: &Bench) -> Vec<Traveller> {
    let mut all = Vec::new();
    for key_type in types(ck::CKO_SECRET_KEY) {
        if AT_HOME.iter().any(|(at_home, _)| *at_home == key_type) {
            continue;
        }
        for &length in lengths(key_type) {
            let mut template = open(CKO_SECRET_KEY, key_type);
            let rules = RuleSet::find(ck::CKO_SECRET_KEY, Some(KeyType(key_type)), None).unwrap();
            let rule = rules.rule(ck::CKA_VALUE_LEN).unwrap();
            if rule.presence(Maker::Unwrap) != Presence::Forbidden {
                template.push(a(CKA_VALUE_LEN, length as CK_ULONG));
            }
            all.push(Traveller {
                name: format!("{} of {length}", KeyType(key_type)),
                key_type,
                key: bench.make(key_type, length, "").0,
                length,
                template,
                is_private: false,
                is_slow: false,
                same: vec![CKA_VALUE],
            });
        }
    }
    all
}

/// A private key: its name, its type, and what has to be the same.
type Private = (String, CK_KEY_TYPE, CK_OBJECT_HANDLE, Vec<CK_ATTRIBUTE_TYPE>);

/// Private keys of every type: on every curve, in every parameter set, of which each has an identifier of its own.
fn pairs(bench: &Bench) -> Vec<Private> {
    let s = &bench.s;
    let shown = [a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)];
    let mut all = Vec::new();
    for key_type in types(ck::CKO_PRIVATE_KEY) {
        let name = KeyType(key_type);
        let on = |generator, curve: &'static [u8]| {
            let key = s.pair_on(generator, curve, &[], &shown).works().1;
            let same = vec![CKA_VALUE, CKA_EC_PARAMS];
            (format!("{name} on {curve:02x?}"), key_type, key, same)
        };
        match key_type {
            CKK_RSA => {
                let same = [CKA_MODULUS, CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_COEFFICIENT];
                for bits in [1024, 2048] {
                    let key = s.rsa_with(bits, &[], &shown).works().1;
                    all.push((format!("{name} of {bits}"), key_type, key, same.to_vec()));
                }
            }
            CKK_EC => all.extend(curve::WEIERSTRASS.map(|(curve, _)| on(CKM_EC_KEY_PAIR_GEN, curve))),
            CKK_EC_EDWARDS => {
                let curves = [curve::ED25519, curve::ED448];
                all.extend(curves.map(|curve| on(CKM_EC_EDWARDS_KEY_PAIR_GEN, curve)));
            }
            CKK_EC_MONTGOMERY => {
                let curves = [curve::X25519, curve::X448];
                all.extend(curves.map(|curve| on(CKM_EC_MONTGOMERY_KEY_PAIR_GEN, curve)));
            }
            CKK_DSA | CKK_X9_42_DH => {
                let same = vec![CKA_VALUE, CKA_PRIME, CKA_SUBPRIME, CKA_BASE];
                all.push((name.to_string(), key_type, bench.make(key_type, 0, "").1, same));
            }
            CKK_DH => {
                let same = vec![CKA_VALUE, CKA_PRIME, CKA_BASE];
                all.push((name.to_string(), key_type, bench.make(key_type, 0, "").1, same));
            }
            CKK_ML_DSA | CKK_ML_KEM | CKK_SLH_DSA => {
                for (set, ..) in PARAMETER_SETS.iter().filter(|set| set.1 == key_type) {
                    let key = s.pq_pair(set, &shown).works().1;
                    let mut same = vec![CKA_VALUE, CKA_PARAMETER_SET];
                    if key_type != CKK_SLH_DSA {
                        same.push(CKA_SEED);
                        // The other form of such keys has no seed.
                        let value = a(CKA_VALUE, s.get(key, CKA_VALUE).works());
                        let number = s.number(key, CKA_PARAMETER_SET).works();
                        let expanded = s.create(&pq_private(key_type, number, &[value])).works();
                        let name = format!("{set} without seed");
                        all.push((name, key_type, expanded, same[..2].to_vec()));
                    }
                    all.push(((*set).to_owned(), key_type, key, same));
                }
            }
            _ => panic!("{name} has no traveller"),
        }
    }
    all
}

fn private_travellers(bench: &Bench) -> Vec<Traveller> {
    let s = &bench.s;
    let kwp = Mech::new(CKM_AES_KEY_WRAP_KWP);
    let aes = s.import(CKK_AES, &[3; 32]);
    let traveller = |(name, key_type, key, same): Private| {
        let wrapped = s.wrap(kwp, aes, key).works();
        let is_slow = key_type == CKK_SLH_DSA && name.ends_with('s');
        Traveller {
            name,
            key_type,
            key,
            length: s.decrypt(kwp, aes, &wrapped).works().len(),
            template: open(CKO_PRIVATE_KEY, key_type),
            is_private: true,
            is_slow,
            same,
        }
    };
    pairs(bench).into_iter().map(traveller).collect()
}

/// What is answered to a key that a mechanism does not wrap: block ciphers without padding wrap no private keys
/// [PKCS#11 3.2, 6.10.4, 6.10.5]; keys are too long for a modulus of 256 bytes, or too short to be a block or two.
fn refusal(row: &MechanismSpec, traveller: &Traveller) -> Option<CK_RV> {
    let length = traveller.length;
    let misfit = match row.name() {
        name if name.ends_with("_ECB") || name.ends_with("_CBC") => {
            return traveller.is_private.then_some(CKR_KEY_NOT_WRAPPABLE);
        }
        "CKM_AES_CTS" | "CKM_AES_XTS" => length < 16,
        "CKM_AES_KEY_WRAP" => length <= 8,
        "CKM_AES_KEY_WRAP_PAD" | "CKM_AES_KEY_WRAP_PKCS7" => length < 8,
        "CKM_RSA_X_509" => length > 256,
        "CKM_RSA_PKCS" => length > 256 - 11,
        "CKM_RSA_PKCS_OAEP" => length > 256 - 2 * 32 - 2,
        _ => false,
    };
    misfit.then_some(CKR_KEY_SIZE_RANGE)
}

/// [PKCS#11 3.2, 5.18.3, 5.18.4]: what a mechanism wraps, it unwraps to the same key; what it cannot wrap,
/// it refuses to wrap.
#[test]
fn what_any_mechanism_wraps_it_unwraps_to_an_equal_key() {
    isolated_with_everything(|| {
        let bench = Bench::new();
        let s = &bench.s;
        let mut travellers = secret_travellers(&bench);
        travellers.extend(private_travellers(&bench));
        let travel: BTreeSet<_> = travellers.iter().map(|traveller| traveller.key_type).collect();
        let at_home: BTreeSet<_> = AT_HOME.iter().map(|(key_type, _)| *key_type).collect();
        let all = &types(ck::CKO_SECRET_KEY) | &types(ck::CKO_PRIVATE_KEY);
        assert_eq!(&travel | &at_home, all);
        let (mut rows, mut came_back, mut refused) = (0, 0, 0);
        // Key blocks take payment keys alone: payment_keyblock.rs.
        let standard = |row: &&MechanismSpec| row.roles.wrap.is_some() && row.section != "include/vhsm.h";
        for row in catalog::all().filter(standard) {
            rows += 1;
            assert!(row.roles.unwrap.is_some(), "{row:?}");
            let before = came_back;
            for key_type in row.key.types.iter().map(|key_type| key_type.0) {
                let (public, private) = bench.keys(row, key_type);
                for traveller in &travellers {
                    if traveller.is_slow && row.id != ck::CKM_AES_KEY_WRAP_KWP {
                        continue;
                    }
                    let what = format!("{} with {}", row.name(), traveller.name);
                    let m = mech(row, traveller.length).unwrap_or_else(|| panic!("{what}"));
                    let wrapped = s.wrap(m, public, traveller.key);
                    if let Some(code) = refusal(row, traveller) {
                        assert_eq!(wrapped, Err(Refusal(code)), "{what}");
                        refused += 1;
                        continue;
                    }
                    let wrapped = wrapped.unwrap_or_else(|refusal| panic!("{what}: {refusal:?}"));
                    let back = s
                        .unwrap_key(m, private, &wrapped, &traveller.template)
                        .unwrap_or_else(|refusal| panic!("{what}: {refusal:?}"));
                    for attribute in traveller.same.iter().copied() {
                        let had = s.get(traveller.key, attribute).works();
                        let has = s.get(back, attribute).works();
                        assert_eq!(has, had, "{what}: {}", attribute_name(attribute));
                    }
                    s.destroy(back).works();
                    came_back += 1;
                }
            }
            assert!(came_back > before, "{row:?} wraps nothing");
        }
        assert_eq!((travellers.len(), rows, came_back, refused), (94, 42, 3383, 671));
    });
}
