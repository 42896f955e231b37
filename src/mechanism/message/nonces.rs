//! The nonces of one key [PKCS#11 3.2, 6.13: generator functions]: no generator gives one twice, whichever operations,
//! sessions and threads ask for it. Nothing here waits: what has been given out are atomic counters.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{MessageParams, NonceGenerator};
use crate::ck::to_ulong;
use crate::crypto::rng;
use crate::error::{Error, Result};
use crate::mechanism::params::ShortBytes;

/// Random bits that are believed not to repeat. Fewer are counted through if the module has the choice.
const RANDOM_BITS: u64 = 96;
/// Fewer bits than this soon repeat if they are random, and two processes soon meet that count from random starts.
const RANDOM_BITS_MIN: u64 = 32;
/// Messages with random nonces under one key [NIST SP 800-38D, 8.3].
const RANDOM_MESSAGES_MAX: u64 = 1 << 32;

/// What has been given out under a key so far.
#[derive(Default)]
pub struct Nonces {
    /// Random nonces so far.
    random: AtomicU64,
    /// How the counter makes nonces of the length that was first asked for, and behind it of others.
    counting: OnceLock<Box<Counting>>,
}

/// How the counter makes nonces of one length. It stays so as long as the process: two ways to count could meet.
struct Counting {
    length: usize,
    fixed_bits: u64,
    generator: NonceGenerator,
    /// The next value of the counter.
    counter: AtomicU64,
    /// The value that stands for zero: random where the module chooses to count, so that the next process under the
    /// same key does not give the same nonces again.
    start: u64,
    /// The nonce that the counter is exclusive-ored into.
    base: Option<ShortBytes>,
    /// The way for another length.
    next: OnceLock<Box<Counting>>,
}

/// A nonce for one message.
pub struct Nonce {
    /// Its bytes.
    pub bytes: ShortBytes,
    /// Whether it was made here.
    pub made: bool,
}

impl Nonces {
    /// The nonce of the next message.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`] if there are more fixed bits than bits, too few bits for the generator, another
    /// way of counting than before, or no nonce left; [`Error::Crypto`] without randomness.
    pub fn next_nonce(&self, params: &MessageParams) -> Result<Nonce> {
        if params.generator == NonceGenerator::Caller {
            return Ok(Nonce {
                bytes: params.nonce.clone(),
                made: false,
            });
        }
        let bits = to_ulong(params.nonce.len()).saturating_mul(8);
        let free = bits
            .checked_sub(params.fixed_bits)
            .ok_or(Error::MechanismParamInvalid(
                "more bits of the nonce are fixed than there are",
            ))?;
        let chosen_here = matches!(params.generator, NonceGenerator::Random | NonceGenerator::Module);
        if chosen_here && free < RANDOM_BITS_MIN {
            return Err(Error::MechanismParamInvalid(
                "fewer than 32 bits of the nonce are free: too few for random ones or a random start",
            ));
        }
        let bytes = match params.generator {
            NonceGenerator::Random => self.random(params),
            NonceGenerator::Module if free >= RANDOM_BITS => self.random(params),
            _ => self.counted(params, free),
        }?;
        Ok(Nonce { bytes, made: true })
    }

    fn random(&self, params: &MessageParams) -> Result<ShortBytes> {
        take(&self.random, RANDOM_MESSAGES_MAX)?;
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

    fn counted(&self, params: &MessageParams, free: u64) -> Result<ShortBytes> {
        let way = self.way(params)?;
        way.check(params)?;
        let values = u32::try_from(free).ok().and_then(|free| 1_u64.checked_shl(free));
        let count = take(&way.counter, values.unwrap_or(u64::MAX))?;
        let nonce = way.base.as_ref().unwrap_or(&params.nonce).clone();
        Ok(way.nonce(nonce, count))
    }

    /// How nonces of the parameter's length are counted, which the first of them decides.
    fn way(&self, params: &MessageParams) -> Result<&Counting> {
        let mut place = &self.counting;
        loop {
            let way = match place.get() {
                Some(way) => way,
                None => {
                    let first = Box::new(Counting::new(params)?);
                    place.get_or_init(|| first)
                }
            };
            if way.length == params.nonce.len() {
                return Ok(way);
            }
            place = &way.next;
        }
    }
}

impl Counting {
    fn new(params: &MessageParams) -> Result<Self> {
        let start = match params.generator {
            NonceGenerator::Module => rng::number()?,
            _ => 0,
        };
        Ok(Self {
            length: params.nonce.len(),
            fixed_bits: params.fixed_bits,
            generator: params.generator,
            counter: AtomicU64::new(0),
            start,
            base: (params.generator == NonceGenerator::CounterXor).then(|| params.nonce.clone()),
            next: OnceLock::new(),
        })
    }

    /// Asks whether the parameter wants what was wanted before. Callers find the last nonce in their parameter, so that
    /// one that was given stands for its base.
    fn check(&self, params: &MessageParams) -> Result<()> {
        let counter = self.counter.load(Ordering::Relaxed);
        let same_way = (self.fixed_bits, self.generator) == (params.fixed_bits, params.generator);
        let known = |base: &ShortBytes| match distance(base, &params.nonce) {
            Some(distance) => distance == 0 || distance < counter,
            None => false,
        };
        match same_way && self.base.as_ref().is_none_or(known) {
            true => Ok(()),
            false => Err(Error::MechanismParamInvalid(
                "the counter of this key's nonces cannot be used in another way than before: other fixed bits, generator \
                 or base; take another key",
            )),
        }
    }

    /// The nonce of this count.
    fn nonce(&self, mut nonce: ShortBytes, count: u64) -> ShortBytes {
        let counter = self.start.wrapping_add(count).to_be_bytes();
        nonce.replace(|at, byte| {
            let from_end = self.length.saturating_sub(at).saturating_sub(1);
            let counted = counter.iter().rev().nth(from_end).copied().unwrap_or(0);
            let value = match self.base {
                Some(_) => byte ^ counted,
                None => counted,
            };
            merged(byte, value, fixed_at(self.fixed_bits, at))
        });
        nonce
    }
}

/// Takes the next value of a counter that has so many.
fn take(counter: &AtomicU64, values: u64) -> Result<u64> {
    let next = |count: u64| (count < values).then(|| count.saturating_add(1));
    counter
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, next)
        .map_err(|_| NO_MORE)
}

const NO_MORE: Error = Error::MechanismParamInvalid(
    "the generator has no nonce left under this key: take another key, or leave more bits free",
);

/// What a nonce of the same length differs by, as a number; `None` if it has more than 64 bits.
fn distance(base: &[u8], nonce: &[u8]) -> Option<u64> {
    let mut distance = 0_u64;
    for (one, other) in base.iter().zip(nonce) {
        distance = distance.checked_mul(256)?.checked_add(u64::from(one ^ other))?;
    }
    Some(distance)
}

/// How many of the bits of the byte at this place are fixed: the first ones.
fn fixed_at(fixed_bits: u64, at: usize) -> u32 {
    let before = to_ulong(at).saturating_mul(8);
    u32::try_from(fixed_bits.saturating_sub(before).min(8)).unwrap_or(8)
}

/// The first bits of one byte with the last bits of another.
fn merged(kept: u8, made: u8, fixed: u32) -> u8 {
    let free = u8::MAX.checked_shr(fixed).unwrap_or(0);
    kept & !free | made & free
}

#[cfg(test)]
mod tests;
