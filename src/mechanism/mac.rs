//! MACs made into mechanisms: whole, or of the length that the caller chooses; made and checked.

use std::sync::Arc;

use subtle::ConstantTimeEq;

use super::key::KeyMaterial;
use super::library::Library;
use super::operation::{SignMechanism, SignStream, VerifyMechanism, VerifyStream};
use super::params::{ParamKind, Params};
use super::secret_key::SecretKey;
use super::spec::{KeyRule, MechanismSpec, Roles};
use super::standing::Standing;
use crate::ck::{MechanismId, to_usize};
use crate::crypto::hash::DIGEST_LEN_MAX;
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// A MAC algorithm. `out` takes the first bytes of the MAC, as many as it is long.
pub(super) trait Algorithm: Copy + Send + Sync + 'static {
    /// A message that comes in pieces; the key is given to each step.
    type State: Send;

    /// Length of the whole MAC in bytes, at most [`DIGEST_LEN_MAX`].
    fn mac_len(self) -> usize;

    /// The MAC of a whole message.
    fn mac(self, key: &SecretKey, data: &[u8], out: &mut [u8]) -> Result<()>;

    /// Before the first piece.
    fn begin(self, key: &SecretKey) -> Result<Self::State>;

    /// Takes a piece.
    fn update(self, key: &SecretKey, state: &mut Self::State, data: &[u8]) -> Result<()>;

    /// After the last piece.
    fn finish(self, key: &SecretKey, state: &mut Self::State, out: &mut [u8]) -> Result<()>;

    /// The state as bytes, without the key, if it can leave its library.
    fn save(self, _state: &Self::State) -> Result<SecretBytes> {
        Err(Error::StateUnsaveable)
    }

    /// A state of such bytes.
    fn restore(self, _key: &SecretKey, _saved: &[u8]) -> Option<Self::State> {
        None
    }
}

/// The mechanism that an algorithm makes: without a parameter its MACs are whole, with [`Params::MacGeneral`] they
/// have that length.
pub(super) struct Mac<A>(pub(super) A);

/// A row that makes and checks MACs.
pub(super) const fn row<A: Algorithm>(
    id: MechanismId,
    section: &'static str,
    libraries: &'static [Library],
    params: ParamKind,
    key: KeyRule,
    mac: &'static Mac<A>,
) -> MechanismSpec {
    MechanismSpec {
        id,
        section,
        libraries,
        params,
        key,
        roles: Roles {
            sign: Some(mac),
            verify: Some(mac),
            ..Roles::NONE
        },
        standing: Standing::CURRENT,
    }
}

/// Bytes of the shortest MAC of a payment message [ISO 9797-1; ANSI X9.9, X9.19].
const PAYMENT_MAC_MIN: usize = 4;

impl<A: Algorithm> Mac<A> {
    /// Length of the MACs in bytes. [PKCS#11 3.2, 6.14.3, 6.19.3, 6.22.2] a chosen length is from 1 to the whole; 0
    /// bytes, which older versions of the standard allowed, would be a MAC that fits every message.
    fn length(&self, params: &Params) -> Result<usize> {
        let whole = self.0.mac_len();
        match params {
            Params::None => Ok(whole),
            Params::MacGeneral(length) if (1..=whole).contains(&to_usize(*length)) => Ok(to_usize(*length)),
            Params::MacGeneral(_) => Err(Error::MechanismParamInvalid(
                "a MAC has at least 1 byte and at most all that the algorithm gives",
            )),
            _ => Err(Error::Internal("a MAC without its parameter")),
        }
    }

