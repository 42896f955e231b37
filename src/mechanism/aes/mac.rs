//! CKM_AES_XCBC_MAC and CKM_AES_XCBC_MAC_96 [PKCS#11 3.2, 6.10], and CKM_AES_GMAC [6.13].

use std::sync::Arc;

use crate::crypto::gcm::{Gmac, tag_len};
use crate::crypto::mac::CmacState;
use crate::error::{Error, Result};
use crate::mechanism::key::KeyMaterial;
use crate::mechanism::mac::{Algorithm, compare};
use crate::mechanism::operation::{SignMechanism, SignStream, VerifyMechanism, VerifyStream};
use crate::mechanism::params::Params;
use crate::mechanism::secret_key::SecretKey;
use crate::secret::SecretBytes;

/// AES-XCBC-MAC [RFC 3566] with MACs of so many bytes.
#[derive(Clone, Copy)]
pub(super) struct Xcbc<const LEN: usize>;

impl<const LEN: usize> Algorithm for Xcbc<LEN> {
    type State = CmacState<16>;

    fn mac_len(self) -> usize {
        LEN
    }

    fn mac(self, key: &SecretKey, data: &[u8], out: &mut [u8]) -> Result<()> {
        let (cipher, subkeys) = key.xcbc()?.parts();
        subkeys.mac(cipher, data, out)
    }

    fn begin(self, key: &SecretKey) -> Result<CmacState<16>> {
        key.xcbc().map(|_| CmacState::new())
    }

    fn update(self, key: &SecretKey, state: &mut CmacState<16>, data: &[u8]) -> Result<()> {
        state.update(key.xcbc()?.parts().0, data)
    }

    fn finish(self, key: &SecretKey, state: &mut CmacState<16>, out: &mut [u8]) -> Result<()> {
        let (cipher, subkeys) = key.xcbc()?.parts();
        state.finish(cipher, subkeys, out);
        Ok(())
    }

    fn save(self, state: &CmacState<16>) -> Result<SecretBytes> {
        Ok(state.save())
    }

    fn restore(self, _key: &SecretKey, saved: &[u8]) -> Option<CmacState<16>> {
        CmacState::restore(saved)
    }
}

/// GMAC: the message is what GCM calls additional data, and there is no other [NIST SP 800-38D, 3].
pub(super) struct GmacAes;

/// Initialisation vector and length of the MAC in bytes. Additional data in the parameter would be a second place for
/// the message.
fn parts(params: &Params) -> Result<(&[u8], usize)> {
    match params {
        Params::Gcm { iv, aad, tag_bits } if aad.is_empty() => Ok((iv, tag_len(*tag_bits)?)),
        Params::Gcm { .. } => Err(Error::MechanismParamInvalid(
            "the data of a GMAC is the message's, not the parameter's",
        )),
        _ => Err(Error::Internal("GMAC without its parameter")),
    }
}

fn check(key: &KeyMaterial, params: &Params) -> Result<()> {
    key.secret()?.gcm()?;
    parts(params).map(|_| ())
}

fn mac(key: &KeyMaterial, params: &Params, data: &[u8], out: &mut [u8]) -> Result<()> {
    let (iv, _) = parts(params)?;
    key.secret()?.gcm()?.seal(iv, data, &[], &mut [], out)
}

fn begin(key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<Stream>> {
    let (iv, length) = parts(params)?;
    Ok(Box::new(Stream {
        mac: key.secret()?.gcm()?.mac(iv)?,
        length,
    }))
}

impl SignMechanism for GmacAes {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        check(key, params)
    }

    fn signature_len(&self, _key: &KeyMaterial, params: &Params) -> usize {
        parts(params).map_or(0, |(_, length)| length)
    }

    fn sign(&self, key: &KeyMaterial, params: &Params, data: &[u8], out: &mut [u8]) -> Result<()> {
        mac(key, params, data, out)
    }

    fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<dyn SignStream>> {
        Ok(begin(key, params)?)
    }
}

impl VerifyMechanism for GmacAes {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        check(key, params)
    }

    fn verify(&self, key: &KeyMaterial, params: &Params, data: &[u8], signature: &[u8]) -> Result<()> {
        let (_, length) = parts(params)?;
        compare(signature, length, |right| mac(key, params, data, right))
    }

    fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<dyn VerifyStream>> {
        Ok(begin(key, params)?)
    }
}

struct Stream {
    mac: Gmac,
    length: usize,
}

impl SignStream for Stream {
    fn update(&mut self, data: &[u8]) -> Result<()> {
        self.mac.update(data)
    }

    fn finish(self: Box<Self>, out: &mut [u8]) -> Result<()> {
        self.mac.finish(out)
    }
}

impl VerifyStream for Stream {
    fn update(&mut self, data: &[u8]) -> Result<()> {
        self.mac.update(data)
    }

    fn finish(self: Box<Self>, signature: &[u8]) -> Result<()> {
        let Self { mac, length } = *self;
        compare(signature, length, |right| mac.finish(right))
    }
}
