//! The rows: every key that a configuration may have. One row, and the reader, the suggestions, the display and
//! the check of the documentation know the key.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use super::words::{
    HEADERLESS_KEYS, LEVELS, LOCAL_MASTER_KEYS, MAKERS, POINTS, POLICIES, READABLE_KEYS, RETURN_VALUES,
    TARGETS, USAGES, WEAK_KEYS, choices, words_of,
};
use super::{Choice, Config};
use crate::ck::to_ulong;
use crate::crypto::kdf::Argon2Costs;
use crate::error::Reason;

/// A value as the file writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    /// Text.
    Text(String),
    /// A whole number.
    Number(u64),
    /// A whole number that no key takes: negative, or longer than 64 bits.
    OtherNumber(String),
    /// `true` or `false`.
    Switch(bool),
    /// A list of texts.
    List(Vec<String>),
}

/// One key.
pub(super) struct Key {
    /// The section; empty for keys above all sections.
    pub(super) section: &'static str,
    /// The name in its section.
    pub(super) name: &'static str,
    /// Puts a value into the configuration, or says what is wrong with it and what would be right.
    pub(super) put: fn(&mut Config, Setting) -> Result<(), Reason>,
    /// The value that holds; `None` if there is none.
    pub(super) value: fn(&Config) -> Option<Setting>,
}

impl Key {
    /// `section.name`.
    pub(super) fn path(&self) -> String {
        if self.section.is_empty() {
            self.name.into()
        } else {
            format!("{}.{}", self.section, self.name)
        }
    }
}

/// A number with its limits, stored in one field.
macro_rules! number {
    ($section:ident, $name:ident, $min:expr, $max:expr) => {
        Key {
            section: stringify!($section),
            name: stringify!($name),
            put: |config, setting| put_number(&mut config.$section.$name, setting, $min, $max),
            value: |config| u64::try_from(config.$section.$name).ok().map(Setting::Number),
        }
    };
}

/// A switch, stored in one field.
macro_rules! switch {
    ($section:ident, $name:ident) => {
        Key {
            section: stringify!($section),
            name: stringify!($name),
            put: |config, setting| {
                config.$section.$name = switch(setting)?;
                Ok(())
            },
            value: |config| Some(Setting::Switch(config.$section.$name)),
        }
    };
}

/// One word of a list, stored in one field.
macro_rules! choice {
    ($section:ident, $name:ident, $words:expr) => {
        Key {
            section: stringify!($section),
            name: stringify!($name),
            put: |config, setting| {
                config.$section.$name = choice(setting, $words)?;
                Ok(())
            },
            value: |config| word(config.$section.$name, $words),
        }
    };
}

mod names;
mod payshield;

use names::names;

/// Bytes that `pin.length_min` is at least: a PIN that was set under another configuration may be as short as this.
pub const PIN_LENGTH_LEAST: usize = 4;

/// Every key, in the order in which they are shown.
pub(super) fn keys() -> impl Iterator<Item = &'static Key> + Clone {
    KEYS.iter().chain(payshield::ROWS)
}

