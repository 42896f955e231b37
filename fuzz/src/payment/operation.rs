//! Operations under payment keys in one call, and what they may answer.

use cryptoki_sys::{CK_MECHANISM, CK_RV, CK_ULONG, CKR_OK, CKR_OPERATION_NOT_INITIALIZED};
use vhsm::ck::*;

use super::{Key, key_of};
use crate::call;
use crate::memory::Arena;
use crate::module::Session;
use crate::operations::Class;

/// Bytes of a handle in a parameter.
pub const HANDLE: usize = 8;

/// What an operation may answer beside CKR_OK when it begins [docs/payment].
pub const AT_INIT: [Rv; 11] = [
    CKR_MECHANISM_PARAM_INVALID,
    CKR_KEY_HANDLE_INVALID,
    CKR_KEY_TYPE_INCONSISTENT,
    CKR_KEY_SIZE_RANGE,
    CKR_KEY_FUNCTION_NOT_PERMITTED,
    CKR_VHSM_KEY_USAGE,
    CKR_VHSM_KEY_MODE_OF_USE,
    CKR_VHSM_KEY_ALGORITHM,
    CKR_VHSM_PIN_BLOCK_FORMAT,
    CKR_VHSM_PIN_LENGTH,
    CKR_VHSM_DECIMALIZATION_TABLE,
];
/// And when it has its data.
pub const WITH_DATA: [Rv; 12] = [
    CKR_DATA_INVALID,
    CKR_DATA_LEN_RANGE,
    CKR_ENCRYPTED_DATA_INVALID,
    CKR_ENCRYPTED_DATA_LEN_RANGE,
    CKR_SIGNATURE_INVALID,
    CKR_SIGNATURE_LEN_RANGE,
    CKR_VHSM_PIN_BLOCK,
    CKR_VHSM_PIN_LENGTH,
    CKR_VHSM_PIN_EXCLUDED,
    CKR_VHSM_PIN_INCORRECT,
    CKR_VHSM_DECIMALIZATION_TABLE,
    CKR_VHSM_PIN_BLOCK_FORMAT,
];

/// Asserts that an answer is CKR_OK or one of these.
#[track_caller]
pub fn documented(rv: CK_RV, answers: &[Rv]) -> CK_RV {
    assert!(rv == CKR_OK || answers.contains(&Rv(rv)), "{}", Rv(rv));
    rv
}

/// A mechanism with its parameter under a key.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its number.
    pub id: MechanismId,
    /// The key.
    pub key: &'static Key,
    /// The parameter.
    pub parameter: Vec<u8>,
}

impl Operation {
    /// Of a parameter of these parts.
    pub fn new(id: MechanismId, key: &'static Key, parts: &[&[u8]]) -> Self {
        let parameter = parts.concat();
        Self { id, key, parameter }
    }

    /// The structure.
    pub fn place(&self, arena: &mut Arena) -> *mut CK_MECHANISM {
        let pointer = arena.bytes(&self.parameter);
        arena.items(&[CK_MECHANISM {
            mechanism: self.id.0,
            pParameter: pointer.cast(),
            ulParameterLen: self.parameter.len() as CK_ULONG,
        }])
    }

    /// `C_…Init`.
    pub fn init(&self, session: &Session, class: Class) -> CK_RV {
        let mut arena = Arena::default();
        let mechanism = self.place(&mut arena);
        documented(class.init(session.0, mechanism, self.key.handle), &AT_INIT)
    }

    /// The result of the operation in one call.
    pub fn answer(&self, session: &Session, class: Class, data: &[u8]) -> Result<Vec<u8>, CK_RV> {
        match self.init(session, class) {
            CKR_OK => {}
            refused => return Err(refused),
        }
        let (rv, result) = once(session, class, data, Some(ROOM));
        match documented(rv, &WITH_DATA) {
            CKR_OK => Ok(result),
            refused => Err(refused),
        }
    }

