//! The modes that make a block cipher a stream cipher: OFB, CFB and counter mode, for any block cipher
//! [NIST SP 800-38A; FIPS 81 for the feedback of fewer bytes than a block].

mod state;

use std::marker::PhantomData;
use std::sync::Arc;

use state::State;

use super::{BlockCipher, OUTPUT};
use crate::error::{Error, Result};
use crate::mechanism::key::KeyMaterial;
use crate::mechanism::operation::{CipherMechanism, CipherStream};
use crate::mechanism::params::Params;
use crate::mechanism::spec::Roles;
use crate::mechanism::wrap::CipherWrap;
use crate::secret::SecretBytes;

/// What becomes of the register between two blocks of key stream.
pub(in crate::mechanism) trait Feedback: Send + Sync + 'static {
    /// Bytes of key stream that are used of each block; 0 is one bit.
    const SEGMENT: usize;
    /// What is fed back.
    const SOURCE: Source;
}

/// What is fed back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::mechanism) enum Source {
    /// The key stream: OFB.
    Stream,
    /// The ciphertext: CFB.
    Ciphertext,
    /// Nothing; the register counts.
    Counter,
}

/// OFB with so many bytes fed back.
pub(in crate::mechanism) struct Ofb<const SEGMENT: usize>;

impl<const SEGMENT: usize> Feedback for Ofb<SEGMENT> {
    const SEGMENT: usize = SEGMENT;
    const SOURCE: Source = Source::Stream;
}

/// CFB with so many bytes fed back, or with one bit if it is 0.
pub(in crate::mechanism) struct Cfb<const SEGMENT: usize>;

impl<const SEGMENT: usize> Feedback for Cfb<SEGMENT> {
    const SEGMENT: usize = SEGMENT;
    const SOURCE: Source = Source::Ciphertext;
}

/// Counter mode over whole blocks of so many bytes.
pub(in crate::mechanism) struct Counting<const BLOCK: usize = 16>;

impl<const BLOCK: usize> Feedback for Counting<BLOCK> {
    const SEGMENT: usize = BLOCK;
    const SOURCE: Source = Source::Counter;
}

/// One mode of one cipher in one direction: a role of a row.
pub(in crate::mechanism) struct StreamMode<C, F, const N: usize, const ENCRYPT: bool>(
    PhantomData<fn() -> (C, F)>,
);

/// Both directions, for rows to point at.
pub(in crate::mechanism) struct StreamModes<C, F, const N: usize>(PhantomData<fn() -> (C, F)>);

impl<C: BlockCipher<N>, F: Feedback, const N: usize> StreamModes<C, F, N> {
    const BOTH: &'static CipherWrap = &CipherWrap {
        encrypt: &StreamMode::<C, F, N, true>(PhantomData),
        decrypt: &StreamMode::<C, F, N, false>(PhantomData),
    };

    /// Encryption and wrapping.
    pub(in crate::mechanism) const WRAPPING: Roles = Self::BOTH.roles();

    /// Encryption alone.
    pub(in crate::mechanism) const ROLES: Roles = Roles {
        wrap: None,
        unwrap: None,
        ..Self::WRAPPING
    };
}

fn too_long(encrypt: bool) -> Error {
    const WHY: &str = "the counter would come round";
    match encrypt {
        true => Error::DataLenRange(WHY),
        false => Error::EncryptedDataLenRange(WHY),
    }
}

impl<C: BlockCipher<N>, F: Feedback, const N: usize, const ENCRYPT: bool> CipherMechanism
    for StreamMode<C, F, N, ENCRYPT>
{
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        C::of(key.secret()?)?;
        State::<F, N>::new(params).map(|_| ())
    }

    fn output_len(&self, _key: &KeyMaterial, params: &Params, input_len: usize) -> Result<usize> {
        match State::<F, N>::new(params)?.has(input_len) {
            true => Ok(input_len),
            false => Err(too_long(ENCRYPT)),
        }
    }

    fn oneshot(&self, key: &KeyMaterial, params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
        let out = out.get_mut(..input.len()).ok_or(OUTPUT)?;
        let mut state = State::<F, N>::new(params)?;
        if !state.has(input.len()) {
            return Err(too_long(ENCRYPT));
        }
        state.apply(C::of(key.secret()?)?, ENCRYPT, input, out)?;
        Ok(input.len())
    }

    fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<dyn CipherStream>> {
        Ok(Box::new(Stream::<C, F, N, ENCRYPT> {
            key: Arc::clone(key),
            state: State::new(params)?,
            cipher: PhantomData,
        }))
    }

    fn restore(
        &self,
        key: &Arc<KeyMaterial>,
        params: &Params,
        saved: &[u8],
    ) -> Result<Box<dyn CipherStream>> {
        let mut state = State::new(params)?;
        state.resume(saved).ok_or(Error::SavedStateInvalid)?;
        Ok(Box::new(Stream::<C, F, N, ENCRYPT> {
            key: Arc::clone(key),
            state,
            cipher: PhantomData,
        }))
    }
}

struct Stream<C, F, const N: usize, const ENCRYPT: bool> {
    key: Arc<KeyMaterial>,
    state: State<F, N>,
    cipher: PhantomData<fn() -> C>,
}

impl<C: BlockCipher<N>, F: Feedback, const N: usize, const ENCRYPT: bool> CipherStream
    for Stream<C, F, N, ENCRYPT>
{
    fn update_len(&self, input_len: usize) -> usize {
        input_len
    }

    fn update(&mut self, input: &[u8], out: &mut [u8]) -> Result<usize> {
        if !self.state.has(input.len()) {
            return Err(too_long(ENCRYPT));
        }
        let out = out.get_mut(..input.len()).ok_or(OUTPUT)?;
        self.state
            .apply(C::of(self.key.secret()?)?, ENCRYPT, input, out)?;
        Ok(input.len())
    }

    fn finish_len(&self) -> usize {
        0
    }

    fn finish(self: Box<Self>, _out: &mut [u8]) -> Result<usize> {
        Ok(0)
    }

    fn save(&self) -> Result<SecretBytes> {
        Ok(self.state.save())
    }
}
