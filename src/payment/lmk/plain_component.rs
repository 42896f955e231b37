//! Components under the variant of their key's type, as hosts of old simulators have them: nothing sets them apart from
//! keys.

use super::variant;
use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::error::Result;
use crate::mechanism::library::AWS_LC;
use crate::mechanism::{
    KeyMaterial, KeyRule, KeySizes, MechanismSpec, ParamKind, Params, Roles, Standing, UnwrapMechanism,
    Unwrapped,
};

/// The rows.
pub static ROWS: &[MechanismSpec] = &[MechanismSpec {
    id: CKM_VHSM_VARIANT_LMK_PLAIN_COMPONENT,
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
        unwrap: Some(&PlainComponent),
        ..Roles::NONE
    },
    standing: Standing {
        off: Some(
            "a key that is taken for a component makes related keys of it: for host commands of clients whose \
             components stand under the variant of their key's type",
        ),
        ..Standing::CURRENT
    },
}];

struct PlainComponent;

impl UnwrapMechanism for PlainComponent {
    fn describes_key(&self) -> bool {
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
