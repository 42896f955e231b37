//! The keys that the benchmark works with, and the templates that make them.

use super::rows::{KeyKind, Place};
use crate::ck::*;
use crate::client::{Mechanism, Result, Session, Template};

/// The label of every object that the benchmark leaves on a token while it runs.
pub(super) const LABEL: &str = "vhsm-bench";

/// The handles of one key or pair. For a secret key both are the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keys {
    /// Signs and decrypts.
    pub(super) private: ObjectHandle,
    /// Verifies and encrypts.
    pub(super) public: ObjectHandle,
}

/// Generates the key or pair of a kind.
pub(super) fn generate(session: &Session, kind: KeyKind, place: Place) -> Result<Keys> {
    match kind {
        KeyKind::Secret => secret(session, CKM_GENERIC_SECRET_KEY_GEN, place, Some(32), Uses::Sign),
        KeyKind::Aes => secret(session, CKM_AES_KEY_GEN, place, Some(32), Uses::All),
        KeyKind::Des3 => secret(session, CKM_DES3_KEY_GEN, place, None, Uses::All),
        KeyKind::Rsa(bits) => {
            let public = Template::new()
                .ulong(CKA_MODULUS_BITS, bits.into())
                .bytes(CKA_PUBLIC_EXPONENT, &[1, 0, 1]);
            pair(session, CKM_RSA_PKCS_KEY_PAIR_GEN, public, place)
        }
        KeyKind::P256 => curve(session, b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", place),
        KeyKind::P384 => curve(session, b"\x06\x05\x2b\x81\x04\x00\x22", place),
        KeyKind::P521 => curve(session, b"\x06\x05\x2b\x81\x04\x00\x23", place),
        KeyKind::Ed25519 => edwards(session, place),
    }
}

/// What a secret key may be used for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Uses {
    Sign,
    All,
}

fn secret(
    session: &Session,
    mechanism: MechanismId,
    place: Place,
    length: Option<u64>,
    uses: Uses,
) -> Result<Keys> {
    let mut template = common(Template::new(), place)
        .bool(CKA_PRIVATE, true)
        .bool(CKA_SENSITIVE, true)
        .bool(CKA_SIGN, true)
        .bool(CKA_VERIFY, true);
    if uses == Uses::All {
        template = template.bool(CKA_ENCRYPT, true).bool(CKA_DECRYPT, true);
    }
    if let Some(length) = length {
        template = template.ulong(CKA_VALUE_LEN, length);
    }
    let key = session.generate_key(&Mechanism::plain(mechanism), &template)?;
    Ok(Keys {
        private: key,
        public: key,
    })
}

fn curve(session: &Session, parameters: &[u8], place: Place) -> Result<Keys> {
    pair(
        session,
        CKM_EC_KEY_PAIR_GEN,
        Template::new().bytes(CKA_EC_PARAMS, parameters),
        place,
    )
}

/// The curve by its object identifier, or by its name for modules that know only that.
fn edwards(session: &Session, place: Place) -> Result<Keys> {
    let make = |parameters: &[u8]| {
        let public = Template::new().bytes(CKA_EC_PARAMS, parameters);
        pair(session, CKM_EC_EDWARDS_KEY_PAIR_GEN, public, place)
    };
    make(b"\x06\x03\x2b\x65\x70").or_else(|_| make(b"\x13\x0cedwards25519"))
}

fn pair(session: &Session, mechanism: MechanismId, public: Template, place: Place) -> Result<Keys> {
    let public = common(public, place)
        .bool(CKA_PRIVATE, false)
        .bool(CKA_VERIFY, true);
    let private = common(Template::new(), place)
        .bool(CKA_PRIVATE, true)
        .bool(CKA_SENSITIVE, true)
        .bool(CKA_SIGN, true);
    let (public, private) = session.generate_key_pair(&Mechanism::plain(mechanism), &public, &private)?;
    Ok(Keys { private, public })
}

fn common(template: Template, place: Place) -> Template {
    template
        .bool(CKA_TOKEN, place == Place::Token)
        .bytes(CKA_LABEL, LABEL.as_bytes())
}

/// An AES key to be created, with its own label and identifier.
pub(super) fn numbered(number: usize, place: Place) -> Template {
    let mut value = [0x5a; 16];
    for (to, from) in value.iter_mut().zip(to_ulong(number).to_be_bytes()) {
        *to = from;
    }
    Template::new()
        .ulong(CKA_CLASS, CKO_SECRET_KEY.0)
        .ulong(CKA_KEY_TYPE, CKK_AES.0)
        .bool(CKA_TOKEN, place == Place::Token)
        .bool(CKA_PRIVATE, true)
        .bool(CKA_SENSITIVE, true)
        .bool(CKA_ENCRYPT, true)
        .bool(CKA_DECRYPT, true)
        .bytes(CKA_LABEL, label(number).as_bytes())
        .bytes(CKA_ID, &to_ulong(number).to_be_bytes())
        .bytes(CKA_VALUE, &value)
}

/// The label of a numbered object.
pub(super) fn label(number: usize) -> String {
    format!("{LABEL}-{number:06}")
}

/// The label of the key and the data object that a fresh process looks for.
pub(super) const FIRST: &str = "vhsm-bench-first";

/// The key that a fresh process signs with.
pub(super) fn first_key() -> Template {
    Template::new()
        .ulong(CKA_CLASS, CKO_SECRET_KEY.0)
        .ulong(CKA_KEY_TYPE, CKK_GENERIC_SECRET.0)
        .bool(CKA_TOKEN, true)
        .bool(CKA_PRIVATE, true)
        .bool(CKA_SENSITIVE, true)
        .bool(CKA_SIGN, true)
        .bytes(CKA_LABEL, FIRST.as_bytes())
        .bytes(CKA_VALUE, &[0xa5; 32])
}

/// The object that a fresh process finds without a login.
pub(super) fn first_public() -> Template {
    Template::new()
        .ulong(CKA_CLASS, CKO_DATA.0)
        .bool(CKA_TOKEN, true)
        .bool(CKA_PRIVATE, false)
        .bytes(CKA_LABEL, FIRST.as_bytes())
        .bytes(CKA_VALUE, b"public")
}
