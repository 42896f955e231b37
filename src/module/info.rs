//! What the general information functions answer, in safe types.

use crate::ck::SlotId;

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
