//! SHA-1 and SHA-2 states: plain data, cheap to copy, wiped when dropped.

use aws_lc_sys as sys;

use super::wipe;
use crate::crypto::hash::{DIGEST_LEN_MAX, Hash};
use crate::secret::SecretBytes;

/// The library's state of one hash computation.
#[derive(Clone, Copy)]
enum Context {
    Sha1(sys::SHA_CTX),
    Sha256(sys::SHA256_CTX),
    Sha512(sys::SHA512_CTX),
}

/// A hash computation under way.
#[derive(Clone)]
pub(crate) struct State {
    hash: Hash,
    context: Context,
}

impl State {
    /// The state before the first byte.
    #[must_use]
    pub(crate) fn new(hash: Hash) -> Self {
        // SAFETY: the contexts are plain integers, for which all-zero is a value; each Init sets its own context
        // and cannot fail.
        let context = unsafe {
            match hash {
                Hash::Sha1 => {
                    let mut context = std::mem::zeroed();
                    sys::SHA1_Init(&mut context);
                    Context::Sha1(context)
                }
                Hash::Sha224 | Hash::Sha256 => {
                    let mut context = std::mem::zeroed();
                    match hash {
                        Hash::Sha224 => sys::SHA224_Init(&mut context),
                        _ => sys::SHA256_Init(&mut context),
                    };
                    Context::Sha256(context)
                }
                Hash::Sha384 | Hash::Sha512 => {
                    let mut context = std::mem::zeroed();
                    match hash {
                        Hash::Sha384 => sys::SHA384_Init(&mut context),
                        _ => sys::SHA512_Init(&mut context),
                    };
                    Context::Sha512(context)
                }
            }
        };
        Self { hash, context }
    }

    /// The hash that is computed.
    #[must_use]
    pub(crate) fn hash(&self) -> Hash {
        self.hash
    }

    /// Takes data.
    pub(crate) fn update(&mut self, data: &[u8]) {
        let (pointer, length) = (data.as_ptr().cast(), data.len());
        // SAFETY: the context was set up by its Init; `data` is valid for reads of its length. Cannot fail.
        unsafe {
            match &mut self.context {
                Context::Sha1(context) => sys::SHA1_Update(context, pointer, length),
                Context::Sha256(context) => sys::SHA256_Update(context, pointer, length),
                Context::Sha512(context) => sys::SHA512_Update(context, pointer, length),
            };
        }
    }

    /// The state in a form that does not know the library's: chaining value, length in bits, the bytes that wait for a
    /// whole block.
    #[must_use]
    pub(crate) fn save(&self) -> SecretBytes {
        // Long enough for all, so that nothing is moved and left behind.
        let mut saved = Vec::with_capacity(SAVED_LEN_MAX);
        let (tail, length) = match &self.context {
            Context::Sha1(context) => {
                let words = context.h.iter().chain([&context.Nh, &context.Nl]);
                saved.extend(words.flat_map(|word| word.to_be_bytes()));
                (context.data.as_slice(), context.num)
            }
            Context::Sha256(context) => {
                let words = context.h.iter().chain([&context.Nh, &context.Nl]);
                saved.extend(words.flat_map(|word| word.to_be_bytes()));
                (context.data.as_slice(), context.num)
            }
            Context::Sha512(context) => {
                let words = context.h.iter().chain([&context.Nh, &context.Nl]);
                saved.extend(words.flat_map(|word| word.to_be_bytes()));
                (context.p.as_slice(), context.num)
            }
        };
        let length = usize::try_from(length).unwrap_or(0);
        saved.extend_from_slice(tail.get(..length).unwrap_or_default());
        SecretBytes::new(saved)
    }

    /// Goes on from what [`State::save`] gave for the same hash; `None` if it is no such state.
    #[must_use]
    pub(crate) fn restore(hash: Hash, saved: &[u8]) -> Option<Self> {
        let mut state = Self::new(hash);
        let fed = match &mut state.context {
            Context::Sha1(context) => {
                let words = context.h.iter_mut().chain([&mut context.Nh, &mut context.Nl]);
                let tail = read_words(words, saved, u32::from_be_bytes)?;
                context.num = keep(&mut context.data, tail)?;
                context.Nl / 8
            }
            Context::Sha256(context) => {
                let words = context.h.iter_mut().chain([&mut context.Nh, &mut context.Nl]);
                let tail = read_words(words, saved, u32::from_be_bytes)?;
                context.num = keep(&mut context.data, tail)?;
                context.Nl / 8
            }
            Context::Sha512(context) => {
                let words = context.h.iter_mut().chain([&mut context.Nh, &mut context.Nl]);
                let tail = read_words(words, saved, u64::from_be_bytes)?;
                context.num = keep(&mut context.p, tail)?;
                u32::try_from(context.Nl / 8 % 128).ok()?
            }
        };
        let block = u32::try_from(hash.block_len()).ok()?;
        let waiting = match &state.context {
            Context::Sha1(context) => context.num,
            Context::Sha256(context) => context.num,
            Context::Sha512(context) => context.num,
        };
        (fed % block == waiting).then_some(state)
    }

