//! Keys: made, formed from components, imported, exported, checked.

use crate::payshield::command::CommandSpec;

/// The rows.
pub static ROWS: &[CommandSpec] = &[];
