//! Parts of the parameters of Diffie-Hellman mechanisms.

use crate::ck::ObjectHandle;

/// A derivation function of ANSI X9.42; both take SHA-1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum X942Kdf {
    /// `CKD_NULL`: the secret as it is.
    None,
    /// `CKD_SHA1_KDF_ASN1`: the other information is the DER structure `OtherInfo`, which has the counter in it.
    Asn1,
    /// `CKD_SHA1_KDF_CONCATENATE`: secret, counter and other information one after the other.
    Concatenate,
}

/// The second pair of an exchange: our private key, the other side's public number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FurtherPair {
    /// Handle of our private key.
    pub private: ObjectHandle,
    /// The other side's public number.
    pub public_data: Box<[u8]>,
}
