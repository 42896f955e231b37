//! Payments: `cargo run --release --example payments`.
//!
//! An issuer's day with the `cryptoki` crate: a key for cryptograms comes in in a key block, checks the ARQC of a card,
//! answers it, and does nothing else. Makes a token in a temporary directory. The figures are an HSM's for Visa's CVN 18
//! (docs/payment/emv.md).
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example speaks to its reader"
)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::vendor_defined::VendorDefinedMechanism;
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Any program may choose its own; these are printed here, so choose others.
const SO_PIN: &str = "security officer";
const USER_PIN: &str = "payments user";

/// What a C program takes from `include/vhsm.h`.
const VENDOR: u64 = 0x8000_0000 | 0x5648_0000;
const CKM_VHSM_EMV_AC: u64 = VENDOR | 0x52;
const CKM_VHSM_EMV_ARPC1: u64 = VENDOR | 0x53;
const CKM_VHSM_TR31: u64 = VENDOR | 0x80;
const CKA_VHSM_KEY_USAGE: u64 = VENDOR | 0x01;
const CKA_VHSM_MODE_OF_USE: u64 = VENDOR | 0x02;
const CKA_VHSM_EXPORTABILITY: u64 = VENDOR | 0x03;

/// An issuer's master key for cryptograms.
const ISSUER_KEY: [u8; 16] = [
    0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 0xFE, 0xDC, 0xBA, 0x98, 0x76, 0x54, 0x32, 0x10,
];
/// Version; key of option B, common session key; padding 2, 8 bytes; PAN, sequence number; ATC.
const OF_CRYPTOGRAM: [u8; 18] = [
    1, b'B', 1, 2, 8, 0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56, 0xFF, 0xFF, 0x00, 0x00, 0x1C,
];
/// What the card has signed: amounts, country, TVR, currency, date, type, unpredictable number, AIP, ATC, IAD.
const TRANSACTION: [u8; 40] = [
    0x00, 0x00, 0x00, 0x00, 0x40, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x24, 0x80, 0x00, 0x04,
    0x80, 0x00, 0x01, 0x24, 0x19, 0x11, 0x05, 0x01, 0x52, 0xBF, 0x45, 0x85, 0x18, 0x00, 0x00, 0x1C, 0x06,
    0x01, 0x12, 0x03, 0xA0, 0xB8, 0x00,
];
const ARQC: [u8; 8] = [0x7A, 0x78, 0x8E, 0xA6, 0xB8, 0xA3, 0xE7, 0x33];

fn main() -> ExitCode {
    let inside = env::args().nth(1).is_some();
    match if inside { payments() } else { start() } {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\npayments failed: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the rest as a process with a configuration that keeps everything in a directory of its own.
fn start() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let configuration = directory.path().join("vhsm.toml");
    let data = directory.path().join("data");
    fs::write(
        &configuration,
        format!("data_dir = {data:?}\n[log]\ntarget = \"stderr\"\nlevel = \"error\"\n"),
    )?;
    let mut inside = Command::new(env::current_exe()?);
    let status = inside.arg("inside").env("VHSM_CONF", &configuration).status()?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("the process ended with {status}").into()),
    }
}

fn payments() -> Result<()> {
    let pkcs11 = Pkcs11::new(module()?)?;
    pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))?;
    let slot = *pkcs11.get_slots_with_token()?.first().ok_or("there is no slot")?;
    let so_pin = AuthPin::new(SO_PIN.into());
    pkcs11.init_token(slot, &so_pin, "payments")?;
    let session = pkcs11.open_rw_session(slot)?;
    session.login(UserType::So, Some(&so_pin))?;
    session.init_pin(&AuthPin::new(USER_PIN.into()))?;
    session.logout()?;
    session.login(UserType::User, Some(&AuthPin::new(USER_PIN.into())))?;

    let key = bring_in(&session)?;
    check_and_answer(&session, key)?;
    say(
        "other uses",
        &refused(session.encrypt(&Mechanism::Des3Ecb, key, &[0; 8]))?,
    );
    say("leaving", &refused(leave(&session, key))?);
    pkcs11.finalize()?;
    Ok(())
}

