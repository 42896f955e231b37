//! The rows of `[payshield]`.

use super::{Key, Setting, choice, path, put_number, show_path, switch, word};
use crate::config::words::{USER_STORAGE_LENGTHS, ZMK_LENGTHS};
use crate::error::Reason;

/// A list of texts that each have a form.
macro_rules! list {
    ($name:ident, $what:expr, $is:expr) => {
        Key {
            section: "payshield",
            name: stringify!($name),
            put: |config, setting| {
                config.payshield.$name = texts(setting, $what, $is)?;
                Ok(())
            },
            value: |config| {
                let list = &config.payshield.$name;
                (!list.is_empty()).then(|| Setting::List(list.clone()))
            },
        }
    };
}

/// A text that may be missing.
macro_rules! text {
    ($name:ident, $what:expr, $is:expr) => {
        Key {
            section: "payshield",
            name: stringify!($name),
            put: |config, setting| {
                config.payshield.$name = Some(text(setting, $what, $is)?);
                Ok(())
            },
            value: |config| config.payshield.$name.clone().map(Setting::Text),
        }
    };
}

/// A file that may be missing.
macro_rules! file {
    ($name:ident) => {
        Key {
            section: "payshield",
            name: stringify!($name),
            put: |config, setting| {
                config.payshield.$name = Some(path(setting)?);
                Ok(())
            },
            value: |config| config.payshield.$name.as_deref().map(show_path),
        }
    };
}

const ADDRESS: &str = "an address such as \"127.0.0.1:1500\"";
const PLACE: &str =
    "an address such as \"127.0.0.1:1500\", or \"127.0.0.1:1501=00\" with the LMK of its messages";
const COMMAND: &str = "a command of two characters such as \"A8\"";
const FORMAT: &str = "a PIN block format of two digits such as \"05\"";
const LMK: &str = "an identifier and a label such as \"00=LMK-2026\"";

/// The rows.
pub(in crate::config) static ROWS: &[Key] = &[
    list!(listen, PLACE, |text| {
        let (address, lmk) = text.split_once('=').unwrap_or((text, "00"));
        is_address(address) && are_digits(lmk, 2)
    }),
    number!(payshield, lmk_ports, 0, 100),
    switch!(payshield, udp),
    text!(token, "a label or a serial number", |text| !text.is_empty()),
    file!(pin_file),
    list!(lmk, LMK, |text| text
        .split_once('=')
        .is_some_and(|(id, label)| are_digits(id, 2) && !label.is_empty())),
    number!(payshield, header_length, 0, 255),
    switch!(payshield, ebcdic),
    Key {
        section: "payshield",
        name: "firmware",
        put: |config, setting| {
            let what = "9 characters such as \"0007-E000\"";
            let is = |text: &str| text.len() == 9 && text.bytes().all(|byte| byte.is_ascii_graphic());
            config.payshield.firmware = text(setting, what, is)?;
            Ok(())
        },
        value: |config| Some(Setting::Text(config.payshield.firmware.clone())),
    },
    Key {
        section: "payshield",
        name: "zmk_length",
        put: |config, setting| {
            config.payshield.zmk_length = choice(setting, ZMK_LENGTHS)?;
            Ok(())
        },
        value: |config| word(config.payshield.zmk_length, ZMK_LENGTHS),
    },
    Key {
        section: "payshield",
        name: "user_storage_length",
        put: |config, setting| {
            config.payshield.user_storage_length = choice(setting, USER_STORAGE_LENGTHS)?;
            Ok(())
        },
        value: |config| word(config.payshield.user_storage_length, USER_STORAGE_LENGTHS),
    },
    number!(payshield, pin_length_max, 4, 12),
    switch!(payshield, clear_tables),
    switch!(payshield, restrict_pin_blocks),
    switch!(payshield, test_switches),
    list!(disabled, COMMAND, is_command),
    list!(unlicensed, COMMAND, is_command),
    list!(disabled_formats, FORMAT, |text| are_digits(text, 2)),
    number!(payshield, pin_failures_minute, 0, 1_000_000),
    number!(payshield, pin_failures_hour, 0, 1_000_000),
    number!(payshield, pin_attacks, 0, 1_000_000),
    number!(payshield, cached_keys, 0, 1_000_000),
    number!(payshield, connections_max, 1, 100_000),
    number!(payshield, idle_timeout_s, 1, 31_536_000),
    list!(tls_listen, PLACE, |text| {
        let (address, lmk) = text.split_once('=').unwrap_or((text, "00"));
        is_address(address) && are_digits(lmk, 2)
    }),
    file!(tls_cert),
    text!(tls_key, "a path, or a pkcs11: URI", |text| text.starts_with('/')
        || text.starts_with("pkcs11:")),
    file!(tls_client_ca),
    text!(metrics, ADDRESS, is_address),
    file!(control),
];

fn is_address(text: &str) -> bool {
    text.parse::<std::net::SocketAddr>().is_ok()
}

fn is_command(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn are_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn text(setting: Setting, what: &str, is: fn(&str) -> bool) -> Result<String, Reason> {
    let Setting::Text(text) = setting else {
        return Err(Reason::new(
            "is not a text",
            format_args!("give {what}, in quotes"),
        ));
    };
    match is(&text) {
        true => Ok(text),
        false => Err(Reason::new(
            format_args!("is {text:?}"),
            format_args!("give {what}"),
        )),
    }
}

fn texts(setting: Setting, what: &str, is: fn(&str) -> bool) -> Result<Vec<String>, Reason> {
    let Setting::List(list) = setting else {
        let remedy = format_args!("give a list; each is {what}");
        return Err(Reason::new("is not a list of texts", remedy));
    };
    list.into_iter()
        .map(|one| text(Setting::Text(one), what, is))
        .collect()
}
