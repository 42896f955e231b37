//! The parameters of ciphers as a C caller would lay them out.

use super::*;
use crate::mechanism::params::CcmParams;
use std::marker::PhantomData;
use std::ptr;

fn read<T>(structure: &T, kind: ParamKind) -> Result<Params> {
    let param = CParam {
        pointer: ptr::from_ref(structure).cast(),
        length: ck::to_ulong(size_of::<T>()),
        caller: PhantomData,
    };
    param.read(kind)
}

#[track_caller]
fn assert_invalid(read: Result<Params>) {
    assert!(matches!(read, Err(Error::MechanismParamInvalid(_))), "{read:?}");
}

fn ccm(nonce: *mut u8, nonce_len: u64, aad: *mut u8, aad_len: u64) -> sys::CK_CCM_PARAMS {
    sys::CK_CCM_PARAMS {
        ulDataLen: 7,
        pNonce: nonce,
        ulNonceLen: nonce_len,
        pAAD: aad,
        ulAADLen: aad_len,
        ulMACLen: 8,
    }
}

#[test]
fn ccm_parameters_are_copied() {
    let (mut nonce, mut aad) = ([1u8; 12], *b"aad");
    let params = ccm(nonce.as_mut_ptr(), 12, aad.as_mut_ptr(), 3);
    let expected = Params::Ccm(CcmParams {
        data_len: 7,
        nonce: ShortBytes::new(&[1; 12]),
        aad: (*b"aad").into(),
        tag_len: 8,
    });
    assert_eq!(read(&params, ParamKind::Ccm), Ok(expected));
    assert!(read(&ccm(nonce.as_mut_ptr(), 12, ptr::null_mut(), 0), ParamKind::Ccm).is_ok());
    assert_invalid(read(
        &ccm(ptr::null_mut(), 12, ptr::null_mut(), 0),
        ParamKind::Ccm,
    ));
    assert_invalid(read(
        &ccm(nonce.as_mut_ptr(), 12, ptr::null_mut(), 3),
        ParamKind::Ccm,
    ));
    for absurd in [25, 1 << 47, u64::MAX] {
        assert_invalid(read(
            &ccm(nonce.as_mut_ptr(), absurd, ptr::null_mut(), 0),
            ParamKind::Ccm,
        ));
    }
    assert_invalid(read(
        &ccm(nonce.as_mut_ptr(), 12, aad.as_mut_ptr(), u64::MAX),
        ParamKind::Ccm,
    ));
}

#[test]
fn block_counters_are_little_endian() {
    let (mut counter, mut nonce) = ([1u8, 2, 3, 4, 5, 6, 7, 8], [9u8; 24]);
    let mut params = |counter_bits, nonce_bits| sys::CK_CHACHA20_PARAMS {
        pBlockCounter: counter.as_mut_ptr(),
        blockCounterBits: counter_bits,
        pNonce: nonce.as_mut_ptr(),
        ulNonceBits: nonce_bits,
    };
    for (counter_bits, counter) in [(32, 0x0403_0201), (64, 0x0807_0605_0403_0201)] {
        for nonce_bits in [64, 96, 192] {
            let expected = Params::Stream {
                counter,
                nonce: ShortBytes::new(&vec![9; ck::to_usize(nonce_bits / 8)]),
            };
            assert_eq!(
                read(&params(counter_bits, nonce_bits), ParamKind::ChaCha20),
                Ok(expected)
            );
        }
    }
    for (counter_bits, nonce_bits) in [
        (0, 96),
        (31, 96),
        (128, 96),
        (32, 0),
        (32, 8),
        (32, 95),
        (32, u64::MAX),
    ] {
        assert_invalid(read(&params(counter_bits, nonce_bits), ParamKind::ChaCha20));
    }
}