    fn start(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<Stream<A>>> {
        self.go_on(key, params, self.0.begin(key.secret()?)?)
    }

    fn resume(&self, key: &Arc<KeyMaterial>, params: &Params, saved: &[u8]) -> Result<Box<Stream<A>>> {
        let state = self.0.restore(key.secret()?, saved);
        let state = state.ok_or(Error::SavedStateInvalid)?;
        self.go_on(key, params, state)
    }

    fn go_on(&self, key: &Arc<KeyMaterial>, params: &Params, state: A::State) -> Result<Box<Stream<A>>> {
        Ok(Box::new(Stream {
            algorithm: self.0,
            state,
            length: self.length(params)?,
            key: Arc::clone(key),
        }))
    }
}

/// Compares a MAC with the one that `compute` writes, in a time that tells nothing of where they differ.
pub(crate) fn compare(
    told: &[u8],
    length: usize,
    compute: impl FnOnce(&mut [u8]) -> Result<()>,
) -> Result<()> {
    if told.len() != length {
        return Err(Error::SignatureLenRange);
    }
    let mut right = [0; DIGEST_LEN_MAX];
    let right = right
        .get_mut(..length)
        .ok_or(Error::Internal("a MAC that is longer than every digest"))?;
    compute(right)?;
    match right.ct_eq(told).into() {
        true => Ok(()),
        false => Err(Error::SignatureInvalid),
    }
}

impl<A: Algorithm> SignMechanism for Mac<A> {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        match (self.length(params)?, key.payment) {
            (0..PAYMENT_MAC_MIN, Some(_)) => Err(Error::MechanismParamInvalid(
                "a MAC under a payment key has at least 4 bytes: shorter ones are found by trying",
            )),
            _ => Ok(()),
        }
    }

    fn signature_len(&self, _key: &KeyMaterial, params: &Params) -> usize {
        self.length(params).unwrap_or(0)
    }

    fn sign(&self, key: &KeyMaterial, _params: &Params, data: &[u8], out: &mut [u8]) -> Result<()> {
        self.0.mac(key.secret()?, data, out)
    }

    fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<dyn SignStream>> {
        Ok(self.start(key, params)?)
    }

    fn restore(&self, key: &Arc<KeyMaterial>, params: &Params, saved: &[u8]) -> Result<Box<dyn SignStream>> {
        Ok(self.resume(key, params, saved)?)
    }
}

impl<A: Algorithm> VerifyMechanism for Mac<A> {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        match (self.length(params)?, key.payment) {
            (0..PAYMENT_MAC_MIN, Some(_)) => Err(Error::MechanismParamInvalid(
                "a MAC under a payment key has at least 4 bytes: shorter ones are found by trying",
            )),
            _ => Ok(()),
        }
    }

    fn verify(&self, key: &KeyMaterial, params: &Params, data: &[u8], signature: &[u8]) -> Result<()> {
        let key = key.secret()?;
        compare(signature, self.length(params)?, |right| {
            self.0.mac(key, data, right)
        })
    }

    fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<dyn VerifyStream>> {
        Ok(self.start(key, params)?)
    }

    fn restore(
        &self,
        key: &Arc<KeyMaterial>,
        params: &Params,
        saved: &[u8],
    ) -> Result<Box<dyn VerifyStream>> {
        Ok(self.resume(key, params, saved)?)
    }
}

/// A message that comes in pieces.
struct Stream<A: Algorithm> {
    algorithm: A,
    state: A::State,
    length: usize,
    key: Arc<KeyMaterial>,
}

impl<A: Algorithm> Stream<A> {
    fn take(&mut self, data: &[u8]) -> Result<()> {
        self.algorithm.update(self.key.secret()?, &mut self.state, data)
    }

    /// The state is not moved, which would leave a copy behind.
    fn end(&mut self, out: &mut [u8]) -> Result<()> {
        self.algorithm.finish(self.key.secret()?, &mut self.state, out)
    }
}

impl<A: Algorithm> SignStream for Stream<A> {
    fn update(&mut self, data: &[u8]) -> Result<()> {
        self.take(data)
    }

    fn finish(mut self: Box<Self>, out: &mut [u8]) -> Result<()> {
        self.end(out)
    }

    fn save(&self) -> Result<SecretBytes> {
        self.algorithm.save(&self.state)
    }
}

