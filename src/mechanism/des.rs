//! The triple-DES mechanisms that encrypt and wrap, with keys of two and of three parts [PKCS#11 3.2, 6.18].

use super::block::{BlockCipher, BlockModes};
use super::params::ParamKind;
use super::secret_key::SecretKey;
use super::spec::{KeyRule, KeySizes, MechanismSpec, Roles};
use crate::ck::*;
use crate::crypto::des::{BLOCK_LEN, Block, Des3Key};
use crate::error::Result;

/// Key sizes are those of the types [PKCS#11 3.2, 6.18: the field of CK_MECHANISM_INFO is not used].
const DES3: KeyRule = KeyRule {
    types: &[CKK_DES3, CKK_DES2],
    sizes: KeySizes::bytes(16, 24),
    ..KeyRule::NONE
};

impl BlockCipher<BLOCK_LEN> for Des3Key {
    fn of(key: &SecretKey) -> Result<&Self> {
        key.des3()
    }

    fn ecb_encrypt(&self, input: &[u8], out: &mut [u8]) -> Result<()> {
        Self::ecb_encrypt(self, input, out)
    }

    fn ecb_decrypt(&self, input: &[u8], out: &mut [u8]) -> Result<()> {
        Self::ecb_decrypt(self, input, out)
    }

    fn cbc_encrypt(&self, chain: &mut Block, input: &[u8], out: &mut [u8]) -> Result<()> {
        Self::cbc_encrypt(self, chain, input, out)
    }

    fn cbc_decrypt(&self, chain: &mut Block, input: &[u8], out: &mut [u8]) -> Result<()> {
        Self::cbc_decrypt(self, chain, input, out)
    }
}

type Modes = BlockModes<Des3Key, BLOCK_LEN>;

const fn row(id: MechanismId, params: ParamKind, roles: Roles) -> MechanismSpec {
    MechanismSpec {
        id,
        section: "PKCS#11 3.2, 6.18",
        library: "aws-lc",
        params,
        key: DES3,
        roles,
    }
}

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    row(CKM_DES3_ECB, ParamKind::None, Modes::ECB),
    row(CKM_DES3_CBC, ParamKind::Iv(BLOCK_LEN), Modes::CBC),
    row(CKM_DES3_CBC_PAD, ParamKind::Iv(BLOCK_LEN), Modes::CBC_PAD),
];
