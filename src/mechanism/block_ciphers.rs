//! Camellia, ARIA, Blowfish and Twofish [PKCS#11 3.2, 6.31 to 6.36]. Their crates are not audited, and look bytes up at
//! secret places, so that none of them is offered unless the configuration asks for it.

use super::block::derive::EncryptData;
use super::block::feedback::{Counting, StreamModes};
use super::block::mac::CbcMacs;
use super::block::{BlockModes, block_cipher};
use super::generate::{self, RandomValue};
use super::library::{self, Library};
use super::operation::GenerateKeyMechanism;
use super::params::ParamKind;
use super::spec::{KeyRule, KeySizes, MechanismSpec, Roles};
use super::standing::Standing;
use crate::ck::*;
use crate::crypto::blocks::{AriaKey, BlowfishKey, CamelliaKey, TwofishKey};

block_cipher!(CamelliaKey, CamelliaKey::BLOCK_LEN, camellia);
block_cipher!(AriaKey, AriaKey::BLOCK_LEN, aria);
block_cipher!(TwofishKey, TwofishKey::BLOCK_LEN, twofish);
block_cipher!(BlowfishKey, BlowfishKey::BLOCK_LEN, blowfish);

/// What the rows of one cipher share.
struct Family {
    types: &'static [KeyType],
    sizes: KeySizes,
    libraries: &'static [Library],
    legacy: bool,
}

const OFF: &str = "the library is not audited and leaks through caches";

impl Family {
    const fn standing(&self) -> Standing {
        Standing {
            off: Some(OFF),
            legacy: if self.legacy { Standing::ALL } else { 0 },
            ..Standing::CURRENT
        }
    }

    const fn row(
        &self,
        id: MechanismId,
        section: &'static str,
        (params, roles): (ParamKind, Roles),
    ) -> MechanismSpec {
        MechanismSpec {
            id,
            section,
            libraries: self.libraries,
            params,
            key: KeyRule {
                types: self.types,
                sizes: self.sizes,
                ..KeyRule::NONE
            },
            roles,
            standing: self.standing(),
        }
    }

    const fn key_gen(
        &self,
        id: MechanismId,
        section: &'static str,
        generate: &'static dyn GenerateKeyMechanism,
    ) -> MechanismSpec {
        let mut row = generate::row(id, section, self.types, self.sizes, generate);
        row.standing = self.standing();
        row
    }
}

const CAMELLIA: Family = Family {
    types: &[CKK_CAMELLIA],
    sizes: KeySizes::bytes(16, 32),
    libraries: &[library::CAMELLIA],
    legacy: false,
};
const ARIA: Family = Family {
    types: &[CKK_ARIA],
    sizes: KeySizes::bytes(16, 32),
    libraries: &[library::ARIA],
    legacy: false,
};
const TWOFISH: Family = Family {
    types: &[CKK_TWOFISH],
    sizes: KeySizes::bytes(16, 32),
    libraries: &[library::TWOFISH],
    legacy: false,
};
/// Legacy for its short blocks.
const BLOWFISH: Family = Family {
    types: &[CKK_BLOWFISH],
    sizes: KeySizes::bytes(4, 56),
    libraries: &[library::BLOWFISH],
    legacy: true,
};

const LIKE_AES: RandomValue = RandomValue {
    fits: |length| matches!(length, 16 | 24 | 32),
    why: "keys of this type have 16, 24 or 32 bytes",
};
const FOR_BLOWFISH: RandomValue = RandomValue {
    fits: |length| matches!(length, 4..=56),
    why: "a Blowfish key has 4 to 56 bytes",
};

const NONE: ParamKind = ParamKind::None;
const IV_16: ParamKind = ParamKind::Iv(16);
const IV_8: ParamKind = ParamKind::Iv(8);
const ECB_DATA: ParamKind = ParamKind::EncryptData;
const CBC_DATA: ParamKind = ParamKind::CbcEncryptData16;

type Camellia = BlockModes<CamelliaKey, 16>;
type CamelliaCtr = StreamModes<CamelliaKey, Counting, 16>;
type CamelliaMacs = CbcMacs<CamelliaKey, 16>;
type CamelliaData = EncryptData<CamelliaKey, 16>;
type Aria = BlockModes<AriaKey, 16>;
type AriaMacs = CbcMacs<AriaKey, 16>;
type AriaData = EncryptData<AriaKey, 16>;
type Twofish = BlockModes<TwofishKey, 16>;
type Blowfish = BlockModes<BlowfishKey, 8>;

