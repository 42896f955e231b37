//! ChaCha20, Poly1305, and the AEAD of both [PKCS#11 3.2, 6.44, 6.46 and 6.47].

use super::aead::{Open, Seal};
use super::generate::{self, FixedValue};
use super::library::AWS_LC;
use super::mac::{self, Algorithm, Mac};
use super::params::ParamKind;
use super::secret_key::SecretKey;
use super::spec::{KeyRule, KeySizes, MechanismSpec, Roles};
use super::standing::Standing;
use super::stream_cipher::{StreamAead, StreamAeads, StreamCipher, StreamCiphers};
use crate::ck::*;
use crate::crypto::chacha20::{ChaCha20, ChaChaPolyEncryption, ChaChaPolyKey, KEY_LEN, TAG_LEN, check_nonce};
use crate::crypto::poly1305::{MAC_LEN, Poly1305};
use crate::error::{Error, Result};

const SIZES: KeySizes = KeySizes::bytes(32, 32);

const CHACHA20: KeyRule = KeyRule {
    types: &[CKK_CHACHA20],
    sizes: SIZES,
    ..KeyRule::NONE
};

const POLY1305: KeyRule = KeyRule {
    types: &[CKK_POLY1305],
    ..CHACHA20
};

const fn row(id: MechanismId, section: &'static str, params: ParamKind, roles: Roles) -> MechanismSpec {
    MechanismSpec {
        id,
        section,
        libraries: &[AWS_LC],
        params,
        key: CHACHA20,
        roles,
        standing: Standing::CURRENT,
    }
}

const AEAD: Roles = Roles {
    encrypt: Some(&Seal(StreamAeads::<ChaCha20Poly1305>::NEW)),
    decrypt: Some(&Open(StreamAeads::<ChaCha20Poly1305>::NEW)),
    ..Roles::NONE
}
.with_messages(&StreamAeads::<ChaCha20Poly1305>::NEW);

/// The rows.
#[rustfmt::skip]
pub static ROWS: &[MechanismSpec] = &[
    generate::row(CKM_CHACHA20_KEY_GEN, "PKCS#11 3.2, 6.44.4", CHACHA20.types, SIZES, &FixedValue(32)),
    row(CKM_CHACHA20, "PKCS#11 3.2, 6.44.5", ParamKind::ChaCha20, StreamCiphers::<ChaCha20>::WRAPPING),
    generate::row(CKM_POLY1305_KEY_GEN, "PKCS#11 3.2, 6.46", POLY1305.types, SIZES, &FixedValue(32)),
    // The standard's table ticks encryption and wrapping; its text describes a MAC.
    mac::row(CKM_POLY1305, "PKCS#11 3.2, 6.46.3", &[AWS_LC], ParamKind::None, POLY1305, &Mac(Poly)),
    row(CKM_CHACHA20_POLY1305, "PKCS#11 3.2, 6.47.2", ParamKind::StreamPoly1305, AEAD),
];

impl StreamCipher for ChaCha20 {
    fn begin(key: &SecretKey, nonce: &[u8], counter: u64) -> Result<Self> {
        Self::new(whole(key)?, nonce, counter)
    }

    fn has(&self, length: usize) -> bool {
        Self::has(self, length)
    }

    fn apply(&mut self, input: &[u8], out: &mut [u8]) -> Result<()> {
        Self::apply(self, input, out)
    }
}

fn whole(key: &SecretKey) -> Result<&[u8; KEY_LEN]> {
    key.value()
        .try_into()
        .map_err(|_| Error::Internal("a key of a stream cipher has 32 bytes"))
}

/// The AEAD.
struct ChaCha20Poly1305;

impl StreamAead for ChaCha20Poly1305 {
    type Key = ChaChaPolyKey;
    type Sealing = ChaChaPolyEncryption;

    fn check(nonce: &[u8], _aad: &[u8]) -> Result<()> {
        check_nonce(nonce)
    }

    fn with_key<T>(key: &SecretKey, f: impl FnOnce(&ChaChaPolyKey) -> Result<T>) -> Result<T> {
        f(key.chacha_poly()?)
    }

    fn seal(
        key: &ChaChaPolyKey,
        nonce: &[u8],
        aad: &[u8],
        input: &[u8],
        out: &mut [u8],
        tag: &mut [u8; TAG_LEN],
    ) -> Result<()> {
        key.seal(nonce, aad, input, out, tag)
    }

    fn open(
        key: &ChaChaPolyKey,
        nonce: &[u8],
        aad: &[u8],
        input: &[u8],
        tag: &[u8; TAG_LEN],
        out: &mut [u8],
    ) -> Result<()> {
        key.open(nonce, aad, input, tag, out)
    }

    fn begin(key: &ChaChaPolyKey, nonce: &[u8], aad: &[u8]) -> Result<ChaChaPolyEncryption> {
        key.stream(nonce, aad)
    }

    fn update(sealing: &mut ChaChaPolyEncryption, input: &[u8], out: &mut [u8]) -> Result<()> {
        sealing.update(input, out)
    }

    fn finish(sealing: ChaChaPolyEncryption) -> [u8; TAG_LEN] {
        sealing.finish()
    }
}

/// Poly1305, whose keys are good for one message; the standard leaves that to the caller.
#[derive(Clone, Copy)]
struct Poly;

impl Algorithm for Poly {
    type State = Option<Poly1305>;

    fn mac_len(self) -> usize {
        MAC_LEN
    }

    fn mac(self, key: &SecretKey, data: &[u8], out: &mut [u8]) -> Result<()> {
        let mut state = self.begin(key)?;
        self.update(key, &mut state, data)?;
        self.finish(key, &mut state, out)
    }

    fn begin(self, key: &SecretKey) -> Result<Self::State> {
        Ok(Some(Poly1305::new(whole(key)?)))
    }

    fn update(self, _key: &SecretKey, state: &mut Self::State, data: &[u8]) -> Result<()> {
        state.as_mut().ok_or(OVER)?.update(data);
        Ok(())
    }

    fn finish(self, _key: &SecretKey, state: &mut Self::State, out: &mut [u8]) -> Result<()> {
        let mac = state.take().ok_or(OVER)?.finish();
        out.iter_mut().zip(mac.iter()).for_each(|(to, from)| *to = *from);
        Ok(())
    }
}

const OVER: Error = Error::Internal("a MAC that is over");
