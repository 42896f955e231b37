//! Other numbers under which clients ask for a generation: the client works, and the key says by CKA_KEY_GEN_MECHANISM
//! what truly made it. No list shows them; docs/behaviour.md does.

use crate::ck::*;

/// Where numbers of nCipher's begin: `CKM_VENDOR_DEFINED | 0xde436972`.
const NCIPHER: u64 = 0xde43_6972;

/// What was asked for, and what is meant.
const GENERATION: &[(MechanismId, MechanismId)] = &[
    // GnuTLS names the mechanism that signs for the pair that is to sign.
    (CKM_EDDSA, CKM_EC_EDWARDS_KEY_PAIR_GEN),
    // crypto11 (Go) makes its HMAC keys with nothing else.
    (MechanismId(NCIPHER + 0x03), CKM_SHA_1_KEY_GEN),
    (MechanismId(NCIPHER + 0x24), CKM_SHA224_KEY_GEN),
    (MechanismId(NCIPHER + 0x25), CKM_SHA256_KEY_GEN),
    (MechanismId(NCIPHER + 0x26), CKM_SHA384_KEY_GEN),
    (MechanismId(NCIPHER + 0x27), CKM_SHA512_KEY_GEN),
];

/// The mechanism that generates what was asked for.
pub(super) fn generation(asked: MechanismId) -> MechanismId {
    let meant = GENERATION.iter().find(|(alias, _)| *alias == asked);
    meant.map_or(asked, |(_, meant)| *meant)
}
