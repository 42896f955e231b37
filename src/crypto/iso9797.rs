//! MAC algorithms 1 and 3 of ISO/IEC 9797-1:2011 with DES and triple DES, and its three padding methods.

use super::cbc_mac::chain_by;
use super::des::Des3Key;
use super::mac::{CmacCipher, CmacState};
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// Length of a whole MAC in bytes.
pub const MAC_LEN: usize = 8;

/// How the blocks are chained.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scheme {
    /// Algorithm 1: the whole key at every block. With a key of one part that of ANSI X9.9, with more that of ISO 16609.
    Alg1,
    /// Algorithm 3: the first part of the key at every block, and the whole key at the last one. The retail MAC of ANSI
    /// X9.19.
    Alg3,
}

/// How a message comes to whole blocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Padding {
    /// Method 1: zeros, as few as possible. A block of them if the message is empty.
    Zeros,
    /// Method 2: a bit 1 and zeros.
    Marked,
    /// None: whole blocks only, of another maker's MAC.
    None,
    /// Method 3: as method 1, with the length of the message in a block before it.
    Length,
}

/// A MAC under way. The key is given to each call; what is secret is wiped when dropped.
pub struct Iso9797Mac {
    scheme: Scheme,
    padding: Padding,
    chained: CmacState<MAC_LEN>,
    /// Bytes of the message so far.
    taken: u64,
    /// Bytes of the whole message, with [`Padding::Length`].
    announced: u64,
}

impl Iso9797Mac {
    /// Before the first byte of a message of `length` bytes, which only [`Padding::Length`] looks at.
    ///
    /// # Errors
    /// [`Error::DataLenRange`] if so many bytes have a number of bits of more than 64 bits.
    pub fn begin(scheme: Scheme, padding: Padding, key: &Des3Key, length: u64) -> Result<Self> {
        let mut mac = Self::empty(scheme, padding, length);
        if padding == Padding::Length {
            let bits = length.checked_mul(8).ok_or(TOO_LONG)?;
            mac.chain(key, &bits.to_be_bytes())?;
        }
        Ok(mac)
    }

    fn empty(scheme: Scheme, padding: Padding, announced: u64) -> Self {
        Self {
            scheme,
            padding,
            chained: CmacState::new(),
            taken: 0,
            announced,
        }
    }

    /// The last block stays behind, because it may be treated differently.
    fn chain(&mut self, key: &Des3Key, data: &[u8]) -> Result<()> {
        match self.scheme {
            Scheme::Alg1 => self.chained.update(key, data),
            Scheme::Alg3 => self.chained.update(&FirstPart(key), data),
        }
    }

    /// Takes data.
    ///
    /// # Errors
    /// If the library fails.
    pub fn update(&mut self, key: &Des3Key, data: &[u8]) -> Result<()> {
        let length = u64::try_from(data.len()).map_err(|_| TOO_LONG)?;
        self.taken = self.taken.saturating_add(length);
        self.chain(key, data)
    }

    /// Ends the message. `out` takes the first bytes of the MAC, all of them if it is long enough.
    ///
    /// # Errors
    /// [`Error::DataLenRange`] if the message was not as long as announced, with [`Padding::Length`], or not whole blocks,
    /// with [`Padding::None`].
    pub fn finish(&mut self, key: &Des3Key, out: &mut [u8]) -> Result<()> {
        match self.padding {
            Padding::None if !self.taken.is_multiple_of(8) => {
                return Err(Error::DataLenRange("the message is not whole blocks"));
            }
            Padding::Zeros | Padding::None => {}
            Padding::Marked => self.chain(key, &[0x80])?,
            Padding::Length if self.taken != self.announced => {
                return Err(Error::DataLenRange(
                    "the message has another length than its parameter says",
                ));
            }
            Padding::Length if self.taken == 0 => self.chain(key, &[0])?,
            Padding::Length => {}
        }
        self.chained.finish_with_zeros(key, out);
        Ok(())
    }

    /// The state so far, for [`Iso9797Mac::restore`].
    #[must_use]
    pub fn save(&self) -> SecretBytes {
        let (chained, taken) = (self.chained.save(), self.taken.to_be_bytes());
        SecretBytes::new([&taken[..], &chained].concat())
    }

    /// Goes on from where [`Iso9797Mac::save`] was called, of the same scheme, padding and length; `None` if it is no
    /// such state.
    #[must_use]
    pub fn restore(scheme: Scheme, padding: Padding, length: u64, saved: &[u8]) -> Option<Self> {
        let (taken, chained) = saved.split_first_chunk()?;
        Some(Self {
            chained: CmacState::restore(chained)?,
            taken: u64::from_be_bytes(*taken),
            ..Self::empty(scheme, padding, length)
        })
    }

    /// Behind whole blocks of a message that [`Iso9797Mac::chain_blocks`] took, without [`Padding::Length`].
    #[must_use]
    pub fn behind(scheme: Scheme, padding: Padding, chained: [u8; MAC_LEN]) -> Self {
        Self {
            chained: CmacState::behind(chained),
            ..Self::empty(scheme, padding, 0)
        }
    }

