//! The words of keys that take one of a list, and what each means.

use super::{EcPointEncoding, Policy, ReturnValues, UsageDefaults, WeakKeys};
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
/// `payment.weak_keys`
pub(super) const WEAK_KEYS: &[(&str, WeakKeys)] =
    &[("refuse", WeakKeys::Refuse), ("accept", WeakKeys::Accept)];
