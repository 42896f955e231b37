//! HMAC [PKCS#11 3.2, 6.22], and the making of its keys. The key is a generic secret or of the mechanism's own key
//! type. SHA-512/t, whose t is a parameter, and BLAKE2b, whose MAC is another, have files of their own.

use super::digest::{SECTION_MD5, SECTION_RIPEMD, library};
use super::generate;
use super::mac::{self, Algorithm, Mac};
use super::params::ParamKind;
use super::secret_key::SecretKey;
use super::spec::{KeyRule, KeySizes, MechanismSpec};
use crate::ck::*;
use crate::crypto::hash::{Hash, Hasher};
use crate::crypto::mac::HmacKey;
use crate::error::Result;
use crate::secret::SecretBytes;

/// Longest key in bytes: as long as CKM_GENERIC_SECRET_KEY_GEN makes them.
pub(super) const KEY_LEN_MAX: u64 = generate::SECRET_LEN_MAX;

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
static SHA512_224: Family = family(Hash::Sha512_224, CKK_SHA512_224_HMAC);
static SHA512_256: Family = family(Hash::Sha512_256, CKK_SHA512_256_HMAC);
static SHA3_224: Family = family(Hash::Sha3_224, CKK_SHA3_224_HMAC);
static SHA3_256: Family = family(Hash::Sha3_256, CKK_SHA3_256_HMAC);
static SHA3_384: Family = family(Hash::Sha3_384, CKK_SHA3_384_HMAC);
static SHA3_512: Family = family(Hash::Sha3_512, CKK_SHA3_512_HMAC);
static MD5: Family = family(Hash::Md5, CKK_MD5_HMAC);
static RIPEMD160: Family = family(Hash::Ripemd160, CKK_RIPEMD160_HMAC);

/// The keys that HMAC takes, of these types.
pub(super) const fn keys(types: &'static [KeyType]) -> KeyRule {
    KeyRule {
        types,
        sizes: KeySizes::bytes(1, KEY_LEN_MAX),
        usages_beside: &[KeyUsage::HMAC],
        ..KeyRule::NONE
    }
}

const fn row(
    id: MechanismId,
    section: &'static str,
    params: ParamKind,
    family: &'static Family,
) -> MechanismSpec {
    let Mac(Hmac(hash)) = family.mac;
    mac::row(
        id,
        section,
        library(hash),
        params,
        keys(&family.keys),
        &family.mac,
    )
}

const fn whole(id: MechanismId, family: &'static Family) -> MechanismSpec {
    row(id, "PKCS#11 3.2, 6.22.3", ParamKind::None, family)
}

const fn general(id: MechanismId, family: &'static Family) -> MechanismSpec {
    row(id, "PKCS#11 3.2, 6.22.2", ParamKind::MacGeneral, family)
}

