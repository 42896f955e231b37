//! Key derivation by a hash [PKCS#11 3.2, 6.21]: the new key is the start of the digest of the base key's value.

use super::digest::{SECTION_MD5, library, truncation};
use super::hmac::KEY_LEN_MAX;
use super::key::KeyMaterial;
use super::key_types::SECRETS;
use super::library::AWS_LC;
use super::operation::DeriveMechanism;
use super::params::{ParamKind, Params};
use super::spec::{KeyRule, KeySizes, MechanismSpec, Roles};
use super::standing::Standing;
use crate::ck::*;
use crate::crypto::hash::{Hash, Xof};
use crate::error::{Error, KeyRole, Result};
use crate::secret::SecretBytes;

/// Bytes that the standard takes of SHAKE, which knows no limit itself.
const fn xof_len(xof: Xof) -> usize {
    match xof {
        Xof::Shake128 => 32,
        Xof::Shake256 => 64,
    }
}

/// Any secret key.
const KEY: KeyRule = KeyRule {
    types: SECRETS,
    sizes: KeySizes::bytes(1, KEY_LEN_MAX),
    ..KeyRule::NONE
};

const fn row(id: MechanismId, derive: &'static Derive) -> MechanismSpec {
    MechanismSpec {
        id,
        section: "PKCS#11 3.2, 6.21",
        libraries: match derive {
            Derive::Hash(hash) => library(*hash),
            Derive::AnyTruncation | Derive::Xof(_) => &[AWS_LC],
        },
        params: match derive {
            Derive::AnyTruncation => ParamKind::MacGeneral,
            Derive::Hash(_) | Derive::Xof(_) => ParamKind::None,
        },
        key: KEY,
        roles: Roles {
            derive: Some(derive),
            ..Roles::NONE
        },
        standing: Standing::CURRENT,
    }
}

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    row(CKM_SHA1_KEY_DERIVATION, &Derive::Hash(Hash::Sha1)),
    row(CKM_SHA224_KEY_DERIVATION, &Derive::Hash(Hash::Sha224)),
    row(CKM_SHA256_KEY_DERIVATION, &Derive::Hash(Hash::Sha256)),
    row(CKM_SHA384_KEY_DERIVATION, &Derive::Hash(Hash::Sha384)),
    row(CKM_SHA512_KEY_DERIVATION, &Derive::Hash(Hash::Sha512)),
    row(CKM_SHA512_224_KEY_DERIVATION, &Derive::Hash(Hash::Sha512_224)),
    row(CKM_SHA512_256_KEY_DERIVATION, &Derive::Hash(Hash::Sha512_256)),
    row(CKM_SHA512_T_KEY_DERIVATION, &Derive::AnyTruncation),
    row(CKM_SHA3_224_KEY_DERIVATION, &Derive::Hash(Hash::Sha3_224)),
    row(CKM_SHA3_256_KEY_DERIVATION, &Derive::Hash(Hash::Sha3_256)),
    row(CKM_SHA3_384_KEY_DERIVATION, &Derive::Hash(Hash::Sha3_384)),
    row(CKM_SHA3_512_KEY_DERIVATION, &Derive::Hash(Hash::Sha3_512)),
    row(CKM_SHAKE_128_KEY_DERIVATION, &Derive::Xof(Xof::Shake128)),
    row(CKM_SHAKE_256_KEY_DERIVATION, &Derive::Xof(Xof::Shake256)),
    row(CKM_BLAKE2B_160_KEY_DERIVE, &Derive::Hash(Hash::Blake2b160)),
    row(CKM_BLAKE2B_256_KEY_DERIVE, &Derive::Hash(Hash::Blake2b256)),
    row(CKM_BLAKE2B_384_KEY_DERIVE, &Derive::Hash(Hash::Blake2b384)),
    row(CKM_BLAKE2B_512_KEY_DERIVE, &Derive::Hash(Hash::Blake2b512)),
    MechanismSpec {
        section: SECTION_MD5,
        ..row(CKM_MD5_KEY_DERIVATION, &Derive::Hash(Hash::Md5)).legacy()
    },
];

/// What digests the base key.
enum Derive {
    Hash(Hash),
    /// The SHA-512/t that the parameter names.
    AnyTruncation,
    Xof(Xof),
}

impl DeriveMechanism for Derive {
    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        match self {
            Self::AnyTruncation => truncation(params).map(drop),
            Self::Hash(_) | Self::Xof(_) => Ok(()),
        }
    }

    /// A digest at most, and without a wish all of it. What a function has as its digest stands in the table of 6.21.2.
    fn derive(&self, key: &KeyMaterial, params: &Params, length: Option<usize>) -> Result<SecretBytes> {
        const TOO_LONG: Error = Error::KeySizeRange(KeyRole::Key);
        let base = key.secret()?.value();
        let within = |most: usize| match length.unwrap_or(most) {
            length if length > most => Err(TOO_LONG),
            length => Ok(SecretBytes::zeros(length)),
        };
        let hash = match self {
            Self::Hash(hash) => *hash,
            Self::AnyTruncation => Hash::Sha512T(truncation(params)?),
            Self::Xof(xof) => {
                let mut out = within(xof_len(*xof))?;
                xof.digest(base, out.as_mut())?;
                return Ok(out);
            }
        };
        let mut out = within(hash.output_len())?;
        hash.digest(base, out.as_mut());
        Ok(out)
    }
}
