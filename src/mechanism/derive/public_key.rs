//! CKM_PUB_KEY_FROM_PRIV_KEY: the public key of a private key [PKCS#11 3.2, 6.29.8].

use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, Result};
use crate::mechanism::derivation::{
    DeriveObjects, Derived, Heritage, Planned, PlannedTemplate, Sources, Wanted,
};
use crate::mechanism::ec::{limit_448, octet_string};
use crate::mechanism::library::{AWS_LC, ED448_GOLDILOCKS, K256};
use crate::mechanism::params::{ParamKind, Reply};
use crate::mechanism::spec::{KeyRule, KeySizes, MechanismSpec, Roles};
use crate::mechanism::standing::Standing;

/// The rows.
pub static ROWS: &[MechanismSpec] = &[MechanismSpec {
    id: CKM_PUB_KEY_FROM_PRIV_KEY,
    section: "PKCS#11 3.2, 6.29.8",
    libraries: &[AWS_LC, K256, ED448_GOLDILOCKS],
    params: ParamKind::None,
    key: KeyRule {
        types: &[CKK_RSA, CKK_EC, CKK_EC_EDWARDS, CKK_EC_MONTGOMERY],
        sizes: KeySizes::bits(1, 16384),
        limits: &[limit_448(CKK_EC_EDWARDS), limit_448(CKK_EC_MONTGOMERY)],
        ..KeyRule::NONE
    },
    roles: Roles {
        derive_objects: Some(&PublicKey),
        ..Roles::NONE
    },
    standing: Standing::CURRENT,
}];

/// What the public key has of the private key unless the template says otherwise: its attribute, and the private key's.
const INHERITED: &[(AttributeType, AttributeType)] = &[
    (CKA_ENCRYPT, CKA_DECRYPT),
    (CKA_VERIFY, CKA_SIGN),
    (CKA_VERIFY_RECOVER, CKA_SIGN_RECOVER),
    (CKA_WRAP, CKA_UNWRAP),
    (CKA_DERIVE, CKA_DERIVE),
    (CKA_ID, CKA_ID),
    (CKA_START_DATE, CKA_START_DATE),
    (CKA_END_DATE, CKA_END_DATE),
    (CKA_SUBJECT, CKA_SUBJECT),
    (CKA_ALLOWED_MECHANISMS, CKA_ALLOWED_MECHANISMS),
];

/// What makes the public key.
const COMPONENTS: &[AttributeType] = &[
    CKA_MODULUS,
    CKA_PUBLIC_EXPONENT,
    CKA_EC_PARAMS,
    CKA_KEY_GEN_MECHANISM,
];

struct PublicKey;

impl DeriveObjects for PublicKey {
    fn plan(&self, from: &Sources<'_>, mut template: AttributeSet) -> Result<Vec<Planned>> {
        for (public, private) in INHERITED {
            if let (None, Some(value)) = (template.value(*public), from.attributes.value(*private)) {
                template.set(*public, value.clone());
            }
        }
        Ok(vec![Planned {
            template: PlannedTemplate::Parsed(template),
            class: CKO_PUBLIC_KEY,
            key_types: vec![from.key.key_type],
            length: None,
            heritage: Heritage::Free,
        }])
    }

    fn derive(&self, from: &Sources<'_>, _wanted: &[Wanted]) -> Result<Derived> {
        let component =
            |attribute: &AttributeType| Some((*attribute, from.attributes.value(*attribute)?.clone()));
        let mut made: AttributeSet = COMPONENTS.iter().filter_map(component).collect();
        if let Some(point) = from.key.asymmetric()?.public_point()? {
            let point = match from.key.key_type {
                CKK_EC => octet_string(&point),
                _ => point,
            };
            made.set(CKA_EC_POINT, Value::bytes(&point));
        } else if !made.contains(CKA_PUBLIC_EXPONENT) {
            return Err(Error::Internal("an RSA key without its public exponent"));
        }
        Ok(Derived {
            objects: vec![made],
            reply: Reply::None,
        })
    }
}
