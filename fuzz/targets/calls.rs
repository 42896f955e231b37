//! Sequences of C calls in any order, with arguments that are mostly sensible. Asserted are the answers' codes, that
//! handles are never 0, that a closed session is gone, that an operation is active exactly when it should be, and
//! that nobody sees what is private or sensitive.
#![no_main]

use std::ptr::null_mut;

use arbitrary::Arbitrary;
use cryptoki_sys::*;
use libfuzzer_sys::fuzz_target;
use vhsm_fuzz::call;
use vhsm_fuzz::memory::Arena;
use vhsm_fuzz::module::{PINS, call_without_arguments, functions_beside, renew, slot, works};
use vhsm_fuzz::operations::Class;
use vhsm_fuzz::words::{Bytes, Mechanism, Room, Template};

const STEPS_MAX: usize = 48;

/// A register of a session, or a handle that nobody gave.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct S(u8);

/// A register of an object, or a handle that nobody gave.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct O(u8);

#[derive(Arbitrary, Debug)]
enum Pin {
    Known(u8),
    Any(Bytes),
}

#[derive(Arbitrary, Debug)]
enum Step {
    Open(S, u8),
    Login(S, u8, Pin),
    Create(S, O, Template),
    Begin(S, Class, Mechanism, O),
    Whole(S, Class, Bytes, Room),
    Update(S, Class, Bytes, Room),
    Finish(S, Class, Room),
    BeginVerify(S, Mechanism, O),
    Verify(S, Bytes, Bytes),
    UpdateVerify(S, Bytes),
    FinishVerify(S, Bytes),
    CancelByInit(S, Class),
    Cancel(S, u8),
    Close(S),
    CloseAll,
    Logout(S),
    InitPin(S, Pin),
    SetPin(S, Pin, Pin),
    Copy(S, O, O, Template),
    Destroy(S, O),
    Size(S, O),
    Show(S, O),
    Change(S, O, Template),
    BeginFind(S, Template),
    Find(S, O, u8),
    FinishFind(S),
    Generate(S, O, Mechanism, Template),
    GeneratePair(S, O, Mechanism, Template, Template),
    Wrap(S, Mechanism, O, O, Room),
    Unwrap(S, O, Mechanism, O, Bytes, Template),
    Derive(S, O, Mechanism, O, Template),
    Encapsulate(S, O, Mechanism, O, Template, Room),
    Decapsulate(S, O, Mechanism, O, Template, Bytes),
    Random(S, Bytes),
    Mechanisms(Room),
    Beside(S, u8),
    InitToken(Pin),
    Initialize,
    Finalize,
}

/// Whether an operation is active.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Active {
    No,
    Yes,
    /// Something happened that may have ended it.
    Perhaps,
}

#[derive(Clone, Copy)]
struct Session {
    handle: CK_SESSION_HANDLE,
    closed: bool,
    active: [Active; 6],
}

const VERIFY: usize = 4;
const FIND: usize = 5;

struct Run {
    sessions: [Session; 4],
    objects: [CK_OBJECT_HANDLE; 8],
    running: bool,
}

impl Run {
    fn new() -> Self {
        let none = Session {
            handle: 0,
            closed: true,
            active: [Active::No; 6],
        };
        Self {
            sessions: [none; 4],
            objects: [0; 8],
            running: true,
        }
    }

    fn register(&mut self, session: S) -> &mut Session {
        &mut self.sessions[usize::from(session.0) % 4]
    }

    fn session(&self, session: S) -> CK_SESSION_HANDLE {
        match session.0 {
            253 => 0,
            254 => 7,
            255 => u64::MAX,
            register => self.sessions[usize::from(register) % 4].handle,
        }
    }

    fn object(&self, object: O) -> CK_OBJECT_HANDLE {
        match object.0 {
            254 => 1,
            255 => u64::MAX,
            register => self.objects[usize::from(register) % 8],
        }
    }