#[test]
fn stream_ciphers_have_a_counter_and_a_nonce() {
    let mut bytes = [1u8; 24];
    let place = bytes.as_mut_ptr();
    for (counter, nonce) in [(ptr::null_mut(), place), (place, ptr::null_mut())] {
        let chacha = sys::CK_CHACHA20_PARAMS {
            pBlockCounter: counter,
            blockCounterBits: 32,
            pNonce: nonce,
            ulNonceBits: 96,
        };
        assert_invalid(read(&chacha, ParamKind::ChaCha20));
        let salsa = sys::CK_SALSA20_PARAMS {
            pBlockCounter: counter,
            pNonce: nonce,
            ulNonceBits: 64,
        };
        assert_invalid(read(&salsa, ParamKind::Salsa20));
    }
    let salsa = sys::CK_SALSA20_PARAMS {
        pBlockCounter: place,
        pNonce: place,
        ulNonceBits: 192,
    };
    let expected = Params::Stream {
        counter: 0x0101_0101_0101_0101,
        nonce: ShortBytes::new(&[1; 24]),
    };
    assert_eq!(read(&salsa, ParamKind::Salsa20), Ok(expected));
}

#[test]
fn the_nonce_of_an_aead_is_counted_in_bits_or_in_bytes() {
    let (mut nonce, mut aad) = ([1u8; 24], *b"aad");
    let mut params = |length| sys::CK_SALSA20_CHACHA20_POLY1305_PARAMS {
        pNonce: nonce.as_mut_ptr(),
        ulNonceLen: length,
        pAAD: aad.as_mut_ptr(),
        ulAADLen: 3,
    };
    for bytes in [8, 12, 24] {
        let expected = Params::StreamPoly1305 {
            nonce: ShortBytes::new(&vec![1; ck::to_usize(bytes)]),
            aad: (*b"aad").into(),
        };
        for length in [bytes, 8 * bytes] {
            assert_eq!(
                read(&params(length), ParamKind::StreamPoly1305),
                Ok(expected.clone())
            );
        }
    }
    for wrong in [0, 7, 13, 32, 63, 97, u64::MAX] {
        assert_invalid(read(&params(wrong), ParamKind::StreamPoly1305));
    }
    let mut absurd = params(12);
    absurd.ulAADLen = u64::MAX;
    assert_invalid(read(&absurd, ParamKind::StreamPoly1305));
}

#[test]
fn data_to_encrypt_comes_with_its_initialisation_vector() {
    let mut data = [5u8; 32];
    let params = |iv: &[u8]| {
        Ok(Params::EncryptData {
            iv: ShortBytes::new(iv),
            data: [5; 32].into(),
        })
    };
    let mut ecb = sys::CK_KEY_DERIVATION_STRING_DATA {
        pData: data.as_mut_ptr(),
        ulLen: 32,
    };
    assert_eq!(read(&ecb, ParamKind::EncryptData), params(&[]));
    let mut long = sys::CK_AES_CBC_ENCRYPT_DATA_PARAMS {
        iv: [3; 16],
        pData: data.as_mut_ptr(),
        length: 32,
    };
    assert_eq!(read(&long, ParamKind::CbcEncryptData16), params(&[3; 16]));
    let mut short = sys::CK_DES_CBC_ENCRYPT_DATA_PARAMS {
        iv: [4; 8],
        pData: data.as_mut_ptr(),
        length: 32,
    };
    assert_eq!(read(&short, ParamKind::CbcEncryptData8), params(&[4; 8]));
    for absurd in [1 << 47, u64::MAX] {
        (ecb.ulLen, long.length, short.length) = (absurd, absurd, absurd);
        assert_invalid(read(&ecb, ParamKind::EncryptData));
        assert_invalid(read(&long, ParamKind::CbcEncryptData16));
        assert_invalid(read(&short, ParamKind::CbcEncryptData8));
    }
    (ecb.pData, ecb.ulLen) = (ptr::null_mut(), 16);
    assert_invalid(read(&ecb, ParamKind::EncryptData));
}
