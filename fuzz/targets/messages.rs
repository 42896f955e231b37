//! Messages with parameters of all kinds: what is encrypted is decrypted to the same, whole or in parts; what was
//! changed is not; no generator gives a nonce twice; and keys that are wrapped as messages come back.
#![no_main]

use std::collections::BTreeSet;

use arbitrary::Arbitrary;
use cryptoki_sys::*;
use libfuzzer_sys::fuzz_target;
use vhsm::ck::{KeyType, Rv};
use vhsm_fuzz::call;
use vhsm_fuzz::memory::Arena;
use vhsm_fuzz::module::{Session, works};
use vhsm_fuzz::operations::KEYS;
use vhsm_fuzz::words::{Bytes, Number, Room};

const STEPS_MAX: usize = 24;

/// The mechanisms, with the length of their structure and the type of their keys.
const AEADS: [(CK_MECHANISM_TYPE, u64, CK_KEY_TYPE); 3] = [
    (CKM_AES_GCM, 48, CKK_AES),
    (CKM_AES_CCM, 56, CKK_AES),
    (CKM_CHACHA20_POLY1305, 24, CKK_CHACHA20),
];

#[derive(Arbitrary, Debug)]
struct Input {
    aead: u8,
    steps: Vec<Step>,
}

#[derive(Arbitrary, Debug)]
enum Step {
    /// A message, encrypted and decrypted.
    Message(Message),
    /// Any bytes as a message to be decrypted.
    Decrypt(Param, Bytes, Bytes, Room),
    /// A part, in or out of place.
    Part(bool, Param, Bytes, Room, u8),
    /// The beginning of a message.
    Begin(bool, Param, Bytes),
    /// A key as a message.
    Wrap(Param, Bytes, u8),
    /// The end of a process, and a new one.
    Renew(bool),
}

#[derive(Arbitrary, Debug)]
struct Message {
    param: Param,
    aad: Bytes,
    data: Bytes,
    room: Room,
    cuts: Option<Vec<u8>>,
    damage: Option<(u8, u8)>,
}

/// A parameter that is mostly right.
#[derive(Arbitrary, Clone, Debug, Default)]
struct Param {
    nonce: Option<Bytes>,
    nonce_byte: u8,
    fixed_bits: Number,
    generator: u8,
    tag_bits: Option<Number>,
    data_len: Option<Number>,
    no_tag: bool,
    shorter: Option<u8>,
}

/// A placed parameter.
struct Placed {
    pointer: *mut std::ffi::c_void,
    length: u64,
    nonce: (*mut u8, usize),
    tag: *mut u8,
}

impl Placed {
    fn nonce(&self) -> Vec<u8> {
        read(self.nonce.0, self.nonce.1)
    }
}

fn read(pointer: *mut u8, length: usize) -> Vec<u8> {
    if pointer.is_null() {
        return Vec::new();
    }
    // SAFETY: the arena has so many bytes there.
    unsafe { std::slice::from_raw_parts(pointer, length) }.to_vec()
}

impl Param {
    fn place(&self, aead: usize, data_len: usize, arena: &mut Arena) -> Placed {
        let usual = Bytes::Given(vec![self.nonce_byte; 12]);
        let (nonce, nonce_len) = self.nonce.as_ref().unwrap_or(&usual).place(arena);
        let tag_bits = self.tag_bits.map_or(128, |bits| bits.0);
        let tag = if self.no_tag {
            std::ptr::null_mut()
        } else {
            arena.room(16)
        };
        let generator = u64::from(self.generator % 6);
        let data_len = self.data_len.map_or(data_len as u64, |length| length.0);
        let words = match aead {
            0 => vec![
                nonce as u64,
                nonce_len,
                self.fixed_bits.0,
                generator,
                tag as u64,
                tag_bits,
            ],
            1 => vec![
                data_len,
                nonce as u64,
                nonce_len,
                self.fixed_bits.0,
                generator,
                tag as u64,
                tag_bits / 8,
            ],
            // A length in bits that is one: the nonce has no fewer bytes.
            _ => vec![
                nonce as u64,
                if nonce_len == 12 { 96 } else { nonce_len },
                tag as u64,
            ],
        };
        let given = match &self.nonce {
            Some(Bytes::Given(nonce)) => nonce.len(),
            Some(_) => 0,
            None => 12,
        };
        // 64, 96 and 192 would be bits, and more bytes than there are.
        let length = if aead == 2 && [64, 96, 192].contains(&given) {
            0
        } else {
            AEADS[aead].1
        };
        Placed {
            pointer: arena.items(&words).cast(),
            length: length.saturating_sub(u64::from(self.shorter.unwrap_or(0))),
            nonce: (nonce, given),
            tag,
        }
    }

