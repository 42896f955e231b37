//! The triple-DES mechanisms that encrypt and wrap, with keys of two and of three parts [PKCS#11 3.2, 6.18].

use super::block::{BlockModes, block_cipher};
use super::library::AWS_LC;
use super::params::ParamKind;
use super::spec::{KeyRule, KeySizes, MechanismSpec, Roles, Standing};
use crate::ck::*;
use crate::crypto::des::{BLOCK_LEN, Des3Key};

/// Key sizes are those of the types [PKCS#11 3.2, 6.18: the field of CK_MECHANISM_INFO is not used].
const DES3: KeyRule = KeyRule {
    types: &[CKK_DES3, CKK_DES2],
    sizes: KeySizes::bytes(16, 24),
    ..KeyRule::NONE
};

block_cipher!(Des3Key, BLOCK_LEN, des3);

type Modes = BlockModes<Des3Key, BLOCK_LEN>;

const fn row(id: MechanismId, params: ParamKind, roles: Roles) -> MechanismSpec {
    MechanismSpec {
        id,
        section: "PKCS#11 3.2, 6.18",
        libraries: &[AWS_LC],
        params,
        key: DES3,
        roles,
        standing: Standing::LEGACY,
    }
}

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    row(CKM_DES3_ECB, ParamKind::None, Modes::ECB),
    row(CKM_DES3_CBC, ParamKind::Iv(BLOCK_LEN), Modes::CBC),
    row(CKM_DES3_CBC_PAD, ParamKind::Iv(BLOCK_LEN), Modes::CBC_PAD),
];
