//! Visa's PIN verification value [IBM z/OS ICSF Application Programmer's Guide, "VISA PIN Algorithms"].

use zeroize::Zeroizing;

use super::decimal_value::DecimalValue;
use super::digits::{fields, packed, picked};
use super::domain::{KeyIndex, Pan, Pin};
use crate::ck::*;
use crate::error::Result;
use crate::mechanism::library::AWS_LC;
use crate::mechanism::{KeyMaterial, KeyRule, KeySizes, MechanismSpec, ParamKind, Roles, Standing};

/// The rows.
pub static ROWS: &[MechanismSpec] = &[MechanismSpec {
    id: CKM_VHSM_VISA_PVV,
    section: "include/vhsm.h",
    libraries: &[AWS_LC],
    params: ParamKind::None,
    key: KeyRule {
        types: &[CKK_DES2],
        sizes: KeySizes::bytes(16, 16),
        usages: &[KeyUsage::VISA_PIN_VERIFICATION],
        ..KeyRule::NONE
    },
    roles: Roles {
        sign: Some(&PVV),
        verify: Some(&PVV),
        ..Roles::NONE
    },
    standing: Standing::CURRENT,
}];

const PVV: DecimalValue<4> = DecimalValue(pin_verification_value);

/// Of `PAN;key index;PIN`, the last 11 digits of the account before its check digit, the index and the first four
/// digits of the PIN fill one block. It is encrypted, and four digits of that are picked.
///
/// The PIN stands last and takes the rest of the data, so that it can have other forms than digits in the clear once a
/// parameter says so.
fn pin_verification_value(key: &KeyMaterial, data: &[u8]) -> Result<Zeroizing<[u8; 4]>> {
    let [pan, index, pin] = fields(data)?;
    let (pan, index, pin) = (Pan::parse(pan)?, KeyIndex::parse(index)?, Pin::parse(pin)?);
    value_of(key, pan, index.digits(), pin.first_four())
}

/// The value of an account, a key index of one digit and the first four digits of a PIN, in ASCII.
///
/// # Errors
/// [`Error::Internal`](crate::error::Error::Internal).
pub(super) fn value_of(key: &KeyMaterial, pan: Pan, index: &[u8], pin: &[u8]) -> Result<Zeroizing<[u8; 4]>> {
    let blocks = packed::<1>(&[pan.before_check_digit(11), index, pin]);
    let [block] = &*blocks;
    let result = Zeroizing::new(key.secret()?.des3()?.encrypt(*block));
    Ok(picked(&result))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::payment::testing::{Card, row, run_vectors};

    const PIN: &[u8] = b"4111111111111111;1;1234";

    fn card() -> Card {
        Card::new(
            row(ROWS, CKM_VHSM_VISA_PVV),
            "0123456789ABCDEFFEDCBA9876543210",
            b"V2",
        )
    }

    #[test]
    fn the_known_answers_are_given() {
        run_vectors(include_str!("vectors/pvv.json"), |vector| {
            let card = Card::new(row(ROWS, CKM_VHSM_VISA_PVV), vector.input("pvk"), b"V2");
            let inputs = ["pan", "pvki", "pin"].map(|name| vector.input(name));
            card.gives(inputs.join(";").as_bytes(), vector.expected("pvv").as_bytes());
            // Who has the account number only, appends any digit.
            let account = format!("{}9;{};{}", vector.input("acct12"), inputs[1], inputs[2]);
            card.gives(account.as_bytes(), vector.expected("pvv").as_bytes());
        });
    }

    #[test]
    fn data_of_another_form_is_refused_for_its_reason() {
        card().refuses(
            &[
                &b""[..],
                b"4111111111111111;11234",
                b"4111111111111111;A;1234",
                b"4111111111111111;1;12E4",
                b"4111111111111111;1;1234;",
            ],
            &[
                &b"41111111111;1;1234"[..],
                b"4111111111111111;;1234",
                b"4111111111111111;12;1234",
                b"4111111111111111;1;123",
                b"4111111111111111;1;1234567890123",
                b"4111111111111111;1;",
            ],
        );
    }

    #[test]
    fn a_wrong_value_or_length_is_told_and_nothing_more() {
        assert_eq!(card().verify(PIN, b"9464"), Ok(()));
        assert_eq!(card().verify(PIN, b"9465"), Err(Error::SignatureInvalid));
        assert_eq!(card().verify(PIN, b"946"), Err(Error::SignatureLenRange));
        assert_eq!(
            card().verify(b"4111111111111111;1;1235", b"9464"),
            Err(Error::SignatureInvalid)
        );
        assert_eq!(
            card().verify(b"4111111111111111;2;1234", b"9464"),
            Err(Error::SignatureInvalid)
        );
    }
}
