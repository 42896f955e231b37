//! The keys of TLS 1.2 [PKCS#11 3.2, 6.26], and of TLS 1.0 and 1.1 [PKCS#11 Historical 3.1, 2.25]. SSL 3 is
//! left out: nobody should speak it any more [RFC 7568].

use super::tls_output::{Exporter, Premaster, RawOutput};
use super::{ANY_SIZE, generates, params, row, wrong_params};
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, Result};
use crate::mechanism::derivation::{DeriveObjects, Derived, Heritage, Planned, Sources, Wanted};
use crate::mechanism::library::{AWS_LC, GETRANDOM};
use crate::mechanism::params::derivation::{
    DerivationKind, DerivationParams, MasterKeyForm, MasterSeed, TlsKeyMaterial,
};
use crate::mechanism::params::{ParamKind, Params, Reply};
use crate::mechanism::spec::{KeySizes, MechanismSpec};
use crate::secret::SecretBytes;

/// Length of a master key, and of a premaster key that holds a version, in bytes.
pub(super) const MASTER_LEN: u64 = 48;
const SECRET: &[KeyType] = &[CKK_GENERIC_SECRET];
const VERSIONED: (&[KeyType], KeySizes) = (SECRET, KeySizes::bytes(MASTER_LEN, MASTER_LEN));
const PLAIN: (&[KeyType], KeySizes) = (SECRET, ANY_SIZE);
const TLS12: &str = "PKCS#11 3.2, 6.26";
const TLS10: &str = "PKCS#11 Historical 3.1, 2.25";

const fn master(
    id: MechanismId,
    section: &'static str,
    form: MasterKeyForm,
    version: bool,
    restricted: bool,
) -> MechanismSpec {
    let keys = if version { VERSIONED } else { PLAIN };
    let params = DerivationKind::TlsMasterKey { form, version };
    let derive: &dyn DeriveObjects = if restricted {
        &Master { restricted: true }
    } else {
        &Master { restricted: false }
    };
    let mut row = row(id, section, &[AWS_LC], params, keys, derive);
    // "Both indicate 48 bytes", also where the premaster key has any length [PKCS#11 3.2, 6.26.4 and 6.26.5].
    row.key.told = Some(VERSIONED.1);
    row
}

const fn material(id: MechanismId, section: &'static str, names_hash: bool, ivs: bool) -> MechanismSpec {
    let params = DerivationKind::TlsKeyMaterial { names_hash, ivs };
    row(id, section, &[AWS_LC], params, VERSIONED, &Material)
}

const fn kdf(id: MechanismId) -> MechanismSpec {
    row(
        id,
        "PKCS#11 3.2, 6.26.8",
        &[AWS_LC],
        DerivationKind::TlsKdf,
        PLAIN,
        &Exporter,
    )
}

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    master(
        CKM_TLS12_MASTER_KEY_DERIVE,
        TLS12,
        MasterKeyForm::Tls12,
        true,
        true,
    ),
    master(
        CKM_TLS12_MASTER_KEY_DERIVE_DH,
        TLS12,
        MasterKeyForm::Tls12,
        false,
        true,
    ),
    master(
        CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE,
        TLS12,
        MasterKeyForm::Extended,
        true,
        true,
    ),
    master(
        CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH,
        TLS12,
        MasterKeyForm::Extended,
        false,
        true,
    ),
    material(CKM_TLS12_KEY_AND_MAC_DERIVE, "PKCS#11 3.2, 6.26.6", true, true),
    material(CKM_TLS12_KEY_SAFE_DERIVE, "PKCS#11 3.2, 6.26.7", true, false),
    kdf(CKM_TLS_KDF),
    kdf(CKM_TLS12_KDF),
    generates(
        CKM_TLS_PRE_MASTER_KEY_GEN,
        TLS10,
        &[GETRANDOM],
        ParamKind::Derivation(DerivationKind::TlsVersion),
        VERSIONED,
        &Premaster,
    )
    .legacy(),
    master(
        CKM_TLS_MASTER_KEY_DERIVE,
        TLS10,
        MasterKeyForm::Tls10,
        true,
        false,
    )
    .legacy(),
    master(
        CKM_TLS_MASTER_KEY_DERIVE_DH,
        TLS10,
        MasterKeyForm::Tls10,
        false,
        false,
    )
    .legacy(),
    material(CKM_TLS_KEY_AND_MAC_DERIVE, TLS10, false, true).legacy(),
    row(
        CKM_TLS_PRF,
        TLS10,
        &[AWS_LC],
        DerivationKind::TlsPrf,
        PLAIN,
        &RawOutput,
    )
    .legacy(),
];

/// What a master key of TLS 1.2 may be used with [PKCS#11 3.2, 6.26.4].
const OF_MASTER_KEYS: [MechanismId; 6] = [
    CKM_TLS12_KEY_AND_MAC_DERIVE,
    CKM_TLS12_KEY_SAFE_DERIVE,
    CKM_TLS_KDF,
    CKM_TLS_MAC,
    CKM_TLS12_KDF,
    CKM_TLS12_MAC,
];

/// Derives master keys.
struct Master {
    /// CKA_ALLOWED_MECHANISMS names the mechanisms of TLS 1.2.
    restricted: bool,
}

