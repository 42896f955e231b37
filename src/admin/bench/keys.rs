//! The keys that the benchmark works with, and the templates that make them.

use super::domain;
use super::payment::KeysOf;
use super::rows::Place;
use super::table::KeyKind;
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
    let secret = |mechanism, length, uses| secret(session, mechanism, place, length, uses);
    let pair = |mechanism, public, uses| pair(session, mechanism, public, place, uses);
    let on_curve = |parameters: &[u8], uses| {
        let public = Template::new().bytes(CKA_EC_PARAMS, parameters);
        pair(CKM_EC_KEY_PAIR_GEN, public, uses)
    };
    let curve = |parameters: &[u8]| on_curve(parameters, PAIR_SIGNS);
    // The curve by its object identifier, or by its name for modules that know only that.
    let named = |mechanism, identifier: &[u8], name: &[u8], uses| {
        let make = |parameters: &[u8]| {
            let public = Template::new().bytes(CKA_EC_PARAMS, parameters);
            pair(mechanism, public, uses)
        };
        make(identifier).or_else(|_| make(name))
    };
    let lattice = |mechanism, set, uses| pair(mechanism, Template::new().ulong(CKA_PARAMETER_SET, set), uses);
    match kind {
        KeyKind::Secret => secret(CKM_GENERIC_SECRET_KEY_GEN, Some(32), SIGNS),
        KeyKind::Base => secret(CKM_GENERIC_SECRET_KEY_GEN, Some(32), &[CKA_DERIVE]),
        KeyKind::Aes => secret(CKM_AES_KEY_GEN, Some(32), ALL),
        KeyKind::AesXts => secret(CKM_AES_XTS_KEY_GEN, Some(64), ENCRYPTS),
        KeyKind::ChaCha20 => secret(CKM_CHACHA20_KEY_GEN, None, ENCRYPTS),
        KeyKind::Des3 => secret(CKM_DES3_KEY_GEN, None, ALL),
        KeyKind::Rsa(bits) => {
            let public = Template::new()
                .ulong(CKA_MODULUS_BITS, bits.into())
                .bytes(CKA_PUBLIC_EXPONENT, &[1, 0, 1]);
            pair(CKM_RSA_PKCS_KEY_PAIR_GEN, public, PAIR_SIGNS)
        }
        KeyKind::Dsa2048 => {
            let public = Template::new()
                .bytes(CKA_PRIME, domain::PRIME)
                .bytes(CKA_SUBPRIME, domain::SUBPRIME)
                .bytes(CKA_BASE, domain::BASE);
            pair(CKM_DSA_KEY_PAIR_GEN, public, PAIR_SIGNS)
        }
        KeyKind::P256 => curve(P256),
        KeyKind::P256Agrees => on_curve(P256, PAIR_DERIVES),
        KeyKind::P384 => curve(P384),
        KeyKind::P521 => curve(P521),
        KeyKind::Brainpool256 => curve(BRAINPOOL_256),
        KeyKind::Ed25519 => named(
            CKM_EC_EDWARDS_KEY_PAIR_GEN,
            ED25519,
            b"\x13\x0cedwards25519",
            PAIR_SIGNS,
        ),
        KeyKind::X25519 => named(
            CKM_EC_MONTGOMERY_KEY_PAIR_GEN,
            X25519,
            b"\x13\x0acurve25519",
            PAIR_DERIVES,
        ),
        KeyKind::MlDsa65 => lattice(CKM_ML_DSA_KEY_PAIR_GEN, sys::CKP_ML_DSA_65, PAIR_SIGNS),
        KeyKind::MlKem768 => lattice(CKM_ML_KEM_KEY_PAIR_GEN, sys::CKP_ML_KEM_768, PAIR_ENCAPSULATES),
        KeyKind::Payment(payment) => payments(session, payment.keys(), place),
        KeyKind::SlhDsa128f => lattice(CKM_SLH_DSA_KEY_PAIR_GEN, sys::CKP_SLH_DSA_SHA2_128F, PAIR_SIGNS),
    }
}

