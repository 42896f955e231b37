//! MACs under keys of DUKPT that are derived in the call, and MACs that are checked under one key and made anew under
//! another [ANSI X9.24-1 and X9.24-3 for the keys; ISO/IEC 9797-1 and NIST SP 800-38B for the MACs].

mod form;
mod translate;

use std::sync::Arc;

use form::{END_LEN, Form, MAC_MAX, TOO_SHORT};
use translate::{HANDLE_LEN, Translate};

use crate::ck::*;
use crate::error::{Error, Result};
use crate::mechanism::library::{AES, AWS_LC};
use crate::mechanism::{
    FurtherKey, KeyMaterial, KeyRule, KeySizes, MechanismSpec, ParamKind, Params, Roles, SignMechanism,
    SignStream, Standing, VerifyMechanism, VerifyStream, compare_macs, single_part_only,
};
use crate::payment::parameter::versioned;

/// Keys that make and check MACs, and base keys that such are derived from in the call.
const MAC_KEYS: KeyRule = KeyRule {
    types: &[CKK_DES2, CKK_DES3, CKK_AES, CKK_DES],
    sizes: KeySizes::bytes(8, 32),
    usages: &[
        KeyUsage::ISO_9797_ALG3_MAC,
        KeyUsage::ISO_9797_ALG1_MAC,
        KeyUsage::ISO_16609_MAC,
        KeyUsage::CMAC,
        KeyUsage::BASE_DERIVATION,
        KeyUsage::INITIAL_DUKPT,
    ],
    derives_first: true,
    ..KeyRule::NONE
};

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    MechanismSpec {
        id: CKM_VHSM_DUKPT_MAC,
        section: "include/vhsm.h",
        libraries: &[AWS_LC, AES],
        params: ParamKind::Flat {
            min: 1 + END_LEN,
            max: 1 + END_LEN + 8,
        },
        key: KeyRule {
            types: &[CKK_AES, CKK_DES2],
            sizes: KeySizes::bytes(16, 32),
            usages: &[KeyUsage::BASE_DERIVATION, KeyUsage::INITIAL_DUKPT],
            ..MAC_KEYS
        },
        roles: Roles {
            sign: Some(&DukptMac),
            verify: Some(&DukptMac),
            ..Roles::NONE
        },
        standing: Standing::CURRENT,
    },
    MechanismSpec {
        id: CKM_VHSM_MAC_TRANSLATE,
        section: "include/vhsm.h",
        libraries: &[AWS_LC, AES],
        params: ParamKind::Flat {
            min: 1 + END_LEN + HANDLE_LEN + END_LEN + 4,
            max: 1 + END_LEN + HANDLE_LEN + END_LEN + MAC_MAX,
        },
        key: KeyRule {
            acts_as: Some(CKA_VERIFY),
            further: &[FurtherKey {
                at: 1 + END_LEN,
                function: CKA_SIGN,
                rule: &MAC_KEYS,
            }],
            ..MAC_KEYS
        },
        roles: Roles {
            sign: Some(&Translate),
            ..Roles::NONE
        },
        standing: Standing::CURRENT,
    },
];

/// MACs under a working key.
struct DukptMac;

/// The length that stands for the last four bytes of a MAC of eight: Base24's MACs of declined transactions.
const LAST_HALF: u8 = 0x84;
/// Bytes of a whole MAC, and of half of it.
const WHOLE_LEN: usize = 8;
const HALF_LEN: usize = 4;

/// A form, and whether the last half of the MAC is wanted.
struct Asked {
    form: Form,
    is_last_half: bool,
}

impl Asked {
    /// The form of a MAC whose first bytes are wanted, which can come in pieces.
    fn first(self) -> Result<Form> {
        match self.is_last_half {
            true => single_part_only(),
            false => Ok(self.form),
        }
    }

    const fn length(&self) -> usize {
        if self.is_last_half {
            HALF_LEN
        } else {
            self.form.mac_len
        }
    }

    /// The last half of the MAC.
    fn last_half(&self, key: &KeyMaterial, data: &[u8], out: &mut [u8]) -> Result<()> {
        let (sign, _) = self.form.macs(key);
        let mut mac = [0; WHOLE_LEN];
        sign.sign(&*self.form.keying.key(key)?, &self.form.params, data, &mut mac)?;
        let last = mac.iter().skip(HALF_LEN);
        out.iter_mut().zip(last).for_each(|(to, from)| *to = *from);
        Ok(())
    }
}

impl DukptMac {
    fn asked(params: &Params) -> Result<Asked> {
        let form = versioned(params.flat()?)?;
        let (end, message_len) = form.split_first_chunk().ok_or(TOO_SHORT)?;
        let mut end: [u8; END_LEN] = *end;
        let is_last_half = match &mut end {
            [.., length] if *length == LAST_HALF => {
                *length = 8;
                true
            }
            _ => false,
        };
        let form = Form::parse(&end, message_len)?;
        match form.keying.derives() {
            true => Ok(Asked { form, is_last_half }),
            false => Err(Error::MechanismParamInvalid(
                "the key of a MAC has a derivation here",
            )),
        }
    }
}

impl SignMechanism for DukptMac {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        Self::asked(params)?.form.check(key, CKA_SIGN)
    }

    fn signature_len(&self, _key: &KeyMaterial, params: &Params) -> usize {
        Self::asked(params).map_or(0, |asked| asked.length())
    }

    fn sign(&self, key: &KeyMaterial, params: &Params, data: &[u8], out: &mut [u8]) -> Result<()> {
        let asked = Self::asked(params)?;
        if asked.is_last_half {
            return asked.last_half(key, data, out);
        }
        let form = asked.form;
        let (sign, _) = form.macs(key);
        sign.sign(&*form.keying.key(key)?, &form.params, data, out)
    }

    fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<dyn SignStream>> {
        let form = Self::asked(params)?.first()?;
        let (sign, _) = form.macs(key);
        sign.stream(&form.keying.shared_key(key)?, &form.params)
    }

    fn restore(&self, key: &Arc<KeyMaterial>, params: &Params, saved: &[u8]) -> Result<Box<dyn SignStream>> {
        let form = Self::asked(params)?.first()?;
        let (sign, _) = form.macs(key);
        sign.restore(&form.keying.shared_key(key)?, &form.params, saved)
    }
}

impl VerifyMechanism for DukptMac {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        Self::asked(params)?.form.check(key, CKA_VERIFY)
    }

    fn verify(&self, key: &KeyMaterial, params: &Params, data: &[u8], signature: &[u8]) -> Result<()> {
        let asked = Self::asked(params)?;
        if asked.is_last_half {
            return compare_macs(signature, HALF_LEN, |right| asked.last_half(key, data, right));
        }
        let form = asked.form;
        let (_, verify) = form.macs(key);
        verify.verify(&*form.keying.key(key)?, &form.params, data, signature)
    }

    fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<dyn VerifyStream>> {
        let form = Self::asked(params)?.first()?;
        let (_, verify) = form.macs(key);
        verify.stream(&form.keying.shared_key(key)?, &form.params)
    }

    fn restore(
        &self,
        key: &Arc<KeyMaterial>,
        params: &Params,
        saved: &[u8],
    ) -> Result<Box<dyn VerifyStream>> {
        let form = Self::asked(params)?.first()?;
        let (_, verify) = form.macs(key);
        verify.restore(&form.keying.shared_key(key)?, &form.params, saved)
    }
}
