//! The rows of payments: what a switch does all day, with the vendor mechanisms.

use std::hint::black_box;

use super::job::{Job, repeat};
use super::keys::Keys;
use super::payment_unwrap::Form;
use crate::ck::*;
use crate::client::{Mechanism, Result, Session};
use crate::crypto::des::Des3Key;

/// An operation of payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Payment {
    /// A card verification value made.
    Cvv,
    /// A card security code of American Express made, of five digits.
    Csc,
    /// A PIN verification value checked, of a PIN in an encrypted block.
    Pvv,
    /// A retail MAC of 64 bytes.
    RetailMac,
    /// A PIN block of format 0 under another key.
    Translate,
    /// The same from the key of a transaction, which a base derivation key gives.
    TranslateDukpt,
    /// A cryptogram of a chip card checked, under the issuer's key: the card's and the session's are derived.
    Arqc,
    /// A key that comes in.
    Unwrap(Form),
}

/// The keys of an operation.
pub(super) enum KeysOf {
    /// Two-key DES of this usage, and of the usage of the key that the parameter names.
    Usages(KeyUsage, Option<KeyUsage>),
    /// What brings keys in.
    Form(Form),
}

/// The operations with the names of their rows.
pub(super) const PAYMENTS: [(&str, Payment); 12] = [
    ("payment cvv", Payment::Cvv),
    ("payment csc", Payment::Csc),
    ("payment pvv verify", Payment::Pvv),
    ("payment retail mac 64 B", Payment::RetailMac),
    ("payment pin translate", Payment::Translate),
    ("payment pin translate from dukpt", Payment::TranslateDukpt),
    ("payment arqc verify", Payment::Arqc),
    ("payment tr-31 d unwrap", Payment::Unwrap(Form::Tr31D)),
    ("payment variant lmk unwrap", Payment::Unwrap(Form::VariantLmk)),
    ("payment lmk key block unwrap", Payment::Unwrap(Form::LmkBlock)),
    ("payment rsa-2048 transport unwrap", Payment::Unwrap(Form::Rsa)),
    ("payment ecdh p-256 transport unwrap", Payment::Unwrap(Form::Ecdh)),
];

impl Payment {
    /// The keys that it works with.
    pub(super) const fn keys(self) -> KeysOf {
        const PIN: Option<KeyUsage> = Some(KeyUsage::PIN_ENCRYPTION);
        match self {
            Self::Cvv | Self::Csc => KeysOf::Usages(KeyUsage::CARD_VERIFICATION, None),
            Self::Pvv => KeysOf::Usages(KeyUsage::VISA_PIN_VERIFICATION, PIN),
            Self::RetailMac => KeysOf::Usages(KeyUsage::ISO_9797_ALG3_MAC, None),
            Self::Translate => KeysOf::Usages(KeyUsage::PIN_ENCRYPTION, PIN),
            Self::TranslateDukpt => KeysOf::Usages(KeyUsage::BASE_DERIVATION, PIN),
            Self::Arqc => KeysOf::Usages(KeyUsage::EMV_APPLICATION_CRYPTOGRAMS, None),
            Self::Unwrap(form) => KeysOf::Form(form),
        }
    }

    /// The calls of the block cipher that it consists of: single DES, triple DES.
    const fn blocks(self) -> (u32, u32) {
        match self {
            Self::Cvv => (1, 1),
            Self::Csc => (0, 1),
            Self::Pvv | Self::Translate => (0, 2),
            Self::RetailMac => (7, 1),
            // The initial key, one one-way step of two halves, and the two blocks.
            Self::TranslateDukpt => (2, 4),
            // The card's key, the session's, and the MAC of five blocks.
            Self::Arqc => (5, 5),
            // Blocks of AES and more; the rows have no bare primitive.
            Self::Unwrap(_) => (0, 0),
        }
    }
}

/// Digits of the account.
const PAN: &[u8] = b"4111111111111111";

/// An end of a PIN's way: format 0, and how the key is derived.
fn end(derivation: u8, serial: [u8; 10]) -> Vec<u8> {
    let account = [&[16], PAN, &[0; 3]].concat();
    [&[1, derivation, 0, 0], &serial[..], &account].concat()
}

fn plain_end() -> Vec<u8> {
    end(0, [0; 10])
}

fn parameter(id: MechanismId, parts: &[&[u8]]) -> Mechanism {
    Mechanism::with_bytes(id, &[&[1], &parts.concat()[..]].concat())
}

