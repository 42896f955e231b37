//! Mechanism parameters as a C caller would lay them out.

mod derivation;

use super::aes::GcmWithoutIvBits;
use super::*;
use crate::mechanism::params::EcKdf;
use std::marker::PhantomData;
use std::ptr;

pub(super) fn read_as<T>(structure: &T, length: usize, kind: ParamKind) -> Result<Params> {
    let param = CParam {
        pointer: ptr::from_ref(structure).cast(),
        length: ck::to_ulong(length),
        caller: PhantomData,
    };
    param.read(kind)
}

pub(super) fn read<T>(structure: &T, kind: ParamKind) -> Result<Params> {
    read_as(structure, size_of::<T>(), kind)
}

pub(super) fn is_invalid(result: &Result<Params>) -> bool {
    matches!(result, Err(Error::MechanismParamInvalid(_)))
}

pub(super) fn no_param() -> CParam<'static> {
    CParam {
        pointer: ptr::null(),
        length: 0,
        caller: PhantomData,
    }
}

const EVERY_KIND: [ParamKind; 20] = [
    ParamKind::None,
    ParamKind::Iv(16),
    ParamKind::OptionalIv(8),
    ParamKind::AesCtr,
    ParamKind::Gcm,
    ParamKind::RsaOaep,
    ParamKind::RsaPss,
    ParamKind::MacGeneral,
    ParamKind::Ecdh1,
    ParamKind::OptionalEddsa,
    ParamKind::OptionalSignContext,
    ParamKind::HashSignContext,
    ParamKind::Flat { min: 4, max: 9 },
    ParamKind::Ccm,
    ParamKind::ChaCha20,
    ParamKind::Salsa20,
    ParamKind::StreamPoly1305,
    ParamKind::EncryptData,
    ParamKind::CbcEncryptData16,
    ParamKind::CbcEncryptData8,
];

#[test]
fn null_is_taken_only_where_the_parameter_may_be_left_out() {
    for kind in EVERY_KIND {
        let optional = matches!(
            kind,
            ParamKind::None
                | ParamKind::OptionalIv(_)
                | ParamKind::OptionalEddsa
                | ParamKind::OptionalSignContext
        );
        match no_param().read(kind) {
            Ok(params) => assert!(optional && params == Params::None, "{kind:?}"),
            refused => assert!(!optional && is_invalid(&refused), "{kind:?}"),
        }
    }
}

/// Bad input: NULL with a length is no parameter that was left out, and nothing is read of it.
#[test]
fn null_with_a_length_is_refused_everywhere() {
    for kind in EVERY_KIND {
        for length in [1, 8, 16, 40, 48, u64::MAX] {
            let param = CParam { length, ..no_param() };
            assert!(is_invalid(&param.read(kind)), "{kind:?} {length}");
        }
    }
}

#[test]
fn a_wrong_length_is_refused_before_anything_is_read() {
    for kind in EVERY_KIND {
        for length in [1, 7, 39, 41, 49, usize::MAX, usize::MAX / 2] {
            if matches!(kind, ParamKind::Flat { .. }) && length == 7 {
                continue;
            }
            let one_byte = 0u8;
            // A reader that looked before it measured would read past the one byte (seen by Miri).
            assert!(is_invalid(&read_as(&one_byte, length, kind)), "{kind:?} {length}");
        }
    }
}

#[test]
fn an_initialisation_vector_is_copied() {
    let iv = [7u8; 16];
    assert_eq!(read(&iv, ParamKind::Iv(16)), Ok(Params::Iv(ShortBytes::new(&iv))));
    assert!(is_invalid(&read(&iv, ParamKind::Iv(8))));
    assert_eq!(
        read(&[1u8; 8], ParamKind::OptionalIv(8)),
        Ok(Params::Iv(ShortBytes::new(&[1; 8])))
    );
}

