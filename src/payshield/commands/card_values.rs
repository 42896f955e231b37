//! Values of cards: CVV, CVC, CVV2, iCVV.

use crate::ck::*;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::command::CommandSpec;
use crate::payshield::key_field::{KeyField, Untagged};
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::CVK;

/// The rows.
pub static ROWS: &[CommandSpec] = &[
    CommandSpec {
        code: "CW",
        response: "CX",
        name: "Generate a card verification value",
        request: "CVK; PAN; `;`; expiry 4n; service code 3n; [%nn]",
        reply: "CVV 3n",
        errors: &[("10", "CVK parity error"), ("27", "the CVK is no double key")],
        handler: generate,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "CY",
        response: "CZ",
        name: "Verify a card verification value",
        request: "CVK; CVV 3n; PAN; `;`; expiry 4n; service code 3n; [%nn]",
        errors: &[
            ("01", "the CVV is wrong"),
            ("10", "CVK parity error"),
            ("27", "the CVK is no double key"),
        ],
        handler: verify,
        ..CommandSpec::NONE
    },
];

const PAN_MAX: usize = 19;
const CVV_DIGITS: usize = 3;
const DATA_MAX: usize = PAN_MAX + 1 + 4 + 1 + 3;

/// The data of the mechanism: `PAN;expiry;service code`.
struct Card {
    bytes: [u8; DATA_MAX],
    length: usize,
}

impl Card {
    fn read(call: &mut Call<'_>) -> Result<Self, Refusal> {
        let pan = call.fields.until("PAN", b';', PAN_MAX)?;
        if !(12..=PAN_MAX).contains(&pan.len()) || !pan.iter().all(u8::is_ascii_digit) {
            return Err(Refusal::new(ErrorCode::INPUT_DATA, "a PAN has 12 to 19 digits"));
        }
        let expiry = call.fields.digits("expiry", 4)?;
        let service_code = call.fields.digits("service code", 3)?;
        let mut card = Self {
            bytes: [0; DATA_MAX],
            length: pan.len() + 9,
        };
        let parts = pan
            .iter()
            .chain(b";")
            .chain(expiry)
            .chain(b";")
            .chain(service_code);
        card.bytes
            .iter_mut()
            .zip(parts)
            .for_each(|(place, byte)| *place = *byte);
        Ok(card)
    }

    fn data(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

fn generate(call: &mut Call<'_>) -> Result<(), Refusal> {
    let cvk = KeyField::read(&mut call.fields, "CVK", Untagged::Double)?;
    let card = Card::read(call)?;
    call.fields.end()?;
    let cvk = call.key(&cvk, &CVK)?;
    let value = call.sign(CKM_VHSM_CVV, &[], &cvk, card.data())?;
    call.reply.secret("CVV", &value);
    Ok(())
}

fn verify(call: &mut Call<'_>) -> Result<(), Refusal> {
    let cvk = KeyField::read(&mut call.fields, "CVK", Untagged::Double)?;
    let value = call.fields.secret_digits("CVV", CVV_DIGITS)?;
    let card = Card::read(call)?;
    call.fields.end()?;
    let cvk = call.key(&cvk, &CVK)?;
    let right = call.verify(CKM_VHSM_CVV, &[], &cvk, card.data(), value)?;
    call.verified(right, "the CVV is wrong")
}
