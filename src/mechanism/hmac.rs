//! HMAC [PKCS#11 3.2, 6.22]. The key is a generic secret or of the mechanism's own key type.

use super::library::AWS_LC;
use super::mac::{self, Algorithm, Mac};
use super::params::ParamKind;
use super::secret_key::SecretKey;
use super::spec::{KeyRule, KeySizes, MechanismSpec};
use crate::ck::*;
use crate::crypto::hash::{Hash, Hasher};
use crate::error::Result;
use crate::secret::SecretBytes;

/// Longest key in bytes: as long as CKM_GENERIC_SECRET_KEY_GEN makes them.
const KEY_LEN_MAX: u64 = super::generate::SECRET_LEN_MAX;

/// HMAC with one hash, and the keys that it takes.
struct Family {
    mac: Mac<Hmac>,
    keys: [KeyType; 2],
}

const fn family(hash: Hash, own: KeyType) -> Family {
    Family {
        mac: Mac(Hmac(hash)),
        keys: [CKK_GENERIC_SECRET, own],
    }
}

static SHA_1: Family = family(Hash::Sha1, CKK_SHA_1_HMAC);
static SHA224: Family = family(Hash::Sha224, CKK_SHA224_HMAC);
static SHA256: Family = family(Hash::Sha256, CKK_SHA256_HMAC);
static SHA384: Family = family(Hash::Sha384, CKK_SHA384_HMAC);
static SHA512: Family = family(Hash::Sha512, CKK_SHA512_HMAC);

const fn row(
    id: MechanismId,
    section: &'static str,
    params: ParamKind,
    family: &'static Family,
) -> MechanismSpec {
    let key = KeyRule {
        types: &family.keys,
        sizes: KeySizes::bytes(1, KEY_LEN_MAX),
        ..KeyRule::NONE
    };
    mac::row(id, section, &[AWS_LC], params, key, &family.mac)
}

const fn whole(id: MechanismId, family: &'static Family) -> MechanismSpec {
    row(id, "PKCS#11 3.2, 6.22.3", ParamKind::None, family)
}

const fn general(id: MechanismId, family: &'static Family) -> MechanismSpec {
    row(id, "PKCS#11 3.2, 6.22.2", ParamKind::MacGeneral, family)
}

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    whole(CKM_SHA_1_HMAC, &SHA_1),
    whole(CKM_SHA224_HMAC, &SHA224),
    whole(CKM_SHA256_HMAC, &SHA256),
    whole(CKM_SHA384_HMAC, &SHA384),
    whole(CKM_SHA512_HMAC, &SHA512),
    general(CKM_SHA_1_HMAC_GENERAL, &SHA_1),
    general(CKM_SHA224_HMAC_GENERAL, &SHA224),
    general(CKM_SHA256_HMAC_GENERAL, &SHA256),
    general(CKM_SHA384_HMAC_GENERAL, &SHA384),
    general(CKM_SHA512_HMAC_GENERAL, &SHA512),
];

/// HMAC [FIPS 198-1] with one hash.
#[derive(Clone, Copy)]
struct Hmac(Hash);

impl Algorithm for Hmac {
    type State = Hasher;

    fn mac_len(self) -> usize {
        self.0.output_len()
    }

    fn mac(self, key: &SecretKey, data: &[u8], out: &mut [u8]) -> Result<()> {
        key.hmac(self.0)?.mac(data, out);
        Ok(())
    }

    fn begin(self, key: &SecretKey) -> Result<Hasher> {
        Ok(key.hmac(self.0)?.begin())
    }

    fn update(self, _key: &SecretKey, state: &mut Hasher, data: &[u8]) -> Result<()> {
        state.update(data);
        Ok(())
    }

    fn finish(self, key: &SecretKey, state: &mut Hasher, out: &mut [u8]) -> Result<()> {
        key.hmac(self.0)?.finish(state, out);
        Ok(())
    }

    fn save(self, state: &Hasher) -> Result<SecretBytes> {
        Ok(state.save())
    }

    fn restore(self, saved: &[u8]) -> Option<Hasher> {
        self.0.restore(saved)
    }
}

#[cfg(test)]
#[path = "hmac_tests.rs"]
mod tests;
