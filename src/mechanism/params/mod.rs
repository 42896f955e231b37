//! Mechanism parameters: [`ParamKind`] says which C structure a row takes, [`Params`] is what `abi/` read out
//! of it, owned and checked for form (lengths, enumerations). What depends on the key is the mechanism's to check.

pub mod pq;

use crate::crypto::hash::Hash;
use crate::crypto::prehash::PreHash;
pub use pq::{Hedge, SignContext};

/// Which parameter a mechanism takes. `abi/params.rs` reads each kind, and nothing else reads parameters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParamKind {
    /// None: `pParameter` must be NULL or of length 0.
    None,
    /// An initialisation vector of exactly so many bytes.
    Iv(usize),
    /// An initialisation vector of exactly so many bytes, or none: the standard's default then applies.
    OptionalIv(usize),
    /// `CK_AES_CTR_PARAMS`.
    AesCtr,
    /// `CK_GCM_PARAMS`, also in the older form without `ulIvBits`.
    Gcm,
    /// `CK_RSA_PKCS_OAEP_PARAMS`.
    RsaOaep,
    /// `CK_RSA_PKCS_PSS_PARAMS`.
    RsaPss,
    /// `CK_MAC_GENERAL_PARAMS`.
    MacGeneral,
    /// `CK_ECDH1_DERIVE_PARAMS`.
    Ecdh1,
    /// `CK_EDDSA_PARAMS`, or none for the pure scheme.
    OptionalEddsa,
    /// `CK_SIGN_ADDITIONAL_CONTEXT`, or none: hedged, without a context.
    OptionalSignContext,
    /// `CK_HASH_SIGN_ADDITIONAL_CONTEXT`.
    HashSignContext,
    /// A flat vendor structure without pointers: so many bytes at least and at most; the family parses it.
    Flat {
        /// Shortest form in bytes.
        min: usize,
        /// Longest form in bytes.
        max: usize,
    },
}

/// A parameter, owned. Data that a caller's pointer named is copied in, so that it stays as it was at Init.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Params {
    /// No parameter.
    None,
    /// An initialisation vector.
    Iv(ShortBytes),
    /// Counter mode [PKCS#11 3.2, 6.11].
    AesCtr {
        /// Bits of the counter, 1 to 128.
        counter_bits: u32,
        /// The first counter block.
        block: [u8; 16],
    },
    /// Galois/counter mode [PKCS#11 3.2, 6.13].
    Gcm {
        /// The initialisation vector, at least one byte.
        iv: ShortBytes,
        /// Additional authenticated data.
        aad: Box<[u8]>,
        /// Length of the tag in bits, as the caller gave it.
        tag_bits: u64,
    },
    /// RSA-OAEP [PKCS#11 3.2, 6.1.8].
    RsaOaep {
        /// Hash of the label.
        hash: Hash,
        /// Hash of the mask.
        mgf: Hash,
        /// The label; empty if the caller gave none.
        label: Box<[u8]>,
    },
    /// RSA-PSS [PKCS#11 3.2, 6.1.10].
    RsaPss {
        /// Hash of the message.
        hash: Hash,
        /// Hash of the mask.
        mgf: Hash,
        /// Length of the salt in bytes.
        salt_len: usize,
    },
    /// Length of a MAC in bytes.
    MacGeneral(u64),
    /// Elliptic-curve Diffie-Hellman [PKCS#11 3.2, 6.3.19].
    Ecdh1 {
        /// `CKD_NULL` is `None`; otherwise the hash of the ANSI X9.63 derivation.
        kdf: Option<Hash>,
        /// The shared information of the derivation.
        shared_data: Box<[u8]>,
        /// The other side's public point, raw or as a DER octet string.
        public_data: Box<[u8]>,
    },
    /// EdDSA [PKCS#11 3.2, 6.3.16].
    Eddsa {
        /// `phFlag`: the message is hashed first.
        prehash: bool,
        /// The context, at most 255 bytes.
        context: Box<[u8]>,
    },
    /// Post-quantum signatures [PKCS#11 3.2, 6.53 and 6.55].
    SignContext(SignContext),
    /// Post-quantum signatures of a digest that the caller made.
    HashSignContext {
        /// The hash that made it.
        hash: PreHash,
        /// The rest.
        context: SignContext,
    },
    /// A flat vendor structure.
    Flat(Box<[u8]>),
}

/// Bytes that are usually few: up to 16 are held in place, without an allocation.
#[derive(Clone, PartialEq, Eq)]
pub struct ShortBytes {
    inline: [u8; 16],
    length: usize,
    long: Option<Box<[u8]>>,
}

impl ShortBytes {
    /// Copies the bytes.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        let mut inline = [0; 16];
        match inline.get_mut(..bytes.len()) {
            Some(start) => {
                start.copy_from_slice(bytes);
                Self {
                    inline,
                    length: bytes.len(),
                    long: None,
                }
            }
            None => Self {
                inline,
                length: bytes.len(),
                long: Some(bytes.into()),
            },
        }
    }
}

impl std::ops::Deref for ShortBytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match &self.long {
            Some(long) => long,
            None => self.inline.get(..self.length).unwrap_or_default(),
        }
    }
}

impl std::fmt::Debug for ShortBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{} bytes]", self.length)
    }
}

/// Where a parameter comes from. The C boundary implements it over the caller's pointer, so that the mechanism is
/// known before the parameter is read.
pub trait ParamSource {
    /// Reads the parameter in the form of `kind`.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`](crate::error::Error::MechanismParamInvalid) if it is not of that form.
    fn read(&self, kind: ParamKind) -> crate::error::Result<Params>;
}
