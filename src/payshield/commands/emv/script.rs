//! Secure messages to cards: scripts with a MAC, with encrypted data, with a new PIN.

use super::card::{Card, Session};
use crate::ck::*;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::commands::pin_block::{check_format_on, format_of};
use crate::payshield::commands::shared::{Account, Parameter};
use crate::payshield::fields::Fields;
use crate::payshield::key_field::{KeyField, Untagged};
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::{KeyRole, MK_AC, MK_SMC, MK_SMI, PIN_KEY, TPK, ZPK};

const MODE: ErrorCode = ErrorCode(*b"04");
const SCHEME: ErrorCode = ErrorCode(*b"05");
/// Padding by 80 and zeros.
const MARKED: u8 = 2;
const MAC_LEN: u8 = 8;
/// Longest message and encrypted data in bytes.
const MESSAGE_MAX: usize = 1024;
const ENCRYPTED_MAX: usize = 272;

/// Whose cards take the message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Visa,
    Mastercard,
}

impl Scheme {
    /// Keys of a session come of what stands in 8 bytes of a message.
    fn session(self, data: [u8; 8]) -> Result<Session, Refusal> {
        match (self, data) {
            (Self::Mastercard, cryptogram) => Ok(Session::Cryptogram(cryptogram)),
            (Self::Visa, [0, 0, 0, 0, 0, 0, high, low]) => Ok(Session::Visa([high, low])),
            (Self::Visa, _) => Err(Fields::wrong("session data")),
        }
    }

    /// How data are encrypted, as the mechanism has it.
    fn encryption(self) -> u8 {
        match self {
            Self::Visa => 1,
            Self::Mastercard => 2,
        }
    }
}

/// What mode 4 has behind the PIN blocks.
struct NewPin<'a> {
    key: KeyField<'a>,
    role: &'static KeyRole,
    format: u8,
    card_format: u8,
    account: Account,
    cryptogram_key: Option<KeyField<'a>>,
}

impl<'a> NewPin<'a> {
    fn read(fields: &mut Fields<'a>, disabled: &[String]) -> Result<Self, Refusal> {
        let key_type = fields.byte("PIN key type")?;
        let key = KeyField::read(fields, "PIN key", Untagged::Single)?;
        let role = match (key_type, key.is_block()) {
            (b'0', false) => &ZPK,
            (b'1', false) => &TPK,
            (b'F', true) => &PIN_KEY,
            _ => {
                let reason = "PIN key types are 0 and 1, and F with a key block";
                return Err(Refusal::new(ErrorCode::KEY_TYPE, reason));
            }
        };
        let format = format_of(fields.array("PIN block format")?, disabled)?;
        let (card_format, text) = match &fields.array::<2>("destination PIN block format")? {
            b"34" => (34, "34"),
            b"41" => (41, "41"),
            b"42" => (42, "42"),
            _ => {
                let reason = "cards take PINs in the formats 34, 41 and 42";
                return Err(Refusal::new(ErrorCode::PIN_BLOCK_FORMAT, reason));
            }
        };
        check_format_on(text, disabled)?;
        let account = Account::read(fields)?;
        let cryptogram_key = match card_format {
            34 => None,
            _ => Some(KeyField::read(fields, "MK-AC", Untagged::Double)?),
        };
        Ok(Self {
            key,
            role,
            format,
            card_format,
            account,
            cryptogram_key,
        })
    }
}

/// What modes 2 and 4 have behind the message.
struct Hidden<'a> {
    key: KeyField<'a>,
    session: Session,
    offset: usize,
    data: &'a [u8],
    pin: Option<NewPin<'a>>,
}

impl<'a> Hidden<'a> {
    fn read(
        fields: &mut Fields<'a>,
        (mode, scheme): (u8, Scheme),
        message: &[u8],
        disabled: &[String],
    ) -> Result<Self, Refusal> {
        let key = KeyField::read(fields, "MK-SMC", Untagged::Double)?;
        let session = scheme.session(fields.array("confidentiality session data")?)?;
        let offset = fields.hex_number("offset", 4)?;
        let length = fields.hex_number("length", 4)?;
        if offset > message.len() || !(1..=255).contains(&length) {
            let reason = "the encrypted data stand within the message, and are 1 to 255 bytes";
            return Err(Refusal::new(ErrorCode::DATA_LENGTH, reason));
        }
        let data = fields.secret("data to encrypt", length)?;
        delimiter(fields)?;
        let pin = match mode {
            b'4' => Some(NewPin::read(fields, disabled)?),
            _ => None,
        };
        Ok(Self {
            key,
            session,
            offset,
            data,
            pin,
        })
    }

