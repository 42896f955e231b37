//! Unwrapping: arbitrary blobs, wrapped garbage, and wrapped keys that were damaged. A key that comes out can be
//! used, and its value is what was wrapped.
#![no_main]

use arbitrary::{Arbitrary, Unstructured};
use cryptoki_sys::*;
use libfuzzer_sys::fuzz_target;
use vhsm::attribute::Value;
use vhsm::ck::{AttributeType, ObjectClass};
use vhsm_fuzz::call;
use vhsm_fuzz::memory::Arena;
use vhsm_fuzz::module::Session;
use vhsm_fuzz::operations::{KEYS, Key, create};
use vhsm_fuzz::samples::PRIVATE_KEYS;
use vhsm_fuzz::words::{Bytes, Mechanism, Room, Template};

#[derive(Debug)]
struct Input {
    mechanism: Mechanism,
    key: Key,
    payload: Payload,
    flips: Vec<(u8, u8)>,
    template: Template,
}

#[derive(Arbitrary, Debug)]
enum Payload {
    /// Not wrapped by anybody.
    Blob(Bytes),
    /// These bytes, well wrapped.
    Bytes(Vec<u8>),
    /// PKCS#8 of a sample, with some bytes changed, well wrapped.
    PrivateKey(u8, Vec<(u8, u8)>),
}

impl<'a> Arbitrary<'a> for Input {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let rows: Vec<_> = vhsm::catalog::all()
            .filter(|row| row.roles.unwrap.is_some())
            .collect();
        let row = *u.choose(&rows)?;
        let fits =
            |key: &&Key| row.key.types.contains(&key.key_type) && key.class != ObjectClass(CKO_PUBLIC_KEY);
        let keys: Vec<_> = KEYS.iter().filter(fits).collect();
        Ok(Self {
            mechanism: Mechanism::of(row.id, u)?,
            key: **u.choose(&keys)?,
            payload: u.arbitrary()?,
            flips: u.arbitrary()?,
            template: u.arbitrary()?,
        })
    }
}

fn flip(bytes: &mut [u8], flips: &[(u8, u8)]) {
    for (at, bits) in flips {
        if let Some(byte) = bytes.get_mut(usize::from(*at)) {
            *byte ^= bits;
        }
    }
}

impl Input {
    /// The payload as the value of a secret key, wrapped.
    fn wrapped(&self, session: &Session, payload: &[u8]) -> Option<Vec<u8>> {
        let carrier = Template::default()
            .with(AttributeType(CKA_CLASS), &Value::Ulong(CKO_SECRET_KEY))
            .with(AttributeType(CKA_KEY_TYPE), &Value::Ulong(CKK_GENERIC_SECRET))
            .with(AttributeType(CKA_EXTRACTABLE), &Value::Bool(true))
            .with(AttributeType(CKA_VALUE), &Value::bytes(payload));
        let carrier = create(session.0, &carrier)?;
        let mut arena = Arena::default();
        let (mechanism, out) = (self.mechanism.place(&mut arena), Room::Enough.place(&mut arena));
        let wrapping = self.key.other;
        let rv = call!(C_WrapKey(
            session.0,
            mechanism,
            wrapping,
            carrier,
            out.pointer,
            out.length
        ));
        (rv == CKR_OK).then(|| out.output())
    }

    fn unwrapped(&self, session: &Session, blob: &Bytes, template: &Template) -> Option<CK_OBJECT_HANDLE> {
        let mut arena = Arena::default();
        let mechanism = self.mechanism.place(&mut arena);
        let ((blob, length), (attributes, count)) = (blob.place(&mut arena), template.place(&mut arena));
        let mut key = 0;
        let rv = call!(C_UnwrapKey(
            session.0,
            mechanism,
            self.key.handle,
            blob,
            length,
            attributes,
            count,
            &raw mut key
        ));
        assert_eq!(rv == CKR_OK, key != 0);
        (key != 0).then_some(key)
    }
}

/// The value of a secret key that shows it.
fn value(session: &Session, key: CK_OBJECT_HANDLE) -> Option<Vec<u8>> {
    let mut value = [0; 4096];
    let mut wanted = CK_ATTRIBUTE {
        type_: CKA_VALUE,
        pValue: value.as_mut_ptr().cast(),
        ulValueLen: 4096,
    };
    let rv = call!(C_GetAttributeValue(session.0, key, &raw mut wanted, 1));
    (rv == CKR_OK).then(|| value[..wanted.ulValueLen as usize].to_vec())
}

/// Uses a private or secret key in every way that its type has.
fn use_it(session: &Session, key: CK_OBJECT_HANDLE) {
    for mechanism in [
        CKM_SHA256_RSA_PKCS,
        CKM_ECDSA_SHA256,
        CKM_EDDSA,
        CKM_SHA256_HMAC,
        CKM_AES_CMAC,
        CKM_DES3_CMAC,
    ] {
        let mut arena = Arena::default();
        let mut mechanism = CK_MECHANISM {
            mechanism,
            pParameter: std::ptr::null_mut(),
            ulParameterLen: 0,
        };
        if call!(C_SignInit(session.0, &raw mut mechanism, key)) == CKR_OK {
            let out = Room::Enough.place(&mut arena);
            let rv = call!(C_Sign(
                session.0,
                arena.bytes(b"data"),
                4,
                out.pointer,
                out.length
            ));
            out.check(rv);
            // A short RSA key cannot hold the hash; an RSA key whose parts do not fit together gives nothing.
            assert!(
                [CKR_OK, CKR_KEY_SIZE_RANGE, CKR_USER_NOT_LOGGED_IN].contains(&rv),
                "{}",
                vhsm::ck::Rv(rv)
            );
        }
    }
}

fuzz_target!(|input: Input| {
    let session = Session::new();
    let (payload, blob) = match &input.payload {
        Payload::Blob(blob) => (None, Some(blob.clone())),
        Payload::Bytes(bytes) => (
            Some(bytes.clone()),
            input.wrapped(&session, bytes).map(Bytes::Given),
        ),
        Payload::PrivateKey(sample, flips) => {
            let mut bytes = PRIVATE_KEYS[usize::from(*sample) % PRIVATE_KEYS.len()].1.to_vec();
            flip(&mut bytes, flips);
            let blob = input.wrapped(&session, &bytes).map(Bytes::Given);
            (Some(bytes), blob)
        }
    };
    let Some(mut blob) = blob else { return };
    let damaged =
        !input.flips.is_empty() && matches!(input.payload, Payload::Bytes(_) | Payload::PrivateKey(..));
    if let Bytes::Given(bytes) = &mut blob {
        flip(bytes, &input.flips);
    }
    let template = input
        .template
        .clone()
        .without(AttributeType(CKA_VALUE))
        .with(AttributeType(CKA_TOKEN), &Value::Bool(false));
    let Some(key) = input.unwrapped(&session, &blob, &template) else {
        return;
    };
    use_it(&session, key);
    if let (Some(payload), false, Some(value)) = (payload, damaged, value(&session, key)) {
        // Private values come in PKCS#8, and DES keys with their parity set.
        let ends =
            payload.starts_with(&value) || payload.windows(value.len().max(1)).any(|part| part == value);
        let des = payload
            .iter()
            .zip(&value)
            .all(|(told, kept)| told | 1 == kept | 1);
        assert!(
            ends || des || payload.starts_with(&[0x30]),
            "{payload:02x?} gave {value:02x?}"
        );
    }
});
