//! The parameters of key derivation as a C caller would lay them out.

use super::{is_invalid, no_param, read, read_as};
use crate::abi::params::*;
use crate::crypto::kbkdf::Number;
use crate::crypto::prf::Function;
use crate::crypto::tls_prf::TlsPrf;
use crate::mechanism::params::derivation::*;
use crate::secret::SecretBytes;
use std::marker::PhantomData;
use std::ptr::{self, null_mut};

const EVERY_KIND: &[DerivationKind] = &[
    DerivationKind::Hkdf,
    DerivationKind::Kbkdf { counter: true },
    DerivationKind::Kbkdf { counter: false },
    DerivationKind::KbkdfFeedback,
    DerivationKind::PrfKdf { nist: true },
    DerivationKind::PrfKdf { nist: false },
    DerivationKind::Pbkdf2,
    DerivationKind::Pbe { iv: true },
    DerivationKind::Data,
    DerivationKind::Key,
    DerivationKind::Bit,
    DerivationKind::TlsVersion,
    DerivationKind::TlsMasterKey {
        form: MasterKeyForm::Tls10,
        version: true,
    },
    DerivationKind::TlsMasterKey {
        form: MasterKeyForm::Tls12,
        version: true,
    },
    DerivationKind::TlsMasterKey {
        form: MasterKeyForm::Extended,
        version: true,
    },
    DerivationKind::TlsKeyMaterial {
        names_hash: false,
        ivs: true,
    },
    DerivationKind::TlsKeyMaterial {
        names_hash: true,
        ivs: true,
    },
    DerivationKind::TlsKdf,
    DerivationKind::TlsMac,
    DerivationKind::TlsPrf,
    DerivationKind::Ike2PrfPlus,
    DerivationKind::IkePrf,
    DerivationKind::Ike1Prf,
    DerivationKind::Ike1Extended,
];

fn derivation<T>(structure: &T, kind: DerivationKind) -> Result<DerivationParams> {
    match read(structure, ParamKind::Derivation(kind))? {
        Params::Derivation(params) => Ok(*params),
        other => panic!("{other:?}"),
    }
}

fn answer<T>(structure: &T, kind: DerivationKind, reply: &Reply, handles: &[u64]) -> Result<()> {
    let param = CParam {
        pointer: ptr::from_ref(structure).cast(),
        length: ck::to_ulong(size_of::<T>()),
        caller: PhantomData,
    };
    let handles: Vec<_> = handles.iter().copied().map(ObjectHandle).collect();
    param.answer(ParamKind::Derivation(kind), reply, &handles)
}

#[test]
fn null_and_wrong_lengths_are_refused_before_anything_is_read() {
    for kind in EVERY_KIND.iter().copied().map(ParamKind::Derivation) {
        assert!(is_invalid(&no_param().read(kind)), "{kind:?}");
        for length in [1, 3, 7, 9, 15, 25, 39, 41, 55, 73, usize::MAX, usize::MAX / 2] {
            // A reader that looked before it measured would read past the one byte (seen by Miri).
            assert!(is_invalid(&read_as(&0u8, length, kind)), "{kind:?} {length}");
        }
    }
}

#[test]
fn nulls_where_lengths_are_given_are_refused() {
    // All bits set: lengths and numbers that cannot be, pointers that cannot be, flags that are none.
    let bits = [u64::MAX; 12];
    for kind in EVERY_KIND {
        let takes_any = matches!(
            kind,
            DerivationKind::Key | DerivationKind::Bit | DerivationKind::TlsVersion
        );
        for words in 1..=bits.len() {
            let answer = read_as(&bits, words * 8, ParamKind::Derivation(*kind));
            assert!(
                is_invalid(&answer) || (takes_any && words == 1),
                "{kind:?} {words}"
            );
        }
    }
}

