//! A session and what can be done with it.

use super::{Answer, Mech, call, p};
use cryptoki_sys::*;
use std::ptr::null_mut;

/// A session's handle. Dropping it closes nothing: what is open when a test ends is part of the test.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Session {
    pub handle: CK_SESSION_HANDLE,
}

fn many(template: &[CK_ATTRIBUTE]) -> (*mut CK_ATTRIBUTE, CK_ULONG) {
    (template.as_ptr().cast_mut(), template.len() as CK_ULONG)
}

impl Session {
    pub fn close(&self) -> Answer {
        call!(C_CloseSession(self.handle))
    }

    pub fn info(&self) -> Answer<CK_SESSION_INFO> {
        // SAFETY: a structure of numbers.
        let mut info: CK_SESSION_INFO = unsafe { std::mem::zeroed() };
        call!(C_GetSessionInfo(self.handle, &raw mut info)).map(|()| info)
    }

    pub fn login(&self, user: CK_USER_TYPE, pin: &[u8]) -> Answer {
        call!(C_Login(self.handle, user, p(pin), pin.len() as CK_ULONG))
    }

    /// `C_LoginUser`.
    pub fn login_user(&self, user: CK_USER_TYPE, pin: &[u8], name: &[u8]) -> Answer {
        let (length, name_length) = (pin.len() as CK_ULONG, name.len() as CK_ULONG);
        call!(C_LoginUser(
            self.handle,
            user,
            p(pin),
            length,
            p(name),
            name_length
        ))
    }

    pub fn logout(&self) -> Answer {
        call!(C_Logout(self.handle))
    }

    pub fn init_pin(&self, pin: &[u8]) -> Answer {
        call!(C_InitPIN(self.handle, p(pin), pin.len() as CK_ULONG))
    }

    pub fn set_pin(&self, old: &[u8], new: &[u8]) -> Answer {
        call!(C_SetPIN(
            self.handle,
            p(old),
            old.len() as CK_ULONG,
            p(new),
            new.len() as CK_ULONG
        ))
    }

    pub fn cancel(&self, flags: CK_FLAGS) -> Answer {
        call!(C_SessionCancel(self.handle, flags))
    }

    pub fn random(&self, length: usize) -> Answer<Vec<u8>> {
        let mut bytes = vec![0; length];
        call!(C_GenerateRandom(
            self.handle,
            bytes.as_mut_ptr(),
            length as CK_ULONG
        ))
        .map(|()| bytes)
    }

    pub fn create(&self, template: &[CK_ATTRIBUTE]) -> Answer<CK_OBJECT_HANDLE> {
        let (template, count) = many(template);
        let mut object = 0;
        call!(C_CreateObject(self.handle, template, count, &raw mut object)).map(|()| object)
    }

    pub fn copy(&self, object: CK_OBJECT_HANDLE, template: &[CK_ATTRIBUTE]) -> Answer<CK_OBJECT_HANDLE> {
        let (template, count) = many(template);
        let mut copy = 0;
        call!(C_CopyObject(self.handle, object, template, count, &raw mut copy)).map(|()| copy)
    }

    pub fn destroy(&self, object: CK_OBJECT_HANDLE) -> Answer {
        call!(C_DestroyObject(self.handle, object))
    }

    pub fn size(&self, object: CK_OBJECT_HANDLE) -> Answer<CK_ULONG> {
        let mut size = 0;
        call!(C_GetObjectSize(self.handle, object, &raw mut size)).map(|()| size)
    }

    /// `C_GetAttributeValue`, exactly as given.
    pub fn get_raw(&self, object: CK_OBJECT_HANDLE, template: &mut [CK_ATTRIBUTE]) -> Answer {
        call!(C_GetAttributeValue(
            self.handle,
            object,
            template.as_mut_ptr(),
            template.len() as CK_ULONG
        ))
    }

    /// One attribute's value: asks for the length, then for the value.
    pub fn get(&self, object: CK_OBJECT_HANDLE, kind: CK_ATTRIBUTE_TYPE) -> Answer<Vec<u8>> {
        let mut one = [CK_ATTRIBUTE {
            type_: kind,
            pValue: null_mut(),
            ulValueLen: 0,
        }];
        self.get_raw(object, &mut one)?;
        let mut value = vec![0; one[0].ulValueLen as usize];
        one[0].pValue = value.as_mut_ptr().cast();
        self.get_raw(object, &mut one)?;
        assert_eq!(
            value.len() as CK_ULONG,
            one[0].ulValueLen,
            "the length query was exact"
        );
        Ok(value)
    }

    /// A boolean attribute.
    pub fn flag(&self, object: CK_OBJECT_HANDLE, kind: CK_ATTRIBUTE_TYPE) -> Answer<bool> {
        self.get(object, kind).map(|value| {
            assert!(
                value == [0] || value == [1],
                "a CK_BBOOL is 0 or 1, not {value:?}"
            );
            value == [1]
        })
    }

    /// A number attribute.
    pub fn number(&self, object: CK_OBJECT_HANDLE, kind: CK_ATTRIBUTE_TYPE) -> Answer<CK_ULONG> {
        self.get(object, kind)
            .map(|value| CK_ULONG::from_ne_bytes(value.try_into().expect("a CK_ULONG")))
    }

    pub fn set(&self, object: CK_OBJECT_HANDLE, template: &[CK_ATTRIBUTE]) -> Answer {
        let (template, count) = many(template);
        call!(C_SetAttributeValue(self.handle, object, template, count))
    }

    pub fn find_init(&self, template: &[CK_ATTRIBUTE]) -> Answer {
        let (template, count) = many(template);
        call!(C_FindObjectsInit(self.handle, template, count))
    }