    /// Keeps a handle that a call gave.
    fn keep(&mut self, object: O, rv: CK_RV, handle: CK_OBJECT_HANDLE) {
        assert_eq!(rv == CKR_OK, handle != 0);
        if handle != 0 {
            self.objects[usize::from(object.0) % 8] = handle;
        }
    }

    /// What holds for every call on a session; gives the answer on.
    fn on(&mut self, session: S, rv: CK_RV) -> CK_RV {
        let gone = match session.0 {
            253.. => true,
            _ => self.register(session).closed,
        };
        assert!(
            !gone
                || [CKR_SESSION_HANDLE_INVALID, CKR_CRYPTOKI_NOT_INITIALIZED].contains(&rv)
                || !self.running && rv == CKR_CRYPTOKI_NOT_INITIALIZED,
            "{}",
            vhsm::ck::Rv(rv)
        );
        assert_eq!(rv == CKR_CRYPTOKI_NOT_INITIALIZED, !self.running);
        rv
    }

    fn begun(&mut self, session: S, class: usize, rv: CK_RV) {
        let rv = self.on(session, rv);
        if rv == CKR_OK {
            let active = &mut self.register(session).active[class];
            assert!(*active != Active::Yes, "a second operation of one kind");
            *active = Active::Yes;
        }
    }

    /// A data call: whether the operation goes on if the call worked.
    fn worked_on(&mut self, session: S, class: usize, rv: CK_RV, goes_on: bool) {
        let rv = self.on(session, rv);
        if session.0 >= 253 || !self.running {
            return;
        }
        let active = &mut self.register(session).active[class];
        let says_there_is_none = rv == CKR_OPERATION_NOT_INITIALIZED;
        match *active {
            Active::No => assert!(
                rv != CKR_OK && rv != CKR_BUFFER_TOO_SMALL,
                "no operation is active"
            ),
            Active::Yes => assert!(!says_there_is_none, "the operation is gone"),
            Active::Perhaps => {}
        }
        let stays = rv == CKR_BUFFER_TOO_SMALL || (rv == CKR_OK && goes_on);
        *active = match rv {
            // A refused key needs a login, and the operation may wait for it.
            CKR_USER_NOT_LOGGED_IN | CKR_FUNCTION_NOT_SUPPORTED | CKR_OPERATION_ACTIVE => Active::Perhaps,
            _ if stays => Active::Yes,
            _ => Active::No,
        };
    }

    /// Something happened that may end operations.
    fn perhaps(&mut self) {
        for active in self.sessions.iter_mut().flat_map(|session| &mut session.active) {
            if *active == Active::Yes {
                *active = Active::Perhaps;
            }
        }
    }

    fn all_closed(&mut self) {
        for session in &mut self.sessions {
            session.closed = true;
            session.active = [Active::No; 6];
        }
    }

    /// The login is the same in all sessions, and open ones are there.
    fn check_sessions(&self) {
        let mut users = Vec::new();
        for session in self.sessions.iter().filter(|session| !session.closed) {
            // SAFETY: a structure of numbers.
            let mut info: CK_SESSION_INFO = unsafe { std::mem::zeroed() };
            works(call!(C_GetSessionInfo(session.handle, &raw mut info)));
            let read_write = info.flags & CKF_RW_SESSION != 0;
            users.push(match (info.state, read_write) {
                (CKS_RO_PUBLIC_SESSION, false) | (CKS_RW_PUBLIC_SESSION, true) => 0,
                (CKS_RO_USER_FUNCTIONS, false) | (CKS_RW_USER_FUNCTIONS, true) => 1,
                (CKS_RW_SO_FUNCTIONS, true) => 2,
                other => panic!("{other:?}"),
            });
        }
        users.dedup();
        assert!(users.len() <= 1);
    }

