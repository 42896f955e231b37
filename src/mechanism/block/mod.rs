//! The modes over whole blocks, ECB, CBC and CBC with PKCS#7 padding, for any block cipher.
//!
//! A cipher joins by implementing [`BlockCipher`]; its rows then name a [`BlockMode`] per mode and direction.

pub(super) mod derive;
pub(super) mod feedback;
pub(super) mod mac;
mod stream;
pub(super) mod tailed;

use std::marker::PhantomData;
use std::sync::Arc;

use stream::BlockStream;
use zeroize::Zeroize;

use super::key::KeyMaterial;
use super::operation::{CipherMechanism, CipherStream};
use super::params::Params;
use super::secret_key::SecretKey;
use super::spec::Roles;
use super::wrap::{CipherWrap, ZeroPaddedWrap};
use crate::crypto::aes::{pad, unpad};
use crate::error::{Error, Result};

/// A block cipher with blocks of `N` bytes. `out` is always as long as `input`, which is whole blocks.
pub(super) trait BlockCipher<const N: usize>: Send + Sync + 'static {
    /// The schedules in a secret key.
    fn of(key: &SecretKey) -> Result<&Self>;

    fn ecb_encrypt(&self, input: &[u8], out: &mut [u8]) -> Result<()>;
    fn ecb_decrypt(&self, input: &[u8], out: &mut [u8]) -> Result<()>;
    fn cbc_encrypt(&self, chain: &mut [u8; N], input: &[u8], out: &mut [u8]) -> Result<()>;
    fn cbc_decrypt(&self, chain: &mut [u8; N], input: &[u8], out: &mut [u8]) -> Result<()>;
}