/// An encrypted block of a PIN.
fn block(session: &Session, key: ObjectHandle, end: &[u8]) -> Result<Vec<u8>> {
    let mut block = vec![0; 8];
    session.encrypt_init(&parameter(CKM_VHSM_PIN_BLOCK, &[end]), key)?;
    session.encrypt(b"1234", &mut block)?;
    Ok(block)
}

/// The job of a row.
///
/// # Errors
/// The module's, if it does not have the mechanism.
pub(super) fn job(session: Session, payment: Payment, keys: Keys) -> Result<Job> {
    match payment {
        Payment::Cvv => sign(
            session,
            Mechanism::plain(CKM_VHSM_CVV),
            keys,
            b"4123456789012345;8701;101".to_vec(),
        ),
        Payment::Csc => {
            let mechanism = parameter(CKM_VHSM_CSC, &[&[5]]);
            sign(session, mechanism, keys, b"371234567890123;9912".to_vec())
        }
        Payment::RetailMac => {
            let mechanism = parameter(CKM_VHSM_ISO9797_ALG3_MAC, &[&[1, 8]]);
            sign(session, mechanism, keys, vec![0x61; 64])
        }
        Payment::Pvv => verify_pvv(session, keys),
        Payment::Translate => translate(session, keys, &plain_end()),
        Payment::Arqc => verify_arqc(session, keys),
        Payment::Unwrap(form) => form.job(session, keys),
        Payment::TranslateDukpt => {
            let serial = [0xff, 0xff, 0x98, 0x76, 0x54, 0x32, 0x10, 0xe0, 0, 1];
            translate(session, keys, &end(1, serial))
        }
    }
}

fn sign(session: Session, mechanism: Mechanism, keys: Keys, data: Vec<u8>) -> Result<Job> {
    let mut out = [0; 8];
    session.sign_init(&mechanism, keys.private)?;
    session.sign(&data, &mut out)?;
    Ok(repeat(move || {
        session.sign_init(&mechanism, keys.private)?;
        session.sign(black_box(&data), &mut out).map(drop)
    }))
}

fn verify_pvv(session: Session, keys: Keys) -> Result<Job> {
    let (end, handle) = (plain_end(), keys.public.0.to_be_bytes());
    let block = block(&session, keys.public, &end)?;
    let mechanism = parameter(CKM_VHSM_VISA_PVV_BLOCK, &[b"1", &handle, &end, &[0; 20]]);
    let mut value = [0; 4];
    session.sign_init(&mechanism, keys.private)?;
    session.sign(&block, &mut value)?;
    Ok(repeat(move || {
        session.verify_init(&mechanism, keys.private)?;
        session.verify(black_box(&block), &value)
    }))
}

/// The first 29 bytes of a cryptogram's data that every scheme has, and ten of the issuer's.
fn verify_arqc(session: Session, keys: Keys) -> Result<Job> {
    let card = [0x41, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0xff, 0xff, 0];
    // The issuer's key and option A, the common session key of the counter 1, padding method 2, 8 bytes.
    let mechanism = parameter(CKM_VHSM_EMV_AC, &[&[b'A', 1, 2, 8], &card, &[0, 1]]);
    let (data, mut value) = ([0x61; 39], [0; 8]);
    session.sign_init(&mechanism, keys.private)?;
    session.sign(&data, &mut value)?;
    Ok(repeat(move || {
        session.verify_init(&mechanism, keys.private)?;
        session.verify(black_box(&data), &value)
    }))
}

fn translate(session: Session, keys: Keys, from: &[u8]) -> Result<Job> {
    let handle = keys.public.0.to_be_bytes();
    let block = block(&session, keys.private, from)?;
    let mechanism = parameter(CKM_VHSM_PIN_TRANSLATE, &[from, &handle, &plain_end()]);
    let mut out = [0; 8];
    session.decrypt_init(&mechanism, keys.private)?;
    session.decrypt(&block, &mut out)?;
    Ok(repeat(move || {
        session.decrypt_init(&mechanism, keys.private)?;
        session.decrypt(black_box(&block), &mut out).map(drop)
    }))
}

/// The calls of the block cipher alone.
///
/// # Errors
/// [`crate::error::Error::Internal`].
pub(super) fn bare(payment: Payment) -> crate::error::Result<Job> {
    let key = Des3Key::new(b"0123456789abcdef")?;
    let (single, triple) = payment.blocks();
    Ok(repeat(move || -> crate::error::Result<()> {
        let mut block = black_box([0x61; 8]);
        for _ in 0..single {
            block = key.encrypt_by_first_part(block);
        }
        for _ in 0..triple {
            block = key.encrypt(block);
        }
        black_box(block);
        Ok(())
    }))
}
