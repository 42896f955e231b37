//! HMAC with SHA-512/t [PKCS#11 3.2, 6.22], and the making of its keys.
//!
//! The standard gives both forms one number as their parameter. For CKM_SHA512_T_HMAC it is t in bits, as for the
//! digest. CKM_SHA512_T_HMAC_GENERAL is described as the other mechanisms of chosen length are, so there it is the length
//! of the MAC in bytes, and t is what that length says: a whole MAC of SHA-512/t.

use std::sync::Arc;

use super::digest::{WRONG_TRUNCATION, truncation};
use super::generate;
use super::hmac::{Hmac, KEY_LEN_MAX, keys};
use super::key::KeyMaterial;
use super::library::AWS_LC;
use super::mac::Mac;
use super::operation::{SignMechanism, SignStream, VerifyMechanism, VerifyStream};
use super::params::{ParamKind, Params};
use super::spec::{MechanismSpec, Roles};
use super::standing::Standing;
use crate::ck::*;
use crate::crypto::hash::{Hash, Truncation};
use crate::error::{Error, Result};

const fn row(id: MechanismId, section: &'static str, mac: &'static TruncatedHmac) -> MechanismSpec {
    MechanismSpec {
        id,
        section,
        libraries: &[AWS_LC],
        params: ParamKind::MacGeneral,
        key: keys(&[CKK_GENERIC_SECRET, CKK_SHA512_T_HMAC]),
        roles: Roles {
            sign: Some(mac),
            verify: Some(mac),
            ..Roles::NONE
        },
        standing: Standing::CURRENT,
    }
}

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    row(CKM_SHA512_T_HMAC, "PKCS#11 3.2, 6.22.3", &TruncatedHmac::Bits),
    row(
        CKM_SHA512_T_HMAC_GENERAL,
        "PKCS#11 3.2, 6.22.2",
        &TruncatedHmac::Bytes,
    ),
    generate::mac_key(
        CKM_SHA512_T_KEY_GEN,
        &[CKK_SHA512_T_HMAC],
        KEY_LEN_MAX,
        &generate::SECRET,
    ),
];

/// HMAC with the SHA-512/t that the parameter names.
enum TruncatedHmac {
    /// By t in bits.
    Bits,
    /// By the length of the MAC in bytes.
    Bytes,
}

impl TruncatedHmac {
    /// The MAC that the parameter names; it takes none itself.
    fn mac(&self, params: &Params) -> Result<Mac<Hmac>> {
        let bits = match (self, params) {
            (Self::Bits, _) => truncation(params)?,
            (Self::Bytes, Params::MacGeneral(bytes)) => {
                Truncation::new(bytes.saturating_mul(8)).ok_or(WRONG_TRUNCATION)?
            }
            (Self::Bytes, _) => return Err(Error::Internal("a MAC without its parameter")),
        };
        Ok(Mac(Hmac(Hash::Sha512T(bits))))
    }
}

impl SignMechanism for TruncatedHmac {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        SignMechanism::check(&self.mac(params)?, key, &Params::None)
    }

    fn signature_len(&self, key: &KeyMaterial, params: &Params) -> usize {
        self.mac(params)
            .map_or(0, |mac| mac.signature_len(key, &Params::None))
    }

    fn sign(&self, key: &KeyMaterial, params: &Params, data: &[u8], out: &mut [u8]) -> Result<()> {
        self.mac(params)?.sign(key, &Params::None, data, out)
    }

    fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<dyn SignStream>> {
        SignMechanism::stream(&self.mac(params)?, key, &Params::None)
    }

    fn restore(&self, key: &Arc<KeyMaterial>, params: &Params, saved: &[u8]) -> Result<Box<dyn SignStream>> {
        SignMechanism::restore(&self.mac(params)?, key, &Params::None, saved)
    }
}

impl VerifyMechanism for TruncatedHmac {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        VerifyMechanism::check(&self.mac(params)?, key, &Params::None)
    }

    fn verify(&self, key: &KeyMaterial, params: &Params, data: &[u8], signature: &[u8]) -> Result<()> {
        self.mac(params)?.verify(key, &Params::None, data, signature)
    }

    fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<dyn VerifyStream>> {
        VerifyMechanism::stream(&self.mac(params)?, key, &Params::None)
    }

    fn restore(
        &self,
        key: &Arc<KeyMaterial>,
        params: &Params,
        saved: &[u8],
    ) -> Result<Box<dyn VerifyStream>> {
        VerifyMechanism::restore(&self.mac(params)?, key, &Params::None, saved)
    }
}
