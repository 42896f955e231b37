//! Payment keys of every usage, and what parameters of payment mechanisms are made of: ends of PINs, keyings, MACings,
//! the form of EMV. All of them are well formed and name keys that go with them, but for a few.

pub mod cases;
pub mod operation;

use std::sync::LazyLock;

use arbitrary::{Result, Unstructured};
use cryptoki_sys::{CK_ATTRIBUTE, CK_OBJECT_HANDLE, CKR_OK};
use vhsm::ck::*;

use crate::call;
use crate::memory::Arena;
use crate::module::{configure, keeper};

/// What is off by default, and drawn all the same.
const SETTINGS: &str = "[mechanisms]\nenable = [\"CKM_VHSM_PIN_REVEAL\", \"CKM_VHSM_PIN_TRANSLATE_ANY\", \
     \"CKM_VHSM_ISO9797_CHAINED_MAC\", \"CKM_VHSM_KEY_CHECK_VALUE_WHOLE\", \"CKM_VHSM_COMPONENTS_SPLIT\"]\n";
/// The decimalisation table of the key that is bound to one.
pub const TABLE: &[u8; 16] = b"0123456789012345";

/// A key of the pool.
#[derive(Debug)]
pub struct Key {
    /// Its handle.
    pub handle: CK_OBJECT_HANDLE,
    /// Its type.
    pub key_type: KeyType,
    /// Its usage; of local master keys and their components `LM`.
    pub usage: &'static [u8; 2],
    /// Its mode of use; of a local master key 0.
    pub mode: u8,
    /// The number of the component that it is, or 0.
    pub component: u8,
    /// Whether it is a local master key that takes nothing any more.
    pub is_old: bool,
}

