//! What the behaviour tests stand on: a process per test, the module under test, and short words for its calls.
//!
//! Nothing here knows the crate's inside: the module is loaded with dlopen and spoken to through its function
//! lists, as any C program would. Memory that the module is shown is leaked: a test is a short process.

mod attributes;
mod disk;
mod every;
mod functions;
mod helper;
mod isolated;
mod keys;
mod listed;
mod mechanisms;
mod messages;
mod module;
mod outcome;
mod pages;
mod pq;
mod session;
mod steps;
mod token;

pub use attributes::*;
pub use disk::*;
pub use every::*;
pub use functions::*;
pub use helper::*;
pub use isolated::*;
pub use keys::*;
pub use listed::*;
pub use mechanisms::*;
pub use messages::*;
pub use module::*;
pub use outcome::*;
pub use pages::*;
pub use pq::*;
pub use session::*;
pub use steps::*;
pub use token::*;

pub use cryptoki_sys::*;

/// The standard's `CK_UNAVAILABLE_INFORMATION`.
pub const UNAVAILABLE: CK_ULONG = CK_UNAVAILABLE_INFORMATION;

/// A pointer to bytes that stay for the rest of the process.
pub fn leak(bytes: &[u8]) -> *mut CK_BYTE {
    Box::leak(bytes.to_vec().into_boxed_slice()).as_mut_ptr()
}

/// The pointer that C calls take for input, which they do not write to.
pub fn p(bytes: &[u8]) -> *mut CK_BYTE {
    bytes.as_ptr().cast_mut()
}

/// Reads `"00 01ff"` as bytes.
#[track_caller]
pub fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits.bytes().filter(u8::is_ascii_hexdigit).collect();
    assert!(
        digits.len().is_multiple_of(2),
        "an odd number of hexadecimal digits"
    );
    let nibble = |d: u8| char::from(d).to_digit(16).unwrap() as u8;
    digits
        .chunks(2)
        .map(|pair| nibble(pair[0]) << 4 | nibble(pair[1]))
        .collect()
}
