//! PINs under the LMK: made, shown, changed, and their offsets and values.

use crate::payshield::command::CommandSpec;

/// The rows.
pub static ROWS: &[CommandSpec] = &[];
