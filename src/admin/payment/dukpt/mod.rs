//! `vhsm payment dukpt`: the keys of a transaction.

mod serial;

use clap::{Args, ValueEnum};
use serde_json::json;

use self::serial::Serial;
use super::bench_key::{BenchKey, Cipher, KeyOption, TestKey};
use super::shown::{self, Shown};
use super::values::{bytes_of, upper_hexadecimal};
use crate::admin::context::Context;
use crate::admin::failure::{Failure, Outcome};
use crate::admin::output::{self, Output};
use crate::ck::*;
use crate::error::Error;

/// What the working keys of AES are used with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Algorithm {
    /// Triple DES with two keys
    #[value(name = "2tdea")]
    Tdea2,
    /// Triple DES with three keys
    #[value(name = "3tdea")]
    Tdea3,
    /// AES with 128 bits
    #[value(name = "aes-128")]
    Aes128,
    /// AES with 192 bits
    #[value(name = "aes-192")]
    Aes192,
    /// AES with 256 bits
    #[value(name = "aes-256")]
    Aes256,
    /// HMAC with 128 bits
    #[value(name = "hmac-128")]
    Hmac128,
    /// HMAC with 192 bits
    #[value(name = "hmac-192")]
    Hmac192,
    /// HMAC with 256 bits
    #[value(name = "hmac-256")]
    Hmac256,
}

impl Algorithm {
    /// The algorithm's indicator, and the key's length in bits [ANSI X9.24-3:2017, 6.3.2].
    const fn indicators(self) -> (u8, u16) {
        match self {
            Self::Tdea2 => (0, 128),
            Self::Tdea3 => (1, 192),
            Self::Aes128 => (2, 128),
            Self::Aes192 => (3, 192),
            Self::Aes256 => (4, 256),
            Self::Hmac128 => (5, 128),
            Self::Hmac192 => (5, 192),
            Self::Hmac256 => (5, 256),
        }
    }

    /// Whether there are keys of this algorithm for the use.
    const fn has(self, usage: u16) -> bool {
        match self {
            Self::Aes128 | Self::Aes192 | Self::Aes256 => true,
            Self::Tdea2 | Self::Tdea3 => usage != DERIVATION,
            Self::Hmac128 | Self::Hmac192 | Self::Hmac256 => matches!(usage, 0x2000..=0x2002),
        }
    }
}

/// `vhsm payment dukpt`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  vhsm payment dukpt --clear-test-key 0123456789ABCDEFFEDCBA9876543210 FFFF9876543210E00001
      ANSI X9.24-1's example: the initial key 6AC292FAA1315B4D858AB3A3D7D5933A, the PIN key
      042666B49184CF5C68DE9628D0397B36, and the others.
  vhsm payment dukpt --clear-test-key FEDCBA9876543210F1F1F1F1F1F1F1F1 123456789012345600000001
      ANSI X9.24-3's: the PIN key AF8CB133A78F8DC2D1359F18527593FB.
  vhsm payment dukpt --key bdk --descriptor A05 FFFF9876543210E00001
      Check values of the keys under a base derivation key on the token, and the KSN's parts.")]
pub(in crate::admin) struct DukptArguments {
    #[command(flatten)]
    key: KeyOption,
    /// The key serial number: 15 to 20 hexadecimal digits of triple DES, or 24 of AES
    #[arg(value_name = "KSN")]
    ksn: String,
    /// The key is a device's initial key (IPEK) and no base derivation key
    #[arg(long)]
    initial_key: bool,
    /// How many digits of the KSN are the key set's, the sub-key's and the device's, as in A05; triple DES only
    #[arg(long, value_name = "DIGITS")]
    descriptor: Option<String>,
    /// What the working keys of DUKPT with AES are used with [default: AES, as long as the key]
    #[arg(long, value_enum)]
    algorithm: Option<Algorithm>,
}

/// The purposes of triple DES.
const TDES_PURPOSES: [(u8, &str); 5] = [
    (1, "PIN"),
    (2, "MAC, request"),
    (3, "MAC, response"),
    (4, "data, request"),
    (5, "data, response"),
];

/// The use of keys that derive.
const DERIVATION: u16 = 0x8000;
/// The use of keys that encrypt keys.
const KEY_ENCRYPTION: u16 = 0x0002;
/// The uses of AES [ANSI X9.24-3:2017, 6.3.2].
const AES_USAGES: [(u16, &str); 9] = [
    (0x1000, "PIN"),
    (0x2000, "MAC, generation"),
    (0x2001, "MAC, verification"),
    (0x2002, "MAC, both ways"),
    (0x3000, "data, encryption"),
    (0x3001, "data, decryption"),
    (0x3002, "data, both ways"),
    (KEY_ENCRYPTION, "key encryption"),
    (DERIVATION, "key derivation"),
];
/// The counter of the key under which a new initial key comes.
const UPDATE: u32 = u32::MAX;