impl<A: Algorithm> VerifyStream for Stream<A> {
    fn update(&mut self, data: &[u8]) -> Result<()> {
        self.take(data)
    }

    fn finish(mut self: Box<Self>, signature: &[u8]) -> Result<()> {
        compare(signature, self.length, |right| self.end(right))
    }

    fn save(&self) -> Result<SecretBytes> {
        self.algorithm.save(&self.state)
    }
}

/// What the tests of all MACs share.
#[cfg(test)]
pub(super) mod testing {
    use super::*;
    use crate::ck::to_ulong;

    /// Makes a MAC in every way; all must give the same.
    pub(in crate::mechanism) fn sign(
        row: &MechanismSpec,
        key: &Arc<KeyMaterial>,
        params: &Params,
        data: &[u8],
    ) -> Vec<u8> {
        let sign = row.roles.sign.unwrap();
        sign.check(key, params).unwrap();
        let mut whole = vec![0; sign.signature_len(key, params)];
        sign.sign(key, params, data, &mut whole).unwrap();
        for piece in [1, 7, 8, 16, 64, 100] {
            let mut stream = sign.stream(key, params).unwrap();
            data.chunks(piece).for_each(|part| stream.update(part).unwrap());
            stream.update(b"").unwrap();
            let mut out = vec![0; whole.len()];
            stream.finish(&mut out).unwrap();
            assert_eq!(out, whole, "{row:?} of {} bytes by {piece}", data.len());
        }
        whole
    }

    /// Checks a MAC in both ways, which must agree.
    pub(in crate::mechanism) fn verify(
        row: &MechanismSpec,
        key: &Arc<KeyMaterial>,
        params: &Params,
        data: &[u8],
        mac: &[u8],
    ) -> Result<()> {
        let verify = row.roles.verify.unwrap();
        verify.check(key, params).unwrap();
        let answer = verify.verify(key, params, data, mac);
        let mut stream = verify.stream(key, params).unwrap();
        data.chunks(9).for_each(|part| stream.update(part).unwrap());
        assert_eq!(stream.finish(mac), answer);
        answer
    }

    /// A known answer: made, checked, and refused when it is wrong.
    pub(in crate::mechanism) fn known_answer(
        row: &MechanismSpec,
        key: &Arc<KeyMaterial>,
        params: &Params,
        data: &[u8],
        expected: &[u8],
    ) {
        assert_eq!(
            sign(row, key, params, data),
            expected,
            "{row:?} of {} bytes",
            data.len()
        );
        assert_eq!(verify(row, key, params, data, expected), Ok(()));
        for at in [0, expected.len() / 2, expected.len() - 1] {
            let mut wrong = expected.to_vec();
            wrong[at] ^= 0x80;
            assert_eq!(
                verify(row, key, params, data, &wrong),
                Err(Error::SignatureInvalid)
            );
        }
        let longer = [expected, &[0]].concat();
        for wrong in [&expected[1..], &longer, &[]] {
            assert_eq!(
                verify(row, key, params, data, wrong),
                Err(Error::SignatureLenRange)
            );
        }
    }

    /// Every length that may be chosen gives the start of the whole MAC; others are refused at Init.
    pub(in crate::mechanism) fn lengths(
        whole: &MechanismSpec,
        general: &MechanismSpec,
        key: &Arc<KeyMaterial>,
    ) {
        let (data, none) = (b"message", Params::None);
        let mac = sign(whole, key, &none, data);
        for length in 1..=mac.len() {
            let params = Params::MacGeneral(to_ulong(length));
            known_answer(general, key, &params, data, &mac[..length]);
        }
        for wrong in [0, to_ulong(mac.len()) + 1, 1 << 32, u64::MAX] {
            let params = Params::MacGeneral(wrong);
            for answer in [
                general.roles.sign.unwrap().check(key, &params),
                general.roles.verify.unwrap().check(key, &params),
            ] {
                assert!(
                    matches!(answer, Err(Error::MechanismParamInvalid(_))),
                    "{wrong} bytes"
                );
            }
        }
    }
}
