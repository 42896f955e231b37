//! Data of messages, encrypted under data keys or under keys of DUKPT that are derived in the call [ANSI X9.24-1 and
//! X9.24-3; ISO/IEC 10116 for the modes], and its translation between two keys.

mod form;
mod translate;

use std::sync::Arc;

use form::{Direction, END_LEN, Form, IV_MAX, Mode};
use translate::{PARAM_LEN, Translate};

use super::dukpt::KEYING_LEN;
use crate::ck::*;
use crate::error::Result;
use crate::mechanism::library::{AES, AWS_LC};
use crate::mechanism::{
    CipherMechanism, CipherStream, FurtherKey, KeyMaterial, KeyRule, KeySizes, MechanismSpec, ParamKind,
    Params, Roles, Standing,
};

/// Version and keying.
const HEAD_LEN: usize = 1 + KEYING_LEN;

/// Data keys, and base keys that such are derived from in the call.
const DATA_KEYS: KeyRule = KeyRule {
    types: &[CKK_DES2, CKK_DES3, CKK_AES],
    sizes: KeySizes::bytes(16, 32),
    usages: &[
        KeyUsage::DATA_ENCRYPTION,
        KeyUsage::BASE_DERIVATION,
        KeyUsage::INITIAL_DUKPT,
    ],
    derives_first: true,
    ..KeyRule::NONE
};

const fn row(
    id: MechanismId,
    iv_len: (usize, usize),
    (encrypt, decrypt): (&'static Data, &'static Data),
) -> MechanismSpec {
    MechanismSpec {
        id,
        section: "include/vhsm.h",
        libraries: &[AWS_LC, AES],
        params: ParamKind::Flat {
            min: HEAD_LEN + iv_len.0,
            max: HEAD_LEN + iv_len.1,
        },
        key: DATA_KEYS,
        roles: Roles {
            encrypt: Some(encrypt),
            decrypt: Some(decrypt),
            ..Roles::NONE
        },
        standing: Standing::CURRENT,
    }
}

/// Both directions of a mode.
macro_rules! both {
    ($mode:expr) => {
        (&Data($mode, Direction::Encrypt), &Data($mode, Direction::Decrypt))
    };
}

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    row(CKM_VHSM_DATA_ECB, (0, 0), both!(Mode::Ecb)),
    row(CKM_VHSM_DATA_CBC, (8, IV_MAX), both!(Mode::Cbc)),
    row(CKM_VHSM_DATA_CFB8, (8, IV_MAX), both!(Mode::Cfb8)),
    row(CKM_VHSM_DATA_CFB64, (8, IV_MAX), both!(Mode::Cfb64)),
    row(CKM_VHSM_DATA_CTR, (8, IV_MAX), both!(Mode::Ctr)),
    MechanismSpec {
        id: CKM_VHSM_DATA_TRANSLATE,
        section: "include/vhsm.h",
        libraries: &[AWS_LC, AES],
        params: ParamKind::Flat {
            min: PARAM_LEN,
            max: PARAM_LEN,
        },
        key: KeyRule {
            further: &[FurtherKey {
                at: 1 + END_LEN,
                function: CKA_ENCRYPT,
                rule: &DATA_KEYS,
            }],
            ..DATA_KEYS
        },
        roles: Roles {
            decrypt: Some(&Translate),
            ..Roles::NONE
        },
        standing: Standing::CURRENT,
    },
];

/// Encryption or decryption in one mode.
struct Data(Mode, Direction);

impl CipherMechanism for Data {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        Form::parse(self.0, params)?.check(self.1, key)
    }

    fn output_len(&self, key: &KeyMaterial, params: &Params, input_len: usize) -> Result<usize> {
        Form::parse(self.0, params)?.output_len(self.1, key, input_len)
    }

    fn oneshot(&self, key: &KeyMaterial, params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
        Form::parse(self.0, params)?.oneshot(self.1, key, input, out)
    }

    fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<dyn CipherStream>> {
        let form = Form::parse(self.0, params)?;
        let cipher = form.cipher(self.1, key)?;
        cipher.stream(&form.keying.shared_key(key)?, &form.params())
    }

    fn restore(
        &self,
        key: &Arc<KeyMaterial>,
        params: &Params,
        saved: &[u8],
    ) -> Result<Box<dyn CipherStream>> {
        let form = Form::parse(self.0, params)?;
        let cipher = form.cipher(self.1, key)?;
        cipher.restore(&form.keying.shared_key(key)?, &form.params(), saved)
    }
}
