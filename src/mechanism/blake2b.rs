//! The MACs of BLAKE2b [PKCS#11 3.2, 6.22], and the making of their keys. Under the names of HMAC the standard has the
//! keyed variant of the hash [RFC 7693, 2.9], whose keys have at most 64 bytes.

use super::generate::{self, RandomValue};
use super::library::{AWS_LC, BLAKE2};
use super::mac::{self, Algorithm, Mac};
use super::params::ParamKind;
use super::secret_key::SecretKey;
use super::spec::{KeyRule, KeySizes, MechanismSpec};
use crate::ck::*;
use crate::crypto::blake2b::{self, KEY_TAKEN, State};
use crate::error::Result;
use crate::secret::SecretBytes;

/// Longest key in bytes.
const KEY_LEN_MAX: u64 = to_ulong(blake2b::KEY_LEN_MAX);

/// The MAC of one length, and the keys that it takes.
struct Family {
    mac: Mac<Keyed>,
    keys: [KeyType; 2],
}

const fn family(mac_len: u8, own: KeyType) -> Family {
    Family {
        mac: Mac(Keyed { mac_len }),
        keys: [CKK_GENERIC_SECRET, own],
    }
}

static BLAKE2B_160: Family = family(20, CKK_BLAKE2B_160_HMAC);
static BLAKE2B_256: Family = family(32, CKK_BLAKE2B_256_HMAC);
static BLAKE2B_384: Family = family(48, CKK_BLAKE2B_384_HMAC);
static BLAKE2B_512: Family = family(64, CKK_BLAKE2B_512_HMAC);

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
    mac::row(id, section, &[BLAKE2, AWS_LC], params, key, &family.mac)
}

const fn whole(id: MechanismId, family: &'static Family) -> MechanismSpec {
    row(id, "PKCS#11 3.2, 6.22.3", ParamKind::None, family)
}

const fn general(id: MechanismId, family: &'static Family) -> MechanismSpec {
    row(id, "PKCS#11 3.2, 6.22.2", ParamKind::MacGeneral, family)
}

const fn key_gen(id: MechanismId, family: &'static Family) -> MechanismSpec {
    let [_, own] = &family.keys;
    generate::mac_key(id, std::slice::from_ref(own), KEY_LEN_MAX, &KEY)
}

static KEY: RandomValue = RandomValue {
    fits: |length| (1..=KEY_LEN_MAX).contains(&length),
    why: "a BLAKE2b key has 1 to 64 bytes",
};

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    whole(CKM_BLAKE2B_160_HMAC, &BLAKE2B_160),
    whole(CKM_BLAKE2B_256_HMAC, &BLAKE2B_256),
    whole(CKM_BLAKE2B_384_HMAC, &BLAKE2B_384),
    whole(CKM_BLAKE2B_512_HMAC, &BLAKE2B_512),
    general(CKM_BLAKE2B_160_HMAC_GENERAL, &BLAKE2B_160),
    general(CKM_BLAKE2B_256_HMAC_GENERAL, &BLAKE2B_256),
    general(CKM_BLAKE2B_384_HMAC_GENERAL, &BLAKE2B_384),
    general(CKM_BLAKE2B_512_HMAC_GENERAL, &BLAKE2B_512),
    key_gen(CKM_BLAKE2B_160_KEY_GEN, &BLAKE2B_160),
    key_gen(CKM_BLAKE2B_256_KEY_GEN, &BLAKE2B_256),
    key_gen(CKM_BLAKE2B_384_KEY_GEN, &BLAKE2B_384),
    key_gen(CKM_BLAKE2B_512_KEY_GEN, &BLAKE2B_512),
];

/// Keyed BLAKE2b. A key has nothing to prepare: it is the first block of the message.
#[derive(Clone, Copy)]
struct Keyed {
    mac_len: u8,
}

impl Algorithm for Keyed {
    type State = State;

    fn mac_len(self) -> usize {
        self.mac_len.into()
    }

    fn mac(self, key: &SecretKey, data: &[u8], out: &mut [u8]) -> Result<()> {
        blake2b::mac(self.mac_len, key.value(), data, out)
    }

    fn begin(self, key: &SecretKey) -> Result<State> {
        State::keyed(self.mac_len, key.value())
    }

    fn update(self, _key: &SecretKey, state: &mut State, data: &[u8]) -> Result<()> {
        state.update(data);
        Ok(())
    }

    fn finish(self, _key: &SecretKey, state: &mut State, out: &mut [u8]) -> Result<()> {
        state.finish(out);
        Ok(())
    }

    fn save(self, state: &State) -> Result<SecretBytes> {
        // Before the first byte the state is the key, which is not saved.
        Ok(match state.taken() <= KEY_TAKEN {
            true => SecretBytes::zeros(0),
            false => state.save(),
        })
    }

    fn restore(self, key: &SecretKey, saved: &[u8]) -> Option<State> {
        match saved.is_empty() {
            true => self.begin(key).ok(),
            false => State::restore(self.mac_len, saved),
        }
    }
}

#[cfg(test)]
mod tests;
