//! HMAC [FIPS 198-1] and CMAC [NIST SP 800-38B] with everything that depends on the key alone prepared.

use zeroize::{Zeroize, Zeroizing};

use super::aes::AesKey;
use super::aws_lc::wipe;
use super::cbc_mac::chain_by;
use super::des::Des3Key;
use super::hash::{BLOCK_LEN_MAX, DIGEST_LEN_MAX, Hash, Hasher};
use crate::error::Result;
use crate::secret::SecretBytes;

/// A prepared HMAC key: the states after the padded key, so that a short MAC costs two compressions.
#[derive(Clone)]
pub struct HmacKey {
    inner: Hasher,
    outer: Hasher,
}

impl HmacKey {
    /// Prepares a key of any length.
    #[must_use]
    pub fn new(hash: Hash, key: &[u8]) -> Self {
        let mut padded = Zeroizing::new([0; BLOCK_LEN_MAX]);
        if key.len() > hash.block_len() {
            hash.digest(key, padded.as_mut());
        } else {
            padded.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
        }
        let state = |pad: u8| {
            let block = Zeroizing::new(padded.map(|byte| byte ^ pad));
            let mut hasher = hash.hasher();
            hasher.update(block.get(..hash.block_len()).unwrap_or_default());
            hasher
        };
        Self {
            inner: state(0x36),
            outer: state(0x5c),
        }
    }

    /// The hash function.
    #[must_use]
    pub fn hash(&self) -> Hash {
        self.inner.hash()
    }

    /// The MAC of a whole message. `out` takes its first bytes, all of them if it is long enough.
    pub fn mac(&self, data: &[u8], out: &mut [u8]) {
        let mut inner = self.inner.clone();
        inner.update(data);
        self.finish(&mut inner, out);
    }

    /// Begins a message that comes in pieces: what the pieces are put into, and given to [`HmacKey::finish`].
    #[must_use]
    pub fn begin(&self) -> Hasher {
        self.inner.clone()
    }

    /// Ends a message. `out` takes the first bytes of the MAC, all of them if it is long enough.
    pub fn finish(&self, inner: &mut Hasher, out: &mut [u8]) {
        let mut digest = [0; DIGEST_LEN_MAX];
        inner.finish(&mut digest);
        let mut outer = self.outer.clone();
        outer.update(digest.get(..self.hash().output_len()).unwrap_or_default());
        outer.finish(out);
        wipe(&mut digest);
    }
}

/// A block cipher that CMAC can stand on, with blocks of `N` bytes.
pub trait CmacCipher<const N: usize> {
    /// The constant R_b [NIST SP 800-38B, 5.3].
    const R: u8;

    /// Encrypts one block in place.
    fn encrypt_block(&self, block: &mut [u8; N]);

    /// Chains whole blocks: exclusive or with `state`, encrypt, for each.
    ///
    /// # Errors
    /// If the library fails.
    fn chain(&self, state: &mut [u8; N], blocks: &[u8]) -> Result<()>;
}

impl CmacCipher<16> for AesKey {
    const R: u8 = 0x87;

    fn encrypt_block(&self, block: &mut [u8; 16]) {
        Self::encrypt_block(self, block);
    }

    fn chain(&self, state: &mut [u8; 16], blocks: &[u8]) -> Result<()> {
        // CBC encryption in aws-lc's assembler is half as fast again as a loop over single blocks.
        chain_by(blocks, |piece, scratch| self.cbc_encrypt(state, piece, scratch))
    }
}

impl CmacCipher<8> for Des3Key {
    const R: u8 = 0x1b;

    fn encrypt_block(&self, block: &mut [u8; 8]) {
        *block = self.encrypt(*block);
    }

    fn chain(&self, state: &mut [u8; 8], blocks: &[u8]) -> Result<()> {
        chain_by(blocks, |piece, scratch| self.cbc_encrypt(state, piece, scratch))
    }
}

/// The subkeys of CMAC, beside the cipher's key. Wiped when dropped.
#[derive(Clone, Zeroize)]
#[zeroize(drop)]
pub struct CmacSubkeys<const N: usize> {
    /// For a last block that is whole.
    whole: [u8; N],
    /// For a last block that is padded.
    padded: [u8; N],
}

impl<const N: usize> CmacSubkeys<N> {
    /// Derives them from the cipher's key.
    pub fn new<C: CmacCipher<N>>(cipher: &C) -> Self {
        let mut zero = [0; N];
        cipher.encrypt_block(&mut zero);
        let whole = double::<N>(&zero, C::R);
        let subkeys = Self {
            whole,
            padded: double::<N>(&whole, C::R),
        };
        zero.zeroize();
        subkeys
    }

    /// Subkeys that are derived in another way.
    pub(super) fn given(whole: [u8; N], padded: [u8; N]) -> Self {
        Self { whole, padded }
    }

    /// The MAC of a whole message. `out` takes its first bytes, all of them if it is long enough.
    ///
    /// # Errors
    /// If the library fails.
    pub fn mac<C: CmacCipher<N>>(&self, cipher: &C, data: &[u8], out: &mut [u8]) -> Result<()> {
        let mut state = CmacState::new();
        state.update(cipher, data)?;
        state.finish(cipher, self, out);
        Ok(())
    }
}

