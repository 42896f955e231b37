//! Makes calls of a row: a [`Job`] runs the row's operation so many times and says how long that took.
//!
//! The loop stands inside the job, so that no indirect call is measured; what prepares an operation or
//! clears up after it is not timed.

use std::hint::black_box;
use std::time::{Duration, Instant};

use super::keys::{self, Keys};
use super::rows::{Place, Work};
use super::table::{Cipher, Signing};
use super::{job_keys, payment};
use crate::ck::*;
use crate::client::{Library, Mechanism, Result, Session, Template};

/// Runs an operation so many times; gives the time that the operations took together.
pub(super) type Job = Box<dyn FnMut(u64) -> std::result::Result<Duration, String>>;

/// Longest signature: SLH-DSA with 128 bits, fast.
const SIGNATURE_BYTES_MAX: usize = 17_088;
/// Longest attribute that is read: the modulus of RSA-4096.
const ATTRIBUTE_BYTES_MAX: usize = 512;
/// More than any mechanism adds to its input.
const CIPHER_BYTES_ADDED: usize = 64;
/// Different objects that a search row looks for in turn.
const SOUGHT: usize = 64;

/// The job of a row, on its own session, with the row's keys if it has any.
pub(super) fn job(work: Work, library: Library, slot: SlotId, keys: Option<Keys>) -> Result<Job> {
    let session = Session::open(library, slot)?;
    let none = Keys {
        private: ObjectHandle(0),
        public: ObjectHandle(0),
    };
    let keys = keys.unwrap_or(none);
    match work {
        Work::Sign(signing, length) => sign(session, signing, length, keys),
        Work::Verify(signing, length) => verify(session, signing, length, keys),
        Work::Encrypt(cipher, length) => encrypt(session, cipher, length, keys),
        Work::Decrypt(cipher, length) => decrypt(session, cipher, length, keys),
        Work::Digest(mechanism, length) => Ok(digest(session, mechanism, length)),
        Work::Derive(derivation) => job_keys::derive(session, derivation, keys),
        Work::Encapsulate(_, mechanism) => job_keys::encapsulate(session, mechanism, keys),
        Work::Decapsulate(_, mechanism) => job_keys::decapsulate(session, mechanism, keys),
        Work::Payment(payment) => payment::job(session, payment, keys),
        Work::Random(length) => {
            let mut out = vec![0; length];
            Ok(repeat(move || session.random(black_box(&mut out))))
        }
        Work::OpenSession => Ok(repeat(move || Session::open(library, slot)?.close())),
        Work::Attribute(_, attribute) => {
            let mut out = vec![0; ATTRIBUTE_BYTES_MAX];
            Ok(repeat(move || {
                session.attribute(keys.public, attribute, &mut out).map(drop)
            }))
        }
        Work::Generate(kind) => Ok(cleared(session, move |session, _| {
            let keys = keys::generate(session, kind, Place::Session)?;
            Ok([keys.private, keys.public])
        })),
        Work::Create(place) => Ok(create(session, place)),
        Work::Destroy(place) => Ok(destroy(session, place)),
        Work::Find(attribute, count) => Ok(find(session, attribute, count)),
        Work::Start(..) => Ok(Box::new(|_| Err("measured in a process of its own".into()))),
    }
}

/// Times a plain loop.
pub(super) fn repeat<E: ToString>(
    mut operation: impl FnMut() -> std::result::Result<(), E> + 'static,
) -> Job {
    Box::new(move |count| {
        let start = Instant::now();
        for _ in 0..count {
            operation().map_err(|e| e.to_string())?;
        }
        Ok(start.elapsed())
    })
}

/// The mechanism with the parameters that the benchmark uses, for data of so many bytes.
fn mechanism(id: MechanismId, length: usize) -> Mechanism {
    match id {
        CKM_AES_CBC | CKM_AES_CTS | CKM_AES_OFB | CKM_AES_CFB128 | CKM_AES_XTS => {
            Mechanism::with_bytes(id, &[7; 16])
        }
        CKM_DES3_CBC => Mechanism::with_bytes(id, &[7; 8]),
        CKM_AES_CTR => Mechanism::with_counter(id, [7; 16]),
        CKM_AES_GCM => Mechanism::with_gcm(id, &[7; 12]),
        CKM_AES_CCM => Mechanism::with_ccm(id, length, &[7; 12]),
        CKM_CHACHA20_POLY1305 => Mechanism::with_poly1305(id, &[7; 12]),
        CKM_SHA256_RSA_PKCS_PSS => Mechanism::with_pss(id, CKM_SHA256, sys::CKG_MGF1_SHA256, 32),
        _ => Mechanism::plain(id),
    }
}

fn sign(session: Session, signing: &Signing, length: usize, keys: Keys) -> Result<Job> {
    let (mechanism, data) = (mechanism(signing.mechanism, length), vec![0x61; length]);
    let mut out = vec![0; SIGNATURE_BYTES_MAX];
    session.sign_init(&mechanism, keys.private)?;
    session.sign(&data, &mut out)?;
    Ok(repeat(move || {
        session.sign_init(&mechanism, keys.private)?;
        session.sign(black_box(&data), &mut out).map(|_| ())
    }))
}

