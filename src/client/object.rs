//! Objects: creating, generating, destroying, attributes, searching.

use super::{Error, Mechanism, Result, Session, Template, call};
use crate::ck::sys::CK_ATTRIBUTE;
use crate::ck::{
    AttributeType, CKR_ATTRIBUTE_SENSITIVE, CKR_ATTRIBUTE_TYPE_INVALID, ObjectHandle, to_ulong, to_usize,
};
use crate::secret::SecretBytes;

/// What can be had of one attribute.
#[derive(Debug)]
pub enum Had {
    /// Its value.
    Value(SecretBytes),
    /// It is there, but does not come out.
    Sensitive,
    /// The object does not have it.
    Absent,
}

impl Session {
    /// `C_CreateObject`.
    ///
    /// # Errors
    /// What the module answers.
    pub fn create_object(&self, template: &Template) -> Result<ObjectHandle> {
        let (attributes, count) = template.as_raw();
        let mut object = 0;
        // SAFETY: a template's pointers are valid for its lifetime; `object` takes one number.
        unsafe {
            call!(
                self.list,
                C_CreateObject(self.handle, attributes, count, &raw mut object)
            )
        }?;
        Ok(ObjectHandle(object))
    }

    /// `C_DestroyObject`.
    ///
    /// # Errors
    /// What the module answers.
    pub fn destroy_object(&self, object: ObjectHandle) -> Result<()> {
        // SAFETY: takes numbers only.
        unsafe { call!(self.list, C_DestroyObject(self.handle, object.0)) }
    }

    /// `C_GenerateKey`.
    ///
    /// # Errors
    /// What the module answers.
    pub fn generate_key(&self, mechanism: &Mechanism, template: &Template) -> Result<ObjectHandle> {
        let mut mechanism = mechanism.as_raw();
        let (attributes, count) = template.as_raw();
        let mut key = 0;
        // SAFETY: mechanism and template are valid for the call; `key` takes one number.
        unsafe {
            call!(
                self.list,
                C_GenerateKey(self.handle, &raw mut mechanism, attributes, count, &raw mut key)
            )
        }?;
        Ok(ObjectHandle(key))
    }

    /// `C_GenerateKeyPair`: the public and the private key.
    ///
    /// # Errors
    /// What the module answers.
    pub fn generate_key_pair(
        &self,
        mechanism: &Mechanism,
        public: &Template,
        private: &Template,
    ) -> Result<(ObjectHandle, ObjectHandle)> {
        let mut mechanism = mechanism.as_raw();
        let (public, public_count) = public.as_raw();
        let (private, private_count) = private.as_raw();
        let (mut public_key, mut private_key) = (0, 0);
        // SAFETY: mechanism and templates are valid for the call; each handle takes one number.
        unsafe {
            call!(
                self.list,
                C_GenerateKeyPair(
                    self.handle,
                    &raw mut mechanism,
                    public,
                    public_count,
                    private,
                    private_count,
                    &raw mut public_key,
                    &raw mut private_key,
                )
            )
        }?;
        Ok((ObjectHandle(public_key), ObjectHandle(private_key)))
    }

    /// `C_GetAttributeValue` of one attribute into `out`; gives its length in bytes.
    ///
    /// # Errors
    /// What the module answers.
    pub fn attribute(&self, object: ObjectHandle, attribute: AttributeType, out: &mut [u8]) -> Result<usize> {
        let mut raw = CK_ATTRIBUTE {
            type_: attribute.0,
            pValue: out.as_mut_ptr().cast(),
            ulValueLen: to_ulong(out.len()),
        };
        // SAFETY: the one attribute names a buffer of the length that it gives.
        unsafe {
            call!(
                self.list,
                C_GetAttributeValue(self.handle, object.0, &raw mut raw, 1)
            )
        }?;
        Ok(to_usize(raw.ulValueLen))
    }

    /// `C_GetAttributeValue` of one attribute, twice: its length, then its value.
    ///
    /// # Errors
    /// What the module answers.
    pub fn attribute_value(&self, object: ObjectHandle, attribute: AttributeType) -> Result<Had> {
        let mut raw = CK_ATTRIBUTE {
            type_: attribute.0,
            pValue: std::ptr::null_mut(),
            ulValueLen: 0,
        };
        // SAFETY: the one attribute names no buffer, which asks for the length.
        let asked = unsafe {
            call!(
                self.list,
                C_GetAttributeValue(self.handle, object.0, &raw mut raw, 1)
            )
        };
        match asked {
            Err(Error::Refused {
                rv: CKR_ATTRIBUTE_SENSITIVE,
                ..
            }) => return Ok(Had::Sensitive),
            Err(Error::Refused {
                rv: CKR_ATTRIBUTE_TYPE_INVALID,
                ..
            }) => return Ok(Had::Absent),
            other => other?,
        }
        let mut value = SecretBytes::zeros(to_usize(raw.ulValueLen));
        let length = self.attribute(object, attribute, value.as_mut())?;
        Ok(Had::Value(value.get(..length).unwrap_or_default().into()))
    }

    /// `C_WrapKey`, twice: the length, then the wrapped key.
    ///
    /// # Errors
    /// What the module answers.
    pub fn wrap_key(
        &self,
        mechanism: &Mechanism,
        wrapping: ObjectHandle,
        key: ObjectHandle,
    ) -> Result<Vec<u8>> {
        let mut raw = mechanism.as_raw();
        let mut wrap = |out: *mut u8, length: &mut u64| {
            // SAFETY: the mechanism is valid for the call; `out` is NULL, which asks for the length, or has room for
            // `length` bytes.
            unsafe {
                call!(
                    self.list,
                    C_WrapKey(
                        self.handle,
                        &raw mut raw,
                        wrapping.0,
                        key.0,
                        out,
                        &raw mut *length
                    )
                )
            }
        };
        let mut length = 0;
        wrap(std::ptr::null_mut(), &mut length)?;
        let mut wrapped = vec![0; to_usize(length)];
        wrap(wrapped.as_mut_ptr(), &mut length)?;
        wrapped.truncate(to_usize(length));
        Ok(wrapped)
    }

    /// `C_FindObjectsInit`.
    ///
    /// # Errors
    /// What the module answers.
    pub fn find_init(&self, template: &Template) -> Result<()> {
        let (attributes, count) = template.as_raw();
        // SAFETY: a template's pointers are valid for its lifetime.
        unsafe { call!(self.list, C_FindObjectsInit(self.handle, attributes, count)) }
    }

    /// `C_FindObjects` for one object.
    ///
    /// # Errors
    /// What the module answers.
    pub fn find_next(&self) -> Result<Option<ObjectHandle>> {
        let (mut object, mut count) = (0, 0);
        // SAFETY: `object` is room for the one handle asked for.
        unsafe {
            call!(
                self.list,
                C_FindObjects(self.handle, &raw mut object, 1, &raw mut count)
            )
        }?;
        Ok((count == 1).then_some(ObjectHandle(object)))
    }

    /// `C_FindObjectsFinal`.
    ///
    /// # Errors
    /// What the module answers.
    pub fn find_final(&self) -> Result<()> {
        // SAFETY: takes a number only.
        unsafe { call!(self.list, C_FindObjectsFinal(self.handle)) }
    }

    /// The three calls of a search; gives the first object found.
    ///
    /// # Errors
    /// What the module answers.
    pub fn find_first(&self, template: &Template) -> Result<Option<ObjectHandle>> {
        self.find_init(template)?;
        let found = self.find_next();
        self.find_final()?;
        found
    }
}
