//! Object records: what is read is written again as the same bytes, and everything else is damage.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vhsm::error::Error;
use vhsm::object::codec::{decode, encode, encoded_len};

fuzz_target!(|record: &[u8]| {
    match decode(record) {
        Ok(attributes) => {
            assert_eq!(&*encode(&attributes), record);
            assert_eq!(encoded_len(&attributes), record.len());
        }
        Err(Error::StoreDamaged(_)) => {}
        Err(other) => panic!("{other}"),
    }
});
