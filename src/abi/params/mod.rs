//! Mechanism parameters: C structures read into owned [`Params`], in the form that the row asks for.
//!
//! The length is checked against the structure before a byte is read; everything that is wrong is
//! [`Error::MechanismParamInvalid`]. What depends on the key is the mechanism's to check. One file per family holds the
//! readers.

mod aes;
mod cipher;
mod derivation;
mod dh;
mod ec;
mod kbkdf;
mod makers;
mod message;
mod otp;
mod pq;
mod rsa;
mod tls;

pub(super) use message::{MessagePlaces, NonceUse, TagUse};

use super::read::{Input, Item, Items, Plain, copied};
use crate::ck::{self, MechanismId, ObjectHandle, sys};
use crate::crypto::hash::Hash;
use crate::error::{Error, Result};
use crate::mechanism::params::{FlatBytes, ParamKind, ParamSource, Params, Reply, ShortBytes};

/// A caller's `CK_MECHANISM`, with its parameter still unread.
pub(super) struct Mechanism<'a> {
    /// `mechanism`.
    pub(super) id: MechanismId,
    /// `pParameter` and `ulParameterLen`.
    pub(super) params: CParam<'a>,
}

impl<'a> Mechanism<'a> {
    /// Reads the structure; `None` if the pointer is NULL.
    ///
    /// # Errors
    /// [`Error::ArgumentsBad`] for a pointer that cannot be.
    pub(super) fn optional(item: Item<'a, sys::CK_MECHANISM>) -> Result<Option<Self>> {
        Ok(item.optional()?.map(|mechanism| Self {
            id: MechanismId(mechanism.mechanism),
            params: CParam {
                pointer: mechanism.pParameter.cast_const().cast(),
                length: mechanism.ulParameterLen,
                caller: std::marker::PhantomData,
            },
        }))
    }

    /// Reads the structure where it must be there.
    ///
    /// # Errors
    /// [`Error::ArgumentsBad`] for NULL.
    pub(super) fn required(item: Item<'a, sys::CK_MECHANISM>) -> Result<Self> {
        Self::optional(item)?.ok_or(Error::ArgumentsBad("pMechanism is NULL"))
    }
}

/// A parameter as the caller named it. Belongs to the call, as all that the caller's structures point at.
pub(super) struct CParam<'a> {
    pointer: *const u8,
    length: u64,
    caller: std::marker::PhantomData<&'a u8>,
}

impl CParam<'_> {
    /// Whether there is nothing of the caller's to read.
    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }
}

