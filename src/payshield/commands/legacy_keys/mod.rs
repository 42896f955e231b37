//! Keys between ZMK, TMK and LMK, in the commands of a type each that older hosts use.

mod exports;
mod form;
mod generate;
mod imports;

use super::keys::trailers::Header;
use super::keys::{Kcv, Written, check_value, under_lmk};
use crate::payshield::call::Call;
use crate::payshield::command::CommandSpec;
use crate::payshield::envelope::TRAILER_MARK;
use crate::payshield::fields::Fields;
use crate::payshield::held::Held;
use crate::payshield::key_field::{KeyField, Untagged, check_digits};
use crate::payshield::lmks::Lmk;
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::{self, KeyRole};

/// The rows of imports.
pub static IMPORTS: &[CommandSpec] = imports::ROWS;
/// The rows of exports.
pub static EXPORTS: &[CommandSpec] = exports::ROWS;
/// The rows of new keys.
pub static GENERATIONS: &[CommandSpec] = generate::ROWS;
/// The rows of keys of components.
pub static FORMATIONS: &[CommandSpec] = form::ROWS;

/// A type of key that has commands of its own.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    key_type: [u8; 3],
    usage: [u8; 2],
    /// What its key blocks may be for.
    roles: &'static [KeyRole],
    /// Without a tag it is a pair of single keys, each with a check value of its own.
    is_pair: bool,
    /// How long it is without a tag.
    untagged: Untagged,
}

const fn single(name: &'static str, role: &'static KeyRole) -> Kind {
    Kind {
        name,
        key_type: role.key_type,
        usage: role.usage,
        roles: std::slice::from_ref(role),
        is_pair: false,
        untagged: Untagged::Single,
    }
}

const ZPK: Kind = single("ZPK", &roles::ZPK);
const TERMINAL: Kind = Kind {
    roles: &[roles::TMK, roles::TPK, roles::PVK_IBM, roles::PVK_VISA],
    ..single("TMK, TPK or PVK", &roles::PVK_VISA)
};
const TAK: Kind = single("TAK", &roles::TAK);
const ZEK: Kind = single("ZEK", &roles::ZEK);
const ZAK: Kind = single("ZAK", &roles::ZAK);
const BDK: Kind = Kind {
    roles: &[
        roles::BDKS[0],
        roles::BDKS[1],
        roles::BDKS[2],
        roles::BDKS[3],
        roles::BDK_5,
    ],
    untagged: Untagged::Double,
    ..single("BDK", &roles::BDKS[0])
};
const CVK: Kind = Kind {
    is_pair: true,
    untagged: Untagged::Double,
    ..single("CVK", &roles::CVK)
};
const PVK_PAIR: Kind = Kind {
    is_pair: true,
    untagged: Untagged::Double,
    ..single("PVK pair", &roles::PVK_VISA)
};

/// ZEK or ZAK, by the flag.
///
/// # Errors
/// 15.
fn read_zek_or_zak(call: &mut Call<'_>) -> Result<Kind, Refusal> {
    match call.fields.byte("ZEK or ZAK flag")? {
        b'0' => Ok(ZEK),
        b'1' => Ok(ZAK),
        _ => Err(Fields::wrong("ZEK or ZAK flag")),
    }
}

/// What stands behind `;`: schemes and the type of check value. A scheme of `0` is that of the key that is given.
#[derive(Clone, Copy)]
struct Choice {
    master_scheme: Option<u8>,
    lmk_scheme: Option<u8>,
    kcv: Kcv,
}

/// What one of the characters behind `;` is.
#[derive(Clone, Copy)]
enum Place {
    /// The scheme under the ZMK.
    Zmk,
    /// The scheme under the TMK.
    Tmk,
    /// The scheme under the LMK.
    Lmk,
    /// The type of check value.
    Kcv,
    /// Reserved: any character.
    Reserved,
    /// Reserved, at the end: older clients leave it out.
    ReservedOrNone,
}

