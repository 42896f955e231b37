//! Which authorised activities there are: those that the table of commands asks for, and shorter names for many.

use std::collections::BTreeSet;

use super::authorised::ALL;
use super::commands;
use crate::payment::lmk::usage_of_key_type;

/// Stands for a key type code or a usage in the table.
const TYPE: &str = "{type}";

/// The activities as the table of commands has them; `{type}` stands for a key type code or a usage.
#[must_use]
pub fn activities() -> BTreeSet<&'static str> {
    let texts = commands::all().filter_map(|row| row.activity);
    // Behind a name there may be words that say when it is asked for.
    let names = texts.flat_map(|text| text.split(", "));
    names
        .map(|name| name.split_once(' ').map_or(name, |(name, _)| name))
        .collect()
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
