//! Cryptographic operations, single-part.

use super::{Mechanism, Result, Session, call};
use crate::ck::{ObjectHandle, to_ulong, to_usize};

/// An Init function that takes a mechanism and a key.
macro_rules! init {
    ($(#[$doc:meta])* $name:ident, $function:ident) => {
        $(#[$doc])*
        ///
        /// # Errors
        /// What the module answers.
        pub fn $name(&self, mechanism: &Mechanism, key: ObjectHandle) -> Result<()> {
            let mut mechanism = mechanism.as_raw();
            // SAFETY: the mechanism and its parameter are valid for the call.
            unsafe { call!(self.list, $function(self.handle, &raw mut mechanism, key.0)) }
        }
    };
}

/// A function from bytes to bytes.
macro_rules! transform {
    ($(#[$doc:meta])* $name:ident, $function:ident) => {
        $(#[$doc])*
        /// The output goes to the start of `out`; gives its length in bytes.
        ///
        /// # Errors
        /// What the module answers.
        pub fn $name(&self, data: &[u8], out: &mut [u8]) -> Result<usize> {
            let mut length = to_ulong(out.len());
            let (from, to) = (data.as_ptr().cast_mut(), out.as_mut_ptr());
            // SAFETY: both buffers have the lengths given; the module only reads the first.
            unsafe {
                call!(self.list, $function(self.handle, from, to_ulong(data.len()), to, &raw mut length))
            }?;
            Ok(to_usize(length))
        }
    };
}

impl Session {
    init!(
        /// `C_EncryptInit`.
        encrypt_init, C_EncryptInit
    );
    init!(
        /// `C_DecryptInit`.
        decrypt_init, C_DecryptInit
    );
    init!(
        /// `C_SignInit`.
        sign_init, C_SignInit
    );
    init!(
        /// `C_VerifyInit`.
        verify_init, C_VerifyInit
    );
    transform!(
        /// `C_Encrypt`.
        encrypt, C_Encrypt
    );
    transform!(
        /// `C_Decrypt`.
        decrypt, C_Decrypt
    );
    transform!(
        /// `C_Sign`.
        sign, C_Sign
    );
    transform!(
        /// `C_Digest`.
        digest, C_Digest
    );

    /// `C_DigestInit`.
    ///
    /// # Errors
    /// What the module answers.
    pub fn digest_init(&self, mechanism: &Mechanism) -> Result<()> {
        let mut mechanism = mechanism.as_raw();
        // SAFETY: the mechanism and its parameter are valid for the call.
        unsafe { call!(self.list, C_DigestInit(self.handle, &raw mut mechanism)) }
    }

    /// `C_Verify`.
    ///
    /// # Errors
    /// What the module answers; `CKR_SIGNATURE_INVALID` where the signature does not fit.
    pub fn verify(&self, data: &[u8], signature: &[u8]) -> Result<()> {
        let (data_bytes, signature_bytes) = (data.as_ptr().cast_mut(), signature.as_ptr().cast_mut());
        let (data_length, signature_length) = (to_ulong(data.len()), to_ulong(signature.len()));
        // SAFETY: both buffers are read for the lengths given.
        unsafe {
            call!(
                self.list,
                C_Verify(
                    self.handle,
                    data_bytes,
                    data_length,
                    signature_bytes,
                    signature_length
                )
            )
        }
    }
}
