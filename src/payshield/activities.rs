//! [`Activity`]: an authorised activity that a command asks for; and which there are: those that the table of commands asks
//! for, and shorter names for many.

use std::collections::BTreeSet;
use std::fmt;

use super::authorised::ALL;
use super::commands;
use super::roles::ZMK;
use crate::ck::KeyUsage;
use crate::payment::lmk::usage_of_key_type;

/// Stands for a key type code or a usage in the table.
const TYPE: &str = "{type}";

/// An authorised activity that a command asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Activity {
    /// Category, key type or subject, and `host`; `{type}` stands for a key type code or a usage.
    pub name: &'static str,
    /// When it is asked for, in words; empty if it always is.
    when: &'static str,
    /// Of all keys, only those of zones' master keys want it.
    of_zmks: bool,
}

impl Activity {
    /// One that a command always asks for.
    #[must_use]
    pub const fn always(name: &'static str) -> Self {
        Self::only(name, "")
    }

    /// One that a command asks for in some cases only.
    #[must_use]
    pub const fn only(name: &'static str, when: &'static str) -> Self {
        Self {
            name,
            when,
            of_zmks: false,
        }
    }

    /// One that a command asks for where the key is a zone's master key.
    #[must_use]
    pub const fn of_zmks(name: &'static str) -> Self {
        Self {
            of_zmks: true,
            ..Self::only(name, "of ZMKs")
        }
    }

    /// Its name with this key type code or usage.
    #[must_use]
    pub fn of_type(&self, name: &str) -> String {
        self.name.replace(TYPE, name)
    }

    /// Whether this is the name of the activity with some key type code or usage, known or not.
    #[must_use]
    pub fn has_name(&self, name: &str) -> bool {
        match self.name.split_once(TYPE) {
            Some((before, behind)) => name
                .strip_prefix(before)
                .is_some_and(|rest| rest.ends_with(behind)),
            None => self.name == name,
        }
    }
}

impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.when {
            "" => f.write_str(self.name),
            when => write!(f, "{} {when}", self.name),
        }
    }
}

/// The activities as the table of commands has them.
#[must_use]
pub fn activities() -> BTreeSet<&'static str> {
    let asked = commands::all().flat_map(|row| row.activities);
    asked.map(|activity| activity.name).collect()
}

/// Whether a name authorises something that a command asks for: an activity, what one begins with, or all.
#[must_use]
pub fn is_known(name: &str) -> bool {
    let mut asked = commands::all().flat_map(|row| row.activities);
    name == ALL || asked.any(|activity| begins(activity, name))
}

fn begins(activity: &Activity, name: &str) -> bool {
    let mut parts = activity.name.split('.');
    name.split('.').all(|part| {
        parts.next().is_some_and(|known| match known {
            TYPE => is_type(part, activity.of_zmks),
            known => part == known,
        })
    })
}

/// A key type code or a key block's usage that there is: of any key, or of a zone's master key.
fn is_type(text: &str, of_zmks: bool) -> bool {
    match *text.as_bytes() {
        [a, b, c] if of_zmks => [a, b, c] == ZMK.key_type,
        [a, b, c] => usage_of_key_type([a, b, c]).is_some(),
        [a, b] if of_zmks => ZMK.takes([a, b]),
        [a, b] => KeyUsage([a, b]).is_known(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_activity_is_told_with_its_case_and_asked_for_with_its_type() {
        let generate = Activity::of_zmks("generate.{type}.host");
        assert_eq!(generate.to_string(), "generate.{type}.host of ZMKs");
        assert_eq!(generate.of_type("000"), "generate.000.host");
        assert_eq!(Activity::always("kcv.host").to_string(), "kcv.host");
        assert!(generate.has_name("generate.000.host") && generate.has_name("generate.?.host"));
        for other in ["export.000.host", "generate.000", "generate.host", "kcv.host"] {
            assert!(!generate.has_name(other), "{other}");
        }
    }

    #[test]
    fn activities_are_those_that_commands_ask_for() {
        for name in [
            "all",
            "export",
            "export.001",
            "export.001.host",
            "export.72.host",
            "export.M7",
            "export.99.host",
            "generate.000.host",
            "generate.52.host",
            "import.K0",
            "component.72.host",
            "component.402.host",
            "import",
            "pin.clear.host",
            "pin",
            "diag.host",
            "health.host",
            "kcv",
        ] {
            assert!(is_known(name), "{name}");
        }
        for name in [
            "",
            "nonsense.foo.bar",
            "exports",
            "export.",
            "export.999.host",
            "export.ZZ.host",
            "export.P9",
            "export.p0.host",
            "component.ZZ",
            "generate.001.host",
            "generate.72",
            "import.402.host",
            "import.P0.host",
            "export.001.console",
            "export.001.host.more",
            "pin.001",
            "host",
        ] {
            assert!(!is_known(name), "{name}");
        }
    }
}
