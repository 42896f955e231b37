//! Thin safe adapters, one file per primitive. Which library stands behind each is that file's private matter.

pub mod aes;
mod aws_lc;
pub mod blake2b;
pub mod blocks;
pub mod cbc_mac;
pub mod ccm;
pub mod chacha20;
pub mod der;
pub mod des;
pub mod dh;
pub mod dsa;
pub mod ec;
pub mod edwards;
pub mod ffc;
pub mod fpe;
pub mod gcm;
mod goldilocks;
pub mod hash;
pub mod hkdf;
pub mod hss;
pub mod iso9797;
pub mod kbkdf;
pub mod kdf;
mod keccak;
pub mod key_block;
pub mod keywrap;
pub mod mac;
pub mod mldsa;
pub mod mlkem;
pub mod montgomery;
pub mod pbkdf;
pub mod poly1305;
pub mod prehash;
pub mod prf;
pub mod rng;
pub mod rsa;
pub mod salsa20;
pub mod shake;
pub mod slhdsa;
pub mod stream_poly;
#[cfg(test)]
pub(crate) mod testing;
pub mod tls_prf;
pub mod xcbc;
pub mod xmss;
pub mod xts;

/// Lets the libraries keep their keys in the vault of [`crate::os::vault`], as far as they can be told to. To be called
/// before threads use this module.
pub fn keep_keys_in_the_vault() {
    aws_lc::memory::from_the_vault();
}
