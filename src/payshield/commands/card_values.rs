//! Values of cards: CVV, CVC, CVV2, iCVV, and CVC3.

use crate::ck::*;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::command::CommandSpec;
use crate::payshield::fields::Fields;
use crate::payshield::hex::hex_digits_of;
use crate::payshield::key_field::{KeyField, Untagged};
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::{CVK, MK_CVC3};

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
    CommandSpec {
        code: "PM",
        response: "PN",
        name: "Verify a dynamic card verification code (CVC3)",
        request: "scheme 1n: 1; version 1n: 2; MK-CVC3; derivation 1: A or B; PAN; `;`; PAN sequence number 2n; length 3n; static track data; unpredictable number 8H; ATC 5n; CVC3 5: digits, with X before them; [%nn]",
        errors: &[
            ("01", "the CVC3 is wrong"),
            ("05", "invalid scheme or version"),
            ("10", "MK-CVC3 parity error"),
        ],
        handler: verify_dynamic,
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
        let pan = call.fields.card_number_until("PAN", b';', PAN_MAX)?;
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
    call.end()?;
    let cvk = call.key(&cvk, &CVK)?;
    let value = call.sign(CKM_VHSM_CVV, &[], &cvk, card.data())?;
    call.reply.secret("CVV", &value);
    Ok(())
}

fn verify(call: &mut Call<'_>) -> Result<(), Refusal> {
    let cvk = KeyField::read(&mut call.fields, "CVK", Untagged::Double)?;
    let value = call.fields.secret_digits("CVV", CVV_DIGITS)?;
    let card = Card::read(call)?;
    call.end()?;
    let cvk = call.key(&cvk, &CVK)?;
    let right = call.verify(CKM_VHSM_CVV, &[], &cvk, card.data(), value)?;
    call.verified(right, "the CVV is wrong")
}

/// Longest track data in bytes.
const TRACK_MAX: usize = 100;
const CVC3_DIGITS: usize = 5;

/// The digits of a CVC3 behind its X.
fn cvc3(field: &[u8]) -> Result<&[u8], Refusal> {
    let ignored = field.iter().take_while(|byte| **byte == b'X').count();
    let digits = field.get(ignored..).unwrap_or_default();
    match digits.len() >= 3 && digits.iter().all(u8::is_ascii_digit) {
        true => Ok(digits),
        false => Err(Fields::wrong("CVC3")),
    }
}

fn verify_dynamic(call: &mut Call<'_>) -> Result<(), Refusal> {
    let fields = &mut call.fields;
    if fields.array::<2>("scheme and version")? != *b"12" {
        let reason = "CVC3 of static track data is scheme 1, version 2";
        return Err(Refusal::new(ErrorCode::LENGTH_FLAG, reason));
    }
    let key = KeyField::read(fields, "MK-CVC3", Untagged::Double)?;
    let derivation = fields.byte("derivation")?;
    let pan = fields.card_number_until("PAN", b';', PAN_MAX)?;
    let is_pan = (12..=PAN_MAX).contains(&pan.len()) && pan.iter().all(u8::is_ascii_digit);
    if !is_pan || !matches!(derivation, b'A' | b'B') || (derivation == b'B' && pan.len() <= 16) {
        return Err(Refusal::new(
            ErrorCode::INPUT_DATA,
            "a PAN has 12 to 19 digits, more than 16 with derivation B",
        ));
    }
    let number = fields.digits("PAN sequence number", 2)?;
    let length = fields.number("track data length", 3)?;
    if !(1..=TRACK_MAX).contains(&length) {
        return Err(Fields::wrong("track data length"));
    }
    let track = fields.secret("track data", length)?;
    let unpredictable = fields.hex("unpredictable number", 8)?;
    let counter = fields.number("ATC", 5)?;
    let counter = u16::try_from(counter).map_err(|_| Fields::wrong("ATC"))?;
    let value = cvc3(fields.secret("CVC3", CVC3_DIGITS)?)?;
    call.end()?;
    let key = call.key(&key, &MK_CVC3)?;
    let mut data = Vec::with_capacity(PAN_MAX + 22 + 2 * TRACK_MAX);
    for part in [pan, b";", number, b";"] {
        data.extend_from_slice(part);
    }
    data.extend(hex_digits_of(&counter.to_be_bytes()));
    data.push(b';');
    data.extend_from_slice(unpredictable);
    data.push(b';');
    data.extend(hex_digits_of(track));
    let digits = u8::try_from(value.len()).unwrap_or(0);
    let right = call.verify(CKM_VHSM_CVC3, &[1, derivation, 1, digits], &key, &data, value)?;
    call.verified(right, "the CVC3 is wrong")
}
