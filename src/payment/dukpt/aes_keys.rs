//! The keys of DUKPT with AES, computed [ANSI X9.24-3:2017, 6.2 to 6.4].

use zeroize::Zeroizing;

use super::Direction;
use crate::crypto::aes::{AesEncryptor, BLOCK_LEN, Block};
use crate::error::{Error, Result};
use crate::mechanism::SecretKey;

/// Longest key in bytes.
const KEY_MAX: usize = 32;

/// An identifier of an initial key.
pub(super) type InitialKeyId = [u8; 8];
/// Most ones of the counter of a transaction [X9.24-3, 6.1].
pub(super) const ONES_MAX: u32 = 16;

/// What a derived key is for [X9.24-3, 6.3.2: key usage indicators].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Usage {
    KeyEncryption,
    Pin,
    Mac(Direction),
    Data(Direction),
    /// Derivation by working keys, and the keys on the way to a transaction's.
    Derivation,
    /// The initial key.
    InitialKey,
}

impl Usage {
    /// The usage of a working key.
    pub(super) fn of(indicator: u16) -> Result<Self> {
        Ok(match indicator {
            0x0002 => Self::KeyEncryption,
            0x1000 => Self::Pin,
            0x2000 => Self::Mac(Direction::FromDevice),
            0x2001 => Self::Mac(Direction::ToDevice),
            0x2002 => Self::Mac(Direction::BothWays),
            0x3000 => Self::Data(Direction::FromDevice),
            0x3001 => Self::Data(Direction::ToDevice),
            0x3002 => Self::Data(Direction::BothWays),
            0x8000 => Self::Derivation,
            _ => {
                return Err(Error::MechanismParamInvalid(
                    "working keys have no such key usage indicator",
                ));
            }
        })
    }

    const fn indicator(self) -> u16 {
        match self {
            Self::KeyEncryption => 0x0002,
            Self::Pin => 0x1000,
            Self::Mac(Direction::FromDevice) => 0x2000,
            Self::Mac(Direction::ToDevice) => 0x2001,
            Self::Mac(Direction::BothWays) => 0x2002,
            Self::Data(Direction::FromDevice) => 0x3000,
            Self::Data(Direction::ToDevice) => 0x3001,
            Self::Data(Direction::BothWays) => 0x3002,
            Self::Derivation => 0x8000,
            Self::InitialKey => 0x8001,
        }
    }
}

/// What a derived key is used with [X9.24-3, 6.3.2: algorithm indicators, and the length].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Algorithm {
    Tdea2,
    Tdea3,
    /// With this many bytes: 16, 24, 32.
    Aes(usize),
    /// With this many bytes: 16, 24, 32.
    Hmac(usize),
}

impl Algorithm {
    pub(super) fn of(indicator: u16, bits: u16) -> Result<Self> {
        Ok(match (indicator, bits) {
            (0, 128) => Self::Tdea2,
            (1, 192) => Self::Tdea3,
            (2, 128) | (3, 192) | (4, 256) => Self::Aes(usize::from(bits / 8)),
            (5, 128 | 192 | 256) => Self::Hmac(usize::from(bits / 8)),
            (0..=5, _) => {
                return Err(Error::MechanismParamInvalid(
                    "keys of this algorithm do not come in this length",
                ));
            }
            _ => {
                return Err(Error::MechanismParamInvalid(
                    "there is no such algorithm indicator",
                ));
            }
        })
    }

    const fn indicator(self) -> u16 {
        match self {
            Self::Tdea2 => 0,
            Self::Tdea3 => 1,
            Self::Aes(..=16) => 2,
            Self::Aes(..=24) => 3,
            Self::Aes(_) => 4,
            Self::Hmac(_) => 5,
        }
    }

    pub(super) const fn length(self) -> usize {
        match self {
            Self::Tdea2 => 16,
            Self::Tdea3 => 24,
            Self::Aes(length) | Self::Hmac(length) => length,
        }
    }

    /// Whether it is no stronger than AES with a key of this many bytes [X9.24-3, 6.1.3].
    pub(super) const fn is_within(self, base: usize) -> bool {
        match self {
            Self::Tdea2 | Self::Tdea3 => true,
            Self::Aes(length) | Self::Hmac(length) => length <= base,
        }
    }
}

/// What goes through the cipher to become a key [X9.24-3, 6.3.2 and 6.3.3].
#[derive(Clone, Copy)]
pub(super) struct DerivationData {
    pub(super) usage: Usage,
    pub(super) algorithm: Algorithm,
    /// The initial key's identifier; or its second half, and the counter.
    pub(super) context: [u8; 8],
}