    /// The result of an operation that has to work.
    #[track_caller]
    pub fn gives(&self, session: &Session, class: Class, data: &[u8]) -> Vec<u8> {
        let told = |rv| panic!("{}: {}", self.id, Rv(rv));
        self.answer(session, class, data).unwrap_or_else(told)
    }

    /// `C_VerifyInit` and `C_Verify`, after which nothing is active.
    pub fn verify(&self, session: &Session, data: &[u8], signature: &[u8]) -> CK_RV {
        let mut arena = Arena::default();
        let mechanism = self.place(&mut arena);
        let begun = call!(C_VerifyInit(session.0, mechanism, self.key.handle));
        if documented(begun, &AT_INIT) != CKR_OK {
            return begun;
        }
        let (data, length) = (arena.bytes(data), data.len() as CK_ULONG);
        let (given, given_len) = (arena.bytes(signature), signature.len() as CK_ULONG);
        let rv = call!(C_Verify(session.0, data, length, given, given_len));
        assert_eq!(
            call!(C_Verify(session.0, data, length, given, given_len)),
            CKR_OPERATION_NOT_INITIALIZED
        );
        documented(rv, &WITH_DATA)
    }

    /// The key whose handle stands there.
    pub fn key_at(&self, at: usize) -> &'static Key {
        let bytes = self.parameter[at..at + HANDLE].try_into().unwrap();
        key_of(u64::from_be_bytes(bytes))
    }
}

/// Room that every result has.
pub const ROOM: usize = 512;

/// The call that does it all, with so much room; without, the length is asked for. Nothing stands behind what is told, and
/// of what is refused nothing at all.
pub fn once(session: &Session, class: Class, data: &[u8], room: Option<usize>) -> (CK_RV, Vec<u8>) {
    let mut arena = Arena::default();
    let (s, length) = (session.0, data.len() as CK_ULONG);
    let data = arena.bytes(data);
    let out = room.map_or(std::ptr::null_mut(), |room| arena.room(room));
    let told = arena.items(&[room.unwrap_or(0) as CK_ULONG]);
    let rv = match class {
        Class::Encrypt => call!(C_Encrypt(s, data, length, out, told)),
        Class::Decrypt => call!(C_Decrypt(s, data, length, out, told)),
        Class::Sign => call!(C_Sign(s, data, length, out, told)),
        Class::Digest => call!(C_Digest(s, data, length, out, told)),
    };
    // SAFETY: both are the arena's.
    let (told, bytes) = unsafe {
        let bytes = room.map_or(&[][..], |room| std::slice::from_raw_parts(out, room));
        (told.read_unaligned() as usize, bytes)
    };
    match (rv, room) {
        (CKR_OK, None) => (rv, vec![0; told]),
        (CKR_OK, Some(room)) => {
            assert!(told <= room);
            assert!(bytes[told..].iter().all(|byte| *byte == 0xee));
            (rv, bytes[..told].to_vec())
        }
        _ => {
            assert!(bytes.iter().all(|byte| *byte == 0xee));
            (rv, vec![0; told])
        }
    }
}

/// The other side of how a MAC is made: what checks what this makes, and makes what this checks.
pub fn other_side(key: &'static Key, macing: &[u8]) -> Operation {
    let [.., algorithm, padding, length] = macing else {
        unreachable!("it is as long as it says");
    };
    let mut other = macing.to_vec();
    other[1] ^= 1;
    match (macing[0], algorithm) {
        (0, 5) => {
            let id = if key.key_type == CKK_AES {
                CKM_AES_CMAC_GENERAL
            } else {
                CKM_DES3_CMAC_GENERAL
            };
            Operation::new(id, key, &[&u64::from(*length).to_ne_bytes()])
        }
        (0, 3) => Operation::new(CKM_VHSM_ISO9797_ALG3_MAC, key, &[&[1, *padding, *length]]),
        (0, _) => Operation::new(CKM_VHSM_ISO9797_ALG1_MAC, key, &[&[1, *padding, *length]]),
        _ => Operation::new(CKM_VHSM_DUKPT_MAC, key, &[&[1], &other]),
    }
}
