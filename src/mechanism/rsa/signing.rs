//! The RSA signature schemes: PKCS#1 v1.5, PSS, ISO/IEC 9796, and the bare operation.

use crate::crypto::hash::Hash;
use crate::crypto::rsa;
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::key::KeyMaterial;
use crate::mechanism::operation::RecoverMechanism;
use crate::mechanism::params::Params;
use crate::mechanism::signature::Scheme;

/// PKCS#1 v1.5: `DigestInfo` of a hash, or what the caller gives, which is usually that.
#[derive(Clone, Copy)]
pub(super) struct Pkcs1;

impl Scheme for Pkcs1 {
    fn check(self, key: &KeyMaterial, _params: &Params, hash: Option<Hash>) -> Result<()> {
        let block_len = key.rsa_public()?.block_len();
        match hash.is_none_or(|hash| rsa::digest_fits(hash, block_len)) {
            true => Ok(()),
            false => Err(Error::KeySizeRange(KeyRole::Key)),
        }
    }

    fn signature_len(self, key: &KeyMaterial) -> Result<usize> {
        Ok(key.rsa_public()?.block_len())
    }

    fn sign(
        self,
        key: &KeyMaterial,
        _params: &Params,
        hash: Option<Hash>,
        digest: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        key.rsa_private()?.sign_pkcs1(hash, digest, out)
    }

    fn verify(
        self,
        key: &KeyMaterial,
        _params: &Params,
        hash: Option<Hash>,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<()> {
        key.rsa_public()?.verify_pkcs1(hash, digest, signature)
    }
}

/// PSS. The parameter names the hash of the message, also where the mechanism has one.
#[derive(Clone, Copy)]
pub(super) struct Pss;

fn pss(params: &Params) -> Result<rsa::Pss> {
    match *params {
        Params::RsaPss { hash, mgf, salt_len } => Ok(rsa::Pss { hash, mgf, salt_len }),
        _ => Err(Error::Internal("PSS without its parameter")),
    }
}

impl Scheme for Pss {
    fn check(self, key: &KeyMaterial, params: &Params, hash: Option<Hash>) -> Result<()> {
        let (pss, bits) = (pss(params)?, key.rsa_public()?.bits());
        if hash.is_some_and(|hash| hash != pss.hash) {
            return Err(Error::MechanismParamInvalid(
                "hashAlg is not the mechanism's hash",
            ));
        }
        if !(rsa::Pss { salt_len: 0, ..pss }).fits(bits) {
            return Err(Error::KeySizeRange(KeyRole::Key));
        }
        match pss.fits(bits) {
            true => Ok(()),
            false => Err(Error::MechanismParamInvalid(
                "sLen is too long for the key and the hash",
            )),
        }
    }

    fn signature_len(self, key: &KeyMaterial) -> Result<usize> {
        Ok(key.rsa_public()?.block_len())
    }

    fn sign(
        self,
        key: &KeyMaterial,
        params: &Params,
        _hash: Option<Hash>,
        digest: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        key.rsa_private()?.sign_pss(&pss(params)?, digest, out)
    }

    fn verify(
        self,
        key: &KeyMaterial,
        params: &Params,
        _hash: Option<Hash>,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<()> {
        key.rsa_public()?.verify_pss(&pss(params)?, digest, signature)
    }
}

/// The bare operation on data that is padded with zeros on the left [PKCS#11 3.2, 6.1.12].
#[derive(Clone, Copy)]
pub(super) struct X509;

/// Writes `data` at the end of `block`, after zeros.
pub(super) fn pad_left(data: &[u8], block: &mut [u8]) -> Result<()> {
    const TOO_LONG: Error = Error::DataLenRange("the data is longer than the modulus");
    let zeros = block.len().checked_sub(data.len()).ok_or(TOO_LONG)?;
    let (start, end) = block.split_at_mut_checked(zeros).ok_or(TOO_LONG)?;
    start.fill(0);
    end.copy_from_slice(data);
    Ok(())
}

impl Scheme for X509 {
    fn check(self, key: &KeyMaterial, _params: &Params, _hash: Option<Hash>) -> Result<()> {
        key.rsa_public().map(|_| ())
    }

    fn signature_len(self, key: &KeyMaterial) -> Result<usize> {
        Ok(key.rsa_public()?.block_len())
    }

    fn sign(
        self,
        key: &KeyMaterial,
        _params: &Params,
        _hash: Option<Hash>,
        data: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        pad_left(data, out)?;
        key.rsa_private()?.raw(out)
    }

    fn verify(
        self,
        key: &KeyMaterial,
        _params: &Params,
        _hash: Option<Hash>,
        data: &[u8],
        signature: &[u8],
    ) -> Result<()> {
        key.rsa_public()?.verify_raw(data, signature)
    }
}

/// ISO/IEC 9796 [PKCS#11 3.2, 6.1.11].
#[derive(Clone, Copy)]
pub(super) struct Iso9796;

impl Scheme for Iso9796 {
    fn check(self, key: &KeyMaterial, _params: &Params, _hash: Option<Hash>) -> Result<()> {
        key.rsa_public().map(|_| ())
    }

    fn signature_len(self, key: &KeyMaterial) -> Result<usize> {
        Ok(key.rsa_public()?.block_len())
    }

    fn sign(
        self,
        key: &KeyMaterial,
        _params: &Params,
        _hash: Option<Hash>,
        data: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        key.rsa_private()?.sign_iso9796(data, out)
    }

    fn verify(
        self,
        key: &KeyMaterial,
        _params: &Params,
        _hash: Option<Hash>,
        data: &[u8],
        signature: &[u8],
    ) -> Result<()> {
        key.rsa_public()?.verify_iso9796(data, signature)
    }
}

impl RecoverMechanism for Pkcs1 {
    fn check(&self, key: &KeyMaterial, _params: &Params) -> Result<()> {
        key.rsa_public().map(|_| ())
    }

    fn data_len(&self, key: &KeyMaterial, _params: &Params) -> Result<usize> {
        Ok(key.rsa_public()?.block_len().saturating_sub(rsa::OVERHEAD_LEN))
    }

    fn recover(
        &self,
        key: &KeyMaterial,
        _params: &Params,
        signature: &[u8],
        out: &mut [u8],
    ) -> Result<usize> {
        key.rsa_public()?.recover_pkcs1(signature, out)
    }
}

impl RecoverMechanism for X509 {
    fn check(&self, key: &KeyMaterial, _params: &Params) -> Result<()> {
        key.rsa_public().map(|_| ())
    }

    fn data_len(&self, key: &KeyMaterial, _params: &Params) -> Result<usize> {
        Ok(key.rsa_public()?.block_len())
    }

    fn recover(
        &self,
        key: &KeyMaterial,
        _params: &Params,
        signature: &[u8],
        out: &mut [u8],
    ) -> Result<usize> {
        key.rsa_public()?.recover_raw(signature, out)
    }
}

impl RecoverMechanism for Iso9796 {
    fn check(&self, key: &KeyMaterial, _params: &Params) -> Result<()> {
        key.rsa_public().map(|_| ())
    }

    fn data_len(&self, key: &KeyMaterial, _params: &Params) -> Result<usize> {
        Ok(key.rsa_public()?.iso9796_len_max())
    }

    fn recover(
        &self,
        key: &KeyMaterial,
        _params: &Params,
        signature: &[u8],
        out: &mut [u8],
    ) -> Result<usize> {
        key.rsa_public()?.recover_iso9796(signature, out)
    }
}
