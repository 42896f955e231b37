//! PINs: their blocks, what translates them, and what makes and checks the values that stand for them.
//!
//! A PIN in the clear is never seen outside but by the mechanisms that say so by name. Every other mechanism takes and
//! gives encrypted PIN blocks; `end.rs` has the part of a parameter that describes one.

mod account;
mod block;
pub mod change;
pub mod clear;
pub mod compare;
mod end;
mod excluded;
pub mod ibm3624;
mod iso4;
mod number;
mod rows;
pub mod table;
pub mod table_translate;
pub mod translate;
mod under_lmk;
pub mod visa;

pub(in crate::payment) use block::Format as PinFormat;
pub(in crate::payment) use end::{END_LEN, PinEnd};
pub(in crate::payment) use number::ClearPin;
pub(in crate::payment) use rows::{Fields, HANDLE_LEN, PIN_KEYS};
