//! Keys that travel to somebody whose public key is known: key blocks of TR-31 and ANSI X9.143 whose protection key serves
//! once, and goes along under RSA or comes out of Diffie-Hellman. The header is bound to the key by the block's MAC.

mod ecdh;
mod rsa;

use super::block::{Plan, Request};
use super::header::Parts;
use super::parameter::{Form, wrong};
use super::tr31;
use crate::ck::*;
use crate::crypto::hash::Hash;
use crate::crypto::key_block::Binding;
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::{KeyMaterial, MechanismSpec, WrapTarget};
use crate::secret::SecretBytes;

/// The rows.
pub static ROWS: &[MechanismSpec] = &[rsa::ROW, ecdh::ROW];

/// What the parameters ask for of blocks. The versions A and C are not made any more [ANSI X9.143:2021, 4.1].
const FORM: Form = Form {
    binding,
    last: *b"00",
    takes_private: false,
    masks_length: true,
    versions: "the versions of key blocks are B, D and E",
};

/// The binding of a version.
const fn binding(version: u8) -> Option<Binding> {
    Some(match version {
        b'B' => Binding::Des3,
        b'D' => Binding::Aes,
        b'E' => Binding::AesCtr,
        _ => return None,
    })
}

/// The hash of a code, those of the optional block HM [ANSI X9.143:2021, table 13].
///
/// # Errors
/// [`Error::MechanismParamInvalid`].
fn hash(code: u8) -> Result<Hash> {
    match code {
        0x21 => Ok(Hash::Sha256),
        0x22 => Ok(Hash::Sha384),
        0x23 => Ok(Hash::Sha512),
        _ => wrong("the hash is SHA-256 (0x21), SHA-384 (0x22) or SHA-512 (0x23)"),
    }
}

/// What kind of key protects the block.
#[derive(Clone, Copy)]
struct Protection {
    key_type: KeyType,
    /// In bytes.
    length: usize,
}

impl Protection {
    /// The kind of a code, those of KEYING.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`].
    fn of(code: u8) -> Result<Self> {
        let (key_type, length) = match code {
            2 => (CKK_DES2, 16),
            3 => (CKK_DES3, 24),
            4 => (CKK_AES, 16),
            5 => (CKK_AES, 24),
            6 => (CKK_AES, 32),
            _ => return wrong("the protection key is of triple DES (2, 3) or of AES (4, 5, 6)"),
        };
        Ok(Self { key_type, length })
    }

    /// Whether blocks of this binding are made under such a key.
    fn fits(self, binding: Binding) -> bool {
        (self.key_type == CKK_AES) == binding.is_aes()
    }

    /// A key of these bytes.
    fn key(self, value: SecretBytes) -> KeyMaterial {
        KeyMaterial::derived(self.key_type, value)
    }

    /// A key that only tells how long a block is.
    fn blank(self) -> KeyMaterial {
        self.key(SecretBytes::zeros(self.length))
    }

    /// The block that is asked for.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`].
    fn request(self, form: &[u8]) -> Result<Request<'_>> {
        let (version, rest) = FORM.version(form)?;
        let request = FORM.block(version, rest)?;
        match self.fits(request.binding) {
            true => Ok(request),
            false => wrong(OTHER_CIPHER),
        }
    }

    /// The version of the block that is to come, 0 for any; the bytes behind it.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`].
    fn version(self, form: &[u8]) -> Result<(u8, &[u8])> {
        match FORM.version(form)? {
            (version, _) if binding(version).is_some_and(|binding| !self.fits(binding)) => {
                wrong(OTHER_CIPHER)
            }
            versioned => Ok(versioned),
        }
    }

    /// A block in its parts, and its binding, as far as they can be seen without the key.
    ///
    /// # Errors
    /// [`Error::WrappedKeyLenRange`], [`Error::WrappedKeyInvalid`].
    fn parts(self, block: &[u8], version: u8) -> Result<(Binding, Parts<'_>)> {
        let parts = Parts::of(block)?;
        // What this mechanism does not make, it does not take either.
        let made = binding(parts.header.version).is_some_and(|binding| self.fits(binding));
        let binding = tr31::binding_of(&parts.header, version).filter(|_| made);
        Ok((binding.ok_or(Error::WrappedKeyInvalid)?, parts))
    }
}

const OTHER_CIPHER: &str = "version B is under triple DES, D and E are under AES";

/// The block of a key under a protection key that is carried by a public key of so many bits of strength. It is no weaker
/// than an AES key that it protects; the protection key is looked at by the plan.
///
/// # Errors
/// [`Error::KeySizeRange`]; those of [`Plan::of`].
fn plan(
    protection: &KeyMaterial,
    strength: u64,
    request: &Request<'_>,
    target: &WrapTarget<'_>,
) -> Result<Plan> {
    let is_aes = target.attributes.key_type() == Some(CKK_AES);
    if is_aes && strength < 8 * to_ulong(target.payload.len()) {
        return Err(Error::KeySizeRange(KeyRole::WrappingKey));
    }
    Plan::of(protection, request, target)
}

const TOO_SHORT: Error = Error::Internal("a transported key was given too little room");