#[test]
fn a_counter_has_1_to_128_bits() {
    for (bits, good) in [
        (0, false),
        (1, true),
        (128, true),
        (129, false),
        (u64::MAX, false),
    ] {
        let params = sys::CK_AES_CTR_PARAMS {
            ulCounterBits: bits,
            cb: [9; 16],
        };
        assert_eq!(read(&params, ParamKind::AesCtr).is_ok(), good, "{bits}");
    }
}

#[test]
fn both_forms_of_gcm_parameters_mean_the_same() {
    let (mut iv, mut aad) = ([1u8; 12], *b"aad");
    let (iv, aad) = (iv.as_mut_ptr(), aad.as_mut_ptr());
    let new = sys::CK_GCM_PARAMS {
        pIv: iv,
        ulIvLen: 12,
        ulIvBits: 0,
        pAAD: aad,
        ulAADLen: 3,
        ulTagBits: 128,
    };
    let old = GcmWithoutIvBits {
        iv,
        iv_len: 12,
        aad,
        aad_len: 3,
        tag_bits: 128,
    };
    let expected = Params::Gcm {
        iv: ShortBytes::new(&[1; 12]),
        aad: (*b"aad").into(),
        tag_bits: 128,
    };
    assert_eq!(read(&new, ParamKind::Gcm).as_ref(), Ok(&expected));
    assert_eq!(read(&old, ParamKind::Gcm).as_ref(), Ok(&expected));
}

#[test]
fn inner_pointers_and_lengths_are_checked() {
    let mut iv = [1u8; 12];
    let iv = iv.as_mut_ptr();
    let good = sys::CK_GCM_PARAMS {
        pIv: iv,
        ulIvLen: 12,
        ulIvBits: 96,
        pAAD: ptr::null_mut(),
        ulAADLen: 0,
        ulTagBits: 128,
    };
    assert!(read(&good, ParamKind::Gcm).is_ok());
    let bad = [
        sys::CK_GCM_PARAMS {
            pIv: ptr::null_mut(),
            ..good
        },
        sys::CK_GCM_PARAMS { ulIvLen: 0, ..good },
        sys::CK_GCM_PARAMS {
            ulIvLen: u64::MAX,
            ..good
        },
        sys::CK_GCM_PARAMS {
            ulIvLen: 1 << 45,
            ..good
        },
        sys::CK_GCM_PARAMS { ulAADLen: 1, ..good },
        sys::CK_GCM_PARAMS {
            pAAD: iv,
            ulAADLen: u64::MAX - 7,
            ..good
        },
        // As far as addresses go, these could be; no protocol has so much.
        sys::CK_GCM_PARAMS {
            pAAD: iv,
            ulAADLen: 1 << 31,
            ..good
        },
        sys::CK_GCM_PARAMS {
            pAAD: iv,
            ulAADLen: 1 << 32,
            ..good
        },
    ];
    for params in bad {
        assert!(is_invalid(&read(&params, ParamKind::Gcm)), "{params:?}");
    }
}

#[test]
fn oaep_takes_a_label_and_no_unknown_source_or_hash() {
    let mut label = *b"label";
    let good = sys::CK_RSA_PKCS_OAEP_PARAMS {
        hashAlg: sys::CKM_SHA256,
        mgf: sys::CKG_MGF1_SHA1,
        source: sys::CKZ_DATA_SPECIFIED,
        pSourceData: label.as_mut_ptr().cast(),
        ulSourceDataLen: 5,
    };
    let expected = Params::RsaOaep {
        hash: Hash::Sha256,
        mgf: Hash::Sha1,
        label: (*b"label").into(),
    };
    assert_eq!(read(&good, ParamKind::RsaOaep), Ok(expected));
    let bad = [
        sys::CK_RSA_PKCS_OAEP_PARAMS {
            hashAlg: sys::CKM_AES_CBC,
            ..good
        },
        sys::CK_RSA_PKCS_OAEP_PARAMS { mgf: 77, ..good },
        sys::CK_RSA_PKCS_OAEP_PARAMS { source: 0, ..good },
        sys::CK_RSA_PKCS_OAEP_PARAMS { source: 2, ..good },
        sys::CK_RSA_PKCS_OAEP_PARAMS {
            ulSourceDataLen: 1 << 32,
            ..good
        },
        sys::CK_RSA_PKCS_OAEP_PARAMS {
            pSourceData: ptr::null_mut(),
            ..good
        },
    ];
    for params in bad {
        assert!(is_invalid(&read(&params, ParamKind::RsaOaep)), "{params:?}");
    }
}

