//! Camellia, ARIA, Twofish and Blowfish, with the key schedules cached: ECB and CBC over the caller's buffers, and what
//! MACs stand on.
//!
//! All of them look bytes up in tables at places that secrets choose, which other processes of the machine can see in
//! its caches.

use aria::cipher::consts::{U8, U16};
use aria::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use zeroize::Zeroize;

use super::mac::CmacCipher;
use crate::error::{Error, Result};

const WRONG_KEY: Error = Error::Internal("a block cipher was given a key of a wrong length");
const WRONG_LENGTH: Error = Error::Internal("a block cipher was given a wrong length");

/// What the crates do: whole blocks in one direction. `to` is as long as `from`.
trait Raw<const N: usize> {
    fn encrypt_blocks(&self, from: &[[u8; N]], to: &mut [[u8; N]]) -> Result<()>;
    fn decrypt_blocks(&self, from: &[[u8; N]], to: &mut [[u8; N]]) -> Result<()>;
}

/// Input and output as blocks, if they are whole ones and as many.
type Blocks<'a, const N: usize> = (&'a [[u8; N]], &'a mut [[u8; N]]);

fn blocks<'a, const N: usize>(input: &'a [u8], out: &'a mut [u8]) -> Result<Blocks<'a, N>> {
    match (input.as_chunks(), out.as_chunks_mut()) {
        ((from, []), (to, [])) if from.len() == to.len() => Ok((from, to)),
        _ => Err(WRONG_LENGTH),
    }
}

fn cbc_encrypt<const N: usize>(
    cipher: &impl Raw<N>,
    iv: &mut [u8; N],
    input: &[u8],
    out: &mut [u8],
) -> Result<()> {
    let (from, to) = blocks::<N>(input, out)?;
    for (from, to) in from.iter().zip(to) {
        iv.iter_mut().zip(from).for_each(|(to, from)| *to ^= from);
        cipher.encrypt_blocks(std::slice::from_ref(iv), std::slice::from_mut(to))?;
        *iv = *to;
    }
    Ok(())
}

fn cbc_decrypt<const N: usize>(
    cipher: &impl Raw<N>,
    iv: &mut [u8; N],
    input: &[u8],
    out: &mut [u8],
) -> Result<()> {
    let (from, to) = blocks::<N>(input, out)?;
    cipher.decrypt_blocks(from, to)?;
    for (from, to) in from.iter().zip(to) {
        to.iter_mut().zip(iv.iter()).for_each(|(to, from)| *to ^= from);
        *iv = *from;
    }
    Ok(())
}

