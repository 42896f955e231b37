//! SHA-1, SHA-2, MD5 and RIPEMD-160 states: plain data, cheap to copy, wiped when dropped.

use aws_lc_sys as sys;

use super::digest_state::{SAVED_LEN_MAX, Saved};
use super::wipe;
use crate::crypto::hash::{DIGEST_LEN_MAX, Truncation};
use crate::secret::SecretBytes;

/// The hash functions that the library computes without an allocation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    Sha512_224,
    Sha512_256,
    Sha512T(Truncation),
    Md5,
    Ripemd160,
}

impl Function {
    /// Length of the digest in bytes.
    const fn output_len(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 | Self::Ripemd160 => 20,
            Self::Sha224 | Self::Sha512_224 => 28,
            Self::Sha256 | Self::Sha512_256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
            Self::Sha512T(bits) => bits.bytes(),
        }
    }
}

/// The library's state of one hash computation.
enum Context {
    Sha1(sys::SHA_CTX),
    Sha256(sys::SHA256_CTX),
    Sha512(sys::SHA512_CTX),
    Md5(sys::MD5_CTX),
    Ripemd160(sys::RIPEMD160_CTX),
}

impl Clone for Context {
    /// Copies no more than the context of the one function, which is half of the room that the largest takes.
    fn clone(&self) -> Self {
        match self {
            Self::Sha1(context) => Self::Sha1(*context),
            Self::Sha256(context) => Self::Sha256(*context),
            Self::Sha512(context) => Self::Sha512(*context),
            Self::Md5(context) => Self::Md5(*context),
            Self::Ripemd160(context) => Self::Ripemd160(*context),
        }
    }
}

/// A context that its Init has set up.
macro_rules! begun {
    ($init:path) => {{
        // SAFETY: the contexts are plain integers, for which all-zero is a value; each Init sets its own context and
        // cannot fail.
        unsafe {
            let mut context = std::mem::zeroed();
            $init(&mut context);
            context
        }
    }};
}

/// Calls `$do` with whatever context it is.
macro_rules! with_context {
    ($of:expr, $context:ident => $do:expr) => {
        match $of {
            Context::Sha1($context) => $do,
            Context::Sha256($context) => $do,
            Context::Sha512($context) => $do,
            Context::Md5($context) => $do,
            Context::Ripemd160($context) => $do,
        }
    };
}

/// A hash computation under way.
#[derive(Clone)]
pub(crate) struct State {
    function: Function,
    context: Context,
}

impl State {
    /// The state before the first byte.
    #[must_use]
    pub(crate) fn new(function: Function) -> Self {
        let context = match function {
            Function::Sha1 => Context::Sha1(begun!(sys::SHA1_Init)),
            Function::Sha224 => Context::Sha256(begun!(sys::SHA224_Init)),
            Function::Sha256 => Context::Sha256(begun!(sys::SHA256_Init)),
            Function::Sha384 => Context::Sha512(begun!(sys::SHA384_Init)),
            Function::Sha512 => Context::Sha512(begun!(sys::SHA512_Init)),
            Function::Sha512_224 => Context::Sha512(begun!(sys::SHA512_224_Init)),
            Function::Sha512_256 => Context::Sha512(begun!(sys::SHA512_256_Init)),
            Function::Sha512T(bits) => Context::Sha512(sha512_t(bits)),
            Function::Md5 => Context::Md5(begun!(sys::MD5_Init)),
            Function::Ripemd160 => Context::Ripemd160(begun!(sys::RIPEMD160_Init)),
        };
        Self { function, context }
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
                Context::Md5(context) => sys::MD5_Update(context, pointer, length),
                Context::Ripemd160(context) => sys::RIPEMD160_Update(context, pointer, length),
            };
        }
    }

    /// The state so far, for [`State::restore`].
    #[must_use]
    pub(crate) fn save(&self) -> SecretBytes {
        // Long enough for all, so that nothing is moved and left behind.
        let mut saved = Vec::with_capacity(SAVED_LEN_MAX);
        with_context!(&self.context, context => context.save(&mut saved));
        SecretBytes::new(saved)
    }

    /// Goes on from what [`State::save`] gave for the same function; `None` if it is no such state.
    #[must_use]
    pub(crate) fn restore(function: Function, saved: &[u8]) -> Option<Self> {
        let mut state = Self::new(function);
        with_context!(&mut state.context, context => context.restore(saved))?;
        Some(state)
    }

    /// Ends the message. `out` takes the first bytes of the digest, all of it if it is long enough. The state is of no
    /// more use, but it stays where it is to be wiped there: moving it would leave a copy behind.
    pub(crate) fn finish(&mut self, out: &mut [u8]) {
        // SAFETY: the context was set up by its Init, and `place` has room for the digest. Cannot fail.
        let write = |place: *mut u8| unsafe {
            match (&mut self.context, self.function) {
                (Context::Sha1(context), _) => sys::SHA1_Final(place, context),
                (Context::Sha256(context), Function::Sha224) => sys::SHA224_Final(place, context),
                (Context::Sha256(context), _) => sys::SHA256_Final(place, context),
                (Context::Sha512(context), Function::Sha384) => sys::SHA384_Final(place, context),
                (Context::Sha512(context), Function::Sha512_224) => sys::SHA512_224_Final(place, context),
                (Context::Sha512(context), Function::Sha512_256) => sys::SHA512_256_Final(place, context),
                (Context::Sha512(context), _) => sys::SHA512_Final(place, context),
                (Context::Md5(context), _) => sys::MD5_Final(place, context),
                (Context::Ripemd160(context), _) => sys::RIPEMD160_Final(place, context),
            };
        };
        deliver(self.function, out, write);
    }
}

