//! Mechanism parameters: [`ParamKind`] says which C structure a row takes, [`Params`] is what `abi/` read out
//! of it, owned and checked for form (lengths, enumerations). What depends on the key is the mechanism's to check.

mod cipher;
pub mod derivation;
mod dh;
mod flat;
mod kind;
pub mod pq;
mod saved;
mod short;

pub use cipher::CcmParams;
pub use dh::{FurtherPair, X942Kdf};
pub use flat::{FURTHER_KEYS_MAX, FlatSource, FlatWithKeys};
pub use kind::ParamKind;
pub use pq::{Hedge, SignContext};
pub use short::{FlatBytes, ShortBytes};

use crate::ck::ObjectHandle;
use crate::crypto::hash::Hash;
use crate::crypto::prehash::PreHash;
use crate::secret::SecretBytes;
use derivation::DerivationParams;

/// The derivation function of Diffie-Hellman [PKCS#11 3.2, 6.3.17].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EcKdf {
    /// `CKD_…_KDF`: that of ANSI X9.63 with this hash.
    X963(Hash),
    /// `CKD_…_KDF_SP800`: the concatenation of NIST SP 800-56A, 5.8.1 with this hash.
    Sp800(Hash),
}

impl EcKdf {
    /// The hash.
    #[must_use]
    pub const fn hash(self) -> Hash {
        match self {
            Self::X963(hash) | Self::Sp800(hash) => hash,
        }
    }
}

/// A parameter, owned. Data that a caller's pointer named is copied in, so that it stays as it was at Init.
#[derive(Clone, Debug, PartialEq, Eq)]
#[repr(u64)] // a tag of a whole word: moved word by word, which the hot path does several times
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
    /// AES-CCM [PKCS#11 3.2, 6.13].
    Ccm(CcmParams),
    /// ChaCha20 and Salsa20 [PKCS#11 3.2, 6.44 and 6.45].
    Stream {
        /// Number of the first block of key stream.
        counter: u64,
        /// The nonce.
        nonce: ShortBytes,
    },
    /// ChaCha20 and Salsa20 with Poly1305 [PKCS#11 3.2, 6.47].
    StreamPoly1305 {
        /// The nonce.
        nonce: ShortBytes,
        /// Additional authenticated data.
        aad: Box<[u8]>,
    },
    /// A derivation by encryption [PKCS#11 3.2, 6.17].
    EncryptData {
        /// The initialisation vector; empty for ECB.
        iv: ShortBytes,
        /// The data to encrypt.
        data: Box<[u8]>,
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
    /// Length of a MAC in bytes; of CKM_SHA512_T, its HMAC and its derivation, the t in bits.
    MacGeneral(u64),
    /// Elliptic-curve Diffie-Hellman [PKCS#11 3.2, 6.3.19].
    Ecdh1 {
        /// The derivation function; `None` for `CKD_NULL`.
        kdf: Option<EcKdf>,
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
    /// One-time passwords [PKCS#11 3.2, 6.39]: what HOTP makes use of.
    Otp {
        /// The counter.
        counter: Option<u64>,
        /// `CKF_NEXT_OTP`: the one-time password behind the current one.
        next: bool,
        /// The number of digits.
        length: Option<u64>,
    },
    /// Key derivation.
    Derivation(Box<DerivationParams>),
    /// The other side's public number of a Diffie-Hellman exchange [PKCS#11 3.2, 6.4.10].
    PublicNumber(Box<[u8]>),
    /// Diffie-Hellman after ANSI X9.42 [PKCS#11 3.2, 6.4.11].
    X942 {
        /// How the key is derived from the shared secret.
        kdf: X942Kdf,
        /// What goes into the derivation beside the secret.
        other_info: Box<[u8]>,
        /// The other side's public number.
        public_data: Box<[u8]>,
        /// A second pair, for the hybrid form.
        further: Option<FurtherPair>,
    },
    /// Wrapping by AES under a key that RSA-OAEP carries [PKCS#11 3.2, 6.1.19].
    RsaAesKeyWrap {
        /// Length of the AES key in bytes.
        aes_key_len: usize,
        /// [`Params::RsaOaep`].
        oaep: Box<Params>,
    },
    /// Wrapping by AES under a key that elliptic-curve Diffie-Hellman gives [PKCS#11 3.2, 6.3.20 to 6.3.22].
    EcdhAesKeyWrap {
        /// Length of the AES key in bytes.
        aes_key_len: usize,
        /// As in [`Params::Ecdh1`].
        kdf: Option<EcKdf>,
        /// As in [`Params::Ecdh1`].
        shared_data: Box<[u8]>,
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
    Flat(FlatBytes),
    /// A flat vendor structure and the keys that it names.
    FlatWithKeys(Box<FlatWithKeys>),
}

/// Where a parameter comes from. The C boundary implements it over the caller's pointer, so that the mechanism is
/// known before the parameter is read.
pub trait ParamSource {
    /// Reads the parameter in the form of `kind`.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`](crate::error::Error::MechanismParamInvalid) if it is not of that form.
    fn read(&self, kind: ParamKind) -> crate::error::Result<Params>;

    /// Writes what goes back through the parameter, once everything else has gone well: all of it, or nothing.
    /// `handles` are those of the objects that were made and that are not the call's own result.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`](crate::error::Error::MechanismParamInvalid) if there is no place for it, which
    /// [`ParamSource::read`] has looked for.
    fn answer(&self, kind: ParamKind, reply: &Reply, handles: &[ObjectHandle]) -> crate::error::Result<()>;
}

/// What a mechanism gives back through its parameter, beside handles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Nothing.
    None,
    /// The template of this further key is what was wrong; nothing was made [PKCS#11 3.2, 6.28.7].
    Refused(usize),
    /// These bytes: an initialisation vector, the output of a function.
    Bytes(SecretBytes),
    /// A TLS version: major, minor.
    Version([u8; 2]),
    /// The keys of a TLS connection.
    KeyMaterial {
        /// The first two handles are those of MAC keys.
        macs: bool,
        /// The initialisation vectors of client and server.
        ivs: [SecretBytes; 2],
    },
}
