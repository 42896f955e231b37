//! The jobs that make keys out of keys. The new ones are session objects, and destroyed untimed.

use super::job::{Job, cleared};
use super::keys::{self, Keys};
use super::table::{Derivation, KeyKind};
use crate::ck::*;
use crate::client::{Mechanism, Result, Session};

/// Longest ciphertext: ML-KEM-1024.
const CIPHERTEXT_BYTES_MAX: usize = 1568;

/// The public value that X25519 is derived with: the base point [RFC 7748, 4.1].
const POINT: [u8; 32] = {
    let mut point = [0; 32];
    point[0] = 9;
    point
};

/// The public value that a key on P-256 is derived with, uncompressed: the base point [SP 800-186, 3.2.1.3].
const P256_POINT: [u8; 65] = *b"\x04\
    \x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2\x77\x03\x7d\x81\x2d\xeb\x33\xa0\xf4\xa1\x39\x45\xd8\x98\xc2\x96\
    \x4f\xe3\x42\xe2\xfe\x1a\x7f\x9b\x8e\xe7\xeb\x4a\x7c\x0f\x9e\x16\x2b\xce\x33\x57\x6b\x31\x5e\xce\xcb\xb6\x40\x68\x37\xbf\x51\xf5";

/// The mechanism with the parameters that the benchmark uses. The point is raw, or a DER octet string for modules that
/// take only that.
fn mechanism(id: MechanismId, key: Option<KeyKind>, der: bool) -> Mechanism {
    let point: &[u8] = match key {
        Some(KeyKind::P256Agrees) => &P256_POINT,
        _ => &POINT,
    };
    match (id, der) {
        (CKM_HKDF_DERIVE, _) => Mechanism::with_hkdf(id, CKM_SHA256, &[7; 16]),
        (CKM_ECDH1_DERIVE, false) => Mechanism::with_point(id, point),
        (CKM_ECDH1_DERIVE, true) => {
            let length = u8::try_from(point.len()).unwrap_or(u8::MAX);
            Mechanism::with_point(id, &[&[4, length], point].concat())
        }
        _ => Mechanism::plain(id),
    }
}

/// `C_DeriveKey`.
pub(super) fn derive(session: Session, derivation: &Derivation, keys: Keys) -> Result<Job> {
    let template = keys::derived();
    let attempt = |der| {
        let mechanism = mechanism(derivation.mechanism, Some(derivation.key), der);
        let key = session.derive_key(&mechanism, keys.private, &template)?;
        session.destroy_object(key)?;
        Ok(mechanism)
    };
    let mechanism = attempt(false).or_else(|error| attempt(true).map_err(|_: crate::client::Error| error))?;
    Ok(cleared(session, move |session, _| {
        Ok([session.derive_key(&mechanism, keys.private, &template)?])
    }))
}

/// `C_EncapsulateKey`.
pub(super) fn encapsulate(session: Session, id: MechanismId, keys: Keys) -> Result<Job> {
    let (mechanism, template) = (mechanism(id, None, false), keys::derived());
    let mut out = vec![0; CIPHERTEXT_BYTES_MAX];
    let (key, _) = session.encapsulate_key(&mechanism, keys.public, &template, &mut out)?;
    session.destroy_object(key)?;
    Ok(cleared(session, move |session, _| {
        Ok([session
            .encapsulate_key(&mechanism, keys.public, &template, &mut out)?
            .0])
    }))
}

/// `C_DecapsulateKey`.
pub(super) fn decapsulate(session: Session, id: MechanismId, keys: Keys) -> Result<Job> {
    let (mechanism, template) = (mechanism(id, None, false), keys::derived());
    let mut ciphertext = vec![0; CIPHERTEXT_BYTES_MAX];
    let (key, length) = session.encapsulate_key(&mechanism, keys.public, &template, &mut ciphertext)?;
    session.destroy_object(key)?;
    ciphertext.truncate(length);
    Ok(cleared(session, move |session, _| {
        Ok([session.decapsulate_key(&mechanism, keys.private, &template, &ciphertext)?])
    }))
}
