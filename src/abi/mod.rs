//! The C boundary: every pointer is read and written here, and nothing is decided here.
//!
//! An entry point is guard, read, call, write. `functions.rs` is the one list of all entry points.

mod params;
mod read;
mod template;
