//! DUKPT with triple DES [ANSI X9.24-1:2009, annex A; X9.24-3:2017 keeps it as legacy].

use super::tdes_keys::{Ksn, ONES_MAX, Purpose, halves, initial_key, masked, transaction_key, working_key};
use super::{Direction, Made, Side, WRONG_PARAMS, is_initial};
use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::error::{Error, Result};
use crate::mechanism::library::AWS_LC;
use crate::mechanism::{
    DeriveObjects, Derived, KeyRule, KeySizes, MechanismSpec, ParamKind, Params, Planned, Roles, Sources,
    Standing, Wanted,
};
use crate::os::stack;
use crate::payment::parameter::versioned;
use crate::secret::SecretBytes;

const fn row(
    id: MechanismId,
    params: ParamKind,
    usages: &'static [KeyUsage],
    derive: &'static dyn DeriveObjects,
) -> MechanismSpec {
    MechanismSpec {
        id,
        section: "include/vhsm.h",
        libraries: &[AWS_LC],
        params,
        key: KeyRule {
            types: &[CKK_DES2],
            sizes: KeySizes::bytes(16, 16),
            usages,
            ..KeyRule::NONE
        },
        roles: Roles {
            derive_objects: Some(derive),
            ..Roles::NONE
        },
        standing: Standing::CURRENT,
    }
}

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    row(
        CKM_VHSM_DUKPT_TDES_INITIAL_KEY,
        ParamKind::Flat { min: 9, max: 11 },
        &[KeyUsage::BASE_DERIVATION],
        &InitialKey,
    ),
    row(
        CKM_VHSM_DUKPT_TDES_DERIVE,
        ParamKind::Flat { min: 11, max: 13 },
        &[KeyUsage::BASE_DERIVATION, KeyUsage::INITIAL_DUKPT],
        &WorkingKey,
    ),
];

impl Purpose {
    fn of(code: u8) -> Result<Self> {
        Ok(match code {
            1 => Self::Pin,
            2 => Self::MacRequest,
            3 => Self::MacResponse,
            4 => Self::DataRequest,
            5 => Self::DataResponse,
            _ => return Err(Error::MechanismParamInvalid("there is no such purpose")),
        })
    }

    const fn is_mac(self) -> bool {
        matches!(self, Self::MacRequest | Self::MacResponse)
    }

    const fn direction(self) -> Direction {
        match self {
            Self::Pin | Self::MacRequest | Self::DataRequest => Direction::FromDevice,
            Self::MacResponse | Self::DataResponse => Direction::ToDevice,
        }
    }

    const fn made(self, side: Side) -> Made {
        let direction = self.direction();
        let (usages, mode): (&[KeyUsage], _) = match self {
            Self::Pin => (&[KeyUsage::PIN_ENCRYPTION], direction.of_cipher(side)),
            Self::MacRequest | Self::MacResponse => (
                &[KeyUsage::ISO_9797_ALG3_MAC, KeyUsage::CMAC],
                direction.of_mac(side),
            ),
            Self::DataRequest | Self::DataResponse => {
                (&[KeyUsage::DATA_ENCRYPTION], direction.of_cipher(side))
            }
        };
        double_length(usages, mode)
    }
}

const fn double_length(usages: &'static [KeyUsage], mode: ModeOfUse) -> Made {
    Made {
        usages,
        mode,
        algorithm: b'T',
        key_types: &[CKK_DES2],
        length: 16,
    }
}

/// The parameter of [`WorkingKey`].
struct Asked {
    purpose: Purpose,
    side: Side,
    ksn: Ksn,
}

impl Asked {
    fn parse(params: &Params) -> Result<Self> {
        let [side, purpose, ksn @ ..] = versioned(params.flat()?)? else {
            return Err(WRONG_PARAMS);
        };
        let asked = Self {
            side: Side::of(*side)?,
            purpose: Purpose::of(*purpose)?,
            ksn: Ksn::parse(ksn)?,
        };
        match asked.ksn.counter().count_ones() {
            // A payShield makes MACs for a counter of 0 with the initial key as the transaction's.
            0 if asked.purpose.is_mac() => Ok(asked),
            0 => Err(Error::MechanismParamInvalid(
                "the counter of the KSN is 0, which is no transaction",
            )),
            1..=ONES_MAX => Ok(asked),
            _ => Err(Error::MechanismParamInvalid(
                "the counter of the KSN has more than 10 ones, which no device uses",
            )),
        }
    }
}

/// The initial key of a device, from a base derivation key.
struct InitialKey;

impl InitialKey {
    fn ksn(params: &Params) -> Result<Ksn> {
        Ksn::parse(versioned(params.flat()?)?)
    }
}

impl DeriveObjects for InitialKey {
    fn sets_parity(&self) -> bool {
        false
    }

    fn plan(&self, from: &Sources<'_>, template: AttributeSet) -> Result<Vec<Planned>> {
        Self::ksn(from.params)?;
        double_length(&[KeyUsage::INITIAL_DUKPT], ModeOfUse::Derive).plan(from, template)
    }

    fn derive(&self, from: &Sources<'_>, _wanted: &[Wanted]) -> Result<Derived> {
        let key = initial_key(from.key.secret()?, Self::ksn(from.params)?)?;
        let value = SecretBytes::from(&masked(&key, 0)[..]);
        stack::wipe_little();
        Ok(Derived::value(value))
    }
}

/// A working key of a transaction, from a base derivation key or an initial key.
struct WorkingKey;

impl DeriveObjects for WorkingKey {
    fn sets_parity(&self) -> bool {
        false
    }

    fn plan(&self, from: &Sources<'_>, template: AttributeSet) -> Result<Vec<Planned>> {
        let asked = Asked::parse(from.params)?;
        asked.purpose.made(asked.side).plan(from, template)
    }

    fn derive(&self, from: &Sources<'_>, _wanted: &[Wanted]) -> Result<Derived> {
        let Asked { purpose, ksn, .. } = Asked::parse(from.params)?;
        let base = from.key.secret()?;
        let initial = match is_initial(from) {
            true => halves(base.value())?,
            false => initial_key(base, ksn)?,
        };
        let value = working_key(purpose, &transaction_key(initial, ksn))?;
        stack::wipe_little();
        Ok(Derived::value(value))
    }
}