    /// Chains whole blocks to a value, as the blocks of a message before its last are.
    ///
    /// # Errors
    /// If the library fails.
    pub fn chain_blocks(
        scheme: Scheme,
        key: &Des3Key,
        chained: &mut [u8; MAC_LEN],
        blocks: &[u8],
    ) -> Result<()> {
        match scheme {
            Scheme::Alg1 => key.chain(chained, blocks),
            Scheme::Alg3 => FirstPart(key).chain(chained, blocks),
        }
    }

    /// The MAC of a whole message. `out` takes its first bytes, all of them if it is long enough.
    ///
    /// # Errors
    /// As [`Iso9797Mac::begin`].
    pub fn whole(scheme: Scheme, padding: Padding, key: &Des3Key, data: &[u8], out: &mut [u8]) -> Result<()> {
        let length = u64::try_from(data.len()).map_err(|_| TOO_LONG)?;
        let mut mac = Self::begin(scheme, padding, key, length)?;
        mac.update(key, data)?;
        mac.finish(key, out)
    }
}

/// The first part of a triple-DES key as a cipher of its own.
struct FirstPart<'a>(&'a Des3Key);

impl CmacCipher<MAC_LEN> for FirstPart<'_> {
    const R: u8 = Des3Key::R;

    fn encrypt_block(&self, block: &mut [u8; MAC_LEN]) {
        *block = self.0.encrypt_by_first_part(*block);
    }

    fn chain(&self, state: &mut [u8; MAC_LEN], blocks: &[u8]) -> Result<()> {
        chain_by(blocks, |piece, scratch| {
            self.0.cbc_encrypt_by_first_part(state, piece, scratch)
        })
    }
}

const TOO_LONG: Error = Error::DataLenRange("a MAC tells lengths up to 2^64 - 1 bits");

#[cfg(test)]
mod tests {
    use super::*;
    use des::cipher::{BlockCipherEncrypt, KeyInit};

    /// The standard's sentences one by one, over another implementation of the cipher.
    fn by_the_letter(scheme: Scheme, padding: Padding, key: &[u8], data: &[u8]) -> [u8; 8] {
        let mut padded = data.to_vec();
        if padding == Padding::Marked {
            padded.push(0x80);
        }
        while padded.is_empty() || !padded.len().is_multiple_of(8) {
            padded.push(0);
        }
        if padding == Padding::Length {
            padded.splice(0..0, (u64::try_from(data.len()).unwrap() * 8).to_be_bytes());
        }
        let blocks = padded.len() / 8;
        let mut state = [0_u8; 8];
        for (at, block) in padded.chunks(8).enumerate() {
            let mut sum = std::array::from_fn(|byte| state[byte] ^ block[byte]).into();
            match (scheme, key.len()) {
                (Scheme::Alg3, _) if at + 1 < blocks => {
                    des::Des::new_from_slice(&key[..8])
                        .unwrap()
                        .encrypt_block(&mut sum);
                }
                (_, 8) => des::Des::new_from_slice(key).unwrap().encrypt_block(&mut sum),
                (_, 16) => des::TdesEde2::new_from_slice(key)
                    .unwrap()
                    .encrypt_block(&mut sum),
                _ => des::TdesEde3::new_from_slice(key)
                    .unwrap()
                    .encrypt_block(&mut sum),
            }
            state = sum.into();
        }
        state
    }

    #[test]
    fn every_scheme_padding_key_and_length_agrees_with_the_letter_in_any_pieces() {
        let value: Vec<u8> = (0..24_u8).map(|byte| byte.wrapping_mul(37) ^ 0x5a).collect();
        let data: Vec<u8> = (0..=255).cycle().take(600).collect();
        for (scheme, parts) in [(Scheme::Alg1, 1..=3), (Scheme::Alg3, 2..=3)] {
            for parts in parts {
                let value = &value[..8 * parts];
                let key = Des3Key::new(value).unwrap();
                for padding in [Padding::Zeros, Padding::Marked, Padding::Length] {
                    for length in (0..34).chain([511, 512, 513, 600]) {
                        let data = &data[..length];
                        let expected = by_the_letter(scheme, padding, value, data);
                        let mut out = [0; 8];
                        Iso9797Mac::whole(scheme, padding, &key, data, &mut out).unwrap();
                        assert_eq!(out, expected, "{scheme:?} {padding:?} {parts} {length}");
                        for piece in [1, 7, 8, 100] {
                            let length = u64::try_from(length).unwrap();
                            let mut mac = Iso9797Mac::begin(scheme, padding, &key, length).unwrap();
                            for part in data.chunks(piece) {
                                mac.update(&key, part).unwrap();
                                let saved = mac.save();
                                mac = Iso9797Mac::restore(scheme, padding, length, &saved).unwrap();
                            }
                            let mut out = [0; 5];
                            mac.finish(&key, &mut out).unwrap();
                            assert_eq!(out, expected[..5]);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_message_has_the_length_that_was_announced() {
        let key = Des3Key::new(&[3; 16]).unwrap();
        for (announced, refused) in [(2, true), (3, false), (4, true)] {
            let mut mac = Iso9797Mac::begin(Scheme::Alg3, Padding::Length, &key, announced).unwrap();
            mac.update(&key, b"abc").unwrap();
            assert_eq!(mac.finish(&key, &mut [0; 8]).is_err(), refused);
        }
        assert!(Iso9797Mac::begin(Scheme::Alg3, Padding::Length, &key, 1 << 61).is_err());
    }
}