/// Lets a key of `crypto/` join by its methods of the same names; `$of` prepares it from a secret key.
macro_rules! block_cipher {
    ($key:ty, $block_len:expr, $of:ident) => {
        impl $crate::mechanism::block::BlockCipher<{ $block_len }> for $key {
            fn of(key: &$crate::mechanism::SecretKey) -> $crate::error::Result<&Self> {
                key.$of()
            }

            fn ecb_encrypt(&self, input: &[u8], out: &mut [u8]) -> $crate::error::Result<()> {
                <$key>::ecb_encrypt(self, input, out)
            }

            fn ecb_decrypt(&self, input: &[u8], out: &mut [u8]) -> $crate::error::Result<()> {
                <$key>::ecb_decrypt(self, input, out)
            }

            fn cbc_encrypt(
                &self,
                chain: &mut [u8; $block_len],
                input: &[u8],
                out: &mut [u8],
            ) -> $crate::error::Result<()> {
                <$key>::cbc_encrypt(self, chain, input, out)
            }

            fn cbc_decrypt(
                &self,
                chain: &mut [u8; $block_len],
                input: &[u8],
                out: &mut [u8],
            ) -> $crate::error::Result<()> {
                <$key>::cbc_decrypt(self, chain, input, out)
            }
        }
    };
}
pub(super) use block_cipher;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mode {
    Ecb,
    Cbc,
    /// CBC with PKCS#7 padding.
    CbcPad,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Direction {
    Encrypt,
    Decrypt,
}

/// One mode of one cipher in one direction: a role of a row.
pub(super) struct BlockMode<C, const N: usize> {
    mode: Mode,
    direction: Direction,
    cipher: PhantomData<fn() -> C>,
}

/// The three modes of a cipher, both ways, for its rows to point at.
pub(super) struct BlockModes<C, const N: usize>(PhantomData<fn() -> C>);

impl<C: BlockCipher<N>, const N: usize> BlockModes<C, N> {
    const fn role(mode: Mode, direction: Direction) -> BlockMode<C, N> {
        BlockMode {
            mode,
            direction,
            cipher: PhantomData,
        }
    }

    const fn both(mode: Mode) -> CipherWrap {
        match mode {
            Mode::Ecb => CipherWrap {
                encrypt: const { &Self::role(Mode::Ecb, Direction::Encrypt) },
                decrypt: const { &Self::role(Mode::Ecb, Direction::Decrypt) },
            },
            Mode::Cbc => CipherWrap {
                encrypt: const { &Self::role(Mode::Cbc, Direction::Encrypt) },
                decrypt: const { &Self::role(Mode::Cbc, Direction::Decrypt) },
            },
            Mode::CbcPad => CipherWrap {
                encrypt: const { &Self::role(Mode::CbcPad, Direction::Encrypt) },
                decrypt: const { &Self::role(Mode::CbcPad, Direction::Decrypt) },
            },
        }
    }

    const fn zero_padded(mode: Mode) -> ZeroPaddedWrap {
        ZeroPaddedWrap {
            cipher: Self::both(mode),
            block_len: N,
            private_keys: false,
            is_authentic: false,
        }
    }

    pub(super) const ECB: Roles = const { &Self::zero_padded(Mode::Ecb) }.roles();
    pub(super) const CBC: Roles = const { &Self::zero_padded(Mode::Cbc) }.roles();
    pub(super) const CBC_PAD: Roles = const { &Self::both(Mode::CbcPad) }.roles();
}

/// The modes in which data of payment messages is encrypted.
pub(crate) struct DataModes {
    /// ECB.
    pub(crate) ecb: Roles,
    /// CBC.
    pub(crate) cbc: Roles,
    /// CFB of bytes.
    pub(crate) cfb8: Roles,
    /// CFB of 8 bytes.
    pub(crate) cfb64: Roles,
    /// Counter mode, of the whole block; its parameter is that of the other chained modes.
    pub(crate) ctr: Roles,
}

const OUTPUT: Error = Error::Internal("the output of a block mode");

/// The first block of the chain: the initialisation vector. ECB has none and does not look at it.
pub(super) fn first_chain<const N: usize>(mode: Mode, params: &Params) -> Result<[u8; N]> {
    match (mode, params) {
        (Mode::Ecb, _) => Ok([0; N]),
        (_, Params::Iv(iv)) => (**iv)
            .try_into()
            .map_err(|_| Error::Internal("an initialisation vector of a wrong length")),
        _ => Err(Error::Internal(
            "a chained mode without its initialisation vector",
        )),
    }
}

/// What a partial block at the end is.
fn partial_block(direction: Direction) -> Error {
    match direction {
        Direction::Encrypt => Error::DataLenRange("the data is not whole blocks"),
        Direction::Decrypt => Error::EncryptedDataLenRange("the ciphertext is not whole blocks"),
    }
}

impl<C: BlockCipher<N>, const N: usize> BlockMode<C, N> {
    fn whole_blocks(&self, cipher: &C, chain: &mut [u8; N], input: &[u8], out: &mut [u8]) -> Result<()> {
        let out = out.get_mut(..input.len()).ok_or(OUTPUT)?;
        match (self.mode, self.direction) {
            (Mode::Ecb, Direction::Encrypt) => cipher.ecb_encrypt(input, out),
            (Mode::Ecb, Direction::Decrypt) => cipher.ecb_decrypt(input, out),
            (_, Direction::Encrypt) => cipher.cbc_encrypt(chain, input, out),
            (_, Direction::Decrypt) => cipher.cbc_decrypt(chain, input, out),
        }
    }

    /// Encrypts the last bytes, fewer than a block, with their padding.
    fn last_encrypted(&self, cipher: &C, chain: &mut [u8; N], last: &[u8], out: &mut [u8]) -> Result<usize> {
        let mut block = [0; N];
        block.iter_mut().zip(last).for_each(|(to, from)| *to = *from);
        pad(&mut block, last.len());
        let done = self.whole_blocks(cipher, chain, &block, out);
        block.zeroize();
        done.map(|()| N)
    }

    /// Decrypts the last block and takes its padding off.
    fn last_decrypted(&self, cipher: &C, chain: &mut [u8; N], last: &[u8], out: &mut [u8]) -> Result<usize> {
        let mut block = [0; N];
        let used = self
            .whole_blocks(cipher, chain, last, &mut block)
            .and_then(|()| unpad(&block));
        if let Ok(used) = used {
            out.iter_mut()
                .zip(block.iter().take(used))
                .for_each(|(to, from)| *to = *from);
        }
        block.zeroize();
        used
    }
}

impl<C: BlockCipher<N>, const N: usize> CipherMechanism for BlockMode<C, N> {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        C::of(key.secret()?)?;
        first_chain::<N>(self.mode, params).map(|_| ())
    }

    fn output_len(&self, _key: &KeyMaterial, _params: &Params, input_len: usize) -> Result<usize> {
        match (self.mode, self.direction) {
            (Mode::CbcPad, Direction::Encrypt) => (input_len / N)
                .checked_add(1)
                .and_then(|blocks| blocks.checked_mul(N))
                .ok_or(Error::DataLenRange("the data is too long")),
            (Mode::CbcPad, Direction::Decrypt) if input_len == 0 => Err(Error::EncryptedDataLenRange(
                "a padded ciphertext has at least one block",
            )),
            _ if !input_len.is_multiple_of(N) => Err(partial_block(self.direction)),
            _ => Ok(input_len),
        }
    }

    fn oneshot(&self, key: &KeyMaterial, params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
        let cipher = C::of(key.secret()?)?;
        let mut chain = first_chain::<N>(self.mode, params)?;
        // What goes straight through; the padded block, if there is one, comes after it.
        let straight = match (self.mode, self.direction) {
            (Mode::CbcPad, Direction::Encrypt) => input.len() / N * N,
            (Mode::CbcPad, Direction::Decrypt) => input.len().saturating_sub(N),
            _ => input.len(),
        };
        let (blocks, last) = input.split_at_checked(straight).ok_or(OUTPUT)?;
        let (to_blocks, to_last) = out.split_at_mut_checked(straight).ok_or(OUTPUT)?;
        self.whole_blocks(cipher, &mut chain, blocks, to_blocks)?;
        let written = match (self.mode, self.direction) {
            (Mode::CbcPad, Direction::Encrypt) => self.last_encrypted(cipher, &mut chain, last, to_last)?,
            (Mode::CbcPad, Direction::Decrypt) => {
                let written = self.last_decrypted(cipher, &mut chain, last, to_last);
                if written.is_err() {
                    to_blocks.zeroize();
                }
                written?
            }
            _ => 0,
        };
        Ok(straight.saturating_add(written))
    }

    fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<dyn CipherStream>> {
        Ok(Box::new(BlockStream::<C, N>::new(
            self.mode,
            self.direction,
            key,
            first_chain(self.mode, params)?,
        )))
    }

    fn is_padded(&self) -> bool {
        self.mode == Mode::CbcPad
    }

    fn restore(
        &self,
        key: &Arc<KeyMaterial>,
        params: &Params,
        saved: &[u8],
    ) -> Result<Box<dyn CipherStream>> {
        let mut stream =
            BlockStream::<C, N>::new(self.mode, self.direction, key, first_chain(self.mode, params)?);
        stream.resume(saved).ok_or(Error::SavedStateInvalid)?;
        Ok(Box::new(stream))
    }
}

#[cfg(test)]
mod tests;