    fn generates(&self, aead: usize) -> bool {
        aead != 2 && !self.generator.is_multiple_of(6)
    }
}

struct Run {
    session: Session,
    aead: usize,
    key: CK_OBJECT_HANDLE,
    seen: BTreeSet<Vec<u8>>,
}

impl Run {
    fn new(aead: usize) -> Option<Self> {
        let key_type = KeyType(AEADS[aead].2);
        let key = KEYS.iter().find(|key| key.key_type == key_type)?.handle;
        let mut run = Self {
            session: Session::new(),
            aead,
            key,
            seen: BTreeSet::new(),
        };
        run.renew(true);
        run.renew(false);
        Some(run)
    }

    fn renew(&mut self, encrypts: bool) {
        let (s, none) = (self.session.0, std::ptr::null_mut());
        let mut mechanism = CK_MECHANISM {
            mechanism: AEADS[self.aead].0,
            pParameter: none,
            ulParameterLen: 0,
        };
        match encrypts {
            true => {
                let _ = call!(C_MessageEncryptInit(s, none.cast(), 0));
                works(call!(C_MessageEncryptInit(s, &raw mut mechanism, self.key)));
                self.seen.clear();
            }
            false => {
                let _ = call!(C_MessageDecryptInit(s, none.cast(), 0));
                works(call!(C_MessageDecryptInit(s, &raw mut mechanism, self.key)));
            }
        }
    }

    /// A whole message; gives what came out if it was all of it.
    fn whole(
        &self,
        encrypts: bool,
        placed: &Placed,
        aad: &[u8],
        data: &Bytes,
        room: Room,
    ) -> (CK_RV, Vec<u8>) {
        let mut arena = Arena::default();
        let (s, aad_length) = (self.session.0, aad.len() as u64);
        let (aad, (data, length), out) = (arena.bytes(aad), data.place(&mut arena), room.place(&mut arena));
        let (param, param_length) = (placed.pointer, placed.length);
        let rv = match encrypts {
            true => call!(C_EncryptMessage(
                s,
                param,
                param_length,
                aad,
                aad_length,
                data,
                length,
                out.pointer,
                out.length
            )),
            false => call!(C_DecryptMessage(
                s,
                param,
                param_length,
                aad,
                aad_length,
                data,
                length,
                out.pointer,
                out.length
            )),
        };
        out.check(rv);
        let made = if rv == CKR_OK && !out.pointer.is_null() {
            out.output()
        } else {
            Vec::new()
        };
        (rv, made)
    }

    fn part(
        &self,
        encrypts: bool,
        placed: &Placed,
        data: &Bytes,
        room: Room,
        flags: u64,
    ) -> (CK_RV, Vec<u8>) {
        let mut arena = Arena::default();
        let (s, (data, length), out) = (self.session.0, data.place(&mut arena), room.place(&mut arena));
        let (param, param_length) = (placed.pointer, placed.length);
        let rv = match encrypts {
            true => call!(C_EncryptMessageNext(
                s,
                param,
                param_length,
                data,
                length,
                out.pointer,
                out.length,
                flags
            )),
            false => call!(C_DecryptMessageNext(
                s,
                param,
                param_length,
                data,
                length,
                out.pointer,
                out.length,
                flags
            )),
        };
        out.check(rv);
        let made = if rv == CKR_OK && !out.pointer.is_null() {
            out.output()
        } else {
            Vec::new()
        };
        (rv, made)
    }

