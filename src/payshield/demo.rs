//! The token of demonstrations: made anew each time, with the published TEST LMKs, and gone with its directory.

use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::authorised::Authorised;
use super::call::{attribute, flag};
use super::hex::unhex;
use super::host::Host;
use super::pythales;
use super::refusal::Refusal;
use super::settings::{MECHANISMS, Settings};
use crate::attribute::RawAttribute;
use crate::ck::*;
use crate::config::{Config, HeaderlessKeys, LocalMasterKeys, WeakKeys};
use crate::error::{Error, Result};
use crate::module::Module;
use crate::payment::lmk::test_keys::{TEST_AES, TEST_DES3, TEST_VARIANT};

/// What demonstrations switch on beyond that: what a device does at a risk that its page names, and what nobody has
/// compared with a device. Elsewhere it is on where the configuration says so.
const DEMO_MECHANISMS: [&str; 7] = [
    "CKM_VHSM_KEY_CHECK_VALUE_WHOLE",
    "CKM_VHSM_VARIANT_LMK_PLAIN_COMPONENT",
    "CKM_VHSM_VARIANT_LMK_FROM_BLOCK",
    "CKM_VHSM_X9_17_ANY_PARITY",
    "CKM_VHSM_PIN_REVEAL",
    "CKM_VHSM_PIN_TRANSLATE_ANY",
    "CKM_VHSM_CSC_V2",
];

const SO_PIN: &[u8] = b"demo-so";
/// The PIN of a token that nobody can open once the program has ended.
const USER_PIN: &[u8] = b"demo-user";

/// What a demonstration's token is to hold.
#[derive(Clone, Debug, Default)]
pub struct Demo {
    /// Keys of even parity are taken, too.
    pub any_parity: bool,
    /// The one key of pythales instead of the TEST LMKs.
    pub pythales: Option<Zeroizing<[u8; 16]>>,
}

impl Demo {
    /// A server on a new token in this directory, on which everything but diagnostics is authorised.
    ///
    /// # Errors
    /// The module's.
    pub fn host(&self, home: &Path, settings: Settings) -> std::result::Result<Host, Refusal> {
        let (module, slot) = self.make(home)?;
        let authorised = (settings, Authorised::all_but_diagnostics());
        let mut host = Host::new(module, slot, USER_PIN, &[], authorised)?;
        if let Some(key) = &self.pythales {
            let single = pythales::Single::make(host.module(), host.keeper().session(), key)?;
            host.use_single_key(single);
        }
        Ok(host)
    }

    fn make(&self, home: &Path) -> Result<(Arc<Module>, SlotId)> {
        let mut config = Config::in_data_dir(home);
        (config.pin.argon2_memory_kib, config.pin.argon2_iterations) = (64, 1);
        let mechanisms = MECHANISMS.iter().chain(&DEMO_MECHANISMS);
        config.mechanisms.enable = mechanisms.map(ToString::to_string).collect();
        // Host commands name the type of each key.
        config.payment.headerless_keys = HeaderlessKeys::Template;
        // The TEST keys are the operator's.
        config.payment.local_master_keys = LocalMasterKeys::Any;
        // Published keys have equal parts.
        config.payment.weak_keys = match self.any_parity || self.pythales.is_some() {
            true => WeakKeys::Accept,
            false => WeakKeys::EqualParts,
        };
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
        if let Some(key) = &self.pythales {
            let value = pythales::lmk_value(key, 0);
            module.create_object(session, &lmk(b"00", "pythales", &value, true))?;
        } else {
            for (id, label, value) in [
                (b"00", "TEST variant", TEST_VARIANT),
                (b"01", "TEST key block 3DES", TEST_DES3),
                (b"02", "TEST key block AES", TEST_AES),
            ] {
                let mut bytes = vec![0; value.len() / 2];
                if !unhex(value.as_bytes(), &mut bytes) {
                    return Err(Error::Internal("a TEST LMK is not hexadecimal"));
                }
                module.create_object(session, &lmk(id, label, &bytes, true))?;
            }
        }
        module.close_session(session)?;
        Ok((module, slot))
    }
}

/// A local master key as an object.
pub(super) fn lmk(id: &[u8; 2], label: &str, value: &[u8], token: bool) -> Vec<RawAttribute> {
    vec![
        attribute(CKA_CLASS, &CKO_SECRET_KEY.0.to_ne_bytes()),
        attribute(CKA_KEY_TYPE, &CKK_VHSM_LMK.0.to_ne_bytes()),
        attribute(CKA_LABEL, label.as_bytes()),
        attribute(CKA_VALUE, value),
        attribute(CKA_VHSM_LMK_ID, id),
        flag(CKA_TOKEN, token),
        flag(CKA_VHSM_LMK_SEPARATE_002, false),
    ]
}
