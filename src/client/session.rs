//! A session: opening, login, PINs, random numbers.

use std::ptr;

use super::{Library, Result, call};
use crate::ck::sys::{self, CK_FUNCTION_LIST, CK_FUNCTION_LIST_3_2};
use crate::ck::{SessionHandle, SlotId, UserType, to_ulong};

/// An open session; closed when dropped.
#[derive(Debug)]
pub struct Session {
    pub(super) list: &'static CK_FUNCTION_LIST,
    pub(super) list_3_2: Option<&'static CK_FUNCTION_LIST_3_2>,
    pub(super) handle: u64,
}

impl Session {
    /// `C_OpenSession`, read-write.
    ///
    /// # Errors
    /// What the module answers.
    pub fn open(library: Library, slot: SlotId) -> Result<Self> {
        let flags = sys::CKF_SERIAL_SESSION | sys::CKF_RW_SESSION;
        let mut handle = 0;
        // SAFETY: no notification is asked for; `handle` is a valid place for one number.
        unsafe {
            call!(
                library.list,
                C_OpenSession(slot.0, flags, ptr::null_mut(), None, &raw mut handle)
            )
        }?;
        Ok(Self {
            list: library.list,
            list_3_2: library.list_3_2,
            handle,
        })
    }

    /// `C_CloseSession`, for who wants to see the answer.
    ///
    /// # Errors
    /// What the module answers.
    pub fn close(self) -> Result<()> {
        let this = std::mem::ManuallyDrop::new(self);
        // SAFETY: takes a number only.
        unsafe { call!(this.list, C_CloseSession(this.handle)) }
    }

    /// The module's handle.
    #[must_use]
    pub fn handle(&self) -> SessionHandle {
        SessionHandle(self.handle)
    }

    /// `C_Login`.
    ///
    /// # Errors
    /// What the module answers.
    pub fn login(&self, user: UserType, pin: &[u8]) -> Result<()> {
        let user = match user {
            UserType::So => sys::CKU_SO,
            UserType::User => sys::CKU_USER,
            UserType::ContextSpecific => sys::CKU_CONTEXT_SPECIFIC,
        };
        let bytes = pin.as_ptr().cast_mut();
        // SAFETY: the PIN is read for its length.
        unsafe { call!(self.list, C_Login(self.handle, user, bytes, to_ulong(pin.len()))) }
    }

    /// `C_Logout`.
    ///
    /// # Errors
    /// What the module answers.
    pub fn logout(&self) -> Result<()> {
        // SAFETY: takes a number only.
        unsafe { call!(self.list, C_Logout(self.handle)) }
    }

    /// `C_InitPIN`: the SO sets the user's PIN.
    ///
    /// # Errors
    /// What the module answers.
    pub fn init_pin(&self, pin: &[u8]) -> Result<()> {
        let bytes = pin.as_ptr().cast_mut();
        // SAFETY: the PIN is read for its length.
        unsafe { call!(self.list, C_InitPIN(self.handle, bytes, to_ulong(pin.len()))) }
    }

    /// `C_GenerateRandom`: fills `out`.
    ///
    /// # Errors
    /// What the module answers.
    pub fn random(&self, out: &mut [u8]) -> Result<()> {
        let length = to_ulong(out.len());
        // SAFETY: `out` has room for `length` bytes.
        unsafe { call!(self.list, C_GenerateRandom(self.handle, out.as_mut_ptr(), length)) }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // SAFETY: takes a number only. A failure cannot be told to anybody here.
        let _ = unsafe { call!(self.list, C_CloseSession(self.handle)) };
    }
}