    fn is_user(&self, session: CK_SESSION_HANDLE) -> bool {
        // SAFETY: a structure of numbers.
        let mut info: CK_SESSION_INFO = unsafe { std::mem::zeroed() };
        works(call!(C_GetSessionInfo(session, &raw mut info)));
        [CKS_RO_USER_FUNCTIONS, CKS_RW_USER_FUNCTIONS].contains(&info.state)
    }
}

fn pin(pin: &Pin, arena: &mut Arena) -> (*mut u8, u64) {
    match pin {
        Pin::Known(which) => Bytes::Given(PINS[usize::from(*which) % PINS.len()].to_vec()).place(arena),
        Pin::Any(bytes) => bytes.place(arena),
    }
}

/// One Boolean of an object; `None` if it does not say.
fn flag(session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE, attribute: CK_ATTRIBUTE_TYPE) -> Option<bool> {
    let mut value = 0_u8;
    let mut wanted = CK_ATTRIBUTE {
        type_: attribute,
        pValue: (&raw mut value).cast(),
        ulValueLen: 1,
    };
    let rv = call!(C_GetAttributeValue(session, object, &raw mut wanted, 1));
    (rv == CKR_OK).then_some(value == CK_TRUE)
}

/// Nothing that is sensitive is shown, and nothing private to anybody but the user.
fn check_object(run: &Run, session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE) {
    let Some(private) = flag(session, object, CKA_PRIVATE) else {
        return;
    };
    assert!(!private || run.is_user(session), "a private object is seen");
    let hidden = flag(session, object, CKA_SENSITIVE) == Some(true)
        || flag(session, object, CKA_EXTRACTABLE) == Some(false);
    for attribute in [CKA_VALUE, CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_COEFFICIENT] {
        let mut wanted = CK_ATTRIBUTE {
            type_: attribute,
            pValue: null_mut(),
            ulValueLen: 0,
        };
        let rv = call!(C_GetAttributeValue(session, object, &raw mut wanted, 1));
        assert!(!hidden || rv != CKR_OK, "a sensitive value is shown");
    }
}

