//! `vhsm payment key-block encode`: a key into a block.

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};

use super::{WEAK_KEYS, is_of_aes, mechanism};
use crate::admin::context::Context;
use crate::admin::failure::{Failure, Outcome};
use crate::admin::payment::bench_key::{BenchKey, Cipher, KeyOption, TestKey};
use crate::admin::payment::values::print;
use crate::attribute::Value;
use crate::ck::*;
use crate::error::{Error, KeyRole, PaymentFault};

/// `vhsm payment key-block encode`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  vhsm payment key-block encode --key zmk --wrap zpk --block-version D
      The key \"zpk\" of the token under \"zmk\", with what it says of itself in the header.
  vhsm payment key-block encode --block-version B --clear-test-key DD7515F2BFC17F85CE48F3CA25CB21F6 --wrap-clear-test-key 3F419E1CB7079442AA37474C2EFBF8B8 --usage P0 --algorithm T --mode E --exportability E
      The keys of one of TR-31's examples. Blocks differ in their padding, which is random; `decode` gives the key back.
  vhsm payment key-block encode --key zmk --wrap bdk --block-version D --optional KS=00604B120F9292800000 --check-values key,protection
      With optional blocks.")]
pub(super) struct EncodeArguments {
    #[command(flatten)]
    key: KeyOption,
    /// The key that is put into the block, on the same token: its label or pkcs11: URI
    #[arg(long, value_name = "OBJECT", required_unless_present = "wrap_clear_test_key")]
    wrap: Option<String>,
    /// A test key in the clear, instead of one on the token; with --usage and --algorithm
    #[arg(long, value_name = "HEX", conflicts_with = "wrap", requires_all = ["usage", "algorithm"])]
    wrap_clear_test_key: Option<String>,
    /// The version of the block: A to E of TR-31 and X9.143, 0 and 1 of Thales
    #[arg(long, value_name = "VERSION", value_parser = PossibleValuesParser::new(["A", "B", "C", "D", "E", "0", "1"]))]
    block_version: String,
    /// The usage, two characters, as in P0 [default: the key's own]
    #[arg(long, value_name = "CODE")]
    usage: Option<String>,
    /// The algorithm: A (AES), T (triple DES), D (DES) or H (HMAC) [default: the key's own]
    #[arg(long, value_name = "CODE")]
    algorithm: Option<String>,
    /// The mode of use, one character, no wider than the key's [default: the key's own; N of a test key]
    #[arg(long, value_name = "CODE")]
    mode: Option<String>,
    /// The version of the key, two characters [default: the key's own; 00 of a test key]
    #[arg(long, value_name = "CODE")]
    key_version: Option<String>,
    /// How the key may leave: E, N or S, no wider than the key's [default: the key's own, else N; E of a test key]
    #[arg(long, value_name = "CODE")]
    exportability: Option<String>,
    /// An optional block, as in KS=00604B120F9292800000; may be given several times
    #[arg(long, value_name = "ID=TEXT")]
    optional: Vec<String>,
    /// Optional blocks with check values: of the key (KC), of the protection key (KP)
    #[arg(long, value_enum, value_name = "WHICH", value_delimiter = ',')]
    check_values: Vec<Checked>,
    /// Length in bytes up to which random bytes hide that of the key [default: 24 of DES, 32 of AES; 1 hides nothing]
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u8).range(1..))]
    masking_length: Option<u8>,
    /// The hash of a test key of HMAC
    #[arg(long, value_enum, requires = "wrap_clear_test_key")]
    hash: Option<Hash>,
    /// The --clear-test-key is an LMK of this number, two digits; without, it is a zone's master key. Versions 0 and 1
    #[arg(long, value_name = "NUMBER", requires = "clear_test_key")]
    lmk_id: Option<String>,
}

/// Of which key a check value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Checked {
    /// The key in the block: KC
    Key,
    /// The protection key: KP
    Protection,
}

/// A hash of HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Hash {
    /// SHA-1
    Sha1,
    /// SHA-224
    Sha224,
    /// SHA-256
    Sha256,
    /// SHA-384
    Sha384,
    /// SHA-512
    Sha512,
}

impl Hash {
    const fn key_type(self) -> KeyType {
        match self {
            Self::Sha1 => CKK_SHA_1_HMAC,
            Self::Sha224 => CKK_SHA224_HMAC,
            Self::Sha256 => CKK_SHA256_HMAC,
            Self::Sha384 => CKK_SHA384_HMAC,
            Self::Sha512 => CKK_SHA512_HMAC,
        }
    }
}

