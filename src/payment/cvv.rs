//! Visa's card verification value, and what has the same algorithm: CVV2, iCVV, Mastercard's CVC and CVC2, CAVV
//! [what IBM z/OS ICSF, CSNBCSG, "VISA CVV Service Generate" computes].

use zeroize::Zeroizing;

use super::decimal_value::DecimalValue;
use super::digits::{fields, packed, picked};
use super::domain::{Expiry, Pan, ServiceCode};
use crate::ck::*;
use crate::crypto::des::Des3Key;
use crate::error::Result;
use crate::mechanism::library::AWS_LC;
use crate::mechanism::{KeyMaterial, KeyRule, KeySizes, MechanismSpec, ParamKind, Roles, Standing};

/// The rows.
pub static ROWS: &[MechanismSpec] = &[MechanismSpec {
    id: CKM_VHSM_CVV,
    section: "include/vhsm.h",
    libraries: &[AWS_LC],
    params: ParamKind::None,
    key: KeyRule {
        types: &[CKK_DES2],
        sizes: KeySizes::bytes(16, 16),
        usages: &[KeyUsage::CARD_VERIFICATION],
        ..KeyRule::NONE
    },
    roles: Roles {
        sign: Some(&CVV),
        verify: Some(&CVV),
        ..Roles::NONE
    },
    standing: Standing::CURRENT,
}];

const CVV: DecimalValue<3> = DecimalValue(card_verification_value);

/// The value of `PAN;expiry;service code`.
fn card_verification_value(key: &KeyMaterial, data: &[u8]) -> Result<Zeroizing<[u8; 3]>> {
    let [pan, expiry, service_code] = fields(data)?;
    let (pan, expiry) = (Pan::parse(pan)?, Expiry::parse(expiry)?);
    let service_code = ServiceCode::parse(service_code)?;
    let digits = [pan.digits(), expiry.digits(), service_code.digits()];
    Ok(value_of(key.secret()?.des3()?, &digits))
}

/// The digits, no more than 32, fill two blocks from the left. The first is encrypted by the key's first half and added
/// to the second, the sum is encrypted by the whole key, and three digits of that are picked.
pub(super) fn value_of(key: &Des3Key, digits: &[&[u8]]) -> Zeroizing<[u8; 3]> {
    let blocks = packed::<2>(digits);
    let [first, second] = &*blocks;
    let mut sum = Zeroizing::new(key.encrypt_by_first_part(*first));
    for (byte, other) in sum.iter_mut().zip(second) {
        *byte ^= other;
    }
    let result = Zeroizing::new(key.encrypt(*sum));
    picked(&result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::payment::testing::{Card, row, run_vectors};

    const CARD: &[u8] = b"4123456789012345;8701;101";

    fn card() -> Card {
        Card::new(row(ROWS, CKM_VHSM_CVV), "0123456789ABCDEFFEDCBA9876543210", b"C0")
    }

    #[test]
    fn the_known_answers_are_given() {
        run_vectors(include_str!("vectors/cvv.json"), |vector| {
            let card = Card::new(row(ROWS, CKM_VHSM_CVV), vector.input("cvk"), b"C0");
            let inputs = ["pan", "expiry", "service_code"].map(|name| vector.input(name));
            card.gives(inputs.join(";").as_bytes(), vector.expected("cvv").as_bytes());
        });
    }

    #[test]
    fn data_of_another_form_is_refused_for_its_reason() {
        card().refuses(
            &[
                &b""[..],
                b"4123456789012345",
                b"4123456789012345;8701101",
                b"4123456789012345;8701;1O1",
                b"4123-56789012345;8701;101",
                b"4123456789012345;87 1;101",
            ],
            &[
                &b"41234567890;8701;101"[..],
                b"41234567890123456789;8701;101",
                b"4123456789012345;870;101",
                b"4123456789012345;870101;101",
                b"4123456789012345;8701;10",
                b"4123456789012345;8701;101;",
                b"4123456789012345;8701;101\n",
                b";;",
            ],
        );
    }

    #[test]
    fn only_the_right_value_verifies() {
        for value in 0..1000 {
            let value = format!("{value:03}");
            let expected = if value == "561" {
                Ok(())
            } else {
                Err(Error::SignatureInvalid)
            };
            assert_eq!(card().verify(CARD, value.as_bytes()), expected, "{value}");
        }
        assert_eq!(card().verify(CARD, b"56A"), Err(Error::SignatureInvalid));
        for short_or_long in [&b""[..], b"56", b"5610"] {
            assert_eq!(card().verify(CARD, short_or_long), Err(Error::SignatureLenRange));
        }
    }

    #[test]
    fn a_message_comes_whole() {
        let row = row(ROWS, CKM_VHSM_CVV);
        let key = std::sync::Arc::new(card().key);
        assert!(
            row.roles
                .sign
                .unwrap()
                .stream(&key, &crate::mechanism::Params::None)
                .is_err()
        );
        assert!(
            row.roles
                .verify
                .unwrap()
                .stream(&key, &crate::mechanism::Params::None)
                .is_err()
        );
    }
}
