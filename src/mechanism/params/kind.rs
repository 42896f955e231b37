//! [`ParamKind`]: which structure of the standard a mechanism takes.

use super::derivation::DerivationKind;
use crate::mechanism::message::MessageKind;

/// Which parameter a mechanism takes. `abi/params/` reads each kind, and nothing else reads parameters.
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
    /// `CK_CCM_PARAMS`.
    Ccm,
    /// `CK_CHACHA20_PARAMS`.
    ChaCha20,
    /// `CK_SALSA20_PARAMS`.
    Salsa20,
    /// `CK_SALSA20_CHACHA20_POLY1305_PARAMS`.
    StreamPoly1305,
    /// `CK_KEY_DERIVATION_STRING_DATA` with the data to encrypt.
    EncryptData,
    /// `CK_AES_CBC_ENCRYPT_DATA_PARAMS` and its like, with an initialisation vector of 16 bytes.
    CbcEncryptData16,
    /// `CK_DES_CBC_ENCRYPT_DATA_PARAMS`.
    CbcEncryptData8,
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
    /// `CK_OTP_PARAMS`, or none.
    OptionalOtp,
    /// A structure of key derivation.
    Derivation(DerivationKind),
    /// The structure of a message's parameter, or none; nothing of it is kept.
    OptionalMessage(MessageKind),
    /// The other side's public number, big-endian.
    PublicNumber,
    /// `CK_X9_42_DH1_DERIVE_PARAMS`.
    X942Dh1,
    /// `CK_X9_42_DH2_DERIVE_PARAMS`.
    X942Dh2,
    /// `CK_RSA_AES_KEY_WRAP_PARAMS`.
    RsaAesKeyWrap,
    /// `CK_ECDH_AES_KEY_WRAP_PARAMS`.
    EcdhAesKeyWrap,
    /// A flat vendor structure without pointers: so many bytes at least and at most; the family parses it.
    Flat {
        /// Shortest form in bytes.
        min: usize,
        /// Longest form in bytes.
        max: usize,
    },
}
