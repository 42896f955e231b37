//! What a key is wrapped under, and in which form: a local master key, or another key of the token.

use clap::{Args, ValueEnum};

use crate::admin::ceremony::{Opened, Template};
use crate::admin::failure::{Failure, Outcome};
use crate::admin::lmk::{Lmk, Number};
use crate::ck::*;
use crate::error::Error;

/// A key scheme: the letter before a wrapped key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "UPPER")]
pub(super) enum Scheme {
    /// Single DES key, no letter
    Z,
    /// Double key, each part under a variant
    U,
    /// Triple key, each part under a variant
    T,
    /// Double key, ANSI X9.17
    X,
    /// Triple key, ANSI X9.17
    Y,
    /// Thales key block
    S,
    /// TR-31 key block, ANSI X9.143
    R,
}

impl Scheme {
    const fn letter(self) -> u8 {
        match self {
            Self::Z => b'Z',
            Self::U => b'U',
            Self::T => b'T',
            Self::X => b'X',
            Self::Y => b'Y',
            Self::S => b'S',
            Self::R => b'R',
        }
    }

    /// Whether the form tells nothing of its key.
    pub(super) const fn is_bare(self) -> bool {
        !matches!(self, Self::S | Self::R)
    }
}

/// A version of TR-31 blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "UPPER")]
pub(super) enum BlockVersion {
    /// Triple DES, variant binding, outdated
    A,
    /// Triple DES, derivation binding
    B,
    /// Triple DES, variant binding
    C,
    /// AES, CBC
    D,
    /// AES, CTR (ISO 20038)
    E,
}

impl BlockVersion {
    const fn code(self) -> u8 {
        match self {
            Self::A => b'A',
            Self::B => b'B',
            Self::C => b'C',
            Self::D => b'D',
            Self::E => b'E',
        }
    }
}

fn key_type(text: &str) -> Result<[u8; 3], String> {
    let code = text.to_ascii_uppercase();
    let code = <[u8; 3]>::try_from(code.as_bytes()).ok();
    code.filter(|code| code.iter().all(u8::is_ascii_alphanumeric))
        .ok_or_else(|| "three characters, as 001 or 70D".to_owned())
}

/// What a key is, or is to be, wrapped under.
#[derive(Clone, Debug, Args)]
pub(super) struct Under {
    /// Under the LMK with this number
    #[arg(long, value_name = "NN", conflicts_with = "under", value_parser = Number::parse)]
    pub(super) lmk: Option<Number>,
    /// Under this key of the token, by label or pkcs11: URI: a zone master key, a key block protection key
    #[arg(long, visible_alias = "zmk", value_name = "OBJECT")]
    pub(super) under: Option<String>,
    /// Key type code, under a variant LMK: 000 ZMK, 001 ZPK, 002 PVK, 402 CVK, 009 BDK, …
    #[arg(long, value_name = "CODE", value_parser = key_type)]
    key_type: Option<[u8; 3]>,
    /// Atalla's variant, for the schemes Z, U, T, X, Y under another key
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=31))]
    atalla: u8,
}

/// How it is made.
#[derive(Clone, Debug, Args)]
pub(super) struct FormOption {
    /// The form [default: under a variant LMK U, T or Z by the key's length; under a key-block LMK S; under a key R]
    #[arg(long, value_enum, value_name = "LETTER")]
    pub(super) scheme: Option<Scheme>,
    /// Version of the TR-31 block [default: B under triple DES, D under AES]
    #[arg(long, value_enum, value_name = "VERSION")]
    block_version: Option<BlockVersion>,
}

/// What stands above a key.
enum Above {
    Lmk(Lmk),
    Key { handle: ObjectHandle, is_aes: bool },
}

impl Under {
    /// Whether anything is asked for.
    pub(super) fn is_given(&self) -> bool {
        self.lmk.is_some() || self.under.is_some()
    }

    /// Fails unless something is asked for.
    pub(super) fn check_given(&self) -> Outcome {
        match self.is_given() {
            true => Ok(()),
            false => Err(Failure::new(
                "it is not said what the key is wrapped under",
                "--lmk NN names an LMK, --under OBJECT a key of the token",
            )),
        }
    }

    /// Whether keys leave without a header in the form that is asked for.
    pub(super) fn is_bare(&self, form: &FormOption, opened: &Opened) -> Result<bool, Failure> {
        Ok(match (form.scheme, self.above(opened, false)?) {
            (Some(scheme), _) => scheme.is_bare(),
            (None, Above::Lmk(lmk)) => lmk.kind.block_version().is_none(),
            (None, Above::Key { .. }) => false,
        })
    }

    fn above(&self, opened: &Opened, old: bool) -> Result<Above, Failure> {
        if let Some(number) = self.lmk {
            return Ok(Above::Lmk(Lmk::named(opened, number, old)?));
        }
        let handle = opened.secret_key(self.under.as_deref().unwrap_or_default())?;
        let told = opened.told(handle, &[CKA_KEY_TYPE])?;
        Ok(Above::Key {
            handle,
            is_aes: told.key_type() == Some(CKK_AES),
        })
    }

    /// What it is under, in words.
    pub(super) fn name(&self) -> String {
        match (self.lmk, &self.under) {
            (Some(number), _) => format!("under LMK {number}"),
            (None, Some(name)) => format!("under {name:?}"),
            (None, None) => String::new(),
        }
    }

    fn key_type(&self) -> Result<[u8; 3], Failure> {
        self.key_type.ok_or_else(|| {
            Failure::new(
                "a key under a variant LMK has a key type code",
                "--key-type 001 for a ZPK, for instance; docs/payment/lmk.md has all with their usages",
            )
        })
    }