static KEYS: &[Key] = &[
    Key {
        section: "",
        name: "data_dir",
        put: |config, setting| {
            config.data_dir = path(setting)?;
            Ok(())
        },
        value: |config| Some(show_path(&config.data_dir)),
    },
    Key {
        section: "",
        name: "root_key_file",
        put: |config, setting| {
            config.root_key_file = path(setting)?;
            Ok(())
        },
        value: |config| Some(show_path(&config.root_key_file)),
    },
    Key {
        section: "",
        name: "policy",
        put: |config, setting| {
            config.policy = choice(setting, POLICIES)?;
            Ok(())
        },
        value: |config| word(config.policy, POLICIES),
    },
    Key {
        section: "",
        name: "compat",
        put: |config, setting| {
            config.mechanisms.compat = choices(setting, MAKERS)?;
            Ok(())
        },
        value: |config| {
            let makers = &config.mechanisms.compat;
            (!makers.is_empty()).then(|| Setting::List(words_of(makers, MAKERS)))
        },
    },
    switch!(slots, free_slot),
    number!(pin, length_min, to_ulong(PIN_LENGTH_LEAST), 255),
    number!(pin, length_max, to_ulong(PIN_LENGTH_LEAST), 255),
    number!(pin, failures_max_user, 1, 1000),
    number!(pin, failures_max_so, 1, 1000),
    number!(pin, argon2_memory_kib, 8, Argon2Costs::MAX.memory_kib.into()),
    number!(pin, argon2_iterations, 1, Argon2Costs::MAX.iterations.into()),
    number!(pin, argon2_parallelism, 1, Argon2Costs::MAX.parallelism.into()),
    Key {
        section: "mechanisms",
        name: "allow",
        put: |config, setting| {
            config.mechanisms.choice = Choice::Allow(names(setting)?);
            Ok(())
        },
        value: |config| match &config.mechanisms.choice {
            Choice::Allow(names) => Some(Setting::List(names.clone())),
            Choice::All | Choice::Deny(_) => None,
        },
    },
    Key {
        section: "mechanisms",
        name: "deny",
        put: |config, setting| {
            if matches!(config.mechanisms.choice, Choice::Allow(_)) {
                return Err(Reason::new("stands beside `allow`", "keep one of the two"));
            }
            config.mechanisms.choice = Choice::Deny(names(setting)?);
            Ok(())
        },
        value: |config| match &config.mechanisms.choice {
            Choice::Deny(names) => Some(Setting::List(names.clone())),
            Choice::All | Choice::Allow(_) => None,
        },
    },
    Key {
        section: "mechanisms",
        name: "enable",
        put: |config, setting| {
            config.mechanisms.enable = names(setting)?;
            Ok(())
        },
        value: |config| {
            let names = &config.mechanisms.enable;
            (!names.is_empty()).then(|| Setting::List(names.clone()))
        },
    },
    number!(sessions, max, 0, 1_000_000_000),
    number!(store, busy_timeout_ms, 0, 3_600_000),
    choice!(log, target, TARGETS),
    choice!(log, level, LEVELS),
    Key {
        section: "log",
        name: "file",
        put: |config, setting| {
            config.log.file = Some(path(setting)?);
            Ok(())
        },
        value: |config| config.log.file.as_deref().map(show_path),
    },
    choice!(payment, weak_keys, WEAK_KEYS),
    choice!(payment, readable_keys, READABLE_KEYS),
    choice!(payment, headerless_keys, HEADERLESS_KEYS),
    choice!(payment, local_master_keys, LOCAL_MASTER_KEYS),
    choice!(strictness, usage_defaults, USAGES),
    choice!(strictness, ec_point_encoding, POINTS),
    choice!(strictness, return_values, RETURN_VALUES),
    switch!(strictness, nss_reserved),
];

fn put_number<T: TryFrom<u64>>(field: &mut T, setting: Setting, min: u64, max: u64) -> Result<(), Reason> {
    let wanted = format!("give a whole number from {min} to {max}");
    let number = match setting {
        Setting::Number(number) => number,
        Setting::OtherNumber(number) => return Err(out_of_range(number, wanted)),
        _ => return Err(Reason::new("is not a number", wanted)),
    };
    match T::try_from(number) {
        Ok(value) if (min..=max).contains(&number) => *field = value,
        _ => return Err(out_of_range(number, wanted)),
    }
    Ok(())
}

fn out_of_range(number: impl Display, wanted: String) -> Reason {
    Reason::new(format_args!("is {number}, which is out of range"), wanted)
}

fn switch(setting: Setting) -> Result<bool, Reason> {
    match setting {
        Setting::Switch(value) => Ok(value),
        _ => Err(Reason::new(
            "is not a switch",
            "give true or false, without quotes",
        )),
    }
}

pub(super) fn choice<T: Copy>(setting: Setting, words: &[(&str, T)]) -> Result<T, Reason> {
    let given = match setting {
        Setting::Text(text) => text,
        other => other.to_string(),
    };
    words
        .iter()
        .find(|(word, _)| *word == given)
        .map(|(_, value)| *value)
        .ok_or_else(|| {
            let list: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            Reason::new(
                format_args!("is {given:?}"),
                format_args!("give one of {}", list.join(", ")),
            )
        })
}

fn word<T: PartialEq>(value: T, words: &[(&str, T)]) -> Option<Setting> {
    words
        .iter()
        .find(|(_, known)| *known == value)
        .map(|(word, _)| Setting::Text((*word).into()))
}

/// The reader has put the home in the place of a leading `~/` already.
fn path(setting: Setting) -> Result<PathBuf, Reason> {
    let Setting::Text(text) = setting else {
        return Err(Reason::new("is not a path", "give it in quotes"));
    };
    let why = match text.as_bytes() {
        [b'/', ..] => return Ok(text.into()),
        [] => "is empty".into(),
        [b'~', ..] => format!("is {text:?}, and only ~/ stands for a home, which is this user's"),
        _ => format!("is {text:?}, which depends on where a program starts"),
    };
    Err(Reason::new(why, "give a path that begins with / or ~/"))
}

fn show_path(path: &Path) -> Setting {
    Setting::Text(path.display().to_string())
}
