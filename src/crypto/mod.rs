//! Thin safe adapters, one file per primitive. Which library stands behind each is that file's private matter.

pub mod aes;
mod aws_lc;
pub mod blake2b;
pub mod des;
pub mod dh;
pub mod dsa;
pub mod ec;
pub mod edwards;
pub mod ffc;
pub mod gcm;
mod goldilocks;
pub mod hash;
pub mod kdf;
mod keccak;
pub mod keywrap;
pub mod mac;
pub mod montgomery;
pub mod rng;
pub mod rsa;
#[cfg(test)]
pub(crate) mod testing;

/// Lets the libraries keep their keys in the vault of [`crate::os::vault`], as far as they can be told to. To be called
/// before threads use this module.
pub fn keep_keys_in_the_vault() {
    aws_lc::memory::from_the_vault();
}
