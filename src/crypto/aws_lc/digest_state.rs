//! Digests under way in a form that does not know the library's: chaining value, length in bits, and the bytes that wait
//! for a whole block.

use aws_lc_sys as sys;

/// The longest saved state in bytes: that of SHA-512, with a block that is nearly whole.
pub(super) const SAVED_LEN_MAX: usize = 10 * 8 + 128;

/// A context that can be saved.
pub(super) trait Saved {
    /// Appends the state, which is at most [`SAVED_LEN_MAX`] bytes.
    fn save(&self, saved: &mut Vec<u8>);

    /// Takes the state of another context of the same function; `None` if it is none, and then this one is of no more
    /// use.
    fn restore(&mut self, saved: &[u8]) -> Option<()>;
}

macro_rules! saved {
    ($($context:ident $word:ident $block:ident;)+) => {
        $(impl Saved for sys::$context {
            fn save(&self, saved: &mut Vec<u8>) {
                for word in self.h.iter().chain([&self.Nh, &self.Nl]) {
                    saved.extend_from_slice(&word.to_be_bytes());
                }
                let waiting = usize::try_from(self.num).unwrap_or(0);
                saved.extend_from_slice(self.$block.get(..waiting).unwrap_or_default());
            }

            fn restore(&mut self, saved: &[u8]) -> Option<()> {
                let mut rest = saved;
                for word in self.h.iter_mut().chain([&mut self.Nh, &mut self.Nl]) {
                    let (bytes, after) = rest.split_first_chunk()?;
                    *word = $word::from_be_bytes(*bytes);
                    rest = after;
                }
                // The length says how many bytes wait.
                let waiting = usize::try_from(self.Nl / 8).ok()? % self.$block.len();
                if rest.len() != waiting || self.Nl % 8 != 0 {
                    return None;
                }
                self.$block.get_mut(..waiting)?.copy_from_slice(rest);
                self.num = u32::try_from(waiting).ok()?;
                Some(())
            }
        })+
    };
}

saved! {
    SHA_CTX u32 data;
    SHA256_CTX u32 data;
    SHA512_CTX u64 p;
    MD5_CTX u32 data;
    RIPEMD160_CTX u32 data;
}
