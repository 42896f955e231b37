//! What a C caller points at, read into Rust. Only `abi/` may use this.
//!
//! The wrappers are made (unsafely) from the arguments of a C function, under the contract of the standard: memory
//! that a pointer and a length name belongs to the call. Everything that a caller can get wrong and that can be
//! seen (NULL, lengths that cannot be, alignment) is checked here; then reading is safe.

use std::marker::PhantomData;

use crate::ck::{sys, to_usize};
use crate::error::{Error, Result};

/// Lengths above this are not believed: half of what a process can address on the usual 64-bit machines.
const BYTES_MAX: u64 = 1 << 46;

/// A C type for which every pattern of bits is a value.
///
/// # Safety
/// The type must be made of integers, raw pointers, optional function pointers and arrays of them.
pub(super) unsafe trait Plain: Copy {}

macro_rules! plain {
    ($($type:ty),+ $(,)?) => { $(
        // SAFETY: a C type of the standard: integers, pointers and arrays of integers only.
        unsafe impl Plain for $type {}
    )+ };
}
plain!(
    u8,
    u64,
    sys::CK_ATTRIBUTE,
    sys::CK_MECHANISM,
    sys::CK_VERSION,
    sys::CK_C_INITIALIZE_ARGS,
    sys::CK_AES_CTR_PARAMS,
    sys::CK_GCM_PARAMS,
    sys::CK_GCM_MESSAGE_PARAMS,
    sys::CK_CCM_MESSAGE_PARAMS,
    sys::CK_GCM_WRAP_PARAMS,
    sys::CK_CCM_WRAP_PARAMS,
    sys::CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS,
    sys::CK_RSA_PKCS_OAEP_PARAMS,
    sys::CK_RSA_PKCS_PSS_PARAMS,
    sys::CK_ECDH1_DERIVE_PARAMS,
    sys::CK_EDDSA_PARAMS,
    sys::CK_HKDF_PARAMS,
    sys::CK_OTP_PARAMS,
    sys::CK_OTP_PARAM,
    sys::CK_SP800_108_KDF_PARAMS,
    sys::CK_SP800_108_FEEDBACK_KDF_PARAMS,
    sys::CK_SP800_108_COUNTER_FORMAT,
    sys::CK_SP800_108_DKM_LENGTH_FORMAT,
    sys::CK_PRF_DATA_PARAM,
    sys::CK_DERIVED_KEY,
    sys::CK_PKCS5_PBKD2_PARAMS2,
    sys::CK_PBE_PARAMS,
    sys::CK_KEY_DERIVATION_STRING_DATA,
    sys::CK_SSL3_MASTER_KEY_DERIVE_PARAMS,
    sys::CK_TLS12_MASTER_KEY_DERIVE_PARAMS,
    sys::CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS,
    sys::CK_SSL3_KEY_MAT_PARAMS,
    sys::CK_TLS12_KEY_MAT_PARAMS,
    sys::CK_SSL3_KEY_MAT_OUT,
    sys::CK_TLS_KDF_PARAMS,
    sys::CK_TLS_MAC_PARAMS,
    sys::CK_TLS_PRF_PARAMS,
    sys::CK_IKE2_PRF_PLUS_DERIVE_PARAMS,
    sys::CK_IKE_PRF_DERIVE_PARAMS,
    sys::CK_IKE1_PRF_DERIVE_PARAMS,
    sys::CK_IKE1_EXTENDED_DERIVE_PARAMS,
    sys::CK_CCM_PARAMS,
    sys::CK_CHACHA20_PARAMS,
    sys::CK_SALSA20_PARAMS,
    sys::CK_SALSA20_CHACHA20_POLY1305_PARAMS,
    sys::CK_AES_CBC_ENCRYPT_DATA_PARAMS,
    sys::CK_DES_CBC_ENCRYPT_DATA_PARAMS,
    sys::CK_X9_42_DH1_DERIVE_PARAMS,
    sys::CK_X9_42_DH2_DERIVE_PARAMS,
    sys::CK_RSA_AES_KEY_WRAP_PARAMS,
    sys::CK_ECDH_AES_KEY_WRAP_PARAMS,
    sys::CK_SIGN_ADDITIONAL_CONTEXT,
    sys::CK_HASH_SIGN_ADDITIONAL_CONTEXT,
);

