//! The bare primitives: what `C_SignInit` and `C_Sign` cost beyond them is the module's own.
//!
//! HMAC, AES-CBC and RSA signatures are the calls of `crypto/` themselves; the other rows are the mechanism's own
//! function with a key prepared once. Around both there is no module, session, object or C boundary.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;

use super::job::{Job, repeat};
use super::rows::{KeyKind, Work};
use crate::attribute::{AttributeSet, Value};
use crate::catalog;
use crate::ck::*;
use crate::crypto::aes::AesKey;
use crate::crypto::hash::Hash;
use crate::crypto::mac::HmacKey;
use crate::crypto::rsa::PrivateKey;
use crate::error::{Error, Result};
use crate::mechanism::params::ShortBytes;
use crate::mechanism::{KeyMaterial, MechanismSpec, Params};

/// Longest signature: RSA-4096.
const SIGNATURE_BYTES_MAX: usize = 512;

/// The keys that rows have asked for so far.
#[derive(Default)]
pub(super) struct Bare(HashMap<KeyKind, Keys>);

/// The keys of a row.
#[derive(Clone)]
pub(super) struct Keys {
    /// Of a pair the private key, of a secret key the key.
    private: Arc<KeyMaterial>,
    /// Of a pair the public key, of a secret key the key.
    public: Arc<KeyMaterial>,
    /// The same key without anything around it.
    rsa: Option<Arc<PrivateKey>>,
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

/// The job of a row with its keys, where there is a bare primitive for it.
pub(super) fn job(work: Work, keys: Option<&Keys>) -> std::result::Result<Job, String> {
    make(work, keys).map_err(|error| error.to_string())
}

fn make(work: Work, keys: Option<&Keys>) -> Result<Job> {
    if let Some(job) = primitive(work, keys) {
        return job;
    }
    match (work, keys) {
        (Work::Sign(signing, length), Some(keys)) => sign(row(signing.mechanism)?, keys, length),
        (Work::Verify(signing, length), Some(keys)) => verify(row(signing.mechanism)?, keys, length),
        (Work::Encrypt(cipher, length), Some(keys)) => encrypt(row(cipher.mechanism)?, keys, length),
        (Work::Decrypt(cipher, length), Some(keys)) => decrypt(row(cipher.mechanism)?, keys, length),
        (Work::Digest(mechanism, length), _) => digest(row(mechanism)?, length),
        _ => Err(Error::FunctionNotSupported("this row without a module")),
    }
}

/// The job of a row that is one call of `crypto/`.
fn primitive(work: Work, keys: Option<&Keys>) -> Option<Result<Job>> {
    match work {
        Work::Sign(signing, length) if signing.mechanism == CKM_SHA256_HMAC => {
            let (key, data, mut out) = (HmacKey::new(Hash::Sha256, &SECRET), vec![0x61; length], [0; 32]);
            Some(Ok(repeat(move || -> Result<()> {
                key.mac(black_box(&data), black_box(&mut out));
                Ok(())
            })))
        }
        Work::Encrypt(cipher, length) if cipher.mechanism == CKM_AES_CBC => {
            let (data, mut out) = (vec![0x61; length], vec![0; length]);
            let run = |key: AesKey| repeat(move || key.cbc_encrypt(&mut [7; 16], black_box(&data), &mut out));
            Some(AesKey::new(&SECRET).map(run))
        }
        Work::Sign(signing, length) if signing.mechanism == CKM_SHA256_RSA_PKCS => {
            let key = keys?.rsa.clone()?;
            let (data, mut digest, mut out) = (vec![0x61; length], [0; 32], vec![0; key.block_len()]);
            Some(Ok(repeat(move || {
                Hash::Sha256.digest(black_box(&data), &mut digest);
                key.sign_pkcs1(Some(Hash::Sha256), &digest, &mut out)
            })))
        }
        _ => None,
    }
}

/// The value of secret keys.
const SECRET: [u8; 32] = [0x5a; 32];
const NO_ROLE: Error = Error::FunctionNotSupported("this operation of the mechanism");

fn row(id: MechanismId) -> Result<&'static MechanismSpec> {
    let why = "this module does not have it";
    catalog::find(id).ok_or(Error::MechanismInvalid { mechanism: id, why })
}

