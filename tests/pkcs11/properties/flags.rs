//! What the flags of a mechanism say, and what its functions answer.

use super::fitting::Fitting;
use super::{Bench, Pair, id, mech};
use crate::derivation::derive_nothing;
use crate::harness::*;
use vhsm::catalog;
use vhsm::ck::KeyType;
use vhsm::mechanism::MechanismSpec;

/// A function that takes a mechanism, with its flag.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Asks {
    Begin(Class),
    /// `C_VerifySignatureInit`.
    SignatureFirst,
    Messages(Way),
    /// `C_MessageSignInit` and `C_MessageVerifyInit`, by name.
    MessageSignatures(&'static str),
    Generate,
    GeneratePair,
    Wrap,
    Unwrap,
    Derive,
    Encapsulate,
    Decapsulate,
}

/// The functions, and the flags of `CK_MECHANISM_INFO` that say that they take a mechanism [PKCS#11 3.2, 3.5].
const FLAGS: [(CK_FLAGS, Asks); 19] = [
    (CKF_ENCRYPT, Asks::Begin(Class::Encrypt)),
    (CKF_DECRYPT, Asks::Begin(Class::Decrypt)),
    (CKF_DIGEST, Asks::Begin(Class::Digest)),
    (CKF_SIGN, Asks::Begin(Class::Sign)),
    (CKF_SIGN_RECOVER, Asks::Begin(Class::SignRecover)),
    (CKF_VERIFY, Asks::Begin(Class::Verify)),
    (CKF_VERIFY_RECOVER, Asks::Begin(Class::VerifyRecover)),
    (CKF_VERIFY, Asks::SignatureFirst),
    (CKF_MESSAGE_ENCRYPT, Asks::Messages(Way::Encrypt)),
    (CKF_MESSAGE_DECRYPT, Asks::Messages(Way::Decrypt)),
    (CKF_MESSAGE_SIGN, Asks::MessageSignatures("C_MessageSignInit")),
    (CKF_MESSAGE_VERIFY, Asks::MessageSignatures("C_MessageVerifyInit")),
    (CKF_GENERATE, Asks::Generate),
    (CKF_GENERATE_KEY_PAIR, Asks::GeneratePair),
    (CKF_WRAP, Asks::Wrap),
    (CKF_UNWRAP, Asks::Unwrap),
    (CKF_DERIVE, Asks::Derive),
    (CKF_ENCAPSULATE, Asks::Encapsulate),
    (CKF_DECAPSULATE, Asks::Decapsulate),
];

impl Asks {
    /// The call with some key, where it is refused for its mechanism whatever the rest is; what began is ended.
    fn call(self, s: &Session, m: Mech, (public, private): Pair) -> Answer {
        let template = shown();
        match self {
            Self::Begin(Class::Encrypt | Class::Verify | Class::VerifyRecover) => self.begin(s, m, public),
            Self::Begin(_) => self.begin(s, m, private),
            Self::SignatureFirst => {
                s.begin_signature(m, public, &[1; 64])?;
                s.cancel(CKF_VERIFY)
            }
            Self::Messages(way) => {
                let key = if way == Way::Encrypt { public } else { private };
                s.begin_messages(way, Mech::new(m.0.mechanism), key)?;
                s.end_messages(way)
            }
            Self::MessageSignatures(name) => {
                let (key, flag) = match name {
                    "C_MessageSignInit" => (private, CKF_MESSAGE_SIGN),
                    _ => (public, CKF_MESSAGE_VERIFY),
                };
                call_words(function(name), &[s.handle, m.p() as u64, key])?;
                s.cancel(flag)
            }
            Self::Generate => s.generate_key(m, &[]).map(|_| ()),
            Self::GeneratePair => s.generate_pair(m, &[], &[]).map(|_| ()),
            Self::Wrap => s
                .wrap(m, public, s.import(CKK_GENERIC_SECRET, &[1; 16]))
                .map(|_| ()),
            Self::Unwrap => s.unwrap_key(m, private, &[1; 32], &template).map(|_| ()),
            Self::Derive => s.derive(m, private, &template).map(|_| ()),
            Self::Encapsulate => s.encapsulate(m, public, &template).map(|_| ()),
            Self::Decapsulate => s.decapsulate(m, private, &[1; 32], &template).map(|_| ()),
        }
    }