    /// The encrypted data; gives how many bytes.
    fn encrypt(
        &self,
        call: &Call<'_>,
        scheme: Scheme,
        card: &Card,
        out: &mut [u8],
    ) -> Result<usize, Refusal> {
        let key = call.second_key(&self.key, &MK_SMC)?;
        let option = scheme.encryption();
        let Some(pin) = &self.pin else {
            let parameter = card.form(Parameter::new(), self.session, option, 0);
            return call.encrypt(
                CKM_VHSM_EMV_SCRIPT_ENCRYPT,
                parameter.get()?,
                &key,
                self.data,
                out,
            );
        };
        // The account of the PIN is the card's: the digits before the check digit.
        let account = card.last_digits();
        if account.get(1..13) != pin.account.digits().get(..12) {
            let reason = "the account number is not the card's";
            return Err(Refusal::new(ErrorCode::ACCOUNT, reason));
        }
        let pin_key = call.second_key(&pin.key, pin.role)?;
        let parameter = Parameter::new().byte(pin.card_format).handle(&pin_key);
        let parameter = match &pin.cryptogram_key {
            Some(field) => parameter.handle(&*call.second_key(field, &MK_AC)?),
            None => parameter.bytes(&[0; 8]),
        };
        // END of a block under a key itself.
        let parameter = parameter
            .bytes(&[pin.format, 0])
            .bytes(&[0; 12])
            .account(&account)
            .byte(1);
        let parameter = card.form(parameter, self.session, option, 0);
        call.encrypt(CKM_VHSM_EMV_PIN_CHANGE, parameter.get()?, &key, self.data, out)
    }
}

fn delimiter(fields: &mut Fields<'_>) -> Result<(), Refusal> {
    match fields.take(b';') {
        true => Ok(()),
        false => Err(Refusal::new(
            ErrorCode::DATA_LENGTH,
            "the data are not as long as their length says",
        )),
    }
}

/// KU.
pub(super) fn secure_message(call: &mut Call<'_>) -> Result<(), Refusal> {
    let disabled = &call.host.settings().disabled_formats;
    let fields = &mut call.fields;
    let mode = match fields.byte("mode")? {
        mode @ (b'0' | b'2' | b'4') => mode,
        _ => return Err(Refusal::new(MODE, "the modes are 0, 2 and 4")),
    };
    let scheme = match fields.byte("scheme")? {
        b'0' => Scheme::Visa,
        b'1' => Scheme::Mastercard,
        _ => return Err(Refusal::new(SCHEME, "the schemes are 0 and 1")),
    };
    let key = KeyField::read(fields, "MK-SMI", Untagged::Double)?;
    let card = Card::read(fields)?;
    let session = scheme.session(fields.array("integrity session data")?)?;
    let length = fields.hex_number("length", 4)?;
    if !(1..=MESSAGE_MAX).contains(&length) {
        let reason = "a message has 1 to 1024 bytes";
        return Err(Refusal::new(ErrorCode::DATA_LENGTH, reason));
    }
    let message = fields.secret("message", length)?;
    delimiter(fields)?;
    let hidden = match mode {
        b'0' => None,
        _ => Some(Hidden::read(fields, (mode, scheme), message, disabled)?),
    };
    call.end()?;
    let key = call.key(&key, &MK_SMI)?;
    let mut encrypted = [0; ENCRYPTED_MAX];
    let encrypted = match &hidden {
        Some(hidden) => {
            let length = hidden.encrypt(call, scheme, &card, &mut encrypted)?;
            encrypted.get(..length).unwrap_or_default()
        }
        None => &[],
    };
    let offset = hidden.as_ref().map_or(0, |hidden| hidden.offset);
    let (before, behind) = message.split_at_checked(offset).unwrap_or_default();
    let whole = [before, encrypted, behind].concat();
    let parameter = card.form(Parameter::new(), session, MARKED, MAC_LEN);
    let mac = call.sign(CKM_VHSM_EMV_SCRIPT_MAC, parameter.get()?, &key, &whole)?;
    call.reply.field("MAC", &mac);
    if hidden.is_some() {
        call.reply.hex_number("length", encrypted.len(), 4);
        call.reply.field("encrypted data", encrypted);
    }
    Ok(())
}
