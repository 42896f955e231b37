//! Thin safe adapters, one file per primitive. Which library stands behind each is that file's private matter.

pub mod aes;
mod aws_lc;
pub mod blocks;
pub mod cbc_mac;
pub mod ccm;
pub mod chacha20;
pub mod des;
pub mod ec;
pub mod edwards;
pub mod gcm;
pub mod hash;
pub mod kdf;
pub mod keywrap;
pub mod mac;
pub mod montgomery;
pub mod poly1305;
pub mod rng;
pub mod rsa;
pub mod salsa20;
mod stream_poly;
#[cfg(test)]
pub(crate) mod testing;
pub mod xcbc;
pub mod xts;
