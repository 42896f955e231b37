//! The data and the parameters of payment mechanisms: a value that is made verifies, no other does, and data of another
//! form is refused for its form, a parameter at the beginning. The parameters of DUKPT: what can be planned can be
//! derived, and has the length that was planned. What is encrypted is decrypted again.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use vhsm::attribute::{AttributeSet, Value};
use vhsm::catalog;
use vhsm::ck::*;
use vhsm::error::{Error, PaymentFault};
use vhsm::mechanism::{KeyMaterial, MechanismSpec, ParamKind, Params, PlannedTemplate, Sources};

fn key(key_type: KeyType, usage: &[u8; 2]) -> AttributeSet {
    AttributeSet::from_iter([
        (CKA_CLASS, Value::Ulong(CKO_SECRET_KEY.0)),
        (CKA_KEY_TYPE, Value::Ulong(key_type.0)),
        (
            CKA_VALUE,
            Value::bytes(b"\x01\x23\x45\x67\x89\xab\xcd\xef\xfe\xdc\xba\x98\x76\x54\x32\x10"),
        ),
        (CKA_VHSM_KEY_USAGE, Value::bytes(usage)),
    ])
}

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
        (CKM_VHSM_CSC, b"C0", flat(b"\x01\x0c")),
        (CKM_VHSM_CSC_V2, b"C0", flat(b"\x01\x0c")),
        (CKM_VHSM_CSC, b"C0", None),
        (CKM_VHSM_ISO9797_ALG1_MAC, b"M1", None),
        (CKM_VHSM_ISO9797_ALG3_MAC, b"M3", None),
        (CKM_VHSM_EMV_AC, b"E0", None),
        (CKM_VHSM_EMV_ARPC1, b"E0", None),
        (CKM_VHSM_EMV_ARPC2, b"E0", None),
        (CKM_VHSM_EMV_TRUNCATED_AC, b"E0", None),
        (CKM_VHSM_EMV_SCRIPT_MAC, b"E2", None),
        (CKM_VHSM_EMV_DAC, b"E3", None),
        (CKM_VHSM_EMV_DYNAMIC_NUMBER, b"E4", None),
    ];
    rows.map(|(mechanism, usage, params)| {
        let key = KeyMaterial::prepare(&key(CKK_DES2, usage));
        (catalog::find(mechanism).unwrap(), key.unwrap(), params)
    })
    .into()
});

static DERIVATIONS: LazyLock<Vec<(&MechanismSpec, AttributeSet, KeyMaterial)>> = LazyLock::new(|| {
    let rows = [
        (CKM_VHSM_DUKPT_TDES_INITIAL_KEY, CKK_DES2, b"B0"),
        (CKM_VHSM_DUKPT_TDES_DERIVE, CKK_DES2, b"B0"),
        (CKM_VHSM_DUKPT_TDES_DERIVE, CKK_DES2, b"B1"),
        (CKM_VHSM_DUKPT_AES_INITIAL_KEY, CKK_AES, b"B0"),
        (CKM_VHSM_DUKPT_AES_DERIVE, CKK_AES, b"B0"),
        (CKM_VHSM_DUKPT_AES_DERIVE, CKK_AES, b"B1"),
        (CKM_VHSM_EMV_CARD_KEY, CKK_DES2, b"E0"),
        (CKM_VHSM_EMV_CARD_KEY, CKK_AES, b"E1"),
        (CKM_VHSM_EMV_SESSION_KEY, CKK_DES2, b"E2"),
        (CKM_VHSM_EMV_SESSION_KEY, CKK_AES, b"E2"),
    ];
    rows.map(|(mechanism, key_type, usage)| {
        let attributes = key(key_type, usage);
        let key = KeyMaterial::prepare(&attributes).unwrap();
        (catalog::find(mechanism).unwrap(), attributes, key)
    })
    .into()
});

/// Mechanisms that encrypt and decrypt, with a key.
static CIPHERS: LazyLock<Vec<(&MechanismSpec, KeyMaterial)>> = LazyLock::new(|| {
    let data = [
        CKM_VHSM_DATA_ECB,
        CKM_VHSM_DATA_CBC,
        CKM_VHSM_DATA_CFB8,
        CKM_VHSM_DATA_CFB64,
        CKM_VHSM_DATA_CTR,
    ];
    let of_data = data.into_iter().flat_map(|mechanism| {
        [
            (mechanism, CKK_DES2, b"D0"),
            (mechanism, CKK_AES, b"D0"),
            (mechanism, CKK_DES2, b"B0"),
            (mechanism, CKK_AES, b"B1"),
        ]
    });
    let others = [(CKM_VHSM_FF1, CKK_AES, b"D0"), (CKM_VHSM_FF3_1, CKK_AES, b"D0")];
    let prepared = |(mechanism, key_type, usage)| {
        let key = KeyMaterial::prepare(&key(key_type, usage));
        (catalog::find(mechanism).unwrap(), key.unwrap())
    };
    of_data.chain(others).map(prepared).collect()
});