/// `vhsm payment dukpt`
pub(super) fn dukpt(arguments: &DukptArguments, context: &Context) -> Outcome {
    let serial = Serial::read(&arguments.ksn)?;
    let parts = serial.parts(arguments.descriptor.as_deref())?;
    if matches!(serial, Serial::Tdes(_)) && arguments.algorithm.is_some() {
        let remedy = "leave it out, or give the KSN of AES, which has 24 digits";
        return Err(Failure::new("--algorithm goes with DUKPT of AES", remedy));
    }
    let usage = match arguments.initial_key {
        true => KeyUsage::INITIAL_DUKPT,
        false => KeyUsage::BASE_DERIVATION,
    };
    let cipher = match serial {
        Serial::Tdes(_) => Cipher::Des,
        Serial::Aes(_) => Cipher::Aes,
    };
    let key = arguments.key.open_as(context, &TestKey::new(usage, cipher))?;
    let keys = match &serial {
        Serial::Tdes(ksn) => tdes_keys(&key, arguments.initial_key, ksn, serial.counter()),
        Serial::Aes(ksn) => aes_keys(&key, arguments, ksn, serial.counter()),
    };
    let keys = keys.map_err(of_ksn)?;
    match context.output {
        Output::Json => {
            let keys: Vec<_> = keys.iter().map(Shown::json).collect();
            let parts = parts
                .into_iter()
                .map(|(name, digits)| (name.replace([' ', '-'], "_").to_lowercase(), json!(digits)));
            let parts: serde_json::Map<_, _> = parts.collect();
            output::json(&json!({ "ksn": serial.digits(), "parts": parts, "keys": keys }))?;
        }
        Output::Text => {
            let whole = ("key serial number".to_owned(), serial.digits());
            let pairs: Vec<_> = [whole].into_iter().chain(parts).collect();
            output::pairs(&pairs)?;
            output::text("")?;
            shown::table(keys)?;
        }
    }
    Ok(())
}

/// What is wrong with a counter is the KSN's.
fn of_ksn(error: Error) -> Failure {
    match error {
        Error::MechanismParamInvalid(_) => {
            let remedy = "give the KSN of a transaction, or 0 as its counter for the initial key alone";
            Failure::from(error).after("KSN: ").with_remedy(remedy)
        }
        Error::KeyTypeInconsistent { .. } => {
            let remedy =
                "a KSN of 24 digits goes with a key of AES, a shorter one with a double-length key of DES";
            Failure::from(error).with_remedy(remedy)
        }
        Error::KeySizeRange(_) => {
            let remedy = "with --algorithm, name one that is no stronger than the base derivation key";
            Failure::from(error).with_remedy(remedy)
        }
        error => error.into(),
    }
}

/// A parameter that begins with its version.
fn parameter(parts: &[&[u8]]) -> Vec<u8> {
    [&[1_u8][..]]
        .iter()
        .chain(parts)
        .copied()
        .flatten()
        .copied()
        .collect()
}

/// The initial key, first of all: derived, or the key itself.
fn initial(
    key: &BenchKey,
    is_initial: bool,
    id: MechanismId,
    identifier: &[u8],
) -> Result<Vec<Shown>, Error> {
    let shown = match is_initial {
        true => Shown::of("initial key", key),
        false => Shown::of("initial key", &key.derive(id, &parameter(&[identifier]))?),
    };
    Ok(vec![shown?])
}

fn tdes_keys(key: &BenchKey, is_initial: bool, ksn: &[u8; 10], counter: u32) -> Result<Vec<Shown>, Error> {
    let mut keys = initial(key, is_initial, CKM_VHSM_DUKPT_TDES_INITIAL_KEY, ksn)?;
    if counter == 0 {
        return Ok(keys);
    }
    for (purpose, name) in TDES_PURPOSES {
        let made = key.derive(CKM_VHSM_DUKPT_TDES_DERIVE, &parameter(&[&[0, purpose], ksn]))?;
        keys.push(Shown::of(name, &made)?);
    }
    Ok(keys)
}

fn aes_keys(
    key: &BenchKey,
    arguments: &DukptArguments,
    ksn: &[u8; 12],
    counter: u32,
) -> Result<Vec<Shown>, Error> {
    let [identifier @ .., _, _, _, _] = ksn;
    let id = CKM_VHSM_DUKPT_AES_INITIAL_KEY;
    let mut keys = initial(key, arguments.initial_key, id, identifier)?;
    let algorithm = match arguments.algorithm {
        Some(algorithm) => algorithm,
        None => match key.value_len()? {
            24 => Algorithm::Aes192,
            32 => Algorithm::Aes256,
            _ => Algorithm::Aes128,
        },
    };
    let (indicator, bits) = algorithm.indicators();
    for (usage, name) in AES_USAGES {
        let name = match (counter, usage) {
            (0, _) => continue,
            (UPDATE, KEY_ENCRYPTION) => "update of the initial key",
            (UPDATE, _) => continue,
            _ if !algorithm.has(usage) => continue,
            _ => name,
        };
        let (usage, bits) = (usage.to_be_bytes(), bits.to_be_bytes());
        let made = key.derive(
            CKM_VHSM_DUKPT_AES_DERIVE,
            &parameter(&[&[0], &usage, &[0, indicator], &bits, ksn]),
        )?;
        keys.push(Shown::of(name, &made)?);
    }
    Ok(keys)
}
