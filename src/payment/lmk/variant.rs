//! Keys under a variant LMK: one of its 20 pairs, by the key type, in the schemes Z, U, T, X and Y.

use zeroize::Zeroizing;

use super::key_types::{COMPONENT, KeyTypeCode};
use super::scheme::Scheme;
use super::{VERSION, WRONG_SCHEME, check_current, check_target, described, wrong};
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, PaymentFault, Result};
use crate::mechanism::library::AWS_LC;
use crate::mechanism::payment_key::{check_told_mode, component_of};
use crate::mechanism::{
    KeyMaterial, KeyRule, KeySizes, MechanismSpec, ParamKind, Params, Roles, Standing, UnwrapMechanism,
    Unwrapped, WrapMechanism, WrapTarget,
};
use crate::payment::template::{choose, fix};

/// The rows.
pub static ROWS: &[MechanismSpec] = &[MechanismSpec {
    id: CKM_VHSM_VARIANT_LMK,
    section: "include/vhsm.h",
    libraries: &[AWS_LC],
    params: ParamKind::Flat { min: 6, max: 6 },
    key: KeyRule {
        types: &[CKK_VHSM_LMK],
        sizes: KeySizes::bytes(320, 320),
        usages: &[KeyUsage::LOCAL_MASTER],
        ..KeyRule::NONE
    },
    roles: Roles {
        wrap: Some(&Variant),
        unwrap: Some(&Variant),
        ..Roles::NONE
    },
    standing: Standing::CURRENT,
}];

pub(super) struct Variant;

/// What the parameter says.
struct Asked {
    code: KeyTypeCode,
    scheme: Option<Scheme>,
    /// The number of the component that the key is.
    component: Option<u8>,
}

impl Asked {
    fn parse(params: &Params) -> Result<Self> {
        let [VERSION, a, b, c, scheme, component] = *params.flat()? else {
            return wrong("the first byte is the version of the parameter, 1");
        };
        let code = KeyTypeCode::of([a, b, c]).ok_or(Error::MechanismParamInvalid(
            "there is no such key type code for DES keys",
        ))?;
        if component > 9 {
            return wrong("components have the numbers 1 to 9");
        }
        let scheme = match scheme {
            0 => None,
            letter => Some(Scheme::of(letter).ok_or(Error::MechanismParamInvalid(
                "the key schemes are Z, U, T, X and Y",
            ))?),
        };
        Ok(Self {
            code,
            scheme,
            component: Some(component).filter(|component| *component != 0),
        })
    }

    /// The pair that protects such keys; `sets_apart`: components have a variant of their own.
    fn pair(&self, key: &KeyMaterial, sets_apart: bool) -> Result<Zeroizing<[u8; 16]>> {
        let (pairs, _) = key.secret()?.value().as_chunks::<16>();
        let pair = pairs.get(self.code.pair);
        let mut pair = Zeroizing::new(*pair.ok_or(Error::Internal("a variant LMK has 20 pairs"))?);
        let [first, ..] = &mut *pair;
        *first ^= self.code.variant;
        if self.component.is_some() && sets_apart {
            *first ^= COMPONENT;
        }
        Ok(pair)
    }

    fn usages(&self, key: &KeyMaterial) -> Vec<[u8; 2]> {
        let lmk = key.payment.and_then(|payment| payment.lmk);
        self.code.usages(lmk.is_none_or(|lmk| lmk.separate_002))
    }

    /// Whether a key may leave as one of this type.
    fn check_target(&self, key: &KeyMaterial, target: &WrapTarget<'_>) -> Result<Scheme> {
        check_target(target)?;
        let fault = |why| Err(Error::PaymentKey(PaymentFault::TypeCode, why));
        let usage = target.attributes.bytes(CKA_VHSM_KEY_USAGE).unwrap_or_default();
        if !self.usages(key).iter().any(|known| known[..] == *usage) {
            return fault("keys with this CKA_VHSM_KEY_USAGE have another key type code");
        }
        if component_of(target.attributes) != self.component {
            return fault("the parameter and CKA_VHSM_KEY_VERSION say which component it is");
        }
        let scheme = self.scheme.ok_or(WITHOUT_SCHEME)?;
        match scheme.key_len() == target.payload.len() {
            true => Ok(scheme),
            false => Err(WRONG_SCHEME),
        }
    }
}

const WITHOUT_SCHEME: Error = Error::MechanismParamInvalid("the parameter says which key scheme is made");

impl WrapMechanism for Variant {
    fn carries_components(&self) -> bool {
        true
    }

    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        check_current(key)?;
        Asked::parse(params)?.scheme.map(drop).ok_or(WITHOUT_SCHEME)
    }

    fn wrapped_len(&self, key: &KeyMaterial, params: &Params, target: &WrapTarget<'_>) -> Result<usize> {
        Ok(Asked::parse(params)?.check_target(key, target)?.text_len())
    }

    fn wrap(
        &self,
        key: &KeyMaterial,
        params: &Params,
        target: &WrapTarget<'_>,
        out: &mut [u8],
    ) -> Result<usize> {
        let asked = Asked::parse(params)?;
        let scheme = asked.check_target(key, target)?;
        let pair = asked.pair(key, true)?;
        scheme.write(&scheme.crypt(&pair[..], true, target.payload)?, out)
    }
}

impl UnwrapMechanism for Variant {
    fn describes_key(&self) -> bool {
        true
    }

    fn forgets_exportability(&self) -> bool {
        true
    }

    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        Asked::parse(params).map(drop)
    }

    fn unwrap(
        &self,
        key: &KeyMaterial,
        params: &Params,
        wrapped: &[u8],
        template: &AttributeSet,
    ) -> Result<Unwrapped> {
        open(key, params, wrapped, (template, true))
    }
}

/// The key of a text. `sets_apart`: components stand under a variant of their own.
///
/// # Errors
/// Those of the scheme; [`Error::TemplateInconsistent`].
pub(super) fn open(
    key: &KeyMaterial,
    params: &Params,
    wrapped: &[u8],
    (template, sets_apart): (&AttributeSet, bool),
) -> Result<Unwrapped> {
    let asked = Asked::parse(params)?;
    let (scheme, encrypted) = Scheme::read(wrapped, asked.scheme)?;
    let mut attributes = described(template, scheme.key_len())?;
    choose(&mut attributes, CKA_VHSM_KEY_USAGE, &asked.usages(key), |usage| {
        usage
    })?;
    match (asked.component, template.bytes(CKA_VHSM_KEY_VERSION)) {
        (Some(number), _) => {
            let version = Value::bytes(&[b'c', b'0' + number]);
            fix(&mut attributes, CKA_VHSM_KEY_VERSION, version)?;
        }
        (None, Some([b'c' | b'C', _])) => {
            return Err(Error::TemplateInconsistent {
                attribute: CKA_VHSM_KEY_VERSION,
                why: "components are told by the mechanism's parameter",
            });
        }
        (None, _) => {}
    }
    check_told_mode(&attributes)?;
    Ok(Unwrapped {
        payload: scheme.crypt(&asked.pair(key, sets_apart)?[..], false, &encrypted)?,
        attributes,
    })
}

/// Whether the parameter is one of a component.
///
/// # Errors
/// [`Error::MechanismParamInvalid`].
pub(super) fn check_component(params: &Params) -> Result<()> {
    match Asked::parse(params)?.component {
        Some(_) => Ok(()),
        None => wrong("components have the numbers 1 to 9"),
    }
}