    pub fn find_next(&self, most: usize) -> Answer<Vec<CK_OBJECT_HANDLE>> {
        let mut found = vec![0; most];
        let mut count = 0;
        call!(C_FindObjects(
            self.handle,
            found.as_mut_ptr(),
            most as CK_ULONG,
            &raw mut count
        ))?;
        found.truncate(count as usize);
        Ok(found)
    }

    pub fn find_final(&self) -> Answer {
        call!(C_FindObjectsFinal(self.handle))
    }

    /// Everything that a template finds.
    pub fn find(&self, template: &[CK_ATTRIBUTE]) -> Answer<Vec<CK_OBJECT_HANDLE>> {
        self.find_init(template)?;
        let mut all = Vec::new();
        loop {
            let some = self.find_next(7)?;
            if some.is_empty() {
                break;
            }
            all.extend(some);
        }
        self.find_final().map(|()| all)
    }

    pub fn generate_key(&self, mechanism: Mech, template: &[CK_ATTRIBUTE]) -> Answer<CK_OBJECT_HANDLE> {
        let (template, count) = many(template);
        let mut key = 0;
        call!(C_GenerateKey(
            self.handle,
            mechanism.p(),
            template,
            count,
            &raw mut key
        ))
        .map(|()| key)
    }

    /// A key pair: (public, private).
    pub fn generate_pair(
        &self,
        mechanism: Mech,
        public: &[CK_ATTRIBUTE],
        private: &[CK_ATTRIBUTE],
    ) -> Answer<(CK_OBJECT_HANDLE, CK_OBJECT_HANDLE)> {
        let (public, publics) = many(public);
        let (private, privates) = many(private);
        let (mut first, mut second) = (0, 0);
        let session = self.handle;
        call!(C_GenerateKeyPair(
            session,
            mechanism.p(),
            public,
            publics,
            private,
            privates,
            &raw mut first,
            &raw mut second
        ))
        .map(|()| (first, second))
    }

    pub fn wrap(&self, mechanism: Mech, with: CK_OBJECT_HANDLE, key: CK_OBJECT_HANDLE) -> Answer<Vec<u8>> {
        let mut length = 0;
        call!(C_WrapKey(
            self.handle,
            mechanism.p(),
            with,
            key,
            null_mut(),
            &raw mut length
        ))?;
        let mut wrapped = vec![0; length as usize];
        call!(C_WrapKey(
            self.handle,
            mechanism.p(),
            with,
            key,
            wrapped.as_mut_ptr(),
            &raw mut length
        ))?;
        wrapped.truncate(length as usize);
        Ok(wrapped)
    }

    pub fn unwrap_key(
        &self,
        mechanism: Mech,
        with: CK_OBJECT_HANDLE,
        wrapped: &[u8],
        template: &[CK_ATTRIBUTE],
    ) -> Answer<CK_OBJECT_HANDLE> {
        let (template, count) = many(template);
        let (session, length) = (self.handle, wrapped.len() as CK_ULONG);
        let mut key = 0;
        call!(C_UnwrapKey(
            session,
            mechanism.p(),
            with,
            p(wrapped),
            length,
            template,
            count,
            &raw mut key
        ))
        .map(|()| key)
    }

    pub fn derive(
        &self,
        mechanism: Mech,
        base: CK_OBJECT_HANDLE,
        template: &[CK_ATTRIBUTE],
    ) -> Answer<CK_OBJECT_HANDLE> {
        let (template, count) = many(template);
        let mut key = 0;
        call!(C_DeriveKey(
            self.handle,
            mechanism.p(),
            base,
            template,
            count,
            &raw mut key
        ))
        .map(|()| key)
    }

    /// A ciphertext and the key that it tells: asks for the length first.
    pub fn encapsulate(
        &self,
        mechanism: Mech,
        public: CK_OBJECT_HANDLE,
        template: &[CK_ATTRIBUTE],
    ) -> Answer<(Vec<u8>, CK_OBJECT_HANDLE)> {
        let mut ciphertext = vec![0; self.encapsulate_into(mechanism, public, template, None)?.0];
        let (length, key) = self.encapsulate_into(mechanism, public, template, Some(&mut ciphertext))?;
        ciphertext.truncate(length);
        Ok((ciphertext, key))
    }

    /// `C_EncapsulateKey` with a place of the test's choice: the length that the module tells, and the key.
    pub fn encapsulate_into(
        &self,
        mechanism: Mech,
        public: CK_OBJECT_HANDLE,
        template: &[CK_ATTRIBUTE],
        place: Option<&mut [u8]>,
    ) -> Answer<(usize, CK_OBJECT_HANDLE)> {
        let (template, count) = many(template);
        let (mut key, mut length) = (0, place.as_ref().map_or(0, |place| place.len() as CK_ULONG));
        let place = place.map_or(null_mut(), |place| place.as_mut_ptr());
        let session = self.handle;
        call!(C_EncapsulateKey(
            session,
            mechanism.p(),
            public,
            template,
            count,
            place,
            &raw mut length,
            &raw mut key
        ))
        .map(|()| (length as usize, key))
    }

    pub fn decapsulate(
        &self,
        mechanism: Mech,
        private: CK_OBJECT_HANDLE,
        ciphertext: &[u8],
        template: &[CK_ATTRIBUTE],
    ) -> Answer<CK_OBJECT_HANDLE> {
        let (template, count) = many(template);
        let (session, length) = (self.handle, ciphertext.len() as CK_ULONG);
        let mut key = 0;
        call!(C_DecapsulateKey(
            session,
            mechanism.p(),
            private,
            template,
            count,
            p(ciphertext),
            length,
            &raw mut key
        ))
        .map(|()| key)
    }
}
