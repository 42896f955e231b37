//! Keys in electronic code book under a zone's master key: ANSI X9.17, the schemes U and T, Atalla's variants.

use zeroize::Zeroizing;

use super::scheme::Scheme;
use super::{VERSION, WRONG_SCHEME, check_target, described, wrong};
use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::crypto::des;
use crate::error::{Error, Result};
use crate::mechanism::library::AWS_LC;
use crate::mechanism::{
    KeyMaterial, KeyRule, KeySizes, MechanismSpec, ParamKind, Params, Roles, Standing, UnwrapMechanism,
    Unwrapped, WrapMechanism, WrapTarget,
};

/// The rows.
pub static ROWS: &[MechanismSpec] = &[MechanismSpec {
    id: CKM_VHSM_X9_17,
    section: "include/vhsm.h",
    libraries: &[AWS_LC],
    params: ParamKind::Flat { min: 3, max: 4 },
    key: KeyRule {
        types: &[CKK_DES2, CKK_DES3, CKK_DES],
        sizes: KeySizes::bytes(8, 24),
        usages: &[
            KeyUsage::KEY_ENCRYPTION,
            KeyUsage::ZONE_MASTER,
            KeyUsage::TERMINAL_MASTER,
        ],
        ..KeyRule::NONE
    },
    roles: Roles {
        wrap: Some(&Zone),
        unwrap: Some(&Zone),
        ..Roles::NONE
    },
    standing: Standing::CURRENT,
}];

struct Zone;

/// The highest of Atalla's variants.
const ATALLA_MAX: u8 = 31;
/// The option that sets the parity of a key that comes in, whatever it was.
const SET_PARITY: u8 = 1;

/// What the parameter asks for.
struct Asked {
    /// The scheme, if the parameter tells one.
    scheme: Option<Scheme>,
    /// Atalla's variant.
    atalla: u8,
    /// Whether the parity of a key that comes in is set.
    sets_parity: bool,
}

fn asked(params: &Params) -> Result<Asked> {
    let Params::Flat(bytes) = params else {
        return Err(Error::Internal("X9.17 without its parameter"));
    };
    let (scheme, atalla, sets_parity) = match **bytes {
        [VERSION, scheme, atalla] | [VERSION, scheme, atalla, 0] => (scheme, atalla, false),
        [VERSION, scheme, atalla, SET_PARITY] => (scheme, atalla, true),
        [VERSION, _, _, _] => return wrong("the last byte is 0, or 1 for keys whose parity is set"),
        _ => return wrong("the first byte is the version of the parameter, 1"),
    };
    if atalla > ATALLA_MAX {
        return wrong("Atalla's variants are 1 to 31; 0 is none");
    }
    let scheme = match scheme {
        0 => None,
        letter => Some(Scheme::of(letter).ok_or(Error::MechanismParamInvalid(
            "the key schemes are Z, U, T, X and Y",
        ))?),
    };
    Ok(Asked {
        scheme,
        atalla,
        sets_parity,
    })
}

/// The master key, each of its parts changed by Atalla's variant.
fn master(key: &KeyMaterial, atalla: u8) -> Result<Zeroizing<Vec<u8>>> {
    let mut master = Zeroizing::new(key.secret()?.value().to_vec());
    if master.len() == 8 {
        // The schemes change the second part of the key: a single key is the same one twice.
        master.extend_from_within(..);
    }
    for first in master.iter_mut().step_by(8) {
        *first ^= atalla.wrapping_mul(8);
    }
    Ok(master)
}

fn check_wrapping(params: &Params, target: &WrapTarget<'_>) -> Result<Scheme> {
    check_target(target)?;
    match asked(params)?.scheme.ok_or(WITHOUT_SCHEME)? {
        scheme if scheme.key_len() == target.payload.len() => Ok(scheme),
        _ => Err(WRONG_SCHEME),
    }
}

const WITHOUT_SCHEME: Error = Error::MechanismParamInvalid("the parameter says which key scheme is made");

impl WrapMechanism for Zone {
    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        let asked = asked(params)?;
        match asked.sets_parity {
            false => asked.scheme.map(drop).ok_or(WITHOUT_SCHEME),
            true => wrong("a key that leaves stays as it is"),
        }
    }

    fn wrapped_len(&self, _key: &KeyMaterial, params: &Params, target: &WrapTarget<'_>) -> Result<usize> {
        Ok(check_wrapping(params, target)?.text_len())
    }

    fn wrap(
        &self,
        key: &KeyMaterial,
        params: &Params,
        target: &WrapTarget<'_>,
        out: &mut [u8],
    ) -> Result<usize> {
        let (scheme, asked) = (check_wrapping(params, target)?, asked(params)?);
        scheme.write(&scheme.crypt(&master(key, asked.atalla)?, true, target.payload)?, out)
    }
}

impl UnwrapMechanism for Zone {
    fn describes_key(&self) -> bool {
        true
    }

    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        asked(params).map(drop)
    }

    fn unwrap(
        &self,
        key: &KeyMaterial,
        params: &Params,
        wrapped: &[u8],
        template: &AttributeSet,
    ) -> Result<Unwrapped> {
        let asked = asked(params)?;
        if !template.contains(CKA_VHSM_KEY_USAGE) {
            return Err(Error::TemplateIncomplete {
                attribute: CKA_VHSM_KEY_USAGE,
                why: "a key without a header does not say what it is for",
            });
        }
        let (scheme, encrypted) = Scheme::read(wrapped, asked.scheme)?;
        let mut payload = scheme.crypt(&master(key, asked.atalla)?, false, &encrypted)?;
        if asked.sets_parity {
            des::set_odd_parity(payload.as_mut());
        }
        Ok(Unwrapped {
            attributes: described(template, scheme.key_len())?,
            payload,
        })
    }
}
