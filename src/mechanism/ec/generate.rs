//! Key pairs on Weierstrass and Montgomery curves.

use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::crypto::der::{Tag, element};
use crate::crypto::{ec, montgomery};
use crate::error::{Error, Result};
use crate::mechanism::operation::GenerateKeyPairMechanism;
use crate::mechanism::params::Params;
use crate::secret::SecretBytes;

/// CKA_EC_PARAMS of the public template.
pub(in crate::mechanism) fn params_of(public: &AttributeSet) -> Result<&[u8]> {
    public.bytes(CKA_EC_PARAMS).ok_or(Error::TemplateIncomplete {
        attribute: CKA_EC_PARAMS,
        why: "the curve is the caller's to choose",
    })
}

/// The attributes of both keys: CKA_EC_POINT as the standard writes it, the parameters as the caller wrote them.
pub(in crate::mechanism) fn pair(
    params: &[u8],
    point: &[u8],
    value: SecretBytes,
) -> (AttributeSet, AttributeSet) {
    let to_public = [
        (CKA_EC_PARAMS, Value::bytes(params)),
        (CKA_EC_POINT, Value::bytes(point)),
    ];
    let to_private = [
        (CKA_EC_PARAMS, Value::bytes(params)),
        (CKA_VALUE, Value::Bytes(value)),
    ];
    (to_public.into_iter().collect(), to_private.into_iter().collect())
}

/// CKM_EC_KEY_PAIR_GEN and CKM_EC_KEY_PAIR_GEN_W_EXTRA_BITS: they draw the scalar in different ways.
pub(super) struct GenerateEc {
    /// How a key is drawn.
    pub(super) draw: fn(ec::Curve) -> Result<ec::PrivateKey>,
}

impl GenerateKeyPairMechanism for GenerateEc {
    fn check(&self, _params: &Params, public: &AttributeSet, _private: &AttributeSet) -> Result<()> {
        ec::Curve::from_params(params_of(public)?).map(|_| ())
    }

    fn generate(&self, _params: &Params, public: &AttributeSet) -> Result<(AttributeSet, AttributeSet)> {
        let params = params_of(public)?;
        let key = (self.draw)(ec::Curve::from_params(params)?)?;
        Ok(pair(params, &octet_string(&key.public_point()?), key.scalar()?))
    }
}

/// The point as DER octet string [PKCS#11 3.2, 6.3.3].
pub(in crate::mechanism) fn octet_string(point: &[u8]) -> Vec<u8> {
    element(Tag::OctetString, &[point]).to_vec()
}

/// CKM_EC_MONTGOMERY_KEY_PAIR_GEN.
pub(super) struct GenerateMontgomery;

impl GenerateKeyPairMechanism for GenerateMontgomery {
    fn check(&self, _params: &Params, public: &AttributeSet, _private: &AttributeSet) -> Result<()> {
        montgomery::Curve::from_params(params_of(public)?).map(|_| ())
    }

    fn generate(&self, _params: &Params, public: &AttributeSet) -> Result<(AttributeSet, AttributeSet)> {
        let params = params_of(public)?;
        let key = montgomery::PrivateKey::generate(montgomery::Curve::from_params(params)?)?;
        Ok(pair(params, key.public().as_bytes(), key.private_bytes()))
    }
}
