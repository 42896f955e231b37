//! What a payment key is, in the words of the command line, and the template that this makes.

use clap::{Args, ValueEnum};

use crate::admin::ceremony::Template;
use crate::admin::failure::Failure;
use crate::ck::*;

/// Two characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Two(pub(super) [u8; 2]);

fn two(text: &str) -> Result<Two, String> {
    let code = <[u8; 2]>::try_from(text.as_bytes()).ok();
    code.filter(|code| code.iter().all(u8::is_ascii_alphanumeric))
        .map(Two)
        .ok_or_else(|| "two letters or digits, as V2 or 72".to_owned())
}

fn usage(text: &str) -> Result<Two, String> {
    match two(text) {
        Ok(Two(code)) if code.iter().any(u8::is_ascii_lowercase) => Err(format!(
            "codes have capital letters: {}",
            text.to_ascii_uppercase()
        )),
        usage => usage,
    }
}

fn version(text: &str) -> Result<Two, String> {
    match two(text) {
        Ok(Two([b'c' | b'C', _])) => Err("`vhsm key components` makes components".to_owned()),
        version => version,
    }
}

fn mode(text: &str) -> Result<char, String> {
    let code = text.parse::<char>().ok();
    code.filter(|code| u8::try_from(*code).is_ok_and(|code| ModeOfUse::of(code).is_some()))
        .ok_or_else(|| "one of B, C, D, E, G, N, S, T, V, X, Y".to_owned())
}

/// How a key may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "UPPER")]
pub(super) enum Exportability {
    /// Not at all
    N,
    /// In key blocks only
    E,
    /// In any form
    S,
}

impl Exportability {
    pub(super) const fn code(self) -> u8 {
        match self {
            Self::N => b'N',
            Self::E => b'E',
            Self::S => b'S',
        }
    }

    /// The attributes; CKA_EXTRACTABLE with them.
    pub(super) fn template(self, template: Template) -> Template {
        template
            .flag(CKA_EXTRACTABLE, self != Self::N)
            .bytes(CKA_VHSM_EXPORTABILITY, &[self.code()])
    }
}

/// What a key block says of a key; each may be left out.
#[derive(Clone, Debug, Args)]
pub(super) struct Words {
    /// Mode of use, as in key blocks: B, E, D (encrypt), C, G, V (make and check values), X (derive), N (any), …
    #[arg(long, value_name = "CODE", value_parser = mode)]
    mode: Option<char>,
    /// How the key may leave
    #[arg(long, value_enum, value_name = "CODE")]
    pub(super) exportability: Option<Exportability>,
    /// Version of the key, two characters
    #[arg(long, visible_alias = "version", value_name = "NN", value_parser = version)]
    key_version: Option<Two>,
}

/// What a key is for.
#[derive(Clone, Debug, Args)]
pub(super) struct UsageOption {
    /// What the key is for: V2, P0, C0, B0, M3, K0, … as in key blocks, or Thales' numbers (72, 52, …)
    #[arg(long, value_name = "CODE", value_parser = usage)]
    pub(super) usage: Two,
}

/// The same where it may be left out.
#[derive(Clone, Debug, Args)]
pub(super) struct OptionalUsage {
    /// What the key is for: needed where the form does not say it, and else as the form says
    #[arg(long, value_name = "CODE", value_parser = usage)]
    pub(super) usage: Option<Two>,
}

impl Words {
    /// The attributes but for exportability.
    pub(super) fn template(&self, usage: Option<Two>) -> Template {
        let mode = self.mode.and_then(|mode| u8::try_from(mode).ok());
        Template::default()
            .bytes_if(
                CKA_VHSM_KEY_USAGE,
                usage.as_ref().map(|Two(code)| code.as_slice()),
            )
            .bytes_if(
                CKA_VHSM_MODE_OF_USE,
                mode.as_ref().map(std::slice::from_ref::<u8>),
            )
    }

    /// The version, which components do not have.
    pub(super) fn with_version(&self, template: Template) -> Template {
        let version = self.key_version.as_ref();
        template.bytes_if(CKA_VHSM_KEY_VERSION, version.map(|Two(code)| code.as_slice()))
    }
}

/// An algorithm of payment keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Algorithm {
    /// Triple DES
    #[value(name = "3des", alias = "tdes")]
    Des3,
    /// AES
    Aes,
    /// HMAC
    Hmac,
    /// Single DES
    Des,
}

/// Algorithm and length.
#[derive(Clone, Debug, Args)]
pub(super) struct KeyKind {
    /// The algorithm
    #[arg(long, value_enum, default_value = "3des")]
    algorithm: Algorithm,
    /// Length in bits, with parity: 3des 128 or 192, aes 128, 192 or 256, hmac 128 to 512, des 64 [default: 128; hmac 256, des 64]
    #[arg(long, value_name = "BITS")]
    length: Option<u16>,
}

/// What the module is told of algorithm and length.
pub(super) struct Chosen {
    /// The key type.
    pub(super) key_type: KeyType,
    /// The mechanism that makes random ones.
    pub(super) generation: MechanismId,
    /// Length in bytes.
    pub(super) length: usize,
    /// CKA_VHSM_KEY_ALGORITHM.
    algorithm: u8,
}

impl KeyKind {
    /// Checks the length.
    pub(super) fn choose(&self) -> Result<Chosen, Failure> {
        let bits = self.length.unwrap_or(match self.algorithm {
            Algorithm::Des3 | Algorithm::Aes => 128,
            Algorithm::Hmac => 256,
            Algorithm::Des => 64,
        });
        let (key_type, generation, algorithm) = match (self.algorithm, bits) {
            (Algorithm::Des3, 128) => (CKK_DES2, CKM_DES2_KEY_GEN, b'T'),
            (Algorithm::Des3, 192) => (CKK_DES3, CKM_DES3_KEY_GEN, b'T'),
            (Algorithm::Aes, 128 | 192 | 256) => (CKK_AES, CKM_AES_KEY_GEN, b'A'),
            (Algorithm::Hmac, 128..=512) if bits.is_multiple_of(8) => {
                (CKK_GENERIC_SECRET, CKM_GENERIC_SECRET_KEY_GEN, b'H')
            }
            (Algorithm::Des, 64) => (CKK_DES, CKM_DES_KEY_GEN, b'D'),
            _ => {
                return Err(Failure::new(
                    format!("keys of this algorithm have no {bits} bits"),
                    "3des has 128 (double) or 192 (triple), aes 128, 192 or 256, hmac 128 to 512, des 64",
                ));
            }
        };
        Ok(Chosen {
            key_type,
            generation,
            length: usize::from(bits / 8),
            algorithm,
        })
    }
}

impl Chosen {
    /// CKA_VALUE_LEN, where the key type does not tell the length.
    pub(super) fn with_length(&self, template: Template) -> Template {
        match self.key_type {
            CKK_AES | CKK_GENERIC_SECRET => template.number(CKA_VALUE_LEN, to_ulong(self.length)),
            _ => template,
        }
    }

    /// CKA_VHSM_KEY_ALGORITHM.
    pub(super) fn with_algorithm(&self, template: Template) -> Template {
        template.bytes(CKA_VHSM_KEY_ALGORITHM, &[self.algorithm])
    }
}
