//! ChaCha20, Poly1305, and the AEAD of both [PKCS#11 3.2, 6.44, 6.46 and 6.47].

use super::aead::{Open, Seal};
use super::generate::{self, FixedValue};
use super::library::AWS_LC;
use super::mac::{self, Algorithm, Mac};
use super::params::ParamKind;
use super::secret_key::SecretKey;
use super::spec::{KeyRule, KeySizes, MechanismSpec, Roles};
use super::standing::Standing;
use super::stream_cipher::{StreamAead, StreamAeads, StreamCiphers, whole};
use crate::ck::*;
use crate::crypto::chacha20::{ChaCha20, ChaChaPolyKey};
use crate::crypto::poly1305::{MAC_LEN, Poly1305};
use crate::error::{Error, Result};

const SIZES: KeySizes = KeySizes::bytes(32, 32);

/// What [PKCS#11 3.2, 6.44.5] has for the cipher alone, where the generation of keys is in bytes and nothing is said of the
/// rest.
const CIPHER: KeyRule = KeyRule {
    sizes: KeySizes::bits(256, 256),
    ..CHACHA20
};

const CHACHA20: KeyRule = KeyRule {
    types: &[CKK_CHACHA20],
    sizes: SIZES,
    ..KeyRule::NONE
};

const POLY1305: KeyRule = KeyRule {
    types: &[CKK_POLY1305],
    ..CHACHA20
};

const fn row(
    id: MechanismId,
    section: &'static str,
    params: ParamKind,
    key: KeyRule,
    roles: Roles,
) -> MechanismSpec {
    MechanismSpec {
        id,
        section,
        libraries: &[AWS_LC],
        params,
        key,
        roles,
        standing: Standing::CURRENT,
    }
}

const AEAD: Roles = Roles {
    encrypt: Some(&Seal(StreamAeads::<ChaChaPolyKey>::NEW)),
    decrypt: Some(&Open(StreamAeads::<ChaChaPolyKey>::NEW)),
    ..Roles::NONE
}
.with_messages(&StreamAeads::<ChaChaPolyKey>::NEW);

/// The rows.
#[rustfmt::skip]
pub static ROWS: &[MechanismSpec] = &[
    generate::row(CKM_CHACHA20_KEY_GEN, "PKCS#11 3.2, 6.44.4", CHACHA20.types, SIZES, &FixedValue(32)),
    row(CKM_CHACHA20, "PKCS#11 3.2, 6.44.5", ParamKind::ChaCha20, CIPHER, StreamCiphers::<ChaCha20>::WRAPPING),
    generate::row(CKM_POLY1305_KEY_GEN, "PKCS#11 3.2, 6.46", POLY1305.types, SIZES, &FixedValue(32)),
    // The standard's table ticks encryption and wrapping; its text describes a MAC.
    mac::row(CKM_POLY1305, "PKCS#11 3.2, 6.46.3", &[AWS_LC], ParamKind::None, POLY1305, &Mac(Poly)),
    row(CKM_CHACHA20_POLY1305, "PKCS#11 3.2, 6.47.2", ParamKind::StreamPoly1305, CHACHA20, AEAD),
];

impl StreamAead for ChaChaPolyKey {
    fn with_key<T>(key: &SecretKey, f: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        f(key.chacha_poly()?)
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
