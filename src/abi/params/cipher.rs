//! The parameters of ciphers beside those of `aes.rs`: CCM, ChaCha20, Salsa20, and derivation by encryption
//! [PKCS#11 3.2, 6.13, 6.17, 6.44 to 6.47].

use super::derivation::DATA_BYTES_MAX;
use super::{AAD_BYTES_MAX, CParam, boxed, inner, invalid};
use crate::ck::{self, sys};
use crate::error::Result;
use crate::mechanism::params::{CcmParams, Params, ShortBytes};

/// Longest nonce of all these ciphers in bytes.
const NONCE_BYTES_MAX: u64 = 24;

/// A block counter: little-endian, as the ciphers have it in their state.
fn counter(pointer: *const u8, bits: u64) -> Result<u64> {
    let length = match bits {
        32 => 4,
        64 => 8,
        _ => return invalid("the block counter has 32 or 64 bits"),
    };
    let given = inner(pointer, length, length)?;
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(given).for_each(|(to, from)| *to = *from);
    Ok(u64::from_le_bytes(bytes))
}

/// A nonce whose length is told in bits.
fn nonce(pointer: *const u8, bits: u64) -> Result<ShortBytes> {
    match bits {
        64 | 96 | 192 => inner(pointer, bits / 8, NONCE_BYTES_MAX).map(ShortBytes::new),
        _ => invalid("the nonce has 64, 96 or 192 bits"),
    }
}

/// A nonce whose length is told in bits, as the standard says, or in bytes, as NSS and its clients do; no length is
/// both.
fn nonce_in_any_unit(pointer: *const u8, length: u64) -> Result<ShortBytes> {
    match length {
        8 | 12 | 24 => nonce(pointer, 8 * length),
        bits => nonce(pointer, bits),
    }
}

impl CParam<'_> {
    pub(super) fn ccm(&self) -> Result<Params> {
        let params: sys::CK_CCM_PARAMS = self.structure("CK_CCM_PARAMS has a wrong length")?;
        Ok(Params::Ccm(CcmParams {
            data_len: params.ulDataLen,
            nonce: ShortBytes::new(inner(params.pNonce, params.ulNonceLen, NONCE_BYTES_MAX)?),
            aad: boxed(inner(params.pAAD, params.ulAADLen, AAD_BYTES_MAX)?)?,
            tag_len: ck::to_usize(params.ulMACLen),
        }))
    }

    pub(super) fn chacha20(&self) -> Result<Params> {
        let params: sys::CK_CHACHA20_PARAMS = self.structure("CK_CHACHA20_PARAMS has a wrong length")?;
        Ok(Params::Stream {
            counter: counter(params.pBlockCounter, params.blockCounterBits)?,
            nonce: nonce(params.pNonce, params.ulNonceBits)?,
        })
    }

    pub(super) fn salsa20(&self) -> Result<Params> {
        let params: sys::CK_SALSA20_PARAMS = self.structure("CK_SALSA20_PARAMS has a wrong length")?;
        // The nonce comes first: it has a length that can be wrong, and the counter has none.
        let nonce = nonce(params.pNonce, params.ulNonceBits)?;
        Ok(Params::Stream {
            counter: counter(params.pBlockCounter, 64)?,
            nonce,
        })
    }

    pub(super) fn stream_poly1305(&self) -> Result<Params> {
        let params: sys::CK_SALSA20_CHACHA20_POLY1305_PARAMS =
            self.structure("CK_SALSA20_CHACHA20_POLY1305_PARAMS has a wrong length")?;
        Ok(Params::StreamPoly1305 {
            nonce: nonce_in_any_unit(params.pNonce, params.ulNonceLen)?,
            aad: boxed(inner(params.pAAD, params.ulAADLen, AAD_BYTES_MAX)?)?,
        })
    }

    pub(super) fn encrypt_data(&self) -> Result<Params> {
        let params: sys::CK_KEY_DERIVATION_STRING_DATA =
            self.structure("CK_KEY_DERIVATION_STRING_DATA has a wrong length")?;
        encrypt_data(&[], params.pData, params.ulLen)
    }

    /// The structures of AES, Camellia, ARIA and SEED are one.
    pub(super) fn cbc_encrypt_data_16(&self) -> Result<Params> {
        let params: sys::CK_AES_CBC_ENCRYPT_DATA_PARAMS =
            self.structure("CK_…_CBC_ENCRYPT_DATA_PARAMS has a wrong length")?;
        encrypt_data(&params.iv, params.pData, params.length)
    }

    pub(super) fn cbc_encrypt_data_8(&self) -> Result<Params> {
        let params: sys::CK_DES_CBC_ENCRYPT_DATA_PARAMS =
            self.structure("CK_DES_CBC_ENCRYPT_DATA_PARAMS has a wrong length")?;
        encrypt_data(&params.iv, params.pData, params.length)
    }
}

fn encrypt_data(iv: &[u8], data: *const u8, length: u64) -> Result<Params> {
    Ok(Params::EncryptData {
        iv: ShortBytes::new(iv),
        data: boxed(inner(data, length, DATA_BYTES_MAX)?)?,
    })
}
