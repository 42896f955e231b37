//! A token with known PINs.

use super::{Answer, Expect, Session, call, initialize, p, slots, token_info};
use cryptoki_sys::*;

/// The security officer's PIN of every test token.
pub const SO_PIN: &[u8] = b"so-12345678";
/// The user's PIN of every test token.
pub const USER_PIN: &[u8] = b"user-1234";

/// An initialised token.
#[derive(Clone, Copy)]
pub struct Token {
    pub slot: CK_SLOT_ID,
}

impl Token {
    /// Initialises the module, and a token with both PINs.
    pub fn fresh() -> Self {
        initialize().works();
        Self::another("test")
    }

    /// One more token, in the first slot that has none.
    pub fn another(label: &str) -> Self {
        let token = Self::without_user_pin(label);
        let session = token.rw();
        session.login(CKU_SO, SO_PIN).works();
        session.init_pin(USER_PIN).works();
        session.logout().works();
        session.close().works();
        token
    }

    /// A token whose user PIN is not set yet.
    pub fn without_user_pin(label: &str) -> Self {
        let slot = free_slot();
        init_token(slot, SO_PIN, label).works();
        Self::labelled(label)
    }

    /// The initialised token of this label.
    #[track_caller]
    pub fn labelled(label: &str) -> Self {
        let padded = padded(label);
        let is_it = |slot: &CK_SLOT_ID| {
            token_info(*slot).is_ok_and(|info| info.label == padded && initialised(&info))
        };
        let slot = slots(true).works().into_iter().find(is_it);
        Self {
            slot: slot.expect("no slot has this token"),
        }
    }

    /// The token that another process of the test made.
    pub fn existing() -> Self {
        initialize().works();
        Self::labelled("test")
    }

    /// A read/write session.
    #[track_caller]
    pub fn rw(&self) -> Session {
        self.open(CKF_SERIAL_SESSION | CKF_RW_SESSION).works()
    }

    /// A read-only session.
    #[track_caller]
    pub fn ro(&self) -> Session {
        self.open(CKF_SERIAL_SESSION).works()
    }

    /// A read/write session, with the user logged in.
    #[track_caller]
    pub fn user(&self) -> Session {
        let session = self.rw();
        session.login(CKU_USER, USER_PIN).works();
        session
    }

    /// A read/write session, with the security officer logged in.
    #[track_caller]
    pub fn officer(&self) -> Session {
        let session = self.rw();
        session.login(CKU_SO, SO_PIN).works();
        session
    }

    /// `C_OpenSession`.
    pub fn open(&self, flags: CK_FLAGS) -> Answer<Session> {
        let mut handle = 0;
        call!(C_OpenSession(
            self.slot,
            flags,
            std::ptr::null_mut(),
            None,
            &raw mut handle
        ))?;
        Ok(Session { handle })
    }

    /// `C_CloseAllSessions`.
    pub fn close_all(&self) -> Answer {
        call!(C_CloseAllSessions(self.slot))
    }

    /// `C_GetTokenInfo`.
    #[track_caller]
    pub fn info(&self) -> CK_TOKEN_INFO {
        token_info(self.slot).works()
    }

    /// Whether the token information has all these flags.
    #[track_caller]
    pub fn has(&self, flags: CK_FLAGS) -> bool {
        self.info().flags & flags == flags
    }
}

/// A slot for a new token.
#[track_caller]
pub fn free_slot() -> CK_SLOT_ID {
    let free = |slot: &CK_SLOT_ID| token_info(*slot).is_ok_and(|info| !initialised(&info));
    slots(true)
        .works()
        .into_iter()
        .find(free)
        .expect("a slot without a token is listed")
}

/// `C_InitToken`.
pub fn init_token(slot: CK_SLOT_ID, so_pin: &[u8], label: &str) -> Answer {
    init_token_raw(slot, so_pin, padded(label))
}

/// `C_InitToken` with a label as C has it.
pub fn init_token_raw(slot: CK_SLOT_ID, so_pin: &[u8], mut label: [u8; 32]) -> Answer {
    call!(C_InitToken(
        slot,
        p(so_pin),
        so_pin.len() as CK_ULONG,
        label.as_mut_ptr()
    ))
}

/// A label as the token has it: 32 bytes, blank padded.
pub fn padded(label: &str) -> [u8; 32] {
    let mut padded = [b' '; 32];
    padded[..label.len()].copy_from_slice(label.as_bytes());
    padded
}

fn initialised(info: &CK_TOKEN_INFO) -> bool {
    info.flags & CKF_TOKEN_INITIALIZED != 0
}
