//! CKM_AES_CTR: the same both ways.

use std::sync::Arc;

use crate::crypto::aes::Counter;
use crate::error::{Error, Result};
use crate::mechanism::key::KeyMaterial;
use crate::mechanism::operation::{CipherMechanism, CipherStream};
use crate::mechanism::params::Params;
use crate::secret::SecretBytes;

const OUTPUT: Error = Error::Internal("the output of counter mode");

/// The counter may not come round: no key stream is used twice.
const TOO_LONG: &str = "the counter of ulCounterBits would come round";

/// One direction, told by the error that speaks of the length of its input.
pub(super) struct Ctr(pub(super) LengthError);

type LengthError = fn(&'static str) -> Error;

fn counter(params: &Params) -> Result<Counter> {
    match params {
        Params::AesCtr { counter_bits, block } => Counter::new(*block, *counter_bits),
        _ => Err(Error::Internal("counter mode without its parameter")),
    }
}

impl CipherMechanism for Ctr {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        key.secret()?.aes()?;
        counter(params).map(|_| ())
    }

    fn output_len(&self, _key: &KeyMaterial, params: &Params, input_len: usize) -> Result<usize> {
        match counter(params)?.has(input_len) {
            true => Ok(input_len),
            false => Err((self.0)(TOO_LONG)),
        }
    }

    fn oneshot(&self, key: &KeyMaterial, params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
        self.output_len(key, params, input.len())?;
        let out = out.get_mut(..input.len()).ok_or(OUTPUT)?;
        key.secret()?.aes()?.ctr(&mut counter(params)?, input, out)?;
        Ok(input.len())
    }

    fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<dyn CipherStream>> {
        Ok(Box::new(Stream {
            key: Arc::clone(key),
            counter: counter(params)?,
            wrong_length: self.0,
        }))
    }

    fn restore(
        &self,
        key: &Arc<KeyMaterial>,
        _params: &Params,
        saved: &[u8],
    ) -> Result<Box<dyn CipherStream>> {
        Ok(Box::new(Stream {
            key: Arc::clone(key),
            counter: Counter::restore(saved).ok_or(Error::SavedStateInvalid)?,
            wrong_length: self.0,
        }))
    }
}

struct Stream {
    key: Arc<KeyMaterial>,
    counter: Counter,
    wrong_length: LengthError,
}

impl CipherStream for Stream {
    fn update_len(&self, input_len: usize) -> usize {
        input_len
    }

    fn update(&mut self, input: &[u8], out: &mut [u8]) -> Result<usize> {
        if !self.counter.has(input.len()) {
            return Err((self.wrong_length)(TOO_LONG));
        }
        let out = out.get_mut(..input.len()).ok_or(OUTPUT)?;
        self.key.secret()?.aes()?.ctr(&mut self.counter, input, out)?;
        Ok(input.len())
    }

    fn finish_len(&self) -> usize {
        0
    }

    fn finish(self: Box<Self>, _out: &mut [u8]) -> Result<usize> {
        Ok(0)
    }

    fn save(&self) -> Result<SecretBytes> {
        Ok(self.counter.save())
    }
}