    /// The call with all that it needs to work.
    fn works(self, bench: &Bench, row: &MechanismSpec, key_type: CK_KEY_TYPE) -> Answer {
        let s = &bench.s;
        let it = Fitting::of(bench, row, key_type, self);
        let (public, private) = it.keys;
        match self {
            Self::Generate => s.generate_key(it.m, &it.template).map(drop),
            Self::GeneratePair => s.generate_pair(it.m, &it.template, &[]).map(drop),
            Self::Wrap => s.wrap(it.m, public, it.wrapped).map(drop),
            Self::Unwrap => {
                let Some(text) = it.text else {
                    let wrapped = s.wrap(it.m, public, it.wrapped)?;
                    let back = s.unwrap_key(it.opens, private, &wrapped, &it.template)?;
                    let [one, other] = [it.wrapped, back].map(|key| s.get(key, CKA_CHECK_VALUE));
                    assert_eq!(one, other, "{row:?}");
                    return Ok(());
                };
                s.unwrap_key(it.opens, private, &text, &it.template).map(drop)
            }
            Self::Derive if it.several => derive_nothing(s, it.m, private, &it.template),
            Self::Derive => s.derive(it.m, private, &it.template).map(drop),
            Self::Encapsulate => s.encapsulate(it.m, public, &it.template).map(drop),
            Self::Decapsulate => {
                let (ciphertext, key) = s.encapsulate(it.m, public, &it.template)?;
                let again = s.decapsulate(it.m, private, &ciphertext, &it.template)?;
                let [one, other] = [key, again].map(|key| s.get(key, CKA_VALUE).works());
                assert_eq!(one, other, "{row:?}");
                Ok(())
            }
            _ => self.call(s, it.m, it.keys),
        }
    }

    fn begin(self, s: &Session, m: Mech, key: CK_OBJECT_HANDLE) -> Answer {
        let Self::Begin(class) = self else {
            unreachable!("{self:?}");
        };
        s.begin(class, m, key)?;
        s.cancel_by_init(class)
    }
}

/// The types of the keys that a row is asked with: all of its own, but one of those whose parameter says what type the key
/// has: the functions of IKE, payments.
fn types(row: &MechanismSpec) -> Vec<CK_KEY_TYPE> {
    match row.key.types {
        [] => vec![CKK_GENERIC_SECRET], // it takes none
        [first, ..] if row.section == "include/vhsm.h" || row.name().starts_with("CKM_IKE") => vec![first.0],
        types => types.iter().map(|key_type| key_type.0).collect(),
    }
}

/// [PKCS#11 3.2, 3.5: CK_MECHANISM_INFO]: what the flags say is so, of every mechanism and every function.
#[test]
fn every_flag_that_is_set_works_and_no_other_function_takes_the_mechanism() {
    isolated_with_everything(|| {
        let bench = Bench::new();
        let (s, slot) = (&bench.s, bench.slot);
        let (mut works, mut runs, mut refused, mut wrong) = (0, 0, 0, Vec::new());
        for row in catalog::all() {
            let flags = mechanism_info(slot, id(row)).works().flags;
            let m = mech(row, 96).unwrap_or(Mech::new(id(row)));
            let types = types(row);
            let keys = bench.keys(row, types[0]);
            for (flag, asks) in FLAGS {
                let what = format!("{} {asks:?}", row.name());
                if flags & flag != 0 {
                    works += 1;
                    for key_type in &types {
                        runs += 1;
                        if let Err(refusal) = asks.works(&bench, row, *key_type) {
                            wrong.push(format!("{what} {}: {refusal:?}", KeyType(*key_type)));
                        }
                    }
                    continue;
                }
                if (row.id.0, flag) == (CKM_EDDSA, CKF_GENERATE_KEY_PAIR) {
                    continue; // another name of CKM_EC_EDWARDS_KEY_PAIR_GEN there
                }
                refused += 1;
                let answer = asks.call(s, m, keys);
                assert_eq!(answer, Err(Refusal(CKR_MECHANISM_INVALID)), "{what}");
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert_eq!((works, runs, refused), (1184, 2233, 6263));
    });
}