#[test]
fn pss_and_mac_lengths_are_passed_on() {
    let params = sys::CK_RSA_PKCS_PSS_PARAMS {
        hashAlg: sys::CKM_SHA384,
        mgf: sys::CKG_MGF1_SHA384,
        sLen: 48,
    };
    let expected = Params::RsaPss {
        hash: Hash::Sha384,
        mgf: Hash::Sha384,
        salt_len: 48,
    };
    assert_eq!(read(&params, ParamKind::RsaPss), Ok(expected));
    assert_eq!(read(&12u64, ParamKind::MacGeneral), Ok(Params::MacGeneral(12)));
}

#[test]
fn ecdh_names_its_derivation_and_both_data() {
    let (mut shared, mut public) = (*b"info", [4u8; 65]);
    let good = sys::CK_ECDH1_DERIVE_PARAMS {
        kdf: sys::CKD_SHA256_KDF,
        ulSharedDataLen: 4,
        pSharedData: shared.as_mut_ptr(),
        ulPublicDataLen: 65,
        pPublicData: public.as_mut_ptr(),
    };
    let expected = Params::Ecdh1 {
        kdf: Some(EcKdf::X963(Hash::Sha256)),
        shared_data: (*b"info").into(),
        public_data: [4; 65].into(),
    };
    assert_eq!(read(&good, ParamKind::Ecdh1), Ok(expected));
    let unknown = sys::CK_ECDH1_DERIVE_PARAMS {
        kdf: sys::CKD_CPDIVERSIFY_KDF,
        ..good
    };
    assert!(is_invalid(&read(&unknown, ParamKind::Ecdh1)));
}

#[test]
fn an_eddsa_context_has_at_most_255_bytes() {
    let mut context = [0u8; 256];
    for (length, flag, good) in [(255, 1, true), (0, 0, true), (256, 1, false), (0, 2, false)] {
        let params = sys::CK_EDDSA_PARAMS {
            phFlag: flag,
            ulContextDataLen: length,
            pContextData: context.as_mut_ptr(),
        };
        assert_eq!(
            read(&params, ParamKind::OptionalEddsa).is_ok(),
            good,
            "{length} {flag}"
        );
    }
}

#[test]
fn a_vendor_structure_has_a_length_within_its_bounds() {
    let kind = ParamKind::Flat { min: 2, max: 3 };
    assert_eq!(read(b"abc", kind), Ok(Params::Flat((*b"abc").into())));
    assert!(is_invalid(&read(b"a", kind)));
    assert!(is_invalid(&read(b"abcd", kind)));
}

#[test]
fn an_unaligned_structure_is_read() {
    let mut bytes = [0u8; 9];
    bytes[1..].copy_from_slice(&12u64.to_ne_bytes());
    let param = CParam {
        pointer: bytes[1..].as_ptr(),
        length: 8,
        caller: PhantomData,
    };
    assert_eq!(param.read(ParamKind::MacGeneral), Ok(Params::MacGeneral(12)));
}

