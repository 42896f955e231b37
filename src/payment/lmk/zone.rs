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

const fn row(
    id: MechanismId,
    (wrap, unwrap): (Option<&'static dyn WrapMechanism>, &'static dyn UnwrapMechanism),
    off: Option<&'static str>,
) -> MechanismSpec {
    MechanismSpec {
        id,
        section: "include/vhsm.h",
        libraries: &[AWS_LC],
        params: ParamKind::Flat { min: 3, max: 3 },
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
            wrap,
            unwrap: Some(unwrap),
            ..Roles::NONE
        },
        standing: Standing {
            off,
            ..Standing::CURRENT
        },
    }
}

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    row(
        CKM_VHSM_X9_17,
        (Some(&Zone { sets_parity: false }), &Zone { sets_parity: false }),
        None,
    ),
    row(
        CKM_VHSM_X9_17_ANY_PARITY,
        (None, &Zone { sets_parity: true }),
        Some("any bytes are a key: for host commands, which take keys of even parity with advice"),
    ),
];

/// `sets_parity`: a key of any parity comes in, with odd parity.
struct Zone {
    sets_parity: bool,
}

/// The highest of Atalla's variants.
const ATALLA_MAX: u8 = 31;

/// The scheme, if the parameter tells one, and Atalla's variant.
fn asked(params: &Params) -> Result<(Option<Scheme>, u8)> {
    let [VERSION, scheme, atalla] = *params.flat()? else {
        return wrong("the first byte is the version of the parameter, 1");
    };
    if atalla > ATALLA_MAX {
        return wrong("Atalla's variants are 1 to 31; 0 is none");
    }
    match (scheme, Scheme::of(scheme)) {
        (0, _) => Ok((None, atalla)),
        (_, None) => wrong("the key schemes are Z, U, T, X and Y"),
        (_, scheme) => Ok((scheme, atalla)),
    }
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
    match asked(params)?.0.ok_or(WITHOUT_SCHEME)? {
        scheme if scheme.key_len() == target.payload.len() => Ok(scheme),
        _ => Err(WRONG_SCHEME),
    }
}

const WITHOUT_SCHEME: Error = Error::MechanismParamInvalid("the parameter says which key scheme is made");

impl WrapMechanism for Zone {
    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        asked(params)?.0.map(drop).ok_or(WITHOUT_SCHEME)
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
        let (scheme, (_, atalla)) = (check_wrapping(params, target)?, asked(params)?);
        scheme.write(&scheme.crypt(&master(key, atalla)?, true, target.payload)?, out)
    }
}

impl UnwrapMechanism for Zone {
    fn describes_key(&self) -> bool {
        true
    }

    fn tells_usage(&self) -> bool {
        false
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
        let (asked, atalla) = asked(params)?;
        if !template.contains(CKA_VHSM_KEY_USAGE) {
            return Err(Error::TemplateIncomplete {
                attribute: CKA_VHSM_KEY_USAGE,
                why: "a key without a header does not say what it is for",
            });
        }
        let (scheme, encrypted) = Scheme::read(wrapped, asked)?;
        let mut payload = scheme.crypt(&master(key, atalla)?, false, &encrypted)?;
        if self.sets_parity {
            des::set_odd_parity(payload.as_mut());
        }
        Ok(Unwrapped {
            attributes: described(template, scheme.key_len())?,
            payload,
        })
    }
}
