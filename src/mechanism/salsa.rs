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
use super::stream_cipher::{StreamAead, StreamAeads, StreamCipher, StreamCiphers};
use crate::ck::*;
use crate::crypto::salsa20::{self, Salsa20, SalsaPolyEncryption, SalsaPolyKey, TAG_LEN};
use crate::error::{Error, Result};

const KEYS: KeyRule = KeyRule {
    types: &[CKK_SALSA20],
    sizes: KeySizes::bytes(32, 32),
    ..KeyRule::NONE
};

const fn row(
    id: MechanismId,
    section: &'static str,
    libraries: &'static [Library],
    params: ParamKind,
    roles: Roles,
) -> MechanismSpec {
    MechanismSpec {
        id,
        section,
        libraries,
        params,
        key: KEYS,
        roles,
        standing: Standing::CURRENT,
    }
}

const AEAD: Roles = Roles {
    encrypt: Some(&Seal(StreamAeads::<Salsa20Poly1305>::NEW)),
    decrypt: Some(&Open(StreamAeads::<Salsa20Poly1305>::NEW)),
    ..Roles::NONE
}
.with_messages(&StreamAeads::<Salsa20Poly1305>::NEW);

/// The rows.
#[rustfmt::skip]
pub static ROWS: &[MechanismSpec] = &[
    generate::row(CKM_SALSA20_KEY_GEN, "PKCS#11 3.2, 6.45.4", KEYS.types, KEYS.sizes, &FixedValue(32)),
    row(CKM_SALSA20, "PKCS#11 3.2, 6.45.5", &[SALSA20], ParamKind::Salsa20, StreamCiphers::<Salsa20>::WRAPPING),
    row(CKM_SALSA20_POLY1305, "PKCS#11 3.2, 6.47.2", &[SALSA20, AWS_LC], ParamKind::StreamPoly1305, AEAD),
];

impl StreamCipher for Salsa20 {
    fn begin(key: &SecretKey, nonce: &[u8], counter: u64) -> Result<Self> {
        let key = key
            .value()
            .try_into()
            .map_err(|_| Error::Internal("a key of a stream cipher has 32 bytes"))?;
        Self::new(key, nonce, counter)
    }

    fn has(&self, length: usize) -> bool {
        Self::has(self, length)
    }

    fn apply(&mut self, input: &[u8], out: &mut [u8]) -> Result<()> {
        Self::apply(self, input, out)
    }
}

/// The AEAD. Its key needs no preparation.
struct Salsa20Poly1305;

impl StreamAead for Salsa20Poly1305 {
    type Key = SalsaPolyKey;
    type Sealing = SalsaPolyEncryption;

    fn check(nonce: &[u8], aad: &[u8]) -> Result<()> {
        salsa20::check_nonce(nonce)?;
        salsa20::check_aad(aad)
    }

    fn with_key<T>(key: &SecretKey, f: impl FnOnce(&SalsaPolyKey) -> Result<T>) -> Result<T> {
        f(&SalsaPolyKey::new(key.value())?)
    }

    fn seal(
        key: &SalsaPolyKey,
        nonce: &[u8],
        aad: &[u8],
        input: &[u8],
        out: &mut [u8],
        tag: &mut [u8; TAG_LEN],
    ) -> Result<()> {
        key.seal(nonce, aad, input, out, tag)
    }

    fn open(
        key: &SalsaPolyKey,
        nonce: &[u8],
        aad: &[u8],
        input: &[u8],
        tag: &[u8; TAG_LEN],
        out: &mut [u8],
    ) -> Result<()> {
        key.open(nonce, aad, input, tag, out)
    }

    fn begin(key: &SalsaPolyKey, nonce: &[u8], aad: &[u8]) -> Result<SalsaPolyEncryption> {
        key.stream(nonce, aad)
    }

    fn update(sealing: &mut SalsaPolyEncryption, input: &[u8], out: &mut [u8]) -> Result<()> {
        sealing.update(input, out)
    }

    fn finish(sealing: SalsaPolyEncryption) -> [u8; TAG_LEN] {
        sealing.finish()
    }
}
