//! MACs of payment messages: algorithms 1 and 3 of ISO/IEC 9797-1 [the MACs of ANSI X9.9, ISO 16609 and ANSI X9.19].

use std::sync::Arc;

use crate::ck::*;
use crate::crypto::iso9797::{Iso9797Mac, MAC_LEN, Padding, Scheme};
use crate::error::{Error, PaymentFault, Result};
use crate::mechanism::library::AWS_LC;
use crate::mechanism::{
    KeyMaterial, KeyRule, KeySizes, MechanismSpec, ParamKind, Params, Roles, SignMechanism, SignStream,
    Standing, VerifyMechanism, VerifyStream, compare_macs, single_part_only,
};
use crate::secret::SecretBytes;

/// Of the parameter: version, padding method and length of the MAC, and with method 3 perhaps the message's length.
const PARAM: ParamKind = ParamKind::Flat { min: 3, max: 11 };
const VERSION: u8 = 1;

const fn row(id: MechanismId, key: KeyRule, mac: &'static Mac) -> MechanismSpec {
    MechanismSpec {
        id,
        section: "include/vhsm.h",
        libraries: &[AWS_LC],
        params: PARAM,
        key,
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
    row(
        CKM_VHSM_ISO9797_ALG1_MAC,
        KeyRule {
            types: &[CKK_DES2, CKK_DES3, CKK_DES],
            sizes: KeySizes::bytes(8, 24),
            usages: &[KeyUsage::ISO_9797_ALG1_MAC, KeyUsage::ISO_16609_MAC],
            ..KeyRule::NONE
        },
        &Mac(Scheme::Alg1),
    ),
    row(
        CKM_VHSM_ISO9797_ALG3_MAC,
        KeyRule {
            types: &[CKK_DES2, CKK_DES3],
            sizes: KeySizes::bytes(16, 24),
            usages: &[KeyUsage::ISO_9797_ALG3_MAC],
            ..KeyRule::NONE
        },
        &Mac(Scheme::Alg3),
    ),
];

/// The retail MAC, for rows under other numbers.
pub(super) static ALG3: Mac = Mac(Scheme::Alg3);

/// The MAC of a scheme, under the key itself.
pub(super) struct Mac(pub(super) Scheme);

/// What the parameter says.
pub(super) struct Padded {
    padding: Padding,
    mac_len: usize,
    /// Bytes of the message, if they are told before it.
    message_len: Option<u64>,
    /// A block that is chained before the message's, for other makers: so its first is added to what this encrypts to.
    first: Option<[u8; MAC_LEN]>,
}

impl Padded {
    fn of_zeros(mac_len: usize) -> Result<Self> {
        match mac_len {
            1..=MAC_LEN => Ok(Self {
                padding: Padding::Zeros,
                mac_len,
                message_len: None,
                first: None,
            }),
            _ => Err(Error::MechanismParamInvalid("a MAC has 1 to 8 bytes")),
        }
    }

    /// A whole MAC of whole blocks, from an initialisation vector that is encrypted.
    fn from_iv(iv: &[u8]) -> Result<Self> {
        let wrong = |_| Error::Internal("an initialisation vector of a wrong length");
        Ok(Self {
            padding: Padding::None,
            mac_len: MAC_LEN,
            message_len: None,
            first: Some(iv.try_into().map_err(wrong)?),
        })
    }

    pub(super) fn of(params: &Params) -> Result<Self> {
        let bytes = match params {
            Params::Flat(bytes) => bytes,
            // Other makers': half a block, or as long as the parameter says, of data that zeros fill up.
            Params::None => return Self::of_zeros(4),
            Params::MacGeneral(length) => return Self::of_zeros(to_usize(*length)),
            Params::Iv(iv) => return Self::from_iv(iv),
            _ => return Err(Error::Internal("a MAC without its parameter")),
        };
        let [version, method, mac_len, length @ ..] = &**bytes else {
            return Err(Error::Internal("a MAC's parameter that is too short"));
        };
        if *version != VERSION {
            return Err(Error::MechanismParamInvalid("the parameter's version is 1"));
        }
        let padding = match method {
            1 => Padding::Zeros,
            2 => Padding::Marked,
            3 => Padding::Length,
            _ => return Err(Error::MechanismParamInvalid("padding methods are 1, 2 and 3")),
        };
        let mac_len = usize::from(*mac_len);
        if !(4..=MAC_LEN).contains(&mac_len) {
            return Err(Error::MechanismParamInvalid("a MAC has 4 to 8 bytes"));
        }
        let message_len = match length {
            [] => None,
            length if padding == Padding::Length => {
                let length = length.try_into().map(u64::from_be_bytes);
                Some(length.map_err(|_| Error::MechanismParamInvalid("a message's length has 8 bytes"))?)
            }
            _ => {
                let why = "the message's length goes with padding method 3 only";
                return Err(Error::MechanismParamInvalid(why));
            }
        };
        if message_len.is_some_and(|length| length.checked_mul(8).is_none()) {
            let why = "a message's length in bits has 64 bits";
            return Err(Error::MechanismParamInvalid(why));
        }
        Ok(Self {
            padding,
            mac_len,
            message_len,
            first: None,
        })
    }
}

impl Mac {
    /// [ISO 16609, 5] has triple DES only.
    fn check(key: &KeyMaterial, params: &Params) -> Result<()> {
        let usage = key.payment.map(|payment| payment.usage);
        if key.key_type == CKK_DES && usage == Some(KeyUsage::ISO_16609_MAC) {
            let why = "MACs of ISO 16609 are of triple DES";
            return Err(Error::PaymentKey(PaymentFault::Algorithm, why));
        }
        Padded::of(params).map(|_| ())
    }

    fn compute(&self, key: &KeyMaterial, form: &Padded, data: &[u8], out: &mut [u8]) -> Result<()> {
        if form
            .message_len
            .is_some_and(|length| length != to_ulong(data.len()))
        {
            let why = "the message has another length than its parameter says";
            return Err(Error::DataLenRange(why));
        }
        let key = key.secret()?.des3()?;
        let Some(first) = &form.first else {
            return Iso9797Mac::whole(self.0, form.padding, key, data, out);
        };
        let mut mac = Iso9797Mac::begin(self.0, form.padding, key, 0)?;
        mac.update(key, first)?;
        mac.update(key, data)?;
        mac.finish(key, out)
    }

    /// The message's length stands before it with method 3, so that it has to be known then.
    fn start(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<Stream>> {
        let form = Padded::of(params)?;
        if form.padding == Padding::Length && form.message_len.is_none() {
            return single_part_only();
        }
        let length = form.message_len.unwrap_or(0);
        let cipher = key.secret()?.des3()?;
        let mut mac = Iso9797Mac::begin(self.0, form.padding, cipher, length)?;
        if let Some(first) = &form.first {
            mac.update(cipher, first)?;
        }
        Ok(Box::new(Stream {
            mac,
            mac_len: form.mac_len,
            key: Arc::clone(key),
        }))
    }

    fn resume(&self, key: &Arc<KeyMaterial>, params: &Params, saved: &[u8]) -> Result<Box<Stream>> {
        let form = Padded::of(params)?;
        let length = form.message_len.unwrap_or(0);
        Ok(Box::new(Stream {
            mac: Iso9797Mac::restore(self.0, form.padding, length, saved).ok_or(Error::SavedStateInvalid)?,
            mac_len: form.mac_len,
            key: Arc::clone(key),
        }))
    }
}

impl SignMechanism for Mac {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        Self::check(key, params)
    }

    fn signature_len(&self, _key: &KeyMaterial, params: &Params) -> usize {
        Padded::of(params).map_or(0, |form| form.mac_len)
    }

    fn sign(&self, key: &KeyMaterial, params: &Params, data: &[u8], out: &mut [u8]) -> Result<()> {
        self.compute(key, &Padded::of(params)?, data, out)
    }

    fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<dyn SignStream>> {
        Ok(self.start(key, params)?)
    }

    fn restore(&self, key: &Arc<KeyMaterial>, params: &Params, saved: &[u8]) -> Result<Box<dyn SignStream>> {
        Ok(self.resume(key, params, saved)?)
    }
}

impl VerifyMechanism for Mac {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        Self::check(key, params)
    }

    fn verify(&self, key: &KeyMaterial, params: &Params, data: &[u8], signature: &[u8]) -> Result<()> {
        let form = Padded::of(params)?;
        compare_macs(signature, form.mac_len, |right| {
            self.compute(key, &form, data, right)
        })
    }

    fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<dyn VerifyStream>> {
        Ok(self.start(key, params)?)
    }

    fn restore(
        &self,
        key: &Arc<KeyMaterial>,
        params: &Params,
        saved: &[u8],
    ) -> Result<Box<dyn VerifyStream>> {
        Ok(self.resume(key, params, saved)?)
    }
}

/// A message that comes in pieces.
struct Stream {
    mac: Iso9797Mac,
    mac_len: usize,
    key: Arc<KeyMaterial>,
}

impl Stream {
    fn take(&mut self, data: &[u8]) -> Result<()> {
        self.mac.update(self.key.secret()?.des3()?, data)
    }

    fn end(&mut self, out: &mut [u8]) -> Result<()> {
        self.mac.finish(self.key.secret()?.des3()?, out)
    }
}

impl SignStream for Stream {
    fn update(&mut self, data: &[u8]) -> Result<()> {
        self.take(data)
    }

    fn finish(mut self: Box<Self>, out: &mut [u8]) -> Result<()> {
        self.end(out)
    }

    fn save(&self) -> Result<SecretBytes> {
        Ok(self.mac.save())
    }
}

impl VerifyStream for Stream {
    fn update(&mut self, data: &[u8]) -> Result<()> {
        self.take(data)
    }

    fn finish(mut self: Box<Self>, signature: &[u8]) -> Result<()> {
        compare_macs(signature, self.mac_len, |right| self.end(right))
    }

    fn save(&self) -> Result<SecretBytes> {
        Ok(self.mac.save())
    }
}
