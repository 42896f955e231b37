//! The C boundary: every pointer is read and written here, and nothing is decided here.
//!
//! An entry point is guard, read, call, write. `functions.rs` is the one list of all entry points.

mod authenticated;
mod buffer;
mod functions;
mod general;
mod guard;
mod keys;
mod lists;
mod message_signatures;
mod messages;
mod objects;
mod operations;
mod params;
mod read;
mod sessions;
mod slots;
mod state;
mod template;
mod write;