#[test]
fn hkdf_is_read_as_its_flags_say() {
    let (mut salt, mut info) = (*b"salt", *b"info");
    let params = sys::CK_HKDF_PARAMS {
        bExtract: 1,
        bExpand: 1,
        prfHashMechanism: sys::CKM_SHA3_256,
        ulSaltType: sys::CKF_HKDF_SALT_DATA,
        pSalt: salt.as_mut_ptr(),
        ulSaltLen: 4,
        hSaltKey: 17,
        pInfo: info.as_mut_ptr(),
        ulInfoLen: 4,
    };
    let kind = DerivationKind::Hkdf;
    let expected = |extract, expand: Option<&[u8]>| {
        Ok(DerivationParams::Hkdf(Hkdf {
            hash: Hash::Sha3_256,
            extract,
            expand: expand.map(Into::into),
        }))
    };
    let salt = Salt::Data((*b"salt").into());
    assert_eq!(derivation(&params, kind), expected(Some(salt), Some(b"info")));
    // SunPKCS11 names the HMAC.
    let named = sys::CK_HKDF_PARAMS {
        prfHashMechanism: sys::CKM_SHA3_256_HMAC,
        ..params
    };
    assert_eq!(derivation(&named, kind), derivation(&params, kind));
    let keyed = sys::CK_HKDF_PARAMS {
        bExpand: 0,
        ulSaltType: sys::CKF_HKDF_SALT_KEY,
        pInfo: null_mut(),
        ..params
    };
    let salt = Salt::Key(ObjectHandle(17));
    assert_eq!(derivation(&keyed, kind), expected(Some(salt), None));
    // What is not used is not looked at.
    let expand = sys::CK_HKDF_PARAMS {
        bExtract: 0,
        ulSaltType: 99,
        pSalt: null_mut(),
        ..params
    };
    assert_eq!(derivation(&expand, kind), expected(None, Some(b"info")));
}

#[test]
fn fields_and_further_keys_of_sp800_108_are_read_and_answered() {
    let mut format = sys::CK_SP800_108_COUNTER_FORMAT {
        bLittleEndian: 1,
        ulWidthInBits: 24,
    };
    let mut label = *b"label";
    let mut fields = [
        sys::CK_PRF_DATA_PARAM {
            type_: sys::CK_SP800_108_ITERATION_VARIABLE,
            pValue: (&raw mut format).cast(),
            ulValueLen: 16,
        },
        sys::CK_PRF_DATA_PARAM {
            type_: sys::CK_SP800_108_BYTE_ARRAY,
            pValue: label.as_mut_ptr().cast(),
            ulValueLen: 5,
        },
    ];
    let mut places = [7u64; 2];
    let at = places.as_mut_ptr();
    let further = |handle| sys::CK_DERIVED_KEY {
        pTemplate: null_mut(),
        ulAttributeCount: 0,
        phKey: handle,
    };
    let mut keys = [further(at), further(at.wrapping_add(1))];
    let params = sys::CK_SP800_108_KDF_PARAMS {
        prfType: sys::CKM_AES_CMAC,
        ulNumberOfDataParams: 2,
        pDataParams: fields.as_mut_ptr(),
        ulAdditionalDerivedKeys: 2,
        pAdditionalDerivedKeys: keys.as_mut_ptr(),
    };
    let kind = DerivationKind::Kbkdf { counter: true };
    let counter = Number {
        bytes: 3,
        little_endian: true,
    };
    let expected = Kbkdf {
        prf: Function::AesCmac,
        fields: vec![
            KbkdfField::Counter(counter),
            KbkdfField::Bytes((*b"label").into()),
        ],
        iv: [].into(),
        further: vec![Vec::new(), Vec::new()],
    };
    assert_eq!(derivation(&params, kind), Ok(DerivationParams::Kbkdf(expected)));
    let read_places = || [0, 1].map(|place| unsafe_read(at.wrapping_add(place)));
    assert!(answer(&params, kind, &Reply::None, &[1]).is_err());
    assert_eq!(read_places(), [7, 7], "not one of two");
    assert_eq!(answer(&params, kind, &Reply::None, &[11, 12]), Ok(()));
    assert_eq!(read_places(), [11, 12]);
    assert_eq!(answer(&params, kind, &Reply::Refused(1), &[]), Ok(()));
    assert_eq!(read_places(), [11, 0]);
}