impl DerivationData {
    /// The key of it under `encrypt`, of as many bytes as there is room for.
    pub(super) fn fill(&self, encrypt: impl Fn(&mut Block), key: &mut [u8]) {
        let [usage, algorithm] = [self.usage.indicator(), self.algorithm.indicator()].map(u16::to_be_bytes);
        let bits = u16::try_from(self.algorithm.length() * 8)
            .unwrap_or(0)
            .to_be_bytes();
        for (number, place) in (1..).zip(key.chunks_mut(BLOCK_LEN)) {
            let mut block = Zeroizing::new([0; BLOCK_LEN]);
            let bytes = [1, number].into_iter().chain(usage).chain(algorithm).chain(bits);
            for (to, from) in block.iter_mut().zip(bytes.chain(self.context)) {
                *to = from;
            }
            encrypt(&mut block);
            for (to, from) in place.iter_mut().zip(&*block) {
                *to = *from;
            }
        }
    }
}

/// The second half of an initial key's identifier, and a counter.
pub(super) fn context(id: &InitialKeyId, counter: u32) -> [u8; 8] {
    let half = u64::from_be_bytes(*id) << 32;
    (half | u64::from(counter)).to_be_bytes()
}

/// A key on the way to a transaction's.
pub(super) struct DerivationKey {
    bytes: Zeroizing<[u8; KEY_MAX]>,
    length: usize,
}

impl DerivationKey {
    fn empty(length: usize) -> Self {
        Self {
            bytes: Zeroizing::new([0; KEY_MAX]),
            length,
        }
    }

    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut key = Self::empty(bytes.len());
        for (to, from) in key.bytes.iter_mut().zip(bytes) {
            *to = *from;
        }
        key
    }

    pub(super) fn value(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    fn value_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(..self.length).unwrap_or_default()
    }
}

/// The initial key of a base derivation key: as long as that.
pub(super) fn initial_key(base: &SecretKey, id: &InitialKeyId) -> Result<DerivationKey> {
    let mut key = DerivationKey::empty(base.value().len());
    let data = DerivationData {
        usage: Usage::InitialKey,
        algorithm: Algorithm::Aes(key.length),
        context: *id,
    };
    let cipher = base.aes()?;
    data.fill(|block| cipher.encrypt_block(block), key.value_mut());
    Ok(key)
}

/// The key of a transaction: for every one of the counter, from the first on, a further key is derived from the last.
pub(super) fn transaction_key(
    mut key: DerivationKey,
    id: &InitialKeyId,
    counter: u32,
) -> Result<DerivationKey> {
    let mut so_far = 0;
    for bit in (0..u32::BITS).rev().map(|place| 1 << place) {
        if counter & bit != 0 {
            so_far |= bit;
            let cipher = AesEncryptor::new(key.value())?;
            let data = DerivationData {
                usage: Usage::Derivation,
                algorithm: Algorithm::Aes(key.length),
                context: context(id, so_far),
            };
            data.fill(|block| cipher.encrypt_block(block), key.value_mut());
        }
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::testing::hex;
    use crate::payment::testing::run_vectors;

    #[test]
    fn the_keys_of_transactions_are_the_published_ones() {
        run_vectors(include_str!("../vectors/dukpt_aes.json"), |vector| {
            let Some(expected) = vector.optional("txn_key") else {
                return;
            };
            let ksn = hex(vector.input("ksn"));
            let (id, counter) = (ksn.first_chunk().unwrap(), ksn.last_chunk().unwrap());
            let base = hex(vector.input("bdk"));
            let mut initial = DerivationKey::empty(base.len());
            let cipher = AesEncryptor::new(&base).unwrap();
            let data = DerivationData {
                usage: Usage::InitialKey,
                algorithm: Algorithm::Aes(base.len()),
                context: *id,
            };
            data.fill(|block| cipher.encrypt_block(block), initial.value_mut());
            let key = transaction_key(initial, id, u32::from_be_bytes(*counter)).unwrap();
            assert_eq!(key.value(), hex(expected));
        });
    }

    #[test]
    fn indicators_are_those_that_they_are_read_from() {
        let usages: Vec<u16> = (0..=u16::MAX)
            .filter(|indicator| {
                Usage::of(*indicator).is_ok_and(|usage| {
                    assert_eq!(usage.indicator(), *indicator);
                    true
                })
            })
            .collect();
        assert_eq!(
            usages,
            [2, 0x1000, 0x2000, 0x2001, 0x2002, 0x3000, 0x3001, 0x3002, 0x8000]
        );
        for indicator in 0..8 {
            for bits in [0, 64, 128, 192, 256, 512] {
                if let Ok(algorithm) = Algorithm::of(indicator, bits) {
                    assert_eq!(algorithm.indicator(), indicator);
                    assert_eq!(algorithm.length() * 8, usize::from(bits));
                }
            }
        }
    }
}
