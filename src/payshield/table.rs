//! [`Table`]: the commands by their codes, with how often each was used.

use super::command::CommandSpec;
use super::commands;
use super::counters::Volume;
use super::envelope::CODE_BYTES;

/// A command of the table.
pub struct Entry {
    /// Its row.
    pub spec: &'static CommandSpec,
    /// How often it was used.
    pub volume: Volume,
}

/// The commands by their codes.
pub struct Table {
    entries: Vec<Entry>,
    /// Places in `entries`, by the two characters of a code.
    places: Vec<Option<u16>>,
}

impl Default for Table {
    fn default() -> Self {
        let mut entries: Vec<Entry> = commands::all().map(entry).collect();
        entries.sort_by_key(|entry| entry.spec.code);
        let mut places = vec![None; usize::from(u16::MAX) + 1];
        for (at, entry) in entries.iter().enumerate() {
            let code = u16::from_be_bytes(two(entry.spec.code));
            if let Some(place) = places.get_mut(usize::from(code)) {
                *place = u16::try_from(at).ok();
            }
        }
        Self { entries, places }
    }
}

impl Table {
    /// The entries in order of their codes.
    pub fn iter(&self) -> std::slice::Iter<'_, Entry> {
        self.entries.iter()
    }

    /// The entry of a command.
    #[must_use]
    pub fn get(&self, code: [u8; CODE_BYTES]) -> Option<&Entry> {
        let place = self.places.get(usize::from(u16::from_be_bytes(code)))?;
        self.entries.get(usize::from((*place)?))
    }
}

/// The two characters of a code.
pub(super) fn two(text: &str) -> [u8; CODE_BYTES] {
    text.as_bytes().try_into().unwrap_or(*b"ZZ")
}

fn entry(spec: &'static CommandSpec) -> Entry {
    Entry {
        spec,
        volume: Volume::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_found_by_its_code_and_no_other() {
        let table = Table::default();
        for entry in table.iter() {
            let found = table.get(two(entry.spec.code)).unwrap();
            assert_eq!(found.spec.code, entry.spec.code);
        }
        assert!(table.get(*b"??").is_none() && table.get([0xff; 2]).is_none());
    }
}
