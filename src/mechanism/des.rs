//! The DES mechanisms but for CMAC: single DES, and triple DES with keys of two and of three parts
//! [PKCS#11 3.2, 6.17 and 6.18; PKCS#11 Historical 3.1, 2.7 for single DES]. All are legacy.

use super::block::derive::EncryptData;
use super::block::feedback::{Cfb, Counting, Ofb, StreamModes};
use super::block::mac::{CbcMacs, MacRow};
use super::block::{BlockModes, DataModes, block_cipher};
use super::library::AWS_LC;
use super::params::ParamKind;
use super::spec::{KeyRule, KeySizes, MechanismSpec, Roles};
use super::standing::Standing;
use crate::ck::*;
use crate::crypto::des::{BLOCK_LEN, Des3Key};

/// Key sizes are those of the types [PKCS#11 3.2, 6.18: the field of CK_MECHANISM_INFO is not used].
const DES3: KeyRule = KeyRule {
    types: &[CKK_DES3, CKK_DES2],
    sizes: KeySizes::bytes(16, 24),
    ..KeyRule::NONE
};

const DES: KeyRule = KeyRule {
    types: &[CKK_DES],
    sizes: KeySizes::bytes(8, 8),
    ..KeyRule::NONE
};

/// [PKCS#11 3.2, 6.18.9 and 6.18.10] the modes that feed back take keys of every number of parts.
const ANY_DES: KeyRule = KeyRule {
    types: &[CKK_DES, CKK_DES2, CKK_DES3],
    sizes: KeySizes::bytes(8, 24),
    ..KeyRule::NONE
};

block_cipher!(Des3Key, BLOCK_LEN, des3);

type Modes = BlockModes<Des3Key, BLOCK_LEN>;
type Streams<F> = StreamModes<Des3Key, F, BLOCK_LEN>;
type Macs = CbcMacs<Des3Key, BLOCK_LEN>;

const IV: ParamKind = ParamKind::Iv(BLOCK_LEN);
const ENCRYPT_DATA: Roles = EncryptData::<Des3Key, BLOCK_LEN>::ROLES;

const TRIPLE: &str = "PKCS#11 3.2, 6.18";
const SINGLE: &str = "PKCS#11 Historical 3.1, 2.7";
const DERIVATION: &str = "PKCS#11 3.2, 6.17.2";

const fn row(
    id: MechanismId,
    section: &'static str,
    key: KeyRule,
    (params, roles): (ParamKind, Roles),
) -> MechanismSpec {
    MechanismSpec {
        id,
        section,
        libraries: &[AWS_LC],
        params,
        key,
        roles,
        standing: Standing::LEGACY,
    }
}

const GENERAL: MacRow = Macs::GENERAL;
const HALF: MacRow = Macs::HALF;

/// The modes of data under payment keys.
pub(crate) static DATA_MODES: DataModes = DataModes {
    ecb: Modes::ECB,
    cbc: Modes::CBC,
    cfb8: Streams::<Cfb<1>>::ROLES,
    cfb64: Streams::<Cfb<8>>::ROLES,
    ctr: Streams::<Counting<BLOCK_LEN>>::ROLES,
};

/// The rows.
#[rustfmt::skip]
pub static ROWS: &[MechanismSpec] = &[
    row(CKM_DES3_ECB, TRIPLE, DES3, (ParamKind::None, Modes::ECB)),
    row(CKM_DES3_CBC, TRIPLE, DES3, (IV, Modes::CBC)),
    row(CKM_DES3_CBC_PAD, TRIPLE, DES3, (IV, Modes::CBC_PAD)),
    row(CKM_DES3_MAC_GENERAL, TRIPLE, DES3, GENERAL),
    row(CKM_DES3_MAC, TRIPLE, DES3, HALF),
    row(CKM_DES_OFB64, "PKCS#11 3.2, 6.18.9", ANY_DES, (IV, Streams::<Ofb<8>>::ROLES)),
    row(CKM_DES_OFB8, "PKCS#11 3.2, 6.18.9", ANY_DES, (IV, Streams::<Ofb<1>>::ROLES)),
    row(CKM_DES_CFB64, "PKCS#11 3.2, 6.18.10", ANY_DES, (IV, Streams::<Cfb<8>>::ROLES)),
    row(CKM_DES_CFB8, "PKCS#11 3.2, 6.18.10", ANY_DES, (IV, Streams::<Cfb<1>>::ROLES)),
    row(CKM_DES3_ECB_ENCRYPT_DATA, DERIVATION, DES3, (ParamKind::EncryptData, ENCRYPT_DATA)),
    row(CKM_DES3_CBC_ENCRYPT_DATA, DERIVATION, DES3, (ParamKind::CbcEncryptData8, ENCRYPT_DATA)),
    row(CKM_DES_ECB_ENCRYPT_DATA, DERIVATION, DES, (ParamKind::EncryptData, ENCRYPT_DATA)),
    row(CKM_DES_CBC_ENCRYPT_DATA, DERIVATION, DES, (ParamKind::CbcEncryptData8, ENCRYPT_DATA)),
    row(CKM_DES_ECB, SINGLE, DES, (ParamKind::None, Modes::ECB)),
    row(CKM_DES_CBC, SINGLE, DES, (IV, Modes::CBC)),
    row(CKM_DES_CBC_PAD, SINGLE, DES, (IV, Modes::CBC_PAD)),
    row(CKM_DES_MAC_GENERAL, SINGLE, DES, GENERAL),
    row(CKM_DES_MAC, SINGLE, DES, HALF),
];
