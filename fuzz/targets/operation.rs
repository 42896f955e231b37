//! Mechanism parameters and data of every operation: what is encrypted is decrypted to the same, what is signed
//! verifies, in parts comes out what comes out in one call, and a length that was told suffices.
#![no_main]

use arbitrary::{Arbitrary, Unstructured};
use cryptoki_sys::*;
use libfuzzer_sys::fuzz_target;
use vhsm::ck::{AttributeType, CKM_RSA_X_509, KeyType, MechanismId, ObjectClass, Rv};
use vhsm::mechanism::MechanismSpec;
use vhsm_fuzz::call;
use vhsm_fuzz::memory::Arena;
use vhsm_fuzz::module::{Session, works};
use vhsm_fuzz::operations::{Class, KEYS, Key, cancel_all};
use vhsm_fuzz::words::{Bytes, Mechanism, Room, Template};

/// Derivations whose results come through the parameter, and not as a handle [PKCS#11 3.2, 6.26; Historical 3.1, 2.25].
const HAND_NOTHING_OVER: [&str; 4] = [
    "CKM_TLS_PRF",
    "CKM_TLS_KEY_AND_MAC_DERIVE",
    "CKM_TLS12_KEY_AND_MAC_DERIVE",
    "CKM_TLS12_KEY_SAFE_DERIVE",
];

#[derive(Debug)]
struct Input {
    role: Role,
    mechanism: Mechanism,
    key: Key,
    data: Bytes,
    signature: Bytes,
    room: Room,
    cuts: Vec<u8>,
    template: Template,
}

#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Bytes(Class),
    Verify,
    Generate,
    GeneratePair,
    Wrap,
    Unwrap,
    Derive,
}

impl Role {
    fn is_of(self, row: &MechanismSpec) -> bool {
        let roles = &row.roles;
        match self {
            Self::Bytes(Class::Encrypt) => roles.encrypt.is_some(),
            Self::Bytes(Class::Decrypt) => roles.decrypt.is_some(),
            Self::Bytes(Class::Sign) => roles.sign.is_some(),
            Self::Bytes(Class::Digest) => roles.digest.is_some(),
            Self::Verify => roles.verify.is_some(),
            Self::Generate => roles.generate.is_some(),
            Self::GeneratePair => roles.generate_pair.is_some(),
            Self::Wrap => roles.wrap.is_some(),
            Self::Unwrap => roles.unwrap.is_some(),
            Self::Derive => roles.derive.is_some() || roles.derive_objects.is_some(),
        }
    }

    fn class(self) -> ObjectClass {
        ObjectClass(match self {
            Self::Bytes(Class::Encrypt) | Self::Verify | Self::Wrap => CKO_PUBLIC_KEY,
            _ => CKO_PRIVATE_KEY,
        })
    }
}

/// Whether a key suits: its type, and of a pair the right half.
fn suits(key: &Key, types: &[KeyType], role: Role) -> bool {
    types.contains(&key.key_type) && (key.class == role.class() || key.class == ObjectClass(CKO_SECRET_KEY))
}

impl<'a> Arbitrary<'a> for Input {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let role: Role = u.arbitrary()?;
        let rows: Vec<_> = vhsm::catalog::all().filter(|row| role.is_of(row)).collect();
        let mechanism = match u.ratio(15, 16)? {
            true => Mechanism::of(u.choose(&rows)?.id, u)?,
            false => u.arbitrary()?,
        };
        let types = vhsm::catalog::find(mechanism.id).map_or(&[][..], |row| row.key.types);
        let fitting: Vec<_> = KEYS.iter().filter(|key| suits(key, types, role)).collect();
        let key = match u.ratio(15, 16)? && !fitting.is_empty() {
            true => **u.choose(&fitting)?,
            false => *u.choose(&KEYS)?,
        };
        Ok(Self {
            role,
            mechanism,
            key,
            data: u.arbitrary()?,
            signature: u.arbitrary()?,
            room: u.arbitrary()?,
            cuts: u.arbitrary()?,
            template: u.arbitrary::<Template>()?.without(AttributeType(CKA_TOKEN)),
        })
    }
}

