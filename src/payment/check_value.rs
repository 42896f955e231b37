//! Check values of payment keys: what zeros encrypt to, and CMACs [ANSI X9.24-1:2017, annex A; payShield, "BU"].

use zeroize::Zeroizing;

use crate::ck::*;
use crate::crypto::mac::CmacSubkeys;
use crate::error::{Error, Result};
use crate::mechanism::library::{AES, AWS_LC};
use crate::mechanism::{
    KeyMaterial, KeyRule, KeySizes, MechanismSpec, ParamKind, Params, Roles, SignMechanism, Standing,
};

const VERSION: u8 = 1;
const PARAM_LEN: usize = 3;

/// Most bytes of what zeros encrypt to, and of a CMAC [ANSI X9.24-1:2017, annex A]. More would be key stream, a part of a
/// MAC, or a value that another mechanism makes, for whoever may see the key's handle.
const ECB_MAX: u8 = 3;
const CMAC_MAX: u8 = 5;
/// Most bytes of the CMAC of a key that makes CMACs, of which 4 bytes are one.
const CMAC_OF_CMAC_KEYS_MAX: u8 = 3;

/// The rows.
pub static ROWS: &[MechanismSpec] = &[MechanismSpec {
    id: CKM_VHSM_KEY_CHECK_VALUE,
    section: "include/vhsm.h",
    libraries: &[AWS_LC, AES],
    params: ParamKind::Flat {
        min: PARAM_LEN,
        max: PARAM_LEN,
    },
    key: KeyRule {
        types: &[CKK_DES2, CKK_DES3, CKK_AES, CKK_DES],
        sizes: KeySizes::bytes(8, 32),
        tells_check_value: true,
        ..KeyRule::NONE
    },
    roles: Roles {
        sign: Some(&CheckValue),
        ..Roles::NONE
    },
    standing: Standing::CURRENT,
}];

struct CheckValue;

/// What a check value is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Method {
    /// The beginning of a block of zeros, encrypted.
    Ecb,
    /// The beginning of the CMAC of a block of zeros.
    CmacOfZeros,
    /// The beginning of the CMAC of nothing.
    CmacOfNothing,
}

impl Method {
    /// Most bytes of it that may be told of a key. The whole, where no mechanism that takes the key tells it, makes it or
    /// works with it: a PIN block is never zeros; and under a zone's or a terminal's master key of triple DES zeros are a
    /// part of a wrapped key that nobody takes (what it tells of TR-31 version B is in docs/payment/data.md).
    fn longest(self, key: &KeyMaterial) -> u8 {
        let is_aes = key.key_type == CKK_AES;
        match (self, key.payment.map(|payment| payment.usage.standard())) {
            (_, Some(KeyUsage::PIN_ENCRYPTION)) if is_aes => 16,
            (_, Some(KeyUsage::PIN_ENCRYPTION)) => 8,
            (
                Self::Ecb,
                Some(KeyUsage::KEY_ENCRYPTION | KeyUsage::ZONE_MASTER | KeyUsage::TERMINAL_MASTER),
            ) if !is_aes => 8,
            (Self::Ecb, _) => ECB_MAX,
            // Their CMACs have 4 bytes: who only checks them would have those of two messages.
            (_, Some(KeyUsage::CMAC | KeyUsage::EMV_APPLICATION_CRYPTOGRAMS | KeyUsage::EMV_INTEGRITY)) => {
                CMAC_OF_CMAC_KEYS_MAX
            }
            (Self::CmacOfZeros | Self::CmacOfNothing, _) => CMAC_MAX,
        }
    }

    fn parse(params: &Params) -> Result<(Self, usize)> {
        let [VERSION, method, length] = params.flat()? else {
            return Err(Error::MechanismParamInvalid("the parameter's version is 1"));
        };
        let method = match method {
            1 => Self::Ecb,
            2 => Self::CmacOfZeros,
            3 => Self::CmacOfNothing,
            _ => return Err(Error::MechanismParamInvalid("methods are 1, 2 and 3")),
        };
        match length {
            2..=16 => Ok((method, usize::from(*length))),
            _ => Err(WRONG_LENGTH),
        }
    }

    /// The whole value's beginning, in as many bytes as there are.
    fn value(self, key: &KeyMaterial, out: &mut [u8]) -> Result<()> {
        let secret = key.secret()?;
        let mut block = Zeroizing::new([0; 16]);
        match (self, key.key_type) {
            (Self::Ecb, CKK_AES) => secret.aes()?.encrypt_block(&mut block),
            (Self::Ecb, _) => {
                let encrypted = secret.des3()?.encrypt([0; 8]);
                block.iter_mut().zip(encrypted).for_each(|(to, from)| *to = from);
            }
            (method, CKK_AES) => {
                let data: &[u8] = if method == Self::CmacOfZeros {
                    &[0; 16]
                } else {
                    &[]
                };
                return secret.aes_cmac()?.mac(secret.aes()?, data, out);
            }
            (method, _) => {
                let data: &[u8] = if method == Self::CmacOfZeros { &[0; 8] } else { &[] };
                let cipher = secret.des3()?;
                return CmacSubkeys::<8>::new(cipher).mac(cipher, data, out);
            }
        }
        out.iter_mut().zip(&*block).for_each(|(to, from)| *to = *from);
        Ok(())
    }
}

const WRONG_LENGTH: Error = Error::MechanismParamInvalid(
    "a check value has 2 or 3 bytes by encryption, 2 to 5 by CMAC (3 of keys that make CMACs); more only of keys for PINs, and \
     of ZMKs and TMKs",
);

impl SignMechanism for CheckValue {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        let (method, length) = Method::parse(params)?;
        match length <= usize::from(method.longest(key)) {
            true => Ok(()),
            false => Err(WRONG_LENGTH),
        }
    }

    fn signature_len(&self, _key: &KeyMaterial, params: &Params) -> usize {
        Method::parse(params).map_or(0, |(_, length)| length)
    }

    fn sign(&self, key: &KeyMaterial, params: &Params, data: &[u8], out: &mut [u8]) -> Result<()> {
        match data {
            [] => Method::parse(params)?.0.value(key, out),
            _ => Err(Error::DataLenRange(
                "a check value is of the key alone: there is no data",
            )),
        }
    }
}
