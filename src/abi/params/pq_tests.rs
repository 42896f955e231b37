//! The structures as a C caller would lay them out.

use super::*;
use crate::abi::params::CParam;
use crate::error::Error;
use crate::mechanism::params::{ParamKind, ParamSource};
use std::ptr;

fn read<T>(structure: &T, length: usize, kind: ParamKind) -> Result<Params> {
    let param = CParam {
        pointer: ptr::from_ref(structure).cast(),
        length: to_ulong(length),
        caller: std::marker::PhantomData,
    };
    param.read(kind)
}

fn is_invalid(result: &Result<Params>) -> bool {
    matches!(result, Err(Error::MechanismParamInvalid(_)))
}

fn plain(hedge: u64, pointer: *mut u8, length: u64) -> sys::CK_SIGN_ADDITIONAL_CONTEXT {
    sys::CK_SIGN_ADDITIONAL_CONTEXT {
        hedgeVariant: hedge,
        pContext: pointer,
        ulContextLen: length,
    }
}

fn hashed(hash: u64) -> sys::CK_HASH_SIGN_ADDITIONAL_CONTEXT {
    sys::CK_HASH_SIGN_ADDITIONAL_CONTEXT {
        hedgeVariant: sys::CKH_HEDGE_REQUIRED,
        pContext: ptr::null_mut(),
        ulContextLen: 0,
        hash,
    }
}

fn read_plain(params: &sys::CK_SIGN_ADDITIONAL_CONTEXT) -> Result<Params> {
    read(params, 24, ParamKind::OptionalSignContext)
}

#[test]
fn a_context_is_copied_and_has_at_most_255_bytes() {
    let mut bytes = [7; 300];
    for (hedge, expected) in [
        (sys::CKH_HEDGE_PREFERRED, Hedge::Preferred),
        (sys::CKH_HEDGE_REQUIRED, Hedge::Required),
        (sys::CKH_DETERMINISTIC_REQUIRED, Hedge::Deterministic),
    ] {
        let context = SignContext {
            hedge: expected,
            context: [7; 255].into(),
        };
        let params = plain(hedge, bytes.as_mut_ptr(), 255);
        assert_eq!(read_plain(&params), Ok(Params::SignContext(context)));
    }
    assert!(is_invalid(&read_plain(&plain(3, ptr::null_mut(), 0))));
    assert!(is_invalid(&read_plain(&plain(u64::MAX, ptr::null_mut(), 0))));
    for length in [256, 1 << 40, u64::MAX] {
        assert!(is_invalid(&read_plain(&plain(0, bytes.as_mut_ptr(), length))));
    }
    assert!(is_invalid(&read_plain(&plain(0, ptr::null_mut(), 1))));
}

#[test]
fn no_parameter_is_the_default_of_the_plain_structure_only() {
    let none = CParam {
        pointer: ptr::null(),
        length: 0,
        caller: std::marker::PhantomData,
    };
    assert_eq!(none.read(ParamKind::OptionalSignContext), Ok(Params::None));
    assert!(is_invalid(&none.read(ParamKind::HashSignContext)));
}

#[test]
fn a_wrong_length_is_refused_before_anything_is_read() {
    for length in [1, 7, 23, 25, 31, 33, usize::MAX] {
        for kind in [ParamKind::OptionalSignContext, ParamKind::HashSignContext] {
            assert!(is_invalid(&read(&0u8, length, kind)), "{kind:?}, {length}");
        }
    }
    assert!(is_invalid(&read(
        &hashed(CKM_SHA256.0),
        32,
        ParamKind::OptionalSignContext
    )));
    assert!(is_invalid(&read(
        &hashed(CKM_SHA256.0),
        24,
        ParamKind::HashSignContext
    )));
}

#[test]
fn every_hash_of_the_standards_has_a_number() {
    let read = |hash| read(&hashed(hash), 32, ParamKind::HashSignContext);
    let mut known = Vec::new();
    for number in (0..0x400).chain([CKM_VENDOR_DEFINED_LIKE, u64::MAX]) {
        match read(number) {
            Ok(Params::HashSignContext { hash, context }) => {
                assert_eq!((context.hedge, &*context.context), (Hedge::Required, &[][..]));
                known.push(hash);
            }
            other => assert!(is_invalid(&other)),
        }
    }
    known.dedup();
    for hash in PreHash::ALL {
        assert!(known.contains(&hash), "{hash:?}");
    }
    assert!(is_invalid(&read(CKM_SHA_1.0)) && is_invalid(&read(CKM_MD5.0)));
}

const CKM_VENDOR_DEFINED_LIKE: u64 = 0x8000_0000;
