//! What the fuzz targets share: the module in this process, memory that ends where a forbidden page begins, and the
//! words of which inputs are made.
//!
//! A target asserts what must hold for every input. A panic, also one that the module would have caught, ends the
//! process, and libFuzzer keeps the input.

pub mod derivation;
pub mod memory;
pub mod module;
pub mod operations;
pub mod payment;
pub mod samples;
pub mod words;

#[path = "../../tests/pkcs11/harness/functions.rs"]
#[allow(dead_code, reason = "the behaviour tests need more of it")]
mod functions;
#[path = "../../tests/pkcs11/harness/listed.rs"]
#[allow(dead_code, reason = "the behaviour tests need more of it")]
mod listed;

use functions::FUNCTIONS;
