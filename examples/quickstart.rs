//! A tour of vhsm: `cargo run --release --example quickstart`.
//!
//! Loads the `libvhsm.so` that was just built with dlopen, as any program that speaks PKCS#11 would, makes a token in
//! a temporary directory and uses it; then a second process opens the same token and goes on with the same keys.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example speaks to its reader"
)]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::vendor_defined::VendorDefinedMechanism;
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Any program may choose its own; these are printed in README.md, so choose others.
const SO_PIN: &str = "security officer";
const USER_PIN: &str = "quickstart user";

/// DER of the object identifiers of P-256 and Ed25519.
const P256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const ED25519: [u8; 5] = [0x06, 0x03, 0x2b, 0x65, 0x70];

/// What a C program takes from `include/vhsm.h`.
const CKM_VHSM_CVV: u64 = 0x8000_0000 | 0x5648_0000 | 0x0001;
const CKA_VHSM_KEY_USAGE: u64 = 0x8000_0000 | 0x5648_0000 | 0x0001;

/// A published example: this key, card, expiry and service code have the CVV 561.
const CVV_KEY: [u8; 16] = [
    0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10,
];
const CARD: &[u8] = b"4123456789012345;8701;101";

const CONTRACT: &[u8] = b"I owe you a coffee.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        [] => tour(),
        ["first", directory] => first_process(Path::new(directory)),
        ["second", directory] => second_process(Path::new(directory)),
        _ => Err("the quickstart takes no arguments".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nquickstart failed: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Starts the two processes, with a configuration that keeps everything in a directory of their own.
fn tour() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let configuration = directory.path().join("vhsm.toml");
    let data = directory.path().join("data");
    fs::write(
        &configuration,
        format!("data_dir = {data:?}\n[log]\ntarget = \"stderr\"\nlevel = \"error\"\n"),
    )?;

    println!("vhsm: a hardware security module without the hardware\n");
    say("module", &module()?.display().to_string());
    say("data", &format!("{}, removed at the end", data.display()));
    let start = Instant::now();
    for process in ["first", "second"] {
        println!("\n{process} process");
        let status = Command::new(std::env::current_exe()?)
            .args([Path::new(process), directory.path()])
            .env("VHSM_CONF", &configuration)
            .status()?;
        if !status.success() {
            return Err(format!("the {process} process ended with {status}").into());
        }
    }
    println!(
        "\nAll of it took {} ms. Next: README.md, \"Use it\".",
        start.elapsed().as_millis()
    );
    Ok(())
}

/// Makes a token with keys, and uses them.
fn first_process(directory: &Path) -> Result<()> {
    let pkcs11 = load()?;
    let slot = make_token(&pkcs11)?;
    let session = pkcs11.open_rw_session(slot)?;
    session.login(UserType::User, Some(&AuthPin::new(USER_PIN.into())))?;

    make_keys(&session)?;
    sign_and_verify(&session, directory)?;
    keep_secrets(&session)?;
    encrypt_and_wrap(&session, directory)?;
    card_verification_value(&session)?;
    pkcs11.finalize()?;
    Ok(())
}

/// Goes on where the first process ended.
fn second_process(directory: &Path) -> Result<()> {
    let pkcs11 = load()?;
    let slot = *pkcs11
        .get_slots_with_initialized_token()?
        .first()
        .ok_or("the token is gone")?;
    let session = pkcs11.open_rw_session(slot)?;
    say(
        "token",
        &format!("\"{}\" is there again", pkcs11.get_token_info(slot)?.label()),
    );

    let public = session.find_objects(&[])?.len();
    say(
        "before login",
        &format!("{public} objects can be seen: the public ones"),
    );
    match session.login(UserType::User, Some(&AuthPin::new("a guess".into()))) {
        Ok(()) => return Err("a wrong PIN was accepted".into()),
        Err(error) => say("wrong PIN", &format!("refused and counted ({})", code(&error))),
    }
    session.login(UserType::User, Some(&AuthPin::new(USER_PIN.into())))?;
    say(
        "after login",
        &format!("{} objects", session.find_objects(&[])?.len()),
    );

    let key = find(&session, ObjectClass::PUBLIC_KEY, "ec key")?;
    session.verify(
        &Mechanism::EcdsaSha256,
        key,
        CONTRACT,
        &fs::read(directory.join("signature"))?,
    )?;
    say("verify", "the first process's ECDSA signature is right");
    let key = find(&session, ObjectClass::PRIVATE_KEY, "ec key")?;
    let signature = session.sign(&Mechanism::EcdsaSha256, key, CONTRACT)?;
    say(
        "sign",
        &format!("ECDSA again, with the same key: {}", short(&signature)),
    );

    let key = find(&session, ObjectClass::SECRET_KEY, "unwrapped key")?;
    let mut iv: [u8; 12] = fs::read(directory.join("iv"))?
        .try_into()
        .map_err(|_| "not 12 bytes")?;
    let mechanism = Mechanism::AesGcm(GcmParams::new(&mut iv, b"letter 1", 128.into())?);
    let text = session.decrypt(&mechanism, key, &fs::read(directory.join("ciphertext"))?)?;
    say(
        "decrypt",
        &format!(
            "AES-GCM, the first process's letter: {:?}",
            String::from_utf8(text)?
        ),
    );

    let key = find(&session, ObjectClass::SECRET_KEY, "card verification key")?;
    session.verify(&cvv()?, key, CARD, b"561")?;
    say(
        "CVV",
        "561 is right; the module never says what would have been right",
    );
    match session.verify(&cvv()?, key, CARD, b"562") {
        Ok(()) => return Err("a wrong CVV was accepted".into()),
        Err(error) => say("", &format!("562 is refused ({})", code(&error))),
    }
    pkcs11.finalize()?;
    Ok(())
}

