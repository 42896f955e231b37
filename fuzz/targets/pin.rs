//! PIN blocks, and parameters that name further keys: a parameter that is right, or so but for a few bytes, over keys of
//! every usage. Whatever comes, the answer is one that is documented, nothing is written beyond the length that is
//! told, and no object stays. What works is true by other mechanisms: a translated block has the same PIN, a value that
//! is made verifies.
#![no_main]

use arbitrary::{Result, Unstructured};
use cryptoki_sys::*;
use libfuzzer_sys::fuzz_target;
use vhsm::ck;
use vhsm_fuzz::call;
use vhsm_fuzz::memory::Arena;
use vhsm_fuzz::module::{Session, works};
use vhsm_fuzz::operations::{Class, cancel_all};
use vhsm_fuzz::payment::cases::{Case, DATA_END, Draw, END, MACING, METHOD, ROWS, Role};
use vhsm_fuzz::payment::operation::{
    AT_INIT, HANDLE, Operation, ROOM, WITH_DATA, documented, once, other_side,
};
use vhsm_fuzz::payment::{KEYS, Key, account, place};

/// What may be answered where an object would be made, beside [`AT_INIT`].
const OF_OBJECTS: [ck::Rv; 5] = [
    ck::CKR_VHSM_KEY_ALL_ZERO,
    ck::CKR_VHSM_KEY_MASQUERADES,
    ck::CKR_VHSM_KEY_WEAK,
    ck::CKR_TEMPLATE_INCONSISTENT,
    ck::CKR_ATTRIBUTE_VALUE_INVALID,
];

/// How many objects there are.
fn objects(session: &Session) -> usize {
    let mut found = [0; 256];
    let mut count = 0;
    works(call!(C_FindObjectsInit(session.0, std::ptr::null_mut(), 0)));
    works(call!(C_FindObjects(
        session.0,
        found.as_mut_ptr(),
        256,
        &raw mut count
    )));
    works(call!(C_FindObjectsFinal(session.0)));
    count as usize
}

/// The PIN of a block that something was done with.
#[track_caller]
fn opened(session: &Session, key: &'static Key, end: &[u8], block: &[u8]) -> Vec<u8> {
    let pin =
        Operation::new(ck::CKM_VHSM_PIN_REVEAL, key, &[&[1], end]).gives(session, Class::Decrypt, block);
    assert!((4..=12).contains(&pin.len()) && pin.iter().all(u8::is_ascii_digit));
    pin
}

/// What decrypts what stands at this end: what comes with the side that it has, what goes with the other one.
fn reader(key: &'static Key, end: &[u8], goes: bool) -> Operation {
    let modes = [
        ck::CKM_VHSM_DATA_ECB,
        ck::CKM_VHSM_DATA_CBC,
        ck::CKM_VHSM_DATA_CFB8,
        ck::CKM_VHSM_DATA_CFB64,
        ck::CKM_VHSM_DATA_CTR,
    ];
    let mut keying = end[1..16].to_vec();
    keying[1] ^= u8::from(goes && keying[0] != 0);
    let is_aes = keying[0] >= 4 || keying[0] == 0 && key.key_type == ck::CKK_AES;
    let iv = match (end[0], is_aes) {
        (0, _) => 0,
        (_, true) => 16,
        (_, false) => 8,
    };
    Operation::new(
        modes[usize::from(end[0])],
        key,
        &[&[1], &keying, &end[16..16 + iv]],
    )
}

/// Whether the rules have this translation [docs/payment/pin.md].
fn is_allowed(from: &[u8], to: &[u8]) -> bool {
    let binds = |format: u8| matches!(format, 1 | 4 | 35 | 47 | 48 | 105..=113 | 132);
    let formats = match (from[0], to[0]) {
        (34, _) => false,
        (from, to) if from == to => true,
        (1 | 2 | 3 | 5 | 47 | 48 | 105..=113 | 132, 1 | 47 | 48 | 105..=113 | 132) => true,
        (1 | 5 | 47 | 48 | 105..=113 | 132, 35) => true,
        _ => false,
    };
    formats && (!binds(from[0]) || !binds(to[0]) || from[14..] == to[14..])
}

