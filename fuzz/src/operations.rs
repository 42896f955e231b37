//! Operations on data, in one call and in parts, and the keys that there are for them.

use std::sync::LazyLock;

use cryptoki_sys::{CK_MECHANISM, CK_OBJECT_HANDLE, CK_RV, CK_SESSION_HANDLE, CKR_OK};
use vhsm::attribute::Value;
use vhsm::ck::*;

use crate::call;
use crate::memory::Arena;
use crate::module::{keeper, works};
use crate::samples::SAMPLES;
use crate::words::{Bytes, Room, Template};

/// A key of the pool.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its handle.
    pub handle: CK_OBJECT_HANDLE,
    /// Its class.
    pub class: ObjectClass,
    /// Its type.
    pub key_type: KeyType,
    /// The handle of the other half of a pair; of a secret key its own.
    pub other: CK_OBJECT_HANDLE,
}

/// One key of every sample.
pub static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
    let mut keys: Vec<Key> = Vec::new();
    for (at, sample) in (0..).zip(&*SAMPLES) {
        let (Some(class), Some(key_type)) = (sample.class(), sample.key_type()) else {
            continue;
        };
        let mut template = Template::sample(at);
        if class != CKO_PUBLIC_KEY {
            template = template
                .with(CKA_EXTRACTABLE, &Value::Bool(true))
                .with(CKA_SENSITIVE, &Value::Bool(false));
        }
        let handle = create(keeper(), &template).expect("a sample can be made");
        let other = match (class, keys.last_mut()) {
            (CKO_PUBLIC_KEY, Some(private)) => {
                private.other = handle;
                private.handle
            }
            _ => handle,
        };
        keys.push(Key {
            handle,
            class,
            key_type,
            other,
        });
    }
    keys
});

/// `C_CreateObject`.
pub fn create(session: CK_SESSION_HANDLE, template: &Template) -> Option<CK_OBJECT_HANDLE> {
    let mut arena = Arena::default();
    let (attributes, count) = template.place(&mut arena);
    let mut object = 0;
    let rv = call!(C_CreateObject(session, attributes, count, &raw mut object));
    assert_eq!(rv == CKR_OK, object != 0);
    (object != 0).then_some(object)
}

/// A class of operation that gives bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, arbitrary::Arbitrary)]
pub enum Class {
    /// C_Encrypt and its parts.
    Encrypt,
    /// C_Decrypt and its parts.
    Decrypt,
    /// C_Sign and its parts.
    Sign,
    /// C_Digest and its parts.
    Digest,
}

impl Class {
    /// `C_…Init`.
    pub fn init(
        self,
        session: CK_SESSION_HANDLE,
        mechanism: *mut CK_MECHANISM,
        key: CK_OBJECT_HANDLE,
    ) -> CK_RV {
        match self {
            Self::Encrypt => call!(C_EncryptInit(session, mechanism, key)),
            Self::Decrypt => call!(C_DecryptInit(session, mechanism, key)),
            Self::Sign => call!(C_SignInit(session, mechanism, key)),
            Self::Digest => call!(C_DigestInit(session, mechanism)),
        }
    }

    /// The call that does it all.
    pub fn whole(self, session: CK_SESSION_HANDLE, data: &Bytes, room: Room) -> (CK_RV, Vec<u8>) {
        let mut arena = Arena::default();
        let ((data, length), out) = (data.place(&mut arena), room.place(&mut arena));
        let rv = match self {
            Self::Encrypt => call!(C_Encrypt(session, data, length, out.pointer, out.length)),
            Self::Decrypt => call!(C_Decrypt(session, data, length, out.pointer, out.length)),
            Self::Sign => call!(C_Sign(session, data, length, out.pointer, out.length)),
            Self::Digest => call!(C_Digest(session, data, length, out.pointer, out.length)),
        };
        out.check(rv);
        (rv, written(rv, &out))
    }

    /// The next part.
    pub fn update(self, session: CK_SESSION_HANDLE, data: &Bytes, room: Room) -> (CK_RV, Vec<u8>) {
        let mut arena = Arena::default();
        let ((data, length), out) = (data.place(&mut arena), room.place(&mut arena));
        let rv = match self {
            Self::Encrypt => call!(C_EncryptUpdate(session, data, length, out.pointer, out.length)),
            Self::Decrypt => call!(C_DecryptUpdate(session, data, length, out.pointer, out.length)),
            Self::Sign => return (call!(C_SignUpdate(session, data, length)), Vec::new()),
            Self::Digest => return (call!(C_DigestUpdate(session, data, length)), Vec::new()),
        };
        out.check(rv);
        (rv, written(rv, &out))
    }

    /// The end of the parts.
    pub fn finish(self, session: CK_SESSION_HANDLE, room: Room) -> (CK_RV, Vec<u8>) {
        let mut arena = Arena::default();
        let out = room.place(&mut arena);
        let rv = match self {
            Self::Encrypt => call!(C_EncryptFinal(session, out.pointer, out.length)),
            Self::Decrypt => call!(C_DecryptFinal(session, out.pointer, out.length)),
            Self::Sign => call!(C_SignFinal(session, out.pointer, out.length)),
            Self::Digest => call!(C_DigestFinal(session, out.pointer, out.length)),
        };
        out.check(rv);
        (rv, written(rv, &out))
    }

    /// The result of the data in pieces of these lengths, after Init.
    pub fn in_parts(self, session: CK_SESSION_HANDLE, data: &[u8], cuts: &[u8]) -> Result<Vec<u8>, CK_RV> {
        let mut result = Vec::new();
        let mut rest = data;
        let mut cuts = cuts.iter();
        while !rest.is_empty() {
            let length = cuts
                .next()
                .map_or(rest.len(), |cut| rest.len().min(usize::from(*cut)));
            let (piece, after) = rest.split_at(length);
            rest = after;
            let (rv, written) = self.update(session, &Bytes::Given(piece.to_vec()), Room::Enough);
            if rv != CKR_OK {
                return Err(rv);
            }
            result.extend(written);
        }
        match self.finish(session, Room::Enough) {
            (CKR_OK, written) => {
                result.extend(written);
                Ok(result)
            }
            (rv, _) => Err(rv),
        }
    }
}

fn written(rv: CK_RV, out: &crate::words::Placed) -> Vec<u8> {
    match rv == CKR_OK && !out.pointer.is_null() {
        true => out.output(),
        false => Vec::new(),
    }
}

/// Ends whatever is active in the session.
pub fn cancel_all(session: CK_SESSION_HANDLE) {
    use cryptoki_sys::*;
    let old = CKF_ENCRYPT | CKF_DECRYPT | CKF_DIGEST | CKF_SIGN | CKF_VERIFY | CKF_FIND_OBJECTS;
    let messages = CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT | CKF_MESSAGE_SIGN | CKF_MESSAGE_VERIFY;
    let all = old | messages | CKF_SIGN_RECOVER | CKF_VERIFY_RECOVER;
    works(call!(C_SessionCancel(session, all)));
}
