//! The parameters of Diffie-Hellman and of the wrapping mechanisms of RSA and elliptic curves.

use super::tests::{is_invalid, no_param, read, read_as};
use super::*;
use crate::ck::ObjectHandle;
use crate::mechanism::params::{EcKdf, FurtherPair, X942Kdf};
use std::ptr::null_mut;

const KINDS: [ParamKind; 5] = [
    ParamKind::PublicNumber,
    ParamKind::X942Dh1,
    ParamKind::X942Dh2,
    ParamKind::RsaAesKeyWrap,
    ParamKind::EcdhAesKeyWrap,
];

#[test]
fn none_of_them_can_be_left_out() {
    for kind in KINDS {
        // Encapsulation has the public number in the ciphertext.
        match kind {
            ParamKind::PublicNumber => {
                assert_eq!(no_param().read(kind), Ok(Params::PublicNumber([].into())));
            }
            _ => assert!(is_invalid(&no_param().read(kind)), "{kind:?}"),
        }
    }
}

#[test]
fn structures_of_another_length_are_refused_before_they_are_read() {
    let room = [0u64; 20];
    for (kind, length) in [
        (ParamKind::X942Dh1, size_of::<sys::CK_X9_42_DH1_DERIVE_PARAMS>()),
        (ParamKind::X942Dh2, size_of::<sys::CK_X9_42_DH2_DERIVE_PARAMS>()),
        (
            ParamKind::RsaAesKeyWrap,
            size_of::<sys::CK_RSA_AES_KEY_WRAP_PARAMS>(),
        ),
        (
            ParamKind::EcdhAesKeyWrap,
            size_of::<sys::CK_ECDH_AES_KEY_WRAP_PARAMS>(),
        ),
    ] {
        for wrong in [1, length - 1, length + 1, 2 * length, 0] {
            assert!(is_invalid(&read_as(&room, wrong, kind)), "{kind:?} {wrong}");
        }
    }
}

#[test]
fn a_public_number_is_taken_as_it_is() {
    assert_eq!(
        read(&[0u8, 1, 2], ParamKind::PublicNumber),
        Ok(Params::PublicNumber([0, 1, 2].into()))
    );
    let long = [1u8; 2049];
    assert!(read_as(&long, 2048, ParamKind::PublicNumber).is_ok());
    for wrong in [2049, usize::MAX] {
        assert!(is_invalid(&read_as(&long, wrong, ParamKind::PublicNumber)));
    }
}

/// The second pair's parameter over these bytes.
fn dh2(info: &mut [u8], public: &mut [u8], second: &mut [u8]) -> sys::CK_X9_42_DH2_DERIVE_PARAMS {
    sys::CK_X9_42_DH2_DERIVE_PARAMS {
        kdf: sys::CKD_SHA1_KDF_CONCATENATE,
        ulOtherInfoLen: ck::to_ulong(info.len()),
        pOtherInfo: info.as_mut_ptr(),
        ulPublicDataLen: ck::to_ulong(public.len()),
        pPublicData: public.as_mut_ptr(),
        ulPrivateDataLen: 77,
        hPrivateData: 12,
        ulPublicDataLen2: ck::to_ulong(second.len()),
        pPublicData2: second.as_mut_ptr(),
    }
}

#[test]
fn x9_42_names_its_derivation_and_its_data() {
    let (mut info, mut public, mut second) = (*b"info", [5u8; 9], [6u8; 8]);
    let good = dh2(&mut info, &mut public, &mut second);
    let expected = Params::X942 {
        kdf: X942Kdf::Concatenate,
        other_info: (*b"info").into(),
        public_data: [5; 9].into(),
        further: Some(FurtherPair {
            private: ObjectHandle(12),
            public_data: [6; 8].into(),
        }),
    };
    assert_eq!(read(&good, ParamKind::X942Dh2), Ok(expected));
    let first = sys::CK_X9_42_DH1_DERIVE_PARAMS {
        kdf: sys::CKD_NULL,
        ulOtherInfoLen: 0,
        pOtherInfo: null_mut(),
        ulPublicDataLen: 9,
        pPublicData: public.as_mut_ptr(),
    };
    let expected = Params::X942 {
        kdf: X942Kdf::None,
        other_info: [].into(),
        public_data: [5; 9].into(),
        further: None,
    };
    assert_eq!(read(&first, ParamKind::X942Dh1), Ok(expected));
}

