//! The keys of the bare primitives, made as the module would make them and prepared once.

use std::collections::HashMap;
use std::sync::Arc;

use super::bare::{NO_ROLE, row};
use super::table::KeyKind;
use super::{domain, keys};
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::crypto::rsa::PrivateKey;
use crate::error::Result;
use crate::mechanism::{KeyMaterial, Params};

/// The value of secret keys.
pub(super) const SECRET: [u8; 32] = [0x5a; 32];

/// The keys that rows have asked for so far.
#[derive(Default)]
pub(super) struct Bare(HashMap<KeyKind, Keys>);

/// The keys of a row.
#[derive(Clone)]
pub(super) struct Keys {
    /// Of a pair the private key, of a secret key the key.
    pub(super) private: Arc<KeyMaterial>,
    /// Of a pair the public key, of a secret key the key.
    pub(super) public: Arc<KeyMaterial>,
    /// The same key without anything around it.
    pub(super) rsa: Option<Arc<PrivateKey>>,
}

impl Bare {
    /// The keys of a kind, made when they are first asked for.
    pub(super) fn keys(&mut self, kind: KeyKind) -> std::result::Result<Keys, String> {
        if let Some(keys) = self.0.get(&kind) {
            return Ok(keys.clone());
        }
        let keys = generate(kind).map_err(|error| error.to_string())?;
        self.0.insert(kind, keys.clone());
        Ok(keys)
    }
}

/// Makes the key or pair of a kind as the module would.
fn generate(kind: KeyKind) -> Result<Keys> {
    match kind {
        KeyKind::Secret | KeyKind::Base | KeyKind::Payment(_) => secret(CKK_GENERIC_SECRET, &SECRET),
        KeyKind::Aes => secret(CKK_AES, &SECRET),
        KeyKind::AesXts => secret(CKK_AES_XTS, &[SECRET, [0xa5; 32]].concat()),
        KeyKind::ChaCha20 => secret(CKK_CHACHA20, &SECRET),
        KeyKind::Des3 => secret(CKK_DES3, b"\x01\x23\x45\x67\x89\xab\xcd\xef\xfe\xdc\xba\x98\x76\x54\x32\x10\x0e\x1f\x2a\x34\x45\x58\x6d\x70"),
        KeyKind::Rsa(bits) => {
            let bare = PrivateKey::generate(to_usize(bits.into()), &[1, 0, 1])?;
            let modulus_bits = (CKA_MODULUS_BITS, Value::Ulong(bits.into()));
            let exponent = (CKA_PUBLIC_EXPONENT, Value::bytes(&[1, 0, 1]));
            let mut keys = pair(CKM_RSA_PKCS_KEY_PAIR_GEN, CKK_RSA, [modulus_bits, exponent])?;
            keys.rsa = Some(Arc::new(bare));
            Ok(keys)
        }
        KeyKind::Dsa2048 => {
            let prime = (CKA_PRIME, Value::bytes(domain::PRIME));
            let subprime = (CKA_SUBPRIME, Value::bytes(domain::SUBPRIME));
            let base = (CKA_BASE, Value::bytes(domain::BASE));
            pair(CKM_DSA_KEY_PAIR_GEN, CKK_DSA, [prime, subprime, base])
        }
        KeyKind::P256 | KeyKind::P256Agrees => curve(keys::P256),
        KeyKind::P384 => curve(keys::P384),
        KeyKind::P521 => curve(keys::P521),
        KeyKind::Brainpool256 => curve(keys::BRAINPOOL_256),
        KeyKind::Ed25519 => {
            let parameters = (CKA_EC_PARAMS, Value::bytes(keys::ED25519));
            pair(CKM_EC_EDWARDS_KEY_PAIR_GEN, CKK_EC_EDWARDS, [parameters])
        }
        KeyKind::X25519 => {
            let parameters = (CKA_EC_PARAMS, Value::bytes(keys::X25519));
            pair(CKM_EC_MONTGOMERY_KEY_PAIR_GEN, CKK_EC_MONTGOMERY, [parameters])
        }
        KeyKind::MlDsa65 => of_set(CKM_ML_DSA_KEY_PAIR_GEN, CKK_ML_DSA, sys::CKP_ML_DSA_65),
        KeyKind::MlKem768 => of_set(CKM_ML_KEM_KEY_PAIR_GEN, CKK_ML_KEM, sys::CKP_ML_KEM_768),
        KeyKind::SlhDsa128f => of_set(CKM_SLH_DSA_KEY_PAIR_GEN, CKK_SLH_DSA, sys::CKP_SLH_DSA_SHA2_128F),
    }
}

fn curve(parameters: &[u8]) -> Result<Keys> {
    pair(
        CKM_EC_KEY_PAIR_GEN,
        CKK_EC,
        [(CKA_EC_PARAMS, Value::bytes(parameters))],
    )
}

fn of_set(mechanism: MechanismId, key_type: KeyType, set: u64) -> Result<Keys> {
    pair(mechanism, key_type, [(CKA_PARAMETER_SET, Value::Ulong(set))])
}

fn secret(key_type: KeyType, value: &[u8]) -> Result<Keys> {
    let attributes = [(CKA_VALUE, Value::bytes(value))].into_iter().collect();
    let key = prepare(attributes, CKO_SECRET_KEY, key_type)?;
    Ok(Keys {
        private: key.clone(),
        public: key,
        rsa: None,
    })
}

fn pair<const N: usize>(
    mechanism: MechanismId,
    key_type: KeyType,
    template: [(AttributeType, Value); N],
) -> Result<Keys> {
    let template: AttributeSet = template.into_iter().collect();
    let generate = row(mechanism)?.roles.generate_pair.ok_or(NO_ROLE)?;
    let (mut public, private) = generate.generate(&Params::None, &template)?;
    for (attribute, value) in template {
        public.set(attribute, value);
    }
    Ok(Keys {
        private: prepare(private, CKO_PRIVATE_KEY, key_type)?,
        public: prepare(public, CKO_PUBLIC_KEY, key_type)?,
        rsa: None,
    })
}

fn prepare(mut attributes: AttributeSet, class: ObjectClass, key_type: KeyType) -> Result<Arc<KeyMaterial>> {
    attributes.set(CKA_CLASS, Value::Ulong(class.0));
    attributes.set(CKA_KEY_TYPE, Value::Ulong(key_type.0));
    KeyMaterial::prepare(&attributes).map(Arc::new)
}
