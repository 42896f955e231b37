//! Calls of any function by its place in the list, with arguments as plain words, and the check of return values.

use super::{Answer, FUNCTIONS, Function, answer, is_listed, module, name};
use cryptoki_sys::*;

/// Whether it is one of the values that `include/vhsm.h` adds.
fn is_vendor(rv: CK_RV) -> bool {
    vhsm::ck::Rv::VENDOR_NAMES.iter().any(|(value, _)| value.0 == rv)
}

/// Panics if a function answers with a code that the standard does not list for it (RET-3).
#[track_caller]
pub fn listed(function: &str, rv: CK_RV) {
    assert!(
        is_listed(function, rv) || is_vendor(rv) || std::env::var_os("VHSM_TEST_MODULE").is_some(),
        "{function} answered {}, which the standard does not list for it",
        name(rv)
    );
}

/// The table's row of a function.
pub fn function(name: &str) -> &'static Function {
    FUNCTIONS
        .iter()
        .find(|row| row.name == name)
        .unwrap_or_else(|| panic!("{name} is no function of the standard"))
}

/// Calls a function with words as arguments: the calling convention passes each of them in one register or slot.
pub fn call_words(function: &Function, words: &[u64]) -> Answer {
    type Words = unsafe extern "C" fn(u64, u64, u64, u64, u64, u64, u64, u64, u64, u64) -> CK_RV;
    let place = FUNCTIONS
        .iter()
        .position(|row| row.name == function.name)
        .unwrap();
    let list = (&raw const module().list).cast::<u64>();
    let mut all = [0; 10];
    all[..words.len()].copy_from_slice(words);
    let [a, b, c, d, e, f, g, h, i, j] = all;
    // SAFETY: after the version come 104 function pointers; all arguments are words or smaller, so that any
    // function can be called with ten of them.
    let rv = unsafe {
        let pointer = *list.add(1 + place);
        assert_ne!(pointer, 0, "{} is missing", function.name);
        let function: Words = std::mem::transmute::<u64, Words>(pointer);
        function(a, b, c, d, e, f, g, h, i, j)
    };
    listed(function.name, rv);
    answer(rv)
}