fn step(run: &mut Run, step: &Step) {
    let mut arena = Arena::default();
    let arena = &mut arena;
    match step {
        Step::Open(s, flags) => {
            let flags = match flags {
                0..=127 => CKF_SERIAL_SESSION | CKF_RW_SESSION,
                128..=223 => CKF_SERIAL_SESSION,
                other => u64::from(*other),
            };
            let mut handle = 0;
            let rv = call!(C_OpenSession(slot(), flags, null_mut(), None, &raw mut handle));
            assert_eq!(rv == CKR_OK, handle != 0);
            if handle != 0 {
                let register = run.register(*s);
                let before = *register;
                *register = Session {
                    handle,
                    closed: false,
                    active: [Active::No; 6],
                };
                if !before.closed {
                    works(call!(C_CloseSession(before.handle)));
                }
            }
        }
        Step::Login(s, user, word) => {
            let ((word, length), user) = (pin(word, arena), u64::from(user % 4));
            let rv = call!(C_Login(run.session(*s), user, word, length));
            run.on(*s, rv);
        }
        Step::Logout(s) => {
            let rv = call!(C_Logout(run.session(*s)));
            run.on(*s, rv);
            run.perhaps();
        }
        Step::InitPin(s, word) => {
            let (word, length) = pin(word, arena);
            let rv = call!(C_InitPIN(run.session(*s), word, length));
            run.on(*s, rv);
        }
        Step::SetPin(s, old, new) => {
            let ((old, old_len), (new, new_len)) = (pin(old, arena), pin(new, arena));
            let rv = call!(C_SetPIN(run.session(*s), old, old_len, new, new_len));
            run.on(*s, rv);
        }
        Step::Create(s, to, template) => {
            let ((template, count), mut handle) = (template.place(arena), 0);
            let rv = call!(C_CreateObject(run.session(*s), template, count, &raw mut handle));
            let rv = run.on(*s, rv);
            run.keep(*to, rv, handle);
        }
        Step::Copy(s, to, from, template) => {
            let ((template, count), mut handle) = (template.place(arena), 0);
            let rv = call!(C_CopyObject(
                run.session(*s),
                run.object(*from),
                template,
                count,
                &raw mut handle
            ));
            let rv = run.on(*s, rv);
            run.keep(*to, rv, handle);
        }
        Step::Destroy(s, object) => {
            let (session, object) = (run.session(*s), run.object(*object));
            let rv = call!(C_DestroyObject(session, object));
            if run.on(*s, rv) == CKR_OK {
                assert_eq!(call!(C_DestroyObject(session, object)), CKR_OBJECT_HANDLE_INVALID);
            }
            run.perhaps();
        }
        Step::Size(s, object) => {
            let mut size = 0;
            let rv = call!(C_GetObjectSize(
                run.session(*s),
                run.object(*object),
                &raw mut size
            ));
            run.on(*s, rv);
        }
        Step::Show(s, object) => {
            let mut size = 0;
            let (session, object) = (run.session(*s), run.object(*object));
            let rv = call!(C_GetObjectSize(session, object, &raw mut size));
            if run.on(*s, rv) == CKR_OK {
                check_object(run, session, object);
            }
        }
        Step::Change(s, object, template) => {
            let (template, count) = template.place(arena);
            let rv = call!(C_SetAttributeValue(
                run.session(*s),
                run.object(*object),
                template,
                count
            ));
            run.on(*s, rv);
            run.perhaps();
        }
        Step::BeginFind(s, template) => {
            let (template, count) = template.place(arena);
            let rv = call!(C_FindObjectsInit(run.session(*s), template, count));
            run.begun(*s, FIND, rv);
        }
        Step::Find(s, to, max) => {
            let (handles, max) = (arena.items(&vec![0_u64; usize::from(*max)]), u64::from(*max));
            let mut count = 0;
            let session = run.session(*s);
            let rv = call!(C_FindObjects(session, handles, max, &raw mut count));
            run.worked_on(*s, FIND, rv, true);
            assert!(count <= max);
            for at in 0..count as usize {
                // SAFETY: so many handles were written.
                let handle = unsafe { handles.add(at).read_unaligned() };
                assert_ne!(handle, 0);
                check_object(run, session, handle);
                run.objects[usize::from(to.0) % 8] = handle;
            }
        }
        Step::FinishFind(s) => {
            let rv = call!(C_FindObjectsFinal(run.session(*s)));
            run.worked_on(*s, FIND, rv, false);
        }
        Step::Begin(s, class, mechanism, key) => {
            let mechanism = mechanism.place(arena);
            let rv = class.init(run.session(*s), mechanism, run.object(*key));
            run.begun(*s, *class as usize, rv);
        }
        Step::CancelByInit(s, class) => {
            let rv = class.init(run.session(*s), null_mut(), 0);
            if run.on(*s, rv) == CKR_OK {
                run.register(*s).active[*class as usize] = Active::No;
            }
        }
        Step::Cancel(s, flags) => {
            let all = [
                CKF_ENCRYPT,
                CKF_DECRYPT,
                CKF_SIGN,
                CKF_DIGEST,
                CKF_VERIFY,
                CKF_FIND_OBJECTS,
            ];
            let chosen = |bit: &usize| flags >> bit & 1 != 0;
            let wanted = (0..6).filter(chosen).map(|bit| all[bit]).sum::<u64>();
            let rv = call!(C_SessionCancel(run.session(*s), wanted));
            if run.on(*s, rv) == CKR_OK {
                (0..6)
                    .filter(chosen)
                    .for_each(|class| run.register(*s).active[class] = Active::No);
            }
        }
        Step::Whole(s, class, data, room) => {
            let (rv, _) = class.whole(run.session(*s), data, *room);
            run.worked_on(*s, *class as usize, rv, matches!(room, Room::Query));
        }
        Step::Update(s, class, data, room) => {
            let (rv, _) = class.update(run.session(*s), data, *room);
            run.worked_on(*s, *class as usize, rv, true);
        }
        Step::Finish(s, class, room) => {
            let (rv, _) = class.finish(run.session(*s), *room);
            run.worked_on(*s, *class as usize, rv, matches!(room, Room::Query));
        }
        Step::BeginVerify(s, mechanism, key) => {
            let mechanism = mechanism.place(arena);
            let rv = call!(C_VerifyInit(run.session(*s), mechanism, run.object(*key)));
            run.begun(*s, VERIFY, rv);
        }
        Step::Verify(s, data, signature) => {
            let ((data, length), (signature, signature_len)) = (data.place(arena), signature.place(arena));
            let rv = call!(C_Verify(run.session(*s), data, length, signature, signature_len));
            run.worked_on(*s, VERIFY, rv, false);
        }
        Step::UpdateVerify(s, data) => {
            let (data, length) = data.place(arena);
            let rv = call!(C_VerifyUpdate(run.session(*s), data, length));
            run.worked_on(*s, VERIFY, rv, true);
        }
        Step::FinishVerify(s, signature) => {
            let (signature, length) = signature.place(arena);
            let rv = call!(C_VerifyFinal(run.session(*s), signature, length));
            run.worked_on(*s, VERIFY, rv, false);
        }
        // Primes take seconds, and so do RSA key pairs.
        Step::Generate(_, _, mechanism, _) if mechanism.id.to_string().contains("PARAMETER_GEN") => {}
        Step::Generate(s, to, mechanism, template) => {
            let ((template, count), mut handle) = (template.place(arena), 0);
            let mechanism = mechanism.place(arena);
            let rv = call!(C_GenerateKey(
                run.session(*s),
                mechanism,
                template,
                count,
                &raw mut handle
            ));
            let rv = run.on(*s, rv);
            run.keep(*to, rv, handle);
        }
        Step::GeneratePair(_, _, mechanism, ..) if mechanism.id.to_string().contains("RSA") => {}
        Step::GeneratePair(s, to, mechanism, public, private) => {
            let ((public, public_count), (private, private_count)) =
                (public.place(arena), private.place(arena));
            let (mut public_key, mut private_key) = (0, 0);
            let rv = call!(C_GenerateKeyPair(
                run.session(*s),
                mechanism.place(arena),
                public,
                public_count,
                private,
                private_count,
                &raw mut public_key,
                &raw mut private_key
            ));
            let rv = run.on(*s, rv);
            run.keep(*to, rv, public_key);
            run.keep(O(to.0 ^ 1), rv, private_key);
        }
        Step::Wrap(s, mechanism, wrapping, key, room) => {
            let (mechanism, out) = (mechanism.place(arena), room.place(arena));
            let (wrapping, key) = (run.object(*wrapping), run.object(*key));
            let rv = call!(C_WrapKey(
                run.session(*s),
                mechanism,
                wrapping,
                key,
                out.pointer,
                out.length
            ));
            out.check(run.on(*s, rv));
        }
        Step::Unwrap(s, to, mechanism, unwrapping, blob, template) => {
            let ((blob, length), (template, count), mut handle) =
                (blob.place(arena), template.place(arena), 0);
            let mechanism = mechanism.place(arena);
            let rv = call!(C_UnwrapKey(
                run.session(*s),
                mechanism,
                run.object(*unwrapping),
                blob,
                length,
                template,
                count,
                &raw mut handle
            ));
            let rv = run.on(*s, rv);
            run.keep(*to, rv, handle);
        }
        Step::Derive(s, to, mechanism, base, template) => {
            let ((template, count), mut handle) = (template.place(arena), 0);
            let (mechanism, base) = (mechanism.place(arena), run.object(*base));
            let rv = call!(C_DeriveKey(
                run.session(*s),
                mechanism,
                base,
                template,
                count,
                &raw mut handle
            ));
            let rv = run.on(*s, rv);
            run.keep(*to, rv, handle);
        }
        Step::Encapsulate(s, to, mechanism, public, template, room) => {
            let ((template, count), out, mut handle) = (template.place(arena), room.place(arena), 0);
            let (mechanism, public) = (mechanism.place(arena), run.object(*public));
            let rv = call!(C_EncapsulateKey(
                run.session(*s),
                mechanism,
                public,
                template,
                count,
                out.pointer,
                out.length,
                &raw mut handle
            ));
            let rv = run.on(*s, rv);
            out.check(rv);
            if !(rv == CKR_OK && handle == 0) {
                run.keep(*to, rv, handle);
            }
        }
        Step::Decapsulate(s, to, mechanism, private, template, blob) => {
            let ((blob, length), (template, count), mut handle) =
                (blob.place(arena), template.place(arena), 0);
            let (mechanism, private) = (mechanism.place(arena), run.object(*private));
            let rv = call!(C_DecapsulateKey(
                run.session(*s),
                mechanism,
                private,
                template,
                count,
                blob,
                length,
                &raw mut handle
            ));
            let rv = run.on(*s, rv);
            run.keep(*to, rv, handle);
        }
        Step::Random(s, bytes) => {
            let (bytes, length) = bytes.place(arena);
            let rv = call!(C_SeedRandom(run.session(*s), bytes, length));
            run.on(*s, rv);
            let rv = call!(C_GenerateRandom(run.session(*s), bytes, length));
            run.on(*s, rv);
        }
        Step::Mechanisms(room) => {
            let out = room.place(arena);
            if matches!(room, Room::Exactly(_) | Room::Enough) {
                // Counted in mechanisms and not in bytes.
                // SAFETY: the length is the arena's.
                unsafe { out.length.write_unaligned(out.told() / 8) };
            }
            if !matches!(room, Room::Boundless) {
                let rv = call!(C_GetMechanismList(slot(), out.pointer.cast(), out.length));
                assert!(!run.running || [CKR_OK, CKR_BUFFER_TOO_SMALL, CKR_ARGUMENTS_BAD].contains(&rv));
            }
        }
        Step::Beside(s, which) => {
            let places = functions_beside();
            let rv = call_without_arguments(places[usize::from(*which) % places.len()], run.session(*s));
            assert_ne!(rv, CKR_OK);
        }
        Step::Close(s) => {
            let rv = call!(C_CloseSession(run.session(*s)));
            if run.on(*s, rv) == CKR_OK {
                run.register(*s).closed = true;
            }
        }
        Step::CloseAll => {
            if call!(C_CloseAllSessions(slot())) == CKR_OK {
                run.all_closed();
            }
        }
        Step::InitToken(word) => {
            let (word, length) = pin(word, arena);
            let rv = call!(C_InitToken(slot(), word, length, arena.bytes(&[b'x'; 32])));
            let open = run.sessions.iter().any(|session| !session.closed);
            assert!(!(rv == CKR_OK && open), "a token with a session was initialised");
        }
        Step::Initialize => {
            let rv = call!(C_Initialize(null_mut()));
            assert_eq!(
                rv,
                if run.running {
                    CKR_CRYPTOKI_ALREADY_INITIALIZED
                } else {
                    CKR_OK
                }
            );
            run.running = true;
        }
        Step::Finalize => {
            let rv = call!(C_Finalize(null_mut()));
            assert_eq!(
                rv,
                if run.running {
                    CKR_OK
                } else {
                    CKR_CRYPTOKI_NOT_INITIALIZED
                }
            );
            run.running = false;
            run.all_closed();
        }
    }
}

fuzz_target!(|steps: Vec<Step>| {
    let slot = slot();
    let mut run = Run::new();
    for one in steps.iter().take(STEPS_MAX) {
        step(&mut run, one);
        if run.running {
            run.check_sessions();
        }
    }
    if !run.running {
        works(call!(C_Initialize(null_mut())));
    }
    renew(slot);
});
