//! What the parameters of all key blocks have in common.

use super::attributes::Wanted;
use super::block::Request;
use super::optional::{self, Blocks};
use crate::crypto::key_block::Binding;
use crate::error::{Error, Result};
use crate::mechanism::Params;

/// The version of the parameter's form.
pub(super) const VERSION: u8 = 1;
/// The option that sets the parity of a DES key that comes in, whatever it was.
const SET_PARITY: u8 = 1;
/// The option of a key that goes on under a local master key, whether or not it may be exported.
const KEEP: u8 = 2;

/// How a block is opened.
#[derive(Clone, Copy)]
pub(super) struct Opening {
    /// The parity of a DES key is set, whatever it was.
    pub(super) sets_parity: bool,
    /// A key that may not be exported may be extractable.
    pub(super) keeps: bool,
    /// RSA private keys come in, too.
    pub(super) takes_private: bool,
}

impl Opening {
    /// A key comes in as it is, and stays in if its header says so.
    pub(super) const PLAIN: Self = Self {
        sets_parity: false,
        keeps: false,
        takes_private: false,
    };
}

/// What is asked of the blocks of one mechanism.
pub(super) struct Form {
    /// The binding of a version.
    pub(super) binding: fn(u8) -> Option<Binding>,
    /// The last two characters of the headers that are made.
    pub(super) last: [u8; 2],
    /// Whether RSA private keys have blocks, too.
    pub(super) takes_private: bool,
    /// Whether keys are made longer, unless the parameter says how long, so that their length does not show.
    pub(super) masks_length: bool,
    /// What is said of other versions.
    pub(super) versions: &'static str,
}

pub(super) fn wrong<T>(why: &'static str) -> Result<T> {
    Err(Error::MechanismParamInvalid(why))
}

impl Form {
    /// The parameter behind its first byte, the version of its form: the version of key block, 0 for any, and the rest.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`].
    pub(super) fn versioned<'a>(&self, params: &'a Params) -> Result<(u8, &'a [u8])> {
        match params.flat()? {
            [VERSION, rest @ ..] => self.version(rest),
            _ => wrong("the first byte is the version of the parameter, 1"),
        }
    }

    /// The version of key block that bytes begin with, 0 for any, and the rest.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`].
    pub(super) fn version<'a>(&self, bytes: &'a [u8]) -> Result<(u8, &'a [u8])> {
        match bytes {
            [version, rest @ ..] if *version == 0 || (self.binding)(*version).is_some() => {
                Ok((*version, rest))
            }
            _ => wrong(self.versions),
        }
    }

    /// What a parameter asks of a block that is opened: its version, 0 for any, and how it is taken.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`].
    pub(super) fn opening(&self, params: &Params) -> Result<(u8, Opening)> {
        let (version, options) = match self.versioned(params)? {
            (version, []) => (version, 0),
            (version, [options @ 1..=3]) => (version, *options),
            _ => {
                return wrong(
                    "the parameter has 2 bytes, or 3 of which the last is 1 to 3: the block has its own header",
                );
            }
        };
        let opening = Opening {
            sets_parity: options & SET_PARITY != 0,
            keeps: options & KEEP != 0,
            takes_private: self.takes_private,
        };
        Ok((version, opening))
    }

    /// The block that a parameter asks for.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`].
    pub(super) fn request<'a>(&self, params: &'a Params) -> Result<Request<'a>> {
        let (version, rest) = self.versioned(params)?;
        self.block(version, rest)
    }

    /// The block of this version that is asked for by what stands behind it.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`].
    pub(super) fn block<'a>(&self, version: u8, rest: &'a [u8]) -> Result<Request<'a>> {
        let binding = (self.binding)(version).ok_or(Error::MechanismParamInvalid(
            "the parameter says which version of key block is made",
        ))?;
        let mut fields = [0; 9];
        let optional = match (rest.split_first_chunk::<9>(), rest) {
            (Some((given, optional)), _) => {
                fields = *given;
                optional
            }
            (None, []) => &[],
            (None, _) => return wrong("the parameter has 2 bytes, or 11 and optional blocks"),
        };
        let [u, v, algorithm, mode, w, x, exportability, masking_len, checks] = fields;
        let wanted = Wanted {
            usage: [u, v],
            algorithm,
            mode,
            key_version: [w, x],
            exportability,
        };
        wanted.check()?;
        if checks > 3 {
            return wrong("check values are added of the key (1), of the protection key (2), or of both (3)");
        }
        let optional = Blocks::all(optional).filter(|blocks| blocks.find(optional::PADDING).is_none());
        let optional = optional.ok_or(Error::MechanismParamInvalid(
            "the optional blocks are not of their form, or have their own padding",
        ))?;
        let made = |id: &[u8; 2], bit| checks & bit != 0 && optional.find(id).is_some();
        if made(optional::KEY_CHECK, 1) || optional.find(optional::PROTECTION_CHECK).is_some() {
            return wrong("the check value is made by the module");
        }
        Ok(Request {
            binding,
            version,
            last: self.last,
            takes_private: self.takes_private,
            wanted,
            masking_len,
            masks_length: self.masks_length,
            optional,
            key_check: checks & 1 != 0,
            protection_check: checks & 2 != 0,
        })
    }
}
