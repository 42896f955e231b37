//! The vendor families for payments: rows like any other, on keys that a payment usage sets apart.
//!
//! `include/vhsm.h` tells callers what each mechanism takes and gives; here stands how.

mod card_key;
pub mod check_value;
pub mod compat;
pub mod csc;
pub mod cvv;
pub mod data;
mod decimal_value;
mod digits;
pub mod domain;
pub mod dukpt;
pub mod dynamic;
pub mod emv;
pub mod fpe;
pub mod keyblock;
pub mod lmk;
pub mod mac;
pub mod mac_chained;
pub mod mac_working;
mod parameter;
pub mod pin;
pub mod pvv;
mod template;
#[cfg(test)]
mod testing;
pub mod whole_value;
