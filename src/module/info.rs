//! What the general information functions answer, in safe types.

use super::Module;
use crate::ck::{SlotId, UserType, sys, to_ulong};
use crate::error::Result;
use crate::token::{Header, PinRecord};

/// `CK_INFO.manufacturerID` and the like.
pub const MANUFACTURER: &str = "vhsm";
/// `CK_INFO.libraryDescription`.
pub const LIBRARY_DESCRIPTION: &str = "vhsm virtual HSM";
/// `CK_TOKEN_INFO.model`.
pub const MODEL: &str = "vhsm";

/// `CK_INFO.libraryVersion`: major and minor of the package's version.
#[must_use]
pub fn library_version() -> (u8, u8) {
    let number = |text: &str| text.parse().unwrap_or(0);
    (
        number(env!("CARGO_PKG_VERSION_MAJOR")),
        number(env!("CARGO_PKG_VERSION_MINOR")),
    )
}

/// `CK_SLOT_INFO`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotInfo {
    /// `slotDescription`, to be blank padded to 64 bytes.
    pub description: String,
    /// `manufacturerID`.
    pub manufacturer: &'static str,
    /// `flags`.
    pub flags: u64,
}

/// `CK_TOKEN_INFO`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenInfo {
    /// `label`, blank padded.
    pub label: [u8; 32],
    /// `serialNumber`, blank padded.
    pub serial: [u8; 16],
    /// `flags`.
    pub flags: u64,
    /// `ulMaxSessionCount`; 0 means no limit.
    pub session_count_max: u64,
    /// `ulSessionCount` of this application.
    pub session_count: u64,
    /// `ulMaxRwSessionCount`; 0 means no limit.
    pub rw_session_count_max: u64,
    /// `ulRwSessionCount` of this application.
    pub rw_session_count: u64,
    /// `ulMaxPinLen` in bytes.
    pub pin_len_max: u64,
    /// `ulMinPinLen` in bytes.
    pub pin_len_min: u64,
}

/// `CK_SESSION_INFO`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionInfo {
    /// `slotID`.
    pub slot: SlotId,
    /// `state`: one of `CKS_…`.
    pub state: u64,
    /// `flags`.
    pub flags: u64,
}

impl Module {
    /// `C_GetTokenInfo`.
    ///
    /// # Errors
    /// [`Error::SlotIdInvalid`](crate::error::Error::SlotIdInvalid), the store's.
    pub fn token_info(&self, slot: SlotId) -> Result<TokenInfo> {
        let token = self.slots.token_if_any(slot)?;
        let header = token.as_ref().map(|token| token.header()).transpose()?;
        let sessions = token.as_ref().map(|token| token.sessions()).unwrap_or_default();
        Ok(TokenInfo {
            label: header.as_ref().map_or([b' '; 32], |header| header.label),
            serial: header.as_ref().map_or([b' '; 16], |header| header.serial),
            flags: self.token_flags(header.as_ref()),
            session_count_max: self.config.sessions.max,
            session_count: sessions.all,
            rw_session_count_max: self.config.sessions.max,
            rw_session_count: sessions.read_write,
            pin_len_max: to_ulong(self.config.pin.length_max),
            pin_len_min: to_ulong(self.config.pin.length_min),
        })
    }

    fn token_flags(&self, header: Option<&Header>) -> u64 {
        let always = sys::CKF_RNG | sys::CKF_LOGIN_REQUIRED | sys::CKF_RESTORE_KEY_NOT_NEEDED;
        let Some(header) = header else { return always };
        let user = header.user.as_ref().map_or(0, |pin| {
            let flags = (
                sys::CKF_USER_PIN_COUNT_LOW,
                sys::CKF_USER_PIN_FINAL_TRY,
                sys::CKF_USER_PIN_LOCKED,
            );
            sys::CKF_USER_PIN_INITIALIZED | self.pin_flags(pin, UserType::User, flags)
        });
        let flags = (
            sys::CKF_SO_PIN_COUNT_LOW,
            sys::CKF_SO_PIN_FINAL_TRY,
            sys::CKF_SO_PIN_LOCKED,
        );
        always | sys::CKF_TOKEN_INITIALIZED | user | self.pin_flags(&header.so, UserType::So, flags)
    }

    /// The flags (some wrong, one left, locked) that the failures of a PIN raise.
    fn pin_flags(&self, pin: &PinRecord, user: UserType, (low, last, locked): (u64, u64, u64)) -> u64 {
        match self.slots.realm().failures_max(user).saturating_sub(pin.failures) {
            0 => locked,
            1 => low | last,
            _ if pin.failures > 0 => low,
            _ => 0,
        }
    }
}
