//! The parameters of ciphers that are more than a few fields.

use super::ShortBytes;

/// AES-CCM [PKCS#11 3.2, 6.13].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CcmParams {
    /// Length of the message in bytes, without the tag.
    pub data_len: u64,
    /// The nonce.
    pub nonce: ShortBytes,
    /// Additional authenticated data.
    pub aad: Box<[u8]>,
    /// Length of the tag in bytes.
    pub tag_len: usize,
}