    fn variant(&self, scheme: u8) -> Result<Vec<u8>, Failure> {
        let [a, b, c] = self.key_type()?;
        Ok(vec![1, a, b, c, scheme, 0])
    }

    /// Wraps a key: the text, with the letter of its scheme.
    pub(super) fn wrap(
        &self,
        form: &FormOption,
        opened: &Opened,
        key: ObjectHandle,
    ) -> Result<String, Failure> {
        let above = self.above(opened, false)?;
        let scheme = match (form.scheme, &above) {
            (Some(scheme), _) => scheme,
            (None, Above::Key { .. }) => Scheme::R,
            (None, Above::Lmk(lmk)) if lmk.kind.block_version().is_some() => Scheme::S,
            (None, Above::Lmk(_)) => bare_scheme(opened, key)?,
        };
        let (under, id, parameter) = match (above, scheme) {
            (Above::Lmk(lmk), Scheme::S) => match lmk.kind.block_version() {
                Some(version) => (lmk.handle, CKM_VHSM_THALES_KEY_BLOCK, vec![1, version]),
                None => return Err(no_such_form(&lmk, "U, T, X, Y and Z")),
            },
            (Above::Lmk(lmk), scheme) if lmk.kind.block_version().is_some() || scheme == Scheme::R => {
                let forms = lmk.kind.block_version().map_or("U, T, X, Y and Z", |_| "S");
                return Err(no_such_form(&lmk, forms));
            }
            (Above::Lmk(lmk), scheme) => (lmk.handle, CKM_VHSM_VARIANT_LMK, self.variant(scheme.letter())?),
            (Above::Key { handle, is_aes }, Scheme::S) => {
                let version = if is_aes { b'1' } else { b'0' };
                (handle, CKM_VHSM_THALES_KEY_BLOCK, vec![1, version])
            }
            (Above::Key { handle, is_aes }, Scheme::R) => {
                let default = if is_aes { b'D' } else { b'B' };
                let version = form.block_version.map_or(default, BlockVersion::code);
                (handle, CKM_VHSM_TR31, vec![1, version])
            }
            (Above::Key { handle, .. }, scheme) => {
                (handle, CKM_VHSM_X9_17, vec![1, scheme.letter(), self.atalla])
            }
        };
        let text = opened.wrap((id, &parameter), under, key);
        let text = text.map_err(explained)?;
        Ok(match scheme {
            Scheme::S => format!("S{text}"),
            Scheme::R => format!("R{text}"),
            _ => text,
        })
    }

    /// Unwraps a key. `bare` makes the template of a key whose form tells nothing of it.
    pub(super) fn unwrap(
        &self,
        old: bool,
        opened: &Opened,
        text: &str,
        template: impl FnOnce(bool) -> Template,
    ) -> Result<ObjectHandle, Failure> {
        let text = text.trim();
        let (under, id, parameter, text) = match self.above(opened, old)? {
            Above::Lmk(lmk) if lmk.kind.block_version().is_some() => {
                (lmk.handle, CKM_VHSM_THALES_KEY_BLOCK, vec![1, 0], text)
            }
            Above::Lmk(lmk) => (lmk.handle, CKM_VHSM_VARIANT_LMK, self.variant(0)?, text),
            Above::Key { handle, .. } if is_bare(text) => {
                (handle, CKM_VHSM_X9_17, vec![1, 0, self.atalla], text)
            }
            Above::Key { handle, .. } if text.starts_with(['S', '0', '1']) => {
                (handle, CKM_VHSM_THALES_KEY_BLOCK, vec![1, 0], text)
            }
            Above::Key { handle, .. } => {
                let block = text.strip_prefix('R').unwrap_or(text);
                (handle, CKM_VHSM_TR31, vec![1, 0], block)
            }
        };
        let without_header = matches!(id, CKM_VHSM_X9_17 | CKM_VHSM_VARIANT_LMK);
        let key = opened.unwrap((id, &parameter), under, text, &template(without_header));
        key.map_err(explained)
    }
}

/// Whether a wrapped key has no header: digits alone, not so many as of any key block, or digits behind a scheme of such keys.
pub(super) fn is_bare(text: &str) -> bool {
    let is_short = text.len() <= 48 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_short || text.starts_with(['U', 'T', 'X', 'Y', 'Z'])
}

/// A refusal with a remedy.
pub(super) fn explained(error: Error) -> Failure {
    let failure = Failure::from(error);
    match failure.remedy() {
        "" => failure.with_remedy("docs/payment/ceremony.md says which keys and forms go together"),
        _ => failure,
    }
}

fn no_such_form(lmk: &Lmk, forms: &str) -> Failure {
    Failure::new(
        format!(
            "keys do not go under an LMK of the kind {} in this form",
            lmk.kind.name()
        ),
        format!("its schemes are {forms}; leave --scheme out"),
    )
}

/// The scheme of a key without a header, by its length.
fn bare_scheme(opened: &Opened, key: ObjectHandle) -> Result<Scheme, Failure> {
    let key_type = opened.told(key, &[CKA_KEY_TYPE])?.key_type();
    match key_type {
        Some(CKK_DES) => Ok(Scheme::Z),
        Some(CKK_DES2) => Ok(Scheme::U),
        Some(CKK_DES3) => Ok(Scheme::T),
        _ => Err(Failure::new(
            "only DES keys go under a variant LMK",
            "take a key-block LMK, or a zone master key and a key block",
        )),
    }
}