/// Splits off a parameter that is as long as one of the row's.
fn parameter<'a>(row: &MechanismSpec, data: &'a [u8]) -> Option<(Params, &'a [u8])> {
    let ParamKind::Flat { min, max } = row.params else {
        panic!("{row:?} has another parameter");
    };
    let [length, rest @ ..] = data else {
        return None;
    };
    let length = min + usize::from(*length) % (max - min + 1);
    let (params, data) = rest.split_at_checked(length)?;
    Some((Params::Flat(params.into()), data))
}

/// What is encrypted is decrypted again, where the key may do both.
fn encrypt((row, key): &(&MechanismSpec, KeyMaterial), data: &[u8]) {
    let Some((params, data)) = parameter(row, data) else {
        return;
    };
    let (encrypt, decrypt) = (row.roles.encrypt.unwrap(), row.roles.decrypt.unwrap());
    if encrypt.check(key, &params).is_err() {
        return;
    }
    let Ok(length) = encrypt.output_len(key, &params, data.len()) else {
        return;
    };
    let mut sealed = vec![0; length];
    if encrypt.oneshot(key, &params, data, &mut sealed).is_err() || decrypt.check(key, &params).is_err() {
        return;
    }
    let mut opened = vec![0; decrypt.output_len(key, &params, sealed.len()).unwrap()];
    assert_eq!(
        decrypt.oneshot(key, &params, &sealed, &mut opened),
        Ok(data.len())
    );
    assert_eq!(opened, data);
}

/// Plans and derives with this parameter, if it is as long as the row's are.
fn derive((row, attributes, key): &(&MechanismSpec, AttributeSet, KeyMaterial), data: &[u8]) {
    let ParamKind::Flat { min, max } = row.params else {
        panic!("{row:?} has another parameter");
    };
    if !(min..=max).contains(&data.len()) {
        return;
    }
    let from = Sources {
        key,
        attributes,
        further: &[],
        further_attributes: &[],
        params: &Params::Flat(data.into()),
        silent_keys_leave: false,
    };
    let role = row.roles.derive_objects.unwrap();
    match role.plan(&from, AttributeSet::new()) {
        Ok(plans) => {
            let PlannedTemplate::Parsed(template) = &plans[0].template else {
                panic!("a raw template");
            };
            let derived = role.derive(&from, &[]).unwrap();
            let value = derived.objects[0].bytes(CKA_VALUE).unwrap();
            assert_eq!(template.ulong(CKA_VALUE_LEN), Some(value.len() as u64));
            assert!(value.iter().any(|byte| *byte != 0));
        }
        Err(Error::MechanismParamInvalid(_) | Error::KeySizeRange(_)) => {}
        Err(Error::PaymentKey(PaymentFault::ModeOfUse, _)) => {}
        Err(other) => panic!("{other}"),
    }
}

fuzz_target!(|data: &[u8]| {
    CIPHERS.iter().for_each(|row| encrypt(row, data));
    DERIVATIONS.iter().for_each(|row| derive(row, data));
    for (row, key, params) in &*ROWS {
        let (sign, verify) = (row.roles.sign.unwrap(), row.roles.verify.unwrap());
        let (params, data) = match params {
            Some(params) => (params.clone(), data),
            None => match parameter(row, data) {
                Some(split) => split,
                None => continue,
            },
        };
        let checked = sign.check(key, &params);
        match (&checked, verify.check(key, &params)) {
            (made, verified) if *made == verified => {}
            // What is made may be too short to be checked.
            (Ok(()), Err(Error::MechanismParamInvalid(_))) => continue,
            (made, verified) => panic!("{made:?} {verified:?}"),
        }
        match checked {
            Ok(()) => {}
            Err(Error::MechanismParamInvalid(_)) => continue,
            // A key without a mode derives, and never works itself.
            Err(Error::PaymentKey(PaymentFault::ModeOfUse, _)) => continue,
            Err(other) => panic!("{other}"),
        }
        let mut value = vec![0; sign.signature_len(key, &params)];
        match sign.sign(key, &params, data, &mut value) {
            Ok(()) => {
                let is_bytes = row.name().ends_with("_MAC") || row.name().contains("_EMV_");
                assert!(is_bytes || value.iter().all(u8::is_ascii_digit));
                assert_eq!(verify.verify(key, &params, data, &value), Ok(()));
                let last = value.len() - 1;
                value[last] ^= 1;
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