/// Usage, key type, length in bytes, mode of use, number of the component.
type Kind = (&'static [u8; 2], KeyType, usize, u8, u8);

const KINDS: &[Kind] = &[
    (b"P0", CKK_DES2, 16, b'B', 0),
    (b"P0", CKK_DES2, 16, b'N', 0),
    (b"P0", CKK_DES3, 24, b'B', 0),
    (b"P0", CKK_DES, 8, b'B', 0),
    (b"P0", CKK_AES, 16, b'B', 0),
    (b"P0", CKK_AES, 32, b'N', 0),
    (b"B0", CKK_DES2, 16, b'X', 0),
    (b"B0", CKK_AES, 16, b'X', 0),
    (b"B0", CKK_AES, 32, b'N', 0),
    (b"B1", CKK_DES2, 16, b'X', 0),
    (b"B1", CKK_AES, 32, b'X', 0),
    (b"V1", CKK_DES2, 16, b'C', 0),
    (b"V1", CKK_DES3, 24, b'N', 0),
    (b"V1", CKK_DES, 8, b'C', 0),
    (b"V2", CKK_DES2, 16, b'C', 0),
    (b"D2", CKK_DES2, 16, b'B', 0),
    (b"D2", CKK_AES, 16, b'N', 0),
    (b"E0", CKK_DES2, 16, b'X', 0),
    (b"E0", CKK_AES, 16, b'X', 0),
    (b"E1", CKK_DES2, 16, b'X', 0),
    (b"E1", CKK_DES2, 16, b'E', 0),
    (b"E1", CKK_AES, 16, b'X', 0),
    (b"E1", CKK_AES, 32, b'E', 0),
    (b"M0", CKK_DES2, 16, b'C', 0),
    (b"M0", CKK_DES3, 24, b'N', 0),
    (b"M1", CKK_DES, 8, b'C', 0),
    (b"M1", CKK_DES2, 16, b'C', 0),
    (b"M3", CKK_DES2, 16, b'C', 0),
    (b"M3", CKK_DES3, 24, b'N', 0),
    (b"M6", CKK_DES2, 16, b'C', 0),
    (b"M6", CKK_AES, 32, b'C', 0),
    (b"M7", CKK_GENERIC_SECRET, 32, b'C', 0),
    (b"D0", CKK_DES2, 16, b'B', 0),
    (b"D0", CKK_DES3, 24, b'N', 0),
    (b"D0", CKK_AES, 16, b'B', 0),
    (b"K0", CKK_DES2, 16, b'B', 0),
    (b"P0", CKK_DES2, 16, b'B', 1),
    (b"P0", CKK_DES2, 16, b'B', 2),
    (b"P0", CKK_DES2, 16, b'B', 3),
    (b"D0", CKK_AES, 16, b'B', 1),
    (b"D0", CKK_AES, 16, b'B', 2),
    (b"LM", CKK_GENERIC_SECRET, 32, b'N', 1),
    (b"LM", CKK_GENERIC_SECRET, 32, b'N', 2),
    (b"LM", CKK_GENERIC_SECRET, 24, b'N', 1),
    (b"LM", CKK_GENERIC_SECRET, 24, b'N', 2),
    (b"LM", CKK_VHSM_LMK, 320, 0, 0),
    (b"LM", CKK_VHSM_LMK, 24, 0, 0),
    (b"LM", CKK_VHSM_LMK, 32, 0, 0),
];

/// A value of odd parity, another for each number.
fn value(number: usize, length: usize) -> Vec<u8> {
    const BYTES: &[u8; 24] =
        b"\x01\x23\x45\x67\x89\xab\xcd\xef\xfe\xdc\xba\x98\x76\x54\x32\x10\x0e\x1f\x2a\x34\x45\x58\x6d\x70";
    let masks: Vec<u8> = (0..=u8::MAX).filter(|mask| mask.count_ones() % 2 == 0).collect();
    let bytes = BYTES.iter().cycle().enumerate().take(length);
    bytes
        .map(|(at, byte)| byte ^ masks[(number + at / 24) % masks.len()])
        .collect()
}

/// One key of every kind, one of `V1` that is bound to [`TABLE`], and an old local master key.
pub static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
    configure(SETTINGS);
    let mut keys: Vec<_> = (0..).zip(KINDS).map(|(at, kind)| made(at, *kind, None)).collect();
    let bound = (b"V1", CKK_DES2, 16, b'C', 0);
    keys.push(made(
        KINDS.len(),
        bound,
        Some((CKA_VHSM_DECIMALIZATION_TABLE, TABLE.to_vec())),
    ));
    let old = (b"LM", CKK_VHSM_LMK, 32, 0, 0);
    keys.push(made(KINDS.len() + 1, old, Some((CKA_VHSM_LMK_OLD, vec![1]))));
    keys
});

/// An attribute by type and value.
pub type Attribute = (AttributeType, Vec<u8>);

/// The attributes of a call.
pub fn place(arena: &mut Arena, attributes: &[Attribute]) -> (*mut CK_ATTRIBUTE, u64) {
    let mut placed = Vec::new();
    for (attribute, value) in attributes {
        placed.push(CK_ATTRIBUTE {
            type_: attribute.0,
            pValue: arena.bytes(value).cast(),
            ulValueLen: to_ulong(value.len()),
        });
    }
    (arena.items(&placed), to_ulong(placed.len()))
}

fn made(at: usize, kind: Kind, more: Option<Attribute>) -> Key {
    let (usage, key_type, length, mode, component) = kind;
    let is_lmk = key_type == CKK_VHSM_LMK;
    let mut template = vec![
        (CKA_CLASS, CKO_SECRET_KEY.0.to_ne_bytes().to_vec()),
        (CKA_KEY_TYPE, key_type.0.to_ne_bytes().to_vec()),
        (CKA_VALUE, value(at, length)),
    ];
    match is_lmk {
        true => template.push((CKA_VHSM_LMK_ID, format!("{at:02}").into())),
        false => {
            template.push((CKA_VHSM_KEY_USAGE, usage.to_vec()));
            template.push((CKA_VHSM_MODE_OF_USE, vec![mode]));
        }
    }
    if component != 0 {
        template.push((CKA_VHSM_KEY_VERSION, vec![b'c', b'0' + component]));
    }
    let is_old = more
        .as_ref()
        .is_some_and(|(attribute, _)| *attribute == CKA_VHSM_LMK_OLD);
    template.extend(more);
    let mut arena = Arena::default();
    let (attributes, count) = place(&mut arena, &template);
    let mut handle = 0;
    let rv = call!(C_CreateObject(keeper(), attributes, count, &raw mut handle));
    assert_eq!(rv, CKR_OK, "{kind:?}: {}", Rv(rv));
    Key {
        handle,
        key_type,
        usage,
        mode,
        component,
        is_old,
    }
}

