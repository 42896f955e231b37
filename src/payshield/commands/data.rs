//! Data under data keys.

use crate::payshield::command::CommandSpec;

/// The rows.
pub static ROWS: &[CommandSpec] = &[];
