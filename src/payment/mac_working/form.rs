//! [`Form`]: how a MAC is made, and with which key.

use crate::ck::*;
use crate::crypto::iso9797::Scheme;
use crate::error::{Error, PaymentFault, Result};
use crate::mechanism::{KeyMaterial, Params, SignMechanism, VerifyMechanism, cmac};
use crate::payment::dukpt::{Field, KEYING_LEN, Keying};
use crate::payment::mac::{Mac, Padded};
use crate::payment::parameter::VERSION;

/// Keying, algorithm, padding method, length.
pub(super) const END_LEN: usize = KEYING_LEN + 3;
/// Bytes of the longest MAC.
pub(super) const MAC_MAX: usize = 16;

/// A MAC's algorithm.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Algorithm {
    Iso9797(Scheme),
    Cmac,
}

/// What makes MACs, and what checks them.
pub(super) type Macs = (&'static dyn SignMechanism, &'static dyn VerifyMechanism);

/// Which key, and how the MAC is made with it.
pub(super) struct Form {
    pub(super) keying: Keying,
    algorithm: Algorithm,
    /// The parameter of the algorithm's mechanism.
    pub(super) params: Params,
    pub(super) mac_len: usize,
}

impl Form {
    pub(super) fn parse(bytes: &[u8; END_LEN], message_len: &[u8]) -> Result<Self> {
        let (keying, [algorithm, padding, mac_len]) = bytes.split_first_chunk().ok_or(TOO_SHORT)? else {
            return Err(TOO_SHORT);
        };
        let (algorithm, params) = match (algorithm, padding) {
            (1, _) => (Algorithm::Iso9797(Scheme::Alg1), None),
            (3, _) => (Algorithm::Iso9797(Scheme::Alg3), None),
            (5, 0) => (Algorithm::Cmac, Some(Params::MacGeneral(u64::from(*mac_len)))),
            (5, _) => return Err(Error::MechanismParamInvalid("CMAC has padding method 0")),
            _ => return Err(Error::MechanismParamInvalid("algorithms are 1, 3 and 5")),
        };
        let longest = match algorithm {
            Algorithm::Iso9797(_) => 8,
            Algorithm::Cmac => MAC_MAX,
        };
        if !(4..=longest).contains(&usize::from(*mac_len)) {
            let why = "a MAC has 4 to 8 bytes, CMAC with AES to 16";
            return Err(Error::MechanismParamInvalid(why));
        }
        if algorithm == Algorithm::Cmac && !message_len.is_empty() {
            let why = "the message's length goes with padding method 3 only";
            return Err(Error::MechanismParamInvalid(why));
        }
        let params = match params {
            Some(params) => params,
            None => Params::Flat([&[VERSION, *padding, *mac_len], message_len].concat().into()),
        };
        if params != Params::MacGeneral(u64::from(*mac_len)) {
            Padded::of(&params)?;
        }
        Ok(Self {
            keying: Keying::parse(keying, Field::Macs)?,
            algorithm,
            params,
            mac_len: usize::from(*mac_len),
        })
    }

    /// Whether the key, or what it derives, makes or checks MACs of this algorithm.
    pub(super) fn check(&self, key: &KeyMaterial, function: AttributeType) -> Result<()> {
        let key_type = self.keying.check(key, function)?;
        let usage = key.payment.map(|payment| payment.usage);
        let right = match (self.algorithm, self.keying.derives(), usage) {
            (_, true, _) => true,
            (Algorithm::Iso9797(Scheme::Alg3), _, usage) => usage == Some(KeyUsage::ISO_9797_ALG3_MAC),
            (Algorithm::Cmac, _, usage) => usage == Some(KeyUsage::CMAC),
            (_, _, Some(KeyUsage::ISO_16609_MAC)) => key_type != CKK_DES,
            (_, _, usage) => usage == Some(KeyUsage::ISO_9797_ALG1_MAC),
        };
        if !right {
            let why = "CKA_VHSM_KEY_USAGE of the key is of another MAC";
            return Err(Error::PaymentKey(PaymentFault::Usage, why));
        }
        let fits = match self.algorithm {
            Algorithm::Iso9797(Scheme::Alg1) => key_type != CKK_AES,
            Algorithm::Iso9797(_) => matches!(key_type, CKK_DES2 | CKK_DES3),
            Algorithm::Cmac => key_type != CKK_DES,
        };
        if !fits {
            let why = "the MAC's algorithm is not of the key's cipher";
            return Err(Error::PaymentKey(PaymentFault::Algorithm, why));
        }
        match self.mac_len <= 8 || key_type == CKK_AES {
            true => Ok(()),
            false => Err(Error::MechanismParamInvalid(
                "a MAC has 4 to 8 bytes, CMAC with AES to 16",
            )),
        }
    }

    pub(super) fn macs(&self, key: &KeyMaterial) -> Macs {
        match self.algorithm {
            Algorithm::Iso9797(Scheme::Alg1) => (&Mac(Scheme::Alg1), &Mac(Scheme::Alg1)),
            Algorithm::Iso9797(Scheme::Alg3) => (&Mac(Scheme::Alg3), &Mac(Scheme::Alg3)),
            Algorithm::Cmac => cmac::general(self.keying.key_type(key) == CKK_AES),
        }
    }
}

pub(super) const TOO_SHORT: Error = Error::Internal("a parameter that is too short");