/// The key of a handle.
pub fn key_of(handle: CK_OBJECT_HANDLE) -> &'static Key {
    let key = KEYS.iter().find(|key| key.handle == handle);
    key.expect("an operation has a key of the pool")
}

/// A key that is fitting, or once in 32 times any.
pub fn key(u: &mut Unstructured<'_>, is_fitting: impl Fn(&Key) -> bool) -> Result<&'static Key> {
    let fitting: Vec<_> = KEYS.iter().filter(|key| is_fitting(key)).collect();
    match u.ratio(31, 32)? && !fitting.is_empty() {
        true => u.choose(&fitting).copied(),
        false => u.choose(&KEYS),
    }
}

/// Whether it is of one of these usages, and no component.
pub fn is_of(key: &Key, usages: &[&[u8; 2]]) -> bool {
    usages.contains(&key.usage) && key.component == 0
}

/// So many digits in ASCII.
pub fn digits(u: &mut Unstructured<'_>, length: usize) -> Result<Vec<u8>> {
    let digit = |_| u.int_in_range(b'0'..=b'9');
    (0..length).map(digit).collect()
}

/// A PIN, mostly of 4 digits.
pub fn pin(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let length = match u.ratio(1, 2)? {
        true => 4,
        false => u.int_in_range(4..=12)?,
    };
    digits(u, length)
}

/// An account as it stands in parameters.
pub fn account(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let length = match u.ratio(3, 4)? {
        true => 16,
        false => u.int_in_range(12..=19)?,
    };
    let mut account = vec![length];
    account.extend(digits(u, length.into())?);
    account.resize(20, 0);
    Ok(account)
}

/// The key serial number of a derivation, in 12 bytes.
fn serial(u: &mut Unstructured<'_>, derivation: u8) -> Result<Vec<u8>> {
    Ok(match derivation {
        0 => vec![0; 12],
        1 => {
            let counter: u32 = *u.choose(&[1, 2, 8, 0x155, 0x1f_f800])?;
            let [_, high, middle, low] = counter.to_be_bytes();
            [
                &b"\0\0\xff\xff\x98\x76\x54\x32\x10"[..],
                &[0xe0 | high, middle, low],
            ]
            .concat()
        }
        _ => {
            let counter: u32 = *u.choose(&[1, 2, 0x10, 0xffff, 1 << 31])?;
            [b"\x12\x34\x56\x78\x90\x12\x34\x56", &counter.to_be_bytes()[..]].concat()
        }
    })
}

/// Whether the key is one that this derivation begins with.
fn derives(key: &Key, derivation: u8) -> bool {
    let key_type = if derivation == 1 { CKK_DES2 } else { CKK_AES };
    is_of(key, &[b"B0", b"B1"]) && key.key_type == key_type
}

/// An end of a PIN, with its key.
pub struct End {
    /// 34 bytes.
    pub bytes: Vec<u8>,
    /// What the block is under.
    pub key: &'static Key,
}

/// The end of a block that comes, or goes: then there is one format more.
pub fn end(u: &mut Unstructured<'_>, account: &[u8], goes: bool) -> Result<End> {
    let formats = [1, 1, 47, 48, 5, 2, 3, 4, 34, 105, 109, 113, 132, 35];
    let format = *u.choose(&formats[..formats.len() - usize::from(!goes)])?;
    let derivation = match format {
        105.. => 0,
        48 => *u.choose(&[0, 0, 4, 5, 6])?,
        _ => *u.choose(&[0, 0, 1, 1, 2, 3])?,
    };
    let is_right = |key: &Key| match (format, derivation) {
        (105.., _) => key.key_type == CKK_VHSM_LMK,
        (_, 0) => is_of(key, &[b"P0"]) && (format == 48) == (key.key_type == CKK_AES),
        _ => derives(key, derivation),
    };
    let mut bytes = vec![format, derivation];
    bytes.extend(serial(u, derivation)?);
    match u.ratio(31, 32)? {
        true => bytes.extend(account),
        false => bytes.extend(self::account(u)?),
    }
    let key = key(u, is_right)?;
    Ok(End { bytes, key })
}

/// Which key works: 15 bytes; with its key.
pub fn keying(u: &mut Unstructured<'_>, own: impl Fn(&Key) -> bool) -> Result<(Vec<u8>, &'static Key)> {
    let derivation = *u.choose(&[0, 0, 1, 1, 2, 3, 4, 5, 6])?;
    let (side, direction) = match derivation {
        0 => (0, 0),
        1 => (u.int_in_range(0..=1)?, u.int_in_range(1..=2)?),
        _ => (u.int_in_range(0..=1)?, u.int_in_range(1..=3)?),
    };
    let mut bytes = vec![derivation, side, direction];
    bytes.extend(serial(u, derivation)?);
    let key = key(u, |key| match derivation {
        0 => own(key),
        _ => derives(key, derivation),
    })?;
    Ok((bytes, key))
}

/// How a MAC is made, and with which key: 18 bytes; with its key.
pub fn macing(u: &mut Unstructured<'_>) -> Result<(Vec<u8>, &'static Key)> {
    let (mut bytes, key) = keying(u, |key| is_of(key, &[b"M0", b"M1", b"M3", b"M6"]))?;
    let algorithm = match (bytes[0], key.usage) {
        (0, b"M3") => 3,
        (0, b"M6") => 5,
        (0, _) => 1,
        (1..=3, _) => *u.choose(&[1, 3, 5])?,
        _ => 5,
    };
    let (padding, most) = match algorithm {
        5 if bytes[0] > 3 || key.key_type == CKK_AES && bytes[0] == 0 => (0, 16),
        5 => (0, 8),
        _ => (u.int_in_range(1..=3)?, 8),
    };
    bytes.extend([algorithm, padding, u.int_in_range(4..=most)?]);
    Ok((bytes, key))
}

/// The form of EMV, with a key of this usage.
pub fn emv_form(
    u: &mut Unstructured<'_>,
    usage: &'static [u8; 2],
    option: u8,
) -> Result<(Vec<u8>, &'static Key)> {
    let source = *u.choose(b"AABCMS")?;
    let key = key(u, |key| {
        let is_aes = match source {
            b'C' => Some(true),
            b'A' | b'B' => Some(false),
            _ => None,
        };
        is_of(key, &[usage])
            && is_aes.is_none_or(|is_aes| is_aes == (key.key_type == CKK_AES))
            && (source == b'S') == (key.mode != b'X')
    })?;
    let session = match source {
        b'S' => 0,
        _ => u.int_in_range(1..=5)?,
    };
    let mut form = vec![1, source, session, option, 0];
    if matches!(source, b'A' | b'B' | b'C') {
        form.extend(b"\x54\x13\x33\x00\x89\x02\x00\x11\xff\xff\x01");
    }
    let counter = *u.choose(&[b"\0\x01", b"\x12\x34", b"\xff\xff"])?;
    match session {
        0 => {}
        1 | 4 => form.extend(counter),
        2 => form.extend([counter, &b"\x89\xab\xcd\xef"[..]].concat()),
        3 => form.extend(u.arbitrary::<[u8; 8]>()?),
        _ => form.extend([counter, &b"\x08\x04"[..], &[0; 16]].concat()),
    }
    Ok((form, key))
}
