//! The data of payment mechanisms: a value that is made verifies, no other does, and data of another form is refused
//! for its form.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use vhsm::attribute::{AttributeSet, Value};
use vhsm::catalog;
use vhsm::ck::*;
use vhsm::error::Error;
use vhsm::mechanism::{KeyMaterial, MechanismSpec, Params};

static ROWS: LazyLock<Vec<(&MechanismSpec, KeyMaterial)>> = LazyLock::new(|| {
    let rows = [(CKM_VHSM_CVV, b"C0"), (CKM_VHSM_VISA_PVV, b"V2")];
    rows.map(|(mechanism, usage)| {
        let key = KeyMaterial::prepare(&AttributeSet::from_iter([
            (CKA_CLASS, Value::Ulong(CKO_SECRET_KEY.0)),
            (CKA_KEY_TYPE, Value::Ulong(CKK_DES2.0)),
            (
                CKA_VALUE,
                Value::bytes(b"\x01\x23\x45\x67\x89\xab\xcd\xef\xfe\xdc\xba\x98\x76\x54\x32\x10"),
            ),
            (CKA_VHSM_KEY_USAGE, Value::bytes(usage)),
        ]));
        (catalog::find(mechanism).unwrap(), key.unwrap())
    })
    .into()
});

fuzz_target!(|data: &[u8]| {
    for (row, key) in &*ROWS {
        let (sign, verify) = (row.roles.sign.unwrap(), row.roles.verify.unwrap());
        let mut value = vec![0; sign.signature_len(key, &Params::None)];
        match sign.sign(key, &Params::None, data, &mut value) {
            Ok(()) => {
                assert!(value.iter().all(u8::is_ascii_digit));
                assert_eq!(verify.verify(key, &Params::None, data, &value), Ok(()));
                value[0] ^= 1;
                assert_eq!(
                    verify.verify(key, &Params::None, data, &value),
                    Err(Error::SignatureInvalid)
                );
            }
            Err(error @ (Error::DataInvalid(_) | Error::DataLenRange(_))) => {
                assert_eq!(verify.verify(key, &Params::None, data, &value), Err(error));
            }
            Err(other) => panic!("{other}"),
        }
    }
});
