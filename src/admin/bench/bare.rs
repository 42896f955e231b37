//! The bare primitives: what `C_SignInit` and `C_Sign` cost beyond them is the module's own.
//!
//! HMAC, AES-CBC and RSA signatures are the calls of `crypto/` themselves; the other rows are the mechanism's own
//! function with a key prepared once. Around both there is no module, session, object or C boundary.

use std::hint::black_box;

use super::bare_keys::{Keys, SECRET};
use super::job::{Job, repeat};
use super::payment::{self, Payment};
use super::rows::Work;
use crate::catalog;
use crate::ck::*;
use crate::crypto::aes::AesKey;
use crate::crypto::hash::Hash;
use crate::crypto::mac::HmacKey;
use crate::error::{Error, Result};
use crate::mechanism::params::CcmParams;
use crate::mechanism::{MechanismSpec, Params, ShortBytes};

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
        (Work::Encapsulate(_, mechanism), Some(keys)) => encapsulate(row(mechanism)?, keys),
        (Work::Decapsulate(_, mechanism), Some(keys)) => decapsulate(row(mechanism)?, keys),
        (Work::Digest(mechanism, length), _) => digest(row(mechanism)?, length),
        _ => Err(Error::FunctionNotSupported("this row without a module")),
    }
}

/// The job of a row that is one call of `crypto/`.
fn primitive(work: Work, keys: Option<&Keys>) -> Option<Result<Job>> {
    match work {
        Work::Payment(payment) if !matches!(payment, Payment::Unwrap(_)) => Some(payment::bare(payment)),
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

pub(super) const NO_ROLE: Error = Error::FunctionNotSupported("this operation of the mechanism");

pub(super) fn row(id: MechanismId) -> Result<&'static MechanismSpec> {
    let why = "this module does not have it";
    catalog::find(id).ok_or(Error::MechanismInvalid { mechanism: id, why })
}

/// The parameters that the benchmark uses, as for a module, for data of so many bytes.
fn params(id: MechanismId, length: usize) -> Params {
    match id {
        CKM_AES_CBC | CKM_AES_CTS | CKM_AES_OFB | CKM_AES_CFB128 | CKM_AES_XTS => {
            Params::Iv(ShortBytes::new(&[7; 16]))
        }
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
        CKM_AES_CCM => Params::Ccm(CcmParams {
            data_len: to_ulong(length),
            nonce: ShortBytes::new(&[7; 12]),
            aad: Box::default(),
            tag_len: 16,
        }),
        CKM_CHACHA20_POLY1305 => Params::StreamPoly1305 {
            nonce: ShortBytes::new(&[7; 12]),
            aad: Box::default(),
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
        params(row.id, length),
    );
    role.check(&key, &params)?;
    let (data, mut out) = (vec![0x61; length], vec![0; role.signature_len(&key, &params)]);
    Ok(repeat(move || {
        role.sign(&key, &params, black_box(&data), &mut out)
    }))
}

fn verify(row: &MechanismSpec, keys: &Keys, length: usize) -> Result<Job> {
    let (role, params, data) = (
        row.roles.sign.ok_or(NO_ROLE)?,
        params(row.id, length),
        vec![0x61; length],
    );
    let mut signature = vec![0; role.signature_len(&keys.private, &params)];
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
        params(row.id, length),
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
        params(row.id, length),
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

/// Length of the encapsulated key in bytes.
const SHARED_LEN: usize = 32;

fn encapsulate(row: &MechanismSpec, keys: &Keys) -> Result<Job> {
    let (role, key) = (row.roles.encapsulate.ok_or(NO_ROLE)?, keys.public.clone());
    role.check(&key, &Params::None)?;
    let mut ciphertext = vec![0; role.ciphertext_len(&key, &Params::None)?];
    Ok(repeat(move || {
        role.encapsulate(&key, &Params::None, Some(SHARED_LEN), black_box(&mut ciphertext))
            .map(|_| ())
    }))
}

fn decapsulate(row: &MechanismSpec, keys: &Keys) -> Result<Job> {
    let role = row.roles.encapsulate.ok_or(NO_ROLE)?;
    let mut ciphertext = vec![0; role.ciphertext_len(&keys.public, &Params::None)?];
    role.encapsulate(&keys.public, &Params::None, Some(SHARED_LEN), &mut ciphertext)?;
    let (role, key) = (row.roles.decapsulate.ok_or(NO_ROLE)?, keys.private.clone());
    Ok(repeat(move || {
        role.decapsulate(&key, &Params::None, black_box(&ciphertext), Some(SHARED_LEN))
            .map(|_| ())
    }))
}