/// `CKA_EC_PARAMS` of the curves.
pub(super) const P256: &[u8] = b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
pub(super) const P384: &[u8] = b"\x06\x05\x2b\x81\x04\x00\x22";
pub(super) const P521: &[u8] = b"\x06\x05\x2b\x81\x04\x00\x23";
pub(super) const BRAINPOOL_256: &[u8] = b"\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x07";
pub(super) const ED25519: &[u8] = b"\x06\x03\x2b\x65\x70";
pub(super) const X25519: &[u8] = b"\x06\x03\x2b\x65\x6e";

/// What a secret key may be used for.
const SIGNS: &[AttributeType] = &[CKA_SIGN, CKA_VERIFY];
const ENCRYPTS: &[AttributeType] = &[CKA_ENCRYPT, CKA_DECRYPT];
const ALL: &[AttributeType] = &[CKA_SIGN, CKA_VERIFY, CKA_ENCRYPT, CKA_DECRYPT];

/// What the halves of a pair may be used for: the public one, the private one.
type PairUses = (Option<AttributeType>, AttributeType);
const PAIR_SIGNS: PairUses = (Some(CKA_VERIFY), CKA_SIGN);
const PAIR_DERIVES: PairUses = (None, CKA_DERIVE);
const PAIR_ENCAPSULATES: PairUses = (Some(CKA_ENCAPSULATE), CKA_DECAPSULATE);

fn secret(
    session: &Session,
    mechanism: MechanismId,
    place: Place,
    length: Option<u64>,
    uses: &[AttributeType],
) -> Result<Keys> {
    let mut template = common(Template::new(), place)
        .bool(CKA_PRIVATE, true)
        .bool(CKA_SENSITIVE, true);
    for usage in uses {
        template = template.bool(*usage, true);
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

/// The key of an operation of payments, and beside it the key that its parameter names; or what brings keys in.
fn payments(session: &Session, keys: KeysOf, place: Place) -> Result<Keys> {
    let (usage, further) = match keys {
        KeysOf::Usages(usage, further) => (usage, further),
        KeysOf::Form(form) => return form.keys(session, place),
    };
    let make = |usage: KeyUsage| {
        let template = common(Template::new(), place)
            .bool(CKA_PRIVATE, true)
            .bool(CKA_SENSITIVE, true)
            .bytes(CKA_VHSM_KEY_USAGE, &usage.0);
        let uses = ALL.iter().chain(&[CKA_WRAP, CKA_UNWRAP, CKA_DERIVE]);
        let template = uses.fold(template, |template, usage| template.bool(*usage, true));
        session.generate_key(&Mechanism::plain(CKM_DES2_KEY_GEN), &template)
    };
    let private = make(usage)?;
    Ok(Keys {
        private,
        public: further.map_or(Ok(private), make)?,
    })
}

pub(super) fn pair(
    session: &Session,
    mechanism: MechanismId,
    public: Template,
    place: Place,
    (public_usage, private_usage): PairUses,
) -> Result<Keys> {
    let mut public = common(public, place).bool(CKA_PRIVATE, false);
    if let Some(usage) = public_usage {
        public = public.bool(usage, true);
    }
    let private = common(Template::new(), place)
        .bool(CKA_PRIVATE, true)
        .bool(CKA_SENSITIVE, true)
        .bool(private_usage, true);
    let (public, private) = session.generate_key_pair(&Mechanism::plain(mechanism), &public, &private)?;
    Ok(Keys { private, public })
}

/// What is asked of a key that is derived or encapsulated: 32 bytes in the session.
pub(super) fn derived() -> Template {
    common(Template::new(), Place::Session)
        .ulong(CKA_CLASS, CKO_SECRET_KEY.0)
        .ulong(CKA_KEY_TYPE, CKK_GENERIC_SECRET.0)
        .ulong(CKA_VALUE_LEN, 32)
}

pub(super) fn common(template: Template, place: Place) -> Template {
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