/// The characters of a code; zeros where it is not given.
fn code<const N: usize>(option: &str, text: Option<&str>) -> Result<[u8; N], Failure> {
    let Some(text) = text else {
        return Ok([0; N]);
    };
    match <[u8; N]>::try_from(text.as_bytes()) {
        Ok(code) if code.iter().all(u8::is_ascii_alphanumeric) => Ok(code),
        _ => {
            let what = format!("{option} {text:?} is no code of a key block");
            let letters = if N == 1 {
                "one letter or digit"
            } else {
                "two letters or digits"
            };
            let remedy =
                format!("give {letters}; `vhsm payment key-block show` tells what those of a block mean");
            Err(Failure::new(what, remedy))
        }
    }
}

/// An optional block as it stands in a header: identifier, length and text.
fn optional(option: &str) -> Result<String, Failure> {
    let (id, text) = option.split_once('=').unwrap_or_default();
    let is_id = id.len() == 2 && id.bytes().all(|c| c.is_ascii_alphanumeric());
    if !is_id || !text.bytes().all(|c| matches!(c, b' '..=b'~')) {
        let what = format!("--optional {option:?} is no optional block");
        let remedy =
            "give two letters or digits, an equals sign and printable ASCII characters, as in LB=terminal 7";
        return Err(Failure::new(what, remedy));
    }
    // Longer than two digits tell: the number of bytes of the length, and the length.
    Ok(match text.len() + 4 {
        length @ ..=0xff => format!("{id}{length:02X}{text}"),
        length => format!("{id}0002{:04X}{text}", length + 6),
    })
}

impl EncodeArguments {
    /// The parameter of the mechanism.
    fn parameter(&self) -> Result<Vec<u8>, Failure> {
        let usage = code::<2>("--usage", self.usage.as_deref())?;
        let algorithm = code::<1>("--algorithm", self.algorithm.as_deref())?;
        let mode = code::<1>("--mode", self.mode.as_deref())?;
        let version = code::<2>("--key-version", self.key_version.as_deref())?;
        let exportability = match (&self.exportability, &self.wrap_clear_test_key) {
            (None, Some(_)) => *b"E",
            (given, _) => code::<1>("--exportability", given.as_deref())?,
        };
        let wrong = |option, text: &Option<String>, remedy: &str| {
            let what = format!(
                "{option} {:?} is no code of a key block",
                text.as_deref().unwrap_or_default()
            );
            Err(Failure::new(what, remedy))
        };
        if mode != [0] && ModeOfUse::of(mode[0]).is_none() {
            return wrong(
                "--mode",
                &self.mode,
                "give one of B, C, D, E, G, N, S, T, V, X, Y",
            );
        }
        if !matches!(&exportability, [0] | b"E" | b"N" | b"S") {
            let remedy = "give E (in key blocks), N (not at all) or S (in any form)";
            return wrong("--exportability", &self.exportability, remedy);
        }
        let optional: String = self
            .optional
            .iter()
            .map(|o| optional(o))
            .collect::<Result<_, _>>()?;
        let checks = [Checked::Key, Checked::Protection].map(|which| self.check_values.contains(&which));
        let checks = u8::from(checks[0]) | u8::from(checks[1]) << 1;
        let mut parameter = vec![1];
        parameter.extend(self.block_version.bytes());
        let codes: [&[u8]; 5] = [&usage, &algorithm, &mode, &version, &exportability];
        parameter.extend(codes.concat());
        parameter.extend([self.masking_length.unwrap_or(0), checks]);
        parameter.extend(optional.bytes());
        Ok(parameter)
    }

    /// The protection key that a test key in the clear is.
    fn protection(&self, version: Option<char>) -> Result<TestKey, Failure> {
        let is_thales = matches!(version, Some('0' | '1'));
        let cipher = if is_of_aes(version) {
            Cipher::Aes
        } else {
            Cipher::Des
        };
        let key = match (&self.lmk_id, is_thales) {
            (None, true) => TestKey::new(KeyUsage::ZONE_MASTER, cipher),
            (None, false) => TestKey::new(KeyUsage::KEY_BLOCK_PROTECTION, cipher),
            (Some(_), false) => {
                let remedy = "give --block-version 0 or 1, or leave --lmk-id out";
                return Err(Failure::new("--lmk-id goes with blocks of Thales'", remedy));
            }
            (Some(text), true) => match <[u8; 2]>::try_from(text.as_bytes()) {
                Ok(id) if id.iter().all(u8::is_ascii_digit) => {
                    TestKey::new(KeyUsage::LOCAL_MASTER, Cipher::Lmk(id))
                }
                _ => {
                    let what = format!("--lmk-id {text:?} is no number of an LMK");
                    return Err(Failure::new(what, "give two decimal digits, as in 00"));
                }
            },
        };
        Ok(key.with(CKA_WRAP, Value::Bool(true)))
    }

