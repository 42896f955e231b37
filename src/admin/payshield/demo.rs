//! The token of `vhsm payshield --demo`: made anew each time, with the published TEST LMKs, and gone with the program.

use std::sync::Arc;

use tempfile::TempDir;

use super::serve::{DEMO_MECHANISMS, MECHANISMS};
use crate::admin::failure::Failure;
use crate::admin::find::from_hexadecimal;
use crate::attribute::RawAttribute;
use crate::ck::*;
use crate::config::{Config, WeakKeys};
use crate::crypto::keep_keys_in_the_vault;
use crate::module::Module;
use crate::payment::lmk::test_keys::{TEST_AES, TEST_DES3, TEST_VARIANT};
use crate::payshield::call::{attribute, flag};

const SO_PIN: &[u8] = b"demo-so";
/// The PIN of a token that nobody can open once the program has ended.
pub(super) const USER_PIN: &[u8] = b"demo-user";

/// A throwaway token.
pub(super) struct Demo {
    pub(super) module: Arc<Module>,
    pub(super) slot: SlotId,
    /// Its directory, which goes with it.
    pub(super) home: TempDir,
}

/// Makes the token. `any_parity`: keys of even parity are taken, too.
pub(super) fn make(any_parity: bool) -> Result<Demo, Failure> {
    let home = tempfile::Builder::new()
        .prefix("vhsm-demo-")
        .tempdir()
        .map_err(|error| {
            let remedy = "make room in the directory for temporary files, or name another in $TMPDIR";
            Failure::new(format!("no directory for the throwaway token: {error}"), remedy)
        })?;
    let mut config = Config::in_data_dir(home.path());
    (config.pin.argon2_memory_kib, config.pin.argon2_iterations) = (64, 1);
    config.mechanisms.enable = MECHANISMS
        .iter()
        .chain(&DEMO_MECHANISMS)
        .map(ToString::to_string)
        .collect();
    config.payment.weak_keys = match any_parity {
        true => WeakKeys::Accept,
        // Published test keys have equal parts.
        false => WeakKeys::EqualParts,
    };
    keep_keys_in_the_vault();
    let module = Arc::new(Module::new(config)?);
    let mut label = [b' '; 32];
    label
        .iter_mut()
        .zip(b"payshield demo")
        .for_each(|(place, byte)| *place = *byte);
    let slot = module.create_token(SO_PIN, &label)?;
    let session = module.open_session(slot, sys::CKF_SERIAL_SESSION | sys::CKF_RW_SESSION)?;
    module.login(session, UserType::So, SO_PIN)?;
    module.init_pin(session, USER_PIN)?;
    module.logout(session)?;
    module.login(session, UserType::User, USER_PIN)?;
    for (id, label, value) in [
        ("00", "TEST variant", TEST_VARIANT),
        ("01", "TEST key block 3DES", TEST_DES3),
        ("02", "TEST key block AES", TEST_AES),
    ] {
        module.create_object(session, &lmk(id, label, value)?)?;
    }
    module.close_session(session)?;
    Ok(Demo { module, slot, home })
}

fn lmk(id: &str, label: &str, value: &str) -> Result<Vec<RawAttribute>, Failure> {
    let value =
        from_hexadecimal(value).map_err(|why| Failure::new(format!("a TEST LMK is not {why}"), ""))?;
    Ok(vec![
        attribute(CKA_CLASS, &CKO_SECRET_KEY.0.to_ne_bytes()),
        attribute(CKA_KEY_TYPE, &CKK_VHSM_LMK.0.to_ne_bytes()),
        attribute(CKA_LABEL, label.as_bytes()),
        attribute(CKA_VALUE, &value),
        attribute(CKA_VHSM_LMK_ID, id.as_bytes()),
        flag(CKA_TOKEN, true),
        flag(CKA_VHSM_LMK_SEPARATE_002, false),
    ])
}
