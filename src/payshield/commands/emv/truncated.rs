//! Truncated cryptograms, as readers of cards show them.

use super::card::{Card, Session};
use super::cryptogram::{AC_LEN, MODE, SCHEME, read_data, read_tree};
use crate::ck::*;
use crate::payshield::call::Call;
use crate::payshield::commands::shared::Parameter;
use crate::payshield::fields::Fields;
use crate::payshield::key_field::{KeyField, Untagged};
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::MK_AC;

/// A byte 80 comes behind the data in any case, as the one public message of K2 has it: hosts send none, unlike in KQ.
const MARKED: u8 = 2;
/// What is shown has zeros where the bitmap has.
const MASKED: u8 = 2;

/// Whether the card's key is one of option B, and how the session's comes of it.
fn read_derivations(fields: &mut Fields<'_>) -> Result<(bool, u8), Refusal> {
    let is_option_b = match fields.byte("card key derivation")? {
        b'0' => false,
        b'1' => true,
        _ => return Err(Fields::wrong("card key derivation")),
    };
    match fields.byte("session key derivation")? {
        session @ b'0'..=b'2' => Ok((is_option_b, session)),
        _ => Err(Fields::wrong("session key derivation")),
    }
}

/// K2.
pub(super) fn verify_truncated(call: &mut Call<'_>) -> Result<(), Refusal> {
    let fields = &mut call.fields;
    if fields.byte("mode")? != b'0' {
        return Err(Refusal::new(MODE, "the mode is 0"));
    }
    if fields.bytes("scheme", 2)? != b"00" {
        return Err(Refusal::new(SCHEME, "the scheme is 00"));
    }
    let (is_option_b, session) = read_derivations(fields)?;
    let key = KeyField::read(fields, "MK-AC", Untagged::Double)?;
    let iv: [u8; 16] = match session {
        b'2' => fields.array("IV")?,
        _ => [0; 16],
    };
    // The length stands before either, unlike in KQ.
    let card = match is_option_b {
        true => {
            let card = Card::read_whole(fields)?;
            fields.expect("delimiter", b';')?;
            card
        }
        false => match fields.number("PAN length", 2)? {
            8 => Card::read(fields)?,
            _ => return Err(Fields::wrong("PAN length")),
        },
    };
    let tree = match session {
        b'2' => Some(read_tree(fields)?),
        _ => None,
    };
    let counter = fields.array("ATC")?;
    let number = fields.array("unpredictable number")?;
    let data = read_data(fields)?;
    let shown = fields.secret("truncated cryptogram", AC_LEN.into())?;
    let bitmap = fields.bytes("IPB", AC_LEN.into())?;
    // Looked at in mode 1 only.
    fields.bytes("MAC of the IPB", 4)?;
    call.end()?;
    let key = call.key(&key, &MK_AC)?;
    let session = match (tree, session) {
        (Some((height, branches)), _) => Session::Tree(counter, height, branches, iv),
        (None, b'1') => Session::Mastercard(counter, number),
        (None, _) => Session::Static,
    };
    let parameter = card.form(Parameter::new(), session, MARKED, MASKED);
    let parameter = parameter.byte(AC_LEN).bytes(bitmap);
    let right = call.verify(CKM_VHSM_EMV_TRUNCATED_AC, parameter.get()?, &key, data, shown)?;
    call.verified(right, "the truncated cryptogram is wrong")
}
