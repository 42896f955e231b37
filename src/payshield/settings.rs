//! [`Settings`]: how a server behaves.

use std::time::Duration;

use super::code::ErrorCode;
use super::command::CommandSpec;
use super::health::PinLimits;
use super::refusal::Refusal;
use crate::config::UserStorageLength;

/// The PIN block formats of messages.
pub const PIN_BLOCK_FORMATS: [&str; 9] = ["01", "02", "03", "04", "05", "34", "35", "47", "48"];

/// The PIN block formats that KU alone makes, for cards.
pub const CARD_FORMATS: [&str; 2] = ["41", "42"];

/// Mechanisms that are off by default and that host commands need: every server switches them on.
pub const MECHANISMS: [&str; 1] = ["CKM_VHSM_ISO9797_CHAINED_MAC"];

/// How a server behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Bytes of the header that is echoed.
    pub header_length: usize,
    /// Messages are in EBCDIC.
    pub ebcdic: bool,
    /// What NC and NO tell as the firmware's number: 9 characters.
    pub firmware: String,
    /// Untagged ZMKs are single keys.
    pub single_zmks: bool,
    /// How long what LA loads is.
    pub user_storage_length: UserStorageLength,
    /// PINs "under the LMK" are in the clear: how many digits are missing, the digits, and zeros.
    pub plain_lmk_pins: bool,
    /// Digits of a PIN under a variant LMK, its length digit apart: 4 to 12.
    pub pin_length_max: usize,
    /// Decimalisation tables may come in the clear.
    pub clear_tables: bool,
    /// PIN blocks are translated as ISO 9564-1 and PCI have it only: a payShield's "Restrict PIN block usage for PCI HSM
    /// compliance".
    pub restrict_pin_blocks: bool,
    /// Everything that is checked is right: for tests of hosts.
    pub approve_all: bool,
    /// Commands that are switched off: 68.
    pub disabled: Vec<String>,
    /// Commands that are not licensed: 67.
    pub unlicensed: Vec<String>,
    /// PIN block formats that are switched off: 69.
    pub disabled_formats: Vec<String>,
    /// Wrong PINs that are too many.
    pub pin_limits: PinLimits,
    /// Keys that are kept for messages that have them again.
    pub cached_keys: usize,
    /// Most connections at a time.
    pub connections_max: usize,
    /// A connection that is silent for so long is closed.
    pub idle_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            header_length: 4,
            ebcdic: false,
            firmware: "0007-E000".into(),
            single_zmks: false,
            user_storage_length: UserStorageLength::Single,
            plain_lmk_pins: false,
            pin_length_max: 12,
            clear_tables: false,
            restrict_pin_blocks: true,
            approve_all: false,
            disabled: Vec::new(),
            unlicensed: Vec::new(),
            disabled_formats: Vec::new(),
            pin_limits: PinLimits::default(),
            cached_keys: 4096,
            connections_max: 1024,
            idle_timeout: Duration::from_secs(24 * 60 * 60),
        }
    }
}

impl Settings {
    /// That a command is licensed and not switched off.
    ///
    /// # Errors
    /// 67, 68.
    pub fn check_on(&self, spec: &CommandSpec) -> Result<(), Refusal> {
        let named = |list: &[String]| list.iter().any(|code| code.eq_ignore_ascii_case(spec.code));
        match (named(&self.unlicensed), named(&self.disabled)) {
            (true, _) => Err(Refusal::new(
                ErrorCode::LICENCE,
                "the command is not licensed: `payshield.unlicensed` or `--unlicensed` names it; without that it is",
            )),
            (false, true) => Err(Refusal::new(
                ErrorCode::DISABLED,
                "the command is switched off: `payshield.disabled` or `--disable` names it",
            )),
            _ => Ok(()),
        }
    }
}
