//! HKDF [PKCS#11 3.2, 6.48]: keys and data objects by extract, expand or both, and the keys for it.

use super::{ANY_SIZE, generates, params, required_len, row, wrong_params};
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::crypto::hkdf;
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::derivation::{DeriveObjects, Derived, Heritage, Planned, Sources, Wanted};
use crate::mechanism::generate::SECRET;
use crate::mechanism::library::{AWS_LC, GETRANDOM};
use crate::mechanism::params::derivation::{DerivationKind, DerivationParams, Hkdf, Salt};
use crate::mechanism::params::{ParamKind, Params};
use crate::mechanism::spec::MechanismSpec;
use crate::secret::SecretBytes;

const KEYS: &[KeyType] = &[CKK_HKDF, CKK_GENERIC_SECRET];

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    row(
        CKM_HKDF_DERIVE,
        "PKCS#11 3.2, 6.48.3",
        &[AWS_LC],
        DerivationKind::Hkdf,
        (KEYS, ANY_SIZE),
        &Derive { data: false },
    ),
    row(
        CKM_HKDF_DATA,
        "PKCS#11 3.2, 6.48.4",
        &[AWS_LC],
        DerivationKind::Hkdf,
        (KEYS, ANY_SIZE),
        &Derive { data: true },
    ),
    generates(
        CKM_HKDF_KEY_GEN,
        "PKCS#11 3.2, 6.48.5",
        &[GETRANDOM],
        ParamKind::None,
        (&[CKK_HKDF], ANY_SIZE),
        &SECRET,
    ),
];

/// Makes a key, or a data object.
struct Derive {
    data: bool,
}

fn hkdf_params(of: &Params) -> Result<&Hkdf> {
    match params(of)? {
        DerivationParams::Hkdf(params) => Ok(params),
        _ => wrong_params(),
    }
}

/// A data object stands in for a key if it is as long as the hash, and is extracted with a salt [PKCS#11 3.2, 6.48.3].
fn check_data(params: &Hkdf, data: &[u8]) -> Result<()> {
    match &params.extract {
        None => Err(Error::MechanismParamInvalid("a data object has to be extracted")),
        Some(Salt::Data(salt)) if salt.is_empty() => Err(Error::MechanismParamInvalid(
            "a data object is extracted with a salt",
        )),
        Some(_) if data.len() != params.hash.output_len() => Err(Error::KeySizeRange(KeyRole::Key)),
        Some(_) => Ok(()),
    }
}

impl DeriveObjects for Derive {
    fn takes_data(&self) -> bool {
        true
    }

    fn further_keys(&self, params: &Params) -> Vec<ObjectHandle> {
        match hkdf_params(params).map(|params| &params.extract) {
            Ok(Some(Salt::Key(handle))) => vec![*handle],
            _ => Vec::new(),
        }
    }

    /// A data object's length stands in CKA_VALUE_LEN all the same, though its class does not have that; SunPKCS11
    /// says CKK_GENERIC_SECRET too, which is taken to mean nothing.
    fn plan(&self, from: &Sources<'_>, mut template: AttributeSet) -> Result<Vec<Planned>> {
        if from.attributes.class() == Some(CKO_DATA) {
            check_data(hkdf_params(from.params)?, from.value()?)?;
        }
        if !self.data {
            return Ok(vec![Planned::secret_key(template, Heritage::Free)]);
        }
        if template.ulong(CKA_KEY_TYPE) == Some(CKK_GENERIC_SECRET.0) {
            template.remove(CKA_KEY_TYPE);
        }
        let length = match template.remove(CKA_VALUE_LEN) {
            Some(Value::Ulong(0)) => {
                return Err(Error::AttributeValueInvalid {
                    attribute: CKA_VALUE_LEN,
                    why: "nothing is to be derived",
                });
            }
            Some(Value::Ulong(length)) => Some(length),
            _ => None,
        };
        if template.contains(CKA_VALUE) {
            return Err(Error::AttributeReadOnly {
                attribute: CKA_VALUE,
                why: "the mechanism makes it",
            });
        }
        Ok(vec![Planned {
            class: CKO_DATA,
            length,
            ..Planned::secret_key(template, Heritage::Free)
        }])
    }

    fn derive(&self, from: &Sources<'_>, wanted: &[Wanted]) -> Result<Derived> {
        let params = hkdf_params(from.params)?;
        let hash = params.hash;
        let extracted = match &params.extract {
            None => None,
            Some(Salt::Data(salt)) => Some(hkdf::extract(hash, salt, from.value()?)?),
            Some(Salt::Key(_)) => Some(hkdf::extract(hash, from.further_value(0)?, from.value()?)?),
        };
        let length = wanted.first().and_then(|wanted| wanted.length);
        let value = match (&params.expand, &extracted) {
            (Some(info), extracted) => {
                let length = required_len(length, hkdf::output_len_max(hash))?;
                let key = match extracted {
                    Some(extracted) => &extracted[..],
                    None => from.value()?,
                };
                let mut out = SecretBytes::zeros(length);
                hkdf::expand(hash, key, info, out.as_mut())?;
                out
            }
            (None, Some(extracted)) => {
                let told = length.unwrap_or(extracted.len());
                if told != extracted.len() {
                    return Err(super::TOO_LONG);
                }
                SecretBytes::from(&extracted[..])
            }
            (None, None) => return wrong_params(),
        };
        Ok(Derived::value(value))
    }
}