/// Whether the same data gives the same result.
fn is_deterministic(class: Class, mechanism: MechanismId) -> bool {
    match (class, mechanism.0) {
        (Class::Encrypt, CKM_RSA_PKCS | CKM_RSA_PKCS_OAEP) => false,
        (Class::Sign, _) => {
            let name = mechanism.to_string();
            !["PSS", "ECDSA", "_DSA"]
                .iter()
                .any(|random| name.contains(random))
        }
        _ => true,
    }
}

impl Input {
    fn init(&self, session: &Session, class: Class, key: CK_OBJECT_HANDLE) -> CK_RV {
        let mut arena = Arena::default();
        class.init(session.0, self.mechanism.place(&mut arena), key)
    }

    fn init_verify(&self, session: &Session, key: CK_OBJECT_HANDLE) -> CK_RV {
        let mut arena = Arena::default();
        call!(C_VerifyInit(session.0, self.mechanism.place(&mut arena), key))
    }

    fn bytes(&self, class: Class) {
        let session = Session::new();
        if self.init(&session, class, self.key.handle) != CKR_OK {
            return;
        }
        let (mut rv, mut result) = class.whole(session.0, &self.data, self.room);
        if (rv == CKR_OK && matches!(self.room, Room::Query)) || rv == CKR_BUFFER_TOO_SMALL {
            (rv, result) = class.whole(session.0, &self.data, Room::Enough);
            assert_ne!(rv, CKR_BUFFER_TOO_SMALL);
            assert_ne!(rv, CKR_OPERATION_NOT_INITIALIZED);
        }
        let data: &[u8] = match &self.data {
            Bytes::Given(data) => data,
            Bytes::Null(0) => &[],
            _ => {
                assert_ne!(rv, CKR_OK, "data that is not there");
                return;
            }
        };
        if !matches!(self.room, Room::NoLength) {
            self.same_in_parts(&session, class, data, (rv, &result));
            self.same_elsewhere(&session, class, data, (rv, &result));
        }
        if rv == CKR_OK {
            match class {
                Class::Encrypt => self.decrypts(&session, data, &result),
                Class::Sign => {
                    self.verifies(&session, data, &result);
                    self.verifies_otherwise(&session, data, &result);
                }
                _ => {}
            }
        }
    }

    fn same_in_parts(&self, session: &Session, class: Class, data: &[u8], (rv, result): (CK_RV, &[u8])) {
        works(self.init(session, class, self.key.handle));
        let parts = class.in_parts(session.0, data, &self.cuts);
        cancel_all(session.0);
        match parts {
            Ok(_) if rv != CKR_OK => panic!("in parts it works, in one call {}", Rv(rv)),
            Ok(parts) if is_deterministic(class, self.mechanism.id) => assert_eq!(parts, result),
            Ok(_) | Err(CKR_FUNCTION_NOT_SUPPORTED) => {}
            Err(refused) => assert_ne!(rv, CKR_OK, "in one call it works, in parts {}", Rv(refused)),
        }
    }

    /// The operation is saved somewhere in the middle and goes on in another session.
    fn same_elsewhere(&self, session: &Session, class: Class, data: &[u8], (rv, result): (CK_RV, &[u8])) {
        let cut = usize::from(self.cuts.first().copied().unwrap_or(0)).min(data.len());
        works(self.init(session, class, self.key.handle));
        let first = class.update(session.0, &Bytes::Given(data[..cut].to_vec()), Room::Enough);
        let state = (first.0 == CKR_OK).then(|| saved(session.0)).flatten();
        cancel_all(session.0);
        let Some(state) = state else { return };
        let other = Session::new();
        works(call!(C_SetOperationState(
            other.0,
            state.as_ptr().cast_mut(),
            state.len() as CK_ULONG,
            0,
            0
        )));
        match class.in_parts(other.0, &data[cut..], &self.cuts) {
            Ok(rest) => assert_eq!((rv, [&first.1[..], &rest].concat()), (CKR_OK, result.to_vec())),
            Err(refused) => assert_ne!(rv, CKR_OK, "elsewhere {}", Rv(refused)),
        }
    }