    /// Ends the message. `out` takes the first bytes of the digest, all of it if it is long enough. The state is of no
    /// more use, but it stays where it is to be wiped there: moving it would leave a copy behind.
    pub(crate) fn finish(&mut self, out: &mut [u8]) {
        // SAFETY: the context was set up by its Init, and `place` has room for the digest. Cannot fail.
        let write = |place: *mut u8| unsafe {
            match (&mut self.context, self.hash) {
                (Context::Sha1(context), _) => sys::SHA1_Final(place, context),
                (Context::Sha256(context), Hash::Sha224) => sys::SHA224_Final(place, context),
                (Context::Sha256(context), _) => sys::SHA256_Final(place, context),
                (Context::Sha512(context), Hash::Sha384) => sys::SHA384_Final(place, context),
                (Context::Sha512(context), _) => sys::SHA512_Final(place, context),
            };
        };
        deliver(self.hash, out, write);
    }
}

/// The longest saved state in bytes: that of SHA-512, with a block that is nearly whole.
const SAVED_LEN_MAX: usize = 10 * 8 + 128;

/// Fills words from the start of the bytes; gives the rest.
fn read_words<'a, 'b, const N: usize, W: 'a>(
    words: impl Iterator<Item = &'a mut W>,
    saved: &'b [u8],
    word: impl Fn([u8; N]) -> W,
) -> Option<&'b [u8]> {
    let mut rest = saved;
    for place in words {
        let (bytes, after) = rest.split_first_chunk::<N>()?;
        *place = word(*bytes);
        rest = after;
    }
    Some(rest)
}

/// Puts the bytes that wait for a whole block in their place; gives their number.
fn keep(place: &mut [u8], tail: &[u8]) -> Option<u32> {
    if tail.len() >= place.len() {
        return None;
    }
    place.get_mut(..tail.len())?.copy_from_slice(tail);
    u32::try_from(tail.len()).ok()
}

impl Drop for State {
    fn drop(&mut self) {
        let (pointer, length) = match &mut self.context {
            Context::Sha1(context) => (std::ptr::from_mut(context).cast(), size_of_val(context)),
            Context::Sha256(context) => (std::ptr::from_mut(context).cast(), size_of_val(context)),
            Context::Sha512(context) => (std::ptr::from_mut(context).cast(), size_of_val(context)),
        };
        // SAFETY: the context is plain integers and ours to overwrite.
        unsafe { sys::OPENSSL_cleanse(pointer, length) }
    }
}

/// The digest of a whole message. `out` takes its first bytes, all of it if it is long enough.
pub(crate) fn oneshot(hash: Hash, data: &[u8], out: &mut [u8]) {
    let (pointer, length) = (data.as_ptr(), data.len());
    // SAFETY: `data` is valid for reads of its length, and `place` has room for the digest. Cannot fail.
    deliver(hash, out, |place| unsafe {
        match hash {
            Hash::Sha1 => sys::SHA1(pointer, length, place),
            Hash::Sha224 => sys::SHA224(pointer, length, place),
            Hash::Sha256 => sys::SHA256(pointer, length, place),
            Hash::Sha384 => sys::SHA384(pointer, length, place),
            Hash::Sha512 => sys::SHA512(pointer, length, place),
        };
    });
}

/// Gives `write` a place for the whole digest: `out` itself, since a copy of what is a key would have to be wiped, or
/// one that is wiped if `out` is shorter.
fn deliver(hash: Hash, out: &mut [u8], write: impl FnOnce(*mut u8)) {
    if out.len() >= hash.output_len() {
        return write(out.as_mut_ptr());
    }
    let mut whole = [0; DIGEST_LEN_MAX];
    write(whole.as_mut_ptr());
    out.iter_mut().zip(&whole).for_each(|(to, from)| *to = *from);
    wipe(&mut whole);
}
