//! CKM_AES_CTS: CBC with ciphertext stealing, as CBC-CS1 [NIST SP 800-38A, addendum]: the last whole block of
//! ciphertext but one is cut to the length of the plaintext's last block, and the two stay in their order.

use zeroize::Zeroizing;

use crate::crypto::aes::{BLOCK_LEN, Block};
use crate::error::{Error, Result};
use crate::mechanism::block::tailed::Tailed;
use crate::mechanism::block::{Direction, Mode, first_chain};
use crate::mechanism::key::KeyMaterial;
use crate::mechanism::params::Params;

const LENGTH: Error = Error::Internal("CTS was given a wrong length");

/// CBC-CS1.
#[derive(Clone, Copy)]
pub(super) struct Cts;

impl Tailed for Cts {
    type State = Zeroizing<Block>;

    const LEN_MAX: usize = usize::MAX;

    fn begin(self, key: &KeyMaterial, params: &Params) -> Result<Zeroizing<Block>> {
        key.secret()?.aes()?;
        first_chain(Mode::Cbc, params).map(Zeroizing::new)
    }

    fn save(chain: &Zeroizing<Block>) -> Option<Block> {
        Some(**chain)
    }

    fn restore(chain: Block) -> Option<Zeroizing<Block>> {
        Some(Zeroizing::new(chain))
    }

    fn blocks(
        self,
        direction: Direction,
        key: &KeyMaterial,
        chain: &mut Zeroizing<Block>,
        input: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        let key = key.secret()?.aes()?;
        match direction {
            Direction::Encrypt => key.cbc_encrypt(chain, input, out),
            Direction::Decrypt => key.cbc_decrypt(chain, input, out),
        }
    }

    fn end(
        self,
        direction: Direction,
        key: &KeyMaterial,
        chain: &mut Zeroizing<Block>,
        input: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        let partial = input.len().checked_sub(BLOCK_LEN).ok_or(LENGTH)?;
        if partial == 0 {
            return self.blocks(direction, key, chain, input, out);
        }
        let mut two = Zeroizing::new([0; 2 * BLOCK_LEN]);
        match direction {
            Direction::Encrypt => {
                // The plaintext with zeros behind it, in CBC; then the middle is left out.
                let mut padded = Zeroizing::new([0; 2 * BLOCK_LEN]);
                padded.iter_mut().zip(input).for_each(|(to, from)| *to = *from);
                self.blocks(direction, key, chain, padded.as_slice(), two.as_mut_slice())?;
                let (first, last) = two.split_at(BLOCK_LEN);
                let kept = first.iter().take(partial).chain(last);
                out.iter_mut().zip(kept).for_each(|(to, from)| *to = *from);
            }
            Direction::Decrypt => {
                // The last block decrypted is the zero-padded plaintext exclusive or the block before, of which it
                // gives back what was left out.
                let (stolen, last) = input.split_at_checked(partial).ok_or(LENGTH)?;
                let mut open = Zeroizing::new([0; BLOCK_LEN]);
                key.secret()?.aes()?.ecb_decrypt(last, open.as_mut_slice())?;
                let before = stolen.iter().chain(open.iter().skip(partial));
                two.iter_mut().zip(before).for_each(|(to, from)| *to = *from);
                let (before, _) = two.split_at(BLOCK_LEN);
                let (to_first, to_last) = out.split_at_mut_checked(BLOCK_LEN).ok_or(LENGTH)?;
                self.blocks(direction, key, chain, before, to_first)?;
                for ((to, open), stolen) in to_last.iter_mut().zip(open.iter()).zip(stolen) {
                    *to = open ^ stolen;
                }
            }
        }
        Ok(())
    }
}