/// What a test's own place holds now.
fn unsafe_read(place: *const u64) -> u64 {
    // SAFETY: the tests name places of their own.
    unsafe { place.read() }
}

#[test]
fn both_forms_of_the_pbkdf2_structure_are_read() {
    let (mut salt, mut password, mut length) = (*b"salt", *b"password", 8u64);
    let new = sys::CK_PKCS5_PBKD2_PARAMS2 {
        saltSource: sys::CKZ_SALT_SPECIFIED,
        pSaltSourceData: salt.as_mut_ptr().cast(),
        ulSaltSourceDataLen: 4,
        iterations: 3,
        prf: sys::CKP_PKCS5_PBKD2_HMAC_SHA512_256,
        pPrfData: null_mut(),
        ulPrfDataLen: 0,
        pPassword: password.as_mut_ptr(),
        ulPasswordLen: 8,
    };
    let address = u64::try_from((&raw mut length).expose_provenance()).unwrap();
    let old = sys::CK_PKCS5_PBKD2_PARAMS2 {
        ulPasswordLen: address,
        ..new
    };
    let expected = DerivationParams::Pbkdf2 {
        hash: Hash::Sha512_256,
        password: Password {
            value: SecretBytes::from(&b"password"[..]),
            salt: (*b"salt").into(),
            iterations: 3,
        },
    };
    for params in [new, old] {
        assert_eq!(derivation(&params, DerivationKind::Pbkdf2), Ok(expected.clone()));
    }
}

#[test]
fn key_material_goes_back_whole() {
    let (mut client_iv, mut server_iv) = ([0u8; 4], [0u8; 4]);
    let mut out = sys::CK_SSL3_KEY_MAT_OUT {
        hClientMacSecret: 9,
        hServerMacSecret: 9,
        hClientKey: 9,
        hServerKey: 9,
        pIVClient: client_iv.as_mut_ptr(),
        pIVServer: server_iv.as_mut_ptr(),
    };
    let out = &raw mut out;
    let params = sys::CK_TLS12_KEY_MAT_PARAMS {
        ulMacSizeInBits: 0,
        ulKeySizeInBits: 128,
        ulIVSizeInBits: 32,
        bIsExport: 0,
        RandomInfo: sys::CK_SSL3_RANDOM_DATA {
            pClientRandom: null_mut(),
            ulClientRandomLen: 0,
            pServerRandom: null_mut(),
            ulServerRandomLen: 0,
        },
        pReturnedKeyMaterial: out,
        prfHashMechanism: sys::CKM_SHA256,
    };
    let kind = DerivationKind::TlsKeyMaterial {
        names_hash: true,
        ivs: true,
    };
    let randoms = Randoms {
        client: [].into(),
        server: [].into(),
    };
    let expected = TlsKeyMaterial {
        prf: TlsPrf::Tls12(Hash::Sha256),
        mac_len: 0,
        key_len: 16,
        iv_len: 4,
        randoms,
    };
    assert_eq!(
        derivation(&params, kind),
        Ok(DerivationParams::TlsKeyMaterial(expected))
    );
    let reply = Reply::KeyMaterial {
        macs: false,
        ivs: [b"abcd", b"efgh"].map(|iv| SecretBytes::from(&iv[..])),
    };
    assert_eq!(answer(&params, kind, &reply, &[21, 22]), Ok(()));
    // SAFETY: the test's own structure.
    let got = unsafe { out.read() };
    let handles = [
        got.hClientMacSecret,
        got.hServerMacSecret,
        got.hClientKey,
        got.hServerKey,
    ];
    assert_eq!(handles, [0, 0, 21, 22]);
    assert_eq!((&client_iv, &server_iv), (b"abcd", b"efgh"));
}

#[test]
fn a_reply_without_a_place_is_refused() {
    let reply = Reply::Version([3, 3]);
    assert!(answer(&5u64, DerivationKind::Bit, &reply, &[]).is_err());
    assert!(answer(&5u64, DerivationKind::Key, &Reply::None, &[1]).is_err());
    assert_eq!(answer(&5u64, DerivationKind::Key, &Reply::None, &[]), Ok(()));
    let param = no_param();
    assert!(param.answer(ParamKind::None, &reply, &[]).is_err());
    assert_eq!(param.answer(ParamKind::None, &Reply::None, &[]), Ok(()));
}

