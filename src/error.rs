//! One [`Error`] that says what went wrong, and the only mapping to `CK_RV`.
//!
//! A variant is a reason, not a code: several reasons may share a code. Failures that would make an oracle
//! if a caller could tell them apart share one variant. No variant ever carries a secret.

mod payment;
mod reason;
mod return_value;

pub use payment::{HeaderFault, PaymentFault, PinFault};
pub use reason::Reason;
use return_value::BUSY_REMEDY;

use crate::ck::*;

/// Every `Result` has room for an error and is moved on the hot path: four words, and no more.
const _: () = assert!(size_of::<Error>() == 32);

/// What went wrong. The message is what the log says; [`Error::rv`] is what the caller gets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[repr(u64)] // a tag of a whole word: every `Result` is moved word by word
pub enum Error {
    // ---- the library ----
    /// A fault of our own.
    #[error("internal error: {0}")]
    Internal(&'static str),
    /// A panic was caught at the C boundary; the module answers nothing else until it is initialised again.
    #[error("the module stopped after an internal error; call C_Finalize and C_Initialize")]
    Poisoned,
    /// The host has no memory left.
    #[error("out of memory")]
    HostMemory,
    /// A cryptographic library refused for a reason of its own.
    #[error("the cryptographic library failed: {0}")]
    Crypto(&'static str),
    /// An argument that the standard forbids.
    #[error("bad argument: {0}")]
    ArgumentsBad(&'static str),
    /// C_Initialize has not been called in this process.
    #[error("C_Initialize has not been called in this process (a child of fork must call it itself)")]
    NotInitialized,
    /// C_Initialize was called twice.
    #[error("C_Initialize has already been called in this process")]
    AlreadyInitialized,
    /// A function that this module does not have.
    #[error("{0} is not supported")]
    FunctionNotSupported(&'static str),
    /// C_GetFunctionStatus and C_CancelFunction.
    #[error("functions do not run in parallel")]
    FunctionNotParallel,
    /// Only the application's mutexes may be used.
    #[error("the application's mutex functions cannot be used; set CKF_OS_LOCKING_OK")]
    CantLock,
    /// C_WaitForSlotEvent with CKF_DONT_BLOCK.
    #[error("no slot event")]
    NoEvent,
    /// The configuration cannot be used. The text names file, line and remedy.
    #[error("{0}")]
    Configuration(Reason),

    // ---- the store ----
    /// The store failed; the text says what and how to mend it.
    #[error("{0}")]
    Store(Reason),
    /// The disk is full, or a quota or a limit on the size of files is reached.
    #[error("the store's disk takes no more: {0}")]
    StoreFull(Reason),
    /// The data directory or the database cannot be written.
    #[error("the store cannot be written: {0}")]
    StoreReadOnly(Reason),
    /// Another process held the database too long.
    #[error("the store is busy: another process has held it for long; {BUSY_REMEDY}")]
    StoreBusy,
    /// The root key is not where it should be. The text names the file and the remedy.
    #[error("{0}")]
    RootKeyMissing(Reason),
    /// The root key cannot be read or is not 32 bytes long. The text names the file and the remedy.
    #[error("{0}")]
    RootKeyUnusable(Reason),
    /// The root key is not the one that the database was made with. The text names both and the remedy.
    #[error("{0}")]
    RootKeyForeign(Reason),
    /// The database was written by a newer version. The text names the remedy.
    #[error("{0}")]
    StoreNewer(Reason),
    /// Something on the disk is not what was written there. The text names the record.
    #[error("the store is damaged: {0}")]
    StoreDamaged(Reason),

    // ---- slots and tokens ----
    /// No such slot.
    #[error("there is no slot {0}")]
    SlotIdInvalid(SlotId),
    /// The slot is empty.
    #[error("slot {0} holds no token")]
    TokenNotPresent(SlotId),
    /// The token must be initialised first.
    #[error("the token in slot {0} is not initialised; call C_InitToken or run `vhsm token init`")]
    TokenNotInitialized(SlotId),
    /// Another process was faster to make a token in the slot; it may be gone again.
    #[error("another process has made a token in slot {0}; list the slots again for a free one")]
    SlotTaken(SlotId),
    /// The token was initialised anew or deleted by another process.
    #[error(
        "the token was deleted or initialised anew by another process; list the slots and open a session again"
    )]
    DeviceRemoved,

    // ---- sessions ----
    /// No such session.
    #[error("there is no such session")]
    SessionHandleInvalid,
    /// The limit on sessions is reached.
    #[error("the limit of {0} sessions is reached (configuration key `sessions.max`)")]
    SessionCount(u64),
    /// CKF_SERIAL_SESSION is missing.
    #[error("CKF_SERIAL_SESSION must be set")]
    SessionParallelNotSupported,
    /// CKF_ASYNC_SESSION is set.
    #[error("asynchronous sessions are not supported: every function answers when it is done")]
    SessionAsyncNotSupported,
    /// A token object cannot be written in a read-only session.
    #[error("the session is read-only: {0}")]
    SessionReadOnly(&'static str),
    /// The SO cannot log in while a read-only session is open.
    #[error("a read-only session is open, so the SO cannot log in; close it first")]
    SessionReadOnlyExists,
    /// A read-only session cannot be opened while the SO is logged in.
    #[error("the SO is logged in, so a read-only session cannot be opened")]
    SessionReadWriteSoExists,
    /// C_InitToken with a session open.
    #[error("a session is open on the token; close it first")]
    SessionExists,

    // ---- login ----
    /// C_LoginUser with a name that nobody has. The caller cannot tell it from a wrong PIN.
    #[error("there is no user of this name, or the PIN is wrong")]
    UserUnknown,
    /// A wrong PIN. `tries_left` counts further tries before the lock.
    #[error("wrong PIN; {tries_left} tries left before it is locked")]
    PinIncorrect {
        /// Further tries before the lock.
        tries_left: u32,
    },
    /// Too many wrong PINs.
    #[error("the PIN is locked after too many failures; {0}")]
    PinLocked(&'static str),
    /// A character that a PIN may not have.
    #[error("the PIN is not valid UTF-8")]
    PinInvalid,
    /// A PIN that is too short or too long.
    #[error("a PIN has {min} to {max} bytes")]
    PinLenRange {
        /// Shortest PIN in bytes.
        min: usize,
        /// Longest PIN in bytes.
        max: usize,
    },
    /// The same user is logged in.
    #[error("this user is already logged in")]
    UserAlreadyLoggedIn,
    /// Another user is logged in.
    #[error("another user is logged in; call C_Logout first")]
    UserAnotherAlreadyLoggedIn,
    /// A login is needed.
    #[error("nobody is logged in who may do this: {0}")]
    UserNotLoggedIn(&'static str),
    /// The user has no PIN yet.
    #[error("the user PIN is not set; the SO sets it with C_InitPIN or `vhsm pin set`")]
    UserPinNotInitialized,
    /// No such user type.
    #[error("unknown user type")]
    UserTypeInvalid,

    // ---- objects and templates ----
    /// No such object, or not visible.
    #[error("there is no such object, or it is private and the user is not logged in")]
    ObjectHandleInvalid,
    /// The class does not have this attribute.
    #[error("{attribute}: {why}")]
    AttributeTypeInvalid {
        /// The attribute.
        attribute: AttributeType,
        /// The rule.
        why: &'static str,
    },
    /// A wrong length or value.
    #[error("{attribute}: {why}")]
    AttributeValueInvalid {
        /// The attribute.
        attribute: AttributeType,
        /// The rule.
        why: &'static str,
    },
    /// The attribute cannot be set here.
    #[error("{attribute} cannot be set: {why}")]
    AttributeReadOnly {
        /// The attribute.
        attribute: AttributeType,
        /// The rule.
        why: &'static str,
    },
    /// The value must not leave the token.
    #[error("{0} cannot be revealed: the object is sensitive or not extractable")]
    AttributeSensitive(AttributeType),
    /// The place for one value is too short [PKCS#11 3.2, 5.7.5]. A refusal, unlike [`Error::BufferTooSmall`].
    #[error("{attribute}: its buffer is too small: {needed} bytes are needed")]
    AttributeBufferTooSmall {
        /// The attribute.
        attribute: AttributeType,
        /// Length in bytes that suffices.
        needed: usize,
    },
    /// A required attribute is missing.
    #[error("{attribute} is missing: {why}")]
    TemplateIncomplete {
        /// The attribute.
        attribute: AttributeType,
        /// The rule.
        why: &'static str,
    },
    /// Attributes that contradict each other or the operation.
    #[error("{attribute}: {why}")]
    TemplateInconsistent {
        /// The attribute.
        attribute: AttributeType,
        /// The rule.
        why: &'static str,
    },
    /// CKA_MODIFIABLE, CKA_COPYABLE or CKA_DESTROYABLE is FALSE.
    #[error("{0} is FALSE")]
    ActionProhibited(AttributeType),

    // ---- keys ----
    /// No such key, or not visible, or not a key.
    #[error("the handle of the {0} is not a key's, or the key is private and the user is not logged in")]
    KeyHandleInvalid(KeyRole),
    /// CKA_WRAP_TEMPLATE or CKA_ENCAPSULATE_TEMPLATE does not admit the key.
    #[error("{template} does not admit the key: {attribute} {why}")]
    KeyOutsideTemplate {
        /// The template, of the wrapping or the public key.
        template: AttributeType,
        /// What the key does not have as the template wants it.
        attribute: AttributeType,
        /// What is wrong with it.
        why: Misfit,
    },
    /// The key type does not fit the mechanism.
    #[error("a {role} of type {key_type} does not fit {mechanism}")]
    KeyTypeInconsistent {
        /// What the key was meant for.
        role: KeyRole,
        /// Its type.
        key_type: KeyType,
        /// The mechanism.
        mechanism: MechanismId,
    },
    /// The key's size does not fit the mechanism.
    #[error("the size of the {0} does not fit the mechanism")]
    KeySizeRange(KeyRole),
    /// A usage flag is FALSE.
    #[error("{0} is not TRUE on the key; it is given when the key is made, or with C_SetAttributeValue")]
    KeyFunctionNotPermitted(AttributeType),
    /// CKA_EXTRACTABLE is FALSE.
    #[error("CKA_EXTRACTABLE is FALSE on the key")]
    KeyUnextractable,
    /// CKA_WRAP_WITH_TRUSTED is TRUE and the wrapping key is not trusted, or the key cannot be wrapped so.
    #[error("the key cannot be wrapped: {0}")]
    KeyNotWrappable(&'static str),
    /// A wrapped key that does not open. One word for every cause.
    #[error("the wrapped key is not valid")]
    WrappedKeyInvalid,
    /// A key block whose header cannot be: to programs it is no other than one that does not open.
    #[error("the wrapped key is not valid: {0}")]
    WrappedHeader(HeaderFault),
    /// A wrapped key of a wrong length.
    #[error("the wrapped key has a wrong length")]
    WrappedKeyLenRange,
    /// An elliptic curve that is not supported.
    #[error("the curve is not supported")]
    CurveNotSupported,
    /// A parameter set that is not supported.
    #[error("CKA_PARAMETER_SET names no parameter set that is supported")]
    ParameterSetNotSupported,
    /// Domain parameters that cannot be used.
    #[error("the domain parameters are not valid: {0}")]
    DomainParamsInvalid(&'static str),
    /// A public key that is not on its curve or in its range.
    #[error("the public key is not valid: {0}")]
    PublicKeyInvalid(&'static str),
    /// Numbers that do not make a key.
    #[error("the key's numbers are not valid: {0}")]
    KeyInvalid(&'static str),
    /// A payment key whose usage, mode or algorithm does not allow this, or a general key where a payment key belongs.
    #[error("{0}: {1}")]
    PaymentKey(PaymentFault, &'static str),
    /// What is wrong with a PIN, its block or what goes with it.
    #[error("{0}: {1}")]
    Pin(PinFault, &'static str),

    // ---- operations ----
    /// The mechanism is unknown, switched off, or does not have this function.
    #[error("{mechanism}: {why}")]
    MechanismInvalid {
        /// The mechanism.
        mechanism: MechanismId,
        /// Unknown, denied, or without this function.
        why: &'static str,
    },
    /// A mechanism parameter that cannot be used.
    #[error("mechanism parameter: {0}")]
    MechanismParamInvalid(&'static str),
    /// An operation of this kind is running.
    #[error("an operation of this kind is active in the session; finish it, or end it with C_SessionCancel")]
    OperationActive,
    /// No operation of this kind is running.
    #[error("no operation of this kind is active in the session")]
    OperationNotInitialized,
    /// The buffer is too short; the operation goes on. Not logged.
    #[error("the buffer is too small: {needed} bytes are needed")]
    BufferTooSmall {
        /// Length in bytes that suffices.
        needed: usize,
    },
    /// Data that the mechanism cannot take.
    #[error("the data is not valid: {0}")]
    DataInvalid(&'static str),
    /// Data of a length that the mechanism cannot take.
    #[error("the data has a wrong length: {0}")]
    DataLenRange(&'static str),
    /// A ciphertext that does not open. One word for every cause.
    #[error("the encrypted data is not valid")]
    EncryptedDataInvalid,
    /// A ciphertext of a wrong length.
    #[error("the encrypted data has a wrong length: {0}")]
    EncryptedDataLenRange(&'static str),
    /// The tag does not fit.
    #[error("the authentication tag does not fit")]
    AeadDecryptFailed,
    /// The signature does not fit.
    #[error("the signature does not fit")]
    SignatureInvalid,
    /// The signature has a wrong length.
    #[error("the signature has a wrong length")]
    SignatureLenRange,
    /// The state of the running operation cannot be saved.
    #[error("the state of the operation cannot be saved; finish the operation instead")]
    StateUnsaveable,
    /// A saved state that is not ours, or of another token or login.
    #[error(
        "the saved state is not valid here: it is damaged, or of another token or another state of the session"
    )]
    SavedStateInvalid,
    /// A saved state whose key is not there any more, and none was given.
    #[error("the key of the saved operation is not there: give it to C_SetOperationState")]
    KeyNeeded,
    /// A key was given for an operation that has none.
    #[error("a key was given for a saved operation that has none")]
    KeyNotNeeded,
    /// The key that was given is not the one of the saved operation, or may not be used so any more.
    #[error("the key is not the one that the saved operation had, or may not be used for it any more")]
    KeyChanged,
    /// C_DigestKey of a key whose value must not be told.
    #[error("the key cannot be digested: {0}")]
    KeyIndigestible(&'static str),
}

/// Why an attribute is not as a template wants it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Misfit {
    /// The key does not have it.
    Absent,
    /// The key has it with another value.
    Different,
    /// It is never compared.
    KeyMaterial,
}

impl std::fmt::Display for Misfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Absent => "is not there",
            Self::Different => "has another value",
            Self::KeyMaterial => "is key material, which is not compared",
        })
    }
}

/// What a key was given for; decides which of the `…_KEY_HANDLE_INVALID` codes answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyRole {
    /// The key of an operation, or a base key.
    Key,
    /// The key that wraps.
    WrappingKey,
    /// The key that unwraps.
    UnwrappingKey,
    /// The key that is to be wrapped.
    WrappedKey,
    /// A key that the parameter names.
    FurtherKey,
}

impl std::fmt::Display for KeyRole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Key => "key",
            Self::WrappingKey => "wrapping key",
            Self::UnwrappingKey => "unwrapping key",
            Self::WrappedKey => "key to be wrapped",
            Self::FurtherKey => "key that the parameter names",
        })
    }
}

/// Result of everything below the C boundary.
pub type Result<T> = std::result::Result<T, Error>;
