//! Tokens for card numbers: `cargo run --example tokenise -- path/to/libvhsm.so 4111111111111111`.
//!
//! The first six digits and the last four stay, and the number stays valid; what is between becomes other digits by
//! format-preserving encryption, FF1, under a key that never leaves the token. It reads the user's PIN from its
//! input.
//!
//! What stays in the clear is the tweak, so that equal middles of different cards become different ones. Of the middles
//! that could be, one in ten goes with the check digit: the middle is encrypted again until it is one of those (cycle
//! walking), and decrypted again likewise. Numbers of 16 to 19 digits have a middle of at least 6, and fewer than 10^6
//! texts are refused by the mechanism, since they could all be tried [NIST SP 800-38G rev. 1]. Even so: whoever may
//! encrypt with the key can make the tokens of all numbers that have the same ends.
#![allow(clippy::print_stdout, reason = "an example speaks to its reader")]

use std::error::Error;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::vendor_defined::VendorDefinedMechanism;
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// CKM_VHSM_FF1 of include/vhsm.h.
const FF1: u64 = 0x8000_0000 | 0x5648_0000 | 0x0070;

/// Version 1, digits and letters, radix 10, and the tweak: the digits that stay.
pub type Parameter = [u8; 16];

fn parameter(ends: &str) -> Result<Parameter> {
    let bytes = [&[1, 1, 0, 0, 0, 10], ends.as_bytes()].concat();
    bytes.try_into().map_err(|_| "the ends have ten digits".into())
}

/// Whether the last digit is the check digit of the others [ISO/IEC 7812-1, annex B].
pub fn is_valid(number: &str) -> bool {
    let doubled = |(at, digit): (usize, u32)| match (at % 2, digit * 2) {
        (0, _) => digit,
        (_, twice) => twice / 10 + twice % 10,
    };
    let digits = number.bytes().rev().map(|digit| u32::from(digit - b'0'));
    digits.enumerate().map(doubled).sum::<u32>().is_multiple_of(10)
}

/// Walks to the next number that is valid. The walk ends: the given number is valid, and it lies on the cycle.
///
/// # Errors
/// If it is no valid card number of 16 to 19 digits, or a step fails.
pub fn walk(number: &str, step: impl Fn(&Parameter, &[u8]) -> Result<Vec<u8>>) -> Result<String> {
    if !(16..=19).contains(&number.len()) || !number.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err("a card number of 16 to 19 digits is wanted".into());
    }
    if !is_valid(number) {
        return Err("the check digit of the card number is wrong".into());
    }
    let (first, rest) = number.split_at(6);
    let (middle, last) = rest.split_at(rest.len() - 4);
    let parameter = parameter(&format!("{first}{last}"))?;
    let mut middle = middle.as_bytes().to_vec();
    loop {
        middle = step(&parameter, &middle)?;
        let number = format!("{first}{}{last}", String::from_utf8(middle.clone())?);
        if is_valid(&number) {
            return Ok(number);
        }
    }
}

fn ff1(parameter: &Parameter) -> Result<Mechanism<'_>> {
    let mechanism = MechanismType::new_vendor_defined(FF1)?;
    let mechanism = VendorDefinedMechanism::new(mechanism, Some(parameter));
    Ok(Mechanism::VendorDefined(mechanism))
}

fn token(session: &Session, key: ObjectHandle, number: &str) -> Result<String> {
    walk(number, |parameter, middle| {
        Ok(session.encrypt(&ff1(parameter)?, key, middle)?)
    })
}

fn number(session: &Session, key: ObjectHandle, token: &str) -> Result<String> {
    walk(token, |parameter, middle| {
        Ok(session.decrypt(&ff1(parameter)?, key, middle)?)
    })
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(library), Some(card)) = (arguments.next(), arguments.next()) else {
        return Err("usage: tokenise path/to/libvhsm.so CARD-NUMBER".into());
    };
    let module = Pkcs11::new(library)?;
    module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))?;
    let slot = module.get_slots_with_initialized_token()?;
    let slot = *slot.first().ok_or("there is no token: vhsm token init")?;
    let session = module.open_rw_session(slot)?;
    let mut pin = String::new();
    std::io::stdin().read_line(&mut pin)?;
    session.login(UserType::User, Some(&AuthPin::new(pin.trim_end().into())))?;
    let key = session.generate_key(
        &Mechanism::AesKeyGen,
        &[
            Attribute::ValueLen(32.into()),
            Attribute::Encrypt(true),
            Attribute::Decrypt(true),
            Attribute::Sensitive(true),
        ],
    )?;
    let made = token(&session, key, &card)?;
    println!("token  {made}");
    println!("number {}", number(&session, key, &made)?);
    module.finalize()?;
    Ok(())
}