    /// The signature first; as a message; and what the data is recovered from.
    fn verifies_otherwise(&self, session: &Session, data: &[u8], signature: &[u8]) {
        let mut arena = Arena::default();
        let (s, key, none) = (session.0, self.key.other, std::ptr::null_mut());
        let mechanism = self.mechanism.place(&mut arena);
        let (data_pointer, length) = (arena.bytes(data), data.len() as CK_ULONG);
        let (given, signature_length) = (arena.bytes(signature), signature.len() as CK_ULONG);
        works(call!(C_VerifySignatureInit(
            s,
            mechanism,
            key,
            given,
            signature_length
        )));
        works(call!(C_VerifySignature(s, data_pointer, length)));
        works(call!(C_MessageVerifyInit(s, mechanism, key)));
        works(call!(C_VerifyMessage(
            s,
            none,
            0,
            data_pointer,
            length,
            given,
            signature_length
        )));
        works(call!(C_VerifyMessageBegin(s, none, 0)));
        works(call!(C_VerifyMessageNext(
            s,
            none,
            0,
            data_pointer,
            length,
            given,
            signature_length
        )));
        works(call!(C_MessageVerifyFinal(s)));
        let recovers = |row: &MechanismSpec| row.roles.verify_recover.is_some();
        if vhsm::catalog::find(self.mechanism.id).is_some_and(recovers) {
            works(call!(C_VerifyRecoverInit(s, mechanism, key)));
            let out = Room::Enough.place(&mut arena);
            works(call!(C_VerifyRecover(
                s,
                given,
                signature_length,
                out.pointer,
                out.length
            )));
            assert!(out.output().ends_with(data));
        }
    }

    fn decrypts(&self, session: &Session, data: &[u8], result: &[u8]) {
        if self.key.class != ObjectClass(CKO_SECRET_KEY) && self.key.class != ObjectClass(CKO_PUBLIC_KEY) {
            return;
        }
        works(self.init(session, Class::Decrypt, self.key.other));
        let (rv, plain) = Class::Decrypt.whole(session.0, &Bytes::Given(result.to_vec()), Room::Enough);
        works(rv);
        match self.mechanism.id == CKM_RSA_X_509 {
            true => assert!(plain.ends_with(data)),
            false => assert_eq!(plain, data),
        }
    }

    fn verifies(&self, session: &Session, data: &[u8], signature: &[u8]) {
        works(self.init_verify(session, self.key.other));
        works(verify(
            session.0,
            &Bytes::Given(data.to_vec()),
            &Bytes::Given(signature.to_vec()),
        ));
        if let Some((last, start)) = signature.split_last() {
            works(self.init_verify(session, self.key.other));
            let wrong = [start, &[last ^ 1]].concat();
            let rv = verify(session.0, &Bytes::Given(data.to_vec()), &Bytes::Given(wrong));
            assert!(
                [CKR_SIGNATURE_INVALID, CKR_SIGNATURE_LEN_RANGE].contains(&rv),
                "{}",
                Rv(rv)
            );
        }
    }