    fn begin(&self, encrypts: bool, placed: &Placed, aad: &Bytes) -> CK_RV {
        let mut arena = Arena::default();
        let (s, (aad, length)) = (self.session.0, aad.place(&mut arena));
        match encrypts {
            true => call!(C_EncryptMessageBegin(
                s,
                placed.pointer,
                placed.length,
                aad,
                length
            )),
            false => call!(C_DecryptMessageBegin(
                s,
                placed.pointer,
                placed.length,
                aad,
                length
            )),
        }
    }

    /// The message in pieces of these lengths.
    fn in_parts(
        &self,
        encrypts: bool,
        placed: &Placed,
        aad: &[u8],
        data: &[u8],
        cuts: &[u8],
    ) -> (CK_RV, Vec<u8>) {
        let rv = self.begin(encrypts, placed, &Bytes::Given(aad.to_vec()));
        if rv != CKR_OK {
            return (rv, Vec::new());
        }
        let (mut all, mut rest, mut cuts) = (Vec::new(), data, cuts.iter());
        loop {
            let length = cuts
                .next()
                .map_or(rest.len(), |cut| rest.len().min(usize::from(*cut)));
            let (piece, after) = rest.split_at(length);
            rest = after;
            let flags = if rest.is_empty() { CKF_END_OF_MESSAGE } else { 0 };
            let (rv, made) = self.part(
                encrypts,
                placed,
                &Bytes::Given(piece.to_vec()),
                Room::Enough,
                flags,
            );
            if rv != CKR_OK {
                return (rv, Vec::new());
            }
            all.extend(made);
            if flags != 0 {
                return (CKR_OK, all);
            }
        }
    }

    /// Ends a message that another step has begun, and only then its process.
    fn quiet(&mut self) {
        for encrypts in [true, false] {
            let data = Bytes::Given(Vec::new());
            let mut arena = Arena::default();
            let usual = Param::default().place(self.aead, 0, &mut arena);
            if self.whole(encrypts, &usual, b"", &data, Room::Query).0 == CKR_OPERATION_ACTIVE {
                self.renew(encrypts);
            }
        }
    }

    fn message(&mut self, message: &Message) {
        let (Bytes::Given(aad), Bytes::Given(data)) = (&message.aad, &message.data) else {
            let mut arena = Arena::default();
            let placed = message.param.place(self.aead, 0, &mut arena);
            let aad = if let Bytes::Given(aad) = &message.aad {
                aad
            } else {
                &Vec::new()
            };
            let _ = self.whole(true, &placed, aad, &message.data, message.room);
            return;
        };
        let mut arena = Arena::default();
        let placed = message.param.place(self.aead, data.len(), &mut arena);
        let (rv, cipher) = match &message.cuts {
            Some(cuts) => self.in_parts(true, &placed, aad, data, cuts),
            None => match self.whole(true, &placed, aad, &message.data, message.room) {
                (CKR_OK, _) if matches!(message.room, Room::Query) => {
                    self.whole(true, &placed, aad, &message.data, Room::Enough)
                }
                other => other,
            },
        };
        if rv != CKR_OK {
            return;
        }
        if message.param.generates(self.aead) {
            assert!(self.seen.insert(placed.nonce()), "a nonce came twice");
        }
        assert_eq!(cipher.len(), data.len());
        self.opens(&placed, message, aad, data, cipher);
    }