/// The operation, first with little room.
fn bytes(case: &Case, session: &Session, class: Class, room: Option<usize>) {
    if case.operation.init(session, class) != CKR_OK {
        return;
    }
    let (mut rv, mut result) = once(session, class, &case.data, room);
    if rv == CKR_BUFFER_TOO_SMALL || (rv == CKR_OK && room.is_none()) {
        // What was told suffices.
        (rv, result) = once(session, class, &case.data, Some(result.len()));
        assert_ne!(rv, CKR_BUFFER_TOO_SMALL);
        assert_ne!(rv, CKR_OPERATION_NOT_INITIALIZED);
    }
    documented(rv, &WITH_DATA);
    let (after, _) = once(session, class, &case.data, Some(ROOM));
    assert_eq!(after, CKR_OPERATION_NOT_INITIALIZED);
    if rv == CKR_OK {
        is_true(case, session, &result);
    }
}

/// What other mechanisms say of the result.
fn is_true(case: &Case, session: &Session, result: &[u8]) {
    let Case { operation, data, .. } = case;
    let Operation { id, key, parameter } = operation;
    match *id {
        ck::CKM_VHSM_PIN_BLOCK => assert_eq!(opened(session, key, &parameter[1..], result), *data),
        ck::CKM_VHSM_PIN_REVEAL => assert!((4..=12).contains(&result.len())),
        ck::CKM_VHSM_PIN_GENERATE => {
            let pin = opened(session, key, &parameter[1..1 + END], result);
            assert_eq!(pin.len(), usize::from(parameter[1 + END]));
        }
        ck::CKM_VHSM_PIN_TRANSLATE | ck::CKM_VHSM_PIN_TRANSLATE_ANY => is_translated(case, session, result),
        ck::CKM_VHSM_IBM3624_PIN => {
            let end = &parameter[METHOD..METHOD + END];
            let pin = opened(session, operation.key_at(METHOD - 2 * HANDLE), end, result);
            assert_eq!(pin.len(), usize::from(parameter[METHOD - 17]));
            let offset = Operation::new(
                ck::CKM_VHSM_IBM3624_OFFSET,
                key,
                &[&[1], &parameter[1..METHOD + END]],
            );
            let offset = offset.gives(session, Class::Sign, result);
            match data.is_empty() {
                true => assert!(offset.iter().all(|digit| *digit == b'0')),
                false => assert_eq!(offset, *data),
            }
        }
        ck::CKM_VHSM_IBM3624_OFFSET | ck::CKM_VHSM_IBM3624_CHANGE => {
            let length = data.len() / (1 + usize::from(*id == ck::CKM_VHSM_IBM3624_CHANGE));
            let offset = Operation::new(
                ck::CKM_VHSM_IBM3624_OFFSET,
                key,
                &[&[1], &parameter[1..METHOD + END]],
            );
            verifies(session, &offset, &data[data.len() - length..], result);
        }
        ck::CKM_VHSM_VISA_PVV_BLOCK | ck::CKM_VHSM_VISA_PVV_CHANGE => {
            let length = data.len() / (1 + usize::from(*id == ck::CKM_VHSM_VISA_PVV_CHANGE));
            let value = Operation::new(ck::CKM_VHSM_VISA_PVV_BLOCK, key, &[&parameter[..64]]);
            verifies(session, &value, &data[data.len() - length..], result);
        }
        ck::CKM_VHSM_DECIMALIZATION_TABLE_TRANSLATE if !key.is_old => {
            let handle = key.handle.to_be_bytes();
            let back = Operation::new(*id, operation.key_at(1), &[&[1], &handle]);
            assert_eq!(back.gives(session, Class::Decrypt, result), *data);
        }
        ck::CKM_VHSM_DUKPT_MAC => {
            let mut other = operation.clone();
            other.parameter[2] ^= 1;
            verifies(session, &other, data, result);
            works(operation.init(session, Class::Sign));
            match Class::Sign.in_parts(session.0, data, &[7, 0, 30]) {
                Ok(parts) => assert_eq!(parts, result),
                Err(rv) => assert_eq!(rv, CKR_FUNCTION_NOT_SUPPORTED),
            }
            cancel_all(session.0);
        }
        ck::CKM_VHSM_MAC_TRANSLATE => {
            let macing = &parameter[1 + MACING + HANDLE..][..MACING];
            let other = other_side(operation.key_at(1 + MACING), macing);
            verifies(session, &other, data, result);
        }
        ck::CKM_VHSM_DATA_TRANSLATE => {
            let (from, to) = (&parameter[1..1 + DATA_END], &parameter[1 + DATA_END + HANDLE..]);
            let to = reader(operation.key_at(1 + DATA_END), to, true);
            assert_eq!(
                reader(key, from, false).gives(session, Class::Decrypt, data),
                to.gives(session, Class::Decrypt, result)
            );
        }
        ck::CKM_VHSM_EMV_SCRIPT_ENCRYPT | ck::CKM_VHSM_EMV_PIN_CHANGE => assert_eq!(result.len() % 8, 0),
        _ => assert!(!result.is_empty()),
    }
}