#[test]
fn x9_42_refuses_what_is_missing_or_too_long() {
    type Dh2 = sys::CK_X9_42_DH2_DERIVE_PARAMS;
    let changes: [fn(&mut Dh2); 12] = [
        |bad| bad.kdf = sys::CKD_NULL,
        |bad| bad.kdf = 0,
        |bad| bad.kdf = sys::CKD_SHA256_KDF,
        |bad| bad.pOtherInfo = null_mut(),
        |bad| bad.ulOtherInfoLen = u64::MAX,
        |bad| bad.ulOtherInfoLen = (1 << 16) + 1,
        |bad| bad.ulPublicDataLen = 0,
        |bad| bad.pPublicData = null_mut(),
        |bad| bad.ulPublicDataLen = 2049,
        |bad| bad.ulPublicDataLen2 = 0,
        |bad| bad.pPublicData2 = null_mut(),
        |bad| bad.ulPublicDataLen2 = u64::MAX,
    ];
    let (mut info, mut public, mut second) = (*b"info", [5u8; 9], [6u8; 8]);
    for change in changes {
        let mut bad = dh2(&mut info, &mut public, &mut second);
        change(&mut bad);
        assert!(is_invalid(&read(&bad, ParamKind::X942Dh2)), "{bad:?}");
    }
}

#[test]
fn rsa_aes_key_wrap_has_the_parameter_of_oaep_inside() {
    let mut oaep = sys::CK_RSA_PKCS_OAEP_PARAMS {
        hashAlg: sys::CKM_SHA256,
        mgf: sys::CKG_MGF1_SHA1,
        source: sys::CKZ_DATA_SPECIFIED,
        pSourceData: null_mut(),
        ulSourceDataLen: 0,
    };
    let params = |bits, oaep: *mut sys::CK_RSA_PKCS_OAEP_PARAMS| sys::CK_RSA_AES_KEY_WRAP_PARAMS {
        ulAESKeyBits: bits,
        pOAEPParams: oaep,
    };
    let expected = Params::RsaAesKeyWrap {
        aes_key_len: 24,
        oaep: Box::new(Params::RsaOaep {
            hash: Hash::Sha256,
            mgf: Hash::Sha1,
            label: [].into(),
        }),
    };
    assert_eq!(
        read(&params(192, &raw mut oaep), ParamKind::RsaAesKeyWrap),
        Ok(expected)
    );
    assert!(is_invalid(&read(
        &params(256, null_mut()),
        ParamKind::RsaAesKeyWrap
    )));
    for bits in [0, 8, 127, 129, 160, 512, u64::MAX] {
        let refused = read(&params(bits, &raw mut oaep), ParamKind::RsaAesKeyWrap);
        assert!(is_invalid(&refused), "{bits}");
    }
    oaep.hashAlg = sys::CKM_AES_CBC;
    assert!(is_invalid(&read(
        &params(256, &raw mut oaep),
        ParamKind::RsaAesKeyWrap
    )));
}

#[test]
fn ecdh_aes_key_wrap_names_its_derivation() {
    let mut shared = *b"info";
    let good = sys::CK_ECDH_AES_KEY_WRAP_PARAMS {
        ulAESKeyBits: 256,
        kdf: sys::CKD_SHA3_256_KDF_SP800,
        ulSharedDataLen: 4,
        pSharedData: shared.as_mut_ptr(),
    };
    let expected = Params::EcdhAesKeyWrap {
        aes_key_len: 32,
        kdf: Some(EcKdf::Sp800(Hash::Sha3_256)),
        shared_data: (*b"info").into(),
    };
    assert_eq!(read(&good, ParamKind::EcdhAesKeyWrap), Ok(expected));
    type Wrap = sys::CK_ECDH_AES_KEY_WRAP_PARAMS;
    for bad in [
        Wrap {
            ulAESKeyBits: 0,
            ..good
        },
        Wrap {
            ulAESKeyBits: 64,
            ..good
        },
        Wrap { kdf: 0, ..good },
        Wrap {
            kdf: sys::CKD_NULL,
            ..good
        },
        Wrap {
            kdf: sys::CKD_CPDIVERSIFY_KDF,
            ..good
        },
        Wrap {
            pSharedData: null_mut(),
            ..good
        },
        Wrap {
            ulSharedDataLen: u64::MAX,
            ..good
        },
    ] {
        assert!(is_invalid(&read(&bad, ParamKind::EcdhAesKeyWrap)), "{bad:?}");
    }
    let null = Wrap {
        kdf: sys::CKD_NULL,
        ulSharedDataLen: 0,
        pSharedData: null_mut(),
        ..good
    };
    assert!(read(&null, ParamKind::EcdhAesKeyWrap).is_ok());
}
