//! What an application does with the cryptoki crate: `MODULE`, `TOKEN`, `PIN` and `SO_PIN` of the environment say where.

mod checks;

use checks::{Work, check, end, hex};
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Function, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::elliptic_curve::{EcKdf, Ecdh1DeriveParams};
use cryptoki::mechanism::hkdf::{HkdfParams, HkdfSalt};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeInfo, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, SessionState, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use std::env;
use std::thread;

const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// The token that the environment names.
struct Token {
    library: Pkcs11,
    slot: Slot,
}

impl Token {
    fn open() -> Result<Token, Error> {
        let library = Pkcs11::new(variable("MODULE"))?;
        library.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))?;
        let label = variable("TOKEN");
        let named = |slot: &Slot| {
            library
                .get_token_info(*slot)
                .is_ok_and(|info| info.label() == label)
        };
        let slots = library.get_slots_with_initialized_token()?;
        let slot = slots.into_iter().find(named).expect("no token has that label");
        Ok(Token { library, slot })
    }

    fn session(&self) -> Result<Session, Error> {
        let session = self.library.open_rw_session(self.slot)?;
        match session.login(UserType::User, Some(&pin("PIN"))) {
            Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, Function::Login)) => {}
            answer => answer?,
        }
        Ok(session)
    }
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not in the environment"))
}

fn pin(name: &str) -> AuthPin {
    AuthPin::new(variable(name).into_boxed_str())
}

/// A key of the session with a value that everybody knows.
fn secret(session: &Session, kind: KeyType, value: &[u8]) -> Result<ObjectHandle, Error> {
    session.create_object(&[
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(kind),
        Attribute::Value(value.to_vec()),
        Attribute::Sensitive(false),
        Attribute::Extractable(true),
        Attribute::Encrypt(true),
        Attribute::Decrypt(true),
        Attribute::Sign(true),
        Attribute::Verify(true),
        Attribute::Wrap(true),
        Attribute::Unwrap(true),
        Attribute::Derive(true),
    ])
}

fn value(session: &Session, key: ObjectHandle) -> Result<Vec<u8>, Error> {
    match session.get_attributes(key, &[AttributeType::Value])?.remove(0) {
        Attribute::Value(value) => Ok(value),
        other => panic!("{other:?} is no value"),
    }
}

/// A pair on P-256: the public key first.
fn pair(session: &Session, id: &[u8], token: bool) -> Result<(ObjectHandle, ObjectHandle), Error> {
    let common = [
        Attribute::Token(token),
        Attribute::Id(id.to_vec()),
        Attribute::Derive(true),
    ];
    let public = [
        &common[..],
        &[Attribute::EcParams(P256.to_vec()), Attribute::Verify(true)],
    ]
    .concat();
    let private = [&common[..], &[Attribute::Sign(true)]].concat();
    session.generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private)
}

fn main() -> Work {
    let token = Token::open()?;
    check("the library, the slot and the token tell of themselves", || {
        tell(&token)
    });
    check("each mechanism and its information", || mechanisms(&token));
    check("states of sessions; the SO sets the user's PIN", || pins(&token));
    check("a wrong PIN, and what needs a login", || refused(&token));
    check("slot events, without waiting", || {
        assert_eq!(token.library.get_slot_event()?, None);
        Ok(())
    });
    let session = token.session()?;
    check("random numbers", || random(&session));
    check("HMAC of RFC 4231, in one call and in parts", || hmac(&session));
    check("AES key wrap of RFC 3394, and back", || key_wrap(&session));
    check("HKDF of RFC 5869", || hkdf(&session));
    check("ECDH: both sides agree", || ecdh(&session));
    check(
        "a key of the token: made, found, used, labelled, copied, destroyed",
        || life(&session),
    );
    check(
        "what can be told of an attribute that is sensitive, absent or there",
        || attributes(&session),
    );
    check("a search through an iterator of small steps", || {
        iterator(&session)
    });
    check("16 threads with a session each sign with one key", || {
        threads(&token, &session)
    });
    session.close()?;
    check("the library ends and begins again", || {
        token.library.finalize()?;
        Token::open()?.session()?;
        Ok(())
    });
    end();
    Ok(())
}

fn tell(token: &Token) -> Work {
    let info = token.library.get_library_info()?;
    assert!(info.cryptoki_version().major() >= 2);
    assert!(!info.manufacturer_id().is_empty());
    assert!(token.library.is_fn_supported(Function::SignInit));
    assert!(token.library.get_slot_info(token.slot)?.token_present());
    let told = token.library.get_token_info(token.slot)?;
    assert!(told.token_initialized() && told.user_pin_initialized() && told.login_required() && told.rng());
    assert!(token.library.get_all_slots()?.contains(&token.slot));
    Ok(())
}