/// The master key comes in in a key block under the zone's key. The header says what it is for; here the block is made in
/// the same token, from the clear.
fn bring_in(session: &Session) -> Result<ObjectHandle> {
    let zone = session.generate_key(
        &Mechanism::AesKeyGen,
        &[
            Attribute::ValueLen(32.into()),
            vendor(CKA_VHSM_KEY_USAGE, b"K1"),
            vendor(CKA_VHSM_MODE_OF_USE, b"B"),
        ],
    )?;
    let clear = session.create_object(&[
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::DES2),
        Attribute::Value(ISSUER_KEY.into()),
        Attribute::Extractable(true),
        vendor(CKA_VHSM_KEY_USAGE, b"E0"),
        vendor(CKA_VHSM_MODE_OF_USE, b"X"),
        vendor(CKA_VHSM_EXPORTABILITY, b"E"),
    ])?;
    // Version D; usage, algorithm, mode and version as they are; exportability N: it goes no further.
    let header = [1, b'D', 0, 0, 0, 0, 0, 0, b'N', 0, 0];
    let block = session.wrap_key(&mechanism(CKM_VHSM_TR31, &header)?, zone, clear)?;
    session.destroy_object(clear)?;
    say("key block", &String::from_utf8(block.clone())?);
    let key = session.unwrap_key(&mechanism(CKM_VHSM_TR31, &[1, 0])?, zone, &block, &[])?;
    let usage = AttributeType::VendorDefined(CKA_VHSM_KEY_USAGE);
    match session.get_attributes(key, &[usage])?.as_slice() {
        [Attribute::VendorDefined((_, usage))] if usage == b"E0" => Ok(key),
        other => Err(format!("the key is for something else: {other:?}").into()),
    }
}

/// The keys of card and session are derived in each call, from the issuer's, and kept nowhere.
fn check_and_answer(session: &Session, key: ObjectHandle) -> Result<()> {
    let cryptogram = mechanism(CKM_VHSM_EMV_AC, &OF_CRYPTOGRAM)?;
    session.verify(&cryptogram, key, &TRANSACTION, &ARQC)?;
    say("ARQC", "the card's cryptogram is right");
    let mut changed = TRANSACTION;
    changed[4] = 0x41;
    say("", &refused(session.verify(&cryptogram, key, &changed, &ARQC))?);

    let mut of_answer = OF_CRYPTOGRAM;
    (of_answer[3], of_answer[4]) = (0, 8);
    let approved = [&ARQC[..], b"00"].concat();
    let answer = session.sign(&mechanism(CKM_VHSM_EMV_ARPC1, &of_answer)?, key, &approved)?;
    let shown: String = answer.iter().map(|byte| format!("{byte:02X}")).collect();
    say("ARPC", &format!("{shown}, for response code 00"));
    Ok(())
}

/// The header has said that the key stays.
fn leave(session: &Session, key: ObjectHandle) -> cryptoki::error::Result<Vec<u8>> {
    let wrapping = session.generate_key(&Mechanism::AesKeyGen, &[Attribute::ValueLen(32.into())])?;
    session.wrap_key(&Mechanism::AesKeyWrap, wrapping, key)
}

/// The refusal in words; an error if there was none.
fn refused<T>(answer: cryptoki::error::Result<T>) -> Result<String> {
    match answer {
        Ok(_) => Err("what must be refused was done".into()),
        Err(cryptoki::error::Error::Pkcs11(reason, _)) => Ok(format!("refused ({reason:?})")),
        Err(other) => Err(other.into()),
    }
}

fn vendor(attribute: u64, value: &[u8]) -> Attribute {
    Attribute::VendorDefined((AttributeType::VendorDefined(attribute), value.to_vec()))
}

fn mechanism<const N: usize>(number: u64, parameter: &[u8; N]) -> Result<Mechanism<'_>> {
    let number = MechanismType::new_vendor_defined(number)?;
    Ok(Mechanism::VendorDefined(VendorDefinedMechanism::new(
        number,
        Some(parameter),
    )))
}

/// Cargo builds the library for its examples, too, and leaves it in `deps` beside them.
fn module() -> Result<PathBuf> {
    let (prefix, suffix) = (env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
    let name = format!("{prefix}vhsm{suffix}");
    let program = env::current_exe()?;
    let profile = program.parent().and_then(Path::parent);
    let profile = profile.ok_or("the program stands in no directory")?;
    [profile.join("deps").join(&name), profile.join(&name)]
        .into_iter()
        .find(|path| path.exists())
        .ok_or_else(|| format!("{name} is not in {}", profile.display()).into())
}

fn say(what: &str, line: &str) {
    println!("  {what:<13}{line}");
}
