//! Keys that leave and come back: every wrapping mechanism with every type of key.

use super::{Bench, mech};
use crate::harness::*;
use vhsm::catalog;
use vhsm::mechanism::MechanismSpec;

/// A key that leaves and comes back.
struct Traveller {
    name: &'static str,
    key: CK_OBJECT_HANDLE,
    /// How long it is as it travels: its value, or PKCS#8.
    length: usize,
    template: Vec<CK_ATTRIBUTE>,
    /// What has to be the same.
    same: Vec<CK_ATTRIBUTE_TYPE>,
}

/// Secret keys of all sorts of lengths, private keys of all types.
fn travellers(bench: &Bench) -> Vec<Traveller> {
    let s = &bench.s;
    let mut all = Vec::new();
    for (name, key_type, length) in [
        ("AES-128", CKK_AES, 16),
        ("AES-192", CKK_AES, 24),
        ("AES-256", CKK_AES, 32),
        ("AES-XTS", CKK_AES_XTS, 64),
        ("DES", CKK_DES, 8),
        ("DES2", CKK_DES2, 16),
        ("DES3", CKK_DES3, 24),
        ("ChaCha20", CKK_CHACHA20, 32),
        ("HMAC", CKK_SHA256_HMAC, 33),
        ("a secret of 1", CKK_GENERIC_SECRET, 1),
        ("a secret of 37", CKK_GENERIC_SECRET, 37),
        ("a secret of 48", CKK_GENERIC_SECRET, 48),
    ] {
        let key = bench.make(key_type, length, "").0;
        let mut template = open_secret(key_type, &[])[..4].to_vec();
        if [CKK_AES, CKK_AES_XTS, CKK_GENERIC_SECRET, CKK_SHA256_HMAC].contains(&key_type) {
            template.push(a(CKA_VALUE_LEN, length as CK_ULONG));
        }
        let same = vec![CKA_VALUE];
        all.push(Traveller {
            name,
            key,
            length,
            template,
            same,
        });
    }
    let kwp = Mech::new(CKM_AES_KEY_WRAP_KWP);
    let aes = s.import(CKK_AES, &[3; 32]);
    for (name, key_type, same) in [
        (
            "RSA",
            CKK_RSA,
            vec![CKA_MODULUS, CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_COEFFICIENT],
        ),
        ("EC", CKK_EC, vec![CKA_VALUE, CKA_EC_PARAMS]),
        ("Ed25519", CKK_EC_EDWARDS, vec![CKA_VALUE, CKA_EC_PARAMS]),
        ("X25519", CKK_EC_MONTGOMERY, vec![CKA_VALUE, CKA_EC_PARAMS]),
        ("DSA", CKK_DSA, vec![CKA_VALUE, CKA_PRIME, CKA_SUBPRIME, CKA_BASE]),
        ("ML-DSA", CKK_ML_DSA, vec![CKA_VALUE, CKA_SEED, CKA_PARAMETER_SET]),
        ("ML-KEM", CKK_ML_KEM, vec![CKA_VALUE, CKA_SEED, CKA_PARAMETER_SET]),
        ("SLH-DSA", CKK_SLH_DSA, vec![CKA_VALUE, CKA_PARAMETER_SET]),
    ] {
        let key = bench.make(key_type, 0, "").1;
        let wrapped = s.wrap(kwp, aes, key).works();
        let length = s.decrypt(kwp, aes, &wrapped).works().len();
        let template = vec![
            a(CKA_CLASS, CKO_PRIVATE_KEY),
            a(CKA_KEY_TYPE, key_type),
            a(CKA_SENSITIVE, false),
            a(CKA_EXTRACTABLE, true),
        ];
        all.push(Traveller {
            name,
            key,
            length,
            template,
            same,
        });
    }
    all
}

/// [PKCS#11 3.2, 5.18.3, 5.18.4]: what a mechanism wraps, it unwraps to the same key; what it cannot wrap,
/// it refuses to wrap.
#[test]
fn what_any_mechanism_wraps_it_unwraps_to_an_equal_key() {
    isolated_with_everything(|| {
        let bench = Bench::new();
        let s = &bench.s;
        let (travellers, mut rows, mut came_back) = (travellers(&bench), 0, 0);
        let mut refused = Vec::new();
        // Key blocks take payment keys alone: payment_keyblock.rs.
        let standard = |row: &&MechanismSpec| row.roles.wrap.is_some() && row.section != "include/vhsm.h";
        for row in catalog::all().filter(standard) {
            rows += 1;
            assert!(row.roles.unwrap.is_some(), "{row:?}");
            let before = came_back;
            for key_type in row.key.types.iter().map(|key_type| key_type.0) {
                let (public, private) = bench.keys(row, key_type);
                for traveller in &travellers {
                    let what = format!("{} with {}", row.name(), traveller.name);
                    let m = mech(row, traveller.length).unwrap_or_else(|| panic!("{what}"));
                    let wrapped = match s.wrap(m, public, traveller.key) {
                        Ok(wrapped) => wrapped,
                        Err(refusal) => {
                            let codes = [CKR_KEY_SIZE_RANGE, CKR_KEY_NOT_WRAPPABLE];
                            assert!(codes.contains(&refusal.0), "{what}: {refusal:?}");
                            refused.push(format!("{what}: {refusal:?}"));
                            continue;
                        }
                    };
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
        assert!(
            rows >= 42 && came_back >= 768,
            "{rows} rows, {came_back} came back, not wrapped: {refused:#?}"
        );
    });
}
