//! Sessions: what a session holds, and the table they are found in.
//!
//! Each session has one lock, taken for the length of one call; sessions do not disturb each other.

pub mod cipher;
pub mod digest;
pub mod find;
pub mod key;
pub mod message;
pub mod message_sign;
pub mod output;
pub mod recover;
pub mod saved;
pub mod sign;
mod table;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::os::lock::Mutex;

use crate::ck::{SessionHandle, SlotId};
use crate::crypto::rng::Generator;
use crate::token::Token;

pub use cipher::{Cipher, Direction};
pub use digest::Digest;
pub use find::Find;
pub use key::OperationKey;
pub use message::MessageCipher;
pub use message_sign::{MessageSign, MessageVerify};
pub use output::{Output, Slot, Step};
pub use recover::{VerifyRecover, VerifySignature};
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
    /// `C_SignRecoverInit` and on.
    SignRecover,
    /// `C_VerifyInit` and on.
    Verify,
    /// `C_VerifyRecoverInit` and on.
    VerifyRecover,
    /// `C_VerifySignatureInit` and on.
    VerifySignature,
    /// `C_MessageEncryptInit` and on.
    MessageEncrypt,
    /// `C_MessageDecryptInit` and on.
    MessageDecrypt,
    /// `C_MessageSignInit` and on.
    MessageSign,
    /// `C_MessageVerifyInit` and on.
    MessageVerify,
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
    /// Whether it was taken out of the table, after which its objects are looked for and ended.
    pub closed: AtomicBool,
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
    /// The signature with data recovery under way.
    pub sign_recover: Slot<Sign>,
    /// The verification under way.
    pub verify: Slot<Verify>,
    /// The verification with data recovery under way.
    pub verify_recover: Slot<VerifyRecover>,
    /// The verification under way whose signature came first.
    pub verify_signature: Slot<VerifySignature>,
    /// The encryption of messages under way.
    pub message_encrypt: Slot<MessageCipher>,
    /// The decryption of messages under way.
    pub message_decrypt: Slot<MessageCipher>,
    /// The signing of messages under way.
    pub message_sign: Slot<MessageSign>,
    /// The verification of messages under way.
    pub message_verify: Slot<MessageVerify>,
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
            OperationKind::SignRecover => self.sign_recover.end().is_some(),
            OperationKind::Verify => self.verify.end().is_some(),
            OperationKind::VerifyRecover => self.verify_recover.end().is_some(),
            OperationKind::VerifySignature => self.verify_signature.end().is_some(),
            OperationKind::MessageEncrypt => self.message_encrypt.end().is_some(),
            OperationKind::MessageDecrypt => self.message_decrypt.end().is_some(),
            OperationKind::MessageSign => self.message_sign.end().is_some(),
            OperationKind::MessageVerify => self.message_verify.end().is_some(),
            OperationKind::Find => self.find.end().is_some(),
        }
    }

    /// Whether an operation runs of a kind that has no state to save.
    #[must_use]
    pub fn runs_what_cannot_be_saved(&self) -> bool {
        self.find.is_active()
            || self.sign_recover.is_active()
            || self.verify_recover.is_active()
            || self.verify_signature.is_active()
            || self.message_encrypt.is_active()
            || self.message_decrypt.is_active()
            || self.message_sign.is_active()
            || self.message_verify.is_active()
    }

    /// Ends every operation that holds a private object's key, and forgets such a key: the user has logged out.
    pub fn forget_private_keys(&mut self) {
        let private = |key: &OperationKey| key.object.is_private() || key.names_private;
        self.encrypt.end_if(|cipher| private(&cipher.key));
        self.decrypt.end_if(|cipher| private(&cipher.key));
        self.sign.end_if(|sign| private(&sign.key));
        self.sign_recover.end_if(|sign| private(&sign.key));
        self.verify.end_if(|verify| private(&verify.key));
        self.verify_recover.end_if(|verify| private(verify.key()));
        self.verify_signature.end_if(|verify| private(verify.key()));
        self.message_encrypt.end_if(|cipher| private(cipher.key()));
        self.message_decrypt.end_if(|cipher| private(cipher.key()));
        self.message_sign.end_if(|sign| private(sign.key()));
        self.message_verify.end_if(|verify| private(verify.key()));
        if self.recent_key.as_ref().is_some_and(private) {
            self.recent_key = None;
        }
    }
}
