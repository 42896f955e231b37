//! Keys from passwords [PKCS#11 3.2, 6.23 and 6.24]: PBKDF2, and what PKCS #12 made of its predecessor.
//!
//! The password of the PKCS #12 mechanisms is taken byte by byte, as the standard's algorithm has it: an application
//! that opens PKCS #12 files gives a BMPString that ends with two zero bytes.

use super::{ANY_SIZE, SECRETS, generates, params, wrong_params};
use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::crypto::des;
use crate::crypto::hash::Hash;
use crate::crypto::pbkdf::{self, Purpose};
use crate::error::{Error, Result};
use crate::mechanism::generate::{SECRET_LEN_MAX, contribution};
use crate::mechanism::key_types::fixed_len;
use crate::mechanism::library::AWS_LC;
use crate::mechanism::operation::GenerateKeyMechanism;
use crate::mechanism::params::derivation::{DerivationKind, DerivationParams, Password};
use crate::mechanism::params::{ParamKind, Params, Reply};
use crate::mechanism::spec::{KeySizes, MechanismSpec};
use crate::secret::SecretBytes;

const fn pbe(
    id: MechanismId,
    section: &'static str,
    types: &'static [KeyType],
    length: u64,
    generate: &'static Pkcs12,
) -> MechanismSpec {
    let params = ParamKind::Derivation(DerivationKind::Pbe { iv: generate.iv });
    let keys = (types, KeySizes::bytes(length, length));
    generates(id, section, &[AWS_LC], params, keys, generate).legacy()
}

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    generates(
        CKM_PKCS5_PBKD2,
        "PKCS#11 3.2, 6.23.4",
        &[AWS_LC],
        ParamKind::Derivation(DerivationKind::Pbkdf2),
        (SECRETS, ANY_SIZE),
        &Pbkdf2,
    ),
    pbe(
        CKM_PBE_SHA1_DES3_EDE_CBC,
        "PKCS#11 3.2, 6.24.1",
        &[CKK_DES3],
        24,
        &DES3,
    ),
    pbe(
        CKM_PBE_SHA1_DES2_EDE_CBC,
        "PKCS#11 3.2, 6.24.2",
        &[CKK_DES2],
        16,
        &DES2,
    ),
    pbe(
        CKM_PBA_SHA1_WITH_SHA1_HMAC,
        "PKCS#11 3.2, 6.24.3",
        &[CKK_GENERIC_SECRET, CKK_SHA_1_HMAC],
        20,
        &HMAC,
    ),
];

static DES3: Pkcs12 = Pkcs12 {
    purpose: Purpose::Key,
    length: 24,
    iv: true,
};
static DES2: Pkcs12 = Pkcs12 { length: 16, ..DES3 };
static HMAC: Pkcs12 = Pkcs12 {
    purpose: Purpose::Mac,
    length: 20,
    iv: false,
};

/// DES keys have odd parity.
fn finished(key_type: Option<KeyType>, mut value: SecretBytes) -> AttributeSet {
    if matches!(key_type, Some(CKK_DES | CKK_DES2 | CKK_DES3)) {
        des::set_odd_parity(value.as_mut());
    }
    contribution(value)
}

/// CKM_PKCS5_PBKD2.
struct Pbkdf2;

impl Pbkdf2 {
    /// CKA_VALUE_LEN, or the one length of the key type. What lengths a type comes in is checked with its rules.
    fn length(template: &AttributeSet) -> Result<usize> {
        let fixed = || template.key_type().and_then(fixed_len).map(to_ulong);
        let length = template.ulong(CKA_VALUE_LEN).or_else(fixed);
        match length {
            Some(length @ 1..=SECRET_LEN_MAX) => Ok(to_usize(length)),
            Some(_) => Err(Error::AttributeValueInvalid {
                attribute: CKA_VALUE_LEN,
                why: "a secret has 1 to 65536 bytes",
            }),
            None => Err(Error::TemplateIncomplete {
                attribute: CKA_VALUE_LEN,
                why: "the length of the key is the caller's to choose",
            }),
        }
    }
}

impl GenerateKeyMechanism for Pbkdf2 {
    fn check(&self, _params: &Params, template: &AttributeSet) -> Result<()> {
        Self::length(template).map(|_| ())
    }

    fn generate(&self, of: &Params, template: &AttributeSet) -> Result<AttributeSet> {
        let DerivationParams::Pbkdf2 { hash, password } = params(of)? else {
            return wrong_params();
        };
        let Password {
            value,
            salt,
            iterations,
        } = password;
        let mut key = SecretBytes::zeros(Self::length(template)?);
        pbkdf::pbkdf2(*hash, value, salt, *iterations, key.as_mut())?;
        Ok(finished(template.key_type(), key))
    }
}

/// A PKCS #12 mechanism, with SHA-1.
struct Pkcs12 {
    purpose: Purpose,
    length: u64,
    iv: bool,
}

impl Pkcs12 {
    fn derive(params: &Params, purpose: Purpose, length: usize) -> Result<SecretBytes> {
        let DerivationParams::Pbe(password) = super::params(params)? else {
            return wrong_params();
        };
        let Password {
            value,
            salt,
            iterations,
        } = password;
        let mut out = SecretBytes::zeros(length);
        pbkdf::pkcs12(Hash::Sha1, purpose, value, salt, *iterations, out.as_mut());
        Ok(out)
    }
}

impl GenerateKeyMechanism for Pkcs12 {
    fn check(&self, _params: &Params, template: &AttributeSet) -> Result<()> {
        match template.ulong(CKA_VALUE_LEN) {
            Some(length) if length != self.length => Err(Error::AttributeValueInvalid {
                attribute: CKA_VALUE_LEN,
                why: "the mechanism makes keys of another length",
            }),
            _ => Ok(()),
        }
    }

    fn generate(&self, params: &Params, template: &AttributeSet) -> Result<AttributeSet> {
        let value = Self::derive(params, self.purpose, to_usize(self.length))?;
        Ok(finished(template.key_type(), value))
    }

    fn default_len(&self) -> Option<u64> {
        Some(self.length)
    }

    fn reply(&self, params: &Params) -> Result<Reply> {
        match self.iv {
            true => Self::derive(params, Purpose::Iv, des::BLOCK_LEN).map(Reply::Bytes),
            false => Ok(Reply::None),
        }
    }
}
