//! DUKPT with AES [ANSI X9.24-3:2017, 6].

use super::aes_keys::{
    Algorithm, DerivationData, DerivationKey, InitialKeyId, ONES_MAX, Usage, context, initial_key,
    transaction_key,
};
use super::{Direction, Made, Side, WRONG_PARAMS, is_initial};
use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::crypto::aes::AesEncryptor;
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::library::AES;
use crate::mechanism::{
    DeriveObjects, Derived, KeyRule, KeySizes, MechanismSpec, ParamKind, Params, Planned, Roles, Sources,
    Standing, Wanted,
};
use crate::os::stack;
use crate::payment::parameter::versioned;
use crate::secret::SecretBytes;

const fn row(
    id: MechanismId,
    length: usize,
    usages: &'static [KeyUsage],
    derive: &'static dyn DeriveObjects,
) -> MechanismSpec {
    MechanismSpec {
        id,
        section: "include/vhsm.h",
        libraries: &[AES],
        params: ParamKind::Flat {
            min: length,
            max: length,
        },
        key: KeyRule {
            types: &[CKK_AES],
            sizes: KeySizes::bytes(16, 32),
            usages,
            ..KeyRule::NONE
        },
        roles: Roles {
            derive_objects: Some(derive),
            ..Roles::NONE
        },
        standing: Standing::CURRENT,
    }
}

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    row(
        CKM_VHSM_DUKPT_AES_INITIAL_KEY,
        9,
        &[KeyUsage::BASE_DERIVATION],
        &InitialKey,
    ),
    row(
        CKM_VHSM_DUKPT_AES_DERIVE,
        20,
        &[KeyUsage::BASE_DERIVATION, KeyUsage::INITIAL_DUKPT],
        &WorkingKey,
    ),
];

/// The counter of the key that brings a new initial key [X9.24-3, 6.5.2].
const UPDATE: u32 = u32::MAX;
impl Algorithm {
    /// The algorithm of X9.143 and the key types.
    const fn kind(self) -> (u8, &'static [KeyType]) {
        match self {
            Self::Tdea2 => (b'T', &[CKK_DES2]),
            Self::Tdea3 => (b'T', &[CKK_DES3]),
            Self::Aes(_) => (b'A', &[CKK_AES]),
            Self::Hmac(_) => (
                b'H',
                &[
                    CKK_GENERIC_SECRET,
                    CKK_SHA_1_HMAC,
                    CKK_SHA224_HMAC,
                    CKK_SHA256_HMAC,
                    CKK_SHA384_HMAC,
                    CKK_SHA512_HMAC,
                ],
            ),
        }
    }

    /// The usages of keys for MACs.
    const fn mac_usages(self) -> &'static [KeyUsage] {
        match self {
            Self::Tdea2 => &[KeyUsage::ISO_9797_ALG3_MAC, KeyUsage::CMAC],
            Self::Tdea3 | Self::Aes(_) => &[KeyUsage::CMAC],
            Self::Hmac(_) => &[KeyUsage::HMAC],
        }
    }
}

/// The parameter of [`WorkingKey`].
struct Asked {
    side: Side,
    usage: Usage,
    algorithm: Algorithm,
    id: InitialKeyId,
    counter: u32,
}

impl Asked {
    fn parse(params: &Params) -> Result<Self> {
        let [side, u0, u1, a0, a1, l0, l1, ksn @ ..] = versioned(params.flat()?)? else {
            return Err(WRONG_PARAMS);
        };
        let (Some(id), Some(counter)) = (ksn.first_chunk(), ksn.last_chunk()) else {
            return Err(WRONG_PARAMS);
        };
        let [usage, algorithm, bits] = [[*u0, *u1], [*a0, *a1], [*l0, *l1]].map(u16::from_be_bytes);
        let asked = Self {
            side: Side::of(*side)?,
            usage: Usage::of(usage)?,
            algorithm: Algorithm::of(algorithm, bits)?,
            id: *id,
            counter: u32::from_be_bytes(*counter),
        };
        asked.check_counter()?;
        Ok(asked)
    }

    fn check_counter(&self) -> Result<()> {
        match (self.counter, self.counter.count_ones()) {
            (UPDATE, _) if self.usage == Usage::KeyEncryption => Ok(()),
            (0, _) => Err(Error::MechanismParamInvalid(
                "the counter of the KSN is 0, which is no transaction",
            )),
            (_, 1..=ONES_MAX) => Ok(()),
            _ => Err(Error::MechanismParamInvalid(
                "the counter of the KSN has more than 16 ones, which no device uses",
            )),
        }
    }

