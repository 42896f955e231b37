//! A digest or a MAC in one call allocates nothing, so that no allocator stands between threads.
#![allow(
    clippy::unwrap_used,
    reason = "a check that meets what it does not expect fails"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;
use std::sync::Arc;

use vhsm::attribute::{AttributeSet, Value};
use vhsm::catalog;
use vhsm::ck::*;
use vhsm::error::Error;
use vhsm::mechanism::{FlatSource, KeyMaterial, MechanismSpec, ParamKind, ParamSource, Params};

/// The system's allocator, which counts for each thread.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is the system allocator's; the counter is a plain number without a destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Runs `call` once to prepare what is prepared once, then counts what a second call allocates.
fn allocations(mut call: impl FnMut()) -> usize {
    call();
    let before = ALLOCATIONS.get();
    call();
    ALLOCATIONS.get() - before
}

fn key(key_type: KeyType) -> Arc<KeyMaterial> {
    let length = if key_type == CKK_DES3 { 24 } else { 16 };
    let attributes: AttributeSet = [
        (CKA_CLASS, Value::Ulong(CKO_SECRET_KEY.0)),
        (CKA_KEY_TYPE, Value::Ulong(key_type.0)),
        (CKA_VALUE, Value::bytes(&vec![0x25; length])),
    ]
    .into_iter()
    .collect();
    Arc::new(KeyMaterial::prepare(&attributes).unwrap())
}

/// The rows that make MACs, with a parameter.
fn macs() -> impl Iterator<Item = (&'static MechanismSpec, Params)> {
    catalog::all().filter_map(|row| match row.params {
        // CKM_VHSM_DUKPT_MAC derives its key in the call, which stands in the vault.
        ParamKind::Flat { .. } if row.id == CKM_VHSM_ISO9797_CHAINED_MAC => {
            Some((row, Params::Flat([1, 1, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0].into())))
        }
        ParamKind::Flat { .. } if row.name().starts_with("CKM_VHSM_ISO9797_") => {
            Some((row, Params::Flat([1, 3, 5].into())))
        }
        ParamKind::MacGeneral if row.roles.sign.is_some() => Some((row, Params::MacGeneral(5))),
        ParamKind::None if row.name().ends_with("MAC") => Some((row, Params::None)),
        _ => None,
    })
}

#[test]
fn allocations_are_counted() {
    assert_eq!(
        allocations(|| {
            black_box(vec![0_u8; 10]);
        }),
        1
    );
}

#[test]
fn a_digest_in_one_call_allocates_nothing() {
    let digests = catalog::all().filter_map(|row| Some((row, row.roles.digest?)));
    let digests: Vec<_> = digests.collect();
    assert!(digests.len() > 10);
    for (row, digest) in digests {
        let params = match row.params {
            ParamKind::MacGeneral => Params::MacGeneral(100),
            _ => Params::None,
        };
        let digest = digest.with(&params).unwrap();
        let mut out = vec![0; digest.digest_len()];
        assert_eq!(allocations(|| digest.digest(&[7; 1000], &mut out).unwrap()), 0);
    }
}

#[test]
fn a_mac_in_one_call_allocates_nothing() {
    assert!(macs().count() > 10);
    for (row, params) in macs() {
        let (sign, verify) = (row.roles.sign.unwrap(), row.roles.verify.unwrap());
        for key_type in row.key.types {
            let key = key(*key_type);
            let mut mac = vec![0; sign.signature_len(&key, &params)];
            let count = allocations(|| sign.sign(&key, &params, &[7; 1000], &mut mac).unwrap());
            assert_eq!(count, 0, "{row:?}");
            let count = allocations(|| verify.verify(&key, &params, &[7; 1000], &mac).unwrap());
            assert_eq!(count, 0, "{row:?}");
            let mut wrong = mac.clone();
            wrong[0] ^= 1;
            let count = allocations(|| {
                let answer = verify.verify(&key, &params, &[7; 1000], &wrong);
                assert_eq!(answer, Err(Error::SignatureInvalid));
            });
            assert_eq!(count, 0, "{row:?}");
        }
    }
}

#[test]
fn a_short_parameter_of_a_payment_mechanism_allocates_nothing() {
    let kind = ParamKind::Flat { min: 1, max: 300 };
    for (length, expected) in [(1, 0), (86, 0), (87, 1)] {
        let bytes = vec![1; length];
        let count = allocations(|| {
            black_box(FlatSource(&bytes).read(kind).unwrap());
        });
        assert_eq!(count, expected, "{length}");
    }
}

/// With the keys of card and session, which are derived in the call.
#[test]
fn a_cryptogram_of_a_chip_card_allocates_nothing() {
    const CARD: &[u8] = b"\x12\x34\x56\x78\x90\x12\x34\x56\x78\xff\x00\x00\x1c";
    for (id, usage, data_len, [option, length]) in [
        (CKM_VHSM_EMV_AC, KeyUsage::EMV_APPLICATION_CRYPTOGRAMS, 41, [2, 8]),
        (
            CKM_VHSM_EMV_ARPC1,
            KeyUsage::EMV_APPLICATION_CRYPTOGRAMS,
            10,
            [0, 8],
        ),
        (
            CKM_VHSM_EMV_ARPC2,
            KeyUsage::EMV_APPLICATION_CRYPTOGRAMS,
            12,
            [0, 4],
        ),
        (CKM_VHSM_EMV_SCRIPT_MAC, KeyUsage::EMV_INTEGRITY, 100, [1, 8]),
    ] {
        let row = catalog::find(id).unwrap();
        for key_type in row.key.types {
            let aes = *key_type == CKK_AES;
            let attributes = AttributeSet::from_iter([
                (CKA_CLASS, Value::Ulong(CKO_SECRET_KEY.0)),
                (CKA_KEY_TYPE, Value::Ulong(key_type.0)),
                (CKA_VALUE, Value::bytes(&[0x25; 16])),
                (CKA_VHSM_KEY_USAGE, Value::bytes(&usage.0)),
            ]);
            let key = KeyMaterial::prepare(&attributes).unwrap();
            let option = if aes { 0 } else { option };
            let head = [1, if aes { b'C' } else { b'B' }, 1, option, length];
            let params = Params::Flat([&head, CARD].concat().into());
            let (sign, verify) = (row.roles.sign.unwrap(), row.roles.verify.unwrap());
            let data = vec![7; data_len];
            let mut value = vec![0; sign.signature_len(&key, &params)];
            let count = allocations(|| sign.sign(&key, &params, &data, &mut value).unwrap());
            assert_eq!(count, 0, "{row:?}");
            let count = allocations(|| verify.verify(&key, &params, &data, &value).unwrap());
            assert_eq!(count, 0, "{row:?}");
        }
    }
}
