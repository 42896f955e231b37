//! American Express's card security codes.

use crate::ck::*;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::command::CommandSpec;
use crate::payshield::fields::Fields;
use crate::payshield::key_field::{KeyField, Untagged};
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::CSCK;

/// The rows.
pub static ROWS: &[CommandSpec] = &[CommandSpec {
    code: "RY",
    response: "RZ",
    name: "Calculate or verify card security codes of American Express (CSC)",
    request: "mode 1n: 3 calculate, 4 verify; flag 1n: 0 CSC version 1, 2 version 2; CSCK; account number 19n: 15 digits, \
              then zeros; expiry 4n: YYMM; [flag 2: service code 3n]; [mode 4: 5-digit CSC 5, 4-digit CSC 4, 3-digit CSC \
              3: digits, or F where there is none]; [%nn]",
    reply: "mode 1n; mode 3: 5-digit CSC 5n, 4-digit CSC 4n, 3-digit CSC 3n; mode 4: of each 1n: 0 right, 1 none, 2 wrong",
    errors: &[
        ("01", "a CSC is wrong: the fields say which"),
        ("10", "CSCK parity error"),
        ("27", "the CSCK is no double key"),
        (
            "68",
            "version 2 is off: `mechanisms.enable` names no `CKM_VHSM_CSC_V2`",
        ),
    ],
    handler: codes,
    ..CommandSpec::NONE
}];

/// Digits of an account, and of the field that has it.
const PAN_LEN: usize = 15;
const ACCOUNT_LEN: usize = 19;

/// The codes in their order: the name in a message, and how many digits they have.
const CODES: [(&str, u8); 3] = [("5-digit CSC", 5), ("4-digit CSC", 4), ("3-digit CSC", 3)];

/// The data of the mechanism: `PAN;expiry`, and with a flag of 2 `;service code`.
fn card(fields: &mut Fields<'_>, flag: u8) -> Result<Vec<u8>, Refusal> {
    let account = fields.card_number("account number", ACCOUNT_LEN)?;
    let (pan, filler) = account.split_at_checked(PAN_LEN).unwrap_or_default();
    if !pan.iter().all(u8::is_ascii_digit) || filler.iter().any(|byte| *byte != b'0') {
        let reason = "an account number has 15 digits and four zeros behind them";
        return Err(Refusal::new(ErrorCode::INPUT_DATA, reason));
    }
    let expiry = fields.digits("expiry", 4)?;
    let mut data = [pan, b";", expiry].concat();
    if flag == b'2' {
        data.push(b';');
        data.extend_from_slice(fields.digits("service code", 3)?);
    }
    Ok(data)
}

/// The codes to be verified; those that are filled with F are not there.
fn presented<'a>(fields: &mut Fields<'a>) -> Result<[Option<&'a [u8]>; 3], Refusal> {
    let mut codes = [None; 3];
    for (code, (name, length)) in codes.iter_mut().zip(CODES) {
        let text = fields.secret(name, length.into())?;
        *code = match text {
            _ if text.iter().all(u8::is_ascii_digit) => Some(text),
            _ if text.iter().all(|byte| *byte == b'F') => None,
            _ => return Err(Fields::wrong(name)),
        };
    }
    match codes.iter().any(Option::is_some) {
        true => Ok(codes),
        // 00 would say that something was right.
        false => Err(Refusal::new(ErrorCode::INPUT_DATA, "there is no CSC to verify")),
    }
}

/// Version 2 is off unless it is switched on; what is off is a command that is.
fn switched_off(mechanism: MechanismId, refused: Refusal) -> Refusal {
    let reason = "CSC version 2 is off; mechanisms.enable = [\"CKM_VHSM_CSC_V2\"] switches it on";
    match mechanism {
        CKM_VHSM_CSC_V2 => refused.if_off(|_| Refusal::new(ErrorCode::DISABLED, reason)),
        _ => refused,
    }
}

fn codes(call: &mut Call<'_>) -> Result<(), Refusal> {
    let mode = call.fields.byte("mode")?;
    let flag = call.fields.byte("flag")?;
    let mechanism = match (mode, flag) {
        (b'3' | b'4', b'0') => CKM_VHSM_CSC,
        (b'3' | b'4', b'2') => CKM_VHSM_CSC_V2,
        _ => {
            let reason = "the modes are 3 and 4, the flags 0 and 2";
            return Err(Refusal::new(ErrorCode::INPUT_DATA, reason));
        }
    };
    let csck = KeyField::read(&mut call.fields, "CSCK", Untagged::Double)?;
    let data = card(&mut call.fields, flag)?;
    let codes = match mode {
        b'4' => Some(presented(&mut call.fields)?),
        _ => None,
    };
    call.end()?;
    let csck = call.key(&csck, &CSCK)?;
    call.reply.field("mode", &[mode]);
    let Some(codes) = codes else {
        let made = call
            .sign(mechanism, &[1, 12], &csck, &data)
            .map_err(|refused| switched_off(mechanism, refused))?;
        call.reply.secret("5-digit CSC, 4-digit CSC, 3-digit CSC", &made);
        return Ok(());
    };
    let mut all_right = true;
    for (code, (name, digits)) in codes.iter().zip(CODES) {
        let right = code.map(|code| call.verify(mechanism, &[1, digits], &csck, &data, code));
        let result = match right
            .transpose()
            .map_err(|refused| switched_off(mechanism, refused))?
        {
            Some(right) if call.approves(right) => b'0',
            None => b'1',
            Some(_) => b'2',
        };
        all_right &= result != b'2';
        call.reply.field(name, &[result]);
    }
    // The fields go along with the code.
    if let Err(refused) = call.verified(all_right, "a CSC is wrong") {
        call.reply.refuse_with_fields(refused);
    }
    Ok(())
}
