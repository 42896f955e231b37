//! BLAKE2b in pieces [RFC 7693]: the library's function of 256 bits under another parameter block, which is all that the
//! lengths and the keyed variant differ by. Plain data, cheap to copy, can be saved, wiped when dropped.

use aws_lc_sys as sys;
use std::mem::MaybeUninit;

use crate::secret::SecretBytes;

/// Length of a block in bytes.
const BLOCK_LEN: usize = 128;

/// A message under way.
#[derive(Clone)]
pub(crate) struct State {
    context: sys::BLAKE2B_CTX,
    output_len: usize,
}

impl State {
    /// Before the first byte. A digest has 1 to 64 bytes; a key has at most 64 bytes, 0 for none, and is the caller's to
    /// give as the first block.
    pub(crate) fn new(output_len: u8, key_len: u8) -> Self {
        let mut context = MaybeUninit::uninit();
        // SAFETY: the function writes all of the context.
        let mut context: sys::BLAKE2B_CTX = unsafe {
            sys::BLAKE2B256_Init(context.as_mut_ptr());
            context.assume_init()
        };
        // [RFC 7693, 2.5] the parameter block: the digest's length, and the key's above it.
        let [first, ..] = &mut context.h;
        *first ^= u64::from(output_len ^ 32) | u64::from(key_len) << 8;
        Self {
            context,
            output_len: output_len.into(),
        }
    }

    /// Takes data.
    pub(crate) fn update(&mut self, data: &[u8]) {
        // SAFETY: the context is begun, and the data is valid for its length.
        unsafe { sys::BLAKE2B256_Update(&raw mut self.context, data.as_ptr().cast(), data.len()) }
    }

    /// Ends the message. `out` takes the first bytes of the digest, all of it if it is long enough. The state is of no
    /// more use.
    pub(crate) fn finish(&mut self, out: &mut [u8]) {
        let mut half = [0; 32];
        // SAFETY: the context is begun, and the function writes 32 bytes.
        unsafe { sys::BLAKE2B256_Final(half.as_mut_ptr(), &raw mut self.context) }
        super::wipe(&mut half);
        let digest = self.context.h.iter().flat_map(|word| word.to_le_bytes());
        let digest = digest.take(self.output_len);
        out.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    }

    /// How much came so far in bytes.
    pub(crate) fn taken(&self) -> u128 {
        let context = &self.context;
        let whole = u128::from(context.t_high) << 64 | u128::from(context.t_low);
        whole.saturating_add(u128::try_from(context.block_used).unwrap_or(0))
    }

    /// The state: chaining value, length so far, and the bytes that wait for more.
    pub(crate) fn save(&self) -> SecretBytes {
        let context = &self.context;
        let mut saved = zeroize::Zeroizing::new(Vec::with_capacity(8 * 8 + 16 + BLOCK_LEN));
        for word in &context.h {
            saved.extend_from_slice(&word.to_be_bytes());
        }
        let waiting = context.block.get(..context.block_used).unwrap_or_default();
        saved.extend_from_slice(&self.taken().to_be_bytes());
        saved.extend_from_slice(waiting);
        SecretBytes::from(&saved[..])
    }

    /// The state of such bytes, of a digest with this length; `None` if they are none.
    pub(crate) fn restore(output_len: u8, saved: &[u8]) -> Option<Self> {
        let mut state = Self::new(output_len, 0);
        let context = &mut state.context;
        let mut rest = saved;
        for word in &mut context.h {
            let (bytes, after) = rest.split_first_chunk()?;
            *word = u64::from_be_bytes(*bytes);
            rest = after;
        }
        let (length, waiting) = rest.split_first_chunk()?;
        let length = u128::from_be_bytes(*length);
        // A block is held back until more comes: it may be the last one.
        let held = match length.checked_sub(1) {
            None => 0,
            Some(before) => usize::try_from(before % 128).ok()?.checked_add(1)?,
        };
        if waiting.len() != held {
            return None;
        }
        let whole = length.checked_sub(u128::try_from(held).ok()?)?;
        context.t_low = u64::try_from(whole & u128::from(u64::MAX)).ok()?;
        context.t_high = u64::try_from(whole >> 64).ok()?;
        context.block.get_mut(..held)?.copy_from_slice(waiting);
        context.block_used = held;
        Some(state)
    }
}

impl Drop for State {
    fn drop(&mut self) {
        let context = &raw mut self.context;
        // SAFETY: the context is plain integers and ours to overwrite.
        unsafe { sys::OPENSSL_cleanse(context.cast(), size_of::<sys::BLAKE2B_CTX>()) }
    }
}
