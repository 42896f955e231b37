//! CKM_AES_XTS: one data unit a message [PKCS#11 3.2, 6.15].

use crate::crypto::xts::{self, Tweak, UNIT_LEN_MAX};
use crate::error::{Error, Result};
use crate::mechanism::block::Direction;
use crate::mechanism::block::tailed::Tailed;
use crate::mechanism::key::KeyMaterial;
use crate::mechanism::params::Params;

/// XTS-AES; the parameter is the number of the data unit.
#[derive(Clone, Copy)]
pub(super) struct Xts;

const fn library(direction: Direction) -> xts::Direction {
    match direction {
        Direction::Encrypt => xts::Direction::Encrypt,
        Direction::Decrypt => xts::Direction::Decrypt,
    }
}

impl Tailed for Xts {
    type State = Tweak;

    const LEN_MAX: usize = UNIT_LEN_MAX;

    fn begin(self, key: &KeyMaterial, params: &Params) -> Result<Tweak> {
        let Params::Iv(unit) = params else {
            return Err(Error::Internal("XTS without its parameter"));
        };
        let unit = (**unit)
            .try_into()
            .map_err(|_| Error::Internal("a data unit's number of a wrong length"))?;
        Ok(key.secret()?.xts()?.begin(unit))
    }

    fn blocks(
        self,
        direction: Direction,
        key: &KeyMaterial,
        tweak: &mut Tweak,
        input: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        key.secret()?.xts()?.blocks(library(direction), tweak, input, out)
    }

    fn end(
        self,
        direction: Direction,
        key: &KeyMaterial,
        tweak: &mut Tweak,
        input: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        key.secret()?.xts()?.last(library(direction), tweak, input, out)
    }
}