/// A prepared key of one cipher: `$kind` has a variant for each length of key, in bytes, that has a type of its own.
macro_rules! cipher_key {
    (
        $(#[$doc:meta])* $key:ident, $kind:ident, $block_len:literal, $size:ty, $r:literal;
        $($lengths:pat => $variant:ident($cipher:ty),)+
    ) => {
        $(#[$doc])*
        pub struct $key($kind);

        enum $kind {
            $($variant($cipher),)+
        }

        impl Raw<$block_len> for $key {
            fn encrypt_blocks(&self, from: &[[u8; $block_len]], to: &mut [[u8; $block_len]]) -> Result<()> {
                let from = Array::<u8, $size>::cast_slice_from_core(from);
                let to = Array::<u8, $size>::cast_slice_from_core_mut(to);
                match &self.0 {
                    $($kind::$variant(cipher) => cipher.encrypt_blocks_b2b(from, to),)+
                }
                .map_err(|_| WRONG_LENGTH)
            }

            fn decrypt_blocks(&self, from: &[[u8; $block_len]], to: &mut [[u8; $block_len]]) -> Result<()> {
                let from = Array::<u8, $size>::cast_slice_from_core(from);
                let to = Array::<u8, $size>::cast_slice_from_core_mut(to);
                match &self.0 {
                    $($kind::$variant(cipher) => cipher.decrypt_blocks_b2b(from, to),)+
                }
                .map_err(|_| WRONG_LENGTH)
            }
        }

        impl $key {
            /// Length of a block in bytes.
            pub const BLOCK_LEN: usize = $block_len;

            /// Prepares a key.
            ///
            /// # Errors
            /// [`Error::Internal`] for a length that keys of the cipher do not have.
            pub fn new(key: &[u8]) -> Result<Self> {
                match key.len() {
                    $($lengths => <$cipher>::new_from_slice(key).map($kind::$variant),)+
                    _ => return Err(WRONG_KEY),
                }
                .map(Self)
                .map_err(|_| WRONG_KEY)
            }

            /// ECB over whole blocks. `out` is as long as `input`.
            ///
            /// # Errors
            /// [`Error::Internal`] for a wrong length; so for every mode here.
            pub fn ecb_encrypt(&self, input: &[u8], out: &mut [u8]) -> Result<()> {
                let (from, to) = blocks(input, out)?;
                self.encrypt_blocks(from, to)
            }

            /// ECB decryption of whole blocks. `out` is as long as `input`.
            ///
            /// # Errors
            /// [`Error::Internal`] for a wrong length.
            pub fn ecb_decrypt(&self, input: &[u8], out: &mut [u8]) -> Result<()> {
                let (from, to) = blocks(input, out)?;
                self.decrypt_blocks(from, to)
            }

            /// CBC over whole blocks; `iv` becomes what the next call needs. `out` is as long as `input`.
            ///
            /// # Errors
            /// [`Error::Internal`] for a wrong length.
            pub fn cbc_encrypt(&self, iv: &mut [u8; $block_len], input: &[u8], out: &mut [u8]) -> Result<()> {
                cbc_encrypt(self, iv, input, out)
            }

            /// CBC decryption of whole blocks; `iv` becomes what the next call needs. `out` is as long as `input`.
            ///
            /// # Errors
            /// [`Error::Internal`] for a wrong length.
            pub fn cbc_decrypt(&self, iv: &mut [u8; $block_len], input: &[u8], out: &mut [u8]) -> Result<()> {
                cbc_decrypt(self, iv, input, out)
            }
        }

        impl CmacCipher<$block_len> for $key {
            const R: u8 = $r;

            fn encrypt_block(&self, block: &mut [u8; $block_len]) {
                let block = block.into();
                match &self.0 {
                    $($kind::$variant(cipher) => cipher.encrypt_block(block),)+
                }
            }

            fn chain(&self, state: &mut [u8; $block_len], blocks: &[u8]) -> Result<()> {
                let mut last = [0; $block_len];
                let chained = blocks
                    .chunks($block_len)
                    .try_for_each(|block| self.cbc_encrypt(state, block, &mut last));
                last.zeroize();
                chained
            }
        }
    };
}

cipher_key! {
    /// A Camellia key of 16, 24 or 32 bytes [RFC 3713]. Immutable; shared by threads; wiped when dropped.
    CamelliaKey, Camellia, 16, U16, 0x87;
    16 => Bits128(camellia::Camellia128),
    24 => Bits192(camellia::Camellia192),
    32 => Bits256(camellia::Camellia256),
}

cipher_key! {
    /// An ARIA key of 16, 24 or 32 bytes [RFC 5794]. Immutable; shared by threads; wiped when dropped.
    AriaKey, Aria, 16, U16, 0x87;
    16 => Bits128(aria::Aria128),
    24 => Bits192(aria::Aria192),
    32 => Bits256(aria::Aria256),
}

cipher_key! {
    /// A Twofish key of 16, 24 or 32 bytes. Immutable; shared by threads; wiped when dropped.
    TwofishKey, Twofish, 16, U16, 0x87;
    16 | 24 | 32 => Any(twofish::Twofish),
}

cipher_key! {
    /// A Blowfish key of 4 to 56 bytes. Immutable; shared by threads; wiped when dropped.
    BlowfishKey, Blowfish, 8, U8, 0x1b;
    4..=56 => Any(blowfish::Blowfish),
}