    /// The test key that is put into the block.
    fn target(&self, hex: &str) -> Result<BenchKey, Failure> {
        let usage = code::<2>("--usage", self.usage.as_deref())?;
        let algorithm = code::<1>("--algorithm", self.algorithm.as_deref())?;
        let hash = self.hash.map(Hash::key_type);
        let cipher = match (&algorithm, hash) {
            (b"H", hash) => Cipher::Hmac(hash.unwrap_or(CKK_GENERIC_SECRET)),
            (_, Some(_)) => {
                let remedy = "give --algorithm H, or leave --hash out";
                return Err(Failure::new("--hash goes with keys of HMAC", remedy));
            }
            (b"A", None) => Cipher::Aes,
            (b"T" | b"D", None) => Cipher::Des,
            _ => {
                let what = "--algorithm is none of which a test key can be";
                return Err(Failure::new(
                    what,
                    "give A (AES), T (triple DES), D (DES) or H (HMAC)",
                ));
            }
        };
        let key = TestKey::new(KeyUsage(usage), cipher)
            .with(CKA_VHSM_KEY_ALGORITHM, Value::bytes(&algorithm))
            // The header narrows it.
            .with(CKA_VHSM_EXPORTABILITY, Value::bytes(b"S"))
            .with(CKA_EXTRACTABLE, Value::Bool(true));
        // A key that derives does not become one that works by its header: it is what is asked for from the beginning.
        let key = match code::<1>("--mode", self.mode.as_deref())? {
            [0] => key,
            mode => key.with(CKA_VHSM_MODE_OF_USE, Value::bytes(&mode)),
        };
        let key = key.read("--wrap-clear-test-key", hex)?;
        Ok(BenchKey::Clear(Box::new(key)))
    }
}

/// `vhsm payment key-block encode`
pub(super) fn encode(arguments: &EncodeArguments, context: &Context) -> Outcome {
    let parameter = arguments.parameter()?;
    let version = arguments.block_version.chars().next();
    let test_key = arguments.protection(version)?;
    let (protection, target) = match (&arguments.wrap, &arguments.wrap_clear_test_key) {
        (Some(name), _) => {
            let (protection, bench) = arguments.key.open_beside(context, &test_key, name)?;
            (protection, bench.find(name)?)
        }
        (None, hex) => {
            let target = arguments.target(hex.as_deref().unwrap_or_default())?;
            (arguments.key.open_as(context, &test_key)?, target)
        }
    };
    let block = protection
        .wrap_key(mechanism(version), &parameter, target)
        .map_err(of_keys)?;
    print(context, "key_block", &String::from_utf8_lossy(&block))
}

fn of_keys(error: Error) -> Failure {
    let remedy = match error {
        Error::KeyTypeInconsistent { .. } => {
            "blocks of the versions A, B, C and 0 are under keys of triple DES, of D, E and 1 under keys of AES"
        }
        Error::PaymentKey(
            PaymentFault::NotExportable | PaymentFault::ModeOfUse | PaymentFault::Algorithm,
            _,
        )
        | Error::PaymentKey(PaymentFault::Usage, _) => {
            "what the options say can narrow what the key says of itself, and not widen it; `vhsm object show` tells that"
        }
        Error::KeySizeRange(KeyRole::WrappingKey) => {
            "keys of AES leave under keys of AES that are as long at least"
        }
        Error::MechanismParamInvalid(_) => {
            "--optional: KS, KV, TS and the like hold what ANSI X9.143 says, each once; PB, KC and KP are made here"
        }
        Error::PaymentKey(PaymentFault::Parity | PaymentFault::Masquerades | PaymentFault::Weak, _) => {
            WEAK_KEYS
        }
        _ => return error.into(),
    };
    Failure::from(error).with_remedy(remedy)
}