impl ParamSource for CParam<'_> {
    fn read(&self, kind: ParamKind) -> Result<Params> {
        match kind {
            ParamKind::None if self.length == 0 => Ok(Params::None),
            ParamKind::None => invalid("the mechanism takes none"),
            ParamKind::OptionalIv(_)
            | ParamKind::OptionalEddsa
            | ParamKind::OptionalOtp
            | ParamKind::OptionalSignContext
                if self.length == 0 =>
            {
                Ok(Params::None)
            }
            ParamKind::Iv(length) | ParamKind::OptionalIv(length) => self.iv(length),
            ParamKind::AesCtr => self.aes_ctr(),
            ParamKind::Gcm => self.gcm(),
            ParamKind::Ccm => self.ccm(),
            ParamKind::ChaCha20 => self.chacha20(),
            ParamKind::Salsa20 => self.salsa20(),
            ParamKind::StreamPoly1305 => self.stream_poly1305(),
            ParamKind::EncryptData => self.encrypt_data(),
            ParamKind::CbcEncryptData16 => self.cbc_encrypt_data_16(),
            ParamKind::CbcEncryptData8 => self.cbc_encrypt_data_8(),
            ParamKind::RsaOaep => self.rsa_oaep(),
            ParamKind::RsaPss => self.rsa_pss(),
            ParamKind::MacGeneral => self
                .structure("CK_MAC_GENERAL_PARAMS has a wrong length")
                .map(Params::MacGeneral),
            ParamKind::Ecdh1 => self.ecdh1(),
            ParamKind::OptionalEddsa => self.eddsa(),
            ParamKind::OptionalOtp => self.otp(),
            ParamKind::Derivation(kind) => self.derivation(kind),
            ParamKind::OptionalMessage(kind) => self.optional_message(kind),
            ParamKind::PublicNumber => self.public_number(),
            ParamKind::X942Dh1 => self.x942_dh1(),
            ParamKind::X942Dh2 => self.x942_dh2(),
            ParamKind::RsaAesKeyWrap => self.rsa_aes_key_wrap(),
            ParamKind::EcdhAesKeyWrap => self.ecdh_aes_key_wrap(),
            ParamKind::OptionalSignContext => self.sign_context(),
            ParamKind::HashSignContext => self.hash_sign_context(),
            ParamKind::Flat { min, max } => self
                .bytes(min, max, "the vendor structure has a wrong length")
                .and_then(flat)
                .map(Params::Flat),
        }
    }

    fn answer(&self, kind: ParamKind, reply: &Reply, handles: &[ObjectHandle]) -> Result<()> {
        match (kind, reply, handles) {
            (ParamKind::Derivation(kind), ..) => self.answer_derivation(kind, reply, handles),
            (_, Reply::None, []) => Ok(()),
            _ => Err(Error::Internal("a reply that the parameter has no place for")),
        }
    }
}

impl<'a> CParam<'a> {
    /// Takes over what the caller named.
    ///
    /// # Safety
    /// Unless `pointer` is NULL, `length` bytes there must be readable for `'a`, and what they point at as the
    /// structure's description says.
    pub(super) const unsafe fn new(pointer: *const u8, length: u64) -> Self {
        Self {
            pointer,
            length,
            caller: std::marker::PhantomData,
        }
    }

    /// The parameter's own bytes, if they are at least `min` and at most `max`.
    fn bytes(&self, min: usize, max: usize, wrong: &'static str) -> Result<&[u8]> {
        match (min..=max).contains(&ck::to_usize(self.length)) {
            true => inner(self.pointer, self.length, u64::MAX),
            false => invalid(wrong),
        }
    }

    /// The parameter as one C structure, if it has that structure's length.
    fn structure<T: Plain>(&self, wrong: &'static str) -> Result<T> {
        if self.length != ck::to_ulong(size_of::<T>()) {
            return invalid(wrong);
        }
        // SAFETY: the caller named `length` readable bytes, and that is the structure's length.
        let item = unsafe { Item::<T>::new(self.pointer.cast()) };
        match item.optional() {
            Ok(Some(structure)) => Ok(structure),
            _ => invalid(wrong),
        }
    }

    fn iv(&self, length: usize) -> Result<Params> {
        let iv = self.bytes(length, length, "the initialisation vector has a wrong length")?;
        Ok(Params::Iv(ShortBytes::new(iv)))
    }
}

fn invalid<T>(why: &'static str) -> Result<T> {
    Err(Error::MechanismParamInvalid(why))
}

/// Most bytes of additional authenticated data in a parameter. What is longer is the length of something else.
const AAD_BYTES_MAX: u64 = 1 << 30;

/// What a pointer inside a parameter names.
fn inner<'a>(pointer: *const u8, length: u64, max: u64) -> Result<&'a [u8]> {
    if length > max {
        return invalid("a length is too large");
    }
    // SAFETY: the standard makes what a parameter points at part of it, so it belongs to the call; the bytes are
    // copied before the parameter's reader returns.
    let input: Input<'a> = unsafe { Items::new(pointer, length) };
    input
        .slice()
        .or_else(|_| invalid("a pointer is NULL where a length is given, or the length cannot be"))
}

fn flat(bytes: &[u8]) -> Result<FlatBytes> {
    match FlatBytes::short(bytes) {
        Some(short) => Ok(short),
        None => copied(bytes).map(FlatBytes::from),
    }
}