fn verify(session: Session, signing: &Signing, length: usize, keys: Keys) -> Result<Job> {
    let (mechanism, data) = (mechanism(signing.mechanism, length), vec![0x61; length]);
    let mut signature = vec![0; SIGNATURE_BYTES_MAX];
    session.sign_init(&mechanism, keys.private)?;
    let signed = session.sign(&data, &mut signature)?;
    signature.truncate(signed);
    Ok(repeat(move || {
        session.verify_init(&mechanism, keys.public)?;
        session.verify(black_box(&data), &signature)
    }))
}

fn encrypt(session: Session, cipher: &Cipher, length: usize, keys: Keys) -> Result<Job> {
    let (mechanism, data) = (mechanism(cipher.mechanism, length), vec![0x61; length]);
    let mut out = vec![0; length.saturating_add(CIPHER_BYTES_ADDED)];
    session.encrypt_init(&mechanism, keys.public)?;
    session.encrypt(&data, &mut out)?;
    Ok(repeat(move || {
        session.encrypt_init(&mechanism, keys.public)?;
        session.encrypt(black_box(&data), &mut out).map(|_| ())
    }))
}

fn decrypt(session: Session, cipher: &Cipher, length: usize, keys: Keys) -> Result<Job> {
    let (mechanism, data) = (mechanism(cipher.mechanism, length), vec![0x61; length]);
    let mut encrypted = vec![0; length.saturating_add(CIPHER_BYTES_ADDED)];
    let mut out = encrypted.clone();
    session.encrypt_init(&mechanism, keys.public)?;
    let produced = session.encrypt(&data, &mut encrypted)?;
    encrypted.truncate(produced);
    Ok(repeat(move || {
        session.decrypt_init(&mechanism, keys.private)?;
        session.decrypt(black_box(&encrypted), &mut out).map(|_| ())
    }))
}

fn digest(session: Session, id: MechanismId, length: usize) -> Job {
    let (mechanism, data, mut out) = (mechanism(id, length), vec![0x61; length], [0; 64]);
    repeat(move || {
        session.digest_init(&mechanism)?;
        session.digest(black_box(&data), &mut out).map(|_| ())
    })
}

/// As many objects stand at a time where objects are made: about what an application has of them.
const STANDING: u64 = 64;

/// Times what makes objects, and destroys them untimed.
pub(super) fn cleared<const N: usize>(
    session: Session,
    mut make: impl FnMut(&Session, u64) -> Result<[ObjectHandle; N]> + 'static,
) -> Job {
    let mut made = Vec::with_capacity(to_usize(STANDING));
    Box::new(move |count| {
        let mut elapsed = Duration::ZERO;
        for first in (0..count).step_by(to_usize(STANDING)) {
            let start = Instant::now();
            let result = (first..count.min(first.saturating_add(STANDING)))
                .try_for_each(|number| make(&session, number).map(|new| made.push(new)));
            elapsed = elapsed.saturating_add(start.elapsed());
            for handles in made.drain(..) {
                // The two handles of a secret key are one: the second call may say so.
                for handle in handles {
                    let _ = session.destroy_object(handle);
                }
            }
            result.map_err(|e| e.to_string())?;
        }
        Ok(elapsed)
    })
}

fn create(session: Session, place: Place) -> Job {
    let template = keys::numbered(999_999, place);
    cleared(session, move |session, _| Ok([session.create_object(&template)?]))
}

fn destroy(session: Session, place: Place) -> Job {
    let template = keys::numbered(999_999, place);
    Box::new(move |count| {
        let run = || {
            let made = (0..count)
                .map(|_| session.create_object(&template))
                .collect::<Result<Vec<_>>>()?;
            let start = Instant::now();
            made.into_iter()
                .try_for_each(|handle| session.destroy_object(handle))?;
            Ok(start.elapsed())
        };
        run().map_err(|e: crate::client::Error| e.to_string())
    })
}

/// Searches for objects spread over the whole number of them, one after the other.
fn find(session: Session, attribute: AttributeType, count: usize) -> Job {
    let sought = SOUGHT.min(count.max(1));
    let templates: Vec<_> = (0..sought)
        .map(|at| {
            let number = at.saturating_mul(count) / sought;
            let template = Template::new().ulong(CKA_CLASS, CKO_SECRET_KEY.0);
            match attribute {
                CKA_LABEL => template.bytes(CKA_LABEL, keys::label(number).as_bytes()),
                _ => template.bytes(attribute, &to_ulong(number).to_be_bytes()),
            }
        })
        .collect();
    let mut next = 0;
    repeat(move || {
        let template = templates.get(next).or_else(|| templates.first());
        next = if next.saturating_add(1) >= sought {
            0
        } else {
            next.saturating_add(1)
        };
        let found = template.map(|template| session.find_first(template)).transpose();
        match found.map_err(|e| e.to_string())?.flatten() {
            Some(_) => Ok(()),
            None => Err("the object was not found".to_owned()),
        }
    })
}
