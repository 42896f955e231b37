//! The commands, a file or a room per group. A new one is a row in its group's table.

mod block_size;
mod bytes;
pub mod card_values;
pub mod csc;
pub mod data;
pub mod diagnostics;
pub mod dukpt;
pub mod emv;
mod excluded;
pub mod keys;
pub mod legacy_keys;
pub mod macs;
pub mod migration;
mod pin_block;
pub mod pin_lmk;
pub mod pin_translate;
pub mod pin_verify;
mod pins;
pub mod rsa;
mod shared;
pub mod storage;

use super::command::CommandSpec;

/// Every group.
static GROUPS: &[&[CommandSpec]] = &[
    keys::ROWS,
    legacy_keys::IMPORTS,
    legacy_keys::EXPORTS,
    legacy_keys::GENERATIONS,
    legacy_keys::FORMATIONS,
    migration::ROWS,
    rsa::ROWS,
    pin_lmk::ROWS,
    pin_translate::ROWS,
    pin_verify::ROWS,
    dukpt::ROWS,
    card_values::ROWS,
    csc::ROWS,
    macs::ROWS,
    data::ROWS,
    emv::ROWS,
    storage::ROWS,
    diagnostics::ROWS,
];

/// Every command.
pub fn all() -> impl Iterator<Item = &'static CommandSpec> {
    GROUPS.iter().copied().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_stands_there_once_with_all_that_is_printed() {
        let mut seen = std::collections::HashSet::new();
        for row in all() {
            assert!(seen.insert(row.code), "{} twice", row.code);
            assert_eq!((row.code.len(), row.response.len()), (2, 2), "{}", row.code);
            assert!(!row.name.is_empty(), "{}", row.code);
        }
    }

    #[test]
    fn rows_say_which_commands_check_pins_and_which_take_long() {
        for row in all() {
            let verifies = row.name.starts_with("Verify") && row.name.contains("PIN");
            assert_eq!(row.checks_pin, verifies, "{}", row.code);
        }
        let slow: Vec<&str> = all().filter(|row| row.is_slow).map(|row| row.code).collect();
        assert_eq!(slow, ["EI"]);
    }
}
