//! [`Rules`]: the settings in force, which may change while the server runs.

use std::sync::OnceLock;

use super::code::ErrorCode;
use super::command::CommandSpec;
use super::settings::Settings;

/// The settings in force, and those that were before them: whoever still reads those may go on. Each change keeps a few
/// hundred bytes for as long as the server runs.
#[derive(Debug)]
pub struct Rules {
    settings: Settings,
    next: OnceLock<Box<Rules>>,
}

impl Rules {
    /// Begins with these.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            next: OnceLock::new(),
        }
    }

    fn last(&self) -> &Self {
        let mut last = self;
        while let Some(next) = last.next.get() {
            last = next;
        }
        last
    }

    /// Those in force.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.last().settings
    }

    /// Others from now on.
    pub fn replace(&self, settings: Settings) {
        let mut ahead = Box::new(Self::new(settings));
        // Somebody else may have put others there meanwhile: ours come behind them.
        while let Err(refused) = self.last().next.set(ahead) {
            ahead = refused;
        }
    }
}

impl Settings {
    /// The code for every use of a command that is switched off.
    #[must_use]
    pub fn off(&self, spec: &CommandSpec) -> Option<ErrorCode> {
        let named = |list: &[String]| list.iter().any(|code| code.eq_ignore_ascii_case(spec.code));
        match (named(&self.unlicensed), named(&self.disabled)) {
            (true, _) => Some(ErrorCode::LICENCE),
            (false, true) => Some(ErrorCode::DISABLED),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_change_and_who_reads_the_old_ones_goes_on() {
        let rules = Rules::new(Settings::default());
        let before = rules.settings();
        for header_length in [6, 8] {
            rules.replace(Settings {
                header_length,
                ..Settings::default()
            });
        }
        assert_eq!((before.header_length, rules.settings().header_length), (4, 8));
    }
}
