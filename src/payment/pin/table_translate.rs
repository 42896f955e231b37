//! Encrypted decimalisation tables under another key, as they move from an old local master key to a new one.

use super::rows::{Fields, HANDLE_LEN};
use super::table::{DecimalizationTable, ENTRIES, TABLE_KEYS, decrypted, sealed_len};
use crate::ck::*;
use crate::error::{Error, Result};
use crate::mechanism::library::{AES, AWS_LC};
use crate::mechanism::{
    CipherMechanism, FurtherKey, KeyMaterial, KeyRule, MechanismSpec, ParamKind, Params, Roles, Standing,
};
use crate::os::stack;
use crate::payment::lmk::check_current;

/// Version, and the handle of the other key.
const PARAM_LEN: usize = 1 + HANDLE_LEN;

/// The rows.
pub static ROWS: &[MechanismSpec] = &[MechanismSpec {
    id: CKM_VHSM_DECIMALIZATION_TABLE_TRANSLATE,
    section: "include/vhsm.h",
    libraries: &[AWS_LC, AES],
    params: ParamKind::Flat {
        min: PARAM_LEN,
        max: PARAM_LEN,
    },
    key: KeyRule {
        further: &[FurtherKey {
            at: 1,
            function: CKA_ENCRYPT,
            rule: &TABLE_KEYS,
        }],
        ..TABLE_KEYS
    },
    roles: Roles {
        decrypt: Some(&Translate),
        ..Roles::NONE
    },
    standing: Standing::CURRENT,
}];

struct Translate;

/// The key that the table goes to.
fn destination(params: &Params) -> Result<&KeyMaterial> {
    Fields::of(params)?.required_key(0)
}

impl CipherMechanism for Translate {
    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        check_current(destination(params)?)
    }

    fn output_len(&self, key: &KeyMaterial, params: &Params, input_len: usize) -> Result<usize> {
        match input_len == sealed_len(key) {
            true => Ok(sealed_len(destination(params)?)),
            false => Err(Error::EncryptedDataLenRange(
                "a decimalisation table has 8 bytes under triple DES, 16 under AES",
            )),
        }
    }

    fn oneshot(&self, key: &KeyMaterial, params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
        let to = destination(params)?;
        let mut held = [0; ENTRIES];
        held.iter_mut().zip(input).for_each(|(to, from)| *to = *from);
        // Under another key it is none.
        stack::clean(|| DecimalizationTable::parse(&*decrypted(key, &held)?)?.seal(to, out))
    }
}
