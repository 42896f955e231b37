//! Ed448 [RFC 8032, 5.2] and X448 [RFC 7748] on `ed448-goldilocks` and `x448`: byte arrays in and out. The crates are
//! young and nobody has audited them, so that what stands on them is off unless it is asked for.
//!
//! Only `crypto/edwards.rs` and `crypto/montgomery.rs` may call.

use ed448_goldilocks::shake::Shake256;
use ed448_goldilocks::shake::digest::{ExtendableOutput, Update, XofReader};
use ed448_goldilocks::{PreHash, Signature, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// Bytes of an Ed448 seed and of a public key.
pub(super) const EDWARDS_LEN: usize = 57;
/// Bytes of an Ed448 signature.
pub(super) const SIGNATURE_LEN: usize = 114;
/// Bytes of an X448 private key, a public key and a shared secret.
pub(super) const MONTGOMERY_LEN: usize = 56;

/// What is signed.
#[derive(Clone, Copy)]
pub(super) enum Form<'a> {
    /// Ed448 with a context, which may be empty.
    Plain(&'a [u8]),
    /// Ed448ph with a context: the message is given as its digest.
    Prehashed(&'a [u8]),
}

/// A digest that was made before.
struct Digest([u8; 64]);

impl PreHash for Digest {
    fn fill_bytes(&mut self, out: &mut [u8]) {
        for (to, from) in out.iter_mut().zip(self.0) {
            *to = from;
        }
    }
}

fn digest(message: &[u8]) -> Result<Digest> {
    let digest = message.try_into();
    digest
        .map(Digest)
        .map_err(|_| Error::Crypto("Ed448ph signs a digest of 64 bytes"))
}

fn check_context(context: &[u8]) -> Result<()> {
    match context.len() {
        0..=255 => Ok(()),
        _ => Err(Error::Crypto("an Ed448 context has at most 255 bytes")),
    }
}

/// 2^448 - 2^224 - 1, the field's prime, little-endian.
const PRIME: [u8; 56] = {
    let mut prime = [0xff; 56];
    let (_, upper) = prime.split_at_mut(28);
    if let Some(first) = upper.first_mut() {
        *first = 0xfe;
    }
    prime
};

/// Whether a point is encoded as RFC 8032, 5.2.3 wants it: a coordinate below the prime, and no bits beside it and the
/// sign. The crate passes over both.
fn is_canonical(point: &[u8]) -> bool {
    match point.split_last() {
        Some((last, coordinate)) => last & 0x7f == 0 && coordinate.iter().rev().lt(PRIME.iter().rev()),
        None => false,
    }
}

/// A public key of Ed448.
pub(super) struct EdwardsPublic(VerifyingKey);

impl EdwardsPublic {
    /// A key of its bytes; `None` if they are not the encoding of a point, or that of the neutral one.
    pub(super) fn from_bytes(bytes: &[u8; EDWARDS_LEN]) -> Option<Self> {
        let key = is_canonical(bytes).then(|| VerifyingKey::from_bytes(bytes).ok());
        key.flatten().map(Self)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Whether the signature fits.
    pub(super) fn verify(&self, form: Form<'_>, message: &[u8], signature: &[u8]) -> Result<bool> {
        let Ok(signature) = Signature::from_slice(signature) else {
            return Ok(false);
        };
        if !is_canonical(signature.r_bytes()) {
            return Ok(false);
        }
        let answer = match form {
            Form::Plain(context) => {
                check_context(context)?;
                self.0.verify_ctx(&signature, context, message)
            }
            Form::Prehashed(context) => {
                check_context(context)?;
                self.0
                    .verify_prehashed(&signature, Some(context), digest(message)?)
            }
        };
        Ok(answer.is_ok())
    }
}

/// A key pair of Ed448; the crate wipes it.
pub(super) struct EdwardsPrivate(SigningKey);

impl EdwardsPrivate {
    pub(super) fn from_seed(seed: &[u8; EDWARDS_LEN]) -> Self {
        let seed = Zeroizing::new((*seed).into());
        Self(SigningKey::from(&*seed))
    }

    pub(super) fn seed(&self) -> &[u8] {
        self.0.as_bytes()
    }

    pub(super) fn public_bytes(&self) -> Vec<u8> {
        self.0.verifying_key().as_bytes().to_vec()
    }

    /// Signs into `out`, which has [`SIGNATURE_LEN`] bytes.
    pub(super) fn sign(&self, form: Form<'_>, message: &[u8], out: &mut [u8]) -> Result<()> {
        const FAILED: Error = Error::Crypto("Ed448 signing");
        let signature = match form {
            Form::Plain(context) => {
                check_context(context)?;
                self.0.sign_ctx(context, message)
            }
            Form::Prehashed(context) => {
                check_context(context)?;
                self.0.sign_prehashed(Some(context), digest(message)?)
            }
        };
        let signature = signature.map_err(|_| FAILED)?.to_bytes();
        let out: &mut [u8; SIGNATURE_LEN] = out.try_into().map_err(|_| Error::Internal("EdDSA output"))?;
        *out = signature;
        Ok(())
    }
}

/// SHAKE256 of a message that comes in pieces, with 64 bytes of output: what Ed448ph signs.
#[derive(Default)]
pub(super) struct Shake(Shake256);

impl Shake {
    pub(super) fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    pub(super) fn finish(&mut self, out: &mut [u8; 64]) {
        std::mem::take(&mut self.0).finalize_xof().read(out);
    }
}

/// The X448 public key of a private key.
pub(super) fn x448_public(private: &[u8; MONTGOMERY_LEN]) -> [u8; MONTGOMERY_LEN] {
    x448::x448_unchecked(*private, x448::X448_BASEPOINT_BYTES)
}

/// The X448 shared secret; `None` if the other side's key has a small order, so that the secret is all zeros.
pub(super) fn x448(
    private: &[u8; MONTGOMERY_LEN],
    peer: &[u8; MONTGOMERY_LEN],
) -> Option<Zeroizing<[u8; MONTGOMERY_LEN]>> {
    let shared = Zeroizing::new(x448::x448_unchecked(*private, *peer));
    let any = shared.iter().fold(0, |any, byte| any | byte);
    (any != 0).then_some(shared)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coordinate_has_one_encoding() {
        let mut point = [0; EDWARDS_LEN];
        assert!(is_canonical(&point));
        point[56] = 0x80;
        assert!(is_canonical(&point));
        for bit in 0..7 {
            point[56] = 1 << bit;
            assert!(!is_canonical(&point));
        }
        let with = |number: [u8; 56]| [&number[..], &[0]].concat();
        assert!(!is_canonical(&with(PRIME)));
        let mut less = PRIME;
        less[0] -= 1;
        assert!(is_canonical(&with(less)));
        assert!(!is_canonical(&with([0xff; 56])));
        assert!(!is_canonical(&[]));
    }
}
