//! Thin safe adapters, one file per primitive. Which library stands behind each is that file's private matter.

pub mod aes;
mod aws_lc;
pub mod blake2b;
pub mod des;
pub mod ec;
pub mod edwards;
pub mod gcm;
pub mod hash;
pub mod hss;
pub mod kdf;
mod keccak;
pub mod keywrap;
pub mod mac;
pub mod mldsa;
pub mod mlkem;
pub mod montgomery;
pub mod prehash;
pub mod rng;
pub mod rsa;
pub mod shake;
pub mod slhdsa;
#[cfg(test)]
pub(crate) mod testing;
pub mod xmss;
