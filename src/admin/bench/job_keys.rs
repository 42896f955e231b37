//! The jobs that make keys out of keys. The new ones are session objects, and destroyed untimed.

use super::job::{Job, cleared};
use super::keys::{self, Keys};
use super::table::Derivation;
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

/// The mechanism with the parameters that the benchmark uses. The point is raw, or a DER octet string for modules that
/// take only that.
fn mechanism(id: MechanismId, der: bool) -> Mechanism {
    match (id, der) {
        (CKM_HKDF_DERIVE, _) => Mechanism::with_hkdf(id, CKM_SHA256, &[7; 16]),
        (CKM_ECDH1_DERIVE, false) => Mechanism::with_point(id, &POINT),
        (CKM_ECDH1_DERIVE, true) => Mechanism::with_point(id, &[b"\x04\x20".as_slice(), &POINT].concat()),
        _ => Mechanism::plain(id),
    }
}

/// `C_DeriveKey`.
pub(super) fn derive(session: Session, derivation: &Derivation, keys: Keys) -> Result<Job> {
    let template = keys::derived();
    let attempt = |der| {
        let mechanism = mechanism(derivation.mechanism, der);
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
    let (mechanism, template) = (mechanism(id, false), keys::derived());
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
    let (mechanism, template) = (mechanism(id, false), keys::derived());
    let mut ciphertext = vec![0; CIPHERTEXT_BYTES_MAX];
    let (key, length) = session.encapsulate_key(&mechanism, keys.public, &template, &mut ciphertext)?;
    session.destroy_object(key)?;
    ciphertext.truncate(length);
    Ok(cleared(session, move |session, _| {
        Ok([session.decapsulate_key(&mechanism, keys.private, &template, &ciphertext)?])
    }))
}