fn mechanisms(token: &Token) -> Work {
    let all = token.library.get_mechanism_list(token.slot)?;
    for mechanism in &all {
        let info = token.library.get_mechanism_info(token.slot, *mechanism)?;
        assert!(info.min_key_size() <= info.max_key_size(), "{mechanism}");
    }
    assert!(all.contains(&MechanismType::RSA_PKCS) && all.contains(&MechanismType::ECDSA));
    Ok(())
}

fn pins(token: &Token) -> Work {
    let reader = token.library.open_ro_session(token.slot)?;
    assert_eq!(reader.get_session_info()?.session_state(), SessionState::RoPublic);
    reader.close()?;
    let session = token.library.open_rw_session(token.slot)?;
    session.login(UserType::So, Some(&pin("SO_PIN")))?;
    assert_eq!(
        session.get_session_info()?.session_state(),
        SessionState::RwSecurityOfficer
    );
    session.init_pin(&AuthPin::new("another PIN".into()))?;
    session.logout()?;
    session.login(UserType::User, Some(&AuthPin::new("another PIN".into())))?;
    assert_eq!(session.get_session_info()?.session_state(), SessionState::RwUser);
    session.set_pin(&AuthPin::new("another PIN".into()), &pin("PIN"))?;
    session.logout()?;
    Ok(())
}

fn refused(token: &Token) -> Work {
    let session = token.library.open_rw_session(token.slot)?;
    let answer = session.login(UserType::User, Some(&AuthPin::new("not the PIN".into())));
    assert!(
        matches!(answer, Err(Error::Pkcs11(RvError::PinIncorrect, Function::Login))),
        "{answer:?}"
    );
    let answer = pair(&session, b"", false);
    assert!(
        matches!(
            answer,
            Err(Error::Pkcs11(RvError::UserNotLoggedIn, Function::GenerateKeyPair))
        ),
        "{answer:?}"
    );
    Ok(())
}

fn random(session: &Session) -> Work {
    let mut slice = [0; 32];
    session.generate_random_slice(&mut slice)?;
    assert_ne!(slice.to_vec(), session.generate_random_vec(32)?);
    Ok(())
}

/// RFC 4231, test case 2, with CKK_GENERIC_SECRET.
fn hmac(session: &Session) -> Work {
    let key = secret(session, KeyType::GENERIC_SECRET, b"Jefe")?;
    let message = b"what do ya want for nothing?";
    let wanted = hex("5bdcc146bf60754e6a042426089575c7 5a003f089d2739839dec58b964ec3843");
    assert_eq!(session.sign(&Mechanism::Sha256Hmac, key, message)?, wanted);
    session.sign_init(&Mechanism::Sha256Hmac, key)?;
    session.sign_update(&message[..5])?;
    session.sign_update(&message[5..])?;
    assert_eq!(session.sign_final()?, wanted);
    session.verify(&Mechanism::Sha256Hmac, key, message, &wanted)?;
    let answer = session.verify(&Mechanism::Sha256Hmac, key, b"another message", &wanted);
    assert!(
        matches!(
            answer,
            Err(Error::Pkcs11(RvError::SignatureInvalid, Function::Verify))
        ),
        "{answer:?}"
    );
    Ok(())
}

/// RFC 3394, 4.1.
fn key_wrap(session: &Session) -> Work {
    let wrapping = secret(session, KeyType::AES, &hex("000102030405060708090a0b0c0d0e0f"))?;
    let plain = hex("00112233445566778899aabbccddeeff");
    let wrapped = session.wrap_key(
        &Mechanism::AesKeyWrap,
        wrapping,
        secret(session, KeyType::AES, &plain)?,
    )?;
    assert_eq!(wrapped, hex("1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"));
    let template = [
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::AES),
        Attribute::Sensitive(false),
        Attribute::Extractable(true),
    ];
    let back = session.unwrap_key(&Mechanism::AesKeyWrap, wrapping, &wrapped, &template)?;
    assert_eq!(value(session, back)?, plain);
    Ok(())
}

/// RFC 5869, A.1.
fn hkdf(session: &Session) -> Work {
    let base = secret(session, KeyType::HKDF, &[0x0b; 22])?;
    let salt = hex("000102030405060708090a0b0c");
    let info = hex("f0f1f2f3f4f5f6f7f8f9");
    let params = HkdfParams::new(MechanismType::SHA256, Some(HkdfSalt::Data(&salt)), Some(&info));
    let template = [
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::GENERIC_SECRET),
        Attribute::ValueLen(42.into()),
        Attribute::Sensitive(false),
        Attribute::Extractable(true),
    ];
    let derived = session.derive_key(&Mechanism::HkdfDerive(params), base, &template)?;
    let wanted = "3cb25f25faacd57a90434f64d0362f2a 2d2d0a90cf1a5a4c5db02d56ecc4c5bf 34007208d5b887185865";
    assert_eq!(value(session, derived)?, hex(wanted));
    Ok(())
}