fn make_token(pkcs11: &Pkcs11) -> Result<Slot> {
    let info = pkcs11.get_library_info()?;
    say(
        "loaded",
        &format!(
            "{}, PKCS#11 {}",
            info.library_description(),
            info.cryptoki_version()
        ),
    );
    let slot = *pkcs11.get_slots_with_token()?.first().ok_or("there is no slot")?;
    let so_pin = AuthPin::new(SO_PIN.into());
    pkcs11.init_token(slot, &so_pin, "quickstart")?;
    let session = pkcs11.open_rw_session(slot)?;
    session.login(UserType::So, Some(&so_pin))?;
    session.init_pin(&AuthPin::new(USER_PIN.into()))?;
    session.logout()?;
    session.close()?;
    say(
        "token",
        &format!(
            "\"quickstart\" in slot {}; the security officer has set the user's PIN",
            slot.id()
        ),
    );
    Ok(slot)
}

fn make_keys(session: &Session) -> Result<()> {
    let kept = |label: &str| vec![Attribute::Token(true), Attribute::Label(label.into())];
    let with = |label: &str, more: Attribute| [kept(label), vec![more]].concat();

    let start = Instant::now();
    let template = with("rsa key", Attribute::ModulusBits(3072.into()));
    session.generate_key_pair(&Mechanism::RsaPkcsKeyPairGen, &template, &kept("rsa key"))?;
    say(
        "keys",
        &format!("RSA, 3072 bits ({} ms)", start.elapsed().as_millis()),
    );
    let template = with("ec key", Attribute::EcParams(P256.into()));
    session.generate_key_pair(&Mechanism::EccKeyPairGen, &template, &kept("ec key"))?;
    say("", "EC, P-256");
    let template = with("ed25519 key", Attribute::EcParams(ED25519.into()));
    session.generate_key_pair(&Mechanism::EccEdwardsKeyPairGen, &template, &kept("ed25519 key"))?;
    say("", "Ed25519");
    session.generate_key(
        &Mechanism::AesKeyGen,
        &with("aes key", Attribute::ValueLen(32.into())),
    )?;
    say("", "AES, 256 bits");
    Ok(())
}

fn sign_and_verify(session: &Session, directory: &Path) -> Result<()> {
    let pss = PkcsPssParams {
        hash_alg: MechanismType::SHA256,
        mgf: PkcsMgfType::MGF1_SHA256,
        s_len: 32.into(),
    };
    let mechanisms = [
        ("rsa key", "RSA-PSS", Mechanism::Sha256RsaPkcsPss(pss)),
        ("ec key", "ECDSA", Mechanism::EcdsaSha256),
        (
            "ed25519 key",
            "Ed25519",
            Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Pure)),
        ),
    ];
    for (label, name, mechanism) in mechanisms {
        let private = find(session, ObjectClass::PRIVATE_KEY, label)?;
        let public = find(session, ObjectClass::PUBLIC_KEY, label)?;
        let signature = session.sign(&mechanism, private, CONTRACT)?;
        session.verify(&mechanism, public, CONTRACT, &signature)?;
        if session
            .verify(&mechanism, public, b"I owe you a yacht.", &signature)
            .is_ok()
        {
            return Err("a forged contract was accepted".into());
        }
        say(
            "sign",
            &format!("{name}: {} verifies, and not for another text", short(&signature)),
        );
        if label == "ec key" {
            fs::write(directory.join("signature"), &signature)?;
        }
    }
    Ok(())
}

/// A private key works but does not leave.
fn keep_secrets(session: &Session) -> Result<()> {
    let key = find(session, ObjectClass::PRIVATE_KEY, "ec key")?;
    let revealed = session.get_attributes(key, &[AttributeType::Label, AttributeType::Value])?;
    match revealed.as_slice() {
        [Attribute::Label(_)] => say("secrets", "the private key's label can be read, its value cannot"),
        _ => return Err("the private key was revealed".into()),
    }
    Ok(())
}

