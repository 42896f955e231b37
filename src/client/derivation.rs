//! Keys out of keys: derivation, and the encapsulation of version 3.2.

use super::{Error, Mechanism, Result, Session, Template, call};
use crate::ck::sys::CK_FUNCTION_LIST_3_2;
use crate::ck::{ObjectHandle, to_ulong, to_usize};

impl Session {
    /// `C_DeriveKey`.
    ///
    /// # Errors
    /// What the module answers.
    pub fn derive_key(
        &self,
        mechanism: &Mechanism,
        base: ObjectHandle,
        template: &Template,
    ) -> Result<ObjectHandle> {
        let mut mechanism = mechanism.as_raw();
        let (attributes, count) = template.as_raw();
        let mut key = 0;
        // SAFETY: mechanism and template are valid for the call; `key` takes one number.
        unsafe {
            call!(
                self.list,
                C_DeriveKey(
                    self.handle,
                    &raw mut mechanism,
                    base.0,
                    attributes,
                    count,
                    &raw mut key
                )
            )
        }?;
        Ok(ObjectHandle(key))
    }

    /// `C_UnwrapKey`.
    ///
    /// # Errors
    /// What the module answers.
    pub fn unwrap_key(
        &self,
        mechanism: &Mechanism,
        unwrapping: ObjectHandle,
        wrapped: &[u8],
        template: &Template,
    ) -> Result<ObjectHandle> {
        let mut mechanism = mechanism.as_raw();
        let (attributes, count) = template.as_raw();
        let mut key = 0;
        // SAFETY: mechanism, template and bytes are valid for the call, which changes none of them; `key` takes one
        // number.
        unsafe {
            call!(
                self.list,
                C_UnwrapKey(
                    self.handle,
                    &raw mut mechanism,
                    unwrapping.0,
                    wrapped.as_ptr().cast_mut(),
                    to_ulong(wrapped.len()),
                    attributes,
                    count,
                    &raw mut key
                )
            )
        }?;
        Ok(ObjectHandle(key))
    }

    /// `C_EncapsulateKey`: the new key, and the length in bytes of the ciphertext at the start of `out`.
    ///
    /// # Errors
    /// [`Error::Missing`] from a module older than version 3.2; what the module answers.
    pub fn encapsulate_key(
        &self,
        mechanism: &Mechanism,
        public: ObjectHandle,
        template: &Template,
        out: &mut [u8],
    ) -> Result<(ObjectHandle, usize)> {
        let list = self.list_3_2("C_EncapsulateKey")?;
        let mut mechanism = mechanism.as_raw();
        let (attributes, count) = template.as_raw();
        let (mut key, mut length) = (0, to_ulong(out.len()));
        // SAFETY: mechanism and template are valid for the call; `out` has room for `length` bytes, `key` takes one
        // number.
        unsafe {
            call!(
                list,
                C_EncapsulateKey(
                    self.handle,
                    &raw mut mechanism,
                    public.0,
                    attributes,
                    count,
                    out.as_mut_ptr(),
                    &raw mut length,
                    &raw mut key
                )
            )
        }?;
        Ok((ObjectHandle(key), to_usize(length)))
    }

    /// `C_DecapsulateKey`.
    ///
    /// # Errors
    /// [`Error::Missing`] from a module older than version 3.2; what the module answers.
    pub fn decapsulate_key(
        &self,
        mechanism: &Mechanism,
        private: ObjectHandle,
        template: &Template,
        ciphertext: &[u8],
    ) -> Result<ObjectHandle> {
        let list = self.list_3_2("C_DecapsulateKey")?;
        let mut mechanism = mechanism.as_raw();
        let (attributes, count) = template.as_raw();
        let bytes = ciphertext.as_ptr().cast_mut();
        let mut key = 0;
        // SAFETY: mechanism and template are valid for the call; the ciphertext is read for its length, `key` takes
        // one number.
        unsafe {
            call!(
                list,
                C_DecapsulateKey(
                    self.handle,
                    &raw mut mechanism,
                    private.0,
                    attributes,
                    count,
                    bytes,
                    to_ulong(ciphertext.len()),
                    &raw mut key
                )
            )
        }?;
        Ok(ObjectHandle(key))
    }

    fn list_3_2(&self, function: &'static str) -> Result<&'static CK_FUNCTION_LIST_3_2> {
        self.list_3_2.ok_or(Error::Missing(function))
    }
}
