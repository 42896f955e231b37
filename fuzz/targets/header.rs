//! Token headers: what is read is written again as the same bytes, and everything else is damage.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vhsm::error::Error;
use vhsm::token::Header;

fuzz_target!(|bytes: &[u8]| {
    match Header::decode(bytes) {
        Ok(header) => assert_eq!(header.encode(), bytes),
        Err(Error::StoreDamaged(_)) => {}
        Err(other) => panic!("{other}"),
    }
});
