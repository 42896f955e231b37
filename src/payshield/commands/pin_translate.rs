//! PINs from key to key and format to format.

use crate::payshield::command::CommandSpec;

/// The rows.
pub static ROWS: &[CommandSpec] = &[];
