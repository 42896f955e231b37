//! XTS-AES [IEEE 1619, NIST SP 800-38E]: whole data units of 16 bytes to 2^20 blocks, with ciphertext stealing.

use zeroize::Zeroize;

use super::aes::{AesKey, BLOCK_LEN, Block};
use crate::error::{Error, Result};

/// Longest data unit in bytes [NIST SP 800-38E, 4].
pub const UNIT_LEN_MAX: usize = 16 << 20;

/// Blocks that are encrypted at once.
const BATCH: usize = 32;

const WRONG_LENGTH: Error = Error::Internal("XTS was given a wrong length");

/// Whether the halves of a key differ. If they do not, a chosen ciphertext tells the tweak
/// [FIPS 140-3 IG, C.I]. Looks at all bytes whatever they are.
#[must_use]
pub fn has_two_keys(key: &[u8]) -> bool {
    let (data, tweak) = key.split_at_checked(key.len() / 2).unwrap_or_default();
    let same: bool = subtle::ConstantTimeEq::ct_eq(data, tweak).into();
    !same
}

/// A prepared key. Immutable; shared by threads.
pub struct XtsKey {
    data: AesKey,
    tweak: AesKey,
}

/// The direction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// Encryption.
    Encrypt,
    /// Decryption.
    Decrypt,
}

/// Where in a data unit the next block stands. Wiped when dropped.
#[derive(Clone, Zeroize)]
#[zeroize(drop)]
pub struct Tweak(u128);

impl Tweak {
    /// The tweak of this block; then it is that of the next.
    fn next(&mut self) -> Block {
        let now = self.0.to_le_bytes();
        // Multiplication by x, without a branch on the secret.
        let carry = (self.0 >> 127).wrapping_neg() & 0x87;
        self.0 = self.0 << 1 ^ carry;
        now
    }
}

impl XtsKey {
    /// Prepares a key of 32 or 64 bytes: that of the data, then that of the tweak.
    ///
    /// # Errors
    /// [`Error::Internal`] for another length, or if the two are one.
    pub fn new(key: &[u8]) -> Result<Self> {
        if !matches!(key.len(), 32 | 64) || !has_two_keys(key) {
            return Err(Error::Internal("an XTS key has 32 or 64 bytes in two keys"));
        }
        let (data, tweak) = key.split_at_checked(key.len() / 2).ok_or(WRONG_LENGTH)?;
        Ok(Self {
            data: AesKey::new(data)?,
            tweak: AesKey::new(tweak)?,
        })
    }

    /// Begins a data unit with its number.
    #[must_use]
    pub fn begin(&self, unit: Block) -> Tweak {
        let mut tweak = unit;
        self.tweak.encrypt_block(&mut tweak);
        Tweak(u128::from_le_bytes(tweak))
    }

    /// The next whole blocks of a data unit. `out` is as long as `input`.
    ///
    /// # Errors
    /// [`Error::Internal`] for a wrong length.
    pub fn blocks(
        &self,
        direction: Direction,
        tweak: &mut Tweak,
        input: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        let ((blocks, []), (places, [])) = (input.as_chunks::<BLOCK_LEN>(), out.as_chunks_mut::<BLOCK_LEN>())
        else {
            return Err(WRONG_LENGTH);
        };
        if blocks.len() != places.len() {
            return Err(WRONG_LENGTH);
        }
        let (mut tweaks, mut mixed) = ([[0; BLOCK_LEN]; BATCH], [[0; BLOCK_LEN]; BATCH]);
        for (blocks, places) in blocks.chunks(BATCH).zip(places.chunks_mut(BATCH)) {
            let tweaks = tweaks.get_mut(..blocks.len()).ok_or(WRONG_LENGTH)?;
            let mixed = mixed.get_mut(..blocks.len()).ok_or(WRONG_LENGTH)?;
            for ((mixed, place), block) in mixed.iter_mut().zip(tweaks.iter_mut()).zip(blocks) {
                *place = tweak.next();
                *mixed = xor(block, place);
            }
            let places_flat = places.as_flattened_mut();
            match direction {
                Direction::Encrypt => self.data.ecb_encrypt(mixed.as_flattened(), places_flat),
                Direction::Decrypt => self.data.ecb_decrypt(mixed.as_flattened(), places_flat),
            }?;
            for (place, tweak) in places.iter_mut().zip(tweaks.iter()) {
                *place = xor(place, tweak);
            }
        }
        super::aws_lc::wipe(tweaks.as_flattened_mut());
        super::aws_lc::wipe(mixed.as_flattened_mut());
        Ok(())
    }

    /// The end of a data unit: its last whole block and fewer than 16 bytes behind it, or none. `out` is as long as
    /// `input`.
    ///
    /// # Errors
    /// [`Error::Internal`] for a wrong length.
    pub fn last(&self, direction: Direction, tweak: &mut Tweak, input: &[u8], out: &mut [u8]) -> Result<()> {
        let (block, rest) = input.split_first_chunk::<BLOCK_LEN>().ok_or(WRONG_LENGTH)?;
        let (to_block, to_rest) = out.split_first_chunk_mut::<BLOCK_LEN>().ok_or(WRONG_LENGTH)?;
        if rest.len() >= BLOCK_LEN || to_rest.len() != rest.len() {
            return Err(WRONG_LENGTH);
        }
        if rest.is_empty() {
            return self.blocks(direction, tweak, block, to_block);
        }
        // [IEEE 1619, 5.3.2 and 5.4.2] decryption uses the last two tweaks in the other order.
        let mut first = Tweak(tweak.0);
        tweak.next();
        let mut second = Tweak(tweak.0);
        let (first, second) = match direction {
            Direction::Encrypt => (&mut first, &mut second),
            Direction::Decrypt => (&mut second, &mut first),
        };
        let mut whole = [0; BLOCK_LEN];
        self.blocks(direction, first, block, &mut whole)?;
        let mut stolen = whole;
        stolen.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        to_rest.iter_mut().zip(&whole).for_each(|(to, from)| *to = *from);
        let done = self.blocks(direction, second, &stolen, to_block);
        whole.zeroize();
        stolen.zeroize();
        done
    }
}

fn xor(a: &Block, b: &Block) -> Block {
    (u128::from_ne_bytes(*a) ^ u128::from_ne_bytes(*b)).to_ne_bytes()
}
