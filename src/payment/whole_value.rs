//! The whole check value of a key: every byte of what zeros encrypt to [payShield: check values of 16 digits].

use zeroize::Zeroizing;

use crate::ck::*;
use crate::error::{Error, Result};
use crate::mechanism::library::{AES, AWS_LC};
use crate::mechanism::{
    KeyMaterial, KeyRule, KeySizes, MechanismSpec, ParamKind, Params, Roles, SignMechanism, Standing,
};

/// The rows.
pub static ROWS: &[MechanismSpec] = &[MechanismSpec {
    id: CKM_VHSM_KEY_CHECK_VALUE_WHOLE,
    section: "include/vhsm.h",
    libraries: &[AWS_LC, AES],
    params: ParamKind::None,
    key: KeyRule {
        types: &[CKK_DES2, CKK_DES3, CKK_AES, CKK_DES],
        sizes: KeySizes::bytes(8, 32),
        tells_check_value: true,
        ..KeyRule::NONE
    },
    roles: Roles {
        sign: Some(&WholeValue),
        ..Roles::NONE
    },
    standing: Standing {
        off: Some(
            "a block of zeros, encrypted, is a MAC, key stream, and what the keys of a CMAC are made of: for host \
             commands whose check values have 16 digits",
        ),
        ..Standing::CURRENT
    },
}];

struct WholeValue;

impl SignMechanism for WholeValue {
    fn check(&self, _key: &KeyMaterial, _params: &Params) -> Result<()> {
        Ok(())
    }

    fn signature_len(&self, key: &KeyMaterial, _params: &Params) -> usize {
        match key.key_type {
            CKK_AES => 16,
            _ => 8,
        }
    }

    fn sign(&self, key: &KeyMaterial, _params: &Params, data: &[u8], out: &mut [u8]) -> Result<()> {
        if !data.is_empty() {
            return Err(Error::DataLenRange(
                "a check value is of the key alone: there is no data",
            ));
        }
        let secret = key.secret()?;
        let mut block = Zeroizing::new([0; 16]);
        match key.key_type {
            CKK_AES => secret.aes()?.encrypt_block(&mut block),
            _ => {
                let encrypted = secret.des3()?.encrypt([0; 8]);
                block.iter_mut().zip(encrypted).for_each(|(to, from)| *to = from);
            }
        }
        out.iter_mut().zip(&*block).for_each(|(to, from)| *to = *from);
        Ok(())
    }
}
