//! Keys between ZMK, TMK and LMK, in the commands of a type each that older hosts use.

use crate::payshield::command::CommandSpec;

/// The rows.
pub static ROWS: &[CommandSpec] = &[];