/// Makes the key or pair of a kind as the module would.
fn generate(kind: KeyKind) -> Result<Keys> {
    match kind {
        KeyKind::Secret => secret(CKK_GENERIC_SECRET, &SECRET),
        KeyKind::Aes => secret(CKK_AES, &SECRET),
        KeyKind::Des3 => secret(CKK_DES3, b"\x01\x23\x45\x67\x89\xab\xcd\xef\xfe\xdc\xba\x98\x76\x54\x32\x10\x0e\x1f\x2a\x34\x45\x58\x6d\x70"),
        KeyKind::Rsa(bits) => {
            let bare = PrivateKey::generate(to_usize(bits.into()), &[1, 0, 1])?;
            let modulus_bits = (CKA_MODULUS_BITS, Value::Ulong(bits.into()));
            let exponent = (CKA_PUBLIC_EXPONENT, Value::bytes(&[1, 0, 1]));
            let mut keys = pair(CKM_RSA_PKCS_KEY_PAIR_GEN, CKK_RSA, [modulus_bits, exponent])?;
            keys.rsa = Some(Arc::new(bare));
            Ok(keys)
        }
        KeyKind::P256 => curve(b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"),
        KeyKind::P384 => curve(b"\x06\x05\x2b\x81\x04\x00\x22"),
        KeyKind::P521 => curve(b"\x06\x05\x2b\x81\x04\x00\x23"),
        KeyKind::Ed25519 => {
            let parameters = (CKA_EC_PARAMS, Value::bytes(b"\x06\x03\x2b\x65\x70"));
            pair(CKM_EC_EDWARDS_KEY_PAIR_GEN, CKK_EC_EDWARDS, [parameters])
        }
    }
}

fn curve(parameters: &[u8]) -> Result<Keys> {
    pair(
        CKM_EC_KEY_PAIR_GEN,
        CKK_EC,
        [(CKA_EC_PARAMS, Value::bytes(parameters))],
    )
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

/// The parameters that the benchmark uses, as for a module.
fn params(id: MechanismId) -> Params {
    match id {
        CKM_AES_CBC => Params::Iv(ShortBytes::new(&[7; 16])),
        CKM_DES3_CBC => Params::Iv(ShortBytes::new(&[7; 8])),
        CKM_AES_CTR => Params::AesCtr {
            counter_bits: 128,
            block: [7; 16],
        },
        CKM_AES_GCM => Params::Gcm {
            iv: ShortBytes::new(&[7; 12]),
            aad: Box::default(),
            tag_bits: 128,
        },
        CKM_SHA256_RSA_PKCS_PSS => Params::RsaPss {
            hash: Hash::Sha256,
            mgf: Hash::Sha256,
            salt_len: 32,
        },
        _ => Params::None,
    }
}

fn sign(row: &MechanismSpec, keys: &Keys, length: usize) -> Result<Job> {
    let (role, key, params) = (
        row.roles.sign.ok_or(NO_ROLE)?,
        keys.private.clone(),
        params(row.id),
    );
    role.check(&key, &params)?;
    let (data, mut out) = (vec![0x61; length], vec![0; role.signature_len(&key, &params)]);
    Ok(repeat(move || {
        role.sign(&key, &params, black_box(&data), &mut out)
    }))
}

fn verify(row: &MechanismSpec, keys: &Keys, length: usize) -> Result<Job> {
    let (role, params, data) = (row.roles.sign.ok_or(NO_ROLE)?, params(row.id), vec![0x61; length]);
    let mut signature = vec![
        0;
        role.signature_len(&keys.private, &params)
            .min(SIGNATURE_BYTES_MAX)
    ];
    role.sign(&keys.private, &params, &data, &mut signature)?;
    let (role, key) = (row.roles.verify.ok_or(NO_ROLE)?, keys.public.clone());
    Ok(repeat(move || {
        role.verify(&key, &params, black_box(&data), &signature)
    }))
}

fn encrypt(row: &MechanismSpec, keys: &Keys, length: usize) -> Result<Job> {
    let (role, key, params) = (
        row.roles.encrypt.ok_or(NO_ROLE)?,
        keys.public.clone(),
        params(row.id),
    );
    role.check(&key, &params)?;
    let data = vec![0x61; length];
    let mut out = vec![0; role.output_len(&key, &params, length)?];
    Ok(repeat(move || {
        role.oneshot(&key, &params, black_box(&data), &mut out)
            .map(|_| ())
    }))
}

fn decrypt(row: &MechanismSpec, keys: &Keys, length: usize) -> Result<Job> {
    let (role, params, data) = (
        row.roles.encrypt.ok_or(NO_ROLE)?,
        params(row.id),
        vec![0x61; length],
    );
    let mut encrypted = vec![0; role.output_len(&keys.public, &params, length)?];
    let written = role.oneshot(&keys.public, &params, &data, &mut encrypted)?;
    encrypted.truncate(written);
    let (role, key) = (row.roles.decrypt.ok_or(NO_ROLE)?, keys.private.clone());
    let mut out = vec![0; role.output_len(&key, &params, encrypted.len())?];
    Ok(repeat(move || {
        role.oneshot(&key, &params, black_box(&encrypted), &mut out)
            .map(|_| ())
    }))
}

fn digest(row: &MechanismSpec, length: usize) -> Result<Job> {
    let role = row.roles.digest.ok_or(NO_ROLE)?;
    let (data, mut out) = (vec![0x61; length], vec![0; role.digest_len()]);
    Ok(repeat(move || role.digest(black_box(&data), &mut out)))
}
