//! Application cryptograms and the issuer's answers to them.

use super::DIAGNOSTICS;
use super::card::{Card, Session};
use crate::ck::*;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::commands::shared::Parameter;
use crate::payshield::fields::Fields;
use crate::payshield::functions::Short;
use crate::payshield::held::Held;
use crate::payshield::key_field::{KeyField, Untagged};
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::MK_AC;

pub(super) const MODE: ErrorCode = ErrorCode(*b"04");
pub(super) const SCHEME: ErrorCode = ErrorCode(*b"05");
const NO_DATA: ErrorCode = ErrorCode(*b"81");

/// Data come as the scheme puts them together, perhaps with a byte 80 behind them; zeros fill them up.
const ZEROS: u8 = 1;
pub(super) const AC_LEN: u8 = 8;
const ARPC2_LEN: u8 = 4;
/// Cryptogram, status update, and the longest data behind it.
const ANSWERED_MAX: usize = 8 + 4 + 8;
/// Longest transaction data in bytes.
const DATA_MAX: usize = 255;

/// How the issuer answers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    One,
    Two,
}

/// What a mode asks for.
struct Mode {
    verifies: bool,
    answers: Option<Method>,
}

impl Mode {
    fn read(fields: &mut Fields<'_>, most: u8) -> Result<Self, Refusal> {
        let mode = fields.byte("mode")?;
        if mode > most {
            return Err(Refusal::new(MODE, "there is no such mode here"));
        }
        let (verifies, answers) = match mode {
            b'0' => (true, None),
            b'1' => (true, Some(Method::One)),
            b'2' => (false, Some(Method::One)),
            b'3' => (true, Some(Method::Two)),
            b'4' => (false, Some(Method::Two)),
            _ => return Err(Refusal::new(MODE, "there is no such mode here")),
        };
        Ok(Self { verifies, answers })
    }
}

/// What stands behind card and session.
struct Cryptogram<'a> {
    mode: Mode,
    data: &'a [u8],
    arqc: [u8; 8],
    /// Cryptogram, and response code or status update with what goes with it.
    answered: [u8; ANSWERED_MAX],
    answered_len: usize,
}

impl<'a> Cryptogram<'a> {
    fn read(fields: &mut Fields<'a>, mode: Mode) -> Result<Self, Refusal> {
        let data = match mode.verifies {
            true => read_data(fields)?,
            false => &[],
        };
        let mut cryptogram = Self {
            mode,
            data,
            arqc: fields.array("ARQC")?,
            answered: [0; ANSWERED_MAX],
            answered_len: 0,
        };
        let behind = match cryptogram.mode.answers {
            None => return Ok(cryptogram),
            Some(Method::One) => [fields.bytes("ARC", 2)?, &[]],
            Some(Method::Two) => {
                let update = fields.bytes("CSU", 4)?;
                let length = fields.hex_number("length", 1)?;
                if length > 8 {
                    return Err(Fields::wrong("length"));
                }
                [update, fields.secret("proprietary authentication data", length)?]
            }
        };
        let bytes = cryptogram.arqc.iter().chain(behind.into_iter().flatten());
        for (place, byte) in cryptogram.answered.iter_mut().zip(bytes) {
            *place = *byte;
            cryptogram.answered_len += 1;
        }
        Ok(cryptogram)
    }

    /// The answer to a right cryptogram under the key that makes it, in one step; `None` if it is not right.
    fn answer_right(
        &self,
        call: &Call<'_>,
        key: &Held,
        card: &Card,
        session: Session,
    ) -> Result<Option<Short>, Refusal> {
        let mut both = [0; ANSWERED_MAX + DATA_MAX];
        let answered = self.answered.get(..self.answered_len).unwrap_or_default();
        let length = answered.len() + self.data.len();
        both.iter_mut()
            .zip(answered.iter().chain(self.data))
            .for_each(|(place, byte)| *place = *byte);
        let parameter = card.form(Parameter::new(), session, ZEROS, AC_LEN);
        let data = both.get(..length).unwrap_or_default();
        match call.sign(CKM_VHSM_EMV_ARPC1, parameter.get()?, key, data) {
            Ok(arpc) => Ok(Some(arpc)),
            Err(refused) if refused.code == ErrorCode::INPUT_DATA => Ok(None),
            Err(refused) => Err(refused),
        }
    }