/// Encrypts under one key, sends that key wrapped under another, unwraps it and decrypts.
fn encrypt_and_wrap(session: &Session, directory: &Path) -> Result<()> {
    let data_key = session.generate_key(
        &Mechanism::AesKeyGen,
        &[
            Attribute::ValueLen(32.into()),
            Attribute::Extractable(true),
            Attribute::Label("data key".into()),
        ],
    )?;
    let mut iv = [0; 12];
    session.generate_random_slice(&mut iv)?;
    fs::write(directory.join("iv"), iv)?;
    let mechanism = Mechanism::AesGcm(GcmParams::new(&mut iv, b"letter 1", 128.into())?);
    let ciphertext = session.encrypt(&mechanism, data_key, b"Meet me at the fountain.")?;
    say("encrypt", &format!("AES-GCM: {}", short(&ciphertext)));

    let wrapping_key = find(session, ObjectClass::SECRET_KEY, "aes key")?;
    let wrapped = session.wrap_key(&Mechanism::AesKeyWrap, wrapping_key, data_key)?;
    session.destroy_object(data_key)?;
    say(
        "wrap",
        &format!(
            "its key under another, as {} bytes: {}",
            wrapped.len(),
            short(&wrapped)
        ),
    );
    let template = [
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::AES),
        Attribute::Token(true),
        Attribute::Label("unwrapped key".into()),
    ];
    let data_key = session.unwrap_key(&Mechanism::AesKeyWrap, wrapping_key, &wrapped, &template)?;
    let text = session.decrypt(&mechanism, data_key, &ciphertext)?;
    say("unwrap", &format!("and decrypt: {:?}", String::from_utf8(text)?));
    fs::write(directory.join("ciphertext"), &ciphertext)?;
    Ok(())
}

/// The three digits on a card, by a vendor mechanism on a key that may do nothing else.
fn card_verification_value(session: &Session) -> Result<()> {
    let key = session.create_object(&[
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::DES2),
        Attribute::Token(true),
        Attribute::Label("card verification key".into()),
        Attribute::Value(CVV_KEY.into()),
        Attribute::VendorDefined((AttributeType::VendorDefined(CKA_VHSM_KEY_USAGE), b"C0".into())),
    ])?;
    let value = session.sign(&cvv()?, key, CARD)?;
    session.verify(&cvv()?, key, CARD, &value)?;
    say(
        "CVV",
        &format!(
            "of the card in the published example: {}",
            String::from_utf8(value.clone())?
        ),
    );
    if value != b"561" {
        return Err("the published CVV is 561".into());
    }
    match session.encrypt(&Mechanism::Des3Ecb, key, &[0; 8]) {
        Ok(_) => Err("a card verification key encrypted".into()),
        Err(error) => {
            say(
                "",
                &format!(
                    "and its key does nothing else: encryption is refused ({})",
                    code(&error)
                ),
            );
            Ok(())
        }
    }
}

fn cvv() -> Result<Mechanism<'static>> {
    let number = MechanismType::new_vendor_defined(CKM_VHSM_CVV)?;
    Ok(Mechanism::VendorDefined(VendorDefinedMechanism::new::<()>(
        number, None,
    )))
}

fn find(session: &Session, class: ObjectClass, label: &str) -> Result<ObjectHandle> {
    let found = session.find_objects(&[Attribute::Class(class), Attribute::Label(label.into())])?;
    match found.as_slice() {
        [one] => Ok(*one),
        others => Err(format!("{} objects are called {label:?}", others.len()).into()),
    }
}

fn load() -> Result<Pkcs11> {
    let pkcs11 = Pkcs11::new(module()?)?;
    pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))?;
    Ok(pkcs11)
}

/// Cargo builds the library for its examples, too, and leaves it in `deps` beside them.
fn module() -> Result<PathBuf> {
    let name = format!(
        "{}vhsm{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    );
    let program = std::env::current_exe()?;
    let profile = program
        .parent()
        .and_then(Path::parent)
        .ok_or("the program stands in no directory")?;
    [profile.join("deps").join(&name), profile.join(&name)]
        .into_iter()
        .find(|path| path.exists())
        .ok_or_else(|| {
            format!(
                "{name} is not in {}; run `cargo build --release`",
                profile.display()
            )
            .into()
        })
}

fn say(what: &str, line: &str) {
    println!("  {what:<13}{line}");
}

/// The code's name, without the binding's words around it.
fn code(error: &cryptoki::error::Error) -> String {
    match error {
        cryptoki::error::Error::Pkcs11(reason, _) => format!("{reason:?}"),
        other => other.to_string(),
    }
}

/// The first bytes, in hexadecimal.
fn short(bytes: &[u8]) -> String {
    let start: String = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{start}… ({} bytes)", bytes.len())
}