fn ecdh(session: &Session) -> Work {
    let (ours, theirs) = (pair(session, b"", false)?, pair(session, b"", false)?);
    let agreed = |private, public| -> Result<Vec<u8>, Error> {
        let Attribute::EcPoint(point) = session
            .get_attributes(public, &[AttributeType::EcPoint])?
            .remove(0)
        else {
            panic!("it is no point");
        };
        let template = [
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(KeyType::GENERIC_SECRET),
            Attribute::ValueLen(32.into()),
            Attribute::Sensitive(false),
            Attribute::Extractable(true),
        ];
        let params = Ecdh1DeriveParams::new(EcKdf::null(), &point);
        value(
            session,
            session.derive_key(&Mechanism::Ecdh1Derive(params), private, &template)?,
        )
    };
    let shared = agreed(ours.1, theirs.0)?;
    assert_eq!(shared.len(), 32);
    assert_eq!(shared, agreed(theirs.1, ours.0)?);
    Ok(())
}

fn life(session: &Session) -> Work {
    let (public, private) = pair(session, b"life", true)?;
    let signature = session.sign(&Mechanism::Ecdsa, private, &[7; 32])?;
    session.verify(&Mechanism::Ecdsa, public, &[7; 32], &signature)?;
    let wanted = [
        Attribute::Id(b"life".to_vec()),
        Attribute::Class(ObjectClass::PRIVATE_KEY),
    ];
    assert_eq!(session.find_objects(&wanted)?, [private]);
    session.update_attributes(private, &[Attribute::Label(b"a label".to_vec())])?;
    let copy = session.copy_object(private, &[Attribute::Label(b"a copy".to_vec())])?;
    assert_eq!(
        session.find_objects(&[Attribute::Label(b"a label".to_vec())])?,
        [private]
    );
    let signature = session.sign(&Mechanism::Ecdsa, copy, &[8; 32])?;
    session.verify(&Mechanism::Ecdsa, public, &[8; 32], &signature)?;
    for object in [public, private, copy] {
        session.destroy_object(object)?;
    }
    assert!(
        session
            .find_objects(&[Attribute::Id(b"life".to_vec())])?
            .is_empty()
    );
    Ok(())
}

fn attributes(session: &Session) -> Work {
    let (_, private) = pair(session, b"", false)?;
    let asked = [
        AttributeType::Value,
        AttributeType::Modulus,
        AttributeType::EcParams,
    ];
    let told = session.get_attribute_info_map(private, &asked)?;
    assert!(matches!(told[&AttributeType::Value], AttributeInfo::Sensitive));
    assert!(matches!(
        told[&AttributeType::Modulus],
        AttributeInfo::TypeInvalid
    ));
    assert!(matches!(
        told[&AttributeType::EcParams],
        AttributeInfo::Available(10)
    ));
    assert_eq!(
        session.get_attributes(private, &asked)?,
        [Attribute::EcParams(P256.to_vec())]
    );
    Ok(())
}

fn iterator(session: &Session) -> Work {
    let label = Attribute::Label(b"one of many".to_vec());
    let data = [
        Attribute::Class(ObjectClass::DATA),
        label.clone(),
        Attribute::Value(vec![1]),
    ];
    let mut made = (0..25)
        .map(|_| session.create_object(&data))
        .collect::<Result<Vec<_>, _>>()?;
    let steps = session.iter_objects_with_cache_size(&[label], 4.try_into()?)?;
    let mut found = steps.collect::<Result<Vec<_>, _>>()?;
    made.sort_by_key(ObjectHandle::handle);
    found.sort_by_key(ObjectHandle::handle);
    assert_eq!(found, made);
    Ok(())
}

fn threads(token: &Token, session: &Session) -> Work {
    let (public, private) = pair(session, b"threads", true)?;
    thread::scope(|scope| {
        let workers: Vec<_> = (0..16)
            .map(|number| scope.spawn(move || sign_often(token, number)))
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().expect("a thread panicked"))
    })?;
    session.destroy_object(public)?;
    session.destroy_object(private)?;
    Ok(())
}

fn sign_often(token: &Token, number: u8) -> Result<(), Error> {
    let session = token.session()?;
    let one = |class| session.find_objects(&[Attribute::Id(b"threads".to_vec()), Attribute::Class(class)]);
    let (public, private) = (
        one(ObjectClass::PUBLIC_KEY)?[0],
        one(ObjectClass::PRIVATE_KEY)?[0],
    );
    for turn in 0..50 {
        let digest = [number ^ turn; 32];
        let signature = session.sign(&Mechanism::Ecdsa, private, &digest)?;
        session.verify(&Mechanism::Ecdsa, public, &digest, &signature)?;
    }
    Ok(())
}
