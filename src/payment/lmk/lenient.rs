//! What devices do under a variant LMK and what is off here: components under the variant of their key's type, which nothing
//! sets apart from keys, and keys of key blocks, whose exportability is forgotten.

use super::variant::{self, Variant};
use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::error::{Error, PaymentFault, Result};
use crate::mechanism::library::AWS_LC;
use crate::mechanism::{
    KeyMaterial, KeyRule, KeySizes, MechanismSpec, ParamKind, Params, Roles, Standing, UnwrapMechanism,
    Unwrapped, WrapMechanism, WrapTarget,
};

const fn row(id: MechanismId, roles: Roles, off: &'static str) -> MechanismSpec {
    MechanismSpec {
        id,
        section: "include/vhsm.h",
        libraries: &[AWS_LC],
        params: ParamKind::Flat { min: 6, max: 6 },
        key: KeyRule {
            types: &[CKK_VHSM_LMK],
            sizes: KeySizes::bytes(320, 320),
            usages: &[KeyUsage::LOCAL_MASTER],
            ..KeyRule::NONE
        },
        roles,
        standing: Standing {
            off: Some(off),
            ..Standing::CURRENT
        },
    }
}

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    row(
        CKM_VHSM_VARIANT_LMK_PLAIN_COMPONENT,
        Roles {
            unwrap: Some(&PlainComponent),
            ..Roles::NONE
        },
        "a key that is taken for a component makes related keys of it: for host commands of clients whose components \
         stand under the variant of their key's type",
    ),
    row(
        CKM_VHSM_VARIANT_LMK_FROM_BLOCK,
        Roles {
            wrap: Some(&FromBlock),
            ..Roles::NONE
        },
        "a key that leaves in key blocks only comes back without that: for host commands that import key blocks under a \
         variant LMK",
    ),
];

struct FromBlock;

impl WrapMechanism for FromBlock {
    /// Who switches it on wants keys with exportability E to come.
    fn forgets_attributes(&self) -> bool {
        true
    }

    fn carries_components(&self) -> bool {
        true
    }

    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        WrapMechanism::check(&Variant, key, params)
    }

    fn wrapped_len(&self, key: &KeyMaterial, params: &Params, target: &WrapTarget<'_>) -> Result<usize> {
        match target.attributes.bytes(CKA_VHSM_EXPORTABILITY) {
            Some(b"N") => Err(Error::PaymentKey(
                PaymentFault::NotExportable,
                "CKA_VHSM_EXPORTABILITY is N",
            )),
            _ => Variant.wrapped_len(key, params, target),
        }
    }

    fn wrap(
        &self,
        key: &KeyMaterial,
        params: &Params,
        target: &WrapTarget<'_>,
        out: &mut [u8],
    ) -> Result<usize> {
        Variant.wrap(key, params, target, out)
    }
}

struct PlainComponent;

impl UnwrapMechanism for PlainComponent {
    fn describes_key(&self) -> bool {
        true
    }

    fn forgets_exportability(&self) -> bool {
        true
    }

    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        variant::check_component(params)
    }

    fn unwrap(
        &self,
        key: &KeyMaterial,
        params: &Params,
        wrapped: &[u8],
        template: &AttributeSet,
    ) -> Result<Unwrapped> {
        variant::open(key, params, wrapped, (template, false))
    }
}
