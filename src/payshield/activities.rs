//! [`Activity`]: an authorised activity that a command asks for; and which there are: those that the table of commands asks
//! for, and shorter names for many.

use std::collections::BTreeSet;
use std::fmt;

use super::authorised::ALL;
use super::commands;
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
}

impl Activity {
    /// One that a command always asks for.
    #[must_use]
    pub const fn always(name: &'static str) -> Self {
        Self { name, when: "" }
    }

    /// One that a command asks for in some cases only.
    #[must_use]
    pub const fn only(name: &'static str, when: &'static str) -> Self {
        Self { name, when }
    }

    /// Its name with this key type code or usage.
    #[must_use]
    pub fn of_type(&self, name: &str) -> String {
        self.name.replace(TYPE, name)
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
    name == ALL || activities().into_iter().any(|activity| begins(activity, name))
}

fn begins(activity: &str, name: &str) -> bool {
    let mut parts = activity.split('.');
    name.split('.').all(|part| {
        parts.next().is_some_and(|known| match known {
            TYPE => is_type(part),
            known => part == known,
        })
    })
}

/// A key type code that there is, or two characters, which may be the usage of a key block.
fn is_type(text: &str) -> bool {
    match *text.as_bytes() {
        [a, b, c] => usage_of_key_type([a, b, c]).is_some(),
        [a, b] => [a, b]
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_activity_is_told_with_its_case_and_asked_for_with_its_type() {
        let generate = Activity::only("generate.{type}.host", "of ZMKs");
        assert_eq!(generate.to_string(), "generate.{type}.host of ZMKs");
        assert_eq!(generate.of_type("000"), "generate.000.host");
        assert_eq!(Activity::always("kcv.host").to_string(), "kcv.host");
    }

    #[test]
    fn activities_are_those_that_commands_ask_for() {
        for name in [
            "all",
            "export",
            "export.001",
            "export.001.host",
            "export.72.host",
            "generate.000.host",
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
            "export.001.console",
            "export.001.host.more",
            "pin.001",
            "host",
        ] {
            assert!(!is_known(name), "{name}");
        }
    }
}