/// The number of items of `T` that can lie at `pointer`, if `count` can be that number.
pub(super) fn span<T>(pointer: *const T, count: u64) -> Option<usize> {
    let bytes = count.checked_mul(crate::ck::to_ulong(size_of::<T>()))?;
    if count == 0 {
        return Some(0);
    }
    let end = pointer.addr().checked_add(to_usize(bytes))?;
    let believable = !pointer.is_null() && bytes <= BYTES_MAX && isize::try_from(end).is_ok();
    believable.then_some(to_usize(count))
}

/// Items of `T` that a caller named by pointer and number; the pointer may be NULL if there are none.
#[derive(Clone, Copy)]
pub(super) struct Items<'a, T> {
    pointer: *const T,
    count: u64,
    caller: PhantomData<&'a T>,
}

/// Bytes that a caller named by pointer and length.
pub(super) type Input<'a> = Items<'a, u8>;

impl<'a, T: Plain> Items<'a, T> {
    /// Takes over what the caller named.
    ///
    /// # Safety
    /// Unless `pointer` is NULL, `count` items there must be readable, and nobody may change them, for `'a`.
    pub(super) const unsafe fn new(pointer: *const T, count: u64) -> Self {
        Self {
            pointer,
            count,
            caller: PhantomData,
        }
    }

    /// Whether the pointer is NULL.
    pub(super) const fn is_null(&self) -> bool {
        self.pointer.is_null()
    }

    /// Copies of the items, one after the other.
    ///
    /// # Errors
    /// [`Error::ArgumentsBad`] for NULL with a number, and for a number that cannot be.
    pub(super) fn iter(self) -> Result<impl Iterator<Item = T> + 'a> {
        let count = span(self.pointer, self.count).ok_or(UNREADABLE)?;
        Ok((0..count).map(move |at| {
            // SAFETY: `at` is within the items that `new`'s caller vouched for; alignment is not assumed.
            unsafe { self.pointer.add(at).read_unaligned() }
        }))
    }
}

const UNREADABLE: Error =
    Error::ArgumentsBad("a pointer is NULL where a length is given, or the length cannot be");

impl<'a> Input<'a> {
    /// The bytes; none if the length is 0, whatever the pointer.
    ///
    /// # Errors
    /// [`Error::ArgumentsBad`] for NULL with a length, and for a length that cannot be.
    pub(super) fn slice(self) -> Result<&'a [u8]> {
        match span(self.pointer, self.count) {
            None => Err(UNREADABLE),
            Some(0) => Ok(&[]),
            Some(length) => {
                #[allow(clippy::disallowed_methods, reason = "here pointers are read")]
                // SAFETY: the span is not NULL and does not wrap; `new`'s caller vouched for its bytes.
                let bytes = unsafe { std::slice::from_raw_parts(self.pointer, length) };
                Ok(bytes)
            }
        }
    }

    /// The bytes, where the standard wants a pointer even for none, as for a PIN.
    ///
    /// # Errors
    /// As [`Input::slice`], and [`Error::ArgumentsBad`] for NULL.
    pub(super) fn required(self) -> Result<&'a [u8]> {
        if self.pointer.is_null() {
            return Err(Error::ArgumentsBad("a required pointer is NULL"));
        }
        self.slice()
    }
}

/// One `T` that a caller points at; perhaps NULL.
#[derive(Clone, Copy)]
pub(super) struct Item<'a, T>(Items<'a, T>);