const fn key_gen(id: MechanismId, family: &'static Family) -> MechanismSpec {
    let [_, own] = &family.keys;
    generate::mac_key(id, std::slice::from_ref(own), KEY_LEN_MAX, &generate::SECRET)
}

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    whole(CKM_SHA_1_HMAC, &SHA_1),
    whole(CKM_SHA224_HMAC, &SHA224),
    whole(CKM_SHA256_HMAC, &SHA256),
    whole(CKM_SHA384_HMAC, &SHA384),
    whole(CKM_SHA512_HMAC, &SHA512),
    whole(CKM_SHA512_224_HMAC, &SHA512_224),
    whole(CKM_SHA512_256_HMAC, &SHA512_256),
    whole(CKM_SHA3_224_HMAC, &SHA3_224),
    whole(CKM_SHA3_256_HMAC, &SHA3_256),
    whole(CKM_SHA3_384_HMAC, &SHA3_384),
    whole(CKM_SHA3_512_HMAC, &SHA3_512),
    general(CKM_SHA_1_HMAC_GENERAL, &SHA_1),
    general(CKM_SHA224_HMAC_GENERAL, &SHA224),
    general(CKM_SHA256_HMAC_GENERAL, &SHA256),
    general(CKM_SHA384_HMAC_GENERAL, &SHA384),
    general(CKM_SHA512_HMAC_GENERAL, &SHA512),
    general(CKM_SHA512_224_HMAC_GENERAL, &SHA512_224),
    general(CKM_SHA512_256_HMAC_GENERAL, &SHA512_256),
    general(CKM_SHA3_224_HMAC_GENERAL, &SHA3_224),
    general(CKM_SHA3_256_HMAC_GENERAL, &SHA3_256),
    general(CKM_SHA3_384_HMAC_GENERAL, &SHA3_384),
    general(CKM_SHA3_512_HMAC_GENERAL, &SHA3_512),
    key_gen(CKM_SHA_1_KEY_GEN, &SHA_1),
    key_gen(CKM_SHA224_KEY_GEN, &SHA224),
    key_gen(CKM_SHA256_KEY_GEN, &SHA256),
    key_gen(CKM_SHA384_KEY_GEN, &SHA384),
    key_gen(CKM_SHA512_KEY_GEN, &SHA512),
    key_gen(CKM_SHA512_224_KEY_GEN, &SHA512_224),
    key_gen(CKM_SHA512_256_KEY_GEN, &SHA512_256),
    key_gen(CKM_SHA3_224_KEY_GEN, &SHA3_224),
    key_gen(CKM_SHA3_256_KEY_GEN, &SHA3_256),
    key_gen(CKM_SHA3_384_KEY_GEN, &SHA3_384),
    key_gen(CKM_SHA3_512_KEY_GEN, &SHA3_512),
    row(CKM_MD5_HMAC, SECTION_MD5, ParamKind::None, &MD5).legacy(),
    row(CKM_MD5_HMAC_GENERAL, SECTION_MD5, ParamKind::MacGeneral, &MD5).legacy(),
    row(CKM_RIPEMD160_HMAC, SECTION_RIPEMD, ParamKind::None, &RIPEMD160).legacy(),
    row(
        CKM_RIPEMD160_HMAC_GENERAL,
        SECTION_RIPEMD,
        ParamKind::MacGeneral,
        &RIPEMD160,
    )
    .legacy(),
];

/// HMAC [FIPS 198-1] with one hash.
#[derive(Clone, Copy)]
pub(super) struct Hmac(pub(super) Hash);

impl Hmac {
    /// Calls `f` with the key's states for the hash: the key keeps them, but for SHA-512/t.
    fn with<T>(self, key: &SecretKey, f: impl FnOnce(&HmacKey) -> T) -> Result<T> {
        match self.0 {
            Hash::Sha512T(_) => Ok(f(&HmacKey::new(self.0, key.value()))),
            hash => key.hmac(hash).map(f),
        }
    }
}

impl Algorithm for Hmac {
    type State = Hasher;

    fn mac_len(self) -> usize {
        self.0.output_len()
    }

    fn mac(self, key: &SecretKey, data: &[u8], out: &mut [u8]) -> Result<()> {
        self.with(key, |key| key.mac(data, out))
    }

    fn begin(self, key: &SecretKey) -> Result<Hasher> {
        self.with(key, HmacKey::begin)
    }

    fn update(self, _key: &SecretKey, state: &mut Hasher, data: &[u8]) -> Result<()> {
        state.update(data);
        Ok(())
    }

    fn finish(self, key: &SecretKey, state: &mut Hasher, out: &mut [u8]) -> Result<()> {
        self.with(key, |key| key.finish(state, out))
    }

    fn save(self, state: &Hasher) -> Result<SecretBytes> {
        Ok(state.save())
    }

    fn restore(self, _key: &SecretKey, saved: &[u8]) -> Option<Hasher> {
        self.0.restore(saved)
    }
}

#[cfg(test)]
#[path = "hmac_tests.rs"]
mod tests;
