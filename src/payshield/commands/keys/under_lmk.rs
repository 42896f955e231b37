//! Keys of any type under the local master key of the message: into the module and out of it.

use crate::ck::*;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::expected::{Expected, other_kind};
use crate::payshield::held::Held;
use crate::payshield::key_field::{KeyField, with_tag};
use crate::payshield::key_usages;
use crate::payshield::lmks::{Lmk, LmkKind};
use crate::payshield::refusal::Refusal;

use super::trailers::Header;

/// The key type of keys in key blocks, whose header says what they are.
pub(in crate::payshield::commands) const OF_BLOCKS: [u8; 3] = *b"FFF";

/// Whether a key type goes with the kind of a local master key; gives the usage that its keys have.
///
/// # Errors
/// 28.
pub(in crate::payshield::commands) fn check_key_type(lmk: &Lmk, code: [u8; 3]) -> Result<[u8; 2], Refusal> {
    let usage = match (lmk.has_key_blocks(), code == OF_BLOCKS) {
        (true, true) => Some([0; 2]),
        (false, false) => crate::payment::lmk::usage_of_key_type(code),
        _ => None,
    };
    usage.ok_or_else(|| Refusal::new(ErrorCode::KEY_TYPE, "no key under this LMK has this key type"))
}

/// That a header that a message has for a key goes with it under a key-block LMK.
///
/// # Errors
/// A6 to A8.
pub(in crate::payshield::commands) fn check_header(
    lmk: &Lmk,
    header: Option<&Header<'_>>,
    key: &Held,
) -> Result<(), Refusal> {
    let algorithm = match key.key_type {
        CKK_DES => b'D',
        CKK_DES2 | CKK_DES3 => b'T',
        CKK_AES => b'A',
        _ => return Ok(()),
    };
    match header.filter(|_| lmk.has_key_blocks()) {
        Some(header) => key_usages::check(header.usage, algorithm, header.mode),
        None => Ok(()),
    }
}

/// The characters of a key type, or of a key block's usage, in the names of activities.
#[must_use]
pub(in crate::payshield::commands) fn type_name(code: [u8; 3], usage: Option<[u8; 2]>) -> String {
    let name: &[u8] = match &usage {
        Some(usage) if code == OF_BLOCKS => usage,
        _ => &code,
    };
    String::from_utf8_lossy(name).into_owned()
}

/// Takes a key of this type in. `usage` chooses among those of the type.
///
/// # Errors
/// 28 for the type, 10 for parity, A1 for a scheme of the other kind of LMK, A2 to A9 for key blocks.
pub(in crate::payshield::commands) fn open(
    call: &Call<'_>,
    lmk: &Lmk,
    field: &KeyField<'_>,
    (code, usage): ([u8; 3], Option<[u8; 2]>),
) -> Result<Held, Refusal> {
    open_expected(call, lmk, field, &Expected::of_type(code, usage))
}

/// As [`open`], of a key of which more is expected.
///
/// # Errors
/// As [`open`].
pub(in crate::payshield::commands) fn open_expected(
    call: &Call<'_>,
    lmk: &Lmk,
    field: &KeyField<'_>,
    expected: &Expected<'_>,
) -> Result<Held, Refusal> {
    // What the key stands in is told before what it is said to be.
    if lmk.has_key_blocks() != (field.scheme == b'S') {
        return Err(other_kind());
    }
    check_key_type(lmk, expected.key_type)?;
    call.open(lmk, field, expected)
}

/// The key as the response has it: wrapped under the local master key in this scheme, with its tag. What `header` leaves
/// out is the key's.
///
/// # Errors
/// 26 for a scheme of the other kind of LMK, 27 for one of other lengths, 28 for a key of another type, 48 for an AES key
/// under triple DES.
pub(in crate::payshield::commands) fn close(
    call: &Call<'_>,
    lmk: &Lmk,
    key: &Held,
    (code, scheme): ([u8; 3], u8),
    header: &Header<'_>,
) -> Result<Vec<u8>, Refusal> {
    match (lmk.kind, scheme) {
        (LmkKind::Variant, b'Z' | b'U' | b'T' | b'X' | b'Y') => {
            check_des(key)?;
            let [a, b, c] = code;
            let parameter = [1, a, b, c, scheme, 0];
            match call.wrap(CKM_VHSM_VARIANT_LMK, &parameter, lmk.handle, key) {
                // It came in a key block that it leaves in only; a variant LMK forgets that, where that is on.
                Err(refused) if refused.code == ErrorCode::NOT_PERMITTED => call
                    .wrap(CKM_VHSM_VARIANT_LMK_FROM_BLOCK, &parameter, lmk.handle, key)
                    .map_err(|again| again.if_off(|_| refused)),
                made => made,
            }
        }
        (LmkKind::KeyBlockDes | LmkKind::KeyBlockAes, b'S') => {
            let parameter = header.parameter(lmk.block_version(), 0);
            let made = call.wrap(CKM_VHSM_THALES_KEY_BLOCK, &parameter, lmk.handle, key);
            let made =
                made.map_err(|refused| refused.recode(ErrorCode::KEY_LENGTH, ErrorCode::STRONGER_LMK))?;
            Ok(with_tag(b'S', &made))
        }
        _ => Err(Refusal::new(
            ErrorCode::KEY_SCHEME,
            "keys under this LMK have no such scheme",
        )),
    }
}

/// That a key is one that stands without a header: one of DES.
///
/// # Errors
/// 26.
pub(super) fn check_des(key: &Held) -> Result<(), Refusal> {
    match key.key_type {
        CKK_DES | CKK_DES2 | CKK_DES3 => Ok(()),
        _ => Err(Refusal::new(
            ErrorCode::KEY_SCHEME,
            "only DES keys have a scheme without a key block",
        )),
    }
}

/// The scheme that a message asks for: `0` is a single key's.
#[must_use]
pub(in crate::payshield::commands) fn scheme_of(letter: u8) -> u8 {
    match letter {
        b'0' => b'Z',
        letter => letter,
    }
}

/// The scheme's letter that stands where a scheme is asked for.
///
/// # Errors
/// 15 if the message ends, 26 for a letter that is none.
pub(in crate::payshield::commands) fn read_scheme(
    call: &mut Call<'_>,
    name: &'static str,
) -> Result<u8, Refusal> {
    match call.fields.byte(name)? {
        letter @ (b'0' | b'Z' | b'U' | b'T' | b'X' | b'Y' | b'S' | b'R') => Ok(scheme_of(letter)),
        _ => Err(Refusal::new(
            ErrorCode::KEY_SCHEME,
            format!("the field {name} has no key scheme"),
        )),
    }
}