impl Drop for State {
    fn drop(&mut self) {
        let (pointer, length) = with_context!(&mut self.context, context => (
            std::ptr::from_mut(context).cast(),
            size_of_val(context),
        ));
        // SAFETY: the context is plain integers and ours to overwrite.
        unsafe { sys::OPENSSL_cleanse(pointer, length) }
    }
}

/// SHA-512/t before the first byte: SHA-512 with another initial value digests the function's name to the initial
/// value [FIPS 180-4, 5.3.6].
fn sha512_t(bits: Truncation) -> sys::SHA512_CTX {
    let mut context: sys::SHA512_CTX = begun!(sys::SHA512_Init);
    context
        .h
        .iter_mut()
        .for_each(|word| *word ^= 0xa5a5_a5a5_a5a5_a5a5);
    let mut generator = State {
        function: Function::Sha512,
        context: Context::Sha512(context),
    };
    generator.update(b"SHA-512/");
    let bits = bits.bits();
    for unit in [100, 10, 1] {
        if bits >= unit {
            let digit = u8::try_from(bits / unit % 10).unwrap_or_default();
            generator.update(&[b'0' + digit]);
        }
    }
    let mut digest = [0; DIGEST_LEN_MAX];
    generator.finish(&mut digest);
    let (words, _) = digest.as_chunks();
    for (word, bytes) in context.h.iter_mut().zip(words) {
        *word = u64::from_be_bytes(*bytes);
    }
    context
}

/// The digest of a whole message. `out` takes its first bytes, all of it if it is long enough.
pub(crate) fn oneshot(function: Function, data: &[u8], out: &mut [u8]) {
    let (pointer, length) = (data.as_ptr(), data.len());
    if let Function::Sha512T(_) = function {
        let mut state = State::new(function);
        state.update(data);
        return state.finish(out);
    }
    // SAFETY: `data` is valid for reads of its length, and `place` has room for the digest. Cannot fail.
    deliver(function, out, |place| unsafe {
        match function {
            Function::Sha1 => sys::SHA1(pointer, length, place),
            Function::Sha224 => sys::SHA224(pointer, length, place),
            Function::Sha256 => sys::SHA256(pointer, length, place),
            Function::Sha384 => sys::SHA384(pointer, length, place),
            Function::Sha512 | Function::Sha512T(_) => sys::SHA512(pointer, length, place),
            Function::Sha512_224 => sys::SHA512_224(pointer, length, place),
            Function::Sha512_256 => sys::SHA512_256(pointer, length, place),
            Function::Md5 => sys::MD5(pointer, length, place),
            Function::Ripemd160 => sys::RIPEMD160(pointer, length, place),
        };
    });
}

/// Gives `write` a place for the whole digest: `out` itself, since a copy of what is a key would have to be wiped, or
/// one that is wiped if `out` is shorter or the digest is the start of a longer one.
fn deliver(function: Function, out: &mut [u8], write: impl FnOnce(*mut u8)) {
    let length = function.output_len();
    let cut_bits = match function {
        Function::Sha512T(bits) => (8 - bits.bits() % 8) % 8,
        _ if out.len() >= length => return write(out.as_mut_ptr()),
        _ => 0,
    };
    let mut whole = [0; DIGEST_LEN_MAX];
    write(whole.as_mut_ptr());
    if let Some(last) = length.checked_sub(1).and_then(|last| whole.get_mut(last)) {
        *last = *last >> cut_bits << cut_bits;
    }
    let digest = whole.iter().take(length);
    out.iter_mut().zip(digest).for_each(|(to, from)| *to = *from);
    wipe(&mut whole);
}