/// The rows.
#[rustfmt::skip]
pub static ROWS: &[MechanismSpec] = &[
    BLOWFISH.key_gen(CKM_BLOWFISH_KEY_GEN, "PKCS#11 3.2, 6.31.3", &FOR_BLOWFISH),
    BLOWFISH.row(CKM_BLOWFISH_CBC, "PKCS#11 3.2, 6.31.4", (IV_8, Blowfish::CBC)),
    BLOWFISH.row(CKM_BLOWFISH_CBC_PAD, "PKCS#11 3.2, 6.31.5", (IV_8, Blowfish::CBC_PAD)),
    TWOFISH.key_gen(CKM_TWOFISH_KEY_GEN, "PKCS#11 3.2, 6.32.3", &LIKE_AES),
    TWOFISH.row(CKM_TWOFISH_CBC, "PKCS#11 3.2, 6.32.4", (IV_16, Twofish::CBC)),
    TWOFISH.row(CKM_TWOFISH_CBC_PAD, "PKCS#11 3.2, 6.32.5", (IV_16, Twofish::CBC_PAD)),
    CAMELLIA.key_gen(CKM_CAMELLIA_KEY_GEN, "PKCS#11 3.2, 6.33.3", &LIKE_AES),
    CAMELLIA.row(CKM_CAMELLIA_ECB, "PKCS#11 3.2, 6.33.4", (NONE, Camellia::ECB)),
    CAMELLIA.row(CKM_CAMELLIA_CBC, "PKCS#11 3.2, 6.33.5", (IV_16, Camellia::CBC)),
    CAMELLIA.row(CKM_CAMELLIA_CBC_PAD, "PKCS#11 3.2, 6.33.6", (IV_16, Camellia::CBC_PAD)),
    // The structure of the parameter is that of AES.
    CAMELLIA.row(CKM_CAMELLIA_CTR, "PKCS#11 3.2, 6.33.7", (ParamKind::AesCtr, CamelliaCtr::ROLES)),
    CAMELLIA.row(CKM_CAMELLIA_MAC_GENERAL, "PKCS#11 3.2, 6.33.8", CamelliaMacs::GENERAL),
    CAMELLIA.row(CKM_CAMELLIA_MAC, "PKCS#11 3.2, 6.33.9", CamelliaMacs::HALF),
    CAMELLIA.row(CKM_CAMELLIA_ECB_ENCRYPT_DATA, "PKCS#11 3.2, 6.34", (ECB_DATA, CamelliaData::ROLES)),
    CAMELLIA.row(CKM_CAMELLIA_CBC_ENCRYPT_DATA, "PKCS#11 3.2, 6.34", (CBC_DATA, CamelliaData::ROLES)),
    ARIA.key_gen(CKM_ARIA_KEY_GEN, "PKCS#11 3.2, 6.35.3", &LIKE_AES),
    ARIA.row(CKM_ARIA_ECB, "PKCS#11 3.2, 6.35.4", (NONE, Aria::ECB)),
    ARIA.row(CKM_ARIA_CBC, "PKCS#11 3.2, 6.35.5", (IV_16, Aria::CBC)),
    ARIA.row(CKM_ARIA_CBC_PAD, "PKCS#11 3.2, 6.35.6", (IV_16, Aria::CBC_PAD)),
    ARIA.row(CKM_ARIA_MAC_GENERAL, "PKCS#11 3.2, 6.35.7", AriaMacs::GENERAL),
    ARIA.row(CKM_ARIA_MAC, "PKCS#11 3.2, 6.35.8", AriaMacs::HALF),
    ARIA.row(CKM_ARIA_ECB_ENCRYPT_DATA, "PKCS#11 3.2, 6.36", (ECB_DATA, AriaData::ROLES)),
    ARIA.row(CKM_ARIA_CBC_ENCRYPT_DATA, "PKCS#11 3.2, 6.36", (CBC_DATA, AriaData::ROLES)),
];