impl<T: Plain> Item<'_, T> {
    /// Takes over what the caller named.
    ///
    /// # Safety
    /// As [`Items::new`] for one item.
    pub(super) const unsafe fn new(pointer: *const T) -> Self {
        // SAFETY: the caller's promise is passed on.
        Self(unsafe { Items::new(pointer, 1) })
    }

    /// A copy of it; `None` if the pointer is NULL.
    ///
    /// # Errors
    /// [`Error::ArgumentsBad`] for a pointer that cannot be.
    pub(super) fn optional(self) -> Result<Option<T>> {
        match self.0.pointer.is_null() {
            true => Ok(None),
            false => Ok(self.0.iter()?.next()),
        }
    }
}

/// Whether the text at `pointer`, ended by NUL, is `text`. Reads no byte behind the first that differs.
///
/// # Safety
/// `pointer` must name readable bytes up to the first NUL among them.
pub(super) unsafe fn is_text(pointer: *const u8, text: &std::ffi::CStr) -> bool {
    text.to_bytes_with_nul().iter().enumerate().all(|(at, byte)| {
        // SAFETY: all bytes before were equal to those of `text` and so not NUL: this one is still named.
        *byte == unsafe { pointer.add(at).read() }
    })
}

/// A copy of bytes that could be many: a lack of memory is an error and not the end of the process.
///
/// # Errors
/// [`Error::HostMemory`].
pub(super) fn copied(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(bytes.len())
        .map_err(|_| Error::HostMemory)?;
    copy.extend_from_slice(bytes);
    Ok(copy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr;

    fn input<'a>(pointer: *const u8, length: u64) -> Input<'a> {
        // SAFETY: the tests name memory of their own, or lengths that are refused before anything is read.
        unsafe { Input::new(pointer, length) }
    }

    #[test]
    fn null_with_length_0_is_empty() {
        assert_eq!(input(ptr::null(), 0).slice(), Ok(&[][..]));
        assert_eq!(input(ptr::dangling(), 0).slice(), Ok(&[][..]));
        assert!(input(ptr::null(), 0).required().is_err());
    }

    #[test]
    fn null_with_a_length_is_refused() {
        assert_eq!(input(ptr::null(), 1).slice(), Err(UNREADABLE));
    }

    #[test]
    fn lengths_that_cannot_be_are_refused_before_a_byte_is_read() {
        let byte = 0u8;
        for length in [u64::MAX, u64::MAX - 1, 1 << 63, (1 << 63) - 1, (1 << 46) + 1] {
            assert_eq!(
                input(&raw const byte, length).slice(),
                Err(UNREADABLE),
                "{length:#x}"
            );
        }
    }

    #[test]
    fn items_that_would_wrap_are_refused() {
        let end = ptr::without_provenance::<u64>(usize::MAX - 3);
        // SAFETY: refused before anything is read.
        let items = unsafe { Items::new(end, 1) };
        assert!(items.iter().is_err());
        // SAFETY: as above; 2^61 items of 8 bytes would be 2^64 bytes.
        let items = unsafe { Items::new(ptr::dangling::<u64>(), 1 << 61) };
        assert!(items.iter().is_err());
    }

    #[test]
    fn unaligned_items_are_read() {
        let mut bytes = [0u8; 17];
        bytes[1..9].copy_from_slice(&7u64.to_ne_bytes());
        bytes[9..].copy_from_slice(&8u64.to_ne_bytes());
        // SAFETY: 16 bytes from the second on are there.
        let items: Items<'_, u64> = unsafe { Items::new(bytes.as_ptr().add(1).cast(), 2) };
        assert_eq!(items.iter().unwrap().collect::<Vec<_>>(), [7, 8]);
    }

    #[test]
    fn a_text_is_compared_up_to_its_end_only() {
        let is = |text: &[u8]| {
            // SAFETY: the texts end with NUL or differ before they end.
            unsafe { is_text(text.as_ptr(), c"PKCS 11") }
        };
        assert!(is(b"PKCS 11\0"));
        assert!(!is(b"PKCS 1\0"));
        assert!(!is(b"PKCS 111"));
        assert!(!is(b"\0"));
    }
}
