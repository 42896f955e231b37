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

/// Object identifiers that name a legacy hash: MD2, MD4, MD5, SHA-1 [RFC 8017, B.1], SHA-0 [OIW, 7], RIPEMD-160
/// [TeleTrusT; ISO/IEC 10118-3], and those of RSA with them, which old signers put there and old verifiers take
/// [RFC 8017, A.2.4; OIW, 7; TeleTrusT].
const LEGACY: [&[u8]; 19] = [
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x02],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x04],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05],
    &[0x2b, 0x0e, 0x03, 0x02, 0x1a],
    &[0x2b, 0x0e, 0x03, 0x02, 0x12],
    &[0x2b, 0x24, 0x03, 0x02, 0x01],
    &[0x28, 0xcf, 0x06, 0x03, 0x00, 0x31],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x02],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x03],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x04],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05],
    &[0x2b, 0x0e, 0x03, 0x02, 0x1d],
    &[0x2b, 0x0e, 0x03, 0x02, 0x02],
    &[0x2b, 0x0e, 0x03, 0x02, 0x03],
    &[0x2b, 0x0e, 0x03, 0x02, 0x04],
    &[0x2b, 0x0e, 0x03, 0x02, 0x0f],
    &[0x2b, 0x0e, 0x03, 0x02, 0x18],
    &[0x2b, 0x0e, 0x03, 0x02, 0x19],
    &[0x2b, 0x24, 0x03, 0x03, 0x01, 0x02],
];

/// Numbers of universal tags [X.690, 8.9 and 8.19].
const SEQUENCE: u8 = 0x10;
const OBJECT_IDENTIFIER: u8 = 0x06;

/// What follows the tag and the length of an element, in every form that any reader takes: constructed or not, the tag in
/// one byte or in several, the length short, long with zeros before it, or indefinite [X.690, 8.1]. What the length says
/// is not asked. `None` if the tag is another.
fn behind_header(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    const CONSTRUCTED: u8 = 0x20;
    const NUMBER_FOLLOWS: u8 = 0x1f;
    let (first, rest) = bytes.split_first()?;
    let rest = match first & !CONSTRUCTED {
        NUMBER_FOLLOWS => {
            let zeros = rest.iter().take_while(|byte| **byte == 0x80).count();
            rest.get(zeros..)?.strip_prefix(&[tag])?
        }
        first if first == tag => rest,
        _ => return None,
    };
    let (length, rest) = rest.split_first()?;
    match length.checked_sub(0x80) {
        Some(bytes) => rest.get(usize::from(bytes)..),
        None => Some(rest),
    }
}

/// The bytes of an object identifier without the zeros before an arc's number, which say nothing [X.690, 8.19.2].
fn without_zeros(identifier: &[u8]) -> impl Iterator<Item = &u8> {
    let mut at_start = true;
    identifier.iter().filter(move |byte| {
        let zero = at_start && **byte == 0x80;
        at_start = zero || **byte < 0x80;
        !zero
    })
}

/// Whether data is a `DigestInfo` [RFC 8017, 9.2] that names a legacy hash. It is read more leniently than any verifier
/// should: one that takes BER must not find in it what is not found here.
fn names_legacy_hash(data: &[u8]) -> bool {
    let identifier = behind_header(data, SEQUENCE)
        .and_then(|algorithm| behind_header(algorithm, SEQUENCE))
        .and_then(|identifier| behind_header(identifier, OBJECT_IDENTIFIER))
        .unwrap_or_default();
    LEGACY
        .iter()
        .any(|legacy| without_zeros(identifier).take(legacy.len()).eq(legacy.iter()))
}

fn check(data: &[u8]) -> Result<()> {
    match names_legacy_hash(data) {
        true => Err(Error::DataInvalid(
            "`policy = \"modern\"` allows no MD2, MD4, MD5, SHA-0, SHA-1 and RIPEMD-160 in signatures: sign a digest of SHA-2 or SHA-3",
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::der::{Tag, element};

    fn digest_info(identifier: &[u8]) -> Vec<u8> {
        let identifier = element(Tag::ObjectIdentifier, &[identifier]);
        let algorithm = element(Tag::Sequence, &[&identifier, &element(Tag::Null, &[])]);
        let digest = element(Tag::OctetString, &[&[0x5a; 20]]);
        element(Tag::Sequence, &[&algorithm, &digest]).to_vec()
    }

    #[test]
    fn every_identifier_of_a_legacy_hash_is_found() {
        for legacy in LEGACY {
            assert!(names_legacy_hash(&digest_info(legacy)), "{legacy:02x?}");
            let (last, before) = legacy.split_last().unwrap();
            let with_zero = [before, &[0x80, *last]].concat();
            assert!(names_legacy_hash(&digest_info(&with_zero)), "{with_zero:02x?}");
        }
    }

    /// [NIST CSOR, "hash algorithms"; RFC 8017, A.2.4]
    #[test]
    fn sha2_and_sha3_and_rsa_with_them_are_no_legacy() {
        let hashes = (1..=10).map(|last| vec![0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last]);
        let signatures = (11..=16).map(|last| vec![0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, last]);
        for identifier in hashes.chain(signatures) {
            assert!(!names_legacy_hash(&digest_info(&identifier)), "{identifier:02x?}");
        }
    }
}