    /// Checks, and answers. The keys of cryptogram and answer may be others.
    fn work(
        &self,
        call: &mut Call<'_>,
        key: &Held,
        card: &Card,
        (session, answering): (Session, Session),
    ) -> Result<(), Refusal> {
        if self.mode.verifies
            && self.mode.answers == Some(Method::One)
            && session == answering
            && let Some(arpc) = self.answer_right(call, key, card, session)?
        {
            call.reply.field("ARPC", &arpc);
            return Ok(());
        }
        if self.mode.verifies {
            let parameter = card.form(Parameter::new(), session, ZEROS, AC_LEN);
            let right = call.verify(CKM_VHSM_EMV_AC, parameter.get()?, key, self.data, &self.arqc)?;
            if let Err(refused) = call.verified(right, "the ARQC is wrong") {
                return self.diagnose(call, key, &parameter, refused);
            }
        }
        let (mechanism, length) = match self.mode.answers {
            None => return Ok(()),
            Some(Method::One) => (CKM_VHSM_EMV_ARPC1, AC_LEN),
            Some(Method::Two) => (CKM_VHSM_EMV_ARPC2, ARPC2_LEN),
        };
        let parameter = card.form(Parameter::new(), answering, 0, length);
        let answered = self.answered.get(..self.answered_len).unwrap_or_default();
        let arpc = call.sign(mechanism, parameter.get()?, key, answered)?;
        call.reply.field("ARPC", &arpc);
        Ok(())
    }

    /// Who may diagnose is told the right cryptogram beside the refusal.
    fn diagnose(
        &self,
        call: &mut Call<'_>,
        key: &Held,
        parameter: &Parameter,
        refused: Refusal,
    ) -> Result<(), Refusal> {
        if call.authorised(DIAGNOSTICS.name).is_err() {
            return Err(refused);
        }
        let right = call.sign(CKM_VHSM_EMV_AC, parameter.get()?, key, self.data)?;
        call.reply.refuse_with_fields(refused);
        call.reply.secret("ARQC", &right);
        Ok(())
    }
}

pub(super) fn read_data<'a>(fields: &mut Fields<'a>) -> Result<&'a [u8], Refusal> {
    let length = fields.hex_number("transaction data length", 2)?;
    if length == 0 {
        return Err(Refusal::new(NO_DATA, "there are no transaction data"));
    }
    let data = fields.secret("transaction data", length)?;
    if !fields.take(b';') {
        let reason = "the transaction data are not as long as their length says";
        return Err(Refusal::new(ErrorCode::DATA_LENGTH, reason));
    }
    Ok(data)
}

/// KQ.
pub(super) fn verify_static(call: &mut Call<'_>) -> Result<(), Refusal> {
    let fields = &mut call.fields;
    let mode = Mode::read(fields, b'2')?;
    let is_mastercard = match fields.byte("scheme")? {
        b'0' => false,
        b'1' => true,
        _ => return Err(Refusal::new(SCHEME, "the schemes are 0 and 1")),
    };
    let key = KeyField::read(fields, "MK-AC", Untagged::Double)?;
    let card = Card::read(fields)?;
    let counter = fields.array("ATC")?;
    let number = fields.array("unpredictable number")?;
    let cryptogram = Cryptogram::read(fields, mode)?;
    call.end()?;
    let key = call.key(&key, &MK_AC)?;
    let session = match is_mastercard {
        true => Session::Mastercard(counter, number),
        false => Session::Static,
    };
    // Mastercard's answers, too, are under the card's key itself.
    cryptogram.work(call, &key, &card, (session, Session::Static))
}

/// Height and branches of a tree.
pub(super) fn read_tree(fields: &mut Fields<'_>) -> Result<(u8, u8), Refusal> {
    match fields.byte("branch and height")? {
        b'0' => Ok((16, 2)),
        b'1' => Ok((8, 4)),
        _ => Err(Refusal::new(
            ErrorCode::TOO_MANY,
            "branch and height are 0 (2, 16) or 1 (4, 8)",
        )),
    }
}

/// KW.
pub(super) fn verify_emv(call: &mut Call<'_>) -> Result<(), Refusal> {
    let fields = &mut call.fields;
    let mode = Mode::read(fields, b'4')?;
    let (is_tree, is_option_b) = match fields.byte("scheme")? {
        b'0' => (true, false),
        b'1' => (true, true),
        b'2' => (false, false),
        b'3' => (false, true),
        _ => return Err(Refusal::new(SCHEME, "the schemes are 0 to 3")),
    };
    let key = KeyField::read(fields, "MK-AC", Untagged::Double)?;
    let iv: [u8; 16] = match is_tree {
        true => fields.array("IV")?,
        false => [0; 16],
    };
    let card = match is_option_b {
        true => {
            let card = Card::read_whole(fields)?;
            fields.expect("delimiter", b';')?;
            card
        }
        false => Card::read(fields)?,
    };
    let tree = match is_tree {
        true => Some(read_tree(fields)?),
        false => None,
    };
    let counter = fields.array("ATC")?;
    let cryptogram = Cryptogram::read(fields, mode)?;
    call.end()?;
    let key = call.key(&key, &MK_AC)?;
    let session = match tree {
        Some((height, branches)) => Session::Tree(counter, height, branches, iv),
        None => Session::Common(counter),
    };
    cryptogram.work(call, &key, &card, (session, session))
}