#[test]
fn both_flags_of_ike_at_once_are_bad_arguments() {
    let params = sys::CK_IKE_PRF_DERIVE_PARAMS {
        prfMechanism: sys::CKM_SHA256_HMAC,
        bDataAsKey: 1,
        bRekey: 1,
        pNi: null_mut(),
        ulNiLen: 0,
        pNr: null_mut(),
        ulNrLen: 0,
        hNewKey: 0,
    };
    assert!(matches!(
        derivation(&params, DerivationKind::IkePrf),
        Err(Error::ArgumentsBad(_))
    ));
}

#[test]
fn what_hotp_makes_use_of_is_read_and_the_rest_is_not_kept() {
    let (mut count, mut flags) = (7u64.to_be_bytes(), sys::CKF_NEXT_OTP | sys::CKF_EXCLUDE_PIN);
    let item = |kind, value: *mut u8, length| sys::CK_OTP_PARAM {
        type_: kind,
        pValue: value.cast(),
        ulValueLen: length,
    };
    let mut items = [
        item(sys::CK_OTP_COUNTER, count.as_mut_ptr(), 8),
        item(sys::CK_OTP_FLAGS, (&raw mut flags).cast(), 8),
        item(sys::CK_OTP_PIN, count.as_mut_ptr(), 3),
    ];
    let params = sys::CK_OTP_PARAMS {
        pParams: items.as_mut_ptr(),
        ulCount: 3,
    };
    let expected = Params::Otp {
        counter: Some(7),
        next: true,
        length: None,
    };
    assert_eq!(read(&params, ParamKind::OptionalOtp), Ok(expected));
    assert_eq!(no_param().read(ParamKind::OptionalOtp), Ok(Params::None));
    assert!(is_invalid(&read_as(&params, 15, ParamKind::OptionalOtp)));
    let null = sys::CK_OTP_PARAMS {
        pParams: null_mut(),
        ulCount: 1,
    };
    assert!(is_invalid(&read(&null, ParamKind::OptionalOtp)));
}

#[test]
fn prf_kdf_is_read_in_luna_s_orders() {
    let (mut label, mut context) = (*b"label", *b"context");
    let mut params = makers::PrfKdf {
        function: 2,
        label: label.as_mut_ptr(),
        label_len: 5,
        context: context.as_mut_ptr(),
        context_len: 7,
        counter: 1,
        encoding: 0,
    };
    let number = |bytes| Number {
        bytes,
        little_endian: false,
    };
    let counter = |bytes| KbkdfField::Counter(number(bytes));
    let length = |bytes| KbkdfField::Length {
        of_keys: true,
        format: number(bytes),
    };
    let bytes = |bytes: &[u8]| KbkdfField::Bytes(bytes.into());
    let (label, context, zero) = (bytes(b"label"), bytes(b"context"), bytes(&[0]));
    let nist = DerivationKind::PrfKdf { nist: true };
    for (encoding, fields) in [
        (
            0,
            vec![
                counter(4),
                context.clone(),
                zero.clone(),
                label.clone(),
                length(4),
            ],
        ),
        (1, vec![counter(4), context.clone(), label.clone()]),
        (
            2,
            vec![
                counter(4),
                label.clone(),
                zero.clone(),
                context.clone(),
                length(4),
            ],
        ),
        (3, vec![counter(4), label.clone(), context.clone()]),
        (4, vec![label, zero, length(2), counter(1), context]),
    ] {
        params.encoding = encoding;
        let expected = DerivationParams::Kbkdf(Kbkdf {
            prf: Function::AesCmac,
            fields,
            iv: [].into(),
            further: Vec::new(),
        });
        assert_eq!(derivation(&params, nist), Ok(expected), "{encoding}");
    }
    assert!(derivation(&params, DerivationKind::PrfKdf { nist: false }).is_err());
    params.label = null_mut();
    assert!(derivation(&params, nist).is_err());
}