    fn verify(&self) {
        let session = Session::new();
        if self.init_verify(&session, self.key.handle) == CKR_OK {
            let rv = verify(session.0, &self.data, &self.signature);
            assert_eq!(
                verify(session.0, &self.data, &self.signature),
                CKR_OPERATION_NOT_INITIALIZED
            );
            let (Bytes::Given(data), Bytes::Given(signature)) = (&self.data, &self.signature) else {
                return;
            };
            works(self.init_verify(&session, self.key.handle));
            let (length, signature_length) = (data.len() as CK_ULONG, signature.len() as CK_ULONG);
            let fed = call!(C_VerifyUpdate(session.0, data.as_ptr().cast_mut(), length));
            if fed == CKR_OK {
                let parts = call!(C_VerifyFinal(
                    session.0,
                    signature.as_ptr().cast_mut(),
                    signature_length
                ));
                assert_eq!(parts == CKR_OK, rv == CKR_OK);
            }
        }
    }

    fn make(&self) {
        let session = Session::new();
        let mut arena = Arena::default();
        vhsm_fuzz::derivation::KEY.store(self.key.handle, std::sync::atomic::Ordering::Relaxed);
        let mechanism = self.mechanism.place(&mut arena);
        let (template, count) = self.template.place(&mut arena);
        let (mut made, mut other) = (0, 0);
        let rv = match self.role {
            // Primes take seconds.
            Role::Generate if self.mechanism.id.to_string().contains("PARAMETER_GEN") => return,
            Role::Generate => call!(C_GenerateKey(
                session.0,
                mechanism,
                template,
                count,
                &raw mut made
            )),
            Role::Derive => call!(C_DeriveKey(
                session.0,
                mechanism,
                self.key.handle,
                template,
                count,
                &raw mut made
            )),
            // RSA key pairs take seconds.
            Role::GeneratePair if self.mechanism.id.to_string().contains("RSA") => return,
            _ => call!(C_GenerateKeyPair(
                session.0,
                mechanism,
                template,
                count,
                std::ptr::null_mut(),
                0,
                &raw mut other,
                &raw mut made
            )),
        };
        let hands_over = !HAND_NOTHING_OVER.contains(&self.mechanism.id.to_string().as_str());
        assert_eq!(made != 0, rv == CKR_OK && hands_over, "{}", self.mechanism.id);
        assert_eq!(other != 0, rv == CKR_OK && self.role == Role::GeneratePair);
        for object in [made, other].into_iter().filter(|object| *object != 0) {
            let _ = call!(C_DestroyObject(session.0, object));
        }
    }

    fn wrap(&self) {
        let session = Session::new();
        let target = KEYS[self.cuts.len() % KEYS.len()];
        let mut arena = Arena::default();
        let mechanism = self.mechanism.place(&mut arena);
        for room in [self.room, Room::Query, Room::Enough] {
            let out = room.place(&mut arena);
            let key = self.key.handle;
            let rv = call!(C_WrapKey(
                session.0,
                mechanism,
                key,
                target.handle,
                out.pointer,
                out.length
            ));
            out.check(rv);
            assert!(!(rv == CKR_BUFFER_TOO_SMALL && matches!(room, Room::Enough)));
        }
    }
}

/// The state of the session's operations, if it has one.
fn saved(session: CK_SESSION_HANDLE) -> Option<Vec<u8>> {
    let mut arena = Arena::default();
    let out = Room::Enough.place(&mut arena);
    let rv = call!(C_GetOperationState(session, out.pointer, out.length));
    (rv == CKR_OK).then(|| out.output())
}

fn verify(session: CK_SESSION_HANDLE, data: &Bytes, signature: &Bytes) -> CK_RV {
    let mut arena = Arena::default();
    let ((data, length), (signature, signature_length)) =
        (data.place(&mut arena), signature.place(&mut arena));
    call!(C_Verify(session, data, length, signature, signature_length))
}

fuzz_target!(|input: Input| {
    match input.role {
        Role::Bytes(class) => input.bytes(class),
        Role::Verify => input.verify(),
        Role::Generate | Role::GeneratePair | Role::Derive => input.make(),
        Role::Wrap | Role::Unwrap => input.wrap(),
    }
});