    fn opens(&self, placed: &Placed, message: &Message, aad: &[u8], data: &[u8], mut cipher: Vec<u8>) {
        let mut expected = Some(data.to_vec());
        if let Some((place, bits)) = message.damage
            && bits != 0
            && !cipher.is_empty()
        {
            let place = usize::from(place) % cipher.len();
            cipher[place] ^= bits;
            expected = None;
        }
        let whole = self.whole(false, placed, aad, &Bytes::Given(cipher.clone()), Room::Enough);
        let parts = self.in_parts(
            false,
            placed,
            aad,
            &cipher,
            message.cuts.as_deref().unwrap_or(&[7]),
        );
        for (rv, plain) in [whole, parts] {
            match &expected {
                Some(expected) => assert_eq!((rv, &plain), (CKR_OK, expected), "{}", Rv(rv)),
                // A tag of four bytes fits by chance once in 2^32.
                None => assert_eq!(rv, CKR_AEAD_DECRYPT_FAILED, "{}", Rv(rv)),
            }
        }
    }

    fn wrap(&self, param: &Param, aad: &Bytes, target: u8) {
        let target = KEYS[usize::from(target) % KEYS.len()];
        let mut arena = Arena::default();
        let placed = param.place(self.aead, 0, &mut arena);
        let (aad, aad_length) = aad.place(&mut arena);
        let out = Room::Enough.place(&mut arena);
        let mechanism = arena.items(&[CK_MECHANISM {
            mechanism: AEADS[self.aead].0,
            pParameter: placed.pointer,
            ulParameterLen: placed.length,
        }]);
        let (s, key) = (self.session.0, self.key);
        let rv = call!(C_WrapKeyAuthenticated(
            s,
            mechanism,
            key,
            target.handle,
            aad,
            aad_length,
            out.pointer,
            out.length
        ));
        out.check(rv);
        if rv != CKR_OK {
            return;
        }
        let wrapped = out.output();
        let (mut class, mut key_type, mut made) = (target.class.0, target.key_type.0, 0);
        let attribute = |kind, value: *mut u64| CK_ATTRIBUTE {
            type_: kind,
            pValue: value.cast(),
            ulValueLen: 8,
        };
        let template = arena.items(&[
            attribute(CKA_CLASS, &raw mut class),
            attribute(CKA_KEY_TYPE, &raw mut key_type),
        ]);
        let (blob, length) = (arena.bytes(&wrapped), wrapped.len() as u64);
        works(call!(C_UnwrapKeyAuthenticated(
            s,
            mechanism,
            key,
            blob,
            length,
            template,
            2,
            aad,
            aad_length,
            &raw mut made
        )));
        works(call!(C_DestroyObject(s, made)));
        assert!(!placed.tag.is_null());
    }
}

fuzz_target!(|input: Input| {
    let Some(mut run) = Run::new(usize::from(input.aead) % AEADS.len()) else {
        return;
    };
    for step in input.steps.iter().take(STEPS_MAX) {
        let mut arena = Arena::default();
        match step {
            Step::Message(message) => {
                run.quiet();
                run.message(message);
            }
            Step::Decrypt(param, aad, data, room) => {
                let placed = param.place(run.aead, 0, &mut arena);
                let aad = if let Bytes::Given(aad) = aad {
                    aad
                } else {
                    &Vec::new()
                };
                let _ = run.whole(false, &placed, aad, data, *room);
            }
            Step::Part(encrypts, param, data, room, flags) => {
                let placed = param.place(run.aead, 0, &mut arena);
                let _ = run.part(*encrypts, &placed, data, *room, u64::from(flags % 3));
            }
            Step::Begin(encrypts, param, aad) => {
                let placed = param.place(run.aead, 0, &mut arena);
                let rv = run.begin(*encrypts, &placed, aad);
                if rv == CKR_OK && *encrypts && param.generates(run.aead) {
                    assert!(run.seen.insert(placed.nonce()), "a nonce came twice");
                }
            }
            Step::Wrap(param, aad, target) => run.wrap(param, aad, *target),
            Step::Renew(encrypts) => run.renew(*encrypts),
        }
    }
});
