//! CKM_AES_CCM. The length of the message is part of the parameter, because the tag begins with it; where keys are
//! wrapped it is the key's, whatever the parameter says [PKCS#11 3.2, 6.13: AES-CCM Authenticated Wrap].

use crate::ck::to_ulong;
use crate::crypto::ccm::{self, CcmEncryption};
use crate::error::{Error, Result};
use crate::mechanism::aead::{Aead, LengthFits};
use crate::mechanism::key::KeyMaterial;
use crate::mechanism::params::{CcmParams, Params};

/// AES-CCM.
#[derive(Clone, Copy)]
pub(super) struct Ccm {
    /// The parameter says how long messages are.
    pub(super) length_is_told: bool,
}

fn of(params: &Params) -> Result<&CcmParams> {
    match params {
        Params::Ccm(params) => Ok(params),
        _ => Err(Error::Internal("CCM without its parameter")),
    }
}

impl Aead for Ccm {
    type Sealing = CcmEncryption;

    fn check(self, key: &KeyMaterial, params: &Params) -> Result<usize> {
        key.secret()?.aes()?;
        let params = of(params)?;
        let length = if self.length_is_told { params.data_len } else { 0 };
        ccm::check(&params.nonce, params.tag_len, length)?;
        Ok(params.tag_len)
    }

    fn check_len(self, params: &Params, length: usize) -> Result<LengthFits> {
        Ok(match to_ulong(length).cmp(&of(params)?.data_len) {
            _ if !self.length_is_told => LengthFits::Yes,
            std::cmp::Ordering::Less => LengthFits::TooShort,
            std::cmp::Ordering::Equal => LengthFits::Yes,
            std::cmp::Ordering::Greater => LengthFits::TooLong,
        })
    }

    fn seal(
        self,
        key: &KeyMaterial,
        params: &Params,
        input: &[u8],
        out: &mut [u8],
        tag: &mut [u8],
    ) -> Result<()> {
        let CcmParams { nonce, aad, .. } = of(params)?;
        ccm::seal(key.secret()?.aes()?, nonce, aad, input, out, tag)
    }

    fn open(
        self,
        key: &KeyMaterial,
        params: &Params,
        input: &[u8],
        tag: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        let CcmParams { nonce, aad, .. } = of(params)?;
        ccm::open(key.secret()?.aes()?, nonce, aad, input, tag, out)
    }

    fn begin(self, key: &KeyMaterial, params: &Params) -> Result<CcmEncryption> {
        let params = of(params)?;
        CcmEncryption::new(
            key.secret()?.aes()?,
            &params.nonce,
            &params.aad,
            params.data_len,
            params.tag_len,
        )
    }

    fn update(
        self,
        key: &KeyMaterial,
        sealing: &mut CcmEncryption,
        input: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        sealing.update(key.secret()?.aes()?, input, out)
    }

    fn finish(self, key: &KeyMaterial, sealing: CcmEncryption, tag: &mut [u8]) -> Result<()> {
        sealing.finish(key.secret()?.aes()?, tag)
    }
}
