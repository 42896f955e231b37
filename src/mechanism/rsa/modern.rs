//! CKM_RSA_PKCS as `policy = "modern"` leaves it: it signs what the caller prepared, but no digest that tells that it is
//! one of a legacy hash.

use super::signing::Pkcs1;
use crate::crypto::hash::Hash;
use crate::error::{Error, Result};
use crate::mechanism::key::KeyMaterial;
use crate::mechanism::operation::RecoverMechanism;
use crate::mechanism::params::Params;
use crate::mechanism::signature::Scheme;

/// PKCS#1 v1.5 without the digests of legacy hashes.
#[derive(Clone, Copy)]
pub(super) struct ModernPkcs1;

/// Object identifiers of hashes that are not to be signed: MD2, MD4, MD5, SHA-1, RIPEMD-160 [RFC 8017, B.1;
/// ISO/IEC 10118-3].
const LEGACY: [&[u8]; 5] = [
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x02],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x04],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05],
    &[0x2b, 0x0e, 0x03, 0x02, 0x1a],
    &[0x2b, 0x24, 0x03, 0x02, 0x01],
];

/// The hash that a `DigestInfo` [RFC 8017, 9.2] names: the identifier's bytes; `None` if the data is none. All of them
/// are short, so that each length is one byte.
fn named_hash(data: &[u8]) -> Option<&[u8]> {
    let [0x30, _, 0x30, _, 0x06, length, rest @ ..] = data else {
        return None;
    };
    rest.get(..usize::from(*length))
}

fn check(data: &[u8]) -> Result<()> {
    match named_hash(data).is_some_and(|hash| LEGACY.contains(&hash)) {
        true => Err(Error::DataInvalid(
            "`policy = \"modern\"` allows no MD5, SHA-1 and RIPEMD-160 in signatures: the data is a digest of one",
        )),
        false => Ok(()),
    }
}

impl Scheme for ModernPkcs1 {
    fn check(self, key: &KeyMaterial, params: &Params, hash: Option<Hash>) -> Result<()> {
        Scheme::check(Pkcs1, key, params, hash)
    }

    fn signature_len(self, key: &KeyMaterial) -> Result<usize> {
        Pkcs1.signature_len(key)
    }

    fn sign(
        self,
        key: &KeyMaterial,
        params: &Params,
        hash: Option<Hash>,
        digest: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        check(digest)?;
        Pkcs1.sign(key, params, hash, digest, out)
    }

    fn verify(
        self,
        key: &KeyMaterial,
        params: &Params,
        hash: Option<Hash>,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<()> {
        check(digest)?;
        Pkcs1.verify(key, params, hash, digest, signature)
    }
}

impl RecoverMechanism for ModernPkcs1 {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        RecoverMechanism::check(&Pkcs1, key, params)
    }

    fn data_len(&self, key: &KeyMaterial, params: &Params) -> Result<usize> {
        Pkcs1.data_len(key, params)
    }

    fn recover(&self, key: &KeyMaterial, params: &Params, signature: &[u8], out: &mut [u8]) -> Result<usize> {
        let length = Pkcs1.recover(key, params, signature, out)?;
        check(out.get(..length).unwrap_or_default()).inspect_err(|_| out.fill(0))?;
        Ok(length)
    }
}