/// The three characters behind `;`.
type Places = [Place; 3];

const OF_ZMK: Places = [Place::Zmk, Place::Lmk, Place::Kcv];

impl Choice {
    /// Reads it, if it is there.
    ///
    /// # Errors
    /// 15, 26.
    fn read(call: &mut Call<'_>, places: Places) -> Result<Self, Refusal> {
        let mut choice = Self {
            master_scheme: None,
            lmk_scheme: None,
            kcv: Kcv::Whole,
        };
        if !call.fields.take(b';') {
            return Ok(choice);
        }
        for place in places {
            match place {
                Place::Zmk => choice.master_scheme = read_scheme(call, "key scheme (ZMK)")?,
                Place::Tmk => choice.master_scheme = read_scheme(call, "key scheme (TMK)")?,
                Place::Lmk => choice.lmk_scheme = read_scheme(call, "key scheme (LMK)")?,
                Place::Kcv => choice.kcv = Kcv::read(call)?,
                Place::ReservedOrNone if is_over(call) => {}
                Place::Reserved | Place::ReservedOrNone => {
                    call.fields.byte("reserved")?;
                }
            }
        }
        Ok(choice)
    }
}

/// Whether what every message may end with comes next: `%nn`, a trailer, nothing.
fn is_over(call: &Call<'_>) -> bool {
    matches!(call.fields.peek(), None | Some(b'%' | TRAILER_MARK))
}

fn read_scheme(call: &mut Call<'_>, name: &'static str) -> Result<Option<u8>, Refusal> {
    match call.fields.peek() {
        Some(b'0') => call.fields.byte(name).map(|_| None),
        _ => under_lmk::read_scheme(call, name).map(Some),
    }
}

/// How a key is written: in the scheme that is asked for, or as the key that was given; `blocks`: the place of the key has
/// key blocks.
fn written(kind: &Kind, asked: Option<u8>, given: &KeyField<'_>, (key, blocks): (&Held, bool)) -> Written {
    match (asked, given.scheme) {
        // Two single keys, one behind the other.
        (Some(b'Z'), _) if kind.is_pair => Written::untagged(b'X'),
        (Some(scheme), _) => Written::in_scheme(scheme),
        (None, _) if blocks => Written::in_scheme(b'S'),
        (None, b'S' | b'R') => Written::in_scheme(match key.length {
            8 => b'Z',
            16 => b'U',
            _ => b'T',
        }),
        (None, scheme) => Written::like(given, scheme),
    }
}

/// The check value: of a pair without a tag one of 6 digits for each of its keys.
///
/// # Errors
/// 17 for 16 digits where they are off; what the halves of the pair under the LMK give.
fn kcv_of(
    call: &Call<'_>,
    (lmk, kind): (&Lmk, &Kind),
    (key, text, kcv): (&Held, &[u8], Kcv),
) -> Result<Vec<u8>, Refusal> {
    let is_pair = kind.is_pair && text.len() == 32 && kcv == Kcv::Whole;
    if !is_pair {
        return check_value(call, key, kcv);
    }
    let mut digits = Vec::new();
    for half in text.chunks(16) {
        let field = KeyField {
            scheme: b'Z',
            text: half,
        };
        let half = under_lmk::open(call, lmk, &field, (kind.key_type, Some(kind.usage)))?;
        digits.extend(check_digits(&half.check_value));
    }
    Ok(digits)
}

/// The key type under the kind of LMK that the message means.
fn type_under(lmk: &Lmk, kind: &Kind) -> [u8; 3] {
    match lmk.has_key_blocks() {
        true => under_lmk::OF_BLOCKS,
        false => kind.key_type,
    }
}

/// What a key block takes over from the key.
const OF_KEY: Header<'static> = Header {
    usage: [0; 2],
    algorithm: [0; 2],
    mode: 0,
    version: [0; 2],
    exportability: 0,
    optional: &[],
};
