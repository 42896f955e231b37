//! A random protection key under RSA-OAEP, and the key block behind it.

use subtle::{Choice, ConditionallySelectable};

use super::{FORM, Protection, TOO_SHORT, hash, plan};
use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::crypto::rng;
use crate::crypto::rsa::{Oaep, PrivateKey, PublicKey};
use crate::error::{Error, Result};
use crate::mechanism::library::AWS_LC;
use crate::mechanism::{
    AsymmetricKey, KeyMaterial, KeyRule, KeySizes, MechanismSpec, ParamKind, Params, Roles, Standing,
    UnwrapMechanism, Unwrapped, WrapMechanism, WrapTarget,
};
use crate::payment::keyblock::opened;
use crate::payment::keyblock::parameter::{Opening, VERSION, wrong};
use crate::secret::SecretBytes;

/// The row.
pub(super) const ROW: MechanismSpec = MechanismSpec {
    id: CKM_VHSM_RSA_KEY_TRANSPORT,
    section: "include/vhsm.h",
    libraries: &[AWS_LC],
    params: ParamKind::Flat { min: 4, max: 4096 },
    key: KeyRule {
        types: &[CKK_RSA],
        sizes: KeySizes::bits(2048, 16384),
        ..KeyRule::NONE
    },
    roles: Roles {
        wrap: Some(&RsaTransport),
        unwrap: Some(&RsaTransport),
        ..Roles::NONE
    },
    standing: Standing::CURRENT,
};

struct RsaTransport;

/// OAEP, the kind of the protection key, and what stands behind them.
fn parts(params: &Params) -> Result<(Oaep<'static>, Protection, &[u8])> {
    let [VERSION, code, protection, form @ ..] = params.flat()? else {
        return wrong("the first byte is the version of the parameter, 1");
    };
    let hash = hash(*code)?;
    let oaep = Oaep {
        hash,
        mgf: hash,
        label: &[],
    };
    Ok((oaep, Protection::of(*protection)?, form))
}

const WRONG_KEY: Error = Error::Internal("RSA key transport with another kind of key");

fn public(key: &KeyMaterial) -> Result<&PublicKey> {
    match key.asymmetric()? {
        AsymmetricKey::RsaPublic(key) => Ok(key),
        _ => Err(WRONG_KEY),
    }
}

fn private(key: &KeyMaterial) -> Result<&PrivateKey> {
    match key.asymmetric()? {
        AsymmetricKey::RsaPrivate(key) => Ok(key),
        _ => Err(WRONG_KEY),
    }
}

/// The strength of a modulus in bits [NIST SP 800-57 part 1 rev. 5, table 2].
const fn strength(modulus_bits: usize) -> u64 {
    match modulus_bits {
        15360.. => 256,
        7680.. => 192,
        3072.. => 128,
        _ => 112,
    }
}

impl WrapMechanism for RsaTransport {
    fn carries_attributes(&self) -> bool {
        true
    }

    fn asked_exportability(&self, _key: &KeyMaterial, params: &Params) -> Result<Option<u8>> {
        let (_, protection, form) = parts(params)?;
        Ok(Some(protection.request(form)?.wanted.exportability))
    }

    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        let (_, protection, form) = parts(params)?;
        protection.request(form).map(drop)
    }

    fn wrapped_len(&self, key: &KeyMaterial, params: &Params, target: &WrapTarget<'_>) -> Result<usize> {
        let ((_, protection, form), key) = (parts(params)?, public(key)?);
        let request = protection.request(form)?;
        let plan = plan(&protection.blank(), strength(key.bits()), &request, target)?;
        Ok(key.block_len() + plan.block_len())
    }

    fn wrap(
        &self,
        key: &KeyMaterial,
        params: &Params,
        target: &WrapTarget<'_>,
        out: &mut [u8],
    ) -> Result<usize> {
        let ((oaep, protection, form), key) = (parts(params)?, public(key)?);
        let request = protection.request(form)?;
        let mut value = SecretBytes::zeros(protection.length);
        rng::system(value.as_mut())?;
        let (sealed, block) = out.split_at_mut_checked(key.block_len()).ok_or(TOO_SHORT)?;
        key.encrypt_oaep(&oaep, &value, sealed)?;
        let protection = protection.key(value);
        let plan = plan(&protection, strength(key.bits()), &request, target)?;
        Ok(sealed.len() + plan.write(&protection, target.payload, block)?)
    }
}

impl UnwrapMechanism for RsaTransport {
    fn describes_key(&self) -> bool {
        true
    }

    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        let (_, protection, form) = parts(params)?;
        match protection.version(form)? {
            (_, []) => Ok(()),
            _ => wrong("the parameter has 4 bytes: the block has its own header"),
        }
    }

    /// A padding that is wrong and one that is right with another protection key give one answer after the same work: a
    /// random key opens the block in the place of one that did not come.
    fn unwrap(
        &self,
        key: &KeyMaterial,
        params: &Params,
        wrapped: &[u8],
        template: &AttributeSet,
    ) -> Result<Unwrapped> {
        let ((oaep, protection, form), key) = (parts(params)?, private(key)?);
        let (version, _) = FORM.version(form)?;
        let (sealed, block) = wrapped
            .split_at_checked(key.block_len())
            .ok_or(Error::WrappedKeyLenRange)?;
        let (binding, parts) = protection.parts(block, version)?;
        let mut value = SecretBytes::zeros(protection.length);
        rng::system(value.as_mut())?;
        let mut message = SecretBytes::zeros(sealed.len());
        let came = match key.decrypt_oaep(&oaep, sealed, message.as_mut()) {
            Ok(length) => length == value.len(),
            Err(Error::EncryptedDataInvalid) => false,
            Err(other) => return Err(other),
        };
        let came = Choice::from(u8::from(came));
        for (to, from) in value.as_mut().iter_mut().zip(&*message) {
            to.conditional_assign(from, came);
        }
        opened::open(
            &protection.key(value),
            binding,
            &parts,
            (Opening::PLAIN, template),
        )
    }
}