/// A value verifies, and no other.
#[track_caller]
fn verifies(session: &Session, operation: &Operation, data: &[u8], value: &[u8]) {
    assert_eq!(operation.verify(session, data, value), CKR_OK, "{}", operation.id);
    let mut wrong = value.to_vec();
    wrong[0] ^= 1;
    assert_eq!(operation.verify(session, data, &wrong), CKR_SIGNATURE_INVALID);
}

/// Both blocks have one PIN, and the rules have the translation.
fn is_translated(case: &Case, session: &Session, result: &[u8]) {
    let Operation { id, key, parameter } = &case.operation;
    let (from, to) = (&parameter[1..1 + END], &parameter[1 + END + HANDLE..][..END]);
    assert!(*id == ck::CKM_VHSM_PIN_TRANSLATE_ANY || is_allowed(from, to));
    let pin = opened(session, key, from, &case.data);
    let most = parameter.get(1 + END + HANDLE + END);
    let block = match (most, result) {
        (Some(most), [block @ .., length]) => {
            assert_eq!(usize::from(*length), pin.len());
            assert!(length <= most);
            block
        }
        _ => result,
    };
    // Nothing reads format 35.
    if to[0] != 35 {
        assert_eq!(opened(session, case.operation.key_at(1 + END), to, block), pin);
    }
}

fn verify(case: &Case, session: &Session) {
    let rv = case.operation.verify(session, &case.data, &case.signature);
    if rv == CKR_OK && case.operation.id == ck::CKM_VHSM_PIN_COMPARE {
        let Operation { key, parameter, .. } = &case.operation;
        let (from, to) = (&parameter[1..1 + END], &parameter[1 + END + HANDLE..]);
        assert_eq!(
            opened(session, key, from, &case.data),
            opened(session, case.operation.key_at(1 + END), to, &case.signature)
        );
    }
}

/// An object is made, and is the only one.
fn make(case: &Case, session: &Session, number: u8) {
    let before = objects(session);
    let mut arena = Arena::default();
    let mechanism = case.operation.place(&mut arena);
    let key = case.operation.key;
    let mut template = Vec::new();
    if case.role == Role::Generate || key.key_type == ck::CKK_GENERIC_SECRET {
        template.push((ck::CKA_KEY_TYPE, ck::CKK_VHSM_LMK.0.to_ne_bytes().to_vec()));
        template.push((ck::CKA_VHSM_LMK_ID, format!("{number:02}").into()));
    }
    let (attributes, count) = place(&mut arena, &template);
    let mut made = 0;
    let rv = match case.role {
        Role::Generate => call!(C_GenerateKey(
            session.0,
            mechanism,
            attributes,
            count,
            &raw mut made
        )),
        _ => call!(C_DeriveKey(
            session.0,
            mechanism,
            key.handle,
            attributes,
            count,
            &raw mut made
        )),
    };
    documented(rv, &[&AT_INIT[..], &OF_OBJECTS].concat());
    assert_eq!(made != 0, rv == CKR_OK);
    if made != 0 {
        assert_eq!(objects(session), before + 1);
        works(call!(C_DestroyObject(session.0, made)));
    }
}

fn run(u: &mut Unstructured<'_>) -> Result<()> {
    let row = *u.choose(&ROWS)?;
    let of_parameter = u.ratio(1, 2)?;
    let of_data = u.ratio(1, 4)?;
    let room = match u.int_in_range(0..=3)? {
        0 => None,
        1 => Some(u.int_in_range(0..=20)?),
        _ => Some(ROOM),
    };
    let number = u.int_in_range(0..=99)?;
    let there = KEYS.len();
    let session = Session::new();
    let account = account(u)?;
    let mut draw = Draw {
        u,
        session: &session,
        account,
    };
    let mut case = draw.case(row)?;
    if of_parameter {
        draw.change(&mut case.operation.parameter)?;
    }
    if of_data {
        draw.change(&mut case.data)?;
        draw.change(&mut case.signature)?;
    }
    match case.role {
        Role::Bytes(class) => bytes(&case, &session, class, room),
        Role::Verify => verify(&case, &session),
        Role::Derive | Role::Generate => make(&case, &session, number),
    }
    cancel_all(session.0);
    assert_eq!(objects(&session), there, "an object stays");
    Ok(())
}

fuzz_target!(|data: &[u8]| {
    // Input that is too short makes no case.
    let _ = run(&mut Unstructured::new(data));
});
