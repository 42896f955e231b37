//! Thin safe adapters, one file per primitive. Which library stands behind each is that file's private matter.

mod aws_lc;
pub mod ec;
pub mod edwards;
pub mod hash;
pub mod kdf;
pub mod montgomery;
pub mod rng;
pub mod rsa;
#[cfg(test)]
pub(crate) mod testing;
