//! Salsa20, and its AEAD with Poly1305 [PKCS#11 3.2, 6.45 and 6.47].
//!
//! The standard says of the AEAD only that the papers on Salsa20 and Poly1305 describe it. It is NaCl's secret box
//! here, with the tag behind the ciphertext; that has no additional data.

use super::aead::{Open, Seal};
use super::generate::{self, FixedValue};
use super::library::{AWS_LC, Library, SALSA20};
use super::params::ParamKind;
use super::secret_key::SecretKey;
use super::spec::{KeyRule, KeySizes, MechanismSpec, Roles};
use super::standing::Standing;
use super::stream_cipher::{StreamAead, StreamAeads, StreamCiphers};
use crate::ck::*;
use crate::crypto::salsa20::{Salsa20, SalsaPolyKey};
use crate::error::Result;

const KEYS: KeyRule = KeyRule {
    types: &[CKK_SALSA20],
    sizes: KeySizes::bytes(32, 32),
    ..KeyRule::NONE
};

/// What [PKCS#11 3.2, 6.45.5] has for the cipher alone, where the generation of keys is in bytes and nothing is said of the
/// AEAD.
const CIPHER: KeyRule = KeyRule {
    sizes: KeySizes::bits(256, 256),
    ..KEYS
};

const fn row(
    id: MechanismId,
    section: &'static str,
    libraries: &'static [Library],
    params: ParamKind,
    key: KeyRule,
    roles: Roles,
) -> MechanismSpec {
    MechanismSpec {
        id,
        section,
        libraries,
        params,
        key,
        roles,
        standing: Standing::CURRENT,
    }
}

const AEAD: Roles = Roles {
    encrypt: Some(&Seal(StreamAeads::<SalsaPolyKey>::NEW)),
    decrypt: Some(&Open(StreamAeads::<SalsaPolyKey>::NEW)),
    ..Roles::NONE
}
.with_messages(&StreamAeads::<SalsaPolyKey>::NEW);

/// The rows.
#[rustfmt::skip]
pub static ROWS: &[MechanismSpec] = &[
    generate::row(CKM_SALSA20_KEY_GEN, "PKCS#11 3.2, 6.45.4", KEYS.types, KEYS.sizes, &FixedValue(32)),
    row(CKM_SALSA20, "PKCS#11 3.2, 6.45.5", &[SALSA20], ParamKind::Salsa20, CIPHER, StreamCiphers::<Salsa20>::WRAPPING),
    row(CKM_SALSA20_POLY1305, "PKCS#11 3.2, 6.47.2", &[SALSA20, AWS_LC], ParamKind::StreamPoly1305, KEYS, AEAD),
];

impl StreamAead for SalsaPolyKey {
    /// The key needs no preparation.
    fn with_key<T>(key: &SecretKey, f: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        f(&Self::new(key.value())?)
    }
}