#[test]
fn every_derivation_function_of_diffie_hellman_has_its_hash() {
    let of = |kdf| {
        let params = sys::CK_ECDH1_DERIVE_PARAMS {
            kdf,
            ulSharedDataLen: 0,
            pSharedData: ptr::null_mut(),
            ulPublicDataLen: 0,
            pPublicData: ptr::null_mut(),
        };
        match read(&params, ParamKind::Ecdh1) {
            Ok(Params::Ecdh1 { kdf, .. }) => Ok(kdf),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error),
        }
    };
    assert_eq!(of(sys::CKD_NULL), Ok(None));
    for (number, expected) in [
        (sys::CKD_SHA1_KDF, EcKdf::X963(Hash::Sha1)),
        (sys::CKD_SHA512_KDF, EcKdf::X963(Hash::Sha512)),
        (sys::CKD_SHA3_224_KDF, EcKdf::X963(Hash::Sha3_224)),
        (sys::CKD_SHA3_512_KDF, EcKdf::X963(Hash::Sha3_512)),
        (sys::CKD_BLAKE2B_160_KDF, EcKdf::Sp800(Hash::Blake2b160)),
        (sys::CKD_BLAKE2B_512_KDF, EcKdf::Sp800(Hash::Blake2b512)),
        (sys::CKD_SHA1_KDF_SP800, EcKdf::Sp800(Hash::Sha1)),
        (sys::CKD_SHA3_512_KDF_SP800, EcKdf::Sp800(Hash::Sha3_512)),
    ] {
        assert_eq!(of(number), Ok(Some(expected)));
    }
    for number in 2..=26 {
        let unknown = [
            sys::CKD_SHA1_KDF_ASN1,
            sys::CKD_SHA1_KDF_CONCATENATE,
            sys::CKD_CPDIVERSIFY_KDF,
        ];
        assert_eq!(of(number).is_err(), unknown.contains(&number), "{number}");
    }
    for number in [0, 27, 1 << 32, u64::MAX] {
        assert!(
            matches!(of(number), Err(Error::MechanismParamInvalid(_))),
            "{number}"
        );
    }
}

#[test]
fn hashes_and_masks_of_rsa_are_those_of_sha_1_2_and_3() {
    let all = [
        (sys::CKM_SHA_1, Some(sys::CKG_MGF1_SHA1), Hash::Sha1),
        (sys::CKM_SHA224, Some(sys::CKG_MGF1_SHA224), Hash::Sha224),
        (sys::CKM_SHA256, Some(sys::CKG_MGF1_SHA256), Hash::Sha256),
        (sys::CKM_SHA384, Some(sys::CKG_MGF1_SHA384), Hash::Sha384),
        (sys::CKM_SHA512, Some(sys::CKG_MGF1_SHA512), Hash::Sha512),
        (sys::CKM_SHA512_224, None, Hash::Sha512_224),
        (sys::CKM_SHA512_256, None, Hash::Sha512_256),
        (sys::CKM_SHA3_224, Some(sys::CKG_MGF1_SHA3_224), Hash::Sha3_224),
        (sys::CKM_SHA3_256, Some(sys::CKG_MGF1_SHA3_256), Hash::Sha3_256),
        (sys::CKM_SHA3_384, Some(sys::CKG_MGF1_SHA3_384), Hash::Sha3_384),
        (sys::CKM_SHA3_512, Some(sys::CKG_MGF1_SHA3_512), Hash::Sha3_512),
    ];
    let pss = |hash, mgf| {
        let params = sys::CK_RSA_PKCS_PSS_PARAMS {
            hashAlg: hash,
            mgf,
            sLen: 20,
        };
        read(&params, ParamKind::RsaPss)
    };
    for (number, mask, hash) in all {
        let read = pss(number, mask.unwrap_or(sys::CKG_MGF1_SHA1));
        let mgf = if mask.is_some() { hash } else { Hash::Sha1 };
        assert_eq!(
            read,
            Ok(Params::RsaPss {
                hash,
                mgf,
                salt_len: 20
            })
        );
    }
    for hash in [
        sys::CKM_MD5,
        sys::CKM_RIPEMD160,
        sys::CKM_SHA512_T,
        sys::CKM_BLAKE2B_256,
        0,
    ] {
        assert!(is_invalid(&pss(hash, sys::CKG_MGF1_SHA1)));
    }
    for mgf in [0, 10, u64::MAX] {
        assert!(is_invalid(&pss(sys::CKM_SHA_1, mgf)));
    }
}
