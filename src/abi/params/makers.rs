//! Parameters that other makers define.

use super::derivation::data;
use super::{CParam, invalid};
use crate::abi::read::Plain;
use crate::crypto::hash::Hash;
use crate::crypto::kbkdf::Number;
use crate::crypto::prf::Function;
use crate::error::Result;
use crate::mechanism::params::derivation::{DerivationParams, Kbkdf, KbkdfField};

/// `CK_KDF_PRF_PARAMS` [Thales Luna, "CKM_NIST_PRF_KDF"].
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct PrfKdf {
    pub(super) function: u64,
    pub(super) label: *mut u8,
    pub(super) label_len: u64,
    pub(super) context: *mut u8,
    pub(super) context_len: u64,
    pub(super) counter: u64,
    pub(super) encoding: u64,
}

// SAFETY: `repr(C)` with integers and raw pointers only, for which every bit pattern is a value.
unsafe impl Plain for PrfKdf {}

/// A big-endian number of so many bytes.
const fn number(bytes: usize) -> Number {
    Number {
        bytes,
        little_endian: false,
    }
}

const fn length(bytes: usize) -> KbkdfField {
    KbkdfField::Length {
        of_keys: true,
        format: number(bytes),
    }
}

impl CParam<'_> {
    /// Counter mode with the function's input in one of Luna's orders.
    pub(super) fn prf_kdf(&self, nist: bool) -> Result<DerivationParams> {
        let params: PrfKdf = self.structure("CK_KDF_PRF_PARAMS has a wrong length")?;
        if params.counter != 1 {
            return invalid("ulCounter is 1: the counter of SP 800-108 begins there");
        }
        let prf = match (nist, params.function) {
            (true, 1) => Function::Des3Cmac,
            (true, 2) => Function::AesCmac,
            (true, 5) => Function::Hmac(Hash::Sha1),
            (true, 6) => Function::Hmac(Hash::Sha224),
            (true, 7) => Function::Hmac(Hash::Sha256),
            (true, 8) => Function::Hmac(Hash::Sha384),
            (true, 9) => Function::Hmac(Hash::Sha512),
            (false, 3) => Function::AriaCmac,
            (false, 10) => Function::Hmac(Hash::Ripemd160),
            _ => return invalid("prfType is none of the mechanism's, or not supported"),
        };
        let label = KbkdfField::Bytes(data(params.label, params.label_len)?);
        let context = KbkdfField::Bytes(data(params.context, params.context_len)?);
        let counter = |bytes| KbkdfField::Counter(number(bytes));
        let separator = KbkdfField::Bytes([0].into());
        let fields = match params.encoding {
            0 => vec![counter(4), context, separator, label, length(4)],
            1 => vec![counter(4), context, label],
            2 => vec![counter(4), label, separator, context, length(4)],
            3 => vec![counter(4), label, context],
            // One byte [GlobalPlatform, Amendment D, 4.1.5].
            4 => vec![label, separator, length(2), counter(1), context],
            _ => return invalid("ulEncodingScheme is unknown, or not supported"),
        };
        Ok(DerivationParams::Kbkdf(Kbkdf {
            prf,
            fields,
            iv: [].into(),
            further: Vec::new(),
        }))
    }
}
