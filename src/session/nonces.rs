//! The nonces of a message-based encryption [PKCS#11 3.2, 6.13: generator functions]: no generator gives one twice.

use crate::crypto::rng;
use crate::error::{Error, Result};
use crate::mechanism::ShortBytes;
use crate::mechanism::message::{MessageParams, NonceGenerator};

/// Random bits that are believed not to repeat. Fewer are counted through if the module has the choice.
const RANDOM_BITS: u64 = 96;
/// Fewer random bits than this would soon repeat.
const RANDOM_BITS_MIN: u64 = 32;
/// Messages with random nonces under one key [NIST SP 800-38D, 8.3].
const RANDOM_MESSAGES_MAX: u64 = 1 << 32;

/// What has been given out so far.
#[derive(Default)]
pub struct Nonces {
    /// The next value of the counter.
    counter: u64,
    /// Where the module's own counting begins: at random, so that the next process under the same key does not give
    /// the same nonces again. Drawn when first needed.
    start: Option<u64>,
    /// Random nonces so far.
    random: u64,
    /// What the counter stands behind, since it was first used.
    counting: Option<Counting>,
}

/// How the counter makes nonces. It stays so: two ways to count could meet.
#[derive(PartialEq, Eq)]
struct Counting {
    length: usize,
    fixed_bits: u64,
    /// Whether the module chose to count, and where to begin.
    by_module: bool,
    /// The nonce that the counter is exclusive-ored into; without one it takes the place of the bits.
    base: Option<ShortBytes>,
    /// The nonce that was given last: callers find it in their parameter.
    last: ShortBytes,
}

/// A nonce for one message.
pub struct Nonce {
    /// Its bytes.
    pub bytes: ShortBytes,
    /// Whether it was made here.
    pub made: bool,
}

impl Nonces {
    /// Those that begin with this value of the counter, behind this start where the module chooses to count.
    #[must_use]
    pub fn from(counter: u64, start: u64) -> Self {
        Self {
            counter,
            start: Some(start),
            ..Self::default()
        }
    }

    /// The nonce of the next message.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`] if there are more fixed bits than bits, too few bits for the generator, another
    /// way of counting than before, or no nonce left; [`Error::Crypto`] without randomness.
    pub fn next_nonce(&mut self, params: &MessageParams) -> Result<Nonce> {
        if params.generator == NonceGenerator::Caller {
            return Ok(Nonce {
                bytes: params.nonce.clone(),
                made: false,
            });
        }
        let bits = crate::ck::to_ulong(params.nonce.len()).saturating_mul(8);
        let free = bits
            .checked_sub(params.fixed_bits)
            .ok_or(Error::MechanismParamInvalid(
                "more bits of the nonce are fixed than there are",
            ))?;
        let bytes = match params.generator {
            NonceGenerator::Random => self.random(params, free),
            NonceGenerator::Module if free >= RANDOM_BITS => self.random(params, free),
            _ => self.counted(params, free),
        }?;
        Ok(Nonce { bytes, made: true })
    }

    fn random(&mut self, params: &MessageParams, free: u64) -> Result<ShortBytes> {
        if free < RANDOM_BITS_MIN {
            return Err(Error::MechanismParamInvalid(
                "too few bits of the nonce are free for random ones",
            ));
        }
        if self.random >= RANDOM_MESSAGES_MAX {
            return Err(NO_MORE);
        }
        self.random += 1;
        let mut nonce = params.nonce.clone();
        let (mut few, mut many) = ([0; 32], Vec::new());
        let random = match few.get_mut(..nonce.len()) {
            Some(random) => random,
            None => {
                many.resize(nonce.len(), 0);
                many.as_mut_slice()
            }
        };
        rng::system(random)?;
        let fixed_bits = params.fixed_bits;
        nonce.replace(|at, byte| {
            merged(
                byte,
                random.get(at).copied().unwrap_or(0),
                fixed_at(fixed_bits, at),
            )
        });
        Ok(nonce)
    }

    fn counted(&mut self, params: &MessageParams, free: u64) -> Result<ShortBytes> {
        let exclusive_or = params.generator == NonceGenerator::CounterXor;
        let by_module = params.generator == NonceGenerator::Module;
        let length = params.nonce.len();
        if let Some(counting) = &self.counting {
            let same_base = match &counting.base {
                None => !exclusive_or,
                Some(base) => exclusive_or && (params.nonce == *base || params.nonce == counting.last),
            };
            let same_way = (counting.length, counting.fixed_bits, counting.by_module)
                == (length, params.fixed_bits, by_module);
            if !same_way || !same_base {
                return Err(Error::MechanismParamInvalid(
                    "the counter of the nonces cannot be used in another way than before",
                ));
            }
        }
        let values = u32::try_from(free).ok().and_then(|free| 1_u64.checked_shl(free));
        if values.is_some_and(|values| self.counter >= values) || self.counter == u64::MAX {
            return Err(NO_MORE);
        }
        let base = match &self.counting {
            Some(Counting { base: Some(base), .. }) => base.clone(),
            _ => params.nonce.clone(),
        };
        let start = match by_module && free >= RANDOM_BITS_MIN {
            true => self.start()?,
            false => 0,
        };
        let (mut nonce, counter) = (base.clone(), start.wrapping_add(self.counter).to_be_bytes());
        nonce.replace(|at, byte| {
            let from_end = length.saturating_sub(at).saturating_sub(1);
            let counted = counter.iter().rev().nth(from_end).copied().unwrap_or(0);
            let value = if exclusive_or { byte ^ counted } else { counted };
            merged(byte, value, fixed_at(params.fixed_bits, at))
        });
        self.counter += 1;
        self.counting = Some(Counting {
            length,
            fixed_bits: params.fixed_bits,
            by_module,
            base: exclusive_or.then_some(base),
            last: nonce.clone(),
        });
        Ok(nonce)
    }

    fn start(&mut self) -> Result<u64> {
        if let Some(start) = self.start {
            return Ok(start);
        }
        let start = rng::number()?;
        self.start = Some(start);
        Ok(start)
    }
}

const NO_MORE: Error =
    Error::MechanismParamInvalid("the generator has no nonce left: begin anew with another key");

/// How many of the bits of the byte at this place are fixed: the first ones.
fn fixed_at(fixed_bits: u64, at: usize) -> u32 {
    let before = crate::ck::to_ulong(at).saturating_mul(8);
    u32::try_from(fixed_bits.saturating_sub(before).min(8)).unwrap_or(8)
}

/// The first bits of one byte with the last bits of another.
fn merged(kept: u8, made: u8, fixed: u32) -> u8 {
    let free = u8::MAX.checked_shr(fixed).unwrap_or(0);
    kept & !free | made & free
}

#[cfg(test)]
mod tests;
