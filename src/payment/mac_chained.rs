//! MACs of ISO/IEC 9797-1 whose chaining value the caller has between the parts of a message, as host commands do.

use crate::ck::*;
use crate::crypto::des::Des3Key;
use crate::crypto::iso9797::{Iso9797Mac, MAC_LEN, Padding, Scheme};
use crate::error::{Error, PaymentFault, Result};
use crate::mechanism::library::AWS_LC;
use crate::mechanism::{
    KeyMaterial, KeyRule, KeySizes, MechanismSpec, ParamKind, Params, Roles, SignMechanism, Standing,
    VerifyMechanism, compare_macs,
};

const VERSION: u8 = 1;
const PARAM_LEN: usize = 5 + MAC_LEN;

/// The rows.
pub static ROWS: &[MechanismSpec] = &[MechanismSpec {
    id: CKM_VHSM_ISO9797_CHAINED_MAC,
    section: "include/vhsm.h",
    libraries: &[AWS_LC],
    params: ParamKind::Flat {
        min: PARAM_LEN,
        max: PARAM_LEN,
    },
    key: KeyRule {
        types: &[CKK_DES2, CKK_DES3, CKK_DES],
        sizes: KeySizes::bytes(8, 24),
        usages: &[
            KeyUsage::ISO_9797_ALG1_MAC,
            KeyUsage::ISO_9797_ALG3_MAC,
            KeyUsage::ISO_16609_MAC,
        ],
        ..KeyRule::NONE
    },
    roles: Roles {
        sign: Some(&Chained),
        verify: Some(&Chained),
        ..Roles::NONE
    },
    standing: Standing {
        off: Some(
            "its chaining values are what the cipher makes of chosen blocks, of which MACs can be forged",
        ),
        ..Standing::CURRENT
    },
}];

struct Chained;

/// Which part of a message comes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    First,
    Middle,
    Last,
}

/// What the parameter says.
struct Form {
    scheme: Scheme,
    /// `None`: whole blocks.
    padding: Option<Padding>,
    part: Part,
    mac_len: usize,
    chained: [u8; MAC_LEN],
}

const fn wrong<T>(why: &'static str) -> Result<T> {
    Err(Error::MechanismParamInvalid(why))
}

impl Form {
    fn of(params: &Params) -> Result<Self> {
        let bytes = params.flat()?;
        let Some((head, chained)) = bytes.split_last_chunk::<MAC_LEN>() else {
            return Err(Error::Internal("a parameter that is too short"));
        };
        let [VERSION, algorithm, padding, part, mac_len] = head else {
            return wrong("the parameter's version is 1");
        };
        let form = Self {
            scheme: match algorithm {
                1 => Scheme::Alg1,
                3 => Scheme::Alg3,
                _ => return wrong("algorithms are 1 and 3"),
            },
            padding: match padding {
                0 => None,
                1 => Some(Padding::Zeros),
                2 => Some(Padding::Marked),
                3 => Some(Padding::Length),
                _ => return wrong("padding methods are 0 to 3"),
            },
            part: match part {
                0 => Part::Whole,
                1 => Part::First,
                2 => Part::Middle,
                3 => Part::Last,
                _ => return wrong("parts are 0 to 3"),
            },
            mac_len: usize::from(*mac_len),
            chained: *chained,
        };
        form.check()?;
        Ok(form)
    }

    fn check(&self) -> Result<()> {
        if !(4..=MAC_LEN).contains(&self.mac_len) {
            return wrong("a MAC has 4 to 8 bytes");
        }
        if self.continues() && self.mac_len != MAC_LEN {
            return wrong("a chaining value has 8 bytes");
        }
        if matches!(self.part, Part::Whole | Part::First) && self.chained != [0; MAC_LEN] {
            return wrong("nothing is chained before the first part");
        }
        match self.padding == Some(Padding::Length) && self.part != Part::Whole {
            true => wrong("padding method 3 puts the length before the message, which has to be whole"),
            false => Ok(()),
        }
    }

    /// Whether further parts come.
    fn continues(&self) -> bool {
        matches!(self.part, Part::First | Part::Middle)
    }

    fn check_key(&self, key: &KeyMaterial) -> Result<()> {
        let usage = key.payment.map(|payment| payment.usage);
        let is_single = key.key_type == CKK_DES;
        let right = match (self.scheme, usage) {
            (Scheme::Alg1, Some(KeyUsage::ISO_16609_MAC)) => !is_single,
            (Scheme::Alg1, Some(KeyUsage::ISO_9797_ALG1_MAC)) => true,
            (Scheme::Alg3, Some(KeyUsage::ISO_9797_ALG1_MAC)) => self.part == Part::Whole,
            (Scheme::Alg3, Some(KeyUsage::ISO_9797_ALG3_MAC)) => true,
            _ => false,
        };
        if !right {
            let why = "CKA_VHSM_KEY_USAGE of the key is of another MAC";
            return Err(Error::PaymentKey(PaymentFault::Usage, why));
        }
        match is_single && self.scheme == Scheme::Alg3 {
            true => Err(Error::PaymentKey(
                PaymentFault::Algorithm,
                "algorithm 3 is of triple DES",
            )),
            false => Ok(()),
        }
    }

    fn check_data(&self, data: &[u8]) -> Result<()> {
        let whole_blocks = data.len().is_multiple_of(MAC_LEN);
        let why = match (self.part, self.padding) {
            (Part::First | Part::Middle, _) | (_, None) if data.is_empty() || !whole_blocks => {
                "whole blocks of 8 bytes are chained, and at least one"
            }
            (Part::Last, Some(Padding::Zeros)) if data.is_empty() => {
                "zeros alone are not the last part of a message"
            }
            _ => return Ok(()),
        };
        Err(Error::DataLenRange(why))
    }

    fn compute(&self, key: &Des3Key, data: &[u8], out: &mut [u8]) -> Result<()> {
        self.check_data(data)?;
        let padding = self.padding.unwrap_or(Padding::Zeros);
        match self.part {
            Part::Whole => Iso9797Mac::whole(self.scheme, padding, key, data, out),
            Part::First | Part::Middle => {
                let mut chained = self.chained;
                Iso9797Mac::chain_blocks(self.scheme, key, &mut chained, data)?;
                out.iter_mut()
                    .zip(chained)
                    .for_each(|(place, byte)| *place = byte);
                Ok(())
            }
            Part::Last => {
                let mut mac = Iso9797Mac::behind(self.scheme, padding, self.chained);
                mac.update(key, data)?;
                mac.finish(key, out)
            }
        }
    }
}

impl SignMechanism for Chained {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        Form::of(params)?.check_key(key)
    }

    fn signature_len(&self, _key: &KeyMaterial, params: &Params) -> usize {
        Form::of(params).map_or(0, |form| form.mac_len)
    }

    fn sign(&self, key: &KeyMaterial, params: &Params, data: &[u8], out: &mut [u8]) -> Result<()> {
        Form::of(params)?.compute(key.secret()?.des3()?, data, out)
    }
}

impl VerifyMechanism for Chained {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        let form = Form::of(params)?;
        match form.continues() {
            true => wrong("what is chained between parts is no MAC to check"),
            false => form.check_key(key),
        }
    }

    fn verify(&self, key: &KeyMaterial, params: &Params, data: &[u8], signature: &[u8]) -> Result<()> {
        let form = Form::of(params)?;
        let key = key.secret()?.des3()?;
        compare_macs(signature, form.mac_len, |right| form.compute(key, data, right))
    }
}
