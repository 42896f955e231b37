//! The data and the parameters of payment mechanisms: a value that is made verifies, no other does, and data of another
//! form is refused for its form, a parameter at the beginning.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use vhsm::attribute::{AttributeSet, Value};
use vhsm::catalog;
use vhsm::ck::*;
use vhsm::error::Error;
use vhsm::mechanism::{KeyMaterial, MechanismSpec, ParamKind, Params};

/// A mechanism with a key, and a parameter; without one, the parameter is fuzzed.
static ROWS: LazyLock<Vec<(&MechanismSpec, KeyMaterial, Option<Params>)>> = LazyLock::new(|| {
    let flat = |bytes: &[u8]| Some(Params::Flat(bytes.into()));
    let rows = [
        (CKM_VHSM_CVV, b"C0", Some(Params::None)),
        (CKM_VHSM_VISA_PVV, b"V2", Some(Params::None)),
        (CKM_VHSM_DCVV, b"E6", flat(b"\x01B")),
        (CKM_VHSM_CVC3, b"E4", flat(b"\x01B\x01\x05")),
        (CKM_VHSM_CVC3, b"E4", flat(b"\x01A\x02\x03")),
        (CKM_VHSM_DCVV, b"E6", None),
        (CKM_VHSM_CVC3, b"E4", None),
        (CKM_VHSM_ISO9797_ALG1_MAC, b"M1", None),
        (CKM_VHSM_ISO9797_ALG3_MAC, b"M3", None),
    ];
    rows.map(|(mechanism, usage, params)| {
        let key = KeyMaterial::prepare(&AttributeSet::from_iter([
            (CKA_CLASS, Value::Ulong(CKO_SECRET_KEY.0)),
            (CKA_KEY_TYPE, Value::Ulong(CKK_DES2.0)),
            (
                CKA_VALUE,
                Value::bytes(b"\x01\x23\x45\x67\x89\xab\xcd\xef\xfe\xdc\xba\x98\x76\x54\x32\x10"),
            ),
            (CKA_VHSM_KEY_USAGE, Value::bytes(usage)),
        ]));
        (catalog::find(mechanism).unwrap(), key.unwrap(), params)
    })
    .into()
});

fuzz_target!(|data: &[u8]| {
    for (row, key, params) in &*ROWS {
        let (sign, verify) = (row.roles.sign.unwrap(), row.roles.verify.unwrap());
        let (params, data) = match (params, row.params) {
            (Some(params), _) => (params.clone(), data),
            (None, ParamKind::Flat { min, max }) => {
                let [length, rest @ ..] = data else { continue };
                let length = min + usize::from(*length) % (max - min + 1);
                let Some((params, data)) = rest.split_at_checked(length) else {
                    continue;
                };
                (Params::Flat(params.into()), data)
            }
            (None, kind) => panic!("{kind:?}"),
        };
        let checked = sign.check(key, &params);
        assert_eq!(verify.check(key, &params), checked);
        match checked {
            Ok(()) => {}
            Err(Error::MechanismParamInvalid(_)) => continue,
            Err(other) => panic!("{other}"),
        }
        let mut value = vec![0; sign.signature_len(key, &params)];
        match sign.sign(key, &params, data, &mut value) {
            Ok(()) => {
                let is_mac = row.name().ends_with("_MAC");
                assert!(is_mac || value.iter().all(u8::is_ascii_digit));
                assert_eq!(verify.verify(key, &params, data, &value), Ok(()));
                value[0] ^= 1;
                assert_eq!(
                    verify.verify(key, &params, data, &value),
                    Err(Error::SignatureInvalid)
                );
            }
            Err(error @ (Error::DataInvalid(_) | Error::DataLenRange(_))) => {
                assert_eq!(verify.verify(key, &params, data, &value), Err(error));
            }
            Err(other) => panic!("{other}"),
        }
    }
});
