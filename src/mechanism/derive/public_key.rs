//! CKM_PUB_KEY_FROM_PRIV_KEY: the public key of a private key, of every type of private key that there is
//! [PKCS#11 3.2, 6.29.8].

use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, Result};
use crate::mechanism::asymmetric::{AsymmetricKey, group};
use crate::mechanism::derivation::{
    DeriveObjects, Derived, Heritage, Planned, PlannedTemplate, Sources, Wanted,
};
use crate::mechanism::ec::{limit_448, octet_string};
use crate::mechanism::library::{AWS_LC, ED448_GOLDILOCKS, FIPS205, K256};
use crate::mechanism::params::{ParamKind, Reply};
use crate::mechanism::spec::{KeyRule, KeySizes, MechanismSpec, Roles};
use crate::mechanism::standing::Standing;

/// The rows.
pub static ROWS: &[MechanismSpec] = &[MechanismSpec {
    id: CKM_PUB_KEY_FROM_PRIV_KEY,
    section: "PKCS#11 3.2, 6.29.8",
    libraries: &[AWS_LC, K256, ED448_GOLDILOCKS, FIPS205],
    params: ParamKind::None,
    key: KeyRule {
        types: &[
            CKK_RSA,
            CKK_EC,
            CKK_EC_EDWARDS,
            CKK_EC_MONTGOMERY,
            CKK_DSA,
            CKK_DH,
            CKK_X9_42_DH,
            CKK_ML_KEM,
            CKK_ML_DSA,
            CKK_SLH_DSA,
        ],
        sizes: KeySizes::OF_MANY_TYPES,
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
    (CKA_ENCAPSULATE, CKA_DECAPSULATE),
    (CKA_DERIVE, CKA_DERIVE),
    (CKA_ID, CKA_ID),
    (CKA_START_DATE, CKA_START_DATE),
    (CKA_END_DATE, CKA_END_DATE),
    (CKA_SUBJECT, CKA_SUBJECT),
    (CKA_ALLOWED_MECHANISMS, CKA_ALLOWED_MECHANISMS),
];

/// What both keys of a pair have alike, of any type.
const COMPONENTS: &[AttributeType] = &[
    CKA_MODULUS,
    CKA_PUBLIC_EXPONENT,
    CKA_EC_PARAMS,
    CKA_PRIME,
    CKA_SUBPRIME,
    CKA_BASE,
    CKA_PARAMETER_SET,
    CKA_KEY_GEN_MECHANISM,
];

struct PublicKey;

/// What only the public key has, worked out from the private one; `None` for RSA, where there is no such thing.
fn public_component(from: &Sources<'_>) -> Result<Option<(AttributeType, Value)>> {
    let private = || {
        let value = from.attributes.bytes(CKA_VALUE);
        value.ok_or(Error::Internal("a private key without CKA_VALUE"))
    };
    let key = from.key.asymmetric()?;
    Ok(match key {
        AsymmetricKey::RsaPrivate(_) => None,
        AsymmetricKey::DsaPrivate(_) | AsymmetricKey::DhPrivate(_) => {
            let number = group(from.attributes)?.power_of_base(private()?)?;
            Some((CKA_VALUE, Value::Bytes(number)))
        }
        AsymmetricKey::PostQuantum(key) => {
            let public = key.public_half(private()?);
            let public = public.ok_or(Error::Internal("a post-quantum key without its public half"))?;
            Some((CKA_VALUE, Value::bytes(public)))
        }
        key => {
            let point = key.public_point()?.ok_or(Error::Internal("no private key"))?;
            let point = match from.key.key_type {
                CKK_EC => Value::bytes(&octet_string(&point)),
                _ => Value::bytes(&point),
            };
            Some((CKA_EC_POINT, point))
        }
    })
}

impl DeriveObjects for PublicKey {
    fn is_public(&self) -> bool {
        true
    }

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
        if let Some((attribute, value)) = public_component(from)? {
            made.set(attribute, value);
        }
        Ok(Derived {
            objects: vec![made],
            reply: Reply::None,
        })
    }
}