impl DeriveObjects for Master {
    fn plan(&self, _from: &Sources<'_>, mut template: AttributeSet) -> Result<Vec<Planned>> {
        let allowed = match template.value(CKA_ALLOWED_MECHANISMS) {
            Some(Value::Mechanisms(told)) => told.iter().all(|one| OF_MASTER_KEYS.contains(one)),
            _ if self.restricted => {
                template.set(CKA_ALLOWED_MECHANISMS, Value::Mechanisms(OF_MASTER_KEYS.into()));
                true
            }
            _ => true,
        };
        if self.restricted && !allowed {
            return Err(Error::TemplateInconsistent {
                attribute: CKA_ALLOWED_MECHANISMS,
                why: "a master key is for the mechanisms of TLS 1.2 only",
            });
        }
        Ok(vec![
            Planned::secret_key(template, Heritage::Free).of_type(CKK_GENERIC_SECRET),
        ])
    }

    fn derive(&self, from: &Sources<'_>, _wanted: &[Wanted]) -> Result<Derived> {
        let DerivationParams::TlsMasterKey {
            prf,
            seed,
            wants_version,
        } = params(from.params)?
        else {
            return wrong_params();
        };
        let seed: &[&[u8]] = match seed {
            MasterSeed::Randoms(randoms) => &[b"master secret", &randoms.client, &randoms.server],
            MasterSeed::SessionHash(hash) => &[b"extended master secret", hash],
        };
        let premaster = from.value()?;
        let mut value = SecretBytes::zeros(to_usize(MASTER_LEN));
        prf.fill(premaster, seed, value.as_mut())?;
        Ok(Derived::value(value).with(match (wants_version, premaster) {
            (true, [major, minor, ..]) => Reply::Version([*major, *minor]),
            _ => Reply::None,
        }))
    }
}

/// Derives what protects a connection [RFC 5246, 6.3].
struct Material;

fn material_params(of: &Params) -> Result<&TlsKeyMaterial> {
    match params(of)? {
        DerivationParams::TlsKeyMaterial(params) => Ok(params),
        _ => wrong_params(),
    }
}

fn by_default(template: &mut AttributeSet, uses: &[AttributeType]) {
    for usage in uses {
        if !template.contains(*usage) {
            template.set(*usage, Value::Bool(true));
        }
    }
}

impl Material {
    /// The template of a MAC key: the call's without what it says of the cipher keys.
    fn mac_key(template: &AttributeSet, length: usize) -> Planned {
        let mut template = template.clone();
        for of_cipher in [CKA_KEY_TYPE, CKA_ENCRYPT, CKA_DECRYPT, CKA_CHECK_VALUE] {
            template.remove(of_cipher);
        }
        template.set(CKA_VALUE_LEN, Value::Ulong(to_ulong(length)));
        by_default(&mut template, &[CKA_SIGN, CKA_VERIFY]);
        Planned::secret_key(template, Heritage::Same).of_type(CKK_GENERIC_SECRET)
    }

    fn cipher_key(mut template: AttributeSet, length: usize) -> Result<Planned> {
        let length = to_ulong(length);
        if let Some(Value::Ulong(told)) = template.set(CKA_VALUE_LEN, Value::Ulong(length))
            && told != length
        {
            return Err(Error::TemplateInconsistent {
                attribute: CKA_VALUE_LEN,
                why: "ulKeySizeInBits says otherwise",
            });
        }
        by_default(&mut template, &[CKA_ENCRYPT, CKA_DECRYPT, CKA_DERIVE]);
        Ok(Planned::secret_key(template, Heritage::Same))
    }
}

impl DeriveObjects for Material {
    fn gives_handle(&self) -> bool {
        false
    }

    fn plan(&self, from: &Sources<'_>, template: AttributeSet) -> Result<Vec<Planned>> {
        let params = material_params(from.params)?;
        if params.key_len == 0 && params.iv_len > 0 {
            // No cipher is so; and what should be keys would be given away.
            return Err(Error::MechanismParamInvalid(
                "initialisation vectors are asked for, and no keys",
            ));
        }
        let mut plans = Vec::with_capacity(4);
        if params.mac_len > 0 {
            plans.push(Self::mac_key(&template, params.mac_len));
            plans.push(Self::mac_key(&template, params.mac_len));
        }
        if params.key_len > 0 {
            plans.push(Self::cipher_key(template.clone(), params.key_len)?);
            plans.push(Self::cipher_key(template, params.key_len)?);
        }
        Ok(plans)
    }

    fn derive(&self, from: &Sources<'_>, _wanted: &[Wanted]) -> Result<Derived> {
        let params = material_params(from.params)?;
        let lengths = [params.mac_len, params.key_len, params.iv_len];
        let mut block = SecretBytes::zeros(2 * lengths.iter().sum::<usize>());
        let seed: &[&[u8]] = &[b"key expansion", &params.randoms.server, &params.randoms.client];
        params.prf.fill(from.value()?, seed, block.as_mut())?;
        let mut rest: &[u8] = &block;
        let mut next = |length| {
            let (first, others) = rest.split_at_checked(length).unwrap_or_default();
            rest = others;
            SecretBytes::from(first)
        };
        let [macs, keys, ivs] = lengths.map(|length| [next(length), next(length)]);
        let values = [macs, keys].into_iter().flatten();
        Ok(
            Derived::values(values.filter(|value| !value.is_empty())).with(Reply::KeyMaterial {
                macs: params.mac_len > 0,
                ivs,
            }),
        )
    }
}
