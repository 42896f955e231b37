//! Sessions: what a session holds, and the table they are found in.
//!
//! Each session has one lock, taken for the length of one call; sessions do not disturb each other.

pub mod cipher;
pub mod digest;
pub mod find;
pub mod key;
pub mod output;
pub mod sign;
mod table;

use std::sync::Arc;

use crate::os::lock::Mutex;

use crate::ck::{SessionHandle, SlotId};
use crate::crypto::rng::Generator;
use crate::token::Token;

pub use cipher::{Cipher, Direction};
pub use digest::Digest;
pub use find::Find;
pub use key::OperationKey;
pub use output::{Output, Slot, Step};
pub use sign::{Sign, Verify};
pub use table::{Reserved, SessionTable};

/// The kinds of operation that a session can run beside each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OperationKind {
    /// `C_EncryptInit` and on.
    Encrypt,
    /// `C_DecryptInit` and on.
    Decrypt,
    /// `C_DigestInit` and on.
    Digest,
    /// `C_SignInit` and on.
    Sign,
    /// `C_VerifyInit` and on.
    Verify,
    /// `C_FindObjectsInit` and on.
    Find,
}

/// An open session.
pub struct Session {
    /// Its handle.
    pub handle: SessionHandle,
    /// The slot it was opened on.
    pub slot: SlotId,
    /// The token in the slot.
    pub token: Arc<Token>,
    /// Whether token objects may be written.
    pub read_write: bool,
    /// What changes; locked for one call at a time.
    pub state: Mutex<SessionState>,
}

/// What changes in a session.
#[derive(Default)]
pub struct SessionState {
    /// The encryption under way.
    pub encrypt: Slot<Cipher>,
    /// The decryption under way.
    pub decrypt: Slot<Cipher>,
    /// The digest under way.
    pub digest: Slot<Digest>,
    /// The signature under way.
    pub sign: Slot<Sign>,
    /// The verification under way.
    pub verify: Slot<Verify>,
    /// The search under way.
    pub find: Slot<Find>,
    /// The key that the last operation held, for the next one that wants it.
    pub recent_key: Option<OperationKey>,
    /// Operations with keys that were looked up for them.
    pub begun: u64,
    /// The session's random generator, made when first needed.
    pub generator: Option<Generator>,
}

impl SessionState {
    /// Ends an operation without a result. Tells whether one was running.
    pub fn cancel(&mut self, kind: OperationKind) -> bool {
        match kind {
            OperationKind::Encrypt => self.encrypt.end().is_some(),
            OperationKind::Decrypt => self.decrypt.end().is_some(),
            OperationKind::Digest => self.digest.end().is_some(),
            OperationKind::Sign => self.sign.end().is_some(),
            OperationKind::Verify => self.verify.end().is_some(),
            OperationKind::Find => self.find.end().is_some(),
        }
    }

    /// Ends every operation that holds a private object's key, and forgets such a key: the user has logged out.
    pub fn forget_private_keys(&mut self) {
        let private = |key: &OperationKey| key.object.is_private();
        if self.encrypt.active().is_some_and(|cipher| private(&cipher.key)) {
            self.encrypt.end();
        }
        if self.decrypt.active().is_some_and(|cipher| private(&cipher.key)) {
            self.decrypt.end();
        }
        if self.sign.active().is_some_and(|sign| private(&sign.key)) {
            self.sign.end();
        }
        if self.verify.active().is_some_and(|verify| private(&verify.key)) {
            self.verify.end();
        }
        if self.recent_key.as_ref().is_some_and(private) {
            self.recent_key = None;
        }
    }
}
