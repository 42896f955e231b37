//! The words of keys that take one of a list, and what each means.

use super::keys::{Setting, choice};
use super::{
    EcPointEncoding, HeaderlessKeys, LocalMasterKeys, Maker, Policy, ReadableKeys, ReturnValues,
    UsageDefaults, UserStorageLength, WeakKeys, ZmkLength,
};
use crate::error::Reason;
use crate::logging::Target;

/// `log.target`
pub(super) const TARGETS: &[(&str, Target)] = &[
    ("none", Target::None),
    ("stderr", Target::Stderr),
    ("syslog", Target::Syslog),
    ("file", Target::File),
];
/// `log.level`
pub(super) const LEVELS: &[(&str, log::LevelFilter)] = &[
    ("error", log::LevelFilter::Error),
    ("warn", log::LevelFilter::Warn),
    ("info", log::LevelFilter::Info),
    ("debug", log::LevelFilter::Debug),
    ("trace", log::LevelFilter::Trace),
];
/// `policy`
pub(super) const POLICIES: &[(&str, Policy)] = &[("standard", Policy::Standard), ("modern", Policy::Modern)];
/// `strictness.usage_defaults`
pub(super) const USAGES: &[(&str, UsageDefaults)] = &[
    ("as-key-type", UsageDefaults::AsKeyType),
    ("explicit", UsageDefaults::Explicit),
];
/// `strictness.ec_point_encoding`
pub(super) const POINTS: &[(&str, EcPointEncoding)] =
    &[("raw", EcPointEncoding::Raw), ("der", EcPointEncoding::Der)];
/// `strictness.return_values`
pub(super) const RETURN_VALUES: &[(&str, ReturnValues)] = &[
    ("vendor", ReturnValues::Vendor),
    ("standard", ReturnValues::Standard),
];
/// `compat`
pub(super) const MAKERS: &[(&str, Maker)] =
    &[("luna", Maker::Luna), ("protecttoolkit", Maker::ProtectToolkit)];
/// `payment.weak_keys`
pub(super) const WEAK_KEYS: &[(&str, WeakKeys)] = &[
    ("refuse", WeakKeys::Refuse),
    ("equal-parts", WeakKeys::EqualParts),
    ("accept", WeakKeys::Accept),
];
/// `payment.readable_keys`
pub(super) const READABLE_KEYS: &[(&str, ReadableKeys)] =
    &[("refuse", ReadableKeys::Refuse), ("accept", ReadableKeys::Accept)];
/// `payment.headerless_keys`
pub(super) const HEADERLESS_KEYS: &[(&str, HeaderlessKeys)] = &[
    ("template", HeaderlessKeys::Template),
    ("forced", HeaderlessKeys::Forced),
];
/// `payment.local_master_keys`
pub(super) const LOCAL_MASTER_KEYS: &[(&str, LocalMasterKeys)] = &[
    ("trusted", LocalMasterKeys::Trusted),
    ("any", LocalMasterKeys::Any),
];

/// `payshield.zmk_length`
pub(super) const ZMK_LENGTHS: &[(&str, ZmkLength)] =
    &[("single", ZmkLength::Single), ("double", ZmkLength::Double)];
/// `payshield.user_storage_length`
pub(super) const USER_STORAGE_LENGTHS: &[(&str, UserStorageLength)] = &[
    ("single", UserStorageLength::Single),
    ("double", UserStorageLength::Double),
    ("triple", UserStorageLength::Triple),
    ("variable", UserStorageLength::Variable),
];

/// Those of the words that a list has.
///
/// # Errors
/// What is wrong with the first that is none of them.
pub(super) fn choices<T: Copy>(setting: Setting, words: &[(&str, T)]) -> Result<Vec<T>, Reason> {
    let Setting::List(list) = setting else {
        let first = words.first().map_or("", |(word, _)| word);
        return Err(Reason::new(
            "is not a list of texts",
            format_args!("give one such as [\"{first}\"]"),
        ));
    };
    list.into_iter()
        .map(|word| choice(Setting::Text(word), words))
        .collect()
}

/// The words of these values, in the order of the words.
pub(super) fn words_of<T: PartialEq>(values: &[T], words: &[(&str, T)]) -> Vec<String> {
    let those = words.iter().filter(|(_, value)| values.contains(value));
    those.map(|(word, _)| (*word).to_owned()).collect()
}
