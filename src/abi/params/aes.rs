//! The parameters of AES mechanisms [PKCS#11 3.2, 6.10 to 6.17].

use super::{AAD_BYTES_MAX, CParam, boxed, inner, invalid};
use crate::abi::read::Plain;
use crate::ck::sys;
use crate::error::Result;
use crate::mechanism::params::{Params, ShortBytes};

/// `CK_GCM_PARAMS.ulIvLen` above this is refused; no real IV comes near.
const IV_BYTES_MAX: u64 = 1 << 20;

impl CParam<'_> {
    pub(super) fn aes_ctr(&self) -> Result<Params> {
        let params: sys::CK_AES_CTR_PARAMS = self.structure("CK_AES_CTR_PARAMS has a wrong length")?;
        match u32::try_from(params.ulCounterBits) {
            Ok(counter_bits @ 1..=128) => Ok(Params::AesCtr {
                counter_bits,
                block: params.cb,
            }),
            _ => invalid("ulCounterBits is not 1 to 128"),
        }
    }

    /// Both forms: of 48 bytes, and of 40 without `ulIvBits`, as the text of version 2.40 had it. `ulIvBits` says
    /// nothing that `ulIvLen` does not.
    pub(super) fn gcm(&self) -> Result<Params> {
        let (iv, iv_len, aad, aad_len, tag_bits) = if self.length == 40 {
            let old: GcmWithoutIvBits = self.structure("")?;
            (old.iv, old.iv_len, old.aad, old.aad_len, old.tag_bits)
        } else {
            let new: sys::CK_GCM_PARAMS = self.structure("CK_GCM_PARAMS has a wrong length")?;
            (new.pIv, new.ulIvLen, new.pAAD, new.ulAADLen, new.ulTagBits)
        };
        let iv = inner(iv, iv_len, IV_BYTES_MAX)?;
        if iv.is_empty() {
            return invalid("the initialisation vector is empty");
        }
        Ok(Params::Gcm {
            iv: ShortBytes::new(iv),
            aad: boxed(inner(aad, aad_len, AAD_BYTES_MAX)?)?,
            tag_bits,
        })
    }
}

/// `CK_GCM_PARAMS` before `ulIvBits` was put into it.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct GcmWithoutIvBits {
    pub(super) iv: *mut u8,
    pub(super) iv_len: u64,
    pub(super) aad: *mut u8,
    pub(super) aad_len: u64,
    pub(super) tag_bits: u64,
}

// SAFETY: integers and raw pointers only.
unsafe impl Plain for GcmWithoutIvBits {}
