//! The configuration that holds, as a file would write it: `vhsm config show`.

use std::fmt;

use super::keys::{Setting, keys};
use super::{Config, Origin};

impl Config {
    /// The settings that hold, as TOML, each with where it came from in a comment. What comes out can be read in
    /// again. A key that has no value is there as a comment.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut out = match &self.file {
            Some(path) => format!("# {}\n", path.display()),
            None => String::from("# no configuration file: every value is a default\n"),
        };
        let mut section = "";
        for key in keys() {
            if key.section != section {
                section = key.section;
                out.push_str(&format!("\n[{section}]\n"));
            }
            let origin = self.origin(&key.path());
            match (key.value)(self) {
                Some(setting) => out.push_str(&format!("{} = {setting} # {origin}\n", key.name)),
                None => out.push_str(&format!("# {} is not set\n", key.name)),
            }
        }
        out
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => toml::Value::from(text.as_str()).fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::OtherNumber(number) => number.fmt(f),
            Self::Switch(switch) => switch.fmt(f),
            Self::List(list) => toml::Value::from(list.clone()).fmt(f),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Line(line) => write!(f, "line {line}"),
            Self::Variable(name) => write!(f, "${name}"),
        }
    }
}
