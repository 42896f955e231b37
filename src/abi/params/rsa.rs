//! The parameters of RSA mechanisms [PKCS#11 3.2, 6.1].

use super::derivation::DATA_BYTES_MAX;
use super::{CParam, Item, aes_key_len, boxed, hash, inner, invalid, mgf};
use crate::ck::{self, sys};
use crate::error::Result;
use crate::mechanism::params::Params;

fn oaep(params: sys::CK_RSA_PKCS_OAEP_PARAMS) -> Result<Params> {
    let label = inner(params.pSourceData.cast(), params.ulSourceDataLen, DATA_BYTES_MAX)?;
    match params.source {
        sys::CKZ_DATA_SPECIFIED => {}
        // [PKCS#11 3.2, 6.1.8] names no other source; 0 with no data is what many callers mean by "no label".
        0 if label.is_empty() => {}
        _ => return invalid("source is not CKZ_DATA_SPECIFIED"),
    }
    Ok(Params::RsaOaep {
        hash: hash(params.hashAlg)?,
        mgf: mgf(params.mgf)?,
        label: boxed(label)?,
    })
}

impl CParam<'_> {
    pub(super) fn rsa_oaep(&self) -> Result<Params> {
        oaep(self.structure("CK_RSA_PKCS_OAEP_PARAMS has a wrong length")?)
    }

    pub(super) fn rsa_aes_key_wrap(&self) -> Result<Params> {
        let params: sys::CK_RSA_AES_KEY_WRAP_PARAMS =
            self.structure("CK_RSA_AES_KEY_WRAP_PARAMS has a wrong length")?;
        // First: what is no such structure is not followed.
        let aes_key_len = aes_key_len(params.ulAESKeyBits)?;
        // SAFETY: the standard makes what a parameter points at part of it, so it belongs to the call; it is copied
        // at once.
        let inner = unsafe { Item::<sys::CK_RSA_PKCS_OAEP_PARAMS>::new(params.pOAEPParams) };
        match inner.optional() {
            Ok(Some(inner)) => Ok(Params::RsaAesKeyWrap {
                aes_key_len,
                oaep: Box::new(oaep(inner)?),
            }),
            _ => invalid("pOAEPParams is missing"),
        }
    }

    pub(super) fn rsa_pss(&self) -> Result<Params> {
        let params: sys::CK_RSA_PKCS_PSS_PARAMS =
            self.structure("CK_RSA_PKCS_PSS_PARAMS has a wrong length")?;
        Ok(Params::RsaPss {
            hash: hash(params.hashAlg)?,
            mgf: mgf(params.mgf)?,
            salt_len: ck::to_usize(params.sLen),
        })
    }
}