/// Multiplies by x in the field of the cipher's block size, without a branch on the secret.
fn double<const N: usize>(block: &[u8; N], r: u8) -> [u8; N] {
    let mut doubled = [0; N];
    let mut carry = 0;
    for (to, from) in doubled.iter_mut().zip(block).rev() {
        *to = from << 1 | carry;
        carry = from >> 7;
    }
    if let Some(last) = doubled.last_mut() {
        *last ^= r & carry.wrapping_neg();
    }
    doubled
}

/// A CMAC under way. The key is given to each call, so that the state is small and owns nothing.
#[derive(Clone, Zeroize)]
#[zeroize(drop)]
pub struct CmacState<const N: usize> {
    state: [u8; N],
    /// The last bytes of the message so far: 1 to `N` of them unless nothing came yet.
    tail: [u8; N],
    tail_len: usize,
}

impl<const N: usize> Default for CmacState<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> CmacState<N> {
    /// Before the first byte.
    #[must_use]
    pub fn new() -> Self {
        Self::behind([0; N])
    }

    /// Behind whole blocks that were chained to this value.
    #[must_use]
    pub fn behind(state: [u8; N]) -> Self {
        Self {
            state,
            tail: [0; N],
            tail_len: 0,
        }
    }

    /// Takes data. The last block always stays in the tail, because it is treated differently.
    ///
    /// # Errors
    /// If the library fails.
    pub fn update<C: CmacCipher<N>>(&mut self, cipher: &C, data: &[u8]) -> Result<()> {
        let room = N.saturating_sub(self.tail_len);
        let Some((filler, rest)) = data.split_at_checked(room).filter(|(_, rest)| !rest.is_empty()) else {
            self.keep(data);
            return Ok(());
        };
        if self.tail_len > 0 {
            self.keep(filler);
            xor(&mut self.state, &self.tail);
            cipher.encrypt_block(&mut self.state);
            self.tail_len = 0;
            self.absorb(cipher, rest)
        } else {
            self.absorb(cipher, data)
        }
    }

    /// Chains all of `data`, which is not empty, but its last block, and keeps that. The tail is empty.
    fn absorb<C: CmacCipher<N>>(&mut self, cipher: &C, data: &[u8]) -> Result<()> {
        let last_len = match data.len() % N {
            0 => N,
            partial => partial,
        };
        let (blocks, last) = data
            .split_at_checked(data.len().saturating_sub(last_len))
            .unwrap_or_default();
        if !blocks.is_empty() {
            cipher.chain(&mut self.state, blocks)?;
        }
        self.keep(last);
        Ok(())
    }

    /// Puts bytes behind the tail; they fit.
    fn keep(&mut self, data: &[u8]) {
        for (to, from) in self.tail.iter_mut().skip(self.tail_len).zip(data) {
            *to = *from;
        }
        self.tail_len = self.tail_len.saturating_add(data.len());
    }

    /// The state so far, for [`CmacState::restore`].
    pub fn save(&self) -> SecretBytes {
        let length = u8::try_from(self.tail_len).unwrap_or(0);
        SecretBytes::new([&self.state[..], &self.tail, &[length]].concat())
    }

    /// Goes on from where [`CmacState::save`] was called; `None` if it is no such state.
    pub fn restore(saved: &[u8]) -> Option<Self> {
        let (state, rest) = saved.split_first_chunk()?;
        let (tail, last) = rest.split_first_chunk()?;
        let [tail_len] = last else { return None };
        (usize::from(*tail_len) <= N).then_some(Self {
            state: *state,
            tail: *tail,
            tail_len: usize::from(*tail_len),
        })
    }

    /// Ends the message. `out` takes the first bytes of the MAC, all of them if it is long enough.
    pub fn finish<C: CmacCipher<N>>(&mut self, cipher: &C, subkeys: &CmacSubkeys<N>, out: &mut [u8]) {
        if self.tail_len == N {
            xor(&mut self.tail, &subkeys.whole);
        } else {
            let (len, mut marker) = (self.tail_len, 0x80);
            for byte in self.tail.iter_mut().skip(len) {
                *byte = marker;
                marker = 0;
            }
            xor(&mut self.tail, &subkeys.padded);
        }
        self.close(cipher, out);
    }

    /// Ends the message as plain chaining does: zeros fill up the last block, the whole of it if nothing came.
    pub(super) fn finish_with_zeros<C: CmacCipher<N>>(&mut self, cipher: &C, out: &mut [u8]) {
        let len = self.tail_len;
        self.tail.iter_mut().skip(len).for_each(|byte| *byte = 0);
        self.close(cipher, out);
    }

    fn close<C: CmacCipher<N>>(&mut self, cipher: &C, out: &mut [u8]) {
        let Self { state, tail, .. } = self;
        xor(state, tail);
        cipher.encrypt_block(state);
        out.iter_mut()
            .zip(state.iter())
            .for_each(|(to, from)| *to = *from);
    }
}

fn xor<const N: usize>(to: &mut [u8; N], from: &[u8; N]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to ^= from);
}

#[cfg(test)]
mod tests;