    /// # Errors
    /// [`Error::MechanismParamInvalid`] for an algorithm that has no such use.
    fn made(&self) -> Result<Made> {
        use Algorithm::{Aes, Hmac};
        let (usages, mode): (&'static [KeyUsage], _) = match (self.usage, self.algorithm) {
            (Usage::Mac(direction), algorithm) => (algorithm.mac_usages(), direction.of_mac(self.side)),
            (Usage::Derivation, Aes(_)) => (&[KeyUsage::KEY_DERIVATION], ModeOfUse::Derive),
            (Usage::Derivation | Usage::InitialKey, _) => {
                return Err(Error::MechanismParamInvalid("keys for derivation are AES keys"));
            }
            (_, Hmac(_)) => return Err(Error::MechanismParamInvalid("HMAC keys are for MACs")),
            (Usage::KeyEncryption, _) if self.counter == UPDATE => (
                &[KeyUsage::KEY_BLOCK_PROTECTION, KeyUsage::KEY_ENCRYPTION],
                Direction::ToDevice.of_cipher(self.side),
            ),
            (Usage::KeyEncryption, _) => (
                &[KeyUsage::KEY_ENCRYPTION, KeyUsage::KEY_BLOCK_PROTECTION],
                ModeOfUse::EncryptDecrypt,
            ),
            (Usage::Pin, _) => (
                &[KeyUsage::PIN_ENCRYPTION],
                Direction::FromDevice.of_cipher(self.side),
            ),
            (Usage::Data(direction), _) => (&[KeyUsage::DATA_ENCRYPTION], direction.of_cipher(self.side)),
        };
        let (algorithm, key_types) = self.algorithm.kind();
        Ok(Made {
            usages,
            mode,
            algorithm,
            key_types,
            length: self.algorithm.length(),
        })
    }
}

/// The initial key of a device, from a base derivation key.
struct InitialKey;

impl InitialKey {
    fn id(params: &Params) -> Result<InitialKeyId> {
        let id = versioned(params.flat()?)?;
        id.try_into().map_err(|_| WRONG_PARAMS)
    }
}

impl DeriveObjects for InitialKey {
    fn plan(&self, from: &Sources<'_>, template: AttributeSet) -> Result<Vec<Planned>> {
        Self::id(from.params)?;
        let made = Made {
            usages: &[KeyUsage::INITIAL_DUKPT],
            mode: ModeOfUse::Derive,
            algorithm: b'A',
            key_types: &[CKK_AES],
            length: from.value()?.len(),
        };
        made.plan(from, template)
    }

    fn derive(&self, from: &Sources<'_>, _wanted: &[Wanted]) -> Result<Derived> {
        let value = SecretBytes::from(initial_key(from.key.secret()?, &Self::id(from.params)?)?.value());
        stack::wipe_little();
        Ok(Derived::value(value))
    }
}

/// A working key of a transaction, from a base derivation key or an initial key.
struct WorkingKey;

impl DeriveObjects for WorkingKey {
    fn sets_parity(&self) -> bool {
        false
    }

    fn plan(&self, from: &Sources<'_>, template: AttributeSet) -> Result<Vec<Planned>> {
        let asked = Asked::parse(from.params)?;
        if !asked.algorithm.is_within(from.value()?.len()) {
            return Err(Error::KeySizeRange(KeyRole::Key));
        }
        asked.made()?.plan(from, template)
    }

    fn derive(&self, from: &Sources<'_>, _wanted: &[Wanted]) -> Result<Derived> {
        let asked = Asked::parse(from.params)?;
        let initial = match is_initial(from) {
            true => DerivationKey::of(from.value()?),
            false => initial_key(from.key.secret()?, &asked.id)?,
        };
        let key = transaction_key(initial, &asked.id, asked.counter)?;
        let cipher = AesEncryptor::new(key.value())?;
        let data = DerivationData {
            usage: asked.usage,
            algorithm: asked.algorithm,
            context: context(&asked.id, asked.counter),
        };
        let mut value = SecretBytes::zeros(asked.algorithm.length());
        data.fill(|block| cipher.encrypt_block(block), value.as_mut());
        stack::wipe_little();
        Ok(Derived::value(value))
    }
}