fn boxed(bytes: &[u8]) -> Result<Box<[u8]>> {
    copied(bytes).map(Vec::into_boxed_slice)
}

/// The hash of an HMAC, named by itself as the standard has it [PKCS#11 3.2, 6.48], or by the HMAC as SunPKCS11 does
/// it and NSS takes it.
fn hash_of_hmac(mechanism: u64) -> Result<Hash> {
    match MechanismId(mechanism) {
        ck::CKM_SHA_1_HMAC => Ok(Hash::Sha1),
        ck::CKM_SHA224_HMAC => Ok(Hash::Sha224),
        ck::CKM_SHA256_HMAC => Ok(Hash::Sha256),
        ck::CKM_SHA384_HMAC => Ok(Hash::Sha384),
        ck::CKM_SHA512_HMAC => Ok(Hash::Sha512),
        ck::CKM_SHA512_224_HMAC => Ok(Hash::Sha512_224),
        ck::CKM_SHA512_256_HMAC => Ok(Hash::Sha512_256),
        ck::CKM_SHA3_224_HMAC => Ok(Hash::Sha3_224),
        ck::CKM_SHA3_256_HMAC => Ok(Hash::Sha3_256),
        ck::CKM_SHA3_384_HMAC => Ok(Hash::Sha3_384),
        ck::CKM_SHA3_512_HMAC => Ok(Hash::Sha3_512),
        _ => hash(mechanism),
    }
}

/// The hash that a digest mechanism names, in parameters that take any of SHA-1, SHA-2 and SHA-3.
fn hash(mechanism: u64) -> Result<Hash> {
    match MechanismId(mechanism) {
        ck::CKM_SHA_1 => Ok(Hash::Sha1),
        ck::CKM_SHA224 => Ok(Hash::Sha224),
        ck::CKM_SHA256 => Ok(Hash::Sha256),
        ck::CKM_SHA384 => Ok(Hash::Sha384),
        ck::CKM_SHA512 => Ok(Hash::Sha512),
        ck::CKM_SHA512_224 => Ok(Hash::Sha512_224),
        ck::CKM_SHA512_256 => Ok(Hash::Sha512_256),
        ck::CKM_SHA3_224 => Ok(Hash::Sha3_224),
        ck::CKM_SHA3_256 => Ok(Hash::Sha3_256),
        ck::CKM_SHA3_384 => Ok(Hash::Sha3_384),
        ck::CKM_SHA3_512 => Ok(Hash::Sha3_512),
        _ => invalid("the hash is not supported"),
    }
}

fn mgf(function: u64) -> Result<Hash> {
    match function {
        sys::CKG_MGF1_SHA1 => Ok(Hash::Sha1),
        sys::CKG_MGF1_SHA224 => Ok(Hash::Sha224),
        sys::CKG_MGF1_SHA256 => Ok(Hash::Sha256),
        sys::CKG_MGF1_SHA384 => Ok(Hash::Sha384),
        sys::CKG_MGF1_SHA512 => Ok(Hash::Sha512),
        sys::CKG_MGF1_SHA3_224 => Ok(Hash::Sha3_224),
        sys::CKG_MGF1_SHA3_256 => Ok(Hash::Sha3_256),
        sys::CKG_MGF1_SHA3_384 => Ok(Hash::Sha3_384),
        sys::CKG_MGF1_SHA3_512 => Ok(Hash::Sha3_512),
        _ => invalid("the mask generation function is not supported"),
    }
}

/// The length in bytes of an AES key whose bits a parameter tells.
fn aes_key_len(bits: u64) -> Result<usize> {
    match bits {
        128 | 192 | 256 => Ok(ck::to_usize(bits / 8)),
        _ => invalid("an AES key has 128, 192 or 256 bits"),
    }
}

#[cfg(test)]
mod asymmetric_tests;
#[cfg(test)]
mod cipher_tests;
#[cfg(test)]
mod tests;
