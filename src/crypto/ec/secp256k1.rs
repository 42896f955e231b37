//! secp256k1 on the `k256` crate. Nonces are deterministic [RFC 6979]. Signatures whose s is in the upper half, which
//! Bitcoin forbids and PKCS#11 does not, are accepted; ours are in the lower half.

use k256::ecdh::diffie_hellman;
use k256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use k256::ecdsa::{Signature, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use crate::crypto::rng;
use crate::error::{Error, Result};

/// Bytes of a field element and of a scalar.
const FIELD_LEN: usize = 32;
/// How often a random scalar is drawn; one is out of range with probability 2^-128.
const DRAWS_MAX: usize = 4;

const NOT_A_POINT: Error = Error::PublicKeyInvalid("not a point of the curve");

pub(super) struct PublicKey(VerifyingKey);

pub(super) struct PrivateKey(SigningKey);

/// The 32 bytes that ECDSA signs: the leftmost of a long digest; a short one is a smaller number.
fn to_field(digest: &[u8]) -> [u8; FIELD_LEN] {
    let mut out = [0; FIELD_LEN];
    let start = FIELD_LEN.saturating_sub(digest.len());
    for (to, from) in out.iter_mut().skip(start).zip(digest) {
        *to = *from;
    }
    out
}

fn write_point(key: &VerifyingKey, out: &mut [u8]) -> Result<()> {
    let point = key.to_sec1_point(false);
    if point.len() != out.len() {
        return Err(Error::Internal("secp256k1 point"));
    }
    out.copy_from_slice(point.as_bytes());
    Ok(())
}

/// A key from its point. The crate knows no hybrid form, whose first byte says again whether y is odd [X9.62, 4.3.6].
fn read_point(point: &[u8]) -> Result<VerifyingKey> {
    let mut plain = [0x04; 1 + 2 * FIELD_LEN];
    let point = match point {
        [form @ (0x06 | 0x07), coordinates @ .., last]
            if form & 1 == last & 1 && point.len() == plain.len() =>
        {
            for (to, from) in plain.iter_mut().skip(1).zip(coordinates.iter().chain([last])) {
                *to = *from;
            }
            &plain
        }
        other => other,
    };
    VerifyingKey::from_sec1_bytes(point).map_err(|_| NOT_A_POINT)
}

impl PublicKey {
    pub(super) fn from_point(point: &[u8]) -> Result<Self> {
        read_point(point).map(Self)
    }

    pub(super) fn write_point(&self, out: &mut [u8]) -> Result<()> {
        write_point(&self.0, out)
    }

    pub(super) fn verify(&self, digest: &[u8], r: &[u8], s: &[u8]) -> bool {
        Signature::from_scalars(to_field(r), to_field(s)).is_ok_and(|signature| {
            self.0
                .verify_prehash(&to_field(digest), &signature.normalize_s())
                .is_ok()
        })
    }
}

impl PrivateKey {
    pub(super) fn generate() -> Result<Self> {
        let mut scalar = Zeroizing::new([0; FIELD_LEN]);
        for _ in 0..DRAWS_MAX {
            rng::system(scalar.as_mut())?;
            if let Some(key) = Self::from_scalar(scalar.as_ref()) {
                return Ok(key);
            }
        }
        Err(Error::Crypto("no secp256k1 scalar was found"))
    }

    /// A key from at most 32 bytes; `None` if they are 0 or not below the order.
    pub(super) fn from_scalar(scalar: &[u8]) -> Option<Self> {
        let padded = Zeroizing::new(to_field(scalar));
        SigningKey::from_slice(padded.as_ref()).ok().map(Self)
    }

    pub(super) fn write_scalar(&self, out: &mut [u8]) -> Result<()> {
        let mut scalar = Zeroizing::new([0; FIELD_LEN]);
        scalar.copy_from_slice(&self.0.to_bytes());
        let out = out.first_chunk_mut().ok_or(Error::Internal("secp256k1 scalar"))?;
        *out = *scalar;
        Ok(())
    }

    pub(super) fn write_point(&self, out: &mut [u8]) -> Result<()> {
        write_point(self.0.verifying_key(), out)
    }

    pub(super) fn sign(&self, digest: &[u8], out: &mut [u8]) -> Result<()> {
        let signature: Signature = self
            .0
            .sign_prehash(&to_field(digest))
            .map_err(|_| Error::Crypto("secp256k1 signing"))?;
        let out = out
            .first_chunk_mut::<{ 2 * FIELD_LEN }>()
            .ok_or(Error::Internal("ECDSA output"))?;
        out.copy_from_slice(&signature.to_bytes());
        Ok(())
    }

    pub(super) fn shared_x(&self, peer: &[u8], out: &mut [u8]) -> Result<()> {
        let peer = read_point(peer)?;
        let shared = diffie_hellman(self.0.as_nonzero_scalar(), peer.as_affine());
        let out = out
            .first_chunk_mut::<FIELD_LEN>()
            .ok_or(Error::Internal("ECDH output"))?;
        out.copy_from_slice(shared.raw_secret_bytes());
        Ok(())
    }
}
