//! RSA keys, signatures, and keys under them.

use crate::payshield::command::CommandSpec;

/// The rows.
pub static ROWS: &[CommandSpec] = &[];
