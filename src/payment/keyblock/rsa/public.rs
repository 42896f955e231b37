//! RSA public keys under a local master key: a MAC under a variant LMK, a key block under others.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{WRONG_KIND, check_number, check_version, number, pair};
use crate::ck::*;
use crate::crypto::des::Des3Key;
use crate::crypto::iso9797::{Iso9797Mac, Padding, Scheme};
use crate::crypto::key_block::Binding;
use crate::error::{Error, PaymentFault, Result};
use crate::mechanism::{CipherMechanism, KeyMaterial, Params, SignMechanism, VerifyMechanism};
use crate::payment::keyblock::block::Plan;
use crate::payment::keyblock::header::{Header, Parts};
use crate::payment::keyblock::opened;
use crate::payment::keyblock::parameter::{VERSION, wrong};
use crate::payment::keyblock::rsa_key::PublicKey;
use crate::payment::lmk::check_current;

/// Length of the MAC of a public key in bytes.
const MAC_LEN: usize = 4;
/// The pair 36-37.
const PUBLIC_PAIR: usize = 18;

/// The MAC of a public key and what else is authenticated.
pub(super) struct Mac;

impl Mac {
    fn check(key: &KeyMaterial, params: &Params) -> Result<()> {
        check_version(params)?;
        pair(key, PUBLIC_PAIR).map(drop)
    }

    fn made(key: &KeyMaterial, data: &[u8]) -> Result<Zeroizing<[u8; MAC_LEN]>> {
        PublicKey::parse(data).ok_or(NO_KEY)?;
        let key = Des3Key::new(&pair(key, PUBLIC_PAIR)?)?;
        let mut made = Zeroizing::new([0; MAC_LEN]);
        Iso9797Mac::whole(Scheme::Alg3, Padding::Zeros, &key, data, &mut made[..])?;
        Ok(made)
    }
}

const NO_KEY: Error = Error::DataInvalid("a public key is a SEQUENCE of two INTEGERs, modulus and exponent");

impl SignMechanism for Mac {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        check_current(key)?;
        Self::check(key, params)
    }

    fn signature_len(&self, _key: &KeyMaterial, _params: &Params) -> usize {
        MAC_LEN
    }

    fn sign(&self, key: &KeyMaterial, _params: &Params, data: &[u8], out: &mut [u8]) -> Result<()> {
        out.copy_from_slice(&*Self::made(key, data)?);
        Ok(())
    }
}

impl VerifyMechanism for Mac {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        Self::check(key, params)
    }

    fn verify(&self, key: &KeyMaterial, _params: &Params, data: &[u8], mac: &[u8]) -> Result<()> {
        if mac.len() != MAC_LEN {
            return Err(Error::SignatureLenRange);
        }
        match Self::made(key, data)?.ct_eq(mac).into() {
            true => Ok(()),
            false => Err(Error::SignatureInvalid),
        }
    }
}

/// The version of blocks under a key-block LMK, and how they are bound.
fn form(key: &KeyMaterial) -> Result<(u8, Binding)> {
    match to_usize(key.bits() / 8) {
        LMK_DES3_LEN => Ok((b'0', Binding::Variant)),
        LMK_AES_LEN => Ok((b'1', Binding::AesHeader)),
        _ => Err(WRONG_KIND),
    }
}

/// A public key into its key block.
pub(super) struct Enclose;

impl Enclose {
    fn plan(key: &KeyMaterial, params: &Params, length: usize) -> Result<Plan> {
        let (mode, key_version, exportability) = match *params.flat()? {
            [VERSION] => (b'N', *b"00", b'N'),
            [VERSION, mode, a, b, exportability @ (b'E' | b'N' | b'S')]
                if ModeOfUse::of(mode).is_some() && [a, b].iter().all(u8::is_ascii_alphanumeric) =>
            {
                (mode, [a, b], exportability)
            }
            _ => return wrong("the parameter is 1, or 1, mode of use, key version and exportability"),
        };
        let (version, binding) = form(key)?;
        let header = Header {
            version,
            usage: KeyUsage::RSA_PUBLIC,
            algorithm: b'R',
            mode,
            key_version,
            exportability,
            last: number(key)?,
        };
        Plan::of_public(binding, &header, length)
    }
}

impl CipherMechanism for Enclose {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        check_current(key)?;
        Self::plan(key, params, 0).map(drop)
    }

    fn output_len(&self, key: &KeyMaterial, params: &Params, input_len: usize) -> Result<usize> {
        Ok(Self::plan(key, params, input_len)?.block_len())
    }

    fn oneshot(&self, key: &KeyMaterial, params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
        match PublicKey::parse(input) {
            Some((_, [])) => Self::plan(key, params, input.len())?.write(key, input, out),
            _ => Err(NO_KEY),
        }
    }
}

/// The public key of a key block.
pub(super) struct Open;

impl CipherMechanism for Open {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        check_version(params)?;
        form(key).map(drop)
    }

    fn output_len(&self, _key: &KeyMaterial, _params: &Params, input_len: usize) -> Result<usize> {
        Ok(input_len / 2)
    }

    fn oneshot(&self, key: &KeyMaterial, _params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
        let damaged = |error| match error {
            Error::WrappedKeyInvalid | Error::WrappedHeader(_) => Error::EncryptedDataInvalid,
            Error::WrappedKeyLenRange => {
                Error::EncryptedDataLenRange("the block is not as long as its header says")
            }
            other => other,
        };
        let parts = Parts::of(input.strip_prefix(b"S").unwrap_or(input)).map_err(damaged)?;
        let (version, binding) = form(key)?;
        if parts.header.version != version {
            return Err(Error::PaymentKey(
                PaymentFault::LmkId,
                "the block is one of another kind of local master key",
            ));
        }
        check_number(key, &parts.header)?;
        let field = opened::field(key, binding, &parts).map_err(damaged)?;
        parts.check().map_err(damaged)?;
        let header = (parts.header.usage, parts.header.algorithm);
        if header != (KeyUsage::RSA_PUBLIC, b'R') {
            let why = "the block is none of an RSA public key";
            return Err(Error::PaymentKey(PaymentFault::Usage, why));
        }
        let public = opened::value_in(&field).map_err(damaged)?;
        match PublicKey::parse(public) {
            Some((_, [])) => {}
            _ => return Err(Error::EncryptedDataInvalid),
        }
        let place = out.get_mut(..public.len());
        place
            .ok_or(Error::Internal("a public key has no room"))?
            .copy_from_slice(public);
        Ok(public.len())
    }
}
